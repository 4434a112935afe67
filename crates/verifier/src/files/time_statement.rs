use alloc::vec::Vec;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::files::payload::{SignedBySigningKey, sealed::Sealed};
use crate::files::{FileKind, Payload, PayloadError, Purpose, StateId, wire};

/// What time it was when it was signed: whoever has it knows that it is no earlier now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimeStatement {
    /// The time.
    #[serde(with = "wire::time")]
    pub issued_at: DateTime<Utc>,
    /// What it is for.
    #[serde(flatten)]
    pub purpose: TimePurpose,
}

/// What a statement of the time is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "purpose")]
#[non_exhaustive]
pub enum TimePurpose {
    /// Evidence that it is no earlier.
    Evidence,
    /// The mark may be taken back to then, of this state alone: a clock had run ahead.
    Recovery {
        /// The state, so that nobody else can use it.
        state: StateId,
    },
}

impl TimeStatement {
    /// A statement of that time.
    pub const fn new(issued_at: DateTime<Utc>, purpose: TimePurpose) -> TimeStatement {
        TimeStatement { issued_at, purpose }
    }
}

impl Sealed for TimeStatement {}

impl Payload for TimeStatement {
    const KIND: FileKind = FileKind::TimeStatement;

    fn issued_at(&self) -> DateTime<Utc> {
        self.issued_at
    }

    fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        wire::to_json(self)
    }

    fn from_bytes(bytes: &[u8]) -> Result<TimeStatement, PayloadError> {
        wire::from_json(bytes, &[("", &["issued_at", "purpose", "state"])])
    }
}

impl SignedBySigningKey for TimeStatement {
    const PURPOSE: Purpose = Purpose::Time;
}
