//! What is carried across an air gap: signed here, and opened by what products embed.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;
mod contents;
mod delegation;
mod every_kind;
mod hostile;
mod state;
mod stolen_lists;
mod story;
mod twins;
