//! The changes that a reissue or a renewal may make: one table of all claims.

use keyward_core::{ClaimParts, Claims, Day, Fingerprint, Kind};

use super::base::{Base, Origin};
use super::grace::grace_days;
use super::{History, Refusal, owner};
use crate::order::Order;

/// The requirement for a change, beside the reason and the ticket of every reissue.
enum Rule {
    /// None: the catalogue's ranges apply.
    Free,
    /// An approval.
    Approval,
    /// The change is refused, also with an approval.
    Never,
}

/// The refused changes.
pub(super) fn refused(order: &Order, base: &Base<'_>, next: &Claims, history: &History) -> Vec<Refusal> {
    use Rule::{Approval, Free, Never};

    let (previous, is_renewal) = match base.origin {
        Origin::Reissue(previous) => (previous, false),
        Origin::Renewal { of: previous, .. } => (previous, true),
        // `locked` has the table of locked keys.
        Origin::New | Origin::Bridging(_) | Origin::Locked(_) => return Vec::new(),
    };
    let (serial, before) = (previous.serial(), previous.claims());
    let current = before.parts();
    // All claims: a new claim without a row does not compile.
    let ClaimParts {
        kind,
        environment,
        serial: _, // each key has its own
        product,
        edition,
        seats: _, // this and the next two: the catalogue's ranges apply
        features: _,
        limits: _,
        valid_from,
        valid_through,
        grace_days: _, // compared by its effect, below
        licensee,
        updates_through,
        fingerprint,
        extension,
    } = next.parts();
    debug_assert!(product == current.product && extension == current.extension, "no order can change these");

    let mut refusals = Vec::new();
    let mut row = |changes: bool, reissue: Rule, renewal: Rule, refusal: &dyn Fn() -> Refusal| {
        let allowed = match if is_renewal { renewal } else { reissue } {
            Free => true,
            Approval => order.approval.is_some(),
            Never => false,
        };
        if changes && !allowed {
            refusals.push(refusal());
        }
    };
    row(kind != current.kind, Never, Never, &|| Refusal::KindChanges {
        serial,
        current: current.kind,
        requested: kind,
    });
    // What was sold, and not the last key: several reissues together allow no more than one.
    let sold = history.sold(previous).map_or(before, |sold| sold.claims());
    let sold_edition = base.product.edition_by_number(sold.edition());
    let sold_kind = match sold_edition {
        Some(sold) if sold.free && !base.edition.free => Some("of a free edition"),
        _ if kind == Kind::Standard && sold.valid_through().is_none() => Some("perpetual"),
        _ => None,
    };
    row(edition != sold.edition() && sold_kind.is_some(), Approval, Free, &|| Refusal::EditionChanges {
        serial,
        kind: sold_kind.unwrap_or_default(),
        edition: base.edition.code.to_string(),
    });
    row(environment != current.environment, Never, Never, &|| Refusal::EnvironmentChanges {
        serial,
        current: current.environment,
        requested: environment,
    });
    let later = match (current.valid_through, valid_through) {
        (Some(last), Some(through)) => through > last,
        (last, None) => last.is_some(),
        (None, Some(_)) => false,
    };
    // A renewal begins the day after the paid term, and so do its reissues.
    let moved = valid_from < current.valid_from || (history.is_renewal(serial) && valid_from != current.valid_from);
    match history.renewal_of(serial).filter(|_| later) {
        Some(by) => row(true, Never, Free, &|| Refusal::Renewed { serial, by: by.serial() }),
        None => row(later || moved, Approval, Free, &|| Refusal::DaysChange {
            serial,
            current: in_words(current.valid_from, current.valid_through),
            requested: in_words(valid_from, valid_through),
        }),
    }
    let requested_grace = grace_days(next);
    // Another edition has its own days of grace.
    let of_edition = base.edition.grace_days.filter(|_| edition != sold.edition()).unwrap_or(0);
    // No days of grace are more than a license without end.
    let sold_grace = if sold.valid_through().is_some() { grace_days(sold) } else { u8::MAX };
    let permitted = sold_grace.max(of_edition);
    let grace = if order.grace_days.is_some() { permitted.min(grace_days(before)) } else { permitted };
    row(requested_grace > grace, Approval, Free, &|| Refusal::GraceChanges {
        serial,
        current: grace,
        requested: requested_grace,
    });
    let more_updates = current.updates_through.is_some_and(|last| updates_through.is_none_or(|through| through > last));
    row(more_updates, Approval, Free, &|| Refusal::UpdatesChange {
        serial,
        current: updates_in_words(current.updates_through),
        requested: updates_in_words(updates_through),
    });
    let is_another = match current.licensee {
        Some(current) => licensee != Some(current),
        None => owner::is_another(licensee, previous.details.customer.as_deref()),
    };
    row(is_another, Approval, Approval, &|| Refusal::LicenseeChanges {
        serial,
        current: current.licensee.map(ToString::to_string),
        requested: licensee.map(ToString::to_string).unwrap_or_default(),
    });
    row(is_widened(current.fingerprint, fingerprint), Approval, Free, &|| Refusal::LockChanges { serial });
    refusals
}

/// Whether a locked key would work on more machines: on all, or on machines without a component that had to match.
pub(super) fn is_widened(current: Option<&Fingerprint>, requested: Option<&Fingerprint>) -> bool {
    current.is_some_and(|current| requested.is_none_or(|requested| !requested.is_as_strict_as(current)))
}

fn in_words(from: Day, through: Option<Day>) -> String {
    through.map_or_else(|| format!("from {from} without end"), |through| format!("{from} through {through}"))
}

fn updates_in_words(through: Option<Day>) -> String {
    through.map_or_else(|| "of all releases".to_owned(), |day| format!("through {day}"))
}
