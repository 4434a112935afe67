//! Messages, word for word.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test file uses its part")]
mod common;

use common::{at, day};
use keyward_grace::{MarkError, RecoveryError, ReminderDaysError, TermError};

#[test]
fn the_message_shows_how_a_term_is_written() {
    let term = "7980y".parse().unwrap();
    for (error, message) in [
        (TermError::NotATerm, "a term is a number of days, months or years, such as 30d, 12m or 1y"),
        (TermError::Zero, "a term has a number from 1, such as 30d, 12m or 1y"),
        (TermError::TooLong, "the term is too long: no license lasts past 9998-12-31"),
        (
            TermError::EndsAfterTheLastDay { term, valid_from: day("2026-01-01") },
            "a term of 7980y from 2026-01-01 ends after 9998-12-31, the last day a key can name",
        ),
    ] {
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn the_message_says_why_bytes_are_not_a_mark() {
    for (error, message) in [
        (MarkError::WrongLength { found: 36 }, "a mark of version 1 has 37 bytes, and this has 36"),
        (MarkError::UnknownVersion { found: 2 }, "the mark is of version 2, and this program knows version 1"),
        (MarkError::OutOfRange, "the mark has a number that is out of range"),
    ] {
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn the_message_says_why_numbers_are_not_reminder_days() {
    assert_eq!(ReminderDaysError::TooMany { count: 9 }.to_string(), "9 reminder days: at most 8 are possible");
    assert_eq!(ReminderDaysError::Repeated { days: 7 }.to_string(), "reminder day 7 is named twice");
}

#[test]
fn the_message_on_an_old_recovery_statement_has_both_times() {
    let error = RecoveryError::NotNewer { issued: at("2026-05-04T08:00:00Z"), last: at("2026-05-05T09:30:00Z") };
    assert_eq!(
        error.to_string(),
        "the recovery statement was issued at 2026-05-04 08:00:00 UTC, and one issued at 2026-05-05 09:30:00 UTC was \
         used before: ask for a new one"
    );
}
