//! A batch has the same outcomes as its orders one by one, in their order. Each license is on record before it is reported.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use std::collections::HashSet;
use std::convert::Infallible;
use std::fs;
use std::io::{self, Cursor, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use chrono::TimeDelta;
use common::{catalog, day, noon, released, sign_as};
use keyward_issuer::batch::{Answer, Batch, BatchError, Outcome};
use keyward_issuer::issuance::Issuance;
use keyward_issuer::order::{OrderLine, OrderReader};
use keyward_issuer::policy::{Decision, History, Policy, Refusal};
use keyward_issuer::record::{
    AppendError, FoundRecord, MemoryRecord, NeededSet, RecordFile, RecordFileError, Sealed, Storage, Stored,
};
use keyward_issuer::signature::{self, Signer};
use keyward_issuer::{ActivationRequest, Fingerprint, Issuer, Serial, SignError, Signature, SigningKey};
use proptest::prelude::*;
use proptest::sample::select;
use tempfile::TempDir;

/// A signer that fails on one license, in a given way.
#[derive(Debug)]
struct Fickle {
    key: SigningKey,
    on: Serial,
    failure: Failure,
    /// The number of calls.
    signed: Arc<AtomicUsize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Error,
    WrongSignature,
    Panic,
}

impl Signer<Signature> for Fickle {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
        self.signed.fetch_add(1, Ordering::Relaxed);
        let signature = self.key.try_sign(message)?;
        if !message.windows(8).any(|bytes| bytes == self.on.to_bytes()) {
            return Ok(signature);
        }
        match self.failure {
            Failure::Error => Err(signature::Error::new()),
            Failure::WrongSignature => {
                let mut bytes = signature.to_bytes();
                bytes[3] ^= 1;
                Ok(Signature::from_bytes(&bytes))
            }
            Failure::Panic => panic!("as the driver of an HSM may"),
        }
    }
}

fn fickle_signer(on: Serial, failure: Failure) -> (Fickle, Arc<AtomicUsize>) {
    let signed = Arc::default();
    (Fickle { key: SigningKey::from_seed(&[7; 32]), on, failure, signed: Arc::clone(&signed) }, signed)
}

fn issuer_with(signer: Fickle) -> Issuer<Fickle> {
    let public = signer.key.verifying_key().clone();
    Issuer::new(signer, public)
}

fn fickle(on: Serial, failure: Failure) -> Issuer<Fickle> {
    issuer_with(fickle_signer(on, failure).0)
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issued.jsonl");
    (folder, path)
}

fn serial(number: usize) -> Serial {
    Serial::from_bytes((0xabcd_0000_0000_u64 + u64::try_from(number).unwrap()).to_be_bytes())
}

/// That many orders with ids and serials, from line 2 on.
fn orders(many: usize) -> String {
    let lines = (0..many).map(|number| format!("PO-{number},home,{}\n", serial(number)));
    ["id,offer,serial\n".to_owned()].into_iter().chain(lines).collect()
}

const TODAY: &str = "2026-11-22";

fn issuance<'a, S>(policy: Policy<'a>, issuer: &'a Issuer<S>) -> Issuance<'a, S> {
    Issuance { policy, issuer, trusted: &[], issued_by: "a test" }
}

/// Runs a job over these orders.
fn run_with<S: Signer<Signature> + Sync>(
    issuer: &Issuer<S>,
    text: &str,
    path: &Path,
    threads: usize,
    report: impl FnMut(Vec<Outcome>) -> io::Result<()>,
) -> Result<(), BatchError<RecordFileError>> {
    let catalog = catalog();
    let threads = NonZeroUsize::new(threads).unwrap();
    let batch = Batch { issuance: issuance(Policy::new(&catalog, day(TODAY)), issuer), threads };
    let orders = OrderReader::new(Cursor::new(text.to_owned().into_bytes()), None);
    batch.run(orders, &mut RecordFile::open(path).unwrap(), noon, report)
}

fn run(text: &str, path: &Path, threads: usize) -> Vec<Outcome> {
    let mut reported = Vec::new();
    run_with(&common::issuer(), text, path, threads, |outcomes| {
        reported.extend(outcomes);
        Ok(())
    })
    .unwrap();
    reported
}

/// The line on record, and whether it is new.
fn license(outcome: &Outcome) -> (&str, bool) {
    match &outcome.answer {
        Answer::Issued(recorded) => (&recorded.line, true),
        Answer::Repeated(recorded) => (&recorded.line, false),
        other => unreachable!("{other:?}"),
    }
}

fn on_record(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

/// The outcome of an order in words, for comparison.
fn in_words(outcome: &Outcome) -> String {
    let (line, id) = (outcome.line, &outcome.id);
    let answer = match &outcome.answer {
        Answer::Issued(recorded) => format!("issued {}", recorded.line),
        Answer::Repeated(recorded) => format!("on record {}", recorded.line),
        Answer::Refused(refusals) => format!("refused {refusals}"),
        Answer::Unreadable(error) => format!("unreadable {error}"),
    };
    format!("{line} {id:?} {answer}")
}

#[test]
fn outcomes_are_reported_in_order_on_any_number_of_threads() {
    let many = 800;
    let mut text = orders(many);
    text.push_str("not an order\nPO-last,pro-anual,\n");
    let mut before: Option<Vec<String>> = None;
    for threads in [1, 2, 7] {
        let (_folder, path) = folder();
        let reported = run(&text, &path, threads);
        let lines: Vec<u64> = reported.iter().map(|outcome| outcome.line).collect();
        assert_eq!(lines, (2..).take(many + 2).collect::<Vec<u64>>());
        assert!(reported.is_sorted_by_key(|outcome| outcome.bytes));
        assert_eq!(reported.last().unwrap().bytes, u64::try_from(text.len()).unwrap());
        let licenses: Vec<_> = reported[..many].iter().map(license).collect();
        assert!(licenses.iter().all(|(_, new)| *new));
        let lines: Vec<&str> = licenses.iter().map(|(line, _)| *line).collect();
        assert_eq!(on_record(&path), lines);
        assert!(
            matches!(reported[many].answer, Answer::Unreadable(_))
                && matches!(reported[many + 1].answer, Answer::Refused(_))
        );
        let words: Vec<String> = reported.iter().map(in_words).collect();
        assert_eq!(before.get_or_insert_with(|| words.clone()), &words);
    }
}

#[test]
fn a_second_run_reports_the_same_licenses_and_signs_nothing() {
    let (_folder, path) = folder();
    let text = orders(700);
    let first = run(&text, &path, 2);
    let record = fs::read(&path).unwrap();
    let issuer = fickle(serial(0), Failure::Panic);
    let mut again = Vec::new();
    run_with(&issuer, &text, &path, 2, |outcomes| {
        again.extend(outcomes);
        Ok(())
    })
    .unwrap();
    assert_eq!(again.len(), first.len());
    for (first, again) in first.iter().zip(&again) {
        assert_eq!((first.line, &first.id, license(first).0), (again.line, &again.id, license(again).0));
        assert!(license(first).1 && !license(again).1);
    }
    assert_eq!(fs::read(&path).unwrap(), record);
}

#[test]
fn a_repeated_order_is_one_license_and_another_order_with_its_id_is_refused() {
    for threads in [1, 2, 7] {
        let (_folder, path) = folder();
        let reported =
            run("id,offer,seats\nA,pro-annual,5\nA,pro-annual,5\nA,pro-annual,6\nA,pro-annual,05\n", &path, threads);
        let (line, new) = license(&reported[0]);
        assert!(new);
        assert_eq!([license(&reported[1]), license(&reported[3])], [(line, false); 2]);
        match &reported[2].answer {
            Answer::Refused(refusals) => {
                assert!(matches!(refusals.as_slice(), [Refusal::OrderDiffers { id, .. }] if id == "A"), "{refusals:?}")
            }
            other => unreachable!("{other:?}"),
        }
        assert_eq!(on_record(&path), [line]);
    }
}

#[test]
fn an_order_sees_the_orders_a_few_lines_before() {
    let text = r#"{"id": 1, "offer": "pro-annual", "from": "2025-12-15", "customer": "acme", "serial": "0000000000000001"}
{"id": 2, "reissues": "0000000000000001", "serial": "0000000000000002", "seats": 9, "reason": "grew", "ticket": "t"}
{"id": 3, "offer": "pro-stopgap", "customer": "acme", "serial": "0000000000000003"}
{"id": 4, "offer": "pro-stopgap", "customer": "Acme", "serial": "0000000000000004"}
{"id": 5, "renews": "0000000000000001", "serial": "0000000000000005"}
{"id": 6, "renews": "0000000000000003", "serial": "0000000000000006"}
{"id": 7, "renews": "0000000000000006", "serial": "0000000000000007"}
{"id": 8, "offer": "home", "serial": "0000000000000007"}
"#;
    for threads in [1, 2, 7] {
        let (_folder, path) = folder();
        let reported = run(text, &path, threads);
        let outcomes: Vec<String> = reported
            .iter()
            .map(|outcome| match &outcome.answer {
                Answer::Issued(recorded) => {
                    format!("{:?} {:?}", recorded.record.details().action, recorded.record.details().replaces)
                }
                Answer::Refused(refusals) => refusals.as_slice()[0].code().to_owned(),
                other => unreachable!("{other:?}"),
            })
            .collect();
        assert_eq!(
            outcomes,
            [
                "Issue None",
                "Reissue Some(0000000000000001)",
                "Issue None",
                "second-stopgap",
                "replaced",
                "Renewal Some(0000000000000002)",
                "Renewal Some(0000000000000006)",
                "serial-taken",
            ]
        );
    }
}

#[test]
fn requests_in_one_batch_count_together() {
    let request = |number: u8| {
        let machine = Fingerprint::from_digests([1, 2, 3, 4, 5].map(|slot| Some([number, slot, 9])));
        ActivationRequest::new("0000000000000001".parse().unwrap(), machine)
    };
    let mut text = String::from(
        r#"{"id": 0, "product": "server", "edition": "one", "seats": 5, "term": "1y", "activations": 2, "serial": "0000000000000001"}"#,
    );
    for (id, machine) in [(1, 1), (2, 2), (3, 3), (4, 1), (5, 4)] {
        text += &format!("\n{{\"id\": {id}, \"request\": \"{}\"}}", request(machine));
    }
    for threads in [1, 2, 7] {
        let (_folder, path) = folder();
        let outcomes: Vec<&str> = run(&text, &path, threads)
            .iter()
            .map(|outcome| match &outcome.answer {
                Answer::Issued(_) => "issued",
                Answer::Repeated(_) => "repeated",
                Answer::Refused(refusals) => refusals.as_slice()[0].code(),
                Answer::Unreadable(error) => unreachable!("{error}"),
            })
            .collect();
        assert_eq!(outcomes, ["issued", "issued", "issued", "no-machine-left", "repeated", "no-machine-left"]);
    }
}

/// The lines of a job. Each may depend on the lines before it.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let customer = || select(vec!["", "acme", "zenith"]);
    let line = prop_oneof![
        4 => (select(vec!["pro-annual", "pro-perpetual", "home"]), customer())
            .prop_map(|(offer, customer)| format!("ID,{offer},,,SERIAL,{customer},,")),
        3 => customer().prop_map(|customer| format!("ID,pro-stopgap,,,SERIAL,{customer},,")),
        3 => (1..8_usize).prop_map(|back| format!("ID,,BACK{back},,SERIAL,,,")),
        3 => (1..8_usize).prop_map(|back| format!("ID,,,BACK{back},SERIAL,,lost,t")),
        1 => (1..8_usize).prop_map(|back| format!("ID,home,,,BACK{back},,,")),
        1 => Just("SAME".to_owned()),
        1 => Just("SAMEID,enterprise-annual,,,SERIAL,,,".to_owned()),
        1 => Just("ID".to_owned()),
    ];
    prop::collection::vec(line, 1..40).prop_map(|lines| {
        let mut text: Vec<String> = Vec::new();
        for (number, line) in lines.into_iter().enumerate() {
            let back = |line: String, back: usize| {
                line.replace(&format!("BACK{back}"), &serial(number.saturating_sub(back)).to_string())
            };
            let line = (1..8).fold(line, back).replace("SERIAL", &serial(number).to_string());
            let same = text.get(number / 2).cloned().unwrap_or_default();
            let line = line.replace("SAMEID", same.split(',').next().unwrap()).replace("SAME", &same);
            text.push(line.replace("ID", &format!("PO-{number}")));
        }
        text
    })
}

/// The outcomes of the orders one by one, each with the history of all before.
fn one_by_one(text: &str) -> Vec<String> {
    let catalog = catalog();
    let policy = Policy::new(&catalog, day(TODAY));
    let mut history = History::default();
    let mut words = Vec::new();
    for line in OrderReader::new(text.as_bytes(), None) {
        let OrderLine { line, id, order, .. } = line.unwrap();
        let outcome = match order {
            Err(error) => format!("unreadable {error}"),
            Ok(order) => match policy.decide(&order, &history) {
                Ok(Decision::Permitted(permitted)) => {
                    let record = released(sign_as(policy, *permitted, &common::issuer(), "a test"));
                    let line = record.to_line();
                    history.push(record);
                    format!("issued {line}")
                }
                Ok(Decision::Repeated(record)) => format!("on record {}", record.to_line()),
                Err(refusals) => format!("refused {refusals}"),
            },
        };
        words.push(format!("{line} {id:?} {outcome}"));
    }
    words
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_batch_has_the_same_outcomes_as_its_orders_one_by_one(lines in lines(), threads in select(vec![1, 2, 7])) {
        let text = format!("id,offer,renews,reissues,serial,customer,reason,ticket\n{}\n", lines.join("\n"));
        let (_folder, path) = folder();
        let reported: Vec<String> = run(&text, &path, threads).iter().map(in_words).collect();
        prop_assert_eq!(reported, one_by_one(&text));
    }
}

/// A store in which colleagues issue licenses between the decisions of the job and its appends.
struct Busy<'a> {
    store: MemoryRecord,
    /// The number of appends so far.
    appends: usize,
    /// The colleague's order before the append with that number.
    colleague: Box<dyn FnMut(usize) -> Option<String> + 'a>,
    /// The number of licenses that an append takes without a word.
    swallows: usize,
}

impl<'a> Busy<'a> {
    fn with(colleague: impl FnMut(usize) -> Option<String> + 'a) -> Busy<'a> {
        Busy { store: MemoryRecord::default(), appends: 0, colleague: Box::new(colleague), swallows: 0 }
    }
}

impl Storage for Busy<'_> {
    type Error = Infallible;

    fn find(&mut self, sets: &[NeededSet]) -> Result<Vec<Vec<FoundRecord>>, Infallible> {
        self.store.find(sets)
    }

    fn append(&mut self, records: Vec<Sealed>) -> Result<Vec<Stored>, AppendError<Infallible>> {
        let orders = (self.colleague)(self.appends);
        self.appends += 1;
        let catalog = catalog();
        let issuer = common::issuer();
        let issuance = issuance(Policy::new(&catalog, day(TODAY)), &issuer);
        for line in OrderReader::new(orders.unwrap_or_default().as_bytes(), None) {
            // The job may have been first.
            let _ = issuance.issue(&line.unwrap().order.unwrap(), &mut self.store, noon());
        }
        let mut stored = self.store.append(records)?;
        stored.truncate(stored.len().saturating_sub(self.swallows));
        Ok(stored)
    }
}

/// Runs a job while colleagues use its record.
fn run_among(store: &mut Busy<'_>, text: &str, threads: usize) -> (Vec<Outcome>, Result<(), BatchError<Infallible>>) {
    let (catalog, issuer) = (catalog(), common::issuer());
    let threads = NonZeroUsize::new(threads).unwrap();
    let batch = Batch { issuance: issuance(Policy::new(&catalog, day(TODAY)), &issuer), threads };
    let mut reported = Vec::new();
    let orders = OrderReader::new(Cursor::new(text.to_owned().into_bytes()), None);
    let ended = batch.run(orders, store, noon, |outcomes| {
        reported.extend(outcomes);
        Ok(())
    });
    (reported, ended)
}

fn codes(outcomes: &[Outcome]) -> Vec<String> {
    let code = |outcome: &Outcome| match &outcome.answer {
        Answer::Issued(_) => "issued".to_owned(),
        Answer::Repeated(_) => "on record".to_owned(),
        Answer::Refused(refusals) => refusals.as_slice()[0].code().to_owned(),
        Answer::Unreadable(_) => "unreadable".to_owned(),
    };
    outcomes.iter().map(code).collect()
}

/// Twelve licenses of a colleague, numbers 0 to 11.
fn twelve() -> String {
    (0..12)
        .map(|number| {
            format!("{{\"id\": \"L{number}\", \"offer\": \"pro-annual\", \"serial\": \"{}\"}}\n", serial(number))
        })
        .collect()
}

/// A reissue of the license with that number.
fn replacing(id: &str, number: usize) -> String {
    let replaced = serial(number);
    format!("{{\"id\": \"{id}\", \"reissues\": \"{replaced}\", \"reason\": \"lost\", \"ticket\": \"t\"}}\n")
}

#[test]
fn every_order_has_its_answer_if_a_colleague_is_first_at_any_of_them() {
    // Orders of all kinds, which depend on records or on each other, and new ones between and behind them.
    let plain = |id: &str| format!("{{\"id\": \"{id}\", \"offer\": \"home\"}}\n");
    let mut text = String::new();
    for number in 0..12 {
        text.push_str(&replacing(&format!("R{number}"), number));
        text.push_str(&plain(&format!("N{number}")));
        if number % 3 == 0 {
            text.push_str("not an order\n");
            text.push_str(&plain(&format!("N{number}")));
        }
    }
    let alone = |colleague: &dyn Fn(usize) -> Option<String>, threads: usize| {
        let mut store = Busy::with(colleague);
        let (first, ended) = run_among(&mut store, &twelve(), 1);
        assert!(ended.is_ok() && first.len() == 12);
        store.appends = 100;
        let (reported, ended) = run_among(&mut store, &text, threads);
        ended.unwrap();
        let lines: Vec<u64> = reported.iter().map(|outcome| outcome.line).collect();
        assert_eq!(lines, (1..=32).collect::<Vec<u64>>(), "in their order");
        (codes(&reported), store.store.records().len())
    };
    let (undisturbed, on_record) = alone(&|_| None, 2);
    assert_eq!(on_record, 12 + 24);
    for threads in [1, 2, 7] {
        for number in 0..12 {
            for append in [100, 101] {
                let colleague = move |at: usize| (at == append).then(|| replacing("colleague", number));
                let (codes, _) = alone(&colleague, threads);
                let same = codes.iter().zip(&undisturbed).filter(|(one, other)| one == other).count();
                match codes.iter().filter(|code| *code == "replaced").count() {
                    1 => assert_eq!(same, 31, "{codes:?}"),
                    // The second append is later than that order.
                    _ => assert!(append == 101 && same == 32, "{codes:?}"),
                }
            }
        }
    }
}

#[test]
fn a_conflict_at_each_append_loses_no_order() {
    let text: String = (0..12).map(|number| replacing(&format!("R{number}"), number)).collect();
    for threads in [1, 2, 7] {
        let mut store = Busy::with(|at: usize| {
            (100..112).contains(&at).then(|| replacing(&format!("C{at}"), 111_usize.saturating_sub(at)))
        });
        run_among(&mut store, &twelve(), 2).1.unwrap();
        store.appends = 100;
        let (reported, ended) = run_among(&mut store, &text, threads);
        ended.unwrap();
        assert_eq!(reported.len(), 12);
        let replaced = codes(&reported).iter().filter(|code| *code == "replaced").count();
        assert_eq!(store.store.records().len(), 12 + 12 + 12 - replaced);
        assert!(replaced >= 11, "{replaced}");
    }
}

#[test]
fn the_orders_behind_a_conflict_are_decided_again() {
    // More than one append takes: the others are signed and wait behind it when the conflict comes.
    const ORDERS: usize = 2_100;
    let mut text = replacing("R0", 0);
    (1..ORDERS).for_each(|number| text.push_str(&format!("{{\"id\": \"N{number}\", \"offer\": \"home\"}}\n")));
    let mut store = Busy::with(|at: usize| (at == 100).then(|| replacing("colleague", 0)));
    run_among(&mut store, &twelve(), 2).1.unwrap();
    store.appends = 100;
    let (reported, ended) = run_among(&mut store, &text, 2);
    ended.unwrap();
    assert!(reported.iter().map(|outcome| outcome.line).eq(1..=2_100), "each order, in their order");
    assert_eq!(codes(&reported)[0], "replaced");
    assert_eq!(store.store.records().len(), 12 + 1 + ORDERS - 1);
}

#[test]
fn a_store_that_takes_licenses_without_a_word_ends_the_job_with_an_error() {
    for swallows in [1, 3] {
        let mut store = Busy::with(|_| None);
        store.swallows = swallows;
        let (reported, ended) = run_among(&mut store, &twelve(), 2);
        let error = ended.unwrap_err();
        assert!(matches!(error, BatchError::Incomplete { read: 12, .. }), "{error:?}");
        assert!(error.to_string().ends_with("run the same command again"), "{error}");
        assert!(reported.len() < 12);
    }
}

#[test]
fn a_reader_of_orders_that_panics_ends_the_job_with_an_error() {
    struct Panics(Cursor<Vec<u8>>);
    impl Read for Panics {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => panic!("as a decoder may"),
                read => Ok(read),
            }
        }
    }
    let (catalog, issuer) = (catalog(), common::issuer());
    let batch = Batch { issuance: issuance(Policy::new(&catalog, day(TODAY)), &issuer), threads: NonZeroUsize::MIN };
    let orders = OrderReader::new(Panics(Cursor::new(twelve().into_bytes())), None);
    let ended = batch.run(orders, &mut MemoryRecord::default(), noon, |_| Ok(()));
    assert!(matches!(ended, Err(BatchError::Orders(_))), "{ended:?}");
}

#[test]
fn every_reported_license_is_on_record() {
    let (_folder, path) = folder();
    let mut reported = 0;
    run_with(&common::issuer(), &orders(2000), &path, 2, |outcomes| {
        let on_record: HashSet<String> = on_record(&path).into_iter().collect();
        reported += outcomes.len();
        assert!(outcomes.iter().all(|outcome| on_record.contains(license(outcome).0)));
        Ok(())
    })
    .unwrap();
    assert_eq!(reported, 2000);
}

#[test]
fn a_failed_signature_stops_the_job_and_a_second_run_continues() {
    let (many, at) = (300, 170);
    let text = orders(many);
    for (failure, error) in [(Failure::Error, SignError::Signer), (Failure::WrongSignature, SignError::WrongSignature)]
    {
        for threads in [1, 2, 7] {
            let (_folder, path) = folder();
            let issuer = fickle(serial(at), failure);
            let mut reported = Vec::new();
            let ended = run_with(&issuer, &text, &path, threads, |outcomes| {
                reported.extend(outcomes);
                Ok(())
            });
            match ended.unwrap_err() {
                BatchError::Sign { line, source } => {
                    assert_eq!((line, source), (u64::try_from(at + 2).unwrap(), error))
                }
                other => unreachable!("{other:?}"),
            }
            let lines: Vec<&str> = reported.iter().map(|outcome| license(outcome).0).collect();
            assert_eq!(on_record(&path), lines, "exactly the licenses on record were reported");
            let numbers: Vec<u64> = reported.iter().map(|outcome| outcome.line).collect();
            assert_eq!(numbers, (2..).take(reported.len()).collect::<Vec<u64>>());
            assert!(reported.len() <= at, "{}", reported.len());
            if threads == 1 {
                assert_eq!(reported.len(), at, "all orders before it");
            }

            let again = run(&text, &path, threads);
            let news: Vec<bool> = again.iter().map(|outcome| license(outcome).1).collect();
            assert_eq!(news, (0..many).map(|number| number >= reported.len()).collect::<Vec<_>>());
            let lines: Vec<&str> = again.iter().map(|outcome| license(outcome).0).collect();
            assert_eq!(on_record(&path), lines);
        }
    }
}

#[test]
fn a_failed_signer_is_not_tried_for_the_remaining_orders() {
    let (_folder, path) = folder();
    let (signer, signed) = fickle_signer(serial(40), Failure::Error);
    run_with(&issuer_with(signer), &orders(1000), &path, 1, |_| Ok(())).unwrap_err();
    assert_eq!(signed.load(Ordering::Relaxed), 41);
}

#[test]
fn a_signer_that_panics_ends_the_job() {
    for threads in [1, 2, 7] {
        let (_folder, path) = folder();
        let (ended, has_ended) = mpsc::channel();
        let job = {
            let path = path.clone();
            thread::spawn(move || {
                let issuer = fickle(serial(100), Failure::Panic);
                let run = || run_with(&issuer, &orders(300), &path, threads, |_| Ok(()));
                let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err();
                let _ = ended.send(panicked);
            })
        };
        assert_eq!(has_ended.recv_timeout(Duration::from_secs(20)), Ok(true), "{threads} threads");
        job.join().unwrap();
        let again = run(&orders(300), &path, threads);
        assert_eq!(on_record(&path), again.iter().map(|outcome| license(outcome).0).collect::<Vec<_>>());
    }
}

#[test]
fn a_failed_report_stops_the_job_and_a_second_run_issues_nothing_twice() {
    let text = orders(5000);
    let (_folder, path) = folder();
    let mut reported = 0;
    let ended = run_with(&common::issuer(), &text, &path, 2, |outcomes| {
        if reported > 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        reported += outcomes.len();
        Ok(())
    });
    assert!(
        matches!(&ended, Err(BatchError::Report(error)) if error.kind() == io::ErrorKind::StorageFull),
        "{ended:?}"
    );
    let before = on_record(&path);
    assert!((reported + 1..=5000).contains(&before.len()), "{reported} {}", before.len());
    let again = run(&text, &path, 2);
    let issued = again.iter().filter(|outcome| license(outcome).1).count();
    assert_eq!(issued, 5000 - before.len());
    assert_eq!(on_record(&path), again.iter().map(|outcome| license(outcome).0).collect::<Vec<_>>());
}

#[test]
fn a_job_follows_the_clock_past_midnight_and_never_goes_back() {
    let (catalog, issuer) = (catalog(), common::issuer());
    let threads = NonZeroUsize::MIN;
    let policy = Policy::new(&catalog, day(TODAY));
    let batch = Batch { issuance: issuance(policy, &issuer), threads };
    let text = "id,offer,from,through\n1,pro-trial,,\n2,pro-annual,2026-11-01,2026-11-22\n";
    for (days, first, may_end_today) in [(-1, TODAY, true), (0, TODAY, true), (1, "2026-11-23", false)] {
        let (_folder, path) = folder();
        let mut reported = Vec::new();
        let clock = || noon() + TimeDelta::days(days);
        let orders = OrderReader::new(text.as_bytes(), None);
        let report = |outcomes| {
            reported.extend(outcomes);
            Ok(())
        };
        batch.run(orders, &mut RecordFile::open(&path).unwrap(), clock, report).unwrap();
        match &reported[0].answer {
            Answer::Issued(recorded) => assert_eq!(recorded.record.claims().valid_from(), day(first)),
            other => unreachable!("{other:?}"),
        }
        match &reported[1].answer {
            Answer::Issued(_) => assert!(may_end_today),
            Answer::Refused(refusals) => assert!(!may_end_today && refusals.as_slice()[0].code() == "has-ended"),
            other => unreachable!("{other:?}"),
        }
    }
}

#[test]
fn a_few_orders_are_signed_on_all_threads_at_once() {
    /// Signs when all threads have a license to sign.
    struct Together(SigningKey, Mutex<usize>, Condvar);
    impl Signer<Signature> for Together {
        fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
            let mut waiting = self.1.lock().unwrap();
            *waiting += 1;
            self.2.notify_all();
            let long = Duration::from_secs(60);
            let (_waiting, waited) = self.2.wait_timeout_while(waiting, long, |waiting| *waiting < 3).unwrap();
            assert!(!waited.timed_out(), "a thread waited for another");
            self.0.try_sign(message)
        }
    }
    let key = SigningKey::from_seed(&[7; 32]);
    let public = key.verifying_key().clone();
    let issuer = Issuer::new(Together(key, Mutex::default(), Condvar::new()), public);
    let (_folder, path) = folder();
    run_with(&issuer, &orders(3), &path, 3, |_| Ok(())).unwrap();
    assert_eq!(on_record(&path).len(), 3);
}

/// Reads messages as they come.
struct Sent {
    lines: mpsc::Receiver<Vec<u8>>,
    rest: Cursor<Vec<u8>>,
}

impl Read for Sent {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.rest.read(buffer)?;
        if read > 0 {
            return Ok(read);
        }
        self.rest = Cursor::new(self.lines.recv().unwrap_or_default());
        self.rest.read(buffer)
    }
}

#[test]
fn an_order_is_reported_before_the_next_one_arrives() {
    let (_folder, path) = folder();
    let (send, lines) = mpsc::channel();
    let catalog = catalog();
    let issuer = common::issuer();
    let batch = Batch {
        issuance: issuance(Policy::new(&catalog, day(TODAY)), &issuer),
        threads: NonZeroUsize::new(2).unwrap(),
    };
    send.send(b"id,offer\n0,home\n".to_vec()).unwrap();
    let mut send = Some(send);
    let mut reported = Vec::new();
    let orders = OrderReader::new(Sent { lines, rest: Cursor::default() }, None);
    let report = |outcomes: Vec<Outcome>| {
        reported.extend(outcomes.iter().map(|outcome| (outcome.id.clone().unwrap(), license(outcome).1)));
        // The next order comes after the license of this one.
        match reported.len() {
            20 => send = None,
            next => send.as_ref().unwrap().send(format!("{next},home\n").into_bytes()).unwrap(),
        }
        Ok(())
    };
    batch.run(orders, &mut RecordFile::open(&path).unwrap(), noon, report).unwrap();
    assert_eq!(reported, (0..20).map(|number| (number.to_string(), true)).collect::<Vec<_>>());
}

#[test]
fn unreadable_input_ends_the_job_and_every_reported_license_is_on_record() {
    struct Breaks(Cursor<Vec<u8>>);
    impl Read for Breaks {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::ErrorKind::ConnectionReset.into()),
                read => Ok(read),
            }
        }
    }
    let (_folder, path) = folder();
    let (catalog, issuer) = (catalog(), common::issuer());
    let threads = NonZeroUsize::new(2).unwrap();
    let batch = Batch { issuance: issuance(Policy::new(&catalog, day(TODAY)), &issuer), threads };
    let mut reported = Vec::new();
    let text = orders(2000);
    let broken = OrderReader::new(Breaks(Cursor::new(text.clone().into_bytes())), None);
    let ended = batch.run(broken, &mut RecordFile::open(&path).unwrap(), noon, |outcomes| {
        reported.extend(outcomes.iter().map(|outcome| license(outcome).0.to_owned()));
        Ok(())
    });
    assert!(
        matches!(&ended, Err(BatchError::Orders(error)) if error.kind() == io::ErrorKind::ConnectionReset),
        "{ended:?}"
    );
    assert_eq!(on_record(&path), reported);
    let again = run(&text, &path, 2);
    assert_eq!(on_record(&path), again.iter().map(|outcome| license(outcome).0).collect::<Vec<_>>());
}

#[test]
fn a_license_of_an_untrusted_key_is_no_answer_to_a_repeated_order() {
    let (_folder, path) = folder();
    let text = orders(3);
    let outcomes_of = |seed: u8| {
        let issuer = Issuer::with_key(SigningKey::from_seed(&[seed; 32]));
        let mut reported = Vec::new();
        run_with(&issuer, &text, &path, 2, |outcomes| {
            reported.extend(outcomes);
            Ok(())
        })
        .unwrap();
        reported
    };
    assert!(outcomes_of(8).iter().all(|outcome| matches!(outcome.answer, Answer::Issued(_))));
    assert!(outcomes_of(8).iter().all(|outcome| matches!(outcome.answer, Answer::Repeated(_))));
    let others = outcomes_of(7);
    assert_eq!(others.len(), 3);
    for outcome in others {
        let Answer::Refused(refusals) = outcome.answer else { panic!("{outcome:?}") };
        assert!(matches!(refusals.as_slice(), [Refusal::NotGenuine { .. }]), "{refusals}");
    }
}
