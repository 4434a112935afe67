//! The program `keyward-server` over sockets: one on SQLite, and two on one PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::arithmetic_side_effects, reason = "small numbers of days, calls and machines")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../story/mod.rs"]
mod story;

mod clerks;
mod day;
mod faults;
mod kit;
mod races;
mod server;
mod soak;
