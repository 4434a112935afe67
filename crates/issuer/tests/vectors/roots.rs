//! Root sets, and how they are handed over.

use keyward_verifier::files::{PersistentState, Roots, StateId};
use serde_json::{Value, json};

use crate::kit::*;

fn set(version: u32, threshold: u32, keys: &[Pair]) -> Value {
    let keys: Vec<_> = keys.iter().map(|pair| pair.public()).collect();
    json!({ "version": version, "issued_at": "2027-01-01T00:00:00Z", "threshold": threshold, "keys": keys })
}

fn root_set(set: &Value, signers: &[Pair]) -> Value {
    file("root-set", set.to_string(), signers)
}

pub fn add(vectors: &mut Vectors) {
    chains(vectors);
    starts(vectors);
}

#[rustfmt::skip] // one case, one line
fn chains(vectors: &mut Vectors) {
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

/// Built-in roots, then the sets in a state, then those in files.
#[rustfmt::skip] // one case, one line
fn starts(vectors: &mut Vectors) {
    let [one, two, three] = ROOTS;
    let (four, five) = (Pair::Seed(104), Pair::Seed(105));
    let (untrusted, rollback, malformed, forged, newer) = (Some("untrusted-bundle"), Some("rollback"), Some("malformed"), Some("bad-signature"), Some("needs-newer"));
    let (first, second, third) = (set(1, 2, &ROOTS), set(2, 2, &[three, four, five]), set(3, 1, &[five]));
    let (file_1, file_2, file_3) = (root_set(&first, &[one, two]), root_set(&second, &[one, two, four, five]), root_set(&third, &[four, five]));
    let with = |set: &Value, field: &str, value: Value, signers: &[Pair]| { let mut set = set.clone(); set[field] = value; root_set(&set, signers) };
    let bad = |file: &Value| { let mut file: Value = serde_json::from_str(file.as_str().unwrap()).unwrap(); file["signatures"][0]["sig"] = json_signature(one, &[1; 64])["sig"].clone(); Value::from(file.to_string()) };
    let bundle = vectors.0["bundles"]["plain"].clone();
    let constants = json!({ "threshold": 2, "keys": ROOTS.map(Pair::public) });
    let seen = |files: &[&Value]| {
        let (first, next) = files.split_first().unwrap();
        let next: Vec<_> = next.iter().map(|file| file.as_str().unwrap()).collect();
        let roots = Roots::from_built_in_file(first.as_str().unwrap().as_bytes()).unwrap().follow(&next).unwrap();
        let mut state = PersistentState::new(StateId::from_bytes([0xA5; 8]), None);
        state.saw_roots(&roots).unwrap();
        Value::from(hex::encode(state.to_bytes()))
    };
    let thief_1 = root_set(&set(1, 1, &[STRANGER]), &[STRANGER]);
    let thief_2 = root_set(&set(2, 1, &[STRANGER]), &[STRANGER]);
    let twin_2 = root_set(&set(2, 1, &[four]), &[one, two, four]);
    let none = Value::Null;
    let built_in_file = |file: &Value| json!({ "file": file });
    for (name, built_in, state, files, error, version) in [
        ("constants alone", constants.clone(), none.clone(), vec![], None, 1),
        ("a set in a file, signed by enough of its own keys", built_in_file(&file_1), none.clone(), vec![], None, 1),
        ("a set of version 3 in a file", built_in_file(&root_set(&third, &[five])), none.clone(), vec![], None, 3),
        ("a set in a file, signed by too few of its own keys", built_in_file(&root_set(&first, &[one])), none.clone(), vec![], untrusted, 0),
        ("a set in a file, signed by one of its own keys twice", built_in_file(&root_set(&first, &[one, one])), none.clone(), vec![], untrusted, 0),
        ("a set in a file, signed by strangers", built_in_file(&root_set(&first, &[STRANGER])), none.clone(), vec![], untrusted, 0),
        ("a set in a file, with a bad signature", built_in_file(&bad(&file_1)), none.clone(), vec![], forged, 0),
        ("a set in a file that can't be read, signed by nobody", built_in_file(&file("root-set", "{", &[])), none.clone(), vec![], malformed, 0),
        ("a set in a file with something critical, signed by nobody", built_in_file(&with(&first, "critical", json!(["later"]), &[])), none.clone(), vec![], newer, 0),
        ("a set in a file that can't be read, with a bad signature", built_in_file(&bad(&with(&first, "threshold", json!(0), &[one, two]))), none.clone(), vec![], malformed, 0),
        ("a trust bundle in the place of a set", built_in_file(&bundle), none.clone(), vec![], malformed, 0),
        ("two sets that follow", constants.clone(), none.clone(), vec![&file_2, &file_3], None, 3),
        ("two sets that follow, newest first", constants.clone(), none.clone(), vec![&file_3, &file_2], untrusted, 0),
        ("a set between is missing", constants.clone(), none.clone(), vec![&file_3], untrusted, 0),
        ("sets that led to the built-in one", built_in_file(&root_set(&third, &[five])), none.clone(), vec![&file_1, &file_2, &file_3], None, 3),
        ("the set that is built in, and those after it", built_in_file(&file_1), none.clone(), vec![&file_1, &file_2], None, 2),
        ("one set twice", constants.clone(), none.clone(), vec![&file_2, &file_2], None, 2),
        ("a set that is not newer, signed by strangers", constants.clone(), none.clone(), vec![&thief_1, &file_2], None, 2),
        ("a set that is not newer, signed by nobody", constants.clone(), none.clone(), vec![&root_set(&first, &[])], None, 1),
        ("a set that is not newer, with a bad signature", constants.clone(), none.clone(), vec![&bad(&file_1)], None, 1),
        ("a set of the version reached, with other keys", constants.clone(), none.clone(), vec![&file_2, &twin_2], None, 2),
        ("a set that is not newer and can't be read", constants.clone(), none.clone(), vec![&with(&first, "threshold", json!(0), &[one, two])], malformed, 0),
        ("a set that is not newer and can't be read, signed by strangers", constants.clone(), none.clone(), vec![&with(&first, "threshold", json!(0), &[STRANGER])], untrusted, 0),
        ("a set that is not newer and has something critical", constants.clone(), none.clone(), vec![&with(&first, "critical", json!(["later"]), &[one, two])], newer, 0),
        ("a newer set, signed by strangers", constants.clone(), none.clone(), vec![&thief_2], untrusted, 0),
        ("a newer set, signed by too few of the trusted ones", constants.clone(), none.clone(), vec![&root_set(&second, &[one, four, five])], untrusted, 0),
        ("a newer set, with a bad signature", constants.clone(), none.clone(), vec![&bad(&file_2)], forged, 0),
        ("a trust bundle among the sets", constants.clone(), none.clone(), vec![&bundle], malformed, 0),
        ("a state that has seen version 2", constants.clone(), seen(&[&file_1, &file_2]), vec![], None, 2),
        ("a state that has seen version 2, and a file that follows", constants.clone(), seen(&[&file_1, &file_2]), vec![&file_3], None, 3),
        ("a state that has seen version 2, and files from the first on", constants.clone(), seen(&[&file_1, &file_2]), vec![&file_1, &file_2, &file_3], None, 3),
        ("a state that has seen version 2, in a product that has version 3", built_in_file(&root_set(&third, &[five])), seen(&[&file_1, &file_2]), vec![], None, 3),
        ("a state of a product with version 3, in one with version 1", constants.clone(), seen(&[&root_set(&third, &[five])]), vec![], rollback, 0),
        ("a state of a product with version 3, in one with version 1, and the files that lead there", constants.clone(), seen(&[&root_set(&third, &[five])]), vec![&file_2, &file_3], None, 3),
        ("a state of another vendor, of a higher version", constants.clone(), seen(&[&thief_1, &thief_2]), vec![], rollback, 0),
        ("a state of another vendor, of the same version", constants.clone(), seen(&[&thief_1]), vec![], rollback, 0),
        ("a state of another vendor, of the same version, and a file that follows", constants.clone(), seen(&[&thief_1]), vec![&file_2], None, 2),
        ("a state that has seen another set 2", constants.clone(), seen(&[&file_1, &twin_2]), vec![&file_2], None, 2),
    ] {
        let question = json!({ "built_in": built_in, "state": state, "files": files });
        let name = format!("roots at the start: {name}");
        vectors.add("starts", &name, question, json!({ "error": error }));
        let last = vectors.0["starts"].as_array().unwrap().last().unwrap();
        assert_eq!(last["roots"]["version"].as_u64().unwrap_or_default(), version, "{name}");
    }
}
