use std::ffi::c_char;

use keyward_verifier::Outcome;

/// The result of a verification. Its number is also the command's exit code, except for a usable license, which has exit
/// code 0. `kw_code` returns the stable code that every language shares.
///
/// Zero is not an outcome, so that a struct that was never filled allows nothing. Outcomes from 22 on concern clocks and
/// signed files, which the command checks and this interface does not.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KwOutcome {
    /// Nothing was verified.
    None = 0,
    /// The license is usable, in its term or perpetual.
    Active = 1,
    /// The license is usable, and its last day is near.
    ExpiringSoon = 2,
    /// The license is usable in its grace period, after its last day.
    InGrace = 3,
    /// The text is not a license key, or the file is not a file of its kind.
    Malformed = 10,
    /// The license key has more mistakes than can be repaired.
    Damaged = 11,
    /// No trusted key signed it.
    UnknownKey = 12,
    /// It names a trusted key, which did not sign it.
    BadSignature = 13,
    /// It has contents that only a newer version understands.
    NeedsNewer = 14,
    /// The license is for another product.
    WrongProduct = 15,
    /// The license is for another environment.
    WrongEnvironment = 16,
    /// The license or the validation file is locked to another machine.
    WrongMachine = 17,
    /// The license is genuine, with claims that no issuer should have signed.
    InvalidClaims = 18,
    /// The running version was released after the updates that the license covers.
    VersionNotCovered = 19,
    /// The license is genuine, and its first day has not begun.
    NotYetValid = 20,
    /// The license is genuine, and its last day and its grace period are over.
    Expired = 21,
    /// The clock is behind the evidence of the time, and the program refuses such a clock.
    ClockSuspect = 22,
    /// The license was revoked for ever.
    Revoked = 23,
    /// The license is on hold until a later revocation list releases it.
    OnHold = 24,
    /// The validation file is past its time to live.
    StaleFile = 25,
    /// The revocation list is older than the program accepts.
    StaleList = 26,
    /// The file is older than one that was seen before.
    Rollback = 27,
    /// A trusted key signed it, and may not sign such a license or file.
    NotPermitted = 28,
    /// Not enough of the roots signed the trust bundle or the root set.
    UntrustedBundle = 29,
    /// The product requires an activation, and nothing shows one of the license on this machine.
    NotActivated = 30,
}

impl KwOutcome {
    pub(crate) const fn of(outcome: Outcome) -> KwOutcome {
        match outcome {
            Outcome::Active => KwOutcome::Active,
            Outcome::ExpiringSoon => KwOutcome::ExpiringSoon,
            Outcome::InGrace => KwOutcome::InGrace,
            Outcome::Malformed => KwOutcome::Malformed,
            Outcome::Damaged => KwOutcome::Damaged,
            Outcome::UnknownKey => KwOutcome::UnknownKey,
            Outcome::BadSignature => KwOutcome::BadSignature,
            Outcome::NeedsNewer => KwOutcome::NeedsNewer,
            Outcome::WrongProduct => KwOutcome::WrongProduct,
            Outcome::WrongEnvironment => KwOutcome::WrongEnvironment,
            Outcome::WrongMachine => KwOutcome::WrongMachine,
            Outcome::InvalidClaims => KwOutcome::InvalidClaims,
            Outcome::VersionNotCovered => KwOutcome::VersionNotCovered,
            Outcome::NotYetValid => KwOutcome::NotYetValid,
            Outcome::Expired => KwOutcome::Expired,
            Outcome::ClockSuspect => KwOutcome::ClockSuspect,
            Outcome::Revoked => KwOutcome::Revoked,
            Outcome::OnHold => KwOutcome::OnHold,
            Outcome::StaleFile => KwOutcome::StaleFile,
            Outcome::StaleList => KwOutcome::StaleList,
            Outcome::Rollback => KwOutcome::Rollback,
            Outcome::NotPermitted => KwOutcome::NotPermitted,
            Outcome::UntrustedBundle => KwOutcome::UntrustedBundle,
            Outcome::NotActivated => KwOutcome::NotActivated,
            // Every outcome is above; a test checks that. This one allows nothing.
            _ => KwOutcome::None,
        }
    }
}

/// The numbers of outcomes are below this one.
const NUMBERS: usize = 31;

/// The code of no outcome, then the codes of all outcomes, each with the zero byte that ends a string in C.
static CODES: [u8; size_of_codes()] = codes().0;

/// For each number, the byte at which its code begins; 0 if the number is not an outcome.
static STARTS: [u16; NUMBERS] = codes().1;

const NONE: &str = "none";

#[allow(clippy::indexing_slicing, reason = "it runs while this is compiled, and would fail there")]
const fn size_of_codes() -> usize {
    let mut size = NONE.len().saturating_add(1);
    let mut index = 0;
    while index < Outcome::ALL.len() {
        size = size.saturating_add(Outcome::ALL[index].code().len()).saturating_add(1);
        index = index.saturating_add(1);
    }
    size
}

#[allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "it runs while this is compiled, and an index out of bounds fails there"
)]
const fn codes() -> ([u8; size_of_codes()], [u16; NUMBERS]) {
    let (mut codes, mut starts) = ([0; size_of_codes()], [0; NUMBERS]);
    let (mut end, mut code, mut index) = (0_usize, NONE, 0);
    loop {
        let mut byte = 0;
        while byte < code.len() {
            codes[end] = code.as_bytes()[byte];
            end = end.saturating_add(1);
            byte = byte.saturating_add(1);
        }
        end = end.saturating_add(1);
        if index == Outcome::ALL.len() {
            return (codes, starts);
        }
        let outcome = Outcome::ALL[index];
        starts[outcome.number() as usize] = end as u16;
        code = outcome.code();
        index = index.saturating_add(1);
    }
}

/// The stable code of an outcome, such as `wrong-product`. Any number has one: static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn kw_code(outcome: i32) -> *const c_char {
    let start = usize::try_from(outcome).ok().and_then(|number| STARTS.get(number)).copied().unwrap_or_default();
    CODES.get(usize::from(start)..).unwrap_or(&CODES).as_ptr().cast()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::ffi::CStr;

    use super::*;

    fn code(number: i32) -> &'static str {
        // SAFETY: the result is a static string.
        unsafe { CStr::from_ptr(kw_code(number)) }.to_str().unwrap()
    }

    #[test]
    fn every_outcome_has_the_number_and_the_code_of_the_verifier() {
        for outcome in Outcome::ALL {
            let number = KwOutcome::of(outcome) as i32;
            assert_eq!((number, code(number)), (outcome.number().into(), outcome.code()));
        }
    }

    #[test]
    fn no_other_number_is_an_outcome() {
        for number in [i32::MIN, -1, 0, 4, 9, 31, i32::MAX] {
            assert_eq!(code(number), "none");
        }
    }
}
