//! The commands.

// Each module may use those to its left:
//     catalog, demo, documents, explain, inspect, issuing, keygen, sign, signed_files, state, verify ←
//     ← file, issue, print, reissue, request, renew, revocations, time, trust
pub mod catalog;
pub mod demo;
pub mod documents;
pub mod explain;
pub mod file;
pub mod inspect;
pub mod issue;
mod issuing;
pub mod keygen;
pub mod print;
pub mod reissue;
pub mod renew;
pub mod request;
pub mod revocations;
pub mod sign;
mod signed_files;
pub mod state;
pub mod time;
pub mod trust;
pub mod verify;
