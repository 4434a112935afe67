//! The earlier licenses that a decision depends on, by all that a decision asks for.

// Each module may use those to its left:
//     machines, sales ← license ← known
mod known;
mod license;
mod machines;
mod sales;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use keyward_core::{Claims, Day, Edition, Fingerprint, Product, Serial};
use keyward_verifier::files::{Reason, RevocationList, Status};

use super::Refusal;
use crate::record::{Action, FoundRecord, Group, IssueRecord, Owner, RecordKey, RecordSet, SeenSet};
use license::{Key, License};
use sales::Sales;
pub(super) use sales::{Wanted, Within};

/// The earlier licenses that a decision depends on.
///
/// All searches of the policy for earlier licenses are methods of this type. It may have more records than the decision needs,
/// such as those of the other orders of a batch: an answer takes no search through the records.
#[derive(Debug, Clone)]
pub struct History {
    /// In the order in which they were added.
    records: Vec<Arc<IssueRecord>>,
    licenses: Vec<License>,
    /// The license of each serial.
    by_serial: HashMap<Serial, usize>,
    /// The records that follow a serial without a record.
    waiting: HashMap<Serial, Vec<Serial>>,
    /// The position and the record of each order.
    orders: HashMap<RecordKey, (u64, Arc<IssueRecord>)>,
    sales: Sales,
    /// The greatest position.
    latest: u64,
    /// The sets that are known, with the position of the newest record.
    known: HashMap<RecordSet, SeenSet>,
    /// The day of the decisions, or an earlier one.
    today: Day,
    /// Whether the statuses of a revocation list are known.
    is_judged: bool,
    /// The public keys that verified the licenses of these serials.
    verified: HashMap<Serial, [u8; 32]>,
}

impl Default for History {
    fn default() -> History {
        History::on(Day::FIRST)
    }
}

impl History {
    /// The history of these records, in the order of their positions. A record that was found twice counts once, and one
    /// that follows another has the greater position.
    pub fn new(found: impl IntoIterator<Item = FoundRecord>) -> History {
        let mut history = History::default();
        history.add(found, None);
        history
    }

    /// An empty history, for decisions on that day or later.
    pub(crate) fn on(today: Day) -> History {
        History {
            records: Vec::new(),
            licenses: Vec::new(),
            by_serial: HashMap::new(),
            waiting: HashMap::new(),
            orders: HashMap::new(),
            sales: Sales::default(),
            latest: 0,
            known: HashMap::new(),
            today,
            is_judged: false,
            verified: HashMap::new(),
        }
    }

    /// Adds a record, which is later than all before. A record with a known serial is left out: each serial is issued once.
    pub fn push(&mut self, record: impl Into<Arc<IssueRecord>>) {
        let position = self.latest.saturating_add(1);
        self.add([FoundRecord { position, record: record.into() }], None);
    }

    /// The same history, with the licenses that this list names.
    pub(super) fn revoked_by(&self, list: &RevocationList) -> History {
        let mut judged = History::on(self.today);
        let keys = self.licenses.iter().flat_map(License::keys);
        judged.add(keys.map(|key| FoundRecord { position: key.position, record: Arc::clone(&key.record) }), Some(list));
        judged
    }

    pub(super) const fn today(&self) -> Day {
        self.today
    }

    /// Whether the licenses that a list names are known.
    pub(super) const fn is_judged(&self) -> bool {
        self.is_judged
    }

    /// The public key that verified that license, if one did.
    pub(crate) fn verified_by(&self, serial: Serial) -> Option<[u8; 32]> {
        self.verified.get(&serial).copied()
    }

    /// Remembers that this public key verified the license on record. A record is never replaced by another of its serial.
    pub(crate) fn note_verified(&mut self, serial: Serial, public_key: [u8; 32]) {
        self.verified.insert(serial, public_key);
    }

    /// Adds records, with their statuses on a revocation list.
    fn add(&mut self, found: impl IntoIterator<Item = FoundRecord>, list: Option<&RevocationList>) {
        self.is_judged |= list.is_some();
        let mut found: Vec<FoundRecord> = found.into_iter().collect();
        found.sort_by_key(|found| found.position);
        let mut changed = BTreeSet::new();
        for FoundRecord { position, record } in found {
            let serial = record.serial();
            if self.by_serial.contains_key(&serial) {
                continue;
            }
            self.latest = self.latest.max(position);
            let status = list.and_then(|list| list.status_of(&record.digest()));
            let license = self.license_for(&record, position);
            let is_last = self.add_to(license, Key::new(position, Arc::clone(&record), status));
            changed.extend(Some(license).filter(|_| !is_last));
            changed.extend(Some(license).filter(|_| self.unite_followers(license, serial, position)));
            self.add_order(position, &record);
            let original = self.original(serial).map_or(serial, |original| original.serial());
            self.sales.add(position, &record, original);
            self.records.push(record);
        }
        for license in changed {
            let Some(license) = self.licenses.get_mut(license) else { continue };
            license.sort();
            for key in license.keys() {
                let original = license.original(key.record.serial()).map_or(key.record.serial(), |key| key.serial());
                self.sales.set_original(key.position, &key.record, original);
            }
        }
    }

    /// The license of a new record: that of the record that it follows, if that one is earlier, or else a new one.
    fn license_for(&mut self, record: &IssueRecord, position: u64) -> usize {
        if let Some(followed) = record.details.follows() {
            match self.by_serial.get(&followed).copied() {
                None => self.waiting.entry(followed).or_default().push(record.serial()),
                Some(license) => {
                    let key = self.licenses.get(license).and_then(|license| license.key(followed));
                    if key.is_some_and(|key| key.position < position) {
                        return license;
                    }
                }
            }
        }
        self.licenses.push(License::on(self.today));
        self.licenses.len().saturating_sub(1)
    }

    /// Adds a key. False if a later one is there.
    fn add_to(&mut self, license: usize, key: Key) -> bool {
        self.by_serial.insert(key.record.serial(), license);
        self.licenses.get_mut(license).is_none_or(|license| license.add(key))
    }

    /// Moves the keys that follow a new key, and that were found before it, to its license. False if there are none.
    fn unite_followers(&mut self, license: usize, serial: Serial, position: u64) -> bool {
        let mut moved = false;
        for follower in self.waiting.remove(&serial).unwrap_or_default() {
            let other = self.by_serial.get(&follower).copied().filter(|other| *other != license);
            let Some(other) = other.and_then(|other| self.licenses.get_mut(other)) else { continue };
            if other.key(follower).is_some_and(|key| key.position > position) {
                let keys = std::mem::replace(other, License::on(self.today)).into_keys();
                keys.into_iter().for_each(|key| _ = self.add_to(license, key));
                moved = true;
            }
        }
        moved
    }

    fn add_order(&mut self, position: u64, record: &Arc<IssueRecord>) {
        let Some(order) = &record.details.order else { return };
        let known = self.orders.entry(RecordKey::order(&order.id)).or_insert_with(|| (position, Arc::clone(record)));
        if position < known.0 {
            *known = (position, Arc::clone(record));
        }
    }

    /// The serial of the first key of a license; the given one if that is not on record.
    pub(crate) fn first_of_license(&self, serial: Serial) -> Serial {
        let first = self.license(serial).and_then(|license| license.keys().first());
        first.map_or(serial, |key| key.record.serial())
    }

    /// The records, in the order in which they were added: the oldest first, unless the sets of several decisions are in it.
    pub fn records(&self) -> &[Arc<IssueRecord>] {
        &self.records
    }

    /// The record of the license key with that serial.
    pub fn find(&self, serial: Serial) -> Option<&Arc<IssueRecord>> {
        self.license(serial)?.key(serial).map(|key| &key.record)
    }

    fn license(&self, serial: Serial) -> Option<&License> {
        self.licenses.get(*self.by_serial.get(&serial)?)
    }

    /// Whether a key is the reissue of one whose record is not among these.
    pub(super) fn lacks_original(&self, serial: Serial) -> bool {
        let reissue = self.find(serial).filter(|record| record.details.action == Action::Reissue);
        reissue.and_then(|record| record.details.replaces).is_some_and(|replaced| self.find(replaced).is_none())
    }

    /// The record of the license that the order with that id made.
    pub(crate) fn find_order(&self, id: &str) -> Option<&Arc<IssueRecord>> {
        self.orders.get(&RecordKey::order(id)).map(|(_, record)| record)
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

    /// The oldest locked key of that license with that last day and the same claims, but for the serial, that is not revoked.
    pub(crate) fn locked_key(
        &self,
        license: Serial,
        claims: &Claims,
        through: Option<Day>,
    ) -> Option<&Arc<IssueRecord>> {
        self.license(license)?.locked_key(license, claims, through)
    }

    /// The number of machines with a locked key of a license, or of one with the same original, that is in force and not revoked;
    /// and the fingerprint in the first such key of this machine.
    pub(crate) fn machines_in_use(
        &self,
        license: Serial,
        machine: &Fingerprint,
        today: Day,
    ) -> (usize, Option<Fingerprint>) {
        self.license(license).map_or((0, None), |of| of.machines_in_use(license, machine, today))
    }

    /// The last in the chain of reissues from that license; the license itself if it was not reissued.
    pub(crate) fn latest_reissue(&self, serial: Serial) -> Serial {
        self.license(serial).and_then(|license| license.latest_reissue(serial)).unwrap_or(serial)
    }

    /// The license that was issued first, and perhaps reissued several times. That of a locked key is the original of its license.
    fn original(&self, serial: Serial) -> Option<&Arc<IssueRecord>> {
        self.license(serial)?.original(serial)
    }

    /// Whether the original of that license is a renewal.
    pub(crate) fn is_renewal(&self, serial: Serial) -> bool {
        self.original(serial).is_some_and(|record| record.details.action == Action::Renewal)
    }

    /// The earliest first day and the latest last day of all keys with the same original as that license.
    pub(crate) fn days_of_all(&self, serial: Serial) -> Option<(Day, Day)> {
        self.license(serial)?.days_of_term(serial)
    }

    /// The key under which the license of this one was sold: its latest key that is the original or has an approval. Keys after it
    /// were reissued without an approval, and add nothing to the sale.
    pub(crate) fn sold(&self, record: &IssueRecord) -> Option<&Arc<IssueRecord>> {
        self.license(record.serial())?.sold(record.serial())
    }

    /// The days of use that were sold: from the first day, or the day on which the original was issued if that is later,
    /// through the last day. `None` if the license has no last day.
    pub(crate) fn days_of_use(&self, paid: &IssueRecord) -> Option<u32> {
        let sold = self.original(paid.serial()).map_or(paid.issued_at(), |original| original.issued_at());
        let sold = Day::from_date(sold.date_naive()).unwrap_or(Day::FIRST);
        let begins = sold.max(paid.claims().valid_from());
        let through = paid.claims().valid_through()?;
        Some(through.number().saturating_add(1).saturating_sub(begins.number()))
    }

    /// Checks that another license may follow this one: it is neither on hold, nor revoked for one of these reasons; and no
    /// earlier key of the same license is on hold, or revoked for another reason than that a later key took its place.
    pub(crate) fn may_be_followed(&self, serial: Serial, ending: impl Fn(Reason) -> bool) -> Result<(), Refusal> {
        let Some(license) = self.license(serial) else { return Ok(()) };
        match license.status(serial) {
            Some(Status::Revoked(reason)) if ending(reason) => return Err(Refusal::Revoked { serial, reason }),
            Some(Status::OnHold) => return Err(Refusal::OnHold { serial }),
            _ => {}
        }
        match license.ended_before(serial) {
            Some((serial, Status::Revoked(reason))) => Err(Refusal::Revoked { serial, reason }),
            Some((serial, _)) => Err(Refusal::OnHold { serial }),
            None => Ok(()),
        }
    }

    /// Checks that a repeated order may give this key again: neither it nor a later key of its license is on hold or revoked. The
    /// key for one machine is one of the license beside which it stands.
    pub(crate) fn may_be_given_again(&self, issued: &IssueRecord) -> Result<(), Refusal> {
        self.may_be_followed(issued.serial(), |_| true)?;
        let license = issued.license_of_locked().unwrap_or(issued.serial());
        match self.latest_reissue(license) {
            latest if latest == issued.serial() => Ok(()),
            latest => self.may_be_followed(latest, |_| true),
        }
    }

    /// The renewal of that license, or of a license with the same original. One that is revoked with all its reissues does not
    /// count. Of several, the latest counts: it was permitted while the earlier ones were revoked, also if the list that said so
    /// is not given now.
    pub(crate) fn renewal_of(&self, serial: Serial) -> Option<&IssueRecord> {
        self.license(serial)?.renewal_of(serial).map(Arc::as_ref)
    }

    /// Checks that a renewal is the only one of its term: while it was revoked, the term may have been renewed again.
    pub(crate) fn has_no_other_renewal(&self, serial: Serial) -> Result<(), Refusal> {
        let original = self.original(serial);
        let renewed = original.filter(|record| record.details.action == Action::Renewal);
        let renewed = renewed.and_then(|record| record.details.replaces);
        let other = renewed.and_then(|renewed| Some((renewed, self.renewal_of(renewed)?.serial())));
        match other {
            Some((serial, by)) if original.is_some_and(|original| original.serial() != by) => {
                Err(Refusal::Renewed { serial, by })
            }
            _ => Ok(()),
        }
    }

    /// The owner's latest paid license of a product, of such an edition, and with that environment and machine. One that has begun
    /// by that day comes before one that has not.
    pub(super) fn latest_paid(
        &self,
        owner: &Owner,
        product: Product,
        today: Day,
        editions: impl Fn(Edition) -> bool,
        wanted: Wanted,
    ) -> Option<&IssueRecord> {
        if owner.is_unnamed() {
            return None;
        }
        self.sales.latest_paid(owner.keys(Group::Paid, product), today, editions, wanted)
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
        match bridged {
            Some(serial) => self.license(serial)?.latest_stopgap(serial).map(Arc::as_ref),
            None => {
                let within = Within::twelve_months(today);
                self.sales.latest_recent(owner.keys(Group::Stopgaps, product), within, None)
            }
        }
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
        let (within, reissued) = (Within::twelve_months(today), self.original_of(reissued));
        self.sales.latest_recent(owner.keys(Group::Trials, product), within, reissued)
    }

    /// The owner's trials and stopgaps of a product that were issued or began in the 90 days up to that day, other than the
    /// reissued one: the first key of each, the latest first, at most that many.
    pub(super) fn recent_temporary_keys(
        &self,
        owner: &Owner,
        product: Product,
        today: Day,
        reissued: Option<&IssueRecord>,
        most: usize,
    ) -> Vec<Serial> {
        let keys = Group::TEMPORARY.into_iter().flat_map(|group| owner.keys(group, product));
        self.sales.recent_originals(keys, Within::ninety_days(today), self.original_of(reissued), most)
    }

    /// Whether a license had no stopgap in any of its terms, other than the reissued one.
    pub(super) fn is_first_stopgap(&self, bridged: Serial, reissued: Option<&IssueRecord>) -> bool {
        let first = self.license(bridged).and_then(License::first_stopgap);
        first.is_none_or(|first| Some(first) == self.original_of(reissued))
    }

    fn original_of(&self, reissued: Option<&IssueRecord>) -> Option<Serial> {
        reissued.and_then(|record| self.original(record.serial())).map(|original| original.serial())
    }
}
