//! The end of a license: revoked, with all its keys.

use keyward_verifier::files::Reason;

use super::common::{Expected, LicenseChange};
use crate::change::By;
use crate::error::LedgerError;
use crate::id::LicenseId;
use crate::ledger::{Ledger, retried};
use crate::license::{KeyStatus, License};
use crate::state::{Action, BaseState};

impl Ledger {
    /// Revokes a license, for good: all its keys go onto the next revocation list, and its activations end.
    ///
    /// # Errors
    ///
    /// A license that is revoked already, another version than expected, and the errors of the database.
    pub async fn revoke(
        &self,
        id: LicenseId,
        reason: Reason,
        notes: Option<&str>,
        expected: Expected,
        by: &By,
    ) -> Result<License, LedgerError> {
        retried!(async {
            let mut on = LicenseChange::begin(self, id, Action::Revoke, expected, by).await?;
            on.license.base_state = BaseState::Revoked;
            on.license.revoked_for = Some(reason);
            for mut key in on.keys().await? {
                if key.status != KeyStatus::Revoked {
                    (key.status, key.revoked_for) = (KeyStatus::Revoked, Some(reason));
                    on.change.update(&key).await?;
                }
            }
            for mut activation in on.activations().await? {
                if activation.released_at.is_none() {
                    activation.released_at = Some(by.millis());
                    activation.released_by = Some(by.actor.clone());
                }
                activation.counted_through = None;
                on.change.update(&activation).await?;
            }
            on.license.activations = 0;
            on.commit(by.did("license.revoked").because(notes)).await
        })
    }
}
