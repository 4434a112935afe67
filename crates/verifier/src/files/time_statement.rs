use alloc::vec::Vec;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::files::payload::sealed::Sealed;
use crate::files::signing_key_payload::SigningKeyPayload;
use crate::files::{FileKind, Payload, PayloadError, Purpose, StateId, wire};

/// A statement of the time at which it was signed: proof that the present time is no earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimeStatement {
    /// The time.
    #[serde(with = "wire::time")]
    pub issued_at: DateTime<Utc>,
    /// Its purpose.
    #[serde(flatten)]
    pub purpose: TimePurpose,
}

/// The purpose of a statement of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "purpose")]
#[non_exhaustive]
pub enum TimePurpose {
    /// Evidence that the time is no earlier.
    Evidence,
    /// A recovery: the mark of one state is taken back to that time, after a clock ran ahead.
    Recovery {
        /// The state, so that no other can use the statement.
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

impl SigningKeyPayload for TimeStatement {
    const PURPOSES: &[Purpose] = &[Purpose::Time];
}
