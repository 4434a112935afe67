//! Mistakes of a caller, in Rust: the calls need no C compiler here, and the results are compared with those of the
//! verifier. `tests/c/hostile.c` has more.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::arithmetic_side_effects, reason = "small numbers")]

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};
use std::slice;

use keyward::*;
use keyward_verifier::{Product, TrustedKey, Verifier};

const VENDOR: &[u8; 64] = b"03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
const LICENSE: &str = "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-\
    M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3";
/// 2026-06-15T12:00:00Z
const JUNE: KwTime = 1_781_524_800_000_000;

/// A verifier that trusts the vendor of the vectors, freed at the end.
struct Owned(*mut KwVerifier);

impl Owned {
    fn new() -> Owned {
        let mut verifier = null_mut();
        // SAFETY: all pointers are to memory of this test.
        let status = unsafe {
            assert_eq!(kw_verifier_new(3, &mut verifier), KwStatus::Ok);
            kw_verifier_trust(verifier, VENDOR.as_ptr(), VENDOR.len())
        };
        assert_eq!(status, KwStatus::Ok);
        Owned(verifier)
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: it was made once, and is not used again.
        unsafe { kw_verifier_free(self.0) };
    }
}

/// The memory of a careless caller: every byte is 0xFF.
fn dirty<T>() -> MaybeUninit<T> {
    let mut value = MaybeUninit::<T>::uninit();
    // SAFETY: it has room for one.
    unsafe { value.as_mut_ptr().write_bytes(0xFF, 1) };
    value
}

/// Whether every byte is zero.
fn is_zero<T>(value: &MaybeUninit<T>) -> bool {
    // SAFETY: it was filled with 0xFF first, so that every byte is initialised.
    unsafe { slice::from_raw_parts(value.as_ptr().cast::<u8>(), size_of::<T>()) }.iter().all(|byte| *byte == 0)
}

fn verify(verifier: *const KwVerifier, text: *const u8, size: usize, now: KwTime) -> (KwStatus, MaybeUninit<KwResult>) {
    let mut result = dirty();
    // SAFETY: the pointer is NULL or points to that many bytes, or the size is larger than memory.
    let status = unsafe { kw_verify(verifier, text.cast::<c_char>(), size, now, result.as_mut_ptr()) };
    (status, result)
}

#[test]
fn a_failed_call_leaves_zero() {
    let verifier = Owned::new();
    let size = LICENSE.len();
    for (status, (found, result)) in [
        (KwStatus::NullPointer, verify(null(), LICENSE.as_ptr(), size, JUNE)),
        (KwStatus::NullPointer, verify(verifier.0.cast::<u8>().wrapping_add(1).cast(), LICENSE.as_ptr(), size, JUNE)),
        (KwStatus::NullPointer, verify(verifier.0, null(), size, JUNE)),
        (KwStatus::OutOfRange, verify(verifier.0, LICENSE.as_ptr(), usize::MAX, JUNE)),
        (KwStatus::OutOfRange, verify(verifier.0, LICENSE.as_ptr(), isize::MAX as usize + 1, JUNE)),
        (KwStatus::OutOfRange, verify(verifier.0, LICENSE.as_ptr(), size, i64::MIN)),
        (KwStatus::OutOfRange, verify(verifier.0, LICENSE.as_ptr(), size, i64::MAX)),
    ] {
        assert_eq!(found, status);
        assert!(is_zero(&result));
    }
    // SAFETY: NULL is refused, and so is a pointer that is not aligned.
    unsafe {
        let text = LICENSE.as_ptr().cast();
        assert_eq!(kw_verify(verifier.0, text, size, JUNE, null_mut()), KwStatus::NullPointer);
        let mut place = dirty::<[KwResult; 2]>();
        let misaligned = place.as_mut_ptr().cast::<u8>().add(1).cast::<KwResult>();
        assert_eq!(kw_verify(verifier.0, text, size, JUNE, misaligned), KwStatus::NullPointer);
        assert_eq!(kw_verifier_new(3, null_mut()), KwStatus::NullPointer);
        kw_verifier_free(null_mut());
    }
}

#[test]
fn any_bytes_have_the_result_of_their_text() {
    let verifier = Owned::new();
    let keys = [TrustedKey::from_file_contents(VENDOR).unwrap()];
    let direct = Verifier::new(&keys, Product(3));
    // Each possible byte, at another place in the text: a byte that is not UTF-8 is a character that can't be read.
    for byte in 0..=u8::MAX {
        let mut typed = LICENSE.as_bytes().to_vec();
        let place = usize::from(byte) % typed.len();
        typed[place] = byte;
        let (status, result) = verify(verifier.0, typed.as_ptr(), typed.len(), JUNE);
        assert_eq!(status, KwStatus::Ok);
        // SAFETY: the call was made.
        let result = unsafe { result.assume_init() };
        match direct.verify(&String::from_utf8_lossy(&typed)) {
            Ok(license) => {
                assert_eq!(result.outcome, KwOutcome::Active);
                assert_eq!(text(&result.key), license.key().to_string());
                assert_eq!(usize::from(result.repair_count), license.repairs().len());
                assert_eq!(text(&result.message), "");
            }
            Err(refusal) => {
                assert_eq!(code(result.outcome), refusal.code());
                assert_eq!(text(&result.message), refusal.to_string());
                assert!(!result.is_usable && text(&result.key).is_empty());
            }
        }
    }
}

#[test]
fn a_verifier_is_asked_by_many_threads_at_once() {
    fn shared<T: Send + Sync>(_: &T) {}
    let verifier = Owned::new();
    // SAFETY: it lives to the end of this test.
    let shared_verifier = unsafe { &*verifier.0 };
    shared(shared_verifier);
    std::thread::scope(|scope| {
        for thread in 0..8_usize {
            scope.spawn(move || {
                for round in 0..20 {
                    let mistyped = LICENSE.replacen("60GSJ", ["60GSJ", "606SJ"][(thread + round) % 2], 1);
                    let (status, result) = verify(shared_verifier, mistyped.as_ptr(), mistyped.len(), JUNE);
                    assert_eq!(status, KwStatus::Ok);
                    // SAFETY: the call was made.
                    let result = unsafe { result.assume_init() };
                    assert_eq!(usize::from(result.repair_count), (thread + round) % 2);
                    assert!(result.is_usable && text(&result.key) == LICENSE);
                }
            });
        }
    });
}

#[test]
fn the_longest_message_fits() {
    let verifier = Owned::new();
    // A text of 110 groups with the largest number of unreadable groups that a damaged key can have.
    let typed = format!("K7PM4{}", "-?????".repeat(109));
    let (_, result) = verify(verifier.0, typed.as_ptr(), typed.len(), JUNE);
    // SAFETY: the call was made.
    let result = unsafe { result.assume_init() };
    assert_eq!(code(result.outcome), "damaged");
    assert!(text(&result.message).ends_with("group by group"), "{}", text(&result.message));
}

fn text(characters: &[c_char]) -> String {
    let bytes: Vec<u8> = characters.iter().map(|character| character.to_ne_bytes()[0]).collect();
    CStr::from_bytes_until_nul(&bytes).unwrap().to_str().unwrap().to_owned()
}

fn code(outcome: KwOutcome) -> &'static str {
    // SAFETY: the result is a static string.
    unsafe { CStr::from_ptr(kw_code(outcome as i32)) }.to_str().unwrap()
}
