//! Stories of licenses, told on both engines.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::arithmetic_side_effects, reason = "small numbers of days, keys and machines")]

#[path = "../common/mod.rs"]
mod common;

mod approvals;
mod handbook;
mod machines;
mod manual;
mod model;
mod races;
#[allow(dead_code, reason = "not every test needs all of it")]
#[path = "../verification/raw.rs"]
mod raw;
mod temporary_keys;
mod terms;
