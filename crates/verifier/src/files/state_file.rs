use alloc::borrow::ToOwned;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use keyward_core::Fingerprint;
use keyward_grace::ClockEvidence;

use self::lock::Lock;
use self::stored::Stored;
use crate::files::regular_file::{give_like, permit_like, private};
use crate::files::{PersistentState, RecoverError, StateError, StateId, TimeStatement, Verified};

mod lock;
mod stored;
mod writes;

const STATE: &str = "keyward.state";
const NEW_STATE: &str = "keyward.state.new";

/// The state in a folder, locked for one process at a time.
///
/// The folder has two files. `keyward.state` is always a complete state: the next one is written beside it, forced to disk,
/// and renamed in one step. `keyward.lock` is locked while a process uses the state, and has the number of its writes. So
/// an older copy that is put back is noticed, and a missing state is not taken for a first run. If both files are removed
/// or put back, the product starts anew, and nothing in the folder shows it: the vendor's documentation says so.
///
/// ```
/// use keyward_verifier::files::{OpenedState, StateFile, StateId};
///
/// # let temporary = tempfile::tempdir()?;
/// # let folder = temporary.path();
/// let new_id = StateId::from_bytes([1; 8]); // random bytes, for a new state
/// let OpenedState::New(mut file) = StateFile::open(folder, None, new_id)? else { panic!("a first run") };
/// // Here the clock is read, and the mark kept: file.state_mut().keep_mark(…)
/// file.save()?;
/// drop(file);
///
/// std::fs::remove_file(folder.join("keyward.state"))?;
/// let OpenedState::Refused(refused) = StateFile::open(folder, None, new_id)? else { panic!("no first run") };
/// assert_eq!(refused.error().code(), "missing");
/// let file = refused.reset(None, new_id)?; // only after someone has found out why
/// assert_eq!(file.state().mark().instant(), None);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct StateFile {
    folder: PathBuf,
    lock: Lock,
    state: PersistentState,
    /// The number of writes of the state on disk, whichever state is to be written next.
    writes: u64,
}

/// The result of [`StateFile::open`]. With a refused state, the program has no state, and has to decide whether it goes on
/// without one.
#[derive(Debug)]
#[must_use]
pub enum OpenedState {
    /// The folder never had a state: this is a first run, with an empty state.
    New(StateFile),
    /// The folder had this state.
    Stored(StateFile),
    /// The folder has a state that is refused, or its state is missing. The folder is unchanged.
    Refused(RefusedState),
}

/// A state that is refused. It stays in its folder until [`RefusedState::reset`], and the folder stays locked until this
/// value is dropped.
#[derive(Debug)]
pub struct RefusedState {
    folder: PathBuf,
    lock: Lock,
    error: StateError,
    /// The number of writes of the refused state, as far as it can be read.
    writes: u64,
}

/// The result of [`StateFile::read`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum ReadState {
    /// The folder never had a state.
    None,
    /// The folder has this state.
    Stored(PersistentState),
    /// The folder has a state that is refused, or its state is missing.
    Refused(StateError),
}

impl StateFile {
    /// The longest time for which [`open`](StateFile::open) waits while another process has the state.
    pub const MAX_WAIT: Duration = Duration::from_secs(3);

    /// The names of its files. No other file in the folder may have one of them.
    pub const NAMES: [&str; 3] = [STATE, NEW_STATE, lock::NAME];

    /// Opens the state in the folder, and makes the folder if there is none.
    ///
    /// A new state has that name, and is tied to that machine if there is one. A stored state is refused on another
    /// machine, unless it is not tied to a machine.
    ///
    /// # Errors
    ///
    /// - A folder that can't be read or written. [`StateFile::read`] may still read the state.
    /// - [`TimedOut`](io::ErrorKind::TimedOut) if another process has the state for longer than [`StateFile::MAX_WAIT`];
    ///   [`StateFile::read`] reads it meanwhile.
    /// - A link, a pipe or a folder in place of a file of the state: it may be a trap, and is not written to.
    ///
    /// A state that is missing, altered, older or foreign is no error: see [`OpenedState::Refused`].
    pub fn open(folder: &Path, machine: Option<Fingerprint>, new_id: StateId) -> io::Result<OpenedState> {
        fs::create_dir_all(folder)?;
        let mut lock = Lock::take(folder, StateFile::MAX_WAIT)?;
        let bytes = stored::bytes(folder)?;
        let folder = folder.to_owned();
        Ok(match stored::judge(bytes.as_deref(), machine.as_ref(), lock.writes()) {
            Stored::None => {
                let state = PersistentState::new(new_id, machine);
                OpenedState::New(StateFile { folder, lock, writes: state.writes(), state })
            }
            Stored::State(state) => {
                // A crash may have occurred between writing the state and its number.
                lock.remember(state.writes())?;
                OpenedState::Stored(StateFile { folder, lock, writes: state.writes(), state })
            }
            Stored::Refused { error, writes } => OpenedState::Refused(RefusedState { folder, lock, error, writes }),
        })
    }

    /// Reads the state in the folder, which may be on a medium that can't be written. The folder is unchanged, and another
    /// process may use the state at the same time.
    ///
    /// # Errors
    ///
    /// A folder that can't be read, and [`TimedOut`](io::ErrorKind::TimedOut) if other processes write the state all the time.
    pub fn read(folder: &Path, machine: Option<&Fingerprint>) -> io::Result<ReadState> {
        Ok(match stored::read(folder, machine)? {
            Stored::None => ReadState::None,
            Stored::State(state) => ReadState::Stored(state),
            Stored::Refused { error, .. } => ReadState::Refused(error),
        })
    }

    /// Whether the folder has a state, or ever had one. Unlike [`open`](StateFile::open), this creates nothing.
    pub fn is_in(folder: &Path) -> bool {
        [STATE, lock::NAME].iter().any(|name| folder.join(name).symlink_metadata().is_ok())
    }

    /// The state.
    pub const fn state(&self) -> &PersistentState {
        &self.state
    }

    /// The state, to be changed. [`save`](StateFile::save) writes the changes. The number of writes is that of the file,
    /// also if another state is put in its place.
    pub const fn state_mut(&mut self) -> &mut PersistentState {
        &mut self.state
    }

    /// Writes the state. When this returns, it is on disk; if it fails, the earlier state is still there.
    ///
    /// # Errors
    ///
    /// A folder that can't be written.
    pub fn save(&mut self) -> io::Result<()> {
        self.write(self.state.clone())
    }

    /// Takes the mark back to the time of a statement, as [`PersistentState::recover`] does, and writes the state at once.
    ///
    /// # Errors
    ///
    /// Those of [`PersistentState::recover`]. The state is then unchanged.
    pub fn recover(
        &mut self,
        statement: &Verified<TimeStatement>,
        evidence: &ClockEvidence,
    ) -> Result<(), RecoverError<io::Error>> {
        let mut next = self.state.clone();
        next.recover(statement, evidence, |next| self.write(next.clone()))
    }

    /// Replaces the state by a new one with that name, which is saved at once.
    ///
    /// # Errors
    ///
    /// A folder that can't be written.
    pub fn reset(&mut self, machine: Option<Fingerprint>, new_id: StateId) -> io::Result<()> {
        // The count of writes goes on, so a copy of the replaced state is an older one.
        self.write(PersistentState::new(new_id, machine))
    }

    fn write(&mut self, state: PersistentState) -> io::Result<()> {
        // The state may be only one write ahead of the number in the lock file; otherwise it would be refused as altered.
        self.lock.remember(self.writes)?;
        let next = state.written(self.writes).next_write();
        let new = self.folder.join(NEW_STATE);
        write_new(&new, &next.to_bytes(), &self.lock.metadata()?)?;
        fs::rename(&new, self.folder.join(STATE))?;
        sync_folder(&self.folder);
        self.writes = next.writes();
        self.state = next;
        self.lock.remember(self.writes)
    }
}

impl RefusedState {
    /// The reason why the state is refused.
    pub const fn error(&self) -> StateError {
        self.error
    }

    /// Replaces the refused state by a new one with that name, which is saved at once.
    ///
    /// # Errors
    ///
    /// A folder that can't be written.
    pub fn reset(self, machine: Option<Fingerprint>, new_id: StateId) -> io::Result<StateFile> {
        let RefusedState { folder, mut lock, error: _, writes } = self;
        // The count of writes goes on, so that a copy of the refused state is an older one, also if nothing but the lock is
        // written. A count near its end was not reached by writing, and begins again.
        const MAX: u64 = u64::MAX / 2;
        let known = lock.writes().least().max(writes);
        let known = if known < MAX { known.saturating_add(1) } else { 0 };
        lock.renew(known)?;
        let state = PersistentState::new(new_id, machine);
        let mut file = StateFile { folder, lock, state, writes: known };
        file.save()?;
        Ok(file)
    }
}

/// Writes a new file to disk, for those who share that one. It replaces a file that a crash left, and does not follow a link.
fn write_new(path: &Path, bytes: &[u8], shared: &Metadata) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private(OpenOptions::new().write(true).create_new(true)).open(path)?;
    permit_like(&file, shared);
    give_like(&file, shared);
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a file's name survive a power cut, if the file system supports it. If not, the earlier state may be there
/// afterwards, and is refused as older.
fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}
