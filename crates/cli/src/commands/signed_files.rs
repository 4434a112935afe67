//! Files that are carried across a gap, as the issuer's commands make, change, sign and show them.

mod draft;
mod show;
mod sign;

use std::io;
use std::path::Path;

use anyhow::{Context, anyhow};
use chrono::{DateTime, TimeDelta, Utc};
use keyward_issuer::TrustedKey;
use keyward_issuer::files::SignableFile;
use keyward_verifier::files::{Envelope, FileError, FileKind, Payload};

use crate::io::clock;
use crate::io::source::Source;
use crate::io::streams::Streams;
use crate::words::{away, written};

pub use draft::Draft;
pub use show::{ShowArgs, show, verified};
pub use sign::SignArgs;

/// A file with these contents, which nobody has signed as yet.
pub fn unsigned<T: Payload>(contents: &T) -> anyhow::Result<SignableFile> {
    SignableFile::new(contents).map_err(|error| match error {
        FileError::Payload { kind, error } => anyhow!("such {kind} can't be made: {error}"),
        error => error.into(),
    })
}

/// The file at that path, of one of these kinds. None of its signatures is checked.
pub fn read(bytes: &[u8], called: &dyn std::fmt::Display, expected: &[FileKind]) -> anyhow::Result<SignableFile> {
    let [first, ..] = expected else { return Err(anyhow!("no kind of file is expected")) };
    let kind = Envelope::kind_of(bytes).filter(|kind| expected.contains(kind)).unwrap_or(*first);
    Envelope::parse(bytes, kind).and_then(|_| SignableFile::read(bytes, kind)).with_context(|| called.to_string())
}

/// The keys that signed a file, each signature checked with the key that it names.
pub fn signers(bytes: &[u8], kind: FileKind) -> Result<Vec<TrustedKey>, FileError> {
    SignableFile::read(bytes, kind)?.signers()
}

fn read_path(path: &Path, expected: &[FileKind]) -> anyhow::Result<SignableFile> {
    let source = Source::Path(path.to_owned());
    read(&source.read_signed_file()?, &source, expected)
}

/// Says that what is signed is of a later day, which may be a slip, and can't be taken back once it is carried.
pub fn warn_of_the_future(time: DateTime<Utc>, streams: &mut Streams<'_>) -> io::Result<()> {
    /// A clock may be a little behind, and a day is its noon.
    const TOLERANCE: TimeDelta = TimeDelta::days(1);
    let now = clock::now();
    if time.signed_duration_since(now) > TOLERANCE {
        let (time, away) = (written(time), away(time, now));
        writeln!(streams.messages, "Warning: this is dated {time}, {away}: see whether that is meant.")?;
    }
    Ok(())
}
