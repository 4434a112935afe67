//! Which records are found under which keys, in memory.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use keyward_core::Serial;

use super::{IssueRecord, RecordKey, RecordSet, Sealed};

/// Finds the numbers of records, from 0 in the order of the record, by key and by license.
///
/// A record has up to four keys, of which most belong to it alone. So a key maps to a record's number, and only a second
/// record under the same key costs a link.
#[derive(Debug, Default)]
pub(super) struct Index {
    newest: HashMap<RecordKey, Head>,
    links: Vec<Link>,
    licenses: Vec<InLicense>,
}

/// The newest record under a key: the only one, or the head of a chain of links.
#[derive(Debug, Clone, Copy)]
struct Head(u32);

enum Chain {
    Record(u32),
    Link(usize),
}

#[derive(Debug, Clone, Copy)]
struct Link {
    record: u32,
    older: Head,
}

#[derive(Debug, Clone, Copy)]
struct InLicense {
    /// The first record of the license.
    first: u32,
    /// Of the first record: the newest one of its license. Of any other: the one before it.
    next: u32,
}

impl Index {
    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.licenses.len()
    }

    /// Adds the next record, under all its keys.
    pub(super) fn add(&mut self, record: &IssueRecord, keys: &[RecordKey]) {
        let number = Head::number(self.licenses.len());
        // What follows a license that is not on record, or that comes later, is a license of its own.
        let first = record.follows().and_then(|serial| self.license_of(serial)).unwrap_or(number);
        let mut next = number;
        if let Some(known) = self.licenses.get_mut(index(first)) {
            next = std::mem::replace(&mut known.next, number);
        }
        self.licenses.push(InLicense { first, next });
        for key in keys {
            match self.newest.entry(*key) {
                Entry::Vacant(vacant) => {
                    vacant.insert(Head(number));
                }
                Entry::Occupied(mut head) => {
                    let link = Link { record: number, older: *head.get() };
                    head.insert(Head::link(self.links.len()));
                    self.links.push(link);
                }
            }
        }
    }

    /// Whether a record is under that key.
    pub(super) fn has(&self, key: RecordKey) -> bool {
        self.newest.contains_key(&key)
    }

    /// The first record of the license to which the key with this serial belongs.
    pub(super) fn license_of(&self, serial: Serial) -> Option<u32> {
        let number = self.numbers(RecordKey::serial(serial)).next()?;
        self.licenses.get(index(number)).map(|known| known.first)
    }

    /// The numbers of a set's records, the oldest first.
    pub(super) fn find(&self, set: RecordSet) -> Vec<u32> {
        let mut numbers: Vec<u32> = match set {
            RecordSet::Under(key) => self.numbers(key).collect(),
            RecordSet::License(serial) => self.license(serial),
        };
        numbers.reverse();
        numbers
    }

    /// Whether a set that one of the decisions saw has changed, by now or by a record before it, or a serial is taken.
    pub(super) fn conflicts_with(&self, records: &[Sealed]) -> bool {
        let mut keys: HashSet<RecordKey> = HashSet::new();
        let mut licenses: HashSet<u32> = HashSet::new();
        records.iter().any(|sealed| {
            let record = sealed.record();
            let changed = sealed.seen().iter().any(|seen| {
                let added = match seen.set {
                    RecordSet::Under(key) => keys.contains(&key),
                    RecordSet::License(serial) => {
                        self.license_of(serial).is_some_and(|first| licenses.contains(&first))
                    }
                };
                added || self.find(seen.set).len() != seen.records
            });
            let serial = RecordKey::serial(record.serial());
            let taken = self.has(serial) || keys.contains(&serial);
            keys.extend(sealed.keys());
            licenses.extend(record.follows().and_then(|followed| self.license_of(followed)));
            changed || taken
        })
    }

    fn numbers(&self, key: RecordKey) -> impl Iterator<Item = u32> + '_ {
        let mut head = self.newest.get(&key).copied();
        std::iter::from_fn(move || match head?.chain() {
            Chain::Record(record) => {
                head = None;
                Some(record)
            }
            Chain::Link(link) => {
                let link = self.links.get(link)?;
                head = Some(link.older);
                Some(link.record)
            }
        })
    }

    fn license(&self, serial: Serial) -> Vec<u32> {
        let Some(first) = self.license_of(serial) else { return Vec::new() };
        let next = |number: u32| self.licenses.get(index(number)).map(|known| known.next);
        let newest = next(first).filter(|newest| *newest != first);
        let after_first = std::iter::successors(newest, |number| next(*number).filter(|before| *before != first));
        after_first.chain([first]).collect()
    }
}

impl Head {
    /// Set in the number of a link.
    const LINK: u32 = 1 << 31;

    /// A record's number. Two thousand million records are three terabytes: no file has them.
    fn number(records: usize) -> u32 {
        debug_assert!(records < index(Head::LINK), "more records than a file holds");
        u32::try_from(records).unwrap_or(u32::MAX) & !Head::LINK
    }

    fn link(links: usize) -> Head {
        Head(Head::number(links) | Head::LINK)
    }

    fn chain(self) -> Chain {
        if self.0 & Head::LINK == 0 { Chain::Record(self.0) } else { Chain::Link(index(self.0 & !Head::LINK)) }
    }
}

/// A number as an index.
pub(super) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
