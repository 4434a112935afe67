//! Code that the tests of several crates share. It is not published, and only tests depend on it.
//!
//! - `another_process` (feature `processes`): this program as another process, with a disk of its own.
//! - [`arrivals`]: the forms in which a license key or a signed file may arrive.
//! - [`arrows`]: checks that the modules of a crate use each other in one direction only.
//! - [`clock`]: runs tests once more under a later clock.
//! - [`extent`]: the number of cases of a test, in an ordinary run and with `KEYWARD_LONG` set.
//! - `postgres`, `postgres_server` (feature `postgres`): the PostgreSQL for tests, and one of a test's own.
//! - [`skip`]: skips tests that need a program which is not installed.
//! - `vectors`, `damage`, `by_hand` (feature `vectors`): license keys of the vectors, damaged keys, and check groups
//!   computed without the project's code.
//! - `file_answers` (feature `files`): the verifier's results for the vectors of signed files.
//! - `softhsm` (feature `softhsm`): tokens of SoftHSM.
#![allow(
    missing_docs,
    missing_debug_implementations,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::new_without_default,
    reason = "for tests, which fail by panicking"
)]

// Each module may use those to its left. The test of `arrows` reads this line.
//
//     arrivals, extent, file_answers, skip, vectors ← another_process, arrows, clock, damage, postgres, postgres_server, softhsm ← by_hand
#[cfg(feature = "processes")]
pub mod another_process;
pub mod arrivals;
pub mod arrows;
#[cfg(feature = "vectors")]
pub mod by_hand;
pub mod clock;
#[cfg(feature = "vectors")]
pub mod damage;
mod extent;
#[cfg(feature = "files")]
pub mod file_answers;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "postgres")]
pub mod postgres_server;
pub mod skip;
#[cfg(feature = "softhsm")]
pub mod softhsm;
#[cfg(feature = "vectors")]
pub mod vectors;

pub use extent::{extent, is_long};
