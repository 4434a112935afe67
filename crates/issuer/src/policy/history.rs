use std::collections::HashMap;
use std::sync::Arc;

use keyward_core::{Day, Kind, Serial};

use super::Refusal;
use crate::record::{Action, Found, IssueRecord, Scope};

/// The earlier licenses that a decision is based on, the oldest first.
///
/// The policy's rules about earlier licenses are here, and nowhere else. Empty where nothing is on record.
#[derive(Debug, Clone, Default)]
pub struct History {
    records: Vec<Arc<IssueRecord>>,
    /// By serial, the index of the record.
    indexes: HashMap<Serial, usize>,
    /// Of each record, the index of the license that was first issued and then, perhaps several times, reissued as this one.
    originals: Vec<usize>,
}

impl History {
    /// The history that these records are. Their positions give their order; a record that was found twice counts once.
    pub fn new(found: impl IntoIterator<Item = Found>) -> History {
        let mut found: Vec<Found> = found.into_iter().collect();
        found.sort_unstable_by_key(|found| found.position);
        found.dedup_by_key(|found| found.position);
        let mut history = History::default();
        found.into_iter().for_each(|found| history.push(found.record));
        history
    }

    /// One more record. A serial that is there already adds nothing: each serial is issued once.
    pub fn push(&mut self, record: impl Into<Arc<IssueRecord>>) {
        let record = record.into();
        let index = self.records.len();
        if self.indexes.contains_key(&record.serial()) {
            return;
        }
        // Only backward: a record that was tampered with may go round in circles.
        let replaced = record.details.replaces.filter(|_| record.details.action == Action::Reissue);
        let original = replaced.and_then(|serial| self.original(serial)).unwrap_or(index);
        self.indexes.insert(record.serial(), index);
        self.originals.push(original);
        self.records.push(record);
    }

    /// The records, the oldest first.
    pub fn records(&self) -> &[Arc<IssueRecord>] {
        &self.records
    }

    /// The record of the license key with that serial.
    pub fn find(&self, serial: Serial) -> Option<&Arc<IssueRecord>> {
        self.records.get(*self.indexes.get(&serial)?)
    }

    /// The record of the license that the order with that id made.
    pub(crate) fn find_order(&self, id: &str) -> Option<&Arc<IssueRecord>> {
        self.records.iter().find(|record| record.details.order.as_ref().is_some_and(|order| order.id == id))
    }

    /// The record of that license, if no reissue took its place.
    pub(crate) fn unreplaced(&self, serial: Serial) -> Result<&IssueRecord, Refusal> {
        let record = self.find(serial).ok_or(Refusal::NotOnRecord { serial })?;
        match self.latest_reissue(serial) {
            by if by == serial => Ok(record),
            by => Err(Refusal::Replaced { serial, by }),
        }
    }

    /// The last of the reissues that began with that license, or itself. A license is on record before what replaces
    /// it, so that looking onward ends.
    pub(crate) fn latest_reissue(&self, serial: Serial) -> Serial {
        let mut latest = serial;
        let start = self.indexes.get(&serial).copied().unwrap_or_default();
        for record in self.records.iter().skip(start) {
            if record.details.action == Action::Reissue && record.details.replaces == Some(latest) {
                latest = record.serial();
            }
        }
        latest
    }

    /// The index of the license that was first issued and then, perhaps several times, reissued as this one.
    fn original(&self, serial: Serial) -> Option<usize> {
        self.originals.get(*self.indexes.get(&serial)?).copied()
    }

    fn with_originals(&self) -> impl DoubleEndedIterator<Item = (&Arc<IssueRecord>, usize)> {
        self.records.iter().zip(self.originals.iter().copied())
    }

    /// Whether that license, or the one it is a reissue of, is a renewal.
    pub(crate) fn is_renewal(&self, serial: Serial) -> bool {
        let original = self.original(serial).and_then(|original| self.records.get(original));
        original.is_some_and(|record| record.details.action == Action::Renewal)
    }

    /// The earliest first day and the latest last day of a license and all its reissues, if it is on record.
    pub(crate) fn days_of_all(&self, serial: Serial) -> Option<(Day, Day)> {
        let original = self.original(serial)?;
        let same = || self.with_originals().filter(|(_, other)| *other == original).map(|(record, _)| record.claims());
        let first = same().map(|claims| claims.valid_from()).min()?;
        let last = same().map(|claims| claims.valid_through().unwrap_or(Day::LAST)).max()?;
        Some((first, last))
    }

    /// The renewal of that license, or of any that it is a reissue of.
    pub(crate) fn renewal_of(&self, serial: Serial) -> Option<&IssueRecord> {
        let original = self.original(serial)?;
        let mut renewals = self.records.iter().filter(|record| record.details.action == Action::Renewal);
        renewals
            .find(|renewal| renewal.details.replaces.and_then(|replaced| self.original(replaced)) == Some(original))
            .map(Arc::as_ref)
    }

    /// The paid license that a stopgap of this scope would bridge: the owner's last one with an end in the same scope.
    pub(crate) fn latest_paid(&self, stopgap: &Scope) -> Option<&IssueRecord> {
        let is_paid = |record: &&Arc<IssueRecord>| {
            record.claims().kind() == Kind::Standard
                && record.claims().valid_through().is_some()
                && is_same_owner(&Scope::of_record(record), stopgap)
        };
        self.records.iter().rev().find(is_paid).map(Arc::as_ref)
    }

    /// The latest stopgap that bridges the same paid license. Where the bridged license is unknown: the owner's latest stopgap
    /// in the same scope that bridges an unknown license too; stopgaps without customer and licensee count as one owner's. A
    /// stopgap that is being replaced does not count.
    pub(crate) fn stopgap(
        &self,
        bridged: Option<Serial>,
        stopgap: &Scope,
        replaced: Option<Serial>,
    ) -> Option<&IssueRecord> {
        let original = |serial: Serial| self.original(serial);
        let (bridges, replaced) = (bridged.and_then(original), replaced.and_then(original));
        let is_same = |record: &IssueRecord| match (bridged, record.details.bridges) {
            (Some(_), Some(other)) => bridges.is_some() && original(other) == bridges,
            (None, None) => {
                let other = Scope::of_record(record);
                is_same_owner(&other, stopgap) || is_unnamed(&other, stopgap)
            }
            _ => false,
        };
        let mut stopgaps = self.with_originals().rev().filter(|(record, _)| record.claims().kind() == Kind::Stopgap);
        stopgaps
            .find(|(record, original)| Some(*original) != replaced && is_same(record))
            .map(|(record, _)| record.as_ref())
    }
}

/// Whether both scopes are of the same owner, for the same product, environment and machine. Where one names no customer,
/// the licensees are compared; without both, owners are unknown.
fn is_same_owner(one: &Scope, other: &Scope) -> bool {
    let same_owner = match (&one.customer, &other.customer) {
        (Some(customer), Some(other)) => customer == other,
        _ => one.licensee.is_some() && one.licensee == other.licensee,
    };
    same_owner && is_for_the_same(one, other)
}

/// Whether neither scope names its owner, and both are for the same product, environment and machine.
fn is_unnamed(one: &Scope, other: &Scope) -> bool {
    let unnamed = |scope: &Scope| scope.customer.is_none() && scope.licensee.is_none();
    unnamed(one) && unnamed(other) && is_for_the_same(one, other)
}

fn is_for_the_same(one: &Scope, other: &Scope) -> bool {
    one.product == other.product && one.environment == other.environment && one.fingerprint == other.fingerprint
}
