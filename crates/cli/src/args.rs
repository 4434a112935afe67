//! Argument groups and value parsers.

pub mod issued_at;
pub mod key_argument;
pub mod licenses;
pub mod names;
pub mod overrides;
pub mod request;
pub mod signer;
pub mod trust;
pub mod values;
