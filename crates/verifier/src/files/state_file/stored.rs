//! Reads a folder: it has a state, none, or one that is refused.

use alloc::vec::Vec;
use std::fs::OpenOptions;
use std::io::{self, Read};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use keyward_core::Fingerprint;

use super::writes::Writes;
use super::{STATE, lock};
use crate::files::{PersistentState, StateError, open_regular};

/// The largest size that is read: larger than any state with all its root sets.
const MAX_BYTES: u64 = 32 << 20;
/// The number of attempts to read a folder in which another process writes.
const ATTEMPTS: usize = 100;
const PAUSE: Duration = Duration::from_millis(10);

pub(super) enum Stored {
    None,
    State(PersistentState),
    /// The state is refused. The number is that of its writes, as far as it can be read.
    Refused {
        error: StateError,
        writes: u64,
    },
}

/// The bytes of the state; `None` if there is no such file.
pub(super) fn bytes(folder: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match open_regular(OpenOptions::new().read(true), &folder.join(STATE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Compares the state with the number of writes in the lock file.
pub(super) fn judge(bytes: Option<&[u8]>, machine: Option<&Fingerprint>, known: Writes) -> Stored {
    let Some(bytes) = bytes else {
        return match known {
            Writes::None | Writes::Known(0) => Stored::None,
            _ => Stored::Refused { error: StateError::Missing, writes: 0 },
        };
    };
    let state = match PersistentState::from_bytes(bytes, machine, 0) {
        Ok(state) => state,
        Err(error) => return Stored::Refused { error, writes: PersistentState::writes_in(bytes) },
    };
    let writes = state.writes();
    let refused = |error| Stored::Refused { error, writes };
    match known {
        // The number is on disk before the first state. So it was removed, or belongs to another state.
        Writes::None | Writes::Damaged(_) => refused(StateError::Altered),
        Writes::Known(known) | Writes::Interrupted(known) if writes < known => {
            refused(StateError::Older { found: writes, known })
        }
        Writes::Known(known) if writes <= known.saturating_add(1) => Stored::State(state),
        Writes::Interrupted(known) if writes == known.saturating_add(1) => Stored::State(state),
        // A crash does not leave such a state and number.
        Writes::Known(_) | Writes::Interrupted(_) => refused(StateError::Altered),
    }
}

/// Reads a folder that is not changed, and in which another process may write.
pub(super) fn read(folder: &Path, machine: Option<&Fingerprint>) -> io::Result<Stored> {
    for _ in 0..ATTEMPTS {
        let (before, locked) = lock::look(folder)?;
        let bytes = bytes(folder)?;
        // If the other process wrote no number between the two reads, the files are in a state that a crash may leave.
        if locked.is_some() || lock::look(folder)?.0 == before {
            return Ok(judge(bytes.as_deref(), machine, before));
        }
        sleep(PAUSE);
    }
    Err(lock::busy())
}
