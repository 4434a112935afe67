//! Many orders at once: signed on all cores, recorded and told in the order in which they came.
//!
//! Each order has an id of its own and is issued once, however often the job is run: an order that is on record is told
//! with the license that it has. So a job that was stopped, by whatever, is run again from its beginning.

mod in_flight;
mod workers;

use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;

use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::Signature;
use ed25519_dalek::ed25519::signature::Signer;

use crate::orders::{OrderError, OrderLine, Orders};
use crate::policy::{Order, Permitted, Policy, Refusals};
use crate::record::{RecordFile, RecordFileError, Recorded, Relevant, Undecided};
use crate::{Issuer, SignError, TrustedKey};
use in_flight::InFlight;

/// A job that issues many licenses.
#[derive(Debug)]
pub struct Batch<'a, S> {
    /// The rules, on the day on which the job begins. They go on with the clock: a job may wait for orders for weeks.
    pub policy: Policy<'a>,
    /// What signs.
    pub issuer: &'a Issuer<S>,
    /// The keys that may have signed the licenses on record which orders name, besides the issuer's.
    pub trusted: &'a [TrustedKey],
    /// Who issues, for the record.
    pub issued_by: &'a str,
    /// On how many threads it signs.
    pub threads: NonZeroUsize,
}

/// What came of an order.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The number of its line, from 1.
    pub line: u64,
    /// How many bytes of the orders there are up to its end.
    pub bytes: u64,
    /// Its id, as far as it could be read.
    pub id: Option<String>,
    /// What came of it.
    pub ended: Ended,
}

/// What an order ended with.
#[derive(Debug)]
pub enum Ended {
    /// A new license, which is on record.
    Issued(Box<Recorded>),
    /// The license that it has had since before.
    OnRecord(Box<Recorded>),
    /// None: it breaks rules.
    Refused(Refusals),
    /// None: it can't be read.
    Unreadable(OrderError),
}

/// Why a job stopped. What was told before is on record, and the job can be run again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The orders can't be read any further.
    #[error("the orders can't be read any further")]
    Orders(#[source] io::Error),
    /// The signer failed.
    #[error("line {line} was not signed")]
    Sign {
        /// The line of the order.
        line: u64,
        /// Why.
        source: SignError,
    },
    /// The record can't be read or written.
    #[error(transparent)]
    Record(#[from] RecordFileError),
    /// What came of the orders can't be told.
    #[error("what came of the orders can't be written")]
    Tell(#[source] io::Error),
}

impl<S: Signer<Signature> + Sync> Batch<'_, S> {
    /// Issues them, and tells what came of each, in their order, many at a time. Licenses are on record, on disk, before
    /// they are told.
    ///
    /// The orders are read on a thread of their own, which may outlast this if it waits for one. What is read goes on
    /// while what was read is signed and recorded; when no more are to be had for a moment, those that were are told.
    ///
    /// # Errors
    ///
    /// What stops the job: orders that can't be read any further, a signer that fails, a record that can't be kept,
    /// `tell`'s error. What an order does wrong is told and stops nothing.
    pub fn run<R: Read + Send + 'static>(
        &self,
        orders: Orders<R>,
        record: &mut RecordFile,
        clock: impl Fn() -> DateTime<Utc>,
        tell: impl FnMut(Vec<Outcome>) -> io::Result<()>,
    ) -> Result<(), BatchError> {
        let orders = read_ahead(orders);
        let mut trusted = self.trusted.to_vec();
        trusted.push(self.issuer.verifying_key().clone());
        thread::scope(|scope| {
            let in_flight = InFlight::new(workers::start(scope, self.issuer, self.issued_by, self.threads));
            let told_at = clock();
            let mut job = Job { batch: self, trusted, record, clock, tell, told_at, in_flight };
            job.run(&orders)
        })
    }
}

/// A few hundred orders wait to be decided on, and not a whole file of them. They come some at a time, but none waits for
/// one that may take long.
fn read_ahead<R: Read + Send + 'static>(mut orders: Orders<R>) -> Receiver<Vec<io::Result<OrderLine>>> {
    const AT_A_TIME: usize = 64;
    let (read, orders_read) = sync_channel(4);
    thread::spawn(move || {
        loop {
            let mut some = Vec::with_capacity(AT_A_TIME);
            while let Some(order) = orders.next() {
                let failed = order.is_err();
                some.push(order);
                if failed || some.len() >= AT_A_TIME || orders.may_wait() {
                    break;
                }
            }
            let ended = some.last().is_none_or(Result::is_err);
            if read.send(some).is_err() || ended {
                return;
            }
        }
    });
    orders_read
}

/// Enough that one `fsync` costs little beside them, and no more than a disk that is nearly full may still take.
const MANY: usize = 2048;

struct Job<'b, 'r, S, C, T> {
    batch: &'b Batch<'b, S>,
    trusted: Vec<TrustedKey>,
    record: &'r mut RecordFile,
    clock: C,
    tell: T,
    told_at: DateTime<Utc>,
    in_flight: InFlight,
}

impl<S, C, T> Job<'_, '_, S, C, T>
where
    S: Signer<Signature>,
    C: Fn() -> DateTime<Utc>,
    T: FnMut(Vec<Outcome>) -> io::Result<()>,
{
    fn run(&mut self, orders: &Receiver<Vec<io::Result<OrderLine>>>) -> Result<(), BatchError> {
        loop {
            self.in_flight.look();
            if self.is_to_be_told() {
                self.tell()?;
            }
            let next = if self.in_flight.is_full() {
                Err(TryRecvError::Empty)
            } else if self.in_flight.is_empty() {
                orders.recv().map_err(|_| TryRecvError::Disconnected)
            } else {
                orders.try_recv()
            };
            match next {
                Ok(orders) => {
                    for order in orders {
                        self.take(order.map_err(BatchError::Orders)?)?;
                    }
                }
                // Nothing to read just now.
                Err(TryRecvError::Empty) if self.in_flight.wait() => {}
                Err(TryRecvError::Empty) => self.tell()?,
                Err(TryRecvError::Disconnected) => return self.finish(),
            }
        }
    }

    /// Many are written at once, and the few that a slow signer makes are not kept back.
    fn is_to_be_told(&self) -> bool {
        let waited = || (self.clock)().signed_duration_since(self.told_at).abs() >= TimeDelta::seconds(1);
        self.in_flight.has_failed() || self.in_flight.ready() >= MANY || (self.in_flight.ready() > 0 && waited())
    }

    /// Decides on the order, and has it signed if there is a license.
    fn take(&mut self, line: OrderLine) -> Result<(), BatchError> {
        let OrderLine { line, bytes, id, order } = line;
        let at = (self.clock)();
        let decided = match order {
            Ok(order) => self.decide(&order, at)?,
            Err(error) => Decided::Ended(Ended::Unreadable(error)),
        };
        match decided {
            Decided::Permitted(permitted) => {
                self.in_flight.sign(line, bytes, id, permitted, at);
            }
            Decided::Ended(ended) => self.in_flight.push(Outcome { line, bytes, id, ended }),
        }
        Ok(())
    }

    fn decide(&mut self, order: &Order, at: DateTime<Utc>) -> Result<Decided, BatchError> {
        let policy = self.batch.policy.not_before(at);
        let mut relevant = Relevant::to(&policy, order, self.record)?;
        if self.in_flight.has_any_of(relevant.looked_up()) {
            // What it depends on is being signed.
            self.finish()?;
            relevant = Relevant::to(&policy, order, self.record)?;
        }
        match relevant.issued_already(&self.trusted) {
            Ok(Some(issued)) => return Ok(Decided::Ended(Ended::OnRecord(Box::new(issued.clone())))),
            Ok(None) => {}
            Err(refusals) => return Ok(Decided::Ended(Ended::Refused(refusals))),
        }
        match relevant.decide(&self.trusted) {
            Ok(permitted) => Ok(Decided::Permitted(Box::new(permitted))),
            Err(Undecided::Refused(refusals)) => Ok(Decided::Ended(Ended::Refused(refusals))),
            Err(Undecided::Record(error)) => Err(error.into()),
        }
    }

    /// Waits for all that is being signed, records and tells it.
    fn finish(&mut self) -> Result<(), BatchError> {
        while !self.in_flight.has_failed() && self.in_flight.wait() {}
        self.tell()
    }

    /// Records what is signed, up to the first order that is not, and tells what came of the orders up to there.
    fn tell(&mut self) -> Result<(), BatchError> {
        self.told_at = (self.clock)();
        while self.in_flight.ready() > 0 {
            let (unreleased, told) = self.in_flight.take_ready(MANY);
            let recorded = self.record.append(unreleased)?;
            (self.tell)(told.with(recorded)).map_err(BatchError::Tell)?;
        }
        self.in_flight.failure().map_or(Ok(()), |(line, source)| Err(BatchError::Sign { line, source }))
    }
}

enum Decided {
    Permitted(Box<Permitted>),
    Ended(Ended),
}
