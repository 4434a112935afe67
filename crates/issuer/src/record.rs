//! Issue records: what was issued, one JSON object a license, so that nothing is issued unrecorded.
//!
//! [`RecordFile`] holds the lock of a record, reads what is in it, and appends; [`Unreleased`] is a signed license whose
//! key can be had once it is recorded. [`IssueRecord`] is one line, [`History`] all of them.

mod file;
mod history;
mod index;
mod line;
mod lookup;
mod relevant;
mod table;

pub use file::{RecordFile, RecordFileError, Torn};
pub use history::{History, HistoryError};
pub use line::{JsonFault, RecordError};
pub(crate) use lookup::{Lookup, Place};
pub(crate) use relevant::Relevant;
pub use relevant::Undecided;

use std::fmt;

use chrono::{DateTime, Utc};
use keyward_core::{Claims, KeyId, LicenseKey, Quantity, Serial, Term};
use keyward_verifier::LicenseDigest;
use serde::{Deserialize, Serialize};

use crate::policy::{Approval, Placed, Subscription};

/// What was issued: the license, and all that is known of why.
///
/// Written with [`IssueRecord::to_line`], read with [`IssueRecord::from_line`].
#[derive(Debug, Clone, PartialEq)]
pub struct IssueRecord {
    key: LicenseKey,
    claims: Claims,
    key_id: KeyId,
    issued_at: DateTime<Utc>,
    issued_by: String,
    details: Details,
}

/// What the record says beside the license.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Details {
    pub(crate) action: Action,
    pub(crate) names: Names,
    pub(crate) offer: Option<String>,
    pub(crate) term: Option<Term>,
    pub(crate) activations: Option<Quantity>,
    pub(crate) replaces: Option<Serial>,
    pub(crate) bridges: Option<Serial>,
    pub(crate) approval: Option<Approval>,
    pub(crate) reason: Option<String>,
    pub(crate) ticket: Option<String>,
    pub(crate) customer: Option<String>,
    pub(crate) subscription: Option<Subscription>,
    pub(crate) placed: Option<Placed>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A new license.
    Issue,
    /// A license once more, with what differs.
    Reissue,
    /// The term after that of another.
    Renewal,
}

/// What the claims were called in the catalogue on the day of issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// The product.
    pub product: String,
    /// The edition.
    pub edition: String,
    /// The features, by bit.
    #[serde(default)]
    pub features: Vec<String>,
    /// The limits with their values, by id.
    #[serde(default)]
    pub limits: Vec<(String, u64)>,
}

impl IssueRecord {
    pub(crate) const fn new(
        key: LicenseKey,
        claims: Claims,
        key_id: KeyId,
        issued_at: DateTime<Utc>,
        issued_by: String,
        details: Details,
    ) -> IssueRecord {
        IssueRecord { key, claims, key_id, issued_at, issued_by, details }
    }

    /// The license key.
    pub const fn key(&self) -> &LicenseKey {
        &self.key
    }

    /// What it says.
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

    /// The key that signed it.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// When.
    pub const fn issued_at(&self) -> DateTime<Utc> {
        self.issued_at
    }

    /// By whom.
    pub fn issued_by(&self) -> &str {
        &self.issued_by
    }

    /// What was done.
    pub const fn action(&self) -> Action {
        self.details.action
    }

    /// What the claims were called on the day.
    pub const fn names(&self) -> &Names {
        &self.details.names
    }

    /// The code of the offer with which it, or the license it follows, was ordered.
    pub fn offer(&self) -> Option<&str> {
        self.details.offer.as_deref()
    }

    /// How long it was ordered to last, where that was ordered as a term.
    pub const fn term(&self) -> Option<Term> {
        self.details.term
    }

    /// On how many machines it may be activated, where that was said.
    pub const fn activations(&self) -> Option<Quantity> {
        self.details.activations
    }

    /// Of a reissue the license it replaces, of a renewal the one whose term it follows.
    pub const fn replaces(&self) -> Option<Serial> {
        self.details.replaces
    }

    /// Of a stopgap, the paid license it bridges, where that is known.
    pub const fn bridges(&self) -> Option<Serial> {
        self.details.bridges
    }

    /// Who approved what the rules allow only so.
    pub const fn approval(&self) -> Option<&Approval> {
        self.details.approval.as_ref()
    }

    /// Why it was issued.
    pub fn reason(&self) -> Option<&str> {
        self.details.reason.as_deref()
    }

    /// Where it was asked for.
    pub fn ticket(&self) -> Option<&str> {
        self.details.ticket.as_deref()
    }

    /// Who it was sold to, as the vendor's books name them.
    pub fn customer(&self) -> Option<&str> {
        self.details.customer.as_deref()
    }

    /// Which order made it, where orders have ids.
    pub const fn order(&self) -> Option<&Placed> {
        self.details.placed.as_ref()
    }

    pub(crate) fn lookups(&self) -> Vec<Lookup> {
        Lookup::all_of(&self.claims, &self.details)
    }

    /// What pays for it.
    pub const fn subscription(&self) -> Option<&Subscription> {
        self.details.subscription.as_ref()
    }
}

/// A signed license whose key is not to be had yet, so that nothing is issued unrecorded by accident.
#[derive(Debug)]
pub struct Unreleased {
    /// Its line is written where it is signed, which may be on another core than where it is recorded.
    signed: Box<Recorded>,
    unwritable: Option<RecordError>,
    lookups: Vec<Lookup>,
}

impl Unreleased {
    pub(crate) fn new(record: IssueRecord, lookups: Vec<Lookup>) -> Unreleased {
        let (line, unwritable) = match record.to_line() {
            Ok(line) => (line, None),
            Err(error) => (String::new(), Some(error)),
        };
        Unreleased { signed: Box::new(Recorded { record, line }), unwritable, lookups }
    }

    /// Records it, and releases the key once the record is on disk. [`RecordFile::append`] takes many at once.
    ///
    /// # Errors
    ///
    /// As [`RecordFile::append`]; there is no key then.
    pub fn record(self, file: &mut RecordFile) -> Result<IssueRecord, RecordFileError> {
        let record = self.signed.record.clone();
        file.append(vec![self]).map(|_| record)
    }

    /// Releases the key without a record, or for a record that is kept elsewhere.
    pub fn unrecorded(self) -> IssueRecord {
        self.signed.record
    }
}

/// A license that is on record, on disk.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Recorded {
    /// What the record says of it.
    pub record: IssueRecord,
    /// The line that it is, without the line break. It has the key in it.
    pub line: String,
}

/// Without the line: what is shown for debugging ends in logs.
impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded").field("record", &self.record).finish_non_exhaustive()
    }
}
