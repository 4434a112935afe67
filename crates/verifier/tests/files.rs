//! `spec/vectors/files.json`, read with nothing but the verifier.
#![cfg(feature = "files")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use keyward_testing::file_answers::{LISTS, answer};
use serde_json::Value;

#[test]
fn every_file_is_opened_or_refused_as_the_vectors_say() {
    let path = format!("{}/../../spec/vectors/files.json", env!("CARGO_MANIFEST_DIR"));
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for list in LISTS {
        let cases = vectors[list].as_array().unwrap();
        assert!(!cases.is_empty(), "{list}");
        for case in cases {
            for (name, found) in answer(list, case, &vectors) {
                assert_eq!(found, case[&name], "{list}: {}: {name}", case["name"]);
            }
        }
    }
}
