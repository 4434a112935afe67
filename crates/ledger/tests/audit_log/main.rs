//! The tree, proofs and checkpoints of the audit log.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

mod brute_force;
mod consistency;
mod tree;
