#![expect(clippy::arithmetic_side_effects, reason = "seconds of some 250,000 years, in 64 bits")]

use core::num::NonZeroU32;

use chrono::{DateTime, Days, NaiveDate, Utc};
use keyward_core::{Claims, Day, Kind};

/// The days on which a license may be used, and the instants at which they begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) valid_from: Day,
    /// `None` is perpetual.
    pub(crate) end: Option<TermEnd>,
}

/// The end of a license with a term, and its grace after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TermEnd {
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
            TermEnd { valid_through, term_days, grace_days }
        });
        Validity { valid_from: claims.valid_from(), end }
    }

    /// The first moment at which the license may be used: the beginning of its first day at UTC+14, where days begin first.
    pub(crate) fn opens(&self) -> Moment {
        Moment::midnight(self.valid_from.number()).hours_later(-14)
    }
}

impl TermEnd {
    /// The first moment after the last day.
    pub(crate) fn closes(&self) -> Moment {
        ends(self.valid_through.number())
    }

    /// The first moment at which the license may no longer be used.
    pub(crate) fn grace_closes(&self) -> Moment {
        ends(self.last_usable_number())
    }

    /// The last day on which the license may be used: the last day of its grace or, without grace, of its term.
    pub(crate) fn last_usable_day(&self) -> NaiveDate {
        let day = self.valid_through.date().checked_add_days(Days::new(u64::from(self.grace_days)));
        debug_assert!(day.is_some(), "chrono's dates reach some 250,000 years further");
        day.unwrap_or(NaiveDate::MAX)
    }

    /// The number of the same day, which may be greater than that of any [`Day`].
    pub(crate) fn last_usable_number(&self) -> u32 {
        self.valid_through.number() + u32::from(self.grace_days)
    }
}

/// The moment at which every possible license has ended, with its grace.
pub(crate) fn latest_end_of_all() -> DateTime<Utc> {
    let grace_days = Claims::MAX_GRACE_DAYS;
    TermEnd { valid_through: Day::LAST, term_days: NonZeroU32::MIN, grace_days }.grace_closes().time()
}

/// The end of the day at UTC−12, where days end last: 12 hours after its end at UTC.
fn ends(day: u32) -> Moment {
    Moment::midnight(day).hours_later(24 + 12)
}

/// A time in seconds since the beginning of 2020-01-01 at UTC. Boundaries are whole seconds and days are numbers, so
/// decisions need no calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i64);

impl Moment {
    const EPOCH: i64 = 1_577_836_800;
    const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

    /// The second of that time.
    pub(crate) const fn of(time: DateTime<Utc>) -> Moment {
        Moment(time.timestamp() - Moment::EPOCH)
    }

    /// The beginning of the day with that number at UTC.
    const fn midnight(day: u32) -> Moment {
        Moment(day as i64 * Moment::SECONDS_OF_A_DAY)
    }

    const fn hours_later(self, hours: i64) -> Moment {
        Moment(self.0 + hours * 60 * 60)
    }

    /// The number of the UTC calendar day, which may be out of the range of a [`Day`].
    pub(crate) const fn day(self) -> i64 {
        self.0.div_euclid(Moment::SECONDS_OF_A_DAY)
    }

    /// The beginning of that second.
    pub(crate) fn time(self) -> DateTime<Utc> {
        let time = DateTime::from_timestamp(self.0 + Moment::EPOCH, 0);
        debug_assert!(time.is_some(), "chrono's times reach some 250,000 years past the last day and its grace");
        time.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// The default length of the grace period, in days, for a standard license with a term whose key has no days of grace: 14,
/// but at most a quarter of the term, rounded down. A term of less than four days has no grace.
///
/// Trials, stopgaps and perpetual licenses have no grace.
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
