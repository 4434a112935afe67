//! Requests are read as `spec/reference/activation_requests.py` reads them, which was written from the specification alone.
//!
//! 1,000 texts in an ordinary run, 30,000 with `KEYWARD_LONG` set: requests of any contents, with and without damage.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]
#![cfg(feature = "find")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::thread;

use keyward_core::{ActivationRequest, Fingerprint, Serial};
use keyward_testing::skip::skip;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde::Deserialize;

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/reference/activation_requests.py");

#[derive(Debug, PartialEq, Deserialize)]
struct Answer {
    error: Option<String>,
    serial: Option<String>,
    fingerprint: Option<String>,
    reads_as: Option<String>,
}

/// One change of the groups of a text.
#[derive(Debug, Clone)]
enum Damage {
    Character(usize, char),
    Group(usize, String),
    Unreadable(usize),
    Missing(usize),
    Twice(usize),
    Exchanged(usize, usize),
    Shorter(usize),
    Longer(usize),
}

impl Damage {
    fn apply(&self, groups: &mut Vec<String>) {
        let len = groups.len();
        match self {
            Damage::Character(place, character) => {
                let group = &mut groups[place % len];
                let at = place % group.len().max(1);
                group.replace_range(at..(at + 1).min(group.len()), &character.to_string());
            }
            Damage::Group(place, group) => groups[place % len].clone_from(group),
            Damage::Unreadable(place) => groups[place % len] = "?????".to_owned(),
            Damage::Missing(place) => drop(groups.remove(place % len)),
            Damage::Twice(place) => groups.insert(place % len, groups[place % len].clone()),
            Damage::Exchanged(one, other) => groups.swap(one % len, other % len),
            Damage::Shorter(place) => drop(groups[place % len].pop()),
            Damage::Longer(place) => groups[place % len].push('7'),
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = || 0..11_usize;
    prop_oneof![
        (0..55_usize, prop::sample::select("0123456789ABCDEFGHJKMNPQRSTVWXYZ?U".chars().collect::<Vec<_>>()))
            .prop_map(|(place, character)| Damage::Character(place, character)),
        (place(), "[0-9A-HJKMNP-TV-Z]{5}").prop_map(|(place, group)| Damage::Group(place, group)),
        place().prop_map(Damage::Unreadable),
        place().prop_map(Damage::Missing),
        place().prop_map(Damage::Twice),
        (place(), place()).prop_map(|(one, other)| Damage::Exchanged(one, other)),
        place().prop_map(Damage::Shorter),
        place().prop_map(Damage::Longer),
    ]
}

fn texts() -> impl Strategy<Value = String> {
    let fingerprint = prop_oneof![
        any::<[u8; 15]>(),
        // Some components are absent, so that groups are alike.
        (any::<[u8; 15]>(), 0..5_usize).prop_map(|(bytes, absent)| {
            core::array::from_fn(|index| if index / 3 >= absent { 0 } else { bytes[index] })
        }),
    ];
    let separator = prop::sample::select(vec!["-", "-", " ", "", "\n", "\\n", " - "]);
    (any::<[u8; 8]>(), fingerprint, prop::collection::vec(damage(), 0..4), separator, 0..20_u8).prop_map(
        |(serial, digests, damages, separator, scheme)| {
            let mut bytes = [1; 16];
            bytes[1..].copy_from_slice(&digests);
            let request = ActivationRequest::new(Serial::from_bytes(serial), Fingerprint::from_bytes(bytes).unwrap());
            let mut groups: Vec<String> = request.to_string().split('-').map(str::to_owned).collect();
            damages.iter().for_each(|damage| damage.apply(&mut groups));
            let text = groups.join(separator);
            if scheme == 0 { text.to_lowercase() } else { text }
        },
    )
}

fn answer(text: &str) -> Answer {
    match ActivationRequest::from_typed(text) {
        Err(error) => Answer { error: Some(error.code().into()), serial: None, fingerprint: None, reads_as: None },
        Ok(typed) => Answer {
            error: None,
            serial: Some(typed.request.serial().to_string()),
            fingerprint: Some(typed.request.fingerprint().to_string()),
            reads_as: Some(typed.request.to_string()),
        },
    }
}

#[test]
fn requests_are_read_as_the_reference_reads_them() {
    let Some(python) = ["python3", "/usr/bin/python3"].into_iter().find(|python| {
        let asked = Command::new(python).args(["-c", "import cryptography"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    }) else {
        return skip(
            "requests_are_read_as_the_reference_reads_them",
            "there is no python3 with the package cryptography",
        );
    };
    let mut runner = TestRunner::default();
    let count = keyward_testing::extent(1_000, 30_000);
    let texts: Vec<String> = (0..count).map(|_| texts().new_tree(&mut runner).unwrap().current()).collect();

    let mut program =
        Command::new(python).args([PROGRAM, "--jsonl"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut questions, answers) = (program.stdin.take().unwrap(), BufReader::new(program.stdout.take().unwrap()));
    let mut by_error: BTreeMap<Option<String>, usize> = BTreeMap::new();
    thread::scope(|scope| {
        let asked = &texts;
        scope.spawn(move || {
            asked.iter().for_each(|text| writeln!(questions, "{}", serde_json::to_string(text).unwrap()).unwrap());
        });
        for (text, line) in texts.iter().zip(answers.lines()) {
            let reference: Answer = serde_json::from_str(&line.unwrap()).unwrap();
            assert_eq!(answer(text), reference, "{text:?}");
            *by_error.entry(reference.error).or_default() += 1;
        }
    });
    assert!(program.wait().unwrap().success());
    assert_eq!(by_error.values().sum::<usize>(), texts.len());
    // Each kind of answer is met.
    assert!(by_error.len() >= 3 && by_error.values().all(|times| *times > 10), "{by_error:?}");
}
