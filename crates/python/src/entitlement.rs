use std::fmt::Display;

use keyward_verifier::License as Verified;
use pyo3::prelude::*;
use pyo3::types::PyFrozenSet;

use crate::arguments::{self, Given, wrong_type, wrong_value};
use crate::license::License;
use crate::out::{self, no_truth};
use crate::standing::Standing;

/// What several licenses for the same product allow together at that time, and which of them counts; None if there are
/// none.
///
/// Next year's key can be entered months early, beside this year's: it takes nothing from this year's license, and no
/// warning of the end is given while it is there. All licenses must be from verifiers for one product and environment. If
/// they differ in either, a ValueError says so: otherwise a license for another product would make this one usable.
///
/// >>> from datetime import datetime, timezone
/// >>> from keyward_verifier import combine
/// >>> combine([], datetime.now(timezone.utc)) is None
/// True
#[pyfunction]
#[pyo3(
    signature = (licenses, now, reminder_days = Given::Default),
    text_signature = "(licenses, now, reminder_days=(30, 14, 7))"
)]
pub(crate) fn combine(
    licenses: &Bound<'_, PyAny>,
    now: &Bound<'_, PyAny>,
    reminder_days: Given<'_>,
) -> PyResult<Option<Entitlement>> {
    let licenses = licenses_of_one_product("licenses", licenses)?;
    let now = arguments::instant("now", now)?;
    let reminders = reminder_days.or_default(|days| arguments::reminder_days("reminder_days", days))?;
    let Some(combined) = keyward_grace::combine(claims(&licenses), now, &reminders) else {
        return Ok(None);
    };
    let license = licenses.get(combined.index()).cloned().map(Bound::unbind);
    Ok(license.map(|license| Entitlement {
        license,
        standing: Standing(*combined.standing()),
        grant: combined.grant().copied().map(Grant),
    }))
}

pub(crate) fn licenses<'py>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, License>>> {
    arguments::each(name, "License", value, |license| {
        license.cast::<License>().cloned().map_err(|_| wrong_type(name, "a list of License", license))
    })
}

/// Licenses that may be combined: a feature is only a number, and means something else in another product.
fn licenses_of_one_product<'py>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, License>>> {
    let licenses = licenses(name, value)?;
    for (one, other) in claims(&licenses).zip(claims(&licenses).skip(1)) {
        if one.product() != other.product() {
            return Err(differ(name, "product", one.product(), other.product()));
        }
        if one.environment() != other.environment() {
            return Err(differ(name, "environment", one.environment(), other.environment()));
        }
    }
    Ok(licenses)
}

fn differ(name: &str, what: &str, one: impl Display, other: impl Display) -> PyErr {
    let why = format!(
        "expected licenses for one {what}, and these are for {one} and for {other}: combine the licenses of each {what} \
         separately"
    );
    wrong_value(name, why)
}

pub(crate) fn claims<'l>(
    licenses: &'l [Bound<'_, License>],
) -> impl Iterator<Item = &'l keyward_verifier::Claims> + Clone {
    licenses.iter().map(|license| Verified::claims(&license.get().0))
}

/// What several licenses allow together, and the one that counts.
#[pyclass(frozen, module = "keyward_verifier")]
#[derive(Debug)]
pub(crate) struct Entitlement {
    license: Py<License>,
    standing: Standing,
    grant: Option<Grant>,
}

#[pymethods]
impl Entitlement {
    /// The license that counts. Its edition, limits and licensee apply.
    #[getter]
    fn license(&self, py: Python<'_>) -> Py<License> {
        self.license.clone_ref(py)
    }

    /// Its standing. Where there is a successor, it does not expire soon.
    #[getter]
    fn standing(&self) -> Standing {
        self.standing
    }

    /// The grant of the usable licenses together; None if none is usable.
    #[getter]
    fn grant(&self) -> Option<Grant> {
        self.grant
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(no_truth("Entitlement", "entitlement is not None, and entitlement.standing.usable"))
    }

    fn __repr__(&self) -> String {
        format!("<Entitlement {}: {}>", self.license.get().0.claims().serial(), self.standing.0)
    }
}

/// The features and seats that licenses in force or in grace grant together.
#[pyclass(frozen, eq, module = "keyward_verifier")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grant(keyward_verifier::Grant);

#[pymethods]
impl Grant {
    /// The features that any of them grants.
    #[getter]
    fn features<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        out::features(py, self.0.features())
    }

    /// Whether any of them grants the feature with that number, 0 to 63.
    fn has_feature(&self, feature: &Bound<'_, PyAny>) -> PyResult<bool> {
        Ok(self.0.features().contains(arguments::feature("feature", feature)?))
    }

    /// The largest number of seats that one of them grants, never a sum; None is unlimited.
    #[getter]
    fn seats(&self) -> Option<u32> {
        self.0.seats().number().map(u32::from)
    }

    fn __repr__(&self) -> String {
        format!("<Grant of {} seats, features {:?}>", self.0.seats(), self.0.features())
    }

    fn __hash__(&self) -> u64 {
        out::hash((self.0.features(), self.0.seats()))
    }
}
