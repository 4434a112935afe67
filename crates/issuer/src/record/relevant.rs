use std::collections::BTreeMap;

use keyward_core::Serial;

use super::lookup::{Lookup, Place};
use super::{Action, History, IssueRecord, RecordFile, RecordFileError, Recorded};
use crate::TrustedKey;
use crate::policy::{Order, Permitted, Policy, Refusal, Refusals};

impl Policy<'_> {
    /// The license that the order makes, in view of the record: [`Policy::decide`], with what it needs to know of the
    /// record, which may be long.
    ///
    /// The licenses that the order names must be signed by one of the trusted keys: whoever can write the record could
    /// have any claims signed anew.
    ///
    /// # Errors
    ///
    /// [`Undecided::Refused`] with every rule that the order breaks; [`Undecided::Record`] if the record can't be read.
    pub fn decide_on_record(
        &self,
        order: &Order,
        record: &mut RecordFile,
        trusted: &[TrustedKey],
    ) -> Result<Permitted, Undecided> {
        Relevant::to(self, order, record)?.decide(trusted)
    }
}

/// Why there is no license.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Undecided {
    /// The order breaks a rule.
    #[error(transparent)]
    Refused(#[from] Refusals),
    /// The record can't be read.
    #[error(transparent)]
    Record(#[from] RecordFileError),
}

/// What of a record a decision about an order is based on.
#[derive(Debug)]
pub(crate) struct Relevant<'a> {
    policy: &'a Policy<'a>,
    order: &'a Order,
    /// By their place in the record: the policy goes by which was first.
    records: BTreeMap<u64, Recorded>,
    /// All that was looked up, whether it is on record or not.
    looked_up: Vec<Lookup>,
}

impl<'a> Relevant<'a> {
    pub(crate) fn to(
        policy: &'a Policy<'a>,
        order: &'a Order,
        file: &mut RecordFile,
    ) -> Result<Relevant<'a>, RecordFileError> {
        let mut relevant = Relevant { policy, order, records: BTreeMap::new(), looked_up: Vec::new() };
        relevant.look_up(Lookup::serial(order.serial), file)?;
        if let Some(placed) = &order.placed {
            relevant.look_up(Lookup::order(&placed.id), file)?;
        }
        for serial in order.named_on_record() {
            relevant.with_relatives(serial, file)?;
        }
        if let Some(place) = policy.place_of_stopgap(order) {
            relevant.in_the_same_place(&place, file)?;
        }
        Ok(relevant)
    }

    /// The license that this very order made before, which must be signed by one of the trusted keys too.
    pub(crate) fn issued_already(&self, trusted: &[TrustedKey]) -> Result<Option<&Recorded>, Refusals> {
        let Some(placed) = &self.order.placed else { return Ok(None) };
        let issued = self.records.values().find(|recorded| recorded.record.order() == Some(placed));
        issued.map(|issued| genuine(&issued.record, trusted).map(|()| issued)).transpose()
    }

    pub(crate) fn decide(&self, trusted: &[TrustedKey]) -> Result<Permitted, Undecided> {
        let history = self.history();
        for named in self.order.named_on_record() {
            let bridged = history.find(named).and_then(IssueRecord::bridges);
            for record in [Some(named), bridged].into_iter().flatten().filter_map(|serial| history.find(serial)) {
                genuine(record, trusted)?;
            }
        }
        Ok(self.policy.decide(self.order, &history)?)
    }

    /// All that was looked up: a license under one of them changes the decision.
    pub(crate) fn looked_up(&self) -> &[Lookup] {
        &self.looked_up
    }

    fn history(&self) -> History {
        let mut history = History::default();
        for Recorded { record, .. } in self.records.values() {
            // A serial is in a record file once.
            let _ = history.push(record.clone());
        }
        history
    }

    /// The license, all that it is a reissue of or that is a reissue of it, what follows each, and what it bridges.
    fn with_relatives(&mut self, serial: Serial, file: &mut RecordFile) -> Result<(), RecordFileError> {
        let mut original = None;
        let mut next = Some(serial);
        while let Some(serial) = next.take() {
            let Some((place, record)) = self.look_up(Lookup::serial(serial), file)? else { break };
            // Only backward: a record that was tampered with may go round in circles.
            if original.is_some_and(|(before, _)| before <= place) {
                break;
            }
            original = Some((place, serial));
            next = record.replaces().filter(|_| record.action() == Action::Reissue);
        }
        let Some((mut last, mut serial)) = original else { return Ok(()) };
        loop {
            self.look_up(Lookup::renewal_of(serial), file)?;
            if let Some((_, stopgap)) = self.look_up(Lookup::stopgap_of(serial), file)? {
                self.back_to_original(&stopgap, file)?;
            }
            match self.look_up(Lookup::reissue_of(serial), file)? {
                Some((place, reissue)) if place > last => (last, serial) = (place, reissue.serial()),
                _ => break,
            }
        }
        let bridged = self.look_up(Lookup::serial(serial), file)?.and_then(|(_, record)| record.bridges());
        match bridged.filter(|bridged| !self.looked_up.contains(&Lookup::serial(*bridged))) {
            Some(bridged) => self.with_relatives(bridged, file),
            None => Ok(()),
        }
    }

    fn back_to_original(&mut self, record: &IssueRecord, file: &mut RecordFile) -> Result<(), RecordFileError> {
        let mut next = record.replaces().filter(|_| record.action() == Action::Reissue);
        while let Some(serial) = next.filter(|serial| !self.looked_up.contains(&Lookup::serial(*serial))) {
            let found = self.look_up(Lookup::serial(serial), file)?;
            next = found
                .filter(|(_, record)| record.action() == Action::Reissue)
                .and_then(|(_, record)| record.replaces());
        }
        Ok(())
    }

    /// What a stopgap might bridge, and what may bridge that already.
    fn in_the_same_place(&mut self, place: &Place<'_>, file: &mut RecordFile) -> Result<(), RecordFileError> {
        for lookup in Lookup::paid(place) {
            if let Some((_, paid)) = self.look_up(lookup, file)? {
                self.with_relatives(paid.serial(), file)?;
            }
        }
        for lookup in Lookup::stopgap(place) {
            if let Some((_, stopgap)) = self.look_up(lookup, file)? {
                self.back_to_original(&stopgap, file)?;
            }
        }
        Ok(())
    }

    fn look_up(
        &mut self,
        lookup: Lookup,
        file: &mut RecordFile,
    ) -> Result<Option<(u64, IssueRecord)>, RecordFileError> {
        self.looked_up.push(lookup);
        Ok(file.look_up(lookup)?.map(|(place, found)| {
            let record = found.record.clone();
            self.records.insert(place, found);
            (place, record)
        }))
    }
}

fn genuine(record: &IssueRecord, trusted: &[TrustedKey]) -> Result<(), Refusals> {
    let key = record.key();
    if trusted.iter().any(|trusted| trusted.verifies(key.signed_bytes(), key.signature())) {
        return Ok(());
    }
    Err(Refusal::NotGenuine { serial: record.serial() }.into())
}
