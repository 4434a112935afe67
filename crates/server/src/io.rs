//! Standard streams and the terminal, the clock and the name of the user.

// Each module may use those to its left:
//     failure, log, progress, signals, streams ← caller
pub mod caller;
pub mod failure;
pub mod log;
pub mod progress;
pub mod signals;
pub mod streams;
