use core::fmt;
use core::num::NonZeroU32;
use core::str::FromStr;

use chrono::{Datelike, Months, NaiveDate};

use crate::Day;

/// The length of a license, first and last day counted. Written `30d`, `12m`, `1y`.
///
/// Thirty days from 1 May run through 30 May. A month runs through the day before the same number: from 15 May through 14
/// June. If the month has no such number, it runs through the last day of the month. A year is twelve months.
///
/// ```
/// use keyward_core::{Day, Term};
///
/// let month: Term = "1m".parse()?;
/// assert_eq!(month.last_day(Day::from_ymd(2026, 5, 15)?)?, Day::from_ymd(2026, 6, 14)?);
/// assert_eq!(month.last_day(Day::from_ymd(2026, 1, 31)?)?, Day::from_ymd(2026, 2, 28)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Term {
    /// This many days.
    Days(NonZeroU32),
    /// This many calendar months.
    Months(NonZeroU32),
    /// This many calendar years.
    Years(NonZeroU32),
}

impl Term {
    /// The last day of the term if it begins on `valid_from`.
    ///
    /// # Errors
    ///
    /// [`TermError::EndsAfterTheLastDay`] if it ends after 9998-12-31.
    pub fn last_day(self, valid_from: Day) -> Result<Day, TermError> {
        match self {
            Term::Days(days) => days.get().checked_sub(1).and_then(|days| valid_from.checked_add(days)),
            Term::Months(months) => last_day_of_months(valid_from, months.get()),
            Term::Years(years) => years.get().checked_mul(12).and_then(|months| last_day_of_months(valid_from, months)),
        }
        .ok_or(TermError::EndsAfterTheLastDay { term: self, valid_from })
    }
}

fn last_day_of_months(valid_from: Day, months: u32) -> Option<Day> {
    let first = valid_from.date();
    // The same number, or the last day of a month that has no such number.
    let same = first.checked_add_months(Months::new(months))?;
    let last: NaiveDate = if same.day() == first.day() { same.pred_opt()? } else { same };
    Day::from_date(last).ok()
}

/// The reason why a text or a term has no last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TermError {
    /// The text is not a number and a unit.
    #[error("a term is a number of days, months or years, such as 30d, 12m or 1y")]
    NotATerm,
    /// The number is 0.
    #[error("a term has a number from 1, such as 30d, 12m or 1y")]
    Zero,
    /// The number does not fit 32 bits.
    #[error("the term is too long: no license lasts past 9998-12-31")]
    TooLong,
    /// The term ends after 9998-12-31.
    #[error("a term of {term} from {valid_from} ends after 9998-12-31, the last day a key can name")]
    EndsAfterTheLastDay {
        /// The term.
        term: Term,
        /// Its first day.
        valid_from: Day,
    },
}

impl FromStr for Term {
    type Err = TermError;

    /// Reads digits without leading zeros, then `d`, `m` or `y`.
    fn from_str(text: &str) -> Result<Term, TermError> {
        let (digits, unit): (&str, fn(NonZeroU32) -> Term) = if let Some(digits) = text.strip_suffix('d') {
            (digits, Term::Days)
        } else if let Some(digits) = text.strip_suffix('m') {
            (digits, Term::Months)
        } else if let Some(digits) = text.strip_suffix('y') {
            (digits, Term::Years)
        } else {
            return Err(TermError::NotATerm);
        };
        if digits == "0" {
            return Err(TermError::Zero);
        }
        if digits.is_empty() || digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TermError::NotATerm);
        }
        digits.parse().map(unit).map_err(|_| TermError::TooLong)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::Days(days) => write!(f, "{days}d"),
            Term::Months(months) => write!(f, "{months}m"),
            Term::Years(years) => write!(f, "{years}y"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_term_is_read_as_it_is_written() {
        for text in ["1d", "30d", "12m", "1y", "4294967295d"] {
            assert_eq!(text.parse::<Term>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_text_that_is_no_term_is_refused_with_its_cause() {
        for (text, error) in [
            ("", TermError::NotATerm),
            ("d", TermError::NotATerm),
            ("30", TermError::NotATerm),
            ("30 d", TermError::NotATerm),
            ("30D", TermError::NotATerm),
            ("+30d", TermError::NotATerm),
            ("-1m", TermError::NotATerm),
            ("030d", TermError::NotATerm),
            ("1w", TermError::NotATerm),
            ("٣d", TermError::NotATerm),
            ("0d", TermError::Zero),
            ("0y", TermError::Zero),
            ("4294967296d", TermError::TooLong),
        ] {
            assert_eq!(text.parse::<Term>(), Err(error), "{text:?}");
        }
    }

    #[test]
    fn months_run_to_the_day_before_the_same_number_or_through_the_last_day() {
        for (term, valid_from, valid_through) in [
            ("1d", "2026-05-01", "2026-05-01"),
            ("30d", "2026-05-01", "2026-05-30"),
            ("1m", "2026-05-15", "2026-06-14"),
            ("1m", "2026-05-01", "2026-05-31"),
            ("1m", "2026-01-31", "2026-02-28"),
            ("1m", "2028-01-31", "2028-02-29"),
            ("1m", "2028-01-29", "2028-02-28"),
            ("1m", "2026-01-29", "2026-02-28"),
            ("1m", "2026-01-28", "2026-02-27"),
            ("3m", "2026-08-31", "2026-11-30"),
            ("12m", "2026-01-01", "2026-12-31"),
            ("1y", "2026-01-01", "2026-12-31"),
            ("1y", "2028-02-29", "2029-02-28"),
            ("4y", "2028-02-29", "2032-02-28"),
            ("1y", "2028-03-01", "2029-02-28"),
            ("1y", "2027-03-01", "2028-02-29"),
            ("1m", "9998-12-01", "9998-12-31"),
            ("2914270d", "2020-01-01", "9998-12-31"),
        ] {
            let last = term.parse::<Term>().unwrap().last_day(valid_from.parse().unwrap());
            assert_eq!(last, Ok(valid_through.parse().unwrap()), "{term} from {valid_from}");
        }
    }

    #[test]
    fn a_term_that_ends_after_the_last_day_says_so() {
        for (text, valid_from) in [
            ("2d", "9998-12-31"),
            ("1m", "9998-12-02"),
            ("7980y", "2020-01-01"),
            ("4294967295d", "2020-01-01"),
            ("4294967295m", "2020-01-01"),
            ("4294967295y", "2020-01-01"),
        ] {
            let (term, valid_from): (Term, Day) = (text.parse().unwrap(), valid_from.parse().unwrap());
            let error = TermError::EndsAfterTheLastDay { term, valid_from };
            assert_eq!(term.last_day(valid_from), Err(error));
            assert!(error.to_string().contains(text), "{error}");
        }
    }
}
