//! A log with a key whose seed is published, and entries.

use keyward_issuer::SigningKey;
use keyward_ledger::audit::{Checkpoint, CheckpointKey, Frontier, LeafHash, TreeHead};

pub const ORIGIN: &str = "licenses.example.com/audit";

pub fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

pub fn key_of(origin: &str, seed: u8) -> CheckpointKey {
    CheckpointKey::new(origin.parse().unwrap(), signing_key(seed).verifying_key().clone())
}

/// The key of the log.
pub fn key() -> CheckpointKey {
    key_of(ORIGIN, 1)
}

pub fn head(entries: &[impl AsRef<[u8]>]) -> TreeHead {
    entries.iter().map(|entry| LeafHash::of(entry.as_ref())).collect::<Frontier>().head()
}

pub fn checkpoint(head: TreeHead) -> Checkpoint {
    Checkpoint { origin: ORIGIN.parse().unwrap(), head }
}

pub fn signed(head: TreeHead) -> String {
    checkpoint(head).sign(&signing_key(1), &key()).unwrap()
}
