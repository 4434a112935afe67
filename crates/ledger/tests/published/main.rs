//! What goes out to products, opened as a product opens it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

mod allowed;
#[path = "../common/mod.rs"]
mod common;
mod due;
mod license_files;
mod lists;
mod product;
mod races;
#[allow(dead_code, reason = "not every test needs all of it")]
#[path = "../verification/raw.rs"]
mod raw;
mod validation_files;
