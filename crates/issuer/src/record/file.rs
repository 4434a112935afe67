use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs4::FileExt;

use super::{History, HistoryError, IssueRecord, JsonFault, RecordError};

/// A file of issue records, one on each line, held for one process at a time.
///
/// What is decided about a new license and what is recorded of it belong together, so the lock is taken on opening, and
/// released when this is dropped; another process waits. The lock is the operating system's (`flock`, `LockFileEx`): it
/// ends with the process, however that ends.
///
/// # What a crash leaves
///
/// A record is one write and one `fsync`, and its key is released after both. So a last line that is no whole record is
/// of a key that nobody got. [`RecordFile::open`] moves what there is of it to the end of `FILE.torn` beside the record,
/// on disk before it is cut off here, and says so in [`RecordFile::torn`]: nothing is lost. A last line that is whole and
/// lacks only its line break counts as recorded, and gets it. What does not begin as a record does is an error, and stays.
#[derive(Debug)]
pub struct RecordFile {
    file: File,
    path: PathBuf,
    /// Where the next record goes.
    end: u64,
    history: History,
    torn: Option<Torn>,
    /// An append that failed and could not be undone.
    broken: bool,
}

/// What there was of a last line, and where it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Torn {
    /// The number of the line, from 1.
    pub line: usize,
    /// How many bytes there were.
    pub bytes: usize,
    /// The file at whose end they are kept.
    pub kept_in: PathBuf,
}

impl RecordFile {
    /// Opens the file and reads it; makes it if there is none, readable by its owner alone (mode 0600 on Unix). Waits
    /// while another process holds it.
    ///
    /// # Errors
    ///
    /// A file that can't be opened, locked or read, or a line in it that is no issue record. Nothing is changed then.
    pub fn open(path: &Path) -> Result<RecordFile, RecordFileError> {
        let failed = |source| RecordFileError::Io { path: path.to_owned(), source };
        let file = open_private(path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(RecordFileError::NotAFile { path: path.to_owned() });
        }
        FileExt::lock(&file).map_err(failed)?;
        let mut bytes = Vec::new();
        (&file).read_to_end(&mut bytes).map_err(failed)?;
        let mut opened =
            RecordFile { file, path: path.to_owned(), end: 0, history: History::default(), torn: None, broken: false };
        opened.read(&bytes)?;
        sync_folder(path);
        Ok(opened)
    }

    /// What was issued before.
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// What there was of a last line that a crash tore.
    pub const fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// Appends a record. When this returns, it is on disk.
    ///
    /// # Errors
    ///
    /// A serial that is there already, or a disk that does not take the record. What was written of it is cut off again;
    /// if that fails too, nothing more is appended until the file is opened anew.
    pub fn append(&mut self, record: &IssueRecord) -> Result<(), RecordFileError> {
        let line = self.line_number();
        if self.broken {
            return Err(self.failed(io::Error::other("an earlier record could not be written")));
        }
        if self.history.find(record.serial()).is_some() {
            let source = HistoryError { serial: record.serial() };
            return Err(RecordFileError::Twice { path: self.path.clone(), line, source });
        }
        let text =
            record.to_line().map_err(|source| RecordFileError::Line { path: self.path.clone(), line, source })?;
        self.write(format!("{text}\n").as_bytes()).map_err(|source| self.failed(source))?;
        let pushed = self.history.push(record.clone());
        pushed.map_err(|source| RecordFileError::Twice { path: self.path.clone(), line, source })
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), RecordFileError> {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let number = self.line_number();
            let (text, whole) = match line.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (line, false),
            };
            match parsed(text) {
                Ok(record) => {
                    let twice = |source| RecordFileError::Twice { path: self.path.clone(), line: number, source };
                    self.history.push(record).map_err(twice)?;
                    self.end = self.end.saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX));
                    if !whole {
                        self.write(b"\n").map_err(|source| self.failed(source))?;
                    }
                }
                Err(RecordError::Json { fault: JsonFault::Unfinished, .. }) if !whole && begins_a_record(line) => {
                    self.keep_torn(number, line).map_err(|source| self.failed(source))?;
                }
                Err(source) => {
                    return Err(RecordFileError::Line { path: self.path.clone(), line: number, source });
                }
            }
        }
        Ok(())
    }

    fn keep_torn(&mut self, number: usize, line: &[u8]) -> io::Result<()> {
        let mut name = self.path.clone().into_os_string();
        name.push(".torn");
        let kept_in = PathBuf::from(name);
        let mut kept = open_private(&kept_in)?;
        kept.seek(SeekFrom::End(0))?;
        kept.write_all(line)?;
        kept.write_all(b"\n")?;
        kept.sync_all()?;
        sync_folder(&kept_in);
        self.file.set_len(self.end)?;
        self.file.sync_all()?;
        self.torn = Some(Torn { line: number, bytes: line.len(), kept_in });
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.file.seek(SeekFrom::Start(self.end)).and_then(|_| self.file.write_all(bytes));
        match written.and_then(|()| self.file.sync_all()) {
            Ok(()) => {
                self.end = self.end.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                Ok(())
            }
            Err(error) => {
                let undone = self.file.set_len(self.end).and_then(|()| self.file.sync_all());
                self.broken = undone.is_err();
                Err(error)
            }
        }
    }

    /// The number of the line that comes next.
    fn line_number(&self) -> usize {
        self.history.records().len().saturating_add(1)
    }

    fn failed(&self, source: io::Error) -> RecordFileError {
        RecordFileError::Io { path: self.path.clone(), source }
    }
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

/// Whether it is what a record begins with: what is anything else was not torn from a record, and stays where it is.
fn begins_a_record(line: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"{\"version\":1,";
    line.starts_with(BEGINNING) || BEGINNING.starts_with(line)
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the name of a new file outlast a power cut, where the file system can.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
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
        line: usize,
        /// Why.
        source: RecordError,
    },
    /// A serial is on record twice.
    #[error("{path}, line {line}")]
    Twice {
        /// The file.
        path: PathBuf,
        /// The second line, from 1.
        line: usize,
        /// Which serial.
        source: HistoryError,
    },
}
