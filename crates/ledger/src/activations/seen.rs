//! A product asks with a key of a license: its machine is seen again.

use keyward_core::{Claims, Serial};
use keyward_grace::{ReminderDays, Standing, combine};

use super::activate::Activated;
use super::slots::{of_machine, touch};
use crate::activation::{Activation, Machine};
use crate::change::By;
use crate::error::LedgerError;
use crate::id::LicenseId;
use crate::ledger::Ledger;
use crate::license::{KeyRow, KeyStatus, License, Role};
use crate::table::select;
use crate::value::Field;

/// A license as a product sees it that asks with its key.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Seen {
    /// The license.
    pub license: License,
    /// What became of the key with which it asked.
    pub key: KeyStatus,
    /// The key by which the license is judged; none if it has no current key for the one who asks, or that one's key is revoked.
    pub counting: Option<CountingKey>,
    /// The machine's activation, if it has a slot and the key is not revoked.
    pub activation: Option<Activation>,
    /// The keys of the license, for [`Ledger::validation_file_of`].
    pub(crate) keys: Vec<KeyRow>,
}

impl Seen {
    /// The same, after its machine was activated.
    #[must_use]
    pub fn activated(self, activated: Activated) -> Seen {
        let (Activated::New(license, activation) | Activated::Same(license, activation)) = activated;
        Seen { license, activation: Some(activation), ..self }
    }
}

/// The key that counts among the current keys of a license.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CountingKey {
    /// What it says.
    pub claims: Claims,
    /// What the current keys allow together. With a successor there is no warning of the end.
    pub standing: Standing,
    /// Whether it was made after the key with which the product asked.
    pub is_newer: bool,
}

/// After so long, a machine that asks again is written down again.
const SEEN_AGAIN_MILLIS: i64 = 60_000;

impl Ledger {
    /// Notes that a machine has asked, to the minute, and renews its lease once less than half of it is left. This writes no
    /// entry, and within the same minute nothing at all: a program may ask at each of its steps. With a key that is revoked, no
    /// machine is seen.
    ///
    /// # Errors
    ///
    /// A key that is not on record, and the errors of the database.
    pub async fn seen(&self, key: Serial, machine: Option<&Machine>, by: &By) -> Result<Seen, LedgerError> {
        let (license, keys) = self.license_with_keys(key).await?;
        let asked = keys.iter().find(|row| row.serial == key).ok_or(LedgerError::NotOnRecord { serial: key })?;
        let activation = match machine {
            Some(machine) if asked.status != KeyStatus::Revoked => self.seen_machine(&license, machine, by).await?,
            _ => None,
        };
        let counting = counting(&keys, asked, activation.as_ref(), by)?;
        Ok(Seen { key: asked.status, counting, license, activation, keys })
    }

    /// The activation of that machine, which was seen now.
    async fn seen_machine(
        &self,
        license: &License,
        machine: &Machine,
        by: &By,
    ) -> Result<Option<Activation>, LedgerError> {
        let activations = self.machines_of(license.id).await?;
        let live = |activation: &&Activation| activation.lease_ends_at.is_none_or(|end| end >= by.millis());
        match of_machine(&activations, machine).filter(live).cloned() {
            Some(activation) => Ok(Some(self.touch(activation, license, by).await?)),
            None => Ok(None),
        }
    }

    /// The machines that are activated.
    pub(super) async fn machines_of(&self, license: LicenseId) -> Result<Vec<Activation>, LedgerError> {
        let sql = select::<Activation>("where license = $1 and released_at is null order by id");
        self.database.all(sql, vec![license.value()]).await
    }

    /// Writes when a machine was seen, and the new end of its lease.
    async fn touch(&self, mut activation: Activation, license: &License, by: &By) -> Result<Activation, LedgerError> {
        let before = activation.clone();
        touch(&mut activation, license, by);
        let is_recent = activation.last_seen_at.saturating_sub(before.last_seen_at) < SEEN_AGAIN_MILLIS;
        if is_recent && activation.lease_ends_at == before.lease_ends_at {
            return Ok(before);
        }
        let mut tx = self.database.begin().await?;
        let sql = "update activations set last_seen_at = $2, lease_ends_at = $3 where id = $1 and released_at is null";
        let values = vec![activation.id.value(), activation.last_seen_at.value(), activation.lease_ends_at.value()];
        tx.run(sql, values).await?;
        tx.commit().await?;
        Ok(activation)
    }
}

/// The key that counts. A locked key counts for its own machine alone: the one that asks with it, or the one of the activation.
fn counting(
    keys: &[KeyRow],
    asked: &KeyRow,
    activation: Option<&Activation>,
    by: &By,
) -> Result<Option<CountingKey>, LedgerError> {
    // Who holds a key that was revoked learns nothing of the keys that replaced it.
    if asked.status == KeyStatus::Revoked {
        return Ok(None);
    }
    let locked = activation.and_then(|activation| activation.locked_key);
    let is_for_it = |key: &&KeyRow| {
        let is_own = key.machine == asked.machine || Some(key.serial) == locked;
        key.status == KeyStatus::Current && (key.role != Role::Locked || is_own)
    };
    let current: Vec<&KeyRow> = keys.iter().filter(is_for_it).collect();
    let claims = current.iter().map(|key| key.claims()).collect::<Result<Vec<_>, _>>()?;
    let Some(together) = combine(&claims, by.at, &ReminderDays::default()) else { return Ok(None) };
    let counting = current.get(together.index()).zip(claims.get(together.index()));
    Ok(counting.map(|(key, claims)| CountingKey {
        claims: claims.clone(),
        standing: *together.standing(),
        is_newer: key.position > asked.position,
    }))
}
