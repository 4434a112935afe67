//! The standing of verified licenses, alone and together.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use keyward_testing::vectors::{sign, signing_key};
use keyward_verifier::{
    Claims, Day, Edition, Feature, Features, License, LicenseDigest, Product, ReminderDays, Serial, State, TrustedKey,
    Verifier, combine,
};

/// A verified license for that year. Its serial, seats and features are given by the number; those of a greater one are more.
fn year(year: i32, number: u8) -> License {
    let claims = Claims::builder()
        .serial(Serial::from_bytes([number; 8]))
        .product(Product(3))
        .edition(Edition(2))
        .seats(NonZeroU32::new(number.into()).unwrap())
        .features((1..=number).map(Feature::new).collect())
        .valid_from(Day::from_ymd(year, 1, 1).unwrap())
        .valid_through(Day::from_ymd(year, 12, 31).unwrap())
        .build()
        .unwrap();
    let vendor = [TrustedKey::from_bytes(&signing_key().verifying_key().to_bytes()).unwrap()];
    Verifier::new(&vendor, Product(3)).verify_key(sign(&claims)).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn a_standing_depends_on_the_given_time_alone() {
    let license = year(2026, 1);
    for (now, state) in [
        ("2025-12-01T12:00:00Z", State::NotYetValid),
        ("2026-06-01T12:00:00Z", State::Active),
        ("2026-12-12T12:00:00Z", State::ExpiringSoon),
        ("2027-01-07T12:00:00Z", State::InGrace),
        ("2027-06-01T12:00:00Z", State::Expired),
    ] {
        assert_eq!(license.standing(at(now)).state(), state, "{now}");
    }
}

#[test]
fn a_product_reminds_on_its_own_days() {
    let license = year(2026, 1);
    let (now, days) = (at("2026-11-01T12:00:00Z"), ReminderDays::new(&[90, 45]).unwrap());
    assert_eq!(license.standing(now).state(), State::Active);
    let standing = license.standing_with_reminders(now, &days);
    assert_eq!(standing.state(), State::ExpiringSoon);
    assert_eq!(standing.next_reminder(), Some(Day::from_ymd(2026, 11, 16).unwrap()));
}

#[test]
fn next_years_key_entered_early_counts_when_its_year_comes() {
    let licenses = [year(2026, 1), year(2027, 2)];
    let reminders = ReminderDays::default();

    let december = combine(&licenses, at("2026-12-12T12:00:00Z"), &reminders).unwrap();
    assert_eq!(december.license(), &licenses[0]);
    assert_eq!(december.standing().state(), State::Active);
    assert!(december.standing().has_successor());
    let grant = december.grant().unwrap();
    assert_eq!(grant.features(), Features::NONE.with(Feature::new(1)));

    let june = combine(&licenses, at("2027-06-01T12:00:00Z"), &reminders).unwrap();
    assert_eq!(june.license(), &licenses[1]);
    assert!(!june.standing().has_successor());
    assert_eq!(june.grant().unwrap().features(), Features::NONE.with(Feature::new(1)).with(Feature::new(2)));
}

#[test]
fn without_a_usable_license_nothing_is_granted_and_without_any_there_is_no_entitlement() {
    let licenses = [year(2026, 1)];
    let reminders = ReminderDays::default();
    let over = combine(&licenses, at("2028-01-01T12:00:00Z"), &reminders).unwrap();
    assert_eq!(over.standing().state(), State::Expired);
    assert!(over.grant().is_none());
    assert!(combine(&[], at("2026-06-01T12:00:00Z"), &reminders).is_none());
}

#[test]
fn what_is_shown_of_an_entitlement_names_serials_and_no_key() {
    let licenses = [year(2026, 1)];
    let shown = format!("{:?}", combine(&licenses, at("2026-06-01T12:00:00Z"), &ReminderDays::default()).unwrap());
    assert!(shown.contains("serial: 0101010101010101"), "{shown}");
    for group in licenses[0].key().to_string().split('-').filter(|group| !group.starts_with("000")) {
        assert!(!shown.contains(group), "{group} in {shown}");
    }
}

#[test]
fn a_license_is_named_by_its_digest_the_same_as_bytes_and_as_text() {
    let (one, other) = (year(2026, 1), year(2027, 1));
    let digest = one.digest();
    assert_eq!(digest, LicenseDigest::of(one.key()));
    assert_ne!(digest, other.digest(), "one serial, two licenses");
    assert_eq!(digest.to_string(), hex::encode(digest.to_bytes()));
    assert_eq!(format!("{digest:?}"), digest.to_string());
}
