//! Many orders at once, with the command that a reseller runs: the messages, the files, and the state after a kill or on a
//! full disk.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

mod batch {
    mod full;
    mod kills;
}
mod common;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use common::{Ended, ended, fixture, keyward, run, run_with_input};
use keyward_catalog::Catalog;
use keyward_issuer::order::FIELD_NAMES;
use keyward_verifier::{TrustedKey, Verifier};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

const BATCH: [&str; 10] = [
    "issue",
    "--catalog",
    "catalog.toml",
    "--key",
    "vendor.key",
    "--issued-by",
    "ci",
    "--record",
    "issued.jsonl",
    "--batch",
];

fn shop() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("catalog.toml"), Catalog::EXAMPLE).unwrap();
    fs::write(folder.path().join("vendor.key"), fixture("vendor.key")).unwrap();
    folder
}

fn batch(folder: &Path, arguments: &[&str]) -> Ended {
    run(folder, &[&BATCH, arguments].concat())
}

fn order_id(number: usize) -> String {
    format!("PO-{number:05}")
}

fn orders(many: usize) -> String {
    let lines = (0..many).map(|number| format!("{},pro-annual,{},reseller\n", order_id(number), number % 9 + 1));
    ["id,offer,seats,customer\n".to_owned()].into_iter().chain(lines).collect()
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

/// The complete lines of a process that was killed.
fn whole_lines(path: &Path) -> Vec<String> {
    let Ok(text) = fs::read_to_string(path) else { return Vec::new() };
    text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).map(str::to_owned).collect()
}

fn id_of(line: &str) -> String {
    let id = line.split("\"order\":{\"id\":\"").nth(1).unwrap();
    id.split('"').next().unwrap().to_owned()
}

/// Each order has one license, on record and in the file of keys, in the sequence of the orders, and its key verifies.
fn is_done(folder: &Path, many: usize) {
    let keys = lines(&folder.join("keys.jsonl"));
    let ids: Vec<String> = keys.iter().map(|line| id_of(line)).collect();
    assert_eq!(ids, (0..many).map(order_id).collect::<Vec<_>>());
    let record: HashSet<String> = lines(&folder.join("issued.jsonl")).into_iter().collect();
    assert_eq!(lines(&folder.join("issued.jsonl")).len(), many);
    assert!(keys.iter().all(|line| record.contains(line)));
    all_verify(&keys, many);
    assert!(!folder.join("keys.jsonl.part").exists());
}

fn all_verify(keys: &[String], many: usize) {
    let trusted = [TrustedKey::from_pem(&fixture("vendor.pub")).unwrap()];
    let verifier = Verifier::new(&trusted, keyward_verifier::Product(3));
    let mut serials = HashSet::new();
    for (number, line) in keys.iter().enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        let license = verifier.verify(line["key"].as_str().unwrap()).unwrap();
        assert_eq!(license.claims().serial().to_string(), line["serial"]);
        assert_eq!(license.claims().seats().to_string(), (number % 9 + 1).to_string());
        serials.insert(line["serial"].to_string());
    }
    assert_eq!(serials.len(), many);
}

/// The line of a license, without the parts that depend on the signature.
fn refused(line: u64, id: &str, code: &str, message: &str) -> Value {
    serde_json::json!({ "line": line, "id": id, "refused": [{ "code": code, "message": message }] })
}

/// Every complete line of the keys is on record with the same contents, and no order is there twice.
fn no_written_line_is_lost(folder: &Path, told: &mut HashMap<String, String>) {
    let record = whole_lines(&folder.join("issued.jsonl"));
    let mut by_id = HashMap::new();
    for line in &record {
        assert!(by_id.insert(id_of(line), line).is_none(), "{line} is there twice");
    }
    for line in whole_lines(&folder.join("keys.jsonl.part")) {
        let id = id_of(&line);
        assert_eq!(by_id.get(&id), Some(&&line));
        assert_eq!(told.entry(id).or_insert_with(|| line.clone()), &line);
    }
    assert!(told.iter().all(|(id, line)| by_id.get(id) == Some(&line)));
}

/// The job, with a limit for the size of its files, in blocks of 512 bytes.
fn with_files_of_at_most(blocks: usize, folder: &Path, arguments: &[&str]) -> Ended {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_keyward")]).args(BATCH).args(arguments);
    ended(command.current_dir(folder).stdin(Stdio::null()))
}

#[test]
fn ten_thousand_keys_for_a_reseller() {
    let folder = shop();
    let many = 10_000;
    // Two orders in the middle have mistakes. The others are issued.
    let text = orders(many).replace("PO-04000,pro-annual,", "PO-04000,pro-anual,");
    let text = text.replace("PO-07000,pro-annual,8,reseller", "PO-07000,pro-annual,eight,reseller");
    fs::write(folder.path().join("orders.csv"), &text).unwrap();
    let said = batch(folder.path(), &["orders.csv", "-o", "keys.jsonl"]);
    assert_eq!((said.code, said.stdout.as_str()), (3, ""), "{said:?}");
    assert_eq!(
        said.stderr,
        "issued.jsonl: a new record\n\
         error: orders.csv, line 4002 (order PO-04000): there is no offer `pro-anual`: did you mean \
         `pro-annual`?\n\
         error: orders.csv, line 7002 (order PO-07000): seats: expected a whole number from 1 to 4294967295, or unlimited\n\
         keys.jsonl: 9998 issued, 0 on record before, 2 refused\n"
    );
    assert_eq!(lines(&folder.path().join("keys.jsonl")).len(), many - 2);
    // The mistakes are corrected, and the job runs again.
    fs::write(folder.path().join("orders.csv"), orders(many)).unwrap();
    let said = batch(folder.path(), &["orders.csv", "-o", "keys.jsonl", "--force"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, ""), "{said:?}");
    assert_eq!(said.stderr, "keys.jsonl: 2 issued, 9998 on record before, 0 refused\n");
    is_done(folder.path(), many);
}

#[test]
fn each_order_through_a_pipe_has_its_license_before_the_next() {
    let folder = shop();
    let arguments = [&BATCH[..], &["-"]].concat();
    let mut child = keyward(folder.path(), &arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut orders = child.stdin.take().unwrap();
    let stdout = child.stdout.take().unwrap();
    let (send, licenses) = mpsc::channel();
    let reader = thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            send.send(line.unwrap()).unwrap();
        }
    });
    let mut told = Vec::new();
    for number in 0..12 {
        writeln!(orders, "{{\"id\": \"{}\", \"offer\": \"home\"}}", order_id(number)).unwrap();
        let line = licenses.recv_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!(id_of(&line), order_id(number));
        assert_eq!(lines(&folder.path().join("issued.jsonl"))[number], line, "on record by now");
        told.push(line);
    }
    drop(orders);
    reader.join().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "issued.jsonl: a new record\n12 issued, 0 on record before, 0 refused\n"
    );
    assert!(output.status.success());
    assert_eq!(lines(&folder.path().join("issued.jsonl")), told);
}

const MISTAKES: &str = "{\"id\": \"A\", \"offer\": \"pro-annual\", \"seats\": 2}
{\"id\": \"B\", \"offer\": \"pro-anual\"}
nonsense
{\"id\": \"C\", \"offer\": \"pro-trial\", \"term\": \"33d\", \"grace_days\": 7}
{\"id\": \"A\", \"offer\": \"pro-annual\", \"seats\": 3}
{\"offer\": \"pro-annual\"}
{\"id\": \"D\", \"offer\": \"pro-annual\"}
";

#[test]
fn refused_orders_are_reported_with_lines_and_ids_and_the_others_are_issued() {
    let folder = shop();
    fs::write(folder.path().join("orders.jsonl"), MISTAKES).unwrap();
    let said = batch(folder.path(), &["orders.jsonl", "--refused", "refused.jsonl", "-o", "keys.jsonl"]);
    assert_eq!((said.code, said.stdout.as_str()), (3, ""), "{said:?}");
    assert_eq!(said.stderr, "issued.jsonl: a new record\nkeys.jsonl: 2 issued, 0 on record before, 5 refused\n");
    let kept: Vec<Value> =
        lines(&folder.path().join("refused.jsonl")).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let codes: Vec<(u64, Option<&str>, Vec<&str>)> = kept
        .iter()
        .map(|line| {
            let codes = line["refused"].as_array().unwrap().iter().map(|why| why["code"].as_str().unwrap());
            (line["line"].as_u64().unwrap(), line["id"].as_str(), codes.collect())
        })
        .collect();
    assert_eq!(
        codes,
        [
            (2, Some("B"), vec!["unknown-offer"]),
            (3, None, vec!["unreadable-order"]),
            (4, Some("C"), vec!["trial-too-long", "grace-on"]),
            (5, Some("A"), vec!["order-differs"]),
            (6, None, vec!["unreadable-order"]),
        ]
    );
    assert_eq!(kept[0], refused(2, "B", "unknown-offer", "there is no offer `pro-anual`: did you mean `pro-annual`?"));
    assert_eq!(lines(&folder.path().join("keys.jsonl")).iter().map(|line| id_of(line)).collect::<Vec<_>>(), ["A", "D"]);

    // Standard error has the same, with a line for each reason.
    let again = batch(folder.path(), &["orders.jsonl", "--refused", "-"]);
    assert_eq!(again.code, 3, "{again:?}");
    let expected: Vec<String> = kept
        .iter()
        .flat_map(|line| {
            let order = line["id"].as_str().map(|id| format!(" (order {id})")).unwrap_or_default();
            let place = format!("error: orders.jsonl, line {}{order}: ", line["line"]);
            let why = line["refused"].as_array().unwrap().iter();
            why.map(|why| format!("{place}{}", why["message"].as_str().unwrap())).collect::<Vec<_>>()
        })
        .chain(["0 issued, 2 on record before, 5 refused".to_owned()])
        .collect();
    assert_eq!(again.stderr.lines().collect::<Vec<_>>(), expected);
    assert_eq!(again.stdout.lines().map(str::to_owned).collect::<Vec<_>>(), lines(&folder.path().join("keys.jsonl")));
}

#[test]
fn files_are_private_and_messages_show_no_part_of_a_key() {
    use std::os::unix::fs::PermissionsExt;
    let folder = shop();
    let many = 4200;
    let text = format!("{}not an order\n", orders(many));
    fs::write(folder.path().join("orders.csv"), &text).unwrap();
    // A file of an earlier run that others may read becomes private.
    for left in ["keys.jsonl.part", "refused.jsonl.part"] {
        fs::write(folder.path().join(left), "").unwrap();
        fs::set_permissions(folder.path().join(left), PermissionsExt::from_mode(0o666)).unwrap();
    }
    let job = ["orders.csv", "--refused", "refused.jsonl", "-o", "keys.jsonl"];
    // The output of a job that was stopped is there under another name.
    let stopped = with_files_of_at_most(3000, folder.path(), &job);
    assert_eq!(stopped.code, 1, "{stopped:?}");
    let mode = |file: &str| fs::metadata(folder.path().join(file)).unwrap().permissions().mode() & 0o777;
    for file in ["keys.jsonl.part", "refused.jsonl.part", "issued.jsonl"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    let said = batch(folder.path(), &job);
    assert_eq!(said.code, 3, "{said:?}");
    assert_eq!(batch(folder.path(), &["orders.csv", "-o", "keys.jsonl", "--force"]).code, 3);
    for file in ["keys.jsonl", "refused.jsonl", "issued.jsonl"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    let said = format!("{stopped:?} {said:?}");
    for line in lines(&folder.path().join("keys.jsonl")).iter().step_by(100) {
        let line: Value = serde_json::from_str(line).unwrap();
        let key = line["key"].as_str().unwrap();
        assert!(key.split('-').all(|group| !said.contains(group)), "{said}");
    }
}

#[test]
fn a_batch_whose_orders_are_all_refused_leaves_no_output_file() {
    let folder = shop();
    let job = ["orders.csv", "-o", "keys.jsonl"];
    fs::write(folder.path().join("orders.csv"), "id,ofer\nPO-1,pro-annual\n").unwrap();
    for _ in 0..2 {
        assert_eq!(batch(folder.path(), &job).code, 3);
        for name in ["keys.jsonl", "keys.jsonl.part"] {
            assert!(!folder.path().join(name).exists(), "{name}");
        }
    }
    fs::write(folder.path().join("orders.csv"), "id,offer\nPO-1,pro-annual\nPO-2,none\n").unwrap();
    assert_eq!(batch(folder.path(), &job).code, 3);
    let kept = lines(&folder.path().join("keys.jsonl"));
    assert_eq!(kept.len(), 1);
    // An existing file is not lost either.
    fs::write(folder.path().join("orders.csv"), "id,offer\nPO-2,none\n").unwrap();
    assert_eq!(batch(folder.path(), &[&job[..], &["--force"]].concat()).code, 3);
    assert_eq!(lines(&folder.path().join("keys.jsonl")), kept);
}

#[test]
fn no_order_of_a_file_in_another_encoding_is_issued() {
    let folder = shop();
    let orders = |customer: &[u8], before: usize| {
        let mut text = b"id,offer,customer\n".to_vec();
        (0..before).for_each(|order| text.extend(format!("PO-{order},pro-annual,Bj\u{f6}rk\n").bytes()));
        text.extend([b"PO-X,pro-annual,", customer, b"\nPO-Y,pro-annual,Ada\n"].concat());
        text
    };
    // Latin-1, a character that is cut off, and UTF-16; many lines, so that some characters are split between two reads.
    for (customer, before) in [(&b"M\xfcller"[..], 3), (b"M\xc3", 3), (b"\xff\xfeM\0", 0), (b"M\xfcller", 10_007)] {
        fs::write(folder.path().join("orders.csv"), orders(customer, before)).unwrap();
        let said = batch(folder.path(), &["orders.csv", "-o", "keys.jsonl"]);
        let line = before + 2;
        let expected = format!("orders.csv is not UTF-8 at line {line}, and nothing of it was used: save it as UTF-8");
        assert!(said.code == 1 && said.stderr.contains(&expected), "{said:?}");
        assert!(!folder.path().join("issued.jsonl").exists() && !folder.path().join("keys.jsonl").exists());
    }
    fs::write(folder.path().join("orders.csv"), orders("Müller".as_bytes(), 3)).unwrap();
    assert_eq!(batch(folder.path(), &["orders.csv", "-o", "keys.jsonl"]).code, 0);
}

/// The numbers of licenses issued now, and on record before.
fn counts(said: &str) -> [usize; 2] {
    ["issued", "on record before"].map(|name| {
        let before = said.split_once(&format!(" {name}")).unwrap().0;
        before.rsplit(' ').next().unwrap().parse().unwrap()
    })
}

#[test]
fn two_jobs_on_one_record_issue_each_order_once() {
    let many = 700;
    let folder = shop();
    fs::write(folder.path().join("orders.csv"), orders(many)).unwrap();
    let start = |output: &str| {
        let arguments = [&BATCH[..], &["orders.csv", "-o", output, "--force"]].concat();
        keyward(folder.path(), &arguments).stderr(Stdio::piped()).spawn().unwrap()
    };
    // Two jobs write the same file.
    let jobs = [start("keys.jsonl"), start("others.jsonl"), start("keys.jsonl")];
    let said: Vec<String> = jobs
        .into_iter()
        .map(|job| {
            let output = job.wait_with_output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.success(), "{said}");
            said
        })
        .collect();
    let counts: Vec<[usize; 2]> = said.iter().map(|said| counts(said)).collect();
    assert_eq!(counts.iter().map(|[issued, _]| issued).sum::<usize>(), many, "{said:?}");
    assert!(counts.iter().all(|[issued, on_record]| issued + on_record == many), "{said:?}");
    is_done(folder.path(), many);
    assert_eq!(lines(&folder.path().join("keys.jsonl")), lines(&folder.path().join("others.jsonl")));
}

#[test]
fn a_job_that_cannot_succeed_is_refused_before_anything_is_issued() {
    let folder = shop();
    fs::write(folder.path().join("orders.csv"), orders(2)).unwrap();
    fs::write(folder.path().join("orders.part"), orders(2)).unwrap();
    fs::write(folder.path().join("vendor.pub"), fixture("vendor.pub")).unwrap();
    fs::write(folder.path().join("there.jsonl"), "as it was").unwrap();
    for (arguments, code, said) in [
        (&["orders.csv", "-o", "there.jsonl"][..], 1, "there.jsonl exists and was not changed"),
        (&["orders.csv", "--refused", "there.jsonl"], 1, "there.jsonl exists and was not changed"),
        (&["orders.csv", "-o", "keys.jsonl", "--refused", "keys.jsonl"], 2, "keys.jsonl is also read"),
        (&["orders.csv", "-o", "orders.csv", "--force"], 2, "orders.csv is also read"),
        (&["orders.csv", "-o", "issued.jsonl", "--force"], 2, "issued.jsonl is also read"),
        (&["orders.csv", "--refused", "issued.jsonl"], 2, "issued.jsonl is also read"),
        (&["orders.part", "-o", "orders"], 2, "orders.part is also read"),
        (&["orders.part", "--refused", "orders"], 2, "orders.part is also read"),
        (&["orders.csv", "-o", "keys.jsonl", "--refused", "keys.jsonl.part"], 2, "keys.jsonl.part is also read"),
        (&["orders.csv", "-o", "keys.jsonl.part", "--refused", "keys.jsonl"], 2, "keys.jsonl.part is also read"),
        (&["-", "--trust", "-"], 2, "standard input can be read once"),
        (&["orders.csv", "--trust", "vendor.pub", "-o", "vendor.pub", "--force"], 2, "vendor.pub is also read"),
        (&["orders.csv", "-o", "none/keys.jsonl"], 1, "there is no folder none; make it first"),
        (&["missing.csv"], 1, "missing.csv can't be read"),
        (&["env:ORDERS"], 2, "give a path, or -"),
        (&["orders.csv", "--offer", "home"], 2, "cannot be used with"),
    ] {
        let refused = batch(folder.path(), arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (code, ""), "{refused:?}");
        assert!(refused.stderr.contains(said), "{refused:?}");
        assert!(!folder.path().join("issued.jsonl").exists(), "{arguments:?}");
        assert!(!folder.path().join("keys.jsonl.part").exists(), "{arguments:?}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("there.jsonl")).unwrap(), "as it was");
    assert_eq!(fs::read_to_string(folder.path().join("orders.csv")).unwrap(), orders(2));
    assert_eq!(fs::read_to_string(folder.path().join("orders.part")).unwrap(), orders(2));
    assert_eq!(fs::read_to_string(folder.path().join("vendor.pub")).unwrap(), fixture("vendor.pub"));
    let without = ["issue", "--catalog", "catalog.toml", "--key", "vendor.key", "--batch", "orders.csv"];
    let refused = run_with_input(folder.path(), &without, b"");
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("--record <FILE>"), "{refused:?}");
}

#[test]
fn a_key_in_an_order_is_refused_and_never_shown() {
    let license: String = fixture("keys/typical.txt").split_whitespace().collect();
    let file = fixture("vendor.key");
    let pem = file[file.find("-----BEGIN").unwrap()..].to_owned();
    let base64: String = pem.lines().filter(|line| !line.starts_with("---")).collect();
    let hex = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c".to_owned();
    // In text for the record, hex may be a customer's id.
    let texts = ["id", "licensee", "customer", "approved_by", "reason", "ticket"];
    for key in [&license, &license.to_lowercase(), &license.replace('-', ""), &pem, &base64, &hex] {
        let spellings = [key.clone(), key.replace('-', " ")];
        let part: String = key.chars().skip(key.len() / 2).take(16).filter(char::is_ascii_alphanumeric).collect();
        let part_of_a_group = &part[..part.len().min(5)];
        let mut orders = Vec::new();
        for field in FIELD_NAMES.iter().filter(|field| key != &hex || !texts.contains(field)) {
            for spelling in &spellings {
                let mut order = serde_json::json!({ "id": format!("PO-{field}"), "offer": "nope" });
                order[*field] = spelling.as_str().into();
                orders.push(order.to_string());
                order[*field] = serde_json::json!([spelling, "b"]);
                orders.push(order.to_string());
                order[*field] = serde_json::json!({ spelling.as_str(): 5 });
                orders.push(order.to_string());
            }
        }
        orders.push(serde_json::json!({ "id": "PO-1", "offer": "nope", key.as_str(): 5 }).to_string());
        let in_csv = format!("id,offer,{}\nPO-1,nope,5\n", key.replace('\n', " "));
        for (name, text) in [("orders.jsonl", orders.join("\n")), ("orders.csv", in_csv)] {
            for refused in [&[][..], &["--refused", "refused.jsonl"]] {
                let folder = shop();
                fs::write(folder.path().join(name), &text).unwrap();
                let ended = batch(folder.path(), &[&[name, "-o", "keys.jsonl"], refused].concat());
                assert_eq!(ended.code, 3, "{ended:?}");
                let log = fs::read_to_string(folder.path().join("refused.jsonl")).unwrap_or_default();
                let shown = format!("{}{}{log}", ended.stdout, ended.stderr);
                assert!(!shown.contains(part_of_a_group), "{part_of_a_group} of {key} in {shown}");
                assert!(shown.contains("may be a key"), "{shown}");
            }
        }
    }
}
