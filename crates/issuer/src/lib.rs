//! Decides which licenses are issued, signs them with any Ed25519 signer, and keeps the record of them.
//!
//! It is for vendors: for a build pipeline, a support desk or a shop. A product that checks keys uses `keyward-verifier`,
//! which has no secrets.
//!
//! ```
//! use keyward_issuer::{Day, Edition, Feature, Issuer, Product, SigningKey, claims, licensee};
//! use std::num::NonZeroU32;
//!
//! let issuer = Issuer::with_key(SigningKey::generate()?); // or SigningKey::from_pem(…)
//! let key = issuer.sign(
//!     &claims()? // with a random serial
//!         .product(Product(3))
//!         .edition(Edition(2))
//!         .seats(NonZeroU32::new(25).ok_or("no seats")?)
//!         .valid_from(Day::from_ymd(2026, 1, 1)?)
//!         .valid_through(Day::from_ymd(2026, 12, 31)?)
//!         .feature(Feature::new(0))
//!         .licensee(licensee(" Müller & Søn ")?)
//!         .build()?,
//! )?;
//! println!("{key:#}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`claims`] builds the claims of a license. Values that are dangerous to forget are required: seats or unlimited, a last
//!   day or perpetual.
//! - [`Issuer`] signs, and verifies each signature before it leaves.
//! - [`SigningKey`] is generated, or read from PKCS#8 files, and written to them, plain or encrypted.
//! - `pkcs11`, with the Cargo feature of that name, signs with keys that stay in an HSM.
//!
//! Issuing takes a line of modules. Each uses those to its left:
//!
//! ```text
//! order ← record ← policy ← issuance ← batch
//! ```
//!
//! - [`order`]: orders as plain values, and how they are read from JSON and CSV.
//! - [`record`]: the issued licenses, and the interface of their stores. No key is released before its license is recorded.
//! - [`policy`]: the rules. From an order, a catalogue, a day and the history they make a license, or refusals with the
//!   nearest permitted values.
//! - [`issuance`]: collects the records for a decision, decides, signs, stores, and releases the key.
//! - [`batch`]: many orders at once, each issued once.
//!
//! [`files`] signs the files that cross an air gap: license files, trust bundles, revocation lists, statements of the time.
//!
//! [`Issuer::sign`] alone applies no policy: it signs all claims that are well formed.
#![cfg_attr(docsrs, feature(doc_cfg))]

// Each module may use those to its left:
//     terminal_safe, licensee, random, write ← serial, signing_key ← key_file ← issuer ← files, pkcs11
//     ← order ← record ← policy ← issuance ← batch
pub mod batch;
pub mod files;
pub mod issuance;
mod issuer;
mod key_file;
mod licensee;
pub mod order;
#[cfg(feature = "pkcs11")]
pub mod pkcs11;
pub mod policy;
mod random;
pub mod record;
mod serial;
mod signing_key;
mod terminal_safe;
mod write;

pub use ed25519_dalek::Signature;
pub use ed25519_dalek::ed25519::signature;
pub use issuer::{Issuer, SignError, claims};
pub use key_file::{EncryptError, KeyFileError};
pub use keyward_catalog::secret;
pub use keyward_core::{
    ActivationRequest, ActivationRequestError, Claims, ClaimsBuilder, ClaimsError, Day, DayError, Edition, End,
    Environment, Extension, ExtensionError, Feature, Features, Fingerprint, FingerprintError, KeyId, Kind, LicenseKey,
    Licensee, LicenseeError, Limits, LimitsError, Product, Quantity, QuantityError, Serial, SerialError, Term,
    TermError,
};
pub use keyward_grace::renewal_from;
pub use keyward_verifier::{LicenseDigest, TrustedKey, TrustedKeyError};
pub use licensee::{has_letter_or_digit, licensee, one_line};
pub use rand_core;
pub use random::{RandomError, SysRng};
pub use serial::{random_serial, random_serial_from_rng};
pub use signing_key::SigningKey;
pub use terminal_safe::{terminal_safe_json, terminal_safe_text};
pub use write::{Overwrite, WriteError, is_at, write_private, write_public};
