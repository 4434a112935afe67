//! What is done with licenses. Each file has the actions of one kind.

// Each module may use those to its left:
//     common ← delete, deliver, edit, hold, revoke ← create ← assign, follow, generate, send ← ask
mod ask;
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
mod send;

pub use ask::Ordered;
pub use common::Expected;
pub(crate) use common::{LicenseChange, paid};
pub use create::{Created, NewLicense};
pub(crate) use deliver::Leaving;
pub use deliver::{Delivered, DeliveredKey, Wanted};
pub use edit::Edit;
pub use follow::{Followed, Preview, Succession};
pub use send::Sent;
