//! A change of the ledger: rows, and the entries of the audit log that show them, in one transaction.

use chrono::{DateTime, Utc};

use crate::audit::{Entry, Event, LeafHash, Rows};
use crate::claim::Claim;
use crate::database::{Database, Tx};
use crate::error::LedgerError;
use crate::id::random;
use crate::observed;
use crate::table::Row;
use crate::value::Value;

/// Who changes something, and when.
#[derive(Debug, Clone)]
pub struct By {
    /// The name or id of the person or program.
    pub actor: String,
    /// The time.
    pub at: DateTime<Utc>,
    /// The request that is carried out, if it is to be carried out once.
    pub(crate) request: Option<Claim>,
    /// Whether a reissue may take what only an approval gives back.
    pub(crate) takes_for_good: bool,
}

impl By {
    /// That person or program, at that time.
    pub fn new(actor: impl Into<String>, at: DateTime<Utc>) -> By {
        By { actor: actor.into(), at, request: None, takes_for_good: true }
    }

    /// The same, to carry out a request that was claimed: the change is made only while the claim is held.
    #[must_use]
    pub fn answering(&self, claim: &Claim) -> By {
        By { request: Some(claim.clone()), ..self.clone() }
    }

    /// The same, of one whose reissues take nothing that only an approval gives back:
    /// [`takes_for_good`](keyward_issuer::policy::takes_for_good). Such a reissue is [`LedgerError::TakesForGood`].
    #[must_use]
    pub fn taking_nothing_for_good(self) -> By {
        By { takes_for_good: false, ..self }
    }

    /// An event of the audit log.
    pub(crate) fn did(&self, action: &'static str) -> Event {
        Event {
            at: self.at,
            actor: self.actor.clone(),
            action,
            subject: None,
            detail: None,
            reason: None,
            request: self.request.clone(),
        }
    }

    /// The time in milliseconds since 1970.
    pub(crate) fn millis(&self) -> i64 {
        self.at.timestamp_millis()
    }

    /// The time in microseconds since 1970.
    pub(crate) fn micros(&self) -> i64 {
        self.at.timestamp_micros()
    }
}

/// A transaction whose rows are written through it alone, so that no row changes without its entry.
#[derive(Debug)]
pub(crate) struct Change {
    tx: Tx,
    rows: Rows,
    entries: Vec<(Event, Entry)>,
}

impl Change {
    pub(crate) async fn begin(database: &Database) -> Result<Change, LedgerError> {
        Ok(Change { tx: database.begin().await?, rows: Rows::new(random()?), entries: Vec::new() })
    }

    /// The transaction, for reading and for tables that follow from others.
    pub(crate) const fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    pub(crate) async fn insert<R: Row>(&mut self, row: &R) -> Result<(), LedgerError> {
        self.rows.put(row);
        self.tx.insert(std::slice::from_ref(row)).await
    }

    pub(crate) async fn update<R: Row>(&mut self, row: &R) -> Result<(), LedgerError> {
        self.rows.put(row);
        self.tx.update(row).await
    }

    pub(crate) async fn delete<R: Row>(&mut self, row: &R) -> Result<(), LedgerError> {
        self.rows.delete(row);
        self.tx.delete(row).await
    }

    /// Notes a row for the next entry, which the caller inserts with others.
    pub(crate) fn note<R: Row>(&mut self, row: &R) {
        self.rows.put(row);
    }

    /// Ends an entry: it shows the rows since the entry before it.
    pub(crate) fn entry(&mut self, event: Event) -> Result<(), LedgerError> {
        let rows = std::mem::replace(&mut self.rows, Rows::new(random()?));
        let entry = rows.into_entry(&event);
        self.entries.push((event, entry));
        Ok(())
    }

    /// Ends the entry, and commits.
    pub(crate) async fn commit(mut self, event: Event) -> Result<(), LedgerError> {
        self.entry(event)?;
        self.commit_entries().await
    }

    /// Writes the entries and commits. Entries are written last: all rows are locked by then, so entries of one row have
    /// ascending numbers.
    pub(crate) async fn commit_entries(mut self) -> Result<(), LedgerError> {
        debug_assert!(self.rows.is_empty(), "every row belongs to an entry");
        let row = |(event, entry): &(Event, Entry)| {
            [
                Value::Integer(Some(event.at.timestamp_millis())),
                Value::Text(Some(event.actor.clone())),
                Value::Text(Some(event.action.to_owned())),
                Value::Text(event.subject.clone()),
                Value::Text(Some(entry.text.clone())),
                Value::Blob(Some(LeafHash::of(entry.text.as_bytes()).to_bytes().to_vec())),
                Value::Text(entry.personal.clone()),
            ]
        };
        let rows: Vec<_> = self.entries.iter().map(row).collect();
        self.tx.insert_values("audit_log (at, actor, action, subject, entry, leaf, personal)", &rows).await?;
        if let Some(claim) = self.entries.iter().find_map(|(event, _)| event.request.as_ref()) {
            let mut subjects: Vec<_> = self.entries.iter().filter_map(|(event, _)| event.subject.as_deref()).collect();
            subjects.dedup();
            carried_out(&mut self.tx, claim, subjects.join(" ")).await?;
        }
        self.tx.commit().await?;
        self.entries.iter().for_each(|(event, _)| observed::committed(event.action));
        Ok(())
    }
}

/// Writes what a request did, in the transaction that does it.
async fn carried_out(tx: &mut Tx, claim: &Claim, subjects: String) -> Result<(), LedgerError> {
    let sql = "update requests set subjects = $3 where id = $1 and claim = $2 and subjects is null";
    let mut values = claim.values();
    values.push(Value::Text(Some(subjects)));
    // Another took it over, because this one took too long.
    if tx.run(sql, values).await? == 0 { Err(LedgerError::ClaimLost) } else { Ok(()) }
}
