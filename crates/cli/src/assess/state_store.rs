use std::path::{Path, PathBuf};

use anyhow::Context;
use keyward_issuer::SysRng;
use keyward_verifier::Fingerprint;
use keyward_verifier::files::{PersistentState, StateError, StateFile, StateId, StateOrigin};

use crate::io::failure::usage;

/// The state in the folder that `--state` names.
#[derive(Debug)]
pub struct StateStore {
    folder: PathBuf,
    file: StateFile,
    pub found: StateOrigin,
    pub use_of: Use,
}

/// The use of the state in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It was read.
    Read,
    /// It was written.
    Saved,
}

impl StateStore {
    /// Refuses a file in place of the folder.
    pub fn check(folder: &Path) -> anyhow::Result<()> {
        if folder.exists() && !folder.is_dir() {
            let name = folder.display();
            return Err(usage(format!("{name} is a file: --state takes the folder of the state")));
        }
        Ok(())
    }

    pub fn open(folder: &Path, machine: Option<Fingerprint>) -> anyhow::Result<StateStore> {
        StateStore::check(folder)?;
        let (file, found) = StateFile::open(folder, machine, new_id()?)
            .with_context(|| format!("the state in {} can't be read", folder.display()))?;
        Ok(StateStore { folder: folder.to_owned(), file, found, use_of: Use::Read })
    }

    /// The folder of the state.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The state; `None` if it is refused.
    pub fn state(&self) -> Option<&PersistentState> {
        self.refused().is_none().then(|| self.file.state())
    }

    /// The reason why the state is refused, if it is.
    pub const fn refused(&self) -> Option<StateError> {
        match self.found {
            StateOrigin::Refused(error) => Some(error),
            _ => None,
        }
    }

    /// The origin of the state in one word, the same in every language.
    pub const fn code(&self) -> &'static str {
        match self.found {
            StateOrigin::New => "begun",
            StateOrigin::Refused(error) => error.code(),
            _ => "kept",
        }
    }

    pub fn save(&mut self, state: PersistentState) -> anyhow::Result<()> {
        *self.file.state_mut() = state;
        self.file.save().with_context(|| format!("the state in {} can't be written", self.folder.display()))?;
        self.use_of = Use::Saved;
        Ok(())
    }

    /// Forgets the state and begins a new one.
    pub fn reset(&mut self, machine: Option<Fingerprint>) -> anyhow::Result<()> {
        let reset = self.file.reset(machine, new_id()?);
        reset.with_context(|| format!("the state in {} can't be written", self.folder.display()))?;
        self.found = StateOrigin::New;
        self.use_of = Use::Saved;
        Ok(())
    }
}

fn new_id() -> anyhow::Result<StateId> {
    StateId::generate_from_rng(&mut SysRng).context("the operating system gave no random bytes")
}
