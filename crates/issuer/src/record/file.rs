use std::collections::HashSet;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs4::FileExt;
use keyward_core::Serial;

use super::index::Index;
use super::lookup::Lookup;
use super::{HistoryError, IssueRecord, JsonFault, RecordError, Recorded, Unreleased};
use crate::write::sync_folder_of;

/// A file of issue records, one on each line, held for one process at a time.
///
/// What is decided about a new license and what is recorded of it belong together, so the lock is taken on opening, and
/// released when this is dropped; another process waits. The lock is the operating system's (`flock`, `LockFileEx`): it
/// ends with the process, however that ends.
///
/// # What a crash leaves
///
/// What is appended at once is one write and one `fsync`, and its keys are released after both. So a last line that is
/// no whole record is of a key that nobody got. [`RecordFile::open`] moves what there is of it to the end of `FILE.torn`
/// beside the record, on disk before it is cut off here, and says so in [`RecordFile::torn`]: nothing is lost. A last line
/// that is whole and lacks only its line break counts as recorded, and gets it. What does not begin as a record does is an
/// error, and stays.
///
/// # Long records
///
/// Records are looked up where they are, so that a million of them take no more memory than a hundred. Of a record with
/// thousands of lines it is kept in `FILE.index` where each begins; that file can be removed, and is made again. A line is
/// checked when it is read for the first time, and whenever it is looked up.
pub struct RecordFile {
    file: File,
    path: PathBuf,
    index: Index,
    /// Where the next record goes.
    end: u64,
    lines: u64,
    torn: Option<Torn>,
    /// What is written at once, kept for the next time.
    text: String,
    /// An append that failed and could not be undone.
    broken: bool,
}

/// Without the text, which has keys in it: what is shown for debugging ends in logs.
impl fmt::Debug for RecordFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordFile")
            .field("path", &self.path)
            .field("lines", &self.lines)
            .field("torn", &self.torn)
            .finish_non_exhaustive()
    }
}

/// What there was of a last line, and where it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Torn {
    /// The number of the line, from 1.
    pub line: u64,
    /// How many bytes there were.
    pub bytes: usize,
    /// The file at whose end they are kept.
    pub kept_in: PathBuf,
}

impl RecordFile {
    /// Opens the file and reads what is new in it; makes it if there is none, readable by its owner alone (mode 0600 on
    /// Unix). Waits while another process holds it.
    ///
    /// # Errors
    ///
    /// A file that can't be opened, locked or read, or a line in it that is no issue record. The record is not changed
    /// then.
    pub fn open(path: &Path) -> Result<RecordFile, RecordFileError> {
        RecordFile::open_telling(path, || ())
    }

    /// The same, and says so before it waits.
    ///
    /// # Errors
    ///
    /// As [`RecordFile::open`].
    pub fn open_telling(path: &Path, waits: impl FnOnce()) -> Result<RecordFile, RecordFileError> {
        let failed = |source| RecordFileError::Io { path: path.to_owned(), source };
        let mut file = open_private(path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(RecordFileError::NotAFile { path: path.to_owned() });
        }
        if FileExt::try_lock(&file).is_err() {
            waits();
            FileExt::lock(&file).map_err(failed)?;
        }
        let index = Index::open(path, &mut file).map_err(failed)?;
        let covered = index.covered();
        let (end, lines) = (covered.bytes, covered.lines);
        let path = path.to_owned();
        let text = String::new();
        let mut opened = RecordFile { file, path, index, end, lines, torn: None, text, broken: false };
        opened.catch_up()?;
        // A process that wrote a line and was killed before it was on disk told nobody of it; from here on it is told.
        opened.file.sync_data().map_err(|source| opened.failed(source))?;
        sync_folder_of(&opened.path);
        Ok(opened)
    }

    /// How many licenses are on record.
    pub const fn len(&self) -> u64 {
        self.lines
    }

    /// Whether nothing is on record.
    pub const fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// What there was of a last line that a crash tore.
    pub const fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// The record of that license.
    ///
    /// # Errors
    ///
    /// A record that can't be read, or was changed since it was written.
    pub fn find(&mut self, serial: Serial) -> Result<Option<IssueRecord>, RecordFileError> {
        Ok(self.look_up(Lookup::serial(serial))?.map(|(_, found)| found.record))
    }

    /// The record of the license that the order with that id made.
    ///
    /// # Errors
    ///
    /// As [`RecordFile::find`].
    pub fn find_order(&mut self, id: &str) -> Result<Option<Recorded>, RecordFileError> {
        Ok(self.look_up(Lookup::order(id))?.map(|(_, found)| found))
    }

    /// All records, oldest first.
    ///
    /// # Errors
    ///
    /// Those of [`RecordFile::open`], line by line.
    pub fn records(&mut self) -> Result<impl Iterator<Item = Result<IssueRecord, RecordFileError>>, RecordFileError> {
        let path = &self.path;
        let failed = move |source| RecordFileError::Io { path: path.clone(), source };
        self.file.rewind().map_err(failed)?;
        let lines = BufReader::new(&self.file).split(b'\n');
        Ok((1..).zip(lines).map(move |(number, line)| {
            let line = line.map_err(failed)?;
            parsed(&line).map_err(|source| RecordFileError::Line { path: path.clone(), line: number, source })
        }))
    }

    /// Appends records, in that order, and releases them. When this returns, all are on disk.
    ///
    /// # Errors
    ///
    /// A serial that is there already, or a disk that does not take the records; then none is recorded. What was written
    /// of them is cut off again; if that fails too, nothing more is appended until the file is opened anew.
    pub fn append(&mut self, unreleased: Vec<Unreleased>) -> Result<Vec<Box<Recorded>>, RecordFileError> {
        if self.broken {
            return Err(self.failed(io::Error::other("an earlier record could not be written")));
        }
        if unreleased.is_empty() {
            return Ok(Vec::new());
        }
        self.settle()?;
        let mut serials = HashSet::with_capacity(unreleased.len());
        self.text.clear();
        for (number, Unreleased { signed, unwritable, .. }) in (self.lines.saturating_add(1)..).zip(&unreleased) {
            if let Some(source) = unwritable.clone() {
                return Err(RecordFileError::Line { path: self.path.clone(), line: number, source });
            }
            let serial = signed.record.serial();
            let known = self.index.find(Lookup::serial(serial)).map_err(|source| self.failed(source))?.is_some();
            if known || !serials.insert(serial) {
                return Err(self.twice(number, serial));
            }
            self.text.push_str(&signed.line);
            self.text.push('\n');
        }
        let text = std::mem::take(&mut self.text);
        let written = self.write(self.end, text.as_bytes());
        self.text = text;
        written.map_err(|source| self.failed(source))?;
        let recorded = unreleased.into_iter().map(|Unreleased { signed, lookups, .. }| {
            self.count(lookups, signed.line.len());
            signed
        });
        Ok(recorded.collect())
    }

    /// What is on record under that, if anything is, and where it begins.
    pub(super) fn look_up(&mut self, lookup: Lookup) -> Result<Option<(u64, Recorded)>, RecordFileError> {
        let Some(place) = self.index.find(lookup).map_err(|source| self.failed(source))? else { return Ok(None) };
        let mut line = Vec::new();
        let read = self.file.seek(SeekFrom::Start(place)).and_then(|_| {
            // The usual line in one go.
            BufReader::with_capacity(2048, &self.file).read_until(b'\n', &mut line)
        });
        read.map_err(|source| self.failed(source))?;
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        match (parsed(text), std::str::from_utf8(text)) {
            (Ok(record), Ok(text)) if record.lookups().contains(&lookup) => {
                Ok(Some((place, Recorded { record, line: text.to_owned() })))
            }
            _ => Err(RecordFileError::Changed { path: self.path.clone(), index: self.index.path().to_owned() }),
        }
    }

    /// Reads what the index does not cover yet.
    fn catch_up(&mut self) -> Result<(), RecordFileError> {
        let mut line = Vec::new();
        loop {
            let mut reader = self.file.try_clone().map(BufReader::new).map_err(|source| self.failed(source))?;
            reader.seek(SeekFrom::Start(self.end)).map_err(|source| self.failed(source))?;
            while !self.index.is_to_settle() {
                line.clear();
                if reader.read_until(b'\n', &mut line).map_err(|source| self.failed(source))? == 0 {
                    return Ok(());
                }
                self.read(&line)?;
            }
            self.settle()?;
        }
    }

    fn read(&mut self, line: &[u8]) -> Result<(), RecordFileError> {
        let number = self.lines.saturating_add(1);
        let (text, whole) = match line.strip_suffix(b"\n") {
            Some(text) => (text, true),
            None => (line, false),
        };
        match parsed(text) {
            Ok(record) => {
                let known = self.index.find(Lookup::serial(record.serial()));
                if known.map_err(|source| self.failed(source))?.is_some() {
                    return Err(self.twice(number, record.serial()));
                }
                if !whole {
                    let ended = self.end.saturating_add(length(text.len()));
                    self.write(ended, b"\n").map_err(|source| self.failed(source))?;
                }
                self.count(record.lookups(), text.len());
                Ok(())
            }
            Err(error) if !whole && is_torn(line, &error) => {
                self.keep_torn(number, line).map_err(|source| self.failed(source))
            }
            Err(source) => Err(RecordFileError::Line { path: self.path.clone(), line: number, source }),
        }
    }

    fn keep_torn(&mut self, number: u64, line: &[u8]) -> io::Result<()> {
        let mut name = self.path.clone().into_os_string();
        name.push(".torn");
        let kept_in = PathBuf::from(name);
        let mut kept = open_private(&kept_in)?;
        kept.seek(SeekFrom::End(0))?;
        kept.write_all(line)?;
        kept.write_all(b"\n")?;
        kept.sync_all()?;
        sync_folder_of(&kept_in);
        self.file.set_len(self.end)?;
        self.file.sync_all()?;
        self.torn = Some(Torn { line: number, bytes: line.len(), kept_in });
        Ok(())
    }

    /// Writes at that place, all or nothing.
    fn write(&mut self, place: u64, bytes: &[u8]) -> io::Result<()> {
        let written = self.file.seek(SeekFrom::Start(place)).and_then(|_| self.file.write_all(bytes));
        written.and_then(|()| self.file.sync_data()).inspect_err(|_| {
            let undone = self.file.set_len(place).and_then(|()| self.file.sync_all());
            self.broken = undone.is_err();
        })
    }

    /// One more line, at the end.
    fn count(&mut self, lookups: Vec<Lookup>, len: usize) {
        self.index.add(lookups, self.end);
        self.end = self.end.saturating_add(length(len)).saturating_add(1);
        self.lines = self.lines.saturating_add(1);
    }

    fn settle(&mut self) -> Result<(), RecordFileError> {
        let (end, lines) = (self.end, self.lines);
        self.index.settle(&mut self.file, end, lines).map_err(|source| self.failed(source))
    }

    fn twice(&self, line: u64, serial: Serial) -> RecordFileError {
        RecordFileError::Twice { path: self.path.clone(), line, source: HistoryError { serial } }
    }

    fn failed(&self, source: io::Error) -> RecordFileError {
        RecordFileError::Io { path: self.path.clone(), source }
    }
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn parsed(line: &[u8]) -> Result<IssueRecord, RecordError> {
    let text = match std::str::from_utf8(line) {
        Ok(text) => text,
        // Torn within a character: as far as it goes.
        Err(error) if error.error_len().is_none() => {
            line.get(..error.valid_up_to()).and_then(|line| std::str::from_utf8(line).ok()).unwrap_or_default()
        }
        Err(_) => return Err(RecordError::NotUtf8),
    };
    IssueRecord::from_line(text)
}

/// Whether a last line was torn from a record: it begins as one and is not finished. What a power cut kept from the disk may
/// be zeros. What is anything else stays where it is.
fn is_torn(line: &[u8], error: &RecordError) -> bool {
    const BEGINNING: &[u8] = b"{\"version\":1,";
    let written = line.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
    let zeros = written < line.len();
    let written = line.get(..written).unwrap_or(line);
    let begins = written.starts_with(BEGINNING) || BEGINNING.starts_with(written);
    begins && (zeros || matches!(error, RecordError::Json { fault: JsonFault::Unfinished, .. }))
}

pub(super) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Why a record could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFileError {
    /// The operating system refused.
    #[error("the record {path} can't be kept, and nothing is issued without: see that it can be written and has room")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A device, a pipe: nothing would be kept there.
    #[error("{path} is no file in which a record could be kept: name another")]
    NotAFile {
        /// What was named.
        path: PathBuf,
    },
    /// A line is no record.
    #[error("{path}, line {line}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// Why.
        source: RecordError,
    },
    /// A serial is on record twice.
    #[error("{path}, line {line}")]
    Twice {
        /// The file.
        path: PathBuf,
        /// The second line, from 1.
        line: u64,
        /// Which serial.
        source: HistoryError,
    },
    /// A line is not where, or not what, it was when it was first read.
    #[error(
        "the record {path} was changed in the middle since it was written: put back what it was, or else remove {index}, \
         and all of it is read anew"
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// The index that does not fit.
        index: PathBuf,
    },
}
