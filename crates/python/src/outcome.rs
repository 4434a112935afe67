use keyward_verifier::Outcome;
use pyo3::prelude::*;

/// Every outcome that a verification of keys or signed files has: its code, its number, its meaning and what to do.
#[pyfunction]
pub(crate) fn outcomes() -> Vec<(&'static str, u8, &'static str, Option<&'static str>)> {
    let rows = Outcome::ALL.iter().map(|outcome| {
        let (code, number) = (outcome.code(), outcome.number());
        (code, number, outcome.meaning(), outcome.advice())
    });
    rows.collect()
}
