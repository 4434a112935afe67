//! The vectors of the specification in C: each file of `spec/vectors` except signatures over no license key, and terms, which
//! only issuers need.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

mod support;

use std::ffi::CStr;
use std::process::Command;

use chrono::{DateTime, Utc};
use keyward_issuer::{Claims, Issuer, SigningKey};
use keyward_testing::is_long;
use keyward_testing::skip::has_programs;
use keyward_verifier::{MachineComponents, Product, TrustedKey, Verifier};
use serde_json::{Map, Value, json};
use support::{Installed, Linked, text, with_input};

/// The requests, and what the answers have to contain.
#[derive(Default)]
struct Questions {
    requests: Vec<String>,
    expected: Vec<(String, Value)>,
}

impl Questions {
    /// Asks, and expects at least these fields in the answer, and that the call could be made unless they say otherwise.
    fn ask(&mut self, name: &str, request: String, mut expected: Value) {
        expected.as_object_mut().unwrap().entry("status").or_insert(json!(0));
        self.requests.push(request);
        self.expected.push((name.to_owned(), expected));
    }

    /// A verifier for that product which trusts these keys.
    fn verifier(&mut self, product: &Value, keys: &[Value]) {
        self.ask("a verifier", format!("new {product}"), json!({}));
        for key in keys {
            self.ask("a trusted key", format!("trust {}", hex::encode(key.as_str().unwrap())), json!({}));
        }
    }

    /// The environment, the machine and the release, where they are said.
    fn settings(&mut self, environment: &Value, machine: &Value, released: &Value) {
        let number = ["production", "staging", "development"].iter().position(|name| environment == *name).unwrap();
        self.ask("an environment", format!("environment {number}"), json!({}));
        if let Some(fingerprint) = machine.as_str() {
            self.ask("a machine", format!("machine {fingerprint}"), json!({}));
        }
        if let Some(day) = released.as_str() {
            self.ask("a release", format!("released {}", day.replace('-', " ")), json!({}));
        }
    }

    fn verify(&mut self, name: &str, text: &str, now: &str, expected: Value) {
        self.ask(name, format!("verify {} {}", microseconds(now), hex(text)), expected);
    }

    /// Puts all of it to one program, in a long run again under valgrind; or to the command in `KEYWARD_ANSWERED_BY`, which runs the
    /// program on another machine.
    fn are_answered(self, name: &str) {
        assert!(!self.requests.is_empty());
        if let Ok(command) = std::env::var("KEYWARD_ANSWERED_BY") {
            let mut words = command.split_whitespace();
            return self.are_answered_by(Command::new(words.next().unwrap()).args(words));
        }
        let Some(installed) = Installed::where_there_are(name, &["gcc", "pkg-config", "rustc"]) else { return };
        let program = installed.program("tests/c/vectors.c", Linked::Statically);
        self.are_answered_by(&mut installed.run(&program));
        if is_long() && has_programs(&format!("{name} under valgrind"), &["valgrind"]) {
            self.are_answered_by(&mut installed.valgrind(&program));
        }
    }

    fn are_answered_by(&self, program: &mut Command) {
        let output = with_input(program, self.requests.join("\n") + "\n");
        assert_eq!(text(output.stderr), "");
        assert!(output.status.success());
        let answers = text(output.stdout);
        assert_eq!(answers.lines().count(), self.expected.len());
        for ((name, expected), answer) in self.expected.iter().zip(answers.lines()) {
            let mut answer: Value =
                serde_json::from_str(answer).unwrap_or_else(|error| panic!("{name}: {error}: {answer}"));
            for of_clocks in ["behind_by", "largest_step"] {
                if let Some(microseconds) = answer[of_clocks].as_i64() {
                    answer[format!("{of_clocks}_seconds")] = json!(microseconds.div_euclid(1_000_000));
                }
            }
            contains(name, &answer, expected);
        }
    }
}

fn contains(name: &str, answer: &Value, expected: &Value) {
    match expected {
        Value::Object(fields) => fields.iter().for_each(|(field, expected)| {
            contains(&format!("{name}: {field}"), &answer[field], expected);
        }),
        _ => assert_eq!(answer, expected, "{name}"),
    }
}

fn file(name: &str) -> Value {
    let path = format!("{}/../../spec/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn cases<'a>(file: &'a Value, list: &str) -> &'a [Value] {
    file[list].as_array().unwrap()
}

fn string<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_else(|| panic!("{field} of {case}"))
}

fn hex(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { hex::encode(text) }
}

fn microseconds(instant: &str) -> i64 {
    instant.parse::<DateTime<Utc>>().unwrap().timestamp_micros()
}

/// Microseconds, or the interface's number for none.
fn or(instant: &Value, none: i64) -> i64 {
    instant.as_str().map_or(none, microseconds)
}

/// Without any component. No issuer signs it.
const FITS_NO_MACHINE: &str = "01000000000000000000000000000000";
const JUNE: &str = "2026-06-15T12:00:00Z";

fn vendor() -> Value {
    file("license-keys.json")["verifying_key"].clone()
}

/// The claims as the interface says them.
fn claims(claims: &Value) -> Value {
    let place = |names: &[&str], field: &str| names.iter().position(|name| claims[field] == *name).unwrap();
    let or = |field: &str, none: Value| if claims[field].is_null() { none } else { claims[field].clone() };
    json!({
        "kind": place(&["standard", "trial", "stopgap"], "kind"),
        "environment": place(&["production", "staging", "development"], "environment"),
        "serial": claims["serial"], "product": claims["product"], "edition": claims["edition"],
        "seats": or_minus_one(&claims["seats"]), "features": claims["features"],
        "valid_from": claims["valid_from"], "valid_through": claims["valid_through"],
        "updates_through": claims["updates_through"], "locked": claims["fingerprint"].is_string(),
        "fingerprint": or("fingerprint", json!("0".repeat(32))), "licensee": or("licensee", json!("")),
        "extension": or("extension", json!("")), "limits": or("limits", json!({})),
    })
}

/// Verifies a text where its claims say that it belongs.
fn verify_where_it_belongs(questions: &mut Questions, case: &Value, said: &Value, mut expected: Value) {
    questions.verifier(&said["product"], &[vendor()]);
    questions.settings(&said["environment"], &said["fingerprint"], &Value::Null);
    if said["fingerprint"] == FITS_NO_MACHINE {
        expected["outcome"] = json!("wrong-machine");
    } else {
        expected["key"] = case["text"].clone();
        expected["claims"] = claims(said);
    }
    questions.verify(string(case, "name"), string(case, "text"), JUNE, expected);
}

#[test]
fn license_keys_and_claims_are_read_as_the_specification_says() {
    let mut questions = Questions::default();
    let keys = file("license-keys.json");
    for case in cases(&keys, "cases") {
        let expected = json!({"digest": case["license_digest"], "key_id": keys["key_id"], "message": ""});
        verify_where_it_belongs(&mut questions, case, &case["claims"], expected);
    }
    for case in cases(&file("claims.json"), "cases").iter().chain(cases(&keys, "refused")) {
        if case["claims"].is_object() {
            verify_where_it_belongs(&mut questions, case, &case["claims"], json!({}));
        } else {
            questions.verifier(&json!(3), &[vendor()]);
            let refused = json!({"outcome": case["error"], "usable": false, "key": "", "standing": {"state": "none"}});
            questions.verify(string(case, "name"), string(case, "text"), JUNE, refused);
        }
    }
    questions.are_answered("license keys and claims");
}

#[test]
fn texts_are_read_as_the_specification_says() {
    let mut questions = Questions::default();
    questions.verifier(&json!(3), &[vendor()]);
    questions.ask("without repair", "refuse-damaged".to_owned(), json!({}));
    let trusted = [TrustedKey::from_hex(vendor().as_str().unwrap()).unwrap()];
    let verifier = Verifier::new(&trusted, Product(3)).without_repair();
    let reading = file("reading.json");
    for case in cases(&reading, "cases") {
        let read = ["reads_as", "found"].into_iter().find_map(|name| case[name].as_str());
        let expected = match case["error"].as_str().filter(|_| read.is_none()) {
            Some(code) => json!({"outcome": code, "usable": false, "key": ""}),
            // Not all of them are for this product: the answer for a text is that for its canonical text.
            None => match verifier.verify(read.unwrap()) {
                Ok(_) => json!({"outcome": "active", "key": read}),
                Err(refusal) => {
                    assert!(!["malformed", "damaged"].contains(&refusal.code()), "{case}");
                    json!({"outcome": refusal.code(), "message": refusal.to_string()})
                }
            },
        };
        questions.verify(string(case, "name"), string(case, "text"), JUNE, expected);
    }
    let key = string(&reading["cases"][0], "text");
    let active = json!({"outcome": "active", "key": key});
    let character = |name: &Value| {
        let number = u32::from_str_radix(name.as_str().unwrap().strip_prefix("U+").unwrap(), 16).unwrap();
        char::from_u32(number).unwrap().to_string()
    };
    for separator in cases(&reading, "separators") {
        questions.verify(&separator.to_string(), &key.replace('-', &character(separator)), JUNE, active.clone());
    }
    for symbol in cases(&reading, "symbols") {
        for character in string(symbol, "characters").chars() {
            let text = key.replace(string(symbol, "character"), &character.to_string());
            questions.verify(&character.to_string(), &text, JUNE, active.clone());
        }
    }
    for unreadable in cases(&reading, "unreadable") {
        let text = key.replacen('K', &character(unreadable), 1);
        let damaged = json!({"outcome": "damaged", "groups": 30, "unreadable": format!("{:032x}", 1_u128 << 120)});
        questions.verify(&unreadable.to_string(), &text, JUNE, damaged);
    }
    questions.are_answered("reading");
}

#[test]
fn damaged_texts_are_repaired_as_the_specification_says() {
    let mut questions = Questions::default();
    let repairs = file("repair.json");
    questions.verifier(&repairs["product"], &[repairs["verifying_key"].clone()]);
    for case in cases(&repairs, "cases") {
        let expected = match case["error"].as_str() {
            Some(code) => json!({"outcome": code, "usable": false, "key": "", "repairs": []}),
            None => json!({"key": case["reads_as"], "message": ""}),
        };
        questions.verify(string(case, "name"), string(case, "text"), JUNE, expected);
    }
    questions.are_answered("repair");
}

#[test]
fn verifiers_answer_as_the_specification_says() {
    let mut questions = Questions::default();
    for case in cases(&file("verifier.json"), "cases") {
        questions.verifier(&case["product"], cases(case, "trusted_keys"));
        questions.settings(&case["environment"], &case["machine"], &case["released"]);
        let expected = match case["error"].as_str() {
            Some(code) => json!({"outcome": code, "usable": false, "key": ""}),
            None => json!({"key": case["text"], "message": "", "repairs": []}),
        };
        questions.verify(string(case, "name"), string(case, "text"), JUNE, expected);
    }
    for case in cases(&file("public-keys.json"), "cases") {
        questions.ask("a verifier", "new 3".to_owned(), json!({}));
        let status = if case["refused"].is_string() { 4 } else { 0 };
        let digits = hex(string(case, "public_key"));
        questions.ask(string(case, "name"), format!("trust {digits}"), json!({"status": status}));
    }
    questions.are_answered("verifiers");
}

#[test]
fn fingerprints_are_made_and_matched_as_the_specification_says() {
    let mut questions = Questions::default();
    let fingerprints = file("fingerprints.json");
    for case in cases(&fingerprints, "digests") {
        let part = |part: &Value| part.as_str().filter(|digits| !digits.is_empty()).unwrap_or("-").to_owned();
        let parts: Vec<String> = cases(case, "components").iter().map(part).collect();
        let request = format!("fingerprint {} {}", case["product"], parts.join(" "));
        questions.ask(string(case, "name"), request, json!({"fingerprint": case["fingerprint"]}));
    }
    for case in cases(&fingerprints, "placeholders") {
        let value = string(case, "value");
        let part = |slot: usize| if slot == 1 && !value.is_empty() { value } else { "-" };
        let request = format!("fingerprint 3 {}", [0, 1, 2, 3, 4].map(part).join(" "));
        let id = hex::decode(value).unwrap();
        let machine = MachineComponents { board_id: Some(&id), ..MachineComponents::default() };
        let expected = machine.fingerprint(Product(3)).to_string();
        assert_eq!(expected == FITS_NO_MACHINE, case["absent"] == true, "{}", case["name"]);
        questions.ask(string(case, "name"), request, json!({"fingerprint": expected}));
    }
    let mut locked = file("license-keys.json")["cases"][0]["claims"].clone();
    for case in cases(&fingerprints, "matches") {
        // What no issuer signs: claims.json has a license of another's making.
        if case["key"] == FITS_NO_MACHINE {
            assert_eq!(case["same_machine"], false);
            continue;
        }
        locked["fingerprint"] = case["key"].clone();
        questions.verifier(&json!(3), &[vendor()]);
        questions.settings(&json!("production"), &case["machine"], &Value::Null);
        let outcome = if case["same_machine"] == true { "active" } else { "wrong-machine" };
        questions.verify(string(case, "name"), &signed(&locked), JUNE, json!({"outcome": outcome}));
    }
    questions.are_answered("fingerprints");
}

#[test]
fn licenses_allow_at_a_time_what_the_specification_says() {
    let mut questions = Questions::default();
    for case in cases(&file("standing.json"), "cases") {
        questions.verifier(&case["claims"]["product"], &[vendor()]);
        questions.settings(&case["claims"]["environment"], &case["claims"]["fingerprint"], &Value::Null);
        questions.ask("reminders", format!("reminders {}", words(&case["reminder_days"])), json!({}));
        let expected = json!({
            "outcome": case["state"], "usable": case["usable"],
            "standing": {
                "state": case["state"], "usable": case["usable"], "days_left": or_minus_one(&case["days_left"]),
                "grace_days": case["grace_days"], "next_reminder": case["next_reminder"],
            }
        });
        questions.verify(string(case, "name"), &signed(&case["claims"]), string(case, "now"), expected);
    }
    questions.are_answered("standing");
}

#[test]
fn the_table_of_decisions_is_what_a_program_in_c_is_told() {
    let mut questions = Questions::default();
    let decisions = file("decisions.json");
    for case in cases(&decisions, "cases") {
        let (name, now) = (string(case, "name"), string(case, "now"));
        questions.verifier(&case["product"], cases(case, "trusted_keys"));
        questions.settings(&case["environment"], &case["fingerprint"], &case["released"]);
        questions.ask(name, format!("reminders {}", words(&case["reminder_days"])), json!({}));
        if case["repair"] == false {
            questions.ask(name, "refuse-damaged".to_owned(), json!({}));
        }
        for (typed, result) in cases(case, "licenses").iter().zip(cases(case, "results")) {
            questions.verify(name, typed.as_str().unwrap(), now, told(result));
        }
        let held = format!("combine {} {}", microseconds(now), several(case));
        questions.ask(&format!("{name}, held"), held, counts(&case["held"]));
    }
    questions.ask("a new mark", "new-mark".to_owned(), json!({"mark": NEW_MARK}));
    for case in cases(&decisions, "clock") {
        questions.verifier(&case["product"], cases(case, "trusted_keys"));
        let mark = case["mark"].as_str().unwrap_or(NEW_MARK);
        let [clock, built, issued] = ["clock", "built", "issued"].map(|field| or(&case[field], i64::MIN));
        let running = case["running_seconds"].as_i64().unwrap() * 1_000_000;
        let tolerance = case["tolerance_seconds"].as_i64().map_or(-1, |seconds| seconds * 1_000_000);
        let request = format!("clock {mark} {clock} {built} {issued} {running} {tolerance} {}", several(case));
        let mut expected = json!({
            "now": microseconds(string(case, "now")), "suspect": case["suspect"].is_object(), "mark": case["mark_after"],
        });
        if let Some(suspect) = case["suspect"].as_object() {
            expected.as_object_mut().unwrap().extend(suspect.clone());
        }
        questions.ask(string(case, "name"), request, expected);
    }
    for case in cases(&decisions, "recover") {
        let request = format!("recover {} {}", string(case, "mark"), microseconds(string(case, "issued")));
        let expected = match case["error"].as_str() {
            Some(error) if error.contains("used before") => json!({"status": 8, "mark": case["mark"]}),
            Some(_) => json!({"status": 7, "mark": case["mark"]}),
            None => json!({"mark": case["mark_after"]}),
        };
        questions.ask(string(case, "name"), request, expected);
    }
    for case in cases(&decisions, "seats") {
        let request = format!("seats {} {}", or_minus_one(&case["licensed"]), case["in_use"]);
        let result = &case["result"];
        let expected = json!({
            "left": or_zero(&result["left"]), "over": or_zero(&result["by"]),
            "unlimited": result["code"] == "unlimited-seats",
        });
        questions.ask(&request.clone(), request, expected);
    }
    questions.are_answered("decisions");
}

#[test]
fn the_outcomes_of_the_table_of_decisions_have_their_numbers_in_c() {
    let decisions = file("decisions.json");
    let outcomes = cases(&decisions, "outcomes");
    let listed: Vec<(i64, &str)> =
        outcomes.iter().map(|row| (row["number"].as_i64().unwrap(), string(row, "code"))).collect();
    // SAFETY: the result is a static string.
    let code = |number: i32| unsafe { CStr::from_ptr(keyward::kw_code(number)) }.to_str().unwrap();
    let found = (1..=255).map(|number| (i64::from(number), code(number))).filter(|(_, code)| *code != "none");
    assert_eq!(found.collect::<Vec<_>>(), listed);
}

const NEW_MARK: &str = "01800000000000000080000000000000008000000000000000000000000000000000000000";

/// What is said of one text.
fn told(result: &Value) -> Value {
    if let Some(code) = result["code"].as_str() {
        return json!({
            "outcome": code, "usable": false, "message": result["message"], "key": "", "repairs": [],
            "standing": {"state": "none", "usable": false},
        });
    }
    let mut standing: Map<String, Value> =
        ["state", "usable", "next_reminder", "valid_through", "grace_through", "text"]
            .map(|field| (field.to_owned(), result[field].clone()))
            .into_iter()
            .collect();
    for instant in ["opens_at", "closes_at", "grace_closes_at"] {
        standing.insert(instant.to_owned(), json!(or(&result[instant], i64::MAX)));
    }
    standing.insert("days_left".to_owned(), or_minus_one(&result["days_left"]));
    standing.insert("notice".to_owned(), json!(result["notice"].as_str().unwrap_or_default()));
    json!({
        "outcome": result["state"], "usable": result["usable"], "message": "", "digest": result["digest"],
        "standing": standing, "repairs": cases(result, "repairs").iter().map(repair).collect::<Value>(),
    })
}

/// `group 5 is 60GSJ, not 606SJ` or `group 5 is missing: 60GSJ` as the interface says it.
fn repair(words: &Value) -> Value {
    let (number, rest) = words.as_str().unwrap().strip_prefix("group ").unwrap().split_once(" is ").unwrap();
    let (typed, is) = match rest.strip_prefix("missing: ") {
        Some(is) => ("", is),
        None => rest.split_once(", not ").map(|(is, typed)| (typed, is)).unwrap(),
    };
    json!([number.parse::<u8>().unwrap(), typed, is])
}

/// What is said of all of them together.
fn counts(held: &Value) -> Value {
    if held.is_null() {
        return json!({"outcome": "none", "usable": false, "granted": false, "seats": 0, "features": []});
    }
    let granted = held["features"].is_array();
    json!({
        "outcome": held["state"], "usable": held["usable"], "index": held["index"],
        "standing": {
            "state": held["state"], "usable": held["usable"], "days_left": or_minus_one(&held["days_left"]),
            "next_reminder": held["next_reminder"], "successor_held": held["successor_held"],
        },
        "granted": granted,
        "features": if granted { held["features"].clone() } else { json!([]) },
        "seats": if granted { or_minus_one(&held["seats"]) } else { json!(0) },
    })
}

fn several(case: &Value) -> String {
    cases(case, "licenses").iter().map(|typed| hex(typed.as_str().unwrap())).collect::<Vec<_>>().join(" ")
}

fn words(numbers: &Value) -> String {
    numbers.as_array().unwrap().iter().map(Value::to_string).collect::<Vec<_>>().join(" ")
}

fn or_minus_one(number: &Value) -> Value {
    number.as_i64().unwrap_or(-1).into()
}

fn or_zero(number: &Value) -> Value {
    number.as_i64().unwrap_or(0).into()
}

/// A license of the vendor of the vectors, whose key is published.
fn signed(claims: &Value) -> String {
    let mut seed = [0; 32];
    hex::decode_to_slice(string(&file("license-keys.json"), "signing_key_seed"), &mut seed).unwrap();
    let issuer = Issuer::with_key(SigningKey::from_seed(&seed));
    let claims: Claims = serde_json::from_value(claims.clone()).unwrap();
    issuer.sign(&claims).unwrap().to_string()
}
