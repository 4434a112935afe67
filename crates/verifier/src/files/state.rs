use alloc::vec::Vec;

use chrono::TimeDelta;
use keyward_core::{Fingerprint, KeyId};
use keyward_grace::{ClockEvidence, HighWaterMark, RecoveryError};

use self::seen::{LastRecovery, Numbered, Seen};
use crate::files::error::OlderFile;
use crate::files::{
    ContentsDigest, FileError, KeyState, RevocationList, RootSet, Roots, StateId, Status, TimePurpose, TimeStatement,
    Trust, TrustBundle, Verified, VersionedFile,
};
use crate::{LicenseDigest, TrustedKey};

mod bytes;
mod error;
mod seen;

pub use error::{RecoverError, StateError};

/// The largest number of root sets in a state, whose number is one byte. The newest are kept.
const MAX_ROOT_FILES: usize = 255;

/// The state that a product keeps between runs, in one small file: the latest time known, the newest versions seen, and the
/// status of its licenses on revocation lists.
///
/// It is not secret, and every program that can write it can invent another one. It protects against mistakes and restored
/// copies, and not against a person who alters the program. The vendor's documentation says so to customers.
///
/// ```
/// use keyward_verifier::files::{PersistentState, StateError, StateId};
///
/// let state = PersistentState::new(StateId::from_bytes([1; 8]), None); // random bytes
/// let bytes = state.to_bytes();
/// assert_eq!(PersistentState::from_bytes(&bytes, None, state.writes())?, state);
/// assert!(matches!(PersistentState::from_bytes(&bytes[1..], None, 0), Err(StateError::Altered)));
/// # Ok::<(), StateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersistentState {
    id: StateId,
    writes: u64,
    machine: Option<Fingerprint>,
    mark: HighWaterMark,
    /// The highest version of roots.
    roots: Numbered,
    /// The files that lead to it, oldest first, [`MAX_ROOT_FILES`] at most.
    root_files: Vec<Vec<u8>>,
    bundle: Numbered,
    seen: Seen,
}

impl PersistentState {
    /// The longest time between the issue of a recovery and its use.
    pub const MAX_RECOVERY_AGE: TimeDelta = TimeDelta::days(40);

    /// An empty state, tied to that machine if there is one. A fingerprint without components ties it to none.
    pub fn new(id: StateId, machine: Option<Fingerprint>) -> PersistentState {
        let machine = machine.filter(|machine| machine.present() > 0);
        PersistentState {
            id,
            writes: 0,
            machine,
            mark: HighWaterMark::NONE,
            roots: Numbered::NONE,
            root_files: Vec::new(),
            bundle: Numbered::NONE,
            seen: Seen::nothing(),
        }
    }

    /// The name of the state.
    pub const fn id(&self) -> StateId {
        self.id
    }

    /// The number of writes. A program that keeps this number in another place notices an older copy.
    pub const fn writes(&self) -> u64 {
        self.writes
    }

    /// Adds one to the number of writes. Call this before the bytes are written. A
    /// [`StateFile`](crate::files::StateFile) counts by itself.
    #[must_use]
    pub fn next_write(self) -> PersistentState {
        PersistentState { writes: self.writes.saturating_add(1), ..self }
    }

    /// The state with that number of writes.
    #[cfg(feature = "state-file")]
    pub(super) fn written(self, writes: u64) -> PersistentState {
        PersistentState { writes, ..self }
    }

    /// The machine that it is tied to.
    pub fn machine(&self) -> Option<&Fingerprint> {
        self.machine.as_ref().filter(|machine| machine.present() > 0)
    }

    /// The latest time known.
    pub const fn mark(&self) -> &HighWaterMark {
        &self.mark
    }

    /// Keeps the mark of a [`ClockReading`](crate::ClockReading).
    pub fn keep_mark(&mut self, mark: HighWaterMark) {
        self.mark = mark;
    }

    /// Takes the mark back to the time of a statement, if that is a recovery for this state and the state is saved with it.
    ///
    /// `evidence` is that of this start, with the times of all files: they, and the system clock, have to be right again. The
    /// clock is at most [`PersistentState::MAX_RECOVERY_AGE`] after the statement was issued, and no file is dated at or after the
    /// mark, which would move the mark there again. `save` gets the state with the recovery and writes it. If that fails, this
    /// state is unchanged: a recovery that is not recorded could be used again and again. A
    /// [`StateFile`](crate::files::StateFile) has its own `recover`, which writes the state itself.
    ///
    /// # Errors
    ///
    /// [`RecoverError::Refused`] with [`StateError::NotARecovery`], [`StateError::RecoveryOfAnother`],
    /// [`StateError::Recovery`] for a statement that is no newer than one used before, [`StateError::ClockAhead`] or
    /// [`StateError::EvidenceAhead`]; and [`RecoverError::NotSaved`]. The state is then unchanged.
    pub fn recover<E>(
        &mut self,
        statement: &Verified<TimeStatement>,
        evidence: &ClockEvidence,
        save: impl FnOnce(&PersistentState) -> Result<(), E>,
    ) -> Result<(), RecoverError<E>> {
        let next = self.recovered(statement, evidence)?;
        save(&next).map_err(RecoverError::NotSaved)?;
        *self = next;
        Ok(())
    }

    /// The state with that recovery, before it is saved.
    fn recovered(
        &self,
        statement: &Verified<TimeStatement>,
        evidence: &ClockEvidence,
    ) -> Result<PersistentState, StateError> {
        let issued = statement.issued_at;
        match statement.purpose {
            TimePurpose::Recovery { state } if state == self.id => {}
            TimePurpose::Recovery { state } => {
                return Err(StateError::RecoveryOfAnother { named: state, this: self.id });
            }
            TimePurpose::Evidence => return Err(StateError::NotARecovery),
        }
        let mark = self.mark.recovered(issued)?;
        // The same contents may arrive with another signature, after the bundle that makes the state forget the first signer.
        if self.seen.recoveries.contains(&statement.digest()) {
            return Err(RecoveryError::NotNewer { issued, last: issued }.into());
        }
        // Otherwise the clock would move the mark ahead at once, and the recovery would be used up.
        let clock = evidence.clock();
        if clock.signed_duration_since(issued) > PersistentState::MAX_RECOVERY_AGE {
            return Err(StateError::ClockAhead { issued, clock });
        }
        // Nor may a file that is dated ahead do so.
        let ahead = self.mark.instant().filter(|mark| *mark > issued);
        if let Some(known) = evidence.certain().filter(|known| ahead.is_some_and(|mark| mark <= *known)) {
            return Err(StateError::EvidenceAhead { issued, known });
        }
        let mut next = PersistentState { mark, ..self.clone() };
        next.seen.saw_recovery(statement);
        Ok(next)
    }

    /// The roots of this start: from those that are built into the product, through the root sets in the state, and then
    /// through those in files, which are given in the order of their versions. They are kept as seen.
    ///
    /// Every step is checked again: an invented state can't introduce other roots. An older version of the product, whose
    /// built-in roots are older than those seen, gets to the newest by the state, or by the files alone.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if newer roots were seen than these lead to, or others of the same version: a root set is
    /// missing among the files, or the state is of another vendor's product. And the errors of [`Roots::follow`] for the
    /// files. The state is then unchanged.
    pub fn follow_roots(&mut self, built_in: &Roots, files: &[impl AsRef<[u8]>]) -> Result<Roots, FileError> {
        let roots = self.roots_after(built_in).follow(files)?;
        self.saw_roots(&roots)?;
        Ok(roots)
    }

    /// The first half of [`PersistentState::follow_roots`], for programs that name each file that is refused: the roots to
    /// which the root sets in the state lead. A set that does not follow is skipped. The program follows its files from here,
    /// and then calls [`PersistentState::saw_roots`], which refuses a rollback.
    pub fn roots_after(&self, built_in: &Roots) -> Roots {
        self.root_files.iter().fold(built_in.clone(), |roots, file| roots.next(file).unwrap_or(roots))
    }

    /// Whether the state can be of a product with this trust. If roots were seen, these have to come by way of them. A state
    /// without roots is of no bundle, if a list or recovery was seen, since everybody's bundle may name its signer. Of plain
    /// keys, one has to have signed what was seen. A state that has seen no signed file can be of any product.
    ///
    /// A product knows its own keys, and does not ask. A program that is told which keys to trust, such as a command, asks
    /// before it keeps anything: otherwise another vendor's files, or anybody's own, would change the state.
    pub fn can_be_of(&self, trust: Trust<'_>, roots: Option<&Roots>) -> bool {
        let has_signed = |key: &TrustedKey| self.seen.signers.contains_key(&key.to_bytes());
        match roots {
            Some(roots) if self.roots.number > 0 => roots.came_by(self.roots.number, self.roots.digest),
            Some(_) => self.seen.signers.is_empty(),
            None if self.seen.signers.is_empty() => self.bundle.number == 0,
            None => trust.keys().iter().any(has_signed),
        }
    }

    /// The roots seen, according to the state alone, without proof: for showing a state to a person. A product calls
    /// [`PersistentState::follow_roots`].
    pub fn unproven_roots(&self) -> Option<Roots> {
        // Sets between may be missing, if the product was updated to a version with later roots: then it begins anew.
        self.root_files.iter().fold(None, |roots: Option<Roots>, file| {
            roots.and_then(|roots| roots.next(file).ok()).or_else(|| Roots::from_built_in_file(file).ok())
        })
    }

    /// The highest version of roots seen; 0 for none.
    pub const fn roots_version(&self) -> u32 {
        self.roots.number
    }

    /// The highest version of a bundle seen; 0 for none.
    pub const fn bundle_version(&self) -> u32 {
        self.bundle.number
    }

    /// The highest sequence of a list seen; 0 for none.
    pub fn list_sequence(&self) -> u32 {
        self.seen.list().number
    }

    /// The digest of the bundle with the highest version; `None` if none was seen.
    pub fn bundle_digest(&self) -> Option<ContentsDigest> {
        self.bundle.digest()
    }

    /// The digest of the list with the highest sequence; `None` if none was seen.
    pub fn list_digest(&self) -> Option<ContentsDigest> {
        self.seen.list().digest()
    }

    /// The keys whose lists were seen, each with the sequence of its newest list.
    pub fn list_signers(&self) -> impl Iterator<Item = (KeyId, u32)> + '_ {
        let signers = self.seen.signers.iter().filter(|(_, signer)| signer.list.number > 0);
        signers.map(|(key, signer)| (TrustedKey::id_of(key), signer.list.number))
    }

    /// Keeps these roots as seen. Root sets that were kept before stay, also if these roots begin with a later one: an older
    /// version of the product may need them.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if newer roots were seen, or others of the same version. The state is then unchanged.
    pub fn saw_roots(&mut self, roots: &Roots) -> Result<(), FileError> {
        self.roots.check(VersionedFile::RootSet, numbered(roots))?;
        self.roots = numbered(roots);
        let first = roots.first_file();
        self.root_files.retain(|file| RootSet::version_in(file).is_some_and(|version| version < first));
        self.root_files.extend_from_slice(roots.files());
        let beyond = self.root_files.len().saturating_sub(MAX_ROOT_FILES);
        self.root_files.drain(..beyond);
        Ok(())
    }

    /// Keeps a bundle as seen. If the bundle names a key compromised, everything that only this key signed is forgotten:
    /// its revocation lists, their revocations and holds, and its recoveries.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if a newer bundle was seen, or another one with the same version. The state is then
    /// unchanged.
    pub fn saw_bundle(&mut self, bundle: &Verified<TrustBundle>) -> Result<(), FileError> {
        let found = Numbered { number: bundle.version, digest: bundle.digest() };
        self.bundle.check(VersionedFile::TrustBundle, found)?;
        self.bundle = found;
        let compromised =
            bundle.delegated().iter().filter(|delegated| matches!(delegated.state, KeyState::Compromised { .. }));
        let compromised: Vec<[u8; 32]> = compromised.map(|delegated| delegated.key.to_bytes()).collect();
        if let Some(LastRecovery(last)) = self.seen.forget(&compromised) {
            self.mark = self.mark.with_last_recovery(last);
        }
        Ok(())
    }

    /// Keeps the sequence of a list as seen, and the status of these licenses, which are the product's.
    ///
    /// A hold ends if the list does not name the license any more. A revocation is for ever, even if the list has the
    /// license only on hold; except if a bundle names all keys that signed the revocation compromised.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if a newer list was seen, or another one with the same sequence. The state is then
    /// unchanged.
    pub fn saw_list(
        &mut self,
        list: &Verified<RevocationList>,
        licenses: impl IntoIterator<Item = LicenseDigest>,
    ) -> Result<(), FileError> {
        Ok(self.seen.saw_list(list, licenses)?)
    }

    /// Checks that the bundle and the list are those that were seen last, or newer. `None` means that there is no such
    /// file.
    pub(crate) fn check_newest(
        &self,
        bundle: Option<&Verified<TrustBundle>>,
        list: Option<&Verified<RevocationList>>,
    ) -> Result<(), OlderFile> {
        let bundle = bundle.map(|bundle| Numbered { number: bundle.version, digest: bundle.digest() });
        let list = list.map(|list| Numbered { number: list.sequence, digest: list.digest() });
        self.bundle.check(VersionedFile::TrustBundle, bundle.unwrap_or(Numbered::NONE))?;
        self.seen.list().check(VersionedFile::RevocationList, list.unwrap_or(Numbered::NONE))
    }

    /// The status of a license, and the sequence of the list with this status.
    pub fn status_of(&self, license: &LicenseDigest) -> Option<(Status, u32)> {
        self.seen.status_of(license).map(|seen| (seen.status, seen.list))
    }

    /// Every license that is revoked or on hold, by digest, with the sequence of the list with this status.
    pub fn statuses(&self) -> impl Iterator<Item = (LicenseDigest, Status, u32)> + '_ {
        let mut last = None;
        let licenses = self.seen.statuses.keys().map(|(license, _)| *license);
        let licenses = licenses.filter(move |license| last.replace(*license) != Some(*license));
        licenses.filter_map(|license| self.status_of(&license).map(|(status, list)| (license, status, list)))
    }
}

fn numbered(roots: &Roots) -> Numbered {
    Numbered { number: roots.version(), digest: roots.digest() }
}
