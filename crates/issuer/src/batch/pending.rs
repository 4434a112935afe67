//! The orders between decision and report, in their order.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, Utc};

use super::Outcome;
use super::workers::{Done, Work, Workers};
use crate::SignError;
use crate::issuance::DecisionContext;
use crate::order::OrderLine;
use crate::policy::Permitted;
use crate::record::{RecordKey, Sealed};

pub(super) struct Pending {
    workers: Workers,
    /// The licenses for the next message to the workers.
    work: Work,
    orders: VecDeque<Entry>,
    /// The number of the first order.
    first: u64,
    /// The number of ready orders at the front: those with a signed license or an outcome.
    ready: usize,
    signing: usize,
    /// The first license that could not be signed, by the line of its order.
    failure: Option<(u64, SignError)>,
    /// The keys of the license keys that are not on record yet, and of the first keys of the licenses that they follow: a later
    /// decision may depend on them. Each with the number of its licenses.
    keys: HashMap<RecordKey, u32>,
}

enum Entry {
    /// A license is sealed when it is signed.
    License {
        order: OrderLine,
        keys: Vec<RecordKey>,
        sealed: Option<Sealed>,
    },
    Answered(Outcome),
}

/// An order that is ready to be reported.
pub(super) enum Ready {
    /// As soon as its license is stored.
    Signed(OrderLine),
    /// It has no new license.
    Answered(Outcome),
}

/// Enough to keep all cores busy while the disk writes.
const MAX: usize = 4096;
/// The number of licenses in a message to the workers: sending it costs little beside signing them.
const WORK: usize = 32;

impl Pending {
    pub(super) fn new(workers: Workers) -> Pending {
        Pending {
            workers,
            work: Vec::new(),
            orders: VecDeque::new(),
            first: 0,
            ready: 0,
            signing: 0,
            failure: None,
            keys: HashMap::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.orders.len() >= MAX
    }

    /// The number of ready orders at the front.
    pub(super) const fn ready(&self) -> usize {
        self.ready
    }

    /// The first license that could not be signed, by the line of its order.
    pub(super) const fn failure(&self) -> Option<(u64, SignError)> {
        self.failure
    }

    /// Whether a decision in this context depends on a license that is not on record yet.
    pub(super) fn affects(&self, context: &DecisionContext<'_>) -> bool {
        context.keys().any(|key| self.keys.contains_key(&key))
    }

    /// Has the license of an order signed.
    pub(super) fn sign(&mut self, order: OrderLine, permitted: Box<Permitted>, at: DateTime<Utc>) {
        let followed = permitted.license.map(RecordKey::serial);
        let keys: Vec<RecordKey> = permitted.keys.iter().copied().chain(followed).collect();
        for key in &keys {
            let count = self.keys.entry(*key).or_default();
            *count = count.saturating_add(1);
        }
        let number = self.first.saturating_add(u64::try_from(self.orders.len()).unwrap_or(u64::MAX));
        self.orders.push_back(Entry::License { order, keys, sealed: None });
        self.signing = self.signing.saturating_add(1);
        self.work.push((number, permitted, at));
        if self.work.len() >= WORK {
            self.hand_over(WORK);
        }
    }

    /// Adds the outcome of an order without a new license.
    pub(super) fn answer(&mut self, outcome: Outcome) {
        self.orders.push_back(Entry::Answered(outcome));
        self.count_ready();
    }

    /// Takes the licenses that are signed now.
    pub(super) fn take_signed(&mut self) {
        while let Ok(done) = self.workers.done.try_recv() {
            self.signed(done);
        }
    }

    /// Waits for signed licenses. False if no license is being signed.
    pub(super) fn wait(&mut self) -> bool {
        // All workers get a share, since a signer may take long.
        self.hand_over(self.work.len().div_ceil(self.workers.threads.get()));
        if self.signing == 0 {
            return false;
        }
        match self.workers.done.recv() {
            Ok(done) => self.signed(done),
            // All workers panicked, and the thread that joins them will panic too.
            Err(_) => self.failure = Some((0, SignError::Signer)),
        }
        true
    }

    /// Waits until all licenses are signed, or one failed.
    pub(super) fn wait_for_all(&mut self) {
        while self.failure.is_none() && self.wait() {}
    }

    /// Takes at most that many ready orders, and their signed licenses.
    pub(super) fn take_ready(&mut self, max: usize) -> (Vec<Ready>, Vec<Sealed>) {
        let (mut orders, mut licenses) = (Vec::new(), Vec::new());
        let count = self.ready.min(max);
        for entry in self.orders.drain(..count) {
            self.first = self.first.saturating_add(1);
            match entry {
                Entry::Answered(outcome) => orders.push(Ready::Answered(outcome)),
                Entry::License { order, keys, sealed } => {
                    debug_assert!(sealed.is_some(), "a ready order has a signed license");
                    keys.iter().for_each(|key| forget(&mut self.keys, key));
                    licenses.extend(sealed);
                    orders.push(Ready::Signed(order));
                }
            }
        }
        self.ready = self.ready.saturating_sub(count);
        (orders, licenses)
    }

    /// Sends the work to the workers, a share in each message.
    fn hand_over(&mut self, share: usize) {
        while !self.work.is_empty() {
            let rest = self.work.split_off(share.clamp(1, self.work.len()));
            // It fails only if all workers panicked, and the thread that joins them will panic too.
            let _ = self.workers.work.send(std::mem::replace(&mut self.work, rest));
        }
    }

    fn signed(&mut self, done: Done) {
        for (number, signed) in done {
            self.signing = self.signing.saturating_sub(1);
            let index = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
            let Some(Entry::License { order, sealed, .. }) = self.orders.get_mut(index) else {
                debug_assert!(false, "a signed license belongs to a pending order");
                continue;
            };
            match signed {
                Ok(license) => *sealed = Some(license),
                Err(error) => {
                    let failures = self.failure.into_iter().chain([(order.line, error)]);
                    self.failure = failures.min_by_key(|(line, _)| *line);
                }
            }
        }
        self.count_ready();
    }

    fn count_ready(&mut self) {
        let is_ready = |entry: &&Entry| !matches!(entry, Entry::License { sealed: None, .. });
        let more = self.orders.iter().skip(self.ready).take_while(is_ready).count();
        self.ready = self.ready.saturating_add(more);
    }
}

fn forget(keys: &mut HashMap<RecordKey, u32>, key: &RecordKey) {
    if let Some(count) = keys.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            keys.remove(key);
        }
    }
}
