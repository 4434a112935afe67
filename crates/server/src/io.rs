//! Standard streams and the terminal, the clock and the name of the user.

// Each module may use those to its left:
//     failure, progress, streams ← caller
pub mod caller;
pub mod failure;
pub mod progress;
pub mod streams;
