//! The fixtures agree with the test vectors of the format.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{fixture, fixtures, run};
use keyward_issuer::SigningKey;
use serde_json::Value;

fn vectors() -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors/license-keys.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_signing_key_is_the_public_one_of_the_vectors() {
    let vectors = vectors();
    let seed: Vec<u8> = (0..32).collect();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(vectors["signing_key_seed"], hex(&seed));

    let key = SigningKey::from_seed(&seed.try_into().unwrap());
    assert!(fixture("vendor.key").ends_with(key.to_pem().as_str()));
    assert_eq!(fixture("vendor.pub"), key.public_pem());
    let encrypted =
        SigningKey::from_encrypted_pem(&fixture("encrypted.key"), fixture("passphrase.txt").trim().as_bytes());
    assert_eq!(encrypted.unwrap().verifying_key(), key.verifying_key());
}

#[test]
fn the_license_keys_are_those_of_the_vectors() {
    let vectors = vectors();
    for (file, list, name) in [
        ("typical", "cases", "a typical license"),
        ("trial", "cases", "a trial of thirty days"),
        ("stopgap", "cases", "a stopgap"),
        ("staging", "cases", "perpetual, unlimited seats, staging"),
        ("updates", "cases", "perpetual with updates through a day"),
        ("limits", "cases", "limits"),
        ("licensee", "cases", "a licensee beyond ASCII"),
        ("locked", "cases", "locked to a machine"),
        ("everything", "cases", "everything at once"),
        ("forged", "refused", "claims changed, checks made anew"),
        ("version-2", "refused", "version 2"),
        ("kind-3", "refused", "kind 3"),
        ("line-break", "refused", "a licensee with a line break"),
        ("pad-bit", "refused", "a pad bit set"),
    ] {
        let vector = vectors[list].as_array().unwrap().iter().find(|vector| vector["name"] == name).unwrap();
        assert_eq!(fixture(&format!("keys/{file}.txt")).trim_end().replace('\n', ""), vector["text"], "{name}");
    }
}

#[test]
fn every_claim_of_the_vectors_is_signed_into_the_key_of_the_vectors() {
    let folder = fixtures();
    for vector in vectors()["cases"].as_array().unwrap() {
        let mut command = common::keyward(&folder, &["sign", "--json", "--key", "vendor.key", "env:CLAIMS"]);
        let signed = common::ended(command.env("CLAIMS", vector["claims"].to_string())).json();
        assert_eq!(signed["key"], vector["text"], "{}", vector["name"]);
        assert_eq!(signed["digest"], vector["license_digest"], "{}", vector["name"]);
    }
}

#[test]
fn every_refused_vector_is_refused_with_its_code() {
    let folder = fixtures();
    for vector in vectors()["refused"].as_array().unwrap() {
        let text = vector["text"].as_str().unwrap();
        let ended = run(&folder, &["verify", "--json", "--trust", "vendor.pub", "--at", "2026-06-15", text]);
        assert_eq!(ended.json()["outcome"], vector["error"], "{}", vector["name"]);
    }
}
