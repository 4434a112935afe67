//! A machine takes a slot, and is seen again.

use keyward_catalog::{Activation as Needed, Catalog};
use keyward_core::{Product, Serial};

use super::slots::{Slot, of_machine, slot, touch};
use crate::activation::{Activation, Machine};
use crate::change::By;
use crate::error::LedgerError;
use crate::ledger::{Ledger, retried};
use crate::license::{KeyStatus, License};
use crate::licenses::{Expected, LicenseChange};
use crate::state::Action;
use crate::table::select;
use crate::value::Field;

/// The answer to a machine that may use a license.
#[derive(Debug, Clone, PartialEq)]
pub enum Activated {
    /// It has a slot now.
    New(License, Activation),
    /// It had one, and keeps it.
    Same(License, Activation),
}

impl Activated {
    /// The activation.
    pub const fn activation(&self) -> &Activation {
        match self {
            Activated::New(_, activation) | Activated::Same(_, activation) => activation,
        }
    }

    /// The license.
    pub const fn license(&self) -> &License {
        match self {
            Activated::New(license, _) | Activated::Same(license, _) => license,
        }
    }
}

/// A license as a product sees it that asks with its key.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Seen {
    /// The license.
    pub license: License,
    /// What became of the key with which it asked.
    pub key: KeyStatus,
    /// The machine's activation, if it has a slot.
    pub activation: Option<Activation>,
}

impl Ledger {
    /// Activates a license for a machine, which is asked for with a key of the license. A machine has one slot, however often
    /// it asks.
    ///
    /// # Errors
    ///
    /// A key that is not on record or is revoked, a state that does not allow it, a product without activation, a license
    /// whose slots are all taken, and the errors of the database.
    pub async fn activate(
        &self,
        key: Serial,
        machine: &Machine,
        name: Option<&str>,
        catalog: &Catalog,
        by: &By,
    ) -> Result<Activated, LedgerError> {
        retried!(self.activate_once(key, machine, name, catalog, by))
    }

    async fn activate_once(
        &self,
        key: Serial,
        machine: &Machine,
        name: Option<&str>,
        catalog: &Catalog,
        by: &By,
    ) -> Result<Activated, LedgerError> {
        let license = self.license_of(key).await?;
        let mut on = LicenseChange::begin(self, license.id, Action::Activate, Expected::Any, by).await?;
        if on.keys().await?.iter().any(|row| row.serial == key && row.status == KeyStatus::Revoked) {
            return Err(LedgerError::KeyRevoked { serial: key });
        }
        let product = catalog.product_by_number(Product(on.license.product));
        if product.is_some_and(|product| product.activation == Needed::None) {
            return Err(LedgerError::ActivationNotNeeded);
        }
        let slot = slot(&mut on, machine, name, by).await?;
        let event = by.did("activation.created").to(license.id);
        match slot {
            Slot::New(activation) => {
                on.change.commit(event.with(activation.id.to_string())).await?;
                Ok(Activated::New(on.license, activation))
            }
            Slot::Same(activation) => {
                on.change.commit_entries().await?;
                Ok(Activated::Same(on.license, activation))
            }
            Slot::None => {
                // What has passed stays ended.
                on.change.commit_entries().await?;
                let (limit, in_use) = (on.license.activation_limit, on.license.activations);
                Err(LedgerError::LimitReached { limit, in_use })
            }
        }
    }

    /// Notes that a machine has asked, and renews its lease once less than half of it is left. This writes no entry.
    ///
    /// # Errors
    ///
    /// A key that is not on record, and the errors of the database.
    pub async fn seen(&self, key: Serial, machine: Option<&Machine>, by: &By) -> Result<Seen, LedgerError> {
        let license = self.license_of(key).await?;
        let keys = self.keys(license.id).await?;
        let status = keys.iter().find(|row| row.serial == key).map(|row| row.status);
        let status = status.ok_or(LedgerError::NotOnRecord { serial: key })?;
        let Some(machine) = machine else { return Ok(Seen { license, key: status, activation: None }) };

        let sql = select::<Activation>("where license = $1 and released_at is null order by id");
        let activations: Vec<Activation> = self.database.all(sql, vec![license.id.value()]).await?;
        let live = |activation: &&Activation| activation.lease_ends_at.is_none_or(|end| end >= by.millis());
        let activation = of_machine(&activations, machine).filter(live).cloned();
        let activation = match activation {
            Some(activation) => Some(self.touch(activation, &license, by).await?),
            None => None,
        };
        Ok(Seen { license, key: status, activation })
    }

    /// Writes when a machine was seen, and the new end of its lease.
    async fn touch(&self, mut activation: Activation, license: &License, by: &By) -> Result<Activation, LedgerError> {
        touch(&mut activation, license, by);
        let mut tx = self.database.begin().await?;
        let sql = "update activations set last_seen_at = $2, lease_ends_at = $3 where id = $1 and released_at is null";
        let values = vec![activation.id.value(), activation.last_seen_at.value(), activation.lease_ends_at.value()];
        tx.run(sql, values).await?;
        tx.commit().await?;
        Ok(activation)
    }
}
