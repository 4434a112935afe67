//! Argument groups and value parsers.

pub mod differs;
#[cfg(feature = "pkcs11")]
pub mod hsm;
pub mod key_argument;
pub mod licenses;
pub mod question_args;
pub mod signer;
pub mod signing_program;
pub mod trusted;
