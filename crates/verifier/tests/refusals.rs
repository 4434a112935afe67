//! Every refusal has its cause, its evidence and its place in the order of the checks.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::HashMap;

use ed25519_dalek::{Signer, SigningKey};
use keyward_core::{ClaimsBuilder, ClaimsError, UnsignedKey};
use keyward_testing::by_hand::text_of;
use keyward_testing::vectors::{sign, signing_key, vectors};
use keyward_verifier::{
    Claims, Day, Edition, Environment, Feature, Fingerprint, FingerprintMatch, Hint, InvalidClaims, LicenseDigest,
    LicenseKey, Newer, Product, Serial, TrustedKey, Verifier, VerifyError,
};

fn trusted(key: &SigningKey) -> TrustedKey {
    TrustedKey::from_bytes(&key.verifying_key().to_bytes()).unwrap()
}

fn claims() -> ClaimsBuilder {
    Claims::builder()
        .serial(Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]))
        .product(Product(3))
        .edition(Edition(2))
        .unlimited_seats()
        .valid_from(day(2026, 1, 1))
        .valid_through(day(2026, 12, 31))
}

fn day(year: i32, month: u32, day: u32) -> Day {
    Day::from_ymd(year, month, day).unwrap()
}

fn code(verifier: &Verifier<'_>, text: &str) -> &'static str {
    verifier.verify(text).map_or_else(|refusal| refusal.code(), |_| "verified")
}

#[test]
fn the_vectors_are_verified_with_their_digests_and_refused_for_their_causes() {
    let keys = [trusted(&signing_key())];
    let vectors = vectors();
    assert_eq!(keys[0].id().to_string(), vectors.key_id);
    for case in &vectors.cases {
        let claims: Claims = serde_json::from_value(case.claims.clone()).unwrap();
        let mut verifier = Verifier::new(&keys, claims.product()).environment(claims.environment());
        if let Some(fingerprint) = claims.fingerprint() {
            verifier = verifier.machine(*fingerprint);
        }
        let license = verifier.verify(&case.text).unwrap_or_else(|refusal| panic!("{}: {refusal}", case.name));
        assert_eq!(license.claims(), &claims, "{}", case.name);
        assert_eq!(license.digest().to_string(), case.license_digest, "{}", case.name);
        assert_eq!(license.key_id(), keys[0].id());
        assert!(license.repairs().is_empty());
    }
    let verifier = Verifier::new(&keys, Product(3));
    for refused in &vectors.refused {
        assert_eq!(code(&verifier, &refused.text), refused.error, "{}", refused.name);
    }
}

#[test]
fn the_checks_run_in_the_documented_order() {
    let key = signing_key();
    let keys = [trusted(&key)];
    let here = Fingerprint::from_digests([Some([1; 3]), Some([2; 3]), None, None, None]);
    let elsewhere = Fingerprint::from_digests([Some([3; 3]), Some([4; 3]), None, None, None]);
    let verifier = Verifier::new(&keys, Product(3)).machine(here).released(day(2027, 1, 1));

    // Every check from the product on would fail; each step corrects the cause of the last refusal.
    let everything = claims()
        .product(Product(4))
        .environment(Environment::Staging)
        .fingerprint(elsewhere)
        .updates_through(day(2026, 6, 30));
    let text = |claims: &ClaimsBuilder| sign(&claims.clone().build().unwrap()).to_string();
    let claims = everything;
    assert_eq!(code(&verifier, &text(&claims)), "wrong-product");
    let claims = claims.product(Product(3));
    assert_eq!(code(&verifier, &text(&claims)), "wrong-environment");
    let claims = claims.environment(Environment::Production);
    assert_eq!(code(&verifier, &text(&claims)), "wrong-machine");
    let claims = claims.fingerprint(here);
    assert_eq!(code(&verifier, &text(&claims)), "version-not-covered");
    let claims = claims.updates_through(day(2027, 1, 1));
    assert_eq!(code(&verifier, &text(&claims)), "verified");

    // The signature is checked before the claims: forged invalid claims are a bad signature.
    let bytes = |payload: &[u8], hint: [u8; 2]| {
        let mut payload = payload.to_vec();
        payload.resize(17, 0);
        let header = [0x99, hint[0], hint[1]];
        let signature = key.sign(&[b"keyward/v1/license\0", &header[..], &payload].concat()).to_bytes();
        (header, payload, signature)
    };
    let hint = keys[0].id().hint().to_bytes();
    let kind_3 = [0x03, 1, 2, 3, 4, 5, 6, 7, 8, 4];
    let (header, payload, signature) = bytes(&kind_3, hint);
    assert_eq!(code(&verifier, &text_of(&[&header[..], &payload, &signature].concat())), "needs-newer");
    let mut forged = signature;
    forged[40] ^= 1;
    assert_eq!(code(&verifier, &text_of(&[&header[..], &payload, &forged].concat())), "bad-signature");
    // The signing key is identified before the signature is checked.
    let (header, payload, signature) = bytes(&kind_3, [hint[0] ^ 1, hint[1]]);
    assert_eq!(code(&verifier, &text_of(&[&header[..], &payload, &signature].concat())), "unknown-key");
    // The version of the format is checked before the signing key.
    let version_2 = [&[0x9A][..], &header[1..], &payload, &signature].concat();
    assert_eq!(code(&verifier, &text_of(&version_2)), "needs-newer");
    // Invalid claims are reported before another product.
    let (header, payload, signature) = bytes(&[0x01, 1, 2, 3, 4, 5, 6, 7, 8, 4, 2, 0, 0, 0, 7], hint);
    assert_eq!(code(&verifier, &text_of(&[&header[..], &payload, &signature].concat())), "invalid-claims");
}

#[test]
fn refusals_carry_their_evidence() {
    let keys = [trusted(&signing_key())];
    let serial = Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]);
    let verifier = Verifier::new(&keys, Product(3));
    let text = |claims: ClaimsBuilder| sign(&claims.build().unwrap()).to_string();
    let refusal = |verifier: &Verifier<'_>, text: &str| verifier.verify(text).unwrap_err();

    assert_eq!(
        refusal(&verifier, &text(claims().product(Product(4)))),
        VerifyError::WrongProduct { serial, expected: Product(3), found: Product(4) }
    );
    assert_eq!(
        refusal(&verifier, &text(claims().environment(Environment::Development))),
        VerifyError::WrongEnvironment { serial, expected: Environment::Production, found: Environment::Development }
    );
    let locked = text(claims().fingerprint(Fingerprint::from_digests([Some([1; 3]), Some([2; 3]), None, None, None])));
    assert_eq!(refusal(&verifier, &locked), VerifyError::WrongMachine { serial, compared: None });
    let half = Fingerprint::from_digests([Some([1; 3]), Some([9; 3]), Some([3; 3]), None, None]);
    assert_eq!(
        refusal(&verifier.clone().machine(half), &locked),
        VerifyError::WrongMachine { serial, compared: Some(FingerprintMatch { matching: 1, present: 2 }) }
    );
    let updates_through = day(2026, 6, 30);
    assert_eq!(
        refusal(&verifier.clone().released(day(2026, 7, 1)), &text(claims().updates_through(updates_through))),
        VerifyError::VersionNotCovered { serial, updates_through, released: day(2026, 7, 1) }
    );
    let good = text(claims());
    let without_keys = Verifier::new(&[], Product(3));
    let VerifyError::UnknownKey { hint } = refusal(&without_keys, &good) else { panic!("unknown-key") };
    assert_eq!(hint, keys[0].id().hint());
    let version_2 = vectors().refused.into_iter().find(|refused| refused.name == "version 2").unwrap().text;
    assert_eq!(refusal(&verifier, &version_2), VerifyError::NeedsNewer(Newer::Version(2)));
    let issued_wrongly = vectors().refused.into_iter().find(|refused| refused.name == "91 days of grace").unwrap().text;
    assert_eq!(
        refusal(&verifier, &issued_wrongly),
        VerifyError::InvalidClaims {
            serial: Some(serial),
            error: InvalidClaims::Claims(ClaimsError::GraceTooLong { days: 91 })
        }
    );
    let damaged = good.replace(['0', '7', 'G'], "?");
    let VerifyError::Damaged(damage) = refusal(&verifier, &damaged) else { panic!("damaged") };
    assert_eq!(refusal(&verifier.without_repair(), &damaged), VerifyError::Damaged(damage), "repaired or not");
    assert!(damage.unreadable.iter().eq(
        good.split('-').zip(1_u8..).filter(|(group, _)| group.contains(['0', '7', 'G'])).map(|(_, number)| number)
    ));
}

#[test]
fn no_refusal_and_no_debug_output_shows_the_key() {
    let keys = [trusted(&signing_key())];
    let vectors = vectors();
    let texts = vectors.cases.iter().map(|case| &case.text).chain(vectors.refused.iter().map(|refused| &refused.text));
    for text in texts {
        let damaged = format!("{}?{}", &text[..40], &text[46..]);
        for text in [text.clone(), damaged, text.replace('0', "?"), text[..90].to_owned()] {
            let shown = match Verifier::new(&keys, Product(3)).verify(&text) {
                Ok(license) => format!("{license:?} {:?} {:?}", license.key(), license.repairs()),
                Err(refusal) => format!("{refusal} {refusal:?}"),
            };
            for group in text.split('-').filter(|group| group.len() == 5 && !group.starts_with("000")) {
                assert!(!shown.contains(group), "{group} in {shown}");
            }
        }
    }
}

#[test]
fn repairs_are_reported_and_can_be_turned_off() {
    let keys = [trusted(&signing_key())];
    let text = vectors().cases[0].text.clone();
    let verifier = Verifier::new(&keys, Product(3));
    let repairs = |text: &str| {
        let license = verifier.verify(text).unwrap();
        let list = license
            .repairs()
            .iter()
            .map(|repair| (repair.group(), repair.typed().as_str().to_owned(), repair.expected().to_string()));
        list.collect::<Vec<_>>()
    };
    let repair = |group: u8, read: &str, is: &str| (group, read.to_owned(), is.to_owned());
    assert_eq!(repairs(&text), []);
    assert_eq!(repairs(&text.replace("FYP6K", "FYPGK")), [repair(8, "FYPGK", "FYP6K")]);
    assert_eq!(repairs(&text.replace("FYP6K", "fypu")), [repair(8, "FYP?", "FYP6K")]);
    assert_eq!(repairs(&text.replace("FYP6K-", "")), [repair(8, "", "FYP6K")]);
    assert_eq!(repairs(&text.replace("FYP6K", "FYP6K-FYP6K")), [repair(8, "FYP6K-FYP6K", "FYP6K")]);
    assert_eq!(
        repairs(&text.replace("FYP6K-KG98Y", "KG98Y-FYP6K")),
        [repair(8, "KG98Y", "FYP6K"), repair(9, "FYP6K", "KG98Y")]
    );
    assert_eq!(repairs(&text.replace("-FYP6K-", "FY6K").replace('-', "")), [repair(8, "FY6K", "FYP6K")]);
    let off = verifier.clone().without_repair();
    assert_eq!(code(&off, &text), "verified");
    assert_eq!(code(&off, &text.replace("FYP6K", "FYPGK")), "damaged");
}

/// Two signing keys with the same hint. Finding one for a given key takes some 65,000 tries; among many keys, a pair is
/// found sooner.
fn two_keys_with_one_hint() -> (SigningKey, SigningKey) {
    let mut by_hint: HashMap<Hint, SigningKey> = HashMap::new();
    for number in 0_u32.. {
        let mut seed = [7; 32];
        seed[..4].copy_from_slice(&number.to_le_bytes());
        let key = SigningKey::from_bytes(&seed);
        if let Some(other) = by_hint.insert(trusted(&key).id().hint(), key.clone()) {
            return (other, key);
        }
    }
    unreachable!("there are 65,536 hints")
}

#[test]
fn all_trusted_keys_with_the_hint_are_tried() {
    let (one, other) = two_keys_with_one_hint();
    let unsigned = UnsignedKey::new(&claims().build().unwrap(), trusted(&one).id().hint());
    for signer in [&one, &other] {
        let signature = signer.sign(unsigned.signed_bytes()).to_bytes();
        let key = unsigned.clone().with_signature(&signature);
        for keys in [[trusted(&one), trusted(&other)], [trusted(&other), trusted(&one)]] {
            let license = Verifier::new(&keys, Product(3)).verify_key(key.clone()).unwrap();
            assert_eq!(license.key_id(), trusted(signer).id());
        }
    }
}

#[test]
fn no_more_than_64_signatures_are_tried_for_a_damaged_text() {
    let (decoy, signer) = two_keys_with_one_hint();
    let unsigned = UnsignedKey::new(&claims().build().unwrap(), trusted(&signer).id().hint());
    let signature = signer.sign(unsigned.signed_bytes()).to_bytes();
    let key = unsigned.with_signature(&signature).to_string();
    let damaged = format!("{}?{}", &key[..60], &key[61..]);
    for (decoys, outcome) in [(63, "verified"), (64, "damaged")] {
        let mut keys = vec![trusted(&decoy); decoys];
        keys.push(trusted(&signer));
        assert_eq!(code(&Verifier::new(&keys, Product(3)), &damaged), outcome);
    }
}

#[test]
fn a_damaged_key_of_an_unknown_signer_is_unknown_only_where_that_is_certain() {
    let text = sign(&claims().build().unwrap()).to_string();
    let stranger = [trusted(&SigningKey::from_bytes(&[9; 32]))];
    let verifier = Verifier::new(&stranger, Product(3));
    let groups: Vec<&str> = text.split('-').collect();
    let wrong = |places: &[usize]| {
        let groups = groups.iter().enumerate().map(|(at, group)| if places.contains(&at) { "ZZZZZ" } else { group });
        groups.collect::<Vec<_>>().join("-")
    };
    assert_eq!(code(&verifier, &wrong(&[])), "unknown-key");
    assert_eq!(code(&verifier, &wrong(&[12])), "unknown-key", "one wrong group leaves two equations");
    assert_eq!(code(&verifier, &wrong(&[12, 20])), "damaged", "two leave one");
    assert_eq!(code(&verifier, &wrong(&[12, 20]).replace("ZZZZZ", "?????")), "damaged", "two known ones as well");
}

#[test]
fn a_forged_key_is_not_repaired_into_anything() {
    let keys = [trusted(&signing_key())];
    let verifier = Verifier::new(&keys, Product(3));
    let key: LicenseKey = vectors().cases[0].text.parse().unwrap();
    let mut bytes = key.key_bytes().to_vec();
    bytes[13] = 200; // seats
    let forged = text_of(&bytes);
    assert_eq!(code(&verifier, &forged), "bad-signature");
    for at in (0..forged.len()).step_by(7).filter(|at| forged.as_bytes()[*at] != b'-') {
        assert_eq!(code(&verifier, &format!("{}?{}", &forged[..at], &forged[at + 1..])), "damaged");
    }
}

#[test]
fn a_key_with_the_hint_of_a_trusted_key_does_not_have_its_signature() {
    let (vendor, stranger) = two_keys_with_one_hint();
    let unsigned = UnsignedKey::new(&claims().build().unwrap(), trusted(&stranger).id().hint());
    let forged = unsigned.clone().with_signature(&stranger.sign(unsigned.signed_bytes()).to_bytes());
    let keys = [trusted(&vendor)];
    assert_eq!(code(&Verifier::new(&keys, Product(3)), &forged.to_string()), "bad-signature");
}

#[test]
fn the_signature_of_one_license_does_not_verify_for_another() {
    let keys = [trusted(&signing_key())];
    let verifier = Verifier::new(&keys, Product(3));
    let small = sign(&claims().build().unwrap());
    for changed in [
        claims().perpetual(),
        claims().feature(Feature::new(5)),
        claims().serial(Serial::from_bytes([9; 8])),
        claims().valid_through(day(2036, 12, 31)),
        claims().licensee("Acme Ltd".parse().unwrap()),
    ] {
        let wanted = UnsignedKey::new(&changed.build().unwrap(), small.hint());
        let forged = wanted.with_signature(small.signature());
        assert_eq!(code(&verifier, &forged.to_string()), "bad-signature");
        // Revocation lists and allow-lists name digests, so they never name a forgery with the same serial.
        assert_ne!(LicenseDigest::of(&forged), LicenseDigest::of(&small));
    }
}

#[test]
fn a_key_cut_short_or_extended_is_not_a_license() {
    let keys = [trusted(&signing_key())];
    let verifier = Verifier::new(&keys, Product(3));
    for case in vectors().cases {
        let key: LicenseKey = case.text.parse().unwrap();
        let bytes = key.key_bytes();
        // With right check groups, extended at the end and between the claims and the signature.
        let (claims, signature) = bytes.split_at(bytes.len() - 64);
        let cut = (1..bytes.len()).map(|len| bytes[..len].to_vec());
        let extended = (1..12).map(|more| [bytes, &vec![0; more]].concat());
        let filled = (1..12).map(|more| [claims, &vec![0; more], signature].concat());
        let emptied = (4..claims.len()).map(|len| [&claims[..len], signature].concat());
        let texts = cut.chain(extended).chain(filled).chain(emptied).map(|bytes| text_of(&bytes));
        // A last byte of zeros has the text of the padding: without it, the key is the same.
        for text in texts.filter(|text| *text != case.text) {
            let answer = code(&verifier, &text);
            assert!(["malformed", "bad-signature"].contains(&answer), "{}: {answer}: {text}", case.name);
        }
    }
}

#[test]
fn parts_of_two_keys_are_never_a_third_license() {
    let keys = [trusted(&signing_key())];
    let verifier = Verifier::new(&keys, Product(3));
    let texts = [
        sign(&claims().build().unwrap()).to_string(),
        sign(&claims().serial(Serial::from_bytes([9; 8])).perpetual().build().unwrap()).to_string(),
    ];
    let mut refused = 0;
    for cut in 0..=texts[0].len().min(texts[1].len()) {
        for (start, end) in [(0, 1), (1, 0)] {
            let spliced = format!("{}{}", &texts[start][..cut], &texts[end][cut..]);
            match verifier.verify(&spliced) {
                Ok(license) => assert!(texts.contains(&license.key().to_string()), "{spliced}"),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 250, "{refused}");
}

#[cfg(feature = "rayon")]
#[test]
fn many_keys_get_the_same_answers_as_one_by_one() {
    let keys = [trusted(&signing_key())];
    let verifier = Verifier::new(&keys, Product(3));
    let vectors = vectors();
    let texts: Vec<String> = vectors
        .cases
        .iter()
        .map(|case| case.text.clone())
        .chain(vectors.refused.iter().map(|refused| refused.text.clone()))
        .chain(vectors.cases.iter().map(|case| case.text.replacen('1', "?", 2)))
        .collect();
    let one_by_one: Vec<_> = texts.iter().map(|text| verifier.verify(text)).collect();
    assert_eq!(verifier.verify_many(&texts), one_by_one);
}
