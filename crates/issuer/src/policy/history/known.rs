//! The sets of records that a history knows, and those that it needs.

use keyward_verifier::files::RevocationList;

use super::History;
use crate::record::{FoundRecord, NeededSet, RecordKey, RecordSet, SeenSet};

impl History {
    /// The set that is needed before that one: the record of a key tells to which license it belongs, and the other records of that
    /// one may be known.
    pub(crate) fn first_needed(&self, set: RecordSet) -> RecordSet {
        match set {
            RecordSet::License(serial) if !self.records.is_empty() && self.find(serial).is_none() => {
                RecordSet::ByKey(RecordKey::serial(serial))
            }
            _ => set,
        }
    }

    /// The records of a set that are not known yet.
    pub(crate) fn needed(&self, set: RecordSet) -> NeededSet {
        NeededSet { set, after: self.known.get(&self.named_by_first(set)).and_then(|known| known.newest) }
    }

    /// Takes the records of needed sets, and their statuses on a list. The result are the sets, with all that is known of them.
    pub(crate) fn supply(
        &mut self,
        sets: &[NeededSet],
        mut found: Vec<Vec<FoundRecord>>,
        list: Option<&RevocationList>,
    ) -> Vec<SeenSet> {
        let mut seen = Vec::with_capacity(sets.len());
        for (needed, found) in sets.iter().zip(&mut found) {
            // A store may find the known ones again.
            found.retain(|found| needed.after.is_none_or(|after| found.position > after));
            let known = needed.after.and_then(|_| self.known.get(&self.named_by_first(needed.set)));
            let newest = found.iter().map(|found| found.position).chain(known.and_then(|known| known.newest)).max();
            let records = known.map_or(0, |known| known.records).saturating_add(found.len());
            seen.push(SeenSet { set: needed.set, records, newest });
        }
        self.add(found.into_iter().flatten(), list);
        for seen in seen.iter().filter(|seen| seen.records > 0) {
            self.known.insert(self.named_by_first(seen.set), *seen);
        }
        seen
    }

    /// The set with one name, since each key of a license names it.
    fn named_by_first(&self, set: RecordSet) -> RecordSet {
        match set {
            RecordSet::License(serial) => RecordSet::License(self.first_of_license(serial)),
            RecordSet::ByKey(_) => set,
        }
    }
}
