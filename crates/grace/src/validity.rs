use core::num::NonZeroU32;

use chrono::{DateTime, Days, NaiveDate, Utc};
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

    /// The first moment at which the license may be used: its first day begins at UTC+14, where days begin first.
    pub(crate) fn opens(&self) -> Moment {
        Moment::midnight(self.valid_from.number()).hours_later(-14)
    }
}

impl End {
    /// The first moment after the last day.
    pub(crate) fn closes(&self) -> Moment {
        ends(self.valid_through.number())
    }

    /// The first moment at which the license may not be used any more.
    pub(crate) fn grace_closes(&self) -> Moment {
        ends(self.last_usable_number())
    }

    /// The last day on which the license may be used: that of its grace, or of its term where it has none.
    pub(crate) fn last_usable_day(&self) -> NaiveDate {
        // Never absent: chrono's dates reach some 250,000 years further.
        let days = Days::new(u64::from(self.grace_days));
        self.valid_through.date().checked_add_days(days).unwrap_or(NaiveDate::MAX)
    }

    /// The same as its number, which may be past the last that a [`Day`] has.
    pub(crate) fn last_usable_number(&self) -> u32 {
        self.valid_through.number().saturating_add(u32::from(self.grace_days))
    }
}

/// The moment after which no license can be used that has an end.
pub(crate) fn latest_end_of_all() -> DateTime<Utc> {
    let grace_days = Claims::MAX_GRACE_DAYS;
    End { valid_through: Day::LAST, term_days: NonZeroU32::MIN, grace_days }.grace_closes().time()
}

/// When the day has ended at UTC−12, where days end last: 12 hours after its 24 at UTC.
fn ends(day: u32) -> Moment {
    Moment::midnight(day).hours_later(24 + 12)
}

/// A time in seconds since 2020-01-01 began at UTC. All boundaries are whole seconds and all days are numbers, so a
/// decision needs no calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i64);

impl Moment {
    const EPOCH: i64 = 1_577_836_800;
    const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

    /// The second in which that time lies.
    pub(crate) const fn of(time: DateTime<Utc>) -> Moment {
        Moment(time.timestamp().saturating_sub(Moment::EPOCH))
    }

    /// When the day with that number begins at UTC.
    const fn midnight(day: u32) -> Moment {
        Moment((day as i64).saturating_mul(Moment::SECONDS_OF_A_DAY))
    }

    const fn hours_later(self, hours: i64) -> Moment {
        Moment(self.0.saturating_add(hours.saturating_mul(60 * 60)))
    }

    /// The number of the UTC calendar day, which may be one that no [`Day`] has.
    pub(crate) const fn day(self) -> i64 {
        self.0.div_euclid(Moment::SECONDS_OF_A_DAY)
    }

    /// The instant at which that second begins.
    pub(crate) fn time(self) -> DateTime<Utc> {
        // Never absent: chrono's times reach some 250,000 years past the last day and its grace.
        DateTime::from_timestamp(self.0.saturating_add(Moment::EPOCH), 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
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
    const MAX: u8 = 14;
    u8::try_from(term_days.get() / 4).unwrap_or(MAX).min(MAX)
}
