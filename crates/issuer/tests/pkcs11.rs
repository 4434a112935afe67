//! Signs with keys in SoftHSM, in place of an HSM.
#![cfg(all(feature = "pkcs11", unix))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::num::NonZeroU32;
use std::process::Command;
use std::{fs, thread};

use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use keyward_issuer::pkcs11::{Pkcs11Error, Pkcs11Signer, Pkcs11Token, Pkcs11Uri};
use keyward_issuer::signature::Signer;
use keyward_issuer::{
    Claims, ClaimsBuilder, Day, Edition, Issuer, LicenseKey, Product, SignError, SigningKey, TrustedKey, claims,
};
use keyward_testing::softhsm::{P256_KEY, PIN, SoftHsm};
use keyward_verifier::Verifier;

/// Runs the test with a folder for tokens, in a process of its own: an environment variable names the folder, and a process
/// keeps the module that it has loaded.
fn with_softhsm(test: &str, body: impl FnOnce(&SoftHsm)) {
    const FOLDER: &str = "KEYWARD_TEST_TOKENS";
    if let Some(folder) = std::env::var_os(FOLDER) {
        return body(&SoftHsm::made_in(folder.into()));
    }
    let Some(hsm) = SoftHsm::new(test) else { return };
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", test, "--nocapture"]).env(FOLDER, &hsm.folder).env("SOFTHSM2_CONF", hsm.configuration());
    let ended = again.output().unwrap();
    let output = String::from_utf8_lossy(&ended.stdout);
    assert!(
        ended.status.success() && output.contains("1 passed"),
        "{}{output}{}",
        ended.status,
        String::from_utf8_lossy(&ended.stderr)
    );
}

fn vendor() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

fn other() -> SigningKey {
    SigningKey::from_seed(&[2; 32])
}

fn public(key: &SigningKey) -> TrustedKey {
    key.verifying_key().clone()
}

fn uri(text: &str) -> Pkcs11Uri {
    text.parse().unwrap()
}

fn open(hsm: &SoftHsm, attributes: &str) -> Result<Pkcs11Signer, Pkcs11Error> {
    Pkcs11Signer::open(&uri(&hsm.uri(attributes)), None)
}

fn refused(hsm: &SoftHsm, attributes: &str) -> String {
    open(hsm, attributes).unwrap_err().to_string()
}

/// A token `acme` with the key `vendor`, id 01.
fn add_vendor(hsm: &SoftHsm) {
    hsm.add_token("acme");
    hsm.import("acme", &vendor().to_pem(), "vendor", "01");
}

fn some_claims() -> ClaimsBuilder {
    let day = Day::from_ymd(2026, 1, 1).unwrap();
    let seats = NonZeroU32::new(25).unwrap();
    claims().unwrap().product(Product(3)).edition(Edition(2)).seats(seats).valid_from(day).perpetual()
}

fn sign(signer: Pkcs11Signer, claims: &Claims) -> Result<LicenseKey, SignError> {
    let verifying_key = signer.verifying_key().clone();
    Issuer::new(signer, verifying_key).sign(claims)
}

/// A second session for actions of the tests: making keys in the token, logging out.
fn session(hsm: &SoftHsm) -> Session {
    let module = Pkcs11::new(hsm.module).unwrap();
    let slot = module.get_slots_with_initialized_token().unwrap().into_iter().next().unwrap();
    let session = module.open_rw_session(slot).unwrap();
    // A process initializes the module once, and logs in to the token once.
    let _ = session.login(UserType::User, Some(&AuthPin::new(PIN.into())));
    session
}

/// Loads and initializes the module for [`session`].
fn initialize(hsm: &SoftHsm) {
    let anything = format!("pkcs11:?module-path={}", hsm.module);
    assert!(Pkcs11Token::find(&uri(&anything)).is_ok());
}

fn generate(session: &Session, public: &[Attribute], private: &[Attribute]) {
    let curve = Attribute::EcParams(b"\x06\x03\x2b\x65\x70".to_vec());
    let on_token = Attribute::Token(true);
    session
        .generate_key_pair(
            &Mechanism::EccEdwardsKeyPairGen,
            &[&[curve, on_token.clone()], public].concat(),
            &[&[on_token], private].concat(),
        )
        .unwrap();
}

#[test]
fn a_token_signs_the_same_license_as_the_key_file() {
    with_softhsm("a_token_signs_the_same_license_as_the_key_file", |hsm| {
        add_vendor(hsm);
        let signer = open(hsm, "token=acme;object=vendor").unwrap();
        assert_eq!(signer.verifying_key(), &public(&vendor()));
        let shown = format!("{signer:?}");
        assert!(shown.contains("acme") && shown.contains("vendor") && !shown.contains(PIN), "{shown}");

        let claims = some_claims().build().unwrap();
        let key = sign(signer, &claims).unwrap();
        assert_eq!(key.to_string(), Issuer::with_key(vendor()).sign(&claims).unwrap().to_string());
        let license = Verifier::new(&[public(&vendor())], Product(3)).verify(&key.to_string()).unwrap();
        assert_eq!(license.claims(), &claims);
    });
}

#[test]
fn signatures_of_a_key_made_in_the_token_verify() {
    with_softhsm("signatures_of_a_key_made_in_the_token_verify", |hsm| {
        hsm.add_token("acme");
        initialize(hsm);
        let label_and_id = [Attribute::Label(b"vendor".to_vec()), Attribute::Id(vec![7])];
        generate(&session(hsm), &label_and_id, &label_and_id);
        let signer = open(hsm, "object=vendor").unwrap();
        let trusted = [signer.verifying_key().clone()];
        let key = sign(signer, &some_claims().build().unwrap()).unwrap();
        assert!(Verifier::new(&trusted, Product(3)).verify(&key.to_string()).is_ok());
        assert!(Verifier::new(&[public(&vendor())], Product(3)).verify(&key.to_string()).is_err());
    });
}

#[test]
fn messages_of_any_length_get_the_same_signature_as_from_the_key_file() {
    with_softhsm("messages_of_any_length_get_the_same_signature_as_from_the_key_file", |hsm| {
        add_vendor(hsm);
        let signer = open(hsm, "").unwrap();
        for length in [0, 1, 63, 64, 65, 1000, 100_000] {
            let message = vec![b'x'; length];
            assert_eq!(signer.signature_of(&message).unwrap(), vendor().sign(&message), "{length}");
        }
    });
}

#[test]
fn a_token_and_a_key_are_found_by_any_unique_name() {
    with_softhsm("a_token_and_a_key_are_found_by_any_unique_name", |hsm| {
        add_vendor(hsm);
        hsm.import("acme", &other().to_pem(), "other", "02");
        hsm.add_token("Müller & Søn");
        hsm.import("Müller & Søn", &other().to_pem(), "vendor", "01");

        // The message about several tokens has the serial and the slot of each.
        let several = refused(hsm, "object=vendor");
        let acme = several.split_once("acme (serial ").unwrap().1;
        let (serial, rest) = acme.split_once(", slot-id ").unwrap();
        let slot = rest.split_once(')').unwrap().0;
        for (found, attributes) in [
            (vendor(), "token=acme;object=vendor".to_owned()),
            (vendor(), "token=acme;id=%01".to_owned()),
            (vendor(), "token=acme;object=vendor;id=%01;type=private".to_owned()),
            (other(), "token=acme;object=other".to_owned()),
            (other(), "token=acme;id=%02".to_owned()),
            (other(), "token=M%C3%BCller%20&%20S%C3%B8n".to_owned()),
            (vendor(), format!("serial={serial};object=vendor")),
            (vendor(), format!("slot-id={slot};object=vendor")),
            (vendor(), "token=acme;manufacturer=SoftHSM%20project;model=SoftHSM%20v2;id=%01".to_owned()),
        ] {
            let signer = open(hsm, &attributes).unwrap_or_else(|error| panic!("{attributes}: {error}"));
            assert_eq!(signer.verifying_key(), &public(&found), "{attributes}");
        }
        for attributes in ["token=acm", "token=acme%20", "serial=0", "manufacturer=Acme", "model=SoftHSM", "slot-id=99"]
        {
            let error = open(hsm, attributes).unwrap_err();
            assert!(matches!(error, Pkcs11Error::NoSuchToken { .. }), "{attributes}: {error}");
            assert!(error.to_string().contains("acme (serial "), "{error}");
        }
        for attributes in ["token=acme;object=vend", "token=acme;id=%03", "token=acme;object=vendor;id=%02"] {
            let error = open(hsm, attributes).unwrap_err();
            assert!(matches!(error, Pkcs11Error::NoSuchKey { .. }), "{attributes}: {error}");
            assert!(error.to_string().contains("the token has other (id 02), vendor (id 01)"), "{error}");
        }
    });
}

#[test]
fn several_matches_of_the_uri_are_named_and_none_is_used() {
    with_softhsm("several_matches_of_the_uri_are_named_and_none_is_used", |hsm| {
        add_vendor(hsm);
        hsm.import("acme", &other().to_pem(), "vendor", "02");
        // SoftHSM reads the folder when it is loaded.
        hsm.add_token("second");
        let error = open(hsm, "token=acme;object=vendor").unwrap_err();
        let both = ["vendor (id 01)", "vendor (id 02)"];
        assert!(matches!(&error, Pkcs11Error::SeveralKeys { matching, .. } if matching == &both), "{error}");
        assert_eq!(open(hsm, "token=acme;object=vendor;id=%02").unwrap().verifying_key(), &public(&other()));
        let error = open(hsm, "object=vendor").unwrap_err();
        assert!(matches!(&error, Pkcs11Error::SeveralTokens { matching } if matching.len() == 2), "{error}");
    });
}

#[test]
fn a_module_without_tokens_is_an_error() {
    with_softhsm("a_module_without_tokens_is_an_error", |hsm| {
        let error = open(hsm, "token=acme").unwrap_err();
        assert!(matches!(&error, Pkcs11Error::NoSuchToken { present } if present.is_empty()), "{error}");
        assert!(error.to_string().contains("the module has none"), "{error}");
    });
}

#[test]
fn a_wrong_pin_is_tried_once_and_never_shown() {
    with_softhsm("a_wrong_pin_is_tried_once_and_never_shown", |hsm| {
        add_vendor(hsm);
        for wrong in ["pin-161803", "1", &"9".repeat(300)] {
            fs::write(hsm.pin(), wrong).unwrap();
            let error = open(hsm, "token=acme;object=vendor").unwrap_err();
            assert!(matches!(&error, Pkcs11Error::WrongPin { token } if token == "acme"), "{error}");
            let shown = format!("{error} {error:?}");
            assert!(shown.contains("locks after a few wrong PINs"), "{shown}");
            assert!(wrong.len() == 1 || !shown.contains(wrong), "{shown}");
        }
        fs::write(hsm.pin(), "\n").unwrap();
        assert!(matches!(open(hsm, "token=acme").unwrap_err(), Pkcs11Error::NoPinInSource { .. }));
        fs::remove_file(hsm.pin()).unwrap();
        assert!(matches!(open(hsm, "token=acme").unwrap_err(), Pkcs11Error::PinSource { .. }));

        let without = uri(&format!("pkcs11:token=acme?module-path={}", hsm.module));
        assert!(Pkcs11Token::find(&without).unwrap().needs_pin());
        assert!(matches!(Pkcs11Signer::open(&without, None).unwrap_err(), Pkcs11Error::NoPin { .. }));
        let pin = PIN.as_bytes().to_vec().into();
        assert!(Pkcs11Token::find(&without).unwrap().signer(Some(pin), None).is_ok());
    });
}

#[test]
fn a_key_of_another_algorithm_is_refused() {
    with_softhsm("a_key_of_another_algorithm_is_refused", |hsm| {
        hsm.add_token("acme");
        hsm.import("acme", P256_KEY, "vendor", "01");
        let error = open(hsm, "object=vendor").unwrap_err();
        assert!(
            matches!(&error, Pkcs11Error::NotEd25519 { matching, .. } if matching == &["vendor (id 01)"]),
            "{error}"
        );
        let error = refused(hsm, "object=missing");
        assert!(error.contains("the token has no Ed25519 key"), "{error}");
        // The Ed25519 key with the same name.
        hsm.import("acme", &vendor().to_pem(), "vendor", "02");
        assert_eq!(open(hsm, "object=vendor").unwrap().verifying_key(), &public(&vendor()));
    });
}

#[test]
fn a_key_on_another_edwards_curve_is_refused() {
    with_softhsm("a_key_on_another_edwards_curve_is_refused", |hsm| {
        hsm.add_token("acme");
        initialize(hsm);
        let ed448 = Attribute::EcParams(b"\x06\x03\x2b\x65\x71".to_vec());
        let kept = [Attribute::Token(true), Attribute::Label(b"vendor".to_vec())];
        let public = [&[ed448], &kept[..]].concat();
        session(hsm).generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &public, &kept).unwrap();
        let error = open(hsm, "object=vendor").unwrap_err();
        assert!(matches!(&error, Pkcs11Error::NotEd25519 { .. }), "{error}");
    });
}

#[test]
fn a_given_public_key_has_to_agree_with_the_tokens() {
    with_softhsm("a_given_public_key_has_to_agree_with_the_tokens", |hsm| {
        add_vendor(hsm);
        let with = uri(&hsm.uri("object=vendor"));
        assert!(Pkcs11Signer::open(&with, Some(&public(&vendor()))).is_ok());
        let error = Pkcs11Signer::open(&with, Some(&public(&other()))).unwrap_err();
        let (found, given) = (public(&vendor()).id(), public(&other()).id());
        assert!(
            matches!(&error, Pkcs11Error::PublicKeyDiffers { found: f, given: g, .. } if (*f, *g) == (found, given)),
            "{error}"
        );

        hsm.import_without_public("acme", &other().to_pem(), "alone", "09");
        let alone = uri(&hsm.uri("object=alone"));
        let error = Pkcs11Signer::open(&alone, None).unwrap_err();
        assert!(matches!(&error, Pkcs11Error::NoPublicKey { key } if key == "alone (id 09)"), "{error}");
        let claims = some_claims().build().unwrap();
        let signer = Pkcs11Signer::open(&alone, Some(&public(&other()))).unwrap();
        assert_eq!(
            sign(signer, &claims).unwrap().to_string(),
            Issuer::with_key(other()).sign(&claims).unwrap().to_string()
        );
        // A given public key that the token does not contradict is used until the first signature.
        let signer = Pkcs11Signer::open(&alone, Some(&public(&vendor()))).unwrap();
        assert_eq!(sign(signer, &claims), Err(SignError::WrongSignature));
    });
}

#[test]
fn of_two_public_keys_with_the_same_id_the_given_one_is_used() {
    with_softhsm("of_two_public_keys_with_the_same_id_the_given_one_is_used", |hsm| {
        add_vendor(hsm);
        initialize(hsm);
        let session = session(hsm);
        // A pair whose public key has the id of vendor.
        generate(&session, &[Attribute::Id(vec![1])], &[Attribute::Id(vec![2])]);
        let with = uri(&hsm.uri("object=vendor"));
        let error = Pkcs11Signer::open(&with, None).unwrap_err();
        assert!(matches!(&error, Pkcs11Error::SeveralPublicKeys { .. }), "{error}");
        assert!(Pkcs11Signer::open(&with, Some(&public(&vendor()))).is_ok());
        assert!(Pkcs11Signer::open(&with, Some(&public(&other()))).is_err());
    });
}

#[test]
fn a_duplicate_public_key_counts_once() {
    with_softhsm("a_duplicate_public_key_counts_once", |hsm| {
        add_vendor(hsm);
        hsm.import_again("acme", &vendor().to_pem(), "again", "01");
        for object in ["vendor", "again"] {
            assert_eq!(open(hsm, &format!("object={object}")).unwrap().verifying_key(), &public(&vendor()));
        }
    });
}

#[test]
fn without_an_id_the_public_key_has_the_same_label() {
    with_softhsm("without_an_id_the_public_key_has_the_same_label", |hsm| {
        hsm.add_token("acme");
        initialize(hsm);
        let session = session(hsm);
        for label in [&b"vendor"[..], b"other"] {
            let label_and_id = [Attribute::Label(label.to_vec())];
            generate(&session, &label_and_id, &label_and_id);
        }
        for object in ["vendor", "other"] {
            let signer = open(hsm, &format!("object={object}")).unwrap();
            assert!(sign(signer, &some_claims().build().unwrap()).is_ok());
        }
        let nameless = [Attribute::Id(vec![5])];
        generate(&session, &[], &nameless);
        assert!(matches!(open(hsm, "id=%05").unwrap_err(), Pkcs11Error::NoPublicKey { .. }));
    });
}

#[test]
fn a_key_that_needs_the_pin_for_each_signature_is_refused() {
    with_softhsm("a_key_that_needs_the_pin_for_each_signature_is_refused", |hsm| {
        hsm.add_token("acme");
        initialize(hsm);
        let label_and_id = [Attribute::Label(b"vendor".to_vec()), Attribute::Id(vec![1])];
        generate(&session(hsm), &label_and_id, &[&label_and_id[..], &[Attribute::AlwaysAuthenticate(true)]].concat());
        let error = open(hsm, "object=vendor").unwrap_err();
        assert!(matches!(&error, Pkcs11Error::AsksEachTime { key } if key == "vendor (id 01)"), "{error}");
    });
}

#[test]
fn a_key_that_may_not_sign_is_an_error() {
    with_softhsm("a_key_that_may_not_sign_is_an_error", |hsm| {
        hsm.add_token("acme");
        initialize(hsm);
        let label_and_id = [Attribute::Label(b"vendor".to_vec()), Attribute::Id(vec![1])];
        generate(&session(hsm), &label_and_id, &[&label_and_id[..], &[Attribute::Sign(false)]].concat());
        let signer = open(hsm, "object=vendor").unwrap();
        let error = signer.signature_of(b"message").unwrap_err();
        assert!(matches!(&error, Pkcs11Error::DoesNotSign { key, .. } if key == "vendor (id 01)"), "{error}");
        let of_trait = signer.try_sign(b"message").unwrap_err();
        assert_eq!(std::error::Error::source(&of_trait).unwrap().to_string(), error.to_string());
        assert_eq!(sign(signer, &some_claims().build().unwrap()), Err(SignError::Signer));
    });
}

#[test]
fn a_removed_token_is_an_error() {
    with_softhsm("a_removed_token_is_an_error", |hsm| {
        add_vendor(hsm);
        let signer = open(hsm, "token=acme").unwrap();
        assert!(signer.signature_of(b"message").is_ok());
        session(hsm).logout().unwrap();
        let error = signer.signature_of(b"message").unwrap_err();
        assert!(matches!(&error, Pkcs11Error::Gone { token } if token == "acme"), "{error}");
        drop(signer);

        let signer = open(hsm, "token=acme").unwrap();
        hsm.delete("acme");
        let error = signer.signature_of(b"message").unwrap_err();
        assert!(matches!(&error, Pkcs11Error::Gone { token } if token == "acme"), "{error:?}");
    });
}

#[test]
fn many_threads_sign_with_one_signer_and_with_one_each() {
    with_softhsm("many_threads_sign_with_one_signer_and_with_one_each", |hsm| {
        const THREADS: u32 = 8;
        const MESSAGES: u32 = 50;
        add_vendor(hsm);
        let (signer, key) = (open(hsm, "token=acme").unwrap(), vendor());
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (signer, key) = (&signer, &key);
                scope.spawn(move || {
                    let own = open(hsm, "token=acme").unwrap();
                    for message in 0..MESSAGES {
                        let message = [thread.to_be_bytes(), message.to_be_bytes()].concat();
                        assert_eq!(signer.signature_of(&message).unwrap(), key.sign(&message));
                        assert_eq!(own.signature_of(&message).unwrap(), key.sign(&message));
                    }
                });
            }
        });
    });
}

#[test]
fn a_module_that_cannot_be_loaded_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let no_library = folder.path().join("hsm.so");
    fs::write(&no_library, "not a library").unwrap();
    for path in [&folder.path().join("missing.so"), &no_library] {
        let error = Pkcs11Token::find(&uri("pkcs11:token=acme").or_module_path(path)).unwrap_err();
        assert!(matches!(&error, Pkcs11Error::Module { path: named, .. } if named == path), "{error}");
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(path.to_str().unwrap()), "{source}");
    }
    assert!(matches!(Pkcs11Token::find(&uri("pkcs11:token=acme")).unwrap_err(), Pkcs11Error::NoModule));
}
