//! Issuing with the ledger as the store of records: collect what a decision needs, decide, sign outside of any transaction,
//! and append, or decide again.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyward_catalog::Catalog;
use keyward_core::{Day, Quantity, Serial};
use keyward_issuer::issuance::{DecisionContext, Issuance};
use keyward_issuer::order::{Approval, Order};
use keyward_issuer::policy::{Decision, Permitted, Policy, Refusals};
use keyward_issuer::record::{FoundRecord, IssueRecord, RecordKey, RecordSet, Sealed, SeenSet};
use keyward_issuer::signature::Signer;
use keyward_issuer::{Issuer, Signature, TrustedKey};

use crate::change::{By, Change};
use crate::database::{Database, Lock};
use crate::error::LedgerError;
use crate::id::CustomerId;
use crate::license::{DeletedKey, KeyRow};
use crate::observed;
use crate::table::{columns_as, places, select};
use crate::value::{Field, Value};

/// Everything that is needed to issue licenses, except the order.
#[derive(Debug)]
pub struct Issuing<'a, S> {
    /// The catalogue, with the rules.
    pub catalog: &'a Catalog,
    /// The signing key.
    pub issuer: &'a Issuer<S>,
    /// Further public keys that may have signed licenses on record.
    pub trusted: &'a [TrustedKey],
}

// Not derived: the signer need not be Clone.
impl<S> Clone for Issuing<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Issuing<'_, S> {}

impl<S: Signer<Signature>> Issuing<'_, S> {
    /// Decides on an order. Nothing is stored yet.
    pub(crate) async fn decide(&self, database: &Database, order: &Order, by: &By) -> Result<Decided, LedgerError> {
        let issuance = self.issuance(by)?;
        let mut context: DecisionContext<'_> = issuance.context(order, by.at);
        loop {
            let needs = context.needs();
            if needs.is_empty() {
                break;
            }
            let mut found = Vec::new();
            for needed in &needs {
                found.push(find(database, needed.set).await?);
            }
            context.supply(&needs, found);
        }
        Ok(match issuance.decide(context)? {
            Decision::Repeated(record) => Decided::Repeated(record.serial()),
            Decision::Permitted(permitted) => Decided::Permitted(permitted),
        })
    }

    /// What a refused order would make if it were approved, for a reason that names all that it has to. Nobody has approved it:
    /// the result is not signed.
    ///
    /// # Errors
    ///
    /// All rules that the order breaks, if no approval lifts one of them.
    pub(crate) async fn decide_as_approved(
        &self,
        database: &Database,
        order: &Order,
        refusals: &Refusals,
        by: &By,
    ) -> Result<Permitted, LedgerError> {
        let named = refusals.named_by_approval();
        let reason = named.iter().fold("approved".to_owned(), |reason, serial| format!("{reason} {serial}"));
        let mut approved = order.clone();
        approved.approval = Some(Approval { by: "nobody yet".to_owned(), reason });
        match self.decide(database, &approved, by).await {
            Ok(Decided::Permitted(permitted)) => Ok(*permitted),
            // It was carried out meanwhile.
            Ok(Decided::Repeated(_)) => Err(LedgerError::Conflict),
            Err(LedgerError::Refused(kept)) => Err(LedgerError::Refused(refusals.clone().and(kept))),
            Err(error) => Err(error),
        }
    }

    /// Decides on an order whose serial was drawn, and that looks up nothing else: it has no id, no customer, and follows no
    /// license. A serial that is taken is found when the license is stored.
    pub(crate) fn decide_alone(&self, order: &Order, by: &By) -> Result<Permitted, LedgerError> {
        let issuance = self.issuance(by)?;
        let mut context = issuance.context(order, by.at);
        loop {
            let needs = context.needs();
            if needs.is_empty() {
                break;
            }
            let none = needs.iter().map(|_| Vec::new()).collect();
            context.supply(&needs, none);
        }
        match issuance.decide(context)? {
            Decision::Permitted(permitted) => Ok(*permitted),
            Decision::Repeated(_) => Err(LedgerError::Conflict),
        }
    }

    /// Signs a permitted license.
    pub(crate) fn sign(&self, permitted: Permitted, by: &By) -> Result<Sealed, LedgerError> {
        let sealed = self.issuance(by)?.sign(permitted, by.at)?;
        observed::signed("license");
        Ok(sealed)
    }

    fn issuance<'b>(&'b self, by: &'b By) -> Result<Issuance<'b, S>, LedgerError> {
        let today = Day::from_date(by.at.date_naive()).map_err(|_| LedgerError::Clock { at: by.at })?;
        let policy = Policy::new(self.catalog, today);
        Ok(Issuance { policy, issuer: self.issuer, trusted: self.trusted, issued_by: &by.actor })
    }
}

/// A decision on an order that breaks no rule.
#[derive(Debug)]
pub(crate) enum Decided {
    /// A license may be issued.
    Permitted(Box<Permitted>),
    /// The order was carried out earlier, and made the key with that serial.
    Repeated(Serial),
}

/// A key, with what changes at its license without a new key.
struct OwnedKey {
    key: KeyRow,
    customer: Option<CustomerId>,
    activation_limit: Quantity,
}

impl OwnedKey {
    /// The issue record, as if it had been issued today.
    fn record(self) -> Result<IssueRecord, LedgerError> {
        let record = self.key.record(self.customer)?;
        let limit = match (self.activation_limit, record.details().activations) {
            (Quantity::Unlimited, None) => None,
            (limit, _) => Some(limit),
        };
        Ok(record.with_activations(limit))
    }
}

macro_rules! owned_key {
    ($row:ty) => {
        impl<'r> sqlx::FromRow<'r, $row> for OwnedKey {
            fn from_row(row: &'r $row) -> sqlx::Result<OwnedKey> {
                let customer = Field::from_stored(sqlx::Row::try_get(row, "customer")?).map_err(sqlx::Error::Decode)?;
                let limit = Field::from_stored(sqlx::Row::try_get(row, "activation_limit")?);
                let activation_limit = limit.map_err(sqlx::Error::Decode)?;
                Ok(OwnedKey { key: KeyRow::from_row(row)?, customer, activation_limit })
            }
        }
    };
}
owned_key!(sqlx::sqlite::SqliteRow);
owned_key!(sqlx::postgres::PgRow);

/// The keys of a license that count in decisions: the key of a machine that was released does not.
const OF_LICENSE: &str = "license_keys k where k.license = (select license from license_keys where serial = $1) \
                          and not (k.role = 'locked' and k.status = 'revoked')";

/// The records of a set, the oldest first.
async fn find(database: &Database, set: RecordSet) -> Result<Vec<FoundRecord>, LedgerError> {
    let columns = format!(
        "select {}, (select customer from licenses where id = k.license) as customer, \
         (select activation_limit from licenses where id = k.license) as activation_limit",
        columns_as::<KeyRow>("k")
    );
    let (sql, value) = match set {
        RecordSet::ByKey(key) => (
            format!(
                "{columns} from license_keys k where k.serial in (select serial from record_keys where record_key = $1) \
                 order by k.position"
            ),
            blob(key),
        ),
        RecordSet::License(serial) => (format!("{columns} from {OF_LICENSE} order by k.position"), serial.value()),
    };
    let found: Vec<OwnedKey> = database.all(sql, vec![value]).await?;
    let record = |owned: OwnedKey| {
        let position = u64::try_from(owned.key.position).unwrap_or_default();
        Ok(FoundRecord { position, record: owned.record()?.into() })
    };
    found.into_iter().map(record).collect()
}

/// The record of the license that the order with that id made.
pub(crate) async fn of_order(database: &Database, id: &str) -> Result<Option<Arc<IssueRecord>>, LedgerError> {
    let found = find(database, RecordSet::ByKey(RecordKey::order(id))).await?;
    Ok(found.into_iter().next().map(|found| found.record))
}

/// Appends the record keys of signed licenses, or finds that something which a decision used has changed since: then the
/// result is [`LedgerError::Conflict`]. The caller inserts the rows of the keys in the same change.
///
/// PostgreSQL needs no more than READ COMMITTED. What a decision looked up is locked and counted again. What is added is locked
/// for those who look it up, and shared by those who add to it.
pub(crate) async fn append(change: &mut Change, sealed: &[Sealed]) -> Result<(), LedgerError> {
    // Two license keys with one serial are refused by the table itself. That of a deleted license is never used again.
    for sealed in sealed.chunks(MAX_SERIALS) {
        refuse_deleted(change, sealed).await?;
    }
    let own: Vec<RecordKey> = sealed.iter().map(|sealed| RecordKey::serial(sealed.record().serial())).collect();
    let looked_up = |seen: &SeenSet| match seen.set {
        RecordSet::ByKey(key) => Some((key, seen.records)),
        RecordSet::License(_) => None,
    };
    let seen = sealed.iter().flat_map(Sealed::seen).filter_map(looked_up);
    let seen: BTreeMap<RecordKey, usize> = seen.filter(|(key, _)| !own.contains(key)).collect();
    let added = sealed.iter().flat_map(Sealed::keys).filter(|key| !own.contains(key));
    let locks = seen.keys().map(|key| (lock_of(key), Lock::Exclusive));
    change.tx().lock(locks.chain(added.map(|key| (lock_of(key), Lock::Shared))).collect()).await?;

    for (key, records) in seen {
        let sql = "select count(*) from record_keys where record_key = $1";
        counted(change, sql.to_owned(), blob(key), records).await?;
    }
    for seen in sealed.iter().flat_map(Sealed::seen) {
        let RecordSet::License(serial) = seen.set else { continue };
        counted(change, format!("select count(*) from {OF_LICENSE}"), serial.value(), seen.records).await?;
    }

    let row = |sealed: &Sealed, key: &RecordKey| [blob(*key), sealed.record().serial().value()];
    let rows = sealed.iter().flat_map(|sealed| sealed.keys().iter().map(move |key| row(sealed, key)));
    change.tx().insert_values("record_keys (record_key, serial)", &rows.collect::<Vec<_>>()).await
}

/// The serials that one query asks for.
const MAX_SERIALS: usize = 500;

/// Refuses the serials of deleted licenses.
async fn refuse_deleted(change: &mut Change, sealed: &[Sealed]) -> Result<(), LedgerError> {
    let serials = sealed.iter().map(|sealed| sealed.record().serial().value()).collect();
    let places = places(sealed.len());
    let sql = select::<DeletedKey>(&format!("where serial in ({places}) order by serial limit 1"));
    match change.tx().one::<DeletedKey>(sql, serials).await? {
        Some(deleted) => Err(LedgerError::SerialUsed { serial: deleted.serial }),
        None => Ok(()),
    }
}

/// Counts the records of a set again. Another number is a [`LedgerError::Conflict`].
async fn counted(change: &mut Change, sql: String, value: Value, records: usize) -> Result<(), LedgerError> {
    let found: Option<(i64,)> = change.tx().one(sql, vec![value]).await?;
    let is_same = found.is_some_and(|(count,)| usize::try_from(count) == Ok(records));
    if is_same { Ok(()) } else { Err(LedgerError::Conflict) }
}

/// Moves keys of one license to another customer: later orders find them under that name.
pub(crate) async fn rekey(
    change: &mut Change,
    keys: &[KeyRow],
    before: Option<CustomerId>,
    after: Option<CustomerId>,
) -> Result<(), LedgerError> {
    let (mut gone, mut added) = (Vec::new(), Vec::new());
    for key in keys {
        let (old, new) = (key.record(before)?.keys(), key.record(after)?.keys());
        gone.extend(old.iter().filter(|old| !new.contains(old)).map(|old| (*old, key.serial)));
        added.extend(new.iter().filter(|new| !old.contains(new)).map(|new| (*new, key.serial)));
    }
    refile(change, gone, added).await
}

/// Removes the record keys of the keys of a license that is deleted: later orders find them no more.
pub(crate) async fn unfile(
    change: &mut Change,
    keys: &[KeyRow],
    customer: Option<CustomerId>,
) -> Result<(), LedgerError> {
    let mut gone = Vec::new();
    for key in keys {
        gone.extend(key.record(customer)?.keys().into_iter().map(|gone| (gone, key.serial)));
    }
    refile(change, gone, Vec::new()).await
}

/// Removes record keys of license keys, and adds others.
async fn refile(
    change: &mut Change,
    gone: Vec<(RecordKey, Serial)>,
    added: Vec<(RecordKey, Serial)>,
) -> Result<(), LedgerError> {
    let locks = gone.iter().chain(&added).map(|(key, _)| (lock_of(key), Lock::Exclusive));
    change.tx().lock(locks.collect()).await?;
    for (key, serial) in gone {
        let sql = "delete from record_keys where record_key = $1 and serial = $2";
        change.tx().run(sql, vec![blob(key), serial.value()]).await?;
    }
    let added: Vec<_> = added.into_iter().map(|(key, serial)| [blob(key), serial.value()]).collect();
    change.tx().insert_values("record_keys (record_key, serial)", &added).await
}

fn blob(key: RecordKey) -> Value {
    Value::Blob(Some(key.to_bytes().to_vec()))
}

/// The number of the lock for a record key.
fn lock_of(key: &RecordKey) -> i64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(key.to_bytes()).for_each(|(byte, of_key)| *byte = of_key);
    i64::from_le_bytes(bytes)
}
