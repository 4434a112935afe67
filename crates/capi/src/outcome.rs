use std::ffi::{CStr, c_char};

use keyward_verifier::{State, VerifyError};

/// What came out of a verification, with the numbers of the command's exit codes where it has one. `kw_code` gives the
/// stable name that every language shares.
///
/// Zero is no outcome, so that a struct that was never filled allows nothing.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KwOutcome {
    /// Nothing was verified.
    None = 0,
    /// In force.
    Active = 1,
    /// In force, and near its end.
    ExpiringSoon = 2,
    /// Ended, and usable for some days yet.
    InGrace = 3,
    /// It never was a license key.
    Malformed = 10,
    /// A license key with more mistakes in it than can be repaired.
    Damaged = 11,
    /// Signed by a key that is not among the trusted ones.
    UnknownKey = 12,
    /// It names a trusted key, which did not sign it.
    BadSignature = 13,
    /// Of a later format, or saying what only a later version understands.
    NeedsNewer = 14,
    /// For another product.
    WrongProduct = 15,
    /// For another environment.
    WrongEnvironment = 16,
    /// Locked to another machine.
    WrongMachine = 17,
    /// Genuine, but issued wrongly.
    InvalidClaims = 18,
    /// The running version is newer than the updates that the license covers.
    VersionNotCovered = 19,
    /// Begins later.
    NotYetValid = 20,
    /// Ended, with its grace.
    Expired = 21,
    /// Refused for a reason that this version of the interface has no number for.
    Refused = 22,
}

impl KwOutcome {
    const ALL: &[(KwOutcome, &CStr)] = &[
        (KwOutcome::None, c"none"),
        (KwOutcome::Active, c"active"),
        (KwOutcome::ExpiringSoon, c"expiring-soon"),
        (KwOutcome::InGrace, c"in-grace"),
        (KwOutcome::Malformed, c"malformed"),
        (KwOutcome::Damaged, c"damaged"),
        (KwOutcome::UnknownKey, c"unknown-key"),
        (KwOutcome::BadSignature, c"bad-signature"),
        (KwOutcome::NeedsNewer, c"needs-newer"),
        (KwOutcome::WrongProduct, c"wrong-product"),
        (KwOutcome::WrongEnvironment, c"wrong-environment"),
        (KwOutcome::WrongMachine, c"wrong-machine"),
        (KwOutcome::InvalidClaims, c"invalid-claims"),
        (KwOutcome::VersionNotCovered, c"version-not-covered"),
        (KwOutcome::NotYetValid, c"not-yet-valid"),
        (KwOutcome::Expired, c"expired"),
        (KwOutcome::Refused, c"refused"),
    ];

    pub(crate) const fn of_state(state: State) -> KwOutcome {
        match state {
            State::NotYetValid => KwOutcome::NotYetValid,
            State::Active => KwOutcome::Active,
            State::ExpiringSoon => KwOutcome::ExpiringSoon,
            State::InGrace => KwOutcome::InGrace,
            State::Expired => KwOutcome::Expired,
        }
    }

    pub(crate) const fn of_refusal(refusal: &VerifyError) -> KwOutcome {
        match refusal {
            VerifyError::Malformed(_) => KwOutcome::Malformed,
            VerifyError::Damaged(_) => KwOutcome::Damaged,
            VerifyError::UnknownKey { .. } => KwOutcome::UnknownKey,
            VerifyError::BadSignature { .. } => KwOutcome::BadSignature,
            VerifyError::NeedsNewer(_) => KwOutcome::NeedsNewer,
            VerifyError::InvalidClaims { .. } => KwOutcome::InvalidClaims,
            VerifyError::WrongProduct { .. } => KwOutcome::WrongProduct,
            VerifyError::WrongEnvironment { .. } => KwOutcome::WrongEnvironment,
            VerifyError::WrongMachine { .. } => KwOutcome::WrongMachine,
            VerifyError::VersionNotCovered { .. } => KwOutcome::VersionNotCovered,
            _ => KwOutcome::Refused,
        }
    }
}

/// The stable name of an outcome, such as `wrong-product`, for any number: static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn kw_code(outcome: i32) -> *const c_char {
    let known = KwOutcome::ALL.iter().find(|(known, _)| *known as i32 == outcome);
    known.map_or(c"none", |(_, code)| *code).as_ptr()
}
