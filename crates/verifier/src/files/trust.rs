use alloc::vec::Vec;
use core::ops::Deref;

use chrono::{DateTime, Utc};
use keyward_core::{Fingerprint, KeyId};

use crate::files::payload::SignedBySigningKey;
use crate::files::{
    Envelope, FileError, LicenseFile, NotPermitted, Payload, Purpose, RevocationList, TimeStatement, TrustBundle,
    ValidationFile,
};
use crate::{Authenticator, TrustedKey};

/// Contents of a file whose signatures were checked: holding them is the proof. Only [`Trust`] and
/// [`Roots`](crate::files::Roots) make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T> {
    payload: T,
    signed_by: Vec<KeyId>,
    told_by: ToldBy,
}

/// Whose word the time of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ToldBy {
    /// That of a key which may sign statements of the time, or of the roots.
    WhoMayTellTheTime,
    /// Another's.
    Anyone,
}

impl<T: Payload> Verified<T> {
    /// When it was signed, if that is evidence of the time: for [`ClockEvidence::issued`](crate::ClockEvidence::issued).
    ///
    /// It is, if one of the signers may sign statements of the time; a bundle's always. Else a stolen key for license files
    /// would set the clocks of those who open what it signed.
    pub fn evidence_of_time(&self) -> Option<DateTime<Utc>> {
        (self.told_by == ToldBy::WhoMayTellTheTime).then(|| self.payload.issued_at())
    }
}

impl<T> Verified<T> {
    pub(super) fn new(payload: T, signed_by: impl IntoIterator<Item = KeyId>, told_by: ToldBy) -> Verified<T> {
        Verified { payload, signed_by: signed_by.into_iter().collect(), told_by }
    }

    /// The trusted keys that signed.
    pub fn signed_by(&self) -> &[KeyId] {
        &self.signed_by
    }

    /// What was signed, without the proof.
    pub fn into_payload(self) -> T {
        self.payload
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.payload
    }
}

/// Which signing keys are trusted, and for what: plain keys, each for everything, or those of a bundle.
#[derive(Debug, Clone, Copy)]
pub enum Trust<'k> {
    /// Keys that are built into the product.
    Keys(&'k [TrustedKey]),
    /// Keys that the roots vouch for, each within its limits.
    Bundle(&'k Verified<TrustBundle>),
}

impl<'k> Trust<'k> {
    /// The license file in these bytes.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    pub fn license_file(self, bytes: &[u8]) -> Result<Verified<LicenseFile>, FileError> {
        self.open(bytes)
    }

    /// The validation file in these bytes, which is good now, and on this machine.
    ///
    /// # Errors
    ///
    /// As for a license file, and as [`ValidationFile::holds`].
    pub fn validation_file(
        self,
        bytes: &[u8],
        now: DateTime<Utc>,
        machine: Option<&Fingerprint>,
    ) -> Result<Verified<ValidationFile>, FileError> {
        let file = self.signed_validation_file(bytes)?;
        file.holds(now, machine)?;
        Ok(file)
    }

    /// The validation file in these bytes, whether it is good or not: for those who take it for evidence of the time, and
    /// ask [`ValidationFile::holds`] when they know what time it is.
    ///
    /// # Errors
    ///
    /// As for a license file.
    pub fn signed_validation_file(self, bytes: &[u8]) -> Result<Verified<ValidationFile>, FileError> {
        self.open(bytes)
    }

    /// The revocation list in these bytes.
    ///
    /// # Errors
    ///
    /// [`FileError`]. How old it may be is the product's to say: [`RevocationList::no_older_than`].
    pub fn revocation_list(self, bytes: &[u8]) -> Result<Verified<RevocationList>, FileError> {
        self.open(bytes)
    }

    /// The statement of the time in these bytes.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    pub fn time_statement(self, bytes: &[u8]) -> Result<Verified<TimeStatement>, FileError> {
        self.open(bytes)
    }

    /// An authenticator that trusts the same keys, each within its limits.
    pub fn authenticator(self) -> Authenticator<'k> {
        match self {
            Trust::Keys(keys) => Authenticator::new(keys),
            Trust::Bundle(bundle) => Authenticator::with_bundle(bundle),
        }
    }

    pub(crate) fn keys(self) -> &'k [TrustedKey] {
        match self {
            Trust::Keys(keys) => keys,
            Trust::Bundle(bundle) => bundle.keys(),
        }
    }

    fn open<T: SignedBySigningKey>(self, bytes: &[u8]) -> Result<Verified<T>, FileError> {
        let kind = T::KIND;
        let envelope = Envelope::parse(bytes, kind)?;
        let mut refusal = FileError::UnknownKey { kind };
        let mut permitted = Vec::new();
        for signer in envelope.signers(self.keys())? {
            match self.permits(signer, T::PURPOSE) {
                Ok(()) => permitted.push(signer),
                Err(why) => refusal = FileError::NotPermitted { kind, key_id: signer.id(), why },
            }
        }
        if permitted.is_empty() {
            return Err(refusal);
        }
        let payload =
            T::from_bytes(envelope.unverified_payload()).map_err(|error| FileError::Payload { kind, error })?;
        if let Trust::Bundle(bundle) = self {
            permitted.retain(|signer| match payload.permitted(bundle, &signer.to_bytes()) {
                Ok(()) => true,
                Err(why) => {
                    refusal = FileError::NotPermitted { kind, key_id: signer.id(), why };
                    false
                }
            });
        }
        if permitted.is_empty() {
            return Err(refusal);
        }
        let may_tell = permitted.iter().any(|signer| self.permits(signer, Purpose::Time).is_ok());
        let told_by = if may_tell { ToldBy::WhoMayTellTheTime } else { ToldBy::Anyone };
        Ok(Verified::new(payload, permitted.into_iter().map(TrustedKey::id), told_by))
    }

    fn permits(self, signer: &TrustedKey, purpose: Purpose) -> Result<(), NotPermitted> {
        match self {
            Trust::Keys(_) => Ok(()),
            Trust::Bundle(bundle) => bundle.permits_purpose(signer, purpose),
        }
    }
}
