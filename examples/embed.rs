//! A product with a license key, and every message that its user can see.
//!
//! `cargo run --example embed` walks through all of them. To embed Keyward, take the module `product`; the rest of this
//! file only makes a key for each message.
#![allow(missing_docs, reason = "a program")]

use anyhow::Result;
use chrono::{DateTime, Utc};
use keyward_issuer::{Claims, ClaimsBuilder, Edition, Environment, Fingerprint, Issuer, Serial, SigningKey};
use keyward_verifier::{Day, Feature, Product, TrustedKey};

mod product {
    use chrono::{DateTime, Utc};
    use keyward_verifier::{
        Day, Feature, Kind, License, MachineComponents, Product, State, TrustedKey, Verifier, VerifyError,
    };

    const PRODUCT: Product = Product(3);
    pub const EXPORT: Feature = Feature::new(2);

    /// Turns the text that the user types under "Enter license key", or the stored one, into a license or a message.
    pub fn enter(vendor: &[TrustedKey], released: Day, machine_id: &[u8], typed: &str) -> Result<License, String> {
        let machine = MachineComponents { machine_id: Some(machine_id), ..MachineComponents::default() };
        Verifier::new(vendor, PRODUCT)
            .machine(machine.fingerprint(PRODUCT))
            .released(released)
            .verify(typed)
            .map_err(|refusal| explain(&refusal))
    }

    /// A refusal, in words for the person who has the key. The codes are stable, for translations and support pages.
    fn explain(refusal: &VerifyError) -> String {
        let advice = match refusal {
            VerifyError::Malformed(_) => "This is not a license key. Copy all of it, from the K to the last group.",
            VerifyError::Damaged(damage) if !damage.unreadable.is_empty() => {
                return format!("Too much of this key is unreadable: please compare {}.", damage.unreadable);
            }
            VerifyError::Damaged(_) => {
                "There are mistakes in this key. Please compare it with the original, group by group."
            }
            VerifyError::UnknownKey { .. } => "This key is not of ours, or it needs a newer version of this product.",
            VerifyError::BadSignature { .. } => "This key is not genuine. Please ask us for one.",
            VerifyError::NeedsNewer(_) => "This key needs a newer version of this product.",
            VerifyError::InvalidClaims { .. } => {
                "We made a mistake when we issued this key. Please ask us for another."
            }
            VerifyError::WrongProduct { .. } => "This key is for another of our products.",
            VerifyError::WrongEnvironment { .. } => "This key is for testing, not for production.",
            VerifyError::WrongMachine { .. } => "This key is locked to another machine. We can move it for you.",
            VerifyError::VersionNotCovered { updates_through, .. } => {
                return format!(
                    "This key covers versions released through {updates_through}. Renew it, or use an older one."
                );
            }
            _ => "This key can't be used here.",
        };
        advice.to_owned()
    }

    /// The messages about an accepted license, and whether the product may run.
    pub fn status(license: &License, now: DateTime<Utc>) -> (bool, String) {
        let standing = license.standing(now);
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let left = match standing.days_left().unwrap_or_default() {
            0 => "until tonight".to_owned(),
            1 => "for another day".to_owned(),
            days => format!("for another {days} days"),
        };
        let message = match standing.state() {
            State::NotYetValid => format!("This license begins on {}.", standing.valid_from()),
            State::Active => match standing.valid_through() {
                None => "Licensed for good.".to_owned(),
                through => format!("Licensed through {}.", day(through)),
            },
            State::ExpiringSoon => format!("Licensed through {}, {left}.", day(standing.valid_through())),
            State::InGrace => {
                format!("Expired on {}. It goes on {left}: please renew.", day(standing.valid_through()))
            }
            State::Expired => format!("Expired on {}. Please renew.", day(standing.valid_through())),
        };
        let notice = match standing.kind() {
            Kind::Trial => " This is a trial.",
            Kind::Stopgap => " This bridges the time until your renewal.",
            Kind::Standard => "",
        };
        (standing.is_usable(), message + notice)
    }

    /// Checks one feature at the place of its use.
    pub fn may_export(license: &License, now: DateTime<Utc>) -> bool {
        license.standing(now).is_usable() && license.claims().features().contains(EXPORT)
    }
}

fn main() -> Result<()> {
    let vendor = Issuer::with_key(SigningKey::generate()?);
    let stranger = Issuer::with_key(SigningKey::generate()?);
    let trusted = [vendor.verifying_key().clone(), TrustedKey::from_hex(TEST_KEY)?];
    let key = vendor.sign(&a_year().build()?)?.to_string();
    let damaged = |groups: &[usize]| {
        let parts = key.split('-').enumerate();
        parts.map(|(at, part)| if groups.contains(&at) { "?????" } else { part }).collect::<Vec<_>>().join("-")
    };

    println!("Entering a key:");
    let none = Fingerprint::from_digests([Some([1; 3]), None, None, None, None]);
    for (situation, typed) in [
        ("the key", key.clone()),
        ("two groups unreadable", damaged(&[4, 11])),
        ("four groups unreadable", damaged(&[4, 11, 17, 23])),
        ("four groups wrong", damaged(&[4, 11, 17, 23]).replace('?', "7")),
        ("half a key", key.chars().take(80).collect()),
        ("another vendor's key", stranger.sign(&a_year().build()?)?.to_string()),
        ("a forged key", forge(&stranger, &trusted)?),
        ("a key of a later kind", LATER_KIND.to_owned()),
        ("a key issued wrongly", ISSUED_WRONGLY.to_owned()),
        ("another product's key", vendor.sign(&a_year().product(Product(4)).build()?)?.to_string()),
        ("a key for staging", vendor.sign(&a_year().environment(Environment::Staging).build()?)?.to_string()),
        ("another machine's key", vendor.sign(&a_year().fingerprint(none).build()?)?.to_string()),
        ("updates that have ended", vendor.sign(&a_year().updates_through(day("2026-03-31")?).build()?)?.to_string()),
    ] {
        match product::enter(&trusted, day("2026-06-01")?, b"b08dfa6083e7567a", &typed) {
            Ok(license) => {
                println!("  {situation}: accepted");
                for repair in license.repairs().iter() {
                    println!("    corrected: {repair}");
                }
            }
            Err(message) => println!("  {situation}: {message}"),
        }
    }

    println!("Running with it:");
    let trial = a_year().trial().valid_through(day("2026-01-30")?).build()?;
    let perpetual = a_year().perpetual().build()?;
    for (claims, today) in [
        (a_year().build()?, "2025-12-24T12:00:00Z"),
        (a_year().build()?, "2026-06-15T12:00:00Z"),
        (a_year().build()?, "2026-12-20T12:00:00Z"),
        (a_year().build()?, "2027-01-05T12:00:00Z"),
        (a_year().build()?, "2027-02-01T12:00:00Z"),
        (trial, "2026-01-20T12:00:00Z"),
        (perpetual, "2041-07-01T12:00:00Z"),
    ] {
        let key = vendor.sign(&claims)?.to_string();
        let now: DateTime<Utc> = today.parse()?; // a product asks its clock
        match product::enter(&trusted, day("2026-01-01")?, b"b08dfa6083e7567a", &key) {
            Ok(license) => {
                let (usable, message) = product::status(&license, now);
                let export = if product::may_export(&license, now) { "with export" } else { "no export" };
                println!("  {}: {message} ({}, {export})", now.date_naive(), if usable { "runs" } else { "stops" });
            }
            Err(message) => println!("  {message}"),
        }
    }
    Ok(())
}

/// Keys that no issuer of this version signs, from the format's test vectors and signed with their published key.
const TEST_KEY: &str = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
const LATER_KIND: &str = "K7PM4-0R108-1G818-60W40-60GSJ-08YT0-G7PED-5YD65-3A5JH-V9W9B-HCZWJ-TAN3A-XRKEC-XGGHV-KF03C-\
    45QK3-KEYCX-K077S-TVX7J-JD8VW-ENMZ9-93HK6-W9B6Q-2A8W4-ZTP4J-TEN97-M982R-W5V4P-4MJE2-VRSNN";
const ISSUED_WRONGLY: &str = "K7PM4-40108-1G818-60W40-60GSJ-08YT0-G7BC0-01PGR-YWVJ6-GHRBY-0GRZP-VY38T-FJ5KN-D42FW-MM94Z-\
    HCKEE-N0Z49-SVCXE-KA9TT-FAHMJ-3F9TC-86NKE-5HGS7-BVKWJ-H563R-QPW0D-Q2CEC-BE860-TSQWP-E36M9-F9EE3";

/// A license for the year 2026.
fn a_year() -> ClaimsBuilder {
    Claims::builder()
        .serial(Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]))
        .product(Product(3))
        .edition(Edition(2))
        .unlimited_seats()
        .valid_from(Day::FIRST.checked_add(2192).unwrap_or(Day::FIRST))
        .valid_through(Day::FIRST.checked_add(2556).unwrap_or(Day::LAST))
        .feature(Feature::new(2))
}

fn day(text: &str) -> Result<Day> {
    Ok(text.parse()?)
}

/// A key that names the vendor's key and was signed by another.
fn forge(stranger: &Issuer, trusted: &[TrustedKey]) -> Result<String> {
    let hint = trusted.first().map(|key| key.id().hint()).unwrap_or_else(|| stranger.verifying_key().id().hint());
    let unsigned = keyward_core::UnsignedKey::new(&a_year().build()?, hint);
    Ok(unsigned.with_signature(&[0x42; 64]).to_string())
}
