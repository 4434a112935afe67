//! Approvals that were asked for: reading them, and taking them back.

use crate::approval::{Approval, ApprovalReason, ApprovalState};
use crate::change::{By, Change};
use crate::error::LedgerError;
use crate::id::ApprovalId;
use crate::ledger::{Ledger, retried};
use crate::value::Field;

impl Ledger {
    /// The approval with that id.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoApproval`], and the errors of the database.
    pub async fn approval(&self, id: ApprovalId) -> Result<Approval, LedgerError> {
        self.database.find(id.value()).await?.ok_or(LedgerError::NoApproval { id })
    }

    /// Takes a request for an approval back. The maker is the person who counts as the one who does it. One that was taken back
    /// stays as it is.
    ///
    /// # Errors
    ///
    /// An approval that is not on record, or that another asked for; and the errors of the database.
    pub async fn withdraw_approval(
        &self,
        id: ApprovalId,
        maker: &str,
        reason: Option<&ApprovalReason>,
        by: &By,
    ) -> Result<Approval, LedgerError> {
        retried!(self.withdraw_once(id, maker, reason, by))
    }

    async fn withdraw_once(
        &self,
        id: ApprovalId,
        maker: &str,
        reason: Option<&ApprovalReason>,
        by: &By,
    ) -> Result<Approval, LedgerError> {
        let mut change = Change::begin(&self.database).await?;
        let found: Option<Approval> = change.tx().find_for_change(id.value()).await?;
        let mut approval = found.ok_or(LedgerError::NoApproval { id })?;
        if approval.maker != maker {
            return Err(LedgerError::AskedByAnother { id });
        }
        if approval.state == ApprovalState::Waiting {
            approval.state = ApprovalState::Withdrawn;
            change.update(&approval).await?;
            change.commit(by.did("approval.withdrawn").to(id).because(reason.map(ApprovalReason::as_str))).await?;
        }
        Ok(approval)
    }
}
