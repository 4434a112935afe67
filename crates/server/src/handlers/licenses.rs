//! Licenses.

// Each module may use those to its left:
//     create ← edit, file, follow, list, preview, search, states
pub(crate) mod create;
pub(crate) mod edit;
pub(crate) mod file;
pub(crate) mod follow;
pub(crate) mod list;
pub(crate) mod preview;
pub(crate) mod search;
pub(crate) mod states;
