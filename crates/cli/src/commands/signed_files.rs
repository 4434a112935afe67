//! Makes, changes, signs and shows signed files, for the issuer's commands.

mod draft;
mod earlier;
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
use crate::show::signed_file::Contents;
use crate::words::{away, written};

pub use draft::{Draft, first_number, is_signed};
pub use show::{ShowArgs, show, verified};
pub use sign::SignArgs;

/// A file with these contents, without signatures.
pub fn unsigned<T: Payload>(contents: &T) -> anyhow::Result<SignableFile> {
    SignableFile::new(contents).map_err(|error| match error {
        FileError::Payload { kind, error } => anyhow!("{kind} with these contents can't be made: {error}"),
        error => error.into(),
    })
}

/// The contents of a file to sign. Refuses a file with contents that this version can't show, since the signature would
/// cover them too.
pub fn all_contents(file: &SignableFile) -> anyhow::Result<Contents> {
    let contents = Contents::of(file)?;
    match contents.unknown_part(file)? {
        None => Ok(contents),
        Some(place) => Err(anyhow!(
            "{} has contents that this version can't show ({place}), and a signature would be for them too: nothing was \
             signed; use a newer version",
            file.kind()
        )),
    }
}

/// Reads a file of one of these kinds, without checking its signatures.
pub fn read(bytes: &[u8], called: &dyn std::fmt::Display, expected: &[FileKind]) -> anyhow::Result<SignableFile> {
    let [first, ..] = expected else { return Err(anyhow!("no kind of file is expected")) };
    let kind = Envelope::kind_of(bytes).filter(|kind| expected.contains(kind)).unwrap_or(*first);
    Envelope::parse(bytes, kind).and_then(|_| SignableFile::read(bytes, kind)).with_context(|| called.to_string())
}

/// The keys that signed a file. Each signature is checked with the key that it names.
pub fn signers(bytes: &[u8], kind: FileKind) -> Result<Vec<TrustedKey>, FileError> {
    SignableFile::read(bytes, kind)?.signers()
}

pub fn read_path(path: &Path, expected: &[FileKind]) -> anyhow::Result<SignableFile> {
    let source = Source::Path(path.to_owned());
    read(&source.read_signed_file()?, &source, expected)
}

/// The clock may be a little wrong, and a day stands for its noon.
const TOLERANCE: TimeDelta = TimeDelta::days(1);

/// Warns of a date ahead, which may be a slip: a signed file can't be recalled.
pub fn warn_of_the_future(time: DateTime<Utc>, streams: &mut Streams<'_>) -> io::Result<()> {
    let now = clock::now();
    if time.signed_duration_since(now) > TOLERANCE {
        let (time, away) = (written(time), away(time, now));
        writeln!(streams.messages, "Warning: this file is dated {time}, {away}: check whether that is right.")?;
    }
    Ok(())
}

/// Warns of a statement of a time that is over, which may be a slip: a product learns from it that the time is no earlier, and a
/// recovery takes it back so far.
pub fn warn_of_the_past(time: DateTime<Utc>, streams: &mut Streams<'_>) -> io::Result<()> {
    let now = clock::now();
    if now.signed_duration_since(time) > TOLERANCE {
        let (time, away) = (written(time), away(time, now));
        writeln!(
            streams.messages,
            "Warning: the stated time is {time}, {away}: leave --at out to state the time as it is now."
        )?;
    }
    Ok(())
}
