use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU8;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer};

use crate::TrustedKey;
use crate::files::payload::sealed::Sealed;
use crate::files::trust::SigningTime;
use crate::files::wire::PublicKey;
use crate::files::{
    ContentsDigest, Envelope, FileError, FileKind, Payload, PayloadError, TrustBundle, Verified, VersionedFile, wire,
};

const MAX_ROOTS: usize = 16;

/// The root keys, which sign trust bundles, and how many of them have to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RootSet {
    /// The version: 1 for the first set, and one more for each later set.
    pub version: u32,
    /// The time of issue.
    pub issued_at: DateTime<Utc>,
    /// The number of keys that have to sign.
    pub threshold: NonZeroU8,
    /// The keys, 1 to 16.
    pub keys: Vec<TrustedKey>,
}

impl RootSet {
    /// The first set, with version 1.
    pub const fn first(issued_at: DateTime<Utc>, threshold: NonZeroU8, keys: Vec<TrustedKey>) -> RootSet {
        RootSet { version: 1, issued_at, threshold, keys }
    }

    /// The set that follows this one.
    ///
    /// # Errors
    ///
    /// [`PayloadError::Invalid`] after version 4,294,967,295, which is the last.
    pub fn next(
        &self,
        issued_at: DateTime<Utc>,
        threshold: NonZeroU8,
        keys: Vec<TrustedKey>,
    ) -> Result<RootSet, PayloadError> {
        let version = self.version.checked_add(1).ok_or_else(|| wire::last_number("version"))?;
        Ok(RootSet { version, issued_at, threshold, keys })
    }

    fn digest(&self) -> ContentsDigest {
        let mut keys: Vec<[u8; 32]> = self.keys.iter().map(TrustedKey::to_bytes).collect();
        keys.sort_unstable();
        let (version, threshold) = (self.version.to_be_bytes(), [self.threshold.get()]);
        ContentsDigest::of(&[b"keyward/v1/root-set\0", &version[..], &threshold, &keys.concat()].concat())
    }

    /// The version that a file claims, whose signatures are not checked.
    pub(super) fn version_in(file: &[u8]) -> Option<u32> {
        read(file).ok().map(|(_, set)| set.version)
    }

    fn check(&self) -> Result<(), PayloadError> {
        let invalid = |why: &str| Err(PayloadError::Invalid(why.to_string()));
        if self.version == 0 {
            return invalid("versions begin with 1");
        }
        if self.keys.len() > MAX_ROOTS || self.keys.len() < usize::from(self.threshold.get()) {
            return invalid("a root set has at least as many keys as have to sign, and 16 at most");
        }
        if self
            .keys
            .iter()
            .enumerate()
            .any(|(index, key)| self.keys.iter().skip(index).skip(1).any(|other| other == key))
        {
            return invalid("a root key is listed twice");
        }
        Ok(())
    }

    /// The keys of this set that have signed. It is an error if there are too few.
    fn threshold_of(&self, envelope: &Envelope, kind: FileKind) -> Result<Vec<&TrustedKey>, FileError> {
        let signers = envelope.signers(&self.keys)?;
        debug_assert!(signers.len() <= MAX_ROOTS, "each key of the set signs once");
        let (needed, found) = (self.threshold.get(), u8::try_from(signers.len()).unwrap_or(u8::MAX));
        if found < needed { Err(FileError::Threshold { kind, needed, found }) } else { Ok(signers) }
    }
}

/// The roots that a product trusts: those that it was built with, or later ones that these have signed.
///
/// ```
/// use keyward_verifier::{TrustedKey, files::Roots};
/// # let (a, b, c) = (
/// #     "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
/// #     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
/// #     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
/// # );
/// // Constants of the product: any two of three vouch for a signing key.
/// let keys = [a, b, c].map(TrustedKey::from_hex).into_iter().collect::<Result<_, _>>()?;
/// let roots = Roots::built_in(2.try_into()?, keys)?;
/// assert_eq!(roots.version(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Roots {
    set: RootSet,
    /// The files of the sets, oldest first: with them, every reader can check each step to this set again.
    files: Vec<Vec<u8>>,
}

impl Roots {
    /// Roots that are constants of the product: version 1.
    ///
    /// # Errors
    ///
    /// Keys that are listed twice, fewer keys than have to sign, or more than 16.
    pub fn built_in(threshold: NonZeroU8, keys: Vec<TrustedKey>) -> Result<Roots, PayloadError> {
        let roots = RootSet::first(DateTime::UNIX_EPOCH, threshold, keys);
        roots.check().map(|()| Roots { set: roots, files: Vec::new() })
    }

    /// Roots from a root set that the product was built with. It is trusted because it is built in, and enough of its own
    /// keys must have signed it: never use a file here that came with the files to verify.
    ///
    /// # Errors
    ///
    /// [`FileError`], such as too few signatures.
    pub fn from_built_in_file(bytes: &[u8]) -> Result<Roots, FileError> {
        let (envelope, roots) = read(bytes)?;
        roots.threshold_of(&envelope, FileKind::RootSet)?;
        Ok(Roots { set: roots, files: vec![bytes.to_vec()] })
    }

    /// The roots after these, from the file of the next root set: enough of these roots and enough of its own keys must have
    /// signed it.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] for a set that is not newer, [`FileError::MissingRoots`] if a set between is missing,
    /// [`FileError::Threshold`] if too few keys have signed.
    pub fn next(&self, bytes: &[u8]) -> Result<Roots, FileError> {
        let envelope = Envelope::parse(bytes, FileKind::RootSet)?;
        self.set.threshold_of(&envelope, FileKind::RootSet)?;
        let next = payload(&envelope)?;
        if next.version <= self.set.version {
            let (file, found, seen) = (VersionedFile::RootSet, next.version, self.set.version);
            return Err(FileError::Rollback { file, found, seen });
        }
        if next.version.checked_sub(1) != Some(self.set.version) {
            return Err(FileError::MissingRoots { trusted: self.set.version, found: next.version });
        }
        next.threshold_of(&envelope, FileKind::RootSet)?;
        let files = self.files.iter().cloned().chain([bytes.to_vec()]).collect();
        Ok(Roots { set: next, files })
    }

    /// Follows the files to the latest roots, one set after the other. A set that is not newer than the roots reached so
    /// far is skipped with any signatures: it may have led to them. Its version is read before its signatures are checked,
    /// and nothing else in it is used.
    ///
    /// # Errors
    ///
    /// The errors of [`Roots::next`] for every other file.
    pub fn follow(&self, files: &[impl AsRef<[u8]>]) -> Result<Roots, FileError> {
        files.iter().try_fold(self.clone(), |roots, file| roots.follow_one(file.as_ref()))
    }

    fn follow_one(self, file: &[u8]) -> Result<Roots, FileError> {
        let claimed = RootSet::version_in(file);
        if claimed.is_some_and(|version| version <= self.set.version) { Ok(self) } else { self.next(file) }
    }

    /// The files that lead to these roots, oldest first: keep them, and give them to [`Roots::follow`] at the next start.
    pub fn files(&self) -> &[Vec<u8>] {
        &self.files
    }

    /// The version of the first of these files. The files have all versions from it to that of these roots; without files,
    /// it is the version that would be next.
    pub(super) fn first_file(&self) -> u32 {
        let files = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        self.set.version.saturating_add(1).saturating_sub(files)
    }

    /// Whether these are the roots with that version and digest, or their files led by way of them.
    pub(super) fn came_by(&self, version: u32, digest: ContentsDigest) -> bool {
        let passed = self.files.iter().filter_map(|file| read(file).ok()).map(|(_, set)| set);
        passed.chain([self.set.clone()]).any(|set| set.version == version && set.digest() == digest)
    }

    /// The trust bundle in a file that enough of these roots have signed.
    ///
    /// # Errors
    ///
    /// [`FileError::Threshold`] if too few roots have signed, and the errors of a file that is no trust bundle.
    pub fn trust_bundle(&self, bytes: &[u8]) -> Result<Verified<TrustBundle>, FileError> {
        let envelope = Envelope::parse(bytes, FileKind::TrustBundle)?;
        let signers = self.set.threshold_of(&envelope, FileKind::TrustBundle)?;
        let bundle = TrustBundle::from_bytes(envelope.unverified_payload())
            .map_err(|error| FileError::Payload { kind: FileKind::TrustBundle, error })?;
        Ok(Verified::new(bundle, envelope.digest(), &signers, SigningTime::Evidence))
    }

    /// Their version.
    pub const fn version(&self) -> u32 {
        self.set.version
    }

    /// The digest of the set, the same for constants of the product as for a file: of its version (4 bytes), its threshold
    /// (1 byte) and its keys in ascending order (32 bytes each), after a label.
    pub fn digest(&self) -> ContentsDigest {
        self.set.digest()
    }

    /// The number of keys that have to sign.
    pub const fn threshold(&self) -> NonZeroU8 {
        self.set.threshold
    }

    /// The keys.
    pub fn keys(&self) -> &[TrustedKey] {
        &self.set.keys
    }
}

/// Shows the version and the keys, without the files.
impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Roots").field(&self.set).finish()
    }
}

/// Reads a set without checking its signatures.
fn read(bytes: &[u8]) -> Result<(Envelope, RootSet), FileError> {
    let envelope = Envelope::parse(bytes, FileKind::RootSet)?;
    let roots = payload(&envelope)?;
    Ok((envelope, roots))
}

fn payload(envelope: &Envelope) -> Result<RootSet, FileError> {
    RootSet::from_bytes(envelope.unverified_payload())
        .map_err(|error| FileError::Payload { kind: FileKind::RootSet, error })
}

impl Sealed for RootSet {}

/// As in the payload.
impl Serialize for RootSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let keys = self.keys.iter().map(|key| PublicKey(key.to_bytes())).collect();
        Json { version: self.version, issued_at: self.issued_at, threshold: self.threshold, keys }.serialize(serializer)
    }
}

impl Payload for RootSet {
    const KIND: FileKind = FileKind::RootSet;

    fn issued_at(&self) -> DateTime<Utc> {
        self.issued_at
    }

    fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        self.check()?;
        wire::to_json(self)
    }

    fn from_bytes(bytes: &[u8]) -> Result<RootSet, PayloadError> {
        let json: Json = wire::from_json(bytes, &[("", &["version", "issued_at", "threshold", "keys"])])?;
        let Json { version, issued_at, threshold, keys } = json;
        if keys.len() > MAX_ROOTS {
            return Err(PayloadError::Invalid("there are more than 16 root keys".to_string()));
        }
        let keys = keys.iter().map(PublicKey::trusted).collect::<Result<_, _>>()?;
        let roots = RootSet { version, issued_at, threshold, keys };
        roots.check()?;
        Ok(roots)
    }
}

#[derive(Serialize, Deserialize)]
struct Json {
    version: u32,
    #[serde(with = "wire::time")]
    issued_at: DateTime<Utc>,
    threshold: NonZeroU8,
    keys: Vec<PublicKey>,
}
