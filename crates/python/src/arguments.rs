//! Converts arguments of Python into the verifier's types. Every exception names the argument, and none repeats its value,
//! which could be a key.

use std::fmt::Display;
use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use keyward_verifier::{Day, Environment, Feature, ReminderDays};
use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDate, PyDateAccess, PyDateTime, PyDelta, PyDeltaAccess, PyInt, PyMemoryView,
    PyString, PyTimeAccess,
};

use crate::out;

/// An argument of the wrong type.
pub(crate) fn wrong_type(name: &str, expected: &str, found: &Bound<'_, PyAny>) -> PyErr {
    let found = found.get_type().name().map_or_else(|_| "something else".to_owned(), |found| found.to_string());
    PyTypeError::new_err(format!("{name}: expected {expected}, not {found}"))
}

/// An argument of the right type with an impossible value.
pub(crate) fn wrong_value(name: &str, why: impl Display) -> PyErr {
    PyValueError::new_err(format!("{name}: {why}"))
}

/// A text in UTF-8: the bytes of the `str` itself where possible.
pub(crate) enum Text {
    Python(PyBackedStr),
    Replaced(String),
}

impl Text {
    /// A `str` may have surrogates, for which UTF-8 has no bytes. Each becomes a `?`, a character that no key has: the text is
    /// then refused like any other, without an exception.
    pub(crate) fn of(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Text> {
        let text = value.cast::<PyString>().map_err(|_| wrong_type(name, "a str", value))?;
        match PyBackedStr::try_from(text.clone()) {
            Ok(text) => Ok(Text::Python(text)),
            Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(value.py()) => {
                // The method of `str` itself, and not that of a subclass.
                let encoded = value.py().get_type::<PyString>().call_method1("encode", (text, "utf-8", "replace"))?;
                Ok(Text::Replaced(String::from_utf8_lossy(encoded.cast::<PyBytes>()?.as_bytes()).into_owned()))
            }
            Err(error) => Err(error),
        }
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        match self {
            Text::Python(text) => text,
            Text::Replaced(text) => text,
        }
    }
}

pub(crate) fn bytes<'v>(name: &str, value: &'v Bound<'_, PyAny>) -> PyResult<&'v [u8]> {
    Ok(value.cast::<PyBytes>().map_err(|_| wrong_type(name, "bytes", value))?.as_bytes())
}

/// A whole number. `True` is an `int` in Python, and is refused here.
pub(crate) fn integer<T>(name: &str, value: &Bound<'_, PyAny>, range: RangeInclusive<T>) -> PyResult<T>
where
    T: TryFrom<i64> + PartialOrd + Display,
{
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return Err(wrong_type(name, "an int", value));
    }
    let number = value.extract::<i64>().ok().and_then(|number| T::try_from(number).ok());
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| wrong_value(name, format_args!("expected a number from {} to {}", range.start(), range.end())))
}

pub(crate) fn yes_or_no(name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(value.cast::<PyBool>().map_err(|_| wrong_type(name, "a bool", value))?.is_true())
}

pub(crate) fn feature(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Feature> {
    Feature::from_bit(integer(name, value, 0..=63)?).ok_or_else(|| wrong_value(name, "expected a number from 0 to 63"))
}

pub(crate) fn environment(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Environment> {
    if !value.is_instance(out::ENVIRONMENT.class(value.py())?)? {
        return Err(wrong_type(name, "an Environment, such as Environment.PRODUCTION", value));
    }
    let environments = [Environment::Production, Environment::Staging, Environment::Development];
    let code = Text::of(name, value)?;
    let found = environments.into_iter().find(|environment| environment.to_string() == code.as_ref());
    found.ok_or_else(|| wrong_value(name, "expected one of the environments"))
}

/// A calendar day: a `date`. A `datetime` is refused, since its day depends on the time zone.
pub(crate) fn day(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Day> {
    match value.cast::<PyDate>() {
        Ok(date) if !value.is_instance_of::<PyDateTime>() => {
            let (year, month, day) = (date.get_year(), date.get_month(), date.get_day());
            Day::from_ymd(year, month.into(), day.into()).map_err(|error| wrong_value(name, error))
        }
        _ => Err(wrong_type(name, "a datetime.date", value)),
    }
}

/// A point in time: a `datetime` with a time zone. Without a time zone, its time would depend on the machine.
pub(crate) fn instant(name: &str, value: &Bound<'_, PyAny>) -> PyResult<DateTime<Utc>> {
    let time = value.cast::<PyDateTime>().map_err(|_| wrong_type(name, "an aware datetime.datetime", value))?;
    let offset = time.call_method0("utcoffset")?;
    if offset.is_none() {
        let why = "the datetime is naive, and could be any of 26 hours: give it a time zone, as in datetime.now(timezone.utc)";
        return Err(wrong_value(name, why));
    }
    let offset = duration(name, &offset)?;
    let day = NaiveDate::from_ymd_opt(time.get_year(), time.get_month().into(), time.get_day().into());
    let (hour, minute, second) = (time.get_hour().into(), time.get_minute().into(), time.get_second().into());
    let local = day.and_then(|day| day.and_hms_micro_opt(hour, minute, second, time.get_microsecond()));
    // Computed in chrono, which has more years: in western time zones, the last hours of the year 9999 are in the year
    // 10000 at UTC.
    let utc = local.and_then(|local| local.checked_sub_signed(offset));
    utc.map(|utc| utc.and_utc()).ok_or_else(|| wrong_value(name, "the datetime is in no calendar"))
}

pub(crate) fn duration(name: &str, value: &Bound<'_, PyAny>) -> PyResult<TimeDelta> {
    let delta = value.cast::<PyDelta>().map_err(|_| wrong_type(name, "a datetime.timedelta", value))?;
    let within_day = TimeDelta::seconds(delta.get_seconds().into());
    let within_second = TimeDelta::microseconds(delta.get_microseconds().into());
    let duration = TimeDelta::try_days(delta.get_days().into())
        .and_then(|days| days.checked_add(&within_day)?.checked_add(&within_second));
    duration.ok_or_else(|| wrong_value(name, "the timedelta is out of range"))
}

/// A length of time. A negative one is a mistake in a sign or a unit.
pub(crate) fn length(name: &str, value: &Bound<'_, PyAny>) -> PyResult<TimeDelta> {
    let length = duration(name, value)?;
    if length < TimeDelta::zero() {
        let why = "the timedelta is negative, and a length of time is zero or more: was a sign or a unit mistaken?";
        return Err(wrong_value(name, why));
    }
    Ok(length)
}

pub(crate) fn reminder_days(name: &str, value: &Bound<'_, PyAny>) -> PyResult<ReminderDays> {
    let days = each(name, "whole numbers of days", value, |day| integer(name, day, 0..=u16::MAX))?;
    ReminderDays::new(&days).map_err(|error| wrong_value(name, error))
}

/// Several values in any iterable except text and bytes, which are single values.
pub(crate) fn each<'py, T>(
    name: &str,
    of: &str,
    value: &Bound<'py, PyAny>,
    convert: impl Fn(&Bound<'py, PyAny>) -> PyResult<T>,
) -> PyResult<Vec<T>> {
    let several = || wrong_type(name, &format!("a list of {of}"), value);
    let text = value.is_instance_of::<PyString>();
    let bytes = value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>();
    if text || bytes || value.is_instance_of::<PyMemoryView>() {
        return Err(several());
    }
    let values = value
        .try_iter()
        .map_err(|error| if error.is_instance_of::<PyTypeError>(value.py()) { several() } else { error })?;
    values.map(|value| convert(&value?)).collect()
}

/// An argument with a default. `None` is a value like any other, and does not mean the default.
pub(crate) enum Given<'py> {
    Default,
    Value(Bound<'py, PyAny>),
}

impl<'py> Given<'py> {
    pub(crate) fn or_default<T: Default>(self, convert: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<T>) -> PyResult<T> {
        match self {
            Given::Default => Ok(T::default()),
            Given::Value(value) => convert(&value),
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Given<'py> {
    type Error = std::convert::Infallible;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> Result<Given<'py>, Self::Error> {
        Ok(Given::Value(value.to_owned()))
    }
}

/// `None`, or the converted value.
pub(crate) fn optional<'py, T>(
    value: Option<&Bound<'py, PyAny>>,
    convert: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<T>,
) -> PyResult<Option<T>> {
    value.map(convert).transpose()
}
