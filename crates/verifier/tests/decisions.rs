//! `spec/vectors/decisions.json`: the decision on typed texts at a given time, with the standing. This test writes the
//! file, and the tests of every language read it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

#[path = "decisions/arrivals.rs"]
mod arrivals;
#[path = "decisions/cases.rs"]
mod cases;
#[path = "decisions/clocks.rs"]
mod clocks;
#[path = "decisions/table.rs"]
mod table;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use keyward_verifier::Outcome;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use table::{Instant, Question};

const ABOUT: &str = "\
    What a product is told at a time: license keys as typed, the verifier's settings, the instant and the reminder \
    days, and for each text either a refusal or the standing, then what those accepted are together (held; its index \
    is that of the text in licenses). Under clock: readings of a clock, with the mark kept before and after; under \
    recover: statements that take a mark back; under seats: seats in use beside those licensed; under outcomes: each \
    outcome in words, with its number. Written by \
    crates/verifier/tests/decisions.rs. Codes, numbers, days and instants are the specification's; message, text, \
    notice, repairs, error, meaning and advice are for people, and may be put better one day.";

/// `KEYWARD_EXPECTED=overwrite` writes the table anew. Read the difference before you commit it.
#[test]
fn the_verifier_decides_as_the_table_says() {
    let overwrite = std::env::var_os("KEYWARD_EXPECTED").is_some_and(|value| value == "overwrite");
    let found = table();
    if overwrite {
        fs::write(path("decisions.json"), &found).unwrap();
    }
    let expected = fs::read_to_string(path("decisions.json")).unwrap();
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found, expected);
}

/// Each kind of text, changed in each way in which it may arrive: it is read if its contents are complete, and otherwise
/// the refusal names its kind.
#[test]
fn every_arrived_text_is_read_or_refused_as_its_kind() {
    let table: Value = file("decisions.json");
    let arrived = table["cases"].as_array().unwrap().iter().filter_map(|case| {
        let name = case["name"].as_str().filter(|name| name.starts_with("arrives: "))?;
        Some((case, name))
    });
    assert_eq!(arrived.clone().count(), 7 * keyward_testing::arrivals::arrivals("K").len());
    arrived.for_each(|(case, name)| arrivals::check(case, name));
}

/// One case a line.
fn table() -> String {
    let readings = clocks::readings();
    let recoveries = clocks::recoveries(&readings);
    let decisions: Vec<_> = cases::questions().into_iter().map(Question::decided).collect();
    let mut text = format!("{{\n\"about\": {}", serde_json::to_string(ABOUT).unwrap());
    write_lines(&mut text, "cases", &decisions);
    write_lines(&mut text, "clock", &readings);
    write_lines(&mut text, "recover", &recoveries);
    write_lines(&mut text, "seats", &clocks::seats());
    write_lines(&mut text, "outcomes", &Outcome::ALL.map(row));
    text + "\n}\n"
}

/// Also an outcome that only a program with signed files has, so that every language has its code.
fn row(outcome: Outcome) -> Value {
    let (meaning, advice) = (outcome.meaning(), outcome.advice());
    json!({ "code": outcome.code(), "number": outcome.number(), "usable": outcome.is_usable(), "meaning": meaning, "advice": advice })
}

fn write_lines(text: &mut String, name: &str, cases: &[impl Serialize]) {
    let lines: Vec<String> = cases.iter().map(|case| serde_json::to_string(case).unwrap()).collect();
    write!(text, ",\n\"{name}\": [\n{}\n]", lines.join(",\n")).unwrap();
}

fn path(name: &str) -> String {
    format!("{}/../../spec/vectors/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn file<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&fs::read_to_string(path(name)).unwrap()).unwrap()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// The key that signs every license here. Its seed is published.
fn vendor() -> String {
    keyward_testing::vectors::vectors().verifying_key
}

/// A license with these claims, and usual values for the others.
fn license(claims: Value) -> String {
    let mut all = json!({"serial": "0102030405060708", "product": 3, "edition": 2, "seats": 25, "features": [0, 1, 2]});
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    keyward_testing::vectors::sign(&serde_json::from_value(all).unwrap()).to_string()
}

/// Expected values, counted by hand from spec/STANDING.md, without this project's code.
#[test]
#[rustfmt::skip] // one decision, one line
fn the_table_says_what_the_specification_does() {
    let table: Value = file("decisions.json");
    let named = |list: &str, name: &str| -> Value {
        let mut cases = table[list].as_array().unwrap().iter();
        cases.find(|case| case["name"] == name).unwrap_or_else(|| panic!("{name}")).clone()
    };

    // 2026-01-01 through 2026-12-31: 365 days, 14 of them of grace, reminders on 1, 17 and 24 December.
    for (name, now, state, days_left, next_reminder) in [
        ("a year: a microsecond before it opens",
            "2025-12-31T09:59:59.999999Z", "not-yet-valid", None, Some("2026-12-01")),
        ("a year: as it opens", "2025-12-31T10:00:00Z", "active", Some(365), Some("2026-12-01")),
        ("a year: a microsecond before the day 30 days before the last",
            "2026-11-30T23:59:59.999999Z", "active", Some(31), Some("2026-12-01")),
        ("a year: as the day 30 days before the last begins",
            "2026-12-01T00:00:00Z", "expiring-soon", Some(30), Some("2026-12-17")),
        ("a year: as the day 14 days before the last begins",
            "2026-12-17T00:00:00Z", "expiring-soon", Some(14), Some("2026-12-24")),
        ("a year: as the day 7 days before the last begins", "2026-12-24T00:00:00Z", "expiring-soon", Some(7), None),
        ("a year: a microsecond before it closes", "2027-01-01T11:59:59.999999Z", "expiring-soon", Some(0), None),
        ("a year: as it closes", "2027-01-01T12:00:00Z", "in-grace", Some(13), None),
        ("a year: a microsecond before its grace closes", "2027-01-15T11:59:59.999999Z", "in-grace", Some(0), None),
        ("a year: as its grace closes", "2027-01-15T12:00:00Z", "expired", None, None),
        ("two weeks: as it opens", "2026-04-30T10:00:00Z", "active", Some(14), None),
        ("two weeks: a microsecond before it closes", "2026-05-15T11:59:59.999999Z", "active", Some(0), None),
        ("two weeks: as it closes", "2026-05-15T12:00:00Z", "in-grace", Some(2), None),
        ("one day: as it opens", "2028-02-28T10:00:00Z", "active", Some(1), None),
        ("one day: as it closes", "2028-03-01T12:00:00Z", "expired", None, None),
        ("a month: as it opens", "2026-04-30T10:00:00Z", "active", Some(31), Some("2026-05-17")),
        ("a trial of 30 days: as it closes", "2026-12-22T12:00:00Z", "expired", None, None),
        ("a stopgap of ten days: as it closes", "2027-01-11T12:00:00Z", "expired", None, None),
        ("perpetual: a microsecond before it opens", "2026-04-30T09:59:59.999999Z", "not-yet-valid", None, None),
        ("perpetual: as it opens", "2026-04-30T10:00:00Z", "active", None, None),
        ("a year to the last day there is, and 90 days of grace: as its grace closes",
            "9999-04-01T12:00:00Z", "expired", None, None),
    ] {
        let (case, usable) = (named("cases", name), !["not-yet-valid", "expired"].contains(&state));
        let result = &case["results"][0];
        assert_eq!(case["now"], now, "{name}");
        let found = ["code", "state", "usable", "days_left", "next_reminder"].map(|field| result[field].clone());
        assert_eq!(json!(found), json!([null, state, usable, days_left, next_reminder]), "{name}");
        for field in ["state", "usable", "days_left", "next_reminder"] {
            assert_eq!(case["held"][field], result[field], "{name}: alone, it is the entitlement");
        }
    }
    let ends = &named("cases", "a year: as it opens")["results"][0];
    for (field, value) in [
        ("valid_through", "2026-12-31"), ("grace_through", "2027-01-14"), ("opens_at", "2025-12-31T10:00:00Z"),
        ("closes_at", "2027-01-01T12:00:00Z"), ("grace_closes_at", "2027-01-15T12:00:00Z"),
    ] {
        assert_eq!(ends[field], value, "{field}");
    }

    // Features and seats of one are 5, of the stopgap 1, of the trial 9, of the upgrade 7. The next year's are 3 and 5, and 6 seats.
    for (name, index, state, successor_held, features, seats) in [
        ("a year and the next, at 2026-12-12T09:30:00Z", 0, "active", true, Some(vec![5]), Some(5)),
        ("a year and the next, at 2026-12-31T10:00:00Z", 1, "active", false, Some(vec![3, 5]), Some(6)),
        ("the next year and this one, at 2025-12-31T09:59:59Z", 1, "not-yet-valid", false, None, None),
        ("a year, and another after a day without, at 2026-12-12T09:30:00Z",
            0, "expiring-soon", false, Some(vec![5]), Some(5)),
        ("a year and a stopgap, at 2027-01-10T00:00:00Z", 1, "active", false, Some(vec![1, 5]), Some(5)),
        ("a year and a stopgap, at 2027-02-01T00:00:00Z", 0, "expired", false, None, None),
        ("a year and a trial, at 2026-12-24T00:00:00Z", 1, "expiring-soon", false, Some(vec![5, 9]), Some(9)),
        ("a year and a trial, at 2027-01-10T00:00:00Z", 0, "expiring-soon", false, Some(vec![5, 9]), Some(9)),
        ("a year and an upgrade in June, at 2026-05-31T10:00:00Z", 1, "active", false, Some(vec![5, 7]), Some(7)),
        ("two that differ in their serial, at 2026-12-12T09:30:00Z",
            1, "expiring-soon", false, Some(vec![5, 6]), Some(6)),
        ("the greater serial first, at 2026-06-15T12:00:00Z", 0, "active", false, Some(vec![5, 6]), Some(6)),
        ("three, of which the first is for another product, at 2026-12-12T09:30:00Z",
            1, "active", true, Some(vec![5]), Some(5)),
        ("the next year locked to this machine, this one to any", 0, "expiring-soon", false, Some(vec![5]), Some(5)),
        ("both years locked to this machine", 0, "active", true, Some(vec![5]), Some(5)),
    ] {
        let held = &named("cases", &format!("held: {name}"))["held"];
        let found = ["index", "state", "successor_held", "features", "seats"].map(|field| held[field].clone());
        assert_eq!(json!(found), json!([index, state, successor_held, features, seats]), "{name}");
    }

    // At 18:00 on 4 May the mark is 1,777,917,600 seconds after 1970.
    let six = format!("{:016x}", 1_777_917_600_000_000_i64);
    let none = "8000000000000000";
    let (seven, the_day_before) = (1_777_921_200_000_000_i64, 1_777_831_200_000_000_i64);
    let in_january = 1_767_553_200_000_000_i64;
    for (name, now, behind_by, mark_after) in [
        ("the first reading", "2026-05-04T18:00:00Z", None, format!("01{six}{six}{none}{:024x}", 0)),
        ("set back to January, an hour later", "2026-05-04T19:00:00Z", Some(120 * 86_400),
            format!("01{seven:016x}{in_january:016x}{none}{:08x}{:016x}", 1, 120 * 86_400)),
        ("a day back, which is tolerated", "2026-05-04T18:00:00Z", None,
            format!("01{six}{the_day_before:016x}{none}{:08x}{:016x}", 1, 86_400)),
        ("a first reading without a license", "2026-05-04T18:00:00Z", None, format!("01{none}{six}{none}{:024x}", 0)),
    ] {
        let case = named("clock", name);
        let found = [&case["now"], &case["suspect"]["behind_by_seconds"], &case["mark_after"]];
        assert_eq!(json!(found), json!([now, behind_by, mark_after]), "{name}");
    }
}

#[test]
fn the_table_has_every_refusal_and_state_and_names_no_case_twice() {
    let table: Value = file("decisions.json");
    let cases = table["cases"].as_array().unwrap();
    let results = cases.iter().flat_map(|case| case["results"].as_array().unwrap());
    let answers: BTreeSet<&str> =
        results.map(|result| result["code"].as_str().or(result["state"].as_str()).unwrap()).collect();
    let all = [
        "active",
        "bad-signature",
        "damaged",
        "expired",
        "expiring-soon",
        "in-grace",
        "invalid-claims",
        "malformed",
        "needs-newer",
        "not-yet-valid",
        "unknown-key",
        "version-not-covered",
        "wrong-environment",
        "wrong-machine",
        "wrong-product",
    ];
    assert!(answers.iter().eq(&all), "{answers:?}");
    let names: BTreeSet<&str> = cases.iter().map(|case| case["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), cases.len());
}
