//! Activations: machines take slots of a license, and give them back.

// Each module may use those to its left:
//     slots ← activate, leases, release
mod activate;
mod leases;
mod release;
pub(crate) mod slots;

pub use activate::{Activated, Seen};
pub use release::Releaser;
