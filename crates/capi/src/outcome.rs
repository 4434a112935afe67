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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use keyward_verifier::{Damage, Day, Environment, InvalidClaims, KeyId, Malformation, Newer, Product, Serial};

    use super::*;

    fn code(outcome: KwOutcome) -> &'static str {
        // SAFETY: what comes back is a static string.
        unsafe { CStr::from_ptr(kw_code(outcome as i32)) }.to_str().unwrap()
    }

    #[test]
    fn a_state_has_the_code_that_every_language_has() {
        for state in [State::NotYetValid, State::Active, State::ExpiringSoon, State::InGrace, State::Expired] {
            assert_eq!(code(KwOutcome::of_state(state)), state.code());
        }
    }

    #[test]
    fn a_refusal_has_the_code_that_every_language_has() {
        let (serial, key_id) = (Serial::from_bytes([1; 8]), KeyId::from_bytes([1; 8]));
        let (expected, found) = (Environment::Production, Environment::Staging);
        let refusals = [
            VerifyError::Malformed(Malformation::NotALicenseKey),
            VerifyError::Damaged(Damage::default()),
            VerifyError::UnknownKey { hint: key_id.hint() },
            VerifyError::BadSignature { key_id, serial: None },
            VerifyError::NeedsNewer(Newer::Version(2)),
            VerifyError::WrongProduct { serial, expected: Product(3), found: Product(4) },
            VerifyError::WrongEnvironment { serial, expected, found },
            VerifyError::WrongMachine { serial, compared: None },
            VerifyError::InvalidClaims { serial: None, error: InvalidClaims::NotCanonical },
            VerifyError::VersionNotCovered { serial, updates_through: Day::FIRST, released: Day::LAST },
        ];
        for (refusal, number) in refusals.iter().zip(10..) {
            let outcome = KwOutcome::of_refusal(refusal);
            assert_eq!((code(outcome), outcome as i32), (refusal.code(), number));
        }
    }

    #[test]
    fn no_other_number_is_an_outcome() {
        let known: Vec<i32> = KwOutcome::ALL.iter().map(|(outcome, _)| *outcome as i32).collect();
        assert_eq!(known, [0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]);
        for number in [i32::MIN, -1, 4, 9, 23, i32::MAX] {
            // SAFETY: what comes back is a static string.
            assert_eq!(unsafe { CStr::from_ptr(kw_code(number)) }, c"none");
        }
    }
}
