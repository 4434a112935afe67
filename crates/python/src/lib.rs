//! The native module of the Python package `keyward-verifier`: the crate of that name with Python's types.
//!
//! Nothing is decided here. Arguments become the verifier's types or an exception that names them (`arguments`), and the
//! verifier's answers become frozen objects (`out`). A license that is refused, or has ended, is an answer; exceptions are
//! for arguments.

// Each module may use those to its left; tests/arrows.rs checks that.
//
//     out, outcome ← arguments ← machine, seats, standing, trusted_key ← license, refusal ← entitlement, verifier
//     ← bench, clock ← native
mod arguments;
#[cfg(feature = "bench")]
mod bench;
mod clock;
mod entitlement;
mod license;
mod machine;
mod out;
mod outcome;
mod refusal;
mod seats;
mod standing;
mod trusted_key;
mod verifier;

/// The native half of `keyward_verifier`. Import that package.
#[pyo3::pymodule(name = "_native")]
mod native {
    #[cfg(feature = "bench")]
    #[pymodule_export]
    use crate::bench::bench;
    #[pymodule_export]
    use crate::clock::{ClockEvidence, ClockReading, HighWaterMark, MarkError, RecoveryError, Suspect};
    #[pymodule_export]
    use crate::entitlement::{Entitlement, Grant, combine};
    #[pymodule_export]
    use crate::license::{License, Repair};
    #[pymodule_export]
    use crate::machine::{Fingerprint, FingerprintMatch, MachineComponents};
    #[pymodule_export]
    use crate::outcome::outcomes;
    #[pymodule_export]
    use crate::refusal::Refusal;
    #[pymodule_export]
    use crate::seats::{SeatStanding, seat_standing};
    #[pymodule_export]
    use crate::standing::Standing;
    #[pymodule_export]
    use crate::trusted_key::{TrustedKey, TrustedKeyError};
    #[pymodule_export]
    use crate::verifier::Verifier;
}
