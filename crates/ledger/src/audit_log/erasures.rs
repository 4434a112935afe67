//! Entries whose personal values are missing: they must be about a customer who was erased.

use std::collections::HashSet;

use super::tables::Table;
use crate::audit::{RowText, Shown};
use crate::database::Tx;
use crate::error::LedgerError;

/// An id, as an entry spells it.
type Id = String;

/// The customers who were erased, and the licenses that ever were theirs.
#[derive(Debug)]
pub(super) struct Erasures {
    customers: HashSet<Id>,
    licenses: HashSet<Id>,
}

impl Erasures {
    /// The customers who were erased, by their table. It is compared with the log afterwards.
    pub(super) async fn read(tx: &mut Tx) -> Result<Erasures, LedgerError> {
        let mut customers = HashSet::new();
        tx.each("select id from customers where erased_at is not null", Vec::new(), |(id,): (Vec<u8>,)| {
            customers.insert(format!("\"{}\"", hex::encode(id)));
            Ok(())
        })
        .await?;
        Ok(Erasures { customers, licenses: HashSet::new() })
    }

    /// Whether a row of an entry is about a customer who was erased.
    pub(super) fn is_about(&mut self, table: &Table, key: &str, row: &RowText<'_>) -> bool {
        match table.name {
            "customers" => self.customers.contains(key),
            "licenses" if !self.customers.is_empty() => {
                let is_theirs = self.has_customer_of(row);
                if is_theirs {
                    self.licenses.insert(key.to_owned());
                }
                is_theirs
            }
            "approvals" => self.has_customer_of(row),
            _ => false,
        }
    }

    fn has_customer_of(&self, row: &RowText<'_>) -> bool {
        let customer = row.columns.iter().find(|(name, _)| *name == "customer");
        matches!(customer, Some((_, Shown::Plain(customer))) if self.customers.contains(*customer))
    }

    /// Whether the subject of an entry is a customer who was erased, or a license that is or was theirs.
    pub(super) fn has(&self, subject: Option<&str>) -> bool {
        let Some((_, digits)) = subject.and_then(|subject| subject.split_once('_')) else { return false };
        // A subject is a string as well, with its last quote.
        let id = format!("\"{digits}");
        self.customers.contains(&id) || self.licenses.contains(&id)
    }
}
