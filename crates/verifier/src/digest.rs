use core::fmt;
use core::str::FromStr;

use keyward_core::LicenseKey;
use sha2::{Digest, Sha512};

/// Names one license beyond doubt: the first 16 bytes of SHA-512 over its signed bytes, shown as 32 hex digits. A serial
/// alone is readable in any key, and a forger can copy it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LicenseDigest([u8; 16]);

impl LicenseDigest {
    /// The digest of a key, verified or not.
    pub fn of(key: &LicenseKey) -> LicenseDigest {
        LicenseDigest(first_bytes(Sha512::digest(key.signed_bytes()).into()))
    }

    /// The digest with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> LicenseDigest {
        LicenseDigest(bytes)
    }

    /// The bytes, by which digests are compared.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

/// The first 16 bytes of a hash.
pub(crate) fn first_bytes(hash: [u8; 64]) -> [u8; 16] {
    let mut bytes = [0; 16];
    for (byte, value) in bytes.iter_mut().zip(hash) {
        *byte = value;
    }
    bytes
}

impl fmt::Display for LicenseDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for LicenseDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for LicenseDigest {
    type Err = LicenseDigestError;

    fn from_str(text: &str) -> Result<LicenseDigest, LicenseDigestError> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| LicenseDigestError)?;
        Ok(LicenseDigest(bytes))
    }
}

/// A text that is not the digest of a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the digest of a license has 32 hex digits: `keyward inspect` says it")]
pub struct LicenseDigestError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_as_it_is_shown() {
        let digest = LicenseDigest::from_bytes(*b"0123456789abcdef");
        assert_eq!("30313233343536373839616263646566".parse(), Ok(digest));
        for wrong in ["", "3031323334353637383961626364656600", "3031323334353637383961626364656g"] {
            assert_eq!(wrong.parse::<LicenseDigest>(), Err(LicenseDigestError), "{wrong}");
        }
    }
}
