use core::fmt;

/// The kinds of signed files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// License keys, with the licensee, contacts, a note and metadata.
    LicenseFile,
    /// A license file with a time to live.
    ValidationFile,
    /// The root keys, which sign trust bundles.
    RootSet,
    /// The signing keys that are trusted, each with its limits.
    TrustBundle,
    /// The licenses that are revoked or on hold.
    RevocationList,
    /// The time at which it was signed.
    TimeStatement,
}

impl FileKind {
    /// All of them.
    pub const ALL: [FileKind; 6] = [
        FileKind::LicenseFile,
        FileKind::ValidationFile,
        FileKind::RootSet,
        FileKind::TrustBundle,
        FileKind::RevocationList,
        FileKind::TimeStatement,
    ];

    /// The payload type in its envelope. It is signed, so that no file can be taken for another kind.
    pub const fn payload_type(self) -> &'static str {
        match self {
            FileKind::LicenseFile => "application/vnd.keyward.license-file.v1+json",
            FileKind::ValidationFile => "application/vnd.keyward.validation-file.v1+json",
            FileKind::RootSet => "application/vnd.keyward.root-set.v1+json",
            FileKind::TrustBundle => "application/vnd.keyward.trust-bundle.v1+json",
            FileKind::RevocationList => "application/vnd.keyward.revocation-list.v1",
            FileKind::TimeStatement => "application/vnd.keyward.time-statement.v1+json",
        }
    }

    /// The kind with that payload type.
    pub fn of_payload_type(payload_type: &str) -> Option<FileKind> {
        FileKind::ALL.into_iter().find(|kind| kind.payload_type() == payload_type)
    }

    /// The largest size in bytes of a file of this kind, with its envelope. A longer file is refused unread.
    pub const fn max_bytes(self) -> usize {
        match self {
            FileKind::LicenseFile | FileKind::ValidationFile => 256 << 10,
            FileKind::RootSet | FileKind::TimeStatement => 64 << 10,
            FileKind::TrustBundle => 16 << 20,
            // Some four million licenses.
            FileKind::RevocationList => 90 << 20,
        }
    }
}

/// With its article, as in "this is a trust bundle".
impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileKind::LicenseFile => "a license file",
            FileKind::ValidationFile => "a validation file",
            FileKind::RootSet => "a root set",
            FileKind::TrustBundle => "a trust bundle",
            FileKind::RevocationList => "a revocation list",
            FileKind::TimeStatement => "a statement of the time",
        })
    }
}
