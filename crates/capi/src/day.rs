use chrono::{DateTime, Datelike, NaiveDate, Utc};
use keyward_verifier::Day;

use crate::KwStatus;

/// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted. The time now is `(kw_time)time(NULL) * 1000000`.
pub type KwTime = i64;

/// A time that never comes: the end of a perpetual license.
pub const KW_NEVER: KwTime = i64::MAX;

/// The time is not known.
pub const KW_NO_TIME: KwTime = i64::MIN;

/// A calendar day, the same in every time zone. All zero means no day, such as the last day of a perpetual license.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KwDay {
    /// 2020 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl KwDay {
    pub(crate) fn of(date: NaiveDate) -> KwDay {
        // Never out of range: the last day of the latest grace is in 9999.
        let small = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
        KwDay {
            year: u16::try_from(date.year()).unwrap_or(u16::MAX),
            month: small(date.month()),
            day: small(date.day()),
        }
    }

    pub(crate) fn or_none(day: Option<Day>) -> KwDay {
        day.map_or(KwDay::default(), KwDay::from)
    }
}

impl From<Day> for KwDay {
    fn from(day: Day) -> KwDay {
        KwDay::of(day.date())
    }
}

pub(crate) fn time(time: KwTime) -> Result<DateTime<Utc>, KwStatus> {
    DateTime::from_timestamp_micros(time).ok_or(KwStatus::OutOfRange)
}
