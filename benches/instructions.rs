//! Runs one path the given number of times. `benches/count-instructions` counts its instructions.
#![allow(missing_docs, reason = "a program")]
#![allow(clippy::unwrap_used, reason = "a benchmark stops by panicking")]

use std::hint::black_box;

use ed25519_dalek::{Signature, Signer, VerifyingKey};
use keyward_issuer::{Claims, Issuer, SigningKey};
use keyward_verifier::{Product, Verifier, prepare};

const CLAIMS: &str = r#"{
    "serial": "0102030405060708", "product": 3, "edition": 2, "seats": 25,
    "valid_from": "2026-01-01", "valid_through": "2026-12-31", "features": [0, 1, 2]
}"#;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (path, times) = (arguments.next().unwrap(), arguments.next().unwrap().parse().unwrap());
    let claims: Claims = serde_json::from_str(CLAIMS).unwrap();
    let issuer = Issuer::with_key(SigningKey::from_seed(&[7; 32]));
    let text = issuer.sign(&claims).unwrap().to_string();
    let mut trusted = [SigningKey::from_seed(&[7; 32]).verifying_key().clone()];
    if path == "prepared-text-to-license" {
        prepare(&mut trusted);
    }
    let verifier = Verifier::new(&trusted, Product(3));
    // Verifies the signature alone, over the same bytes.
    let key = issuer.sign(&claims).unwrap();
    let (message, signature) = (key.signed_bytes(), Signature::from_bytes(key.signature()));
    let plain = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let verifying_key = VerifyingKey::from_bytes(&trusted[0].to_bytes()).unwrap();
    let verify_strict =
        |signature: &Signature| verifying_key.verify_strict(black_box(message), black_box(signature)).unwrap();
    // A key with mistakes in most of its groups, for which no repair is found.
    let hopeless: String = text.replace('0', "Z").replace('1', "0");

    for _ in 0..times {
        match path.as_str() {
            "text-to-license" | "prepared-text-to-license" => _ = black_box(verifier.verify(black_box(&text)).unwrap()),
            "verify-strict" => verify_strict(&signature),
            "sign-and-verify-strict" => verify_strict(&plain.sign(black_box(message))),
            "claims-to-text" => drop(black_box(issuer.sign(black_box(&claims)).unwrap().to_string())),
            "preparation" => prepare(black_box(&mut trusted.clone())),
            "refusal" => _ = black_box(verifier.verify(black_box(&hopeless)).unwrap_err()),
            _ => unreachable!("{path}"),
        }
    }
}
