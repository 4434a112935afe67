use anyhow::Context;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use keyward_verifier::Day;

/// A time for results that do not depend on it.
pub const ANY_TIME: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// The system clock. It is read here and nowhere else.
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The time of `--at`: an RFC 3339 time, or a day, which stands for its noon at UTC.
pub fn parse_at(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(day) = text.parse::<Day>() {
        let midnight = day.date().and_time(NaiveTime::MIN).and_utc();
        return midnight.checked_add_signed(TimeDelta::hours(12)).ok_or_else(|| "the day is out of range".to_owned());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| "expected a day such as 2026-12-31, or a time such as 2026-12-31T18:00:00Z".to_owned())
}

/// The time at which something was made: an RFC 3339 time, or a day, which stands for its beginning at UTC.
pub fn parse_built(text: &str) -> Result<DateTime<Utc>, String> {
    match text.parse::<Day>() {
        Ok(day) => Ok(day.date().and_time(NaiveTime::MIN).and_utc()),
        Err(_) => parse_at(text),
    }
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
        ] {
            assert_eq!(
                parse_at(text).map(|time| time.to_string()).map_err(|_| ()),
                instant.map(str::to_owned),
                "{text}"
            );
        }
    }
}
