//! Inputs from across an air gap: trust bundles, lists, statements, license files and states, as `verify`, `explain` and
//! `state` take them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::arithmetic_side_effects, reason = "fixed times and numbers")]

mod inputs {
    pub mod made;
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
fn the_files_of_the_story_are_those_that_the_issuer_signs() {
    for (name, bytes) in made::files() {
        let path = made::folder().join(name);
        if std::env::var_os("KEYWARD_EXPECTED").is_some_and(|expected| expected == "overwrite") {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        let committed = fs::read(&path).unwrap();
        assert!(committed == bytes, "{name} is not what is signed: KEYWARD_EXPECTED=overwrite writes it");
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
        // A list is no license, and can be explained.
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
        "  vouched for      by trust bundle 3, and it by root set 1\n",
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
fn a_stale_validation_still_shows_the_license_and_whose_it_is() {
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
fn older_files_than_were_seen_are_a_rollback() {
    let folder = folder();
    let state = ["--state", "state", "--clock", "2026-06-15"];
    let roots = ["--roots", "roots.json"];
    assert_eq!(verify(folder.path(), &[&BUNDLE, &state, &["--revocations", "list-3.json", "typical.txt"]]).code, 0);
    for (file, arguments) in [
        ("trust-2.json", ["--trust", "trust-2.json", "--revocations", "list-3.json"]),
        ("list-1.json", ["--trust", "trust.json", "--revocations", "list-1.json"]),
    ] {
        let (code, report) = verified(folder.path(), &[&arguments, &roots, &state, &["typical.txt"]]);
        assert_eq!((code, &report["outcome"], &report["evidence"]["file"]), (27, &json!("rollback"), &json!(file)));
    }
    let again = verify(folder.path(), &[&BUNDLE, &state, &["--revocations", "list-3.json", "typical.txt"]]);
    assert_eq!(again.code, 0, "{again:?}");
}

#[test]
fn roots_that_were_walked_once_are_remembered() {
    let folder = folder();
    let state = ["--state", "state", "--clock", "2026-06-15"];
    let newest = ["--trust", "trust-5.json"];
    let walk = ["--roots", "roots.json", "--roots", "roots-2.json"];
    assert_eq!(verify(folder.path(), &[&newest, &["--roots", "roots.json"], &state, &["typical.txt"]]).code, 29);
    assert_eq!(verify(folder.path(), &[&newest, &walk, &state, &["typical.txt"]]).code, 0);
    for roots in [&[][..], &["--roots", "roots.json"], &walk] {
        let (code, report) = verified(folder.path(), &[&newest, roots, &state, &["typical.txt"]]);
        assert_eq!((code, &report["trust"]["roots"]), (0, &json!(2)), "{report}");
    }
    // What the old roots vouch for is done.
    assert_eq!(verify(folder.path(), &[&BUNDLE, &state, &["typical.txt"]]).code, 29);
}

#[test]
fn a_hold_is_lifted_and_a_revocation_is_for_ever() {
    let folder = folder();
    let with = |list: &[&str]| {
        let state = ["--state", "state", "--clock", "2026-07-15"];
        verified(folder.path(), &[&KEY, &state, list, &["typical.txt"]]).1["outcome"].clone()
    };
    assert_eq!(with(&["--revocations", "list-2.json"]), "on-hold");
    assert_eq!(with(&[]), "on-hold", "as it is remembered");
    assert_eq!(with(&["--revocations", "list-3.json"]), "active");
    assert_eq!(with(&[]), "rollback", "a list that was seen is not taken away");
    assert_eq!(with(&["--revocations", "list-4.json"]), "revoked");
    assert_eq!(with(&[]), "revoked");
    assert_eq!(with(&["--revocations", "list-5.json"]), "revoked", "for ever");
}

#[test]
fn a_mistyped_key_that_is_withdrawn_is_remembered_too() {
    let folder = folder();
    let state = ["--state", "state", "--clock", "2026-07-15"];
    let mistyped = fs::read_to_string(folder.path().join("typical.txt")).unwrap().replace("60GSJ", "606SJ");
    let list = ["--revocations", "list-4.json"];
    assert_eq!(verify(folder.path(), &[&KEY, &state, &list, &[&mistyped]]).code, 23);
    assert_eq!(verify(folder.path(), &[&KEY, &state, &["typical.txt"]]).code, 23);
}

#[test]
fn a_clock_that_is_set_back_brings_no_time_back() {
    let folder = folder();
    let at = |clock: &str| verified(folder.path(), &[&KEY, &["--state", "state", "--clock", clock, "typical.txt"]]).1;
    assert_eq!(at("2026-12-20T12:00:00Z")["outcome"], "expiring-soon");
    let set_back = at("2026-06-20T12:00:00Z");
    assert_eq!((&set_back["outcome"], &set_back["at"]), (&json!("expiring-soon"), &json!("2026-12-20T12:00:00Z")));
    let clock = json!({
        "suspect": true, "behind_by_seconds": 183 * 86_400, "backward_steps": 1, "largest_step_seconds": 183 * 86_400,
    });
    assert_eq!(set_back["clock"], clock);
    assert_eq!(at("2027-01-20T12:00:00Z")["outcome"], "expired");
    assert_eq!(at("2026-06-20T12:00:00Z")["outcome"], "expired", "once it was known");
}

#[test]
fn each_kind_of_evidence_moves_the_time() {
    let folder = folder();
    let at = |evidence: &[&str]| {
        let clock = ["--clock", "2026-01-05T00:00:00Z"];
        verified(folder.path(), &[&clock, evidence]).1["at"].as_str().unwrap().to_owned()
    };
    for (evidence, now) in [
        (&["--trust", "vendor.pub", "typical.txt"][..], "2026-01-05T00:00:00Z"),
        (&["--trust", "trust.json", "--roots", "roots.json", "typical.txt"], "2026-01-10T09:00:00Z"),
        (&["--trust", "vendor.pub", "acme.lic"], "2026-03-01T09:00:00Z"),
        (&["--trust", "vendor.pub", "--revocations", "list-3.json", "typical.txt"], "2026-05-01T00:00:00Z"),
        (&["--trust", "vendor.pub", "--time", "time.json", "typical.txt"], "2026-06-10T09:00:00Z"),
        (&["--trust", "vendor.pub", "--built", "2026-06-12", "typical.txt"], "2026-06-12T00:00:00Z"),
    ] {
        assert_eq!(at(evidence), now, "{evidence:?}");
    }
}

#[test]
fn asking_about_another_time_leaves_the_state_alone() {
    let folder = folder();
    let state = ["--state", "state"];
    let ask = |at: &str| verify(folder.path(), &[&KEY, &state, &["--at", at, "typical.txt"]]);
    assert_eq!(ask("2027-06-15").code, 21);
    assert!(!folder.path().join("state").exists());
    assert_eq!(verify(folder.path(), &[&KEY, &state, &["--clock", "2026-06-15", "typical.txt"]]).code, 0);
    let before = fs::read(folder.path().join("state/keyward.state")).unwrap();
    let asked = ask("2027-06-15");
    assert_eq!(asked.code, 21);
    assert!(asked.stderr.contains("looked at, and left as it is"), "{asked:?}");
    assert_eq!(fs::read(folder.path().join("state/keyward.state")).unwrap(), before);
}

#[test]
fn a_state_that_is_refused_is_told_and_left_and_strictness_refuses() {
    let altered = |folder: &Path| fs::write(folder.join("state/keyward.state"), b"nonsense").unwrap();
    let missing = |folder: &Path| fs::remove_file(folder.join("state/keyward.state")).unwrap();
    let older = |folder: &Path| {
        fs::copy(folder.join("first"), folder.join("state/keyward.state")).unwrap();
    };
    type Spoil = fn(&Path);
    let ways: [(&str, Spoil); 3] = [("altered", altered), ("missing", missing), ("older", older)];
    for (code, spoil) in ways {
        let folder = folder();
        let state = ["--state", "state", "--clock", "2026-06-15"];
        for _ in 0..3 {
            assert_eq!(verify(folder.path(), &[&KEY, &state, &["typical.txt"]]).code, 0);
            let first = folder.path().join("first");
            if !first.exists() {
                fs::copy(folder.path().join("state/keyward.state"), first).unwrap();
            }
        }
        spoil(folder.path());
        let left = fs::read(folder.path().join("state/keyward.state")).ok();
        let (exit, report) = verified(folder.path(), &[&KEY, &state, &["typical.txt"]]);
        assert_eq!((exit, &report["state"]["found"], &report["state"]["saved"]), (0, &json!(code), &json!(false)));
        let plain = verify(folder.path(), &[&KEY, &state, &["typical.txt"]]);
        assert!(plain.stderr.contains("keyward state reset --state state"), "{plain:?}");
        let strict = verify(folder.path(), &[&KEY, &state, &["--strict-clock", "typical.txt"]]);
        assert_eq!(strict.code, 22, "{strict:?}");
        assert_eq!(fs::read(folder.path().join("state/keyward.state")).ok(), left, "{code}");

        let shown = run(folder.path(), &["state", "show", "--state", "state", "--json"]);
        assert_eq!((shown.code, &shown.json()["found"]), (1, &json!(code)));
        assert_eq!(run(folder.path(), &["state", "reset", "--state", "state"]).code, 0);
        assert_eq!(verify(folder.path(), &[&KEY, &state, &["--strict-clock", "typical.txt"]]).code, 0);
    }
}

#[test]
fn a_state_of_another_machine_is_foreign() {
    let folder = folder();
    let on = |machine: &[&str]| {
        let state = ["--state", "state", "--clock", "2026-06-15"];
        verified(folder.path(), &[&KEY, &state, machine, &["typical.txt"]]).1["state"]["found"].clone()
    };
    assert_eq!(on(&["--fingerprint", MACHINE]), "begun");
    assert_eq!(on(&["--fingerprint", MACHINE]), "kept");
    assert_eq!(on(&["--fingerprint", "01ffeeddccbbaa998877665544332211"]), "foreign");
    assert_eq!(on(&[]), "foreign");
    let reset = run(folder.path(), &["state", "reset", "--state", "state"]);
    assert_eq!(reset.code, 1, "it may be whole: {reset:?}");
}

#[test]
fn a_clock_that_ran_ahead_is_recovered_once() {
    let folder = folder();
    let with = |more: &[&str]| {
        verified(folder.path(), &[&KEY, &["--state", "ahead", "--clock", "2026-06-15T12:00:00Z", "typical.txt"], more])
            .1
    };
    assert_eq!(with(&[])["outcome"], "expired");
    assert_eq!(with(&["--time", "time.json"])["outcome"], "expired", "a statement that is no recovery");
    let recovered = with(&["--time", "recovery.json"]);
    assert_eq!((&recovered["outcome"], &recovered["time"]["recovery"]), (&json!("active"), &json!("applied")));
    assert_eq!(with(&[])["outcome"], "active");
    let again = with(&["--time", "recovery.json"]);
    assert_eq!((&again["outcome"], &again["time"]["recovery"]), (&json!("active"), &json!("recovery-used")));

    let other = ["--state", "other", "--clock", "2026-06-15T12:00:00Z", "--time", "recovery.json", "typical.txt"];
    assert_eq!(verified(folder.path(), &[&KEY, &other]).1["time"]["recovery"], "recovery-of-another");
    let none = ["--clock", "2026-06-15T12:00:00Z", "--time", "recovery.json", "typical.txt"];
    assert_eq!(verified(folder.path(), &[&KEY, &none]).1["time"]["recovery"], "no-state");
}

#[test]
fn the_support_desk_takes_back_the_time_of_a_state_that_a_customer_names() {
    let folder = folder();
    fs::copy(common::fixtures().join("vendor.key"), folder.path().join("vendor.key")).unwrap();
    let at = |clock: &str, more: &[&str]| {
        verified(folder.path(), &[&KEY, &["--state", "state", "--clock", clock, "typical.txt"], more]).1
    };
    assert_eq!(at("2099-01-01", &[])["outcome"], "expired");
    assert_eq!(at("2026-06-15", &[])["outcome"], "expired");
    let shown = run(folder.path(), &["state", "show", "--state", "state", "--json"]).json();
    assert_eq!((&shown["mark"], &shown["backward_steps"]), (&json!("2027-01-15T12:00:00Z"), &json!(1)));

    let name = shown["id"].as_str().unwrap();
    let issue = ["time", "issue", "--key", "vendor.key", "--at", "2026-06-15", "--recover", name, "-o", "back.json"];
    assert_eq!(run(folder.path(), &issue).code, 0);
    assert_eq!(at("2026-06-16", &["--time", "back.json"])["outcome"], "active");
    assert_eq!(at("2026-06-17", &[])["outcome"], "active");
}

#[test]
fn roots_that_a_state_makes_up_are_not_believed_beside_those_that_are_named() {
    let folder = folder();
    let state = ["--state", "state", "--clock", "2026-06-15"];
    let walk = ["--trust", "trust-5.json", "--roots", "roots.json", "--roots", "roots-2.json"];
    assert_eq!(verify(folder.path(), &[&walk, &state, &["typical.txt"]]).code, 0);
    // Another vendor's roots: the state leads elsewhere.
    let other = ["--trust", "stranger.json", "--roots", "roots-of-a-stranger.json"];
    let (code, report) = verified(folder.path(), &[&other, &state, &["typical.txt"]]);
    assert_eq!((code, &report["outcome"]), (27, &json!("rollback")), "{report}");
}

#[test]
fn roots_that_only_the_state_names_are_said_to_be_so() {
    let folder = folder();
    // Whoever makes up a state and a bundle can make up a license too: here of the roots of a stranger.
    let (trust, clock) = (["--trust", "stranger.json"], ["--state", "state", "--clock", "2026-06-15", "typical.txt"]);
    assert_eq!(verify(folder.path(), &[&trust, &["--roots", "roots-of-a-stranger.json"], &clock]).code, 0);
    let plain = verify(folder.path(), &[&trust, &clock]);
    assert!(plain.stdout.contains("and it by root set 1, as the state itself says\n"), "{plain:?}");
    assert_eq!(verified(folder.path(), &[&trust, &clock]).1["trust"]["roots_named_by"], "state");
    let explain = |more: &[&str]| run(folder.path(), &[&["explain"], &trust[..], more, &clock].concat()).stdout;
    let said =
        "          roots           whether they are the vendor's: the state names them; to check it: --roots ROOTS\n";
    let unproven = explain(&[]);
    assert!(unproven.split_once("What was not checked").unwrap().1.contains(said), "{unproven}");
    assert!(!explain(&["--roots", "roots-of-a-stranger.json"]).contains("the state names them"));
    let bundle = ["explain", "--trust", "stranger.json", "--state", "state", "stranger.json"];
    let bundle = run(folder.path(), &bundle).stdout;
    assert!(bundle.contains(said), "{bundle}");
}

#[test]
fn root_sets_that_were_walked_may_be_named_again() {
    let folder = folder();
    let newest = ["--trust", "trust-5.json", "--at", "2026-06-15", "typical.txt"];
    let twice =
        ["--roots", "roots.json", "--roots", "roots.json", "--roots", "roots-2.json", "--roots", "roots-2.json"];
    assert_eq!(verify(folder.path(), &[&newest, &twice]).code, 0);
    let backward = ["--roots", "roots-2.json", "--roots", "roots.json"];
    assert_eq!(verify(folder.path(), &[&newest, &backward]).code, 0, "what is trusted first is what is named first");
}

#[test]
fn a_refused_state_is_something_to_do_about() {
    let folder = folder();
    let arguments = ["--state", "state", "--clock", "2026-06-15", "typical.txt"];
    let explain = || run(folder.path(), &[&["explain"], &KEY[..], &arguments].concat());
    assert!(explain().stdout.contains("Nothing: it can be used."));
    let path = folder.path().join("state/keyward.state");
    let mut state = fs::read(&path).unwrap();
    let last = state.len() - 1;
    state[last] ^= 1;
    fs::write(&path, state).unwrap();
    let explained = explain();
    assert!(explained.code == 0 && !explained.stdout.contains("Nothing: it can be used."), "{explained:?}");
    assert!(explained.stdout.contains("The state is not used: find out why"), "{explained:?}");

    let strict = verify(folder.path(), &[&KEY, &["--strict-clock"], &arguments]);
    assert_eq!(strict.code, 22);
    assert!(strict.stdout.contains("  what to do       find out why the state is refused;"), "{strict:?}");
    assert!(!strict.stdout.contains("set the clock"), "the clock need not be wrong: {strict:?}");
    let behind = ["--strict-clock", "--built", "2027-07-01", "--clock", "2026-06-15", "typical.txt"];
    assert!(verify(folder.path(), &[&KEY, &behind]).stdout.contains("  what to do       set the clock;"));
}

#[test]
fn a_signed_file_is_explained_with_its_rollback_and_its_age() {
    let folder = folder();
    let explain = |arguments: &str| {
        let ended = run(folder.path(), &[&["explain"], &arguments.split(' ').collect::<Vec<_>>()[..]].concat());
        (ended.code, ended.stdout)
    };
    let bundle = "--trust trust.json --roots roots.json --state state";
    assert_eq!(explain(&format!("{bundle} --clock 2026-06-15 --revocations list-3.json typical.txt")).0, 0);
    for (code, arguments, said) in [
        (27, format!("{bundle} list-1.json"), "FAILED  memory"),
        (27, format!("{bundle} trust-2.json"), "FAILED  memory"),
        (0, format!("{bundle} list-3.json"), "passed  memory"),
        (0, format!("{bundle} trust.json"), "passed  memory"),
        (0, "--trust vendor.pub list-1.json".to_owned(), "        memory          whether a newer one was seen before"),
        (0, "--trust vendor.pub --at 2026-08-01 list-1.json".to_owned(), "a newer one was due on 2026-05-30"),
        (0, "--trust vendor.pub --at 2026-03-02 list-1.json".to_owned(), "passed  age of list"),
        (
            26,
            "--trust vendor.pub --at 2026-08-01 --max-staleness 1 --revocations list-1.json list-1.json".to_owned(),
            "FAILED  age of list",
        ),
        (
            0,
            "--trust vendor.pub --at 2026-02-01 list-1.json".to_owned(),
            "odd     date            it is of 2026-03-01T00:00:00Z, 27 days from now",
        ),
        (0, "--trust vendor.pub --at 2026-06-10T12:00:00Z time.json".to_owned(), "passed  date"),
    ] {
        let (exit, explained) = explain(&arguments);
        assert!(exit == code && explained.contains(said), "{arguments}: {exit}, {explained}");
        assert!(code == 0 || explained.contains("Don't use it"), "{arguments}: {explained}");
    }
}

#[test]
fn the_help_says_that_0_is_no_verdict_where_nothing_is_trusted() {
    let folder = folder();
    let help = run(folder.path(), &["explain", "--help"]).stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("The exit code 0 is then no verdict"), "{help}");
    assert_eq!(run(folder.path(), &["explain", "list-of-a-stranger.json"]).code, 0);
}

#[test]
fn a_recovery_that_has_done_its_work_is_no_failure() {
    let folder = folder();
    let with = |clock: &str, state: &str| {
        verify(folder.path(), &[&KEY, &["--state", state, "--clock", clock, "--time", "recovery.json", "typical.txt"]])
    };
    let applied = with("2026-06-15T12:00:00Z", "ahead");
    assert!(applied.stderr.contains("its time is taken back"), "{applied:?}");
    assert_eq!(with("2026-06-16T12:00:00Z", "ahead").stderr, "", "it lies beside the others");
    let suspect = with("2026-06-10T12:00:00Z", "ahead");
    assert!(suspect.stderr.contains("the recovery was not applied"), "{suspect:?}");
}

#[test]
fn a_recovery_that_takes_nothing_back_does_not_say_so() {
    let folder = folder();
    fs::copy(common::fixtures().join("vendor.key"), folder.path().join("vendor.key")).unwrap();
    let with = |more: &[&str]| verify(folder.path(), &[&KEY, &["--state", "state", "typical.txt"], more]);
    assert_eq!(with(&["--clock", "2026-06-01"]).code, 0);
    let shown = run(folder.path(), &["state", "show", "--state", "state", "--json"]).json();
    let name = shown["id"].as_str().unwrap();
    let issue = ["time", "issue", "--key", "vendor.key", "--at", "2026-06-15", "--recover", name, "-o", "on.json"];
    assert_eq!(run(folder.path(), &issue).code, 0);
    let applied = with(&["--clock", "2026-06-16", "--time", "on.json"]).stderr;
    assert!(applied.contains("was applied to the state") && !applied.contains("taken back"), "{applied}");
}

#[test]
fn a_state_is_a_folder_and_a_list_may_be_a_day_old() {
    let folder = folder();
    for command in [
        &["verify", "--trust", "vendor.pub", "--state", "typical.txt", "typical.txt"][..],
        &["explain", "--trust", "vendor.pub", "--state", "typical.txt", "list-1.json"],
        &["state", "show", "--state", "typical.txt"],
    ] {
        let refused = run(folder.path(), command);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("typical.txt is a file, and --state names the folder"), "{refused:?}");
    }
    let never = ["--revocations", "list-1.json", "--max-staleness", "0", "--at", "2026-03-01", "typical.txt"];
    assert_eq!(verify(folder.path(), &[&KEY, &never]).code, 2, "no list is as new as that");
}

#[test]
fn the_state_is_shown_and_forgotten() {
    let folder = folder();
    let state = ["--state", "state", "--clock", "2026-07-15", "--revocations", "list-4.json", "typical.txt"];
    assert_eq!(verify(folder.path(), &[&BUNDLE, &state]).code, 23);
    let shown = run(folder.path(), &["state", "show", "--state", "state", "--json"]).json();
    assert_eq!((&shown["found"], &shown["bundle"], &shown["list"]), (&json!("kept"), &json!(3), &json!(4)));
    assert_eq!((&shown["roots"]["version"], &shown["roots"]["threshold"]), (&json!(1), &json!(2)));
    let digest = "80dad5233b51f0044c0109e09d6047ae";
    assert_eq!(shown["withdrawn"], json!([{"digest": digest, "outcome": "revoked", "reason": "leaked", "list": 4}]));
    let plain = run(folder.path(), &["state", "show", "--state", "state"]).stdout;
    assert!(plain.contains(shown["id"].as_str().unwrap()) && plain.contains("--recover"), "{plain}");

    let reset = |more: &[&str]| run(folder.path(), &[&["state", "reset", "--state", "state"], more].concat());
    assert_eq!(reset(&[]).code, 1);
    let forgotten = reset(&["--force"]);
    assert_eq!(forgotten.code, 0);
    assert!(forgotten.stderr.contains(digest) && forgotten.stderr.contains("revocation list 4"), "{forgotten:?}");
    let after = run(folder.path(), &["state", "show", "--state", "state", "--json"]).json();
    assert_eq!((&after["list"], &after["withdrawn"]), (&Value::Null, &json!([])));
    assert_ne!(after["id"], shown["id"]);
    let nowhere = run(folder.path(), &["state", "show", "--state", "nowhere"]);
    assert!(nowhere.code == 1 && nowhere.stderr.contains("nothing is kept in nowhere"), "{nowhere:?}");
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn what_commands_a_terminal_is_shown_harmlessly() {
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
