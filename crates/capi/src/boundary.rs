//! Converts C's pointers into Rust's references, and panics into a status.

use std::borrow::Cow;
use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;

use keyward_verifier::MAX_SEARCHED_BYTES;

use crate::KwStatus;

/// Runs a call. An error in it becomes a status, and so does a panic.
pub(crate) fn call(body: impl FnOnce() -> Result<(), KwStatus>) -> KwStatus {
    // Values that the panic left unfinished are not used again: the caller's struct stays zero.
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => KwStatus::Ok,
        Ok(Err(status)) => status,
        Err(_) => KwStatus::Bug,
    }
}

/// The value that a pointer points to.
///
/// # Safety
///
/// It is NULL, or points to a `T` that nothing writes to for as long as `'a`.
pub(crate) unsafe fn reference<'a, T>(pointer: *const T) -> Result<&'a T, KwStatus> {
    if !pointer.is_aligned() {
        return Err(KwStatus::NullPointer);
    }
    // SAFETY: aligned, and the caller promises the rest.
    unsafe { pointer.as_ref() }.ok_or(KwStatus::NullPointer)
}

/// The value that a pointer points to, to be changed.
///
/// # Safety
///
/// It is NULL, or points to a `T` that nothing else reads or writes for as long as `'a`.
pub(crate) unsafe fn reference_mut<'a, T>(pointer: *mut T) -> Result<&'a mut T, KwStatus> {
    if !pointer.is_aligned() {
        return Err(KwStatus::NullPointer);
    }
    // SAFETY: aligned, and the caller promises the rest.
    unsafe { pointer.as_mut() }.ok_or(KwStatus::NullPointer)
}

/// `count` values of type `T` in a row. With a count of 0, any pointer is permitted, also NULL.
///
/// # Safety
///
/// It is NULL, or points to that many `T`, which nothing writes to for as long as `'a`.
pub(crate) unsafe fn slice<'a, T>(pointer: *const T, count: usize) -> Result<&'a [T], KwStatus> {
    if count == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() || !pointer.is_aligned() {
        return Err(KwStatus::NullPointer);
    }
    let bytes = count.checked_mul(size_of::<T>()).ok_or(KwStatus::OutOfRange)?;
    isize::try_from(bytes).map_err(|_| KwStatus::OutOfRange)?;
    // SAFETY: not NULL, aligned, no longer than memory can be, and the caller promises the rest.
    Ok(unsafe { slice::from_raw_parts(pointer, count) })
}

/// A struct of the caller, to be filled. It may have any bytes before the call, and is set to zero first.
///
/// # Safety
///
/// It is NULL, or points to memory for a `T` that nothing else reads or writes for as long as `'a`; and zero bytes are a
/// valid `T`.
pub(crate) unsafe fn zeroed<'a, T>(pointer: *mut T) -> Result<&'a mut T, KwStatus> {
    if pointer.is_null() || !pointer.is_aligned() {
        return Err(KwStatus::NullPointer);
    }
    // SAFETY: not NULL, aligned, and the caller promises the rest.
    unsafe { pointer.write_bytes(0, 1) };
    // SAFETY: it is initialised now.
    unsafe { reference_mut(pointer) }
}

/// The largest number of bytes that are copied from a text that is not UTF-8: one more than the longest text that is searched,
/// so that a longer text is refused for its length.
const MAX_COPIED: usize = MAX_SEARCHED_BYTES + 1;

/// A text that a person typed. It may be in another character set: bytes that are not UTF-8 become characters that no key
/// has, and are reported or repaired like other mistakes.
///
/// # Safety
///
/// The conditions of [`slice`].
pub(crate) unsafe fn typed<'a>(text: *const c_char, size: usize) -> Result<Cow<'a, str>, KwStatus> {
    // SAFETY: the caller's promise is the same, and characters are bytes.
    let bytes = unsafe { slice(text.cast::<u8>(), size) }?;
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes.get(..MAX_COPIED).unwrap_or(bytes)),
    })
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "this is about panics")]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_status() {
        assert_eq!(call(|| panic!("a mistake in the library")), KwStatus::Bug);
        assert_eq!(call(|| Err(KwStatus::BadMark)), KwStatus::BadMark);
        assert_eq!(call(|| Ok(())), KwStatus::Ok);
    }

    #[test]
    fn a_slice_has_a_pointer_and_a_length_that_memory_can_have() {
        let numbers = [1_u16, 2, 3];
        // SAFETY: each pointer is valid for its length, or is NULL, or is refused.
        unsafe {
            assert_eq!(slice(numbers.as_ptr(), 3), Ok(&numbers[..]));
            assert_eq!(slice::<u16>(std::ptr::null(), 0), Ok(&[][..]));
            assert_eq!(slice::<u16>(std::ptr::null(), 1), Err(KwStatus::NullPointer));
            assert_eq!(slice(numbers.as_ptr().byte_add(1), 1), Err(KwStatus::NullPointer));
            for impossible in [usize::MAX, usize::MAX / 2, isize::MAX as usize / 2 + 1] {
                assert_eq!(slice(numbers.as_ptr(), impossible), Err(KwStatus::OutOfRange));
            }
        }
    }

    #[test]
    fn of_a_text_that_is_not_utf_8_no_more_is_copied_than_is_read() {
        let bytes = [0xFF; 100_000];
        // SAFETY: they are there.
        let typed = unsafe { typed(bytes.as_ptr().cast(), bytes.len()) }.unwrap();
        assert_eq!(typed.chars().count(), MAX_COPIED);
    }
}
