use std::hash::{Hash, Hasher};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDate, PyDict, PyFrozenSet, PyTuple};

use crate::arguments::{self, Given};
use crate::machine::Fingerprint;
use crate::out::{self, no_truth};
use crate::standing::Standing;

/// A verified license. Only a Verifier makes one: holding it is the proof that a trusted key signed its claims, for this
/// product, environment and machine. Python code can neither make nor change one.
///
/// Verified is not the same as usable today: ask standing.
///
/// >>> from datetime import datetime, timezone
/// >>> from keyward_verifier import TrustedKey, Verifier
/// >>> vendor = TrustedKey.from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
/// >>> license = Verifier([vendor], 3).verify(
/// ...     "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-"
/// ...     "M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3")
/// >>> license.seats, license.valid_through, sorted(license.features)
/// (25, datetime.date(2026, 12, 31), [0, 1, 2])
/// >>> standing = license.standing(datetime(2026, 11, 22, 8, tzinfo=timezone.utc))
/// >>> standing.usable, standing.days_left
/// (True, 39)
/// >>> print(standing)
/// active through 2026-12-31, 39 days left
#[pyclass(frozen, eq, hash, module = "keyward_verifier")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct License(pub(crate) keyward_verifier::License);

impl Hash for License {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.digest().hash(state);
    }
}

#[pymethods]
impl License {
    /// The standing at that time, an aware datetime. A license that has ended or not begun has a standing too; it is not an
    /// exception.
    ///
    /// reminder_days are numbers of days before the last day, 8 at most. ClockEvidence detects a clock that is wrong.
    ///
    /// >>> license.standing(datetime(2027, 1, 10, tzinfo=timezone.utc)).state
    /// <State.IN_GRACE: 'in-grace'>
    #[pyo3(signature = (now, reminder_days = Given::Default), text_signature = "($self, now, reminder_days=(30, 14, 7))")]
    fn standing(&self, now: &Bound<'_, PyAny>, reminder_days: Given<'_>) -> PyResult<Standing> {
        let now = arguments::instant("now", now)?;
        let reminders = reminder_days.or_default(|days| arguments::reminder_days("reminder_days", days))?;
        Ok(Standing(self.0.standing_with_reminders(now, &reminders)))
    }

    /// Whether it grants the feature with that number, 0 to 63.
    ///
    /// >>> EXPORT = 2
    /// >>> license.has_feature(EXPORT)
    /// True
    fn has_feature(&self, feature: &Bound<'_, PyAny>) -> PyResult<bool> {
        Ok(self.0.claims().features().contains(arguments::feature("feature", feature)?))
    }

    /// The key in its canonical text, repaired: store this, whatever was typed. It belongs in no log.
    #[getter]
    fn key(&self) -> String {
        self.0.key().to_string()
    }

    /// The digest that revocations and allow-lists name, 32 hex digits.
    #[getter]
    fn digest(&self) -> String {
        self.0.digest().to_string()
    }

    /// The id of the trusted key that signed it, 16 hex digits.
    #[getter]
    fn key_id(&self) -> String {
        self.0.key_id().to_string()
    }

    /// The mistakes in the text as typed, a Repair for each group; empty if there were none. For the person who typed it, not
    /// for a log.
    #[getter]
    fn repairs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.repairs().iter().map(|repair| Repair(*repair)).collect::<Vec<_>>())
    }

    /// The unique number of the key, 16 hex digits, by which people and records name it.
    #[getter]
    fn serial(&self) -> String {
        self.0.claims().serial().to_string()
    }

    /// The kind: standard, trial or stopgap.
    #[getter]
    fn kind<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        out::KIND.member(py, &self.0.claims().kind().to_string())
    }

    /// The environment that it is for.
    #[getter]
    fn environment<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        out::ENVIRONMENT.member(py, &self.0.claims().environment().to_string())
    }

    /// The product, by its number in the vendor's catalogue.
    #[getter]
    fn product(&self) -> u32 {
        self.0.claims().product().0
    }

    /// The edition, by its number in the catalogue.
    #[getter]
    fn edition(&self) -> u16 {
        self.0.claims().edition().0
    }

    /// The seats; None is unlimited.
    #[getter]
    fn seats(&self) -> Option<u32> {
        self.0.claims().seats().number().map(u32::from)
    }

    /// The first day.
    #[getter]
    fn valid_from<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDate>> {
        out::day(py, self.0.claims().valid_from())
    }

    /// The last day, included; None is perpetual.
    #[getter]
    fn valid_through<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDate>>> {
        self.0.claims().valid_through().map(|day| out::day(py, day)).transpose()
    }

    /// The days of its term, the first and the last included; None is perpetual.
    #[getter]
    fn term_days(&self) -> Option<u32> {
        self.0.claims().term_days().map(u32::from)
    }

    /// The numbers of the features it grants.
    #[getter]
    fn features<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        out::features(py, self.0.claims().features())
    }

    /// Named quotas: the value of each, by its number.
    #[getter]
    fn limits<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let limits = PyDict::new(py);
        self.0.claims().limits().as_slice().iter().try_for_each(|(id, value)| limits.set_item(id, value))?;
        Ok(limits)
    }

    /// The licensee.
    #[getter]
    fn licensee(&self) -> Option<&str> {
        self.0.claims().licensee().map(keyward_verifier::Licensee::as_str)
    }

    /// Versions released through this day are covered; None covers every version.
    #[getter]
    fn updates_through<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDate>>> {
        self.0.claims().updates_through().map(|day| out::day(py, day)).transpose()
    }

    /// The days of grace in the key, 0 to 90; None means the default. Standing.grace_days has the result.
    #[getter]
    fn grace_days(&self) -> Option<u8> {
        self.0.claims().grace_days()
    }

    /// The machine it is locked to.
    #[getter]
    fn fingerprint(&self) -> Option<Fingerprint> {
        self.0.claims().fingerprint().copied().map(Fingerprint)
    }

    /// Signed bytes from later issuers for later verifiers. This version ignores them.
    #[getter]
    fn extension<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.0.claims().extension().map(|extension| PyBytes::new(py, extension.as_bytes()))
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(no_truth("License", "isinstance(result, License), and license.standing(now).usable"))
    }

    fn __repr__(&self) -> String {
        format!("<License {} of product {}>", self.0.claims().serial(), self.0.claims().product())
    }

    /// A license never changes, so it is its own copy.
    fn __copy__(license: Py<License>) -> Py<License> {
        license
    }

    /// A license never changes, so it is its own copy.
    fn __deepcopy__(license: Py<License>, _memo: &Bound<'_, PyAny>) -> Py<License> {
        license
    }

    /// Bytes from a pickle are no proof.
    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("a License can't be pickled: keep license.key, and verify it again"))
    }
}

/// One group that was repaired.
///
/// str() is for the person who typed the key, and not for a log; repr() shows the number only.
#[pyclass(frozen, eq, module = "keyward_verifier")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repair(keyward_verifier::Repair);

#[pymethods]
impl Repair {
    /// The number of the group in the key, from 1.
    #[getter]
    fn group(&self) -> u8 {
        self.0.group()
    }

    /// The characters that were typed in its place: ? stands for one that can't be read. Empty if the group was missing.
    #[getter]
    fn typed(&self) -> &str {
        self.0.typed().as_str()
    }

    /// The five characters it should be.
    #[getter]
    fn expected(&self) -> String {
        self.0.expected().to_string()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<Repair of group {}>", self.0.group())
    }

    fn __hash__(&self) -> u64 {
        out::hash(self.0.group())
    }
}
