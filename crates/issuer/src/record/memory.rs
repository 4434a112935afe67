use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;

use super::index::{Index, index};
use super::{AppendError, Found, IssueRecord, RecordKey, RecordSet, Sealed, Storage, Stored};

/// A record in memory, for callers that keep what was issued elsewhere or not at all, and for tests. It ends with the
/// program.
#[derive(Debug, Default)]
pub struct MemoryRecord {
    index: Index,
    records: Vec<Arc<IssueRecord>>,
}

impl MemoryRecord {
    /// The records, the oldest first.
    pub fn records(&self) -> &[Arc<IssueRecord>] {
        &self.records
    }
}

impl Storage for MemoryRecord {
    type Error = Infallible;

    fn find(&mut self, sets: &[RecordSet]) -> Result<Vec<Vec<Found>>, Infallible> {
        let found = |number: u32| {
            let record = self.records.get(index(number))?;
            Some(Found { position: number.into(), record: Arc::clone(record) })
        };
        Ok(sets.iter().map(|set| self.index.find(*set).into_iter().filter_map(found).collect()).collect())
    }

    fn append(&mut self, records: Vec<Sealed>) -> Result<Vec<Stored>, AppendError<Infallible>> {
        if conflicts(&self.index, &records) {
            return Err(AppendError::Conflict);
        }
        for record in &records {
            self.index.add(record.record(), record.keys());
            self.records.push(Arc::clone(record.record()));
        }
        Ok(records.into_iter().map(Sealed::into_stored).collect())
    }
}

/// Whether a set that one of the decisions saw has changed, by now or by a record before it, or a serial is taken.
pub(super) fn conflicts(index: &Index, records: &[Sealed]) -> bool {
    let mut keys: HashSet<RecordKey> = HashSet::new();
    let mut licenses: HashSet<u32> = HashSet::new();
    records.iter().any(|sealed| {
        let record = sealed.record();
        let changed = sealed.seen().iter().any(|seen| {
            let added = match seen.set {
                RecordSet::Under(key) => keys.contains(&key),
                RecordSet::License(serial) => index.license_of(serial).is_some_and(|first| licenses.contains(&first)),
            };
            added || index.find(seen.set).len() != seen.records
        });
        let serial = RecordKey::serial(record.serial());
        let taken = index.has(serial) || keys.contains(&serial);
        keys.extend(sealed.keys());
        licenses.extend(record.follows().and_then(|followed| index.license_of(followed)));
        changed || taken
    })
}
