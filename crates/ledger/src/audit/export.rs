//! Exports of an audit log: files with one entry a line, which are verified without a database.

use std::io::{BufRead, Read};

use keyward_issuer::terminal_safe_json;
use keyward_verifier::files::{LicenseFile, PayloadError};
use serde_json::{Value, json};

use super::tree::LeafHash;

/// The longest line of an export, with its line break: an entry has a complete row, whose texts are all bounded.
const MAX_LINE_BYTES: u64 = 16 << 20;

/// One line of an export: a JSON object with the `entry`, and with its `personal` fields beside it.
///
/// ```
/// use keyward_ledger::audit::{ExportReader, ExportedEntry, LeafHash};
///
/// let first = ExportedEntry { entry: "the first entry".to_owned(), personal: serde_json::Value::Null };
/// assert_eq!(first.to_line(), r#"{"entry":"the first entry","personal":null}"#);
/// assert_eq!(first.leaf(), LeafHash::of(b"the first entry"));
///
/// let export = format!("{}\n", first.to_line());
/// let entries: Vec<_> = ExportReader::new(export.as_bytes()).collect::<Result<_, _>>()?;
/// assert_eq!(entries, [first]);
/// # Ok::<(), keyward_ledger::audit::ExportError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedEntry {
    /// The canonical text of the entry: its bytes in UTF-8 are the leaf.
    pub entry: String,
    /// The personal fields, to which the entry has commitments; null if there are none, or if they were erased.
    pub personal: Value,
}

impl ExportedEntry {
    /// Reads a line.
    ///
    /// # Errors
    ///
    /// JSON of another form, also if a name is twice in an object.
    pub fn from_line(line: &str) -> Result<ExportedEntry, ExportLineError> {
        // Reads a JSON object as strictly as the contents of a signed file.
        let mut fields = LicenseFile::metadata_from_json(line).map_err(ExportLineError::Json)?;
        let Some(Value::String(entry)) = fields.remove("entry") else {
            return Err(ExportLineError::NoEntry);
        };
        let personal = fields.remove("personal").unwrap_or_default();
        match fields.keys().next() {
            Some(_) => Err(ExportLineError::UnknownField),
            None => Ok(ExportedEntry { entry, personal }),
        }
    }

    /// The line, without a line break.
    pub fn to_line(&self) -> String {
        terminal_safe_json(json!({ "entry": self.entry, "personal": self.personal }).to_string())
    }

    /// The leaf hash of the entry.
    pub fn leaf(&self) -> LeafHash {
        LeafHash::of(self.entry.as_bytes())
    }
}

/// Reads an export line by line, in little memory. The first error is the last item.
#[derive(Debug)]
pub struct ExportReader<R> {
    /// `None` after an error and at the end.
    export: Option<R>,
    line: u64,
}

impl<R: BufRead> ExportReader<R> {
    /// Reads the lines of this export.
    pub const fn new(export: R) -> ExportReader<R> {
        ExportReader { export: Some(export), line: 0 }
    }

    fn next_line(&mut self) -> Result<Option<ExportedEntry>, ExportLineError> {
        let Some(export) = &mut self.export else { return Ok(None) };
        let mut line = Vec::new();
        export.take(MAX_LINE_BYTES).read_until(b'\n', &mut line).map_err(ExportLineError::Io)?;
        if line.is_empty() {
            return Ok(None);
        }
        if line.pop_if(|last| *last == b'\n').is_none() {
            let is_too_long = u64::try_from(line.len()) == Ok(MAX_LINE_BYTES);
            return Err(if is_too_long { ExportLineError::TooLong } else { ExportLineError::NoLineEnd });
        }
        let line = str::from_utf8(&line).map_err(|_| ExportLineError::NotUtf8)?;
        ExportedEntry::from_line(line).map(Some)
    }
}

impl<R: BufRead> Iterator for ExportReader<R> {
    type Item = Result<ExportedEntry, ExportError>;

    fn next(&mut self) -> Option<Result<ExportedEntry, ExportError>> {
        self.line = self.line.saturating_add(1);
        let next = self.next_line().map_err(|error| ExportError { line: self.line, error }).transpose();
        if !matches!(next, Some(Ok(_))) {
            self.export = None;
        }
        next
    }
}

/// An export that can't be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the export can't be read: {error}")]
pub struct ExportError {
    /// The line, counted from 1.
    pub line: u64,
    /// The fault of the line.
    pub error: ExportLineError,
}

/// The reason why a line of an export can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportLineError {
    /// The file can't be read.
    #[error("{0}")]
    Io(std::io::Error),
    /// The line is longer than any.
    #[error("it is longer than 16 MiB: is this an export of an audit log?")]
    TooLong,
    /// The line has no line break.
    #[error("it has no line break at its end: the file was cut off, export it again")]
    NoLineEnd,
    /// The line is not in UTF-8.
    #[error("it is not in UTF-8: export it again")]
    NotUtf8,
    /// The line is no JSON object.
    #[error("{0}: export it again")]
    Json(PayloadError),
    /// The line has no text `entry`.
    #[error("it has no text `entry`: is this an export of an audit log?")]
    NoEntry,
    /// The line has another field than `entry` and `personal`.
    #[error("it has a field other than `entry` and `personal`: is this the export of a later version?")]
    UnknownField,
}
