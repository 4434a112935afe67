//! What is done with customers. Each file has one action.

// Each module may use those to its left:
//     find, edit, merge, personal, about ← erase, export
mod about;
mod edit;
mod erase;
mod export;
mod find;
mod merge;
mod personal;

pub use erase::{Erased, OldCopies};
pub use export::WholeKeys;
pub use find::{CustomerName, FoundCustomer};
pub use merge::Merge;
