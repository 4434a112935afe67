//! Verifies license keys offline, with a public key alone, and says what they allow today.
//!
//! Products embed this crate. It needs no server, no allocator, no clock and no file: only the text that the customer
//! typed. Issuers use `keyward-issuer`; other tools for the format use `keyward-core`.
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use keyward_verifier::{Product, TrustedKey, Verifier};
//!
//! // Both are constants of the product.
//! let vendor = [TrustedKey::from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")?];
//! let verifier = Verifier::new(&vendor, Product(3));
//!
//! let license = verifier.verify(
//!     "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-\
//!      M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3",
//! )?;
//!
//! let now: DateTime<Utc> = "2026-11-22T08:00:00Z".parse()?; // the application's clock
//! let standing = license.standing(now);
//! assert!(standing.is_usable());
//! assert_eq!(standing.days_left(), Some(39));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # From text to decision
//!
//! 1. [`TrustedKey`]: the vendor's public key, checked when it is loaded.
//! 2. [`Verifier::verify`]: the typed text becomes a [`License`], repaired where it was mistyped; or a [`VerifyError`] that
//!    names the cause and carries the evidence. The checks run in one documented order, and no claim is read before the
//!    signature is known to be good.
//! 3. [`License::standing`]: what it allows at a time. Expiry is expected, so this is a value and not an error.
//!
//! Refusals and states have an [`Outcome`]: the code, the number and the words that every language shares.
//!
//! A program that only shows license keys, for example on a certificate, uses an [`Authenticator`], which needs no product.
//! Its [`AuthenticKey`] has no standing: only a [`License`] has.
//!
//! A product with several licenses, such as this year's and next year's, calls [`combine`]. [`ClockEvidence`] detects a
//! clock that is wrong.
//!
//! # Across an air gap
//!
//! The Cargo feature `files`, which needs an allocator, opens signed files: license files, trust bundles that name the
//! trusted keys with their limits, revocation lists, statements of the time. `state-file` keeps the state of a product in a
//! folder between runs. docs/vendors.md shows a product that uses all of them.
//!
//! # Speed and size
//!
//! A verification takes a few percent more time than one strict Ed25519 verification. Cargo features: `fast` (default) for
//! precomputed tables, 30 KB; `find` (default) to find keys in mails and other texts, 8 KB; `rayon` for
//! [`Verifier::verify_many`](Verifier); `prepared`, which needs an allocator, for a server that verifies many keys of one
//! signer:
//!
#![cfg_attr(feature = "prepared", doc = "```")]
#![cfg_attr(not(feature = "prepared"), doc = "```ignore")]
//! use keyward_verifier::{Product, TrustedKey, Verifier, prepare};
//!
//! let mut vendor = [TrustedKey::from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")?];
//! prepare(&mut vendor); // 1.3 MB, once, at the start
//! let verifier = Verifier::new(&vendor, Product(3)); // as with any other keys, with the same answers
//! assert_eq!(verifier.verify("K7PM4").unwrap_err().code(), "malformed");
//! # Ok::<(), keyward_verifier::TrustedKeyError>(())
//! ```
//!
//! A prepared key verifies in less than half the time, and its tables have paid after some hundred verifications.
//!
//! Where bytes count, all of it takes 37 KB on a Cortex-M4 and 45 KB in WebAssembly after `wasm-opt -Oz`: without default
//! features, with
//!
//! ```toml
//! [profile.release]
//! opt-level = "z"
//! lto = "fat"
//! codegen-units = 1
//! panic = "abort"
//! strip = true
//! ```
//!
//! and `RUSTFLAGS='--cfg sha2_backend_soft="compact"'`, which makes SHA-512 a loop, 10 KB less. `examples/bare-metal` and
//! `examples/wasm` are such programs, `.ci/sizes` builds them, and `benches/README.md` says what each part costs.
//!
//! On x86-64 with AVX2, `opt-level = "z"` makes curve25519-dalek some 75 times slower. There, add
//!
//! ```toml
//! [profile.release.package.curve25519-dalek]
//! opt-level = 3
//! ```
//!
//! The stack gets 12 KB deep (Cortex-M4) for a key without mistakes, and 32 KB where one is repaired;
//! [`Verifier::without_repair`] never takes the larger.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "files", feature = "prepared"))]
extern crate alloc;
#[cfg(any(test, feature = "rayon", feature = "state-file"))]
extern crate std;

// Each module may use those to its left; tests/arrows.rs checks that.
//
//     placeholder ← base64, digest, machine, prepared ← trusted_key ← files, prepare ← error ← authentic ← authenticator, license,
//     required_validation ← entitlement, verifier ← many
mod authentic;
mod authenticator;
mod base64;
mod digest;
mod entitlement;
mod error;
#[cfg(feature = "files")]
pub mod files;
mod license;
mod machine;
#[cfg(feature = "rayon")]
mod many;
mod placeholder;
#[cfg(feature = "prepared")]
mod prepare;
#[cfg(feature = "prepared")]
mod prepared;
#[cfg(feature = "files")]
mod required_validation;
mod trusted_key;
mod verifier;

pub use authentic::{AuthenticKey, SignedKey};
pub use authenticator::Authenticator;
pub use digest::{LicenseDigest, LicenseDigestError};
pub use entitlement::{Entitlement, combine};
pub use error::{Newer, VerifyError};
pub use keyward_core::{
    ActivationRequest, ActivationRequestError, Claims, Damage, Day, DayError, Edition, End, Environment, Extension,
    Feature, Features, Fingerprint, FingerprintError, FingerprintMatch, GroupNumbers, Hint, InvalidClaims, KeyId,
    KeyTextError, Kind, LicenseKey, Licensee, Limits, Malformation, Missing, NewerClaim, Outcome, Product, Quantity,
    Repair, Repairs, RequestDamage, Serial, TypedGroup, TypedRequest,
};
#[cfg(feature = "find")]
pub use keyward_core::{KeyInText, KeysIn, MAX_SEARCHED_BYTES, keys_in};
pub use keyward_grace::{
    ClockEvidence, ClockReading, Grant, HighWaterMark, MarkError, RecoveryError, ReminderDays, ReminderDaysError,
    SeatStanding, Standing, State, Suspect, seat_standing,
};
pub use license::License;
pub use machine::MachineComponents;
#[cfg(feature = "prepared")]
pub use prepare::prepare;
pub use trusted_key::{TrustedKey, TrustedKeyError};
pub use verifier::Verifier;

/// Compiles the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
