use alloc::string::String;
use alloc::vec::Vec;

use chrono::{DateTime, Utc};

use crate::files::{FileKind, NotPermitted, Purpose, TrustBundle};

/// What an envelope carries: plain data, and proof of nothing. Only a [`Verified`](crate::files::Verified) one is.
pub trait Payload: Sized + sealed::Sealed {
    /// The kind of file.
    const KIND: FileKind;

    /// When it says that it was signed.
    fn issued_at(&self) -> DateTime<Utc>;

    /// The bytes to sign.
    ///
    /// # Errors
    ///
    /// What [`from_bytes`](Payload::from_bytes) would refuse.
    fn to_bytes(&self) -> Result<Vec<u8>, PayloadError>;

    /// Reads bytes whose signatures have been checked.
    ///
    /// # Errors
    ///
    /// [`PayloadError`], also for what only a later version understands.
    fn from_bytes(bytes: &[u8]) -> Result<Self, PayloadError>;
}

/// A payload that a signing key signs, and not the roots.
pub trait SignedBySigningKey: Payload {
    /// For what a key needs to be trusted to sign it.
    const PURPOSE: Purpose;

    /// Whether a key of the bundle with these bytes may sign what is said here, besides its kind.
    fn permitted(&self, _bundle: &TrustBundle, _public_key: &[u8; 32]) -> Result<(), NotPermitted> {
        Ok(())
    }
}

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// Why contents can't be said in a file, or read from one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// They are not what `spec/FILES.md` describes.
    #[error("{0}")]
    Invalid(String),
    /// They say something critical that only a later version understands.
    #[error("it says {0}, which only a newer version understands: use a newer version")]
    NeedsNewer(String),
}
