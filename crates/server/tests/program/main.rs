//! The program `keyward-server` as it runs: its start, its end, and what it does beside the calls.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::arithmetic_side_effects, reason = "small numbers of rows and lines")]

#[path = "../common/mod.rs"]
mod common;

mod connections;
mod demo;
mod first_start;
mod health;
mod metrics;
mod tls;
mod tokens;
