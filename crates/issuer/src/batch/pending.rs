//! The orders that are decided on and not reported yet, in their order.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, Utc};
use keyward_core::Serial;

use super::workers::{Work, Workers};
use super::{Answer, Outcome};
use crate::SignError;
use crate::issuance::DecisionContext;
use crate::order::Order;
use crate::policy::Permitted;
use crate::record::{RecordKey, Recorded, Sealed};

pub(super) struct Pending {
    workers: Workers,
    /// The licenses that the workers get next.
    work: Work,
    orders: VecDeque<Entry>,
    /// The number of the first of them.
    first: u64,
    /// How many are signed or answered, before the first that is not.
    ready: usize,
    signing: usize,
    failed: bool,
    /// The licenses that are not on record yet, by all that a decision may look up.
    marks: HashMap<Mark, u32>,
}

/// A license that is not on record yet: a key under which it will be found, its serial, or the serial that it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Mark {
    Key(RecordKey),
    Serial(Serial),
}

/// The place of an order in its file.
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) bytes: u64,
    pub(super) id: Option<String>,
}

struct Entry {
    place: Place,
    state: State,
}

enum State {
    Signing(Box<Order>, Vec<Mark>),
    Signed(Box<Order>, Vec<Mark>, Sealed),
    Failed(SignError),
    Answered(Answer),
}

/// Enough to keep all cores at work while the disk writes.
const MAX: usize = 4096;
/// So many that handing them over costs little beside signing them.
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
            failed: false,
            marks: HashMap::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.orders.len() >= MAX
    }

    /// How many are signed or answered, before the first that is not.
    pub(super) const fn ready(&self) -> usize {
        self.ready
    }

    /// Whether a license could not be signed.
    pub(super) const fn has_failed(&self) -> bool {
        self.failed
    }

    /// Whether a decision in this context depends on a license that is not on record yet.
    pub(super) fn concerns(&self, context: &DecisionContext<'_>) -> bool {
        let mut marks = context.keys().map(Mark::Key).chain(context.serials().map(Mark::Serial));
        marks.any(|mark| self.marks.contains_key(&mark))
    }

    /// Has a license signed.
    pub(super) fn sign(&mut self, place: Place, order: Box<Order>, permitted: Box<Permitted>, at: DateTime<Utc>) {
        let serials = [Some(permitted.claims.serial()), permitted.details.follows()].into_iter().flatten();
        let marks: Vec<Mark> = permitted.keys.iter().copied().map(Mark::Key).chain(serials.map(Mark::Serial)).collect();
        for mark in &marks {
            let count = self.marks.entry(*mark).or_default();
            *count = count.saturating_add(1);
        }
        let number = self.first.saturating_add(u64::try_from(self.orders.len()).unwrap_or(u64::MAX));
        self.orders.push_back(Entry { place, state: State::Signing(order, marks) });
        self.signing = self.signing.saturating_add(1);
        self.work.push((number, permitted, at));
        if self.work.len() >= WORK {
            self.hand_over(WORK);
        }
    }

    /// Keeps the answer to an order for which nothing is signed.
    pub(super) fn answer(&mut self, place: Place, answer: Answer) {
        self.orders.push_back(Entry { place, state: State::Answered(answer) });
        self.count_ready();
    }

    /// Takes the licenses that are signed by now.
    pub(super) fn take_signed(&mut self) {
        while let Ok(done) = self.workers.done.try_recv() {
            self.signed(done);
        }
    }

    /// Waits until more is signed. Returns whether there was something to wait for.
    pub(super) fn wait(&mut self) -> bool {
        // A few are shared out: a signer may take long, and several of them together no longer.
        self.hand_over(self.work.len().div_ceil(self.workers.threads.get()));
        if self.signing == 0 {
            return false;
        }
        match self.workers.done.recv() {
            Ok(done) => self.signed(done),
            // All workers panicked, and so will the thread that waits for them.
            Err(_) => self.failed = true,
        }
        true
    }

    /// Waits until all is signed, or one license can't be.
    pub(super) fn wait_for_all(&mut self) {
        while !self.failed && self.wait() {}
    }

    /// Takes the orders that are ready, up to so many: the signed licenses, and the places of all.
    pub(super) fn take_ready(&mut self, max: usize) -> (Vec<Sealed>, Places) {
        let mut licenses = Vec::new();
        let mut places = Vec::new();
        let count = self.ready.min(max);
        for Entry { place, state } in self.orders.drain(..count) {
            self.first = self.first.saturating_add(1);
            places.push(match state {
                State::Answered(answer) => Taken::Answered(place, answer),
                State::Signed(order, marks, sealed) => {
                    marks.iter().for_each(|mark| forget(&mut self.marks, mark));
                    licenses.push(sealed);
                    Taken::Order(place, order)
                }
                State::Signing(..) | State::Failed(_) => {
                    debug_assert!(false, "an order that is not ready was counted as ready");
                    continue;
                }
            });
        }
        self.ready = self.ready.saturating_sub(count);
        (licenses, Places(places))
    }

    /// The first order that could not be signed.
    pub(super) fn failure(&self) -> Option<(u64, SignError)> {
        if !self.failed {
            return None;
        }
        let failed = self.orders.iter().find_map(|entry| match entry.state {
            State::Failed(error) => Some((entry.place.line, error)),
            _ => None,
        });
        failed.or_else(|| self.orders.front().map(|entry| (entry.place.line, SignError::Signer)))
    }

    /// Hands the work over, so much at a time.
    fn hand_over(&mut self, share: usize) {
        while !self.work.is_empty() {
            let rest = self.work.split_off(share.clamp(1, self.work.len()));
            // Nobody takes it if a worker panicked, and so will the thread that waits for it.
            let _ = self.workers.work.send(std::mem::replace(&mut self.work, rest));
        }
    }

    fn signed(&mut self, done: Vec<(u64, Result<Sealed, SignError>)>) {
        for (number, signed) in done {
            self.signing = self.signing.saturating_sub(1);
            let index = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
            let Some(entry) = self.orders.get_mut(index) else { continue };
            let before = std::mem::replace(&mut entry.state, State::Failed(SignError::Signer));
            entry.state = match (signed, before) {
                (Ok(sealed), State::Signing(order, marks)) => State::Signed(order, marks, sealed),
                (Ok(_), other) => other,
                (Err(error), _) => {
                    self.failed = true;
                    State::Failed(error)
                }
            };
        }
        self.count_ready();
    }

    fn count_ready(&mut self) {
        let is_ready = |entry: &&Entry| matches!(entry.state, State::Signed(..) | State::Answered(_));
        let more = self.orders.iter().skip(self.ready).take_while(is_ready).count();
        self.ready = self.ready.saturating_add(more);
    }
}

fn forget(marks: &mut HashMap<Mark, u32>, mark: &Mark) {
    if let Some(count) = marks.get_mut(mark) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            marks.remove(mark);
        }
    }
}

/// An order that was taken from the pending ones.
pub(super) enum Taken {
    /// With a license that goes into the store.
    Order(Place, Box<Order>),
    /// With an answer.
    Answered(Place, Answer),
}

/// Orders that can be reported once the licenses among them are on record.
pub(super) struct Places(Vec<Taken>);

impl Places {
    /// The outcomes, with the licenses in their order.
    pub(super) fn with(self, recorded: impl IntoIterator<Item = Recorded>) -> Vec<Outcome> {
        let mut recorded = recorded.into_iter();
        let outcome = |taken| {
            let (place, answer) = match taken {
                Taken::Order(place, _) => (place, Answer::Issued(recorded.next()?)),
                Taken::Answered(place, answer) => (place, answer),
            };
            Some(Outcome { line: place.line, bytes: place.bytes, id: place.id, answer })
        };
        self.0.into_iter().filter_map(outcome).collect()
    }

    pub(super) fn into_orders(self) -> Vec<Taken> {
        self.0
    }
}
