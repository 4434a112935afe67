//! The public key with which the checkpoints of one log are verified.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64, Encoding};
use keyward_verifier::{TrustedKey, TrustedKeyError};
use sha2::{Digest, Sha256};

use super::note::KeyId;
use super::origin::{Origin, OriginError};

/// The type of Ed25519 keys in signed notes.
const ED25519: u8 = 0x01;

/// The public key that verifies the checkpoints of one audit log, with the name of the log. It is no key of licenses: give it to
/// auditors, and to no product.
///
/// Its text is a *verifier key* of <https://c2sp.org/signed-note>: the name, the id of the key in hex, and the key in base64.
///
/// ```
/// use keyward_ledger::audit::CheckpointKey;
///
/// let text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
/// let key: CheckpointKey = text.parse()?;
/// assert_eq!(key.origin().as_str(), "example.com/foo");
/// assert_eq!(key.to_string(), text);
/// # Ok::<(), keyward_ledger::audit::CheckpointKeyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointKey {
    origin: Origin,
    key: TrustedKey,
    id: KeyId,
}

impl CheckpointKey {
    /// The key of the log with this name.
    pub fn new(origin: Origin, key: TrustedKey) -> CheckpointKey {
        let hash = Sha256::new()
            .chain_update(origin.as_str())
            .chain_update(b"\n")
            .chain_update([ED25519])
            .chain_update(key.to_bytes());
        let [b0, b1, b2, b3, ..]: [u8; 32] = hash.finalize().into();
        CheckpointKey { origin, key, id: [b0, b1, b2, b3] }
    }

    /// The name of the log.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The public key.
    pub const fn public_key(&self) -> &TrustedKey {
        &self.key
    }

    /// The id by which signatures name this key.
    pub(super) const fn id(&self) -> KeyId {
        self.id
    }
}

impl fmt::Display for CheckpointKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519], &self.key.to_bytes()[..]].concat();
        write!(f, "{}+{}+{}", self.origin, hex::encode(self.id), Base64::encode_string(&key))
    }
}

impl FromStr for CheckpointKey {
    type Err = CheckpointKeyError;

    fn from_str(text: &str) -> Result<CheckpointKey, CheckpointKeyError> {
        if text.starts_with("PRIVATE+KEY+") {
            return Err(CheckpointKeyError::SecretKey);
        }
        let (name, rest) = text.split_once('+').ok_or(CheckpointKeyError::Form)?;
        // The key in base64 may have a + as well.
        let (id, key) = rest.split_once('+').ok_or(CheckpointKeyError::Form)?;
        let origin = name.parse().map_err(CheckpointKeyError::Origin)?;
        let (kind, key) = match Base64::decode_vec(key).as_deref() {
            Ok([kind, key @ ..]) => (*kind, key.to_vec()),
            _ => return Err(CheckpointKeyError::Form),
        };
        if kind != ED25519 {
            return Err(CheckpointKeyError::Algorithm { kind });
        }
        let bytes = key.try_into().map_err(|_| CheckpointKeyError::Form)?;
        let key = TrustedKey::from_bytes(&bytes).map_err(CheckpointKeyError::Key)?;
        let key = CheckpointKey::new(origin, key);
        match hex::encode(key.id) == id {
            true => Ok(key),
            false => Err(CheckpointKeyError::Id),
        }
    }
}

/// The reason why a text is no key for checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointKeyError {
    /// The text has another form.
    #[error("this is no key of an audit log: expected a name, 8 hex digits, and 33 bytes in base64, joined by +")]
    Form,
    /// The text is a secret key.
    #[error("this is a secret key: give the public key of the audit log, and keep this one away from it")]
    SecretKey,
    /// The name is none that a log can have.
    #[error("the key of the audit log has a name that no log has: {0}")]
    Origin(OriginError),
    /// The key is of another algorithm.
    #[error("the key of the audit log is of type {kind}, and only Ed25519 (type 1) is known")]
    Algorithm {
        /// The type in the text.
        kind: u8,
    },
    /// The key is none that can be trusted.
    #[error("the key of the audit log can't be used: {0}")]
    Key(TrustedKeyError),
    /// The id is that of another key, or of another name.
    #[error("the id of the key does not belong to its name and its bytes: it was damaged, copy it again")]
    Id,
}
