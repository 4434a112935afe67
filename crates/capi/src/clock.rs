use std::ffi::c_char;

use chrono::{DateTime, TimeDelta, Utc};
use keyward_verifier::{ClockEvidence, HighWaterMark, License};

use crate::boundary::{call, reference, reference_mut, zeroed};
use crate::entitlement::accepted;
use crate::{KW_NO_TIME, KwStatus, KwTime, KwVerifier, day};

/// The size of a high-water mark in bytes.
pub const KW_MARK_SIZE: usize = 37;

/// The evidence of the time.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KwClock {
    /// The time of the system's clock.
    pub clock: KwTime,
    /// The time at which the program was built; `KW_NO_TIME` if that is not known.
    pub built: KwTime,
    /// The latest time of issue of the verified files and statements; `KW_NO_TIME` if there are none.
    pub issued: KwTime,
    /// Microseconds that the program has run since the last reading, by a monotonic clock: 0 at the first reading of a run, and
    /// never negative.
    pub running: i64,
    /// How far the clock may be behind the evidence, in microseconds. A negative number means a day.
    pub tolerance: i64,
}

/// The earliest possible time, and whether the clock agrees with the evidence.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct KwReading {
    /// The time to use for licenses.
    pub now: KwTime,
    /// Microseconds by which the clock is behind the evidence, if it is suspect. Decades mean that the program gave seconds for
    /// microseconds.
    pub behind_by: i64,
    /// The largest step backward that was seen, in microseconds, if it is suspect.
    pub largest_step: i64,
    /// How often the clock went backward, if it is suspect.
    pub backward_steps: u32,
    /// Whether the clock is behind the evidence by more than the tolerance.
    pub is_suspect: bool,
}

/// Writes the mark of a program that has never read a clock: 37 bytes to keep between runs.
///
/// # Safety
///
/// `mark` is NULL or points to 37 bytes that nothing else uses during the call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_mark_new(mark: *mut u8) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it.
        *unsafe { zeroed(mark.cast::<[u8; KW_MARK_SIZE]>()) }? = HighWaterMark::default().to_bytes();
        Ok(())
    })
}

/// Reads the clock as evidence: computes the earliest possible time from the evidence and the mark of earlier readings, and
/// moves the mark. The mark is never moved beyond the latest end of the licenses among the texts, except to the time of a
/// signed file. While the clock is behind the mark by more than the tolerance, the mark goes on with the clock. If the call
/// fails, the mark stays as it was.
///
/// # Safety
///
/// The conditions of `kw_combine`; `clock` is NULL or points to a `kw_clock`; `mark` and `reading` are NULL or point to 37
/// bytes and a reading that nothing else uses during the call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_read_clock(
    verifier: *const KwVerifier,
    texts: *const *const c_char,
    sizes: *const usize,
    count: usize,
    clock: *const KwClock,
    mark: *mut u8,
    reading: *mut KwReading,
) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it.
        let output = unsafe { zeroed(reading) }?;
        // SAFETY: the caller promises it.
        let (verifier, clock) = unsafe { (reference(verifier)?, reference(clock)?) };
        // SAFETY: the caller promises it.
        let mark = unsafe { reference_mut(mark.cast::<[u8; KW_MARK_SIZE]>()) }?;
        // SAFETY: the caller promises it.
        let (_, licenses) = unsafe { accepted(verifier, texts, sizes, count) }?;
        let before = HighWaterMark::from_bytes(mark).map_err(|_| KwStatus::BadMark)?;
        let read = clock.evidence()?.read(&before, licenses.iter().map(License::claims));
        *output = KwReading { now: read.now().timestamp_micros(), ..KwReading::default() };
        if let Some(suspect) = read.suspect() {
            output.is_suspect = true;
            output.behind_by = microseconds(suspect.behind_by);
            output.largest_step = microseconds(suspect.largest_step);
            output.backward_steps = suspect.backward_steps;
        }
        *mark = read.mark().to_bytes();
        Ok(())
    })
}

/// Lowers the mark to the time of a signed statement, which the program has verified, after a wrong clock has raised it. A
/// statement can be used once, and only if no later one was used.
///
/// # Safety
///
/// `mark` is NULL or points to 37 bytes that nothing else uses during the call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_mark_recover(mark: *mut u8, issued: KwTime) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it.
        let mark = unsafe { reference_mut(mark.cast::<[u8; KW_MARK_SIZE]>()) }?;
        let issued = day::time(issued)?;
        let before = HighWaterMark::from_bytes(mark).map_err(|_| KwStatus::BadMark)?;
        *mark = before.recovered(issued).map_err(|_| KwStatus::NotNewer)?.to_bytes();
        Ok(())
    })
}

impl KwClock {
    fn evidence(&self) -> Result<ClockEvidence, KwStatus> {
        if self.running < 0 {
            return Err(KwStatus::OutOfRange);
        }
        let mut evidence = ClockEvidence::new(day::time(self.clock)?).running(TimeDelta::microseconds(self.running));
        if let Some(built) = known(self.built)? {
            evidence = evidence.built(built);
        }
        if let Some(issued) = known(self.issued)? {
            evidence = evidence.issued(issued);
        }
        if self.tolerance >= 0 {
            evidence = evidence.tolerance(TimeDelta::microseconds(self.tolerance));
        }
        Ok(evidence)
    }
}

fn known(time: KwTime) -> Result<Option<DateTime<Utc>>, KwStatus> {
    if time == KW_NO_TIME { Ok(None) } else { day::time(time).map(Some) }
}

/// Lengths of more than 290,000 years don't fit, and become the longest possible length.
fn microseconds(delta: TimeDelta) -> i64 {
    delta.num_microseconds().unwrap_or(i64::MAX)
}
