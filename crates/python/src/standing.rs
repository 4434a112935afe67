use std::hash::{Hash, Hasher};

use pyo3::prelude::*;
use pyo3::types::{PyDate, PyDateTime};

use crate::out::{self, no_truth};

/// What a license allows at a given time. License.standing and combine return it.
///
/// All instants are aware datetimes in UTC, all days are dates.
#[pyclass(frozen, eq, hash, module = "keyward_verifier")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing(pub(crate) keyward_verifier::Standing);

impl Hash for Standing {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.state(), self.0.kind(), self.0.valid_from(), self.0.valid_through(), self.0.days_left()).hash(state);
    }
}

#[pymethods]
impl Standing {
    /// The state of the license, a State.
    #[getter]
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        out::STATE.member(py, self.0.code())
    }

    /// The same as state: every result has a code.
    #[getter]
    fn code<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.state(py)
    }

    /// Whether the license may be used: from its first day until its grace ends.
    #[getter]
    fn usable(&self) -> bool {
        self.0.is_usable()
    }

    /// The kind: standard, trial or stopgap.
    #[getter]
    fn kind<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        out::KIND.member(py, &self.0.kind().to_string())
    }

    /// The notice that a product shows beside a trial or a stopgap, in English. For another language, use kind.
    #[getter]
    fn notice(&self) -> Option<&'static str> {
        self.0.notice()
    }

    /// The first day.
    #[getter]
    fn valid_from<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDate>> {
        out::day(py, self.0.valid_from())
    }

    /// The last day, included; None is perpetual.
    #[getter]
    fn valid_through<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDate>>> {
        self.0.valid_through().map(|day| out::day(py, day)).transpose()
    }

    /// Days of grace after the last day, 0 to 90.
    #[getter]
    fn grace_days(&self) -> u8 {
        self.0.grace_days()
    }

    /// The last day of grace; None without grace.
    #[getter]
    fn grace_through<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDate>>> {
        self.0.grace_through().map(|day| out::date(py, day)).transpose()
    }

    /// The time from which the license may be used: the first day begins at UTC+14.
    #[getter]
    fn opens_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        out::instant(py, self.0.opens_at())
    }

    /// The time at which the term is over: the last day has ended at UTC-12. None is perpetual.
    #[getter]
    fn closes_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        self.0.closes_at().map(|time| out::instant(py, time)).transpose()
    }

    /// The time from which the license may not be used: the last day of grace has ended at UTC-12. None is perpetual.
    #[getter]
    fn grace_closes_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        self.0.grace_closes_at().map(|time| out::instant(py, time)).transpose()
    }

    /// Days left until the last day, or in grace until the last day of grace: 0 on that day itself. None if the license is
    /// perpetual or not usable.
    #[getter]
    fn days_left(&self) -> Option<u32> {
        self.0.days_left()
    }

    /// The day of the next reminder, after today. Keep it, and remind the user when it has come.
    #[getter]
    fn next_reminder<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDate>>> {
        self.0.next_reminder().map(|day| out::day(py, day)).transpose()
    }

    /// Whether another license takes over without a gap. Only combine finds a successor.
    #[getter]
    fn has_successor(&self) -> bool {
        self.0.has_successor()
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(no_truth("Standing", "standing.usable"))
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<Standing {}>", self.0)
    }
}
