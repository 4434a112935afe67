use std::ffi::c_char;

use keyward_verifier::{License, Standing, VerifyError};

use crate::boundary::{call, reference, typed, zeroed};
use crate::claims::environment_number;
use crate::text::put;
use crate::{KwClaims, KwDay, KwOutcome, KwStanding, KwStatus, KwTime, KwVerifier, day};

/// The size of the longest license key in its canonical text, 110 groups, with the zero byte at its end.
pub const KW_KEY_SIZE: usize = 660;

/// The size of the longest message, with the zero byte at its end.
pub const KW_MESSAGE_SIZE: usize = 768;

/// The largest number of repairs.
pub const KW_MAX_REPAIRS: usize = 16;

/// The result of verifying a text at a given time.
///
/// A product acts on `outcome`. For a license that verified (active, expiring soon, in grace, not yet valid, expired), the
/// fields from `claims` to `repairs` describe it; for a refusal, `message` and the fields after it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KwResult {
    /// The outcome.
    pub outcome: KwOutcome,
    /// Whether the product may run: `outcome` is active, expiring soon or in grace.
    pub is_usable: bool,
    /// The claims that the vendor signed.
    pub claims: KwClaims,
    /// What the license allows at that time.
    pub standing: KwStanding,
    /// The license digest: revocation lists and allow-lists name the license by it.
    pub digest: [u8; 16],
    /// The trusted key that signed it.
    pub key_id: [u8; 8],
    /// The key in its canonical text: store this, whatever was typed.
    pub key: [c_char; KW_KEY_SIZE],
    /// The number of `repairs`.
    pub repair_count: u8,
    /// The mistakes in the text as typed. For the person who typed it, not for a log.
    pub repairs: [KwRepair; KW_MAX_REPAIRS],
    /// For a refusal: the cause and what to do, in English and UTF-8.
    pub message: [c_char; KW_MESSAGE_SIZE],
    /// For a refusal: the evidence of its cause.
    pub evidence: KwEvidence,
    /// For a damaged key: the number of groups in the text.
    pub group_count: u8,
    /// For a damaged key: the groups that are visibly wrong, group 1 in bit 0 of the first byte.
    pub unreadable_groups: [u8; 16],
}

/// The evidence of the cause of a refusal. Fields that belong to other causes are zero.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KwEvidence {
    /// The serial that names the license, if `has_serial`. For `KW_OUTCOME_BAD_SIGNATURE`, a forger may have chosen it.
    pub serial: [u8; 8],
    /// Whether there is a serial.
    pub has_serial: bool,
    /// For `KW_OUTCOME_UNKNOWN_KEY`: the hint that names the signing key, the first two bytes of its key id.
    pub hint: [u8; 2],
    /// For `KW_OUTCOME_WRONG_MACHINE`: the number of components of the license's fingerprint that this machine has.
    pub matching_components: u8,
    /// The number of components in the license's fingerprint; 0 if the verifier has no fingerprint of this machine.
    pub present_components: u8,
    /// For `KW_OUTCOME_VERSION_NOT_COVERED`: the last release day that is covered.
    pub updates_through: KwDay,
    /// For `KW_OUTCOME_WRONG_PRODUCT`: the product that the license is for.
    pub product: u32,
    /// For `KW_OUTCOME_WRONG_ENVIRONMENT`: the environment that it is for, numbered as in `kw_claims`.
    pub environment: i32,
}

/// One group that was repaired.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KwRepair {
    /// The number of the group in the key, from 1.
    pub group: u8,
    /// The characters that were typed in its place; `?` stands for one that can't be read. Empty if the group was missing.
    pub typed: [c_char; 25],
    /// The five characters that it should be.
    pub expected: [c_char; 6],
}

/// Verifies a license key as it was typed, pasted or scanned, repairs mistakes in it, and says what it allows at `now`.
///
/// `text` has `size` bytes of UTF-8, needs no zero byte at its end, and must not lie in `result`, which is zeroed first. The
/// application chooses `now`.
///
/// # Safety
///
/// `verifier` is NULL or a verifier that nothing changes during the call; `text` is NULL or points to `size` bytes; `result` is
/// NULL or points to a result that nothing else uses during the call.
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
        // SAFETY: the caller promises it. All zeros are a valid value: zero is an outcome, and the other fields are
        // numbers.
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
        // Set last, so that a struct that is only partly filled allows nothing.
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
    /// Fills a struct that is all zero.
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

/// At most 116 groups, or 16 repairs.
fn count(count: usize) -> u8 {
    debug_assert!(count <= 116);
    u8::try_from(count).unwrap_or(u8::MAX)
}
