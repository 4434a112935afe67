//! The audit log in the database: entries get their places in the tree, and the tables are compared with the log.

// Each module may use those to its left:
//     page, report, sequencer, states, tables ← checkpoints, erasures, export, heads ← entries ← compare, derived ← verify
mod checkpoints;
mod compare;
mod derived;
mod entries;
mod erasures;
mod export;
mod heads;
mod page;
mod report;
mod sequencer;
mod states;
mod tables;
mod verify;

pub use page::{EntryFilter, LoggedEntry};
pub use report::{Difference, EntryFault, RowFault, Verification};
pub use sequencer::Sequenced;
pub use tables::Unproven;
