use std::ffi::{CStr, c_char};

/// Whether the arguments of a call were valid. Its results are in the structs that it fills.
///
/// A call that fails sets the struct that it would have filled to zero.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KwStatus {
    /// The call has a result.
    Ok = 0,
    /// A pointer is not aligned, or is NULL and must not be.
    NullPointer = 1,
    /// The function does not know a number, or a length is larger than memory.
    OutOfRange = 2,
    /// The calendar does not have the day, or it is before 2020 or after 9998.
    NoSuchDay = 3,
    /// The bytes are not an Ed25519 public key in PEM, hex digits, DER or 32 raw bytes, or they are a key that must not be
    /// trusted.
    NotAPublicKey = 4,
    /// The bytes contain a secret key: a product needs the public key, and must never have the secret one.
    SecretKey = 5,
    /// There are more than 8 reminder days, or one of them is named twice.
    BadReminders = 6,
    /// The bytes are not a high-water mark of this version: begin a new mark, and note that in a log.
    BadMark = 7,
    /// The time statement is not newer than one that was used before.
    NotNewer = 8,
    /// There is not enough memory.
    OutOfMemory = 9,
    /// A mistake in the library, caught before it reached the program: please report it.
    Bug = 10,
}

/// The sentence for a status. Any number has one: static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn kw_strerror(status: i32) -> *const c_char {
    sentence(status).as_ptr()
}

const fn sentence(status: i32) -> &'static CStr {
    const ALL: &[(KwStatus, &CStr)] = &[
        (KwStatus::Ok, c"no error"),
        (KwStatus::NullPointer, c"a pointer is NULL or not aligned"),
        (KwStatus::OutOfRange, c"a number or a length is out of range"),
        (KwStatus::NoSuchDay, c"there is no such day from 2020-01-01 through 9998-12-31"),
        (
            KwStatus::NotAPublicKey,
            c"this is not an Ed25519 public key that can be trusted: expected PEM, 64 hex digits, DER, or 32 raw bytes",
        ),
        (
            KwStatus::SecretKey,
            c"this file contains a secret key: give the product the public key, and keep this file away from it",
        ),
        (KwStatus::BadReminders, c"there are at most 8 reminder days, each named once"),
        (KwStatus::BadMark, c"these bytes are not a high-water mark of version 1"),
        (KwStatus::NotNewer, c"the time statement is not newer than one that was used before: ask for a new one"),
        (KwStatus::OutOfMemory, c"out of memory"),
        (KwStatus::Bug, c"a mistake in libkeyward: please report it"),
    ];
    let mut rest = ALL;
    while let [(known, sentence), others @ ..] = rest {
        if *known as i32 == status {
            return sentence;
        }
        rest = others;
    }
    c"no status of this version of libkeyward"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_sentence_of_its_own() {
        let mut sentences: Vec<_> = (-1..=11).map(sentence).collect();
        assert_eq!(sentences.first(), sentences.last());
        sentences.pop();
        sentences.sort_unstable();
        sentences.dedup();
        assert_eq!(sentences.len(), 12);
    }
}
