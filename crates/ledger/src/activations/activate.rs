//! A machine takes a slot.

use keyward_catalog::{Activation as Needed, Catalog};
use keyward_core::{Product, Serial};

use super::slots::{Slot, slot};
use crate::activation::{Activation, Machine};
use crate::change::By;
use crate::error::LedgerError;
use crate::ledger::{Ledger, retried};
use crate::license::{KeyStatus, License};
use crate::licenses::LicenseChange;
use crate::state::Action;

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

impl Ledger {
    /// Activates a license for a machine, which is asked for with a key of the license. A machine has one slot, however often
    /// it asks.
    ///
    /// # Errors
    ///
    /// A key that is not on record or is revoked, a state that does not allow it, a product without activation, a
    /// fingerprint with fewer components than the product asks for, a license whose slots are all taken, and the errors of the
    /// database.
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
        let mut on = LicenseChange::begin_with_key(self, key, Action::Activate, by).await?;
        if on.keys().await?.iter().any(|row| row.serial == key && row.status == KeyStatus::Revoked) {
            return Err(LedgerError::KeyRevoked { serial: key });
        }
        let product = catalog.product_by_number(Product(on.license.product));
        if product.is_some_and(|product| product.activation == Needed::None) {
            return Err(LedgerError::ActivationNotNeeded);
        }
        machine.is_enough_for(Product(on.license.product), catalog)?;
        let slot = slot(&mut on, machine, name, by).await?;
        let event = by.did("activation.created").to(on.license.id);
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
}
