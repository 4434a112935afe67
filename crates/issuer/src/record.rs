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
pub(crate) use key::{Scope, record_keys};
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
    key: LicenseKey,
    claims: Claims,
    key_id: KeyId,
    issued_at: DateTime<Utc>,
    issued_by: String,
    details: Details,
}

/// The circumstances of an issue.
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
    pub(crate) order: Option<OrderRef>,
}

impl Details {
    pub(crate) fn follows(&self) -> Option<Serial> {
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

    /// What the order did.
    pub const fn action(&self) -> Action {
        self.details.action
    }

    /// The catalogue's names of the claims on the day of issue.
    pub const fn names(&self) -> &Names {
        &self.details.names
    }

    /// The code of the offer by which it was ordered, or the license that it follows.
    pub fn offer(&self) -> Option<&str> {
        self.details.offer.as_deref()
    }

    /// The term, where the order gave one instead of a last day.
    pub const fn term(&self) -> Option<Term> {
        self.details.term
    }

    /// The activation limit, where the order gave one.
    pub const fn activations(&self) -> Option<Quantity> {
        self.details.activations
    }

    /// Of a reissue, the license that it replaces; of a renewal, the license whose term it follows.
    pub const fn replaces(&self) -> Option<Serial> {
        self.details.replaces
    }

    /// Of a stopgap, the paid license that it bridges, where that is known.
    pub const fn bridges(&self) -> Option<Serial> {
        self.details.bridges
    }

    /// The approval, where a rule needed one.
    pub const fn approval(&self) -> Option<&Approval> {
        self.details.approval.as_ref()
    }

    /// The reason for issuing it.
    pub fn reason(&self) -> Option<&str> {
        self.details.reason.as_deref()
    }

    /// The ticket or page with the request.
    pub fn ticket(&self) -> Option<&str> {
        self.details.ticket.as_deref()
    }

    /// The customer, as the vendor's books name them.
    pub fn customer(&self) -> Option<&str> {
        self.details.customer.as_deref()
    }

    /// The order that made it, where it had an id.
    pub const fn order(&self) -> Option<&OrderRef> {
        self.details.order.as_ref()
    }

    /// The keys under which the record is found.
    pub fn keys(&self) -> Vec<RecordKey> {
        record_keys(&self.claims, &self.details)
    }

    /// The earlier key that this one follows: a reissue or a renewal the one it replaces, a stopgap the one it bridges.
    pub fn follows(&self) -> Option<Serial> {
        self.details.follows()
    }

    /// The subscription that pays for it.
    pub const fn subscription(&self) -> Option<&Subscription> {
        self.details.subscription.as_ref()
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

/// Without the line: what is shown for debugging ends in logs.
impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded").field("record", &self.record).finish_non_exhaustive()
    }
}
