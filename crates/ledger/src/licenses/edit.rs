//! What changes in place, at once, without a new key.

use keyward_core::Quantity;

use super::common::{Expected, LicenseChange};
use crate::change::By;
use crate::error::LedgerError;
use crate::id::LicenseId;
use crate::ledger::{Ledger, retried};
use crate::license::License;
use crate::metadata::Metadata;
use crate::state::Action;

/// Values to change; `None` keeps a value, and `Some(None)` removes it.
#[derive(Clone, Default, PartialEq)]
pub struct Edit {
    /// The number of machines.
    pub activation_limit: Option<Quantity>,
    /// The days after which an activation that was not validated ends.
    pub lease_days: Option<Option<u16>>,
    /// Values for the vendor's own use.
    pub metadata: Option<Option<Metadata>>,
    /// Notes of the vendor's staff.
    pub notes: Option<Option<String>>,
    /// The ticket.
    pub ticket: Option<Option<String>>,
}

/// Without the texts, which are personal.
impl std::fmt::Debug for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Edit");
        shown.field("activation_limit", &self.activation_limit).field("lease_days", &self.lease_days);
        shown.finish_non_exhaustive()
    }
}

impl Ledger {
    /// Changes what no key says, at once: see [`Edit`]. What a key says changes by [`Ledger::reissue`]. A limit below the
    /// number of machines in use stops further machines, and no machine that is activated.
    ///
    /// # Errors
    ///
    /// A limit out of range, a state that does not allow it, another version than expected, and the errors of the database.
    pub async fn edit(
        &self,
        id: LicenseId,
        edit: &Edit,
        reason: Option<&str>,
        expected: Expected,
        by: &By,
    ) -> Result<License, LedgerError> {
        if let Some(requested) = edit.activation_limit.and_then(Quantity::number)
            && requested.get() > License::MAX_ACTIVATIONS
        {
            return Err(LedgerError::ActivationsOutOfRange { requested: requested.get() });
        }
        retried!(async {
            let mut on = LicenseChange::begin(self, id, Action::Edit, expected, by).await?;
            let license = &mut on.license;
            edit.activation_limit.into_iter().for_each(|limit| license.activation_limit = limit);
            edit.lease_days.into_iter().for_each(|days| license.lease_days = days);
            if let Some(metadata) = &edit.metadata {
                license.metadata = metadata.as_ref().map(ToString::to_string);
            }
            edit.notes.iter().for_each(|notes| license.notes.clone_from(notes));
            edit.ticket.iter().for_each(|ticket| license.ticket.clone_from(ticket));
            on.commit(by.did("license.edited").because(reason)).await
        })
    }
}
