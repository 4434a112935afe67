//! `spec/vectors/audit.json`, written here and read by every reader of audit logs. What each case is expected to come to is
//! written beside it, and not taken from what is found.

pub mod exports;
pub mod notes;

use std::fs;

use base64ct::{Base64, Encoding};
use keyward_ledger::audit::{CheckpointKey, ConsistencyProof, LeafHash, TreeHead};
use serde_json::{Map, Value, json};

use crate::brute_force;
use crate::kit::{ORIGIN, head, key, key_of};

const ABOUT: &str = "\
    The audit log (spec/AUDIT.md). trees: the leaf hashes of entries, and the root. proofs: whether a proof shows that one head \
    extends another. verifier_keys: texts of public keys; error is a code or null. notes: checkpoints opened with a key. exports: \
    an export compared with checkpoints, which are opened first, in their order. Keys are published, with their seeds: trust none \
    of them. Written by crates/ledger/tests/audit_log.";

const LISTS: [&str; 5] = ["trees", "proofs", "verifier_keys", "notes", "exports"];

/// `KEYWARD_EXPECTED=overwrite` writes the vectors anew, to be read before they are committed.
#[test]
fn audit_logs_have_the_outcomes_of_the_vectors() {
    let overwrite = std::env::var_os("KEYWARD_EXPECTED").is_some_and(|value| value == "overwrite");
    let path = format!("{}/../../spec/vectors/audit.json", env!("CARGO_MANIFEST_DIR"));
    let found = written(&vectors());
    if overwrite {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found, expected);
}

/// One case a line.
fn written(vectors: &Map<String, Value>) -> String {
    let fields = ["about", "keys"].into_iter().chain(LISTS).map(|name| match &vectors[name] {
        Value::Array(cases) => {
            let lines: Vec<_> = cases.iter().map(Value::to_string).collect();
            format!("\"{name}\": [\n{}\n]", lines.join(",\n"))
        }
        other => format!("\"{name}\": {other}"),
    });
    format!("{{\n{}\n}}\n", fields.collect::<Vec<_>>().join(",\n"))
}

fn vectors() -> Map<String, Value> {
    let keys =
        [("log", ORIGIN, 1), ("another log", "licenses.example.com/staging", 2), ("witness", "witness.example", 3)];
    let keys = keys.map(|(name, origin, seed)| {
        json!({ "name": name, "seed": hex::encode([seed; 32]), "key": key_of(origin, seed).to_string() })
    });
    Map::from_iter([
        ("about".to_owned(), ABOUT.into()),
        ("keys".to_owned(), keys.to_vec().into()),
        ("trees".to_owned(), trees()),
        ("proofs".to_owned(), proofs()),
        ("verifier_keys".to_owned(), verifier_keys()),
        ("notes".to_owned(), notes::cases()),
        ("exports".to_owned(), exports::cases()),
    ])
}

/// As text where it is UTF-8.
fn file(name: &str, bytes: &[u8]) -> (String, Value) {
    match str::from_utf8(bytes) {
        Ok(text) => (name.to_owned(), text.into()),
        Err(_) => (format!("{name}_base64"), Base64::encode_string(bytes).into()),
    }
}

pub fn hex_head(head: TreeHead) -> Value {
    json!({ "size": head.size, "root": hex::encode(head.root.to_bytes()) })
}

fn trees() -> Value {
    let ct = ["", "\0", "\x10", " !", "01", "@ABC", "PQRSTUVW", "`abcdefghijklmno"];
    let numbered: Vec<String> = (1..=20).map(|number| format!(r#"{{"number":{number},"text":"ü"}}"#)).collect();
    let numbered: Vec<&str> = numbered.iter().map(String::as_str).collect();
    let ct = (0..=ct.len()).map(|size| ("Certificate Transparency", &ct[..size]));
    let cases = ct.chain([("numbered", &numbered[..])]).map(|(name, entries)| {
        let bytes: Vec<_> = entries.iter().map(|entry| entry.as_bytes().to_vec()).collect();
        let found = head(entries);
        assert_eq!(found.root.to_bytes(), brute_force::root(&bytes));
        let leaves: Vec<_> = bytes.iter().map(|entry| LeafHash::of(entry).to_string()).collect();
        json!({ "name": format!("{name}, {} entries", entries.len()), "entries": entries, "leaves": leaves, "root": hex_head(found)["root"] })
    });
    cases.collect()
}

fn proofs() -> Value {
    let entries: Vec<_> = (0..20).map(|number| format!("entry {number}").into_bytes()).collect();
    let other: Vec<_> = (0..20).map(|number| format!("entry {}", number.max(1)).into_bytes()).collect();
    let leaves: Vec<_> = entries.iter().map(|entry| LeafHash::of(entry)).collect();
    let mut cases = Vec::new();
    let mut add = |name: String, old: TreeHead, new: TreeHead, proof: Vec<[u8; 32]>, expected: Option<&str>| {
        let hashes: Vec<_> = proof.iter().map(hex::encode).collect();
        let found = ConsistencyProof::from_hashes(proof).verify(&old, &new).err().map(|error| error.code());
        assert_eq!(found, expected, "{name}");
        cases.push(
            json!({ "name": name, "old": hex_head(old), "new": hex_head(new), "proof": hashes, "error": expected }),
        );
    };
    for (old, new) in
        [(0, 0), (0, 7), (1, 1), (1, 2), (2, 3), (3, 7), (4, 7), (6, 7), (7, 8), (8, 8), (8, 20), (11, 20), (19, 20)]
    {
        let proof = match old {
            0 => Vec::new(),
            _ => brute_force::consistency(old, &entries[..new]),
        };
        assert_eq!(ConsistencyProof::new(&leaves[..new], old as u64).unwrap().hashes(), proof);
        let (old_head, new_head) = (head(&entries[..old]), head(&entries[..new]));
        add(format!("{old} of {new}"), old_head, new_head, proof.clone(), None);
        if old > 0 {
            let altered = Some("altered");
            add(
                format!("{old} of {new}, the first entry was altered"),
                old_head,
                head(&other[..new]),
                proof.clone(),
                altered,
            );
            let extra = [&proof[..], &[[0; 32]]].concat();
            add(format!("{old} of {new}, a hash too many"), old_head, new_head, extra, altered);
        }
        if let Some((_, fewer)) = proof.split_last() {
            add(format!("{old} of {new}, a hash is missing"), old_head, new_head, fewer.to_vec(), Some("altered"));
            let mut swapped = proof.clone();
            swapped.reverse();
            let expected = if swapped == proof { None } else { Some("altered") };
            add(format!("{old} of {new}, hashes in the other order"), old_head, new_head, swapped, expected);
        }
        if old < new {
            add(format!("{new} of {old}"), new_head, old_head, proof, Some("cut-off"));
        }
    }
    let not_empty = TreeHead { size: 0, ..head(&entries[..1]) };
    add("0 of 1, with the root of 1".to_owned(), not_empty, head(&entries[..1]), Vec::new(), Some("altered"));
    add("0 of 1, with a hash".to_owned(), head(&[""; 0]), head(&entries[..1]), vec![[0; 32]], Some("altered"));
    let large = TreeHead { size: 1 << 63, ..head(&entries) };
    for (name, old) in [("2^63 of 2^63", large), ("0 of 2^63", head(&[""; 0]))] {
        add(name.to_owned(), old, large, Vec::new(), Some("altered"));
    }
    let largest = TreeHead { size: (1 << 63) - 1, ..large };
    add("2^63 - 1 of 2^63 - 1".to_owned(), largest, largest, Vec::new(), None);
    cases.into()
}

fn verifier_keys() -> Value {
    let ours = key().to_string();
    let (start, base64) = ours.rsplit_once('+').map_or((&ours[..], ""), |parts| parts);
    assert_eq!(base64.len(), 44, "there is no + in it");
    let id = start.rsplit_once('+').unwrap().1;
    let malformed = Some("malformed");
    let cases = [
        ("that of the log", ours.clone(), None),
        ("C2SP's example", "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k".to_owned(), None),
        ("Go's example", "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".to_owned(), None),
        ("nothing", String::new(), malformed),
        ("the id in upper case", ours.replace(id, &id.to_uppercase()), malformed),
        ("another id", ours.replace(id, "00000000"), malformed),
        ("another name", ours.replacen("licenses", "license", 1), malformed),
        ("a space in the name", ours.replacen('/', " ", 1), malformed),
        ("a letter in the name that is not ASCII", ours.replacen("licenses", "lıcenses", 1), malformed),
        ("no name", ours.replacen(ORIGIN, "", 1), malformed),
        ("a name of 129 characters", key_text(&"x".repeat(129), &key().public_key().to_bytes()), malformed),
        ("a line break at the end", format!("{ours}\n"), malformed),
        ("a byte more", format!("{start}+{base64}AA=="), malformed),
        ("another type", format!("{start}+B{}", &base64[1..]), malformed),
        ("a point of small order", key_text(ORIGIN, &std::array::from_fn(|index| u8::from(index == 0))), malformed),
    ];
    let cases = cases.map(|(name, text, expected)| {
        let found = text.parse::<CheckpointKey>().err().map(|_| "malformed");
        assert_eq!(found, expected, "{name}");
        json!({ "name": name, "text": text, "error": expected })
    });
    cases.to_vec().into()
}

/// The text of any key, computed once more.
fn key_text(name: &str, public: &[u8; 32]) -> String {
    use sha2::{Digest, Sha256};
    let key = [&[0x01], &public[..]].concat();
    let id = Sha256::digest([name.as_bytes(), b"\n", &key].concat());
    format!("{name}+{}+{}", hex::encode(&id[..4]), Base64::encode_string(&key))
}
