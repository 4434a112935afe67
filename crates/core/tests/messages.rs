//! Messages, word for word: people act on them, search for them, and quote them to the vendor.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use std::fmt::{Debug, Display};
use std::num::NonZeroU32;

use keyward_core::{
    Candidate, Claims, ClaimsBuilder, ClaimsError, Damage, Day, DayError, DecodeError, Edition, Environment, Extension,
    ExtensionError, Feature, Features, Fingerprint, FingerprintError, InvalidClaims, KeyId, KeyTextError, Kind,
    LicenseKey, Licensee, LicenseeError, Limits, LimitsError, Malformation, Missing, NewerClaim, Product, Quantity,
    Serial, SerialError, UnknownScheme, Verdict, repair,
};
use keyward_testing::vectors::vectors;

#[track_caller]
fn reads(shown: impl Display, text: &str) {
    assert_eq!(shown.to_string(), text);
}

#[track_caller]
fn shows(debugged: impl Debug, text: &str) {
    assert_eq!(format!("{debugged:?}"), text);
}

fn some() -> ClaimsBuilder {
    Claims::builder()
        .serial(Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]))
        .product(Product(3))
        .edition(Edition(2))
        .unlimited_seats()
        .valid_from(Day::FIRST)
        .perpetual()
}

#[test]
fn the_message_says_why_a_text_is_not_a_key() {
    let malformed = KeyTextError::Malformed;
    reads(
        malformed(Malformation::TooLong { bytes: 4097 }),
        "this is not a license key: it has 4097 bytes, and a key with any separators has at most 4096",
    );
    reads(
        malformed(Malformation::Groups { found: 12 }),
        "this is not a license key: a license key has 30 to 110 groups of five characters, and the text has 12: \
         copy all of it, and nothing else",
    );
    reads(
        malformed(Malformation::EndsEarly { found: 20, missing: Missing::Exactly(10) }),
        "the license key ends too early: 20 of its 30 groups are there, and 10 are missing; copy all of it",
    );
    reads(
        malformed(Malformation::EndsEarly { found: 5, missing: Missing::AtLeast(25) }),
        "the license key ends too early: 5 of its groups are there, and 25 or more are missing; copy all of it",
    );
    reads(
        malformed(Malformation::SignedFile),
        "this is not a license key, but a file or a part of one: open it as a file; if it is damaged, copy all of \
         it again",
    );
    reads(malformed(Malformation::SeveralKeys), "there are several license keys in the text: enter each by itself");
    reads(
        malformed(Malformation::ActivationRequest),
        "this is an activation request, not a license key: send it to the vendor, who returns a key",
    );
    reads(malformed(Malformation::NotALicenseKey), "this is not a license key: it does not begin with K");
    reads(malformed(Malformation::PadBits), "this is not a license key: unused bits are set in it");
    reads(
        KeyTextError::NeedsNewer { version: 2 },
        "the license key is of version 2, and this product reads version 1: use a newer version of it",
    );
}

#[test]
fn the_message_names_the_visible_damage() {
    let damaged = |from: &str, to: &str| {
        let text = vectors().cases.into_iter().next().unwrap().text;
        text.replace(from, to).parse::<LicenseKey>().unwrap_err()
    };
    reads(
        damaged("60W40", "60?40"),
        "the license key has a mistake in it: group 4 of 30 can't be read; compare it with the original, group by group",
    );
    reads(
        damaged("60W40", "60W44"),
        "the license key has a mistake in it at a place that is not known: 30 groups were read; compare it with the \
         original, group by group",
    );
    shows(
        damaged("60W40", "60?40"),
        "Damaged(Damage { groups: 30, unreadable: [4], newer_version: None, missing: 0 })",
    );
    let mut damage = Damage::default();
    damage.groups = 59;
    damage.missing = 1;
    reads(
        KeyTextError::Damaged(damage),
        "the license key has a mistake in it, or ends too early: 59 groups were read, and by its first groups it has 60; \
         compare it with the original, group by group",
    );
    let mut damage = Damage::default();
    damage.groups = 31;
    damage.newer_version = Some(2);
    reads(
        KeyTextError::Damaged(damage),
        "the license key has a mistake in it at a place that is not known: 31 groups were read; compare it with the \
         original, group by group (if it has no mistakes, it is of version 2 and needs a newer product)",
    );
}

#[test]
fn claims_of_a_later_version_are_named() {
    for (claim, named) in [
        (NewerClaim::Kind, "its kind (3)"),
        (NewerClaim::Environment, "its environment (3)"),
        (NewerClaim::Flag { flag: 10 }, "a claim (flag 10)"),
        (NewerClaim::FingerprintScheme { scheme: 2 }, "its fingerprint (scheme 2)"),
    ] {
        let error = DecodeError::NeedsNewer(claim);
        assert_eq!(error.code(), "needs-newer");
        reads(error, &format!("the license needs a newer version of the product: {named} is unknown to this one"));
    }
}

#[test]
fn claims_that_were_issued_wrongly_are_named() {
    for (claims, named) in [
        (InvalidClaims::Unreadable { claim: "limits" }, "limits can't be read"),
        (InvalidClaims::DayOutOfRange { claim: "valid_from" }, "valid_from is after 9998-12-31"),
        (InvalidClaims::Empty { claim: "limits" }, "limits is announced and empty"),
        (InvalidClaims::NotCanonical, "the claims are not in their canonical form"),
        (InvalidClaims::Fill, "the claims are not followed by exactly their fill"),
        (
            InvalidClaims::Claims(ClaimsError::GraceWithoutTerm),
            "a perpetual license has no grace: leave grace_days out",
        ),
    ] {
        let error = DecodeError::Invalid(claims);
        assert_eq!(error.code(), "invalid-claims");
        reads(error, &format!("the license was issued wrongly, ask its vendor for another: {named}"));
    }
}

#[test]
fn a_missing_claim_is_named_with_its_remedy() {
    let error = |builder: ClaimsBuilder| builder.build().unwrap_err();
    let builder = Claims::builder();
    reads(error(builder.clone()), "valid_from is missing: name the first day");
    let builder = builder.valid_from(Day::FIRST);
    reads(error(builder.clone()), "valid_through is missing: name the last day, or say perpetual (null)");
    let builder = builder.perpetual();
    reads(error(builder.clone()), "seats is missing: say how many, or unlimited (null)");
    let builder = builder.unlimited_seats();
    reads(error(builder.clone()), "serial is missing: draw 8 random bytes");
    assert_eq!(builder.serial_if_set(), None);
    let builder = builder.serial(Serial::from_bytes([7; 8]));
    assert_eq!(builder.serial_if_set(), Some(Serial::from_bytes([7; 8])));
    reads(error(builder.clone()), "product is missing: name its number in the catalogue");
    let builder = builder.product(Product(3));
    reads(error(builder.clone()), "edition is missing: name its number in the catalogue");
    assert!(builder.edition(Edition(2)).build().is_ok());
}

#[test]
fn a_term_that_ends_after_the_last_day_is_named() {
    let days = NonZeroU32::new(2).unwrap();
    reads(
        some().valid_from(Day::LAST).term_days(days).build().unwrap_err(),
        "a term of 2d from 9998-12-31 ends after 9998-12-31, the last day a key can name",
    );
}

#[test]
fn a_wrong_value_has_the_same_message_alone_and_in_claims() {
    let licensee = |name: &str| Licensee::new(name).unwrap_err();
    let long = "é".repeat(33);
    for (error, text) in [
        (licensee(""), "the licensee has 0 bytes: a name has 1 to 64 bytes of UTF-8"),
        (licensee(&long), "the licensee has 66 bytes: a name has 1 to 64 bytes of UTF-8"),
        (licensee("Acme\nLtd"), "the licensee has the invisible character U+000A at byte 4: leave it out"),
        (licensee("é\u{202E}"), "the licensee has the invisible character U+202E at byte 2: leave it out"),
        (LicenseeError::NotUtf8, "the licensee is not UTF-8"),
    ] {
        reads(error, text);
        reads(ClaimsError::from(error), text);
    }

    let all = (0..8).fold(Limits::NONE, |limits, id| limits.with(id, 1).unwrap());
    let largest = Limits::NONE.with(0, Limits::MAX_VALUE).unwrap();
    for (error, text) in [
        (all.with(8, 1).unwrap_err(), "a license carries at most 8 limits"),
        (all.with(7, 1).unwrap_err(), "limit 7 is named twice"),
        (
            largest.with(1, 1 << 53).unwrap_err(),
            "limit 1 is 9007199254740992: the largest value is 9007199254740991 (2^53 − 1)",
        ),
        (LimitsError::OutOfOrder { id: 4 }, "limit 4 is out of order: ids ascend"),
    ] {
        reads(error, text);
        reads(ClaimsError::from(error), text);
    }

    reads(ExtensionError, "an extension has 1 to 64 bytes, in hex");
    reads(ClaimsError::from(ExtensionError), "an extension has 1 to 64 bytes, in hex");
}

#[test]
fn the_message_shows_how_a_value_is_written() {
    let out_of_range = "the day is out of range: a license key can name 2020-01-01 through 9998-12-31";
    for (text, error, message) in [
        ("2019-12-31", DayError::OutOfRange, out_of_range),
        ("2026-02-30", DayError::NoSuchDay, "the calendar has no such day"),
        ("31.12.2026", DayError::NotADate, "a day is written year-month-day, such as 2026-12-31"),
    ] {
        assert_eq!(text.parse::<Day>(), Err(error));
        reads(error, message);
    }
    assert_eq!("01020304".parse::<Serial>(), Err(SerialError));
    reads(SerialError, "a serial is 16 hex digits, such as 0102030405060708");
    assert_eq!("01".parse::<Fingerprint>(), Err(FingerprintError::NotHex));
    reads(FingerprintError::NotHex, "a fingerprint is 32 hex digits");
    let scheme_2 = "02".repeat(16).parse::<Fingerprint>();
    assert_eq!(scheme_2, Err(FingerprintError::UnknownScheme(UnknownScheme(2))));
    reads(scheme_2.unwrap_err(), "the fingerprint is of scheme 2, and this version knows scheme 1");
    for text in ["", "a", "0g", &"00".repeat(65)] {
        assert_eq!(text.parse::<Extension>(), Err(ExtensionError), "{text}");
    }
}

#[test]
fn a_repair_shows_the_typed_and_the_expected_group() {
    let text = vectors().cases.into_iter().next().unwrap().text;
    let repaired = |damaged: &str| {
        let judge = |candidate: Candidate<'_>| {
            if candidate.key().to_string() == text { Verdict::Genuine } else { Verdict::Refused }
        };
        repair(damaged, judge).unwrap().repairs
    };
    let mistyped = repaired(&text.replace("60W40", "6?W44"));
    reads(mistyped[0], "group 4 is 60W40, not 6?W44");
    let missing = repaired(&text.replace("60W40-", ""));
    reads(missing[0], "group 4 is missing: 60W40");
    assert_eq!((missing.len(), missing[0].group(), missing[0].typed().is_empty()), (1, 4, true));
    for (typed, told) in [
        ("60W40-60W40", "60W40-60W40"),
        ("6W40", "6W40"),
        ("60W400", "60W400"),
        // Only the first characters are shown.
        ("ABCDEFGHJKMNPQRSTVWXYZ0123", "ABCDEFGHJKMNPQRSTVWXYZ01"),
    ] {
        let repairs = repaired(&text.replace("60W40", typed));
        assert_eq!(repairs.len(), 1, "{typed}");
        reads(repairs[0], &format!("group 4 is 60W40, not {told}"));
    }

    // Typed characters are kept out of logs.
    shows(mistyped, "[Repair { group: 4, .. }]");
    shows(mistyped[0].typed(), "TypedGroup { characters: 5, .. }");
    assert_eq!(mistyped, repaired(&text.replace("60W40", "6?W44")));
    assert_ne!(mistyped, missing);
}

#[test]
fn values_read_as_they_are_written() {
    let digits = format!("01aabbcc{}", "00".repeat(12));
    let fingerprint: Fingerprint = digits.parse().unwrap();
    reads(fingerprint, &digits);
    shows(fingerprint, &digits);

    let extension: Extension = "00ff10".parse().unwrap();
    assert_eq!(extension.as_bytes(), [0x00, 0xFF, 0x10]);
    reads(extension, "00ff10");
    shows(extension, "00ff10");

    let licensee: Licensee = "Müller & \"Söhne\"".parse().unwrap();
    reads(licensee, "Müller & \"Söhne\"");
    shows(licensee, r#""Müller & \"Söhne\"""#);

    let id = KeyId::from_bytes([0xED, 0x42, 0x42, 0xEA, 0xD4, 0xAC, 0x69, 0x48]);
    assert_eq!(id.to_bytes(), [0xED, 0x42, 0x42, 0xEA, 0xD4, 0xAC, 0x69, 0x48]);
    reads(id, "ed4242ead4ac6948");
    shows(id, "ed4242ead4ac6948");
    reads(id.hint(), "ed42");
    shows(id.hint(), "ed42");
    assert_eq!(id.hint().to_bytes(), [0xED, 0x42]);

    shows(Day::LAST, "9998-12-31");
    shows(Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]), "0102030405060708");
    reads(Product(3), "3");
    reads(Edition(65535), "65535");
    shows(Features::from_bits(1 << 63 | 0b101), "{0, 2, 63}");
    shows(Limits::NONE.with(9, 1).unwrap().with(2, 50).unwrap(), "{2: 50, 9: 1}");
}

#[test]
fn a_key_is_written_in_one_line_or_six_groups_to_a_line() {
    for case in vectors().cases {
        let key: LicenseKey = case.text.parse().unwrap();
        reads(&key, &case.text);
        let rows = format!("{key:#}");
        let mut groups_left = case.text.split('-').count();
        for row in rows.lines() {
            let groups = row.strip_suffix('-').unwrap_or(row).split('-').count();
            assert_eq!(groups, groups_left.min(6), "{row}");
            groups_left -= groups;
            assert_eq!(row.ends_with('-'), groups_left > 0, "{row}");
        }
        assert_eq!(rows.replace('\n', ""), case.text);
    }
}

#[test]
fn names_of_kinds_and_environments_are_those_of_json_and_align() {
    for (kind, name) in [(Kind::Standard, "standard"), (Kind::Trial, "trial"), (Kind::Stopgap, "stopgap")] {
        reads(kind, name);
        assert_eq!(serde_json::to_value(kind).unwrap(), name);
    }
    for (environment, name) in [
        (Environment::Production, "production"),
        (Environment::Staging, "staging"),
        (Environment::Development, "development"),
    ] {
        reads(environment, name);
        assert_eq!(serde_json::to_value(environment).unwrap(), name);
    }
    assert_eq!(
        format!("{:>9}|{:<11}|{:^6}", Kind::Trial, Environment::Staging, Licensee::new("A").unwrap()),
        "    trial|staging    |  A   "
    );
}

#[test]
fn claims_are_those_of_the_builder_and_no_others() {
    let plain = some().build().unwrap();
    assert_eq!((plain.kind(), plain.environment()), (Kind::Standard, Environment::Production));
    assert_eq!(
        (plain.serial(), plain.product(), plain.edition()),
        (Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]), Product(3), Edition(2))
    );
    assert_eq!(
        (plain.seats(), plain.valid_from(), plain.valid_through(), plain.term_days()),
        (Quantity::Unlimited, Day::FIRST, None, None)
    );
    assert_eq!((plain.features(), plain.grace_days()), (Features::NONE, None));
    assert_eq!((plain.limits(), plain.licensee()), (&Limits::NONE, None));
    assert_eq!((plain.updates_through(), plain.fingerprint(), plain.extension()), (None, None, None));

    let one_by_one = some().feature(Feature::new(2)).feature(Feature::new(0)).build().unwrap();
    assert_eq!((one_by_one.features(), one_by_one.serial()), (Features::from_bits(0b101), plain.serial()));

    let last = Day::from_ymd(2026, 12, 31).unwrap();
    let limits = Limits::NONE.with(1, 50).unwrap();
    let licensee = Licensee::new("Acme").unwrap();
    let fingerprint = Fingerprint::from_digests([Some([1; 3]), None, None, None, None]);
    let extension = Extension::new(&[7]).unwrap();
    let seats = NonZeroU32::new(25).unwrap();
    let full = some()
        .environment(Environment::Staging)
        .seats(seats)
        .valid_through(last)
        .features(Features::from_bits(5))
        .grace_days(7)
        .limits(limits)
        .licensee(licensee)
        .updates_through(Day::LAST)
        .fingerprint(fingerprint)
        .extension(extension)
        .build()
        .unwrap();
    assert_eq!(
        (full.environment(), full.seats(), full.valid_through()),
        (Environment::Staging, Quantity::Of(seats), Some(last))
    );
    assert_eq!((full.features(), full.grace_days()), (Features::from_bits(5), Some(7)));
    assert_eq!((full.limits(), full.licensee()), (&limits, Some(&licensee)));
    assert_eq!((full.limits().value(1), full.limits().value(2)), (Some(50), None));
    assert_eq!(full.updates_through(), Some(Day::LAST));
    assert_eq!((full.fingerprint(), full.extension()), (Some(&fingerprint), Some(&extension)));
}
