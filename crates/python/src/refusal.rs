use keyward_verifier::{FingerprintMatch, Malformation, Missing, Newer, Serial, VerifyError};
use pyo3::prelude::*;
use pyo3::types::{PyDate, PyTuple};

use crate::out::{self, no_truth};

/// The reason why a verifier does not accept a text. A refusal is a result, not an exception.
///
/// code names the cause and never changes, message is for people, and the other attributes are evidence. An attribute that
/// belongs to another cause is None.
///
/// >>> from keyward_verifier import TrustedKey, Verifier
/// >>> verifier = Verifier([], 3)
/// >>> refusal = verifier.verify("K7PM4-00108-1G818")
/// >>> refusal.code
/// <RefusalCode.MALFORMED: 'malformed'>
/// >>> refusal.groups
/// 3
#[pyclass(frozen, eq, module = "keyward_verifier")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) VerifyError);

#[pymethods]
impl Refusal {
    /// Lets `case Refusal(code, message)` match.
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str) {
        ("code", "message")
    }

    /// The cause, a RefusalCode, which is the same in every language.
    #[getter]
    fn code<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        out::REFUSAL_CODE.member(py, self.0.code())
    }

    /// The cause and what to do, for people. It never repeats the key.
    #[getter]
    fn message(&self) -> String {
        self.0.to_string()
    }

    /// The serial of the license, if it could be read. With a bad signature, it may be invented.
    #[getter]
    fn serial(&self) -> Option<String> {
        self.named().map(|serial| serial.to_string())
    }

    /// malformed, damaged: the number of groups in the text.
    #[getter]
    fn groups(&self) -> Option<usize> {
        match self.0 {
            VerifyError::Malformed(Malformation::Groups { found } | Malformation::EndsEarly { found, .. }) => {
                Some(found)
            }
            VerifyError::Damaged(damage) => Some(damage.groups),
            _ => None,
        }
    }

    /// malformed: the number of groups that are missing at the end of the key. None if it is not known.
    #[getter]
    fn missing_groups(&self) -> Option<usize> {
        match self.0 {
            VerifyError::Malformed(Malformation::EndsEarly { missing: Missing::Exactly(missing), .. }) => Some(missing),
            _ => None,
        }
    }

    /// damaged: the numbers of the groups, from 1, that are visibly wrong. Empty if none is.
    #[getter]
    fn unreadable_groups<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        match self.0 {
            VerifyError::Damaged(damage) => PyTuple::new(py, damage.unreadable.iter().collect::<Vec<_>>()),
            _ => Ok(PyTuple::empty(py)),
        }
    }

    /// needs-newer: the version of the key's format; damaged: the version that it seems to have. None if that is 1.
    #[getter]
    fn version(&self) -> Option<u8> {
        match self.0 {
            VerifyError::NeedsNewer(Newer::Version(version)) => Some(version),
            VerifyError::Damaged(damage) => damage.newer_version,
            _ => None,
        }
    }

    /// malformed, invalid-claims, needs-newer: the part that is wrong, or that is not understood.
    #[getter]
    fn reason(&self) -> Option<String> {
        match self.0 {
            VerifyError::Malformed(malformation) => {
                let message = malformation.to_string();
                Some(message.strip_prefix("this is not a license key: ").unwrap_or(&message).to_owned())
            }
            VerifyError::InvalidClaims { error, .. } => Some(error.to_string()),
            VerifyError::NeedsNewer(Newer::Claim { claim, .. }) => Some(claim.to_string()),
            _ => None,
        }
    }

    /// unknown-key: the four hex digits in the license key that name its signing key.
    #[getter]
    fn hint(&self) -> Option<String> {
        match self.0 {
            VerifyError::UnknownKey { hint } => Some(hint.to_string()),
            _ => None,
        }
    }

    /// bad-signature: the trusted key that the license key names, which did not sign it.
    #[getter]
    fn key_id(&self) -> Option<String> {
        match self.0 {
            VerifyError::BadSignature { key_id, .. } => Some(key_id.to_string()),
            _ => None,
        }
    }

    /// wrong-product: the verifier's product.
    #[getter]
    fn expected_product(&self) -> Option<u32> {
        match self.0 {
            VerifyError::WrongProduct { expected, .. } => Some(expected.0),
            _ => None,
        }
    }

    /// wrong-product: the license's product.
    #[getter]
    fn found_product(&self) -> Option<u32> {
        match self.0 {
            VerifyError::WrongProduct { found, .. } => Some(found.0),
            _ => None,
        }
    }

    /// wrong-environment: the verifier's environment.
    #[getter]
    fn expected_environment<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.0 {
            VerifyError::WrongEnvironment { expected, .. } => {
                out::ENVIRONMENT.member(py, &expected.to_string()).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// wrong-environment: the license's environment.
    #[getter]
    fn found_environment<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.0 {
            VerifyError::WrongEnvironment { found, .. } => out::ENVIRONMENT.member(py, &found.to_string()).map(Some),
            _ => Ok(None),
        }
    }

    /// wrong-machine: the number of the license's components that this machine has. None if the verifier has no fingerprint
    /// of this machine.
    #[getter]
    fn matching_components(&self) -> Option<u8> {
        self.compared().map(|compared| compared.matching)
    }

    /// wrong-machine: the number of components in the license. None if the verifier has no fingerprint of this machine.
    #[getter]
    fn present_components(&self) -> Option<u8> {
        self.compared().map(|compared| compared.present)
    }

    /// version-not-covered: the last release day that is covered.
    #[getter]
    fn updates_through<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDate>>> {
        match self.0 {
            VerifyError::VersionNotCovered { updates_through, .. } => out::day(py, updates_through).map(Some),
            _ => Ok(None),
        }
    }

    /// version-not-covered: the day on which the running version was released.
    #[getter]
    fn released<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDate>>> {
        match self.0 {
            VerifyError::VersionNotCovered { released, .. } => out::day(py, released).map(Some),
            _ => Ok(None),
        }
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(no_truth("Refusal", "isinstance(result, License)"))
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<Refusal {}: {}>", self.0.code(), self.0)
    }

    /// Equal refusals have equal codes and messages.
    fn __hash__(&self) -> u64 {
        out::hash((self.0.code(), self.0.to_string()))
    }
}

impl Refusal {
    fn named(&self) -> Option<Serial> {
        match self.0 {
            VerifyError::BadSignature { serial, .. }
            | VerifyError::InvalidClaims { serial, .. }
            | VerifyError::NeedsNewer(Newer::Claim { serial, .. }) => serial,
            VerifyError::WrongProduct { serial, .. }
            | VerifyError::WrongEnvironment { serial, .. }
            | VerifyError::WrongMachine { serial, .. }
            | VerifyError::VersionNotCovered { serial, .. } => Some(serial),
            _ => None,
        }
    }

    fn compared(&self) -> Option<FingerprintMatch> {
        match self.0 {
            VerifyError::WrongMachine { compared, .. } => compared,
            _ => None,
        }
    }
}
