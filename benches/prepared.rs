//! Compares a prepared key with the signature alone, and many texts on all cores with one thread; and computes after how
//! many verifications the tables have saved the time that they took.
//!
//! `cargo bench -p keyward-benches --bench prepared` prints the ratios. All texts are different, so that all parts of the
//! tables are read.
#![allow(missing_docs, reason = "a program")]
#![allow(clippy::unwrap_used, reason = "a benchmark stops by panicking")]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "counts")]

use std::hint::black_box;
use std::thread;

use ed25519_dalek::{Signature, SigningKey};
use keyward_benches::{Ratio, Rounds, ratio};
use keyward_core::LicenseKey;
use keyward_issuer::{Claims, Issuer};
use keyward_verifier::{Product, TrustedKey, Verifier, prepare};

const SEED: [u8; 32] = [7; 32];
const TEXTS: usize = 1024;

fn main() {
    let verifying_key = SigningKey::from_bytes(&SEED).verifying_key();
    let plain = [TrustedKey::from_bytes(&verifying_key.to_bytes()).unwrap()];
    let mut trusted = plain.clone();
    prepare(&mut trusted);
    let verifier = Verifier::new(&trusted, Product(3));
    let texts = texts();
    let keys: Vec<LicenseKey> = texts.iter().map(|text| text.parse().unwrap()).collect();

    let mut all = keys.iter().cycle();
    let verify_strict = || {
        let key = all.next().unwrap();
        verifying_key.verify_strict(key.signed_bytes(), &Signature::from_bytes(key.signature())).unwrap();
    };
    let mut all = keys.iter().cycle();
    let signature = || {
        let key = all.next().unwrap();
        assert!(trusted[0].verifies(key.signed_bytes(), key.signature()));
    };
    let share = ratio(Rounds::SHORT, signature, verify_strict);
    println!("signature, prepared / verify_strict:       {share}");

    let mut all = keys.iter().cycle();
    let verify_strict = || {
        let key = all.next().unwrap();
        verifying_key.verify_strict(key.signed_bytes(), &Signature::from_bytes(key.signature())).unwrap();
    };
    let mut all = texts.iter().cycle();
    let text_to_license = || verifier.verify(all.next().unwrap()).unwrap();
    println!("text to license, prepared / verify_strict: {}", ratio(Rounds::SHORT, text_to_license, verify_strict));

    let key = &keys[0];
    let preparation = ratio(
        Rounds { pairs: 301, measured: 1, standard: 25 },
        || prepare(black_box(&mut plain.clone())),
        || verifying_key.verify_strict(key.signed_bytes(), &Signature::from_bytes(key.signature())).unwrap(),
    );
    let repaid = (preparation.median / (1.0 - share.median)).ceil();
    println!("preparing one key / verify_strict:         {preparation:.1}");
    println!("the tables are repaid after                {repaid:.0} verifications");

    let cores = thread::available_parallelism().unwrap().get();
    let one_thread = |texts: &[String]| texts.iter().for_each(|text| _ = black_box(verifier.verify(text).unwrap()));
    let many = || {
        let licenses = verifier.verify_many(black_box(&texts));
        assert!(licenses.iter().all(Result::is_ok));
    };
    let plain_threads = || {
        thread::scope(|scope| {
            for texts in texts.chunks(texts.len().div_ceil(cores)) {
                scope.spawn(move || one_thread(texts));
            }
        });
    };
    const ONCE: Rounds = Rounds { pairs: 151, measured: 1, standard: 1 };
    let rate = ratio(ONCE, plain_threads, many);
    println!("verify_many / {cores} threads that share the texts, as a rate: {rate}");
    #[allow(clippy::cast_precision_loss, reason = "cores are few")]
    let rate: Ratio = ratio(ONCE, || one_thread(&texts), many).over(cores as f64);
    println!("verify_many / ({cores} × one thread), as a rate:               {rate}");
}

/// Different licenses, signed.
fn texts() -> Vec<String> {
    let issuer = Issuer::with_key(keyward_issuer::SigningKey::from_seed(&SEED));
    (0..TEXTS)
        .map(|serial| {
            let claims: Claims = serde_json::from_str(&format!(
                r#"{{"serial": "{serial:016x}", "product": 3, "edition": 2, "seats": 25,
                    "valid_from": "2026-01-01", "valid_through": "2026-12-31", "features": [0, 1, 2]}}"#
            ))
            .unwrap();
            issuer.sign(&claims).unwrap().to_string()
        })
        .collect()
}
