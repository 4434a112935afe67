//! Offers: whole orders, each of which has to make a license.

use std::num::NonZeroU32;

use keyward_core::{Day, Features, Kind, Limits, Quantity, Term, TermError};
use toml::de::DeValue;

use super::product::{NamedFeatures, features_named};
use super::settings::grace_days;
use super::thing::code;
use crate::entry::{EditionEntry, ProductEntry};
use crate::nearest::{Noun, UnknownCode, quoted};
use crate::problem::ProblemKind;
use crate::section::{At, Entry, Log, Section, Unreadable, number, one_of, read_or_note, should_be, text};
use crate::{Code, Offer};

pub(crate) const EXAMPLE: &str = "[offers.pro-annual]";

const SETTINGS: &[&str] =
    &["product", "edition", "kind", "term", "seats", "features", "limits", "updates", "grace_days"];

/// How long: `None` is perpetual.
type Length = Option<Term>;

/// The offer; `None` if it is not known what it sells, which was noted.
pub(crate) fn read(entry: &Entry<'_>, products: &[ProductEntry], log: &mut Log) -> Option<Offer> {
    let code = code(&entry.key, log);
    let section = Section::of(format!("offer {}", quoted(entry.key.value)), entry, &format!("`{EXAMPLE}`"), log);
    section.knows_only(SETTINGS, log);

    let product = section.required("product", "name it by its code", text, log);
    let edition = section.required("edition", "name it by its code", text, log);
    let kinds = one_of(&[("standard", Kind::Standard), ("trial", Kind::Trial), ("stopgap", Kind::Stopgap)]);
    let kind_said = section.optional("kind", kinds, log);
    let kind = kind_said.as_ref().map_or(Kind::Standard, |kind| kind.value);
    let term = section.required("term", "say how long, such as \"1y\", or \"perpetual\"", length, log);
    let seats = section.required("seats", "say how many, or \"unlimited\"", seats, log);
    let updates = section.optional("updates", updates, log);
    let own_grace = grace_days(&section, log);

    let product = sold_product(&product?, products, log)?;
    let edition = edition.and_then(|edition| sold_edition(&edition, product, log));
    let features = features_named(&section, product, log);
    let limits = limits(&section, product, log);

    if let Some(term) = &term {
        check_term(kind, term, product, log);
    }
    if let Some(features) = &features {
        check_features(kind, features, product, log);
    }
    let has_grace = has_grace(kind, term.as_ref().map(|term| term.value));
    if let (Some(days), Err(what)) = (&own_grace, has_grace) {
        log.note(days.offset, ProblemKind::Grace { what });
    }
    let (edition, term, seats) = (edition?, term?, seats?);
    if !edition.seats.allows(seats.value) {
        let (code, range) = (edition.code.to_string(), edition.seats);
        log.note(seats.offset, ProblemKind::Seats { seats: seats.value, edition: code, range });
    }
    if let Some(said) = kind_said.filter(|said| said.value == Kind::Trial && edition.free) {
        log.note(said.offset, ProblemKind::TrialOfFree { edition: edition.code.to_string() });
    }
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
        grace_days: has_grace.ok().and(own_grace.map(|days| days.value).or(edition.grace_days)),
    })
}

fn length(value: &DeValue<'_>) -> Result<Length, Unreadable> {
    match value.as_str() {
        Some("perpetual") => Ok(None),
        _ => term(value, ", or \"perpetual\"").map(Some),
    }
}

fn updates(value: &DeValue<'_>) -> Result<Term, Unreadable> {
    term(value, "; left out, every version is covered")
}

fn term(value: &DeValue<'_>, or: &str) -> Result<Term, Unreadable> {
    let parsed = value.as_str().map(str::parse::<Term>);
    match parsed {
        None | Some(Err(TermError::NotATerm)) => {
            should_be(format!("days, months or years, such as \"30d\", \"12m\" or \"1y\"{or}"))
        }
        Some(Err(error)) => Err(error.into()),
        Some(Ok(term)) => {
            // Longer than there are days: no license could have it.
            term.last_day(Day::FIRST)?;
            Ok(term)
        }
    }
}

fn seats(value: &DeValue<'_>) -> Result<Quantity, Unreadable> {
    if value.as_str() == Some("unlimited") {
        return Ok(Quantity::Unlimited);
    }
    match number(1..=u32::MAX.into())(value).map(NonZeroU32::new) {
        Ok(Some(seats)) => Ok(Quantity::Of(seats)),
        _ => should_be("a whole number from 1 to 4294967295, or \"unlimited\""),
    }
}

/// The product; `None` if there is none, or none of its editions is known, which was noted where it is.
fn sold_product<'p>(code: &At<&str>, products: &'p [ProductEntry], log: &mut Log) -> Option<&'p ProductEntry> {
    let Some(product) = products.iter().find(|product| product.code.as_str() == code.value) else {
        let known = products.iter().map(|product| product.code.as_str());
        log.note(code.offset, UnknownCode::new(Noun::Product, code.value, None, known));
        return None;
    };
    if product.deprecated {
        note_deprecated(Noun::Product, code, None, log);
    }
    Some(product).filter(|product| !product.editions.is_empty())
}

fn sold_edition<'p>(code: &At<&str>, product: &'p ProductEntry, log: &mut Log) -> Option<&'p EditionEntry> {
    match product.edition(code.value) {
        Ok(edition) => {
            if edition.deprecated {
                note_deprecated(Noun::Edition, code, edition.instead.as_ref().map(Code::to_string), log);
            }
            Some(edition)
        }
        Err(unknown) => {
            log.note(code.offset, unknown);
            None
        }
    }
}

fn note_deprecated(noun: Noun, code: &At<&str>, instead: Option<String>, log: &mut Log) {
    log.note(code.offset, ProblemKind::SellsDeprecated { noun, code: code.value.to_owned(), instead });
}

fn limits(section: &Section<'_>, product: &ProductEntry, log: &mut Log) -> Limits {
    let mut limits = Limits::NONE;
    let Some(section) = section.section("limits", "`{ projects = 50 }`", log) else { return limits };
    let entries = section.entries();
    if entries.len() > Limits::MAX {
        log.note(section.offset, ProblemKind::TooManyLimits { count: entries.len() });
    }
    for Entry { key, value } in &entries {
        let limit = match product.limit(key.value) {
            Ok(limit) => limit,
            Err(unknown) => {
                log.note(key.offset, unknown);
                continue;
            }
        };
        if limit.deprecated {
            note_deprecated(Noun::Limit, key, None, log);
        }
        let setting = format!("limit {}", quoted(key.value));
        if let Some(value) = read_or_note(setting, value, number(limit.least..=limit.most), log) {
            // Refused only if there are too many, which was noted, or if two have the same id, which was noted too.
            limits = limits.with(limit.id, value.value).unwrap_or(limits);
        }
    }
    limits
}

fn check_features(kind: Kind, features: &NamedFeatures<'_>, product: &ProductEntry, log: &mut Log) {
    let allowed = product.rules(kind).map(|rules| rules.features);
    for (offset, feature) in &features.0 {
        if feature.deprecated {
            let code = At { value: feature.code.as_str(), offset: *offset };
            note_deprecated(Noun::Feature, &code, None, log);
        } else if allowed.is_some_and(|allowed| !allowed.contains(feature.bit)) {
            let (product, code) = (product.code.to_string(), feature.code.to_string());
            log.note(*offset, ProblemKind::FeatureNotAllowed { kind, product, code });
        }
    }
}

fn check_term(kind: Kind, term: &At<Length>, product: &ProductEntry, log: &mut Log) {
    let Some(longest_days) = product.rules(kind).map(|rules| rules.longest_days) else { return };
    let Some(length) = term.value else {
        return log.note(term.offset, ProblemKind::Perpetual { kind, longest_days });
    };
    let days = most_days(length);
    if days > longest_days.into() {
        log.note(term.offset, ProblemKind::TooLong { kind, term: length, days, longest_days });
    }
}

/// The days that such a term lasts where it lasts longest: one month, 31.
fn most_days(term: Term) -> u32 {
    // Whole months last as long as the calendar months that they begin in, and those come round in four years.
    let beginnings = (0..48).filter_map(|month| Term::Months(NonZeroU32::new(month)?).last_day(Day::FIRST).ok());
    let firsts = std::iter::once(Day::FIRST).chain(beginnings.filter_map(|last| last.checked_add(1)));
    let days = |first: Day| Some(term.last_day(first).ok()?.number().saturating_sub(first.number()).saturating_add(1));
    firsts.filter_map(days).max().unwrap_or(u32::MAX)
}

/// What has no grace is said in words.
fn has_grace(kind: Kind, length: Option<Length>) -> Result<(), &'static str> {
    match (kind, length) {
        (Kind::Trial, _) => Err("trial"),
        (Kind::Stopgap, _) => Err("stopgap"),
        (Kind::Standard, Some(None)) => Err("perpetual license"),
        (Kind::Standard, _) => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_as_long_as_where_it_is_longest() {
        for (term, days) in
            [("30d", 30), ("1m", 31), ("2m", 62), ("3m", 92), ("1y", 366), ("4y", 1461), ("9999y", u32::MAX)]
        {
            assert_eq!(most_days(term.parse().unwrap()), days, "{term}");
        }
    }
}
