use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use anyhow::{Context, bail};
use zeroize::Zeroizing;

use crate::failure::usage;

/// Where something is read from: a path, `env:NAME` or `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Path(PathBuf),
    Env(String),
    Stdin,
}

/// More than any key, list of keys or claims: what is longer was named by mistake.
const MOST_BYTES: usize = 1 << 20;

impl Source {
    /// All of it. Wiped when dropped, since it may be a secret.
    pub fn read(&self) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        match self {
            Source::Path(path) => {
                File::open(path).and_then(read_all).with_context(|| format!("{self} can't be read"))?
            }
            Source::Stdin => read_all(io::stdin().lock()).with_context(|| format!("{self} can't be read"))?,
            Source::Env(name) => match std::env::var_os(name) {
                Some(value) => Some(Zeroizing::new(value.into_encoded_bytes())),
                None => bail!("the environment variable {name} is not set"),
            },
        }
        .with_context(|| format!("{self} is longer than a megabyte: is this the right one?"))
    }

    /// All of it, as text.
    pub fn read_text(&self) -> anyhow::Result<Zeroizing<String>> {
        let bytes = self.read()?;
        let text = std::str::from_utf8(&bytes).with_context(|| format!("{self} is no text in UTF-8"))?;
        // Editors on Windows begin files with a mark.
        Ok(Zeroizing::new(text.trim_start_matches('\u{FEFF}').to_owned()))
    }
}

/// All of it; `None` if it is too long.
pub fn read_all(mut reader: impl Read) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    // Room for all of it from the start: growing would leave copies that nobody wipes.
    let mut bytes = Zeroizing::new(vec![0; MOST_BYTES.saturating_add(1)]);
    let mut len = 0_usize;
    while let Some(rest) = bytes.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(read) => len = len.saturating_add(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(len);
    Ok((len <= MOST_BYTES).then_some(bytes))
}

/// Refuses two things that are both to be read from standard input, which can be read once.
pub fn one_stdin<'a>(sources: impl IntoIterator<Item = &'a Source>) -> anyhow::Result<()> {
    match sources.into_iter().filter(|source| **source == Source::Stdin).count() {
        0 | 1 => Ok(()),
        _ => Err(usage("standard input can be read once: use - in one place only, and a file or env:NAME elsewhere")),
    }
}

impl From<OsString> for Source {
    fn from(argument: OsString) -> Source {
        match argument.to_str() {
            Some("-") => Source::Stdin,
            Some(text) => match text.strip_prefix("env:") {
                Some(name) => Source::Env(name.to_owned()),
                None => Source::Path(argument.into()),
            },
            None => Source::Path(argument.into()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Path(path) => path.display().fmt(f),
            Source::Env(name) => write!(f, "the environment variable {name}"),
            Source::Stdin => f.write_str("standard input"),
        }
    }
}
