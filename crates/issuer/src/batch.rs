//! Many orders at once: signed on all cores, recorded and reported in their order.
//!
//! Each order has a unique id and is issued once: an order that is on record gets the same license again. So a job that was
//! stopped can be run again from its beginning.

// Each module may use those to its left:
//     workers ← pending
mod pending;
mod workers;

use std::collections::VecDeque;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;

use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::Signature;
use ed25519_dalek::ed25519::signature::Signer;

use crate::SignError;
use crate::issuance::{Issuance, release};
use crate::order::{OrderError, OrderLine, OrderReader};
use crate::policy::{Decision, History, Refusals};
use crate::record::{AppendError, Recorded, Storage, Stored};
use pending::{Pending, Ready};

/// A job that issues many licenses.
#[derive(Debug)]
pub struct Batch<'a, S> {
    /// The rules and the signing key. The policy's day follows the clock, since a job may wait for orders for weeks.
    pub issuance: Issuance<'a, S>,
    /// The number of threads that sign.
    pub threads: NonZeroUsize,
}

/// The result of one order.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The number of the order's line, from 1.
    pub line: u64,
    /// The length of the orders up to the end of the line, in bytes.
    pub bytes: u64,
    /// The id of the order, if it could be read.
    pub id: Option<String>,
    /// The answer.
    pub answer: Answer,
}

impl Outcome {
    fn of(OrderLine { line, bytes, id, .. }: OrderLine, answer: Answer) -> Outcome {
        Outcome { line, bytes, id, answer }
    }
}

/// The answer to an order.
#[derive(Debug)]
pub enum Answer {
    /// A new license, which is on record.
    Issued(Recorded),
    /// The license that was issued earlier for the same order.
    Repeated(Recorded),
    /// No license: the order breaks rules.
    Refused(Refusals),
    /// No license: the order can't be read.
    Unreadable(OrderError),
}

/// Why a job stopped. The licenses that were reported are on record, and the job can be run again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError<E> {
    /// The orders can't be read to their end.
    #[error("the orders can't be read to their end")]
    Orders(#[source] io::Error),
    /// The signer failed.
    #[error("the license of line {line} was not signed")]
    Sign {
        /// The line of the order.
        line: u64,
        /// The signer's error.
        source: SignError,
    },
    /// The store failed.
    #[error(transparent)]
    Storage(E),
    /// The outcomes can't be written.
    #[error("the outcomes of the orders can't be written")]
    Report(#[source] io::Error),
    /// The store had a conflict every time.
    #[error("other orders for the same licenses or customers were issued first, several times: run the job again")]
    Busy,
    /// The job ended before each order had its answer, such as when the thread that reads the orders, or a store, fails without
    /// an error.
    #[error("{} of the {read} orders that were read have no answer: run the same command again", read.abs_diff(*.answered))]
    Incomplete {
        /// The number of orders that were read.
        read: u64,
        /// The number of outcomes that were reported.
        answered: u64,
    },
}

impl<S: Signer<Signature> + Sync> Batch<'_, S> {
    /// Issues the orders and reports the outcomes in their order, many at a time. A license is on record before it is
    /// reported.
    ///
    /// A thread reads the orders, and may outlast this call while it waits for input. Earlier orders are signed and recorded
    /// meanwhile. When no further order is ready to be read, the finished ones are reported.
    ///
    /// # Errors
    ///
    /// Orders that can't be read, a signer or a store that fails, and the error of `report`. An invalid order is reported and
    /// does not stop the job.
    pub fn run<R: Read + Send + 'static, T: Storage>(
        &self,
        orders: OrderReader<R>,
        storage: &mut T,
        clock: impl Fn() -> DateTime<Utc>,
        report: impl FnMut(Vec<Outcome>) -> io::Result<()>,
    ) -> Result<(), BatchError<T::Error>> {
        let orders = read_ahead(orders);
        thread::scope(|scope| {
            let pending = Pending::new(workers::start(scope, &self.issuance, self.threads));
            let (issuance, reported_at) = (&self.issuance, clock());
            let (history, decisions, to_do, conflicts) = (History::default(), 0, VecDeque::new(), 0);
            let (read, answered) = (0, 0);
            let mut job = Job {
                issuance,
                storage,
                clock,
                report,
                reported_at,
                pending,
                history,
                decisions,
                to_do,
                conflicts,
                read,
                answered,
            };
            job.run(&orders)
        })
    }
}

/// Reads orders on a thread, a few hundred ahead. They come in portions, and an empty portion is the end. An order does not wait
/// in a portion for input that may take long.
fn read_ahead<R: Read + Send + 'static>(mut orders: OrderReader<R>) -> Receiver<Vec<io::Result<OrderLine>>> {
    const PORTION: usize = 64;
    let (read, orders_read) = sync_channel(4);
    thread::spawn(move || {
        loop {
            let mut portion = Vec::with_capacity(PORTION);
            while let Some(order) = orders.next() {
                let failed = order.is_err();
                portion.push(order);
                if failed || portion.len() >= PORTION || orders.may_block() {
                    break;
                }
            }
            let ended = portion.last().is_none_or(Result::is_err);
            if read.send(portion).is_err() || ended {
                return;
            }
        }
    });
    orders_read
}

/// The largest number of licenses in one append. One `fsync` costs little beside them.
const MAX_APPEND: usize = 2048;
/// The number of conflicts in a row after which the job is given up. At each, another order was issued.
const MAX_CONFLICTS: usize = 100;
/// The number of records that are kept at most for later decisions: some 20 MB. All orders of a long batch together may need the
/// whole store.
const MAX_RECORDS: usize = 1 << 13;
/// The number of records for each decision that are read again at most. More than that are kept for longer: orders may name a few
/// long chains in turn.
const READ_AGAIN: usize = 4;

struct Job<'b, S, T, C, R> {
    issuance: &'b Issuance<'b, S>,
    storage: &'b mut T,
    clock: C,
    report: R,
    reported_at: DateTime<Utc>,
    pending: Pending,
    /// The records that the latest decisions have used.
    history: History,
    /// The number of these decisions.
    decisions: usize,
    /// The orders that were read and are not pending, in their order: they come before all orders that are read later.
    to_do: VecDeque<ToDo>,
    conflicts: usize,
    /// The number of orders that were read.
    read: u64,
    /// The number of outcomes that were reported.
    answered: u64,
}

/// Whether more orders may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Open,
    Ended,
}

/// An order that is not pending.
enum ToDo {
    Decide(OrderLine),
    /// Its outcome stays, since it does not depend on a license that is not on record.
    Answer(Outcome),
}

impl<S, T, C, R> Job<'_, S, T, C, R>
where
    S: Signer<Signature>,
    T: Storage,
    C: Fn() -> DateTime<Utc>,
    R: FnMut(Vec<Outcome>) -> io::Result<()>,
{
    fn run(&mut self, orders: &Receiver<Vec<io::Result<OrderLine>>>) -> Result<(), BatchError<T::Error>> {
        let mut input = Input::Open;
        loop {
            self.pending.take_signed();
            if self.is_report_due() {
                self.record_and_report()?;
            }
            if self.pending.is_full() {
                self.wait()?;
            } else if let Some(to_do) = self.to_do.pop_front() {
                self.take(to_do)?;
            } else if input == Input::Open {
                input = self.read(orders)?;
            } else if self.pending.is_empty() {
                return self.check_answered();
            } else {
                // A conflict brings orders back.
                self.finish()?;
            }
        }
    }

    /// Takes the next portion of orders, if it is ready to be read or nothing else is to do.
    fn read(&mut self, orders: &Receiver<Vec<io::Result<OrderLine>>>) -> Result<Input, BatchError<T::Error>> {
        let next = if self.pending.is_empty() {
            orders.recv().map_err(|_| TryRecvError::Disconnected)
        } else {
            orders.try_recv()
        };
        match next {
            Ok(orders) if orders.is_empty() => return Ok(Input::Ended),
            Ok(orders) => {
                for order in orders {
                    self.to_do.push_back(ToDo::Decide(order.map_err(BatchError::Orders)?));
                    self.read = self.read.saturating_add(1);
                }
            }
            Err(TryRecvError::Empty) => self.wait()?,
            // The thread that reads the orders panicked.
            Err(TryRecvError::Disconnected) => {
                return Err(BatchError::Orders(io::Error::other("they were not read to their end")));
            }
        }
        Ok(Input::Open)
    }

    /// Waits for signed licenses. If none is being signed, the finished orders are recorded and reported.
    fn wait(&mut self) -> Result<(), BatchError<T::Error>> {
        if self.pending.wait() { Ok(()) } else { self.record_and_report() }
    }

    /// Checks that each order that was read has its outcome.
    fn check_answered(&self) -> Result<(), BatchError<T::Error>> {
        let (read, answered) = (self.read, self.answered);
        if read == answered { Ok(()) } else { Err(BatchError::Incomplete { read, answered }) }
    }

    /// Many licenses are stored at once. The few of a slow signer are not kept back for more than a second.
    fn is_report_due(&self) -> bool {
        let waited = || (self.clock)().signed_duration_since(self.reported_at).abs() >= TimeDelta::seconds(1);
        self.pending.failure().is_some() || self.pending.ready() >= MAX_APPEND || (self.pending.ready() > 0 && waited())
    }

    /// Decides on an order, and has its license signed. If the decision depends on a license that is not on record yet, the
    /// order waits until that license is recorded.
    fn take(&mut self, to_do: ToDo) -> Result<(), BatchError<T::Error>> {
        let line = match to_do {
            ToDo::Decide(line) => line,
            ToDo::Answer(outcome) => {
                self.pending.answer(outcome);
                return Ok(());
            }
        };
        let answer = match &line.order {
            Err(error) => Answer::Unreadable(error.clone()),
            Ok(order) => {
                let now = (self.clock)();
                let history = std::mem::take(&mut self.history);
                let context = self.issuance.context_after(history, order, now);
                let mut context = context.collect(self.storage).map_err(BatchError::Storage)?;
                let decision = (!self.pending.affects(&context)).then(|| self.issuance.decide_in(&mut context));
                self.keep(context.into_history());
                let Some(decision) = decision else {
                    self.to_do.push_front(ToDo::Decide(line));
                    return self.finish();
                };
                match decision {
                    Ok(Decision::Permitted(permitted)) => {
                        self.pending.sign(line, permitted, now);
                        return Ok(());
                    }
                    Ok(Decision::Repeated(issued)) => Answer::Repeated(release(Stored::found(issued))),
                    Err(refusals) => Answer::Refused(refusals),
                }
            }
        };
        self.pending.answer(Outcome::of(line, answer));
        Ok(())
    }

    /// Keeps the records of a decision for the next one, unless there are too many.
    fn keep(&mut self, history: History) {
        self.decisions = self.decisions.saturating_add(1);
        let records = history.records().len();
        self.history = history;
        if records > MAX_RECORDS && records <= self.decisions.saturating_mul(READ_AGAIN) {
            self.forget();
        }
    }

    fn forget(&mut self) {
        (self.history, self.decisions) = (History::default(), 0);
    }

    /// Waits for all signatures, and records and reports the licenses. Afterwards no order is pending: after a conflict, the
    /// orders are to be decided again.
    fn finish(&mut self) -> Result<(), BatchError<T::Error>> {
        self.pending.wait_for_all();
        self.record_and_report()
    }

    /// Records and reports the orders before the first license that is not signed.
    fn record_and_report(&mut self) -> Result<(), BatchError<T::Error>> {
        self.reported_at = (self.clock)();
        while self.pending.ready() > 0 {
            let (orders, licenses) = self.pending.take_ready(MAX_APPEND);
            match self.storage.append(licenses) {
                Ok(stored) => {
                    self.conflicts = 0;
                    let outcomes = outcomes(orders, stored);
                    let count = u64::try_from(outcomes.len()).unwrap_or(u64::MAX);
                    (self.report)(outcomes).map_err(BatchError::Report)?;
                    self.answered = self.answered.saturating_add(count);
                }
                Err(AppendError::Conflict) => self.put_back(orders)?,
                Err(AppendError::Storage(error)) => return Err(BatchError::Storage(error)),
            }
        }
        self.check_signed()
    }

    /// Puts these orders and all pending ones, which are later, back among those to be decided: records that they depend on
    /// have changed.
    fn put_back(&mut self, orders: Vec<Ready>) -> Result<(), BatchError<T::Error>> {
        self.conflicts = self.conflicts.saturating_add(1);
        if self.conflicts > MAX_CONFLICTS {
            return Err(BatchError::Busy);
        }
        self.forget();
        self.pending.wait_for_all();
        self.check_signed()?;
        let (later, _) = self.pending.take_ready(usize::MAX);
        for order in orders.into_iter().chain(later).rev() {
            self.to_do.push_front(match order {
                Ready::Signed(line) => ToDo::Decide(line),
                Ready::Answered(outcome) => ToDo::Answer(outcome),
            });
        }
        Ok(())
    }

    fn check_signed(&self) -> Result<(), BatchError<T::Error>> {
        self.pending.failure().map_or(Ok(()), |(line, source)| Err(BatchError::Sign { line, source }))
    }
}

/// The outcomes of orders whose licenses are stored.
fn outcomes(orders: Vec<Ready>, stored: Vec<Stored>) -> Vec<Outcome> {
    let mut stored = stored.into_iter();
    let outcome = |order| match order {
        Ready::Signed(order) => Some(Outcome::of(order, Answer::Issued(release(stored.next()?)))),
        Ready::Answered(outcome) => Some(outcome),
    };
    orders.into_iter().filter_map(outcome).collect()
}
