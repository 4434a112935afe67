use core::fmt;

/// The kinds of files that are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// License keys, with what a key is too short for.
    LicenseFile,
    /// A license file with a time to live.
    ValidationFile,
    /// The keys that vouch for signing keys.
    RootSet,
    /// The signing keys that are trusted, and for what.
    TrustBundle,
    /// The licenses that were withdrawn.
    RevocationList,
    /// What time it was when it was signed.
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

    /// What its envelope says it is. The type is signed, so that no file passes for one of another kind.
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

    /// How many bytes a file of this kind has at most, envelope and all. A longer one is refused unread.
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
