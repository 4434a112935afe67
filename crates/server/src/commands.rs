//! The commands.

pub mod ledger;
