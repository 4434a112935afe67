//! Issuing with the ledger as the store of records: collect what a decision needs, decide, sign outside of any transaction,
//! and append, or decide again.

use std::collections::HashMap;

use keyward_catalog::Catalog;
use keyward_core::{Day, Serial};
use keyward_issuer::issuance::{DecisionContext, Issuance};
use keyward_issuer::order::Order;
use keyward_issuer::policy::{Decision, Permitted, Policy};
use keyward_issuer::record::{FoundRecord, RecordKey, RecordSet, Sealed, SeenSet};
use keyward_issuer::signature::Signer;
use keyward_issuer::{Issuer, Signature, TrustedKey};

use crate::change::{By, Change};
use crate::database::Database;
use crate::error::LedgerError;
use crate::id::CustomerId;
use crate::license::KeyRow;
use crate::table::Row;
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
            for set in &needs {
                found.push(find(database, *set).await?);
            }
            context.supply(&needs, found);
        }
        Ok(match issuance.decide(context)? {
            Decision::Repeated(record) => Decided::Repeated(record.serial()),
            Decision::Permitted(permitted) => Decided::Permitted(permitted),
        })
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
        Ok(self.issuance(by)?.sign(permitted, by.at)?)
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

/// A key with the customer of its license.
struct OwnedKey {
    key: KeyRow,
    customer: Option<CustomerId>,
}

macro_rules! owned_key {
    ($row:ty) => {
        impl<'r> sqlx::FromRow<'r, $row> for OwnedKey {
            fn from_row(row: &'r $row) -> sqlx::Result<OwnedKey> {
                let customer = Field::from_stored(sqlx::Row::try_get(row, "customer")?).map_err(sqlx::Error::Decode)?;
                Ok(OwnedKey { key: KeyRow::from_row(row)?, customer })
            }
        }
    };
}
owned_key!(sqlx::sqlite::SqliteRow);
owned_key!(sqlx::postgres::PgRow);

/// The records of a set, the oldest first.
async fn find(database: &Database, set: RecordSet) -> Result<Vec<FoundRecord>, LedgerError> {
    let names: Vec<String> = KeyRow::COLUMNS.iter().map(|column| format!("k.{}", column.name)).collect();
    let keys =
        format!("select {}, l.customer from license_keys k join licenses l on l.id = k.license", names.join(", "));
    let (sql, value) = match set {
        RecordSet::ByKey(key) => (
            format!(
                "{keys} where k.serial in (select serial from record_keys where record_key = $1) order by k.position"
            ),
            Value::Blob(Some(key.to_bytes().to_vec())),
        ),
        RecordSet::License(serial) => (
            format!(
                "{keys} where k.license = (select license from license_keys where serial = $1) order by k.position"
            ),
            serial.value(),
        ),
    };
    let found: Vec<OwnedKey> = database.all(sql, vec![value]).await?;
    let record = |owned: OwnedKey| {
        let position = u64::try_from(owned.key.position).unwrap_or_default();
        Ok(FoundRecord { position, record: owned.key.record(owned.customer)?.into() })
    };
    found.into_iter().map(record).collect()
}

/// Appends the record keys of a signed license, or finds that something which its decision used has changed since: then the
/// result is [`LedgerError::Conflict`]. The caller inserts the row of its key in the same change.
///
/// PostgreSQL needs no more than READ COMMITTED: everything that the decision used is locked before it is counted.
pub(crate) async fn append(change: &mut Change, sealed: &[Sealed]) -> Result<(), LedgerError> {
    let looked_up = |seen: &SeenSet| match seen.set {
        RecordSet::ByKey(key) => Some((key, seen.records)),
        RecordSet::License(_) => None,
    };
    let seen: Vec<(RecordKey, usize)> =
        sealed.iter().flat_map(|sealed| sealed.seen().iter().filter_map(looked_up)).collect();
    // Two keys with one serial are refused by the table itself.
    let own: Vec<RecordKey> = sealed.iter().map(|sealed| RecordKey::serial(sealed.record().serial())).collect();
    let is_shared = |key: &RecordKey| !own.contains(key);

    let added = || sealed.iter().flat_map(|sealed| sealed.keys().iter().copied());
    let mut shared: Vec<RecordKey> = seen.iter().map(|(key, _)| *key).chain(added()).filter(is_shared).collect();
    shared.sort_unstable();
    shared.dedup();
    change.tx().lock(shared.iter().map(lock_of).collect()).await?;

    let mut counts: HashMap<RecordKey, (usize, i64)> = HashMap::new();
    for key in &shared {
        let sql = "select count(*), coalesce(max(ordinal), -1) from record_keys where record_key = $1";
        let found: Option<(i64, i64)> = change.tx().one(sql, vec![blob(*key)]).await?;
        let (count, last) = found.unwrap_or((0, -1));
        counts.insert(*key, (usize::try_from(count).unwrap_or_default(), last));
    }
    for (key, records) in &seen {
        if is_shared(key) && counts.get(key).is_some_and(|(count, _)| count != records) {
            return Err(LedgerError::Conflict);
        }
    }
    for seen in sealed.iter().flat_map(Sealed::seen) {
        let RecordSet::License(serial) = seen.set else { continue };
        let sql =
            "select count(*) from license_keys where license = (select license from license_keys where serial = $1)";
        let found: Option<(i64,)> = change.tx().one(sql, vec![serial.value()]).await?;
        if found.and_then(|(count,)| usize::try_from(count).ok()) != Some(seen.records) {
            return Err(LedgerError::Conflict);
        }
    }

    let mut rows = Vec::new();
    for sealed in sealed {
        for key in sealed.keys() {
            let (_, last) = counts.entry(*key).or_insert((0, -1));
            *last = last.saturating_add(1);
            rows.push([blob(*key), last.value(), sealed.record().serial().value()]);
        }
    }
    change.tx().insert_values("record_keys (record_key, ordinal, serial)", &rows).await?;
    Ok(())
}

/// Moves keys of one license to another customer: later orders find them under that name.
pub(crate) async fn rekey(
    change: &mut Change,
    keys: &[KeyRow],
    before: Option<CustomerId>,
    after: Option<CustomerId>,
) -> Result<(), LedgerError> {
    for key in keys {
        let (old, new) = (key.record(before)?.keys(), key.record(after)?.keys());
        change.tx().lock(old.iter().chain(&new).map(lock_of).collect()).await?;
        for gone in old.iter().filter(|old| !new.contains(old)) {
            let sql = "delete from record_keys where record_key = $1 and serial = $2";
            change.tx().run(sql, vec![blob(*gone), key.serial.value()]).await?;
        }
        for added in new.iter().filter(|new| !old.contains(new)) {
            let sql = "insert into record_keys (record_key, ordinal, serial) \
                       select $1, coalesce(max(ordinal), -1) + 1, $2 from record_keys where record_key = $1";
            change.tx().run(sql, vec![blob(*added), key.serial.value()]).await?;
        }
    }
    Ok(())
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
