use keyward_verifier::{FingerprintError, Product};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::arguments::{self, Text, optional, wrong_type, wrong_value};
use crate::out::{self, no_truth};

/// A machine's fingerprint, as an argument.
pub(crate) fn fingerprint(name: &str, value: &Bound<'_, PyAny>) -> PyResult<keyward_verifier::Fingerprint> {
    let fingerprint = value.cast::<Fingerprint>().map_err(|_| wrong_type(name, "a Fingerprint", value))?;
    Ok(fingerprint.get().0)
}

/// The parts that identify a machine, as the application reads them from the operating system: bytes, or a str for its bytes
/// in UTF-8. A part that the machine does not have is None or empty. A placeholder for an id counts as absent: "To Be
/// Filled By O.E.M.", "None", all zeros, and the others in spec/FORMAT.md, section 4.1. Give ids as text, as the operating
/// system shows them.
///
/// >>> from keyward_verifier import MachineComponents
/// >>> components = MachineComponents(machine_id="b08dfa6083e7567a1921a715000001fb", network_card="3c:7c:3f:1e:5a:90")
/// >>> fingerprint = components.fingerprint(3)
/// >>> fingerprint.present
/// 2
#[pyclass(frozen, module = "keyward_verifier")]
pub(crate) struct MachineComponents {
    machine_id: Option<Vec<u8>>,
    board_id: Option<Vec<u8>>,
    system_disk: Option<Vec<u8>>,
    network_card: Option<Vec<u8>>,
    vendors_own: Option<Vec<u8>>,
}

#[pymethods]
impl MachineComponents {
    #[new]
    #[pyo3(signature = (*, machine_id = None, board_id = None, system_disk = None, network_card = None, vendors_own = None))]
    fn new(
        machine_id: Option<&Bound<'_, PyAny>>,
        board_id: Option<&Bound<'_, PyAny>>,
        system_disk: Option<&Bound<'_, PyAny>>,
        network_card: Option<&Bound<'_, PyAny>>,
        vendors_own: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<MachineComponents> {
        Ok(MachineComponents {
            machine_id: optional(machine_id, |value| component("machine_id", value))?,
            board_id: optional(board_id, |value| component("board_id", value))?,
            system_disk: optional(system_disk, |value| component("system_disk", value))?,
            network_card: optional(network_card, |value| component("network_card", value))?,
            vendors_own: optional(vendors_own, |value| component("vendors_own", value))?,
        })
    }

    /// The fingerprint that a license for this product can be locked to. Fingerprints for different products are different, and
    /// can't be compared.
    fn fingerprint(&self, product: &Bound<'_, PyAny>) -> PyResult<Fingerprint> {
        let product = Product(arguments::integer("product", product, 0..=u32::MAX)?);
        Ok(Fingerprint(self.components().fingerprint(product)))
    }

    /// The presence of each component, and not its value, which would identify the machine in a log.
    fn __repr__(&self) -> String {
        format!("{:?}", self.components())
    }
}

impl MachineComponents {
    fn components(&self) -> keyward_verifier::MachineComponents<'_> {
        keyward_verifier::MachineComponents {
            machine_id: self.machine_id.as_deref(),
            board_id: self.board_id.as_deref(),
            system_disk: self.system_disk.as_deref(),
            network_card: self.network_card.as_deref(),
            vendors_own: self.vendors_own.as_deref(),
        }
    }
}

fn component(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    if !value.is_instance_of::<PyString>() {
        return Err(wrong_type(name, "bytes or a str", value));
    }
    match Text::of(name, value)? {
        Text::Python(text) => Ok(text.as_bytes().to_vec()),
        // Other bytes would silently make another fingerprint.
        Text::Replaced(_) => Err(wrong_value(name, "the str has surrogates, which UTF-8 can't encode: give bytes")),
    }
}

/// The fingerprint of a machine: short digests of up to five of its components.
///
/// >>> from keyward_verifier import Fingerprint
/// >>> str(Fingerprint.from_hex("01000000be1232000000000000000000"))
/// '01000000be1232000000000000000000'
#[pyclass(frozen, eq, hash, module = "keyward_verifier")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint(pub(crate) keyward_verifier::Fingerprint);

#[pymethods]
impl Fingerprint {
    /// The fingerprint in these 32 hex digits, as str() writes them.
    #[staticmethod]
    fn from_hex(digits: &Bound<'_, PyAny>) -> PyResult<Fingerprint> {
        let parsed: Result<_, FingerprintError> = Text::of("digits", digits)?.as_ref().parse();
        parsed.map(Fingerprint).map_err(|error| wrong_value("digits", error))
    }

    /// The fingerprint with these 16 bytes.
    #[staticmethod]
    fn from_bytes(fingerprint: &Bound<'_, PyAny>) -> PyResult<Fingerprint> {
        let bytes = arguments::bytes("fingerprint", fingerprint)?;
        let expected = || wrong_value("fingerprint", format_args!("expected 16 bytes, found {}", bytes.len()));
        let parsed = keyward_verifier::Fingerprint::from_bytes(bytes.try_into().map_err(|_| expected())?);
        parsed.map(Fingerprint).map_err(|error| wrong_value("fingerprint", error))
    }

    /// The bytes, as a key carries them.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_bytes())
    }

    /// Compares the fingerprint in a key with that of the machine.
    fn compare(&self, machine: &Bound<'_, PyAny>) -> PyResult<FingerprintMatch> {
        Ok(FingerprintMatch(self.0.compare(&fingerprint("machine", machine)?)))
    }

    /// The number of components that are present, 0 to 5.
    #[getter]
    fn present(&self) -> u8 {
        self.0.present()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("Fingerprint.from_hex('{}')", self.0)
    }
}

/// The number of components in a key's fingerprint that the machine has.
#[pyclass(frozen, eq, module = "keyward_verifier")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FingerprintMatch(keyward_verifier::FingerprintMatch);

#[pymethods]
impl FingerprintMatch {
    /// Components that are in the key and the same on the machine.
    #[getter]
    fn matching(&self) -> u8 {
        self.0.matching
    }

    /// Components in the key.
    #[getter]
    fn present(&self) -> u8 {
        self.0.present
    }

    /// Whether the license is for this machine: more than half of the components in the key are the same.
    #[getter]
    fn same_machine(&self) -> bool {
        self.0.is_same_machine()
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(no_truth("FingerprintMatch", "its same_machine"))
    }

    fn __repr__(&self) -> String {
        format!("<FingerprintMatch of {} among {}>", self.0.matching, self.0.present)
    }

    fn __hash__(&self) -> u64 {
        out::hash((self.0.matching, self.0.present))
    }
}
