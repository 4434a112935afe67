use anyhow::Result;
use ed25519_dalek::{SigningKey, VerifyingKey};

use crate::order::Order;

/// One way to carry the claims, under a signature, in a text.
pub trait Peer {
    fn about(&self) -> About;

    /// Claims to text.
    fn issue(&self, order: &Order) -> Result<String>;

    /// Text to a decision, with every check on product and dates that the library makes by itself or when it is asked.
    fn verify(&self, text: &str) -> Result<Use>;

    /// Whether the text names the key that signed it.
    fn key_id(&self) -> KeyId;

    /// The secret key, so that unusual signatures can be made with it.
    fn seed(&self) -> [u8; 32] {
        SEED
    }

    /// What is signed in a text, and by which signature.
    fn signed(&self, text: &str) -> Result<Signed>;

    /// The text with another signature in the same place.
    fn with_signature(&self, text: &str, signature: &[u8; 64]) -> Result<String> {
        crate::encoding::replace_signature(text, &self.signed(text)?.signature, signature)
    }

    /// The one text of what was verified, if the library gives it back.
    fn canonical(&self, _text: &str) -> Option<String> {
        None
    }
}

/// What a row of the tables says beside the measurements.
pub struct About {
    pub name: &'static str,
    /// The crate, whose version is taken from the lock file.
    pub package: Option<&'static str>,
    /// What was done to measure it, in one sentence.
    pub how: &'static str,
    /// What it has that Keyward has not.
    pub has: &'static str,
    pub ours: bool,
}

/// What a verified text allows now.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    InForce,
    InGrace,
}

pub struct Signed {
    pub message: Vec<u8>,
    pub signature: [u8; 64],
}

/// Whether the text names the key that signed it, and who chooses by that.
#[derive(Clone, Copy)]
pub enum KeyId {
    /// A text that names a key which is not held is refused for this reason: found by trying.
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
