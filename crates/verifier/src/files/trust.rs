use alloc::vec::Vec;
use core::ops::Deref;

use chrono::{DateTime, Utc};
use keyward_core::{Fingerprint, KeyId};

use crate::TrustedKey;
use crate::files::signing_key_payload::SigningKeyPayload;
use crate::files::{
    ContentsDigest, Envelope, FileError, LicenseFile, NotPermitted, Payload, Purpose, RevocationList, TimeStatement,
    TrustBundle, ValidationFile,
};

/// The contents of a file whose signatures were checked: holding them is the proof. Only [`Trust`] and
/// [`Roots`](crate::files::Roots) make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T> {
    payload: T,
    digest: ContentsDigest,
    signed_by: Vec<KeyId>,
    /// All 32 bytes of each of these keys.
    signers: Vec<[u8; 32]>,
    signing_time: SigningTime,
}

/// Whether the time at which a file says that it was signed is evidence of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SigningTime {
    /// It is evidence: a key that may sign statements of the time signed the file, or the roots did.
    Evidence,
    /// It is not evidence: no signer may sign statements of the time.
    NoEvidence,
}

impl<T: Payload> Verified<T> {
    /// The time at which it was signed, if that is evidence of the time: for
    /// [`ClockEvidence::issued`](crate::ClockEvidence::issued).
    ///
    /// It is evidence if one of the signers may sign statements of the time, and always in a bundle. Otherwise a stolen key
    /// for license files could set the clock of every product that opens a file signed with it.
    pub fn evidence_of_time(&self) -> Option<DateTime<Utc>> {
        (self.signing_time == SigningTime::Evidence).then(|| self.payload.issued_at())
    }
}

impl<T> Verified<T> {
    pub(super) fn new(
        payload: T,
        digest: ContentsDigest,
        signers: &[&TrustedKey],
        signing_time: SigningTime,
    ) -> Verified<T> {
        let signed_by = signers.iter().map(|signer| signer.id()).collect();
        let signers = signers.iter().map(|signer| signer.to_bytes()).collect();
        Verified { payload, digest, signed_by, signers, signing_time }
    }

    /// The trusted keys that signed.
    pub fn signed_by(&self) -> &[KeyId] {
        &self.signed_by
    }

    /// All 32 bytes of each of the keys that signed.
    pub(crate) fn signers(&self) -> &[[u8; 32]] {
        &self.signers
    }

    /// The digest of the contents. It shows whether two files with the same number are the same.
    pub const fn digest(&self) -> ContentsDigest {
        self.digest
    }

    /// The contents, without the proof.
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

/// The trusted signing keys: plain keys, each trusted for everything, or those of a bundle, each within its limits.
#[derive(Debug, Clone, Copy)]
pub enum Trust<'k> {
    /// Keys that are built into the product.
    Keys(&'k [TrustedKey]),
    /// Keys that the roots have signed for, each within its limits.
    Bundle(&'k Verified<TrustBundle>),
}

impl<'k> Trust<'k> {
    /// The license file in these bytes.
    ///
    /// If a compromised key signed it, and licenses in it are on that key's allow-list, the file is opened with its licenses
    /// alone: nothing else in it counts, and its time is no evidence. Each license is verified as any other.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    pub fn license_file(self, bytes: &[u8]) -> Result<Verified<LicenseFile>, FileError> {
        match (self, self.open(bytes)) {
            (Trust::Bundle(bundle), Err(refused @ FileError::NotPermitted { .. })) => {
                of_compromised_keys(bundle, bytes).ok_or(refused)
            }
            (_, opened) => opened,
        }
    }

    /// The validation file in these bytes, which is valid now and on this machine.
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

    /// The validation file in these bytes, valid or not: for programs that first use it as evidence of the time, and call
    /// [`ValidationFile::holds`] when they know the time.
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
    /// [`FileError`]. The product decides how old a list may be: [`RevocationList::no_older_than`].
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

    pub(crate) fn keys(self) -> &'k [TrustedKey] {
        match self {
            Trust::Keys(keys) => keys,
            Trust::Bundle(bundle) => bundle.keys(),
        }
    }

    fn open<T: SigningKeyPayload>(self, bytes: &[u8]) -> Result<Verified<T>, FileError> {
        let kind = T::KIND;
        let envelope = Envelope::parse(bytes, kind)?;
        let mut refusal = FileError::UnknownKey { kind };
        let mut permitted = Vec::new();
        for signer in envelope.signers(self.keys())? {
            match self.permits_any(signer, T::PURPOSES) {
                Ok(()) => permitted.push(signer),
                Err(why) => refusal = FileError::NotPermitted { kind, key_id: signer.id(), why },
            }
        }
        if permitted.is_empty() {
            return Err(refusal);
        }
        let payload =
            T::from_bytes(envelope.unverified_payload()).map_err(|error| FileError::Payload { kind, error })?;
        permitted.retain(|signer| match self.permits_contents(signer, &payload) {
            Ok(()) => true,
            Err(why) => {
                refusal = FileError::NotPermitted { kind, key_id: signer.id(), why };
                false
            }
        });
        if permitted.is_empty() {
            return Err(refusal);
        }
        let may_tell_the_time = permitted.iter().any(|signer| self.permits(signer, Purpose::Time).is_ok());
        let signing_time = if may_tell_the_time { SigningTime::Evidence } else { SigningTime::NoEvidence };
        Ok(Verified::new(payload, envelope.digest(), &permitted, signing_time))
    }

    /// Whether these keys open a file that was opened before, perhaps with other keys: one of those that signed it is among
    /// them, and may sign it.
    pub(crate) fn permits_file<T: SigningKeyPayload>(self, file: &Verified<T>) -> bool {
        let mut signers = self.keys().iter().filter(|key| file.signers().contains(&key.to_bytes()));
        signers.any(|signer| {
            let purpose = self.permits_any(signer, T::PURPOSES);
            purpose.and_then(|()| self.permits_contents(signer, &file.payload)).is_ok()
        })
    }

    fn permits_contents<T: SigningKeyPayload>(self, signer: &TrustedKey, payload: &T) -> Result<(), NotPermitted> {
        match self {
            Trust::Keys(_) => Ok(()),
            Trust::Bundle(bundle) => payload.permitted(bundle, &signer.to_bytes()),
        }
    }

    /// The error is that of the first purpose.
    fn permits_any(self, signer: &TrustedKey, purposes: &[Purpose]) -> Result<(), NotPermitted> {
        let mut first = Ok(());
        for purpose in purposes {
            match self.permits(signer, *purpose) {
                Ok(()) => return Ok(()),
                Err(why) => first = first.and(Err(why)),
            }
        }
        first
    }

    fn permits(self, signer: &TrustedKey, purpose: Purpose) -> Result<(), NotPermitted> {
        match self {
            Trust::Keys(_) => Ok(()),
            Trust::Bundle(bundle) => bundle.permits_purpose(signer, purpose),
        }
    }
}

/// The license file with its licenses alone, if compromised keys signed it whose allow-lists have some of them. So a customer
/// is not locked out because an allowed license was delivered in a file.
fn of_compromised_keys(bundle: &Verified<TrustBundle>, bytes: &[u8]) -> Option<Verified<LicenseFile>> {
    let envelope = Envelope::parse(bytes, LicenseFile::KIND).ok()?;
    let signers = envelope.signers(bundle.keys()).ok()?;
    let file = LicenseFile::from_bytes(envelope.unverified_payload()).ok()?;
    let allows = |signer: &&TrustedKey| bundle.allows_some_of(signer, &file.licenses);
    let signers: Vec<_> = signers.into_iter().filter(allows).collect();
    let licenses = LicenseFile::new(file.issued_at, file.licenses);
    (!signers.is_empty()).then(|| Verified::new(licenses, envelope.digest(), &signers, SigningTime::NoEvidence))
}
