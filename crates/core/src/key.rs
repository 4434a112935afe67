use core::fmt;

use crate::check::{CHECK_GROUPS, check_groups};
use crate::claims::{self, DecodeError, InvalidClaims, MAX_CLAIMS_BYTES};
use crate::group::Group;
use crate::key_text_error::{Damage, KeyTextError, Malformation};
use crate::{Claims, Hint, Serial, characters};

/// Signed before everything else and never sent: nothing that is signed for another purpose passes for a license key.
const LABEL: &[u8; 19] = b"keyward/v1/license\0";

/// Five bits that make the first character K, then the version in three bits.
const MAGIC: u8 = 0b1001_1001;
const VERSION: u8 = 1;
/// The value of the character K.
const FIRST_SYMBOL: u32 = 0b10011;

const HEADER_BYTES: usize = 3;
const SIGNATURE_BYTES: usize = 64;
const MAX_KEY_BYTES: usize = key_bytes(MAX_DATA_GROUPS);

/// Header, signature and the shortest claims need 27 groups; with the longest claims, 107.
const MIN_DATA_GROUPS: usize = data_groups(15);
const MAX_DATA_GROUPS: usize = data_groups(MAX_CLAIMS_BYTES);

/// How many groups a key has, check groups included: 30 to 110.
pub(crate) const MIN_GROUPS: usize = MIN_DATA_GROUPS.saturating_add(CHECK_GROUPS);
pub(crate) const MAX_GROUPS: usize = MAX_DATA_GROUPS.saturating_add(CHECK_GROUPS);

/// The least number of groups that holds header, claims and signature.
const fn data_groups(claims_bytes: usize) -> usize {
    claims_bytes.saturating_add(HEADER_BYTES).saturating_add(SIGNATURE_BYTES).saturating_mul(8).div_ceil(Group::BITS)
}

/// The whole bytes in that many groups.
const fn key_bytes(data_groups: usize) -> usize {
    data_groups.saturating_mul(Group::BITS) / 8
}

/// A key of the right shape: magic, version, groups and checks hold. Not verified: whoever typed it may have made it
/// up. `keyward-verifier` turns it into a license.
///
/// Its text is canonical: `Display` joins the groups with `-`, the alternate form `{:#}` puts six to a line, each but the last
/// ending with its `-`. `Debug`
/// names the serial, never the text.
///
/// ```
/// use keyward_core::LicenseKey;
///
/// // As someone might type it: in lower case, with spaces, and the letter O for a zero.
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
    /// Label, header, payload, signature; past `len` all zero, so that equality is derived.
    bytes: [u8; LABEL.len() + MAX_KEY_BYTES],
    len: usize,
}

impl LicenseKey {
    /// The key id's first two bytes, which say which trusted keys to try.
    pub fn hint(&self) -> Hint {
        Hint(self.key_bytes().get(1..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default())
    }

    /// What the signature is over: label, header, payload.
    pub fn signed_bytes(&self) -> &[u8] {
        self.split().0
    }

    /// The signature, 64 bytes.
    pub fn signature(&self) -> &[u8; SIGNATURE_BYTES] {
        self.split().1
    }

    fn split(&self) -> (&[u8], &[u8; SIGNATURE_BYTES]) {
        self.bytes.get(..self.len).and_then(<[u8]>::split_last_chunk).unwrap_or((&[], &[0; SIGNATURE_BYTES]))
    }

    /// Header, payload and signature: what the text says in characters.
    pub fn key_bytes(&self) -> &[u8] {
        self.bytes.get(LABEL.len()..self.len).unwrap_or_default()
    }

    fn payload(&self) -> &[u8] {
        self.signed_bytes().get(LABEL.len().saturating_add(HEADER_BYTES)..).unwrap_or_default()
    }

    /// What the key says, whoever wrote it. Decide nothing from it: only a verified license says what is true.
    ///
    /// # Errors
    ///
    /// What a newer version may understand, or claims that no issuer should have signed.
    pub fn unverified_claims(&self) -> Result<Claims, DecodeError> {
        let payload = self.payload();
        let (claims, len) = Claims::decode(payload)?;
        let fill = payload.get(len..).unwrap_or_default();
        if payload.len() != payload_bytes(len) || fill.iter().any(|byte| *byte != 0) {
            return Err(DecodeError::Invalid(InvalidClaims::Fill));
        }
        Ok(claims)
    }

    /// The serial that the key says it has, to name it in messages; `None` if even that can't be read.
    pub fn unverified_serial(&self) -> Option<Serial> {
        claims::unverified_serial(self.payload())
    }

    /// The groups of the text, check groups included, and how many they are.
    fn groups(&self) -> ([Group; MAX_GROUPS], usize) {
        let mut groups = [Group::default(); MAX_GROUPS];
        let count = self.key_bytes().len().saturating_mul(8).div_ceil(Group::BITS);
        let (data, rest) = groups.split_at_mut(count.min(MAX_DATA_GROUPS));
        Group::unpack(self.key_bytes(), data);
        for (place, check) in rest.iter_mut().zip(check_groups(data)) {
            *place = check;
        }
        (groups, count.saturating_add(CHECK_GROUPS))
    }

    /// The key that these groups are, check groups included.
    pub(crate) fn from_groups(groups: &[Group]) -> Result<LicenseKey, KeyTextError> {
        let Some((data, checks)) = groups.split_last_chunk::<CHECK_GROUPS>() else {
            return Err(KeyTextError::Malformed(Malformation::Groups { found: groups.len() }));
        };
        if check_groups(data) != *checks {
            // Where, only the text shows.
            return Err(KeyTextError::Damaged(Damage::default()));
        }
        let first = data.first().map_or(0, |group| group.bits());
        let (first_symbol, version) = (first >> 20, (first >> 17 & 0b111) as u8);
        if first_symbol != FIRST_SYMBOL {
            return Err(KeyTextError::Malformed(Malformation::NotALicenseKey));
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
        key.len = key.len.saturating_add(len);
        if pad != 0 {
            return Err(KeyTextError::Malformed(Malformation::PadBits));
        }
        Ok(key)
    }
}

/// The payload's length for claims of that many bytes: with as much fill as makes whole groups, and no more.
const fn payload_bytes(claims_bytes: usize) -> usize {
    key_bytes(data_groups(claims_bytes)).saturating_sub(HEADER_BYTES + SIGNATURE_BYTES)
}

/// A license key before its signature: what an issuer signs.
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
    /// The key that says these claims and names the signing key by its hint.
    pub fn new(claims: &Claims, hint: Hint) -> UnsignedKey {
        let encoded = claims.encode();
        let claims = encoded.as_slice();
        let signed = LABEL.iter().chain(&[MAGIC]).chain(&hint.0).chain(claims);
        let mut key = LicenseKey {
            bytes: [0; LABEL.len() + MAX_KEY_BYTES],
            len: LABEL.len().saturating_add(key_bytes(data_groups(claims.len()))),
        };
        for (byte, value) in key.bytes.iter_mut().zip(signed) {
            *byte = *value;
        }
        UnsignedKey(key)
    }

    /// What is to be signed: label, header, payload.
    pub fn signed_bytes(&self) -> &[u8] {
        self.0.signed_bytes()
    }

    /// The key with that signature, which is not checked here.
    pub fn with_signature(mut self, signature: &[u8; SIGNATURE_BYTES]) -> LicenseKey {
        let start = self.0.len.saturating_sub(SIGNATURE_BYTES);
        if let Some(place) = self.0.bytes.get_mut(start..self.0.len) {
            place.copy_from_slice(signature);
        }
        self.0
    }
}

impl fmt::Display for LicenseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Groups to a line, where the text is laid out in lines.
        const ROW: usize = 6;
        let (groups, count) = self.groups();
        let mut index = 0_usize;
        characters::write(groups.get(..count).unwrap_or_default(), |group| {
            match index {
                0 => {}
                _ if f.alternate() && index % ROW == 0 => f.write_str("-\n")?,
                _ => f.write_str("-")?,
            }
            index = index.saturating_add(1);
            f.write_str(group)
        })
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
