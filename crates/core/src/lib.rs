//! License keys: claims, their canonical bytes, the key's text, check groups and repair.
#![no_std]

#[cfg(test)]
extern crate std;

mod as_text;
mod claims;
mod day;

pub use claims::{
    Claims, ClaimsBuilder, ClaimsError, ComponentDigest, Edition, Environment, Extension, ExtensionError, Feature,
    Features, Fingerprint, FingerprintError, FingerprintMatch, Kind, Licensee, LicenseeError, Limits, LimitsError,
    Product, Serial, SerialError, UnknownScheme,
};
pub use day::{Day, DayError};
