//! Entries whose personal values are missing: the customer must have been erased.

use std::collections::{HashMap, HashSet};

use super::report::{Difference, EntryFault, Verification};
use super::tables::Table;
use crate::database::Cells;
use crate::value::Value;

/// An id, as its digits in an entry.
type Id = String;

/// The entries without their personal values, by subject, and the customers who were erased.
#[derive(Debug, Default)]
pub(super) struct Erasures {
    missing: HashMap<Id, Missing>,
    erased: HashSet<Id>,
    merged: HashMap<Id, Id>,
}

/// Entries about one license or customer.
#[derive(Debug, Default)]
struct Missing {
    first: i64,
    entries: u64,
    /// The customers whom these entries are about.
    customers: HashSet<Id>,
}

impl Erasures {
    /// An entry lacks its personal values.
    pub(super) fn missing(&mut self, number: i64, subject: Option<&str>, customers: Vec<Id>) {
        let subject = subject.and_then(|subject| subject.split_once('_')).map_or("", |(_, digits)| digits);
        let missing = self.missing.entry(subject.to_owned()).or_insert(Missing { first: number, ..Missing::default() });
        missing.entries = missing.entries.saturating_add(1);
        missing.customers.extend(customers);
    }

    /// A row of a table, which tells who was erased and whose the licenses are.
    pub(super) fn row(&mut self, table: &Table, cells: &Cells) {
        let cell = |name| cells.0.get(table.index(name)?);
        let id = |name| match cell(name)? {
            Value::Blob(Some(bytes)) => Some(hex::encode(bytes)),
            _ => None,
        };
        match table.name {
            "customers" => {
                let is_erased = matches!(cell("erased_at"), Some(Value::Integer(Some(_))));
                if let Some(customer) = id("id").filter(|_| is_erased) {
                    self.erased.insert(customer);
                }
                if let Some((customer, into)) = id("id").zip(id("merged_into")) {
                    self.merged.insert(customer, into);
                }
            }
            "licenses" if !self.missing.is_empty() => {
                if let Some((missing, customer)) =
                    id("id").and_then(|license| self.missing.get_mut(&license)).zip(id("customer"))
                {
                    missing.customers.insert(customer);
                }
            }
            _ => {}
        }
    }

    /// The number of entries of erased customers. The others are differences.
    pub(super) fn finish(self, report: &mut Verification) {
        let mut faults = Vec::new();
        for (subject, missing) in &self.missing {
            match missing.customers.iter().chain([subject]).any(|customer| self.is_erased(customer)) {
                true => report.erased = report.erased.saturating_add(missing.entries),
                false => faults.push(missing.first),
            }
        }
        faults.sort_unstable();
        for number in faults {
            report.add(Difference::Entry { number, fault: EntryFault::PersonalMissing });
        }
    }

    /// Whether this customer was erased, or one into whom they were merged.
    fn is_erased(&self, customer: &Id) -> bool {
        let merged = std::iter::successors(Some(customer), |customer| self.merged.get(*customer));
        // A ring of merges is no difference of its own.
        merged.take(self.merged.len().saturating_add(1)).any(|customer| self.erased.contains(customer))
    }
}
