//! Claims, bytes and text are three forms of a license: each form has exactly one of the others.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use std::num::NonZeroU32;

use keyward_core::{
    Claims, ClaimsError, Day, DecodeError, Edition, Environment, Extension, Feature, Features, Fingerprint,
    InvalidClaims, LicenseKey, Licensee, Limits, LimitsError, NewerClaim, Product, Quantity, Serial, UnsignedKey,
};
use keyward_testing::by_hand::text_of;
use keyward_testing::vectors::{key_id, sign, vectors};
use proptest::option;
use proptest::prelude::*;

fn limits() -> impl Strategy<Value = Limits> {
    prop::collection::btree_map(any::<u8>(), 0..=Limits::MAX_VALUE, 0..=8)
        .prop_map(|limits| limits.into_iter().fold(Limits::NONE, |limits, (id, value)| limits.with(id, value).unwrap()))
}

fn licensee() -> impl Strategy<Value = Licensee> {
    "[a-zß-öа-я株 &.,]{1,16}".prop_map(|name| Licensee::new(&name).unwrap())
}

fn fingerprint() -> impl Strategy<Value = Fingerprint> {
    any::<[Option<[u8; 3]>; 5]>().prop_map(Fingerprint::from_digests)
}

fn day() -> impl Strategy<Value = Day> {
    (0..=Day::LAST.number()).prop_map(|number| Day::from_number(number).unwrap())
}

/// Claims of every kind, with every combination of optional claims.
fn claims() -> impl Strategy<Value = Claims> {
    let always = (any::<[u8; 8]>(), any::<u32>(), any::<u16>(), any::<u32>(), any::<u64>(), 0..3_u8, 0..3_u8);
    let days = (day(), day(), any::<bool>());
    let optional = (
        option::of(0..=90_u8),
        limits(),
        option::of(licensee()),
        option::of(day()),
        option::of(fingerprint()),
        option::of(prop::collection::vec(any::<u8>(), 1..=64)),
    );
    (always, days, optional).prop_map(|(always, (one, other, perpetual), optional)| {
        let (serial, product, edition, seats, features, kind, environment) = always;
        let (grace_days, limits, licensee, updates_through, fingerprint, extension) = optional;
        let mut builder = Claims::builder()
            .serial(Serial::from_bytes(serial))
            .product(Product(product))
            .edition(Edition(edition))
            .valid_from(one.min(other))
            .features(Features::from_bits(features))
            .limits(limits)
            .environment(
                [Environment::Production, Environment::Staging, Environment::Development][environment as usize],
            );
        builder = builder.seats(NonZeroU32::new(seats).map_or(Quantity::Unlimited, Quantity::Of));
        builder = match kind {
            0 => builder,
            1 => builder.trial(),
            _ => builder.stopgap(),
        };
        let perpetual = perpetual && kind == 0;
        builder = if perpetual { builder.perpetual() } else { builder.valid_through(one.max(other)) };
        if let Some(days) = grace_days.filter(|_| kind == 0 && !perpetual) {
            builder = builder.grace_days(days);
        }
        if let Some(licensee) = licensee {
            builder = builder.licensee(licensee);
        }
        if let Some(day) = updates_through {
            builder = builder.updates_through(day);
        }
        if let Some(fingerprint) = fingerprint {
            builder = builder.fingerprint(fingerprint);
        }
        if let Some(extension) = extension {
            builder = builder.extension(Extension::new(&extension).unwrap());
        }
        builder.build().unwrap()
    })
}

/// The bytes of a key with that payload and some signature.
fn key_bytes(payload: &[u8]) -> Vec<u8> {
    [&[0x99, 0xED, 0x42], payload, &[0x5A; 64]].concat()
}

/// The payload with the fill that makes whole groups.
fn filled(claims: &[u8]) -> Vec<u8> {
    let data_groups = (27..).find(|groups| groups * 25 / 8 >= 67 + claims.len()).unwrap();
    let mut payload = claims.to_vec();
    payload.resize(data_groups * 25 / 8 - 67, 0);
    payload
}

fn decode(claims: &[u8]) -> Result<Claims, DecodeError> {
    text_of(&key_bytes(&filled(claims))).parse::<LicenseKey>().unwrap().unverified_claims()
}

proptest! {
    #[test]
    fn every_license_reads_back_from_its_text(claims in claims()) {
        let key = sign(&claims);
        let read: LicenseKey = key.to_string().parse().unwrap();
        prop_assert_eq!(&read, &key);
        prop_assert_eq!(read.unverified_claims().unwrap(), claims.clone());
        prop_assert_eq!(read.unverified_serial(), Some(claims.serial()));
        prop_assert_eq!(read.hint(), key_id().hint());
    }

    #[test]
    fn every_license_reads_back_from_json(claims in claims()) {
        let json = serde_json::to_string(&claims).unwrap();
        prop_assert_eq!(serde_json::from_str::<Claims>(&json).unwrap(), claims);
    }

    #[test]
    fn texts_are_those_of_an_independent_encoder(claims in claims()) {
        let key = sign(&claims);
        prop_assert_eq!(key.to_string(), text_of(key.key_bytes()));
    }

    #[test]
    fn bytes_that_decode_are_encoded_to_the_same_bytes(
        claims in claims(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let signed = UnsignedKey::new(&claims, key_id().hint());
        let mut payload = signed.signed_bytes()[22..].to_vec();
        for (place, value) in changes {
            let place = place.index(payload.len());
            payload[place] = value;
        }
        let key: LicenseKey = text_of(&key_bytes(&payload)).parse().unwrap();
        if let Ok(claims) = key.unverified_claims() {
            let again = UnsignedKey::new(&claims, key.hint());
            prop_assert_eq!(again.signed_bytes(), key.signed_bytes());
        }
    }

    #[test]
    fn bytes_are_decoded_without_panic_and_without_loss(payload in prop::collection::vec(any::<u8>(), 0..=265)) {
        let payload = filled(&payload);
        let key: LicenseKey = text_of(&key_bytes(&payload)).parse().unwrap();
        prop_assert_eq!(&key.signed_bytes()[22..], &payload[..]);
        if let Ok(claims) = key.unverified_claims() {
            let again = UnsignedKey::new(&claims, key.hint());
            prop_assert_eq!(again.signed_bytes(), key.signed_bytes());
        }
    }

    #[test]
    fn every_spelling_reads_as_the_same_key(
        case in prop::sample::select(vectors().cases.into_iter().map(|case| case.text).collect::<Vec<_>>()),
        separators in prop::collection::vec("[-. \t\r\n–—_|>\u{3000}\u{AD}\u{200B}]{0,3}", 20),
        sizes in prop::collection::vec(1_usize..60, 20),
        style in 0..4,
    ) {
        let mut rest = &*case.replace('-', "");
        let mut written = String::new();
        for (size, separator) in sizes.into_iter().zip(separators) {
            let (now, after) = rest.split_at(size.min(rest.len()));
            written = written + now + &separator;
            rest = after;
        }
        written += rest;
        let written = match style {
            0 => written,
            1 => written.to_lowercase(),
            2 => written.replace('0', "O").replace('1', "l"),
            _ => written.chars().map(|character| match character {
                '0'..='9' | 'A'..='Z' => char::from_u32(u32::from(character) + 0xFEE0).unwrap(),
                other => other,
            }).collect(),
        };
        prop_assert_eq!(written.parse::<LicenseKey>().unwrap().to_string(), case);
    }
}

#[test]
fn the_largest_claims_fit() {
    let mut limits = Limits::NONE;
    for id in 0..8 {
        limits = limits.with(id, Limits::MAX_VALUE).unwrap();
    }
    let claims = Claims::builder()
        .serial(Serial::from_bytes([0xFF; 8]))
        .product(Product(u32::MAX))
        .edition(Edition(u16::MAX))
        .seats(NonZeroU32::MAX)
        .valid_from(Day::from_number(2_100_000).unwrap())
        .valid_through(Day::LAST)
        .features(Features::from_bits(u64::MAX))
        .grace_days(90)
        .limits(limits)
        .licensee(Licensee::new(&"x".repeat(64)).unwrap())
        .updates_through(Day::LAST)
        .fingerprint(Fingerprint::from_digests([Some([1; 3]); 5]))
        .extension(Extension::new(&[7; 64]).unwrap())
        .build()
        .unwrap();
    let key = sign(&claims);
    // One byte and one group less than the bounds of the format: a day that takes four bytes leaves a term for three.
    assert_eq!(key.to_string().split('-').count(), 109);
    assert_eq!(key.to_string().parse::<LicenseKey>().unwrap().unverified_claims().unwrap(), claims);
}

#[test]
fn the_smallest_claims_make_the_smallest_key() {
    let claims = Claims::builder()
        .serial(Serial::from_bytes([0; 8]))
        .product(Product(0))
        .edition(Edition(0))
        .unlimited_seats()
        .valid_from(Day::FIRST)
        .perpetual()
        .build()
        .unwrap();
    let key = sign(&claims);
    assert_eq!(key.to_string().split('-').count(), 30);
    assert_eq!(key.unverified_claims().unwrap(), claims);
}

#[test]
fn flags_are_checked_first() {
    let newer = |claim| Err(DecodeError::NeedsNewer(claim));
    // The bytes after the flags make no sense.
    assert_eq!(decode(&[0b11, 0xFF]), newer(NewerClaim::Kind));
    assert_eq!(decode(&[0b1100, 0xFF]), newer(NewerClaim::Environment));
    assert_eq!(decode(&[0x80, 0x08]), newer(NewerClaim::Flag { flag: 10 }));
    assert_eq!(decode(&[0x80, 0x80, 0x02]), newer(NewerClaim::Flag { flag: 15 }));
    assert_eq!(decode(&[0x8F, 0x08]), newer(NewerClaim::Flag { flag: 10 }));
}

#[test]
fn claims_that_no_issuer_should_sign_are_refused_by_name() {
    let invalid = |error| Err(DecodeError::Invalid(error));
    // Flags, serial, product, edition, seats, valid_from, term, features: 15 bytes with nothing optional.
    let with = |flags: &[u8], optional: &[u8]| {
        decode(&[flags, &[1, 2, 3, 4, 5, 6, 7, 8], &[3, 2, 0, 0, 1, 7], optional].concat())
    };
    assert!(with(&[0], &[]).is_ok());
    assert_eq!(with(&[0x90, 0x00], &[7]), invalid(InvalidClaims::NotCanonical), "padded flags");
    assert_eq!(with(&[0x10], &[91]), invalid(InvalidClaims::Claims(ClaimsError::GraceTooLong { days: 91 })));
    assert_eq!(with(&[0x20], &[0]), invalid(InvalidClaims::Empty { claim: "limits" }));
    assert!(matches!(with(&[0x20], &[1, 9]), Err(DecodeError::Invalid(_))), "a limit without a value");
    let limits = |error| invalid(InvalidClaims::Claims(ClaimsError::Limits(error)));
    assert_eq!(with(&[0x20], &[2, 9, 1, 9, 1]), limits(LimitsError::Twice { id: 9 }));
    assert_eq!(with(&[0x20], &[2, 9, 1, 8, 1]), limits(LimitsError::OutOfOrder { id: 8 }));
    assert!(matches!(
        with(&[0x20], &[9, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0]),
        Err(DecodeError::Invalid(_))
    ));
    assert!(matches!(with(&[0x40], &[0]), Err(DecodeError::Invalid(_))), "an empty licensee");
    assert!(matches!(with(&[0x40], &[65]), Err(DecodeError::Invalid(_))), "a licensee beyond the end");
    assert!(matches!(with(&[0x40], &[1, 0xFF]), Err(DecodeError::Invalid(_))), "a licensee that is not UTF-8");
    assert!(matches!(with(&[0x80, 0x04], &[0]), Err(DecodeError::Invalid(_))), "an empty extension");
    assert_eq!(
        decode(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 3, 2, 0, 0xDD, 0xEF, 0xB1, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 7]),
        invalid(InvalidClaims::DayOutOfRange { claim: "valid_through" }),
        "a term whose end does not fit 32 bits"
    );
}

#[test]
fn every_character_that_the_format_lists_is_refused_in_a_licensee_and_no_other() {
    for character in '\0'..=char::MAX {
        let invisible = matches!(u32::from(character),
            0..=0x1F | 0x7F..=0x9F | 0x61C | 0x200E..=0x200F | 0x2028..=0x202E | 0x2066..=0x2069 | 0xFEFF
            | 0xFFF9..=0xFFFB | 0xFFFE..=0xFFFF | 0xE0000..=0xE007F);
        assert_eq!(Licensee::new(character.encode_utf8(&mut [0; 4])).is_err(), invisible, "{character:?}");
    }
}

#[test]
fn claims_that_contradict_each_other_are_not_built() {
    let day = |number| Day::from_number(number).unwrap();
    let some = || {
        Claims::builder()
            .serial(Serial::from_bytes([0; 8]))
            .product(Product(3))
            .edition(Edition(2))
            .unlimited_seats()
            .valid_from(day(10))
    };
    let error = |builder: keyward_core::ClaimsBuilder| builder.build().unwrap_err().to_string();
    assert_eq!(error(some()), "valid_through is missing: name the last day, or say perpetual (null)");
    assert_eq!(
        error(some().valid_through(day(9))),
        "valid_through 2020-01-10 is before valid_from 2020-01-11: both days are included"
    );
    assert_eq!(error(some().trial().perpetual()), "a trial license can't be perpetual: give it a last day");
    assert_eq!(error(some().perpetual().grace_days(7)), "a perpetual license has no grace: leave grace_days out");
    assert_eq!(
        error(some().stopgap().valid_through(day(12)).grace_days(7)),
        "a stopgap license has no grace: leave grace_days out"
    );
    assert_eq!(error(some().valid_through(day(99)).grace_days(91)), "grace_days is 91: grace lasts 0 to 90 days");
    let one_day = some().term_days(NonZeroU32::MIN).build().unwrap();
    assert_eq!(one_day.valid_through(), Some(day(10)));
    assert!(some().term_days(NonZeroU32::MAX).build().is_err());
}

#[test]
fn json_without_seats_or_an_end_is_refused() {
    let json = |seats: &str, through: &str| {
        let json = format!(
            r#"{{"serial": "0102030405060708", "product": 3, "edition": 2, {seats} "valid_from": "2026-01-01" {through}}}"#
        );
        serde_json::from_str::<Claims>(&json).map_err(|error| error.to_string())
    };
    let through = r#", "valid_through": "2026-12-31""#;
    assert!(json(r#""seats": 25,"#, through).is_ok());
    assert_eq!(json(r#""seats": null,"#, through).unwrap().seats(), Quantity::Unlimited);
    assert_eq!(json(r#""seats": 25,"#, r#", "valid_through": null"#).unwrap().valid_through(), None);
    assert!(json("", through).unwrap_err().contains("seats is missing"));
    assert!(json(r#""seats": 0,"#, through).unwrap_err().contains("null for unlimited"));
    assert!(json(r#""seats": 25,"#, "").unwrap_err().contains("valid_through is missing"));
    assert!(json(r#""seats": 25, "seat": 3,"#, through).unwrap_err().contains("unknown field `seat`"));
    assert!(json(r#""seats": 25, "features": [64],"#, through).unwrap_err().contains("out of range"));
    assert!(json(r#""seats": 25, "features": [1, 1],"#, through).unwrap_err().contains("twice"));
}

#[test]
fn debugging_shows_the_serial_of_a_key_alone() {
    for case in vectors().cases {
        let key: LicenseKey = case.text.parse().unwrap();
        let shown = format!("{key:?}");
        assert_eq!(shown, format!("LicenseKey {{ serial: {} }}", key.unverified_serial().unwrap()));
    }
    let no_flags = text_of(&key_bytes(&[0xFF; 17])).parse::<LicenseKey>().unwrap();
    assert_eq!(no_flags.unverified_serial(), None);
    assert_eq!(format!("{no_flags:?}"), "LicenseKey { .. }");
    assert!(Features::from_bits(0).is_empty());
    assert!(Features::NONE.with(Feature::new(63)).contains(Feature::new(63)));
}
