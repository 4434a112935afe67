//! The key of the log, and verification with it.

use keyward_issuer::SigningKey;
use keyward_ledger::Verification;
use keyward_ledger::audit::{Checkpoint, CheckpointKey};

use crate::common::{Shop, TODAY, at};

pub fn signing_key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

pub fn key() -> CheckpointKey {
    CheckpointKey::new("licenses.example.com/audit".parse().unwrap(), signing_key().verifying_key().clone())
}

/// Sequences all entries, and signs a checkpoint of them.
pub async fn checkpoint(shop: &Shop) -> Checkpoint {
    let note = shop.ledger.checkpoint(&signing_key(), &key(), &at(TODAY)).await.unwrap();
    key().open(&note).unwrap()
}

pub async fn verify(shop: &Shop, checkpoints: &[Checkpoint]) -> Verification {
    shop.ledger.verify(&[key()], checkpoints).await.unwrap()
}

/// Fails unless everything agrees.
pub async fn agrees(shop: &Shop, checkpoints: &[Checkpoint]) -> Verification {
    let report = verify(shop, checkpoints).await;
    assert!(report.agrees(), "{:#?}", report.differences.iter().map(ToString::to_string).collect::<Vec<_>>());
    report
}
