//! The interface between decisions and the store of what was issued.

use std::sync::Arc;

use keyward_core::Serial;

use super::{IssueRecord, RecordKey, Recorded};

/// A store of issue records: a [`RecordFile`](super::RecordFile), a [`MemoryRecord`](super::MemoryRecord), a database.
///
/// No lock is held between the two calls: a signer may take long. So [`append`](Storage::append) is told what the decision
/// saw, and refuses records whose decision may be another one now.
pub trait Storage {
    /// Why the store failed.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The records of each set, in the order in which the sets are asked for; within a set, the oldest first.
    ///
    /// # Errors
    ///
    /// A store that can't be read.
    fn find(&mut self, sets: &[RecordSet]) -> Result<Vec<Vec<Found>>, Self::Error>;

    /// Appends the records in their order, durably: all of them or none. What it returns is on record when it returns.
    ///
    /// # Errors
    ///
    /// [`AppendError::Conflict`] if a set that one of the decisions saw has changed, or a serial is on record by now: decide
    /// again. [`AppendError::Storage`] if the store failed.
    fn append(&mut self, records: Vec<Sealed>) -> Result<Vec<Stored>, AppendError<Self::Error>>;
}

/// A set of records that a decision asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordSet {
    /// All records under a key.
    Under(RecordKey),
    /// All records of the license to which the key with this serial belongs. A reissue, a renewal, and a stopgap that names
    /// what it bridges belong to the license that they follow.
    License(Serial),
}

/// A record that a store found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its place in the store: older records have smaller numbers.
    pub position: u64,
    /// The record.
    pub record: Arc<IssueRecord>,
}

/// A set that a decision saw, and how many records were in it: none is a sight too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// The set.
    pub set: RecordSet,
    /// How many records it had.
    pub records: usize,
}

/// A signed license on its way into a store. Its key leaves once it is stored: see [`release`](crate::issuance::release).
#[derive(Debug)]
pub struct Sealed {
    license: Recorded,
    keys: Vec<RecordKey>,
    seen: Vec<Seen>,
}

impl Sealed {
    /// Writes the line here, on the thread that signed.
    pub(crate) fn new(record: IssueRecord, keys: Vec<RecordKey>, seen: Vec<Seen>) -> Sealed {
        Sealed { license: Recorded::new(Arc::new(record)), keys, seen }
    }

    /// The record, for the store alone: it has the license key in it.
    pub const fn record(&self) -> &Arc<IssueRecord> {
        &self.license.record
    }

    /// The record's line, without the line break, for the store alone: it has the license key in it.
    pub fn line(&self) -> &str {
        &self.license.line
    }

    /// The keys under which the record has to be found.
    pub fn keys(&self) -> &[RecordKey] {
        &self.keys
    }

    /// What the decision saw.
    pub fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// The proof that the record is stored. A store makes it after its commit.
    pub fn into_stored(self) -> Stored {
        Stored(self.license)
    }
}

/// A license that a store has on record, durably. [`release`](crate::issuance::release) makes a license key of it.
#[derive(Debug)]
pub struct Stored(pub(crate) Recorded);

impl Stored {
    /// A record that a store found is stored.
    pub(crate) fn found(record: Arc<IssueRecord>) -> Stored {
        Stored(Recorded::new(record))
    }
}

/// Why records were not appended. None of them is on record.
#[derive(Debug, thiserror::Error)]
pub enum AppendError<E> {
    /// A set that a decision saw has changed, or a serial is taken.
    #[error("the record has changed since the order was decided on: decide again")]
    Conflict,
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] E),
}
