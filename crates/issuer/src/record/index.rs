//! Finds records by key and by license, in memory.

use std::collections::{BTreeSet, HashSet};

use keyward_core::Serial;

use super::{IssueRecord, NeededSet, RecordKey, RecordSet, Sealed};

/// The numbers of records, from 0 in the order of the record, by key and by license.
///
/// Sets of pairs, since most keys belong to one record: a list for each key would take several times the memory.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_key: BTreeSet<(RecordKey, u32)>,
    /// Sorted by the number of the license's first record.
    by_license: BTreeSet<(u32, u32)>,
    /// For each record, the number of its license's first record.
    first_records: Vec<u32>,
}

impl Index {
    /// The number of records.
    pub(super) fn len(&self) -> usize {
        self.first_records.len()
    }

    /// Adds the next record, under all its keys.
    pub(super) fn add(&mut self, record: &IssueRecord, keys: &[RecordKey]) {
        let number = number(self.len());
        // A record that follows an unknown license begins a license of its own.
        let first = record.details.follows().and_then(|serial| self.first_record(serial)).unwrap_or(number);
        self.first_records.push(first);
        self.by_license.insert((first, number));
        self.by_key.extend(keys.iter().map(|key| (*key, number)));
    }

    /// Whether there is a record under that key.
    pub(super) fn has(&self, key: RecordKey) -> bool {
        self.under(key).next().is_some()
    }

    /// The numbers of a set's needed records, the oldest first.
    pub(super) fn find(&self, needed: NeededSet) -> Vec<u32> {
        let from = needed.after.map_or(0, |after| u32::try_from(after.saturating_add(1)).unwrap_or(u32::MAX));
        match needed.set {
            RecordSet::ByKey(key) => {
                self.by_key.range((key, from)..=(key, u32::MAX)).map(|(_, number)| *number).collect()
            }
            RecordSet::License(serial) => match self.first_record(serial) {
                Some(first) => {
                    self.by_license.range((first, from)..=(first, u32::MAX)).map(|(_, number)| *number).collect()
                }
                None => Vec::new(),
            },
        }
    }

    /// The number of a set's newest record.
    fn newest(&self, set: RecordSet) -> Option<u32> {
        match set {
            RecordSet::ByKey(key) => {
                self.by_key.range((key, 0)..=(key, u32::MAX)).next_back().map(|(_, number)| *number)
            }
            RecordSet::License(serial) => {
                let first = self.first_record(serial)?;
                self.by_license.range((first, 0)..=(first, u32::MAX)).next_back().map(|(_, number)| *number)
            }
        }
    }

    /// Whether a set that one of the decisions used has changed, by a stored record or by an earlier one of these records;
    /// or a serial is on record already. Sets only grow, so the newest record of a set tells whether it has changed.
    pub(super) fn conflicts_with(&self, records: &[Sealed]) -> bool {
        let mut keys: HashSet<RecordKey> = HashSet::new();
        let mut licenses: HashSet<u32> = HashSet::new();
        records.iter().any(|sealed| {
            let record = sealed.record();
            let changed = sealed.seen().iter().any(|seen| {
                let added = match seen.set {
                    RecordSet::ByKey(key) => keys.contains(&key),
                    RecordSet::License(serial) => {
                        self.first_record(serial).is_some_and(|first| licenses.contains(&first))
                    }
                };
                added || self.newest(seen.set).map(u64::from) != seen.newest
            });
            let serial = RecordKey::serial(record.serial());
            let taken = self.has(serial) || keys.contains(&serial);
            keys.extend(sealed.keys());
            licenses.extend(record.details.follows().and_then(|followed| self.first_record(followed)));
            changed || taken
        })
    }

    fn under(&self, key: RecordKey) -> impl Iterator<Item = u32> + '_ {
        self.by_key.range((key, 0)..=(key, u32::MAX)).map(|(_, number)| *number)
    }

    /// The first record of the license to which the key with this serial belongs.
    fn first_record(&self, serial: Serial) -> Option<u32> {
        let number = self.under(RecordKey::serial(serial)).next()?;
        self.first_records.get(index(number)).copied()
    }
}

/// The number of the record at that index. No file has 2^32 records: they would take six terabytes.
pub(super) fn number(index: usize) -> u32 {
    let number = u32::try_from(index);
    debug_assert!(number.is_ok(), "more records than a file holds");
    number.unwrap_or(u32::MAX)
}

/// The index of the record with that number.
pub(super) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
