//! The work of a batch grows with its orders and the records that they use, and not with their product. Counted in records that
//! the store reads: each is read once or a few times, however many orders depend on it.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test fails by panicking")]

mod common;

use std::convert::Infallible;
use std::io::Cursor;
use std::num::NonZeroUsize;

use common::{catalog, day, issuer, noon};
use keyward_issuer::batch::{Answer, Batch};
use keyward_issuer::issuance::Issuance;
use keyward_issuer::order::OrderReader;
use keyward_issuer::policy::Policy;
use keyward_issuer::record::{AppendError, FoundRecord, MemoryRecord, NeededSet, Sealed, Storage, Stored};

/// A store that counts the records that it reads.
#[derive(Default)]
struct Counted {
    store: MemoryRecord,
    read: usize,
}

impl Storage for Counted {
    type Error = Infallible;

    fn find(&mut self, sets: &[NeededSet]) -> Result<Vec<Vec<FoundRecord>>, Infallible> {
        let found = self.store.find(sets)?;
        self.read += found.iter().map(Vec::len).sum::<usize>();
        Ok(found)
    }

    fn append(&mut self, records: Vec<Sealed>) -> Result<Vec<Stored>, AppendError<Infallible>> {
        self.store.append(records)
    }
}

impl Counted {
    /// The numbers of issued and of refused orders, and of records that were read for them.
    fn run(&mut self, orders: impl Iterator<Item = String>) -> (usize, usize, usize) {
        let (catalog, issuer) = (catalog(), issuer());
        let policy = Policy::new(&catalog, day("2026-11-22"));
        let issuance = Issuance { policy, issuer: &issuer, trusted: &[], issued_by: "a test" };
        let batch = Batch { issuance, threads: NonZeroUsize::MIN };
        let lines: String = orders.map(|order| order + "\n").collect();
        let (mut issued, mut refused) = (0, 0);
        self.read = 0;
        let orders = OrderReader::new(Cursor::new(lines.into_bytes()), None);
        batch
            .run(orders, self, noon, |outcomes| {
                issued += outcomes.iter().filter(|outcome| matches!(outcome.answer, Answer::Issued(_))).count();
                refused += outcomes.iter().filter(|outcome| matches!(outcome.answer, Answer::Refused(_))).count();
                Ok(())
            })
            .unwrap();
        (issued, refused, self.read)
    }
}

const MANY: usize = 300;

#[test]
fn refused_trials_read_each_earlier_trial_once() {
    let mut store = Counted::default();
    let approved = |at| format!(r#"{{"id":"A{at}","offer":"pro-trial","approved_by":"A","reason":"x"}}"#);
    assert_eq!(store.run((0..MANY).map(approved)), (MANY, 0, 0));
    let refused = |at| format!(r#"{{"id":"B{at}","offer":"pro-trial"}}"#);
    assert_eq!(store.run((0..MANY).map(refused)), (0, MANY, MANY));
}

#[test]
fn a_chain_of_reissues_or_renewals_reads_each_key_a_few_times() {
    for (follows, rest) in [("reissues", r#","reason":"x","ticket":"t""#), ("renews", r#","term":"1d""#)] {
        let mut store = Counted::default();
        let order = |at: usize| match at {
            0 => format!(r#"{{"id":"0","offer":"pro-annual","serial":"{:016x}","term":"1d"}}"#, 1),
            _ => format!(r#"{{"id":"{at}","{follows}":"{at:016x}","serial":"{:016x}"{rest}}}"#, at + 1),
        };
        let (issued, refused, read) = store.run((0..MANY).map(order));
        assert_eq!((issued, refused), (MANY, 0), "{follows}");
        assert!(read <= 4 * MANY, "{follows}: {read} records were read for {MANY} orders");
        // Each key of the license is read once for all orders that name one of them.
        let again = |at: usize| format!(r#"{{"id":"again {at}","{follows}":"{:016x}"}}"#, 1 + at % (MANY - 1));
        let (issued, refused, read) = store.run((0..2 * MANY).map(again));
        assert_eq!((issued, refused), (0, 2 * MANY), "{follows}");
        assert!(read <= MANY, "{follows}: {read} records were read");
    }
}

#[test]
fn orders_that_name_many_chains_in_turn_read_each_key_a_few_times() {
    const CHAINS: usize = 20;
    let mut store = Counted::default();
    let serial = |at: usize| format!("{:08x}{:08x}", at % CHAINS, at / CHAINS);
    let order = |at: usize| match at.checked_sub(CHAINS) {
        None => format!(r#"{{"id":"{at}","offer":"pro-annual","serial":"{}","term":"1d"}}"#, serial(at)),
        Some(before) => {
            format!(r#"{{"id":"{at}","renews":"{}","serial":"{}","term":"1d"}}"#, serial(before), serial(at))
        }
    };
    let keys = 15 * MANY;
    let (issued, refused, read) = store.run((0..keys).map(order));
    assert_eq!((issued, refused), (keys, 0));
    assert!(read <= 4 * keys, "{read} records were read for {keys} orders");
    let again = |at: usize| format!(r#"{{"id":"again {at}","renews":"{}"}}"#, serial(at));
    let (issued, refused, read) = store.run((0..keys - CHAINS).map(again));
    assert_eq!((issued, refused), (0, keys - CHAINS));
    // The first of each chain is read twice: it tells to which license a key belongs.
    assert!(read <= keys + CHAINS, "{read} records were read");
}

#[test]
fn stopgaps_of_one_customer_read_each_license_a_few_times() {
    let mut store = Counted::default();
    let sold = |at: usize| {
        // They expire soon, and are sold today for more days than the stopgap has.
        let days = r#""from":"2025-12-10","through":"2026-12-09""#;
        format!(r#"{{"id":"P{at}","offer":"pro-annual","customer":"acme","serial":"{:016x}",{days}}}"#, at + 1)
    };
    assert_eq!(store.run((0..MANY).map(sold)).0, MANY);
    let latest = |at: usize| format!(r#"{{"id":"S{at}","offer":"pro-stopgap","customer":"acme"}}"#);
    let (issued, refused, read) = store.run((0..MANY).map(latest));
    assert_eq!((issued, refused), (1, MANY - 1));
    assert!(read <= 2 * MANY, "{read} records were read");
    // No license of the customer is for that environment, so each is asked about.
    let other =
        |at: usize| format!(r#"{{"id":"T{at}","offer":"pro-stopgap","customer":"acme","environment":"staging"}}"#);
    let (issued, refused, read) = store.run((0..MANY).map(other));
    assert_eq!((issued, refused), (0, MANY));
    assert!(read <= 2 * MANY, "{read} records were read");
}
