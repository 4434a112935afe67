//! Root sets, and how they are handed over.

use serde_json::{Value, json};

use crate::kit::*;

fn set(version: u32, threshold: u32, keys: &[Pair]) -> Value {
    let keys: Vec<_> = keys.iter().map(|pair| pair.public()).collect();
    json!({ "version": version, "issued_at": "2027-01-01T00:00:00Z", "threshold": threshold, "keys": keys })
}

fn root_set(set: &Value, signers: &[Pair]) -> Value {
    file("root-set", set.to_string(), signers)
}

#[rustfmt::skip] // one case, one line
pub fn add(vectors: &mut Vectors) {
    let [one, two, three] = ROOTS;
    let (four, five) = (Pair::Seed(104), Pair::Seed(105));
    let second = set(2, 2, &[three, four, five]);
    let third = set(3, 1, &[five]);
    let handed_over = root_set(&second, &[one, two, four, five]);
    let and = |field: &str, value: Value| { let mut set = second.clone(); set[field] = value; root_set(&set, &[one, two, four, five]) };
    let untrusted = Some("untrusted-bundle");
    let malformed = Some("malformed");
    let mut forged = envelope("root-set", second.to_string(), &[one, two, four]);
    forged["signatures"].as_array_mut().unwrap().push(json_signature(five, &[1; 64]));
    let mut forged_old = forged.clone();
    forged_old["signatures"][1] = json_signature(two, &[1; 64]);
    let many: Vec<_> = (1..=17).map(|byte| Pair::Seed(byte).public()).collect();
    for (name, files, results, version) in [
        ("handed over by two of the old and two of the new", vec![handed_over.clone()], vec![None], 2),
        ("a key that is in both signs for both", vec![root_set(&second, &[two, three, four])], vec![None], 2),
        ("two steps", vec![handed_over.clone(), root_set(&third, &[three, four, five])], vec![None, None], 3),
        ("the second step first", vec![root_set(&third, &[one, two, five]), handed_over.clone()], vec![untrusted, None], 2),
        ("the second step signed by the first roots", vec![handed_over.clone(), root_set(&third, &[one, two, five])], vec![None, untrusted], 2),
        ("the same set again, signed by the old", vec![handed_over.clone(), handed_over.clone()], vec![None, Some("rollback")], 2),
        ("an older set that the new roots have signed", vec![handed_over.clone(), root_set(&set(1, 2, &ROOTS), &[three, four, one, two])], vec![None, Some("rollback")], 2),
        ("the same version with other keys", vec![root_set(&set(1, 1, &[four]), &[one, two, four])], vec![Some("rollback")], 1),
        ("signed by the old alone", vec![root_set(&second, &[one, two])], vec![untrusted], 1),
        ("signed by the new alone", vec![root_set(&second, &[four, five])], vec![untrusted], 1),
        ("signed by one of the old", vec![root_set(&second, &[one, four, five])], vec![untrusted], 1),
        ("signed by one of the new", vec![root_set(&second, &[one, two, four])], vec![untrusted], 1),
        ("signed by one of the old twice", vec![root_set(&second, &[one, one, four, five])], vec![untrusted], 1),
        ("signed by strangers", vec![root_set(&set(2, 1, &[STRANGER]), &[STRANGER])], vec![untrusted], 1),
        ("a bad signature of a new root", vec![forged.to_string().into()], vec![Some("bad-signature")], 1),
        ("a bad signature of an old root", vec![forged_old.to_string().into()], vec![Some("bad-signature")], 1),
        ("too few signatures, and a payload that can't be read", vec![file("root-set", "{", &[one])], vec![untrusted], 1),
        ("a payload that can't be read", vec![file("root-set", "{", &[one, two])], vec![malformed], 1),
        ("a threshold of 1", vec![root_set(&set(2, 1, &[four]), &[one, two, four])], vec![None], 2),
        ("an unknown field", vec![and("expires_at", json!("2030-01-01T00:00:00Z"))], vec![None], 2),
        ("something critical and unknown", vec![and("critical", json!(["expires_at"]))], vec![Some("needs-newer")], 1),
        ("a threshold of 0", vec![and("threshold", json!(0))], vec![malformed], 1),
        ("a threshold above the number of keys", vec![and("threshold", json!(4))], vec![malformed], 1),
        ("a threshold of 256", vec![and("threshold", json!(256))], vec![malformed], 1),
        ("a threshold of 2.0", vec![and("threshold", json!(2.0))], vec![malformed], 1),
        ("version 0", vec![and("version", json!(0))], vec![malformed], 1),
        ("version 4294967296", vec![and("version", json!(4_294_967_296_u64))], vec![malformed], 1),
        ("a key twice", vec![and("keys", json!([four.public(), five.public(), four.public()]))], vec![malformed], 1),
        ("no keys", vec![and("keys", json!([]))], vec![malformed], 1),
        ("16 keys", vec![root_set(&json!({ "version": 2, "issued_at": "2027-01-01T00:00:00Z", "threshold": 1, "keys": many[..16] }), &[one, two, SECOND])], vec![None], 2),
        ("17 keys", vec![root_set(&json!({ "version": 2, "issued_at": "2027-01-01T00:00:00Z", "threshold": 1, "keys": many }), &[one, two, SECOND])], vec![malformed], 1),
        ("a key in upper case", vec![and("keys", json!([three.public(), four.public(), five.public().to_uppercase()]))], vec![malformed], 1),
        ("a key of small order", vec![and("keys", json!([four.public(), five.public(), format!("01{}", "00".repeat(31))]))], vec![malformed], 1),
        ("a trust bundle", vec![vectors.0["bundles"]["plain"].clone()], vec![malformed], 1),
    ] {
        let question = json!({ "built_in": { "threshold": 2, "keys": ROOTS.map(Pair::public) }, "files": files });
        let name = format!("a root set: {name}");
        vectors.add("chains", &name, question, json!({ "results": results }));
        let last = vectors.0["chains"].as_array().unwrap().last().unwrap();
        assert_eq!(last["trusted"]["version"], version, "{name}");
    }
}
