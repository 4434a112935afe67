use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use keyward_core::Fingerprint;
use keyward_grace::HighWaterMark;

use crate::LicenseDigest;
use crate::files::{
    FileError, RevocationList, Roots, StateId, Status, TimePurpose, TimeStatement, TrustBundle, Verified, VersionedFile,
};

mod bytes;
mod error;

pub use error::StateError;

/// The state that a product keeps between runs, in one small file: the latest time known, the newest versions seen, and the
/// status of its licenses on revocation lists.
///
/// It is no secret, and every program that can write it can make up another. It stops mistakes and restored copies, and no
/// one who alters the program. The vendor's documentation says so to customers.
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
    /// The highest version of roots, and the files that lead to it.
    roots: u32,
    root_files: Vec<Vec<u8>>,
    bundle: u32,
    list: u32,
    statuses: BTreeMap<LicenseDigest, SeenStatus>,
}

/// The status of a license, and the list that said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SeenStatus {
    status: Status,
    list: u32,
}

/// The most licenses whose status is kept, so that the file stays small.
const MAX_STATUSES: usize = 1_024;

impl PersistentState {
    /// A state that knows nothing, tied to that machine if there is one.
    pub const fn new(id: StateId, machine: Option<Fingerprint>) -> PersistentState {
        PersistentState {
            id,
            writes: 0,
            machine,
            mark: HighWaterMark::NONE,
            roots: 0,
            root_files: Vec::new(),
            bundle: 0,
            list: 0,
            statuses: BTreeMap::new(),
        }
    }

    /// The name of the state.
    pub const fn id(&self) -> StateId {
        self.id
    }

    /// How often it was written. A program that keeps this number in another place notices an older copy.
    pub const fn writes(&self) -> u64 {
        self.writes
    }

    /// The state with one write more: call this before the bytes are written.
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
    pub const fn machine(&self) -> Option<&Fingerprint> {
        self.machine.as_ref()
    }

    /// The latest time known.
    pub const fn mark(&self) -> &HighWaterMark {
        &self.mark
    }

    /// Keeps the mark of a [`ClockReading`](crate::ClockReading).
    pub fn keep_mark(&mut self, mark: HighWaterMark) {
        self.mark = mark;
    }

    /// Takes the mark back to the time of a statement, if that is a recovery for this state.
    ///
    /// # Errors
    ///
    /// [`StateError::NotARecovery`], [`StateError::RecoveryOfAnother`], and [`StateError::Recovery`] for a statement that
    /// is no newer than one used before.
    pub fn recover(&mut self, statement: &Verified<TimeStatement>) -> Result<(), StateError> {
        match statement.purpose {
            TimePurpose::Recovery { state } if state == self.id => {
                self.mark = self.mark.recovered(statement.issued_at)?;
                Ok(())
            }
            TimePurpose::Recovery { state } => Err(StateError::RecoveryOfAnother { named: state, this: self.id }),
            TimePurpose::Evidence => Err(StateError::NotARecovery),
        }
    }

    /// The latest roots seen, from those that are built into the product. Every step is checked again: a made-up state can't
    /// bring roots of its own.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if newer roots were seen than these lead to: the state is of another vendor's product, or was
    /// made up.
    pub fn roots_since(&self, built_in: &Roots) -> Result<Roots, FileError> {
        let roots = built_in.follow(&self.root_files)?;
        newer(VersionedFile::RootSet, roots.version(), self.roots)?;
        Ok(roots)
    }

    /// The roots seen, as the state itself says, without proof: for a person who looks at their own state. A product asks
    /// [`PersistentState::roots_since`].
    pub fn unproven_roots(&self) -> Option<Roots> {
        let (first, next) = self.root_files.split_first()?;
        Roots::from_built_in_file(first).ok()?.follow(next).ok()
    }

    /// The highest version of roots seen; 0 for none.
    pub const fn roots_version(&self) -> u32 {
        self.roots
    }

    /// The highest version of a bundle seen; 0 for none.
    pub const fn bundle_version(&self) -> u32 {
        self.bundle
    }

    /// The highest sequence of a list seen; 0 for none.
    pub const fn list_sequence(&self) -> u32 {
        self.list
    }

    /// Keeps these roots as seen.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if newer roots were seen.
    pub fn saw_roots(&mut self, roots: &Roots) -> Result<(), FileError> {
        newer(VersionedFile::RootSet, roots.version(), self.roots)?;
        self.roots = roots.version();
        self.root_files = roots.files().to_vec();
        Ok(())
    }

    /// Keeps the version of a bundle as seen.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if a newer one was seen.
    pub fn saw_bundle(&mut self, bundle: &Verified<TrustBundle>) -> Result<(), FileError> {
        newer(VersionedFile::TrustBundle, bundle.version, self.bundle)?;
        self.bundle = bundle.version;
        Ok(())
    }

    /// Keeps the sequence of a list as seen, and the status of these licenses, which are the product's.
    ///
    /// A hold ends if the list does not name the license any more. A revocation is for ever, also if the list has the license
    /// only on hold.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if a newer one was seen.
    pub fn saw_list(
        &mut self,
        list: &Verified<RevocationList>,
        licenses: impl IntoIterator<Item = LicenseDigest>,
    ) -> Result<(), FileError> {
        newer(VersionedFile::RevocationList, list.sequence, self.list)?;
        self.list = list.sequence;
        let said =
            |license: &LicenseDigest| list.status_of(license).map(|status| SeenStatus { status, list: list.sequence });
        // Also of licenses that the product no longer has: they may be entered again.
        self.statuses = core::mem::take(&mut self.statuses)
            .into_iter()
            .filter_map(|(license, seen)| match seen.status {
                Status::Revoked(_) => Some((license, seen)),
                // Another list with the same sequence ends no hold: only a later list does.
                Status::OnHold if seen.list == list.sequence => Some((license, said(&license).unwrap_or(seen))),
                Status::OnHold => Some((license, said(&license)?)),
            })
            .collect();
        for license in licenses {
            let Some(status) = said(&license) else { continue };
            if self.statuses.get(&license).is_some_and(|seen| matches!(seen.status, Status::Revoked(_))) {
                continue;
            }
            if self.statuses.len() >= MAX_STATUSES && !self.statuses.contains_key(&license) {
                // A revocation is for ever, so a hold makes room for it.
                let hold = self.statuses.iter().find(|(_, seen)| seen.status == Status::OnHold);
                let Some(hold) = hold.map(|(hold, _)| *hold).filter(|_| status.status != Status::OnHold) else {
                    continue;
                };
                self.statuses.remove(&hold);
            }
            self.statuses.insert(license, status);
        }
        Ok(())
    }

    /// The status of a license, and the sequence of the list that said it.
    pub fn status_of(&self, license: &LicenseDigest) -> Option<(Status, u32)> {
        self.statuses.get(license).map(|seen| (seen.status, seen.list))
    }

    /// Every license that is revoked or on hold, by digest, with the sequence of the list that said it.
    pub fn statuses(&self) -> impl Iterator<Item = (LicenseDigest, Status, u32)> + '_ {
        self.statuses.iter().map(|(license, seen)| (*license, seen.status, seen.list))
    }
}

fn newer(file: VersionedFile, found: u32, seen: u32) -> Result<(), FileError> {
    if found < seen { Err(FileError::Rollback { file, found, seen }) } else { Ok(()) }
}
