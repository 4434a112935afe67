//! Reads offers. An offer that no license could be issued from is a problem.

use std::num::NonZeroU32;

use keyward_core::{Day, Features, Kind, Limits, Quantity, Term};
use toml::de::DeValue;

use super::common::code;
use super::product::{ListedFeatures, listed_features};
use super::settings::{grace_days, term};
use crate::entry::{EditionEntry, ProductEntry};
use crate::entry_kind::EntryKind;
use crate::message::quoted;
use crate::problem::ProblemKind;
use crate::section::{Located, Log, Pair, Section, ValueError, expected, number, one_of, read_or_report, text};
use crate::unknown_code::UnknownCode;
use crate::{Code, Offer};

pub(crate) const EXAMPLE: &str = "[offers.pro-annual]";

const SETTINGS: &[&str] =
    &["product", "edition", "kind", "term", "seats", "features", "limits", "updates", "grace_days"];

/// A term; `None` is perpetual.
type TermOrPerpetual = Option<Term>;

/// The offer; `None` if its product or edition was reported as unknown, or a required setting as missing.
pub(crate) fn read(pair: &Pair<'_>, products: &[ProductEntry], log: &mut Log) -> Option<Offer> {
    let code = code(&pair.key, log);
    let section = Section::of(format!("offer {}", quoted(pair.key.value)), pair, &format!("`{EXAMPLE}`"), log);
    section.allow_only(SETTINGS, log);

    let product = section.required("product", "give the code of a product", text, log);
    let edition = section.required("edition", "give the code of an edition", text, log);
    let kinds = one_of(&[("standard", Kind::Standard), ("trial", Kind::Trial), ("stopgap", Kind::Stopgap)]);
    let kind_setting = section.optional("kind", kinds, log);
    let kind = kind_setting.as_ref().map_or(Kind::Standard, |kind| kind.value);
    let term = section.required("term", "give a term such as \"1y\", or \"perpetual\"", term_or_perpetual, log);
    let seats = section.required("seats", "give a number, or \"unlimited\"", seats, log);
    let updates = section.optional("updates", updates, log);
    let own_grace = grace_days(&section, log);

    let product = sold_product(&product?, products, log)?;
    let edition = edition.and_then(|edition| sold_edition(&edition, product, log));
    let features = listed_features(&section, product, log);
    let limits = limits(&section, product, log);

    if let Some(term) = &term {
        check_term(kind, term, product, log);
    }
    if let Some(features) = &features {
        check_features(kind, features, product, log);
    }
    let without_grace = without_grace(kind, term.as_ref().map(|term| term.value));
    if let (Some(days), Some(license)) = (&own_grace, without_grace) {
        log.report(days.offset, ProblemKind::NoGrace { license });
    }
    let (edition, term, seats) = (edition?, term?, seats?);
    if !edition.seats.contains(seats.value) {
        let (code, range) = (edition.code.to_string(), edition.seats);
        log.report(seats.offset, ProblemKind::SeatsOutOfRange { seats: seats.value, edition: code, range });
    }
    if let Some(setting) = kind_setting.filter(|setting| setting.value == Kind::Trial && !edition.has_trial()) {
        let code = edition.code.to_string();
        log.report(
            setting.offset,
            match edition.free {
                true => ProblemKind::TrialOfFree { edition: code },
                false => ProblemKind::NoTrial { edition: code },
            },
        );
    }
    let grace_days = own_grace.map(|days| days.value).or(edition.grace_days);
    Some(Offer {
        code,
        product: product.number,
        edition: edition.number,
        kind,
        term: term.value,
        seats: seats.value,
        features: features.map_or(Features::NONE, |features| features.features()),
        limits,
        updates: updates.map(|updates| updates.value),
        grace_days: grace_days.filter(|_| without_grace.is_none()),
    })
}

fn term_or_perpetual(value: &DeValue<'_>) -> Result<TermOrPerpetual, ValueError> {
    match value.as_str() {
        Some("perpetual") => Ok(None),
        _ => term(value, ", or \"perpetual\"").map(Some),
    }
}

fn updates(value: &DeValue<'_>) -> Result<Term, ValueError> {
    term(value, ", or no `updates` to cover all releases")
}

fn seats(value: &DeValue<'_>) -> Result<Quantity, ValueError> {
    if value.as_str() == Some("unlimited") {
        return Ok(Quantity::Unlimited);
    }
    match number(1..=u32::MAX.into())(value).map(NonZeroU32::new) {
        Ok(Some(seats)) => Ok(Quantity::Of(seats)),
        _ => expected("a whole number from 1 to 4294967295, or \"unlimited\""),
    }
}

/// The product; `None` if it is unknown, or has no valid edition, which was reported before.
fn sold_product<'p>(code: &Located<&str>, products: &'p [ProductEntry], log: &mut Log) -> Option<&'p ProductEntry> {
    let Some(product) = products.iter().find(|product| product.code.as_str() == code.value) else {
        let known = products.iter().map(|product| product.code.as_str());
        log.report(code.offset, UnknownCode::new(EntryKind::Product, code.value, None, known));
        return None;
    };
    if product.deprecated {
        report_deprecated(EntryKind::Product, code, None, log);
    }
    Some(product).filter(|product| !product.editions.is_empty())
}

fn sold_edition<'p>(code: &Located<&str>, product: &'p ProductEntry, log: &mut Log) -> Option<&'p EditionEntry> {
    match product.edition(code.value) {
        Ok(edition) => {
            if edition.deprecated {
                report_deprecated(EntryKind::Edition, code, edition.replacement.as_ref().map(Code::to_string), log);
            }
            Some(edition)
        }
        Err(unknown) => {
            log.report(code.offset, unknown);
            None
        }
    }
}

fn report_deprecated(entry: EntryKind, code: &Located<&str>, replacement: Option<String>, log: &mut Log) {
    log.report(code.offset, ProblemKind::OffersDeprecated { entry, code: code.value.to_owned(), replacement });
}

fn limits(section: &Section<'_>, product: &ProductEntry, log: &mut Log) -> Limits {
    let mut limits = Limits::NONE;
    let Some(section) = section.section("limits", "`{ projects = 50 }`", log) else { return limits };
    let pairs = section.pairs();
    if pairs.len() > Limits::MAX {
        log.report(section.offset, ProblemKind::TooManyLimits { count: pairs.len() });
    }
    for Pair { key, value } in &pairs {
        let limit = match product.limit(key.value) {
            Ok(limit) => limit,
            Err(unknown) => {
                log.report(key.offset, unknown);
                continue;
            }
        };
        if limit.deprecated {
            report_deprecated(EntryKind::Limit, key, None, log);
        }
        let setting = format!("limit {}", quoted(key.value));
        if let Some(value) = read_or_report(setting, value, number(limit.min..=limit.max), log) {
            // `with` fails only for too many limits, or for two limits with one id. Both were reported.
            limits = limits.with(limit.id, value.value).unwrap_or(limits);
        }
    }
    limits
}

fn check_features(kind: Kind, features: &ListedFeatures<'_>, product: &ProductEntry, log: &mut Log) {
    let allowed = product.rules(kind).map(|rules| rules.features);
    for (offset, feature) in &features.0 {
        if feature.deprecated {
            let code = Located { value: feature.code.as_str(), offset: *offset };
            report_deprecated(EntryKind::Feature, &code, None, log);
        } else if allowed.is_some_and(|allowed| !allowed.contains(feature.bit)) {
            let (product, code) = (product.code.to_string(), feature.code.to_string());
            log.report(*offset, ProblemKind::FeatureNotAllowed { kind, product, code });
        }
    }
}

fn check_term(kind: Kind, term: &Located<TermOrPerpetual>, product: &ProductEntry, log: &mut Log) {
    let offset = term.offset;
    match (product.rules(kind).map(|rules| rules.max_days), term.value) {
        (Some(max_days), None) => log.report(offset, ProblemKind::Perpetual { kind, max_days }),
        (Some(max_days), Some(term)) => {
            let days = max_days_of(term);
            if days > max_days.into() {
                log.report(offset, ProblemKind::TooLong { kind, term, days, max_days });
            }
        }
        (None, Some(term)) => {
            let max = product.max_term;
            let last = |term: Term, first: Day| term.last_day(first).map_or(u32::MAX, Day::number);
            if first_days().any(|first| last(term, first) > last(max, first)) {
                log.report(offset, ProblemKind::TermTooLong { term, max });
            }
        }
        (None, None) => {}
    }
}

/// The largest number of days that a term can have: 31 for one month.
fn max_days_of(term: Term) -> u32 {
    let days = |first: Day| Some(term.last_day(first).ok()?.number().saturating_sub(first.number()).saturating_add(1));
    first_days().filter_map(days).max().unwrap_or(u32::MAX)
}

/// The first days of all months of four years: the days of a term in months depend on the month in which it begins.
fn first_days() -> impl Iterator<Item = Day> {
    let month_ends = (0..48).filter_map(|month| Term::Months(NonZeroU32::new(month)?).last_day(Day::FIRST).ok());
    std::iter::once(Day::FIRST).chain(month_ends.filter_map(|last| last.checked_add(1)))
}

/// The name of a license that has no grace period; `None` for a license that may have one.
fn without_grace(kind: Kind, term: Option<TermOrPerpetual>) -> Option<&'static str> {
    match (kind, term) {
        (Kind::Trial, _) => Some("trial"),
        (Kind::Stopgap, _) => Some("stopgap"),
        (Kind::Standard, Some(None)) => Some("perpetual license"),
        (Kind::Standard, _) => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_term_in_months_counts_with_the_longest_months() {
        for (term, days) in
            [("30d", 30), ("1m", 31), ("2m", 62), ("3m", 92), ("1y", 366), ("4y", 1461), ("9999y", u32::MAX)]
        {
            assert_eq!(max_days_of(term.parse().unwrap()), days, "{term}");
        }
    }
}
