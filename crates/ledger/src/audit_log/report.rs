//! What a verification of the ledger found.

use crate::audit::{ReplayError, TreeHead};
use crate::database::Read;

/// The differences that a [`Verification`] names. It counts the others.
const MAX_NAMED: usize = 100;

/// The result of [`Ledger::verify`](crate::Ledger::verify). It contains no personal value and no license key.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Verification {
    /// The log of the entries that have a position.
    pub head: TreeHead,
    /// The number of entries, from the first, that the given checkpoints confirm.
    pub confirmed: u64,
    /// The number of entries that have no position yet. They are compared with the tables as the others are, and no tree shows
    /// yet that none is missing.
    pub pending: u64,
    /// The number of entries without their personal values, because the customer was erased.
    pub erased: u64,
    /// The number of rows that were compared with the log.
    pub rows: u64,
    /// The first differences.
    pub differences: Vec<Difference>,
    /// The number of further differences.
    pub further: u64,
}

impl Verification {
    pub(super) const fn new() -> Verification {
        Verification {
            head: TreeHead { size: 0, root: crate::audit::RootHash::EMPTY },
            confirmed: 0,
            pending: 0,
            erased: 0,
            rows: 0,
            differences: Vec::new(),
            further: 0,
        }
    }

    /// Whether the log, the tables and the checkpoints agree.
    pub fn agrees(&self) -> bool {
        self.differences.is_empty() && self.further == 0
    }

    /// Adds a difference if not all rows of a table were read.
    pub(super) fn read(&mut self, table: &'static str, read: Read) {
        if read == Read::NotAll {
            self.add(Difference::Unread { table });
        }
    }

    pub(super) fn add(&mut self, difference: Difference) {
        match self.differences.len() < MAX_NAMED {
            true => self.differences.push(difference),
            false => self.further = self.further.saturating_add(1),
        }
    }
}

/// Something on record that is not as the audit log says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Difference {
    /// An entry of the log was changed.
    #[error("entry {number} of the audit log was changed: {fault}")]
    Entry {
        /// Its number in the database.
        number: i64,
        /// What is wrong with it.
        fault: EntryFault,
    },
    /// The positions of entries have a gap.
    #[error(
        "entry {number} of the audit log has position {found} instead of {expected}: entries were removed or moved"
    )]
    Position {
        /// The number of the entry in the database.
        number: i64,
        /// The position that is next.
        expected: u64,
        /// The position on record.
        found: i64,
    },
    /// The tree on record is not the one over the entries.
    #[error(
        "the tree over the audit log is another than that of its {computed} entries: entries were changed, removed or moved, or \
         the tree was"
    )]
    Tree {
        /// The number of entries with a position.
        computed: u64,
    },
    /// The log is not the one of a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] ReplayError),
    /// A checkpoint in the database is none of this log.
    #[error(
        "the checkpoint of {size} entries in the database is none of this log: it was changed, or another key signed it"
    )]
    StoredCheckpoint {
        /// Its size in the database.
        size: i64,
    },
    /// A table, an index or a trigger was made, altered or removed.
    #[error("{name} in the database is not as this version of the ledger makes it: it was added, altered or removed")]
    Schema {
        /// Its name.
        name: String,
    },
    /// Tables and indexes of SQLite's file are not whole: a query by an index finds another row than the table has.
    #[error("the file of the database is damaged or was altered beside SQLite, which says: {says}")]
    File {
        /// What SQLite's check says first. It names tables, indexes and numbers of rows.
        says: String,
    },
    /// Rows of a table have the same key, or one of another type.
    #[error("not all rows of {table} can be read in their order: the table was altered")]
    Unread {
        /// The table.
        table: &'static str,
    },
    /// A row was changed.
    #[error("the row {key} of {table} {fault}")]
    Row {
        /// The table.
        table: &'static str,
        /// The primary key, as in the audit log.
        key: String,
        /// What is wrong with it.
        fault: RowFault,
    },
}

/// What is wrong with an entry of the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryFault {
    /// The text is none that the ledger writes.
    #[error("its text can't be read")]
    Text,
    /// The leaf hash is that of another text.
    #[error("its leaf hash is that of another text")]
    Leaf,
    /// A column says something else than the text.
    #[error("its column {0} says something else than its text")]
    Column(&'static str),
    /// The personal values are not those that the text commits to.
    #[error("its personal values are not those of its text")]
    Personal,
    /// The personal values are missing, and no customer was erased.
    #[error("its personal values are missing, and its customer was not erased")]
    PersonalMissing,
    /// The entry is about a table that the ledger does not have.
    #[error("it is about a table that is not known here")]
    UnknownTable,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowFault {
    /// The log has it, and the table has not.
    #[error("is missing, and the audit log has it")]
    Missing,
    /// The table has it, and the log has not.
    #[error("is in no entry of the audit log")]
    NotInLog,
    /// A column has another value than the last entry with the row.
    #[error("has another value in the column {column} than entry {number} of the audit log")]
    Column {
        /// The column.
        column: &'static str,
        /// The number of the entry in the database.
        number: i64,
    },
    /// A column can't be compared, since the personal values of the last entry with the row are missing.
    #[error(
        "can't be compared in the column {column}: the personal values of entry {number} of the audit log are missing"
    )]
    Unproven {
        /// The column.
        column: &'static str,
        /// The number of the entry in the database.
        number: i64,
    },
    /// A record key follows from no license key, or is missing.
    #[error("does not follow from the license keys")]
    NotDerived,
    /// The number of activations of a license is another than that of its rows.
    #[error("has another number of activations than the table activations")]
    Activations,
}
