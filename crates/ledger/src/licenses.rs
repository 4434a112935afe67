//! What is done with licenses. Each file has the actions of one kind.

// Each module may use those to its left:
//     common ← create, delete, deliver, edit, hold, revoke ← assign, follow, generate
mod assign;
mod common;
mod create;
mod delete;
mod deliver;
mod edit;
mod follow;
mod generate;
mod hold;
mod revoke;

pub use common::Expected;
pub(crate) use common::{LicenseChange, paid};
pub use create::{Created, NewLicense};
pub use deliver::{Delivered, DeliveredKey};
pub use edit::Edit;
pub use follow::{Followed, Preview, Succession};
