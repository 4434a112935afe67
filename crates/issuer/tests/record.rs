//! The record: its lines are read as they were written, torn lines are kept, and no key is released without a record.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use common::{Shop, day, issuer, noon, reissue, released, renewal, serial, sign_as, stopgap};
use keyward_core::is_invisible;
use keyward_issuer::issuance::{Issuance, IssueError, release};
use keyward_issuer::order::{Approval, Order, Subscription};
use keyward_issuer::policy::Permitted;
use keyward_issuer::record::{
    Action, AppendError, IssueRecord, JsonFault, RecordError, RecordFile, RecordFileError, Sealed, Storage, TornLine,
};
use keyward_issuer::{Issuer, SignError, SigningKey};
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issued.jsonl");
    (folder, path)
}

fn permitted(number: u8) -> Permitted {
    let mut order = Order::of_offer("pro-annual", serial(number));
    order.customer = Some("acme".to_owned());
    order.approval = Some(Approval { by: "Ada".to_owned(), reason: "asked\nfor it".to_owned() });
    order.ticket = Some("https://desk.example/1".to_owned());
    order.subscription = Some(Subscription { id: "sub-1".to_owned(), name: Some("Pro, yearly".to_owned()) });
    Shop::on("2026-11-22").decide(&order).unwrap()
}

fn record_in(path: &Path, number: u8) -> Result<IssueRecord, RecordFileError> {
    let mut file = RecordFile::open(path)?;
    let stored = file.append(vec![sealed(number)]).map_err(|error| match error {
        AppendError::Storage(error) => error,
        AppendError::Conflict => unreachable!("the decision used no records"),
    })?;
    Ok(stored.into_iter().map(|stored| IssueRecord::clone(&release(stored).record)).next().unwrap())
}

/// A signed license whose decision used no records.
fn sealed(number: u8) -> Sealed {
    sign_as(Shop::on("2026-11-22").policy(), permitted(number), &issuer(), "Grace")
}

fn records(path: &Path) -> Vec<IssueRecord> {
    RecordFile::open(path).unwrap().records().unwrap().collect::<Result<_, _>>().unwrap()
}

fn on_record(path: &Path) -> Vec<String> {
    records(path).iter().map(|record| record.serial().to_string()).collect()
}

#[test]
fn a_recorded_license_is_read_again() {
    let (_folder, path) = folder();
    let records = [record_in(&path, 1).unwrap(), record_in(&path, 2).unwrap()];
    assert_eq!(self::records(&path), records);
    let (record, details) = (&records[0], records[0].details());
    assert_eq!(
        (details.action, details.offer.as_deref(), record.issued_by()),
        (Action::Issue, Some("pro-annual"), "Grace")
    );
    assert_eq!(details.names.features, ["Export to PDF", "Teamwork", "Plug-ins"]);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2, "one line for each license");
}

#[test]
fn a_license_key_and_its_circumstances_give_the_same_line() {
    let (_folder, path) = folder();
    record_in(&path, 1).unwrap();
    for line in fs::read_to_string(&path).unwrap().lines() {
        let record = IssueRecord::from_line(line).unwrap();
        let circumstances = record.circumstances();
        assert!(!circumstances.contains(&record.key().to_string()), "the key stands beside them");
        let again = IssueRecord::from_circumstances(record.key().clone(), &circumstances).unwrap();
        assert_eq!((again.to_line().as_str(), &again), (line, &record));
        assert!(IssueRecord::from_line(&circumstances).is_err(), "a line has its key");
        assert!(IssueRecord::from_circumstances(record.key().clone(), line).is_err(), "circumstances have none");

        let other = circumstances.replace("\"term\":\"1y\"", "\"term\":\"2y\"");
        assert!(other == circumstances || IssueRecord::from_circumstances(record.key().clone(), &other).is_err());
        let moved = record.clone().with_customer(Some("another".to_owned()));
        assert_eq!(moved.details().customer.as_deref(), Some("another"));
        assert_eq!(moved.key(), record.key());
    }
}

#[test]
fn a_line_has_every_field_by_name() {
    let line = released(sealed(1)).to_line();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    for (name, value) in [
        ("version", "1"),
        ("action", "\"issue\""),
        ("serial", "\"0000000000000001\""),
        ("issued_at", "\"2026-11-22T12:00:00Z\""),
        ("issued_by", "\"Grace\""),
        ("term", "\"1y\""),
        ("customer", "\"acme\""),
        ("subscription", r#"{"id":"sub-1","name":"Pro, yearly"}"#),
        ("approval", r#"{"by":"Ada","reason":"asked\nfor it"}"#),
    ] {
        assert_eq!(line[name].to_string(), value, "{name}");
    }
    assert_eq!(line["claims"]["valid_through"], "2027-11-21");
    assert!(line["key"].as_str().unwrap().starts_with('K'));
}

#[test]
#[cfg(unix)]
fn a_record_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = folder();
    record_in(&path, 1).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_time_is_read_in_several_forms_and_written_in_one() {
    let line = released(sealed(1)).to_line();
    let with = |time: &str| IssueRecord::from_line(&line.replace("2026-11-22T12:00:00Z", time));
    for (time, written) in [
        ("2026-11-22T12:00:00.999Z", "2026-11-22T12:00:00Z"),
        ("2026-11-22T13:30:00+01:30", "2026-11-22T12:00:00Z"),
        ("2026-06-30T23:59:60.5Z", "2026-06-30T23:59:60Z"),
        ("0000-01-01T01:00:00+01:00", "0000-01-01T00:00:00Z"),
    ] {
        let record = with(time).unwrap();
        let again = record.to_line();
        assert!(again.contains(&format!("\"issued_at\":\"{written}\"")), "{again}");
        assert_eq!(IssueRecord::from_line(&again).unwrap(), record, "{time}");
    }
    for time in ["9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00+00:01"] {
        let error = with(time).unwrap_err();
        assert!(matches!(error, RecordError::InvalidField { field: "issued_at" }), "{time}: {error}");
    }
}

#[test]
fn a_torn_last_line_is_moved_and_the_lines_before_it_stay() {
    let (_folder, path) = folder();
    record_in(&path, 1).unwrap();
    let first = fs::read(&path).unwrap();
    record_in(&path, 2).unwrap();
    let whole = fs::read(&path).unwrap();
    let kept = path.with_extension("jsonl.torn");
    for cut in (first.len() + 1..whole.len() - 1).step_by(37) {
        let _ = fs::remove_file(&kept);
        fs::write(&path, &whole[..cut]).unwrap();
        let file = RecordFile::open(&path).unwrap();
        let torn = file.torn().unwrap().clone();
        assert_eq!((torn.line, torn.bytes), (2, cut - first.len()));
        assert_eq!(fs::read(&path).unwrap(), first);
        assert_eq!(fs::read(&torn.moved_to).unwrap(), [&whole[first.len()..cut], b"\n"].concat());
        drop(file);
        record_in(&path, 2).unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole, "the order is issued again");
    }
}

#[test]
fn a_last_line_without_its_line_break_is_recorded() {
    let (_folder, path) = folder();
    record_in(&path, 1).unwrap();
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let file = RecordFile::open(&path).unwrap();
    assert_eq!((file.torn(), file.len()), (None, 1));
    assert_eq!(fs::read(&path).unwrap(), whole);
}

#[test]
fn an_invalid_line_is_named_and_the_file_stays_unchanged() {
    let (_folder, path) = folder();
    record_in(&path, 1).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let error_in = |text: &str| {
        fs::write(&path, text).unwrap();
        let error = RecordFile::open(&path).unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        match error {
            RecordFileError::Line { line, source, .. } => (line, source),
            other => unreachable!("{other:?}"),
        }
    };
    for (text, expected) in [
        (format!("{good}\n"), "this is not an issue record: the line ends too early at column 0"),
        (
            good.replace("\"version\":1", "\"version\":2"),
            "the record has version 2, and this program reads version 1: use a newer program",
        ),
        (
            good.replace("\"seats\":5", "\"seats\":6"),
            "the field claims contradicts the license key: the record was changed after it was written; restore it",
        ),
        (
            good.replace("\"key\":\"K", "\"key\":\"J"),
            "the field key can't be read: the record was changed after it was written; restore it",
        ),
    ] {
        let (line, source) = error_in(&format!("{text}{good}"));
        assert_eq!(source.to_string(), expected);
        assert_eq!(line, if text.ends_with("\n\n") { 2 } else { 1 });
    }
    let (_, source) = error_in(&good.replace("\"customer\"", "\"custom\""));
    assert!(matches!(source, RecordError::Json { fault: JsonFault::Data, .. }), "{source}");
}

#[test]
fn no_error_repeats_the_license_key_of_a_line() {
    let (_folder, path) = folder();
    record_in(&path, 1).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let key = serde_json::from_str::<serde_json::Value>(&good).unwrap()["key"].as_str().unwrap().to_owned();
    for text in [
        good.replace("\"action\":\"issue\"", &format!("\"action\":\"{key}\"")),
        good.replace("\"version\":1", &format!("\"version\":\"{key}\"")),
        good.replace("\"customer\"", &format!("\"{key}\"")),
        format!("\"{key}\"\n"),
        format!("{key}\n"),
    ] {
        assert_ne!(text, good);
        fs::write(&path, &text).unwrap();
        let error = RecordFile::open(&path).unwrap_err();
        let mut shown = format!("{error} {error:?}");
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            shown += &cause.to_string();
            source = cause.source();
        }
        assert!(!shown.contains(&key[6..23]), "{shown}");
    }
}

#[test]
fn a_record_has_no_control_characters() {
    let typed = "acme\u{1B}[2J\u{9B}2J\u{7F}\u{202E}\u{2066}\u{2028}\\u9b \u{1F600}";
    // The policy refuses such texts. The record of another program may have them.
    let mut line: serde_json::Value = serde_json::from_str(&released(sealed(1)).to_line()).unwrap();
    (line["customer"], line["issued_by"]) = (typed.into(), typed.into());
    let record = IssueRecord::from_line(&line.to_string()).unwrap();
    let line = record.to_line();
    assert!(!line.contains(|c: char| c.is_control() || "\u{202E}\u{2066}\u{2028}".contains(c)), "{line:?}");
    assert!(line.contains('\u{1F600}'), "{line}");
    let read = IssueRecord::from_line(&line).unwrap();
    assert_eq!((read.details().customer.as_deref(), read.issued_by()), (Some(typed), typed));
}

#[test]
fn debug_output_has_no_group_of_the_key() {
    let (_folder, path) = folder();
    let mut file = RecordFile::open(&path).unwrap();
    let sealed = sealed(1);
    let mut shown = format!("{sealed:?}");
    let stored = file.append(vec![sealed]).unwrap();
    shown += &format!("{stored:?} {file:?}");
    let recorded: Vec<_> = stored.into_iter().map(release).collect();
    shown += &format!("{recorded:?}");
    assert!(shown.contains("0000000000000001"), "with the serial: {shown}");
    let key = recorded[0].record.key().to_string();
    for group in key.split('-').filter(|group| !group.starts_with("000")) {
        assert!(!shown.contains(group), "{group} in {shown}");
    }
}

#[test]
fn records_that_replace_each_other_cause_no_endless_search() {
    let (_folder, path) = folder();
    record_in(&path, 1).unwrap();
    record_in(&path, 2).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let circle = text.lines().zip([2, 1]).map(|(line, other)| {
        let replaces = format!("\"action\":\"reissue\",\"replaces\":\"{}\"", serial(other));
        line.replace("\"action\":\"issue\"", &replaces) + "\n"
    });
    fs::write(&path, circle.collect::<String>()).unwrap();
    let shop = Shop::on("2026-11-22");
    let (policy, issuer) = (shop.policy(), issuer());
    let issuance = Issuance { policy, issuer: &issuer, trusted: &[], issued_by: "a test" };
    let mut file = RecordFile::open(&path).unwrap();
    for order in [reissue(1, 3), reissue(2, 3), renewal(1, 3), renewal(2, 3), stopgap(3)] {
        // Any result will do, if there is one.
        let _ = issuance.issue(&order, &mut file, noon());
    }
}

#[test]
fn the_name_of_the_person_who_issues_is_visible_or_nothing_is_signed() {
    let (_folder, path) = folder();
    let shop = Shop::on("2026-11-22");
    let (issuer, mut file) = (issuer(), RecordFile::open(&path).unwrap());
    let mut issue = |issued_by: &str| {
        let issuance = Issuance { policy: shop.policy(), issuer: &issuer, trusted: &[], issued_by };
        let issued = issuance.issue(&Order::of_offer("pro-annual", serial(1)), &mut file, noon());
        issued.map(|issued| issued.license().record.issued_by().to_owned())
    };
    for name in ["", " ", "\u{3164}", "\u{301}", "---"] {
        assert!(matches!(issue(name), Err(IssueError::Sign(SignError::IssuedByBlank))), "{name:?}");
    }
    for name in [" Grace", "Grace\n", "Grace\u{200b}", "\u{feff}Grace"] {
        assert!(matches!(issue(name), Err(IssueError::Sign(SignError::IssuedBySpaceAround))), "{name:?}");
    }
    for character in ('\0'..=char::MAX).filter(|character| is_invisible(*character)) {
        let refused = issue(&format!("Gra{character}ce"));
        assert!(
            matches!(refused, Err(IssueError::Sign(SignError::IssuedByInvisible { character: found })) if found == character),
            "{character:?}"
        );
    }
    assert_eq!(fs::read(&path).unwrap(), b"");
    assert_eq!(issue("Grace Höpper").unwrap(), "Grace Höpper");
}

#[test]
fn a_forged_record_is_no_ground_for_a_license() {
    let (_folder, path) = folder();
    let stranger = Issuer::with_key(SigningKey::from_seed(&[8; 32]));
    let mut file = RecordFile::open(&path).unwrap();
    let shop = Shop::on("2026-11-22");
    file.append(vec![sign_as(shop.policy(), permitted(1), &stranger, "Mallory")]).unwrap();
    let (policy, issuer, strangers) = (shop.policy(), issuer(), [stranger.verifying_key().clone()]);
    let mut issuance = Issuance { policy, issuer: &issuer, trusted: &[], issued_by: "a test" };
    for order in [reissue(1, 2), renewal(1, 2)] {
        let Err(IssueError::Refused(refusals)) = issuance.issue(&order, &mut file, noon()) else {
            unreachable!("a forged license is refused");
        };
        assert_eq!(refusals.as_slice()[0].code(), "not-genuine");
    }
    issuance.trusted = &strangers;
    for order in [reissue(1, 2), renewal(2, 3)] {
        issuance.issue(&order, &mut file, noon()).unwrap();
    }
}

/// The record with a genuine license of Acme, and a reissue of it by another key, if there is one.
fn with_a_forged_reissue(path: &Path, stranger: &Issuer) -> RecordFile {
    let shop = Shop::on("2026-11-22");
    let (own, catalog_and_day) = (issuer(), shop.policy());
    let genuine = Issuance { policy: catalog_and_day, issuer: &own, trusted: &[], issued_by: "a test" };
    let forger =
        Issuance { policy: shop.policy(), issuer: stranger, trusted: &[own.verifying_key().clone()], ..genuine };
    let mut file = RecordFile::open(path).unwrap();
    let mut paid = Order::of_offer("pro-annual", serial(1));
    (paid.customer, paid.from) = (Some("acme".to_owned()), Some(day("2025-12-15")));
    genuine.issue(&paid, &mut file, noon()).unwrap();
    genuine.issue(&stopgap(2), &mut file, noon()).unwrap();
    let mut more = reissue(1, 3);
    more.seats = Some("500".parse().unwrap());
    forger.issue(&more, &mut file, noon()).unwrap();
    file
}

#[test]
fn a_forged_record_that_no_order_names_is_no_ground_for_a_license() {
    let stranger = Issuer::with_key(SigningKey::from_seed(&[8; 32]));
    let (shop, own) = (Shop::on("2026-11-22"), issuer());
    let issuance = Issuance { policy: shop.policy(), issuer: &own, trusted: &[], issued_by: "a test" };
    let refused = |order: &Order, file: &mut RecordFile, forged: u8| {
        let Err(IssueError::Refused(refusals)) = issuance.issue(order, file, noon()) else {
            unreachable!("a forged license is refused: {order:?}");
        };
        let expected = format!("license {} on record is not signed by a trusted key", serial(forged));
        assert!(refusals.to_string().contains(&expected), "{refusals}");
    };
    // A stopgap by customer, by licensee, and by an offer of another edition.
    let (_folder, path) = folder();
    let mut file = RecordFile::open(&path).unwrap();
    let forger = Issuance { policy: shop.policy(), issuer: &stranger, trusted: &[], issued_by: "Mallory" };
    let mut paid = Order::of_offer("pro-annual", serial(1));
    (paid.customer, paid.licensee) = (Some("acme".to_owned()), Some("Acme Ltd".to_owned()));
    paid.from = Some(day("2025-12-15"));
    forger.issue(&paid, &mut file, noon()).unwrap();
    refused(&stopgap(4), &mut file, 1);
    let mut by_licensee = stopgap(4);
    (by_licensee.customer, by_licensee.licensee) = (None, Some("Acme Ltd".to_owned()));
    refused(&by_licensee, &mut file, 1);
    // A renewal by the stopgap of a genuine license that a forged one replaces.
    let (_folder, path) = folder();
    let mut file = with_a_forged_reissue(&path, &stranger);
    refused(&renewal(2, 4), &mut file, 3);
    refused(&renewal(3, 4), &mut file, 3);
    refused(&reissue(3, 4), &mut file, 3);
}

#[test]
fn a_key_id_on_record_is_that_of_the_key_that_signed() {
    let (_folder, path) = folder();
    record_in(&path, 1).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let id = issuer().verifying_key().id().to_string();
    let (shop, own) = (Shop::on("2026-11-22"), issuer());
    let issuance = Issuance { policy: shop.policy(), issuer: &own, trusted: &[], issued_by: "a test" };
    for index in 0..id.len() {
        let mut digits = id.clone().into_bytes();
        digits[index] = if digits[index] == b'0' { b'1' } else { b'0' };
        let other = String::from_utf8(digits).unwrap();
        fs::write(&path, good.replace(&id, &other)).unwrap();
        // The first digits, the hint, are in the license key too.
        let Ok(mut file) = RecordFile::open(&path) else { continue };
        for order in [reissue(1, 2), renewal(1, 2)] {
            let Err(IssueError::Refused(refusals)) = issuance.issue(&order, &mut file, noon()) else {
                unreachable!("key id {other}");
            };
            assert_eq!(refusals.as_slice()[0].code(), "not-genuine", "{other}");
        }
    }
}

#[test]
fn a_last_line_that_is_not_part_of_a_record_stays() {
    let (_folder, path) = folder();
    record_in(&path, 1).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    for last in [
        good.trim_end().replace("\"version\":1", "\"version\":2"),
        good.trim_end().replace("\"customer\"", "\"custom\""),
        "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f".to_owned(),
        "{".repeat(2),
        "\u{fc}".to_owned(),
    ] {
        let text = format!("{good}{last}");
        fs::write(&path, &text).unwrap();
        assert!(matches!(RecordFile::open(&path), Err(RecordFileError::Line { line: 2, .. })), "{last}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_serial_is_on_record_once() {
    let (_folder, path) = folder();
    record_in(&path, 1).unwrap();
    let conflict = RecordFile::open(&path).unwrap().append(vec![sealed(1)]);
    assert!(matches!(conflict, Err(AppendError::Conflict)));
    assert_eq!(records(&path).len(), 1);
    let line = fs::read_to_string(&path).unwrap();
    fs::write(&path, line.repeat(2)).unwrap();
    assert!(matches!(RecordFile::open(&path), Err(RecordFileError::DuplicateSerial { line: 2, .. })));
}

#[test]
fn without_a_writable_record_no_key_is_issued() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(RecordFile::open(folder.path()), Err(RecordFileError::Io { .. })));
    assert!(matches!(RecordFile::open(&folder.path().join("missing/issued.jsonl")), Err(RecordFileError::Io { .. })));
}

#[test]
#[cfg(unix)]
fn a_record_that_is_a_link_or_has_a_second_name_or_is_not_a_regular_file_is_refused() {
    use std::os::unix::fs::symlink;
    let (folder, path) = folder();
    let at = |name: &str| folder.path().join(name);
    record_in(&path, 1).unwrap();
    fs::rename(&path, at("victim")).unwrap();
    let before = fs::read(at("victim")).unwrap();
    symlink("victim", at("link")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    fs::hard_link(at("victim"), at("second")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    for (name, why) in [
        ("link", "is a link"),
        ("dangling", "is a link"),
        ("second", "has a second name"),
        ("victim", "has a second name"),
        ("pipe", "is not a regular file"),
        ("/dev/null", "is not a regular file"),
    ] {
        let Err(RecordFileError::Trap { source }) = record_in(&at(name), 2) else { panic!("{name} was opened") };
        assert!(source.to_string().contains(why), "{name}: {source}");
        assert!(source.to_string().contains(name), "{name}: {source}");
    }
    assert_eq!(fs::read(at("victim")).unwrap(), before);
    assert!(!at("nowhere").exists());
    fs::remove_file(at("second")).unwrap();
    record_in(&at("victim"), 2).unwrap();
}

#[test]
#[cfg(unix)]
fn a_torn_line_is_not_written_through_a_link() {
    type Link = fn(&Path, &Path) -> std::io::Result<()>;
    let kinds: [Link; 2] =
        [|victim, link| std::os::unix::fs::symlink(victim, link), |victim, link| fs::hard_link(victim, link)];
    for link in kinds {
        let (folder, path) = folder();
        record_in(&path, 1).unwrap();
        let torn = [fs::read(&path).unwrap(), b"{\"version\":1,\"iss".to_vec()].concat();
        fs::write(&path, &torn).unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, "of another account").unwrap();
        link(&victim, &TornLine::file_of(&path)).unwrap();
        assert!(matches!(RecordFile::open(&path), Err(RecordFileError::Io { .. })));
        assert_eq!(fs::read(&victim).unwrap(), b"of another account");
        assert_eq!(fs::read(&path).unwrap(), torn, "the line stays where it is");
    }
}

#[test]
fn opening_a_record_waits_for_another_process() {
    let (_folder, path) = folder();
    record_in(&path, 1).unwrap();
    let other = fs::File::open(&path).unwrap();
    fs4::FileExt::lock(&other).unwrap();
    let (sender, receiver) = mpsc::channel();
    let second = {
        let path = path.clone();
        thread::spawn(move || sender.send(on_record(&path)).unwrap())
    };
    assert!(receiver.recv_timeout(Duration::from_millis(200)).is_err(), "it waits");
    fs4::FileExt::unlock(&other).unwrap();
    assert_eq!(receiver.recv().unwrap(), ["0000000000000001"]);
    second.join().unwrap();
}

#[test]
fn many_threads_record_all_licenses() {
    let (_folder, path) = folder();
    let writers: Vec<_> = (1..=12)
        .map(|number| {
            let path = path.clone();
            thread::spawn(move || record_in(&path, number).unwrap())
        })
        .collect();
    writers.into_iter().for_each(|writer| drop(writer.join().unwrap()));
    let mut serials = on_record(&path);
    serials.sort();
    assert_eq!(serials, (1..=12).map(|number| serial(number).to_string()).collect::<Vec<_>>());
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"{\"version\":1,").unwrap();
    assert_eq!(on_record(&path).len(), 12);
}

#[test]
fn zeros_after_a_power_cut_are_moved_beside_the_record() {
    let (_folder, path) = folder();
    record_in(&path, 1).unwrap();
    let good = fs::read(&path).unwrap();
    for rest in [&[0; 4096][..], &[&good[..300], &[0; 700]].concat()] {
        fs::write(&path, [&good[..], rest].concat()).unwrap();
        let file = RecordFile::open(&path).unwrap();
        assert_eq!((file.len(), file.torn().unwrap().bytes), (1, rest.len()));
        assert_eq!(fs::read(&path).unwrap(), good);
    }
}
