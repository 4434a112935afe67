//! Compares text to license and claims to text with the signature alone over the same bytes, on one thread.
//!
//! `cargo bench -p keyward-benches --bench license_key` prints the ratios, and then criterion's times, which measure each
//! side separately.
#![allow(missing_docs, reason = "criterion's macros make items without")]
#![allow(clippy::unwrap_used, reason = "a benchmark stops by panicking")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "counts"
)]

use std::hint::black_box;

use criterion::Criterion;
use ed25519_dalek::{Signature, Signer, SigningKey};
use keyward_benches::{Rounds, ratio};
use keyward_core::LicenseKey;
use keyward_issuer::{Claims, Issuer};
use keyward_verifier::{Product, TrustedKey, Verifier};

const CLAIMS: &str = r#"{
    "serial": "0102030405060708", "product": 3, "edition": 2, "seats": 25,
    "valid_from": "2026-01-01", "valid_through": "2026-12-31", "features": [0, 1, 2]
}"#;
const SEED: [u8; 32] = [7; 32];

fn main() {
    let claims: Claims = serde_json::from_str(CLAIMS).unwrap();
    let signing_key = SigningKey::from_bytes(&SEED);
    let verifying_key = signing_key.verifying_key();
    let issuer = Issuer::with_key(keyward_issuer::SigningKey::from_seed(&SEED));
    let trusted = [TrustedKey::from_bytes(&verifying_key.to_bytes()).unwrap()];
    let verifier = Verifier::new(&trusted, Product(3));
    let text = issuer.sign(&claims).unwrap().to_string();
    let key: LicenseKey = text.parse().unwrap();
    let message = key.signed_bytes();
    let signature = Signature::from_bytes(key.signature());

    let verify_strict = || verifying_key.verify_strict(black_box(message), black_box(&signature)).unwrap();
    let text_to_license = || verifier.verify(black_box(&text)).unwrap();
    let sign_and_verify_strict = || {
        let signature = signing_key.sign(black_box(message));
        verifying_key.verify_strict(black_box(message), &signature).unwrap();
        signature
    };
    let claims_to_text = || issuer.sign(black_box(&claims)).unwrap().to_string();

    println!("text to license / verify_strict:         {}", ratio(Rounds::SHORT, text_to_license, verify_strict));
    println!(
        "claims to text / (sign + verify_strict): {}",
        ratio(Rounds::SHORT, claims_to_text, sign_and_verify_strict)
    );

    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("verify_strict", |bencher| bencher.iter(verify_strict));
    criterion.bench_function("text to license", |bencher| bencher.iter(text_to_license));
    criterion.bench_function("sign and verify_strict", |bencher| bencher.iter(sign_and_verify_strict));
    criterion.bench_function("claims to text", |bencher| bencher.iter(claims_to_text));
    let many = vec![text.clone(); 1000];
    criterion.bench_function("1000 texts to licenses, all cores", |bencher| {
        bencher.iter(|| verifier.verify_many(black_box(&many)));
    });
    criterion.final_summary();
}
