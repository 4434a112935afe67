//! The verification of a ledger finds every change that was made behind its back.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

#[path = "../common/mod.rs"]
mod common;
mod exporting;
mod forging;
mod log;
mod planted;
mod raw;
mod sequencing;
mod story;
mod tampering;
