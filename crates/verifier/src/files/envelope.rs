use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use base64ct::{Base64, Encoding};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::TrustedKey;
use crate::files::wire::Object;
use crate::files::{ContentsDigest, FileError, FileKind, PemKey, arrival, wire};

/// A file as received: only the parts that are needed to check its signatures were read.
pub struct Envelope {
    kind: FileKind,
    /// The preface, then the payload.
    signed_bytes: Vec<u8>,
    payload_at: usize,
    signatures: Vec<EnvelopeSignature>,
}

/// A signature, and the key that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnvelopeSignature {
    /// All 32 bytes of the key.
    pub public_key: [u8; 32],
    /// The signature.
    pub signature: [u8; 64],
}

/// The bytes that are signed before a payload: `DSSEv1`, the type with its length and the payload's length, separated by
/// spaces (DSSE 1.0.2, protocol, "PAE"). With this preface, a signature for one kind of file does not verify for another
/// kind, or for a license key.
fn preface(kind: FileKind, payload_bytes: usize) -> Vec<u8> {
    let payload_type = kind.payload_type();
    format!("DSSEv1 {} {payload_type} {payload_bytes} ", payload_type.len()).into_bytes()
}

impl Envelope {
    /// The largest number of signatures: more than any real file has.
    pub const MAX_SIGNATURES: usize = 32;

    /// Reads an envelope of that kind. Nothing is verified, and the payload is not parsed.
    ///
    /// The file may have a byte order mark, be UTF-16, or have inserted line breaks: its contents are the same.
    ///
    /// # Errors
    ///
    /// [`FileError::TooLarge`], before anything is allocated, [`FileError::Malformed`], [`FileError::WrongKind`] and
    /// [`FileError::Key`].
    pub fn parse(bytes: &[u8], kind: FileKind) -> Result<Envelope, FileError> {
        if bytes.len() > kind.max_bytes() {
            return Err(FileError::TooLarge { kind, bytes: bytes.len() });
        }
        if let Some(found) = PemKey::in_file(bytes) {
            return Err(FileError::Key { expected: kind, found });
        }
        let text =
            arrival::text_of(bytes).map_err(|why| FileError::Malformed { expected: kind, why: why.to_string() })?;
        match Envelope::of_text(&text, kind) {
            Err(error @ FileError::Malformed { .. }) => match arrival::without_line_breaks(&text) {
                Some(text) => Envelope::of_text(&text, kind).map_err(|_| error),
                None => Err(error),
            },
            envelope_or_error => envelope_or_error,
        }
    }

    fn of_text(text: &str, kind: FileKind) -> Result<Envelope, FileError> {
        let malformed = |why: String| FileError::Malformed { expected: kind, why };
        let Object::<Json<'_>>(json) =
            serde_json::from_str(text).map_err(|error| malformed(wire::without_values(&error)))?;
        if json.payload_type != kind.payload_type() {
            let found = json.payload_type.chars().take(100).collect();
            return Err(FileError::WrongKind { expected: kind, found });
        }
        // Decoded in place, so that a long list is in memory only once.
        let payload_bytes = decoded_len(json.payload);
        let mut signed_bytes = preface(kind, payload_bytes);
        let payload_at = signed_bytes.len();
        signed_bytes.resize(payload_at.saturating_add(payload_bytes), 0);
        let place = signed_bytes.get_mut(payload_at..).unwrap_or_default();
        match Base64::decode(json.payload, place) {
            Ok(decoded) if decoded.len() == payload_bytes => {}
            _ => return Err(malformed("the payload is not base64".to_string())),
        }
        Ok(Envelope { kind, signed_bytes, payload_at, signatures: json.signatures.0 })
    }

    /// The kind that a file claims to be; `None` if it is not a signed file. The file is not verified.
    pub fn kind_of(bytes: &[u8]) -> Option<FileKind> {
        #[derive(Deserialize)]
        struct OnlyType<'a> {
            #[serde(rename = "payloadType")]
            payload_type: &'a str,
        }
        let largest = FileKind::ALL.into_iter().map(FileKind::max_bytes).max().unwrap_or_default();
        let bytes = Some(bytes).filter(|bytes| bytes.len() <= largest)?;
        let kind_of = |text: &str| {
            let Object(OnlyType { payload_type }) = serde_json::from_str(text).ok()?;
            FileKind::of_payload_type(payload_type)
        };
        let text = arrival::text_of(bytes).ok()?;
        kind_of(&text).or_else(|| kind_of(&arrival::without_line_breaks(&text)?))
    }

    /// The signatures, which are not checked.
    pub fn signatures(&self) -> &[EnvelopeSignature] {
        &self.signatures
    }

    /// The payload, whose signatures are not checked: to sign it, or to show it as not verified.
    pub fn unverified_payload(&self) -> &[u8] {
        self.signed_bytes.get(self.payload_at..).unwrap_or_default()
    }

    /// The bytes that are signed.
    pub fn signed_bytes(&self) -> &[u8] {
        &self.signed_bytes
    }

    /// The digest of the contents, whether or not they are signed.
    pub fn digest(&self) -> ContentsDigest {
        ContentsDigest::of(&self.signed_bytes)
    }

    /// The keys among these that signed, each of them once.
    ///
    /// A signature that names one of them has to verify. Signatures that name other keys are ignored: they may be for other
    /// readers.
    pub(super) fn signers<'k>(&self, keys: &'k [TrustedKey]) -> Result<Vec<&'k TrustedKey>, FileError> {
        let mut signers: Vec<&TrustedKey> = Vec::new();
        for (before, repeated) in self.signatures.iter().enumerate() {
            let EnvelopeSignature { public_key, signature } = repeated;
            // The same signature again says nothing new, and a long file takes long to verify.
            if self.signatures.iter().take(before).any(|earlier| earlier == repeated) {
                continue;
            }
            let Some(key) = keys.iter().find(|key| key.to_bytes() == *public_key) else { continue };
            if !key.verifies(&self.signed_bytes, signature) {
                return Err(FileError::BadSignature { kind: self.kind, key_id: key.id() });
            }
            if !signers.contains(&key) {
                signers.push(key);
            }
        }
        Ok(signers)
    }
}

/// Shows the sizes, and no contents.
impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("kind", &self.kind)
            .field("payload_bytes", &self.unverified_payload().len())
            .field("signatures", &self.signatures.len())
            .finish_non_exhaustive()
    }
}

/// The number of bytes that a text in padded base64 encodes, provided that it is base64.
fn decoded_len(base64: &str) -> usize {
    let padding = base64.bytes().rev().take(2).take_while(|byte| *byte == b'=').count();
    (base64.len() / 4).saturating_mul(3).saturating_sub(padding)
}

/// Strings are borrowed, so escapes are refused and a string has one spelling.
#[derive(Deserialize)]
struct Json<'a> {
    #[serde(rename = "payloadType")]
    payload_type: &'a str,
    payload: &'a str,
    signatures: Signatures,
}

struct Signatures(Vec<EnvelopeSignature>);

impl<'de> Deserialize<'de> for Signatures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Signatures, D::Error> {
        deserializer.deserialize_seq(Bounded)
    }
}

struct Bounded;

impl<'de> Visitor<'de> for Bounded {
    type Value = Signatures;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {} signatures", Envelope::MAX_SIGNATURES)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Signatures, A::Error> {
        let mut signatures = Vec::new();
        while let Some(Object(signature)) = sequence.next_element::<Object<JsonSignature<'_>>>()? {
            if signatures.len() == Envelope::MAX_SIGNATURES {
                return Err(A::Error::custom(format!("it has more than {} signatures", Envelope::MAX_SIGNATURES)));
            }
            signatures.push(signature.decoded().ok_or_else(|| {
                A::Error::custom("a signature has 64 hex digits in lower case for its key, and 64 bytes in base64")
            })?);
        }
        Ok(Signatures(signatures))
    }
}

#[derive(Deserialize)]
struct JsonSignature<'a> {
    #[serde(rename = "keyid")]
    key_id: &'a str,
    sig: &'a str,
}

impl JsonSignature<'_> {
    fn decoded(&self) -> Option<EnvelopeSignature> {
        let (mut public_key, mut signature) = ([0; 32], [0; 64]);
        hex::decode_to_slice(self.key_id, &mut public_key).ok()?;
        let decoded = Base64::decode(self.sig, &mut signature).ok()?;
        let is_canonical = decoded.len() == 64 && !self.key_id.bytes().any(|byte| byte.is_ascii_uppercase());
        is_canonical.then_some(EnvelopeSignature { public_key, signature })
    }
}
