use std::io;
use std::path::PathBuf;
use std::time::Duration;

use keyward_core::Serial;
use serde_json::error::Category;

/// Why a record file can't be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFileError {
    /// An error of the operating system.
    #[error(
        "the record {path} can't be read or written, and nothing is issued without it: check its permissions and the free space"
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// A link, a file with a second name, a device or a pipe: nothing is written to it.
    #[error("the record was not opened, and nothing is issued without it")]
    Trap {
        /// The fault, with the path.
        source: io::Error,
    },
    /// Another process has held the lock for too long.
    #[error(
        "another process has had the record {path} locked for {} seconds: end it, or wait for it, and run the same \
         command again",
        waited.as_secs()
    )]
    Busy {
        /// The file.
        path: PathBuf,
        /// The time that was waited.
        waited: Duration,
    },
    /// A file that has been removed or replaced since it was opened: what is appended would be in no record.
    #[error(
        "the record {path} was removed or replaced while it was in use, so nothing was issued: run the same command again"
    )]
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// A line that is not a record.
    #[error("{path}, line {line}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The fault of the line.
        source: RecordError,
    },
    /// A serial that is on record twice.
    #[error(
        "{path}, line {line}: license {serial} is on an earlier line too: restore the record, in which each serial is once"
    )]
    DuplicateSerial {
        /// The file.
        path: PathBuf,
        /// The second line, from 1.
        line: u64,
        /// The serial.
        serial: Serial,
    },
    /// A line that has changed since it was first read.
    #[error(
        "the record {path} was changed at line {line} while it was in use: restore the line, and run the same command again"
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
}

/// Why a line is not an issue record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Not the JSON of a record. The message does not repeat the text, which may contain a license key.
    #[error("this is not an issue record: {fault} at column {column}")]
    Json {
        /// The fault.
        fault: JsonFault,
        /// The column, from 1.
        column: usize,
    },
    /// Not UTF-8.
    #[error("this is not an issue record: it is not UTF-8")]
    NotUtf8,
    /// An unknown version.
    #[error("the record has version {found}, and this program reads version 1: use a newer program")]
    Version {
        /// The version.
        found: u32,
    },
    /// A value of the wrong form.
    #[error("the field {field} can't be read: the record was changed after it was written; restore it")]
    InvalidField {
        /// The field.
        field: &'static str,
    },
    /// A value that contradicts the license key.
    #[error("the field {field} contradicts the license key: the record was changed after it was written; restore it")]
    Contradicts {
        /// The field.
        field: &'static str,
    },
}

/// A fault in the JSON of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonFault {
    /// Not JSON.
    #[error("invalid JSON")]
    Syntax,
    /// A name or a value that no record has.
    #[error("an unknown name or value")]
    Data,
    /// The line is incomplete.
    #[error("the line ends too early")]
    Unfinished,
}

impl From<serde_json::Error> for RecordError {
    fn from(error: serde_json::Error) -> RecordError {
        let fault = match error.classify() {
            Category::Eof => JsonFault::Unfinished,
            Category::Data => JsonFault::Data,
            Category::Syntax | Category::Io => JsonFault::Syntax,
        };
        RecordError::Json { fault, column: error.column() }
    }
}
