//! The program `keyward-server`, asked by a shell with curl, as the guides and pipelines ask it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "a test fails by panicking")]

mod guide;
mod log;
mod pipelines;
mod served;
mod statements;
