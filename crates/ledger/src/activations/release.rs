//! A machine gives its slot back.

use keyward_core::Day;
use keyward_verifier::files::Reason;

use super::slots::end_passed;
use crate::activation::Activation;
use crate::change::By;
use crate::error::LedgerError;
use crate::id::ActivationId;
use crate::ledger::{Ledger, retried};
use crate::license::{KeyRow, KeyStatus};
use crate::licenses::LicenseChange;
use crate::value::Field;

/// Who releases a machine. It decides what becomes of a key that is locked to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Releaser {
    /// The customer, or the product itself. A machine with a locked key is refused: the key goes on working there.
    Customer,
    /// The vendor's staff. The locked key goes onto the next revocation list, and its slot counts until the key's last day.
    Staff,
    /// A license manager who has seen that the key may still work without a network. The slot is free at once.
    Manager,
}

impl Ledger {
    /// The activation with that id.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoActivation`], and the errors of the database.
    pub async fn activation(&self, id: ActivationId) -> Result<Activation, LedgerError> {
        self.database.find(id.value()).await?.ok_or(LedgerError::NoActivation { id })
    }

    /// Releases a machine: its slot is free at once. Released again, it stays as it is.
    ///
    /// # Errors
    ///
    /// A machine with a locked key that the customer can't release, an activation that is not on record, and the errors of the
    /// database.
    pub async fn release(
        &self,
        id: ActivationId,
        releaser: Releaser,
        reason: Option<&str>,
        by: &By,
    ) -> Result<Activation, LedgerError> {
        retried!(self.release_once(id, releaser, reason, by))
    }

    async fn release_once(
        &self,
        id: ActivationId,
        releaser: Releaser,
        reason: Option<&str>,
        by: &By,
    ) -> Result<Activation, LedgerError> {
        let license = self.activation(id).await?.license;
        // Every state allows it: the slots of a held license are released too.
        let mut on = LicenseChange::any_state(self, license).await?;
        let activations = on.activations().await?;
        let activations = end_passed(&mut on, activations, by).await?;
        let Some(mut activation) = activations.into_iter().find(|activation| activation.id == id) else {
            on.change.commit_entries().await?;
            return self.activation(id).await;
        };
        let frees = match (activation.locked_key, releaser) {
            (None, _) => true,
            (Some(_), Releaser::Customer) => return Err(LedgerError::HeldByKey { id }),
            (Some(serial), Releaser::Staff | Releaser::Manager) => {
                let last = revoke_locked(&mut on, serial).await?;
                activation.counted_through = last.filter(|_| releaser == Releaser::Staff);
                activation.counted_through.is_none()
            }
        };
        if activation.released_at.is_none() {
            activation.released_at = Some(by.millis());
            activation.released_by = Some(by.actor.clone());
            activation.release_reason = reason.map(str::to_owned);
        }
        if frees {
            on.license.activations = on.license.activations.saturating_sub(1);
        }
        on.change.update(&activation).await?;
        on.change.update(&on.license).await?;
        let event = by.did("activation.released").to(on.license.id).with(activation.id.to_string());
        on.change.commit(event.because(reason)).await?;
        Ok(activation)
    }
}

/// Revokes a locked key. The result is its last usable day: until then it may work without a network. A perpetual key has the
/// last day of all.
async fn revoke_locked(on: &mut LicenseChange, serial: keyward_core::Serial) -> Result<Option<Day>, LedgerError> {
    let key: Option<KeyRow> = on.change.tx().find_for_change(serial.value()).await?;
    let Some(mut key) = key else { return Ok(None) };
    if key.status != KeyStatus::Revoked {
        (key.status, key.revoked_for) = (KeyStatus::Revoked, Some(Reason::Superseded));
        on.change.update(&key).await?;
    }
    Ok(Some(key.last_usable_day()?))
}
