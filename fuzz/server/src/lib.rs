//! Shared by the targets of the API: the server of a vendor, which is asked without a socket, and what holds of each answer.

mod call;
mod keys;
mod server;

pub use call::{Call, Caller, Reply};
pub use server::Server;
