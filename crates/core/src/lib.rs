//! License keys as claims, bytes and text: the format itself, without cryptography, clock, allocator or unsafe code.
//!
//! Most programs want another crate. A product that checks keys wants `keyward-verifier`, whose `License` is proof that a
//! vendor signed; whoever signs keys wants `keyward-issuer`. This crate is for those two, and for whoever writes another
//! tool around the format: a printer of keys, a form that points out typing mistakes, a converter.
//!
//! Nothing here is proof of anything. A [`LicenseKey`] has the right shape, and whoever typed it may have made it up.
//!
//! ```
//! use keyward_core::{KeyTextError, LicenseKey};
//!
//! let typed = "k7pm4 00108 1g818 60w40 60gsj 08yt0 g7v4f fyp6k kg98y z9e8e g0ht7 bs0hq vdc80 vhrab ced8j
//!              m9tjz a9ahx jpa40 2k3cy f52z2 zy7gb 8y7m3 srbw8 ve3bh 4smag 4pzg8 d7e18 m1pyp z2m87 49vv3";
//! let key: LicenseKey = typed.parse()?;
//! assert_eq!(key.unverified_claims()?.product().0, 3);
//!
//! // A mistake is noticed, whichever it is.
//! let mistyped = typed.replace("z9e8e", "z9e83");
//! assert!(matches!(mistyped.parse::<LicenseKey>(), Err(KeyTextError::Damaged(_))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is where
//!
//! - [`Claims`]: what a license says, made with [`Claims::builder`] or read from JSON by name.
//! - [`LicenseKey`]: reads forgivingly what a person typed, writes one canonical text.
//! - [`UnsignedKey`]: the bytes that an issuer signs.
//! - [`Outcome`]: the codes, numbers and words of every result, the same in every language.
//! - [`repair`]: finds the key that a damaged text was, for whoever can verify a signature.
//!
//! The format is specified in `spec/FORMAT.md`, with vectors beside it.
#![no_std]

#[cfg(test)]
extern crate std;

// Each module may use those to its left; tests/arrows.rs holds that.
//
//     field, group_numbers, hex_digits, invisible, outcome, quantity, symbol ←
//     day, group, key_id, key_text_error ← characters, check, term ← end ← claims ← json, key ← reading ← key_text ← repair
mod characters;
mod check;
mod claims;
mod day;
mod end;
mod field;
mod group;
mod group_numbers;
mod hex_digits;
mod invisible;
#[cfg(feature = "serde")]
mod json;
mod key;
mod key_id;
mod key_text;
mod key_text_error;
mod outcome;
mod quantity;
mod reading;
mod repair;
mod symbol;
mod term;

pub use claims::{
    Claims, ClaimsBuilder, ClaimsError, ComponentDigest, DecodeError, Edition, Environment, Extension, ExtensionError,
    Feature, Features, Fingerprint, FingerprintError, FingerprintMatch, InvalidClaims, Kind, Licensee, LicenseeError,
    Limits, LimitsError, NewerClaim, Product, Serial, SerialError, UnknownScheme,
};
pub use day::{Day, DayError};
pub use end::End;
pub use group_numbers::GroupNumbers;
pub use invisible::{is_invisible, is_invisible_control};
pub use key::{LicenseKey, UnsignedKey};
pub use key_id::{Hint, KeyId};
pub use key_text_error::{Damage, KeyTextError, Malformation};
pub use outcome::Outcome;
pub use quantity::{Quantity, QuantityError};
pub use repair::{Candidate, Repair, Repaired, Repairs, TypedGroup, Verdict, repair};
pub use term::{Term, TermError};
