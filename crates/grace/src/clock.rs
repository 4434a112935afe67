use chrono::{DateTime, TimeDelta, Utc};
use keyward_core::Claims;

use crate::HighWaterMark;
use crate::validity::{Moment, Validity};

/// What is known about the time: the system clock, which may have been set back, and what surely happened before now.
///
/// The time to go by is the latest of them all and of the [`HighWaterMark`] that the application keeps between runs. A
/// license's own dates are no evidence, and there is nowhere to say them: next year's key, entered early, would push the
/// time into next year.
///
/// This stops a clock from being set back. It does not stop who deletes the mark or alters the program. And it needs two
/// readings a run: a program that reads its clock once, at its start, and is given the same time at every start, sees no
/// time pass. Read again before the program ends, with how long it was [`running`](ClockEvidence::running): the next start
/// is then behind, and counted.
///
/// A step backward is counted when it is seen; the clock is [suspect](Suspect) only when it is behind by more than the
/// tolerance. Whoever wants to see a habit before that looks at [`HighWaterMark::backward_steps`].
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
    past: DateTime<Utc>,
    running: TimeDelta,
    tolerance: TimeDelta,
}

impl ClockEvidence {
    /// What the system clock says. On its own it is believed.
    pub const fn new(clock: DateTime<Utc>) -> ClockEvidence {
        let past = DateTime::<Utc>::MIN_UTC;
        ClockEvidence { clock, past, running: TimeDelta::zero(), tolerance: TimeDelta::days(1) }
    }

    /// When the product was built.
    #[must_use]
    pub fn built(mut self, at: DateTime<Utc>) -> ClockEvidence {
        self.past = self.past.max(at);
        self
    }

    /// When a file or a statement was issued whose signature verified. Of several, say each.
    ///
    /// Never a day on which a license begins or ends.
    #[must_use]
    pub fn issued(mut self, at: DateTime<Utc>) -> ClockEvidence {
        self.past = self.past.max(at);
        self
    }

    /// How long the program has been running since it read its clock last, by a clock that nobody can set (in Rust,
    /// `std::time::Instant`). Nothing, if this is the first reading of a run.
    ///
    /// The mark moves by it: a clock that is set back every morning does not stop the time.
    #[must_use]
    pub fn running(self, since_last_reading: TimeDelta) -> ClockEvidence {
        ClockEvidence { running: since_last_reading.max(TimeDelta::zero()), ..self }
    }

    /// How far the system clock may be behind before it is suspect, instead of a day.
    #[must_use]
    pub const fn tolerance(self, tolerance: TimeDelta) -> ClockEvidence {
        ClockEvidence { tolerance, ..self }
    }

    /// The time to go by, given the mark that was kept and the licenses held.
    ///
    /// The licenses have been verified, and they only say how far the mark may be moved: to when the last of them, with
    /// its grace, has ended. So a clock that says 2099 for a day ends these, but none that is entered later. Perpetual
    /// licenses have no end to protect and don't count; if all are perpetual, or none is held, the mark is not moved.
    pub fn read<'a>(&self, mark: &HighWaterMark, licenses: impl IntoIterator<Item = &'a Claims>) -> ClockReading {
        let ends = licenses.into_iter().filter_map(|claims| Validity::of(claims).end);
        let latest_end = ends.map(|end| end.grace_closes()).max().map(Moment::time);

        let after_running = mark.instant().and_then(|instant| instant.checked_add_signed(self.running));
        let mark = after_running.map_or(*mark, |instant| mark.raised_to(instant, latest_end));
        let known = mark.instant().map_or(self.past, |instant| instant.max(self.past));
        let now = known.max(self.clock);
        let mark = mark.raised_to(now, latest_end).with_reading(self.clock, self.running);

        let behind_by = known.signed_duration_since(self.clock);
        let suspect = (behind_by > self.tolerance).then(|| Suspect {
            behind_by,
            backward_steps: mark.backward_steps(),
            largest_step: mark.largest_step(),
        });
        ClockReading { now, suspect, mark }
    }
}

/// What [`ClockEvidence::read`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    now: DateTime<Utc>,
    suspect: Option<Suspect>,
    mark: HighWaterMark,
}

impl ClockReading {
    /// The time to go by: no earlier than any of the evidence.
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// What is wrong with the system clock, if it is behind the evidence by more than the tolerance. To be reported
    /// beside the standing, and not instead of it.
    pub const fn suspect(&self) -> Option<&Suspect> {
        self.suspect.as_ref()
    }

    /// The mark to keep, for the next reading.
    pub const fn mark(&self) -> &HighWaterMark {
        &self.mark
    }
}

/// A system clock that is behind the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suspect {
    /// By how much.
    pub behind_by: TimeDelta,
    /// How often it went backward, as [`HighWaterMark::backward_steps`] counts.
    pub backward_steps: u32,
    /// How far it went at most.
    pub largest_step: TimeDelta,
}
