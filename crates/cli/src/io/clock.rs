use std::time::SystemTime;

use anyhow::{Context, bail};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use keyward_verifier::Day;

/// A time for results that do not depend on it.
pub const ANY_TIME: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// The system clock. It is read here and nowhere else.
pub fn now() -> DateTime<Utc> {
    // `Utc::now` panics under a clock before 1970, which some systems have without a battery.
    SystemTime::now().into()
}

/// Whether a right clock can't show this time: the first licenses and files of Keyward are from 2026. Clocks without a
/// battery begin in years such as 1970 or 2000.
pub fn is_impossible(time: DateTime<Utc>) -> bool {
    time.year() < 2026
}

/// The system clock, for issuing and signing.
pub fn now_for_signing() -> anyhow::Result<DateTime<Utc>> {
    let now = now();
    if is_impossible(now) {
        bail!("this machine's clock says {}; set it, so that nothing is issued with a wrong date", now.date_naive());
    }
    Ok(now)
}

/// The time of `--at`: an RFC 3339 time, or a day, which stands for its noon at UTC.
pub fn parse_at(text: &str) -> Result<DateTime<Utc>, String> {
    if let Some(midnight) = midnight_of(text) {
        return midnight.checked_add_signed(TimeDelta::hours(12)).ok_or_else(|| "the day is out of range".to_owned());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| "expected a day such as 2026-12-31, or a time such as 2026-12-31T18:00:00Z".to_owned())
}

/// The time at which something was made: an RFC 3339 time, or a day, which stands for its beginning at UTC.
pub fn parse_built(text: &str) -> Result<DateTime<Utc>, String> {
    midnight_of(text).map_or_else(|| parse_at(text), Ok)
}

/// The beginning of a day such as 2026-12-31, at UTC. Clocks can also show days that no license can have.
fn midnight_of(text: &str) -> Option<DateTime<Utc>> {
    let day: NaiveDate = text.parse().ok()?;
    let is_written_so = day.to_string() == text && day.year() >= 1970;
    is_written_so.then(|| day.and_time(NaiveTime::MIN).and_utc())
}

/// The calendar day at UTC.
pub fn day_of(time: DateTime<Utc>) -> anyhow::Result<Day> {
    Day::from_date(time.date_naive()).context("the system clock is out of range: set it first")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_noon_and_a_time_is_itself() {
        for (text, instant) in [
            ("2026-12-31", Ok("2026-12-31 12:00:00 UTC")),
            ("2026-12-31T18:00:00+02:00", Ok("2026-12-31 16:00:00 UTC")),
            ("2026-12-31 18:00", Err(())),
            ("31.12.2026", Err(())),
            ("2026-02-30", Err(())),
            ("2000-01-01", Ok("2000-01-01 12:00:00 UTC")),
            ("1970-01-01", Ok("1970-01-01 12:00:00 UTC")),
            ("2026-1-1", Err(())),
            ("1969-12-31", Err(())),
            ("12026-01-01", Err(())),
        ] {
            assert_eq!(
                parse_at(text).map(|time| time.to_string()).map_err(|_| ()),
                instant.map(str::to_owned),
                "{text}"
            );
        }
    }
}
