//! Leases end by themselves.

use super::slots::{end_passed, license_id, passed};
use crate::change::By;
use crate::error::LedgerError;
use crate::ledger::{Ledger, retried};
use crate::licenses::LicenseChange;

impl Ledger {
    /// Ends the leases that ran out, and frees the slots of released machines whose locked key has ended, of at most 100
    /// licenses. The result is the number of licenses: call it again until it is 0.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn end_leases(&self, by: &By) -> Result<usize, LedgerError> {
        let (sql, values) = passed(by, 100);
        let licenses: Vec<(Vec<u8>,)> = self.database.all(sql, values).await?;
        for (license,) in &licenses {
            let id = license_id(license.clone())?;
            retried!(async {
                let mut on = LicenseChange::any_state(self, id).await?;
                let activations = on.activations().await?;
                end_passed(&mut on, activations, by).await?;
                on.change.commit_entries().await
            })?;
        }
        Ok(licenses.len())
    }
}
