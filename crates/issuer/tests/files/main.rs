//! Signed files: the issuer signs them here, and the verifier reads them.
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
mod required_validation;
mod state;
mod stolen_lists;
mod story;
mod twins;
