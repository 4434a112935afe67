//! Activations: machines take slots of a license, and give them back.

// Each module may use those to its left:
//     slots ← activate, leases, lock, release
mod activate;
mod leases;
mod lock;
mod release;
pub(crate) mod slots;

pub use activate::{Activated, Seen};
pub use lock::Locked;
pub use release::Releaser;
