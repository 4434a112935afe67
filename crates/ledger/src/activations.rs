//! Activations: machines take slots of a license, and give them back.

// Each module may use those to its left:
//     slots ← activate, leases, lock, release, seen
mod activate;
mod leases;
mod lock;
mod release;
mod seen;
pub(crate) mod slots;

pub use activate::Activated;
pub use lock::Locked;
pub use release::Releaser;
pub use seen::{CountingKey, Seen};
