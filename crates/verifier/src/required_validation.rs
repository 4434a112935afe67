//! Products that require an activation: the license has a fresh validation file for this machine, or is locked to it.

use chrono::{DateTime, Utc};
use keyward_core::Fingerprint;

use crate::files::{FileError, NotActivated, Trust, ValidationFile, Verified};
use crate::{LicenseDigest, SignedKey, VerifyError};

/// The validation files that a product has, at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequiredValidation<'f> {
    pub(crate) now: DateTime<Utc>,
    pub(crate) files: &'f [Verified<ValidationFile>],
}

impl RequiredValidation<'_> {
    /// Checks that the license is activated on this machine. That a locked license is locked to this machine is checked before.
    pub(crate) fn check(
        &self,
        signed: &SignedKey<'_>,
        machine: Option<&Fingerprint>,
        trust: Trust<'_>,
    ) -> Result<(), VerifyError> {
        if signed.claims().fingerprint().is_some() {
            return Ok(());
        }
        let digest = signed.digest();
        let mut why = NotActivated::NoFile;
        for file in self.files.iter().filter(|file| has(file, &digest) && trust.permits_file(file)) {
            match self.holds(file, machine) {
                Ok(()) => return Ok(()),
                Err(cause) => why = why.max(cause),
            }
        }
        Err(VerifyError::NotActivated { serial: signed.claims().serial(), why })
    }

    /// Whether the file holds now, and for this machine alone.
    fn holds(&self, file: &ValidationFile, machine: Option<&Fingerprint>) -> Result<(), NotActivated> {
        if file.machine.is_none() {
            return Err(NotActivated::AnyMachine);
        }
        file.holds(self.now, machine).map_err(|error| match error {
            FileError::NotYet { issued_at } => NotActivated::NotYet { issued_at },
            FileError::Stale { expired_at } => NotActivated::Stale { expired_at },
            _ => NotActivated::OtherMachine,
        })
    }
}

fn has(file: &ValidationFile, license: &LicenseDigest) -> bool {
    file.file.licenses.iter().any(|key| LicenseDigest::of(key) == *license)
}
