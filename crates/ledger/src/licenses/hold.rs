//! Holds: a license is stopped for a time, and goes on.

use super::common::{Expected, LicenseChange};
use crate::change::By;
use crate::error::LedgerError;
use crate::id::LicenseId;
use crate::ledger::{Ledger, retried};
use crate::license::License;
use crate::state::{Action, Hold, SuspendCause};

impl Ledger {
    /// Suspends a license: activations are refused at once, and the next revocation list puts its keys on hold.
    ///
    /// # Errors
    ///
    /// A state that does not allow it, another version than expected, and the errors of the database.
    pub async fn suspend(
        &self,
        id: LicenseId,
        cause: SuspendCause,
        reason: Option<&str>,
        expected: Expected,
        by: &By,
    ) -> Result<License, LedgerError> {
        self.hold(id, Action::Suspend, Some(Hold::Suspended(cause)), reason, expected, by).await
    }

    /// Ends a suspension: the license is in the state before again.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::suspend`].
    pub async fn resume(
        &self,
        id: LicenseId,
        reason: Option<&str>,
        expected: Expected,
        by: &By,
    ) -> Result<License, LedgerError> {
        self.hold(id, Action::Resume, None, reason, expected, by).await
    }

    /// Pauses a license by hand. Machines keep their slots, and can't use it.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::suspend`].
    pub async fn inactivate(
        &self,
        id: LicenseId,
        reason: Option<&str>,
        expected: Expected,
        by: &By,
    ) -> Result<License, LedgerError> {
        self.hold(id, Action::Inactivate, Some(Hold::Inactive), reason, expected, by).await
    }

    /// Ends a pause: the license is in the state before again.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::suspend`].
    pub async fn reactivate(
        &self,
        id: LicenseId,
        reason: Option<&str>,
        expected: Expected,
        by: &By,
    ) -> Result<License, LedgerError> {
        self.hold(id, Action::Reactivate, None, reason, expected, by).await
    }

    async fn hold(
        &self,
        id: LicenseId,
        action: Action,
        hold: Option<Hold>,
        reason: Option<&str>,
        expected: Expected,
        by: &By,
    ) -> Result<License, LedgerError> {
        retried!(async {
            let mut on = LicenseChange::begin(self, id, action, expected, by).await?;
            on.license.hold = hold;
            on.license.held_at = hold.map(|_| by.millis());
            let event = match action {
                Action::Suspend => by.did("license.suspended"),
                Action::Resume => by.did("license.resumed"),
                Action::Inactivate => by.did("license.inactivated"),
                _ => by.did("license.reactivated"),
            };
            on.commit(event.because(reason)).await
        })
    }
}
