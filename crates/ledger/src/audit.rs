//! The audit log: every change, in the order in which it was committed, under a Merkle tree.
//!
//! The log is a list of entries that only grows. [`LeafHash::of`] is the hash of an entry, and a [`Frontier`] takes the leaf
//! hashes one after the other and has the root of the tree over them at any time. A [`ConsistencyProof`] shows in a few hashes
//! that a log extends an older one.

// Each module may use those to its left:
//     entry, tree ← consistency
mod consistency;
mod entry;
mod tree;

pub(crate) use entry::{Entry, Event, Rows};

pub use consistency::{ConsistencyError, ConsistencyProof};
pub use tree::{Frontier, FrontierError, LeafHash, RootHash, TreeHead};
