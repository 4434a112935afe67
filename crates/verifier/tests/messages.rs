//! The messages of refusals, word for word, and the texts that logs may show.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use keyward_core::ClaimsError;
use keyward_verifier::{
    Damage, Day, Environment, FingerprintMatch, InvalidClaims, KeyId, KeyTextError, MachineComponents, Malformation,
    Newer, NewerClaim, Product, Serial, TrustedKey, TrustedKeyError, VerifyError,
};

fn day(year: i32, month: u32, day: u32) -> Day {
    Day::from_ymd(year, month, day).unwrap()
}

#[test]
fn every_refusal_says_its_cause_and_what_to_do() {
    let serial = Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]);
    let key_id = KeyId::from_bytes([0xED, 0x42, 0x42, 0xEA, 0xD4, 0xAC, 0x69, 0x48]);
    let perpetual = InvalidClaims::Claims(ClaimsError::GraceWithoutTerm);
    for (refusal, code, message) in [
        (
            VerifyError::Malformed(Malformation::NotALicenseKey),
            "malformed",
            "this is not a license key: it does not begin with K",
        ),
        (
            VerifyError::Damaged(Damage::default()),
            "damaged",
            "the license key has a mistake in it at a place that is not known: 0 groups were read; compare it with the \
             original, group by group",
        ),
        (
            VerifyError::UnknownKey { hint: key_id.hint() },
            "unknown-key",
            "the license key is signed by a key that this product does not trust (hint ed42): is it for another vendor's \
             product, or newer than this version?",
        ),
        (
            VerifyError::BadSignature { key_id, serial: Some(serial) },
            "bad-signature",
            "the signature is not of the key it names (ed4242ead4ac6948): the license key is forged, or another \
             vendor's; ask the vendor for a genuine one",
        ),
        (
            VerifyError::NeedsNewer(Newer::Version(2)),
            "needs-newer",
            "the license key is of version 2, and this product reads version 1: use a newer version of the product",
        ),
        (
            VerifyError::NeedsNewer(Newer::Claim { serial: Some(serial), claim: NewerClaim::Kind }),
            "needs-newer",
            "license 0102030405060708: its kind (3) is unknown to this version of the product: use a newer one",
        ),
        (
            VerifyError::InvalidClaims { serial: Some(serial), error: perpetual },
            "invalid-claims",
            "license 0102030405060708 was issued wrongly, ask the vendor for another: a perpetual license has no grace: \
             leave grace_days out",
        ),
        (
            VerifyError::InvalidClaims { serial: None, error: InvalidClaims::Unreadable { claim: "flags" } },
            "invalid-claims",
            "license without a serial was issued wrongly, ask the vendor for another: flags can't be read",
        ),
        (
            VerifyError::WrongProduct { serial, expected: Product(3), found: Product(4) },
            "wrong-product",
            "license 0102030405060708 is for product 4, and this is product 3",
        ),
        (
            VerifyError::WrongEnvironment {
                serial,
                expected: Environment::Production,
                found: Environment::Development,
            },
            "wrong-environment",
            "license 0102030405060708 is for development, and this is production",
        ),
        (
            VerifyError::WrongMachine { serial, compared: Some(FingerprintMatch { matching: 1, present: 3 }) },
            "wrong-machine",
            "license 0102030405060708 is locked to another machine (1 of its 3 components are the same): ask the vendor \
             to move it",
        ),
        (
            VerifyError::WrongMachine { serial, compared: None },
            "wrong-machine",
            "license 0102030405060708 is locked to a machine, and it is not known which one this is: a fingerprint has \
             to be given",
        ),
        (
            VerifyError::VersionNotCovered { serial, updates_through: day(2026, 6, 30), released: day(2026, 7, 1) },
            "version-not-covered",
            "license 0102030405060708 covers versions released through 2026-06-30, and this one is of 2026-07-01: renew \
             the updates, or use an older version",
        ),
    ] {
        assert_eq!((refusal.code(), refusal.to_string().as_str()), (code, message));
        // The serial in a forgery is evidence, and is not shown as the license's name.
        let is_named = message.contains("0102030405060708") || code == "bad-signature";
        assert_eq!(refusal.serial(), is_named.then_some(serial), "{message}");
    }
}

#[test]
fn a_verifier_refuses_a_text_for_the_reason_of_the_parser() {
    for error in [
        KeyTextError::Malformed(Malformation::PadBits),
        KeyTextError::Damaged(Damage::default()),
        KeyTextError::NeedsNewer { version: 7 },
    ] {
        assert_eq!(VerifyError::from(error).code(), error.code());
    }
}

#[test]
fn the_message_says_why_a_key_can_not_be_trusted() {
    for (error, message) in [
        (TrustedKeyError::NotHex, "a public key in hex has 64 digits"),
        (TrustedKeyError::NotPem, "this is not a PEM file with a block PUBLIC KEY"),
        (
            TrustedKeyError::SecretKey,
            "this file contains a secret key: give the product the public key, and keep this file away from it",
        ),
        (TrustedKeyError::SeveralKeys, "this file holds more than one key: give each a file of its own"),
        (
            TrustedKeyError::NotAKey,
            "this is not a public key: expected PEM, 64 hex digits, DER, or 32 raw bytes; save a text as UTF-8",
        ),
        (TrustedKeyError::NotAnEd25519Key, "this is not an Ed25519 public key"),
        (TrustedKeyError::NotAPoint, "this is not a point of the curve: the key is damaged"),
        (TrustedKeyError::NotCanonical, "the key is not canonically encoded: it was made to be ambiguous"),
        (TrustedKeyError::SmallOrder, "the key is of small order: anyone can sign for it"),
        (TrustedKeyError::MixedOrder, "the key is outside the prime-order subgroup: it was made to be ambiguous"),
    ] {
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_trusted_key_is_shown_by_its_id() {
    let key = TrustedKey::from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8").unwrap();
    assert_eq!(format!("{key:?}"), "TrustedKey { id: ed4242ead4ac6948, .. }");
}

#[test]
fn no_value_of_a_machine_is_shown() {
    let components = MachineComponents {
        machine_id: Some(b"b08dfa6083e7567a1921a715000001fb"),
        network_card: Some(b"3c:7c:3f:1e:5a:90"),
        ..MachineComponents::default()
    };
    assert_eq!(
        format!("{components:?}"),
        "MachineComponents { machine_id: true, board_id: false, system_disk: false, network_card: true, \
         vendors_own: false }"
    );
}
