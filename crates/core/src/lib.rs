//! License keys: claims, their canonical bytes, the key's text, check groups and repair.
#![no_std]

#[cfg(test)]
extern crate std;

mod as_text;
mod check;
mod claims;
mod day;
mod field;
mod group;
mod key;
mod key_id;
mod key_text;
mod reading;
mod repair;
mod symbol;

pub use claims::{
    Claims, ClaimsBuilder, ClaimsError, ComponentDigest, DecodeError, Edition, Environment, Extension, ExtensionError,
    Feature, Features, Fingerprint, FingerprintError, FingerprintMatch, InvalidClaims, Kind, Licensee, LicenseeError,
    Limits, LimitsError, NewerClaim, Product, Serial, SerialError, UnknownScheme,
};
pub use day::{Day, DayError};
pub use key::{LicenseKey, UnsignedKey};
pub use key_id::{Hint, KeyId};
pub use key_text::{Damage, GroupNumbers, KeyTextError, Malformation};
pub use repair::{Repair, Repaired, Repairs, Typed, Verdict, repair};
