//! When a license runs: its first and last day, what trials and stopgaps may last, updates, grace.

use std::num::NonZeroU32;

use keyward_core::{Claims, Day, End, Kind, Term};
use keyward_grace::default_grace_days;

use super::base::{Base, Origin};
use super::{History, Policy, Refusal};
use crate::order::Order;
use crate::record::IssueRecord;

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
    match order.end.or(base.ends) {
        None => {
            let example = if kind == Kind::Standard { "1y" } else { "14d" };
            log.push(Refusal::EndMissing { example });
        }
        Some(End::Perpetual) if kind != Kind::Standard => {
            log.push(Refusal::Perpetual { kind, longest: longest(base, kind) });
        }
        // Lifetime is an offer of its own.
        Some(End::Perpetual)
            if base.ends != Some(End::Perpetual)
                && order.approval.is_none()
                && !matches!(base.origin, Origin::Reissue(_)) =>
        {
            log.push(Refusal::PerpetualNotOffered);
        }
        Some(End::Perpetual) => {}
        Some(End::Through(day)) => days.through = Some(day),
        Some(End::After(term)) => match term.last_day(from) {
            Ok(day) => {
                days.through = Some(day);
                days.term = Some(term);
            }
            Err(error) => log.push(error.into()),
        },
    }
    too_long(order, base, kind, days, log);
    // A reissue keeps its term together with its last day.
    if let (Origin::Reissue(previous), None, None) = (base.origin, order.end, order.from) {
        days.term = previous.details.term;
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

/// A standard license is no longer than the longest term, also with an approval: a year of another calendar is a mistake.
fn too_long(order: &Order, base: &Base<'_>, kind: Kind, days: Days, log: &mut Vec<Refusal>) {
    let kept = matches!(base.origin, Origin::Reissue(_)) && order.end.is_none();
    let Some(through) = days.through.filter(|_| kind == Kind::Standard && !kept) else { return };
    let max = base.product.max_term;
    match max.last_day(days.from) {
        Ok(nearest) if through > nearest => {
            log.push(Refusal::TermTooLong { max, first: days.from, through, nearest });
        }
        _ => {}
    }
}

/// Trials and stopgaps are short. Reissuing one does not make it longer: the keys that it replaces still work, so that
/// the days are counted from the first of any to the last of any.
pub(super) fn length(
    order: &Order,
    base: &Base<'_>,
    kind: Kind,
    days: Days,
    bridged: Option<&IssueRecord>,
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
    let mut longest = longest(base, kind);
    if let Some(paid) = bridged.and_then(|paid| paid.claims().term_days()) {
        // A stopgap is no way to make more of a short term.
        longest = longest.min(paid.get());
    }
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
    base.product.rules(kind).map_or(0, |rules| u32::from(rules.max_days))
}

/// The last day whose releases are covered; `None` covers all.
pub(super) fn updates(order: &Order, base: &Base<'_>, days: Days, log: &mut Vec<Refusal>) -> Option<Day> {
    let through = match order.updates.or(base.updates)? {
        End::Perpetual => return None,
        End::Through(day) => day,
        End::After(term) => match term.last_day(days.from) {
            Ok(day) => return Some(day),
            Err(error) => {
                log.push(error.into());
                return None;
            }
        },
    };
    // A license that was sold so may be reissued and bridged so.
    let same_days = match base.origin {
        Origin::Reissue(_) => base.from == Some(days.from),
        Origin::Bridging(_) => true,
        Origin::New | Origin::Renewal { .. } => false,
    };
    let kept = order.updates.is_none() && same_days;
    if through < days.from && !kept {
        log.push(Refusal::UpdatesEndBeforeItBegins { from: days.from, updates: through });
    }
    Some(through)
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
        Some((_, Ok(days))) if days <= Claims::MAX_GRACE_DAYS => Some(days),
        Some((asked, _)) => {
            log.push(Refusal::GraceTooLong { asked });
            None
        }
        None => base.grace_days,
    };
    let term_days = days.through?.number().checked_sub(days.from.number())?;
    asked.filter(|asked| *asked != default_grace_days(NonZeroU32::MIN.saturating_add(term_days)))
}
