use std::sync::Arc;

use keyward_core::Serial;

use crate::TrustedKey;
use crate::order::Order;
use crate::policy::{Decision, History, Policy, Refusal, Refusals};
use crate::record::{FoundRecord, IssueRecord, NeededSet, RecordKey, RecordSet, SeenSet, Storage};

/// The records that a decision on an order depends on.
///
/// It does no input or output: it names the sets that it needs and takes their records, until it needs no further set. That
/// takes at most six rounds.
#[derive(Debug)]
pub struct DecisionContext<'a> {
    policy: Policy<'a>,
    order: &'a Order,
    history: History,
    seen: Vec<SeenSet>,
    rounds: usize,
}

impl<'a> DecisionContext<'a> {
    const MAX_ROUNDS: usize = 6;

    /// The context of an order under these rules, without records.
    pub fn new(policy: Policy<'a>, order: &'a Order) -> DecisionContext<'a> {
        DecisionContext::after(policy.empty_history(), policy, order)
    }

    /// The context of an order under these rules, with the records that an earlier decision under the same rules used: only those
    /// are needed that were stored since.
    pub(crate) fn after(history: History, policy: Policy<'a>, order: &'a Order) -> DecisionContext<'a> {
        let history = if policy.fits(&history) { history } else { policy.empty_history() };
        DecisionContext { policy, order, history, seen: Vec::new(), rounds: 0 }
    }

    /// The sets that are needed next. An empty list means that the context is complete.
    pub fn needs(&self) -> Vec<NeededSet> {
        debug_assert!(self.rounds <= DecisionContext::MAX_ROUNDS, "at most six rounds of sets");
        if self.rounds >= DecisionContext::MAX_ROUNDS {
            return Vec::new();
        }
        let mut needed = self.policy.sets(self.order, &self.history);
        needed.iter_mut().for_each(|set| *set = self.history.first_needed(*set));
        needed.retain(|set| !self.seen.iter().any(|seen| seen.set == *set));
        needed.sort_unstable();
        needed.dedup();
        needed.into_iter().map(|set| self.history.needed(set)).collect()
    }

    /// Takes the needed records of the sets, in the order of the sets.
    pub fn supply(&mut self, sets: &[NeededSet], found: Vec<Vec<FoundRecord>>) {
        debug_assert_eq!(sets.len(), found.len(), "records for each set");
        self.rounds = self.rounds.saturating_add(1);
        let seen = self.policy.supply(&mut self.history, sets, found);
        self.seen.extend(seen);
    }

    /// The records, for the next decision.
    pub(crate) fn into_history(self) -> History {
        self.history
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
    pub fn decide<'k>(
        &mut self,
        trusted: impl IntoIterator<Item = &'k TrustedKey> + Clone,
    ) -> Result<Decision, Refusals> {
        let named = self.order.named_on_record();
        let bridged = |serial: &Serial| self.history.find(*serial).and_then(|record| record.details.bridges);
        let named = named.flat_map(|serial| [Some(serial), bridged(&serial)]).flatten();
        let named: Vec<_> = named.filter_map(|serial| self.history.find(serial)).cloned().collect();
        // A refusal gives nothing away, and needs no signature.
        let mut decision = self.policy.decide(self.order, &self.history)?;
        self.genuine(&named, trusted.clone())?;
        match &mut decision {
            Decision::Repeated(issued) => self.genuine(std::slice::from_ref(issued), trusted)?,
            Decision::Permitted(permitted) => {
                // The order may name neither: a stopgap can be ordered by customer, and a renewal by its stopgap.
                let sources = [permitted.details.replaces, permitted.details.bridges];
                let sources = sources.into_iter().flatten().filter_map(|serial| self.history.find(serial));
                // What was sold limits the changes.
                let used = sources.flat_map(|record| [Some(record), self.history.sold(record)]);
                let used: Vec<_> = used.flatten().cloned().collect();
                self.genuine(&used, trusted)?;
                permitted.seen = std::mem::take(&mut self.seen);
            }
        }
        Ok(decision)
    }

    /// Checks that these licenses on record are signed, each by the trusted key that its record names. A license that the same
    /// key verified before is not verified again: the orders of a batch may all name one license.
    fn genuine<'k>(
        &mut self,
        records: &[Arc<IssueRecord>],
        trusted: impl IntoIterator<Item = &'k TrustedKey> + Clone,
    ) -> Result<(), Refusals> {
        for record in records {
            let (key, serial) = (record.key(), record.serial());
            let known = self.history.verified_by(serial);
            let mut named = trusted.clone().into_iter().filter(|trusted| trusted.id() == record.key_id());
            let verifies = |trusted: &&TrustedKey| {
                known == Some(trusted.to_bytes()) || trusted.verifies(key.signed_bytes(), key.signature())
            };
            let Some(by) = named.find(verifies) else { return Err(Refusal::NotGenuine { serial }.into()) };
            self.history.note_verified(serial, by.to_bytes());
        }
        Ok(())
    }

    /// The keys that the decision depends on: those of the sets, with or without records. A license has that of its first key.
    pub(crate) fn keys(&self) -> impl Iterator<Item = RecordKey> + '_ {
        self.seen
            .iter()
            .flat_map(|seen| match seen.set {
                RecordSet::ByKey(key) => [Some(key), None],
                RecordSet::License(serial) => {
                    [serial, self.history.first_of_license(serial)].map(|serial| Some(RecordKey::serial(serial)))
                }
            })
            .flatten()
    }
}
