use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use keyward_core::Fingerprint;
use keyward_grace::HighWaterMark;

use crate::LicenseDigest;
use crate::files::{
    FileError, RevocationList, Roots, Status, TimePurpose, TimeStatement, TrustBundle, Verified, VersionedFile,
};

mod bytes;
mod error;
mod id;

pub use error::StateError;
pub use id::{StateId, StateIdError};

/// What a product keeps between runs: the latest time that was, the newest versions seen, and what became of its
/// licenses. One small file.
///
/// It is no secret, and whoever may write it can make another: it stops mistakes and restored copies, and not who
/// alters the program. The vendor's documentation says so to customers.
///
/// ```
/// use keyward_verifier::files::{PersistentState, StateError, StateId};
///
/// let state = PersistentState::new(StateId::from_bytes([1; 8]), None); // bytes at random
/// let kept = state.to_bytes();
/// assert_eq!(PersistentState::from_bytes(&kept, None, state.writes())?, state);
/// assert!(matches!(PersistentState::from_bytes(&kept[1..], None, 0), Err(StateError::Altered)));
/// # Ok::<(), StateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersistentState {
    id: StateId,
    writes: u64,
    machine: Option<Fingerprint>,
    mark: HighWaterMark,
    /// The highest version of roots, and the files that led to it.
    roots: u32,
    root_files: Vec<Vec<u8>>,
    bundle: u32,
    list: u32,
    withdrawn: BTreeMap<LicenseDigest, Withdrawn>,
}

/// What was seen of a license, and in which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Withdrawn {
    status: Status,
    list: u32,
}

/// Of products with that many licenses, the rest is not remembered: the file stays small.
const MAX_WITHDRAWN: usize = 1_024;

impl PersistentState {
    /// A state that knows nothing as yet, on that machine if there is one to tie it to.
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
            withdrawn: BTreeMap::new(),
        }
    }

    /// Its name.
    pub const fn id(&self) -> StateId {
        self.id
    }

    /// How often it was written: the number to keep elsewhere, if there is an elsewhere, so that an older copy is told.
    pub const fn writes(&self) -> u64 {
        self.writes
    }

    /// One write more, to be called before the bytes are written.
    #[must_use]
    pub fn next_write(self) -> PersistentState {
        PersistentState { writes: self.writes.saturating_add(1), ..self }
    }

    /// The same as if it had been written that often.
    #[cfg(feature = "state-file")]
    pub(super) fn written(self, writes: u64) -> PersistentState {
        PersistentState { writes, ..self }
    }

    /// The machine it is tied to.
    pub const fn machine(&self) -> Option<&Fingerprint> {
        self.machine.as_ref()
    }

    /// The latest time that is known to have been.
    pub const fn mark(&self) -> &HighWaterMark {
        &self.mark
    }

    /// Keeps the mark of a [`ClockReading`](crate::ClockReading).
    pub fn keep_mark(&mut self, mark: HighWaterMark) {
        self.mark = mark;
    }

    /// Takes the mark back to a statement's time, if the statement is for the recovery of this state.
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

    /// The roots that these, which are built into the product, have handed over to, as far as was seen. All is checked again:
    /// whoever can write the state can't bring roots of his own.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if newer ones were seen than these lead to: the state is of another vendor's product, or was
    /// made up.
    pub fn roots_since(&self, built_in: &Roots) -> Result<Roots, FileError> {
        let roots = built_in.follow(&self.root_files)?;
        newer(VersionedFile::RootSet, roots.version(), self.roots)?;
        Ok(roots)
    }

    /// The roots that were seen, as the state itself says, with nothing to hold them to: for a person who looks at his own
    /// state. A product asks [`PersistentState::roots_since`].
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

    /// Keeps the roots.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if newer ones were seen.
    pub fn saw_roots(&mut self, roots: &Roots) -> Result<(), FileError> {
        newer(VersionedFile::RootSet, roots.version(), self.roots)?;
        self.roots = roots.version();
        self.root_files = roots.files().to_vec();
        Ok(())
    }

    /// Keeps the version of a bundle.
    ///
    /// # Errors
    ///
    /// [`FileError::Rollback`] if a newer one was seen.
    pub fn saw_bundle(&mut self, bundle: &Verified<TrustBundle>) -> Result<(), FileError> {
        newer(VersionedFile::TrustBundle, bundle.version, self.bundle)?;
        self.bundle = bundle.version;
        Ok(())
    }

    /// Keeps the sequence of a list, and what it says of these licenses, which are those the product holds.
    ///
    /// A license that was on hold is so no more if the list does not say it; one that was revoked is for ever, also if the
    /// list only holds it.
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
            |license: &LicenseDigest| list.status_of(license).map(|status| Withdrawn { status, list: list.sequence });
        // Also of those that are held no more: they may be entered again.
        self.withdrawn = core::mem::take(&mut self.withdrawn)
            .into_iter()
            .filter_map(|(license, seen)| match seen.status {
                Status::Revoked(_) => Some((license, seen)),
                // Another list of the same number lifts nothing: only a later one does.
                Status::OnHold if seen.list == list.sequence => Some((license, said(&license).unwrap_or(seen))),
                Status::OnHold => Some((license, said(&license)?)),
            })
            .collect();
        for license in licenses {
            let Some(withdrawn) = said(&license) else { continue };
            if self.withdrawn.get(&license).is_some_and(|seen| matches!(seen.status, Status::Revoked(_))) {
                continue;
            }
            if self.withdrawn.len() >= MAX_WITHDRAWN && !self.withdrawn.contains_key(&license) {
                // What was revoked is for ever, so holds make room for it.
                let hold = self.withdrawn.iter().find(|(_, seen)| seen.status == Status::OnHold);
                let Some(hold) = hold.map(|(hold, _)| *hold).filter(|_| withdrawn.status != Status::OnHold) else {
                    continue;
                };
                self.withdrawn.remove(&hold);
            }
            self.withdrawn.insert(license, withdrawn);
        }
        Ok(())
    }

    /// What is remembered of a license, and from which list.
    pub fn status_of(&self, license: &LicenseDigest) -> Option<(Status, u32)> {
        self.withdrawn.get(license).map(|withdrawn| (withdrawn.status, withdrawn.list))
    }

    /// All that are remembered to be withdrawn, by digest, and from which list.
    pub fn withdrawn(&self) -> impl Iterator<Item = (LicenseDigest, Status, u32)> + '_ {
        self.withdrawn.iter().map(|(license, withdrawn)| (*license, withdrawn.status, withdrawn.list))
    }
}

fn newer(file: VersionedFile, found: u32, seen: u32) -> Result<(), FileError> {
    if found < seen { Err(FileError::Rollback { file, found, seen }) } else { Ok(()) }
}
