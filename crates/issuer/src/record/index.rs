use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::lookup::Lookup;
use super::table::{Covered, Table};

/// Where in a record what is looked up begins, so that no record is too long to go on with.
///
/// The last few thousand records are held in memory, and read anew whenever the record is opened. Those before are in
/// `FILE.index` beside the record, once there are so many. It can be removed at any time, and is made again.
#[derive(Debug)]
pub(super) struct Index {
    path: PathBuf,
    table: Option<Table>,
    tail: HashMap<Lookup, u64>,
    lines_in_tail: u64,
}

impl Index {
    /// As many lines as are read anew in a moment.
    const MOST_LINES_IN_TAIL: u64 = 4096;

    /// What there is beside the record, if it is of this record.
    pub(super) fn open(record_path: &Path, record: &mut File) -> io::Result<Index> {
        let mut name = record_path.to_owned().into_os_string();
        name.push(".index");
        let path = PathBuf::from(name);
        let table = match Table::open(&path) {
            Some(table) if is_of(table.covered(), record)? => Some(table),
            _ => None,
        };
        Ok(Index { path, table, tail: HashMap::new(), lines_in_tail: 0 })
    }

    /// How much of the record is in the table: from there on it is to be read.
    pub(super) fn covered(&self) -> Covered {
        self.table.as_ref().map(Table::covered).unwrap_or_default()
    }

    /// Where the line that is looked up begins.
    pub(super) fn find(&mut self, lookup: Lookup) -> io::Result<Option<u64>> {
        match (self.tail.get(&lookup), &mut self.table) {
            (Some(place), _) => Ok(Some(*place)),
            (None, Some(table)) => table.find(lookup),
            (None, None) => Ok(None),
        }
    }

    /// One more line, which begins there.
    pub(super) fn add(&mut self, lookups: Vec<Lookup>, place: u64) {
        self.tail.extend(lookups.into_iter().map(|lookup| (lookup, place)));
        self.lines_in_tail = self.lines_in_tail.saturating_add(1);
    }

    /// Whether there is much in memory.
    pub(super) const fn is_to_settle(&self) -> bool {
        self.lines_in_tail >= Index::MOST_LINES_IN_TAIL
    }

    /// Moves what is in memory to the table, when there is much of it. The record ends there, after so many lines.
    pub(super) fn settle(&mut self, record: &mut File, end: u64, lines: u64) -> io::Result<()> {
        if !self.is_to_settle() {
            return Ok(());
        }
        let mut entries: Vec<(Lookup, u64)> = self.tail.iter().map(|(lookup, place)| (*lookup, *place)).collect();
        entries.sort_unstable();
        let covered = Covered { bytes: end, lines, last: last_of(record, end)? };
        let table = match &mut self.table {
            Some(table) => table,
            none => none.insert(Table::create(&self.path, 0)?),
        };
        table.add(&entries, covered)?;
        self.tail.clear();
        self.lines_in_tail = 0;
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// What is not finished is made again when the record is opened next: that it can't be is no reason to report a failure.
impl Drop for Index {
    fn drop(&mut self) {
        let _ = self.table.as_mut().map(Table::finish);
    }
}

/// Whether the record begins with what is covered.
fn is_of(covered: Covered, record: &mut File) -> io::Result<bool> {
    Ok(covered.bytes <= record.metadata()?.len() && last_of(record, covered.bytes)? == covered.last)
}

/// A digest of the last bytes before the end: of a line with a serial, a signature and a time.
fn last_of(record: &mut File, end: u64) -> io::Result<[u8; 16]> {
    const BYTES: u64 = 4096;
    let from = end.saturating_sub(BYTES);
    record.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    record.take(end.saturating_sub(from)).read_to_end(&mut bytes)?;
    let mut last = [0; 16];
    last.iter_mut().zip(Sha256::digest(&bytes)).for_each(|(byte, hashed)| *byte = hashed);
    Ok(last)
}
