//! Revocation lists, how old they are, and licenses beside them.

use keyward_verifier::files::{PersistentState, StateId, Trust};
use keyward_verifier::{LicenseDigest, TrustedKey};
use serde_json::{Value, json};

use crate::kit::*;

const LOW: [u8; 16] = [1; 16];
const HIGH: [u8; 16] = [2; 16];
const MALFORMED: Option<&str> = Some("malformed");
const NEWER: Option<&str> = Some("needs-newer");

/// The two licenses of which the lists speak.
fn licenses() -> [(String, [u8; 16]); 2] {
    ["0000000000000011", "0000000000000012"].map(|serial| {
        let key = VENDOR.license(json!({ "serial": serial }));
        (key.to_string(), LicenseDigest::of(&key).to_bytes())
    })
}

fn signed(payload: Vec<u8>) -> Value {
    file("revocation-list", payload, &[VENDOR])
}

/// Lists that the cases name: the first license is leaked in 14, the second on hold.
pub fn named() -> Value {
    let [(_, leaked), (_, held)] = licenses();
    json!({
        "13": signed(list(13, &[])),
        "14": signed(list(14, &[(1, &[leaked]), (64, &[held])])),
        "15": signed(list(15, &[(64, &[leaked])])),
        "16": signed(list(16, &[(2, &[held])])),
    })
}

pub fn add(vectors: &mut Vectors) {
    forms(vectors);
    ages(vectors);
    beside(vectors);
    seen(vectors);
    stolen(vectors);
}

#[rustfmt::skip] // one case, one line
fn forms(vectors: &mut Vectors) {
    let section = |status: u8, count: u32, digests: &[[u8; 16]]| [&[status][..], &count.to_be_bytes(), &digests.concat()].concat();
    let and = |rest: Vec<u8>| [list(14, &[]), rest].concat();
    let every: Vec<_> = (0..8).chain([64, 128, 255]).map(|status| (status, [[status; 16]])).collect();
    let every: Vec<_> = every.iter().map(|(status, digests)| (*status, &digests[..])).collect();
    for (name, payload, error, statuses) in [
        ("nothing withdrawn", list(14, &[]), None, [None, None]),
        ("one leaked, one on hold", list(14, &[(1, &[LOW]), (64, &[HIGH])]), None, [Some("leaked"), Some("on-hold")]),
        ("two in a section", list(14, &[(7, &[LOW, HIGH])]), None, [Some("forged"), Some("forged")]),
        ("every status", list(14, &every), None, [Some("leaked"), Some("refunded")]),
        ("a license in two sections: the first counts", list(14, &[(5, &[LOW]), (64, &[LOW])]), None, [Some("terms-broken"), None]),
        ("a status for later readers", list(14, &[(128, &[LOW])]), None, [None, None]),
        ("a status for later readers, digests in no order", and(section(200, 2, &[HIGH, LOW])), None, [None, None]),
        ("a status for later readers, without digests", and(section(200, 0, &[])), MALFORMED, [None, None]),
        ("status 128 without digests", and(section(128, 0, &[])), MALFORMED, [None, None]),
        ("status 255 without digests, after a good section", [list(14, &[(1, &[LOW])]), section(255, 0, &[])].concat(), MALFORMED, [None, None]),
        ("a status for later readers twice", list(14, &[(200, &[LOW]), (200, &[HIGH])]), MALFORMED, [None, None]),
        ("a status for later readers, cut", and(section(200, 2, &[HIGH])), MALFORMED, [None, None]),
        ("status 8, a reason of a later version", list(14, &[(8, &[LOW])]), None, [Some("unspecified"), None]),
        ("status 63, which counts as the first", list(14, &[(1, &[LOW, HIGH]), (63, &[LOW])]), None, [Some("unspecified"), Some("leaked")]),
        ("status 65", list(14, &[(65, &[LOW])]), Some("needs-newer"), [None, None]),
        ("status 127", list(14, &[(64, &[LOW]), (127, &[HIGH])]), Some("needs-newer"), [None, None]),
        ("status 65, and a section after it out of order", list(14, &[(65, &[LOW]), (1, &[HIGH])]), Some("needs-newer"), [None, None]),
        ("status 65 of more digests than there are", and(section(65, 2, &[LOW])), NEWER, [None, None]),
        ("status 127 of more digests than any list has", and(section(127, u32::MAX, &[])), NEWER, [None, None]),
        ("status 90 without digests", and(section(90, 0, &[])), NEWER, [None, None]),
        ("status 65, digests in no order", and(section(65, 2, &[HIGH, LOW])), NEWER, [None, None]),
        ("status 65, cut within a digest", [and(section(65, 1, &[])), vec![1; 15]].concat(), NEWER, [None, None]),
        ("status 65, cut within its count", and(vec![65, 0, 0, 0]), MALFORMED, [None, None]),
        ("status 65 and no more", and(vec![65]), MALFORMED, [None, None]),
        ("status 65 after a section above it", list(14, &[(66, &[LOW]), (65, &[LOW])]), NEWER, [None, None]),
        ("status 100 after a status for later readers", list(14, &[(200, &[LOW]), (100, &[LOW])]), MALFORMED, [None, None]),
        ("status 65 after a section cut short", [and(section(2, 2, &[LOW])), section(65, 1, &[HIGH])].concat(), MALFORMED, [None, None]),
        ("status 65 after digests out of order", list(14, &[(1, &[HIGH, LOW]), (65, &[LOW])]), MALFORMED, [None, None]),
        ("status 65, and the next update after the year 9999", [list_head(14, 0, 253_402_300_800), section(65, 1, &[LOW])].concat(), NEWER, [None, None]),
        ("status 65, and the next update before the year 0", [list_head(14, 0, -62_167_219_201), section(65, 1, &[LOW])].concat(), NEWER, [None, None]),
        ("status 65, and issued after the year 9999", [list_head(14, 253_402_300_800, i64::MAX), section(65, 1, &[LOW])].concat(), NEWER, [None, None]),
        ("status 65, and the next update before the issue", [list_head(14, 1_772_323_200, 0), section(65, 1, &[LOW])].concat(), NEWER, [None, None]),
        ("status 8, and the next update after the year 9999", [list_head(14, 0, 253_402_300_800), section(8, 1, &[LOW])].concat(), MALFORMED, [None, None]),
        ("the times at the ends of 64 bits", list_head(14, i64::MIN, i64::MAX), MALFORMED, [None, None]),
        ("status 8, and a section after it out of order", list(14, &[(8, &[LOW]), (1, &[HIGH])]), MALFORMED, [None, None]),
        ("status 8 of more digests than there are", and(section(8, 2, &[LOW])), MALFORMED, [None, None]),
        ("status 65 in sequence 0", list(0, &[(65, &[LOW])]), Some("needs-newer"), [None, None]),
        ("status 8 in sequence 0", list(0, &[(8, &[LOW])]), MALFORMED, [None, None]),
        ("a section out of order before status 8", list(14, &[(2, &[LOW]), (1, &[LOW]), (8, &[HIGH])]), MALFORMED, [None, None]),
        ("sections out of order", list(14, &[(64, &[LOW]), (1, &[HIGH])]), MALFORMED, [None, None]),
        ("a section twice", list(14, &[(1, &[LOW]), (1, &[HIGH])]), MALFORMED, [None, None]),
        ("digests out of order", list(14, &[(1, &[HIGH, LOW])]), MALFORMED, [None, None]),
        ("a digest twice", list(14, &[(1, &[LOW, LOW])]), MALFORMED, [None, None]),
        ("a section without digests", list(14, &[(1, &[])]), MALFORMED, [None, None]),
        ("more digests than there are", and(section(1, u32::MAX, &[LOW])), MALFORMED, [None, None]),
        ("a status and no more", and(vec![1]), MALFORMED, [None, None]),
        ("sequence 0", list(0, &[]), MALFORMED, [None, None]),
        ("sequence 4294967295", list(u32::MAX, &[]), None, [None, None]),
        ("the next at once", list_head(14, 1_772_323_200, 1_772_323_200), None, [None, None]),
        ("the next before", list_head(14, 1_772_323_200, 1_772_323_199), MALFORMED, [None, None]),
        ("from the year 0 to 9999", list_head(14, -62_167_219_200, 253_402_300_799), None, [None, None]),
        ("before the year 0", list_head(14, -62_167_219_201, 0), MALFORMED, [None, None]),
        ("after the year 9999", list_head(14, 0, 253_402_300_800), MALFORMED, [None, None]),
        ("a byte too few", list(14, &[])[..19].to_vec(), MALFORMED, [None, None]),
        ("nothing", Vec::new(), MALFORMED, [None, None]),
    ] {
        let asked = [LOW, HIGH].map(hex::encode);
        let says = error.is_none().then(|| json!({ asked[0].clone(): statuses[0], asked[1].clone(): statuses[1] }));
        let question = json!({ "kind": "revocation-list", "file": signed(payload), "trusted_keys": [VENDOR.public()], "asked": asked });
        let name = format!("a revocation list: {name}");
        vectors.add("files", &name, question, json!({ "error": error }));
        let case = vectors.0["files"].as_array().unwrap().last().unwrap();
        assert_eq!(case["says"].get("statuses"), says.as_ref(), "{name}");
    }
}

fn ages(vectors: &mut Vectors) {
    // Issued on 2026-03-01, at 0:00.
    for (now, most_seconds, age_days, error) in [
        ("2026-03-01T00:00:00Z", 0, 0, None),
        ("2026-03-01T00:00:01Z", 0, 0, Some("stale-list")),
        ("2026-02-28T00:00:00Z", 0, 0, None),
        ("2026-02-27T23:59:59Z", 0, 0, Some("stale-list")),
        ("2026-02-27T23:59:59Z", 41 * 86_400, 0, Some("stale-list")),
        ("2006-03-01T00:00:00Z", 41 * 86_400, 0, Some("stale-list")),
        ("2026-04-10T23:59:59Z", 41 * 86_400, 40, None),
        ("2026-04-11T00:00:00Z", 41 * 86_400, 41, None),
        ("2026-04-11T00:00:01Z", 41 * 86_400, 41, Some("stale-list")),
        ("2026-04-11T00:00:00Z", 40 * 86_400, 41, Some("stale-list")),
    ] {
        let name = format!("at {now}, when {most_seconds} seconds are taken");
        let question = json!({ "now": now, "most_seconds": most_seconds, "trusted_keys": [VENDOR.public()] });
        vectors.add("ages", &name, question, json!({ "age_days": age_days, "error": error }));
    }
}

/// The state that has seen these lists, holding both licenses.
fn state(vectors: &Vectors, lists: &[&str]) -> PersistentState {
    let mut state = PersistentState::new(StateId::from_bytes([0xA5; 8]), None);
    let trusted = [TrustedKey::from_hex(&VENDOR.public()).unwrap()];
    for name in lists {
        let text = vectors.0["lists"][name].as_str().unwrap();
        let list = Trust::Keys(&trusted).revocation_list(text.as_bytes()).unwrap();
        state.saw_list(&list, licenses().map(|(_, digest)| LicenseDigest::from_bytes(digest))).unwrap();
    }
    state
}

#[rustfmt::skip] // one case, one line
fn beside(vectors: &mut Vectors) {
    let (revoked, on_hold) = (Some("revoked"), Some("on-hold"));
    let empty_17 = signed(list(17, &[]));
    let empty_14 = signed(list(14, &[]));
    let named = |name: &str| vectors.0["lists"][name].clone();
    let cases = vec![
        ("no list", Value::Null, None, [None, None]),
        ("list 13, which is empty", named("13"), None, [None, None]),
        ("list 14", named("14"), None, [revoked, on_hold]),
        ("list 15, which only holds what was leaked", named("15"), None, [on_hold, None]),
        ("no list, and a state that has seen none", Value::Null, Some(kept(&state(vectors, &[]))), [None, None]),
        ("no list, and a state that has seen 14", Value::Null, Some(kept(&state(vectors, &["14"]))), [revoked, on_hold]),
        ("list 13, and a state that has seen 14", named("13"), Some(kept(&state(vectors, &["14"]))), [revoked, on_hold]),
        ("list 14, and a state that has seen 14", named("14"), Some(kept(&state(vectors, &["14"]))), [revoked, on_hold]),
        ("another list 14, and a state that has seen 14", empty_14.clone(), Some(kept(&state(vectors, &["14"]))), [revoked, on_hold]),
        ("list 13, and a state that has seen 13", named("13"), Some(kept(&state(vectors, &["13"]))), [None, None]),
        ("another list 13, and a state that has seen 13", signed(list(13, &[(200, &[LOW])])), Some(kept(&state(vectors, &["13"]))), [Some("rollback"), Some("rollback")]),
        ("list 15, and a state that has seen 14", named("15"), Some(kept(&state(vectors, &["14"]))), [revoked, None]),
        ("list 17, which is empty, and a state that has seen 14", empty_17.clone(), Some(kept(&state(vectors, &["14"]))), [revoked, None]),
        ("no list, and a state that has seen 14 and 15", Value::Null, Some(kept(&state(vectors, &["14", "15"]))), [revoked, Some("rollback")]),
        ("list 17, which is empty, and a state that has seen 14 and 16", empty_17, Some(kept(&state(vectors, &["14", "16"]))), [revoked, revoked]),
    ];
    for (name, list, state, errors) in cases {
        for ((text, _), (which, error)) in licenses().into_iter().zip(["the first license", "the second"].into_iter().zip(errors)) {
            let question = json!({ "trusted_keys": [VENDOR.public()], "product": 3, "text": text, "list": list, "state": state });
            vectors.add("licenses", &format!("{name}: {which}"), question, json!({ "error": error }));
        }
    }
    let (text, digest) = licenses()[0].clone();
    let list = file("revocation-list", list(1, &[(0, &[digest])]), &[VENDOR]);
    for (name, settings, error) in [
        ("revoked, and for another product", json!({ "trusted_keys": [VENDOR.public()], "product": 4 }), "wrong-product"),
        ("revoked, and with a bundle", json!({ "bundle": "plain", "product": 3 }), "revoked"),
    ] {
        let mut question = json!({ "text": text, "list": list });
        question.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        vectors.add("licenses", name, question, json!({ "error": error }));
    }
    let second = SECOND.license(json!({}));
    let list = file("revocation-list", self::list(1, &[(0, &[LicenseDigest::of(&second).to_bytes()])]), &[VENDOR]);
    let question = json!({ "bundle": "trials", "product": 3, "text": second.to_string(), "list": list });
    vectors.add("licenses", "revoked, and not permitted", question, json!({ "error": "not-permitted" }));
}

/// What is remembered after each list, by products that hold one license, both or none.
#[rustfmt::skip] // one case, one line
fn seen(vectors: &mut Vectors) {
    let [leaked, held] = licenses().map(|(_, digest)| hex::encode(digest));
    let (empty, empty_14) = (signed(list(17, &[])), signed(list(14, &[])));
    for (name, lists, results, expected) in [
        ("14 alone", vec![("14", vec![&leaked, &held])], vec![None], [json!(["leaked", 14]), json!(["on-hold", 14])]),
        ("14, where neither is held", vec![("14", vec![])], vec![None], [json!(null), json!(null)]),
        ("14, where the second is held", vec![("14", vec![&held])], vec![None], [json!(null), json!(["on-hold", 14])]),
        ("14 and then 13, which is older", vec![("14", vec![&leaked, &held]), ("13", vec![&leaked, &held])], vec![None, Some("rollback")], [json!(["leaked", 14]), json!(["on-hold", 14])]),
        ("14 twice", vec![("14", vec![&leaked]), ("14", vec![&held])], vec![None, None], [json!(["leaked", 14]), json!(["on-hold", 14])]),
        ("15 holds what 14 revoked, and names the second no more", vec![("14", vec![&leaked, &held]), ("15", vec![&leaked, &held])], vec![None, None], [json!(["leaked", 14]), json!(null)]),
        ("15 first, and then 16", vec![("15", vec![&leaked, &held]), ("16", vec![&leaked, &held])], vec![None, None], [json!(null), json!(["refunded", 16])]),
        ("16 revokes what 14 held, and it is held no more", vec![("14", vec![&held]), ("16", vec![])], vec![None, None], [json!(null), json!(["refunded", 16])]),
        ("another list of the number 14, which is empty", vec![("14", vec![&leaked, &held]), ("14 again", vec![])], vec![None, Some("rollback")], [json!(["leaked", 14]), json!(["on-hold", 14])]),
        ("14 after another list of the number, which is empty", vec![("14 again", vec![&leaked, &held]), ("14", vec![&leaked, &held])], vec![None, Some("rollback")], [json!(null), json!(null)]),
        ("17 is empty", vec![("14", vec![&leaked, &held]), ("17", vec![])], vec![None, None], [json!(["leaked", 14]), json!(null)]),
    ] {
        let lists: Vec<_> = lists.into_iter().map(|(name, held)| {
            let other = if name == "14 again" { &empty_14 } else { &empty };
            json!({ "list": vectors.0["lists"].get(name).unwrap_or(other), "held": held })
        }).collect();
        let question = json!({ "state": kept(&PersistentState::new(StateId::from_bytes([0xA5; 8]), None)), "lists": lists,
            "trusted_keys": [VENDOR.public()], "asked": [leaked, held] });
        let expected = json!({ leaked.clone(): expected[0], held.clone(): expected[1] });
        vectors.add("lists_seen", name, question, json!({ "results": results, "remembered": expected }));
    }
}

/// The second key is stolen: what is remembered after its lists, the vendor's, and the bundle that calls it compromised.
#[rustfmt::skip] // one case, one line
fn stolen(vectors: &mut Vectors) {
    let [(_, first), (_, second)] = licenses();
    let by = |signers: &[Pair], payload: Vec<u8>| {
        json!({ "list": file("revocation-list", payload, signers), "held": [hex::encode(first), hex::encode(second)] })
    };
    let known = || json!({ "bundle": "compromised" });
    let recovery_of = |signers: &[Pair], at: &str| {
        let payload = json!({ "issued_at": at, "purpose": "recovery", "state": "a5a5a5a5a5a5a5a5" });
        json!({ "statement": file("time-statement", payload.to_string(), signers) })
    };
    let recovery = |signer: Pair, at: &str| recovery_of(&[signer], at);
    let used = Some("recovery-used");
    let (vendors, thiefs) = (&[VENDOR][..], &[SECOND][..]);
    let none = [json!(null), json!(null)];
    for (name, seen, results, newest, expected) in [
        ("a list of the highest number, by a key that is then compromised", vec![by(vendors, list(14, &[])), by(thiefs, list(u32::MAX, &[])), by(vendors, list(15, &[])), known(), by(vendors, list(15, &[]))], vec![None, None, Some("rollback"), None, None], 15, none.clone()),
        ("a list of the highest number, by a key that is only retired", vec![by(thiefs, list(u32::MAX, &[])), json!({ "bundle": "plain" }), by(vendors, list(15, &[]))], vec![None, None, Some("rollback")], u32::MAX, none.clone()),
        ("revoked by the compromised key alone", vec![by(thiefs, list(14, &[(1, &[first])])), known()], vec![None, None], 0, none.clone()),
        ("on hold by the compromised key alone", vec![by(thiefs, list(14, &[(64, &[second])])), known()], vec![None, None], 0, none.clone()),
        ("revoked by the vendor, and then by the compromised key", vec![by(vendors, list(14, &[(1, &[first])])), by(thiefs, list(15, &[(2, &[first, second])])), known()], vec![None, None, None], 14, [json!(["leaked", 14]), json!(null)]),
        ("revoked by the compromised key, and then by the vendor", vec![by(thiefs, list(14, &[(1, &[first])])), by(vendors, list(15, &[(2, &[first])])), known()], vec![None, None, None], 15, [json!(["refunded", 15]), json!(null)]),
        ("the same, before it is known", vec![by(thiefs, list(14, &[(1, &[first])])), by(vendors, list(15, &[(2, &[first])]))], vec![None, None], 15, [json!(["leaked", 14]), json!(null)]),
        ("revoked by a list that both have signed", vec![by(&[SECOND, VENDOR], list(14, &[(1, &[first])])), known()], vec![None, None], 14, [json!(["leaked", 14]), json!(null)]),
        ("the vendor signs the list of the compromised key anew", vec![by(thiefs, list(14, &[(1, &[first])])), known(), by(vendors, list(14, &[(1, &[first])]))], vec![None, None, None], 14, [json!(["leaked", 14]), json!(null)]),
        ("the vendor signs another list of that number", vec![by(thiefs, list(14, &[(1, &[first])])), by(vendors, list(14, &[])), known(), by(vendors, list(14, &[]))], vec![None, Some("rollback"), None, None], 14, none.clone()),
        ("another bundle of the same version", vec![json!({ "bundle": "plain" }), known()], vec![None, Some("rollback")], 0, none.clone()),
        ("a recovery of the year 9999 by the compromised key", vec![recovery(VENDOR, "2026-02-01T00:00:00Z"), recovery(SECOND, "9999-12-31T23:59:59Z"), recovery(VENDOR, "2026-03-01T00:00:00Z"), known(), recovery(VENDOR, "2026-02-01T00:00:00Z"), recovery(VENDOR, "2026-03-01T00:00:00Z")], vec![None, None, used, None, used, None], 0, none.clone()),
        ("a recovery of two keys, used by each of its signatures", vec![recovery(SECOND, "2026-02-01T00:00:00Z"), recovery(SECOND, "2026-03-01T00:00:00Z"), known(), recovery(VENDOR, "2026-02-01T00:00:00Z"), recovery_of(&[SECOND, VENDOR], "2026-03-01T00:00:00Z"), recovery(VENDOR, "2026-02-15T00:00:00Z")], vec![None, None, None, used, used, None], 0, none.clone()),
        ("the only recovery, by the compromised key", vec![recovery(SECOND, "2026-02-01T00:00:00Z"), known()], vec![None, None], 0, none),
    ] {
        let question = json!({ "state": kept(&PersistentState::new(StateId::from_bytes([0xA5; 8]), None)), "lists": seen,
            "trusted_keys": [VENDOR.public(), SECOND.public()], "asked": [hex::encode(first), hex::encode(second)] });
        let expected = json!({ hex::encode(first): expected[0], hex::encode(second): expected[1] });
        vectors.add("lists_seen", name, question, json!({ "results": results, "list": newest, "remembered": expected }));
    }
}

fn kept(state: &PersistentState) -> Value {
    hex::encode(state.to_bytes()).into()
}
