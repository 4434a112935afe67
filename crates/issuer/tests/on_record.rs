//! A decision in view of a record file is the decision in view of all that is on it, however long it is, and whatever
//! became of its index.
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
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use common::{catalog, issuer, noon, quantity};
use keyward_catalog::Catalog;
use keyward_issuer::batch::{Batch, Ended};
use keyward_issuer::orders::{Orders, OrdersFormat};
use keyward_issuer::policy::{Approval, Order, Permitted, Placed, Policy, Refusal, What};
use keyward_issuer::record::{History, IssueRecord, RecordFile, RecordFileError, Undecided};
use keyward_issuer::{Day, End, Environment, Fingerprint, Kind, Serial, TrustedKey};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tempfile::TempDir;

const TODAY: u32 = 2517; // 2026-11-22
/// Of no license on record.
const UNKNOWN: Serial = Serial::from_bytes([0xee; 8]);

/// What is ordered next, in view of what there is.
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
    /// Whether what is on record is to be somebody else's.
    renamed: bool,
    placed: Option<(u8, bool)>,
    /// The serial of a license that there is already.
    serial: Option<Pick>,
    /// How many days go by before.
    days: u32,
    /// Whether the record is opened anew before.
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

/// A shop whose history is known twice: on a record file, and as a whole.
struct Shop {
    catalog: Catalog,
    today: u32,
    history: History,
    path: PathBuf,
    file: Option<RecordFile>,
    trusted: [TrustedKey; 1],
    /// How often which code was refused, and what was issued.
    came_of: BTreeMap<String, u32>,
    _folder: TempDir,
}

impl Shop {
    fn new(folder: TempDir, path: PathBuf, history: History) -> Shop {
        let trusted = [issuer().verifying_key().clone()];
        let file = Some(RecordFile::open(&path).unwrap());
        Shop {
            catalog: catalog(),
            today: TODAY,
            history,
            path,
            file,
            trusted,
            came_of: BTreeMap::new(),
            _folder: folder,
        }
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
        on_record.map(IssueRecord::serial)
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
                (order.seats, order.ends) = (Some(quantity(1)), Some(End::After("1y".parse().unwrap())));
                order
            }
            Ordered::Reissue(of) => Order::reissue_of(self.serial(of), serial),
            Ordered::Renewal(of) => Order::renewal_of(self.serial(of), serial),
        };
        order.environment = step.environment;
        order.fingerprint = step.fingerprint;
        if step.renamed || matches!(order.what, What::Offer(_) | What::Edition { .. }) {
            order.customer = step.customer.map(str::to_owned);
            order.licensee = step.licensee.map(str::to_owned);
        }
        order.kind = step.kind;
        order.from = step.from.map(|days| Day::from_number(self.today.checked_add_signed(days).unwrap()).unwrap());
        order.ends = step.ends.or(order.ends);
        let is_stopgap = matches!(step.what, Ordered::Offer("pro-stopgap")) || step.approved;
        order.bridges = step.bridges.as_ref().filter(|_| is_stopgap).map(|pick| self.serial(pick));
        if let What::Reissue(_) = order.what {
            (order.reason, order.ticket) = (Some("lost".to_owned()), Some("https://desk.example/1".to_owned()));
        }
        order.approval = step.approved.then(|| Approval { by: "Ada".to_owned(), reason: "lost".to_owned() });
        order.placed = step
            .placed
            .map(|(id, other)| Placed { id: format!("PO-{id}"), digest: if other { "b" } else { "a" }.repeat(32) });
        order
    }

    /// Orders it, and sees that both decide alike.
    fn take(&mut self, step: &Step) {
        self.today += step.days;
        if step.reopened {
            self.reopen();
        }
        let order = self.order(step);
        let file = self.file.as_mut().unwrap();
        let policy = Policy::new(&self.catalog, Day::from_number(self.today).unwrap());
        let of_all = policy.decide(&order, &self.history);
        let on_record = match policy.decide_on_record(&order, file, &self.trusted) {
            Ok(permitted) => Ok(permitted),
            Err(Undecided::Refused(refusals)) => Err(refusals),
            Err(error) => unreachable!("{error:?}"),
        };
        let sign = |permitted: Permitted| permitted.sign(&issuer(), noon(), "a test").unwrap();
        match (of_all, on_record) {
            (Ok(expected), Ok(found)) => {
                let expected = sign(expected).unrecorded();
                let recorded = sign(found).record(file).unwrap();
                assert_eq!(recorded, expected, "{order:?}");
                self.count(&format!("{:?} {}", recorded.action(), recorded.claims().kind()));
                self.history.push(recorded).unwrap();
            }
            (Err(expected), Err(found)) => {
                assert_eq!(found, expected, "{order:?}");
                expected.as_slice().iter().map(Refusal::code).for_each(|code| self.count(code));
            }
            (expected, found) => unreachable!("{order:?}: all of the record says {expected:?}, looked up {found:?}"),
        }
    }

    fn count(&mut self, what: &str) {
        *self.came_of.entry(what.to_owned()).or_default() += 1;
    }

    fn reopen(&mut self) {
        // The lock first.
        self.file = None;
        self.file = Some(RecordFile::open(&self.path).unwrap());
    }
}

/// What has to come of some of the orders for all of them to mean anything.
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
    "order-issued",
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
        for (what, count) in shop.came_of {
            *came_of.borrow_mut().entry(what).or_default() += count;
        }
        Ok(())
    });
    run.unwrap_or_else(|failure| unreachable!("{failure}"));
    let came_of = came_of.into_inner();
    let missing: Vec<_> = have_to_come.iter().filter(|what| !came_of.contains_key(**what)).collect();
    assert!(missing.is_empty(), "{missing:?} never came of an order: {came_of:?}");
}

#[test]
fn a_decision_on_a_short_record_is_the_decision_in_view_of_all_of_it() {
    try_many(150, 1..40, &HAVE_TO_COME, Shop::empty);
}

#[test]
fn a_decision_on_a_long_record_is_the_decision_in_view_of_all_of_it() {
    let have_to_come = ["Reissue standard", "Renewal standard", "replaced", "second-stopgap", "order-issued"];
    try_many(16, 20..60, &have_to_come, || {
        let (folder, path) = long().copy();
        Shop::new(folder, path, long().history())
    });
}

/// A record so long that what is first on it is found through the index on disk: many steps, and then orders for homes.
struct Long {
    folder: TempDir,
    path: PathBuf,
    records: Vec<IssueRecord>,
}

/// How many records the steps have at least.
const EARLY: usize = 60;
const ORDERS: usize = 4200;
/// How many lines the index on disk has then.
const IN_INDEX: usize = 4096;

fn long() -> &'static Long {
    static LONG: OnceLock<Long> = OnceLock::new();
    LONG.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("issued.jsonl");
        let mut shop = Shop::empty();
        // The same ones every time.
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        while shop.history.records().len() < EARLY {
            let step = step().new_tree(&mut runner).unwrap().current();
            shop.take(&step);
        }
        fs::copy(&shop.path, &path).unwrap();
        let mut orders = String::from("id,offer\n");
        (0..ORDERS).for_each(|number| orders.push_str(&format!("LONG-{number},home\n")));
        batch(&orders, &mut RecordFile::open(&path).unwrap());
        let mut file = RecordFile::open(&path).unwrap();
        let records: Vec<IssueRecord> = file.records().unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(records.len(), shop.history.records().len() + ORDERS);
        drop(file);
        assert!(index_of(&path).exists());
        Long { folder, path, records }
    })
}

impl Long {
    fn copy(&self) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(self.path.file_name().unwrap());
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        (folder, path)
    }

    fn history(&self) -> History {
        let mut history = History::default();
        self.records.iter().for_each(|record| history.push(record.clone()).unwrap());
        history
    }
}

fn index_of(record: &Path) -> PathBuf {
    record.with_extension("jsonl.index")
}

/// How many it issued, and the lines of those that were on record.
fn batch(orders: &str, file: &mut RecordFile) -> (usize, Vec<String>) {
    let (catalog, issuer) = (catalog(), issuer());
    let policy = Policy::new(&catalog, Day::from_number(TODAY).unwrap());
    let threads = NonZeroUsize::new(2).unwrap();
    let batch = Batch { policy, issuer: &issuer, trusted: &[], issued_by: "a test", threads };
    let orders = Orders::new(Cursor::new(orders.to_owned().into_bytes()), Some(OrdersFormat::Csv));
    let (mut issued, mut on_record) = (0, Vec::new());
    batch
        .run(orders, file, noon, |outcomes| {
            for outcome in outcomes {
                match outcome.ended {
                    Ended::Issued(_) => issued += 1,
                    Ended::OnRecord(recorded) => on_record.push(recorded.line),
                    other => unreachable!("{other:?}"),
                }
            }
            Ok(())
        })
        .unwrap();
    (issued, on_record)
}

/// Every serial and every order that is on the long record up to there is known, and those after are not.
fn knows_the_first(many: usize, path: &Path) {
    let mut file = RecordFile::open(path).unwrap();
    assert_eq!(file.len(), u64::try_from(many).unwrap());
    let records = &long().records;
    for (number, record) in records.iter().enumerate().step_by(3) {
        let found = file.find(record.serial()).unwrap();
        assert_eq!(found.as_ref(), Some(record).filter(|_| number < many), "{number}");
        if let Some(placed) = record.order() {
            let found = file.find_order(&placed.id).unwrap().map(|found| found.record);
            assert_eq!(found.as_ref(), Some(record).filter(|_| number < many), "{number}");
        }
    }
    drop(file);
    let (catalog, trusted) = (catalog(), [issuer().verifying_key().clone()]);
    let policy = Policy::new(&catalog, Day::from_number(TODAY).unwrap());
    let mut file = RecordFile::open(path).unwrap();
    let mut codes = |order: &Order| match policy.decide_on_record(order, &mut file, &trusted) {
        Ok(_) => vec![],
        Err(Undecided::Refused(refusals)) => refusals.as_slice().iter().map(Refusal::code).collect(),
        Err(error) => unreachable!("{error:?}"),
    };
    for (number, record) in records.iter().enumerate().step_by(61) {
        let known = number < many;
        let mut order = Order::of_offer("home", record.serial());
        assert_eq!(codes(&order), if known { vec!["serial-taken"] } else { vec![] }, "{number}");
        order.serial = UNKNOWN;
        order.placed = record.order().cloned();
        let issued = known && order.placed.is_some();
        assert_eq!(codes(&order), if issued { vec!["order-issued"] } else { vec![] }, "{number}");
    }
}

/// After that became of the record or its index, nothing that is on record is issued again.
fn goes_on_after(damage: impl FnOnce(&Path, &Path), left: usize) {
    let (_folder, path) = long().copy();
    damage(&path, &index_of(&path));
    knows_the_first(left, &path);
    let lines: Vec<String> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    let steps = long().records.len() - ORDERS;
    let again: Vec<usize> = (0..ORDERS).step_by(11).collect();
    let text: String = again.iter().map(|number| format!("LONG-{number},home\n")).collect();
    let expected: Vec<&String> = again.iter().filter_map(|number| lines.get(steps + number)).collect();
    let (issued, on_record) = batch(&format!("id,offer\n{text}"), &mut RecordFile::open(&path).unwrap());
    assert_eq!(on_record.iter().collect::<Vec<_>>(), expected);
    assert_eq!(issued + expected.len(), again.len());
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), left + issued);
}

#[test]
fn an_index_that_was_removed_is_made_again() {
    let (_folder, path) = long().copy();
    let before = fs::read(index_of(&path)).unwrap();
    fs::remove_file(index_of(&path)).unwrap();
    drop(RecordFile::open(&path).unwrap());
    assert_eq!(fs::read(index_of(&path)).unwrap().len(), before.len());
    goes_on_after(|_, index| fs::remove_file(index).unwrap(), long().records.len());
}

#[test]
fn an_index_that_was_cut_off_is_made_again() {
    for keep in [0, 20, 64, 5000] {
        let cut = |_: &Path, index: &Path| {
            let bytes = fs::read(index).unwrap();
            fs::write(index, &bytes[..keep]).unwrap();
        };
        let (_folder, path) = long().copy();
        cut(&path, &index_of(&path));
        knows_the_first(long().records.len(), &path);
    }
}

#[test]
fn an_index_that_a_process_was_filling_when_it_died_is_made_again() {
    let half_filled = |_: &Path, index: &Path| {
        let mut bytes = fs::read(index).unwrap();
        // As the header says while entries are being written; and half of them are not there.
        bytes[40..48].fill(0);
        let half = bytes.len() / 2;
        bytes[half..].fill(0);
        fs::write(index, bytes).unwrap();
    };
    goes_on_after(half_filled, long().records.len());
}

#[test]
fn the_index_of_another_record_is_not_believed() {
    // The same record but for its first line, which is an order's own license.
    let (_folder, path) = long().copy();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.split_once('\n').unwrap().1).unwrap();
    let mut file = RecordFile::open(&path).unwrap();
    assert_eq!(file.find(long().records[0].serial()).unwrap(), None);
    for record in long().records.iter().skip(1).step_by(3) {
        assert_eq!(file.find(record.serial()).unwrap().as_ref(), Some(record));
    }
    // One that is as long as it says, and knows nothing of what is on this record.
    let (_folder, other) = long().copy();
    let reversed: Vec<&str> = text.lines().rev().collect();
    fs::write(&other, reversed.join("\n") + "\n").unwrap();
    let mut file = RecordFile::open(&other).unwrap();
    for record in long().records.iter().step_by(3) {
        assert_eq!(file.find(record.serial()).unwrap().as_ref(), Some(record));
    }
}

#[test]
fn a_record_that_was_restored_from_an_older_backup_knows_what_it_knew_then() {
    for left in [IN_INDEX - 1000, IN_INDEX - 1, IN_INDEX, IN_INDEX + 1] {
        let restore = |path: &Path, _: &Path| {
            let text = fs::read_to_string(path).unwrap();
            let older: Vec<&str> = text.lines().take(left).collect();
            fs::write(path, older.join("\n") + "\n").unwrap();
        };
        goes_on_after(restore, left);
    }
}

#[test]
fn a_record_that_grew_again_after_it_was_restored_does_not_believe_the_index_of_before() {
    let (_folder, path) = long().copy();
    let text = fs::read_to_string(&path).unwrap();
    let older: Vec<&str> = text.lines().take(2000).collect();
    fs::write(&path, older.join("\n") + "\n").unwrap();
    let index = fs::read(index_of(&path)).unwrap();
    let mut others = String::from("id,offer\n");
    (0..3000).for_each(|number| others.push_str(&format!("OTHER-{number},home\n")));
    assert_eq!(batch(&others, &mut RecordFile::open(&path).unwrap()).0, 3000);
    // As if the backup had no index, and the old one was put back with it later.
    fs::write(index_of(&path), index).unwrap();
    assert_eq!(batch(&others, &mut RecordFile::open(&path).unwrap()).0, 0);
    let mut file = RecordFile::open(&path).unwrap();
    for (number, record) in long().records.iter().enumerate().step_by(7) {
        assert_eq!(file.find(record.serial()).unwrap().as_ref(), Some(record).filter(|_| number < 2000));
    }
}

#[test]
fn a_record_that_was_changed_in_the_middle_is_said_to_be_with_what_to_do() {
    let (_folder, path) = long().copy();
    let whole = fs::read_to_string(&path).unwrap();
    let index = fs::read(index_of(&path)).unwrap();
    let number = 2000;
    let record = &long().records[number];
    let line = whole.lines().nth(number).unwrap();
    let other = format!("LONG-{:04}", 9999);
    let order = record.order().unwrap();
    assert_eq!(order.id.len(), other.len());
    for changed in [
        line.replace("\"seats\":1", "\"seats\":2"),
        line.replace("{\"version\":1", "{\"version\":2"),
        line.replace(&order.id, &other),
        " ".repeat(line.len()),
    ] {
        assert!(changed != line && changed.len() == line.len());
        let text = whole.replacen(line, &changed, 1);
        fs::write(&path, &text).unwrap();
        fs::write(index_of(&path), &index).unwrap();
        let mut again = Order::of_offer("home", UNKNOWN);
        again.placed = Some(order.clone());
        let (catalog, trusted) = (catalog(), [issuer().verifying_key().clone()]);
        let policy = Policy::new(&catalog, Day::from_number(TODAY).unwrap());
        let mut file = RecordFile::open(&path).unwrap();
        let error = policy.decide_on_record(&again, &mut file, &trusted).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the record {} was changed in the middle since it was written: put back what it was, or else remove {}, \
                 and all of it is read anew",
                path.display(),
                index_of(&path).display()
            )
        );
        assert!(matches!(error, Undecided::Record(RecordFileError::Changed { .. })), "{error:?}");
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "nothing is changed");

        fs::remove_file(index_of(&path)).unwrap();
        match RecordFile::open(&path) {
            Ok(mut file) => assert_eq!(file.find_order(&other).unwrap().unwrap().record.serial(), record.serial()),
            Err(RecordFileError::Line { line, .. }) => assert_eq!(line, u64::try_from(number + 1).unwrap()),
            Err(other) => unreachable!("{other:?}"),
        }
    }
    fs::write(&path, &whole).unwrap();
    knows_the_first(long().records.len(), &path);
}

#[test]
fn of_several_stopgaps_in_the_same_place_the_latest_is_named() {
    let mut shop = Shop::empty();
    let stopgap = |customer: Option<&str>, number: u8| {
        let mut order = Order::of_offer("pro-stopgap", Serial::from_bytes([number; 8]));
        (order.customer, order.licensee) = (customer.map(str::to_owned), Some("Acme Ltd".to_owned()));
        order
    };
    let policy_day = Day::from_number(TODAY).unwrap();
    for (customer, number) in [(Some("acme"), 1), (Some("zenith"), 2)] {
        let permitted =
            Policy::new(&shop.catalog, policy_day).decide(&stopgap(customer, number), &shop.history).unwrap();
        let record = permitted.sign(&issuer(), noon(), "a test").unwrap().record(shop.file.as_mut().unwrap()).unwrap();
        shop.history.push(record).unwrap();
    }
    let order = stopgap(None, 3);
    let policy = Policy::new(&shop.catalog, policy_day);
    let expected = policy.decide(&order, &shop.history).unwrap_err();
    assert_eq!(expected.as_slice(), [Refusal::SecondStopgap { first: Serial::from_bytes([2; 8]), bridged: None }]);
    match policy.decide_on_record(&order, shop.file.as_mut().unwrap(), &shop.trusted) {
        Err(Undecided::Refused(found)) => assert_eq!(found, expected),
        other => unreachable!("{other:?}"),
    }
}
