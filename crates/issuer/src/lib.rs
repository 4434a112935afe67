//! Signs license keys, and keeps signing keys in files that OpenSSL reads too.

mod key_file;
mod licensee;
mod random;
mod serial;
mod signing_key;
mod write;

pub use key_file::{EncryptError, KeyFileError};
pub use licensee::licensee;
pub use random::RandomError;
pub use serial::random_serial;
pub use signing_key::SigningKey;
pub use write::{Overwrite, WriteError, write_private, write_public};
