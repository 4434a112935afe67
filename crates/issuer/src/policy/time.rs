//! When a license runs: its first and last day, what trials and stopgaps may last, grace.

use std::num::NonZeroU32;

use keyward_core::{Claims, Day, Kind, Serial};
use keyward_grace::{Term, default_grace_days};

use super::base::{Base, Origin, kind_in_words};
use super::{Ends, Order, Policy, Refusal, same_customer};
use crate::licensee;
use crate::record::{History, IssueRecord, Place};

/// The days of a license, as far as they can be told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    pub(super) from: Day,
    /// `None` is perpetual.
    pub(super) through: Option<Day>,
    /// The term, where it was ordered as one.
    pub(super) term: Option<Term>,
}

pub(super) fn days(policy: &Policy<'_>, order: &Order, base: &Base<'_>, kind: Kind, log: &mut Vec<Refusal>) -> Days {
    let from = match (base.origin, order.from) {
        (Origin::Renewal { begins, .. }, _) => begins,
        (_, Some(from)) => from,
        (_, None) => base.from.unwrap_or(policy.today),
    };
    let mut days = Days { from, through: None, term: None };
    match order.ends.or(base.ends) {
        None => {
            let example = if kind == Kind::Standard { "1y" } else { "14d" };
            log.push(Refusal::EndMissing { example });
        }
        Some(Ends::Never) if kind != Kind::Standard => {
            log.push(Refusal::Perpetual { kind, longest: longest(base, kind) });
        }
        Some(Ends::Never) => {}
        Some(Ends::Through(day)) => days.through = Some(day),
        Some(Ends::After(term)) => match term.last_day(from) {
            Ok(day) => {
                days.through = Some(day);
                days.term = Some(term);
            }
            Err(error) => log.push(error.into()),
        },
    }
    // A reissue keeps its term together with its last day.
    if let (Origin::Reissue(previous), None, None) = (base.origin, order.ends, order.from) {
        days.term = previous.term();
    }
    if let Some(through) = days.through {
        if through < from {
            log.push(Refusal::EndsBeforeItBegins { from, through });
        }
        if through < policy.today {
            log.push(Refusal::HasEnded { through, today: policy.today });
        }
    }
    if let (Origin::Renewal { of, begins }, Some(asked)) = (base.origin, order.from) {
        if asked != begins {
            log.push(Refusal::RenewalBegins { serial: of.serial(), begins, asked });
        }
    }
    days
}

/// A reissue is for the days that were sold, unless somebody says why not; and after a renewal for no later ones.
pub(super) fn reissued(order: &Order, base: &Base<'_>, days: Days, history: &History, log: &mut Vec<Refusal>) {
    let Origin::Reissue(previous) = base.origin else { return };
    if days.through.is_none() && order.ends.or(base.ends) != Some(Ends::Never) {
        // An end past the last day there is, which was refused.
        return;
    }
    let (serial, was) = (previous.serial(), previous.claims());
    let later = match (was.valid_through(), days.through) {
        (Some(last), Some(through)) => through > last,
        (last, None) => last.is_some(),
        (None, Some(_)) => false,
    };
    let renewal = history.is_renewal(serial);
    let moved = days.from < was.valid_from() || (renewal && days.from != was.valid_from());
    if let Some(by) = history.renewal_of(serial).filter(|_| later) {
        log.push(Refusal::Renewed { serial, by: by.serial() });
    } else if (later || moved) && order.approval.is_none() {
        let is = in_words(was.valid_from(), was.valid_through());
        log.push(Refusal::DaysChange { serial, is, asked: in_words(days.from, days.through) });
    }
}

fn in_words(from: Day, through: Option<Day>) -> String {
    through.map_or_else(|| format!("from {from} without end"), |through| format!("{from} through {through}"))
}

/// Trials and stopgaps are short. Reissuing one does not make it longer: the keys that it replaces still work, so that
/// the days are counted from the first of any to the last of any.
pub(super) fn length(
    order: &Order,
    base: &Base<'_>,
    kind: Kind,
    days: Days,
    history: &History,
    log: &mut Vec<Refusal>,
) {
    let Some(through) = days.through.filter(|through| *through >= days.from && kind != Kind::Standard) else { return };
    let mut before = None;
    if let Origin::Reissue(previous) = base.origin {
        // It may have been approved, and lasts no longer now.
        let was = previous.claims();
        if days.from >= was.valid_from() && was.valid_through().is_some_and(|last| through <= last) {
            return;
        }
        before = history.days_of_all(previous.serial()).map(|days| (previous.serial(), days));
    }
    let first = before.map_or(days.from, |(_, (first, _))| first.min(days.from));
    let last = before.map_or(through, |(_, (_, last))| last.max(through));
    let length = last.number().saturating_sub(first.number()).saturating_add(1);
    let longest = longest(base, kind);
    if length <= longest || (kind == Kind::Trial && order.approval.is_some()) {
        return;
    }
    let nearest = first.checked_add(longest.saturating_sub(1)).unwrap_or(Day::LAST);
    log.push(match (before, kind) {
        // Ending sooner does not help.
        (Some((serial, (began, ended))), _) if days.from < began || ended > nearest || nearest < days.from => {
            Refusal::TogetherTooLong { kind, serial, days: length, longest, first, last }
        }
        (_, Kind::Trial) => Refusal::TrialTooLong { days: length, longest, first, through, nearest },
        _ => Refusal::StopgapTooLong { days: length, longest, first, through, nearest },
    });
}

fn longest(base: &Base<'_>, kind: Kind) -> u32 {
    let longest = base.product.rules(kind).map_or(0, |rules| u32::from(rules.longest_days));
    if kind == Kind::Stopgap { longest.min(Policy::LONGEST_STOPGAP) } else { longest }
}

/// The paid license that a stopgap bridges, where that is known.
pub(super) fn bridged(
    order: &Order,
    base: &Base<'_>,
    claims: Option<&Claims>,
    kind: Kind,
    history: &History,
    log: &mut Vec<Refusal>,
) -> Option<Serial> {
    if kind != Kind::Stopgap {
        if order.bridges.is_some() {
            log.push(Refusal::BridgesNothing { kind });
        }
        return None;
    }
    if let (Origin::Reissue(previous), None) = (base.origin, order.bridges) {
        return previous.bridges();
    }
    let of_previous = || base.origin.previous().and_then(IssueRecord::customer);
    let customer = order.customer.as_deref().or_else(of_previous);
    if let Some(serial) = order.bridges {
        if let Err(refusal) = can_be_bridged(serial, base, claims, customer, history) {
            log.push(refusal);
            return None;
        }
    }
    let claims = claims?;
    let bridged = order.bridges.or_else(|| history.latest_paid(claims, customer).map(|paid| paid.serial()));
    let replaced = base.origin.previous().map(|previous| previous.serial());
    if let Some(first) = history.stopgap(bridged, claims, customer, replaced) {
        log.push(Refusal::SecondStopgap { first: first.serial(), bridged });
    }
    bridged
}

/// Where the license is looked for that a stopgap bridges, if none is named: only of a new one.
pub(super) fn place_of_stopgap<'o>(policy: &Policy<'_>, order: &'o Order) -> Option<Place<'o>> {
    let nothing = History::default();
    let base = Base::of(order, policy.catalog, &nothing).ok()?;
    let kind = order.kind.unwrap_or(base.kind);
    (kind == Kind::Stopgap && order.bridges.is_none()).then(|| Place {
        customer: order.customer.as_deref(),
        licensee: order.licensee.as_deref().and_then(|name| licensee(name).ok()),
        product: base.product.number,
        environment: order.environment.unwrap_or(base.environment),
        fingerprint: order.fingerprint,
    })
}

/// Whether the license that is named runs out, is not renewed yet, and is the same customer's for the same product.
fn can_be_bridged(
    serial: Serial,
    base: &Base<'_>,
    stopgap: Option<&Claims>,
    customer: Option<&str>,
    history: &History,
) -> Result<(), Refusal> {
    let paid = history.unreplaced(serial)?;
    let claims = paid.claims();
    if claims.kind() != Kind::Standard || claims.valid_through().is_none() {
        return Err(Refusal::BridgesUnpaid { serial, kind: kind_in_words(claims) });
    }
    if claims.product() != base.product.number {
        return Err(Refusal::BridgesAnother { serial, what: "product" });
    }
    let licensees = (stopgap.and_then(Claims::licensee), claims.licensee());
    match (customer, paid.customer(), licensees) {
        (Some(customer), Some(other), _) if !same_customer(customer, other) => {
            return Err(Refusal::BridgesAnother { serial, what: "customer" });
        }
        (Some(_), Some(_), _) => {}
        (_, _, (Some(licensee), Some(other))) if licensee != other => {
            return Err(Refusal::BridgesAnother { serial, what: "licensee" });
        }
        _ => {}
    }
    match history.renewal_of(serial) {
        Some(by) => Err(Refusal::Renewed { serial, by: by.serial() }),
        None => Ok(()),
    }
}

/// The days of grace that the key has to say; `None` where a verifier assumes as much.
pub(super) fn grace(order: &Order, base: &Base<'_>, kind: Kind, days: Days, log: &mut Vec<Refusal>) -> Option<u8> {
    let without_grace = match (kind, days.through) {
        (Kind::Trial, _) => Some("trial"),
        (Kind::Stopgap, _) => Some("stopgap"),
        (Kind::Standard, None) => Some("perpetual"),
        (Kind::Standard, Some(_)) => None,
    };
    if let Some(kind) = without_grace {
        if let Some(asked) = order.grace_days {
            log.push(Refusal::GraceOn { kind, asked });
        }
        return None;
    }
    let asked = match order.grace_days.map(|asked| (asked, u8::try_from(asked))) {
        Some((_, Ok(days))) if days <= Claims::MOST_GRACE_DAYS => Some(days),
        Some((asked, _)) => {
            log.push(Refusal::GraceTooLong { asked });
            None
        }
        None => base.grace_days,
    };
    let term_days = days.through?.number().checked_sub(days.from.number())?;
    asked.filter(|asked| *asked != default_grace_days(NonZeroU32::MIN.saturating_add(term_days)))
}
