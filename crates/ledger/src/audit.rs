//! The audit log: every change, in the order in which it was committed, under a Merkle tree.
