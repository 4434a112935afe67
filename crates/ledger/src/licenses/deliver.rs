//! License keys leave the ledger here, and nowhere else; the export of a customer repeats those that have left.

use keyward_catalog::{Activation, Catalog};
use keyward_core::{LicenseKey, Product, Serial};

use super::common::{Expected, LicenseChange, paid};
use crate::audit::Event;
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

/// A license and keys of it, after their delivery is on record.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Delivered {
    /// The license.
    pub license: License,
    /// The keys that leave, all of them current.
    pub keys: Vec<DeliveredKey>,
}

/// Which key of a license leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// That of the paid term: the next one once it has begun, and otherwise the main one.
    Paid,
    /// The one with that serial.
    Serial(Serial),
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
        let keys = current(on.keys().await?);
        give_out(on, keys, catalog, by).await
    }

    /// Gives one key of a license, as [`Ledger::deliver`] gives them all. One that is not current any more is not given: then no
    /// key is in the result, and nothing is written.
    ///
    /// # Errors
    ///
    /// Those of [`Ledger::deliver`], and [`LedgerError::NoKey`] for a license without a key of the paid term.
    pub async fn deliver_key(
        &self,
        id: LicenseId,
        wanted: Wanted,
        catalog: &Catalog,
        by: &By,
    ) -> Result<Delivered, LedgerError> {
        retried!(self.deliver_key_once(id, wanted, catalog, by))
    }

    async fn deliver_key_once(
        &self,
        id: LicenseId,
        wanted: Wanted,
        catalog: &Catalog,
        by: &By,
    ) -> Result<Delivered, LedgerError> {
        let mut on = LicenseChange::begin(self, id, Action::Deliver, Expected::Any, by).await?;
        let mut keys = current(on.keys().await?);
        let serial = match wanted {
            Wanted::Paid => paid(&keys, by)?.ok_or_else(|| on.license.without_key())?.serial,
            Wanted::Serial(serial) => serial,
        };
        keys.retain(|key| key.serial == serial);
        if keys.is_empty() {
            return Ok(Delivered { license: on.license, keys: Vec::new() });
        }
        give_out(on, keys, catalog, by).await
    }

    /// The current keys of that kind, to be signed into a file. They leave with [`Ledger::leave`].
    pub(crate) async fn leaving(
        &self,
        id: LicenseId,
        is_among: impl Fn(&KeyRow) -> bool,
        by: &By,
    ) -> Result<Leaving, LedgerError> {
        Leaving::of(self.license(id).await?, self.keys(id).await?, is_among, by)
    }

    /// Writes to the audit log that these keys leave. If one of them is not current any more, nothing is written, and the
    /// result is [`LedgerError::Conflict`].
    pub(crate) async fn leave(
        &self,
        leaving: Leaving,
        catalog: &Catalog,
        within: &'static str,
        by: &By,
    ) -> Result<(), LedgerError> {
        let mut on = LicenseChange::begin(self, leaving.license.id, Action::Deliver, Expected::Any, by).await?;
        let mut keys = current(on.keys().await?);
        keys.retain(|key| leaving.keys.iter().any(|leaving| leaving.serial == key.serial));
        if keys.len() != leaving.keys.len() {
            return Err(LedgerError::Conflict);
        }
        write_down(on, keys, catalog, by.did("license.delivered").with(within), by).await?;
        Ok(())
    }
}

/// Keys that are signed into a file, before they leave.
pub(crate) struct Leaving {
    pub(crate) license: License,
    keys: Vec<KeyRow>,
}

impl Leaving {
    /// The current keys of that kind among those of a license.
    pub(crate) fn of(
        license: License,
        keys: Vec<KeyRow>,
        is_among: impl Fn(&KeyRow) -> bool,
        by: &By,
    ) -> Result<Leaving, LedgerError> {
        license.allows(Action::Deliver, by.at)?;
        let mut keys = current(keys);
        keys.retain(is_among);
        if keys.is_empty() { Err(LedgerError::NoKey { id: license.id }) } else { Ok(Leaving { license, keys }) }
    }

    /// The license keys, for the file.
    pub(crate) fn license_keys(&self) -> Result<Vec<LicenseKey>, LedgerError> {
        self.keys.iter().map(KeyRow::license_key).collect()
    }

    /// Whether one of them has not left before.
    pub(crate) fn is_first(&self) -> bool {
        self.keys.iter().any(|key| key.delivered_at.is_none())
    }
}

/// The license keys of these rows, once their delivery is on record.
pub(super) fn leaving(keys: &[KeyRow]) -> Result<Vec<DeliveredKey>, LedgerError> {
    let leaves = |key: &KeyRow| Ok(DeliveredKey { role: key.role, serial: key.serial, key: key.license_key()? });
    keys.iter().map(leaves).collect()
}

/// The keys to use.
pub(super) fn current(mut keys: Vec<KeyRow>) -> Vec<KeyRow> {
    keys.retain(|key| key.status == KeyStatus::Current);
    keys
}

/// Gives these keys, after it is written down.
async fn give_out(on: LicenseChange, keys: Vec<KeyRow>, catalog: &Catalog, by: &By) -> Result<Delivered, LedgerError> {
    let leaving = leaving(&keys)?;
    let license = write_down(on, keys, catalog, by.did("license.delivered"), by).await?;
    Ok(Delivered { license, keys: leaving })
}

/// Writes that these keys leave, and commits.
pub(super) async fn write_down(
    mut on: LicenseChange,
    keys: Vec<KeyRow>,
    catalog: &Catalog,
    event: Event,
    by: &By,
) -> Result<License, LedgerError> {
    for mut key in keys.into_iter().filter(|key| key.delivered_at.is_none()) {
        key.delivered_at = Some(by.millis());
        on.change.update(&key).await?;
    }
    if becomes_active(&mut on.license, catalog) {
        on.change.update(&on.license).await?;
    }
    on.change.commit(event.to(on.license.id)).await?;
    Ok(on.license)
}

/// Whether a license becomes active by a delivery, as it does if its product has no activation.
pub(super) fn becomes_active(license: &mut License, catalog: &Catalog) -> bool {
    let product = catalog.product_by_number(Product(license.product));
    let needs_activation = product.is_some_and(|product| product.activation == Activation::Required);
    let becomes_active = license.base_state == BaseState::Assigned && !needs_activation;
    if becomes_active {
        (license.base_state, license.was_activated) = (BaseState::Active, true);
    }
    becomes_active
}
