//! Issue records: one JSON object for each license, so that nothing is issued unrecorded.
//!
//! [`IssueRecord`] is one license with the circumstances of its issue. A [`Storage`] keeps records: a [`RecordFile`] on disk,
//! a [`MemoryRecord`] in memory, a database elsewhere. It is asked for [`RecordSet`]s and takes [`Sealed`] licenses, whose
//! keys leave once they are [`Stored`].

// Each module may use those to its left:
//     error ← line ← key ← storage ← index ← memory, torn ← file
mod error;
mod file;
mod index;
mod key;
mod line;
mod memory;
mod storage;
mod torn;

pub use error::{JsonFault, RecordError, RecordFileError};
pub use file::RecordFile;
pub use key::RecordKey;
pub(crate) use key::{Group, Owner, record_keys};
pub use memory::MemoryRecord;
pub use storage::{AppendError, Found, RecordSet, Sealed, Seen, Storage, Stored};
pub use torn::Torn;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use keyward_catalog::Names;
use keyward_core::{Claims, KeyId, LicenseKey, Quantity, Serial, Term};
use keyward_verifier::LicenseDigest;
use serde::{Deserialize, Serialize};

use crate::order::{Approval, OrderRef, Subscription};

/// A license that was issued, and the circumstances of its issue.
///
/// Written with [`IssueRecord::to_line`], read with [`IssueRecord::from_line`].
#[derive(Debug, Clone, PartialEq)]
pub struct IssueRecord {
    pub(crate) key: LicenseKey,
    pub(crate) claims: Claims,
    pub(crate) key_id: KeyId,
    pub(crate) issued_at: DateTime<Utc>,
    pub(crate) issued_by: String,
    pub(crate) details: IssueDetails,
}

/// The circumstances of an issue.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IssueDetails {
    /// Whether the order was for a new license, a reissue or a renewal.
    pub action: Action,
    /// The catalogue's names of the claims on the day of issue.
    pub names: Names,
    /// The code of the offer that was ordered, or under which the replaced license was sold.
    pub offer: Option<String>,
    /// The term, where the order gave one instead of a last day.
    pub term: Option<Term>,
    /// The activation limit, where the order gave one.
    pub activations: Option<Quantity>,
    /// Of a reissue, the license that it replaces; of a renewal, the license whose term it follows.
    pub replaces: Option<Serial>,
    /// Of a stopgap, the paid license that it bridges, where that is known.
    pub bridges: Option<Serial>,
    /// The approval, where a rule needed one.
    pub approval: Option<Approval>,
    /// The reason for issuing it.
    pub reason: Option<String>,
    /// The ticket or page with the request.
    pub ticket: Option<String>,
    /// The customer, as the vendor's books name them.
    pub customer: Option<String>,
    /// The subscription that pays for it.
    pub subscription: Option<Subscription>,
    /// The order that made it, where it had an id.
    pub order: Option<OrderRef>,
}

impl IssueDetails {
    /// The earlier license key that this one follows: the replaced one of a reissue or a renewal, the bridged one of a
    /// stopgap.
    pub fn follows(&self) -> Option<Serial> {
        self.replaces.or(self.bridges)
    }
}

/// What an order did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A new license.
    Issue,
    /// A license once more, with other terms.
    Reissue,
    /// The term after that of another.
    Renewal,
}

impl IssueRecord {
    /// The license key.
    pub const fn key(&self) -> &LicenseKey {
        &self.key
    }

    /// Its claims.
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Its serial.
    pub const fn serial(&self) -> Serial {
        self.claims.serial()
    }

    /// Its digest, which revocations and allow-lists name.
    pub fn digest(&self) -> LicenseDigest {
        LicenseDigest::of(&self.key)
    }

    /// The id of the signing key.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The time of issue, in whole seconds.
    pub const fn issued_at(&self) -> DateTime<Utc> {
        self.issued_at
    }

    /// The name of the person or program that issued it.
    pub fn issued_by(&self) -> &str {
        &self.issued_by
    }

    /// The circumstances of its issue.
    pub const fn details(&self) -> &IssueDetails {
        &self.details
    }

    /// The keys under which the record is found.
    pub fn keys(&self) -> Vec<RecordKey> {
        record_keys(&self.claims, &self.details)
    }
}

/// A license that is on record, released to its buyer.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Recorded {
    /// The record, with the license key in it.
    pub record: Arc<IssueRecord>,
    /// Its line, without the line break, with the license key in it.
    pub line: String,
}

impl Recorded {
    pub(crate) fn new(record: Arc<IssueRecord>) -> Recorded {
        Recorded { line: record.to_line(), record }
    }
}

/// Without the line: what is shown for debugging ends in logs.
impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded").field("record", &self.record).finish_non_exhaustive()
    }
}
