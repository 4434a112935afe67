//! Issue records: one JSON object for each license.
//!
//! An [`IssueRecord`] is a license with the circumstances of its issue. A [`Storage`] keeps records: a [`RecordFile`] on disk, a
//! [`MemoryRecord`] in memory, or a database. It finds [`RecordSet`]s, and appends [`Sealed`] licenses. A license key is
//! released only when its license is [`Stored`].

// Each module may use those to its left:
//     error ← line ← key ← storage ← index ← memory, torn_line ← file
mod error;
mod file;
mod index;
mod key;
mod line;
mod memory;
mod storage;
mod torn_line;

pub use error::{JsonFault, RecordError, RecordFileError};
pub use file::RecordFile;
pub use key::RecordKey;
pub(crate) use key::{Group, Owner, group_of, owner_keys, record_keys};
pub use memory::MemoryRecord;
pub use storage::{AppendError, FoundRecord, NeededSet, RecordSet, Sealed, SeenSet, Storage, Stored};
pub use torn_line::TornLine;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use keyward_catalog::Names;
use keyward_core::{Claims, KeyId, LicenseKey, Quantity, Serial, Term};
use keyward_verifier::LicenseDigest;
use serde::{Deserialize, Serialize};

use crate::order::{Approval, OrderRef, Subscription};

/// A license and the circumstances of its issue.
///
/// [`IssueRecord::to_line`] writes it, [`IssueRecord::from_line`] reads it.
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
    /// The action of the order.
    pub action: Action,
    /// The catalogue's names of the claims on the day of issue.
    pub names: Names,
    /// The code of the offer that was ordered, or under which the replaced license was sold.
    pub offer: Option<String>,
    /// The term, if the order gave one instead of a last day.
    pub term: Option<Term>,
    /// The activation limit, if the order gave one.
    pub activations: Option<Quantity>,
    /// For a reissue, the license that it replaces; for a renewal, the license whose term it follows; for a locked key, its
    /// license, which stays in force.
    pub replaces: Option<Serial>,
    /// For a stopgap, the paid license that it bridges, if it is known.
    pub bridges: Option<Serial>,
    /// The approval, if the order had one.
    pub approval: Option<Approval>,
    /// The reason for the order.
    pub reason: Option<String>,
    /// The ticket or page with the request.
    pub ticket: Option<String>,
    /// The customer's name in the vendor's books.
    pub customer: Option<String>,
    /// The subscription that pays for it.
    pub subscription: Option<Subscription>,
    /// The id and the digest of the order, if it had an id.
    pub order: Option<OrderRef>,
}

impl IssueDetails {
    /// The earlier license key that this one follows: the replaced one of a reissue or a renewal, the license of a locked key,
    /// the bridged one of a stopgap.
    pub fn follows(&self) -> Option<Serial> {
        self.replaces.or(self.bridges)
    }
}

/// The action of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A new license.
    Issue,
    /// A new key of a license on record, which replaces it.
    Reissue,
    /// A key of a license on record for one machine, beside it.
    Locked,
    /// The next term of a license on record.
    Renewal,
}

impl IssueRecord {
    /// The license key.
    pub const fn key(&self) -> &LicenseKey {
        &self.key
    }

    /// The claims.
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The serial.
    pub const fn serial(&self) -> Serial {
        self.claims.serial()
    }

    /// The license digest, which revocations and allow-lists name.
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

    /// The same record with another name of the customer: for a database in which customers have ids, and are merged.
    #[must_use]
    pub fn with_customer(mut self, customer: Option<String>) -> IssueRecord {
        self.details.customer = customer;
        self
    }

    /// The license of a locked key; `None` for every other.
    pub fn license_of_locked(&self) -> Option<Serial> {
        self.details.replaces.filter(|_| self.details.action == Action::Locked)
    }

    /// The same record with another activation limit: for a database in which it changes without a new key.
    #[must_use]
    pub fn with_activations(mut self, limit: Option<Quantity>) -> IssueRecord {
        self.details.activations = limit;
        self
    }

    /// The same record without its texts about people: the reason, the approval and the name of the subscription. What later
    /// decisions use stays.
    #[must_use]
    pub fn without_personal_texts(mut self) -> IssueRecord {
        self.details.reason = None;
        self.details.approval = None;
        self.details.subscription.iter_mut().for_each(|subscription| subscription.name = None);
        self
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
    /// The line of the record, with the license key in it, without a line break.
    pub line: String,
}

impl Recorded {
    pub(crate) fn new(record: Arc<IssueRecord>) -> Recorded {
        Recorded { line: record.to_line(), record }
    }
}

/// Without the line, since debug output ends in logs.
impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded").field("record", &self.record).finish_non_exhaustive()
    }
}
