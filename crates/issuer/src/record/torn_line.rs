//! A last line that a crash left incomplete.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use keyward_verifier::files::open_regular;

use super::{JsonFault, RecordError};
use crate::write::{private, sync_folder_of};

/// An incomplete last line, and the file to which it was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TornLine {
    /// The number of the line, from 1.
    pub line: u64,
    /// The length in bytes.
    pub bytes: usize,
    /// The file that has the line at its end.
    pub moved_to: PathBuf,
}

impl TornLine {
    /// Whether a last line without a line break is part of a record: it begins like one and is incomplete, or ends in zeros,
    /// which a power cut may leave.
    pub(super) fn is_torn(line: &[u8], error: &RecordError) -> bool {
        const BEGINNING: &[u8] = b"{\"version\":1,";
        let written = line.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
        let zeros = written < line.len();
        let written = line.get(..written).unwrap_or(line);
        let begins = written.starts_with(BEGINNING) || BEGINNING.starts_with(written);
        begins && (zeros || matches!(error, RecordError::Json { fault: JsonFault::Unfinished, .. }))
    }

    /// The file beside that record to which its incomplete last lines are moved.
    pub fn file_of(record: &Path) -> PathBuf {
        let mut name = record.to_owned().into_os_string();
        name.push(".torn");
        PathBuf::from(name)
    }

    /// Moves the last line of the record to the end of `FILE.torn` beside it. The copy is on disk before the line is cut off.
    pub(super) fn move_away(number: u64, line: &[u8], record: &File, path: &Path, end: u64) -> io::Result<TornLine> {
        let moved_to = TornLine::file_of(path);
        let mut kept = open_regular(private(OpenOptions::new().append(true).create(true)), &moved_to)?;
        kept.write_all(line)?;
        kept.write_all(b"\n")?;
        kept.sync_all()?;
        sync_folder_of(&moved_to);
        record.set_len(end)?;
        record.sync_all()?;
        Ok(TornLine { line: number, bytes: line.len(), moved_to })
    }
}
