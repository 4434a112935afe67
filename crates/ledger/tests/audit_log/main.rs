//! The tree, proofs and checkpoints of the audit log.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

mod brute_force;
mod checkpoint;
mod checkpoint_key;
mod consistency;
mod damage;
mod export;
mod kit;
mod reference;
mod replay;
mod tree;
mod vectors;
