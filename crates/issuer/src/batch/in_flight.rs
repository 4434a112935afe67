use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, Utc};

use super::workers::{Work, Workers};
use super::{Ended, Outcome};
use crate::SignError;
use crate::policy::Permitted;
use crate::record::{Lookup, Recorded, Unreleased};

/// The orders that were decided on and are not told yet, in their order.
pub(super) struct InFlight {
    workers: Workers,
    /// What the workers get next.
    work: Work,
    orders: VecDeque<InOrder>,
    /// The number of the first of them.
    first: u64,
    /// How many are signed or told, before the first that is not.
    ready: usize,
    signing: usize,
    failed: bool,
    /// Under what the licenses that are not on record yet will be found.
    lookups: HashMap<Lookup, u32>,
}

struct InOrder {
    line: u64,
    bytes: u64,
    id: Option<String>,
    state: State,
}

enum State {
    Signing(Vec<Lookup>),
    Signed(Vec<Lookup>, Unreleased),
    Failed(SignError),
    Ended(Ended),
}

/// Enough to keep all cores at work while the disk writes.
const MOST: usize = 4096;
/// So many that handing them over costs little beside signing them.
const WORK: usize = 32;

impl InFlight {
    pub(super) fn new(workers: Workers) -> InFlight {
        InFlight {
            workers,
            work: Vec::new(),
            orders: VecDeque::new(),
            first: 0,
            ready: 0,
            signing: 0,
            failed: false,
            lookups: HashMap::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.orders.len() >= MOST
    }

    /// Takes what is signed by now.
    pub(super) fn look(&mut self) {
        while let Ok(done) = self.workers.done.try_recv() {
            self.place(done);
        }
    }

    /// How many can be told.
    pub(super) const fn ready(&self) -> usize {
        self.ready
    }

    /// Whether a license could not be signed.
    pub(super) const fn has_failed(&self) -> bool {
        self.failed
    }

    /// Whether any license that is being signed will be found under one of these.
    pub(super) fn has_any_of(&self, lookups: &[Lookup]) -> bool {
        lookups.iter().any(|lookup| self.lookups.contains_key(lookup))
    }

    /// Has a license signed.
    pub(super) fn sign(
        &mut self,
        line: u64,
        bytes: u64,
        id: Option<String>,
        permitted: Box<Permitted>,
        at: DateTime<Utc>,
    ) {
        let lookups = permitted.lookups().to_vec();
        for lookup in &lookups {
            let count = self.lookups.entry(*lookup).or_default();
            *count = count.saturating_add(1);
        }
        let number = self.first.saturating_add(u64::try_from(self.orders.len()).unwrap_or(u64::MAX));
        self.orders.push_back(InOrder { line, bytes, id, state: State::Signing(lookups) });
        self.signing = self.signing.saturating_add(1);
        self.work.push((number, permitted, at));
        if self.work.len() >= WORK {
            self.hand_over(WORK);
        }
    }

    /// What came of an order for which nothing is signed.
    pub(super) fn push(&mut self, outcome: Outcome) {
        let Outcome { line, bytes, id, ended } = outcome;
        self.orders.push_back(InOrder { line, bytes, id, state: State::Ended(ended) });
        self.count_ready();
    }

    /// Waits until more is signed; whether there was something to wait for.
    pub(super) fn wait(&mut self) -> bool {
        // A few are shared out: a signer may take long, and several of them together no longer.
        self.hand_over(self.work.len().div_ceil(self.workers.threads.get()));
        if self.signing == 0 {
            return false;
        }
        match self.workers.done.recv() {
            Ok(done) => self.place(done),
            // All workers panicked, and so will the thread that waits for them.
            Err(_) => self.failed = true,
        }
        true
    }

    /// What is ready, up to so many.
    pub(super) fn take_ready(&mut self, most: usize) -> (Vec<Unreleased>, Told) {
        let mut unreleased = Vec::new();
        let mut told = Vec::new();
        let count = self.ready.min(most);
        for order in self.orders.drain(..count) {
            self.first = self.first.saturating_add(1);
            let InOrder { line, bytes, id, state } = order;
            let ended = match state {
                State::Ended(ended) => Some(ended),
                State::Signed(lookups, signed) => {
                    lookups.iter().for_each(|lookup| forget(&mut self.lookups, lookup));
                    unreleased.push(signed);
                    None
                }
                // Not ready.
                State::Signing(_) | State::Failed(_) => continue,
            };
            told.push((line, bytes, id, ended));
        }
        self.ready = self.ready.saturating_sub(count);
        (unreleased, Told(told))
    }

    /// The first that could not be signed.
    pub(super) fn failure(&self) -> Option<(u64, SignError)> {
        if !self.failed {
            return None;
        }
        let failed = self.orders.iter().find_map(|order| match order.state {
            State::Failed(error) => Some((order.line, error)),
            _ => None,
        });
        failed.or_else(|| self.orders.front().map(|order| (order.line, SignError::Signer)))
    }

    /// Hands over what there is, so many at a time.
    fn hand_over(&mut self, share: usize) {
        while !self.work.is_empty() {
            let rest = self.work.split_off(share.clamp(1, self.work.len()));
            // Nobody takes it if a worker panicked, and so will the thread that waits for it.
            let _ = self.workers.work.send(std::mem::replace(&mut self.work, rest));
        }
    }

    fn place(&mut self, done: Vec<(u64, Result<Unreleased, SignError>)>) {
        for (number, signed) in done {
            self.signing = self.signing.saturating_sub(1);
            let index = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
            let Some(order) = self.orders.get_mut(index) else { continue };
            order.state = match (signed, std::mem::replace(&mut order.state, State::Signing(Vec::new()))) {
                (Ok(signed), State::Signing(lookups)) => State::Signed(lookups, signed),
                (Err(error), _) => {
                    self.failed = true;
                    State::Failed(error)
                }
                (Ok(_), other) => other,
            };
        }
        self.count_ready();
    }

    fn count_ready(&mut self) {
        let is_ready = |order: &&InOrder| matches!(order.state, State::Signed(..) | State::Ended(_));
        let more = self.orders.iter().skip(self.ready).take_while(is_ready).count();
        self.ready = self.ready.saturating_add(more);
    }
}

fn forget(lookups: &mut HashMap<Lookup, u32>, lookup: &Lookup) {
    if let Some(count) = lookups.get_mut(lookup) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            lookups.remove(lookup);
        }
    }
}

/// What can be told when the licenses among it are on record.
pub(super) struct Told(Vec<(u64, u64, Option<String>, Option<Ended>)>);

impl Told {
    pub(super) fn with(self, recorded: impl IntoIterator<Item = Box<Recorded>>) -> Vec<Outcome> {
        let mut recorded = recorded.into_iter();
        let outcome = |(line, bytes, id, ended): (u64, u64, Option<String>, Option<Ended>)| {
            let ended = ended.or_else(|| recorded.next().map(Ended::Issued))?;
            Some(Outcome { line, bytes, id, ended })
        };
        self.0.into_iter().filter_map(outcome).collect()
    }
}
