//! A product with several files: the time for which each is evidence, and the first refusal.

use keyward_verifier::{LicenseDigest, LicenseKey};
use serde_json::{Value, json};

use crate::bundles::{key, only};
use crate::kit::*;
use crate::license_files::plain;

const ISSUED: &str = "2026-03-01T09:00:00Z";
const TRUSTED: [Pair; 2] = [VENDOR, SECOND];

pub fn add(vectors: &mut Vectors) {
    evidence(vectors);
    refusals(vectors);
    activations(vectors);
}

fn trial() -> Value {
    let license = VENDOR.license(json!({ "kind": "trial", "valid_through": "2026-01-30" }));
    json!({ "issued_at": ISSUED, "licenses": [license.to_string()] })
}

fn validation(file: &Value) -> String {
    json!({ "expires_at": "2026-03-02T09:00:00Z", "file": file }).to_string()
}

/// Bundles in which one key may sign statements of the time, and the vendor's key may not.
pub fn bundles() -> [(&'static str, Vec<Value>); 2] {
    let silent = || json!({ "purposes": ["licenses", "license-files", "revocations"] });
    let mut compromised = key(SECOND, only("kinds", json!(["trial"])));
    compromised["state"] = "compromised".into();
    [
        ("time by the second, for trials", vec![key(VENDOR, silent()), key(SECOND, only("kinds", json!(["trial"])))]),
        ("time by the compromised second", vec![key(VENDOR, silent()), compromised]),
    ]
}

/// The time of a file is evidence by the signers that remain after section 4.
#[rustfmt::skip] // one case, one line
fn evidence(vectors: &mut Vectors) {
    let statement = |purpose: &str, at: &str| json!({ "issued_at": at, "purpose": purpose, "state": "a5a5a5a5a5a5a5a5" }).to_string();
    let (trial, paid) = (trial(), plain());
    let allowed = SECOND.license(json!({ "serial": "0000000000000007" })).to_string();
    let allowed = json!({ "issued_at": ISSUED, "licenses": [allowed] }).to_string();
    let (second, compromised) = (Some("time by the second, for trials"), Some("time by the compromised second"));
    for (name, bundle, kind, payload, signers, at) in [
        ("a license file, plain keys", None, "license-file", paid.to_string(), vec![VENDOR], Some(ISSUED)),
        ("a validation file, plain keys: the issue of its file", None, "validation-file", validation(&paid), vec![VENDOR], Some(ISSUED)),
        ("a list, plain keys", None, "revocation-list", String::new(), vec![VENDOR], Some("2026-03-01T00:00:00Z")),
        ("evidence, plain keys", None, "time-statement", statement("evidence", ISSUED), vec![VENDOR], Some(ISSUED)),
        ("a recovery, plain keys", None, "time-statement", statement("recovery", ISSUED), vec![VENDOR], Some(ISSUED)),
        ("a recovery of the year 9999, plain keys", None, "time-statement", statement("recovery", "9999-12-31T23:59:59Z"), vec![VENDOR], Some("9999-12-31T23:59:59Z")),
        ("a bundle", None, "trust-bundle", json!({ "version": 9, "issued_at": ISSUED, "keys": [] }).to_string(), ROOTS.to_vec(), Some(ISSUED)),
        ("a recovery", second, "time-statement", statement("recovery", ISSUED), vec![SECOND], Some(ISSUED)),
        ("a statement that a key for other purposes has signed as well", second, "time-statement", statement("evidence", ISSUED), vec![VENDOR, SECOND], Some(ISSUED)),
        ("a license file of a key without that purpose", second, "license-file", trial.to_string(), vec![VENDOR], None),
        ("a license file of a key with that purpose", second, "license-file", trial.to_string(), vec![SECOND], Some(ISSUED)),
        ("a license file of both", second, "license-file", trial.to_string(), vec![VENDOR, SECOND], Some(ISSUED)),
        ("a license file of both, of which the key with that purpose is dropped for a license", second, "license-file", paid.to_string(), vec![VENDOR, SECOND], None),
        ("a license file of both, of which the key with that purpose is dropped as compromised", compromised, "license-file", trial.to_string(), vec![VENDOR, SECOND], None),
        ("a license file of a compromised key, opened with its licenses alone", Some("compromised"), "license-file", allowed.clone(), vec![SECOND], None),
        ("a validation file of a key without that purpose", second, "validation-file", validation(&trial), vec![VENDOR], None),
        ("a validation file of both", second, "validation-file", validation(&trial), vec![SECOND, VENDOR], Some(ISSUED)),
        ("a validation file of both, of which the key with that purpose is dropped for a license", second, "validation-file", validation(&paid), vec![SECOND, VENDOR], None),
        ("a list of a key without that purpose", second, "revocation-list", String::new(), vec![VENDOR], None),
        ("a list of both", second, "revocation-list", String::new(), vec![VENDOR, SECOND], Some("2026-03-01T00:00:00Z")),
        ("a list of both, of which the key with that purpose is dropped as compromised", compromised, "revocation-list", String::new(), vec![VENDOR, SECOND], None),
        ("a list of a retired key", Some("retired"), "revocation-list", String::new(), vec![VENDOR], Some("2026-03-01T00:00:00Z")),
    ] {
        let payload = if kind == "revocation-list" { list(1, &[]) } else { payload.into_bytes() };
        let mut question = json!({ "kind": kind, "file": file(kind, payload, &signers) });
        match bundle {
            Some(bundle) => question["bundle"] = bundle.into(),
            None => question["trusted_keys"] = TRUSTED.map(Pair::public).to_vec().into(),
        }
        vectors.add("evidence", &format!("the time of {name}"), question, json!({ "evidence": at }));
    }
}

/// A validation file that is stale or foreign decides first; a list that is too old decides if nothing else has refused the
/// license.
#[rustfmt::skip] // one case, one line
fn refusals(vectors: &mut Vectors) {
    let license = VENDOR.license(json!({}));
    let digest = LicenseDigest::of(&license).to_bytes();
    let (machine, other) = ("01aaaaaabbbbbbcccccc000000000000", "01aaaaaa000000111111222222333333");
    let validation = |licenses: &Value, bound: Option<&str>| {
        let mut payload = json!({ "expires_at": "2026-03-02T09:00:00Z", "file": { "issued_at": ISSUED, "licenses": licenses } });
        if let Some(machine) = bound {
            payload["machine"] = machine.into();
        }
        file("validation-file", payload.to_string(), &[VENDOR])
    };
    let good = json!([license.to_string()]);
    let (any, bound) = (validation(&good, None), validation(&good, Some(machine)));
    let signed = |status: u8| file("revocation-list", list(14, &[(status, &[digest])]), &[VENDOR]);
    let (empty, revoked, held) = (file("revocation-list", list(14, &[]), &[VENDOR]), signed(1), signed(64));
    // The list was issued on 2026-03-01 at 0:00.
    let (in_time, late, ahead) = ("2026-03-02T09:00:00Z", "2026-03-02T09:00:01Z", "2026-02-28T08:59:59Z");
    let (day, month) = (86_400, 31 * 86_400);
    let text = |text: String| json!({ "text": text });
    let file_of = |validation: &Value| json!({ "validation": validation });
    let stranger = validation(&json!([STRANGER.license(json!({})).to_string()]), None);
    let elsewhere = VENDOR.license(json!({ "product": 4 })).to_string();
    let ended = VENDOR.license(json!({ "valid_from": "2025-01-01", "valid_through": "2025-12-31" })).to_string();
    let none = Value::Null;
    for (name, asked, product, now, here, list, most, error) in [
        ("a validation file in time", file_of(&any), 3, in_time, None, &none, None, None),
        ("a stale validation file, whose license is good", file_of(&any), 3, late, None, &none, None, Some("stale-file")),
        ("a stale validation file, whose license is revoked", file_of(&any), 3, late, None, &revoked, None, Some("stale-file")),
        ("a stale validation file, whose license is of another signer", file_of(&stranger), 3, late, None, &none, None, Some("stale-file")),
        ("a stale validation file, and a list that is too old", file_of(&any), 3, late, None, &empty, Some(1), Some("stale-file")),
        ("a validation file from ahead, whose license is good", file_of(&any), 3, ahead, None, &none, None, Some("stale-file")),
        ("a foreign validation file, whose license is good", file_of(&bound), 3, in_time, Some(other), &none, None, Some("wrong-machine")),
        ("a foreign validation file, whose license is revoked", file_of(&bound), 3, in_time, None, &revoked, None, Some("wrong-machine")),
        ("a validation file in time, whose license is revoked", file_of(&any), 3, in_time, None, &revoked, None, Some("revoked")),
        ("a validation file in time, whose license is of another signer", file_of(&stranger), 3, in_time, None, &none, None, Some("unknown-key")),
        ("a validation file in time, and a list that is too old", file_of(&bound), 3, in_time, Some(machine), &empty, Some(day), Some("stale-list")),
        ("a list as old as may be", text(license.to_string()), 3, "2026-04-01T00:00:00Z", None, &empty, Some(month), None),
        ("a list that is a second too old", text(license.to_string()), 3, "2026-04-01T00:00:01Z", None, &empty, Some(month), Some("stale-list")),
        ("a list from a day ahead", text(license.to_string()), 3, "2026-02-28T00:00:00Z", None, &empty, Some(0), None),
        ("a list from more than a day ahead", text(license.to_string()), 3, "2026-02-27T23:59:59Z", None, &empty, Some(month), Some("stale-list")),
        ("a list from more than a day ahead that revokes the license", text(license.to_string()), 3, "2026-01-01T00:00:00Z", None, &revoked, Some(month), Some("revoked")),
        ("a list from more than a day ahead that holds the license", text(license.to_string()), 3, "2026-01-01T00:00:00Z", None, &held, Some(month), Some("on-hold")),
        ("a list from more than a day ahead, where no age is asked for", text(license.to_string()), 3, "2026-01-01T00:00:00Z", None, &empty, None, None),
        ("a list that is too old, where no age is asked for", text(license.to_string()), 3, "2027-04-01T00:00:00Z", None, &empty, None, None),
        ("a list that is too old and revokes the license", text(license.to_string()), 3, "2026-12-01T00:00:00Z", None, &revoked, Some(month), Some("revoked")),
        ("a list that is too old and holds the license", text(license.to_string()), 3, "2026-12-01T00:00:00Z", None, &held, Some(month), Some("on-hold")),
        ("a list that is too old, and a license for another product", text(elsewhere), 3, "2026-12-01T00:00:00Z", None, &empty, Some(month), Some("wrong-product")),
        ("a list that is too old, and no license key", text("K7PM4".to_owned()), 3, "2026-12-01T00:00:00Z", None, &empty, Some(month), Some("malformed")),
        ("a list that is too old, and a license that has ended", text(ended), 3, "2026-12-01T00:00:00Z", None, &empty, Some(month), Some("stale-list")),
    ] {
        let mut question = json!({ "trusted_keys": [VENDOR.public()], "product": product, "now": now, "machine": here,
            "list": list, "most_seconds": most });
        question.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
        vectors.add("products", name, question, json!({ "error": error }));
    }
}

/// A product that requires an activation: the license is locked to this machine, or one of the product's validation files shows
/// it.
#[rustfmt::skip] // one case, one line
fn activations(vectors: &mut Vectors) {
    let (machine, other) = ("01aaaaaabbbbbbcccccc000000000000", "01aaaaaa000000111111222222333333");
    let (license, twin) = (VENDOR.license(json!({})), VENDOR.license(json!({ "serial": "1112131415161718" })));
    let locked = VENDOR.license(json!({ "fingerprint": machine }));
    let validation = |license: &LicenseKey, bound: Option<&str>, signer: Pair| {
        let mut payload = json!({ "expires_at": "2026-03-02T09:00:00Z", "file": { "issued_at": ISSUED, "licenses": [license.to_string()] } });
        if let Some(machine) = bound {
            payload["machine"] = machine.into();
        }
        file("validation-file", payload.to_string(), &[signer])
    };
    let here = validation(&license, Some(machine), SECOND);
    let (there, anywhere) = (validation(&license, Some(other), SECOND), validation(&license, None, SECOND));
    let of_the_twin = validation(&twin, Some(machine), SECOND);
    let digest = LicenseDigest::of(&license).to_bytes();
    let listing = |status: &[(u8, &[[u8; 16]])]| file("revocation-list", list(14, status), &[VENDOR]);
    let (revoked, empty) = (listing(&[(1, &[digest])]), listing(&[]));
    let (in_time, late, ahead) = ("2026-03-02T09:00:00Z", "2026-03-02T09:00:01Z", "2026-02-28T08:59:59Z");
    let none = Value::Null;
    let not_activated = Some("not-activated");
    for (name, key, files, now, this, list, most, error) in [
        ("a validation file for this machine", &license, vec![&here], in_time, Some(machine), &none, None, None),
        ("none", &license, vec![], in_time, Some(machine), &none, None, not_activated),
        ("none, and a license that is locked to this machine", &locked, vec![], late, Some(machine), &none, None, None),
        ("none, and a license that is locked to another machine", &locked, vec![], late, Some(other), &none, None, Some("wrong-machine")),
        ("a stale one, which does not end the matter", &license, vec![&here], late, Some(machine), &none, None, not_activated),
        ("one from ahead", &license, vec![&here], ahead, Some(machine), &none, None, not_activated),
        ("one for another machine", &license, vec![&there], in_time, Some(machine), &none, None, not_activated),
        ("one for a machine, where this one is not known", &license, vec![&here], in_time, None, &none, None, not_activated),
        ("one for any machine", &license, vec![&anywhere], in_time, Some(machine), &none, None, not_activated),
        ("one of another license", &license, vec![&of_the_twin], in_time, Some(machine), &none, None, not_activated),
        ("several, of which one is for this machine", &license, vec![&there, &of_the_twin, &here], in_time, Some(machine), &none, None, None),
        ("several, of which none is", &license, vec![&there, &of_the_twin, &anywhere], in_time, Some(machine), &none, None, not_activated),
        ("a stale one, and a license that is revoked", &license, vec![&here], late, Some(machine), &revoked, None, Some("revoked")),
        ("a stale one, and a list that is too old", &license, vec![&here], late, Some(machine), &empty, Some(1), not_activated),
        ("one for this machine, and a list that is too old", &license, vec![&here], in_time, Some(machine), &empty, Some(1), Some("stale-list")),
    ] {
        let question = json!({ "trusted_keys": TRUSTED.map(Pair::public), "product": 3, "now": now, "machine": this, "list": list,
            "most_seconds": most, "text": key.to_string(), "required": files });
        vectors.add("products", &format!("a required validation: {name}"), question, json!({ "error": error }));
    }
}
