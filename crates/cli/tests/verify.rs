//! The answers of `verify`, for programs and for every way to give it a key.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{ended, fixture, fixtures, keyward, run, run_with_input};
use serde_json::{Value, json};

/// Every outcome with its exit code, and arguments that lead to it.
const OUTCOMES: [(&str, i32, &[&str]); 15] = [
    ("active", 0, &["--at", "2026-06-15", "keys/typical.txt"]),
    ("expiring-soon", 0, &["--at", "2026-12-12", "keys/typical.txt"]),
    ("in-grace", 0, &["--at", "2027-01-05", "keys/typical.txt"]),
    ("malformed", 10, &["K7PM4-00108"]),
    ("damaged", 11, &["keys/damaged.txt"]),
    ("unknown-key", 12, &["--trust", "other.pub", "keys/typical.txt"]),
    ("bad-signature", 13, &["keys/forged.txt"]),
    ("needs-newer", 14, &["keys/version-2.txt"]),
    ("wrong-product", 15, &["--product", "4", "keys/typical.txt"]),
    ("wrong-environment", 16, &["--environment", "development", "keys/typical.txt"]),
    ("wrong-machine", 17, &["keys/locked.txt"]),
    ("invalid-claims", 18, &["keys/line-break.txt"]),
    ("version-not-covered", 19, &["--released", "2027-07-01", "keys/updates.txt"]),
    ("not-yet-valid", 20, &["--at", "2025-12-31T09:59:59Z", "keys/typical.txt"]),
    ("expired", 21, &["--at", "2027-01-15T12:00:00Z", "keys/typical.txt"]),
];

fn verify(arguments: &[&str]) -> common::Ended {
    let trust: &[&str] = if arguments.contains(&"--trust") { &[] } else { &["--trust", "vendor.pub"] };
    run(&fixtures(), &[&["verify"], trust, arguments].concat())
}

fn verified(arguments: &[&str]) -> Value {
    verify(&[&["--json"], arguments].concat()).json()
}

#[test]
fn every_outcome_has_its_exit_code_with_and_without_json() {
    for (outcome, code, arguments) in OUTCOMES {
        let plain = verify(arguments);
        assert_eq!(plain.code, code, "{plain:?}");
        assert!(plain.stdout.contains(&format!("  outcome          {outcome}\n")), "{plain:?}");
        let ended = verify(&[&["--json"], arguments].concat());
        assert_eq!((ended.code, ended.json()["outcome"].as_str()), (code, Some(outcome)), "{ended:?}");
        assert_eq!(ended.json()["usable"], code == 0, "{ended:?}");
    }
}

#[test]
fn every_outcome_is_in_the_help_and_in_the_manual() {
    for arguments in [&["--help"][..], &["verify", "--help"], &["man"], &["man", "verify"]] {
        let shown = run(&fixtures(), arguments).stdout.replace("\\-", "-");
        for (outcome, code, _) in OUTCOMES {
            let line = format!("{code}  {outcome} ");
            assert!(shown.contains(&line), "{arguments:?}: {line}");
        }
    }
}

#[test]
fn the_object_has_the_same_fields_for_every_outcome() {
    let mut fields: Vec<Vec<String>> = OUTCOMES
        .iter()
        .map(|(_, _, arguments)| verified(arguments).as_object().unwrap().keys().cloned().collect())
        .collect();
    fields.dedup();
    let all = [
        "at",
        "clock",
        "evidence",
        "file",
        "grant",
        "key",
        "license",
        "message",
        "others",
        "outcome",
        "repairs",
        "revocations",
        "standing",
        "state",
        "time",
        "trust",
        "usable",
    ];
    assert_eq!(fields, [all.map(str::to_owned)]);
}

#[test]
fn a_refusal_carries_its_evidence() {
    for (arguments, evidence) in [
        (&["K7PM4-00108"][..], json!({"groups": 2})),
        (&["keys/damaged.txt"], json!({"groups": 30, "unreadable": [5, 8]})),
        (&["--trust", "other.pub", "keys/typical.txt"], json!({"hint": "ed42", "trusted": ["300e88f8e899959e"]})),
        (&["keys/forged.txt"], json!({"claimed_serial": "0102030405060700", "key_id": "ed4242ead4ac6948"})),
        (&["keys/version-2.txt"], json!({"version": 2})),
        (&["keys/kind-3.txt"], json!({"serial": "0102030405060708", "unknown": "its kind (3)"})),
        (&["--product", "4", "keys/typical.txt"], json!({"serial": "0102030405060708", "expected": 4, "found": 3})),
        (&["keys/staging.txt"], json!({"serial": "0000000000000000", "expected": "production", "found": "staging"})),
        (&["keys/locked.txt"], json!({"serial": "0102030405060708"})),
        (
            &["--fingerprint", "01112233000000000000000000000000", "keys/locked.txt"],
            json!({"serial": "0102030405060708", "components": 4, "matching": 1}),
        ),
        (
            &["--released", "2027-07-01", "keys/updates.txt"],
            json!({"serial": "0102030405060708", "updates_through": "2027-06-30", "released": "2027-07-01"}),
        ),
    ] {
        let refused = verified(arguments);
        assert_eq!(refused["evidence"], evidence, "{arguments:?}");
        assert_eq!((&refused["license"], &refused["standing"]), (&Value::Null, &Value::Null), "{arguments:?}");
    }
}

#[test]
fn repairs_name_the_group_as_typed_and_as_expected() {
    let license = verified(&["--at", "2026-06-15", "keys/mistyped.txt"]);
    let repairs = json!([{"group": 5, "typed": "606SJ", "expected": "60GSJ"}, {"group": 23, "typed": "SR8W8", "expected": "SRBW8"}]);
    assert_eq!(license["repairs"], repairs);
    assert_eq!(license["license"]["claims"]["seats"], 25);

    let plain = verify(&["--at", "2026-06-15", "keys/mistyped.txt"]);
    assert!(plain.stderr.contains("group 5 is 60GSJ, not 606SJ"), "{plain:?}");
    assert!(!plain.stdout.contains("60GSJ"), "{plain:?}");
}

#[test]
fn no_report_shows_the_key() {
    for (_, _, arguments) in OUTCOMES {
        for json in [&["--json"][..], &[]] {
            let ended = verify(&[json, arguments].concat());
            let groups = format!("{}{}", ended.stdout, ended.stderr).matches("K7PM").count();
            assert_eq!(groups, 0, "{ended:?}");
        }
    }
}

#[test]
fn a_key_is_read_from_standard_input_a_file_or_the_argument() {
    let text = fixture("keys/typical.txt");
    let arguments = ["verify", "--trust", "vendor.pub", "--at", "2026-06-15", "-"];
    assert_eq!(run_with_input(&fixtures(), &arguments, text.as_bytes()).code, 0);
    assert_eq!(verify(&["--at", "2026-06-15", &text]).code, 0);
    assert_eq!(verify(&["--at", "2026-06-15", &text.replace(['-', '\n'], "")]).code, 0);
    assert_eq!(run_with_input(&fixtures(), &arguments, b"").code, 10);
    // A no-break space in Latin-1 is not UTF-8, but harmless between groups.
    let latin_1: Vec<u8> = text.bytes().map(|byte| if byte == b'-' { b' ' } else { byte }).collect();
    let mut one_odd_byte = latin_1.clone();
    one_odd_byte[12] = 0xA0;
    assert_eq!(run_with_input(&fixtures(), &arguments, &one_odd_byte).code, 0);
}

#[test]
fn a_key_is_read_from_the_environment() {
    for command in ["verify", "inspect"] {
        let trust: &[&str] = if command == "verify" { &["--trust", "vendor.pub", "--at", "2026-06-15"] } else { &[] };
        let arguments = [&[command], trust, &["env:LICENSE_KEY"]].concat();
        let read = ended(keyward(&fixtures(), &arguments).env("LICENSE_KEY", fixture("keys/typical.txt")));
        assert_eq!(read.code, 0, "{read:?}");
        let unset = run(&fixtures(), &arguments);
        assert_eq!((unset.code, unset.stdout.as_str()), (1, ""), "{unset:?}");
        assert!(unset.stderr.contains("the environment variable LICENSE_KEY is not set"), "{unset:?}");
    }
}

#[test]
fn a_key_is_read_even_if_a_file_has_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let text = fixture("keys/typical.txt").replace('\n', "");
    std::fs::write(folder.path().join(&text), fixture("keys/damaged.txt")).unwrap();
    std::fs::write(folder.path().join("vendor.pub"), fixture("vendor.pub")).unwrap();
    let verified = run(folder.path(), &["verify", "--trust", "vendor.pub", "--at", "2026-06-15", &text]);
    assert_eq!(verified.code, 0, "{verified:?}");
}

#[test]
fn a_long_key_with_a_blank_line_in_it_is_verified() {
    let text = fixture("keys/licensee.txt");
    let (start, end) = text.split_at(text.rfind("-\n").unwrap() + 2);
    assert_eq!(verify(&["--at", "2026-06-15", &format!("{start}\n{end}")]).code, 0);
    let both = format!("{start}\n{end}{}", fixture("keys/typical.txt").replace('\n', "\n\n"));
    assert_eq!(verified(&["--at", "2026-06-15", &both])["others"].as_array().unwrap().len(), 1);
}

#[test]
fn the_public_key_may_come_from_standard_input_and_there_may_be_several() {
    let arguments = ["verify", "--trust", "other.pub", "--trust", "-", "--at", "2026-06-15", "keys/typical.txt"];
    assert_eq!(run_with_input(&fixtures(), &arguments, fixture("vendor.pub").as_bytes()).code, 0);
    let mut command =
        keyward(&fixtures(), &["verify", "--trust", "env:TRUST", "--at", "2026-06-15", "keys/typical.txt"]);
    assert_eq!(ended(command.env("TRUST", fixture("vendor.pub"))).code, 0);
}

/// A license that the vendor wants without an end, with the greatest day in place of none.
#[test]
fn the_last_day_that_a_key_can_name_is_an_end_like_any_other() {
    let claims = fixture("claims.json").replace("2026-12-31", "9998-12-31");
    let key = run_with_input(&fixtures(), &["sign", "--key", "vendor.key", "-"], claims.as_bytes()).stdout;
    for (at, code, shown) in [
        ("2026-06-15", 0, "active through 9998-12-31, 2911912 days left"),
        ("9998-12-31", 0, "expiring soon: valid through 9998-12-31, last day"),
        ("9999-01-05", 0, "in grace"),
        ("9999-01-15T12:00:00Z", 21, "expired: was valid through 9998-12-31, in grace through 9999-01-14"),
    ] {
        let ended = verify(&["--at", at, &key]);
        assert_eq!(ended.code, code, "{ended:?}");
        assert!(ended.stdout.contains(shown) && !ended.stdout.contains("perpetual"), "{ended:?}");
    }
}

#[test]
fn a_successor_ends_the_warning() {
    let alone = verified(&["--at", "2026-12-12", "keys/typical.txt"]);
    assert_eq!((&alone["outcome"], &alone["standing"]["has_successor"]), (&json!("expiring-soon"), &json!(false)));
    let both = verified(&["--at", "2026-12-12", "keys/two-years.txt"]);
    assert_eq!((&both["outcome"], &both["standing"]["has_successor"]), (&json!("active"), &json!(true)));
    assert_eq!((&both["key"], &both["others"][0]["outcome"]), (&json!(1), &json!("not-yet-valid")));

    let next_year = verified(&["--at", "2027-01-02", "keys/two-years.txt"]);
    assert_eq!((&next_year["key"], &next_year["license"]["serial"]), (&json!(2), &json!("1112131415161718")));
    assert_eq!(next_year["grant"], json!({"features": [0, 1, 2, 3], "seats": 30}));
}

#[test]
fn refused_keys_beside_an_accepted_one_are_named() {
    let answer = verified(&["--at", "2026-06-15", "keys/mixed.txt"]);
    assert_eq!((&answer["outcome"], &answer["key"]), (&json!("active"), &json!(2)));
    let others: Vec<_> =
        answer["others"].as_array().unwrap().iter().map(|other| (&other["key"], &other["outcome"])).collect();
    assert_eq!(others, [(&json!(1), &json!("bad-signature")), (&json!(3), &json!("damaged"))]);
}

#[test]
fn if_all_keys_are_refused_the_one_that_passed_the_most_checks_is_reported() {
    let answer = verified(&["--at", "2026-06-15", "keys/all-refused.txt"]);
    assert_eq!((&answer["outcome"], &answer["key"]), (&json!("bad-signature"), &json!(2)));
    assert_eq!(
        answer["others"],
        json!([{
            "key": 1, "outcome": "damaged", "message": verified(&["keys/damaged.txt"])["message"],
        }])
    );
    // The first of several equal refusals.
    let both = format!("{}\n{}", fixture("keys/forged.txt"), fixture("keys/forged.txt"));
    assert_eq!(verified(&[&both])["key"], 1);
}

#[test]
fn without_a_product_the_product_of_a_signed_key_is_accepted() {
    for (file, product) in [("keys/typical.txt", 3), ("keys/mistyped.txt", 3), ("keys/other-product.txt", 4)] {
        let answer = verified(&["--at", "2026-06-15", file]);
        assert_eq!(answer["license"]["claims"]["product"], product, "{file}");
    }
    // Other refusals are the same as with the right product.
    for (file, outcome) in [("keys/staging.txt", "wrong-environment"), ("keys/locked.txt", "wrong-machine")] {
        assert_eq!(verified(&[file])["outcome"], outcome);
    }
    assert_eq!(verified(&["keys/forged.txt"])["outcome"], "bad-signature");
}

#[test]
fn a_failure_of_the_command_writes_nothing_to_standard_output() {
    for (code, arguments) in [
        (1, &["--trust", "absent.pub", "keys/typical.txt"][..]),
        (1, &["--trust", "vendor.key", "keys/typical.txt"]),
        (1, &["keys"]),
        (2, &["keys/two-products.txt"]),
        (2, &["--at", "yesterday", "keys/typical.txt"]),
    ] {
        let failed = verify(&[&["--json"], arguments].concat());
        assert_eq!((failed.code, failed.stdout.as_str()), (code, ""), "{failed:?}");
        assert!(failed.stderr.starts_with("error: "), "{failed:?}");
    }
}

#[test]
fn without_a_time_the_clock_is_used() {
    let answer = verified(&["keys/updates.txt"]);
    let asked = chrono::DateTime::parse_from_rfc3339(answer["at"].as_str().unwrap()).unwrap();
    let age = chrono::Utc::now().signed_duration_since(asked);
    assert!(age < chrono::TimeDelta::minutes(5), "{age}");
}

#[test]
fn inspect_states_that_nothing_was_verified() {
    for file in ["keys/typical.txt", "keys/forged.txt", "keys/damaged.txt"] {
        let plain = run(&fixtures(), &["inspect", file]);
        assert!(plain.stdout.starts_with("Nothing was verified"), "{plain:?}");
        assert_eq!(run(&fixtures(), &["inspect", "--json", file]).json()["verified"], false, "{file}");
    }
}
