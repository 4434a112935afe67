//! The server over HTTP: its router is asked as by its callers, on SQLite and as two servers on one PostgreSQL.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::arithmetic_side_effects, reason = "small numbers of days, calls and machines")]

#[path = "../story/mod.rs"]
mod story;

mod approvals;
mod day;
mod files;
mod keys;
mod kit;
mod once;
mod order_ids;
mod orders;
mod problems;
mod procedures;
mod releases;
mod scopes;
mod states;
mod texts;
mod use_cases;
