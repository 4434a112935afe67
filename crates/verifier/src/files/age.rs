use chrono::{DateTime, TimeDelta, Utc};

/// The age of a signed file at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// Dated ahead by more than clocks differ. Such a file would be good for longer than its age allows, so its age is not
    /// known.
    Ahead,
    /// From its issue to its end.
    Within,
    /// After its end.
    TooOld,
}

impl Age {
    /// The difference between clocks that is not taken for a file dated ahead.
    const TOLERANCE: TimeDelta = TimeDelta::days(1);

    /// The age of a file that was issued then, and is good up to `end`.
    pub(super) fn at(now: DateTime<Utc>, issued_at: DateTime<Utc>, end: DateTime<Utc>) -> Age {
        if issued_at.signed_duration_since(now) > Age::TOLERANCE {
            Age::Ahead
        } else if now > end {
            Age::TooOld
        } else {
            Age::Within
        }
    }
}
