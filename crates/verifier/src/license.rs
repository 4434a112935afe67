use core::fmt;
use core::str::FromStr;

use chrono::{DateTime, Utc};
use keyward_core::{Claims, KeyId, LicenseKey, Repairs};
use keyward_grace::{ReminderDays, Standing};
use sha2::{Digest, Sha512};

use crate::AuthenticKey;

/// A verified license. Only a [`Verifier`](crate::Verifier) makes one: holding it is the proof that a trusted key signed
/// its claims, for this product, environment and machine.
///
/// Verified is not the same as usable today: ask [`License::standing`].
#[derive(Clone, PartialEq, Eq)]
pub struct License(AuthenticKey);

impl License {
    pub(crate) const fn new(authentic: AuthenticKey) -> License {
        License(authentic)
    }

    /// What the license allows at that time. Expiry is expected and no error.
    ///
    /// `now` is the application's to say; what a clock is worth as evidence,
    /// [`ClockEvidence`](crate::ClockEvidence) tells.
    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        keyward_grace::standing(self.claims(), now)
    }

    /// The same, with reminders on the product's own days.
    pub fn standing_with_reminders(&self, now: DateTime<Utc>, reminders: &ReminderDays) -> Standing {
        keyward_grace::standing_with_reminders(self.claims(), now, reminders)
    }

    /// The claims that the vendor signed.
    pub const fn claims(&self) -> &Claims {
        self.0.claims()
    }

    /// The key in its canonical text: store this, whatever was typed.
    pub const fn key(&self) -> &LicenseKey {
        self.0.key()
    }

    /// The trusted key that signed it.
    pub const fn key_id(&self) -> KeyId {
        self.0.key_id()
    }

    /// The mistakes in the text as typed, group by group; empty if there were none. For the person who typed it, not for a
    /// log.
    pub const fn repairs(&self) -> &Repairs {
        self.0.repairs()
    }

    /// The digest that revocations and allow-lists name.
    pub fn digest(&self) -> LicenseDigest {
        self.0.digest()
    }

    /// The same proof without the product: for what shows genuine keys, whatever they are for.
    pub const fn authentic(&self) -> &AuthenticKey {
        &self.0
    }
}

/// Names the serial, never the text.
impl fmt::Debug for License {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("License")
            .field("claims", self.claims())
            .field("key_id", &self.key_id())
            .field("repairs", self.repairs())
            .finish_non_exhaustive()
    }
}

/// Names one license beyond doubt: the first 16 bytes of SHA-512 over its signed bytes, shown as 32 hex digits. A serial
/// alone is readable in any key and could be put into a forgery.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LicenseDigest([u8; 16]);

impl LicenseDigest {
    /// The digest of a key, verified or not.
    pub fn of(key: &LicenseKey) -> LicenseDigest {
        let hash: [u8; 64] = Sha512::digest(key.signed_bytes()).into();
        LicenseDigest(hash.first_chunk().copied().unwrap_or_default())
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

/// Not the digest of a license.
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
