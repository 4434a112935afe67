use anyhow::Result;
use ed25519_dalek::{SigningKey, VerifyingKey};

use crate::order::Order;

/// One way to carry the claims, under a signature, in a text.
pub trait Peer {
    fn about(&self) -> About;

    /// Claims to text.
    fn issue(&self, order: &Order) -> Result<String>;

    /// Text to a decision, with every check of product and dates that the library makes by default or on request.
    fn verify(&self, text: &str) -> Result<Use>;

    /// Whether the text names the key that signed it.
    fn key_id(&self) -> KeyId;

    /// The secret key, so that unusual signatures can be made with it.
    fn seed(&self) -> [u8; 32] {
        SEED
    }

    /// The signed bytes of a text, and their signature.
    fn signed(&self, text: &str) -> Result<Signed>;

    /// The text with another signature in the same place.
    fn with_signature(&self, text: &str, signature: &[u8; 64]) -> Result<String> {
        crate::encoding::replace_signature(text, &self.signed(text)?.signature, signature)
    }

    /// The canonical text of a verified license, if the library returns it.
    fn canonical(&self, _text: &str) -> Option<String> {
        None
    }
}

/// The words in a row of the tables; the rest are measurements.
pub struct About {
    pub name: &'static str,
    /// The crate, whose version is taken from the lock file.
    pub package: Option<&'static str>,
    /// How it was measured, in one sentence.
    pub how: &'static str,
    /// Its features that Keyward lacks.
    pub has: &'static str,
    pub ours: bool,
}

/// Whether a verified text is in force or in its grace period.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    InForce,
    InGrace,
}

pub struct Signed {
    pub message: Vec<u8>,
    pub signature: [u8; 64],
}

/// Whether the text names the key that signed it, and whether the library or the application chooses the key by that name.
#[derive(Clone, Copy)]
pub enum KeyId {
    /// The library refuses a text that names an unknown key, for this reason: found by experiment.
    LibraryChooses,
    /// The format has a place for it, and the application reads it: from the documentation.
    ApplicationChooses,
    /// The format has no place for it: from the source.
    None,
}

/// All peers sign with the same key.
pub const SEED: [u8; 32] = [7; 32];

pub fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&SEED)
}

pub fn public_key() -> VerifyingKey {
    signing_key().verifying_key()
}
