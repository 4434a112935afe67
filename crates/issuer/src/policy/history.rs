use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use keyward_core::{Claims, Day, Kind, Product, Serial, Term};
use keyward_verifier::files::{Reason, RevocationList, Status};

use super::Refusal;
use crate::record::{Action, FoundRecord, IssueRecord, Owner, RecordKey};

/// The earlier licenses that a decision depends on, the oldest first.
///
/// All searches of the policy for earlier licenses are methods of this type.
#[derive(Debug, Clone, Default)]
pub struct History {
    records: Vec<Arc<IssueRecord>>,
    /// The index of each record, by its serial.
    indexes: HashMap<Serial, usize>,
    /// For each record, the index of its original: the license that was issued first, and perhaps reissued several times. That
    /// of a locked key is the original of its license.
    originals: Vec<usize>,
    /// The status of each license that a revocation list names.
    statuses: HashMap<Serial, Status>,
}

impl History {
    /// The history of these records, in the order of their positions. A record that was found twice counts once, and one
    /// that follows another has the greater position.
    pub fn new(found: impl IntoIterator<Item = FoundRecord>) -> History {
        let mut found: Vec<FoundRecord> = found.into_iter().collect();
        found.sort_by_key(|found| found.position);
        let mut history = History::default();
        found.into_iter().for_each(|found| history.push(found.record));
        history
    }

    /// Adds a record. A record with a known serial is left out: each serial is issued once.
    pub fn push(&mut self, record: impl Into<Arc<IssueRecord>>) {
        let record = record.into();
        let index = self.records.len();
        if self.indexes.contains_key(&record.serial()) {
            return;
        }
        // Only earlier records count, since the links of an altered record may form a circle.
        let same =
            record.details.replaces.filter(|_| matches!(record.details.action, Action::Reissue | Action::Locked));
        let original = same.and_then(|serial| self.original(serial)).unwrap_or(index);
        self.indexes.insert(record.serial(), index);
        self.originals.push(original);
        self.records.push(record);
    }

    /// The same history, with the licenses that this list names.
    pub(crate) fn revoked_by(mut self, list: &RevocationList) -> History {
        let named = self.records.iter().filter_map(|record| Some((record.serial(), list.status_of(&record.digest())?)));
        self.statuses = named.collect();
        self
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
        let key = RecordKey::order(id);
        self.records
            .iter()
            .find(|record| record.details.order.as_ref().is_some_and(|order| RecordKey::order(&order.id) == key))
    }

    /// The record of that license, if no reissue replaced it, and it is not a locked key.
    pub(crate) fn unreplaced(&self, serial: Serial) -> Result<&IssueRecord, Refusal> {
        let record = self.find(serial).ok_or(Refusal::NotOnRecord { serial })?;
        if let Some(of) = record.license_of_locked() {
            return Err(Refusal::LockedKey { serial, of });
        }
        match self.latest_reissue(serial) {
            by if by == serial => Ok(record),
            by => Err(Refusal::Replaced { serial, by }),
        }
    }

    /// The license of which that serial asks for a locked key: itself, or the license of a locked key. Both may have successors.
    pub(crate) fn lockable(&self, serial: Serial) -> Result<&IssueRecord, Refusal> {
        let named = self.find(serial).ok_or(Refusal::NotOnRecord { serial })?;
        self.may_be_followed(serial, |_| true)?;
        let license = self.unreplaced(named.license_of_locked().unwrap_or(serial))?;
        self.may_be_followed(license.serial(), |_| true)?;
        Ok(license)
    }

    /// The locked keys of a license and of those with the same original that are not revoked, the oldest first.
    pub(crate) fn locked_keys(&self, license: Serial) -> impl Iterator<Item = &Arc<IssueRecord>> {
        let original = self.original(license);
        let same = self.with_originals().filter(move |(_, other)| original == Some(*other)).map(|(record, _)| record);
        same.filter(|record| record.license_of_locked().is_some())
            .filter(|record| !matches!(self.statuses.get(&record.serial()), Some(Status::Revoked(_))))
    }

    /// The last in the chain of reissues from that license; the license itself if it was not reissued. The search ends: a
    /// license is on record before its reissue.
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

    /// The index of the original of that license.
    fn original(&self, serial: Serial) -> Option<usize> {
        self.originals.get(*self.indexes.get(&serial)?).copied()
    }

    fn with_originals(&self) -> impl DoubleEndedIterator<Item = (&Arc<IssueRecord>, usize)> {
        self.records.iter().zip(self.originals.iter().copied())
    }

    /// Whether the original of that license is a renewal.
    pub(crate) fn is_renewal(&self, serial: Serial) -> bool {
        let original = self.original(serial).and_then(|original| self.records.get(original));
        original.is_some_and(|record| record.details.action == Action::Renewal)
    }

    /// The earliest first day and the latest last day of all keys with the same original as that license.
    pub(crate) fn days_of_all(&self, serial: Serial) -> Option<(Day, Day)> {
        let original = self.original(serial)?;
        let same = || self.with_originals().filter(|(_, other)| *other == original).map(|(record, _)| record.claims());
        let first = same().map(|claims| claims.valid_from()).min()?;
        let last = same().map(|claims| claims.valid_through().unwrap_or(Day::LAST)).max()?;
        Some((first, last))
    }

    /// The key under which the license of this one was sold: its latest key that is the original or has an approval. Keys after it
    /// were reissued without an approval, and add nothing to the sale.
    pub(crate) fn sold(&self, record: &'_ IssueRecord) -> Option<&IssueRecord> {
        let mut index = *self.indexes.get(&record.serial())?;
        loop {
            let record = self.records.get(index)?;
            let replaced = record.details.replaces.filter(|_| record.details.action == Action::Reissue);
            match replaced.and_then(|serial| self.indexes.get(&serial)) {
                Some(earlier) if *earlier < index && record.details.approval.is_none() => index = *earlier,
                _ => return Some(record),
            }
        }
    }

    /// The days of use that were sold: from the first day, or the day on which the original was issued if that is later,
    /// through the last day. `None` if the license has no last day.
    pub(crate) fn days_of_use(&self, paid: &IssueRecord) -> Option<u32> {
        let original = self.original(paid.serial()).and_then(|original| self.records.get(original));
        let sold = original.map_or(paid.issued_at(), |original| original.issued_at());
        let sold = Day::from_date(sold.date_naive()).unwrap_or(Day::FIRST);
        let begins = sold.max(paid.claims().valid_from());
        let through = paid.claims().valid_through()?;
        Some(through.number().saturating_add(1).saturating_sub(begins.number()))
    }

    /// Checks that another license may follow this one: it is neither on hold, nor revoked for one of these reasons; and no
    /// earlier key of the same license is on hold, or revoked for another reason than that a later key took its place.
    pub(crate) fn may_be_followed(&self, serial: Serial, ending: impl Fn(Reason) -> bool) -> Result<(), Refusal> {
        let follows = |serial: Serial, ending: &dyn Fn(Reason) -> bool| match self.statuses.get(&serial) {
            Some(Status::Revoked(reason)) if ending(*reason) => Err(Refusal::Revoked { serial, reason: *reason }),
            Some(Status::OnHold) => Err(Refusal::OnHold { serial }),
            _ => Ok(()),
        };
        follows(serial, &ending)?;
        let (Some(original), Some(index), false) =
            (self.original(serial), self.indexes.get(&serial), self.statuses.is_empty())
        else {
            return Ok(());
        };
        // A key for one machine stands beside its license, and ends alone.
        let is_earlier = |(record, other): &(&Arc<IssueRecord>, usize)| {
            *other == original && record.details.action != Action::Locked
        };
        let mut earlier = self.with_originals().take(*index).filter(is_earlier);
        earlier.try_for_each(|(record, _)| {
            follows(record.serial(), &|reason| !matches!(reason, Reason::Superseded | Reason::Leaked))
        })
    }

    /// Whether a license and all its reissues are revoked.
    fn is_revoked(&self, record: &IssueRecord) -> bool {
        let index = self.indexes.get(&record.serial()).copied();
        let mut same = self.with_originals().filter(|(_, original)| Some(*original) == index);
        same.all(|(record, _)| matches!(self.statuses.get(&record.serial()), Some(Status::Revoked(_))))
    }

    /// The renewal of that license, or of a license with the same original. One that is revoked with all its reissues does not
    /// count.
    pub(crate) fn renewal_of(&self, serial: Serial) -> Option<&IssueRecord> {
        let original = self.original(serial)?;
        let mut renewals = self.records.iter().filter(|record| record.details.action == Action::Renewal);
        renewals
            .find(|renewal| {
                renewal.details.replaces.and_then(|replaced| self.original(replaced)) == Some(original)
                    && !self.is_revoked(renewal)
            })
            .map(Arc::as_ref)
    }

    /// Checks that a renewal is the only one of its term: while it was revoked, the term may have been renewed again.
    pub(crate) fn has_no_other_renewal(&self, serial: Serial) -> Result<(), Refusal> {
        let original = self.original(serial);
        let record = original.and_then(|original| self.records.get(original));
        let renewed =
            record.filter(|record| record.details.action == Action::Renewal).and_then(|record| record.details.replaces);
        match renewed.and_then(|renewed| Some((renewed, self.renewal_of(renewed)?))) {
            Some((serial, by)) if self.original(by.serial()) != original => {
                Err(Refusal::Renewed { serial, by: by.serial() })
            }
            _ => Ok(()),
        }
    }

    /// The owner's latest paid license of a product that satisfies a condition. One that has begun by that day comes before one
    /// that has not.
    pub(crate) fn latest_paid(
        &self,
        owner: &Owner,
        product: Product,
        today: Day,
        condition: impl Fn(&Claims) -> bool,
    ) -> Option<&IssueRecord> {
        let is_paid = |record: &&Arc<IssueRecord>| {
            let claims = record.claims();
            claims.kind() == Kind::Standard
                && record.license_of_locked().is_none()
                && claims.valid_through().is_some()
                && claims.product() == product
                && condition(claims)
                && owner.is_same(&Owner::of_record(record))
        };
        let mut paid = self.records.iter().rev().filter(is_paid).peekable();
        let latest = paid.peek().copied();
        paid.find(|record| record.claims().valid_from() <= today).or(latest).map(Arc::as_ref)
    }

    /// The latest stopgap that bridges the same paid license. If the bridged license is unknown: the owner's latest stopgap of
    /// the product that bridges an unknown license too, and was issued or began less than twelve months before that day.
    /// Unnamed owners count as one.
    pub(crate) fn stopgap(
        &self,
        bridged: Option<Serial>,
        owner: &Owner,
        product: Product,
        today: Day,
    ) -> Option<&IssueRecord> {
        let original = |serial: Serial| self.original(serial);
        let is_same = |record: &&Arc<IssueRecord>| match (bridged, record.details.bridges) {
            (Some(serial), Some(other)) => original(serial).is_some() && original(other) == original(serial),
            (None, None) => {
                let other = Owner::of_record(record);
                record.claims().product() == product
                    && (owner.is_same(&other) || (owner.is_unnamed() && other.is_unnamed()))
                    && is_recent(record, today)
            }
            _ => false,
        };
        let is_stopgap = |record: &&Arc<IssueRecord>| {
            record.claims().kind() == Kind::Stopgap && record.license_of_locked().is_none()
        };
        let mut stopgaps = self.records.iter().rev().filter(is_stopgap);
        stopgaps.find(is_same).map(Arc::as_ref)
    }

    /// The owner's latest trial of a product that was issued or began less than twelve months before that day, other than the
    /// reissued one. Unnamed owners count as one.
    pub(crate) fn recent_trial(
        &self,
        owner: &Owner,
        product: Product,
        today: Day,
        reissued: Option<&IssueRecord>,
    ) -> Option<&IssueRecord> {
        let reissued = reissued.and_then(|record| self.original(record.serial()));
        let is_trial = |(record, original): &(&Arc<IssueRecord>, usize)| {
            let other = Owner::of_record(record);
            record.claims().kind() == Kind::Trial
                && record.license_of_locked().is_none()
                && record.claims().product() == product
                && (owner.is_same(&other) || (owner.is_unnamed() && other.is_unnamed()))
                && reissued != Some(*original)
                && is_recent(record, today)
        };
        self.with_originals().rev().find(is_trial).map(|(record, _)| record.as_ref())
    }
}

/// Whether a license was issued or began less than twelve months before that day.
fn is_recent(record: &IssueRecord, today: Day) -> bool {
    let issued = Day::from_date(record.issued_at().date_naive()).unwrap_or(Day::FIRST);
    let began = issued.max(record.claims().valid_from());
    Term::Months(NonZeroU32::MIN.saturating_add(11)).last_day(began).map_or(true, |last| last >= today)
}
