//! What all actions share: finding the license, checking its state, and writing it with its entry.

use keyward_core::{Claims, Day, Serial};
use keyward_issuer::record::Sealed;

use crate::activation::Activation;
use crate::audit::Event;
use crate::change::{By, Change};
use crate::error::LedgerError;
use crate::id::LicenseId;
use crate::ledger::Ledger;
use crate::license::{KeyRow, KeyStatus, License, Role, keys_of};
use crate::state::Action;
use crate::table::{Audited, Column, Joined, Row, columns_as, places, select};
use crate::value::Field;

/// The version that a change was made to: if the license or customer has another, someone else changed it meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// This version.
    Version(i64),
    /// Whatever it is.
    Any,
}

impl Expected {
    /// Checks the version on record.
    pub(crate) const fn check(self, current: i64) -> Result<(), LedgerError> {
        match self {
            Expected::Version(expected) if expected != current => {
                Err(LedgerError::ChangedMeanwhile { expected, current })
            }
            _ => Ok(()),
        }
    }
}

/// A change of one license, which no other change touches until this one ends.
#[derive(Debug)]
pub(crate) struct LicenseChange {
    pub(crate) change: Change,
    pub(crate) license: License,
}

impl LicenseChange {
    /// Begins the action, if the state of the license allows it.
    pub(crate) async fn begin(
        ledger: &Ledger,
        id: LicenseId,
        action: Action,
        expected: Expected,
        by: &By,
    ) -> Result<LicenseChange, LedgerError> {
        let on = LicenseChange::any_state(ledger, id).await?;
        expected.check(on.license.version)?;
        on.license.allows(action, by.at)?;
        Ok(on)
    }

    /// Begins the action on the license with that key, if its state allows it.
    pub(crate) async fn begin_with_key(
        ledger: &Ledger,
        serial: Serial,
        action: Action,
        by: &By,
    ) -> Result<LicenseChange, LedgerError> {
        let mut change = Change::begin(&ledger.database).await?;
        let found: Vec<License> = change.tx().all_for_change(license_with_key(), vec![serial.value()]).await?;
        let license = found.into_iter().next().ok_or(LedgerError::NotOnRecord { serial })?;
        license.allows(action, by.at)?;
        Ok(LicenseChange { change, license })
    }

    /// Begins a change that every state allows.
    pub(crate) async fn any_state(ledger: &Ledger, id: LicenseId) -> Result<LicenseChange, LedgerError> {
        let mut change = Change::begin(&ledger.database).await?;
        let license: Option<License> = change.tx().find_for_change(id.value()).await?;
        Ok(LicenseChange { change, license: license.ok_or(LedgerError::NoLicense { id })? })
    }

    /// Checks that a key was signed for the customer whom the license has now: they may have been merged meanwhile.
    pub(crate) fn is_still_for(&self, sealed: &Sealed) -> Result<(), LedgerError> {
        let signed_for = sealed.record().details().customer.as_deref();
        match self.license.customer {
            Some(customer) if signed_for != Some(&customer.to_string()) => Err(LedgerError::Conflict),
            _ => Ok(()),
        }
    }

    /// The keys of the license, the oldest first.
    pub(crate) async fn keys(&mut self) -> Result<Vec<KeyRow>, LedgerError> {
        self.change.tx().all(keys_of(), vec![self.license.id.value()]).await
    }

    /// The keys of the license. A next key whose term has begun becomes the main one here.
    pub(crate) async fn begun_keys(&mut self, by: &By) -> Result<Vec<KeyRow>, LedgerError> {
        let mut keys = self.keys().await?;
        let begun = match current(&keys, Role::Next) {
            Some(next) if !begins_later(&next.claims()?, by) => next.serial,
            _ => return Ok(keys),
        };
        // The main one first: a license has one current key of a role.
        for key in keys.iter_mut().filter(|key| key.role == Role::Main && key.status == KeyStatus::Current) {
            key.status = KeyStatus::Past;
            self.change.update(&*key).await?;
        }
        for key in keys.iter_mut().filter(|key| key.serial == begun) {
            key.role = Role::Main;
            self.change.update(&*key).await?;
        }
        Ok(keys)
    }

    /// Takes what the current keys say.
    pub(crate) fn say(&mut self, keys: &[KeyRow]) -> Result<(), LedgerError> {
        let current = keys.iter().filter(|key| key.status == KeyStatus::Current);
        let claims = current.map(|key| Ok((key.role, key.claims()?))).collect::<Result<Vec<_>, LedgerError>>()?;
        self.license.say(claims.iter().map(|(role, claims)| (*role, claims)));
        Ok(())
    }

    /// The position of a new key, after these.
    pub(crate) fn next_position(&self, keys: &[KeyRow], by: &By) -> i64 {
        keys.iter().map(|key| key.position.saturating_add(1)).max().unwrap_or_default().max(by.micros())
    }

    /// The machines that take a slot of the license, the oldest first.
    pub(crate) async fn activations(&mut self) -> Result<Vec<Activation>, LedgerError> {
        let sql = select::<Activation>(
            "where license = $1 and (released_at is null or counted_through is not null) order by id",
        );
        self.change.tx().all(sql, vec![self.license.id.value()]).await
    }

    /// Writes the license with its new version, and commits.
    pub(crate) async fn commit(mut self, event: Event) -> Result<License, LedgerError> {
        self.license.version = self.license.version.saturating_add(1);
        self.change.update(&self.license).await?;
        let id = self.license.id;
        self.change.commit(event.to(id)).await?;
        Ok(self.license)
    }
}

/// The current key of that role, if there is one.
pub(super) fn current(keys: &[KeyRow], role: Role) -> Option<&KeyRow> {
    keys.iter().find(|key| key.role == role && key.status == KeyStatus::Current)
}

/// The key of the paid term that is followed: the next one once it has begun, and otherwise the main one.
pub(crate) fn paid<'k>(keys: &'k [KeyRow], by: &By) -> Result<Option<&'k KeyRow>, LedgerError> {
    match current(keys, Role::Next) {
        Some(next) if !begins_later(&next.claims()?, by) => Ok(Some(next)),
        _ => Ok(current(keys, Role::Main)),
    }
}

/// The query for the license with a key.
fn license_with_key() -> String {
    select::<License>("where id = (select license from license_keys where serial = $1)")
}

/// Whether a key with these claims has not begun.
pub(super) fn begins_later(claims: &Claims, by: &By) -> bool {
    Day::from_date(by.at.date_naive()).is_ok_and(|today| claims.valid_from() > today)
}

impl Ledger {
    /// The license with that id.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoLicense`], and the errors of the database.
    pub async fn license(&self, id: LicenseId) -> Result<License, LedgerError> {
        self.database.find(id.value()).await?.ok_or(LedgerError::NoLicense { id })
    }

    /// The current keys of several licenses, at most one of a role and machine for each, and the main keys before them, the oldest
    /// first.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn keys_of(&self, licenses: &[LicenseId]) -> Result<Vec<KeyRow>, LedgerError> {
        if licenses.is_empty() {
            return Ok(Vec::new());
        }
        let places = places(licenses.len());
        let sql = select::<KeyRow>(&format!(
            "where license in ({places}) and (status = 'current' or role = 'main') order by position"
        ));
        self.database.all(sql, licenses.iter().map(Field::value).collect()).await
    }

    /// The license to which the key with that serial belongs.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NotOnRecord`], and the errors of the database.
    pub async fn license_of(&self, serial: Serial) -> Result<License, LedgerError> {
        let found: Vec<License> = self.database.all(license_with_key(), vec![serial.value()]).await?;
        found.into_iter().next().ok_or(LedgerError::NotOnRecord { serial })
    }

    /// The license with that key, and all its keys, the oldest first.
    pub(crate) async fn license_with_keys(&self, serial: Serial) -> Result<(License, Vec<KeyRow>), LedgerError> {
        // Notes and metadata may be long: they stand beside this key alone.
        let of_license = License::COLUMNS.iter().map(|Column { name, audited, .. }| match audited {
            Audited::Personal => format!("case when k.serial = $1 then l.{name} end"),
            _ => format!("l.{name}"),
        });
        let sql = format!(
            "select {}, {} from license_keys k join licenses l on l.id = k.license
             where k.license = (select license from license_keys where serial = $1) order by k.position",
            of_license.collect::<Vec<_>>().join(", "),
            columns_as::<KeyRow>("k")
        );
        let found: Vec<Joined<License, KeyRow>> = self.database.all(sql, vec![serial.value()]).await?;
        let (mut license, mut keys) = (None, Vec::new());
        for Joined(whose, key) in found {
            license = if key.serial == serial { Some(whose) } else { license };
            keys.push(key);
        }
        license.map(|license| (license, keys)).ok_or(LedgerError::NotOnRecord { serial })
    }

    /// Checks that a key which the same order made earlier is one of this license.
    pub(super) async fn is_of(&self, serial: Serial, id: LicenseId) -> Result<(), LedgerError> {
        let license = self.license_of(serial).await?.id;
        if license == id { Ok(()) } else { Err(LedgerError::OrderOfAnother { license }) }
    }

    /// The keys of a license, the oldest first.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn keys(&self, id: LicenseId) -> Result<Vec<KeyRow>, LedgerError> {
        self.database.all(keys_of(), vec![id.value()]).await
    }
}
