#![expect(clippy::arithmetic_side_effects, reason = "counts of at most 110 groups and 364 bytes")]

use core::fmt;

use crate::check::{CHECK_GROUPS, check_groups};
use crate::claims::{self, DecodeError, InvalidClaims, MAX_CLAIMS_BYTES};
use crate::group::Group;
use crate::key_text_error::{Damage, KeyTextError, Malformation};
use crate::symbol::{K, R};
use crate::{Claims, Hint, Serial, characters};

/// The label precedes the header in the signed bytes, and is not part of the key. With it, a signature for another purpose
/// does not verify as the signature of a license key.
const LABEL: &[u8; 19] = b"keyward/v1/license\0";

/// Five bits of which the first character is K, then the version in three bits.
const MAGIC: u8 = 0b1001_1001;
const VERSION: u8 = 1;

const HEADER_BYTES: usize = 3;
const SIGNATURE_BYTES: usize = 64;
const MAX_KEY_BYTES: usize = key_bytes(MAX_DATA_GROUPS);

/// Groups for header, claims and signature: 27 for the shortest claims, 107 for the longest.
const MIN_DATA_GROUPS: usize = data_groups(15);
const MAX_DATA_GROUPS: usize = data_groups(MAX_CLAIMS_BYTES);

/// Groups of a key, check groups included: 30 to 110.
pub(crate) const MIN_GROUPS: usize = MIN_DATA_GROUPS + CHECK_GROUPS;
pub(crate) const MAX_GROUPS: usize = MAX_DATA_GROUPS + CHECK_GROUPS;

/// The number of groups that header, claims and signature need.
const fn data_groups(claims_bytes: usize) -> usize {
    ((HEADER_BYTES + claims_bytes + SIGNATURE_BYTES) * 8).div_ceil(Group::BITS)
}

/// The number of whole bytes in that many groups.
const fn key_bytes(data_groups: usize) -> usize {
    data_groups * Group::BITS / 8
}

/// A license key of the right shape: magic, version, groups and check groups are right. Its signature is not verified, so
/// anybody could have invented it. `keyward-verifier` verifies it and returns a license.
///
/// `Display` writes the canonical text: groups joined by `-`. The alternate form `{:#}` puts six groups in a line; each line
/// but the last ends with `-`. `Debug` shows the serial, never the text.
///
/// ```
/// use keyward_core::LicenseKey;
///
/// // As a person may type it: in lower case, with spaces, and with the letter O for a zero.
/// let key: LicenseKey = "
///     k7pm4 OO1O8 1g818 60w40 60gsj 08yt0
///     g7v4f fyp6k kg98y z9e8e g0ht7 bs0hq
///     vdc80 vhrab ced8j m9tjz a9ahx jpa40
///     2k3cy f52z2 zy7gb 8y7m3 srbw8 ve3bh
///     4smag 4pzg8 d7e18 m1pyp z2m87 49vv3".parse()?;
/// assert!(key.to_string().starts_with("K7PM4-00108-1G818-"));
/// assert_eq!(format!("{key:?}"), "LicenseKey { serial: 0102030405060708 }");
/// # Ok::<(), keyward_core::KeyTextError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LicenseKey {
    /// Label, header, payload and signature. All bytes after `len` are zero, so that equality can be derived.
    bytes: [u8; LABEL.len() + MAX_KEY_BYTES],
    len: usize,
}

impl LicenseKey {
    /// The first two bytes of the key id: they tell a verifier which trusted keys to try.
    pub fn hint(&self) -> Hint {
        let hint = self.key_bytes().get(1..HEADER_BYTES).and_then(|hint| hint.try_into().ok());
        debug_assert!(hint.is_some(), "a key has a header");
        Hint(hint.unwrap_or_default())
    }

    /// The bytes that are signed: label, header and payload.
    pub fn signed_bytes(&self) -> &[u8] {
        self.split().0
    }

    /// The signature, 64 bytes.
    pub fn signature(&self) -> &[u8; SIGNATURE_BYTES] {
        self.split().1
    }

    fn split(&self) -> (&[u8], &[u8; SIGNATURE_BYTES]) {
        let split = self.bytes.get(..self.len).and_then(<[u8]>::split_last_chunk);
        debug_assert!(split.is_some(), "a key has a signature");
        split.unwrap_or((&[], &[0; SIGNATURE_BYTES]))
    }

    /// Header, payload and signature: the bytes that the text encodes.
    pub fn key_bytes(&self) -> &[u8] {
        self.bytes.get(LABEL.len()..self.len).unwrap_or_default()
    }

    fn payload(&self) -> &[u8] {
        self.signed_bytes().get(LABEL.len() + HEADER_BYTES..).unwrap_or_default()
    }

    /// The claims of the key, which anybody could have written. Decide nothing from them: only the claims of a verified
    /// license are trustworthy.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if only a newer version understands the claims, or no version accepts them.
    pub fn unverified_claims(&self) -> Result<Claims, DecodeError> {
        let payload = self.payload();
        let (claims, len) = Claims::decode(payload)?;
        let fill = payload.get(len..).unwrap_or_default();
        if payload.len() != payload_bytes(len) || fill.iter().any(|byte| *byte != 0) {
            return Err(DecodeError::Invalid(InvalidClaims::Fill));
        }
        Ok(claims)
    }

    /// The serial of the key, to name it in messages. `None` if it can't be read.
    pub fn unverified_serial(&self) -> Option<Serial> {
        claims::unverified_serial(self.payload())
    }

    /// The groups of the text, check groups included, and their number.
    fn groups(&self) -> ([Group; MAX_GROUPS], usize) {
        let mut groups = [Group::default(); MAX_GROUPS];
        let count = (self.key_bytes().len() * 8).div_ceil(Group::BITS);
        let (data, rest) = groups.split_at_mut(count.min(MAX_DATA_GROUPS));
        Group::unpack(self.key_bytes(), data);
        for (place, check) in rest.iter_mut().zip(check_groups(data)) {
            *place = check;
        }
        (groups, count + CHECK_GROUPS)
    }

    /// The number of groups of the key that begins with these, as its claims tell; `None` if they are not all there, or
    /// can't be read.
    #[cfg(feature = "find")]
    pub(crate) fn groups_that_begin_with(groups: &[Group]) -> Option<usize> {
        let mut bytes = [0; MAX_KEY_BYTES];
        let bytes = bytes.get_mut(..key_bytes(groups.len()).min(MAX_KEY_BYTES))?;
        Group::pack(groups, bytes);
        let (_, claims_bytes) = Claims::decode(bytes.get(HEADER_BYTES..)?).ok()?;
        Some(data_groups(claims_bytes) + CHECK_GROUPS)
    }

    /// The key of these groups, check groups included.
    pub(crate) fn from_groups(groups: &[Group]) -> Result<LicenseKey, KeyTextError> {
        let Some((data, checks)) = groups.split_last_chunk::<CHECK_GROUPS>() else {
            return Err(KeyTextError::Malformed(Malformation::Groups { found: groups.len() }));
        };
        if check_groups(data) != *checks {
            // The groups alone do not show which of them is wrong.
            return Err(KeyTextError::Damaged(Damage::default()));
        }
        let first = data.first().map_or(0, |group| group.bits());
        let (first_symbol, version) = ((first >> 20 & 0b11111) as u8, (first >> 17 & 0b111) as u8);
        match first_symbol {
            K => {}
            R => return Err(KeyTextError::Malformed(Malformation::ActivationRequest)),
            _ => return Err(KeyTextError::Malformed(Malformation::NotALicenseKey)),
        }
        if version != VERSION {
            return Err(KeyTextError::NeedsNewer { version });
        }
        if !(MIN_GROUPS..=MAX_GROUPS).contains(&groups.len()) {
            return Err(KeyTextError::Malformed(Malformation::Groups { found: groups.len() }));
        }

        let mut key = LicenseKey { bytes: [0; LABEL.len() + MAX_KEY_BYTES], len: LABEL.len() };
        let (label, rest) = key.bytes.split_at_mut(LABEL.len());
        label.copy_from_slice(LABEL);
        let len = key_bytes(data.len());
        let pad = Group::pack(data, rest.get_mut(..len).unwrap_or_default());
        key.len += len;
        if pad != 0 {
            return Err(KeyTextError::Malformed(Malformation::PadBits));
        }
        Ok(key)
    }
}

/// The length of the payload for claims of that many bytes, with the fill that completes the last group.
const fn payload_bytes(claims_bytes: usize) -> usize {
    key_bytes(data_groups(claims_bytes)) - HEADER_BYTES - SIGNATURE_BYTES
}

/// A license key without its signature: an issuer signs it.
///
/// ```
/// # use keyward_core::{Claims, KeyId, UnsignedKey};
/// # fn sign(_: &[u8]) -> [u8; 64] { [7; 64] }
/// # let claims: Claims = serde_json::from_str(r#"{"serial": "0102030405060708", "product": 3, "edition": 2,
/// #     "seats": 25, "valid_from": "2026-01-01", "valid_through": "2026-12-31"}"#)?;
/// # let key_id = KeyId::from_bytes([0; 8]);
/// let unsigned = UnsignedKey::new(&claims, key_id.hint());
/// let signature = sign(unsigned.signed_bytes());
/// let key = unsigned.with_signature(&signature);
/// # assert_eq!(key.unverified_claims()?, claims);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct UnsignedKey(LicenseKey);

impl UnsignedKey {
    /// The key with these claims and the hint of the signing key.
    pub fn new(claims: &Claims, hint: Hint) -> UnsignedKey {
        let encoded = claims.encode();
        let claims = encoded.as_slice();
        let signed = LABEL.iter().chain(&[MAGIC]).chain(&hint.0).chain(claims);
        let mut key = LicenseKey {
            bytes: [0; LABEL.len() + MAX_KEY_BYTES],
            len: LABEL.len() + key_bytes(data_groups(claims.len())),
        };
        for (byte, value) in key.bytes.iter_mut().zip(signed) {
            *byte = *value;
        }
        UnsignedKey(key)
    }

    /// The bytes to sign: label, header and payload.
    pub fn signed_bytes(&self) -> &[u8] {
        self.0.signed_bytes()
    }

    /// The key with that signature, which is not verified here.
    pub fn with_signature(mut self, signature: &[u8; SIGNATURE_BYTES]) -> LicenseKey {
        let place = self.0.bytes.get_mut(..self.0.len).and_then(<[u8]>::last_chunk_mut);
        debug_assert!(place.is_some(), "a key has a signature");
        if let Some(place) = place {
            *place = *signature;
        }
        self.0
    }
}

impl fmt::Display for LicenseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (groups, count) = self.groups();
        characters::write_rows(f, groups.get(..count).unwrap_or_default())
    }
}

impl fmt::Debug for LicenseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unverified_serial() {
            Some(serial) => f.debug_struct("LicenseKey").field("serial", &serial).finish(),
            None => f.debug_struct("LicenseKey").finish_non_exhaustive(),
        }
    }
}
