//! Signed files for products without a network: license files, trust bundles, revocation lists, statements of the time;
//! and the state that a product keeps between runs.
//!
//! Each file is an envelope as DSSE describes it (Dead Simple Signing Envelope, version 1.0.2). Its size is checked before
//! anything is allocated, and its signatures are checked over the bytes received before anything in them is parsed.
//! `spec/FILES.md` describes each kind; `docs/vendors.md` and `examples/air-gap.rs` show a product that uses them all.
//!
//! - [`Trust`] opens the files that signing keys sign. The result is [`Verified`]: holding one is the proof.
//! - [`Roots`] open the [`TrustBundle`], which names the trusted signing keys, each with its limits.
//! - [`PersistentState`] is kept between runs; with the feature `state-file`, `StateFile` keeps it in a folder.
//! - A [`Verifier`](crate::Verifier) can use a bundle, a revocation list and the state.

// Each module may use those to its left; tests/arrows.rs checks that.
//
//     age, arrival, contents_digest, kind, not_activated, payload_error, regular_file, state_id ← pem_key, text, wire ←
//     delegation, names, payload ← bundle, error ←
//     envelope, signing_key_payload ← license_file, revocation, time_statement ← validation_file ← trust ← roots ←
//     state ← state_file
mod age;
mod arrival;
mod bundle;
mod contents_digest;
mod delegation;
mod envelope;
mod error;
mod kind;
mod license_file;
mod names;
mod not_activated;
mod payload;
mod payload_error;
mod pem_key;
#[cfg(feature = "state-file")]
mod regular_file;
mod revocation;
mod roots;
mod signing_key_payload;
mod state;
#[cfg(feature = "state-file")]
mod state_file;
mod state_id;
mod text;
mod time_statement;
mod trust;
mod validation_file;
mod wire;

pub use bundle::{DelegatedKey, KeyState, TrustBundle};
pub use contents_digest::ContentsDigest;
pub use delegation::{Delegation, NotPermitted, Purpose};
pub use envelope::{Envelope, EnvelopeSignature};
pub(crate) use error::OlderFile;
pub use error::{FileError, VersionedFile};
pub use kind::FileKind;
pub use license_file::{Contact, LicenseFile, Party};
pub use names::{ProductNames, PublicNames};
pub use not_activated::NotActivated;
pub use payload::Payload;
pub use payload_error::PayloadError;
pub use pem_key::PemKey;
#[cfg(feature = "state-file")]
pub use regular_file::{lock_within, open_regular};
pub use revocation::{Reason, RevocationList, Status};
pub use roots::{RootSet, Roots};
pub use state::{PersistentState, RecoverError, StateError};
#[cfg(feature = "state-file")]
pub use state_file::{OpenedState, ReadState, RefusedState, StateFile};
pub use state_id::{StateId, StateIdError};
pub use time_statement::{TimePurpose, TimeStatement};
pub use trust::{Trust, Verified};
pub use validation_file::ValidationFile;
