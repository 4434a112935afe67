use core::fmt;
use core::str::FromStr;

use chrono::{Datelike, NaiveDate};
/// A calendar day that a license key can name: 2020-01-01 through 9998-12-31.
///
/// A day has no time zone: `keyward-grace` decides from when until when it lasts. It is written as in ISO 8601,
/// `2026-12-31`, and a key has the number of days since 2020-01-01.
///
/// ```
/// use keyward_core::Day;
///
/// let day: Day = "2026-12-31".parse()?;
/// assert_eq!(day.number(), 2556);
/// assert_eq!(day.to_string(), "2026-12-31");
/// # Ok::<(), keyward_core::DayError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u32);

/// 2020-01-01, as chrono counts days (day 1 is 0001-01-01).
const EPOCH: i32 = 737_425;

impl Day {
    /// The first day: 2020-01-01.
    pub const FIRST: Day = Day(0);
    /// The last day: 9998-12-31.
    pub const LAST: Day = Day(2_914_269);

    /// The day that is `number` days after 2020-01-01; `None` past 9998-12-31.
    pub const fn from_number(number: u32) -> Option<Day> {
        if number <= Day::LAST.0 { Some(Day(number)) } else { None }
    }

    /// The number of days since 2020-01-01.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The day of that date.
    ///
    /// # Errors
    ///
    /// [`DayError::OutOfRange`] before 2020-01-01 and after 9998-12-31.
    pub fn from_date(date: NaiveDate) -> Result<Day, DayError> {
        date.num_days_from_ce()
            .checked_sub(EPOCH)
            .and_then(|number| u32::try_from(number).ok())
            .and_then(Day::from_number)
            .ok_or(DayError::OutOfRange)
    }

    /// The day with that year, month (1 to 12) and day of the month (from 1).
    ///
    /// # Errors
    ///
    /// [`DayError::NoSuchDay`] if the calendar has no such day, [`DayError::OutOfRange`] as [`Day::from_date`].
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Result<Day, DayError> {
        NaiveDate::from_ymd_opt(year, month, day).ok_or(DayError::NoSuchDay).and_then(Day::from_date)
    }

    /// The same day as a `chrono` date.
    pub fn date(self) -> NaiveDate {
        let date = EPOCH.checked_add_unsigned(self.0).and_then(NaiveDate::from_num_days_from_ce_opt);
        debug_assert!(date.is_some(), "chrono's dates reach some 250,000 years further");
        date.unwrap_or(NaiveDate::MAX)
    }

    /// The day `days` later; `None` past 9998-12-31.
    pub const fn checked_add(self, days: u32) -> Option<Day> {
        match self.0.checked_add(days) {
            Some(number) => Day::from_number(number),
            None => None,
        }
    }

    /// The day `days` earlier; `None` before 2020-01-01.
    pub const fn checked_sub(self, days: u32) -> Option<Day> {
        match self.0.checked_sub(days) {
            Some(number) => Some(Day(number)),
            None => None,
        }
    }
}

/// The reason why a date or a text is not a [`Day`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DayError {
    /// Before 2020-01-01 or after 9998-12-31.
    #[error("the day is out of range: a license key can name 2020-01-01 through 9998-12-31")]
    OutOfRange,
    /// The calendar has no such day, such as 30 February.
    #[error("the calendar has no such day")]
    NoSuchDay,
    /// Not written as year, month and day.
    #[error("a day is written year-month-day, such as 2026-12-31")]
    NotADate,
}

impl FromStr for Day {
    type Err = DayError;

    /// Reads exactly `YYYY-MM-DD`.
    fn from_str(text: &str) -> Result<Day, DayError> {
        let digits = |range: core::ops::Range<usize>| {
            let part = text.get(range)?;
            part.bytes().all(|byte| byte.is_ascii_digit()).then_some(part)
        };
        let (Some(year), Some(month), Some(day), true, Some("-"), Some("-")) =
            (digits(0..4), digits(5..7), digits(8..10), text.len() == 10, text.get(4..5), text.get(7..8))
        else {
            return Err(DayError::NotADate);
        };
        let number = |digits: &str| digits.parse().map_err(|_| DayError::NotADate);
        let year = i32::try_from(number(year)?).map_err(|_| DayError::NotADate)?;
        Day::from_ymd(year, number(month)?, number(day)?)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.date();
        write!(f, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn the_first_and_the_last_day_are_where_the_format_says() {
        assert_eq!(Day::FIRST.to_string(), "2020-01-01");
        assert_eq!(Day::LAST.to_string(), "9998-12-31");
        assert_eq!(Day::from_number(2_914_270), None);
        assert_eq!("9999-01-01".parse::<Day>(), Err(DayError::OutOfRange));
        assert_eq!("2019-12-31".parse::<Day>(), Err(DayError::OutOfRange));
    }

    #[test]
    fn no_day_is_past_the_last_or_before_the_first() {
        assert_eq!(Day::FIRST.checked_add(2_914_269), Some(Day::LAST));
        assert_eq!(Day::LAST.checked_sub(2_914_269), Some(Day::FIRST));
        assert_eq!(Day::LAST.checked_add(1), None);
        assert_eq!(Day::LAST.checked_add(u32::MAX), None, "a number that does not fit 32 bits");
        assert_eq!(Day::FIRST.checked_sub(1), None);
    }

    #[test]
    fn every_day_reads_back_as_itself() {
        for number in (0..=Day::LAST.number()).step_by(97) {
            let day = Day::from_number(number).unwrap();
            assert_eq!(Day::from_date(day.date()), Ok(day));
            assert_eq!(day.to_string().parse(), Ok(day));
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for (text, error) in [
            ("2026-02-29", DayError::NoSuchDay),
            ("2026-13-01", DayError::NoSuchDay),
            ("2026-1-1", DayError::NotADate),
            ("+026-01-01", DayError::NotADate),
            ("2026-01-01 ", DayError::NotADate),
            ("2026/01/01", DayError::NotADate),
            ("２026-01-0", DayError::NotADate),
        ] {
            assert_eq!(text.parse::<Day>(), Err(error), "{text}");
        }
        assert_eq!("2028-02-29".parse::<Day>().unwrap().number(), 2981);
    }
}
