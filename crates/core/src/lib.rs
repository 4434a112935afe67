//! License keys as claims, bytes and text: the format itself, without cryptography, clock, allocator or unsafe code.
//!
//! Most programs need another crate. A product that checks keys embeds `keyward-verifier`, whose `License` proves that a
//! vendor signed the key. A program that signs keys uses `keyward-issuer`. This crate serves these two, and other tools for
//! the format: a printer of keys, a form that points out typing mistakes, a converter.
//!
//! A value of this crate is no proof. A [`LicenseKey`] has the right shape, and anybody can invent one.
//!
//! ```
//! use keyward_core::{KeyTextError, LicenseKey};
//!
//! let typed = "k7pm4 00108 1g818 60w40 60gsj 08yt0 g7v4f fyp6k kg98y z9e8e g0ht7 bs0hq vdc80 vhrab ced8j
//!              m9tjz a9ahx jpa40 2k3cy f52z2 zy7gb 8y7m3 srbw8 ve3bh 4smag 4pzg8 d7e18 m1pyp z2m87 49vv3";
//! let key: LicenseKey = typed.parse()?;
//! assert_eq!(key.unverified_claims()?.product().0, 3);
//!
//! // Any mistake is noticed.
//! let mistyped = typed.replace("z9e8e", "z9e83");
//! assert!(matches!(mistyped.parse::<LicenseKey>(), Err(KeyTextError::Damaged(_))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Overview
//!
//! - [`Claims`]: the statements of a license, made with [`Claims::builder`] or read from JSON by name.
//! - [`LicenseKey`]: reads a typed text in any usual spelling, and writes one canonical text.
//! - [`UnsignedKey`]: the bytes that an issuer signs.
//! - [`Outcome`]: the codes, numbers and words of every result, the same in every language.
//! - [`repair`]: finds the original of a damaged text; the caller verifies the signatures.
//! - [`ActivationRequest`]: what a machine without a network shows, to get a license key that is locked to it.
//!
//! The format is specified in `spec/FORMAT.md`, with vectors beside it.
//!
//! # Cargo features
//!
//! - `serde` (default): claims and their parts by name, in JSON or another format of serde.
//! - `base32`: the base32 crate writes and reads the characters of undamaged keys. It needs Rust 1.89; without it the same
//!   characters are written and read with Rust 1.85.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(test)]
extern crate std;

// Each module may use those to its left. tests/arrows.rs reads these lines.
//
//     field, group_numbers, hex_digits, invisible, outcome, quantity, symbol ←
//     copied, day, group, key_id, key_text_error ← characters, check, term ← end ← claims ← json, key ← reading ←
//     cut_short ← key_text ← find, repair ← activation_request
mod activation_request;
mod characters;
mod check;
mod claims;
#[cfg(feature = "find")]
mod copied;
#[cfg(feature = "find")]
mod cut_short;
mod day;
mod end;
mod field;
#[cfg(feature = "find")]
mod find;
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

pub use activation_request::{ActivationRequest, ActivationRequestError, RequestDamage, TypedRequest};
pub use claims::{
    ClaimParts, Claims, ClaimsBuilder, ClaimsError, ComponentDigest, DecodeError, Edition, Environment, Extension,
    ExtensionError, Feature, Features, Fingerprint, FingerprintError, FingerprintMatch, InvalidClaims, Kind, Licensee,
    LicenseeError, Limits, LimitsError, NewerClaim, Product, Serial, SerialError, UnknownScheme,
};
#[cfg(feature = "find")]
pub use copied::MAX_SEARCHED_BYTES;
pub use day::{Day, DayError};
pub use end::End;
#[cfg(feature = "find")]
pub use find::{KeyInText, KeysIn, keys_in};
pub use group_numbers::GroupNumbers;
pub use invisible::{is_invisible, is_invisible_control};
pub use key::{LicenseKey, UnsignedKey};
pub use key_id::{Hint, KeyId};
pub use key_text_error::{Damage, KeyTextError, Malformation, Missing};
pub use outcome::Outcome;
pub use quantity::{Quantity, QuantityError};
pub use repair::{Candidate, Repair, Repaired, Repairs, TypedGroup, Verdict, repair};
pub use symbol::is_dash;
pub use term::{Term, TermError};
