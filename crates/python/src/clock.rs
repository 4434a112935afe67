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
    "Bytes that are no high-water mark. Begin anew with HighWaterMark(): a license is not to be lost to an accident."
);
create_exception!(
    keyward_verifier,
    RecoveryError,
    PyValueError,
    "A recovery statement that was used before, or one issued later: ask for a new one."
);

/// What is known about the time: the system clock, which may have been set back, and what surely happened before now.
///
/// clock: what the system clock says.
/// built: when the product was built.
/// issued: when files and statements were issued whose signatures verified. Never a day on which a license begins or
///     ends: that is no evidence.
/// running: how long the program has been running since it read its clock last, by time.monotonic(). Nothing, if this is
///     the first reading of a run.
/// tolerance: how far the system clock may be behind before it is suspect, a day unless said.
///
/// Neither running nor tolerance is ever negative: a ValueError tells of a sign or unit that was mistaken.
///
/// The time to go by is the latest of them all and of the mark that the application keeps between runs.
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

    /// The time to go by, given the mark that was kept and the licenses held, which say how far the mark may be moved.
    fn read(&self, mark: &Bound<'_, PyAny>, licenses: &Bound<'_, PyAny>) -> PyResult<ClockReading> {
        let mark = mark.cast::<HighWaterMark>().map_err(|_| wrong_type("mark", "a HighWaterMark", mark))?;
        let licenses = self::licenses("licenses", licenses)?;
        Ok(ClockReading(self.0.read(&mark.get().0, claims(&licenses))))
    }
}

/// What ClockEvidence.read found.
#[pyclass(frozen, eq, module = "keyward_verifier")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClockReading(keyward_verifier::ClockReading);

#[pymethods]
impl ClockReading {
    /// The time to go by, in UTC: no earlier than any of the evidence.
    #[getter]
    fn now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        out::instant(py, self.0.now())
    }

    /// What is wrong with the system clock, if it is behind the evidence by more than the tolerance. To be reported
    /// beside the standing, and not instead of it.
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
    /// By how much.
    #[getter]
    fn behind_by<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDelta>> {
        out::duration(py, self.0.behind_by)
    }

    /// How often it went backward by more than five minutes.
    #[getter]
    fn backward_steps(&self) -> u32 {
        self.0.backward_steps
    }

    /// How far it went at most.
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

/// The latest time that is known to have been, kept by an application between runs, so that a clock set back brings no
/// time back.
///
/// Begin with HighWaterMark(). At each reading of ClockEvidence give the mark, and keep the one that comes back: write
/// to_bytes() to a file of its own, and rename that into place. Where the file is lost or unreadable, begin anew.
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

    /// The mark that was kept: 37 bytes, the same in every language. Others raise MarkError.
    #[staticmethod]
    fn from_bytes(mark: &Bound<'_, PyAny>) -> PyResult<HighWaterMark> {
        let mark = keyward_verifier::HighWaterMark::from_bytes(arguments::bytes("mark", mark)?);
        mark.map(HighWaterMark).map_err(|error| MarkError::new_err(error.to_string()))
    }

    /// The mark as 37 bytes to keep.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_bytes())
    }

    /// The mark taken back to when a recovery statement was issued, with nothing counted. The statement has been
    /// verified, and it says that it is one.
    ///
    /// One that was used before, or issued before one that was, raises RecoveryError.
    fn recovered(&self, issued: &Bound<'_, PyAny>) -> PyResult<HighWaterMark> {
        let recovered = self.0.recovered(arguments::instant("issued", issued)?);
        recovered.map(HighWaterMark).map_err(|error| RecoveryError::new_err(error.to_string()))
    }

    /// The mark; None as long as no license with a term was held.
    #[getter]
    fn instant<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        self.0.instant().map(|instant| out::instant(py, instant)).transpose()
    }

    /// How often the system clock went backward by more than five minutes.
    #[getter]
    fn backward_steps(&self) -> u32 {
        self.0.backward_steps()
    }

    /// How far it went at most, in whole seconds.
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
