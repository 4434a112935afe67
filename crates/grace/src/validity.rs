use core::num::NonZeroU32;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use keyward_core::{Claims, Day, Kind};

/// The days on which a license may be used, and the instants between which they lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) valid_from: Day,
    /// `None` is perpetual.
    pub(crate) end: Option<End>,
}

/// Where a license with a term ends, and its grace after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) valid_through: Day,
    pub(crate) term_days: NonZeroU32,
    pub(crate) grace_days: u8,
}

impl Validity {
    pub(crate) fn of(claims: &Claims) -> Validity {
        let end = claims.valid_through().zip(claims.term_days()).map(|(valid_through, term_days)| {
            let grace_days = match (claims.kind(), claims.grace_days()) {
                (Kind::Standard, Some(days)) => days,
                (Kind::Standard, None) => default_grace_days(term_days),
                (Kind::Trial | Kind::Stopgap, _) => 0,
            };
            End { valid_through, term_days, grace_days }
        });
        Validity { valid_from: claims.valid_from(), end }
    }

    /// The first instant at which the license may be used.
    pub(crate) fn opens_at(&self) -> DateTime<Utc> {
        begins_at(self.valid_from.date())
    }
}

impl End {
    /// The first instant after the last day.
    pub(crate) fn closes_at(&self) -> DateTime<Utc> {
        ends_at(self.valid_through.date())
    }

    /// The last day on which the license may be used: that of its grace, or of its term where it has none.
    pub(crate) fn last_usable_day(&self) -> NaiveDate {
        // Never absent, nor are the two instants below: chrono's dates reach some 250,000 years further.
        let days = Days::new(u64::from(self.grace_days));
        self.valid_through.date().checked_add_days(days).unwrap_or(NaiveDate::MAX)
    }

    /// The first instant at which the license may not be used any more.
    pub(crate) fn grace_closes_at(&self) -> DateTime<Utc> {
        ends_at(self.last_usable_day())
    }
}

/// The instant after which no license can be used that has an end.
pub(crate) fn latest_end_of_all() -> DateTime<Utc> {
    let grace_days = Claims::MOST_GRACE_DAYS;
    End { valid_through: Day::LAST, term_days: NonZeroU32::MIN, grace_days }.grace_closes_at()
}

/// When the day begins at UTC+14, where days begin first: 14 hours before it does at UTC.
fn begins_at(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN).and_utc();
    midnight.checked_sub_signed(TimeDelta::hours(14)).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// When the day has ended at UTC−12, where days end last: 12 hours after its 24 at UTC.
fn ends_at(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN).and_utc();
    midnight.checked_add_signed(TimeDelta::hours(24 + 12)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The days of grace of a standard license with that term whose key says none: 14, but at most a quarter of the term,
/// rounded down. A term of less than four days has no grace.
///
/// Trials, stopgaps and perpetual licenses have none.
///
/// ```
/// use std::num::NonZeroU32;
/// use keyward_grace::default_grace_days;
///
/// assert_eq!(NonZeroU32::new(365).map(default_grace_days), Some(14));
/// assert_eq!(NonZeroU32::new(30).map(default_grace_days), Some(7));
/// ```
pub fn default_grace_days(term_days: NonZeroU32) -> u8 {
    const MOST: u8 = 14;
    u8::try_from(term_days.get() / 4).unwrap_or(MOST).min(MOST)
}
