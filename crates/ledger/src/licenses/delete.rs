//! A license that was never activated is deleted.

use keyward_verifier::files::Reason;

use super::common::{Expected, LicenseChange};
use crate::change::By;
use crate::error::LedgerError;
use crate::id::LicenseId;
use crate::issuing::unfile;
use crate::ledger::{Ledger, retried};
use crate::license::DeletedKey;
use crate::state::Action;

impl Ledger {
    /// Deletes a license that was never activated. Its serials are never used again, and keys that left go onto the next
    /// revocation list.
    ///
    /// # Errors
    ///
    /// A license that was activated, a state that does not allow it, another version than expected, and the errors of the
    /// database.
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
