//! Trust bundles, what their keys may sign, and licenses under them.

use serde_json::{Map, Value, json};

use crate::kit::*;
use crate::license_files::plain;

const THIRD: Pair = Pair::Seed(2);
const NOT_PERMITTED: Option<&str> = Some("not-permitted");
const MALFORMED: Option<&str> = Some("malformed");

pub fn key(pair: Pair, may_sign: Value) -> Value {
    let name = Pair::ALL.into_iter().find(|(_, other)| *other == pair).unwrap().0;
    json!({ "public_key": pair.public(), "name": name, "state": "active", "may_sign": may_sign })
}

fn all() -> Value {
    json!({ "purposes": ["licenses", "license-files", "revocations", "time"] })
}

/// Everything, but licenses only within that limit.
pub fn only(limit: &str, value: Value) -> Value {
    let mut may_sign = all();
    may_sign[limit] = value;
    may_sign
}

fn bundle(keys: Vec<Value>) -> Value {
    json!({ "version": 1, "issued_at": "2026-01-01T00:00:00Z", "keys": keys })
}

fn in_state(pair: Pair, state: &str, allowed: &[String]) -> Value {
    let mut key = key(pair, all());
    key["state"] = state.into();
    if state == "compromised" {
        key["allowed"] = allowed.into();
    }
    key
}

/// What was really sold with the key that is compromised, and once beyond what that key may sign.
fn sold() -> [String; 2] {
    [json!({ "serial": "0000000000000007" }), json!({ "serial": "0000000000000008", "product": 4 })]
        .map(|claims| digest(&SECOND.license(claims)))
}

/// The second key signs answers, within these limits, and no licenses.
fn answers(limits: &[(&str, Value)]) -> Vec<Value> {
    let mut may_sign = json!({ "purposes": ["validation-files", "revocations", "time"] });
    for (limit, value) in limits {
        may_sign[*limit] = value.clone();
    }
    vec![key(VENDOR, all()), key(SECOND, may_sign)]
}

fn answers_compromised() -> Vec<Value> {
    let mut keys = answers(&[]);
    keys[1]["state"] = "compromised".into();
    keys
}

/// Validation files of a key that may sign them and no licenses.
#[rustfmt::skip] // one case, one line
fn validation_files(vectors: &mut Vectors) {
    let set = |field: &str, value: Value| with(&plain(), |file| file[field] = value);
    let trial = VENDOR.license(json!({ "kind": "trial", "valid_through": "2026-01-30" })).to_string();
    let other_signer = with(&plain(), |file| file["licenses"] = json!([SECOND.license(json!({})).to_string()]));
    let party = json!({ "name": "A" });
    let (second, both) = (vec![SECOND], vec![SECOND, VENDOR]);
    for (name, bundle, file, signers, error, counts) in [
        ("licenses alone", "answers", plain().to_string(), &second, None, &second),
        ("a license that its own key has signed: the file opens, and the license is refused by itself", "answers", other_signer, &second, None, &second),
        ("names", "answers", set("names", json!({ "3": { "name": "A" } })), &second, None, &second),
        ("a licensee", "answers", set("licensee", party.clone()), &second, NOT_PERMITTED, &second),
        ("a contact", "answers", set("contacts", json!([{ "role": "a", "name": "A" }])), &second, NOT_PERMITTED, &second),
        ("no contacts, an empty list", "answers", set("contacts", json!([])), &second, None, &second),
        ("metadata", "answers", set("metadata", json!({ "a": 1 })), &second, NOT_PERMITTED, &second),
        ("no metadata, an empty object", "answers", set("metadata", json!({})), &second, None, &second),
        ("a note", "answers", set("note", "a".into()), &second, NOT_PERMITTED, &second),
        ("an empty note", "answers", set("note", "".into()), &second, MALFORMED, &second),
        ("a licensee, of both, of which one may sign license files", "answers", set("licensee", party.clone()), &both, None, &vec![VENDOR]),
        ("licenses alone, of both", "answers", plain().to_string(), &both, None, &both),
        ("a license of another product", "answers for product 4", plain().to_string(), &second, NOT_PERMITTED, &second),
        ("a license of another environment", "answers for staging", plain().to_string(), &second, NOT_PERMITTED, &second),
        ("a license beyond every limit of licenses", "answers beside limits of licenses", plain().to_string(), &second, None, &second),
        ("a paid license, of a key that signs trials", "answers and trials", plain().to_string(), &second, None, &second),
        ("a paid license with a licensee, of a key that signs trials", "answers and trials", set("licensee", party.clone()), &second, NOT_PERMITTED, &second),
        ("a trial with a licensee, of a key that signs trials", "answers and trials", with(&plain(), |file| { file["licenses"] = json!([trial]); file["licensee"] = party.clone(); }), &second, None, &second),
        ("a licensee, of a key that signs licenses and no license files", "answers and licenses", set("licensee", party.clone()), &second, NOT_PERMITTED, &second),
        ("licenses alone", "answers of a compromised key", plain().to_string(), &second, NOT_PERMITTED, &second),
        ("licenses alone, of a key for license files that signs no licenses", "only license files", plain().to_string(), &vec![VENDOR], NOT_PERMITTED, &second),
        ("licenses alone, of a key that signs licenses", "only licenses", plain().to_string(), &vec![VENDOR], NOT_PERMITTED, &second),
        ("licenses alone", "only validation files", plain().to_string(), &vec![VENDOR], None, &vec![VENDOR]),
    ] {
        let payload = format!("{{\"expires_at\":\"2026-03-02T09:00:00Z\",\"file\":{file}}}");
        let question = json!({ "kind": "validation-file", "file": crate::kit::file("validation-file", payload, signers),
            "bundle": bundle, "now": "2026-03-01T10:00:00Z", "machine": null });
        let signed_by: Option<Vec<_>> = error.is_none().then(|| counts.iter().map(|pair| pair.id()).collect());
        let name = format!("under the bundle {bundle:?}: a validation file with {name}");
        vectors.add("files", &name, question, json!({ "error": error, "signed_by": signed_by }));
    }
    for (kind, payload) in [("license-file", plain().to_string()), ("trust-bundle", bundle(answers(&[])).to_string())] {
        let mut question = json!({ "kind": kind, "file": file(kind, payload, &second) });
        if kind != "trust-bundle" {
            question["bundle"] = "answers".into();
        }
        let error = if kind == "trust-bundle" { "untrusted-bundle" } else { "not-permitted" };
        vectors.add("files", &format!("under the bundle \"answers\": a {kind} of the key for answers"), question, json!({ "error": error }));
    }
}

/// Files of a key that is compromised: a license file with one of its allowed licenses is opened with its licenses alone.
#[rustfmt::skip] // one case, one line
fn of_a_compromised_key(vectors: &mut Vectors) {
    let license = |pair: Pair, serial: &str| pair.license(json!({ "serial": serial })).to_string();
    let (allowed, other) = (license(SECOND, "0000000000000007"), license(SECOND, "0000000000000009"));
    // The serial alone allows nothing.
    let twin = license(VENDOR, "0000000000000007");
    let bare = |licenses: &[&String]| with(&plain(), |file| file["licenses"] = json!(licenses));
    let full = |licenses: &[&String]| with(&plain(), |file| {
        let thief = json!({ "name": "A Thief" });
        (file["licenses"], file["licensee"], file["note"]) = (json!(licenses), thief, "Your bank account changed".into());
        file["contacts"] = json!([{ "role": "support", "name": "A Thief" }]);
        (file["metadata"], file["names"]) = (json!({ "call": "us" }), json!({ "3": { "name": "A" } }));
    });
    let validation = |file: &str| format!("{{\"expires_at\":\"2026-03-02T09:00:00Z\",\"file\":{file}}}");
    let says = |file: String| Some(serde_json::from_str::<Value>(&file).unwrap());
    let (second, both) = (vec![SECOND], vec![SECOND, VENDOR]);
    let (of_both, allowed_alone) = ([&allowed, &other], [&allowed]);
    for (name, bundle, kind, payload, signers, says) in [
        ("with an allowed license alone", "compromised", "license-file", bare(&allowed_alone), &second, says(bare(&allowed_alone))),
        ("with an allowed license and texts, which are left out", "compromised", "license-file", full(&allowed_alone), &second, says(bare(&allowed_alone))),
        ("with an allowed license and another", "compromised", "license-file", full(&of_both), &second, says(bare(&of_both))),
        ("with an allowed license and texts, of a good key too", "compromised", "license-file", full(&allowed_alone), &both, says(full(&allowed_alone))),
        ("with another license", "compromised", "license-file", full(&[&other]), &second, None),
        ("with a license of a good key that has the serial of an allowed one", "compromised", "license-file", full(&[&twin]), &second, None),
        ("with an allowed license, of a key that is not for license files", "compromised for licenses", "license-file", bare(&allowed_alone), &second, None),
        ("that can't be read", "compromised", "license-file", "{".to_owned(), &second, None),
        ("with an allowed license", "compromised", "validation-file", validation(&bare(&allowed_alone)), &second, None),
        ("with an allowed license, of a good key too", "compromised", "validation-file", validation(&bare(&allowed_alone)), &both, says(validation(&bare(&allowed_alone)))),
    ] {
        let mut question = json!({ "kind": kind, "file": file(kind, payload, signers), "bundle": bundle });
        if kind == "validation-file" {
            (question["now"], question["machine"]) = ("2026-03-01T10:00:00Z".into(), Value::Null);
        }
        let error = says.is_none().then_some("not-permitted");
        let counts = says.is_some().then(|| json!([if signers.len() > 1 { VENDOR } else { SECOND }.id()]));
        let name = format!("under the bundle {bundle:?}: a {kind} of the compromised key {name}");
        vectors.add("files", &name, question, json!({ "error": error, "signed_by": counts, "says": says }));
    }
}

/// Bundles that the cases name.
pub fn named() -> Value {
    let compromised = {
        let mut key = in_state(SECOND, "compromised", &sold());
        key["may_sign"] = only("products", json!([3]));
        key
    };
    let single = |limit: &str, value: Value| vec![key(VENDOR, only(limit, value))];
    let purpose = |purpose: &str| vec![key(VENDOR, json!({ "purposes": [purpose] }))];
    let bundles = [
        ("plain", vec![key(VENDOR, all()), key(SECOND, all())]),
        ("compromised", vec![key(VENDOR, all()), compromised]),
        ("compromised for licenses", {
            let mut key_of = in_state(SECOND, "compromised", &sold());
            key_of["may_sign"] = json!({ "purposes": ["licenses"] });
            vec![key(VENDOR, all()), key_of]
        }),
        ("all compromised", vec![in_state(VENDOR, "compromised", &[])]),
        ("retired", vec![in_state(VENDOR, "retired", &[])]),
        ("only licenses", purpose("licenses")),
        ("only license files", purpose("license-files")),
        ("only validation files", purpose("validation-files")),
        ("only revocations", purpose("revocations")),
        ("only time", purpose("time")),
        ("only what a later version knows", purpose("audits")),
        ("trials", vec![key(VENDOR, all()), key(SECOND, only("kinds", json!(["trial"])))]),
        ("products 3 and 4", single("products", json!([4, 3]))),
        ("product 4", single("products", json!([4]))),
        ("staging", single("environments", json!(["staging"]))),
        ("365 days", single("longest_term_days", json!(365))),
        ("30 days", single("longest_term_days", json!(30))),
        ("25 seats", single("most_seats", json!(25))),
        ("from 2026-01-02", single("begins_from", json!("2026-01-02"))),
        ("from 2026-01-01", single("begins_from", json!("2026-01-01"))),
        ("through 2026-12-30", single("ends_through", json!("2026-12-30"))),
        ("through 2026-12-31", single("ends_through", json!("2026-12-31"))),
        ("answers", answers(&[])),
        ("answers for product 4", answers(&[("products", json!([4]))])),
        ("answers for staging", answers(&[("environments", json!(["staging"]))])),
        (
            "answers beside limits of licenses",
            answers(&[
                ("kinds", json!(["trial"])),
                ("longest_term_days", json!(30)),
                ("most_seats", json!(1)),
                ("begins_from", json!("2026-01-02")),
                ("ends_through", json!("2026-12-30")),
            ]),
        ),
        (
            "answers and trials",
            vec![
                key(VENDOR, all()),
                key(
                    SECOND,
                    json!({
            "purposes": ["licenses", "license-files", "validation-files"], "kinds": ["trial"] }),
                ),
            ],
        ),
        (
            "answers and licenses",
            vec![key(VENDOR, all()), key(SECOND, json!({ "purposes": ["licenses", "validation-files"] }))],
        ),
        ("answers of a compromised key", answers_compromised()),
    ];
    let files = bundles
        .into_iter()
        .chain(crate::products::bundles())
        .map(|(name, keys)| (name.to_owned(), file("trust-bundle", bundle(keys).to_string(), &[ROOTS[0], ROOTS[2]])));
    Value::Object(files.collect::<Map<_, _>>())
}

pub fn add(vectors: &mut Vectors) {
    forms(vectors);
    minus_zero(vectors);
    files(vectors);
    licenses(vectors);
    validation_files(vectors);
    of_a_compromised_key(vectors);
}

#[rustfmt::skip] // one case, one line
fn forms(vectors: &mut Vectors) {
    let [one, two, three] = ROOTS;
    let full = {
        let mut limited = only("products", json!([3, 4]));
        for (limit, value) in [("environments", json!(["production", "staging"])), ("kinds", json!(["trial", "standard"])),
            ("longest_term_days", json!(400)), ("most_seats", json!(100)), ("begins_from", json!("2026-01-01")), ("ends_through", json!("2027-12-31"))] {
            limited[limit] = value;
        }
        let mut bundle = bundle(vec![key(VENDOR, limited), in_state(SECOND, "compromised", &sold()), in_state(THIRD, "retired", &[])]);
        bundle["names"] = json!({ "3": { "name": "Acme Studio" } });
        bundle
    };
    let signed = |payload: String| file("trust-bundle", payload, &[one, two]);
    let set = |place: &str, value: Value| signed(with(&full, |bundle| {
        let (parent, name) = place.rsplit_once('/').unwrap();
        bundle.pointer_mut(parent).unwrap()[name] = value;
    }));
    let limit = |name: &str, value: Value| set(&format!("/keys/0/may_sign/{name}"), value);
    let untrusted = Some("untrusted-bundle");
    let newer = Some("needs-newer");
    let mut forged = envelope("trust-bundle", full.to_string(), &[one, two]);
    forged["signatures"].as_array_mut().unwrap().push(json_signature(three, &[1; 64]));
    let (low, high) = ("00".repeat(16), "ff".repeat(16));
    let limits_and_state = with(&full, |bundle| {
        bundle["keys"][0]["may_sign"]["editions"] = json!([2]);
        bundle["keys"][1]["state"] = json!("suspended");
    });
    let limits_and_later_key = with(&full, |bundle| {
        bundle["keys"][0]["may_sign"]["editions"] = json!([2]);
        bundle["keys"][1]["public_key"] = json!("00".repeat(32));
    });
    let later_limits_and_key = with(&full, |bundle| {
        bundle["keys"][0]["public_key"] = json!("00".repeat(32));
        bundle["keys"][1]["may_sign"]["editions"] = json!([2]);
    });
    // A limit of a later version for the first key, and another fault.
    let and_limit = |change: &dyn Fn(&mut Value)| signed(with(&full, |bundle| {
        bundle["keys"][0]["may_sign"]["editions"] = json!([2]);
        change(bundle);
    }));
    let without = |value: &mut Value, field: &str| drop(value.as_object_mut().unwrap().remove(field));
    let limits_and_version = with(&full, |bundle| {
        bundle["keys"][0]["may_sign"]["editions"] = json!([2]);
        bundle["version"] = json!(0);
    });
    for (name, file, error) in [
        ("signed by two of three roots", signed(full.to_string()), None),
        ("signed by all three", file("trust-bundle", full.to_string(), &[three, two, one]), None),
        ("signed by one", file("trust-bundle", full.to_string(), &[one]), untrusted),
        ("signed by one twice", file("trust-bundle", full.to_string(), &[one, one]), untrusted),
        ("signed by one and by its own keys", file("trust-bundle", full.to_string(), &[one, VENDOR, SECOND]), untrusted),
        ("signed by nobody", file("trust-bundle", full.to_string(), &[]), untrusted),
        ("signed by roots that it brings itself", file("trust-bundle", with(&full, |bundle| bundle["roots"] = json!([STRANGER.public()])), &[STRANGER]), untrusted),
        ("signed by two, and a bad signature of the third", forged.to_string().into(), Some("bad-signature")),
        ("signed by one, and it can't be read", file("trust-bundle", "[]", &[one]), untrusted),
        ("no keys", set("/keys", json!([])), None),
        ("roots of its own, which are an unknown field", set("/roots", json!([STRANGER.public()])), None),
        ("something critical and unknown", set("/critical", json!(["roots"])), newer),
        ("version 0", set("/version", json!(0)), MALFORMED),
        ("version 1.0", set("/version", json!(1.0)), MALFORMED),
        ("a version as text", set("/version", json!("1")), MALFORMED),
        ("a key twice", set("/keys/2/public_key", json!(VENDOR.public())), MALFORMED),
        ("a key that is no point", set("/keys/0/public_key", json!(format!("02{}", "00".repeat(31)))), MALFORMED),
        ("a key of small order", set("/keys/0/public_key", json!("00".repeat(32))), MALFORMED),
        ("a key as a list", set("/keys", json!([[VENDOR.public(), "vendor", "active", [], all()]])), MALFORMED),
        ("a key without a name", set("/keys/0/name", Value::Null), MALFORMED),
        ("a key whose name turns text around", set("/keys/0/name", json!("a\u{202e}b")), MALFORMED),
        ("an unknown field of a key", set("/keys/0/owner", json!("desk")), None),
        ("a state of a later version", set("/keys/0/state", json!("suspended")), MALFORMED),
        ("a state as an object", set("/keys/0/state", json!({ "active": null })), MALFORMED),
        ("a key that may sign nothing said", set("/keys/0/may_sign", Value::Null), MALFORMED),
        ("licenses allowed of an active key", set("/keys/0/allowed", json!([low])), MALFORMED),
        ("no licenses allowed of an active key, which says nothing", set("/keys/0/allowed", json!([])), None),
        ("licenses allowed in any order, one of them twice", set("/keys/1/allowed", json!([high, low, high])), None),
        ("a license allowed by 15 bytes", set("/keys/1/allowed", json!(["00".repeat(15)])), MALFORMED),
        ("a license allowed in upper case", set("/keys/1/allowed", json!(["FF".repeat(16)])), MALFORMED),
        ("no purposes", limit("purposes", json!([])), None),
        ("purposes of a later version, one twice, in another order", limit("purposes", json!(["time", "audits", "licenses", "time"])), None),
        ("a purpose that is a number", limit("purposes", json!(["time", 1])), MALFORMED),
        ("purposes not said", limit("purposes", Value::Null), MALFORMED),
        ("a limit that is null", limit("products", Value::Null), None),
        ("a limit of a later version", limit("editions", json!([2])), newer),
        ("a limit of a later version that is null", limit("editions", Value::Null), newer),
        ("something critical among the limits, which is an unknown limit", limit("critical", json!([])), newer),
        ("a limit of a later version, and a state of one", signed(limits_and_state), MALFORMED),
        ("a limit of a later version, and after it a key that can't be trusted", signed(limits_and_later_key), newer),
        ("a key that can't be trusted, and after it a limit of a later version", signed(later_limits_and_key), MALFORMED),
        ("a limit of a later version, and version 0", signed(limits_and_version), newer),
        ("a limit of a later version, and no time", and_limit(&|bundle| without(bundle, "issued_at")), MALFORMED),
        ("a limit of a later version, and no version", and_limit(&|bundle| without(bundle, "version")), MALFORMED),
        ("a limit of a later version, and version 4294967296", and_limit(&|bundle| bundle["version"] = json!(4_294_967_296_u64)), MALFORMED),
        ("a limit of a later version, and version -1", and_limit(&|bundle| bundle["version"] = json!(-1)), MALFORMED),
        ("a limit of a later version, and after it a key without a name", and_limit(&|bundle| without(&mut bundle["keys"][1], "name")), MALFORMED),
        ("a limit of a later version, and after it a key without limits", and_limit(&|bundle| without(&mut bundle["keys"][2], "may_sign")), MALFORMED),
        ("a limit of a later version, and no purposes", and_limit(&|bundle| without(&mut bundle["keys"][0]["may_sign"], "purposes")), MALFORMED),
        ("a limit of a later version, and 0 seats", and_limit(&|bundle| bundle["keys"][0]["may_sign"]["most_seats"] = json!(0)), MALFORMED),
        ("a limit of a later version, and 4294967296 seats", and_limit(&|bundle| bundle["keys"][0]["may_sign"]["most_seats"] = json!(4_294_967_296_u64)), MALFORMED),
        ("a limit of a later version, and product 4294967296", and_limit(&|bundle| bundle["keys"][0]["may_sign"]["products"] = json!([4_294_967_296_u64])), MALFORMED),
        ("a limit of a later version, and a window from 2019-12-31", and_limit(&|bundle| bundle["keys"][0]["may_sign"]["begins_from"] = json!("2019-12-31")), MALFORMED),
        ("a limit of a later version, and names of product 4294967296", and_limit(&|bundle| bundle["names"] = json!({ "4294967296": { "name": "A" } })), MALFORMED),
        ("a limit of a later version, and names of a product without a name", and_limit(&|bundle| bundle["names"] = json!({ "3": {} })), MALFORMED),
        ("a limit of a later version, and an empty name of a product", and_limit(&|bundle| bundle["names"] = json!({ "3": { "name": "" } })), newer),
        ("a limit of a later version, and a key without text for a name", and_limit(&|bundle| bundle["keys"][0]["name"] = json!("")), newer),
        ("a limit of a later version, and no product at all", and_limit(&|bundle| bundle["keys"][0]["may_sign"]["products"] = json!([])), newer),
        ("a limit of a later version, and a window that ends before it begins", and_limit(&|bundle| bundle["keys"][0]["may_sign"]["begins_from"] = json!("2028-01-01")), newer),
        ("a limit of a later version, and a key twice", and_limit(&|bundle| bundle["keys"][2]["public_key"] = json!(VENDOR.public())), newer),
        ("a limit of a later version, and before it a key that is active and has licenses allowed", signed(with(&full, |bundle| {
            bundle["keys"][0]["allowed"] = json!([low]);
            bundle["keys"][1]["may_sign"]["editions"] = json!([2]);
        })), MALFORMED),
        ("no product at all", limit("products", json!([])), MALFORMED),
        ("no environment at all", limit("environments", json!([])), MALFORMED),
        ("no kind at all", limit("kinds", json!([])), MALFORMED),
        ("product -1", limit("products", json!([-1])), MALFORMED),
        ("product 4294967296", limit("products", json!([4_294_967_296_u64])), MALFORMED),
        ("an environment of a later version", limit("environments", json!(["production", "test"])), MALFORMED),
        ("a kind as an object", limit("kinds", json!([{ "trial": null }])), MALFORMED),
        ("a term of 0 days", limit("longest_term_days", json!(0)), MALFORMED),
        ("0 seats", limit("most_seats", json!(0)), MALFORMED),
        ("a window of one day", limit("begins_from", json!("2027-12-31")), None),
        ("a window that ends before it begins", limit("begins_from", json!("2028-01-01")), MALFORMED),
        ("a window from 2019-12-31", limit("begins_from", json!("2019-12-31")), MALFORMED),
        ("a window through 9998-12-31", limit("ends_through", json!("9998-12-31")), None),
        ("a window through 9999-01-01", limit("ends_through", json!("9999-01-01")), MALFORMED),
        ("a window from a day that there is not", limit("begins_from", json!("2026-02-29")), MALFORMED),
        ("a window from a time", limit("begins_from", json!("2026-02-28T00:00:00Z")), MALFORMED),
    ] {
        vectors.add("files", &format!("a trust bundle: {name}"), json!({ "kind": "trust-bundle", "file": file }), json!({ "error": error }));
    }
}

/// What `serde_json` would not write.
fn minus_zero(vectors: &mut Vectors) {
    let limited = bundle(vec![key(VENDOR, only("products", json!([3])))]).to_string();
    let file = file("trust-bundle", limited.replace("\"products\":[3]", "\"products\":[-0]"), &ROOTS);
    let question = json!({ "kind": "trust-bundle", "file": file });
    vectors.add("files", "a trust bundle: product -0", question, json!({ "error": MALFORMED }));
}

/// Files that the keys of a bundle have signed.
fn files(vectors: &mut Vectors) {
    let time = json!({ "issued_at": "2026-03-01T09:00:00Z", "purpose": "evidence" }).to_string();
    let list = list(1, &[]);
    let trial = json!({ "kind": "trial", "valid_through": "2026-01-30" });
    let of = |signers: &[(Pair, &Value)]| {
        let licenses: Vec<_> =
            signers.iter().map(|(pair, claims)| pair.license((*claims).clone()).to_string()).collect();
        with(&plain(), |file| file["licenses"] = licenses.into())
    };
    let paid = json!({});
    for (bundle, kind, payload, signers, error, counts) in [
        ("plain", "license-file", plain().to_string(), vec![VENDOR], None, vec![VENDOR]),
        ("plain", "license-file", plain().to_string(), vec![STRANGER], Some("unknown-key"), vec![]),
        ("plain", "license-file", plain().to_string(), vec![ROOTS[0], ROOTS[1]], Some("unknown-key"), vec![]),
        ("plain", "time-statement", time.clone(), vec![SECOND, VENDOR], None, vec![SECOND, VENDOR]),
        ("retired", "time-statement", time.clone(), vec![VENDOR], None, vec![VENDOR]),
        ("compromised", "time-statement", time.clone(), vec![SECOND], NOT_PERMITTED, vec![]),
        ("compromised", "time-statement", time.clone(), vec![SECOND, VENDOR], None, vec![VENDOR]),
        ("compromised", "license-file", plain().to_string(), vec![SECOND], NOT_PERMITTED, vec![]),
        ("compromised", "time-statement", "{".to_owned(), vec![SECOND], NOT_PERMITTED, vec![]),
        ("compromised", "time-statement", "{".to_owned(), vec![VENDOR], MALFORMED, vec![]),
        ("only licenses", "license-file", plain().to_string(), vec![VENDOR], NOT_PERMITTED, vec![]),
        ("only licenses", "time-statement", time.clone(), vec![VENDOR], NOT_PERMITTED, vec![]),
        ("only license files", "license-file", plain().to_string(), vec![VENDOR], NOT_PERMITTED, vec![]),
        ("only time", "time-statement", time.clone(), vec![VENDOR], None, vec![VENDOR]),
        ("only time", "license-file", plain().to_string(), vec![VENDOR], NOT_PERMITTED, vec![]),
        ("only revocations", "time-statement", time, vec![VENDOR], NOT_PERMITTED, vec![]),
        ("trials", "license-file", of(&[(SECOND, &trial)]), vec![SECOND], None, vec![SECOND]),
        ("trials", "license-file", of(&[(VENDOR, &trial)]), vec![SECOND], None, vec![SECOND]),
        ("trials", "license-file", of(&[(SECOND, &trial), (VENDOR, &paid)]), vec![SECOND], NOT_PERMITTED, vec![]),
        ("trials", "license-file", of(&[(VENDOR, &paid)]), vec![SECOND, VENDOR], None, vec![VENDOR]),
    ] {
        let names: Vec<_> =
            signers.iter().map(|pair| Pair::ALL.iter().find(|(_, other)| other == pair).unwrap().0).collect();
        let index = vectors.0["files"].as_array().unwrap().len();
        let name = format!("under the bundle {bundle:?}: a {kind} of {} ({index})", names.join(" and "));
        let question = json!({ "kind": kind, "file": file(kind, payload, &signers), "bundle": bundle });
        let signed_by: Option<Vec<_>> = error.is_none().then(|| counts.into_iter().map(Pair::id).collect());
        vectors.add("files", &name, question, json!({ "error": error, "signed_by": signed_by }));
    }
    for (bundle, error) in [("plain", None), ("only revocations", None), ("only time", NOT_PERMITTED)] {
        let file = file("revocation-list", &list, &[VENDOR]);
        let question = json!({ "kind": "revocation-list", "file": file, "bundle": bundle, "asked": [] });
        let name = format!("under the bundle {bundle:?}: a revocation list");
        vectors.add("files", &name, question, json!({ "error": error }));
    }
}

#[rustfmt::skip] // one case, one line
fn licenses(vectors: &mut Vectors) {
    let year = json!({});
    let perpetual = json!({ "valid_through": null });
    let trial = json!({ "kind": "trial", "valid_through": "2026-01-30" });
    let unlimited = json!({ "seats": null });
    for (bundle, signer, claims, error) in [
        ("plain", VENDOR, &year, None),
        ("plain", SECOND, &year, None),
        ("plain", STRANGER, &year, Some("unknown-key")),
        ("retired", VENDOR, &year, None),
        ("all compromised", VENDOR, &year, NOT_PERMITTED),
        ("compromised", SECOND, &json!({ "serial": "0000000000000007" }), None),
        ("compromised", SECOND, &json!({ "serial": "0000000000000007", "seats": 26 }), NOT_PERMITTED),
        ("compromised", SECOND, &json!({ "product": 5 }), Some("wrong-product")),
        ("only licenses", VENDOR, &year, None),
        ("only license files", VENDOR, &year, NOT_PERMITTED),
        ("only what a later version knows", VENDOR, &year, NOT_PERMITTED),
        ("answers", SECOND, &year, NOT_PERMITTED),
        ("only validation files", VENDOR, &year, NOT_PERMITTED),
        ("trials", SECOND, &trial, None),
        ("trials", SECOND, &year, NOT_PERMITTED),
        ("products 3 and 4", VENDOR, &year, None),
        ("product 4", VENDOR, &year, NOT_PERMITTED),
        ("staging", VENDOR, &year, NOT_PERMITTED),
        ("365 days", VENDOR, &year, None),
        ("365 days", VENDOR, &json!({ "valid_through": "2027-01-01" }), NOT_PERMITTED),
        ("365 days", VENDOR, &perpetual, NOT_PERMITTED),
        ("365 days", VENDOR, &json!({ "grace_days": 14 }), None),
        ("365 days", VENDOR, &json!({ "grace_days": 15 }), NOT_PERMITTED),
        ("365 days", VENDOR, &json!({ "grace_days": 0 }), None),
        ("30 days", VENDOR, &json!({ "valid_through": "2026-01-30", "grace_days": 7 }), None),
        ("30 days", VENDOR, &json!({ "valid_through": "2026-01-30", "grace_days": 8 }), NOT_PERMITTED),
        ("plain", VENDOR, &json!({ "grace_days": 90 }), None),
        ("25 seats", VENDOR, &year, None),
        ("25 seats", VENDOR, &json!({ "seats": 26 }), NOT_PERMITTED),
        ("25 seats", VENDOR, &unlimited, NOT_PERMITTED),
        ("from 2026-01-01", VENDOR, &year, None),
        ("from 2026-01-02", VENDOR, &year, NOT_PERMITTED),
        ("through 2026-12-31", VENDOR, &year, None),
        ("through 2026-12-30", VENDOR, &year, NOT_PERMITTED),
        ("through 2026-12-31", VENDOR, &perpetual, NOT_PERMITTED),
    ] {
        let signer_name = Pair::ALL.iter().find(|(_, other)| *other == signer).unwrap().0;
        let name = format!("under the bundle {bundle:?}: a license of {signer_name}, {claims}");
        let question = json!({ "bundle": bundle, "product": 3, "text": signer.license(claims.clone()).to_string() });
        vectors.add("licenses", &name, question, json!({ "error": error }));
    }
    // Listed as sold, and yet for a product that the key was never trusted for.
    let other_product = SECOND.license(json!({ "serial": "0000000000000008", "product": 4 })).to_string();
    let question = json!({ "bundle": "compromised", "product": 4, "text": other_product });
    vectors.add("licenses", "a license that is allowed, beyond the limits of its key", question, json!({ "error": NOT_PERMITTED }));
}
