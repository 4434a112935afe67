//! What a reissue or a renewal may change: one table over every claim.

use keyward_core::{ClaimParts, Claims, Day, Fingerprint};
use keyward_grace::default_grace_days;

use super::base::{Base, Origin};
use super::{History, Refusal};
use crate::order::Order;

/// What a change takes beside the reason and the ticket that every reissue takes.
enum Rule {
    /// Nothing more: the catalogue's ranges hold.
    Free,
    /// An approval.
    Approval,
    /// It is refused, also with an approval.
    Never,
}

/// The changes that are refused.
pub(super) fn refused(order: &Order, base: &Base<'_>, next: &Claims, history: &History) -> Vec<Refusal> {
    use Rule::{Approval, Free, Never};

    let Some(previous) = base.origin.previous() else { return Vec::new() };
    let is_renewal = matches!(base.origin, Origin::Renewal { .. });
    let (serial, before) = (previous.serial(), previous.claims());
    let was = before.parts();
    // Every claim: one without a row does not compile.
    let ClaimParts {
        kind,
        environment,
        serial: _, // of the new key alone
        product,
        edition: _, // and the next ones: within the catalogue
        seats: _,
        features: _,
        limits: _,
        valid_from,
        valid_through,
        grace_days: _, // its effect, below
        licensee,
        updates_through,
        fingerprint,
        extension,
    } = next.parts();
    debug_assert!(product == was.product && extension == was.extension, "no order names another");

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
    row(kind != was.kind, Never, Never, &|| Refusal::KindChanges { serial, is: was.kind, asked: kind });
    row(environment != was.environment, Never, Never, &|| Refusal::EnvironmentChanges {
        serial,
        is: was.environment,
        asked: environment,
    });
    let later = match (was.valid_through, valid_through) {
        (Some(last), Some(through)) => through > last,
        (last, None) => last.is_some(),
        (None, Some(_)) => false,
    };
    // A renewal begins where the paid term ended, as its reissues do.
    let moved = valid_from < was.valid_from || (history.is_renewal(serial) && valid_from != was.valid_from);
    match history.renewal_of(serial).filter(|_| later) {
        Some(by) => row(true, Never, Free, &|| Refusal::Renewed { serial, by: by.serial() }),
        None => row(later || moved, Approval, Free, &|| Refusal::DaysChange {
            serial,
            is: in_words(was.valid_from, was.valid_through),
            asked: in_words(valid_from, valid_through),
        }),
    }
    let (grace, asked_grace) = (grace_of(before), grace_of(next));
    row(order.grace_days.is_some() && asked_grace > grace, Approval, Free, &|| Refusal::GraceChanges {
        serial,
        is: grace,
        asked: asked_grace,
    });
    let more_updates = was.updates_through.is_some_and(|last| updates_through.is_none_or(|asked| asked > last));
    row(more_updates, Approval, Free, &|| Refusal::UpdatesChange {
        serial,
        is: updates_in_words(was.updates_through),
        asked: updates_in_words(updates_through),
    });
    row(was.licensee.is_some() && licensee != was.licensee, Approval, Approval, &|| Refusal::LicenseeChanges {
        serial,
        is: was.licensee.map(ToString::to_string).unwrap_or_default(),
        asked: licensee.map(ToString::to_string).unwrap_or_default(),
    });
    row(is_widened(was.fingerprint, fingerprint), Approval, Free, &|| Refusal::LockChanges { serial });
    refusals
}

/// The days of grace that a verifier gives.
fn grace_of(claims: &Claims) -> u8 {
    let by_default = || claims.term_days().map_or(0, default_grace_days);
    claims.grace_days().unwrap_or_else(by_default)
}

/// Whether a key that was locked works on other machines now: on all, or on those without a component that had to match.
fn is_widened(was: Option<&Fingerprint>, asked: Option<&Fingerprint>) -> bool {
    was.is_some_and(|was| asked.is_none_or(|asked| !asked.is_as_strict_as(was)))
}

fn in_words(from: Day, through: Option<Day>) -> String {
    through.map_or_else(|| format!("from {from} without end"), |through| format!("{from} through {through}"))
}

fn updates_in_words(through: Option<Day>) -> String {
    through.map_or_else(|| "of every version".to_owned(), |day| format!("through {day}"))
}
