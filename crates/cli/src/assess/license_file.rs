use chrono::{DateTime, Utc};
use keyward_verifier::files::{Envelope, FileError, FileKind, LicenseFile, Trust, ValidationFile, Verified};

/// A license file or a validation file.
#[derive(Debug)]
pub enum AnyLicenseFile {
    License(Verified<LicenseFile>),
    /// Its time to live is checked later, when the time is known.
    Validation(Verified<ValidationFile>),
}

impl AnyLicenseFile {
    pub fn open(trust: Trust<'_>, kind: FileKind, contents: &[u8]) -> Result<AnyLicenseFile, FileError> {
        if kind == FileKind::ValidationFile {
            return trust.signed_validation_file(contents).map(AnyLicenseFile::Validation);
        }
        // The refusal of any other kind names that kind.
        Envelope::parse(contents, FileKind::LicenseFile)?;
        trust.license_file(contents).map(AnyLicenseFile::License)
    }

    pub fn file(&self) -> &LicenseFile {
        match self {
            AnyLicenseFile::License(file) => file,
            AnyLicenseFile::Validation(validation) => &validation.file,
        }
    }

    /// The time of the signature, if the signing key may state the time.
    pub fn evidence_of_time(&self) -> Option<DateTime<Utc>> {
        match self {
            AnyLicenseFile::License(file) => file.evidence_of_time(),
            AnyLicenseFile::Validation(validation) => validation.evidence_of_time(),
        }
    }

    /// The end of a validation file.
    pub fn stale_at(&self) -> Option<DateTime<Utc>> {
        match self {
            AnyLicenseFile::License(_) => None,
            AnyLicenseFile::Validation(validation) => Some(validation.stale_at()),
        }
    }

    pub const fn kind(&self) -> FileKind {
        match self {
            AnyLicenseFile::License(_) => FileKind::LicenseFile,
            AnyLicenseFile::Validation(_) => FileKind::ValidationFile,
        }
    }
}
