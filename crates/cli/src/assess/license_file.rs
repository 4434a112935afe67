use chrono::{DateTime, Utc};
use keyward_verifier::files::{Envelope, FileError, FileKind, LicenseFile, Trust, ValidationFile, Verified};

/// A license file, or a validation file.
#[derive(Debug)]
pub enum AnyLicenseFile {
    License(Verified<LicenseFile>),
    /// Good or stale: how long it is good is looked at when the time is known.
    Validation(Verified<ValidationFile>),
}

impl AnyLicenseFile {
    pub fn open(trust: Trust<'_>, kind: FileKind, contents: &[u8]) -> Result<AnyLicenseFile, FileError> {
        if kind == FileKind::ValidationFile {
            return trust.signed_validation_file(contents).map(AnyLicenseFile::Validation);
        }
        // Any other kind is refused as what it is.
        Envelope::parse(contents, FileKind::LicenseFile)?;
        trust.license_file(contents).map(AnyLicenseFile::License)
    }

    pub fn file(&self) -> &LicenseFile {
        match self {
            AnyLicenseFile::License(file) => file,
            AnyLicenseFile::Validation(validation) => &validation.file,
        }
    }

    /// When it was signed, if whoever signed it may tell the time.
    pub fn evidence_of_time(&self) -> Option<DateTime<Utc>> {
        match self {
            AnyLicenseFile::License(file) => file.evidence_of_time(),
            AnyLicenseFile::Validation(validation) => validation.evidence_of_time(),
        }
    }

    pub const fn kind(&self) -> FileKind {
        match self {
            AnyLicenseFile::License(_) => FileKind::LicenseFile,
            AnyLicenseFile::Validation(_) => FileKind::ValidationFile,
        }
    }
}
