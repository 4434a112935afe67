//! A store refuses a license if records that its decision used have changed. No lock is held while a license is signed. A
//! record file reads the lines that other processes append.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use common::{approval, approved, catalog, day, issuer, noon, offer, reissue, renewal, serial, stopgap};
use keyward_catalog::Catalog;
use keyward_issuer::issuance::{Issuance, IssueError, Issued};
use keyward_issuer::order::{Order, OrderRef, SerialSource};
use keyward_issuer::policy::{Decision, Policy};
use keyward_issuer::record::{AppendError, MemoryRecord, RecordFile, RecordFileError, Sealed, Storage};
use keyward_issuer::signature::{self, Signer};
use keyward_issuer::{Issuer, Signature, SigningKey};
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issued.jsonl");
    (folder, path)
}

fn issuance<'a, S>(catalog: &'a Catalog, issuer: &'a Issuer<S>) -> Issuance<'a, S> {
    Issuance { policy: Policy::new(catalog, day("2026-11-22")), issuer, trusted: &[], issued_by: "a test" }
}

fn paid(number: u8, customer: &str) -> Order {
    let mut order = offer("pro-annual");
    (order.serial, order.customer) = (serial(number), Some(customer.to_owned()));
    // It expires soon, so that it can be bridged.
    order.from = Some(day("2025-12-15"));
    order
}

fn with_id(mut order: Order, id: &str) -> Order {
    order.reference = Some(OrderRef::new(id, &order, SerialSource::Drawn));
    order
}

fn issue(order: &Order, storage: &mut impl Storage) -> Result<Issued, String> {
    let (catalog, issuer) = (catalog(), issuer());
    issuance(&catalog, &issuer).issue(order, storage, noon()).map_err(|error| match error {
        IssueError::Refused(refusals) => refusals.as_slice()[0].code().to_owned(),
        error => error.to_string(),
    })
}

/// The signed license of an order, not appended yet.
fn sealed(order: &Order, storage: &mut impl Storage) -> Sealed {
    let (catalog, issuer) = (catalog(), issuer());
    let issuance = issuance(&catalog, &issuer);
    let context = issuance.context(order, noon()).collect(storage).unwrap_or_else(|error| unreachable!("{error}"));
    match issuance.decide(context).unwrap() {
        Decision::Permitted(permitted) => issuance.sign(*permitted, noon()).unwrap(),
        Decision::Repeated(_) => unreachable!("a new order"),
    }
}

fn trial(number: u8, customer: Option<&str>) -> Order {
    let mut order = Order::of_offer("pro-trial", serial(number));
    order.customer = customer.map(str::to_owned);
    order
}

/// The licenses on record, an order with a decision, another order that is issued before it, and the outcome of the first order
/// after another decision.
type Row = (Vec<Order>, Order, Order, Result<(), &'static str>);

fn conflicting() -> Vec<Row> {
    let mut named = stopgap(8);
    named.bridges = Some(serial(1));
    // The name comes with the reissue.
    let mut named_trial = approved(reissue(1, 8));
    named_trial.customer = Some("acme".to_owned());
    let mut another = stopgap(9);
    another.approval = approval(&serial(2).to_string());
    let mut second = stopgap(9);
    second.approval = approval(&serial(1).to_string());
    vec![
        (vec![paid(1, "acme")], renewal(1, 8), renewal(1, 9), Err("renewed")),
        (vec![paid(1, "acme")], reissue(1, 8), reissue(1, 9), Err("replaced")),
        (vec![paid(1, "acme")], renewal(1, 8), reissue(1, 9), Err("replaced")),
        (vec![paid(1, "acme")], stopgap(8), stopgap(9), Err("second-stopgap")),
        (vec![paid(1, "acme")], named.clone(), stopgap(9), Err("second-stopgap")),
        (vec![paid(1, "acme")], stopgap(8), paid(9, "acme"), Ok(())),
        (vec![], approved(stopgap(8)), approved(stopgap(9)), Err("second-stopgap")),
        (vec![], trial(8, Some("acme")), trial(9, Some("acme")), Err("second-trial")),
        (vec![trial(1, None), approved(stopgap(2))], named_trial, another, Err("third-temporary-key")),
        (vec![approved(stopgap(1))], trial(8, Some("acme")), second, Err("third-temporary-key")),
        (vec![], paid(8, "acme"), paid(8, "zenith"), Err("serial-taken")),
        (vec![], with_id(paid(8, "acme"), "PO-1"), with_id(paid(9, "zenith"), "PO-1"), Err("order-differs")),
        (vec![], with_id(paid(8, "acme"), "PO-1"), with_id(paid(9, "acme"), "PO-1"), Ok(())),
    ]
}

fn apart() -> Vec<Row> {
    vec![
        (vec![paid(1, "acme"), paid(2, "zenith")], renewal(1, 8), renewal(2, 9), Ok(())),
        (vec![paid(1, "acme")], paid(8, "acme"), renewal(1, 9), Ok(())),
        (vec![paid(1, "acme")], stopgap(8), paid(9, "zenith"), Ok(())),
        (vec![], with_id(paid(8, "acme"), "PO-1"), with_id(paid(9, "acme"), "PO-2"), Ok(())),
    ]
}

fn try_on<T: Storage>(mut new: impl FnMut() -> T) {
    let rows = conflicting().into_iter().map(|row| (row, true)).chain(apart().into_iter().map(|row| (row, false)));
    for ((before, order, first, again), conflicts) in rows {
        let mut store = new();
        before.iter().for_each(|order| drop(issue(order, &mut store).unwrap()));
        let late = sealed(&order, &mut store);
        let bystander = sealed(&paid(7, "initech"), &mut store);
        issue(&first, &mut store).unwrap();
        let appended = store.append(vec![bystander, late]).map(|stored| stored.len());
        match appended {
            Err(AppendError::Conflict) => assert!(conflicts, "{order:?} after {first:?}"),
            Ok(both) => assert!(!conflicts && both == 2, "{order:?} after {first:?}"),
            Err(AppendError::Storage(error)) => unreachable!("{error}"),
        }
        let bystander = issue(&paid(7, "initech"), &mut store).map(drop);
        assert_eq!(bystander.is_ok(), conflicts, "all or none: {order:?} after {first:?}");
        if conflicts {
            let result = issue(&order, &mut store).map(drop);
            assert_eq!(result, again.map_err(str::to_owned), "{order:?} after {first:?}");
        }
    }
}

#[test]
fn only_a_change_of_the_seen_records_is_a_conflict() {
    try_on(MemoryRecord::default);
    let mut folders = Vec::new();
    try_on(|| {
        let (folder, path) = folder();
        folders.push(folder);
        RecordFile::open(&path).unwrap()
    });
}

#[test]
fn records_of_one_append_may_not_depend_on_each_other() {
    let mut store = MemoryRecord::default();
    issue(&paid(1, "acme"), &mut store).unwrap();
    for (one, other) in [(renewal(1, 8), renewal(1, 9)), (stopgap(8), stopgap(9)), (paid(8, "acme"), paid(8, "zenith"))]
    {
        let both = vec![sealed(&one, &mut store), sealed(&other, &mut store)];
        assert!(matches!(store.append(both), Err(AppendError::Conflict)));
    }
    assert_eq!(store.records().len(), 1);
}

/// A signer that issues another license with the same record file while it signs.
struct Meanwhile<F>(SigningKey, Mutex<Option<F>>);

impl<F: FnOnce() + Send> Signer<Signature> for Meanwhile<F> {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
        if let Some(other) = self.1.lock().unwrap().take() {
            other();
        }
        self.0.try_sign(message)
    }
}

fn issue_while(order: &Order, path: &Path, other: impl FnOnce() + Send) -> Result<Issued, String> {
    let key = SigningKey::from_seed(&[7; 32]);
    let public = key.verifying_key().clone();
    let issuer = Issuer::new(Meanwhile(key, Mutex::new(Some(other))), public);
    let catalog = catalog();
    let mut file = RecordFile::open(path).unwrap();
    issuance(&catalog, &issuer).issue(order, &mut file, noon()).map_err(|error| match error {
        IssueError::Refused(refusals) => refusals.as_slice()[0].code().to_owned(),
        error => error.to_string(),
    })
}

#[test]
fn no_lock_is_held_while_signing_and_the_first_append_counts() {
    let (_folder, path) = folder();
    issue(&paid(1, "acme"), &mut RecordFile::open(&path).unwrap()).unwrap();
    let other = |order: Order| {
        let path = path.clone();
        move || drop(issue(&order, &mut RecordFile::open(&path).unwrap()).unwrap())
    };
    issue_while(&renewal(1, 2), &path, other(paid(3, "acme"))).unwrap();
    assert_eq!(issue_while(&renewal(2, 4), &path, other(renewal(2, 5))).unwrap_err(), "renewed");
    let order = with_id(paid(6, "zenith"), "PO-1");
    match issue_while(&order, &path, other(with_id(paid(7, "zenith"), "PO-1"))).unwrap() {
        Issued::Repeated(license) => assert_eq!(license.record.serial(), serial(7)),
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn the_same_order_from_many_processes_at_once_makes_one_license() {
    // They begin at once, and often enough that two of them decide before either appends.
    for _ in 0..50 {
        let (_folder, path) = folder();
        let order = |number: u8| with_id(paid(number, "acme"), "PO-1");
        let start = Arc::new(Barrier::new(8));
        let racers: Vec<_> = (1..=8)
            .map(|number| {
                let (path, start) = (path.clone(), Arc::clone(&start));
                thread::spawn(move || {
                    let mut record = RecordFile::open(&path).unwrap();
                    start.wait();
                    issue(&order(number), &mut record).unwrap()
                })
            })
            .collect();
        let issued: Vec<Issued> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();
        assert_eq!(issued.iter().filter(|issued| matches!(issued, Issued::New(_))).count(), 1);
        assert!(issued.iter().all(|other| other.license() == issued[0].license()));
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
    }
}

#[test]
fn a_line_that_changes_while_the_record_is_open_is_named() {
    let (_folder, path) = folder();
    for number in 1..=3 {
        let order = with_id(paid(number, "acme"), &format!("PO-{number}"));
        issue(&order, &mut RecordFile::open(&path).unwrap()).unwrap();
    }
    let whole = fs::read_to_string(&path).unwrap();
    let line = whole.lines().nth(1).unwrap();
    for changed in [
        line.replace("\"seats\":1", "\"seats\":2").replace("\"seats\":5", "\"seats\":6"),
        line.replace("{\"version\":1", "{\"version\":2"),
        line.replace("\"PO-2\"", "\"PO-9\""),
        " ".repeat(line.len()),
    ] {
        assert!(changed != line && changed.len() == line.len());
        fs::write(&path, &whole).unwrap();
        let mut file = RecordFile::open(&path).unwrap();
        let text = whole.replacen(line, &changed, 1);
        fs::write(&path, &text).unwrap();
        let error = issue(&with_id(paid(4, "acme"), "PO-2"), &mut file).unwrap_err();
        assert_eq!(
            error,
            format!(
                "the record {} was changed at line 2 while it was in use: restore the line, and run the same command again",
                path.display()
            )
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "the file stays unchanged");
    }
}

#[test]
fn a_record_that_becomes_shorter_while_it_is_open_is_an_error() {
    let (_folder, path) = folder();
    let mut file = RecordFile::open(&path).unwrap();
    issue(&with_id(paid(1, "acme"), "PO-1"), &mut file).unwrap();
    let backup = fs::read(&path).unwrap();
    issue(&with_id(paid(2, "acme"), "PO-2"), &mut file).unwrap();
    fs::write(&path, &backup).unwrap();
    assert!(matches!(file.find(serial(1)), Err(RecordFileError::Changed { line: 3, .. })));
    let mut file = RecordFile::open(&path).unwrap();
    assert_eq!(file.len(), 1);
    assert!(matches!(issue(&with_id(paid(1, "acme"), "PO-1"), &mut file), Ok(Issued::Repeated(_))));
    assert!(matches!(issue(&with_id(paid(2, "acme"), "PO-2"), &mut file), Ok(Issued::New(_))));
}

#[cfg(unix)]
type Replacement = (&'static str, fn(&Path));

/// Ways in which the record at a path becomes another file while it is in use.
#[cfg(unix)]
fn replacements() -> [Replacement; 6] {
    [
        ("a copy takes its place, as with an editor", |path| {
            let copy = path.with_extension("copy");
            fs::copy(path, &copy).unwrap();
            fs::rename(&copy, path).unwrap();
        }),
        ("it is removed", |path| fs::remove_file(path).unwrap()),
        ("it is removed and made anew", |path| {
            let text = fs::read(path).unwrap();
            fs::remove_file(path).unwrap();
            // Otherwise the new file may have the number of the old one.
            fs::write(path.with_extension("between"), "").unwrap();
            fs::write(path, text).unwrap();
        }),
        ("it is moved away", |path| fs::rename(path, path.with_extension("old")).unwrap()),
        ("its folder is another one", |path| {
            let folder = path.parent().unwrap();
            let other = folder.with_extension("other");
            fs::create_dir(&other).unwrap();
            fs::copy(path, other.join(path.file_name().unwrap())).unwrap();
            fs::rename(folder, folder.with_extension("old")).unwrap();
            fs::rename(&other, folder).unwrap();
        }),
        ("its folder is a link that leads elsewhere now", |path| {
            let folder = path.parent().unwrap();
            let (old, other) = (folder.with_extension("old"), folder.with_extension("other"));
            fs::create_dir(&other).unwrap();
            fs::copy(path, other.join(path.file_name().unwrap())).unwrap();
            fs::rename(folder, old).unwrap();
            std::os::unix::fs::symlink(&other, folder).unwrap();
        }),
    ]
}

#[cfg(unix)]
#[test]
fn no_key_leaves_for_a_record_that_was_replaced_while_it_was_in_use() {
    for (how, replace) in replacements() {
        for before in ["", "PO-1"] {
            let outer = tempfile::tempdir().unwrap();
            let folder = outer.path().join("records");
            fs::create_dir(&folder).unwrap();
            let path = folder.join("issued.jsonl");
            let mut file = RecordFile::open(&path).unwrap();
            if !before.is_empty() {
                issue(&with_id(paid(1, "acme"), before), &mut file).unwrap();
            }
            let license = sealed(&paid(2, "acme"), &mut file);
            replace(&path);
            let left = file.append(vec![license]);
            assert!(matches!(left, Err(AppendError::Storage(RecordFileError::Replaced { .. }))), "{how}: {left:?}");
            let refused = issue(&paid(3, "acme"), &mut file).unwrap_err();
            assert!(refused.contains("was removed or replaced while it was in use"), "{how}: {refused}");
            // The next command uses the file that is there now.
            let mut now = RecordFile::open(&path).unwrap();
            assert!(now.find(serial(2)).unwrap().is_none() && now.find(serial(3)).unwrap().is_none(), "{how}");
            issue(&paid(4, "acme"), &mut now).unwrap();
        }
    }
}
