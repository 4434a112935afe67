//! The entries of the audit log that are about a customer.

use std::collections::{BTreeMap, BTreeSet};

use keyward_core::Serial;

use crate::audit::OfLicense;
use crate::change::Change;
use crate::error::LedgerError;
use crate::id::{CustomerId, LicenseId};
use crate::value::{Field, Value};

/// The entries about some customers: those with their own rows, and those of licenses that were made while these were theirs.
#[derive(Debug, Default)]
pub(super) struct About {
    numbers: BTreeSet<i64>,
    /// The licenses that they have or had, with the keys that these entries show.
    licenses: BTreeMap<LicenseId, BTreeSet<Serial>>,
}

impl About {
    /// Finds them. It reads the whole log.
    pub(super) async fn find(
        change: &mut Change,
        customers: &[CustomerId],
        licenses: &[LicenseId],
    ) -> Result<About, LedgerError> {
        let mut about = About::default();
        about.licenses.extend(licenses.iter().map(|license| (*license, BTreeSet::new())));
        for customer in customers {
            // Their own rows have their id, and those of licenses while these were theirs.
            let sql = "select number, subject from audit_log where subject = $1 or entry like $2";
            let values = vec![text(customer.to_string()), text(format!("%\"{}\"%", hex::encode(customer.to_bytes())))];
            let found: Vec<(i64, Option<String>)> = change.tx().all(sql, values).await?;
            for (number, subject) in found {
                about.numbers.insert(number);
                if let Some(license) = subject.and_then(|subject| subject.parse().ok()) {
                    about.licenses.entry(license).or_default();
                }
            }
        }
        for (license, keys) in &mut about.licenses {
            let sql = "select number, entry from audit_log where subject = $1 order by number";
            let entries: Vec<(i64, String)> = change.tx().all(sql, vec![text(license.to_string())]).await?;
            let mut owned = false;
            for (number, entry) in entries {
                let shown = OfLicense::of(&entry);
                let before = owned;
                owned = shown.customer.map_or(owned, |owner| owner.is_some_and(|owner| customers.contains(&owner)));
                // The entry with which it went to another customer is about both.
                if before || owned {
                    about.numbers.insert(number);
                    keys.extend(shown.keys);
                }
            }
        }
        Ok(about)
    }

    /// Removes the personal values beside the entries, and gives the number of entries that had some.
    pub(super) async fn erase(&self, change: &mut Change) -> Result<u64, LedgerError> {
        let mut entries = 0_u64;
        for number in &self.numbers {
            let sql = "update audit_log set personal = null where number = $1 and personal is not null";
            entries = entries.saturating_add(change.tx().run(sql, vec![number.value()]).await?);
        }
        Ok(entries)
    }

    /// The licenses that they have or had.
    pub(super) fn licenses(&self) -> impl Iterator<Item = LicenseId> {
        self.licenses.keys().copied()
    }

    /// The licenses that are not among these: they have gone to others.
    pub(super) fn licenses_of_others(&self, own: &[LicenseId]) -> impl Iterator<Item = (LicenseId, &BTreeSet<Serial>)> {
        self.licenses.iter().map(|(license, keys)| (*license, keys)).filter(|(license, _)| !own.contains(license))
    }
}

fn text(text: String) -> Value {
    Value::Text(Some(text))
}
