//! Argument groups and value parsers.

// Each module may use those to its left:
//     issued_at, trust, values ← key_argument, overrides, signer ← activation_request, licenses, names
//     ← request
pub mod activation_request;
pub mod issued_at;
pub mod key_argument;
pub mod licenses;
pub mod names;
pub mod overrides;
pub mod request;
pub mod signer;
pub mod trust;
pub mod values;
