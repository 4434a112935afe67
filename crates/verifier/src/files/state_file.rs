use alloc::borrow::ToOwned;
use alloc::format;
use alloc::vec::Vec;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use keyward_core::Fingerprint;

use self::lock::Lock;
use crate::files::{PersistentState, StateError, StateId};

mod lock;

const STATE: &str = "keyward.state";
const NEW_STATE: &str = "keyward.state.new";
/// More bytes than any state has, with all its root sets.
const MAX_BYTES: u64 = 32 << 20;

/// The state in a folder, held for one process at a time.
///
/// The folder has two files. `keyward.state` is the state, and always a whole one: the next is written beside it, forced to
/// disk, and renamed in one step. `keyward.lock` is locked while a process holds the state, and has the number of its writes.
/// So an older copy that is put back is noticed, and a state that is gone is no first run. If both files are removed or put
/// back, the product starts anew, and nothing in the folder shows it: the vendor's documentation says so.
///
/// ```
/// use keyward_verifier::files::{StateOrigin, StateFile, StateId};
///
/// # let temporary = tempfile::tempdir()?;
/// # let folder = temporary.path();
/// let new_id = StateId::from_bytes([1; 8]); // random bytes, for a new state
/// let (mut file, origin) = StateFile::open(folder, None, new_id)?;
/// assert_eq!(origin, StateOrigin::New);
/// // Here the clock is read, and the mark kept: file.state_mut().keep_mark(…)
/// file.save()?;
/// drop(file);
///
/// std::fs::remove_file(folder.join("keyward.state"))?;
/// let (_, origin) = StateFile::open(folder, None, new_id)?;
/// assert!(matches!(origin, StateOrigin::Refused(error) if error.code() == "missing"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct StateFile {
    folder: PathBuf,
    lock: Lock,
    state: PersistentState,
    origin: StateOrigin,
}

/// Where the state of an opened [`StateFile`] comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateOrigin {
    /// The folder never had a state: this is a first run.
    New,
    /// The folder had this state.
    Stored,
    /// The folder has a state that is refused. It stays there until [`StateFile::reset`]; until then nothing of it is known.
    Refused(StateError),
}

impl StateFile {
    /// Opens the state in the folder, and makes the folder if there is none. Waits while another process holds the state.
    ///
    /// A new state has that name, and is tied to that machine if there is one. A stored state is refused on another machine,
    /// unless it was begun without one.
    ///
    /// # Errors
    ///
    /// A folder that can't be read or written. A state that is missing, altered, older or foreign is no error: the
    /// [`StateOrigin`] says so.
    pub fn open(folder: &Path, machine: Option<Fingerprint>, new_id: StateId) -> io::Result<(StateFile, StateOrigin)> {
        fs::create_dir_all(folder)?;
        let mut lock = Lock::take(folder)?;
        let (state, origin) = match stored(folder, machine.as_ref(), &lock)? {
            Ok(Some(state)) => (state, StateOrigin::Stored),
            Ok(None) => (PersistentState::new(new_id, machine), StateOrigin::New),
            Err(error) => (PersistentState::new(new_id, machine), StateOrigin::Refused(error)),
        };
        if origin == StateOrigin::Stored {
            // A crash may have come between the state and its number.
            lock.remember(state.writes())?;
        }
        Ok((StateFile { folder: folder.to_owned(), lock, state, origin }, origin))
    }

    /// Whether the folder has a state, or ever had one. Nothing is made, unlike by [`open`](StateFile::open).
    pub fn is_in(folder: &Path) -> bool {
        [STATE, lock::NAME].iter().any(|name| folder.join(name).symlink_metadata().is_ok())
    }

    /// The state. In place of a refused one, a state that knows nothing.
    pub const fn state(&self) -> &PersistentState {
        &self.state
    }

    /// The state, for changes. They are kept by [`save`](StateFile::save).
    pub const fn state_mut(&mut self) -> &mut PersistentState {
        &mut self.state
    }

    /// Writes the state. When this returns, it is on disk; if it fails, the earlier state is still there.
    ///
    /// # Errors
    ///
    /// A folder that can't be written, and the [`StateError`] of a refused state, which is not written over.
    pub fn save(&mut self) -> io::Result<()> {
        match self.origin {
            StateOrigin::Refused(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            StateOrigin::New | StateOrigin::Stored => self.write(self.state.clone()),
        }
    }

    /// Replaces the state by a new one with that name, which is saved at once.
    ///
    /// # Errors
    ///
    /// A folder that can't be written.
    pub fn reset(&mut self, machine: Option<Fingerprint>, new_id: StateId) -> io::Result<()> {
        // The count of writes goes on, so a copy of the replaced state is an older one.
        let known = self.lock.writes_known().max(self.state.writes());
        self.write(PersistentState::new(new_id, machine).written(known))?;
        self.origin = StateOrigin::Stored;
        Ok(())
    }

    fn write(&mut self, state: PersistentState) -> io::Result<()> {
        // The state is at most one write ahead of the number in the lock: further ahead, it would be taken for altered.
        self.lock.remember(state.writes())?;
        let next = state.next_write();
        let new = self.folder.join(NEW_STATE);
        write_new(&new, &next.to_bytes())?;
        fs::rename(&new, self.folder.join(STATE))?;
        sync_folder(&self.folder);
        self.state = next;
        self.lock.remember(self.state.writes())
    }
}

/// The state in the folder; `None` if there never was one.
fn stored(
    folder: &Path,
    machine: Option<&Fingerprint>,
    lock: &Lock,
) -> io::Result<Result<Option<PersistentState>, StateError>> {
    let mut bytes = Vec::new();
    regular_or_none(&folder.join(STATE))?;
    match File::open(folder.join(STATE)) {
        Ok(file) => file.take(MAX_BYTES).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(if lock.is_new() { Ok(None) } else { Err(StateError::Missing) });
        }
        Err(error) => return Err(error),
    };
    let known = lock.writes_known();
    let state = PersistentState::from_bytes(&bytes, machine, known);
    // The number in the lock is at most one behind. Otherwise the lock was altered, and the state may be any copy.
    Ok(state.and_then(|state| match state.writes().saturating_sub(known) {
        0 | 1 => Ok(Some(state)),
        _ => Err(StateError::Altered),
    }))
}

/// Writes a new file to disk, in place of one that a crash left, and never through a link.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private(OpenOptions::new().write(true).create_new(true)).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Refuses a path that is no regular file, such as a pipe, for which the program would wait.
fn regular_or_none(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => {
            let why = format!("{} is no regular file: remove it", path.display());
            Err(io::Error::new(io::ErrorKind::InvalidInput, why))
        }
        _ => Ok(()),
    }
}

/// Permits access to the owner alone, where the operating system knows that.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes a file's name survive a power cut, where the file system can. Where it can't, the earlier state may be there
/// afterwards, and is refused as older.
fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}
