//! The library answers as `spec/reference/audit.py` does, which was written from the specification alone.
//!
//! 300 cases in an ordinary run, 10,000 with `KEYWARD_LONG` set: those of the vectors, with bytes changed, removed, doubled and
//! added, and texts that are signed after such changes. A failure prints its case.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use base64ct::{Base64, Encoding};
use keyward_ledger::audit::CheckpointKey;
use keyward_testing::skip::skip;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::kit::key;
use crate::vectors::exports::compared;
use crate::vectors::hex_head;
use crate::vectors::notes::signed_text;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec");

#[test]
fn the_library_answers_as_the_reference_does() {
    let Some(python) = python() else {
        return skip("the_library_answers_as_the_reference_does", "there is no python3 with the package cryptography");
    };
    let cases = cases(keyward_testing::extent(300, 10_000));
    let mut program = Command::new(python)
        .args([&format!("{FOLDER}/reference/audit.py"), "--jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut questions = program.stdin.take().unwrap();
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let writing = thread::spawn(move || questions.write_all(lines.as_bytes()));
    let output = program.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();

    let mut by_answer: BTreeMap<(String, String), usize> = BTreeMap::new();
    let answers: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), cases.len());
    for (case, there) in cases.iter().zip(answers) {
        let (here, says) = answer(case);
        assert_eq!((there["error"].as_str(), there.get("says")), (here, says.as_ref()), "{case}");
        let list = case["list"].as_str().unwrap().to_owned();
        *by_answer.entry((list, here.unwrap_or("accepted").to_owned())).or_default() += 1;
    }
    for ((list, answer), count) in &by_answer {
        println!("{count:6} {answer:14} {list}");
    }
    assert!(by_answer.len() > 9, "the answers are of many kinds");
}

/// A Python with the package that the reference needs: the first in the path, or else the system's own.
fn python() -> Option<&'static str> {
    ["python3", "/usr/bin/python3"].into_iter().find(|python| {
        let asked = Command::new(python).args(["-c", "import cryptography"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    })
}

/// The error and the head that the library finds.
fn answer(case: &Value) -> (Option<&'static str>, Option<Value>) {
    let found = match case["list"].as_str() {
        Some("verifier_keys") => {
            let is_key = case["text"].as_str().unwrap().parse::<CheckpointKey>().is_ok();
            return ((!is_key).then_some("malformed"), None);
        }
        Some("notes") => {
            let opened = key().open(bytes(&case["note_base64"]));
            opened.map(|checkpoint| checkpoint.head).map_err(|error| error.code())
        }
        _ => {
            let checkpoints: Vec<String> = serde_json::from_value(case["checkpoints"].clone()).unwrap();
            compared(&checkpoints, &bytes(&case["export_base64"]))
        }
    };
    (found.err(), found.ok().map(hex_head))
}

fn bytes(base64: &Value) -> Vec<u8> {
    Base64::decode_vec(base64.as_str().unwrap()).unwrap()
}

fn cases(count: usize) -> Vec<Value> {
    let vectors = fs::read_to_string(format!("{FOLDER}/vectors/audit.json")).unwrap();
    let vectors: Value = serde_json::from_str(&vectors).unwrap();
    let lists = ["notes", "exports", "verifier_keys"].map(|list| (list, vectors[list].as_array().unwrap()));
    let mut runner = TestRunner::default();
    let changes = (any::<[Index; 2]>(), prop::collection::vec(any_change(), 0..4), any::<bool>());
    (0..count)
        .map(|_| {
            let ([list, case], changes, is_signed) = changes.new_tree(&mut runner).unwrap().current();
            let (list, cases) = lists[list.index(lists.len())];
            let case = &cases[case.index(cases.len())];
            let changed = |name: &str| {
                let mut bytes = match &case[name] {
                    Value::String(text) => text.clone().into_bytes(),
                    _ => bytes(&case[format!("{name}_base64")]),
                };
                changes.iter().for_each(|change| change.of(&mut bytes));
                bytes
            };
            match list {
                "verifier_keys" => json!({ "list": list, "text": String::from_utf8_lossy(&changed("text")) }),
                "exports" => json!({
                    "list": list, "key": case["key"], "checkpoints": case["checkpoints"],
                    "export_base64": Base64::encode_string(&changed("export")),
                }),
                _ => {
                    let mut note = changed("note");
                    if let Ok(text) = String::from_utf8(note.clone())
                        && is_signed
                    {
                        let text = text.rsplit_once("\n\n").map_or(&*text, |(text, _)| text);
                        note = signed_text(&format!("{text}\n")).into_bytes();
                    }
                    json!({ "list": list, "key": case["key"], "note_base64": Base64::encode_string(&note) })
                }
            }
        })
        .collect()
}

/// One change of a file.
#[derive(Debug, Clone)]
enum Change {
    Replace(Index, Vec<u8>),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Double(Index, usize),
}

fn any_change() -> impl Strategy<Value = Change> {
    let signs = "\n\r\t 0123=+—/A\u{A0}\u{85}\u{2028}\u{3000}\u{200B}\u{FEFF}\u{1F}\u{7F}\"\\{}:,ü";
    let signs: Vec<_> = signs.chars().map(|sign| sign.to_string().into_bytes()).collect();
    let bytes = || prop_oneof![4 => prop::sample::select(signs.clone()), 1 => any::<u8>().prop_map(|byte| vec![byte])];
    prop_oneof![
        (any::<Index>(), bytes()).prop_map(|(at, bytes)| Change::Replace(at, bytes)),
        (any::<Index>(), bytes()).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, length)| Change::Remove(at, length)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, length)| Change::Double(at, length)),
    ]
}

impl Change {
    fn of(&self, file: &mut Vec<u8>) {
        let position = |at: &Index| at.index(file.len() + 1);
        let part = |at: &Index, length: usize| position(at)..(position(at) + length).min(file.len());
        match self {
            Change::Replace(at, bytes) => drop(file.splice(part(at, 1), bytes.iter().copied())),
            Change::Insert(at, bytes) => drop(file.splice(part(at, 0), bytes.iter().copied())),
            Change::Remove(at, length) => drop(file.drain(part(at, *length))),
            Change::Double(at, length) => {
                let (start, doubled) = (position(at), file[part(at, *length)].to_vec());
                drop(file.splice(start..start, doubled));
            }
        }
    }
}
