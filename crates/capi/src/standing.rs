use std::ffi::c_char;

use chrono::{DateTime, Utc};
use keyward_verifier::Standing;

use crate::claims::kind_number;
use crate::text::put;
use crate::{KW_NEVER, KwDay, KwOutcome, KwTime};

/// The size of the text of a standing or a notice, with the zero byte at its end.
pub const KW_STANDING_SIZE: usize = 128;

/// What a license allows at a given time.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KwStanding {
    /// The time at which the first day begins, at UTC+14.
    pub opens_at: KwTime,
    /// The time at which the last day has ended, at UTC−12; `KW_NEVER` if it is perpetual.
    pub closes_at: KwTime,
    /// The time at which the last day of grace has ended; `closes_at` if there is no grace.
    pub grace_closes_at: KwTime,
    /// `KW_OUTCOME_NOT_YET_VALID`, `_ACTIVE`, `_EXPIRING_SOON`, `_IN_GRACE` or `_EXPIRED`.
    pub state: KwOutcome,
    /// 0 standard, 1 trial, 2 stopgap.
    pub kind: i32,
    /// Days left until the last day, or in grace until the last day of grace: 0 on that day itself. −1 if no days are
    /// counted: not yet valid, perpetual, expired.
    pub days_left: i32,
    /// The first day.
    pub valid_from: KwDay,
    /// The last day; no day if it is perpetual.
    pub valid_through: KwDay,
    /// The last day of grace; no day if there is no grace.
    pub grace_through: KwDay,
    /// The day of the next reminder; no day if there is none.
    pub next_reminder: KwDay,
    /// Whether the product may run: active, expiring soon or in grace.
    pub is_usable: bool,
    /// Whether there is a successor, so that no warning of the end is needed.
    pub has_successor: bool,
    /// Days of grace.
    pub grace_days: u8,
    /// The notice that a product shows beside a trial or a stopgap license, in English; empty for a standard one.
    pub notice: [c_char; KW_STANDING_SIZE],
    /// The standing in words, in English.
    pub text: [c_char; KW_STANDING_SIZE],
}

impl KwStanding {
    /// Fills a struct that is all zero.
    pub(crate) fn fill(&mut self, standing: &Standing) {
        self.opens_at = standing.opens_at().timestamp_micros();
        self.closes_at = or_never(standing.closes_at());
        self.grace_closes_at = or_never(standing.grace_closes_at());
        self.state = KwOutcome::of(standing.outcome());
        self.kind = kind_number(standing.kind());
        debug_assert!(standing.days_left().is_none_or(|days| i32::try_from(days).is_ok()), "at most three million");
        self.days_left = standing.days_left().map_or(-1, |days| i32::try_from(days).unwrap_or(i32::MAX));
        self.valid_from = standing.valid_from().into();
        self.valid_through = KwDay::or_none(standing.valid_through());
        self.grace_through = standing.grace_through().map_or(KwDay::default(), KwDay::of);
        self.next_reminder = KwDay::or_none(standing.next_reminder());
        self.is_usable = standing.is_usable();
        self.has_successor = standing.has_successor();
        self.grace_days = standing.grace_days();
        if let Some(notice) = standing.notice() {
            put(&mut self.notice, &notice);
        }
        put(&mut self.text, standing);
    }
}

fn or_never(time: Option<DateTime<Utc>>) -> KwTime {
    time.map_or(KW_NEVER, |time| time.timestamp_micros())
}
