//! A last line that a crash left unfinished.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{JsonFault, RecordError};
use crate::write::{open_private, sync_folder_of};

/// An unfinished last line, and the file to which it was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Torn {
    /// The number of the line, from 1.
    pub line: u64,
    /// Its length in bytes.
    pub bytes: usize,
    /// The file at whose end it is kept.
    pub kept_in: PathBuf,
}

impl Torn {
    /// Whether a last line without a line break was torn from a record: it begins as one and is not finished, or ends in
    /// zeros, which a power cut may leave. Any other line stays where it is.
    pub(super) fn is(line: &[u8], error: &RecordError) -> bool {
        const BEGINNING: &[u8] = b"{\"version\":1,";
        let written = line.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
        let zeros = written < line.len();
        let written = line.get(..written).unwrap_or(line);
        let begins = written.starts_with(BEGINNING) || BEGINNING.starts_with(written);
        begins && (zeros || matches!(error, RecordError::Json { fault: JsonFault::Unfinished, .. }))
    }

    /// Moves the line, which is the last one of the record, to the end of `FILE.torn` beside it. It is on disk there before
    /// it is cut off here.
    pub(super) fn keep(number: u64, line: &[u8], record: &File, path: &Path, end: u64) -> io::Result<Torn> {
        let mut name = path.to_owned().into_os_string();
        name.push(".torn");
        let kept_in = PathBuf::from(name);
        let mut kept = open_private(&kept_in)?;
        kept.seek(SeekFrom::End(0))?;
        kept.write_all(line)?;
        kept.write_all(b"\n")?;
        kept.sync_all()?;
        sync_folder_of(&kept_in);
        record.set_len(end)?;
        record.sync_all()?;
        Ok(Torn { line: number, bytes: line.len(), kept_in })
    }
}
