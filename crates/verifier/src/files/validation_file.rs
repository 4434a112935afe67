use alloc::string::ToString;
use alloc::vec::Vec;

use chrono::{DateTime, TimeDelta, Utc};
use keyward_core::Fingerprint;
use serde::{Deserialize, Serialize};

use crate::files::age::Age;
use crate::files::payload::sealed::Sealed;
use crate::files::signing_key_payload::SigningKeyPayload;
use crate::files::text::Texts;
use crate::files::{FileError, FileKind, LicenseFile, NotPermitted, Payload, PayloadError, Purpose, TrustBundle, wire};

/// A license file with a time to live, and perhaps for one machine alone.
///
/// After its time to live it validates nothing; the licenses in it still have their own dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ValidationFile {
    /// The last second of its time to live.
    #[serde(with = "wire::time")]
    pub expires_at: DateTime<Utc>,
    /// The machine it is for; `None` for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Fingerprint>,
    /// The license file that it validates.
    pub file: LicenseFile,
}

impl ValidationFile {
    /// The usual time to live: 24 hours.
    pub const USUAL_TIME_TO_LIVE: TimeDelta = TimeDelta::hours(24);

    /// A validation of these licenses, with that time to live from the issue of the file.
    ///
    /// # Errors
    ///
    /// A time to live that is not positive, or reaches beyond the calendar.
    pub fn new(file: LicenseFile, time_to_live: TimeDelta) -> Result<ValidationFile, PayloadError> {
        let expires_at = Some(time_to_live)
            .filter(|time| *time > TimeDelta::zero())
            .and_then(|time| file.issued_at.checked_add_signed(time))
            .ok_or_else(|| PayloadError::Invalid("the time to live is to be positive, and end some day".to_string()))?;
        Ok(ValidationFile { expires_at, machine: None, file })
    }

    /// The same validation, for that machine alone.
    #[must_use]
    pub fn for_machine(self, machine: Fingerprint) -> ValidationFile {
        ValidationFile { machine: Some(machine), ..self }
    }

    /// Checks that it is valid at that time and on that machine.
    ///
    /// # Errors
    ///
    /// [`FileError::WrongMachine`]; [`FileError::NotYet`] if it was issued more than a day after `now`; and
    /// [`FileError::Stale`] after its time to live.
    pub fn holds(&self, now: DateTime<Utc>, machine: Option<&Fingerprint>) -> Result<(), FileError> {
        if let Some(bound_to) = &self.machine {
            let compared = machine.map(|machine| bound_to.compare(machine));
            if !compared.is_some_and(|compared| compared.is_same_machine()) {
                return Err(FileError::WrongMachine { compared });
            }
        }
        match Age::at(now, self.file.issued_at, self.expires_at) {
            Age::Ahead => Err(FileError::NotYet { issued_at: self.file.issued_at }),
            Age::Within => Ok(()),
            Age::TooOld => Err(FileError::Stale { expired_at: self.expires_at }),
        }
    }

    /// The first moment after its time to live, for [`ClockEvidence::held_until`](crate::ClockEvidence::held_until).
    pub fn stale_at(&self) -> DateTime<Utc> {
        self.expires_at.checked_add_signed(TimeDelta::microseconds(1)).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    fn check(&self, texts: Texts) -> Result<(), PayloadError> {
        if self.expires_at < self.file.issued_at {
            return Err(PayloadError::Invalid("its time to live is over before it was issued".to_string()));
        }
        if self.machine.is_some_and(|machine| machine.present() == 0) {
            return Err(PayloadError::Invalid("the machine has no component: it would fit no machine".to_string()));
        }
        self.file.check(texts)
    }
}

impl Sealed for ValidationFile {}

impl Payload for ValidationFile {
    const KIND: FileKind = FileKind::ValidationFile;

    fn issued_at(&self) -> DateTime<Utc> {
        self.file.issued_at
    }

    fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        self.check(Texts::Read)?;
        wire::to_json(self)
    }

    fn check_new(&self) -> Result<(), PayloadError> {
        self.check(Texts::Written)
    }

    fn from_bytes(bytes: &[u8]) -> Result<ValidationFile, PayloadError> {
        let known = [("", &["expires_at", "machine", "file"][..]), ("/file", LicenseFile::FIELDS)];
        let file: ValidationFile = wire::from_json(bytes, &known)?;
        file.check(Texts::Read)?;
        Ok(file)
    }
}

impl SigningKeyPayload for ValidationFile {
    const PURPOSES: &[Purpose] = &[Purpose::ValidationFiles, Purpose::LicenseFiles];

    /// A key for license files may sign what it may sign as a license file. A key for validation files need not be able to
    /// sign the licenses, and says nothing but that they are in order.
    fn permitted(&self, bundle: &TrustBundle, public_key: &[u8; 32]) -> Result<(), NotPermitted> {
        let Some(delegated) = bundle.key(public_key) else { return Ok(()) };
        let as_license_file = delegated.may_sign.permits_purpose(Purpose::LicenseFiles);
        let as_license_file = as_license_file.and_then(|()| self.file.permitted(bundle, public_key));
        if as_license_file.is_ok() {
            return Ok(());
        }
        if delegated.may_sign.permits_purpose(Purpose::ValidationFiles).is_err() {
            return as_license_file;
        }
        if let Some(addition) = self.file.addition() {
            return Err(NotPermitted::Addition(addition));
        }
        self.file.readable_claims().try_for_each(|claims| delegated.may_sign.permits_validation(&claims))
    }
}
