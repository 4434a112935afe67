//! A customer is erased: nothing in the ledger names them any more, except the license keys that they have.
//!
//! What a column is for decides whether it goes: `personal.rs` has the list. What they bought stays on record under their id,
//! and entries of the audit log keep the facts without the values.

use std::collections::{BTreeSet, HashSet};

use keyward_core::Serial;

use super::about::About;
use super::merge::{approvals_for_change, licenses_for_change};
use super::personal::{Erase, without_personal_texts};
use crate::activation::Activation;
use crate::approval::ApprovalState;
use crate::change::{By, Change};
use crate::customer::Customer;
use crate::database::OldPages;
use crate::error::LedgerError;
use crate::id::{CustomerId, LicenseId};
use crate::ledger::{Ledger, retried};
use crate::license::{KeyRow, License, keys_of};
use crate::request::erase_answers;
use crate::table::select;
use crate::value::Field;

/// A customer after their erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Erased {
    /// The customer, and those who were merged into them.
    pub customers: Vec<CustomerId>,
    /// Their licenses. They stay on record.
    pub licenses: Vec<LicenseId>,
    /// The number of entries of the audit log that lost personal values.
    pub entries: u64,
    /// The license keys that name a licensee. What is signed can't be changed.
    pub retained: Vec<Serial>,
    /// Whether the files of the database have copies of what was erased.
    pub old_copies: OldCopies,
}

/// Copies of erased values in the files of a database. Backups are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldCopies {
    /// There are none: the file was written anew.
    Gone,
    /// There may be some. PostgreSQL removes them with its next `VACUUM` and checkpoints; [`Ledger::remove_old_copies`] removes
    /// them from SQLite, where a reader kept them, or the disk was full.
    Left,
}

impl Ledger {
    /// Erases a customer, with all who were merged into them. Their address is free again: who orders under it later is a new
    /// customer.
    ///
    /// # Errors
    ///
    /// A customer who is not on record, was merged, or is erased already; and the errors of the database.
    pub async fn erase_customer(&self, id: CustomerId, reason: Option<&str>, by: &By) -> Result<Erased, LedgerError> {
        let mut erased = retried!(self.erase_once(id, reason, by))?;
        erased.old_copies = self.old_copies_after_erasure().await;
        Ok(erased)
    }

    /// The customers who were erased. Kept elsewhere, the list repeats their erasure after a backup was restored.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn erasures(&self) -> Result<Vec<CustomerId>, LedgerError> {
        let sql = "select id from customers where erased_at is not null order by id";
        let found: Vec<(Vec<u8>,)> = self.database.all(sql, Vec::new()).await?;
        let id =
            |(id,)| CustomerId::from_stored(id).map_err(|_| LedgerError::Damaged { what: "a customer".to_owned() });
        found.into_iter().map(id).collect()
    }

    /// Erases those of these customers who are on record and not erased: after a backup was restored that is older than their
    /// erasure.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn repeat_erasures(&self, ids: &[CustomerId], by: &By) -> Result<Vec<Erased>, LedgerError> {
        let mut repeated = Vec::new();
        for id in ids {
            match retried!(self.erase_once(*id, None, by)) {
                // Those who were merged are erased with the one who is left.
                Err(
                    LedgerError::NoCustomer { .. }
                    | LedgerError::CustomerErased { .. }
                    | LedgerError::CustomerMerged { .. },
                ) => {}
                erased => repeated.push(erased?),
            }
        }
        if !repeated.is_empty() {
            let old_copies = self.old_copies_after_erasure().await;
            repeated.iter_mut().for_each(|erased| erased.old_copies = old_copies);
        }
        Ok(repeated)
    }

    /// Removes copies of erased values from the files of a SQLite database. The file is written anew: nothing else is written
    /// meanwhile, and the disk needs as much space again.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn remove_old_copies(&self) -> Result<OldCopies, LedgerError> {
        Ok(match self.database.remove_old_copies().await? {
            OldPages::Gone => OldCopies::Gone,
            OldPages::Left => OldCopies::Left,
        })
    }

    /// Removes old copies if it can. An erasure is done by then, whatever a full disk makes of this.
    async fn old_copies_after_erasure(&self) -> OldCopies {
        self.remove_old_copies().await.unwrap_or(OldCopies::Left)
    }

    async fn erase_once(&self, id: CustomerId, reason: Option<&str>, by: &By) -> Result<Erased, LedgerError> {
        let mut change = Change::begin(&self.database).await?;
        let customer = Customer::for_change(&mut change, id).await?;
        let customers = with_merged(&mut change, customer).await?;
        // A merge moves all licenses and approvals to the one who is left.
        let licenses = licenses_for_change(&mut change, id).await?;
        let mut erased = Erased {
            customers: customers.iter().map(|customer| customer.id).collect(),
            licenses: licenses.iter().map(|license| license.id).collect(),
            entries: 0,
            retained: Vec::new(),
            old_copies: OldCopies::Left,
        };
        let about = About::find(&mut change, &erased.customers, &erased.licenses).await?;

        // The rows are written anew also where nothing is removed: the entries that proved them lose their values.
        for mut license in licenses {
            license.erase();
            license.version = license.version.saturating_add(1);
            change.update(&license).await?;
            for key in change.tx().all::<KeyRow>(keys_of(), vec![license.id.value()]).await? {
                if key.claims()?.licensee().is_some() {
                    erased.retained.push(key.serial);
                }
                change.update(&without_personal_texts(key, Some(id))?).await?;
            }
            let sql = select::<Activation>("where license = $1 order by id");
            let activations: Vec<Activation> = change.tx().all_for_change(sql, vec![license.id.value()]).await?;
            for mut activation in activations {
                activation.erase();
                change.update(&activation).await?;
            }
        }
        for mut approval in approvals_for_change(&mut change, id).await? {
            approval.erase();
            // An order without its fields can't be approved.
            approval.state = ApprovalState::Withdrawn;
            change.update(&approval).await?;
        }
        for mut customer in customers {
            customer.erase();
            customer.erased_at = Some(by.millis());
            customer.version = customer.version.saturating_add(1);
            change.update(&customer).await?;
        }
        erased.entries = about.erase(&mut change).await?;
        change.entry(by.did("customer.erased").to(id).because(reason))?;
        for (license, serials) in about.licenses_of_others(&erased.licenses) {
            if rewrite(&mut change, license, serials).await? {
                change.entry(by.did("license.former-customer-erased").to(license))?;
            }
        }
        let ids = erased.customers.iter().map(ToString::to_string);
        let ids: HashSet<_> = ids.chain(about.licenses().map(|license| license.to_string())).collect();
        erase_answers(change.tx(), &ids, by).await?;
        change.commit_entries().await?;
        Ok(erased)
    }
}

/// Removes what the keys say of an earlier customer of a license, and gives whether it is still on record.
async fn rewrite(change: &mut Change, id: LicenseId, serials: &BTreeSet<Serial>) -> Result<bool, LedgerError> {
    let Some(license) = change.tx().find_for_change::<License>(id.value()).await? else { return Ok(false) };
    change.update(&license).await?;
    for key in change
        .tx()
        .all::<KeyRow>(keys_of(), vec![id.value()])
        .await?
        .into_iter()
        .filter(|key| serials.contains(&key.serial))
    {
        change.update(&without_personal_texts(key, license.customer)?).await?;
    }
    Ok(true)
}

/// The customer, and all who were merged into them.
async fn with_merged(change: &mut Change, customer: Customer) -> Result<Vec<Customer>, LedgerError> {
    let sql = select::<Customer>("where merged_into = $1 order by id");
    let mut ids = vec![customer.id];
    let mut all = vec![customer];
    while let Some(id) = ids.pop() {
        let merged: Vec<Customer> = change.tx().all_for_change(sql.clone(), vec![id.value()]).await?;
        ids.extend(merged.iter().map(|customer| customer.id));
        all.extend(merged);
    }
    Ok(all)
}
