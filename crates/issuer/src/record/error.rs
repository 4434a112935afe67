use std::io;
use std::path::PathBuf;

use keyward_core::Serial;
use serde_json::error::Category;

/// Why a record file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFileError {
    /// The operating system refused.
    #[error("the record {path} can't be kept, and nothing is issued without: see that it can be written and has room")]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// A device or a pipe, which keeps nothing.
    #[error("{path} is no file in which a record could be kept: name another")]
    NotAFile {
        /// The path.
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
    #[error("{path}, line {line}: license {serial} is on record already, and each serial is issued once")]
    Twice {
        /// The file.
        path: PathBuf,
        /// The second line, from 1.
        line: u64,
        /// The serial.
        serial: Serial,
    },
    /// A line is another one than it was when it was first read.
    #[error(
        "the record {path} was changed in the middle while it was in use, at line {line}: put back the line that was \
         there, and run the same command again"
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
}

/// Why a line is no issue record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Not the JSON of a record. The message does not repeat the text: it may be a license key, or part of one.
    #[error("this is no issue record: {fault} at column {column}")]
    Json {
        /// The kind of fault.
        fault: JsonFault,
        /// Where it was found, from 1.
        column: usize,
    },
    /// Not UTF-8.
    #[error("this is no issue record: it is not UTF-8")]
    NotUtf8,
    /// Of a version that is not known here.
    #[error("the record is of version {found}, and version 1 is read here: use a newer version")]
    Version {
        /// The version.
        found: u32,
    },
    /// A value of the wrong form.
    #[error("{name} can't be read: the record was changed after it was written")]
    Field {
        /// Its name.
        name: &'static str,
    },
    /// A value that the key contradicts.
    #[error("{name} is not what the key says: the record was changed after it was written")]
    Contradicts {
        /// Its name.
        name: &'static str,
    },
}

/// What is wrong with the JSON of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonFault {
    /// Not JSON.
    #[error("the JSON has a mistake")]
    Syntax,
    /// JSON with a name or a value that no record has.
    #[error("a name or a value is none that a record has")]
    Data,
    /// It stops before it is whole.
    #[error("it ends too early")]
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
