//! Signed files that are carried across an air gap: license files, trust bundles, revocation lists, statements of the
//! time, and the state that a product keeps between runs.
//!
//! Each file is an envelope as DSSE describes it (Dead Simple Signing Envelope, version 1.0.2): its signatures are checked
//! on the bytes received before anything in them is parsed, and its size before anything is allocated. `spec/FILES.md`
//! describes each, `docs/vendors.md` and `examples/air-gap.rs` a product that uses them all.
//!
//! - [`Trust`] opens the files that signing keys sign, and what it opens is [`Verified`]: holding one is the proof.
//! - [`Roots`] opens the [`TrustBundle`] that says which signing keys are trusted, and for what.
//! - [`PersistentState`] is remembered between runs; with the feature `state-file`, `StateFile` keeps it in a folder.
//! - [`Verifier`](crate::Verifier) takes a bundle, a revocation list and the kept state into account, where it is told of
//!   them.

mod bundle;
mod delegation;
mod envelope;
mod error;
mod kind;
mod license_file;
mod names;
mod payload;
mod revocation;
mod roots;
mod state;
#[cfg(feature = "state-file")]
mod state_file;
mod text;
mod time_statement;
mod trust;
mod validation_file;
mod wire;

pub use bundle::{DelegatedKey, KeyState, TrustBundle};
pub use delegation::{Delegation, NotPermitted, Purpose};
pub use envelope::{Envelope, EnvelopeSignature};
pub use error::{FileError, VersionedFile};
pub use kind::FileKind;
pub use license_file::{Contact, LicenseFile, Party};
pub use names::{ProductNames, PublicNames};
pub use payload::{Payload, PayloadError};
pub use revocation::{Reason, RevocationList, Status};
pub use roots::{RootSet, Roots};
pub use state::{PersistentState, StateError, StateId, StateIdError};
#[cfg(feature = "state-file")]
pub use state_file::{StateFile, StateOrigin};
pub use time_statement::{TimePurpose, TimeStatement};
pub use trust::{Trust, Verified};
pub use validation_file::ValidationFile;
