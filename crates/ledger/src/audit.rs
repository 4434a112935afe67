//! The audit log: every change, in the order in which it was committed, under a Merkle tree.
//!
//! The log is a list of entries that only grows. [`LeafHash::of`] is the hash of an entry, and a [`Frontier`] takes the leaf
//! hashes one after the other and has the root of the tree over them at any time. A signed [`Checkpoint`] states the root, and
//! leaves the machine. Later, [`Replay`] compares the entries with it, or a [`ConsistencyProof`] shows in a few hashes that the
//! log extends the one of the checkpoint. So a changed, removed, moved or cut-off entry is found, in the database with
//! [`Ledger::verify`](crate::Ledger::verify), and in an export with [`verify_export`].
//!
//! `spec/AUDIT.md` specifies all of it.

// Each module may use those to its left:
//     entry, note, origin, scanner, tree ← personal, read ← checkpoint_key, consistency, export, replay ← checkpoint ← offline
mod checkpoint;
mod checkpoint_key;
mod consistency;
mod entry;
mod export;
mod note;
mod offline;
mod origin;
mod personal;
mod read;
mod replay;
mod scanner;
mod tree;

pub(crate) use entry::{Entry, Event, OfLicense, Rows, secret};
pub(crate) use personal::Personal;
pub(crate) use read::{EntryReader, Head, RowText, Shown, columns_of};
pub(crate) use scanner::{Misspelled, said};

pub use checkpoint::{Checkpoint, CheckpointError, CheckpointSignError};
pub use checkpoint_key::{CheckpointKey, CheckpointKeyError};
pub use consistency::{ConsistencyError, ConsistencyProof};
pub use export::{ExportError, ExportLineError, ExportReader, ExportedEntry};
pub use note::NoteError;
pub use offline::{ExportFault, VerifiedExport, verify_export};
pub use origin::{Origin, OriginError};
pub use replay::{Replay, ReplayError};
pub use tree::{Frontier, FrontierError, LeafHash, RootHash, TreeHead};
