use chrono::{DateTime, TimeDelta, Utc};

use crate::validity::latest_end_of_all;

/// The latest time that has certainly passed. An application keeps it between runs, so that setting the clock back gains no
/// time.
///
/// Begin with [`HighWaterMark::default`]. Give the mark to each reading of [`ClockEvidence`](crate::ClockEvidence), and keep
/// the mark that it returns. Write it to a temporary file and rename that into place, so that a crash leaves the old mark or
/// the new one. If the file is lost or can't be read, begin anew: an accident looks the same as a deletion, and must not cost
/// a license.
///
/// The mark also counts the steps backward of the system clock, and keeps the largest. They help a support desk to
/// distinguish an empty battery from intent.
///
/// # Recovery
///
/// A clock that once ran ahead has moved the mark, maybe by years, but at most to the latest end of the licenses of that
/// time. These licenses then end early, even after the clock is right again. A license that ends later is not affected. To
/// give back the rest of a term, the vendor's support desk signs a recovery statement. The application verifies it, and
/// [`HighWaterMark::recovered`] takes the mark back to the time at which it was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HighWaterMark {
    // Times are whole microseconds and the step is whole seconds, as in the bytes that are kept.
    instant: Option<DateTime<Utc>>,
    clock: Option<DateTime<Utc>>,
    recovered: Option<DateTime<Utc>>,
    backward_steps: u32,
    largest_step: TimeDelta,
}

/// The largest difference that is not a step: time synchronisation corrects clocks by up to five minutes. (Kerberos
/// tolerates the same clock skew.)
const SMALLEST_STEP: TimeDelta = TimeDelta::minutes(5);

/// The largest progress of a clock between two readings that is taken for time that passed. More is a clock that was set.
const MAX_PROGRESS: Micros = 40 * 24 * 60 * 60 * MICROS_OF_A_SECOND;

/// Microseconds, as a time since 1970-01-01 UTC or as a length. Numbers need less code than times.
pub(crate) type Micros = i64;
const MICROS_OF_A_SECOND: Micros = 1_000_000;

impl HighWaterMark {
    /// No mark: the value with which a product begins. It equals [`HighWaterMark::default`].
    pub const NONE: HighWaterMark = HighWaterMark {
        instant: None,
        clock: None,
        recovered: None,
        backward_steps: 0,
        largest_step: TimeDelta::zero(),
    };
    /// The number of bytes of a mark.
    pub const LEN: usize = 37;
    const VERSION: u8 = 1;

    /// The mark. `None` as long as the product has had nothing that ends, and no file that tells the time.
    pub const fn instant(&self) -> Option<DateTime<Utc>> {
        self.instant
    }

    /// The number of steps backward of the system clock by more than five minutes.
    pub const fn backward_steps(&self) -> u32 {
        self.backward_steps
    }

    /// The largest of these steps, in whole seconds.
    pub const fn largest_step(&self) -> TimeDelta {
        self.largest_step
    }

    /// The mark, moved by the time that has passed since the last reading, if the system clock made that step since: the time
    /// `running`, or the progress of a clock that is behind the mark by more than the tolerance. A clock that stays behind
    /// still counts.
    pub(crate) fn later(
        &self,
        clock: Micros,
        running: Micros,
        step: Micros,
        tolerance: Micros,
    ) -> Option<DateTime<Utc>> {
        let instant = self.instant?.timestamp_micros();
        let progress = running.saturating_sub(step);
        let counts = step < 0 && progress <= MAX_PROGRESS && instant.saturating_sub(clock) > tolerance;
        DateTime::from_timestamp_micros(instant.saturating_add(if counts { progress } else { running }))
    }

    /// The step backward of a system clock that says `clock`, `running` after the last reading. Negative if it went forward.
    pub(crate) fn step_to(&self, clock: Micros, running: Micros) -> Micros {
        let back = self.clock.map(|last| last.timestamp_micros().saturating_sub(clock));
        back.map_or(0, |back| back.saturating_add(running))
    }

    /// The mark raised to that time, but not past the latest end of what is held. Without such an end there is nothing to
    /// protect, and the mark is not raised.
    pub(crate) fn raised_to(self, time: DateTime<Utc>, latest_end: Option<DateTime<Utc>>) -> HighWaterMark {
        let raised = latest_end.map(|end| whole_microseconds(time.min(end)));
        HighWaterMark { instant: self.instant.max(raised), ..self }
    }

    /// The mark with a new reading of the system clock, which made that step. A step backward is counted.
    pub(crate) fn with_reading(self, clock: DateTime<Utc>, step: Micros) -> HighWaterMark {
        let next = HighWaterMark { clock: Some(whole_microseconds(clock)), ..self };
        if step <= SMALLEST_STEP.num_seconds().saturating_mul(MICROS_OF_A_SECOND) {
            return next;
        }
        let whole_seconds = TimeDelta::seconds(step / MICROS_OF_A_SECOND);
        HighWaterMark {
            backward_steps: self.backward_steps.saturating_add(1),
            largest_step: self.largest_step.max(whole_seconds),
            ..next
        }
    }

    /// The mark taken back to the time at which a recovery statement was issued, without counted steps. It is never moved
    /// forward.
    ///
    /// The caller has verified the statement, which says that it is for a recovery. Other files must not take the mark back:
    /// with files kept from earlier days, the clock could be set back to each of them.
    ///
    /// ```
    /// use keyward_grace::{HighWaterMark, RecoveryError};
    ///
    /// let issued = "2026-03-01T09:00:00Z".parse()?;
    /// let mark = HighWaterMark::default().recovered(issued)?;
    /// assert!(matches!(mark.recovered(issued), Err(RecoveryError::NotNewer { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RecoveryError::NotNewer`] if this statement, or one issued later, was used before.
    pub fn recovered(self, issued: DateTime<Utc>) -> Result<HighWaterMark, RecoveryError> {
        let issued = whole_microseconds(issued);
        match self.recovered {
            Some(last) if issued <= last => Err(RecoveryError::NotNewer { issued, last }),
            _ => Ok(HighWaterMark {
                instant: self.instant.map(|instant| instant.min(issued)),
                recovered: Some(issued),
                ..HighWaterMark::default()
            }),
        }
    }

    /// The mark with `last` as its last recovery. An application needs this if a later recovery was signed with a stolen
    /// key: recoveries that were issued after `last` can then be used again.
    #[must_use]
    pub fn with_last_recovery(self, last: Option<DateTime<Utc>>) -> HighWaterMark {
        HighWaterMark { recovered: last.map(whole_microseconds), ..self }
    }

    /// The mark as bytes to keep, the same in every language. They are, in this order and big-endian: the version, 1 (1
    /// byte); the mark, the last reading of the system clock and the last recovery, each in microseconds since 1970-01-01
    /// UTC (8 bytes, signed; the smallest number means that there is none); the number of steps backward (4 bytes); the
    /// largest of them in seconds (8 bytes).
    pub fn to_bytes(&self) -> [u8; HighWaterMark::LEN] {
        let parts: [&[u8]; 6] = [
            &[HighWaterMark::VERSION],
            &time_to_bytes(self.instant),
            &time_to_bytes(self.clock),
            &time_to_bytes(self.recovered),
            &self.backward_steps.to_be_bytes(),
            &self.largest_step.num_seconds().to_be_bytes(),
        ];
        let mut bytes = [0; HighWaterMark::LEN];
        for (byte, part) in bytes.iter_mut().zip(parts.iter().copied().flatten()) {
            *byte = *part;
        }
        bytes
    }

    /// Reads a mark from its bytes.
    ///
    /// ```
    /// use keyward_grace::HighWaterMark;
    ///
    /// let kept = HighWaterMark::default().to_bytes();
    /// assert_eq!(HighWaterMark::from_bytes(&kept), Ok(HighWaterMark::default()));
    /// ```
    ///
    /// # Errors
    ///
    /// [`MarkError`] if [`HighWaterMark::to_bytes`] never makes such bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<HighWaterMark, MarkError> {
        let wrong_length = MarkError::WrongLength { found: bytes.len() };
        let (version, rest) = bytes.split_first().ok_or(wrong_length)?;
        if *version != HighWaterMark::VERSION {
            return Err(MarkError::UnknownVersion { found: *version });
        }
        let (instant, rest) = rest.split_first_chunk().ok_or(wrong_length)?;
        let (clock, rest) = rest.split_first_chunk().ok_or(wrong_length)?;
        let (recovered, rest) = rest.split_first_chunk().ok_or(wrong_length)?;
        let (backward_steps, rest) = rest.split_first_chunk().ok_or(wrong_length)?;
        let largest_step = i64::from_be_bytes(rest.try_into().map_err(|_| wrong_length)?);
        let mark = HighWaterMark {
            instant: time_from_bytes(*instant)?,
            clock: time_from_bytes(*clock)?,
            recovered: time_from_bytes(*recovered)?,
            backward_steps: u32::from_be_bytes(*backward_steps),
            largest_step: TimeDelta::try_seconds(largest_step).ok_or(MarkError::OutOfRange)?,
        };
        // The largest step is longer than five minutes if steps were counted, and zero if not.
        let smallest = if mark.backward_steps == 0 { TimeDelta::zero() } else { SMALLEST_STEP };
        let fits = mark.largest_step >= smallest && (mark.backward_steps > 0 || mark.largest_step.is_zero());
        if fits && mark.instant <= Some(latest_end_of_all()) { Ok(mark) } else { Err(MarkError::OutOfRange) }
    }
}

fn whole_microseconds(time: DateTime<Utc>) -> DateTime<Utc> {
    let whole = DateTime::from_timestamp_micros(time.timestamp_micros());
    debug_assert!(whole.is_some(), "every time of chrono has its microseconds");
    whole.unwrap_or(time)
}

const NO_TIME: i64 = i64::MIN;

fn time_to_bytes(time: Option<DateTime<Utc>>) -> [u8; 8] {
    time.map_or(NO_TIME, |time| time.timestamp_micros()).to_be_bytes()
}

fn time_from_bytes(bytes: [u8; 8]) -> Result<Option<DateTime<Utc>>, MarkError> {
    match i64::from_be_bytes(bytes) {
        NO_TIME => Ok(None),
        microseconds => DateTime::from_timestamp_micros(microseconds).map(Some).ok_or(MarkError::OutOfRange),
    }
}

/// The reason why bytes are not a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MarkError {
    /// There are not 37 bytes.
    #[error("a mark of version 1 has 37 bytes, and this has {found}")]
    WrongLength {
        /// The number of bytes.
        found: usize,
    },
    /// A version other than 1.
    #[error("the mark is of version {found}, and this program knows version 1")]
    UnknownVersion {
        /// The version.
        found: u8,
    },
    /// A number is out of range.
    #[error("the mark has a number that is out of range")]
    OutOfRange,
}

/// The reason why a mark is not taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecoveryError {
    /// This statement, or one that was issued later, was used before.
    #[error(
        "the recovery statement was issued at {issued}, and one issued at {last} was used before: ask for a new one"
    )]
    NotNewer {
        /// The time at which the statement was issued.
        issued: DateTime<Utc>,
        /// The time of issue of the last statement that was used.
        last: DateTime<Utc>,
    },
}
