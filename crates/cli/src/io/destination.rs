use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ArgAction;
use clap::builder::{BoolValueParser, TypedValueParser};
use keyward_issuer::Overwrite;
use keyward_issuer::files::SignedNumbers;
use keyward_issuer::record::{IssueRecord, TornLine};
use keyward_verifier::files::{Envelope, FileKind, StateFile};
use same_file::Handle;
use zeroize::Zeroizing;

use crate::io::failure::usage;
use crate::io::source::Source;
use crate::io::streams::Streams;
use crate::words::harmless;

/// The beginning of each line of a record.
pub const RECORD_LINE: &str = "{\"version\":1,\"action\":";
/// The beginnings of a database of SQLite, such as a ledger, and of the log beside it with the newest changes.
const DATABASES: [&str; 2] = ["SQLite format 3\0", "7\u{7f}\u{6}"];

/// The output file of a command.
#[derive(Debug, clap::Args)]
pub struct Destination {
    /// Write to this file; to standard output without it, or with -
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long = "force", requires = "output", action = ArgAction::SetTrue, value_parser = overwrite())]
    overwrite: Overwrite,
}

impl Destination {
    /// The file, checked; `None` is standard output.
    pub fn check<'a>(
        &self,
        output: Output,
        read: impl IntoIterator<Item = &'a Source>,
    ) -> anyhow::Result<Option<(&Path, Overwrite)>> {
        let Some(path) = self.output.as_deref().filter(|path| *path != Path::new("-")) else {
            check_standard_output()?;
            return Ok(None);
        };
        check_not_read(path, read)?;
        check(path, self.overwrite)?;
        check_replaceable(path, output)?;
        Ok(Some((path, self.overwrite)))
    }
}

/// The kind of an output, which decides on the files that it may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Lines in the form of a record.
    Batch,
    /// A signed file of that kind.
    Signed(FileKind),
    /// Anything else, such as a license key.
    Other,
}

/// The value of the flag `--force`.
pub fn overwrite() -> impl TypedValueParser<Value = Overwrite> {
    BoolValueParser::new().map(|force| if force { Overwrite::Replace } else { Overwrite::Never })
}

/// Refuses a standard output that was closed. Rust then opens the null device in its place, for reading and writing. A
/// shell that discards the output opens the null device for writing only.
#[cfg(unix)]
pub fn check_standard_output() -> anyhow::Result<()> {
    use std::os::unix::fs::MetadataExt;

    use rustix::fs::{OFlags, fcntl_getfl, fstat};

    let stdout = io::stdout();
    let is_null_device = Path::new("/dev/null")
        .metadata()
        .is_ok_and(|null| fstat(&stdout).is_ok_and(|file| (file.st_dev, file.st_ino) == (null.dev(), null.ino())));
    if is_null_device && fcntl_getfl(&stdout).is_ok_and(|flags| flags.contains(OFlags::RDWR)) {
        bail!("standard output is closed, and the output would be lost: name a file with -o");
    }
    Ok(())
}

#[cfg(not(unix))]
pub fn check_standard_output() -> anyhow::Result<()> {
    Ok(())
}

/// Whether neither the output nor the messages of the command go into the record (`>> issued.jsonl`), where a line that is
/// not a license makes the record unreadable. Messages that go there are not written there.
pub fn check_not_the_record(record: &Path, streams: &mut Streams<'_>) -> anyhow::Result<bool> {
    // Opening a pipe waits for its other end. A record that is none is refused when it is opened.
    if !record.metadata().is_ok_and(|found| found.is_file()) {
        return Ok(true);
    }
    let is_record = |stream: io::Result<Handle>| stream.ok().zip(Handle::from_path(record).ok());
    let is_record = |stream| is_record(stream).is_some_and(|(stream, record)| stream == record);
    let refused = |name: &str| {
        let record = harmless(&record.display().to_string());
        format!("{name} goes into the record {record}, and nothing was issued: the command itself writes the record")
    };
    match (is_record(Handle::stdout()), is_record(Handle::stderr())) {
        (false, false) => Ok(true),
        (true, false) => Err(usage(refused("standard output"))),
        (false, true) => {
            writeln!(streams.data, "error: {}", refused("standard error"))?;
            Ok(false)
        }
        (true, true) => Ok(false),
    }
}

/// Refuses a file that can't be written, before anyone types a passphrase.
pub fn check(path: &Path, overwrite: Overwrite) -> anyhow::Result<()> {
    check_not_reserved(path)?;
    if path.is_dir() {
        bail!("{} is a folder: name a file in it", path.display());
    }
    check_regular(path)?;
    if overwrite == Overwrite::Never && path.symlink_metadata().is_ok() {
        bail!("{} exists and was not changed: choose another name, or replace it with --force", path.display());
    }
    let folder = folder_of(path);
    if !folder.exists() {
        bail!("{} can't be written: there is no folder {}; make it first", path.display(), folder.display());
    }
    // Writing creates a temporary file in this folder. Only creating one shows whether that works.
    tempfile::NamedTempFile::new_in(folder)
        // The rest of the error names the temporary file.
        .map_err(|error| io::Error::from(error.kind()))
        .with_context(|| format!("{} can't be written: check the permissions of its folder", path.display()))?;
    Ok(())
}

/// Refuses a device, a pipe or a socket: the output would take its name, for every program.
fn check_regular(path: &Path) -> anyhow::Result<()> {
    let is_replaceable = |found: Metadata| found.is_file() || found.is_symlink();
    if path.symlink_metadata().is_ok_and(|found| !is_replaceable(found)) {
        bail!(
            "{} is a device or a pipe, and is not replaced: name a file, or redirect the standard output",
            path.display()
        );
    }
    Ok(())
}

/// Refuses to replace a signing key, a record, a database or a signed file of another kind, even with `--force`: nobody can make
/// them again from what is here. The output of a batch has the form of a record, and a batch may replace it.
pub fn check_replaceable(path: &Path, output: Output) -> anyhow::Result<()> {
    let Some(text) = begins_with(path) else { return Ok(()) };
    // A damaged record has licenses too: in its other lines, or in a line that cannot be read here.
    let is_license = |line: &str| line.starts_with(RECORD_LINE) || IssueRecord::from_line(line).is_ok();
    let is_record = || text.lines().any(is_license);
    let kept = if text.contains("PRIVATE KEY-----") {
        "a signing key".to_owned()
    } else if DATABASES.iter().any(|beginning| text.starts_with(beginning)) {
        "a database".to_owned()
    } else if output != Output::Batch && is_record() {
        "a record".to_owned()
    } else {
        match kind_of(path).filter(|kind| output != Output::Signed(*kind)) {
            Some(kind) => kind.to_string(),
            None => return Ok(()),
        }
    };
    bail!("{} is {kept} and was not changed: choose another name, or remove it first", path.display());
}

/// Refuses to replace a file that is not such a key in PEM, such as a record, even with `--force`.
pub fn check_pem(path: &Path, label: &str, is: &str) -> anyhow::Result<()> {
    if path.symlink_metadata().is_err() || begins_with(path).is_none_or(|text| text.is_empty() || text.contains(label))
    {
        return Ok(());
    }
    bail!("{} is not {is} and was not changed: choose another name, or remove it first", path.display());
}

/// The beginning of a file, as text; `None` if it is not a file that can be read. Only the beginning is read: a file may have any
/// size.
fn begins_with(path: &Path) -> Option<Zeroizing<String>> {
    let mut start = Zeroizing::new(Vec::new());
    path.metadata().ok().filter(Metadata::is_file)?;
    File::open(path).ok()?.take(1 << 20).read_to_end(&mut start).ok()?;
    Some(Zeroizing::new(String::from_utf8_lossy(&start).into_owned()))
}

/// Refuses the names under which the command itself keeps files: those of a state and of a record.
fn check_not_reserved(path: &Path) -> anyhow::Result<()> {
    let name = path.file_name().unwrap_or_default();
    // The names are compared without case, since some file systems ignore it.
    let mut reserved = StateFile::NAMES.iter().chain([&SignedNumbers::NAME]).chain(&SignedNumbers::COPY_NAMES);
    if reserved.any(|reserved| name.eq_ignore_ascii_case(OsStr::new(reserved))) {
        return Err(usage(format!(
            "{} has a name under which keyward keeps a state or signed numbers: choose another name for the output",
            path.display()
        )));
    }
    let is_torn = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("torn"));
    let record = path.with_extension("");
    if is_torn && record.symlink_metadata().is_ok() {
        return Err(usage(format!(
            "{} is the file for incomplete lines of the record {}: choose another name for the output",
            path.display(),
            record.display()
        )));
    }
    Ok(())
}

/// A record and the file for its incomplete lines, which no output may replace.
pub fn record_files(record: &Path) -> [Source; 2] {
    [Source::Path(record.to_owned()), Source::Path(TornLine::file_of(record))]
}

/// Refuses to replace a file of another kind, such as a signing key or a record, even with `--force`.
pub fn check_kind(path: &Path, kind: FileKind) -> anyhow::Result<()> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    check_regular(path)?;
    if kind_of(path) != Some(kind) {
        let path = path.display();
        bail!("{path} is not {kind} and was not changed: choose another name, or remove it first");
    }
    Ok(())
}

/// The kind that a file claims to be; `None` if it is not a signed file, or can't be read.
fn kind_of(path: &Path) -> Option<FileKind> {
    Envelope::kind_of(&Source::Path(path.to_owned()).read_signed_file().ok()?)
}

/// Refuses to replace a file that is also read, such as the signing key, under any of its names.
pub fn check_not_read<'a>(path: &Path, sources: impl IntoIterator<Item = &'a Source>) -> anyhow::Result<()> {
    let Some(output) = resolved(path) else { return Ok(()) };
    for source in sources {
        if let Source::Path(input) = source {
            if resolved(input).is_some_and(|input| input == output) {
                return Err(usage(format!(
                    "{} is also read, and was not changed: choose another name for the output",
                    path.display()
                )));
            }
        }
    }
    Ok(())
}

/// The canonical path of a file, which need not exist yet.
fn resolved(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().or_else(|| Some(folder_of(path).canonicalize().ok()?.join(path.file_name()?)))
}

/// The folder of a file: `.` for a bare name.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}
