use std::ffi::c_char;

use keyward_verifier::{License, Standing, VerifyError};

use crate::boundary::{call, reference, typed, zeroed};
use crate::claims::environment_number;
use crate::text::put;
use crate::{KwClaims, KwDay, KwOutcome, KwStanding, KwStatus, KwTime, KwVerifier, day};

/// The bytes of the longest license key in its canonical text, 110 groups, the zero byte at its end included.
pub const KW_KEY_SIZE: usize = 660;

/// The bytes of the longest message, the zero byte at its end included.
pub const KW_MESSAGE_SIZE: usize = 768;

/// The most groups that are repaired.
pub const KW_MAX_REPAIRS: usize = 16;

/// What came of verifying a text at a time.
///
/// `outcome` says all that a product has to act on. Of a license that verified (active, expiring soon, in grace, not yet
/// valid, expired), `claims` to `repairs` say the rest; of a refusal, `message` and the evidence after it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KwResult {
    /// What came out.
    pub outcome: KwOutcome,
    /// Whether the product may run: `outcome` is active, expiring soon or in grace.
    pub is_usable: bool,
    /// What the vendor signed.
    pub claims: KwClaims,
    /// What it allows at that time.
    pub standing: KwStanding,
    /// Names the license beyond doubt: what revocations and allow-lists name.
    pub digest: [u8; 16],
    /// The trusted key that signed it.
    pub key_id: [u8; 8],
    /// The key in its canonical text: what to store, whatever was typed.
    pub key: [c_char; KW_KEY_SIZE],
    /// How many of `repairs` there are.
    pub repair_count: u8,
    /// What was wrong in the text as typed. For whoever typed it, not for a log.
    pub repairs: [KwRepair; KW_MAX_REPAIRS],
    /// Of a refusal: why, and what to do; in English, UTF-8.
    pub message: [c_char; KW_MESSAGE_SIZE],
    /// Of a refusal: what is known of its cause.
    pub evidence: KwEvidence,
    /// Of a damaged key: how many groups the text has.
    pub group_count: u8,
    /// Of a damaged key: the groups that are visibly wrong, group 1 in bit 0 of the first byte.
    pub unreadable_groups: [u8; 16],
}

/// What is known of why a license was refused; what a cause has nothing to do with is zero.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KwEvidence {
    /// The serial by which to name the license, if `has_serial`. Of `KW_OUTCOME_BAD_SIGNATURE` it is what a forgery says.
    pub serial: [u8; 8],
    /// Whether there is a serial.
    pub has_serial: bool,
    /// Of `KW_OUTCOME_UNKNOWN_KEY`: what the key says of its signing key, the first two bytes of a key id.
    pub hint: [u8; 2],
    /// Of `KW_OUTCOME_WRONG_MACHINE`: how many components of the fingerprint are the same, of how many in the license.
    pub matching_components: u8,
    /// 0 if the verifier was told no machine.
    pub present_components: u8,
    /// Of `KW_OUTCOME_VERSION_NOT_COVERED`: the last day whose releases are covered.
    pub updates_through: KwDay,
    /// Of `KW_OUTCOME_WRONG_PRODUCT`: the product that the license is for.
    pub product: u32,
    /// Of `KW_OUTCOME_WRONG_ENVIRONMENT`: the environment that it is for, as in `kw_claims`.
    pub environment: i32,
}

/// One group that was repaired.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KwRepair {
    /// The number of the group in the key, from 1.
    pub group: u8,
    /// What was typed in its place; `?` is a character that can't be read, and nothing a group that is missing.
    pub typed: [c_char; 25],
    /// The five characters that it should be.
    pub expected: [c_char; 6],
}

/// Verifies a license key as it was typed, pasted or scanned, repairs what was mistyped, and says what it allows at `now`.
///
/// `text` has `size` bytes of UTF-8, need not end with a zero byte, and is not in `result`, which is zeroed first. `now` is
/// the application's to say.
///
/// # Safety
///
/// `verifier` is NULL or a verifier that nobody changes meanwhile; `text` is NULL or points to `size` bytes; `result` is
/// NULL or points to a result that nobody else uses meanwhile.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_verify(
    verifier: *const KwVerifier,
    text: *const c_char,
    size: usize,
    now: KwTime,
    result: *mut KwResult,
) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it; zero is an outcome, and the rest are numbers.
        let result = unsafe { zeroed(result) }?;
        // SAFETY: the caller promises it.
        let verifier = unsafe { reference(verifier) }?;
        // SAFETY: the caller promises it.
        let text = unsafe { typed(text, size) }?;
        let now = day::time(now)?;
        match verifier.verifier()?.verify(&text) {
            Ok(license) => {
                result.accept(&license, &license.standing_with_reminders(now, &verifier.reminders));
            }
            Err(refusal) => result.refuse(&refusal),
        }
        Ok(())
    })
}

impl KwResult {
    fn accept(&mut self, license: &License, standing: &Standing) {
        self.claims.fill(license.claims());
        self.standing.fill(standing);
        self.digest = license.digest().to_bytes();
        self.key_id = license.key_id().to_bytes();
        put(&mut self.key, license.key());
        self.repair_count = count(license.repairs().len().min(KW_MAX_REPAIRS));
        for (place, repair) in self.repairs.iter_mut().zip(license.repairs().iter()) {
            place.group = repair.group();
            put(&mut place.typed, &repair.typed());
            put(&mut place.expected, &repair.expected());
        }
        // Last, so that nothing that is half filled allows anything.
        self.outcome = KwOutcome::of(standing.outcome());
        self.is_usable = standing.is_usable();
    }

    fn refuse(&mut self, refusal: &VerifyError) {
        self.outcome = KwOutcome::of(refusal.outcome());
        put(&mut self.message, refusal);
        if let VerifyError::Damaged(damage) = refusal {
            self.group_count = count(damage.groups);
            self.unreadable_groups = damage.unreadable.to_bytes();
        }
        self.evidence.fill(refusal);
    }
}

impl KwEvidence {
    /// Says in a struct that is all zero what the refusal knows.
    fn fill(&mut self, refusal: &VerifyError) {
        if let Some(serial) = refusal.serial() {
            self.has_serial = true;
            self.serial = serial.to_bytes();
        }
        match refusal {
            VerifyError::UnknownKey { hint } => self.hint = hint.to_bytes(),
            VerifyError::WrongProduct { found, .. } => self.product = found.0,
            VerifyError::WrongEnvironment { found, .. } => self.environment = environment_number(*found),
            VerifyError::WrongMachine { compared: Some(compared), .. } => {
                self.matching_components = compared.matching;
                self.present_components = compared.present;
            }
            VerifyError::VersionNotCovered { updates_through, .. } => self.updates_through = (*updates_through).into(),
            _ => {}
        }
    }
}

/// None of what is counted here is more than 128.
fn count(count: usize) -> u8 {
    u8::try_from(count).unwrap_or(u8::MAX)
}
