//! Signs the files that cross an air gap: license files, trust bundles, revocation lists, statements of the time.
//!
//! ```
//! use keyward_issuer::files::SignableFile;
//! use keyward_issuer::{Day, Edition, Issuer, Product, SigningKey, claims};
//! use keyward_verifier::files::{LicenseFile, Trust};
//!
//! let issuer = Issuer::with_key(SigningKey::generate()?);
//! let day = Day::from_ymd(2026, 1, 1)?;
//! let claims = claims()?.product(Product(3)).edition(Edition(2)).unlimited_seats().valid_from(day).perpetual().build()?;
//!
//! let mut contents = LicenseFile::new("2026-01-01T09:00:00Z".parse()?, vec![issuer.sign(&claims)?]);
//! contents.note = Some("Thank you.".to_owned());
//! let mut file = SignableFile::new(&contents)?;
//! file.sign(&issuer)?;
//!
//! let text = file.to_string();
//! let trusted = [issuer.verifying_key().clone()];
//! let opened = Trust::Keys(&trusted).license_file(text.as_bytes())?;
//! assert_eq!(*opened, contents);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Several people can sign one file, one after the other and on different machines: each reads it with
//! [`SignableFile::read`], signs it, and passes it on.

mod allow_list;
mod newest_copy;
mod signed_numbers;

use std::fmt;

use base64ct::{Base64, Encoding};
use ed25519_dalek::Signature;
use ed25519_dalek::ed25519::signature::Signer;
use keyward_catalog::Catalog;
use keyward_verifier::files::{
    ContentsDigest, Envelope, EnvelopeSignature, FileError, FileKind, Payload, PayloadError, ProductNames, PublicNames,
};
use serde_json::Value;

pub use self::allow_list::{allow_list, has_signed};
pub use self::signed_numbers::{NumbersError, SignedNumbers};
use crate::{Issuer, SignError, TrustedKey};

/// A file to sign, with the signatures that it has.
#[derive(Debug)]
pub struct SignableFile {
    kind: FileKind,
    envelope: Envelope,
    signatures: Vec<EnvelopeSignature>,
}

impl SignableFile {
    /// A file with these contents and no signatures.
    ///
    /// # Errors
    ///
    /// Contents that readers would refuse, and texts that are blank or have invisible characters.
    pub fn new<T: Payload>(contents: &T) -> Result<SignableFile, FileError> {
        let kind = T::KIND;
        let payload = contents
            .check_new()
            .and_then(|()| contents.to_bytes())
            .map_err(|error| FileError::Payload { kind, error })?;
        let text = unsigned_json(kind, &payload);
        SignableFile::of_kind(text.as_bytes(), kind)
    }

    /// A file that others may have signed. Its signatures are not checked: read its contents before you sign it.
    ///
    /// # Errors
    ///
    /// [`FileError::Malformed`] and [`FileError::TooLarge`].
    pub fn read(bytes: &[u8], expected: FileKind) -> Result<SignableFile, FileError> {
        SignableFile::of_kind(bytes, Envelope::kind_of(bytes).unwrap_or(expected))
    }

    fn of_kind(bytes: &[u8], kind: FileKind) -> Result<SignableFile, FileError> {
        let envelope = Envelope::parse(bytes, kind)?;
        let signatures = envelope.signatures().to_vec();
        Ok(SignableFile { kind, envelope, signatures })
    }

    /// The kind of the file.
    pub const fn kind(&self) -> FileKind {
        self.kind
    }

    /// The contents, whose signatures are not checked.
    ///
    /// # Errors
    ///
    /// [`FileError::WrongKind`], and contents that readers would refuse.
    pub fn unverified_contents<T: Payload>(&self) -> Result<T, FileError> {
        if T::KIND != self.kind {
            let found = self.kind.payload_type().to_owned();
            return Err(FileError::WrongKind { expected: T::KIND, found });
        }
        T::from_bytes(self.envelope.unverified_payload())
            .map_err(|error: PayloadError| FileError::Payload { kind: self.kind, error })
    }

    /// The bytes of the contents, whose signatures are not checked.
    pub fn unverified_payload(&self) -> &[u8] {
        self.envelope.unverified_payload()
    }

    /// The digest of the contents. It does not depend on the signatures.
    pub fn digest(&self) -> ContentsDigest {
        self.envelope.digest()
    }

    /// The place of a value in the file that is not in these contents, which were read from it; `None` if there is no such
    /// value.
    ///
    /// Readers skip unknown values, so a later version may have written more. A signature covers these values too, and
    /// writing the contents again loses them. The place is a JSON pointer such as `/keys/0/may_sign`.
    ///
    /// # Errors
    ///
    /// Contents that readers would refuse.
    pub fn unknown_part<T: Payload>(&self, contents: &T) -> Result<Option<String>, PayloadError> {
        let (says, written) = (self.unverified_payload(), contents.to_bytes()?);
        if says == written {
            return Ok(None);
        }
        let json = |bytes| serde_json::from_slice::<Value>(bytes).ok();
        Ok(match json(says).zip(json(&written)) {
            Some((says, written)) => first_difference(&says, &written, String::new()),
            // A revocation list is not JSON.
            None => Some("one of its sections".to_owned()),
        })
    }

    /// The signatures, which are not checked.
    pub fn signatures(&self) -> &[EnvelopeSignature] {
        &self.signatures
    }

    /// The keys that signed the file. Each signature is checked with the key that it names. The key may be untrusted.
    ///
    /// # Errors
    ///
    /// [`FileError::BadSignature`], and [`FileError::Malformed`] if a signature names an invalid key.
    pub fn signers(&self) -> Result<Vec<TrustedKey>, FileError> {
        let signer = |EnvelopeSignature { public_key, signature }: &EnvelopeSignature| {
            let key = TrustedKey::from_bytes(public_key).map_err(|error| FileError::Malformed {
                expected: self.kind,
                why: format!("a signature names an invalid key: {error}"),
            })?;
            if !key.verifies(self.envelope.signed_bytes(), signature) {
                return Err(FileError::BadSignature { kind: self.kind, key_id: key.id() });
            }
            Ok(key)
        };
        self.signatures.iter().map(signer).collect()
    }

    /// Signs the file. An earlier signature of the same key is replaced.
    ///
    /// # Errors
    ///
    /// A signer that fails or returns a wrong signature; a file that would be too large for its readers. Then the file is
    /// unchanged.
    pub fn sign<S: Signer<Signature>>(&mut self, issuer: &Issuer<S>) -> Result<(), SignError> {
        let signature = issuer.signature(self.envelope.signed_bytes())?;
        let public_key = issuer.verifying_key().to_bytes();
        let others = self.signatures.iter().filter(|signature| signature.public_key != public_key).cloned();
        let signatures: Vec<_> = others.chain([EnvelopeSignature { public_key, signature }]).collect();
        let mut length = Length(0);
        let counted = write_json(self.kind, self.envelope.unverified_payload(), &signatures, &mut length);
        if counted.is_err() || length.0 > self.kind.max_bytes() || signatures.len() > Envelope::MAX_SIGNATURES {
            return Err(SignError::FileTooLarge { kind: self.kind });
        }
        self.signatures = signatures;
        Ok(())
    }
}

/// The envelope in JSON, on one line.
impl fmt::Display for SignableFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_json(self.kind, self.envelope.unverified_payload(), &self.signatures, f)
    }
}

/// The place where two values of JSON differ. White space and the order of fields don't count.
fn first_difference(says: &Value, written: &Value, place: String) -> Option<String> {
    match (says, written) {
        _ if says == written => None,
        (Value::Object(says), Value::Object(written)) => {
            let in_field = |(name, value): (&String, &Value)| {
                let place = format!("{place}/{}", field_name(name));
                written.get(name).map_or(Some(place.clone()), |written| first_difference(value, written, place))
            };
            says.iter().find_map(in_field).or(Some(place))
        }
        (Value::Array(says), Value::Array(written)) if says.len() == written.len() => {
            let mut pairs = says.iter().zip(written).enumerate();
            pairs.find_map(|(at, (says, written))| first_difference(says, written, format!("{place}/{at}")))
        }
        _ => Some(place),
    }
}

/// The name, if it looks like a name of a field: it might be a license key.
fn field_name(name: &str) -> &str {
    let is_name = name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name { name } else { "…" }
}

fn unsigned_json(kind: FileKind, payload: &[u8]) -> String {
    let mut text = String::new();
    let written = write_json(kind, payload, &[], &mut text);
    debug_assert!(written.is_ok(), "a string takes any text");
    text
}

fn write_json(
    kind: FileKind,
    payload: &[u8],
    signatures: &[EnvelopeSignature],
    to: &mut impl fmt::Write,
) -> fmt::Result {
    /// Of three bytes, base64 makes four characters, without padding before the last.
    const PART: usize = 3 << 10;
    // JSON escapes no character of hex, base64 or a payload type.
    write!(to, r#"{{"payloadType":"{}","payload":""#, kind.payload_type())?;
    for part in payload.chunks(PART) {
        to.write_str(&Base64::encode_string(part))?;
    }
    to.write_str(r#"","signatures":["#)?;
    for (number, EnvelopeSignature { public_key, signature }) in signatures.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        let (key, signature) = (hex::encode(public_key), Base64::encode_string(signature));
        write!(to, r#"{comma}{{"keyid":"{key}","sig":"{signature}"}}"#)?;
    }
    to.write_str("]}\n")
}

/// Counts the bytes that are written to it.
struct Length(usize);

impl fmt::Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.checked_add(text.len()).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// The names of the catalogue that customers may see: those of all numbers, without offers and policy.
pub fn public_names(catalog: &Catalog) -> PublicNames {
    let product = |product: &keyward_catalog::ProductEntry| {
        let names = ProductNames {
            name: product.name.clone(),
            editions: product.editions.iter().map(|entry| (entry.number.0, entry.name.clone())).collect(),
            features: product.features.iter().map(|entry| (entry.bit.bit(), entry.name.clone())).collect(),
            limits: product.limits.iter().map(|entry| (entry.id, entry.name.clone())).collect(),
        };
        (product.number.0, names)
    };
    PublicNames { products: catalog.products().iter().map(product).collect() }
}
