//! Signed files and states as inputs of `verify`, `explain` and `state`: trust bundles, lists, statements, license files.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::arithmetic_side_effects, reason = "fixed times and numbers")]

mod inputs {
    mod clock;
    mod explained;
    pub mod made;
    mod numbers;
    mod passing_time;
    mod sizes;
    mod state;
    mod trouble;
}
mod common;

use std::fs;
use std::path::Path;

use common::{Ended, run};
use inputs::made::{self, MACHINE};
use serde_json::{Value, json};
use tempfile::TempDir;

const BUNDLE: [&str; 4] = ["--trust", "trust.json", "--roots", "roots.json"];
const KEY: [&str; 2] = ["--trust", "vendor.pub"];

#[test]
fn the_files_of_the_transcript_are_up_to_date() {
    for (name, bytes) in made::files() {
        let path = made::folder().join(name);
        if std::env::var_os("KEYWARD_EXPECTED").is_some_and(|expected| expected == "overwrite") {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        let committed = fs::read(&path).unwrap();
        assert!(committed == bytes, "{name} is out of date: KEYWARD_EXPECTED=overwrite writes it");
    }
}

/// A folder with the files of the story.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in made::files() {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn verify(folder: &Path, arguments: &[&[&str]]) -> Ended {
    run(folder, &[&["verify"], arguments.concat().as_slice()].concat())
}

fn verified(folder: &Path, arguments: &[&[&str]]) -> (i32, Value) {
    let ended = verify(folder, &[&["--json"], arguments.concat().as_slice()]);
    (ended.code, ended.json())
}

/// Each outcome of a signed file, with arguments that lead to it.
const OUTCOMES: [(&str, i32, &[&str]); 14] = [
    ("active", 0, &["--trust", "trust.json", "--roots", "roots.json", "typical.txt"]),
    ("active", 0, &["--trust", "vendor.pub", "--revocations", "list-1.json", "acme.lic"]),
    ("active", 0, &["--trust", "vendor.pub", "--at", "2026-03-02T09:00:00Z", "acme.validation"]),
    ("malformed", 10, &["--trust", "vendor.pub", "list-1.json"]),
    ("unknown-key", 12, &["--trust", "vendor.pub", "--revocations", "list-of-a-stranger.json", "typical.txt"]),
    ("wrong-machine", 17, &["--trust", "vendor.pub", "--at", "2026-03-02T09:00:00Z", "acme-here.validation"]),
    ("revoked", 23, &["--trust", "vendor.pub", "--revocations", "list-4.json", "typical.txt"]),
    ("on-hold", 24, &["--trust", "vendor.pub", "--revocations", "list-2.json", "acme.lic"]),
    ("stale-file", 25, &["--trust", "vendor.pub", "--at", "2026-03-02T09:00:01Z", "acme.validation"]),
    ("stale-list", 26, &["--trust", "vendor.pub", "--revocations", "list-1.json", "--max-staleness", "30", "acme.lic"]),
    ("not-permitted", 28, &["--trust", "trust.json", "--roots", "roots.json", "by-pipeline.txt"]),
    (
        "not-permitted",
        28,
        &[
            "--trust",
            "trust.json",
            "--roots",
            "roots.json",
            "--revocations",
            "list-of-the-pipeline.json",
            "typical.txt",
        ],
    ),
    ("untrusted-bundle", 29, &["--trust", "trust-by-one.json", "--roots", "roots.json", "typical.txt"]),
    ("untrusted-bundle", 29, &["--trust", "trust.json", "typical.txt"]),
];

fn with_a_time(arguments: &[&'static str]) -> Vec<&'static str> {
    let at: &[&str] = if arguments.contains(&"--at") { &[] } else { &["--at", "2026-06-15"] };
    [at, arguments].concat()
}

#[test]
fn every_outcome_of_a_signed_file_has_its_exit_code_in_verify_and_explain() {
    let folder = folder();
    for (outcome, code, arguments) in OUTCOMES {
        let arguments = with_a_time(arguments);
        let plain = verify(folder.path(), &[&arguments]);
        assert_eq!(plain.code, code, "{arguments:?}: {plain:?}");
        assert!(plain.stdout.contains(&format!("  outcome          {outcome}\n")), "{plain:?}");
        let (exit, report) = verified(folder.path(), &[&arguments]);
        assert_eq!((exit, report["outcome"].as_str(), &report["usable"]), (code, Some(outcome), &json!(code == 0)));
        let explained = run(folder.path(), &[&["explain"], arguments.as_slice()].concat());
        // A list is not a license, but `explain` reads it.
        let code = if arguments.ends_with(&["list-1.json"]) { 0 } else { code };
        assert_eq!(explained.code, code, "{arguments:?}: {explained:?}");
    }
}

#[test]
fn the_object_has_the_same_fields_for_all_inputs() {
    let folder = folder();
    let mut fields: Vec<Vec<String>> = OUTCOMES
        .iter()
        .map(|(_, _, arguments)| verified(folder.path(), &[&with_a_time(arguments)]).1)
        .map(|report| report.as_object().unwrap().keys().cloned().collect())
        .collect();
    fields.dedup();
    assert_eq!(fields.len(), 1, "{fields:?}");
}

#[test]
fn inputs_are_reported() {
    let folder = folder();
    let list: [&str; 2] = ["--revocations", "list-1.json"];
    let (_, report) = verified(folder.path(), &[&BUNDLE, &list, &["--clock", "2026-04-11T12:00:00Z", "acme.lic"]]);
    assert_eq!(
        report["trust"],
        json!({"bundle": 3, "roots": 1, "roots_named_by": "options", "signed_by": "licensing"})
    );
    assert_eq!(
        report["revocations"],
        json!({
            "list": 1, "issued_at": "2026-03-01T00:00:00Z", "next_update": "2026-05-30T00:00:00Z", "age_days": 41,
            "dated_ahead": false,
        })
    );
    assert_eq!(report["license"]["names"]["product"], "Acme Studio");
    assert_eq!(report["license"]["names"]["features"], json!(["Export", "Teamwork", "feature 2"]));
    assert_eq!(report["file"]["licensee"]["company"], "Acme Ltd");
    assert_eq!((&report["file"]["kind"], &report["file"]["metadata"]["order"]), (&json!("license-file"), &json!(4711)));
    assert_eq!(
        report["clock"],
        json!({"suspect": false, "behind_by_seconds": 0, "backward_steps": 0, "largest_step_seconds": 0})
    );
    assert_eq!((&report["state"], &report["time"]), (&Value::Null, &Value::Null));

    let plain = verify(folder.path(), &[&BUNDLE, &list, &["--at", "2026-04-11", "acme.lic"]]).stdout;
    for line in [
        "  revocations      not revoked as of list 1, 41 days old\n",
        "  trusted by       trust bundle 3, signed by root set 1\n",
        "  signed by        licensing (ed4242ead4ac6948)\n",
        "  sold to          Jo Doe, Acme Ltd, <jo@acme.example>\n",
        "  contact          support: Help desk, <help@vendor.example>\n",
    ] {
        assert!(plain.contains(line), "{line}{plain}");
    }
    let later = verify(folder.path(), &[&KEY, &list, &["--at", "2026-06-15", "typical.txt"]]).stdout;
    assert!(later.contains("list 1, 106 days old; a newer one was due on 2026-05-30\n"), "{later}");
}

#[test]
fn a_stale_validation_file_still_shows_the_license_and_the_licensee() {
    let folder = folder();
    let (_, report) = verified(folder.path(), &[&KEY, &["--at", "2026-06-15", "acme.validation"]]);
    assert_eq!((&report["outcome"], &report["standing"]["state"]), (&json!("stale-file"), &json!("active")));
    assert_eq!(report["file"]["expires_at"], "2026-03-02T09:00:00Z");
    assert_eq!(report["evidence"], json!({"file": "acme.validation", "expired_at": "2026-03-02T09:00:00Z"}));
    let here = ["--fingerprint", MACHINE, "--at", "2026-03-01", "acme-here.validation"];
    assert_eq!(verify(folder.path(), &[&KEY, &here]).code, 0);
}

#[test]
fn refusals_come_in_their_order() {
    let folder = folder();
    let stale = ["--max-staleness", "1"];
    let order: [(&str, &[&[&str]]); 6] = [
        (
            "untrusted-bundle",
            &[
                &["--trust", "trust-by-one.json", "--roots", "roots.json"],
                &["--revocations", "list-of-a-stranger.json"],
                &["acme.validation"],
            ],
        ),
        ("unknown-key", &[&KEY, &["--revocations", "list-of-a-stranger.json"], &["acme.validation"]]),
        ("stale-file", &[&KEY, &["--revocations", "list-4.json"], &stale, &["acme.validation"]]),
        ("revoked", &[&KEY, &["--revocations", "list-4.json"], &stale, &["typical.txt"]]),
        ("bad-signature", &[&KEY, &["--revocations", "list-4.json"], &stale, &["forged.txt"]]),
        ("stale-list", &[&KEY, &["--revocations", "list-1.json"], &stale, &["typical.txt"]]),
    ];
    for (outcome, arguments) in order {
        let clock = ["--clock", "2026-06-15", "--strict-clock", "--built", "2026-07-01"];
        let (_, report) = verified(folder.path(), &[&clock, &arguments.concat()]);
        assert_eq!(report["outcome"], outcome);
    }
    let (code, report) = verified(
        folder.path(),
        &[&KEY, &["--clock", "2026-06-15", "--strict-clock", "--built", "2027-07-01", "typical.txt"]],
    );
    assert_eq!((code, &report["outcome"]), (22, &json!("clock-suspect")));
    assert_eq!(report["standing"]["state"], "expired", "which is said beside it");
}

#[test]
fn control_characters_are_shown_harmlessly() {
    let folder = folder();
    for command in ["verify", "explain"] {
        let shown = run(folder.path(), &[command, "--trust", "vendor.pub", "--at", "2026-06-15", "hostile.lic"]);
        let text = shown.stdout + &shown.stderr;
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
        assert_eq!(text.contains("owned"), command == "verify");
    }
}

#[test]
fn nothing_shows_a_whole_key_and_standard_input_is_read_once() {
    let folder = folder();
    for (_, _, arguments) in OUTCOMES {
        for command in ["verify", "explain"] {
            let shown = run(folder.path(), &[&[command], with_a_time(arguments).as_slice()].concat());
            assert!(!format!("{}{}", shown.stdout, shown.stderr).contains("K7PM"), "{shown:?}");
        }
    }
    for twice in [
        &["--trust", "vendor.pub", "--revocations", "-", "-"][..],
        &["--trust", "-", "--time", "-", "typical.txt"],
        &["--trust", "trust.json", "--roots", "-", "-"],
    ] {
        assert_eq!(verify(folder.path(), &[twice]).code, 2, "{twice:?}");
    }
    let at = ["--at", "2026-06-15", "--strict-clock", "typical.txt"];
    assert_eq!(verify(folder.path(), &[&KEY, &at]).code, 2, "there is no clock to be strict about");
    assert_eq!(verify(folder.path(), &[&KEY, &["--max-staleness", "1", "typical.txt"]]).code, 2);
}
