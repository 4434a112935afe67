//! The audit log in the database: entries get their places in the tree.

// Each module may use those to its left:
//     sequencer
mod sequencer;

pub use sequencer::Sequenced;
