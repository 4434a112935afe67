//! A decision on the sets that it needs is the same as a decision on the whole record.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

mod common;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use common::{approved, catalog, issuer, noon, quantity, released, sign_as};
use keyward_catalog::Catalog;
use keyward_issuer::batch::{Answer, Batch};
use keyward_issuer::issuance::{Issuance, release};
use keyward_issuer::order::{Approval, MachineLock, Order, OrderFormat, OrderReader, OrderRef, Subject};
use keyward_issuer::policy::{Bridged, Decision, History, Policy, Refusal};
use keyward_issuer::record::{RecordFile, Storage};
use keyward_issuer::{Day, End, Environment, Fingerprint, Kind, Serial};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tempfile::TempDir;

const TODAY: u32 = 2517; // 2026-11-22
/// A serial of no license on record.
const UNKNOWN: Serial = Serial::from_bytes([0xee; 8]);

/// The next order, built from the licenses on record.
#[derive(Debug, Clone)]
struct Step {
    what: Ordered,
    customer: Option<&'static str>,
    licensee: Option<&'static str>,
    environment: Option<Environment>,
    fingerprint: Option<Fingerprint>,
    kind: Option<Kind>,
    from: Option<i32>,
    ends: Option<End>,
    bridges: Option<Pick>,
    approved: bool,
    /// Whether the order names another customer than the license on record.
    renamed: bool,
    placed: Option<(u8, bool)>,
    /// The serial of a license on record.
    serial: Option<Pick>,
    /// The days since the last order.
    days: u32,
    /// Whether the record is opened again before this order.
    reopened: bool,
}

#[derive(Debug, Clone)]
enum Ordered {
    Offer(&'static str),
    Server,
    Reissue(Pick),
    Renewal(Pick),
}

/// A license on record.
#[derive(Debug, Clone)]
enum Pick {
    Recent(usize),
    Early(usize),
    Any(Index),
    Unknown,
}

fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![
        6 => (0..5_usize).prop_map(Pick::Recent),
        3 => (0..EARLY).prop_map(Pick::Early),
        1 => any::<Index>().prop_map(Pick::Any),
        1 => Just(Pick::Unknown),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let offers = vec!["pro-annual", "pro-annual", "pro-perpetual", "enterprise-annual", "pro-trial", "home"];
    let what = prop_oneof![
        6 => select(offers).prop_map(Ordered::Offer),
        8 => Just(Ordered::Offer("pro-stopgap")),
        1 => Just(Ordered::Server),
        8 => pick().prop_map(Ordered::Reissue),
        8 => pick().prop_map(Ordered::Renewal),
    ];
    let fingerprint = (1..3_u8).prop_map(|digest| Fingerprint::from_digests([Some([digest; 3]); 5]));
    let ends = select(vec!["10d", "14d", "30d", "3m", "1y", "2y"]);
    let differs = (
        option::weighted(0.5, select(vec!["acme", "zenith", "initech", " Acme", "ACME"])),
        option::weighted(0.4, select(vec!["Acme Ltd", "Zenith", "Initech", " Acme  Ltd"])),
        option::weighted(0.1, Just(Environment::Staging)),
        option::weighted(0.15, fingerprint),
        option::weighted(0.05, select(vec![Kind::Stopgap, Kind::Trial])),
        option::weighted(0.2, -40..40_i32),
        option::weighted(0.2, ends.prop_map(|term| End::After(term.parse().unwrap()))),
        option::weighted(0.15, pick()),
    );
    let rest = (
        (prop::bool::weighted(0.3), prop::bool::weighted(0.4)),
        option::weighted(0.3, (0..12_u8, prop::bool::weighted(0.3))),
        option::weighted(0.04, pick()),
        prop_oneof![4 => Just(0), 1 => 1..90_u32],
        prop::bool::weighted(0.25),
    );
    (what, differs, rest).prop_map(|(what, differs, rest)| {
        let (customer, licensee, environment, fingerprint, kind, from, ends, bridges) = differs;
        let ((approved, renamed), placed, serial, days, reopened) = rest;
        Step {
            what,
            customer,
            licensee,
            environment,
            fingerprint,
            kind,
            from,
            ends,
            bridges,
            approved,
            renamed,
            placed,
            serial,
            days,
            reopened,
        }
    })
}

/// A shop with its history in a record file, and as a whole.
struct Shop {
    catalog: Catalog,
    today: u32,
    history: History,
    path: PathBuf,
    file: RecordFile,
    /// The counts of issued licenses by kind, and of refusals by code.
    results: BTreeMap<String, u32>,
    _folder: TempDir,
}

impl Shop {
    fn new(folder: TempDir, path: PathBuf, history: History) -> Shop {
        let file = RecordFile::open(&path).unwrap();
        Shop { catalog: catalog(), today: TODAY, history, path, file, results: BTreeMap::new(), _folder: folder }
    }

    fn copy(&self) -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("issued.jsonl");
        fs::copy(&self.path, &path).unwrap();
        Shop::new(folder, path, self.history.clone())
    }

    fn empty() -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("issued.jsonl");
        Shop::new(folder, path, History::default())
    }

    fn on_record(&self, pick: &Pick) -> Option<Serial> {
        let records = self.history.records();
        let on_record = match (pick, records.len()) {
            (Pick::Unknown, _) | (_, 0) => None,
            (Pick::Recent(back), len) => records.get(len.saturating_sub(1 + back)),
            (Pick::Early(index), len) => records.get(index % len),
            (Pick::Any(index), len) => records.get(index.index(len)),
        };
        on_record.map(|record| record.serial())
    }

    fn serial(&self, pick: &Pick) -> Serial {
        self.on_record(pick).unwrap_or(UNKNOWN)
    }

    fn order(&self, step: &Step) -> Order {
        let next = u64::try_from(self.history.records().len()).unwrap();
        let new = Serial::from_bytes((next | 1 << 32).to_be_bytes());
        let serial = step.serial.as_ref().and_then(|taken| self.on_record(taken)).unwrap_or(new);
        let mut order = match &step.what {
            Ordered::Offer(code) => Order::of_offer(*code, serial),
            Ordered::Server => {
                let mut order = Order::of_edition("server", "one", serial);
                (order.seats, order.end) = (Some(quantity(1)), Some(End::After("1y".parse().unwrap())));
                order
            }
            Ordered::Reissue(of) => Order::reissue_of(self.serial(of), serial),
            Ordered::Renewal(of) => Order::renewal_of(self.serial(of), serial),
        };
        order.environment = step.environment;
        order.lock = step.fingerprint.map(MachineLock::To);
        if step.renamed || matches!(order.subject, Subject::Offer(_) | Subject::Edition { .. }) {
            order.customer = step.customer.map(str::to_owned);
            order.licensee = step.licensee.map(str::to_owned);
        }
        order.kind = step.kind;
        order.from = step.from.map(|days| Day::from_number(self.today.checked_add_signed(days).unwrap()).unwrap());
        order.end = step.ends.or(order.end);
        let is_stopgap = matches!(step.what, Ordered::Offer("pro-stopgap")) || step.approved;
        order.bridges = step.bridges.as_ref().filter(|_| is_stopgap).map(|pick| self.serial(pick));
        if let Subject::Reissue(_) = order.subject {
            (order.reason, order.ticket) = (Some("lost".to_owned()), Some("https://desk.example/1".to_owned()));
        }
        order.approval = step.approved.then(|| Approval { by: "Ada".to_owned(), reason: "lost".to_owned() });
        order.reference = step
            .placed
            .map(|(id, other)| OrderRef { id: format!("PO-{id}"), digest: if other { "b" } else { "a" }.repeat(32) });
        order
    }

    /// OrderReader it, and sees that both decide alike.
    fn take(&mut self, step: &Step) {
        self.today += step.days;
        if step.reopened {
            self.file = RecordFile::open(&self.path).unwrap();
        }
        let order = self.order(step);
        let policy = Policy::new(&self.catalog, Day::from_number(self.today).unwrap());
        let issuer = issuer();
        let issuance = Issuance { policy, issuer: &issuer, trusted: &[], issued_by: "a test" };
        let of_all = policy.decide(&order, &self.history);
        let midnight = Day::from_number(self.today).unwrap().date().and_time(chrono::NaiveTime::MIN).and_utc();
        let context = issuance.context(&order, midnight).collect(&mut self.file).unwrap();
        let result = match (of_all, issuance.decide(context)) {
            (Ok(Decision::Permitted(expected)), Ok(Decision::Permitted(found))) => {
                let expected = released(sign_as(policy, *expected, &issuer, "a test"));
                let stored = self.file.append(vec![sign_as(policy, *found, &issuer, "a test")]).unwrap();
                let record = release(stored.into_iter().next().unwrap()).record;
                assert_eq!(*record, expected, "{order:?}");
                let result = format!("{:?} {}", record.details().action, record.claims().kind());
                self.history.push(record);
                vec![result]
            }
            (Ok(Decision::Repeated(expected)), Ok(Decision::Repeated(found))) => {
                assert_eq!(found, expected, "{order:?}");
                vec!["repeated".to_owned()]
            }
            (Err(expected), Err(found)) => {
                assert_eq!(found, expected, "{order:?}");
                expected.as_slice().iter().map(|refusal| refusal.code().to_owned()).collect()
            }
            (expected, found) => unreachable!("{order:?}: all of the record says {expected:?}, its sets say {found:?}"),
        };
        result.iter().for_each(|result| self.count(result));
    }

    fn count(&mut self, what: &str) {
        *self.results.entry(what.to_owned()).or_default() += 1;
    }
}

/// The outcomes that must occur among the orders, so that the test covers them.
const HAVE_TO_COME: [&str; 20] = [
    "Issue standard",
    "Issue trial",
    "Issue stopgap",
    "Reissue standard",
    "Reissue trial",
    "Reissue stopgap",
    "Renewal standard",
    "not-on-record",
    "replaced",
    "renewed",
    "nothing-to-renew",
    "serial-taken",
    "repeated",
    "order-differs",
    "days-change",
    "second-stopgap",
    "bridges-unpaid",
    "bridges-another",
    "licensee-changes",
    "customer-changes",
];

fn try_many(cases: u32, steps: std::ops::Range<usize>, have_to_come: &[&str], shop: impl Fn() -> Shop) {
    let came_of = RefCell::new(BTreeMap::<String, u32>::new());
    let mut runner = TestRunner::new(Config { max_shrink_iters: 200, ..Config::with_cases(cases) });
    let run = runner.run(&prop::collection::vec(step(), steps), |steps| {
        let mut shop = shop();
        steps.iter().for_each(|step| shop.take(step));
        for (what, count) in shop.results {
            *came_of.borrow_mut().entry(what).or_default() += count;
        }
        Ok(())
    });
    run.unwrap_or_else(|failure| unreachable!("{failure}"));
    let came_of = came_of.into_inner();
    let missing: Vec<_> = have_to_come.iter().filter(|what| !came_of.contains_key(**what)).collect();
    assert!(missing.is_empty(), "no order had the outcome {missing:?}: {came_of:?}");
}

#[test]
fn a_decision_on_the_needed_sets_of_a_short_record_is_the_decision_on_all_of_it() {
    try_many(150, 1..40, &HAVE_TO_COME, Shop::empty);
}

/// A record with the licenses of a batch between the early ones and the late ones.
#[test]
fn a_decision_on_the_needed_sets_of_a_long_record_is_the_decision_on_all_of_it() {
    let have_to_come = ["Reissue standard", "Renewal standard", "replaced", "second-stopgap", "repeated"];
    let early = early_shop();
    try_many(keyward_testing::extent(8, 16), 20..60, &have_to_come, || early.copy());
}

/// The number of licenses before the orders of the batch.
const EARLY: usize = 60;
const ORDERS: usize = 4200;

fn early_shop() -> Shop {
    let mut shop = Shop::empty();
    // The same orders in every run.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    while shop.history.records().len() < EARLY {
        let step = step().new_tree(&mut runner).unwrap().current();
        shop.take(&step);
    }
    let mut orders = String::from("id,offer\n");
    (0..ORDERS).for_each(|number| orders.push_str(&format!("LONG-{number},home\n")));
    batch(&orders, &mut shop.file);
    let before = shop.history.records().len();
    for record in shop.file.records().unwrap() {
        shop.history.push(record.unwrap());
    }
    assert_eq!(shop.history.records().len(), before + ORDERS);
    shop
}

fn batch(orders: &str, file: &mut RecordFile) {
    let (catalog, issuer) = (catalog(), issuer());
    let policy = Policy::new(&catalog, Day::from_number(TODAY).unwrap());
    let issuance = Issuance { policy, issuer: &issuer, trusted: &[], issued_by: "a test" };
    let batch = Batch { issuance, threads: NonZeroUsize::new(2).unwrap() };
    let orders = OrderReader::new(Cursor::new(orders.to_owned().into_bytes()), Some(OrderFormat::Csv));
    batch
        .run(orders, file, noon, |outcomes| {
            assert!(outcomes.iter().all(|outcome| matches!(outcome.answer, Answer::Issued(_))));
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_latest_of_several_stopgaps_is_named() {
    let mut shop = Shop::empty();
    let stopgap = |customer: Option<&str>, number: u8| {
        let mut order = Order::of_offer("pro-stopgap", Serial::from_bytes([number; 8]));
        (order.customer, order.licensee) = (customer.map(str::to_owned), Some("Acme Ltd".to_owned()));
        approved(order)
    };
    let policy = Policy::new(&shop.catalog, Day::from_number(TODAY).unwrap());
    let issuer = issuer();
    let issuance = Issuance { policy, issuer: &issuer, trusted: &[], issued_by: "a test" };
    for (customer, number) in [(Some("acme"), 1), (Some("zenith"), 2)] {
        let issued = issuance.issue(&stopgap(customer, number), &mut shop.file, noon()).unwrap();
        shop.history.push(issued.license().record.clone());
    }
    let order = stopgap(None, 3);
    let expected = policy.decide(&order, &shop.history).unwrap_err();
    assert_eq!(
        expected.as_slice(),
        [
            Refusal::SecondStopgap { first: Serial::from_bytes([2; 8]), bridged: Bridged::Unknown },
            Refusal::ThirdTemporaryKey { others: [2, 1].map(|number| Serial::from_bytes([number; 8])).to_vec() },
        ]
    );
    let context = issuance.context(&order, noon()).collect(&mut shop.file).unwrap();
    assert_eq!(issuance.decide(context).unwrap_err(), expected);
}

#[test]
fn a_trial_that_came_to_its_owner_by_a_reissue_is_named_by_its_first_key() {
    let mut shop = Shop::empty();
    let policy = Policy::new(&shop.catalog, Day::from_number(TODAY).unwrap());
    let issuer = issuer();
    let issuance = Issuance { policy, issuer: &issuer, trusted: &[], issued_by: "a test" };
    let [first, second, third, fourth] = [1, 2, 3, 4].map(|number| Serial::from_bytes([number; 8]));
    let named = |mut order: Order| {
        order.licensee = Some("Acme Ltd".to_owned());
        (order.reason, order.ticket) = (Some("a name".to_owned()), Some("T".to_owned()));
        approved(order)
    };
    for order in [
        Order::of_offer("pro-trial", first),
        named(Order::reissue_of(first, second)),
        named(Order::of_offer("pro-stopgap", third)),
    ] {
        let issued = issuance.issue(&order, &mut shop.file, noon()).unwrap();
        shop.history.push(issued.license().record.clone());
    }
    let mut order = Order::of_offer("pro-stopgap", fourth);
    order.licensee = Some("Acme Ltd".to_owned());
    let expected = policy.decide(&order, &shop.history).unwrap_err();
    assert!(expected.as_slice().contains(&Refusal::ThirdTemporaryKey { others: vec![third, first] }), "{expected:?}");
    let context = issuance.context(&order, noon()).collect(&mut shop.file).unwrap();
    assert_eq!(issuance.decide(context).unwrap_err(), expected);
}
