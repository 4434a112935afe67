//! What the tests of several crates share. Not published, and no crate depends on it but for its tests.
//!
//! - [`arrows`]: holds that the modules of a crate use each other in one direction only.

pub mod arrows;
