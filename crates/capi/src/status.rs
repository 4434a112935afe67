use std::ffi::{CStr, c_char};

/// Whether a call could be made. What came out of it is in the structs that it fills.
///
/// A call that was not made has zeroed the struct that it would have filled.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KwStatus {
    /// The call was made.
    Ok = 0,
    /// A pointer is NULL that must not be, or is not aligned for what it points to.
    NullPointer = 1,
    /// A number is none of those that the function knows, or a length is larger than memory.
    OutOfRange = 2,
    /// A day that the calendar has not, or one before 2020 or after 9998.
    NoSuchDay = 3,
    /// The bytes are no Ed25519 public key in PEM, hex digits, DER or 32 raw bytes, or one that nobody should trust.
    NotAPublicKey = 4,
    /// The bytes hold a secret key: a product is given the public one, and that file should be nowhere near it.
    SecretKey = 5,
    /// More than 8 reminder days, or one of them twice.
    BadReminders = 6,
    /// The bytes are no high-water mark, or one of another version: a new mark has to be begun, and that be noted.
    BadMark = 7,
    /// The time statement is not newer than one that was used before.
    NotNewer = 8,
    /// There was no memory for it.
    OutOfMemory = 9,
    /// A mistake in the library, which was kept from unwinding into the program: please report it.
    Bug = 10,
}

/// What a status means, in a sentence, for any number: static, never NULL.
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
            c"this is no Ed25519 public key to be trusted: expected PEM, 64 hex digits, DER, or 32 raw bytes",
        ),
        (
            KwStatus::SecretKey,
            c"this file holds a secret key: a product is given the public one, and this file should be nowhere near it",
        ),
        (KwStatus::BadReminders, c"there are at most 8 reminder days, each named once"),
        (KwStatus::BadMark, c"these bytes are no high-water mark of version 1"),
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
