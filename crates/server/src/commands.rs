//! The commands.

// Each module may use those to its left:
//     control ← serving ← admin, demo, health, ledger, serve
pub mod admin;
mod control;
pub mod demo;
pub mod health;
pub mod ledger;
pub mod serve;
mod serving;

use crate::exit::Exit;

/// Runs a command that waits for a database or for calls.
pub fn on_runtime(command: impl Future<Output = anyhow::Result<Exit>>) -> anyhow::Result<Exit> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}
