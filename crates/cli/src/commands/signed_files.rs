//! Files that are carried across a gap, as the issuer's commands make, change, sign and show them.

mod contents;
mod draft;
mod show;
mod sign;

use std::io;
use std::path::Path;

use anyhow::{Context, anyhow};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use keyward_issuer::TrustedKey;
use keyward_issuer::files::SignableFile;
use keyward_verifier::files::{Envelope, FileError, FileKind, Payload};

use crate::assess::assessment::{self, in_days};
use crate::io::clock;
use crate::io::failure::harmless;
use crate::io::source::Source;
use crate::io::streams::Streams;

pub use contents::{Contents, may_sign};
pub use draft::Draft;
pub use show::{ShowArgs, show, verified};
pub use sign::SignArgs;

/// When a file is issued.
#[derive(Debug, clap::Args)]
pub struct IssuedAt {
    /// Say that it is issued on this day (at noon UTC) or at this time, instead of now
    #[arg(long, value_name = "DATE|TIME", value_parser = clock::parse_at)]
    issued_at: Option<DateTime<Utc>>,
}

impl IssuedAt {
    /// In whole seconds, as files say times.
    pub fn or_now(&self) -> DateTime<Utc> {
        self.issued_at.unwrap_or_else(clock::now).trunc_subsecs(0)
    }
}

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

/// How long ago a time is, or how far ahead.
pub fn away(time: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match now.signed_duration_since(time) {
        ahead if ahead < TimeDelta::zero() => format!("{} from now", in_days(ahead.abs())),
        // In whole days, as the age of a list is counted.
        ago => format!("{} ago", assessment::counted(ago.num_days(), "day")),
    }
}

/// Says that what is signed is of a later day, which may be a slip, and can't be taken back once it is carried.
pub fn warn_of_the_future(time: DateTime<Utc>, streams: &mut Streams<'_>) -> io::Result<()> {
    /// A clock may be a little behind, and a day is its noon.
    const TOLERANCE: TimeDelta = TimeDelta::days(1);
    let now = clock::now();
    if time.signed_duration_since(now) > TOLERANCE {
        let (time, away) = (clock::written(time), away(time, now));
        writeln!(streams.messages, "Warning: this is dated {time}, {away}: see whether that is meant.")?;
    }
    Ok(())
}

/// A path as it is shown.
pub fn shown(path: &Path) -> String {
    harmless(&path.display().to_string())
}

/// "1 license", "2 licenses".
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
