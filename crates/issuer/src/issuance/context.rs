use keyward_core::Serial;

use crate::TrustedKey;
use crate::order::Order;
use crate::policy::{Decision, History, Policy, Refusal, Refusals};
use crate::record::{FoundRecord, IssueRecord, RecordKey, RecordSet, SeenSet, Storage};

/// The records that a decision on an order depends on.
///
/// It does no input or output: it names the sets that it needs and takes their records, until it needs no further set. That
/// takes at most four rounds.
#[derive(Debug)]
pub struct DecisionContext<'a> {
    policy: Policy<'a>,
    order: &'a Order,
    found: Vec<FoundRecord>,
    history: History,
    seen: Vec<SeenSet>,
    rounds: usize,
}

impl<'a> DecisionContext<'a> {
    const MAX_ROUNDS: usize = 4;

    /// The context of an order under these rules, without records.
    pub fn new(policy: Policy<'a>, order: &'a Order) -> DecisionContext<'a> {
        let (found, history, seen) = (Vec::new(), History::default(), Vec::new());
        DecisionContext { policy, order, found, history, seen, rounds: 0 }
    }

    /// The sets that are needed next. An empty list means that the context is complete.
    pub fn needs(&self) -> Vec<RecordSet> {
        debug_assert!(self.rounds <= DecisionContext::MAX_ROUNDS, "at most four rounds of sets");
        if self.rounds >= DecisionContext::MAX_ROUNDS {
            return Vec::new();
        }
        let mut needed = self.policy.sets(self.order, &self.history);
        needed.retain(|set| !self.seen.iter().any(|seen| seen.set == *set));
        needed.sort_unstable();
        needed.dedup();
        needed
    }

    /// Takes the records of the needed sets, in the order of the sets.
    pub fn supply(&mut self, sets: &[RecordSet], found: Vec<Vec<FoundRecord>>) {
        debug_assert_eq!(sets.len(), found.len(), "records for each set");
        self.rounds = self.rounds.saturating_add(1);
        self.seen.extend(sets.iter().zip(&found).map(|(set, found)| SeenSet { set: *set, records: found.len() }));
        self.found.extend(found.into_iter().flatten());
        self.history = History::new(self.found.iter().cloned());
    }

    /// Takes the needed sets from a store, until the context is complete.
    ///
    /// # Errors
    ///
    /// The errors of the store.
    pub fn collect<R: Storage>(mut self, storage: &mut R) -> Result<DecisionContext<'a>, R::Error> {
        loop {
            let needs = self.needs();
            if needs.is_empty() {
                return Ok(self);
            }
            let found = storage.find(&needs)?;
            self.supply(&needs, found);
        }
    }

    /// Decides on the order.
    ///
    /// One of these keys must have signed the licenses that the order names, the license that was issued earlier for the
    /// same order, and the licenses from which the new one takes its claims or its days. Otherwise a person who can write to the record could get a signature for any claims.
    ///
    /// # Errors
    ///
    /// Every rule that the order breaks.
    pub fn decide<'k>(self, trusted: impl IntoIterator<Item = &'k TrustedKey> + Clone) -> Result<Decision, Refusals> {
        let named = self.order.named_on_record();
        let bridged = |serial: &Serial| self.history.find(*serial).and_then(|record| record.details.bridges);
        let named: Vec<Serial> = named.flat_map(|serial| [Some(serial), bridged(&serial)]).flatten().collect();
        for record in named.iter().filter_map(|serial| self.history.find(*serial)) {
            genuine(record, trusted.clone())?;
        }
        let mut decision = self.policy.decide(self.order, &self.history)?;
        match &mut decision {
            Decision::Repeated(issued) => genuine(issued, trusted)?,
            Decision::Permitted(permitted) => {
                // The order may name neither: a stopgap can be ordered by customer, and a renewal by its stopgap.
                let sources = [permitted.details.replaces, permitted.details.bridges].into_iter().flatten();
                for record in sources.filter_map(|serial| self.history.find(serial)) {
                    genuine(record, trusted.clone())?;
                    // What was sold limits the changes.
                    self.history.sold(record).map_or(Ok(()), |sold| genuine(sold, trusted.clone()))?;
                }
                permitted.seen = self.seen;
            }
        }
        Ok(decision)
    }

    /// The keys that the decision depends on: those of the sets, with or without records, and those of the records.
    pub(crate) fn keys(&self) -> impl Iterator<Item = RecordKey> + '_ {
        let looked_up = self.seen.iter().map(|seen| match seen.set {
            RecordSet::ByKey(key) => key,
            RecordSet::License(serial) => RecordKey::serial(serial),
        });
        looked_up.chain(self.history.records().iter().map(|record| RecordKey::serial(record.serial())))
    }
}

/// Checks that the license is signed, by the trusted key that the record names.
fn genuine<'k>(record: &IssueRecord, trusted: impl IntoIterator<Item = &'k TrustedKey>) -> Result<(), Refusals> {
    let key = record.key();
    let mut named = trusted.into_iter().filter(|trusted| trusted.id() == record.key_id());
    if named.any(|trusted| trusted.verifies(key.signed_bytes(), key.signature())) {
        return Ok(());
    }
    Err(Refusal::NotGenuine { serial: record.serial() }.into())
}
