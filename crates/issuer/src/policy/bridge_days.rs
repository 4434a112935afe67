//! The days on which a stopgap for a paid license may begin.

use chrono::{DateTime, NaiveTime, Utc};
use keyward_core::{Claims, Day};
use keyward_grace::standing;

/// The first day on which a license expires soon: a stopgap begins on that day at the earliest. A term that is too short for
/// that expires soon from its first day.
pub(super) fn opens(claims: &Claims) -> Day {
    let from = claims.valid_from();
    let day_before = from.checked_sub(1).unwrap_or(Day::FIRST).date().and_time(NaiveTime::MIN);
    standing(claims, DateTime::<Utc>::from_naive_utc_and_offset(day_before, Utc)).next_reminder().unwrap_or(from)
}

/// The day after the last one on which the license can be used, with its grace; `None` if it does not end.
pub(super) fn after(claims: &Claims) -> Option<Day> {
    let grace = standing(claims, DateTime::<Utc>::UNIX_EPOCH).grace_days();
    let last = claims.valid_through()?;
    Some(last.checked_add(u32::from(grace).saturating_add(1)).unwrap_or(Day::LAST))
}
