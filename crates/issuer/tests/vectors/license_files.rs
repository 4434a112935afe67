//! License files and validation files.

use serde_json::{Value, json};

use crate::kit::*;

const MALFORMED: Option<&str> = Some("malformed");
/// A key of version 2 with right check groups, from `reading.json`.
const LATER: &str = "KBPM4-ZH2Q6-48WDE-8J8E8";

pub fn add(vectors: &mut Vectors) {
    files(vectors);
    validations(vectors);
}

pub fn plain() -> Value {
    json!({ "issued_at": "2026-03-01T09:00:00Z", "licenses": [VENDOR.license(json!({})).to_string()] })
}

fn full() -> Value {
    let second = VENDOR.license(json!({ "serial": "0000000000000002", "seats": null }));
    let mut file = plain();
    file["licenses"].as_array_mut().unwrap().push(second.to_string().into());
    file["licensee"] = json!({ "name": "Müller & Søn", "company": "Søn A/S", "email": "it@example.com" });
    file["contacts"] = json!([{ "role": "support", "name": "Acme Support", "email": "support@example.com" }]);
    file["metadata"] = json!({ "order": { "number": 4711, "lines": [1.5, -1, true, null, "é\u{1}\n"] } });
    file["note"] = json!("Thank you.\nWrite to us.");
    file["names"] = json!({ "3": { "name": "Acme Studio", "editions": { "2": "Professional" },
        "features": { "0": "Export", "63": "Teamwork" }, "limits": { "1": "Projects" } } });
    file
}

#[rustfmt::skip] // one case, one line
fn files(vectors: &mut Vectors) {
    let set = |field: &str, value: Value| { let mut file = full(); file[field] = value; file.to_string() };
    let at = |place: &str, value: Value| with(&full(), |file| *file.pointer_mut(place).unwrap() = value);
    let license = plain()["licenses"][0].as_str().unwrap().to_owned();
    let metadata = |length: usize| set("metadata", json!({ "k": "x".repeat(length - 8) }));
    let numbers = |json: &str| set("metadata", json!({ "k": "?" })).replace("\"?\"", json);
    // Two groups in each other's place: the checks no longer hold.
    let damaged = license.replacen("K7PM4-00108", "00108-K7PM4", 1);
    let unsupported = STRANGER.license(json!({}));
    for (name, payload, error) in [
        ("a license and no more", plain().to_string(), None),
        ("all that it can say", full().to_string(), None),
        ("a license of another signer: it is looked at when it is verified", set("licenses", json!([unsupported.to_string()])), None),
        ("the same license twice", set("licenses", json!([license, license])), None),
        ("64 licenses", set("licenses", json!(vec![license.as_str(); 64])), None),
        ("65 licenses", set("licenses", json!(vec![license.as_str(); 65])), MALFORMED),
        ("no license", set("licenses", json!([])), MALFORMED),
        ("a license in lower case", set("licenses", json!([license.to_lowercase()])), MALFORMED),
        ("a license in rows", set("licenses", json!([license.replacen('-', "-\n", 1)])), MALFORMED),
        ("a license with a mistake", set("licenses", json!([damaged])), MALFORMED),
        ("a license of version 2", set("licenses", json!([LATER])), MALFORMED),
        ("a license of version 2 beside one of version 1", set("licenses", json!([license, LATER])), MALFORMED),
        ("a license of version 2, and something critical that is unknown", with(&full(), |file| { file["licenses"] = json!([LATER]); file["critical"] = json!(["later"]); }), Some("needs-newer")),
        ("one license without a list", set("licenses", json!(license)), MALFORMED),
        ("null where the licensee is", set("licensee", Value::Null), None),
        ("null where the note is", set("note", Value::Null), None),
        ("null where a company is", at("/licensee/company", Value::Null), None),
        ("null where the contacts are", set("contacts", Value::Null), MALFORMED),
        ("null where the metadata are", set("metadata", Value::Null), MALFORMED),
        ("null where the names are", set("names", Value::Null), MALFORMED),
        ("null where the licenses are", set("licenses", Value::Null), MALFORMED),
        ("a licensee with an unknown field", set("licensee", json!({ "name": "A", "phone": "1" })), None),
        ("a licensee without a name", set("licensee", json!({ "email": "it@example.com" })), MALFORMED),
        ("a licensee as a list", set("licensee", json!(["A", null, null])), MALFORMED),
        ("a licensee as a string", set("licensee", json!("A")), MALFORMED),
        ("a name of 256 bytes", at("/licensee/name", json!("é".repeat(128))), None),
        ("a name of 257 bytes", at("/licensee/name", json!("é".repeat(128) + "e")), MALFORMED),
        ("an empty name", at("/licensee/name", json!("")), MALFORMED),
        ("a name with a line break", at("/licensee/name", json!("A\nB")), MALFORMED),
        ("a name that turns text around", at("/licensee/name", json!("A\u{202e}B")), MALFORMED),
        ("a company with U+0085", at("/licensee/company", json!("A\u{85}")), MALFORMED),
        ("an e-mail address with U+FEFF", at("/licensee/email", json!("a@b\u{feff}")), MALFORMED),
        ("a name with U+00AD and U+200B, which are let pass", at("/licensee/name", json!("A\u{ad}\u{200b}B")), None),
        ("16 contacts", set("contacts", json!(vec![full()["contacts"][0].clone(); 16])), None),
        ("17 contacts", set("contacts", json!(vec![full()["contacts"][0].clone(); 17])), MALFORMED),
        ("a contact without a role", set("contacts", json!([{ "name": "A" }])), MALFORMED),
        ("a contact as a list", set("contacts", json!([["support", "A", null, null]])), MALFORMED),
        ("a note of 4,000 bytes", set("note", json!("x".repeat(4_000))), None),
        ("a note of 4,001 bytes", set("note", json!("x".repeat(4_001))), MALFORMED),
        ("an empty note", set("note", json!("")), MALFORMED),
        ("a note with a carriage return", set("note", json!("a\r\nb")), MALFORMED),
        ("metadata of 10,240 bytes", metadata(10_240), None),
        ("metadata of 10,241 bytes", metadata(10_241), MALFORMED),
        ("metadata of 10,240 bytes, most of them of escapes", set("metadata", json!({ "k": "\u{1}".repeat(1_705) + "\n" })), None),
        ("metadata of 10,242 bytes, most of them of escapes", set("metadata", json!({ "k": "\u{1}".repeat(1_705) + "\n\t" })), MALFORMED),
        ("metadata written with white space and escapes, which do not count", set("metadata", json!({ "k": "x".repeat(5_000) }))
            .replace("\"k\":", &format!("\"k\":{}", " ".repeat(6_000))).replace("xx", "\\u0078x"), None),
        ("metadata with the least and the greatest whole number that they can have", numbers("[-9223372036854775808,18446744073709551615]"), None),
        ("18446744073709551616 in the metadata, which is rounded when it is read", numbers("18446744073709551616"), MALFORMED),
        ("-9223372036854775809 deep in the metadata", numbers(r#"[{"k":[-9223372036854775809]}]"#), MALFORMED),
        ("-0 in the metadata", numbers("-0"), MALFORMED),
        ("a number of 300 digits in the metadata", numbers(&"1".repeat(300)), MALFORMED),
        ("480 numbers of 20 digits in the metadata, more than their bytes", numbers(&format!("[{}]", vec!["18446744073709551616"; 480].join(","))), MALFORMED),
        ("60 numbers of 300 digits in the metadata, more than their bytes", numbers(&format!("[{}]", vec!["1".repeat(300); 60].join(","))), MALFORMED),
        ("fractions and exponents in the metadata", numbers("[-0.0,18446744073709551616.0,1e300]"), None),
        ("18446744073709551616 in an unknown field of the licensee", numbers("1").replace(r#""licensee":{"#, r#""licensee":{"later":18446744073709551616,"#), None),
        ("metadata as a list", set("metadata", json!([])), MALFORMED),
        ("a name twice in the metadata", set("metadata", json!({ "k": 1 })).replace("\"k\":1", "\"k\":1,\"k\":1"), MALFORMED),
        ("names of a product without a name", set("names", json!({ "3": {} })), MALFORMED),
        ("names of a product as a list", set("names", json!({ "3": ["Acme Studio"] })), MALFORMED),
        ("names of product 4294967295", set("names", json!({ "4294967295": { "name": "A" } })), None),
        ("names of product 4294967296", set("names", json!({ "4294967296": { "name": "A" } })), MALFORMED),
        ("names of product 03", set("names", json!({ "03": { "name": "A" } })), MALFORMED),
        ("names of product -0", set("names", json!({ "-0": { "name": "A" } })), MALFORMED),
        ("names of product 3 and a space", set("names", json!({ "3 ": { "name": "A" } })), MALFORMED),
        ("names of edition 65536", set("names", json!({ "3": { "name": "A", "editions": { "65536": "B" } } })), MALFORMED),
        ("names of feature 255", set("names", json!({ "3": { "name": "A", "features": { "255": "B" } } })), None),
        ("names of feature 256", set("names", json!({ "3": { "name": "A", "features": { "256": "B" } } })), MALFORMED),
        ("an empty name of a limit", set("names", json!({ "3": { "name": "A", "limits": { "1": "" } } })), MALFORMED),
        ("an unknown field among the names of a product", set("names", json!({ "3": { "name": "A", "plans": 1 } })), None),
        ("no time", with(&plain(), |file| drop(file.as_object_mut().unwrap().remove("issued_at"))), MALFORMED),
        ("no licenses", json!({ "issued_at": "2026-03-01T09:00:00Z" }).to_string(), MALFORMED),
    ] {
        let file = file("license-file", payload, &[VENDOR]);
        vectors.opened_by_vendor("license-file", &format!("a license file: {name}"), file, error);
    }
}

#[rustfmt::skip] // one case, one line
fn validations(vectors: &mut Vectors) {
    let validation = json!({ "expires_at": "2026-03-02T09:00:00Z", "file": plain() });
    let set = |field: &str, value: Value| with(&validation, |validation| validation[field] = value);
    let (machine, other) = ("01aaaaaabbbbbbcccccc000000000000", "01aaaaaa000000111111222222333333");
    let two_of_three = "01aaaaaabbbbbbdddddd111111222222";
    let bound = set("machine", machine.into());
    let within = |change: &dyn Fn(&mut Value)| with(&validation, |validation| change(&mut validation["file"]));
    let (in_time, late) = ("2026-03-02T09:00:00Z", "2026-03-02T09:00:01Z");
    for (name, payload, now, here, error) in [
        ("at its last second", validation.to_string(), in_time, None, None),
        ("a day before it was issued", validation.to_string(), "2026-02-28T09:00:00Z", None, None),
        ("a day and a second before it was issued", validation.to_string(), "2026-02-28T08:59:59Z", None, Some("stale-file")),
        ("a second later", validation.to_string(), late, None, Some("stale-file")),
        ("half a second later", validation.to_string(), "2026-03-02T09:00:00.5Z", None, Some("stale-file")),
        ("for its machine", bound.clone(), in_time, Some(machine), None),
        ("for a machine of which two of three components are left", bound.clone(), in_time, Some(two_of_three), None),
        ("for another machine", bound.clone(), in_time, Some(other), Some("wrong-machine")),
        ("for a machine, where none is known", bound.clone(), in_time, None, Some("wrong-machine")),
        ("for another machine, and stale", bound, late, Some(other), Some("wrong-machine")),
        ("for any machine, null", set("machine", Value::Null), in_time, Some(other), None),
        ("for a machine without components", set("machine", "01000000000000000000000000000000".into()), in_time, Some(machine), MALFORMED),
        ("for a machine of scheme 2", set("machine", "02aaaaaabbbbbbcccccc000000000000".into()), in_time, None, MALFORMED),
        ("for a machine in upper case", set("machine", machine.to_uppercase().into()), in_time, Some(machine), MALFORMED),
        ("over when it was issued", set("expires_at", "2026-03-01T09:00:00Z".into()), "2026-03-01T09:00:00Z", None, None),
        ("over before it was issued", set("expires_at", "2026-03-01T08:59:59Z".into()), "2026-03-01T08:00:00Z", None, MALFORMED),
        ("without a time", with(&validation, |validation| drop(validation.as_object_mut().unwrap().remove("expires_at"))), in_time, None, MALFORMED),
        ("without a file", set("file", Value::Null), in_time, None, MALFORMED),
        ("with a file as text", set("file", plain().to_string().into()), in_time, None, MALFORMED),
        ("with a file without licenses", within(&|file| file["licenses"] = json!([])), in_time, None, MALFORMED),
        ("with a file that says something critical and known", within(&|file| file["critical"] = json!(["note"])), in_time, None, None),
        ("with a file that says something critical and unknown", within(&|file| file["critical"] = json!(["later"])), in_time, None, Some("needs-newer")),
        ("with something critical that only its file has", set("critical", json!(["licenses"])), in_time, None, Some("needs-newer")),
        ("with something critical and unknown, whose file has a number among the critical", set("critical", json!(["later"])).replacen("{\"issued_at\"", "{\"critical\":[1],\"issued_at\"", 1), in_time, None, Some("needs-newer")),
        ("with a number among the critical, whose file has something critical and unknown", set("critical", json!([1])).replacen("{\"issued_at\"", "{\"critical\":[\"later\"],\"issued_at\"", 1), in_time, None, MALFORMED),
        ("whose file has a number among the critical", within(&|file| file["critical"] = json!(["note", 1])), in_time, None, MALFORMED),
        ("whose file has null for the critical, and no licenses", within(&|file| { file["critical"] = Value::Null; file["licenses"] = json!(1); }), in_time, None, MALFORMED),
        ("whose file has something critical and unknown, and no time to live", with(&validation, |validation| { validation["file"]["critical"] = json!(["later"]); validation["expires_at"] = json!(1); }), in_time, None, Some("needs-newer")),
        ("with a list for a file, which has nothing critical", set("file", json!(["critical", ["later"]])), in_time, None, MALFORMED),
        ("with something critical and unknown in the licensee, which is an unknown field there", within(&|file| file["licensee"] = json!({ "name": "A", "critical": ["later"] })), in_time, None, None),
        ("stale, and it can't be read", set("machine", 1.into()), late, None, MALFORMED),
    ] {
        let question = json!({ "kind": "validation-file", "file": file("validation-file", payload, &[VENDOR]),
            "trusted_keys": [VENDOR.public()], "now": now, "machine": here });
        vectors.add("files", &format!("a validation file: {name}"), question, json!({ "error": error }));
    }
}
