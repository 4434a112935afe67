use std::num::NonZeroU32;

use keyward_verifier::Quantity;
use pyo3::prelude::*;

use crate::arguments::{self, optional};
use crate::out::{self, no_truth};

/// Compares the seats in use with the seats granted; None is unlimited.
///
/// >>> from keyward_verifier import seat_standing
/// >>> seat_standing(25, 27)
/// <SeatStanding over-seats, by 2>
#[pyfunction]
pub(crate) fn seat_standing(granted: Option<&Bound<'_, PyAny>>, used: &Bound<'_, PyAny>) -> PyResult<SeatStanding> {
    let granted = optional(granted, |granted| arguments::integer("granted", granted, 1..=u32::MAX))?;
    let used = arguments::integer("used", used, 0..=u32::MAX)?;
    let granted = granted.and_then(NonZeroU32::new).map_or(Quantity::Unlimited, Quantity::Of);
    Ok(SeatStanding(keyward_verifier::seat_standing(granted, used)))
}

/// The seats in use compared with the seats granted. The product decides what to do about too many seats.
#[pyclass(frozen, eq, hash, module = "keyward_verifier")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SeatStanding(keyward_verifier::SeatStanding);

#[pymethods]
impl SeatStanding {
    /// A SeatCode: within-seats, over-seats, unlimited-seats.
    #[getter]
    fn code<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        out::SEAT_CODE.member(py, self.0.code())
    }

    /// The free seats; None if too many are in use, or they are unlimited.
    #[getter]
    fn left(&self) -> Option<u32> {
        match self.0 {
            keyward_verifier::SeatStanding::Within { left } => Some(left),
            _ => None,
        }
    }

    /// The number of seats too many; None if there are none.
    #[getter]
    fn by(&self) -> Option<u32> {
        match self.0 {
            keyward_verifier::SeatStanding::Over { by } => Some(by.get()),
            _ => None,
        }
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(no_truth("SeatStanding", "its code"))
    }

    fn __repr__(&self) -> String {
        let more = match self.0 {
            keyward_verifier::SeatStanding::Within { left } => format!(", {left} left"),
            keyward_verifier::SeatStanding::Over { by } => format!(", by {by}"),
            keyward_verifier::SeatStanding::Unlimited => String::new(),
        };
        format!("<SeatStanding {}{more}>", self.0.code())
    }
}
