use chrono::{DateTime, TimeDelta, Utc};
use keyward_core::Claims;

use crate::HighWaterMark;
use crate::mark::Micros;
use crate::validity::{Moment, Validity, latest_end_of_all};

/// The evidence of the time: the system clock, which may have been set back, and times that are certainly past.
///
/// Decisions use the latest of these times and of the [`HighWaterMark`], which the application keeps between runs. The
/// dates of a license are not evidence: next year's key, entered early, would push the time into next year.
///
/// This detects a clock that is set back. It does not detect a deleted mark or an altered program. A program must read the
/// clock at least twice a run: if it reads once, at its start, and the clock is set to the same time before every start, no
/// time passes for it. So read again before the program ends, with the time it was [`running`](ClockEvidence::running). At
/// the next start the clock is then behind, and the step is counted.
///
/// Every step backward is counted. The clock is [suspect](Suspect) only if it is behind by more than the tolerance.
/// [`HighWaterMark::backward_steps`] shows smaller steps that are repeated.
///
/// A clock that is behind the mark by more than the tolerance still shows how much time passes. So its progress since the
/// last reading counts: the time goes on from the mark, and does not stand still until the clock has caught up. A progress
/// of more than 40 days is a clock that was set, and counts as none.
///
/// ```
/// use chrono::{DateTime, TimeDelta, Utc};
/// use keyward_core::{Claims, Day, Edition, Product, Serial};
/// use keyward_grace::{ClockEvidence, HighWaterMark};
///
/// # let claims = Claims::builder()
/// #     .serial(Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]))
/// #     .product(Product(3))
/// #     .edition(Edition(2))
/// #     .unlimited_seats()
/// #     .valid_from(Day::from_ymd(2026, 1, 1)?)
/// #     .valid_through(Day::from_ymd(2026, 12, 31)?)
/// #     .build()?;
/// let built: DateTime<Utc> = "2026-03-01T00:00:00Z".parse()?;
/// // The program starts, and reads its clock for the first time.
/// let evening = ClockEvidence::new("2026-05-04T18:00:00Z".parse()?).built(built);
/// let reading = evening.read(&HighWaterMark::default(), [&claims]);
/// assert_eq!(reading.suspect(), None);
///
/// // An hour later, someone has set the clock back to January.
/// let set_back = ClockEvidence::new("2026-01-04T19:00:00Z".parse()?).built(built).running(TimeDelta::hours(1));
/// let reading = set_back.read(reading.mark(), [&claims]);
/// assert_eq!(reading.now(), "2026-05-04T19:00:00Z".parse::<DateTime<Utc>>()?);
/// let suspect = reading.suspect().unwrap();
/// assert_eq!(suspect.behind_by, TimeDelta::days(120));
/// assert_eq!(suspect.backward_steps, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockEvidence {
    clock: DateTime<Utc>,
    built: Option<DateTime<Utc>>,
    signed: Option<DateTime<Utc>>,
    held_until: Option<DateTime<Utc>>,
    running: TimeDelta,
    tolerance: TimeDelta,
}

impl ClockEvidence {
    /// The time of the system clock. Without further evidence, this is the time that is used.
    pub const fn new(clock: DateTime<Utc>) -> ClockEvidence {
        let (running, tolerance) = (TimeDelta::zero(), TimeDelta::days(1));
        ClockEvidence { clock, built: None, signed: None, held_until: None, running, tolerance }
    }

    /// The time of the system clock.
    pub const fn clock(&self) -> DateTime<Utc> {
        self.clock
    }

    /// The latest of these times that no clock has told: that of the build, and those at which files were issued.
    pub fn certain(&self) -> Option<DateTime<Utc>> {
        self.built.max(self.signed)
    }

    /// Adds the time at which the product was built.
    #[must_use]
    pub fn built(mut self, at: DateTime<Utc>) -> ClockEvidence {
        self.built = self.built.max(Some(at));
        self
    }

    /// Adds the time at which a file or a statement was issued. The caller has verified its signature. Call this for each
    /// file.
    ///
    /// The mark is moved to this time even if every license ends earlier, or none ends: a trusted key has signed the time,
    /// so it is not the time of a clock that ran ahead.
    ///
    /// Never add a day on which a license begins or ends.
    #[must_use]
    pub fn issued(mut self, at: DateTime<Utc>) -> ClockEvidence {
        self.signed = self.signed.max(Some(at));
        self
    }

    /// Adds the first moment at which a file that the product holds is no longer valid: a validation file after its time
    /// to live, or a revocation list that is older than the product allows. Call this for each such file.
    ///
    /// The mark may be moved up to this time, as up to the end of a license. Without this, a product that has only
    /// perpetual licenses keeps no time, and the file is valid again after the clock is set back.
    #[must_use]
    pub fn held_until(mut self, end: DateTime<Utc>) -> ClockEvidence {
        self.held_until = self.held_until.max(Some(end));
        self
    }

    /// Adds the time for which the program has been running since its last reading of the clock, measured by a clock that
    /// can't be set (in Rust, `std::time::Instant`). Leave it out at the first reading of a run.
    ///
    /// The mark moves by this time, so that a clock that is set back every morning does not stop it.
    #[must_use]
    pub fn running(self, since_last_reading: TimeDelta) -> ClockEvidence {
        ClockEvidence { running: since_last_reading.max(TimeDelta::zero()), ..self }
    }

    /// Sets the time by which the system clock may be behind before it is suspect. The default is a day.
    #[must_use]
    pub const fn tolerance(self, tolerance: TimeDelta) -> ClockEvidence {
        ClockEvidence { tolerance, ..self }
    }

    /// Computes the time to use for decisions, from the evidence, the mark of the last reading and the product's licenses.
    ///
    /// The caller has verified the licenses. They limit the mark: it is not moved past the end of the last of them and its
    /// grace, unless a file [is held for longer](ClockEvidence::held_until) or [was issued](ClockEvidence::issued) later. So
    /// a clock that shows 2099 for a day ends these licenses, but none that is entered later. Perpetual licenses have no
    /// end to protect and do not count.
    pub fn read<'a>(&self, mark: &HighWaterMark, licenses: impl IntoIterator<Item = &'a Claims>) -> ClockReading {
        let ends = licenses.into_iter().filter_map(|claims| Validity::of(claims).end);
        let latest_end = ends.map(|end| end.grace_closes()).max().map(Moment::time);
        let latest_end = latest_end.max(self.held_until).max(self.signed).min(Some(latest_end_of_all()));

        let micros = |length: TimeDelta| length.num_microseconds().unwrap_or(Micros::MAX);
        let (clock, running, tolerance) = (self.clock.timestamp_micros(), micros(self.running), micros(self.tolerance));
        let step = mark.step_to(clock, running);
        let later = mark.later(clock, running, step, tolerance);
        let mark = later.map_or(*mark, |instant| mark.raised_to(instant, latest_end));
        let known = mark.instant().max(self.built).max(self.signed);
        let now = known.map_or(self.clock, |known| known.max(self.clock));
        let mark = mark.raised_to(now, latest_end).with_reading(self.clock, step);

        let behind_by = now.timestamp_micros().saturating_sub(clock);
        let suspect = (behind_by > tolerance).then(|| Suspect {
            behind_by: TimeDelta::microseconds(behind_by),
            backward_steps: mark.backward_steps(),
            largest_step: mark.largest_step(),
        });
        ClockReading { now, suspect, mark }
    }
}

/// The result of [`ClockEvidence::read`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    now: DateTime<Utc>,
    suspect: Option<Suspect>,
    mark: HighWaterMark,
}

impl ClockReading {
    /// The time to use for decisions: no earlier than any of the evidence.
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The evidence against the system clock, if it is behind by more than the tolerance. Report it with the standing, and
    /// not in its place.
    pub const fn suspect(&self) -> Option<&Suspect> {
        self.suspect.as_ref()
    }

    /// The mark to keep for the next reading.
    pub const fn mark(&self) -> &HighWaterMark {
        &self.mark
    }
}

/// A system clock that is behind the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suspect {
    /// The time by which it is behind.
    pub behind_by: TimeDelta,
    /// The number of steps backward, as [`HighWaterMark::backward_steps`].
    pub backward_steps: u32,
    /// The largest of these steps.
    pub largest_step: TimeDelta,
}
