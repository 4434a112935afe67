use alloc::vec::Vec;

use chrono::{DateTime, Utc};

use crate::files::{FileKind, PayloadError};

/// The contents of a signed file: plain data, not a proof. Only a [`Verified`](crate::files::Verified) payload is a proof.
pub trait Payload: Sized + sealed::Sealed {
    /// The kind of file.
    const KIND: FileKind;

    /// The time of issue that it states.
    fn issued_at(&self) -> DateTime<Utc>;

    /// The bytes to sign.
    ///
    /// # Errors
    ///
    /// Contents that [`from_bytes`](Payload::from_bytes) would refuse.
    fn to_bytes(&self) -> Result<Vec<u8>, PayloadError>;

    /// Checks contents that are about to be signed for the first time.
    ///
    /// # Errors
    ///
    /// Texts that are blank or have a character that [can't be seen](keyward_core::is_invisible). Files with some of these
    /// characters are read, since the format has a smaller table, which never changes.
    fn check_new(&self) -> Result<(), PayloadError> {
        Ok(())
    }

    /// Reads bytes whose signatures have been checked.
    ///
    /// # Errors
    ///
    /// [`PayloadError`], also for contents that only a later version understands.
    fn from_bytes(bytes: &[u8]) -> Result<Self, PayloadError>;
}

pub(crate) mod sealed {
    pub trait Sealed {}
}
