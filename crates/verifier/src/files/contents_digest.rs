use core::fmt;

use sha2::{Digest, Sha512};

use crate::digest::first_bytes;

/// The digest of a file's contents: the first 16 bytes of SHA-512 over the signed bytes, shown as 32 hex digits.
///
/// Two files with one number and different digests are two different files: a signer has signed twice under one number. The
/// signatures are not in the digest, so a file keeps it while more people sign.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentsDigest([u8; 16]);

impl ContentsDigest {
    /// The digest that belongs to the number 0, for no file.
    pub(super) const NONE: ContentsDigest = ContentsDigest([0; 16]);

    /// The digest of these bytes: the signed bytes of a file, or the bytes that represent a root set.
    pub(super) fn of(bytes: &[u8]) -> ContentsDigest {
        ContentsDigest(first_bytes(Sha512::digest(bytes).into()))
    }

    /// The digest with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> ContentsDigest {
        ContentsDigest(bytes)
    }

    /// The bytes.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Display for ContentsDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentsDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
