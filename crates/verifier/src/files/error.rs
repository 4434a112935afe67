use alloc::string::String;
use core::fmt;

use chrono::{DateTime, Utc};
use keyward_core::{FingerprintMatch, KeyId, Outcome};

use crate::files::{FileKind, NotPermitted, PayloadError, PemKey};

/// The reason why a signed file is refused. Each refusal has an [`outcome`](FileError::outcome), a message that names the
/// cause, and the evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file is longer than any of its kind.
    #[error("the file is longer than {max} bytes, the most that {kind} has: is it the right one?", max = .kind.max_bytes())]
    TooLarge {
        /// The kind that was expected.
        kind: FileKind,
        /// The length in bytes of the file, or of the part that was read.
        bytes: usize,
    },
    /// The file is not an envelope, or is damaged.
    #[error("this is not {expected}, or it was damaged on its way: {why}; copy it again")]
    Malformed {
        /// The kind that was expected.
        expected: FileKind,
        /// The fault of the file.
        why: String,
    },
    /// The file is of another kind.
    #[error("this is not {expected}: it says that it is {}", PayloadType(found))]
    WrongKind {
        /// The kind that was expected.
        expected: FileKind,
        /// Its payload type.
        found: String,
    },
    /// The file is a key in PEM.
    #[error("this is not {expected}: it is {found}")]
    Key {
        /// The kind that was expected.
        expected: FileKind,
        /// The key.
        found: PemKey,
    },
    /// The contents of the file, a signed one or a draft, do not have the form of this kind.
    #[error("the contents of {} can't be read: {error}", The(*kind))]
    Payload {
        /// The kind of file.
        kind: FileKind,
        /// The fault of its contents.
        error: PayloadError,
    },
    /// No trusted key has signed the file.
    #[error("{} is not signed by a trusted key: is it another vendor's, or is a newer trust bundle needed?", The(*kind))]
    UnknownKey {
        /// The kind of file.
        kind: FileKind,
    },
    /// The file names a trusted key, which did not sign it.
    #[error("{} has a signature that the key it names ({key_id}) did not make: it is forged, or was damaged on its way", The(*kind))]
    BadSignature {
        /// The kind of file.
        kind: FileKind,
        /// The key that it names.
        key_id: KeyId,
    },
    /// A trusted key has signed the file, and may not sign it.
    #[error("{} is signed by the key {key_id}, which may not sign it: {why}", The(*kind))]
    NotPermitted {
        /// The kind of file.
        kind: FileKind,
        /// The key that signed it.
        key_id: KeyId,
        /// The reason why the key may not sign it.
        why: NotPermitted,
    },
    /// There is a trust bundle, and there are no roots to verify it with.
    #[error("the trust bundle can't be verified without roots: give those that the product was built with")]
    NoRoots,
    /// Too few of the roots have signed.
    #[error("{} needs the signatures of {needed} of the root keys, and has {found}: don't use it", The(*kind))]
    Threshold {
        /// The kind of file.
        kind: FileKind,
        /// The number of signatures that are needed.
        needed: u8,
        /// The number of different root keys that have signed.
        found: u8,
    },
    /// The root set does not directly follow the trusted one.
    #[error("this is root set {found}, and the one that is trusted is {trusted}: bring the sets between, oldest first")]
    MissingRoots {
        /// The trusted version.
        trusted: u32,
        /// The version found.
        found: u32,
    },
    /// The file is older than one that was seen before, or is another file with the same number.
    #[error("{}", OlderFile { file: *file, found: *found, seen: *seen })]
    Rollback {
        /// The file.
        file: VersionedFile,
        /// The version or sequence found. If it equals the highest seen, the file has other contents than the one seen.
        found: u32,
        /// The highest version or sequence seen.
        seen: u32,
    },
    /// The validation file is past its time to live.
    #[error("the validation file was good until {expired_at}: ask for a new one; the license in it has its own dates")]
    Stale {
        /// The last second of its time to live.
        expired_at: DateTime<Utc>,
    },
    /// The validation file is dated more than a day ahead.
    #[error("the validation file is of {issued_at}, which is in the future: check the clock, or ask for another file")]
    NotYet {
        /// The time of issue that the file states.
        issued_at: DateTime<Utc>,
    },
    /// The revocation list is older than the product accepts.
    #[error(
        "revocation list {sequence} is more than {max_days} days old, and older lists are refused: bring a newer one"
    )]
    StaleList {
        /// Its sequence.
        sequence: u32,
        /// Its age in whole days.
        age_days: u32,
        /// The largest number of days that the product accepts.
        max_days: u32,
    },
    /// The revocation list is dated more than a day ahead.
    #[error(
        "revocation list {sequence} is of {issued_at}, which is in the future: check the clock, or ask for another list"
    )]
    ListNotYet {
        /// Its sequence.
        sequence: u32,
        /// The time of issue that the list states.
        issued_at: DateTime<Utc>,
    },
    /// The validation file is for another machine.
    #[error("the validation file is for {}", Compared(*compared))]
    WrongMachine {
        /// The number of components that are the same; `None` without a fingerprint of this machine.
        compared: Option<FingerprintMatch>,
    },
}

/// A file with a version that only increases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionedFile {
    /// The root set, by its version.
    RootSet,
    /// The trust bundle, by its version.
    TrustBundle,
    /// The revocation list, by its sequence.
    RevocationList,
}

impl fmt::Display for VersionedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            VersionedFile::RootSet => "root set",
            VersionedFile::TrustBundle => "trust bundle",
            VersionedFile::RevocationList => "revocation list",
        })
    }
}

/// A file that is older than one that was seen, or another file with the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OlderFile {
    pub(crate) file: VersionedFile,
    /// 0 for none.
    pub(crate) found: u32,
    pub(crate) seen: u32,
}

impl From<OlderFile> for FileError {
    fn from(OlderFile { file, found, seen }: OlderFile) -> FileError {
        FileError::Rollback { file, found, seen }
    }
}

impl fmt::Display for OlderFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OlderFile { file, found, seen } = self;
        if found == seen {
            return write!(
                f,
                "this {file} {found} is not the one that was seen here before: two files have the same number; bring a newer one"
            );
        }
        write!(
            f,
            "{file} {found} is older than {seen}, which was seen here before: an old file was brought back; bring the newest"
        )
    }
}

impl FileError {
    /// The outcome, which has the code, the number and the words that every language shares.
    pub const fn outcome(&self) -> Outcome {
        match self {
            FileError::TooLarge { .. }
            | FileError::Malformed { .. }
            | FileError::WrongKind { .. }
            | FileError::Key { .. }
            | FileError::Payload { error: PayloadError::Invalid(_), .. } => Outcome::Malformed,
            FileError::Payload { error: PayloadError::NeedsNewer(_), .. } => Outcome::NeedsNewer,
            FileError::UnknownKey { .. } => Outcome::UnknownKey,
            FileError::BadSignature { .. } => Outcome::BadSignature,
            FileError::NotPermitted { .. } => Outcome::NotPermitted,
            FileError::NoRoots | FileError::Threshold { .. } | FileError::MissingRoots { .. } => {
                Outcome::UntrustedBundle
            }
            FileError::Rollback { .. } => Outcome::Rollback,
            FileError::Stale { .. } | FileError::NotYet { .. } => Outcome::StaleFile,
            FileError::StaleList { .. } | FileError::ListNotYet { .. } => Outcome::StaleList,
            FileError::WrongMachine { .. } => Outcome::WrongMachine,
        }
    }

    /// The code of the [`outcome`](FileError::outcome), such as `stale-file`.
    pub const fn code(&self) -> &'static str {
        self.outcome().code()
    }
}

struct PayloadType<'a>(&'a str);

impl fmt::Display for PayloadType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match FileKind::of_payload_type(self.0) {
            Some(kind) => kind.fmt(f),
            None => write!(f, "of the type {:?}", self.0),
        }
    }
}

/// The kind with the definite article: "the license file".
struct The(FileKind);

impl fmt::Display for The {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            FileKind::LicenseFile => "the license file",
            FileKind::ValidationFile => "the validation file",
            FileKind::RootSet => "the root set",
            FileKind::TrustBundle => "the trust bundle",
            FileKind::RevocationList => "the revocation list",
            FileKind::TimeStatement => "the statement of the time",
        })
    }
}

struct Compared(Option<FingerprintMatch>);

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(FingerprintMatch { matching, present }) => write!(
                f,
                "another machine ({matching} of its {present} components are the same): ask for one for this machine"
            ),
            None => f.write_str("a machine, and it is not known which one this is: a fingerprint has to be given"),
        }
    }
}
