//! Checkpoints (<https://c2sp.org/tlog-checkpoint>): signed statements of how long an audit log was, and of its root.

use std::fmt;

use base64ct::{Base64, Encoding};
use keyward_issuer::Signature;
use keyward_issuer::signature::Signer;

use super::checkpoint_key::CheckpointKey;
use super::note::{Note, NoteError, signature_line};
use super::origin::Origin;
use super::tree::{HASH_BYTES, RootHash, TreeHead};

/// The length and the root of an audit log at some time, with the name of the log.
///
/// A signed checkpoint that left the machine shows later that no entry before it was changed, removed or moved: see
/// [`Replay`](super::Replay) and [`ConsistencyProof`](super::ConsistencyProof).
///
/// ```
/// use keyward_issuer::SigningKey;
/// use keyward_ledger::audit::{Checkpoint, CheckpointKey, Frontier, LeafHash};
///
/// let signing_key = SigningKey::generate()?;
/// let key = CheckpointKey::new("licenses.example.com/audit".parse()?, signing_key.verifying_key().clone());
///
/// let mut frontier = Frontier::new();
/// frontier.push(LeafHash::of(b"the first entry"));
/// let checkpoint = Checkpoint { origin: key.origin().clone(), head: frontier.head() };
///
/// let note = checkpoint.sign(&signing_key, &key)?;
/// assert!(note.starts_with("licenses.example.com/audit\n1\n"));
/// assert_eq!(key.open(&note)?, checkpoint);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: Origin,
    /// The number of entries, and the root over them.
    pub head: TreeHead,
}

impl Checkpoint {
    /// Signs the checkpoint. The result is a signed note, which is verified before it is returned.
    ///
    /// # Errors
    ///
    /// A key of another log; a signer that fails or returns a wrong signature.
    pub fn sign(&self, signer: &impl Signer<Signature>, key: &CheckpointKey) -> Result<String, CheckpointSignError> {
        if self.origin != *key.origin() {
            return Err(CheckpointSignError::OtherLog { checkpoint: self.origin.clone(), key: key.origin().clone() });
        }
        let text = self.to_string();
        let signature = signer.try_sign(text.as_bytes()).map_err(|_| CheckpointSignError::Signer)?.to_bytes();
        if !key.public_key().verifies(text.as_bytes(), &signature) {
            return Err(CheckpointSignError::WrongSignature);
        }
        Ok(format!("{text}\n{}", signature_line(key.origin().as_str(), key.id(), &signature)))
    }

    /// Reads the text of a note that the key of this log has signed.
    fn parse(text: &str, origin: &Origin) -> Result<Checkpoint, CheckpointError> {
        let lines: Vec<_> = text.strip_suffix('\n').unwrap_or(text).split('\n').collect();
        if let Some(index) = lines.iter().position(|line| line.is_empty()) {
            return Err(CheckpointError::Text { line: index.saturating_add(1), expected: "no empty line" });
        }
        let [name, size, root, extensions @ ..] = &lines[..] else {
            return Err(CheckpointError::Text { line: lines.len(), expected: "the lines name, size and root" });
        };
        if *name != origin.as_str() {
            return Err(CheckpointError::WrongOrigin { expected: origin.clone(), found: (*name).to_owned() });
        }
        if !extensions.is_empty() {
            return Err(CheckpointError::NeedsNewer);
        }
        let size = decimal(size).ok_or(CheckpointError::Text {
            line: 2,
            expected: "the number of entries, in decimal digits without leading zeros",
        })?;
        let root = base64(root).ok_or(CheckpointError::Text { line: 3, expected: "32 bytes in base64" })?;
        Ok(Checkpoint { origin: origin.clone(), head: TreeHead { size, root: RootHash::from_bytes(root) } })
    }
}

fn decimal(digits: &str) -> Option<u64> {
    let is_canonical = digits == "0" || !digits.starts_with('0');
    let is_decimal = is_canonical && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_decimal.then(|| digits.parse().ok()).flatten()
}

fn base64(text: &str) -> Option<[u8; HASH_BYTES]> {
    Base64::decode_vec(text).ok()?.try_into().ok()
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = Base64::encode_string(&self.head.root.to_bytes());
        writeln!(f, "{}\n{}\n{root}", self.origin, self.head.size)
    }
}

impl CheckpointKey {
    /// Opens a checkpoint that was signed with this key, which signed it once. Signatures of other keys, such as those of
    /// witnesses, are not verified.
    ///
    /// # Errors
    ///
    /// Everything that is no such note, to the byte: at most 64 KiB and 100 signatures. Nothing in the text is read before its
    /// signature is good.
    pub fn open(&self, note: impl AsRef<[u8]>) -> Result<Checkpoint, CheckpointError> {
        let note = Note::parse(note.as_ref()).map_err(CheckpointError::NotANote)?;
        let mut signatures = note.signatures_of(self.origin().as_str(), self.id());
        let Some(signature) = signatures.next() else {
            let key = format!("{}+{}", self.origin(), hex::encode(self.id()));
            return Err(CheckpointError::UnknownKey { key });
        };
        if signatures.next().is_some() {
            return Err(CheckpointError::SignedTwice);
        }
        let signature = signature.try_into().map_err(|_| CheckpointError::BadSignature)?;
        match self.public_key().verifies(note.text.as_bytes(), signature) {
            true => Checkpoint::parse(note.text, self.origin()),
            false => Err(CheckpointError::BadSignature),
        }
    }
}

/// The reason why a note is no checkpoint of a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// It is no signed note, or was damaged.
    #[error("this is no signed checkpoint, or it was damaged on its way: {0}; copy it again")]
    NotANote(NoteError),
    /// This key has signed it more than once.
    #[error("the checkpoint has two signatures of the key of the audit log, and needs one: copy it again")]
    SignedTwice,
    /// This key has not signed it.
    #[error("the checkpoint has no signature of the key {key}: is it of another audit log, or was the key replaced?")]
    UnknownKey {
        /// The name and the id of the key.
        key: String,
    },
    /// It names this key, which did not sign it.
    #[error("the signature of the checkpoint is not that of its text: it is forged, or was damaged on its way")]
    BadSignature,
    /// It is signed, and is about another log.
    #[error("the checkpoint is one of the audit log {found:?}, and expected is {expected}: keep a key for each log")]
    WrongOrigin {
        /// The name that belongs to the key.
        expected: Origin,
        /// The name in the checkpoint.
        found: String,
    },
    /// It is signed, and has more lines than this version understands.
    #[error("the checkpoint has contents that only a later version understands")]
    NeedsNewer,
    /// It is signed, and is no checkpoint.
    #[error("the note is signed, and is no checkpoint: line {line} is not as expected ({expected})")]
    Text {
        /// The line, counted from 1.
        line: usize,
        /// The contents that a checkpoint has there.
        expected: &'static str,
    },
}

impl CheckpointError {
    /// The code of the refusal, as in `spec/AUDIT.md`.
    pub const fn code(&self) -> &'static str {
        match self {
            CheckpointError::NotANote(_) | CheckpointError::SignedTwice | CheckpointError::Text { .. } => "malformed",
            CheckpointError::UnknownKey { .. } => "unknown-key",
            CheckpointError::BadSignature => "bad-signature",
            CheckpointError::WrongOrigin { .. } => "wrong-origin",
            CheckpointError::NeedsNewer => "needs-newer",
        }
    }
}

/// The reason why a checkpoint was not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointSignError {
    /// The key belongs to another log.
    #[error("the checkpoint is one of the audit log {checkpoint}, and the key is that of {key}")]
    OtherLog {
        /// The log of the checkpoint.
        checkpoint: Origin,
        /// The log of the key.
        key: Origin,
    },
    /// The signer failed.
    #[error(
        "the signer of the audit log failed: check that the HSM or the service with the key is reachable and unlocked"
    )]
    Signer,
    /// The signer returned a signature that the key does not verify.
    #[error(
        "the signer of the audit log returned a wrong signature, which was not used: check that the public key belongs to \
         the signing key"
    )]
    WrongSignature,
}
