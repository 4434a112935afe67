//! A license that was never activated is deleted.

use keyward_core::Kind;
use keyward_verifier::files::Reason;

use super::common::{Expected, LicenseChange};
use crate::change::By;
use crate::error::LedgerError;
use crate::id::LicenseId;
use crate::issuing::unfile;
use crate::ledger::{Ledger, retried};
use crate::license::{DeletedKey, KeyRow};
use crate::state::Action;

impl Ledger {
    /// Deletes a license that was never activated. Its serials are never used again, and keys that left go onto the next
    /// revocation list. A license that later orders are decided by is not deleted once its key has left: a trial, a stopgap, or the
    /// license of an order with an id.
    ///
    /// # Errors
    ///
    /// A license that was activated, a state that does not allow it, [`LedgerError::KeyHasLeft`], another version than expected, and
    /// the errors of the database.
    pub async fn delete(
        &self,
        id: LicenseId,
        reason: Option<&str>,
        expected: Expected,
        by: &By,
    ) -> Result<(), LedgerError> {
        retried!(async {
            let mut on = LicenseChange::begin(self, id, Action::Delete, expected, by).await?;
            let keys = on.keys().await?;
            if is_needed(&keys)? {
                return Err(LedgerError::KeyHasLeft { id });
            }
            unfile(&mut on.change, &keys, on.license.customer).await?;
            for key in keys {
                let left = key.delivered_at.map(|_| Reason::IssuedWrongly);
                let deleted = DeletedKey {
                    serial: key.serial,
                    digest: key.digest,
                    signing_key: key.signing_key,
                    revoked_for: key.revoked_for.or(left),
                    deleted_at: by.millis(),
                };
                on.change.insert(&deleted).await?;
                on.change.delete(&key).await?;
            }
            on.change.delete(&on.license).await?;
            on.change.commit(by.did("license.deleted").to(id).because(reason)).await
        })
    }
}

/// Whether later orders are decided by keys that left: the customer would have another trial, or the same order would make another
/// license, while the first key works without a network.
fn is_needed(keys: &[KeyRow]) -> Result<bool, LedgerError> {
    for key in keys.iter().filter(|key| key.delivered_at.is_some()) {
        let record = key.record(None)?;
        if record.claims().kind() != Kind::Standard || record.details().order.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
