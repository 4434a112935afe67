use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDateTime, PyDelta};

use crate::arguments::{self, Given, wrong_type};
use crate::entitlement::{claims, licenses};
use crate::out;

create_exception!(
    keyward_verifier,
    MarkError,
    PyValueError,
    "Bytes that are no high-water mark. Begin anew with HighWaterMark(), so that no license is lost to an accident."
);
create_exception!(
    keyward_verifier,
    RecoveryError,
    PyValueError,
    "A recovery statement that was used before, or that is older than one that was: ask for a new one."
);

/// The evidence of the time: the system clock, which may have been set back, and times that are certainly past.
///
/// clock: the time of the system clock.
/// built: the time at which the product was built.
/// issued: the times of issue of files and statements whose signatures verified. Never a day on which a license begins or
///     ends: that is no evidence.
/// running: the time that the program has been running since its last reading, by time.monotonic(). Zero at the first
///     reading of a run.
/// tolerance: the time by which the system clock may be behind before it is suspect; a day by default.
///
/// A negative running or tolerance is a mistake in a sign or a unit, and raises a ValueError.
///
/// The result is the latest of all these times and of the mark that the application keeps between runs.
///
/// >>> from datetime import datetime, timedelta, timezone
/// >>> from keyward_verifier import ClockEvidence, HighWaterMark
/// >>> evidence = ClockEvidence(
/// ...     datetime(2026, 1, 4, tzinfo=timezone.utc), built=datetime(2026, 3, 1, tzinfo=timezone.utc))
/// >>> reading = evidence.read(HighWaterMark(), [])
/// >>> print(reading.now)
/// 2026-03-01 00:00:00+00:00
/// >>> reading.suspect.behind_by.days
/// 56
#[pyclass(frozen, module = "keyward_verifier")]
#[derive(Debug)]
pub(crate) struct ClockEvidence(keyward_verifier::ClockEvidence);

#[pymethods]
impl ClockEvidence {
    #[new]
    #[pyo3(
        signature = (
            clock, *, built = None, issued = Given::Default, running = Given::Default, tolerance = Given::Default
        ),
        text_signature = "(clock, *, built=None, issued=(), running=datetime.timedelta(0), tolerance=datetime.timedelta(days=1))"
    )]
    fn new(
        clock: &Bound<'_, PyAny>,
        built: Option<&Bound<'_, PyAny>>,
        issued: Given<'_>,
        running: Given<'_>,
        tolerance: Given<'_>,
    ) -> PyResult<ClockEvidence> {
        let mut evidence = keyward_verifier::ClockEvidence::new(arguments::instant("clock", clock)?);
        if let Some(built) = built {
            evidence = evidence.built(arguments::instant("built", built)?);
        }
        if let Given::Value(issued) = issued {
            let times = arguments::each("issued", "datetime", &issued, |time| arguments::instant("issued", time))?;
            evidence = times.into_iter().fold(evidence, keyward_verifier::ClockEvidence::issued);
        }
        if let Given::Value(running) = running {
            evidence = evidence.running(arguments::length("running", &running)?);
        }
        if let Given::Value(tolerance) = tolerance {
            evidence = evidence.tolerance(arguments::length("tolerance", &tolerance)?);
        }
        Ok(ClockEvidence(evidence))
    }

    /// The time to use, given the mark that was kept, and all the licenses, which limit how far the mark may be moved. While
    /// the clock is behind the mark by more than the tolerance, the mark goes on with the clock.
    fn read(&self, mark: &Bound<'_, PyAny>, licenses: &Bound<'_, PyAny>) -> PyResult<ClockReading> {
        let mark = mark.cast::<HighWaterMark>().map_err(|_| wrong_type("mark", "a HighWaterMark", mark))?;
        let licenses = self::licenses("licenses", licenses)?;
        Ok(ClockReading(self.0.read(&mark.get().0, claims(&licenses))))
    }
}

/// The result of ClockEvidence.read.
#[pyclass(frozen, eq, module = "keyward_verifier")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClockReading(keyward_verifier::ClockReading);

#[pymethods]
impl ClockReading {
    /// The time to use, in UTC: no earlier than any of the evidence.
    #[getter]
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        out::instant(py, self.0.now())
    }

    /// The fault of the system clock, if it is behind the evidence by more than the tolerance. Report it beside the standing,
    /// and not instead of it.
    #[getter]
    fn suspect(&self) -> Option<Suspect> {
        self.0.suspect().copied().map(Suspect)
    }

    /// The mark to keep, for the next reading.
    #[getter]
    fn mark(&self) -> HighWaterMark {
        HighWaterMark(*self.0.mark())
    }

    fn __repr__(&self) -> String {
        let suspect = if self.0.suspect().is_some() { ", suspect" } else { "" };
        format!("<ClockReading {}{suspect}>", self.0.now())
    }

    fn __hash__(&self) -> u64 {
        out::hash(self.0.now())
    }
}

/// A system clock that is behind the evidence.
#[pyclass(frozen, eq, module = "keyward_verifier")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Suspect(keyward_verifier::Suspect);

#[pymethods]
impl Suspect {
    /// The time by which it is behind.
    #[getter]
    fn behind_by<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDelta>> {
        out::duration(py, self.0.behind_by)
    }

    /// The number of steps backward by more than five minutes.
    #[getter]
    fn backward_steps(&self) -> u32 {
        self.0.backward_steps
    }

    /// The largest step backward.
    #[getter]
    fn largest_step<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDelta>> {
        out::duration(py, self.0.largest_step)
    }

    fn __repr__(&self) -> String {
        format!("<Suspect behind by {} s, {} steps>", self.0.behind_by.num_seconds(), self.0.backward_steps)
    }

    fn __hash__(&self) -> u64 {
        out::hash(self.0.behind_by)
    }
}

/// The latest time that has certainly passed. An application keeps it between runs, so that setting the clock back gains no
/// time.
///
/// Begin with HighWaterMark(). Give the mark to each reading of ClockEvidence, and keep the mark that it returns: write
/// to_bytes() to a file of its own, and rename that into place. If the file is lost or unreadable, begin anew.
///
/// >>> from keyward_verifier import HighWaterMark
/// >>> mark = HighWaterMark()
/// >>> HighWaterMark.from_bytes(mark.to_bytes()) == mark
/// True
#[pyclass(frozen, eq, module = "keyward_verifier")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HighWaterMark(keyward_verifier::HighWaterMark);

#[pymethods]
impl HighWaterMark {
    #[new]
    fn new() -> HighWaterMark {
        HighWaterMark(keyward_verifier::HighWaterMark::default())
    }

    /// Reads a mark from its 37 bytes, which are the same in every language. Other bytes raise MarkError.
    #[staticmethod]
    fn from_bytes(mark: &Bound<'_, PyAny>) -> PyResult<HighWaterMark> {
        let mark = keyward_verifier::HighWaterMark::from_bytes(arguments::bytes("mark", mark)?);
        mark.map(HighWaterMark).map_err(|error| MarkError::new_err(error.to_string()))
    }

    /// The mark as 37 bytes to keep.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_bytes())
    }

    /// The mark taken back to the time of issue of a recovery statement, without counted steps. The caller has verified
    /// that the statement is a recovery.
    ///
    /// A statement that was used before, or is older than one that was, raises RecoveryError.
    fn recovered(&self, issued: &Bound<'_, PyAny>) -> PyResult<HighWaterMark> {
        let recovered = self.0.recovered(arguments::instant("issued", issued)?);
        recovered.map(HighWaterMark).map_err(|error| RecoveryError::new_err(error.to_string()))
    }

    /// The mark; None as long as there was no license with a term.
    #[getter]
    fn instant<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        self.0.instant().map(|instant| out::instant(py, instant)).transpose()
    }

    /// The number of steps backward of the system clock by more than five minutes.
    #[getter]
    fn backward_steps(&self) -> u32 {
        self.0.backward_steps()
    }

    /// The largest step backward, in whole seconds.
    #[getter]
    fn largest_step<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDelta>> {
        out::duration(py, self.0.largest_step())
    }

    fn __repr__(&self) -> String {
        let instant = self.0.instant().map_or_else(|| "of nothing yet".to_owned(), |instant| instant.to_string());
        format!("<HighWaterMark {instant}, {} steps back>", self.0.backward_steps())
    }

    fn __hash__(&self) -> u64 {
        out::hash(self.0.instant())
    }
}
