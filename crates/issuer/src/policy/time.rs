//! The days of a license: first and last day, the longest term, the length of trials and stopgaps, updates, grace.

use std::num::NonZeroU32;

use keyward_core::{Claims, Day, End, Kind, Term};
use keyward_grace::default_grace_days;

use super::base::{Base, Origin};
use super::grace::grace_days;
use super::{History, Policy, Refusal, bridge_days, locked};
use crate::order::Order;
use crate::record::IssueRecord;

/// The days of a license. After a refusal they may be incomplete.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    pub(super) from: Day,
    /// `None` is perpetual.
    pub(super) through: Option<Day>,
    /// The term, if the order gave one instead of a last day.
    pub(super) term: Option<Term>,
}

pub(super) fn days(
    policy: &Policy<'_>,
    order: &Order,
    base: &Base<'_>,
    kind: Kind,
    refusals: &mut Vec<Refusal>,
) -> Days {
    let from = match (base.origin, order.from) {
        (Origin::Renewal { begins, .. }, _) => begins,
        (_, Some(from)) => from,
        (_, None) => base.from.unwrap_or(policy.today),
    };
    let mut days = Days { from, through: None, term: None };
    let shortened = locked::shortened(policy, base).filter(|_| order.end.is_none()).map(End::Through);
    match order.end.or(shortened).or(base.end) {
        None => {
            let example = if kind == Kind::Standard { "1y or perpetual" } else { "14d" };
            refusals.push(Refusal::EndMissing { example });
        }
        Some(End::Perpetual) if kind != Kind::Standard => {
            refusals.push(Refusal::Perpetual { kind, max_days: max_days(base, kind) });
        }
        // A new perpetual license needs a perpetual offer of its edition.
        Some(End::Perpetual)
            if !is_offered_perpetual(base) && order.approval.is_none() && base.origin.same_term().is_none() =>
        {
            refusals.push(Refusal::PerpetualNotOffered);
        }
        Some(End::Perpetual) => {}
        Some(End::Through(day)) => days.through = Some(day),
        Some(End::After(term)) => match term.last_day(from) {
            Ok(day) => {
                days.through = Some(day);
                days.term = Some(term);
            }
            Err(error) => refusals.push(error.into()),
        },
    }
    max_term(order, base, kind, days, refusals);
    begins_too_late(policy, order, from, refusals);
    // Another key of a license keeps its term together with its last day.
    if let (Some(previous), None, None, None) = (base.origin.same_term(), order.end, shortened, order.from) {
        days.term = previous.details.term;
    }
    if let Some(through) = days.through {
        if through < from {
            refusals.push(Refusal::EndsBeforeItBegins { from, through });
        }
        // A machine may break during the grace period too.
        let is_in_grace = matches!(base.origin, Origin::Reissue(previous)
            if previous.claims().valid_through() == Some(through)
                && bridge_days::after(previous.claims()).is_some_and(|after| policy.today < after));
        if through < policy.today && !is_in_grace {
            refusals.push(Refusal::HasEnded { through, today: policy.today });
        }
    }
    if let (Origin::Renewal { of, begins }, Some(requested)) = (base.origin, order.from) {
        if requested != begins {
            refusals.push(Refusal::RenewalBegins { serial: of.serial(), begins, requested });
        }
    }
    days
}

/// Whether the base is a perpetual offer, for the edition of the order.
fn is_offered_perpetual(base: &Base<'_>) -> bool {
    base.end == Some(End::Perpetual) && base.offered_edition == base.edition.number
}

/// Refuses a first day that no one can mean, such as a year of another calendar, also with an approval.
fn begins_too_late(policy: &Policy<'_>, order: &Order, from: Day, refusals: &mut Vec<Refusal>) {
    const MAX: Term = Term::Years(NonZeroU32::MIN.saturating_add(99));
    let latest = MAX.last_day(policy.today).unwrap_or(Day::LAST);
    if order.from.is_some() && from > latest {
        refusals.push(Refusal::BeginsTooLate { from, today: policy.today, latest });
    }
}

/// Refuses a license that is longer than the longest term, also with an approval: it may be a mistyped year.
fn max_term(order: &Order, base: &Base<'_>, kind: Kind, days: Days, refusals: &mut Vec<Refusal>) {
    let kept = base.origin.same_term().is_some() && order.end.is_none() && order.from.is_none();
    // Without an approval, the length of a trial or a stopgap is less.
    let is_checked = kind == Kind::Standard || order.approval.is_some();
    let Some(through) = days.through.filter(|_| is_checked && !kept) else { return };
    let max = base.product.max_term;
    match max.last_day(days.from) {
        Ok(nearest) if through > nearest => {
            refusals.push(Refusal::TermTooLong { max, first: days.from, through, nearest });
        }
        _ => {}
    }
}

/// Checks the length of a trial or a stopgap. A reissue does not make it longer: the keys that it replaces still work, so
/// the days count from the first day of all keys to the last. A stopgap is not longer than the license that it bridges.
pub(super) fn length(
    order: &Order,
    base: &Base<'_>,
    kind: Kind,
    days: Days,
    bridged: Option<&IssueRecord>,
    history: &History,
    refusals: &mut Vec<Refusal>,
) {
    let Some(through) = days.through.filter(|through| *through >= days.from && kind != Kind::Standard) else { return };
    let mut replaced = None;
    if let Some(previous) = base.origin.same_term() {
        // An approval may have made it longer than the maximum, and the reissue adds no day.
        let before = previous.claims();
        if days.from >= before.valid_from() && before.valid_through().is_some_and(|last| through <= last) {
            return;
        }
        replaced = history.days_of_all(previous.serial()).map(|days| (previous.serial(), days));
    }
    let first = replaced.map_or(days.from, |(_, (first, _))| first.min(days.from));
    let last = replaced.map_or(through, |(_, (_, last))| last.max(through));
    let length = last.number().saturating_sub(first.number()).saturating_add(1);
    let bridged_days = bridged.and_then(|paid| history.days_of_use(paid)).unwrap_or(u32::MAX);
    let max_days = max_days(base, kind).min(bridged_days);
    if length <= max_days || (kind == Kind::Trial && order.approval.is_some()) {
        return;
    }
    let nearest = first.checked_add(max_days.saturating_sub(1)).unwrap_or(Day::LAST);
    refusals.push(match (replaced, kind) {
        // An earlier last day does not help.
        (Some((serial, (began, ended))), _) if days.from < began || ended > nearest || nearest < days.from => {
            Refusal::TogetherTooLong { kind, serial, days: length, max_days, first, last }
        }
        (_, Kind::Trial) => Refusal::TrialTooLong { days: length, max_days, first, through, nearest },
        _ => Refusal::StopgapTooLong { days: length, max_days, first, through, nearest },
    });
}

fn max_days(base: &Base<'_>, kind: Kind) -> u32 {
    base.product.rules(kind).map_or(0, |rules| u32::from(rules.max_days))
}

/// The last day whose releases are covered; `None` covers all. Updates of the order are no longer than the longest term, also
/// with an approval: their year may be mistyped.
pub(super) fn updates(
    policy: &Policy<'_>,
    order: &Order,
    base: &Base<'_>,
    days: Days,
    refusals: &mut Vec<Refusal>,
) -> Option<Day> {
    let (through, is_after) = match order.updates.or(base.updates)? {
        End::Perpetual => return None,
        End::Through(day) => (day, false),
        End::After(term) => match term.last_day(days.from) {
            Ok(day) => (day, true),
            Err(error) => {
                refusals.push(error.into());
                return None;
            }
        },
    };
    let (max, first) = (base.product.max_term, days.from.max(policy.today));
    let nearest = max.last_day(first).unwrap_or(Day::LAST);
    // A license without end, or with a later one, may have updates through its end.
    let nearest = days.through.map_or(nearest, |last| nearest.max(last));
    if order.updates.is_some() && through > nearest {
        refusals.push(Refusal::UpdatesTooLong { max, updates: through, nearest });
        return Some(through);
    }
    if is_after {
        return Some(through);
    }
    // A reissue with the same first day, and a stopgap, keep the updates that were sold.
    let same_days = match base.origin {
        Origin::Reissue(_) | Origin::Locked(_) => base.from == Some(days.from),
        Origin::Bridging(_) => true,
        Origin::New | Origin::Renewal { .. } => false,
    };
    let kept = order.updates.is_none() && same_days;
    if through < days.from && !kept {
        refusals.push(Refusal::UpdatesEndBeforeItBegins { from: days.from, updates: through });
    }
    Some(through)
}

/// The days of grace that the key carries; `None` if a verifier assumes the same number.
pub(super) fn grace(
    policy: &Policy<'_>,
    order: &Order,
    base: &Base<'_>,
    kind: Kind,
    days: Days,
    refusals: &mut Vec<Refusal>,
) -> Option<u8> {
    let without_grace = match (kind, days.through) {
        (Kind::Trial, _) => Some("trial"),
        (Kind::Stopgap, _) => Some("stopgap"),
        (Kind::Standard, None) => Some("perpetual"),
        (Kind::Standard, Some(_)) => None,
    };
    if let Some(kind) = without_grace {
        refusals.extend(order.grace_days.map(|requested| Refusal::GraceOn { kind, requested }));
        return None;
    }
    let days_since = |first: Day| {
        let more = days.through?.number().checked_sub(first.number())?;
        Some(NonZeroU32::MIN.saturating_add(more))
    };
    let term_days = days_since(days.from)?;
    let default = default_grace_days(term_days);
    // Days before the sale earn no grace. A renewal follows the paid term, however late it is.
    let is_backdated = matches!(base.origin, Origin::New) && days.from < policy.today;
    let sold_days = if is_backdated { days_since(policy.today).unwrap_or(term_days) } else { term_days };
    let earned = default.min(default_grace_days(sold_days));
    // Grace is for late payments, and no second term. A license on record keeps the grace that it has.
    let kept = match base.origin {
        Origin::Reissue(previous) | Origin::Locked(previous) => grace_days(previous.claims()),
        _ => 0,
    };
    let max = u8::try_from(sold_days.get()).unwrap_or(u8::MAX).min(Claims::MAX_GRACE_DAYS).max(kept);
    let grace_days = match order.grace_days.map(|requested| (requested, u8::try_from(requested))) {
        Some((_, Ok(days))) if days <= max => Some(days),
        Some((requested, _)) => {
            refusals.push(Refusal::GraceTooLong { requested, max });
            None
        }
        // A license without an end has no grace, and neither has a key of it that ends.
        None if matches!(base.origin, Origin::Locked(license) if license.claims().valid_through().is_none()) => Some(0),
        None => base.grace_days.map(|days| days.min(max)),
    };
    grace_days.or((earned < default).then_some(earned)).filter(|days| *days != default)
}
