//! What is done with licenses. Each file has the actions of one kind.

// Each module may use those to its left:
//     common ← create, deliver, hold, revoke
mod common;
mod create;
mod deliver;
mod hold;
mod revoke;

pub use common::Expected;
pub use create::{Created, NewLicense};
pub use deliver::{Delivered, DeliveredKey};
