#[cfg(feature = "prepared")]
use alloc::sync::Arc;
use core::fmt;

use curve25519_dalek::{EdwardsPoint, Scalar};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use keyward_core::KeyId;
use sha2::{Digest, Sha512};

use crate::base64;
#[cfg(feature = "prepared")]
use crate::prepared::{Multiples, Prepared};

/// A vendor's public key that a product trusts, checked when it is loaded: canonically encoded, not of small order, and
/// in the prime-order subgroup, so that every verifier gives the same result for a signature.
///
/// ```
/// use keyward_verifier::TrustedKey;
///
/// let key = TrustedKey::from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")?;
/// assert_eq!(key.id().to_string(), "ed4242ead4ac6948");
/// # Ok::<(), keyward_verifier::TrustedKeyError>(())
/// ```
#[derive(Clone)]
pub struct TrustedKey {
    key: VerifyingKey,
    id: KeyId,
    #[cfg(feature = "prepared")]
    prepared: Option<Prepared>,
}

/// The bytes before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410, section 4): always these, as DER has
/// one encoding for everything.
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00];
const SPKI_BYTES: usize = SPKI_PREFIX.len() + KEY_BYTES;
const KEY_BYTES: usize = 32;

const _: () = assert!(SPKI_BYTES == base64::BYTES);

/// The beginning of a block of PEM with any contents.
const PEM_BEGIN: &[u8] = b"-----BEGIN ";

impl TrustedKey {
    /// The key with these 32 bytes (RFC 8032, section 5.1.5).
    ///
    /// # Errors
    ///
    /// Bytes that are no point of the curve, not the canonical encoding of one, of small order or outside the prime-order
    /// subgroup.
    pub fn from_bytes(bytes: &[u8; KEY_BYTES]) -> Result<TrustedKey, TrustedKeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| TrustedKeyError::NotAPoint)?;
        let point = key.to_edwards();
        if point.compress().to_bytes() != *bytes {
            return Err(TrustedKeyError::NotCanonical);
        }
        if key.is_weak() {
            return Err(TrustedKeyError::SmallOrder);
        }
        if !is_torsion_free(&point) {
            return Err(TrustedKeyError::MixedOrder);
        }
        Ok(TrustedKey::checked(key))
    }

    /// The public key of a signing key, for the issuer.
    ///
    /// It passes every check of [`TrustedKey::from_bytes`]: it is the base point times a scalar that is no multiple of the
    /// group's order (RFC 8032, section 5.1.5).
    pub fn of_signing_key(key: &SigningKey) -> TrustedKey {
        debug_assert!(TrustedKey::from_bytes(&key.verifying_key().to_bytes()).is_ok(), "a public key of prime order");
        TrustedKey::checked(key.verifying_key())
    }

    fn checked(key: VerifyingKey) -> TrustedKey {
        TrustedKey {
            id: TrustedKey::id_of(key.as_bytes()),
            key,
            #[cfg(feature = "prepared")]
            prepared: None,
        }
    }

    /// The id of the key with these 32 bytes, whether or not it can be trusted.
    pub(crate) fn id_of(bytes: &[u8; KEY_BYTES]) -> KeyId {
        let [b0, b1, b2, b3, b4, b5, b6, b7, ..]: [u8; 64] = Sha512::digest(bytes).into();
        KeyId::from_bytes([b0, b1, b2, b3, b4, b5, b6, b7])
    }

    /// The key with these 64 hex digits.
    ///
    /// # Errors
    ///
    /// [`TrustedKeyError::NotHex`], and as [`TrustedKey::from_bytes`].
    pub fn from_hex(digits: &str) -> Result<TrustedKey, TrustedKeyError> {
        let mut bytes = [0; KEY_BYTES];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| TrustedKeyError::NotHex)?;
        TrustedKey::from_bytes(&bytes)
    }

    /// The key in a DER SubjectPublicKeyInfo (RFC 8410), 44 bytes.
    ///
    /// # Errors
    ///
    /// [`TrustedKeyError::NotAnEd25519Key`], and as [`TrustedKey::from_bytes`].
    pub fn from_der(der: &[u8]) -> Result<TrustedKey, TrustedKeyError> {
        match der.split_first_chunk() {
            Some((&SPKI_PREFIX, key)) => {
                TrustedKey::from_bytes(key.try_into().map_err(|_| TrustedKeyError::NotAnEd25519Key)?)
            }
            _ => Err(TrustedKeyError::NotAnEd25519Key),
        }
    }

    /// The key in a PEM file (RFC 7468) with one block `PUBLIC KEY`, as `openssl pkey -pubout` writes it. Text around the
    /// block and any line breaks in it are ignored.
    ///
    /// # Errors
    ///
    /// [`TrustedKeyError::NotPem`], [`TrustedKeyError::SecretKey`] for a signing key's file, and as
    /// [`TrustedKey::from_der`].
    pub fn from_pem(pem: &str) -> Result<TrustedKey, TrustedKeyError> {
        let pem = pem.as_bytes();
        if split_once(pem, b"PRIVATE KEY-----").is_some() {
            return Err(TrustedKeyError::SecretKey);
        }
        let (before, rest) = split_once(pem, b"-----BEGIN PUBLIC KEY-----").ok_or(TrustedKeyError::NotPem)?;
        let (body, after) = split_once(rest, b"-----END PUBLIC KEY-----").ok_or(TrustedKeyError::NotPem)?;
        if [before, after].iter().any(|text| split_once(text, PEM_BEGIN).is_some()) {
            return Err(TrustedKeyError::SeveralKeys);
        }
        let mut base64 = [0; base64::CHARACTERS];
        let mut places = base64.iter_mut();
        for byte in body.iter().filter(|byte| !byte.is_ascii_whitespace()) {
            *places.next().ok_or(TrustedKeyError::NotAnEd25519Key)? = *byte;
        }
        if places.next().is_some() {
            return Err(TrustedKeyError::NotAnEd25519Key);
        }
        TrustedKey::from_der(&base64::decode(&base64).ok_or(TrustedKeyError::NotPem)?)
    }

    /// The key in a file of any of these forms: PEM, hex digits (with white space around them), DER, 32 raw bytes.
    ///
    /// # Errors
    ///
    /// The errors of the form that the file has; [`TrustedKeyError::NotAKey`] if it has none of these forms.
    pub fn from_file_contents(contents: &[u8]) -> Result<TrustedKey, TrustedKeyError> {
        // Raw bytes that all look like text are text: only one key in 10^14 looks like text.
        if let (Ok(bytes), false) = (contents.try_into(), contents.is_ascii()) {
            return TrustedKey::from_bytes(bytes);
        }
        if contents.starts_with(&[0x30]) && contents.len() == SPKI_BYTES {
            return TrustedKey::from_der(contents);
        }
        let text = core::str::from_utf8(contents).map_err(|_| TrustedKeyError::NotAKey)?;
        if split_once(contents, PEM_BEGIN).is_some() {
            return TrustedKey::from_pem(text);
        }
        match TrustedKey::from_hex(text.trim_start_matches('\u{FEFF}').trim()) {
            Err(TrustedKeyError::NotHex) => Err(TrustedKeyError::NotAKey),
            key_or_error => key_or_error,
        }
    }

    /// The 32 bytes of the key. Decisions compare all of them.
    pub fn to_bytes(&self) -> [u8; KEY_BYTES] {
        self.key.to_bytes()
    }

    /// The short name for people, and the source of the hint that a license key carries.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whether the signature over the message is this key's: RFC 8032 without cofactor, R not of small order, s < L.
    ///
    /// The product's own messages must begin with a label, so that none can be taken for a license key.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        is_below_the_group_order(signature) && self.equation_holds(message, signature)
    }

    fn equation_holds(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        #[cfg(feature = "prepared")]
        if let Some(prepared) = &self.prepared {
            return prepared.verifies(&self.key, message, signature);
        }
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }

    /// Computes the tables of [`prepare`](crate::prepare).
    #[cfg(feature = "prepared")]
    pub(crate) fn prepare_with(&mut self, base: &Arc<Multiples>) {
        self.prepared = Some(Prepared::new(&self.key, base));
    }
}

/// Whether the point is in the prime-order subgroup: L times it, as (L − 1) times and once more, since L is no scalar.
/// dalek's own test does the same in constant time, which public keys don't need, with code that nothing else uses.
#[allow(clippy::arithmetic_side_effects, reason = "on the curve and modulo L, where nothing overflows")]
fn is_torsion_free(point: &EdwardsPoint) -> bool {
    let order_less_one = Scalar::ZERO - Scalar::ONE;
    let times = EdwardsPoint::vartime_double_scalar_mul_basepoint(&order_less_one, point, &Scalar::ZERO);
    times == -point
}

/// The text before and after the first `label`. The compiled search of the standard library is several times larger.
fn split_once<'t>(text: &'t [u8], label: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let start = text.windows(label.len()).position(|window| window == label)?;
    let (before, rest) = text.split_at_checked(start)?;
    Some((before, rest.strip_prefix(label)?))
}

/// L = 2^252 + 27742317777372353535851937790883648493 (RFC 8032, section 5.1), little-endian.
const ORDER: [u8; 32] = [
    0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Whether s, the signature's second half, is less than L. dalek checks it too, unless some other dependency has turned
/// on `legacy_compatibility`: then s and s + L would both pass, and one license would have two keys.
fn is_below_the_group_order(signature: &[u8; 64]) -> bool {
    let (_, s) = signature.split_at(KEY_BYTES);
    s.iter().rev().lt(ORDER.iter().rev())
}

/// Equality is that of the keys, prepared or not.
impl PartialEq for TrustedKey {
    fn eq(&self, other: &TrustedKey) -> bool {
        self.key == other.key
    }
}

impl Eq for TrustedKey {}

impl fmt::Debug for TrustedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustedKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The reason why a key can't be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustedKeyError {
    /// Not 64 hex digits.
    #[error("a public key in hex has 64 digits")]
    NotHex,
    /// Not a PEM file with a public key.
    #[error("this is not a PEM file with a block PUBLIC KEY")]
    NotPem,
    /// A file with a secret key in it.
    #[error("this file contains a secret key: give the product the public key, and keep this file away from it")]
    SecretKey,
    /// More than one block: the intended key is not known.
    #[error("this file holds more than one key: give each a file of its own")]
    SeveralKeys,
    /// None of the forms that a key's file has.
    #[error("this is not a public key: expected PEM, 64 hex digits, DER, or 32 raw bytes; save a text as UTF-8")]
    NotAKey,
    /// A public key of another algorithm.
    #[error("this is not an Ed25519 public key")]
    NotAnEd25519Key,
    /// No point of the curve.
    #[error("this is not a point of the curve: the key is damaged")]
    NotAPoint,
    /// An encoding of a point that is not the canonical one.
    #[error("the key is not canonically encoded: it was made to be ambiguous")]
    NotCanonical,
    /// A point of small order, for which anyone can make signatures.
    #[error("the key is of small order: anyone can sign for it")]
    SmallOrder,
    /// A point outside the prime-order subgroup.
    #[error("the key is outside the prime-order subgroup: it was made to be ambiguous")]
    MixedOrder,
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    #[cfg(feature = "prepared")]
    use curve25519_dalek::constants::ED25519_BASEPOINT_COMPRESSED;

    use super::*;

    #[test]
    fn only_an_s_below_the_order_is_taken() {
        let signature = |s: [u8; 32]| {
            let mut signature = [0xFF; 64];
            signature[32..].copy_from_slice(&s);
            signature
        };
        let changed = |index: usize, value: u8| {
            let mut s = ORDER;
            s[index] = value;
            signature(s)
        };
        assert!(is_below_the_group_order(&signature([0; 32])));
        assert!(is_below_the_group_order(&changed(0, 0xEC)), "L − 1");
        assert!(!is_below_the_group_order(&signature(ORDER)), "L");
        assert!(!is_below_the_group_order(&changed(0, 0xEE)), "L + 1");
        assert!(is_below_the_group_order(&changed(31, 0x0F)));
        assert!(!is_below_the_group_order(&changed(31, 0x11)));
        assert!(!is_below_the_group_order(&changed(20, 0x01)));
    }

    /// Without this test, `prepare` could do nothing: all other tests of prepared keys would pass.
    #[cfg(feature = "prepared")]
    #[test]
    fn a_prepared_key_has_its_tables() {
        let mut keys =
            [TrustedKey::from_bytes(ED25519_BASEPOINT_COMPRESSED.as_bytes()).expect("a point of prime order")];
        assert!(keys[0].prepared.is_none());
        crate::prepare(&mut keys);
        assert!(keys[0].prepared.is_some());
    }
}
