//! A machine gives its slot back.

use std::num::NonZeroU16;

use chrono::DateTime;
use keyward_core::Day;
use keyward_verifier::files::Reason;

use super::slots::end_passed;
use crate::activation::{Activation, CustomerRelease};
use crate::change::By;
use crate::error::LedgerError;
use crate::id::ActivationId;
use crate::ledger::{Ledger, retried};
use crate::license::{KeyRow, KeyStatus};
use crate::licenses::LicenseChange;
use crate::table::select;
use crate::value::Field;

/// Who releases a machine. It decides what becomes of a key that is locked to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Releaser {
    /// The customer, or the product itself. A machine with a locked key is refused: the key goes on working there.
    Customer {
        /// The number of machines of a license that customers may release in 30 days; `None` has no bound.
        per_30d: Option<NonZeroU16>,
    },
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

    /// Releases a machine: its slot is free at once. Released again, it stays as it is; only a locked key that still works is revoked
    /// by staff, and counts as at a first release.
    ///
    /// # Errors
    ///
    /// A machine with a locked key that the customer can't release, [`LedgerError::ReleasesUsedUp`], an activation that is not on
    /// record, and the errors of the database.
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
        let counted = activations.into_iter().find(|activation| activation.id == id);
        let was_counted = counted.is_some();
        let activation = match counted {
            Some(activation) => Some(activation),
            None => released_with_key(&mut on, id, releaser, by).await?,
        };
        let Some(mut activation) = activation else {
            on.change.commit_entries().await?;
            return self.activation(id).await;
        };
        activation.counted_through = match (activation.locked_key, releaser) {
            (None, _) => None,
            (Some(serial), Releaser::Customer { .. }) => match works(&mut on, serial, by).await? {
                true => return Err(LedgerError::HeldByKey { id }),
                false => None,
            },
            (Some(serial), Releaser::Staff | Releaser::Manager) => {
                let last = revoke_locked(&mut on, serial).await?;
                last.filter(|_| releaser == Releaser::Staff)
            }
        };
        if let Releaser::Customer { per_30d } = releaser {
            hand_back(&mut on, activation.id, per_30d, by).await?;
        }
        if activation.released_at.is_none() {
            activation.released_at = Some(by.millis());
            activation.released_by = Some(by.actor.clone());
            activation.release_reason = reason.map(str::to_owned);
        }
        match (was_counted, activation.is_counted()) {
            (true, false) => on.license.activations = on.license.activations.saturating_sub(1),
            (false, true) => on.license.activations = on.license.activations.saturating_add(1),
            _ => {}
        }
        on.change.update(&activation).await?;
        on.change.update(&on.license).await?;
        let event = by.did("activation.released").to(on.license.id).with(activation.id.to_string());
        on.change.commit(event.because(reason)).await?;
        Ok(activation)
    }
}

/// An activation that was released while its locked key works on, which staff revokes all the same.
async fn released_with_key(
    on: &mut LicenseChange,
    id: ActivationId,
    releaser: Releaser,
    by: &By,
) -> Result<Option<Activation>, LedgerError> {
    if matches!(releaser, Releaser::Customer { .. }) {
        return Ok(None);
    }
    let released: Option<Activation> = on.change.tx().find_for_change(id.value()).await?;
    let Some(serial) = released.as_ref().and_then(|activation| activation.locked_key) else { return Ok(None) };
    let key: Option<KeyRow> = on.change.tx().find_for_change(serial.value()).await?;
    let Some(key) = key.filter(|key| key.status == KeyStatus::Current) else { return Ok(None) };
    let works = key.works(by.at)?;
    Ok(released.filter(|_| works))
}

/// Whether a locked key may still be used on its machine: its last day and its grace are not over everywhere.
async fn works(on: &mut LicenseChange, serial: keyward_core::Serial, by: &By) -> Result<bool, LedgerError> {
    let key: Option<KeyRow> = on.change.tx().find_for_change(serial.value()).await?;
    key.map_or(Ok(false), |key| key.works(by.at))
}

/// Counts a release by the customer. The license is locked, so of two at once one is counted after the other.
async fn hand_back(
    on: &mut LicenseChange,
    activation: ActivationId,
    per_30d: Option<NonZeroU16>,
    by: &By,
) -> Result<(), LedgerError> {
    let license = on.license.id;
    if let Some(per_30d) = per_30d {
        let days = CustomerRelease::COUNTED;
        let since = by.at.checked_sub_signed(days).unwrap_or(by.at).timestamp_millis();
        // The newest ones, as many as are allowed: the oldest of them makes room first.
        let sql = select::<CustomerRelease>("where license = $1 and at > $2 order by at desc, activation limit $3");
        let values = vec![license.value(), since.value(), i64::from(per_30d.get()).value()];
        let newest: Vec<CustomerRelease> = on.change.tx().all(sql, values).await?;
        if let Some(oldest) = newest.last().filter(|_| newest.len() >= usize::from(per_30d.get())) {
            let at = DateTime::from_timestamp_millis(oldest.at).unwrap_or(by.at);
            let next_at = at.checked_add_signed(days).unwrap_or(at);
            return Err(LedgerError::ReleasesUsedUp { per_30d, next_at });
        }
    }
    on.change.insert(&CustomerRelease { activation, license, at: by.millis() }).await
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
