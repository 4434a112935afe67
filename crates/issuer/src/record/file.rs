use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use fs4::FileExt;
use keyward_core::Serial;
use keyward_verifier::files::{lock_within, open_regular};

use super::index::{Index, index, number};
use super::{
    AppendError, FoundRecord, IssueRecord, NeededSet, RecordError, RecordFileError, RecordKey, RecordSet, Sealed,
    Storage, Stored, TornLine,
};
use crate::write::{is_at, private, sync_folder_of};

/// A file of issue records, one on each line.
///
/// Several processes may use one file. The lock of the operating system (`flock`, `LockFileEx`) is held while lines are read
/// or appended, and never during a decision or a signature. Lines from other processes are read before each lookup and each
/// append. If records that a decision used have changed since, its append is refused as a conflict.
/// If the file is not at its path any more, replaced by an editor or a restored copy, an append is an error: the record is
/// another one.
///
/// # After a crash
///
/// An append is one write and one `fsync`, and its keys are released after both. So the key of an incomplete last line was
/// never released. Such a *torn* line is first copied to the end of `FILE.torn` beside the record, and then removed from
/// the record. [`RecordFile::torn`] describes it. A complete last line without a line break counts as recorded, and gets
/// its line break. A last line that does not begin like a record is an error, and stays.
///
/// # Long records
///
/// Opening a file reads all lines and keeps an index in memory. Each license takes at most 250 bytes, and about 15 µs. Above a
/// few hundred thousand licenses, use a ledger in a database instead. A line is checked when it is first read, and again
/// whenever a lookup reads it.
pub struct RecordFile {
    file: File,
    path: PathBuf,
    index: Index,
    /// The offset of each record.
    offsets: Vec<u64>,
    /// The offset of the next record.
    end: u64,
    torn: Option<TornLine>,
    recently_appended: Recent,
    recently_read: Recent,
    /// Whether an append failed and could not be undone.
    broken: bool,
}

/// Without the records, since debug output ends in logs.
impl fmt::Debug for RecordFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordFile")
            .field("path", &self.path)
            .field("records", &self.index.len())
            .field("torn", &self.torn)
            .finish_non_exhaustive()
    }
}

impl RecordFile {
    /// The longest time to wait for a record that another process has locked. Reading a long record takes a while.
    pub const MAX_WAIT: Duration = Duration::from_secs(30);

    /// Opens and reads the file. A missing file is created for its owner only (mode 0600 on Unix). Waits while another process
    /// reads or appends, [`RecordFile::MAX_WAIT`] at most.
    ///
    /// # Errors
    ///
    /// - A file that can't be opened, locked or read, or a line that is not an issue record. The file is then unchanged.
    /// - A link to a file, a file with a second name, or anything that is not a file: the folder may belong to another
    ///   user, who has put a trap there. A record is opened by its only name.
    pub fn open(path: &Path) -> Result<RecordFile, RecordFileError> {
        let mut options = OpenOptions::new();
        private(options.read(true).write(true).create(true).truncate(false));
        let file = open_regular(&mut options, path).map_err(|source| match source.kind() {
            io::ErrorKind::InvalidInput => RecordFileError::Trap { source },
            _ => RecordFileError::Io { path: path.to_owned(), source },
        })?;
        let mut opened = RecordFile {
            file,
            path: path.to_owned(),
            index: Index::default(),
            offsets: Vec::new(),
            end: 0,
            torn: None,
            recently_appended: Recent::of_at_most(MAX_APPENDED),
            recently_read: Recent::of_at_most(MAX_READ),
            broken: false,
        };
        opened.locked(|_| Ok(()))?;
        sync_folder_of(&opened.path);
        Ok(opened)
    }

    /// The number of licenses on record.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether no license is on record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The incomplete last line that a crash left, if there was one.
    pub const fn torn(&self) -> Option<&TornLine> {
        self.torn.as_ref()
    }

    /// The record of the license key with that serial.
    ///
    /// # Errors
    ///
    /// A record that can't be read, or has changed since it was first read.
    pub fn find(&mut self, serial: Serial) -> Result<Option<Arc<IssueRecord>>, RecordFileError> {
        let found = Storage::find(self, &[NeededSet::all(RecordSet::ByKey(RecordKey::serial(serial)))])?;
        Ok(found.into_iter().flatten().next().map(|found| found.record))
    }

    /// The records of the license to which the key with that serial belongs, oldest first: the license that was first
    /// issued, its reissues and renewals, and the stopgaps that name it. Empty if the key is not on record.
    ///
    /// # Errors
    ///
    /// The errors of [`find`](RecordFile::find).
    pub fn license(&mut self, serial: Serial) -> Result<Vec<Arc<IssueRecord>>, RecordFileError> {
        let found = Storage::find(self, &[NeededSet::all(RecordSet::License(serial))])?;
        Ok(found.into_iter().flatten().map(|found| found.record).collect())
    }

    /// All records, oldest first.
    ///
    /// # Errors
    ///
    /// The errors of [`RecordFile::open`], for each line.
    pub fn records(&mut self) -> Result<impl Iterator<Item = Result<IssueRecord, RecordFileError>>, RecordFileError> {
        self.catch_up()?;
        let path = &self.path;
        let failed = move |source| RecordFileError::Io { path: path.clone(), source };
        self.file.rewind().map_err(failed)?;
        let lines = BufReader::new((&self.file).take(self.end)).split(b'\n');
        Ok((1..).zip(lines).map(move |(number, line)| {
            let line = line.map_err(failed)?;
            parsed(&line).map_err(|source| RecordFileError::Line { path: path.clone(), line: number, source })
        }))
    }

    /// Reads the lines that other processes have appended.
    fn catch_up(&mut self) -> Result<(), RecordFileError> {
        let length = self.file.metadata().map_err(|source| self.failed(source))?.len();
        if length == self.end { Ok(()) } else { self.locked(|_| Ok(())) }
    }

    /// Holds the lock, reads the lines that other processes have appended, and then does the work.
    fn locked<T, E: From<RecordFileError>>(
        &mut self,
        work: impl FnOnce(&mut RecordFile) -> Result<T, E>,
    ) -> Result<T, E> {
        lock_within(&self.file, RecordFile::MAX_WAIT).map_err(|source| match source.kind() {
            io::ErrorKind::TimedOut => RecordFileError::Busy { path: self.path.clone(), waited: RecordFile::MAX_WAIT },
            _ => self.failed(source),
        })?;
        let done = self.at_its_path().and_then(|()| self.read_new()).map_err(E::from).and_then(|()| work(self));
        // If unlocking fails, the lock ends with the process.
        let unlocked = FileExt::unlock(&self.file).map_err(|source| self.failed(source));
        let done = done?;
        unlocked?;
        Ok(done)
    }

    /// Refuses a file that was removed or replaced: other processes use another one by now.
    fn at_its_path(&self) -> Result<(), RecordFileError> {
        let replaced = || RecordFileError::Replaced { path: self.path.clone() };
        if is_at(&self.path, &self.file) { Ok(()) } else { Err(replaced()) }
    }

    fn read_new(&mut self) -> Result<(), RecordFileError> {
        let before = self.end;
        let length = self.file.metadata().map_err(|source| self.failed(source))?.len();
        if length < self.end {
            return Err(self.changed(number(self.index.len())));
        }
        let mut reader = self.file.try_clone().map(BufReader::new).map_err(|source| self.failed(source))?;
        reader.seek(SeekFrom::Start(self.end)).map_err(|source| self.failed(source))?;
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).map_err(|source| self.failed(source))? > 0 {
            self.read(&line)?;
            line.clear();
        }
        if self.end > before {
            // Another process may have been killed between its write and its `fsync`. Its records count from now on, so they
            // have to be on disk.
            self.file.sync_data().map_err(|source| self.failed(source))?;
        }
        Ok(())
    }

    fn read(&mut self, line: &[u8]) -> Result<(), RecordFileError> {
        let number = line_number(number(self.index.len()));
        let (text, complete) = match line.strip_suffix(b"\n") {
            Some(text) => (text, true),
            None => (line, false),
        };
        match parsed(text) {
            Ok(record) => {
                let serial = record.serial();
                if self.index.has(RecordKey::serial(serial)) {
                    return Err(RecordFileError::DuplicateSerial { path: self.path.clone(), line: number, serial });
                }
                if !complete {
                    let ended = self.end.saturating_add(bytes(text.len()));
                    self.write(ended, b"\n").map_err(|source| self.failed(source))?;
                }
                self.add(&record, &record.keys(), text.len());
                Ok(())
            }
            Err(error) if !complete && TornLine::is_torn(line, &error) => {
                let torn = TornLine::move_away(number, line, &self.file, &self.path, self.end);
                self.torn = Some(torn.map_err(|source| self.failed(source))?);
                Ok(())
            }
            Err(source) => Err(RecordFileError::Line { path: self.path.clone(), line: number, source }),
        }
    }

    /// Writes all of the bytes or nothing.
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let written = self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.write_all(bytes));
        written.and_then(|()| self.file.sync_data()).inspect_err(|_| {
            let undone = self.file.set_len(offset).and_then(|()| self.file.sync_all());
            self.broken = undone.is_err();
        })
    }

    /// Adds the record of the last line.
    fn add(&mut self, record: &IssueRecord, keys: &[RecordKey], length: usize) {
        self.index.add(record, keys);
        self.offsets.push(self.end);
        self.end = self.end.saturating_add(bytes(length)).saturating_add(1);
    }

    /// The record with that number, read again unless it is among the recent ones.
    fn record(&mut self, number: u32) -> Result<RecentRecord, RecordFileError> {
        if let Some(recent) = self.recently_appended.get(number).or_else(|| self.recently_read.get(number)) {
            return Ok(recent);
        }
        let offset = self.offsets.get(index(number)).copied().ok_or_else(|| self.changed(number))?;
        let mut line = Vec::new();
        let read = self.file.seek(SeekFrom::Start(offset)).and_then(|_| {
            // Most lines are shorter, and take one read.
            BufReader::with_capacity(2048, &self.file).read_until(b'\n', &mut line)
        });
        read.map_err(|source| self.failed(source))?;
        let record = parsed(line.strip_suffix(b"\n").unwrap_or(&line)).map_err(|_| self.changed(number))?;
        if self.index.find(NeededSet::all(RecordSet::ByKey(RecordKey::serial(record.serial())))) != [number] {
            return Err(self.changed(number));
        }
        Ok(self.recently_read.add(number, &Arc::new(record), OnceLock::new()))
    }

    fn found(&mut self, needed: NeededSet) -> Result<Vec<FoundRecord>, RecordFileError> {
        let mut found = Vec::new();
        for number in self.index.find(needed) {
            let RecentRecord { record, keys } = self.record(number)?;
            if matches!(needed.set, RecordSet::ByKey(key) if !keys.get_or_init(|| record.keys()).contains(&key)) {
                return Err(self.changed(number));
            }
            found.push(FoundRecord { position: number.into(), record });
        }
        Ok(found)
    }

    fn append_locked(&mut self, records: Vec<Sealed>) -> Result<Vec<Stored>, AppendError<RecordFileError>> {
        if self.broken || records.iter().any(|record| record.line().is_empty()) {
            return Err(self.failed(io::Error::other("an earlier write failed and could not be undone")).into());
        }
        if self.index.conflicts_with(&records) {
            return Err(AppendError::Conflict);
        }
        let text: String = records.iter().flat_map(|record| [record.line(), "\n"]).collect();
        self.write(self.end, text.as_bytes()).map_err(|source| self.failed(source))?;
        if let Err(replaced) = self.at_its_path() {
            // The keys stay here, so the lines go, also from a copy of this name that is used elsewhere.
            self.broken = self.file.set_len(self.end).and_then(|()| self.file.sync_all()).is_err();
            return Err(replaced.into());
        }
        let stored = records.into_iter().map(|sealed| {
            self.recently_appended.add(number(self.index.len()), sealed.record(), sealed.keys().to_vec().into());
            self.add(sealed.record(), sealed.keys(), sealed.line().len());
            sealed.into_stored()
        });
        Ok(stored.collect())
    }

    fn changed(&self, number: u32) -> RecordFileError {
        RecordFileError::Changed { path: self.path.clone(), line: line_number(number) }
    }

    fn failed(&self, source: io::Error) -> RecordFileError {
        RecordFileError::Io { path: self.path.clone(), source }
    }
}

impl Storage for RecordFile {
    type Error = RecordFileError;

    fn find(&mut self, sets: &[NeededSet]) -> Result<Vec<Vec<FoundRecord>>, RecordFileError> {
        self.catch_up()?;
        sets.iter().map(|needed| self.found(*needed)).collect()
    }

    fn append(&mut self, records: Vec<Sealed>) -> Result<Vec<Stored>, AppendError<RecordFileError>> {
        if records.is_empty() { Ok(Vec::new()) } else { self.locked(|file| file.append_locked(records)) }
    }
}

/// The records that were read last, and found to be unchanged. Orders for one customer, or for one license, often follow each
/// other, and each looks up all keys of its license.
struct Recent {
    max: usize,
    records: HashMap<u32, RecentRecord>,
    order: VecDeque<u32>,
}

/// Some 1 MB: the records that were appended last. Orders that follow each other in a batch often follow each other's licenses.
const MAX_APPENDED: usize = 1 << 9;
/// Some 80 MB: the records that were read last. A batch that forgets what its latest decisions have used takes it from here:
/// orders may name long chains in turn.
const MAX_READ: usize = 1 << 15;

/// A record with its keys.
#[derive(Clone)]
struct RecentRecord {
    record: Arc<IssueRecord>,
    /// They take hashes, and are computed once they are needed.
    keys: Arc<OnceLock<Vec<RecordKey>>>,
}

impl Recent {
    fn of_at_most(max: usize) -> Recent {
        Recent { max, records: HashMap::new(), order: VecDeque::new() }
    }

    fn get(&self, number: u32) -> Option<RecentRecord> {
        self.records.get(&number).cloned()
    }

    fn add(&mut self, number: u32, record: &Arc<IssueRecord>, keys: OnceLock<Vec<RecordKey>>) -> RecentRecord {
        if self.order.len() >= self.max {
            let oldest = self.order.pop_front();
            oldest.and_then(|oldest| self.records.remove(&oldest));
        }
        let recent = RecentRecord { record: Arc::clone(record), keys: Arc::new(keys) };
        self.records.insert(number, recent.clone());
        self.order.push_back(number);
        recent
    }
}

fn line_number(number: u32) -> u64 {
    u64::from(number).saturating_add(1)
}

fn bytes(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn parsed(line: &[u8]) -> Result<IssueRecord, RecordError> {
    let text = match std::str::from_utf8(line) {
        Ok(text) => text,
        // A line that was torn within a character is read up to that character.
        Err(error) if error.error_len().is_none() => {
            line.get(..error.valid_up_to()).and_then(|line| std::str::from_utf8(line).ok()).unwrap_or_default()
        }
        Err(_) => return Err(RecordError::NotUtf8),
    };
    IssueRecord::from_line(text)
}
