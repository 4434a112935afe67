//! Stories of licenses, told on both engines.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::arithmetic_side_effects, reason = "small numbers of days, keys and machines")]

#[path = "../common/mod.rs"]
mod common;

mod machines;
mod model;
mod races;
mod terms;
