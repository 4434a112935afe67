use alloc::string::String;
use core::fmt;

use chrono::{DateTime, Utc};
use keyward_core::{FingerprintMatch, KeyId, Outcome};

use crate::files::{FileKind, NotPermitted, PayloadError};

/// Why a carried file is refused. Each refusal has a stable [`code`](FileError::code), names the cause in its message and
/// carries the evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Longer than any file of its kind.
    #[error("the file has {bytes} bytes, and {kind} has {max} at most: is it the right one?", max = .kind.max_bytes())]
    TooLarge {
        /// What was expected.
        kind: FileKind,
        /// How many bytes there are.
        bytes: usize,
    },
    /// Not an envelope at all, or a damaged one.
    #[error("this is not {expected}, or it was damaged on its way: {why}; copy it again")]
    Malformed {
        /// What was expected.
        expected: FileKind,
        /// What is wrong with it.
        why: String,
    },
    /// A file of another kind.
    #[error("this is not {expected}: it says that it is {}", Found(found))]
    WrongKind {
        /// What was expected.
        expected: FileKind,
        /// The payload type that it has.
        found: String,
    },
    /// Signed, but not what such a file says.
    #[error("{kind} was signed that can't be read: {error}")]
    Payload {
        /// What it is.
        kind: FileKind,
        /// What is wrong with its contents.
        error: PayloadError,
    },
    /// Signed by no key that is trusted.
    #[error("{} is signed by no key that is trusted here: is it another vendor's, or is a newer trust bundle needed?", The(*kind))]
    UnknownKey {
        /// What it is.
        kind: FileKind,
    },
    /// It names a trusted key, which did not sign it.
    #[error("{} has a signature that is not of the key it names ({key_id}): it is forged, or was damaged on its way", The(*kind))]
    BadSignature {
        /// What it is.
        kind: FileKind,
        /// The key that it names.
        key_id: KeyId,
    },
    /// Signed by a trusted key that may not sign this.
    #[error("{} is signed by the key {key_id}, which may not: {why}", The(*kind))]
    NotPermitted {
        /// What it is.
        kind: FileKind,
        /// The key that signed it.
        key_id: KeyId,
        /// What it may not.
        why: NotPermitted,
    },
    /// A trust bundle, and no roots to vouch for it.
    #[error("no roots are known that could vouch for the trust bundle: give those that the product was built with")]
    NoRoots,
    /// Too few of the roots have signed.
    #[error("{} needs the signatures of {needed} of the root keys, and has {found}: it is not to be trusted", The(*kind))]
    Threshold {
        /// What it is.
        kind: FileKind,
        /// How many are needed.
        needed: u8,
        /// How many there are, of different keys.
        found: u8,
    },
    /// A root set that does not follow the one that is trusted.
    #[error("this is root set {found}, and the one that is trusted is {trusted}: bring the sets between, oldest first")]
    MissingRoots {
        /// The version that is trusted.
        trusted: u32,
        /// The version found.
        found: u32,
    },
    /// Older than one that was seen already.
    #[error(
        "{file} {found} is older than {seen}, which was seen here before: an old file was brought back; bring the newest"
    )]
    Rollback {
        /// Which file.
        file: VersionedFile,
        /// The version or sequence found.
        found: u32,
        /// The highest seen.
        seen: u32,
    },
    /// A validation file whose time is over.
    #[error("the validation file was good until {expired_at}: ask for a new one; the license in it has its own dates")]
    Stale {
        /// When its time was over.
        expired_at: DateTime<Utc>,
    },
    /// A validation file of a time that is still to come.
    #[error(
        "the validation file is of {issued_at}, which is still to come: see whether the clock is right, and else ask for another"
    )]
    NotYet {
        /// When it says that it was signed.
        issued_at: DateTime<Utc>,
    },
    /// A revocation list that is older than the product takes.
    #[error(
        "revocation list {sequence} is more than {max_days} days old, and no older one is taken: bring a newer one"
    )]
    StaleList {
        /// Its sequence.
        sequence: u32,
        /// Whole days since it was issued.
        age_days: u32,
        /// The most days that the product accepts.
        max_days: u32,
    },
    /// A validation file for another machine.
    #[error("the validation file is for {}", Machine(*compared))]
    WrongMachine {
        /// How many components are the same; `None` if no fingerprint was told.
        compared: Option<FingerprintMatch>,
    },
}

/// A file with a version that only goes up.
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

impl FileError {
    /// The outcome, which has the code, the number and the words that every language shares.
    pub const fn outcome(&self) -> Outcome {
        match self {
            FileError::TooLarge { .. }
            | FileError::Malformed { .. }
            | FileError::WrongKind { .. }
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
            FileError::StaleList { .. } => Outcome::StaleList,
            FileError::WrongMachine { .. } => Outcome::WrongMachine,
        }
    }

    /// The code of the [`outcome`](FileError::outcome), such as `stale-file`.
    pub const fn code(&self) -> &'static str {
        self.outcome().code()
    }
}

struct Found<'a>(&'a str);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match FileKind::of_payload_type(self.0) {
            Some(kind) => kind.fmt(f),
            None => write!(f, "of the type {:?}", self.0),
        }
    }
}

/// "the license file", as messages begin in lower case.
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

struct Machine(Option<FingerprintMatch>);

impl fmt::Display for Machine {
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
