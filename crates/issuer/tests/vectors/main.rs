//! `spec/vectors/files.json`: files as they are carried, and what a product makes of them, written here and read by every
//! language. What each case is expected to come to is written beside it, and not taken from what is found.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

mod bundles;
mod envelopes;
mod kit;
mod license_files;
mod lists;
mod products;
mod roots;
mod states;
mod times;

use std::fs;

use keyward_testing::file_answers::LISTS;
use serde_json::{Map, Value, json};

use crate::kit::{Pair, ROOTS, Vectors};

const ABOUT: &str = "\
    Files that are carried across an air gap (spec/FILES.md), and what a product makes of them. files: a file of a kind \
    is opened with trusted_keys, or with the keys of a bundle, or (a bundle) with roots; error is the code or null, \
    signed_by the ids of the keys whose signatures count, says the payload without what is unknown. chains: root sets \
    brought one after the other to a product with built_in. starts: the roots that a product has from those built in, its \
    state and files. evidence: the time that a file is evidence of. licenses: texts, verified with what was carried. \
    products: a validation file or a text, and a list that may be too old; the first refusal. ages: of \
    the list 14. states: kept states, and the condition in which they are. lists_seen: what a state remembers after \
    each list, bundle or recovery. recoveries: marks taken back. Keys are published, with their seeds: trust none of them. Written by \
    crates/issuer/tests/vectors.";

/// `KEYWARD_EXPECTED=overwrite` writes the vectors anew, to be read before they are committed.
#[test]
fn files_have_the_outcomes_of_the_vectors() {
    let overwrite = std::env::var_os("KEYWARD_EXPECTED").is_some_and(|value| value == "overwrite");
    let path = format!("{}/../../spec/vectors/files.json", env!("CARGO_MANIFEST_DIR"));
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

fn vectors() -> Map<String, Value> {
    let keys = Pair::ALL.map(|(name, pair)| {
        json!({ "name": name, "seed": hex::encode(pair.seed()), "public_key": pair.public(), "key_id": pair.id() })
    });
    let mut vectors = Vectors(Map::new());
    vectors.0.extend([
        ("about".to_owned(), ABOUT.into()),
        ("keys".to_owned(), Value::from(keys.to_vec())),
        ("roots".to_owned(), json!({ "threshold": 2, "keys": ROOTS.map(Pair::public) })),
        ("bundles".to_owned(), bundles::named()),
        ("lists".to_owned(), lists::named()),
    ]);
    vectors.0.extend(LISTS.map(|list| (list.to_owned(), json!([]))));
    envelopes::add(&mut vectors);
    times::add(&mut vectors);
    license_files::add(&mut vectors);
    roots::add(&mut vectors);
    bundles::add(&mut vectors);
    lists::add(&mut vectors);
    states::add(&mut vectors);
    products::add(&mut vectors);
    vectors.0
}

/// One case a line.
fn written(vectors: &Map<String, Value>) -> String {
    let head = ["about", "keys", "roots", "bundles", "lists"].into_iter().chain(LISTS);
    let fields = head.map(|name| match &vectors[name] {
        Value::Array(cases) => {
            let lines: Vec<_> = cases.iter().map(Value::to_string).collect();
            format!("\"{name}\": [\n{}\n]", lines.join(",\n"))
        }
        Value::Object(named) => {
            let lines: Vec<_> = named.iter().map(|(name, value)| format!("{}: {value}", json!(name))).collect();
            format!("\"{name}\": {{\n{}\n}}", lines.join(",\n"))
        }
        other => format!("\"{name}\": {other}"),
    });
    format!("{{\n{}\n}}\n", fields.collect::<Vec<_>>().join(",\n"))
}
