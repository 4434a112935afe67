use keyward_core::Serial;

use crate::TrustedKey;
use crate::order::Order;
use crate::policy::{Decision, History, Policy, Refusal, Refusals};
use crate::record::{Found, IssueRecord, RecordKey, RecordSet, Seen, Storage};

/// The records that a decision on an order is based on.
///
/// It does no input or output of its own: it names the sets that it needs, and is given the records of each, until it needs
/// nothing more. That takes at most four rounds.
#[derive(Debug)]
pub struct DecisionContext<'a> {
    policy: Policy<'a>,
    order: &'a Order,
    found: Vec<Found>,
    history: History,
    seen: Vec<Seen>,
    rounds: usize,
}

impl<'a> DecisionContext<'a> {
    const MAX_ROUNDS: usize = 4;

    /// The context of an order under these rules, without a record yet.
    pub fn new(policy: Policy<'a>, order: &'a Order) -> DecisionContext<'a> {
        let (found, history, seen) = (Vec::new(), History::default(), Vec::new());
        DecisionContext { policy, order, found, history, seen, rounds: 0 }
    }

    /// The sets that are needed next. None: the order can be decided on.
    pub fn needs(&self) -> Vec<RecordSet> {
        debug_assert!(self.rounds <= DecisionContext::MAX_ROUNDS, "a set leads to another one time and again");
        if self.rounds >= DecisionContext::MAX_ROUNDS {
            return Vec::new();
        }
        let mut needed = self.policy.sets(self.order, &self.history);
        needed.retain(|set| !self.seen.iter().any(|seen| seen.set == *set));
        needed.sort_unstable();
        needed.dedup();
        needed
    }

    /// Takes the records of sets that were needed, in the order of the sets.
    pub fn supply(&mut self, sets: &[RecordSet], found: Vec<Vec<Found>>) {
        debug_assert_eq!(sets.len(), found.len(), "an answer for each set");
        self.rounds = self.rounds.saturating_add(1);
        self.seen.extend(sets.iter().zip(&found).map(|(set, found)| Seen { set: *set, records: found.len() }));
        self.found.extend(found.into_iter().flatten());
        self.history = History::new(self.found.iter().cloned());
    }

    /// Takes all that is needed from a store.
    ///
    /// # Errors
    ///
    /// Those of the store.
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

    /// Decides.
    ///
    /// The licenses that the order names, and the one that it made before, must be signed by one of these keys: else who can
    /// write the record could have any claims signed anew.
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
            Decision::Permitted(permitted) => permitted.seen = self.seen,
        }
        Ok(decision)
    }

    /// The keys of everything that the decision depends on: of the sets that were looked up, whether they have records or
    /// not, and of the records that were found.
    pub(crate) fn keys(&self) -> impl Iterator<Item = RecordKey> + '_ {
        let looked_up = self.seen.iter().map(|seen| match seen.set {
            RecordSet::Under(key) => key,
            RecordSet::License(serial) => RecordKey::serial(serial),
        });
        looked_up.chain(self.history.records().iter().map(|record| RecordKey::serial(record.serial())))
    }
}

fn genuine<'k>(record: &IssueRecord, trusted: impl IntoIterator<Item = &'k TrustedKey>) -> Result<(), Refusals> {
    let key = record.key();
    if trusted.into_iter().any(|trusted| trusted.verifies(key.signed_bytes(), key.signature())) {
        return Ok(());
    }
    Err(Refusal::NotGenuine { serial: record.serial() }.into())
}
