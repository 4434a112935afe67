//! The example `air-gap` runs, and the programs in the guide for vendors compile.
#![allow(
    dead_code,
    non_snake_case,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use keyward_issuer::files::SignableFile;
use keyward_issuer::{Edition, Issuer, SigningKey, claims};
use keyward_verifier::files::{LicenseFile, Trust, ValidationFile};
use keyward_verifier::{ClockEvidence, HighWaterMark, MachineComponents, Product, TrustedKey, Verifier};

#[path = "../air-gap.rs"]
mod air_gap;

const PRODUCT: Product = Product(3);

#[test]
fn the_example_runs_to_its_end() {
    air_gap::main().unwrap();
}

#[test]
fn the_programs_in_the_guide_for_vendors_are_here_or_in_the_example() {
    let lines = |text: &str| -> Vec<String> { text.lines().map(|line| line.trim().to_owned()).collect() };
    let programs = [lines(include_str!("../air-gap.rs")), lines(include_str!("air_gap.rs"))].concat();
    let guide = include_str!("../../docs/vendors.md");
    let blocks: Vec<_> = guide.split("```rust").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    for block in &blocks {
        let block: Vec<String> = lines(block).into_iter().skip(1).collect();
        assert!(programs.windows(block.len()).any(|window| window == block), "no program has this: {block:#?}");
    }
    assert!(blocks.len() > 5, "the guide shows {} programs", blocks.len());
}

#[test]
fn two_plain_keys_open_a_validation_file_for_a_day() -> Result<()> {
    let (in_use, in_the_safe) = (SigningKey::generate()?, SigningKey::generate()?);
    let (in_use_pem, in_the_safe_pem) = (in_use.public_pem(), in_the_safe.public_pem());
    let (IN_USE, IN_THE_SAFE) = (in_use_pem.as_str(), in_the_safe_pem.as_str());

    let trusted = [TrustedKey::from_pem(IN_USE)?, TrustedKey::from_pem(IN_THE_SAFE)?];
    let verifier = Verifier::new(&trusted, PRODUCT);

    let machine = MachineComponents { machine_id: Some(b"b08dfa6083e7567a"), ..MachineComponents::default() };
    let machine = machine.fingerprint(PRODUCT);
    let issued_at: DateTime<Utc> = "2026-03-01T09:00:00Z".parse()?;
    for signing_key in [in_use, in_the_safe] {
        let issuer = Issuer::with_key(signing_key);
        let claims = claims()?.product(PRODUCT).edition(Edition(2)).unlimited_seats();
        let key = issuer.sign(&claims.valid_from("2026-03-01".parse()?).perpetual().build()?)?;
        let file = LicenseFile::new(issued_at, vec![key]);
        let file = ValidationFile::new(file, ValidationFile::USUAL_TIME_TO_LIVE)?.for_machine(machine);
        let mut signable = SignableFile::new(&file)?;
        signable.sign(&issuer)?;
        let bytes = signable.to_string().into_bytes();
        let opened_after = |hours| -> Result<()> {
            let trust = Trust::Keys(&trusted);
            let clock = issued_at + TimeDelta::hours(hours);
            let reading = ClockEvidence::new(clock).read(&HighWaterMark::NONE, []);

            let file = trust.validation_file(&bytes, reading.now(), Some(&machine))?;

            for key in &file.file.licenses {
                verifier.verify_key(key.clone())?;
            }
            Ok(())
        };
        opened_after(24)?;
        assert!(opened_after(25).unwrap_err().to_string().contains("good until"));
    }
    Ok(())
}
