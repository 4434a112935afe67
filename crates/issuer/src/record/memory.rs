use std::convert::Infallible;
use std::sync::Arc;

use super::index::{Index, index};
use super::{AppendError, FoundRecord, IssueRecord, NeededSet, Sealed, Storage, Stored};

/// A record in memory, for programs that keep licenses elsewhere or not at all, and for tests. It ends with the program.
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

    fn find(&mut self, sets: &[NeededSet]) -> Result<Vec<Vec<FoundRecord>>, Infallible> {
        let found = |number: u32| {
            let record = self.records.get(index(number))?;
            Some(FoundRecord { position: number.into(), record: Arc::clone(record) })
        };
        Ok(sets.iter().map(|set| self.index.find(*set).into_iter().filter_map(found).collect()).collect())
    }

    fn append(&mut self, records: Vec<Sealed>) -> Result<Vec<Stored>, AppendError<Infallible>> {
        if self.index.conflicts_with(&records) {
            return Err(AppendError::Conflict);
        }
        for record in &records {
            self.index.add(record.record(), record.keys());
            self.records.push(Arc::clone(record.record()));
        }
        Ok(records.into_iter().map(Sealed::into_stored).collect())
    }
}
