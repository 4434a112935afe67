//! An authenticator checks keys without a product, and is no weaker than `verify`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use ed25519_dalek::SigningKey;
use keyward_testing::vectors::{sign, signing_key, vectors};
use keyward_verifier::{
    Authenticator, Claims, Day, Edition, Environment, Fingerprint, Product, Serial, TrustedKey, Verifier, VerifyError,
};

fn trusted(key: &SigningKey) -> TrustedKey {
    TrustedKey::from_bytes(&key.verifying_key().to_bytes()).unwrap()
}

/// The texts of the vectors, accepted and refused, and some with mistakes.
fn texts() -> Vec<String> {
    let vectors = vectors();
    let good = vectors.cases.iter().map(|case| case.text.clone());
    let refused = vectors.refused.iter().map(|refused| refused.text.clone());
    let damaged = vectors.cases.iter().flat_map(|case| [case.text.replacen('1', "?", 2), case.text.replace('0', "?")]);
    good.chain(refused).chain(damaged).collect()
}

#[test]
fn a_genuine_key_is_genuine_for_any_product_environment_and_machine() {
    let keys = [trusted(&signing_key())];
    let locked = Fingerprint::from_digests([Some([1; 3]), None, None, None, None]);
    let claims = Claims::builder()
        .serial(Serial::from_bytes([1; 8]))
        .product(Product(77))
        .edition(Edition(2))
        .unlimited_seats()
        .valid_from(Day::FIRST)
        .perpetual()
        .environment(Environment::Development)
        .fingerprint(locked)
        .build()
        .unwrap();
    let genuine = Authenticator::new(&keys).authenticate(&sign(&claims).to_string()).unwrap();
    assert_eq!(genuine.claims(), &claims);
    assert_eq!(genuine.key_id(), keys[0].id());
    assert_eq!(genuine.key(), &sign(&claims));
    assert!(genuine.repairs().is_empty());
}

#[test]
fn an_authenticator_and_then_a_verifier_have_the_result_of_the_verifier_alone() {
    let keys = [trusted(&signing_key())];
    let authenticator = Authenticator::new(&keys);
    let verifiers = [
        authenticator.for_product(Product(3)),
        authenticator.for_product(Product(4)).environment(Environment::Staging),
        authenticator.without_repair().for_product(Product(3)).released(Day::LAST),
    ];
    for text in texts() {
        for (verifier, authenticator) in
            verifiers.iter().zip([authenticator, authenticator, authenticator.without_repair()])
        {
            let in_two_steps = authenticator.check_signature(&text).and_then(|signed| verifier.verify_signed(signed));
            assert_eq!(in_two_steps, verifier.verify(&text), "{text}");
        }
        match (authenticator.authenticate(&text), authenticator.check_signature(&text)) {
            (Ok(genuine), Ok(signed)) => {
                assert_eq!((genuine.claims(), genuine.repairs()), (signed.claims(), signed.repairs()));
                assert_eq!((genuine.digest(), genuine.key_id()), (signed.digest(), signed.key_id()));
            }
            (Err(one), Err(other)) => assert_eq!(one, other),
            (one, other) => panic!("{text}: {one:?}, {other:?}"),
        }
    }
}

#[test]
fn a_license_has_what_its_authentic_key_has() {
    let keys = [trusted(&signing_key())];
    let text = vectors().cases[0].text.replace("FYP6K", "FYPGK");
    let license = Verifier::new(&keys, Product(3)).verify(&text).unwrap();
    assert_eq!(license.repairs().len(), 1);
    assert_eq!(Authenticator::new(&keys).authenticate(&text).as_ref(), Ok(license.authentic()));
}

#[test]
fn an_authenticator_with_other_keys_is_no_way_around_the_trusted_keys() {
    let (vendor, stranger) = ([trusted(&SigningKey::from_bytes(&[9; 32]))], [trusted(&signing_key())]);
    let text = &vectors().cases[0].text;
    let signed = Authenticator::new(&stranger).check_signature(text).unwrap();
    let unknown = VerifyError::UnknownKey { hint: stranger[0].id().hint() };
    assert_eq!(Verifier::new(&vendor, Product(3)).verify_signed(signed.clone()).unwrap_err(), unknown);
    assert_eq!(Authenticator::new(&vendor).permit(signed).unwrap_err(), unknown);
}

#[test]
fn no_debug_output_shows_the_key() {
    let keys = [trusted(&signing_key())];
    for case in vectors().cases {
        let authenticator = Authenticator::new(&keys);
        let signed = authenticator.check_signature(&case.text).unwrap();
        let shown = format!("{signed:?} {:?}", authenticator.permit(signed.clone()));
        for group in case.text.split('-').filter(|group| !group.starts_with("000")) {
            assert!(!shown.contains(group), "{group} in {shown}");
        }
    }
}
