//! The interface between decisions and the store of records.

use std::sync::Arc;

use keyward_core::Serial;

use super::{IssueRecord, RecordKey, Recorded};

/// A store of issue records: a [`RecordFile`](super::RecordFile), a [`MemoryRecord`](super::MemoryRecord), or a database.
///
/// No lock is held between [`find`](Storage::find) and [`append`](Storage::append), since a signer may take long. So
/// `append` refuses a record if a set that its decision used has changed since.
pub trait Storage {
    /// Why the store failed.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The needed records of each set, in the order of the sets; within a set, the oldest first.
    ///
    /// # Errors
    ///
    /// A store that can't be read.
    fn find(&mut self, sets: &[NeededSet]) -> Result<Vec<Vec<FoundRecord>>, Self::Error>;

    /// Appends the records in their order, durably: all of them or none. When it returns, they are on record.
    ///
    /// # Errors
    ///
    /// [`AppendError::Conflict`] if a set that one of the decisions used has changed, or a serial is on record now: decide
    /// again. [`AppendError::Storage`] if the store failed.
    fn append(&mut self, records: Vec<Sealed>) -> Result<Vec<Stored>, AppendError<Self::Error>>;
}

/// A set of records that a decision needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordSet {
    /// All records under a key.
    ByKey(RecordKey),
    /// All records of the license to which the key with this serial belongs. A reissue, a renewal, a locked key, and a stopgap
    /// for a known license belong to the license that they follow.
    License(Serial),
}

/// A set of which a decision needs the records, or those that are newer than the known ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NeededSet {
    /// The set.
    pub set: RecordSet,
    /// The position of the newest known record: those with a greater position are needed, and others are left out.
    /// `None`: all are needed.
    ///
    /// Only decisions that share their records, such as those of a batch, know records of a set. Each set of the store grows
    /// then, and never loses a record.
    pub after: Option<u64>,
}

impl NeededSet {
    /// All records of a set.
    pub const fn all(set: RecordSet) -> NeededSet {
        NeededSet { set, after: None }
    }
}

/// A record that a store found.
#[derive(Debug, Clone)]
pub struct FoundRecord {
    /// The position in the store: an older record of the same license has a smaller number. Records of different licenses may
    /// have the same, in a store that finds no records after a position.
    pub position: u64,
    /// The record.
    pub record: Arc<IssueRecord>,
}

/// A set that a decision used, perhaps empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenSet {
    /// The set.
    pub set: RecordSet,
    /// The number of its records.
    pub records: usize,
    /// The position of its newest record.
    pub newest: Option<u64>,
}

/// A signed license that is not stored yet. [`release`](crate::issuance::release) takes it once it is stored.
#[derive(Debug)]
pub struct Sealed {
    license: Recorded,
    keys: Vec<RecordKey>,
    seen: Vec<SeenSet>,
}

impl Sealed {
    /// Writes the line on the thread that signed.
    pub(crate) fn new(record: IssueRecord, keys: Vec<RecordKey>, seen: Vec<SeenSet>) -> Sealed {
        Sealed { license: Recorded::new(Arc::new(record)), keys, seen }
    }

    /// The record, with the license key in it, for the store only.
    pub const fn record(&self) -> &Arc<IssueRecord> {
        &self.license.record
    }

    /// The line of the record, with the license key in it, without a line break, for the store only.
    pub fn line(&self) -> &str {
        &self.license.line
    }

    /// The keys under which the store has to find the record.
    pub fn keys(&self) -> &[RecordKey] {
        &self.keys
    }

    /// The sets that the decision used.
    pub fn seen(&self) -> &[SeenSet] {
        &self.seen
    }

    /// The proof that the license is stored. A store calls this after its commit.
    pub fn into_stored(self) -> Stored {
        Stored(self.license)
    }
}

/// A license that a store has durably on record. [`release`](crate::issuance::release) gives its license key.
#[derive(Debug)]
pub struct Stored(pub(crate) Recorded);

impl Stored {
    /// A record that a store found.
    pub(crate) fn found(record: Arc<IssueRecord>) -> Stored {
        Stored(Recorded::new(record))
    }
}

/// Why records were not appended. None of them is on record.
#[derive(Debug, thiserror::Error)]
pub enum AppendError<E> {
    /// A set that a decision used has changed, or a serial is on record already.
    #[error("the record has changed since the decision: decide again")]
    Conflict,
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] E),
}
