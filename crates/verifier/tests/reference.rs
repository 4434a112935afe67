//! The verifier answers as `spec/reference/verify.py` does, which was written from the specification alone.
//!
//! 500 texts in an ordinary run, 10,000 with `KEYWARD_LONG` set: keys with any claims, damaged in each way that the
//! specification names, and forged. Both verifiers have to give the same error, claims and canonical text, and the error
//! has to be one of those listed for the kind of text. A failure names the seed: `KEYWARD_SEED=…` repeats the texts.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

#[path = "reference/claims.rs"]
mod claims;
#[path = "reference/damages.rs"]
mod damages;
#[path = "reference/dice.rs"]
mod dice;
#[path = "reference/forgeries.rs"]
mod forgeries;
#[path = "reference/made.rs"]
mod made;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::thread;

use dice::Dice;
use keyward_testing::skip::skip;
use keyward_verifier::{LicenseKey, Product, Verifier, keys_in};
use made::{KINDS, Made, Settings, Signers};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/reference/verify.py");

/// The answer of a verifier to a text, with the member names of the program's JSON.
#[derive(Debug, PartialEq, Deserialize)]
struct Answer {
    error: Option<String>,
    claims: Option<Value>,
    reads_as: Option<String>,
}

#[derive(Serialize)]
struct Question<'a> {
    text: &'a str,
    trusted: Vec<String>,
    settings: &'a Settings,
}

#[test]
fn the_verifier_answers_as_the_reference_does() {
    let Some(python) = python() else {
        return skip("the_verifier_answers_as_the_reference_does", "there is no python3 with the package cryptography");
    };
    let cases = keyward_testing::extent(500, 10_000);
    let seed = from_environment("KEYWARD_SEED").unwrap_or_else(dice::any_seed);
    let signers = &Signers::new();
    let workers = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let answers = thread::scope(|scope| {
        let compared: Vec<_> = (0..workers)
            .map(|first| scope.spawn(move || compare(python, signers, seed, (first..cases).step_by(workers as usize))))
            .collect();
        compared.into_iter().flat_map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(answers.len() as u64, cases);

    let mut by_kind: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (kind, answer) in &answers {
        *by_kind.entry((kind, answer)).or_default() += 1;
    }
    for ((kind, answer), count) in &by_kind {
        println!("{count:6} {answer:20} {kind}");
    }
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|number| number.parse().unwrap())
}

/// A Python with the package that the reference needs: the first in the path, or else the system's own.
fn python() -> Option<&'static str> {
    ["python3", "/usr/bin/python3"].into_iter().find(|python| {
        let asked = Command::new(python).args(["-c", "import cryptography"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    })
}

/// Asks both verifiers about these cases, and returns the kind and the common answer of each.
fn compare(
    python: &str,
    signers: &Signers,
    seed: u64,
    cases: impl Iterator<Item = u64>,
) -> Vec<(&'static str, String)> {
    let mut program =
        Command::new(python).args([PROGRAM, "--jsonl"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut questions = program.stdin.take().unwrap();
    let mut answers = BufReader::new(program.stdout.take().unwrap()).lines();
    let compared = cases.map(|case| {
        let kind = &KINDS[case as usize % KINDS.len()];
        let made = (kind.make)(&mut Dice::new(seed, case), signers);
        let context = || format!("case {case} of KEYWARD_SEED={seed}: {}\n{}\n", kind.name, made.text);
        let mut ask = |text: &str| -> Answer {
            let trusted = made.trusted.iter().map(|key| hex::encode(key.to_bytes())).collect();
            serde_json::to_writer(&mut questions, &Question { text, trusted, settings: &made.settings }).unwrap();
            questions.write_all(b"\n").unwrap();
            serde_json::from_str(&answers.next().unwrap_or_else(|| panic!("{}", context())).unwrap()).unwrap()
        };
        let here = answer(&made);
        let there = ask(&made.text);
        let is_same = here == there || is_of_a_part(&made.text, &here, &there, ask);
        assert!(is_same, "{here:?}, and by the reference {there:?}: {}", context());
        let code = here.error.unwrap_or_else(|| "accepted".to_owned());
        assert!(kind.answers.contains(&&*code), "{code} for {}", context());
        (kind.name, code)
    });
    let compared = compared.collect();
    drop(questions);
    assert!(program.wait().unwrap().success());
    compared
}

/// Whether the verifier answered for a damaged key among other words, which FORMAT.md, section 8.5, leaves open: then the
/// reference gives the same answer for that part of the text alone.
fn is_of_a_part(text: &str, here: &Answer, there: &Answer, mut ask: impl FnMut(&str) -> Answer) -> bool {
    let is_open = matches!(there.error.as_deref(), Some("malformed" | "damaged" | "unknown-key"));
    let mut parts = keys_in(text).flat_map(|found| [Some(found.text()), found.core()]);
    is_open && parts.any(|part| part.is_some_and(|part| ask(part) == *here))
}

/// The answer of this crate's verifier.
fn answer(made: &Made) -> Answer {
    let Settings { product, environment, machine, released, repair } = made.settings;
    let mut verifier = Verifier::new(&made.trusted, Product(product)).environment(environment);
    if let Some(machine) = machine {
        verifier = verifier.machine(machine);
    }
    if let Some(released) = released {
        verifier = verifier.released(released);
    }
    if !repair {
        verifier = verifier.without_repair();
    }
    match verifier.verify(&made.text) {
        Ok(license) => Answer {
            error: None,
            claims: Some(serde_json::to_value(license.claims()).unwrap()),
            reads_as: Some(license.key().to_string()),
        },
        Err(refusal) => {
            // A refusal does not contain the key: it is that of a readable text, and the original of a repaired one.
            let repaired = !matches!(refusal.code(), "malformed" | "damaged" | "unknown-key" | "bad-signature");
            let original = made.original.clone().filter(|_| repaired);
            let read = keys_in(&made.text).find_map(|found| found.key().ok().map(LicenseKey::to_string));
            Answer { error: Some(refusal.code().to_owned()), claims: None, reads_as: read.or(original) }
        }
    }
}
