use std::hash::{Hash, Hasher};

use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::arguments::{self, Text, wrong_value};

create_exception!(
    keyward_verifier,
    TrustedKeyError,
    PyValueError,
    "Bytes that are no public key, or one that must not be trusted: the message says why.\n\n\
    This is a mistake in the product or its build, and no answer about a license."
);

/// A vendor's public key that a product trusts.
///
/// It is checked when it is loaded: canonically encoded, not of small order, and in the prime-order subgroup, so that no
/// signature is ambiguous. A key that fails raises TrustedKeyError.
///
/// >>> from keyward_verifier import TrustedKey
/// >>> key = TrustedKey.from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
/// >>> key.key_id
/// 'ed4242ead4ac6948'
#[pyclass(frozen, eq, hash, module = "keyward_verifier")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrustedKey(pub(crate) keyward_verifier::TrustedKey);

impl Hash for TrustedKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bytes().hash(state);
    }
}

impl TrustedKey {
    fn checked(key: Result<keyward_verifier::TrustedKey, keyward_verifier::TrustedKeyError>) -> PyResult<TrustedKey> {
        key.map(TrustedKey).map_err(|error| TrustedKeyError::new_err(error.to_string()))
    }
}

#[pymethods]
impl TrustedKey {
    /// The key in the bytes of a file: PEM, hex digits with white space around them, DER, or 32 raw bytes.
    ///
    /// >>> TrustedKey.from_file_contents(open("vendor.pub", "rb").read())  # doctest: +SKIP
    /// TrustedKey(key_id='ed4242ead4ac6948')
    #[staticmethod]
    fn from_file_contents(contents: &Bound<'_, PyAny>) -> PyResult<TrustedKey> {
        let contents = arguments::bytes("contents", contents)?;
        TrustedKey::checked(keyward_verifier::TrustedKey::from_file_contents(contents))
    }

    /// The key in the text of a PEM file with one block PUBLIC KEY.
    #[staticmethod]
    fn from_pem(pem: &Bound<'_, PyAny>) -> PyResult<TrustedKey> {
        TrustedKey::checked(keyward_verifier::TrustedKey::from_pem(Text::of("pem", pem)?.as_ref()))
    }

    /// The key with these 64 hex digits.
    #[staticmethod]
    fn from_hex(digits: &Bound<'_, PyAny>) -> PyResult<TrustedKey> {
        TrustedKey::checked(keyward_verifier::TrustedKey::from_hex(Text::of("digits", digits)?.as_ref()))
    }

    /// The key in a DER SubjectPublicKeyInfo, 44 bytes.
    #[staticmethod]
    fn from_der(der: &Bound<'_, PyAny>) -> PyResult<TrustedKey> {
        TrustedKey::checked(keyward_verifier::TrustedKey::from_der(arguments::bytes("der", der)?))
    }

    /// The key with these 32 bytes.
    #[staticmethod]
    fn from_bytes(key: &Bound<'_, PyAny>) -> PyResult<TrustedKey> {
        let bytes = arguments::bytes("key", key)?;
        let expected = || wrong_value("key", format_args!("expected 32 bytes, found {}", bytes.len()));
        TrustedKey::checked(keyward_verifier::TrustedKey::from_bytes(bytes.try_into().map_err(|_| expected())?))
    }

    /// The 32 bytes, which name the key beyond doubt.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_bytes())
    }

    /// The same key with tables. It verifies faster, with the same results.
    ///
    /// For a server that verifies many licenses of one vendor: the tables take time once, and memory as long as they are
    /// kept. A product that verifies one license at its start is slower with them.
    ///
    /// >>> key.prepared() == key
    /// True
    fn prepared(&self, py: Python<'_>) -> TrustedKey {
        let mut key = [self.0.clone()];
        py.detach(|| keyward_verifier::prepare(&mut key));
        let [key] = key;
        TrustedKey(key)
    }

    /// The short name for people, 16 hex digits. The hint in license keys is its beginning.
    #[getter]
    fn key_id(&self) -> String {
        self.0.id().to_string()
    }

    fn __repr__(&self) -> String {
        format!("TrustedKey(key_id='{}')", self.0.id())
    }
}
