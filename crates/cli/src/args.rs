//! Argument groups and value parsers.

pub mod key_argument;
pub mod licenses;
pub mod overrides;
pub mod request;
pub mod signer;
pub mod trust;
