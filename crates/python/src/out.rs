//! Converts the verifier's results into Python's types.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};
use keyward_verifier::{Day, Features};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDate, PyDateTime, PyDelta, PyFrozenSet, PyType, PyTzInfo};

/// An enum of `keyward_verifier._words`, whose values are the stable codes.
pub(crate) struct Words {
    name: &'static str,
    class: PyOnceLock<Py<PyType>>,
}

impl Words {
    const fn new(name: &'static str) -> Words {
        Words { name, class: PyOnceLock::new() }
    }

    pub(crate) fn class<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyType>> {
        self.class.import(py, "keyward_verifier._words", self.name)
    }

    /// The member with that code.
    pub(crate) fn member<'py>(&self, py: Python<'py>, code: &str) -> PyResult<Bound<'py, PyAny>> {
        self.class(py)?.call1((code,))
    }
}

pub(crate) static ENVIRONMENT: Words = Words::new("Environment");
pub(crate) static KIND: Words = Words::new("Kind");
pub(crate) static REFUSAL_CODE: Words = Words::new("RefusalCode");
pub(crate) static SEAT_CODE: Words = Words::new("SeatCode");
pub(crate) static STATE: Words = Words::new("State");

pub(crate) fn day(py: Python<'_>, day: Day) -> PyResult<Bound<'_, PyDate>> {
    date(py, day.date())
}

pub(crate) fn date(py: Python<'_>, date: NaiveDate) -> PyResult<Bound<'_, PyDate>> {
    PyDate::new(py, date.year(), date.month().try_into()?, date.day().try_into()?)
}

/// An aware datetime, in UTC.
pub(crate) fn instant(py: Python<'_>, time: DateTime<Utc>) -> PyResult<Bound<'_, PyDateTime>> {
    if !(1..=9999).contains(&time.year()) {
        let why = format!("the time is in year {}, and datetime has the years 1 to 9999", time.year());
        return Err(PyOverflowError::new_err(why));
    }
    PyDateTime::new(
        py,
        time.year(),
        time.month().try_into()?,
        time.day().try_into()?,
        time.hour().try_into()?,
        time.minute().try_into()?,
        time.second().try_into()?,
        time.timestamp_subsec_micros(),
        Some(&*PyTzInfo::utc(py)?),
    )
}

pub(crate) fn duration(py: Python<'_>, duration: TimeDelta) -> PyResult<Bound<'_, PyDelta>> {
    const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;
    let (days, seconds) = (duration.num_seconds() / SECONDS_OF_A_DAY, duration.num_seconds() % SECONDS_OF_A_DAY);
    let days =
        days.try_into().map_err(|_| PyOverflowError::new_err("the duration is longer than a timedelta can be"))?;
    PyDelta::new(py, days, seconds.try_into()?, duration.subsec_micros(), true)
}

pub(crate) fn features(py: Python<'_>, features: Features) -> PyResult<Bound<'_, PyFrozenSet>> {
    PyFrozenSet::new(py, features.iter().map(|feature| feature.bit()))
}

/// The hash of some of the parts that decide whether two values are equal.
pub(crate) fn hash(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// The exception for a result used as a condition: a refusal would be true, and so would a license that has ended.
pub(crate) fn no_truth(what: &str, ask: &str) -> PyErr {
    PyTypeError::new_err(format!("a {what} is neither true nor false: ask {ask}"))
}
