use std::ffi::c_char;

use keyward_verifier::{License, combine};

use crate::boundary::{call, reference, slice, typed, zeroed};
use crate::seats::seats_number;
use crate::{KwOutcome, KwStanding, KwStatus, KwTime, KwVerifier, day};

/// What several licenses allow together, and which of them counts.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KwEntitlement {
    /// The state of the license that counts; `KW_OUTCOME_NONE` if none of the texts was accepted.
    pub outcome: KwOutcome,
    /// Whether the product may run.
    pub is_usable: bool,
    /// The index of the text that counts, from 0.
    pub index: usize,
    /// Its standing. With a successor, it does not expire soon.
    pub standing: KwStanding,
    /// The grant of the usable licenses together.
    pub grant: KwGrant,
}

/// The grant of several licenses: every feature that one of them has, and the largest number of seats that one of them has.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct KwGrant {
    /// The features, feature i in bit i.
    pub features: u64,
    /// Seats, or `KW_UNLIMITED_SEATS`; 0 if nothing is granted.
    pub seats: u64,
    /// Whether anything is granted. If not, no license is usable.
    pub is_granted: bool,
}

/// Combines several license keys for the product, such as this year's and next year's, entered early: what they allow
/// together at `now`, and which of them counts. Refused texts are left out; `kw_verify` gives the reason.
///
/// `texts` and `sizes` have `count` entries. Each pair is a text and its size in bytes, as for `kw_verify`.
///
/// # Safety
///
/// The conditions of `kw_verify`, for each text; `texts` and `sizes` are NULL or point to `count` entries; `entitlement` is
/// NULL or points to an entitlement that nothing else uses during the call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_combine(
    verifier: *const KwVerifier,
    texts: *const *const c_char,
    sizes: *const usize,
    count: usize,
    now: KwTime,
    entitlement: *mut KwEntitlement,
) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it. All zeros are a valid value: zero is an outcome, and the other fields are
        // numbers.
        let output = unsafe { zeroed(entitlement) }?;
        // SAFETY: the caller promises it.
        let verifier = unsafe { reference(verifier) }?;
        // SAFETY: the caller promises it.
        let (indices, licenses) = unsafe { accepted(verifier, texts, sizes, count) }?;
        let now = day::time(now)?;
        let Some(combined) = combine(&licenses, now, &verifier.reminders) else {
            return Ok(());
        };
        output.index = indices.get(combined.index()).copied().unwrap_or_default();
        output.standing.fill(combined.standing());
        output.grant = combined.grant().map_or(KwGrant::default(), |grant| KwGrant {
            features: grant.features().bits(),
            seats: seats_number(grant.seats()),
            is_granted: true,
        });
        output.outcome = output.standing.state;
        output.is_usable = output.standing.is_usable;
        Ok(())
    })
}

/// The licenses among the texts, each with the index of its text.
///
/// # Safety
///
/// The conditions of [`kw_combine`].
pub(crate) unsafe fn accepted(
    verifier: &KwVerifier,
    texts: *const *const c_char,
    sizes: *const usize,
    count: usize,
) -> Result<(Vec<usize>, Vec<License>), KwStatus> {
    // SAFETY: the caller promises it.
    let texts = unsafe { slice(texts, count) }?;
    // SAFETY: the caller promises it.
    let sizes = unsafe { slice(sizes, count) }?;
    let asked = verifier.verifier()?;
    let (mut indices, mut licenses) = (Vec::new(), Vec::new());
    for (index, (text, size)) in texts.iter().zip(sizes).enumerate() {
        // SAFETY: the caller promises it.
        let text = unsafe { typed(*text, *size) }?;
        if let Ok(license) = asked.verify(&text) {
            indices.try_reserve(1).and_then(|()| licenses.try_reserve(1)).map_err(|_| KwStatus::OutOfMemory)?;
            indices.push(index);
            licenses.push(license);
        }
    }
    Ok((indices, licenses))
}
