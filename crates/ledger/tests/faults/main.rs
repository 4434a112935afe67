//! What happens around a ledger: processes are killed, disks are full, servers stop. What was acknowledged stays on record, once.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::arithmetic_side_effects, reason = "small numbers of orders and rounds")]

#[path = "../common/mod.rs"]
mod common;

mod disks;
mod kills;
mod races;
mod servers;
mod work;
