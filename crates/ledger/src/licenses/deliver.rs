//! License keys leave the ledger here, and nowhere else.

use keyward_catalog::{Activation, Catalog};
use keyward_core::{LicenseKey, Product, Serial};

use super::common::{Expected, LicenseChange};
use crate::change::By;
use crate::error::LedgerError;
use crate::id::LicenseId;
use crate::ledger::{Ledger, retried};
use crate::license::{KeyRow, KeyStatus, License, Role};
use crate::state::{Action, BaseState};

/// A license key that leaves the ledger.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct DeliveredKey {
    /// What it is for.
    pub role: Role,
    /// The serial.
    pub serial: Serial,
    /// The license key.
    pub key: LicenseKey,
}

/// Without the license key, since debug output ends in logs.
impl std::fmt::Debug for DeliveredKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeliveredKey").field("role", &self.role).field("serial", &self.serial).finish_non_exhaustive()
    }
}

/// A license and its keys, after their delivery is on record.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Delivered {
    /// The license.
    pub license: License,
    /// Its current keys.
    pub keys: Vec<DeliveredKey>,
}

impl Ledger {
    /// Gives the license keys of a license, to mail, download or answer. A license whose product has no activation becomes
    /// active with its first delivery. Each delivery is written to the audit log before a key leaves.
    ///
    /// # Errors
    ///
    /// A license without a customer, or in a state that allows no delivery, and the errors of the database.
    pub async fn deliver(&self, id: LicenseId, catalog: &Catalog, by: &By) -> Result<Delivered, LedgerError> {
        retried!(self.deliver_once(id, catalog, by))
    }

    async fn deliver_once(&self, id: LicenseId, catalog: &Catalog, by: &By) -> Result<Delivered, LedgerError> {
        let mut on = LicenseChange::begin(self, id, Action::Deliver, Expected::Any, by).await?;
        let mut delivered = Vec::new();
        for mut key in on.keys().await?.into_iter().filter(|key| key.status == KeyStatus::Current) {
            if key.delivered_at.is_none() {
                key.delivered_at = Some(by.millis());
                on.change.update(&key).await?;
            }
            delivered.push(leaves(&key)?);
        }
        let product = catalog.product_by_number(Product(on.license.product));
        let needs_activation = product.is_some_and(|product| product.activation == Activation::Required);
        if on.license.base_state == BaseState::Assigned && !needs_activation {
            on.license.base_state = BaseState::Active;
            on.license.was_activated = true;
            on.change.update(&on.license).await?;
        }
        on.change.commit(by.did("license.delivered").to(id)).await?;
        Ok(Delivered { license: on.license, keys: delivered })
    }
}

/// A license key, for the answer after the commit.
fn leaves(key: &KeyRow) -> Result<DeliveredKey, LedgerError> {
    Ok(DeliveredKey { role: key.role, serial: key.serial, key: key.license_key()? })
}
