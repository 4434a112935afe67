use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use keyward_issuer::SysRng;
use keyward_verifier::Fingerprint;
use keyward_verifier::files::{OpenedState, PersistentState, ReadState, StateError, StateFile, StateId};

use crate::io::failure::usage;

/// The state in the folder that `--state` names.
#[derive(Debug)]
pub struct StateStore {
    folder: PathBuf,
    origin: Origin,
    pub use_of: Use,
}

/// Where the state comes from.
#[derive(Debug)]
enum Origin {
    /// There was none.
    Begun(StateFile),
    Kept(StateFile),
    /// It was only read, on request, or because it can't be written.
    Read(PersistentState),
    Unused(Unused),
}

/// The reason why no state is used.
#[derive(Debug)]
pub enum Unused {
    Refused(StateError),
    /// It can't be read, or none can be begun.
    Unreadable(io::Error),
}

/// The state was not written.
#[derive(Debug)]
pub struct NotSaved;

/// The use of the state in this run.
#[derive(Debug)]
pub enum Use {
    /// It was read.
    Read,
    /// It was written.
    Saved,
    /// It was read, and can't be written.
    NotSaved(io::Error),
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

    /// Opens the state, and begins one if there is none. A state that can't be written is read.
    pub fn open(folder: &Path, machine: Option<Fingerprint>) -> anyhow::Result<StateStore> {
        StateStore::check(folder)?;
        let (origin, use_of) = match StateFile::open(folder, machine, new_id()?) {
            Ok(OpenedState::New(file)) => (Origin::Begun(file), Use::Read),
            Ok(OpenedState::Stored(file)) => (Origin::Kept(file), Use::Read),
            Ok(OpenedState::Refused(refused)) => (Origin::Unused(Unused::Refused(refused.error())), Use::Read),
            Err(error) => match StateFile::read(folder, machine.as_ref()) {
                Ok(ReadState::None) | Err(_) => (Origin::Unused(Unused::Unreadable(error)), Use::Read),
                Ok(ReadState::Stored(state)) => (Origin::Read(state), Use::NotSaved(error)),
                Ok(ReadState::Refused(error)) => (Origin::Unused(Unused::Refused(error)), Use::Read),
            },
        };
        Ok(StateStore { folder: folder.to_owned(), origin, use_of })
    }

    /// Reads the state, which stays as it is; `None` if there is none.
    pub fn read(folder: &Path, machine: Option<Fingerprint>) -> anyhow::Result<Option<StateStore>> {
        StateStore::check(folder)?;
        let origin = match StateFile::read(folder, machine.as_ref()) {
            Ok(ReadState::None) => return Ok(None),
            Ok(ReadState::Stored(state)) => Origin::Read(state),
            Ok(ReadState::Refused(error)) => Origin::Unused(Unused::Refused(error)),
            Err(error) => Origin::Unused(Unused::Unreadable(error)),
        };
        Ok(Some(StateStore { folder: folder.to_owned(), origin, use_of: Use::Read }))
    }

    /// The folder of the state.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The state; `None` if it is not used.
    pub const fn state(&self) -> Option<&PersistentState> {
        match &self.origin {
            Origin::Begun(file) | Origin::Kept(file) => Some(file.state()),
            Origin::Read(state) => Some(state),
            Origin::Unused(_) => None,
        }
    }

    /// The reason why no state is used, if that is so.
    pub const fn unused(&self) -> Option<&Unused> {
        match &self.origin {
            Origin::Unused(unused) => Some(unused),
            _ => None,
        }
    }

    /// The origin of the state in one word, the same in every language.
    pub fn code(&self) -> &'static str {
        match &self.origin {
            Origin::Begun(_) => "begun",
            Origin::Kept(_) | Origin::Read(_) => "kept",
            Origin::Unused(unused) => unused.code(),
        }
    }

    /// Keeps the state for the next run, if it can be written.
    pub fn save(&mut self, state: PersistentState) {
        let _ = self.try_save(state);
    }

    /// Keeps the state for the next run, or fails. The reason is in [`StateStore::use_of`].
    pub fn try_save(&mut self, state: PersistentState) -> Result<(), NotSaved> {
        if let Origin::Begun(file) | Origin::Kept(file) = &mut self.origin {
            *file.state_mut() = state;
            self.use_of = file.save().map_or_else(Use::NotSaved, |()| Use::Saved);
        }
        if matches!(self.use_of, Use::Saved) { Ok(()) } else { Err(NotSaved) }
    }
}

impl Unused {
    /// What to do about it. `folder` is its name, to be shown.
    pub fn to_do(&self, folder: &str) -> String {
        match self {
            Unused::Refused(StateError::NeedsNewer { .. }) => "use a newer version of this program".to_owned(),
            Unused::Refused(StateError::Foreign { .. }) => format!(
                "give this machine's attributes with --fingerprint, as when the state was begun; if this is another machine, begin a \
                 state of its own: keyward state reset --state {folder}"
            ),
            Unused::Refused(_) => format!("find out why; to begin a new one: keyward state reset --state {folder}"),
            Unused::Unreadable(_) => format!("let this program read and write {folder} and its files"),
        }
    }

    /// The reason in one word: the code of a refusal, or `unreadable`.
    pub const fn code(&self) -> &'static str {
        match self {
            Unused::Refused(error) => error.code(),
            Unused::Unreadable(_) => "unreadable",
        }
    }
}

impl fmt::Display for Unused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unused::Refused(error) => error.fmt(f),
            Unused::Unreadable(error) => write!(f, "the state can't be read, or begun: {error}"),
        }
    }
}

/// Replaces the state in the folder by a new one, if that is allowed. Returns the new state and the replaced one.
pub fn reset(
    folder: &Path,
    machine: Option<Fingerprint>,
    allow: impl FnOnce(&Result<PersistentState, StateError>) -> anyhow::Result<()>,
) -> anyhow::Result<(PersistentState, Result<PersistentState, StateError>)> {
    let written = || anyhow!("the state in {} can't be written", folder.display());
    let (file, before) = match StateFile::open(folder, machine, new_id()?).with_context(written)? {
        OpenedState::New(mut file) | OpenedState::Stored(mut file) => {
            let before = Ok(file.state().clone());
            allow(&before)?;
            file.reset(machine, new_id()?).with_context(written)?;
            (file, before)
        }
        OpenedState::Refused(refused) => {
            let before = Err(refused.error());
            allow(&before)?;
            (refused.reset(machine, new_id()?).with_context(written)?, before)
        }
    };
    Ok((file.state().clone(), before))
}

fn new_id() -> anyhow::Result<StateId> {
    StateId::generate_from_rng(&mut SysRng).context("the operating system gave no random bytes")
}
