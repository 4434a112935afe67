//! One license on record: all keys that follow one another.

use std::collections::HashMap;
use std::sync::Arc;

use keyward_core::{ClaimParts, Claims, Day, Fingerprint, Kind, Serial};
use keyward_verifier::files::{Reason, Status};

use super::machines::Machines;
use crate::policy::grace::grace_days;
use crate::record::{Action, IssueRecord};

/// A license: the key that was issued first, its reissues, renewals and locked keys, and the stopgaps that bridge it.
///
/// Whatever a decision asks for is kept when a key is added, so that the answer takes no search through the keys.
#[derive(Debug, Clone)]
pub(super) struct License {
    /// The day of the decisions, or an earlier one.
    today: Day,
    /// The oldest first.
    keys: Vec<Key>,
    indexes: HashMap<Serial, usize>,
    terms: Vec<Term>,
    /// The last key of each chain of reissues.
    latest: Vec<usize>,
    /// The first stopgap of all terms.
    first_stopgap: Option<usize>,
    /// Whether a key was added before a later one, so that the rest is not up to date.
    is_unsorted: bool,
}

/// A key on record.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) position: u64,
    pub(super) record: Arc<IssueRecord>,
    /// The status on a revocation list.
    pub(super) status: Option<Status>,
    links: Links,
}

/// The indexes of a key's relatives.
#[derive(Debug, Clone, Copy, Default)]
struct Links {
    term: usize,
    chain: usize,
    /// The key under which it was sold.
    sold: usize,
}

/// The keys with one original: the key that was issued first for the term, its reissues, and its locked keys.
#[derive(Debug, Clone)]
struct Term {
    original: usize,
    first: Day,
    last: Day,
    /// The first key that is on hold, or revoked for another reason than that a later key took its place.
    ended: Option<usize>,
    not_revoked: usize,
    renewals: Vec<usize>,
    latest_stopgap: Option<usize>,
    locked: Option<Box<Locked>>,
}

/// The locked keys of a term that are not revoked.
#[derive(Debug, Clone)]
struct Locked {
    keys: Vec<usize>,
    /// By license, machine and last day.
    by_machine: HashMap<(Serial, Option<Fingerprint>, Option<Day>), Vec<usize>>,
    /// The machines of the keys that are in force from this day on.
    machines: Machines,
    machines_since: Day,
    /// The first day on which one of these keys is not in force any more.
    ends: Option<Day>,
}

impl Key {
    pub(super) const fn new(position: u64, record: Arc<IssueRecord>, status: Option<Status>) -> Key {
        Key { position, record, status, links: Links { term: 0, chain: 0, sold: 0 } }
    }
}

impl License {
    pub(super) fn on(today: Day) -> License {
        let (keys, indexes, terms, latest) = (Vec::new(), HashMap::new(), Vec::new(), Vec::new());
        License { today, keys, indexes, terms, latest, first_stopgap: None, is_unsorted: false }
    }

    /// Adds a key. False if a later one is there: then [`sort`](License::sort) is needed.
    pub(super) fn add(&mut self, key: Key) -> bool {
        self.is_unsorted |= self.keys.last().is_some_and(|last| last.position > key.position);
        let index = self.keys.len();
        self.indexes.insert(key.record.serial(), index);
        self.keys.push(key);
        if !self.is_unsorted {
            self.link(index);
        }
        !self.is_unsorted
    }

    /// Brings keys that were added after a later one to their places.
    pub(super) fn sort(&mut self) {
        if !std::mem::take(&mut self.is_unsorted) {
            return;
        }
        self.keys.sort_by_key(|key| key.position);
        self.indexes = self.keys.iter().enumerate().map(|(index, key)| (key.record.serial(), index)).collect();
        self.terms.clear();
        self.latest.clear();
        self.first_stopgap = None;
        (0..self.keys.len()).for_each(|index| self.link(index));
    }

    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }

    pub(super) fn into_keys(self) -> Vec<Key> {
        self.keys
    }

    pub(super) fn key(&self, serial: Serial) -> Option<&Key> {
        self.keys.get(*self.indexes.get(&serial)?)
    }

    fn term(&self, serial: Serial) -> Option<&Term> {
        self.terms.get(self.key(serial)?.links.term)
    }

    fn record(&self, index: usize) -> Option<&Arc<IssueRecord>> {
        self.keys.get(index).map(|key| &key.record)
    }

    /// Finds the place of a key among the earlier ones. Only earlier ones count, since the links of an altered record may form a
    /// circle.
    fn link(&mut self, index: usize) {
        let Some(Key { record, status, .. }) = self.keys.get(index).cloned() else { return };
        let (claims, details) = (record.claims(), record.details());
        let earlier = |serial: Option<Serial>| {
            let earlier = self.indexes.get(&serial?).filter(|earlier| **earlier < index)?;
            self.keys.get(*earlier).map(|key| (*earlier, key.links))
        };
        let (replaced, bridged) = (earlier(details.replaces), earlier(details.bridges));
        let is_reissue = details.action == Action::Reissue;
        let same = replaced.filter(|_| is_reissue || details.action == Action::Locked);
        let links = Links {
            term: same.map_or(self.terms.len(), |(_, links)| links.term),
            chain: self.chain(replaced.filter(|_| is_reissue), index),
            sold: same.filter(|_| is_reissue && details.approval.is_none()).map_or(index, |(_, links)| links.sold),
        };
        if let Some(key) = self.keys.get_mut(index) {
            key.links = links;
        }
        if same.is_none() {
            self.terms.push(Term::of(index, claims));
        }
        if let Some(term) = self.terms.get_mut(links.term) {
            term.add(index, &record, status, self.today);
        }
        if let Some((_, of)) = replaced.filter(|_| details.action == Action::Renewal) {
            self.terms.get_mut(of.term).into_iter().for_each(|term| term.renewals.push(index));
        }
        if let Some((_, of)) = bridged.filter(|_| claims.kind() == Kind::Stopgap && details.action != Action::Locked) {
            self.terms.get_mut(of.term).into_iter().for_each(|term| term.latest_stopgap = Some(index));
            self.first_stopgap.get_or_insert(index);
        }
    }

    /// The chain of a key: that of the key that it reissues, if that one is the last of its chain.
    fn chain(&mut self, reissued: Option<(usize, Links)>, index: usize) -> usize {
        if let Some((earlier, links)) = reissued {
            if let Some(latest) = self.latest.get_mut(links.chain).filter(|latest| **latest == earlier) {
                *latest = index;
                return links.chain;
            }
        }
        self.latest.push(index);
        self.latest.len().saturating_sub(1)
    }

    pub(super) fn latest_reissue(&self, serial: Serial) -> Option<Serial> {
        let latest = *self.latest.get(self.key(serial)?.links.chain)?;
        self.record(latest).map(|record| record.serial())
    }

    pub(super) fn original(&self, serial: Serial) -> Option<&Arc<IssueRecord>> {
        self.record(self.term(serial)?.original)
    }

    pub(super) fn sold(&self, serial: Serial) -> Option<&Arc<IssueRecord>> {
        self.record(self.key(serial)?.links.sold)
    }

    /// The earliest first day and the latest last day of all keys of that term.
    pub(super) fn days_of_term(&self, serial: Serial) -> Option<(Day, Day)> {
        self.term(serial).map(|term| (term.first, term.last))
    }

    pub(super) fn status(&self, serial: Serial) -> Option<Status> {
        self.key(serial)?.status
    }

    /// An earlier key of the same term that is on hold, or revoked for another reason than that a later key took its place. Locked
    /// keys end alone.
    pub(super) fn ended_before(&self, serial: Serial) -> Option<(Serial, Status)> {
        let index = *self.indexes.get(&serial)?;
        let ended = self.keys.get(self.term(serial)?.ended.filter(|ended| *ended < index)?)?;
        Some((ended.record.serial(), ended.status?))
    }

    /// The latest renewal of that term that is not revoked with all its reissues.
    pub(super) fn renewal_of(&self, serial: Serial) -> Option<&Arc<IssueRecord>> {
        let renewals = self.term(serial)?.renewals.iter().rev().filter_map(|renewal| self.keys.get(*renewal));
        let is_revoked = |key: &&Key| self.terms.get(key.links.term).is_some_and(|term| term.not_revoked == 0);
        renewals.filter(|renewal| !is_revoked(renewal)).map(|key| &key.record).next()
    }

    /// The latest stopgap that bridges that term.
    pub(super) fn latest_stopgap(&self, serial: Serial) -> Option<&Arc<IssueRecord>> {
        self.record(self.term(serial)?.latest_stopgap?)
    }

    /// The first stopgap that bridges one of the terms.
    pub(super) fn first_stopgap(&self) -> Option<Serial> {
        self.record(self.first_stopgap?).map(|record| record.serial())
    }

    /// The oldest locked key of that license with that last day and the same claims that is not revoked. Its serial is its own.
    pub(super) fn locked_key(
        &self,
        license: Serial,
        claims: &Claims,
        through: Option<Day>,
    ) -> Option<&Arc<IssueRecord>> {
        let locked = self.term(license)?.locked.as_ref()?;
        let same_machine = (license, claims.fingerprint().copied(), through);
        let keys = locked.by_machine.get(&same_machine)?.iter().filter_map(|index| self.record(*index));
        let wanted = ClaimParts { valid_through: through, ..claims.parts() };
        let is_same = |other: &Claims| ClaimParts { serial: claims.serial(), ..other.parts() } == wanted;
        keys.into_iter().find(|key| is_same(key.claims()))
    }

    /// The number of machines with a locked key of that term that is in force and not revoked, and the fingerprint in the first
    /// such key of this machine.
    pub(super) fn machines_in_use(
        &self,
        license: Serial,
        machine: &Fingerprint,
        today: Day,
    ) -> (usize, Option<Fingerprint>) {
        let Some(locked) = self.term(license).and_then(|term| term.locked.as_ref()) else { return (0, None) };
        if locked.machines_since <= today && locked.ends.is_none_or(|ends| today < ends) {
            return (locked.machines.len(), locked.machines.known(machine));
        }
        let mut machines = Machines::default();
        let keys = locked.keys.iter().filter_map(|index| Some(self.record(*index)?.claims()));
        let in_force = keys.filter(|key| ends(key).is_none_or(|ends| today < ends));
        in_force.filter_map(|key| key.fingerprint()).for_each(|machine| machines.add(machine));
        (machines.len(), machines.known(machine))
    }
}

impl Term {
    fn of(original: usize, claims: &Claims) -> Term {
        let (first, last) = days(claims);
        let (ended, latest_stopgap, locked) = (None, None, None);
        Term { original, first, last, ended, not_revoked: 0, renewals: Vec::new(), latest_stopgap, locked }
    }

    fn add(&mut self, index: usize, record: &IssueRecord, status: Option<Status>, today: Day) {
        let (first, last) = days(record.claims());
        (self.first, self.last) = (self.first.min(first), self.last.max(last));
        let (is_revoked, ends) = match status {
            Some(Status::Revoked(reason)) => (true, !matches!(reason, Reason::Superseded | Reason::Leaked)),
            Some(Status::OnHold) => (false, true),
            _ => (false, false),
        };
        if !is_revoked {
            self.not_revoked = self.not_revoked.saturating_add(1);
        }
        let Some(license) = record.license_of_locked() else {
            if record.details().action != Action::Locked {
                self.ended = self.ended.or(Some(index).filter(|_| ends));
            }
            return;
        };
        if !is_revoked {
            let new = || Box::new(Locked::since(today));
            self.locked.get_or_insert_with(new).add(index, license, record.claims());
        }
    }
}

impl Locked {
    fn since(day: Day) -> Locked {
        let (keys, by_machine, machines) = (Vec::new(), HashMap::new(), Machines::default());
        Locked { keys, by_machine, machines, machines_since: day, ends: None }
    }

    fn add(&mut self, index: usize, license: Serial, key: &Claims) {
        self.keys.push(index);
        let same_machine = (license, key.fingerprint().copied(), key.valid_through());
        self.by_machine.entry(same_machine).or_default().push(index);
        let ends = ends(key);
        if ends.is_some_and(|ends| ends <= self.machines_since) {
            return;
        }
        key.fingerprint().into_iter().for_each(|machine| self.machines.add(machine));
        self.ends = self.ends.into_iter().chain(ends).min();
    }
}

fn days(claims: &Claims) -> (Day, Day) {
    (claims.valid_from(), claims.valid_through().unwrap_or(Day::LAST))
}

/// The first day on which a key is not in force any more: the last day and its grace have passed.
fn ends(claims: &Claims) -> Option<Day> {
    claims.valid_through()?.checked_add(u32::from(grace_days(claims)).saturating_add(1))
}
