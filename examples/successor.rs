//! Next year's key is entered in October: this year's license stays in force, there is no warning of its end, and a clock
//! that is set back is detected.
//!
//! `cargo run --example successor`
#![allow(missing_docs, clippy::arithmetic_side_effects, reason = "a program with its own numbers")]

use std::num::NonZeroU32;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use keyward_issuer::{Claims, Edition, Issuer, SigningKey, claims};
use keyward_verifier::{ClockEvidence, HighWaterMark, License, Product, ReminderDays, Verifier, combine};

fn main() -> Result<()> {
    let issuer = Issuer::with_key(SigningKey::generate()?);
    let trusted = [issuer.verifying_key().clone()];
    let verifier = Verifier::new(&trusted, Product(3));
    let license = |from: &str, through: &str, seats: u32| -> Result<License> {
        let key = issuer.sign(&year(from, through, seats)?)?;
        Ok(verifier.verify(&key.to_string())?)
    };
    let this_year = license("2026-01-01", "2026-12-31", 25)?;
    let next_year = license("2027-01-01", "2027-12-31", 40)?;

    println!("With this year's license alone:");
    show(std::slice::from_ref(&this_year))?;
    println!("With next year's as well, entered in October:");
    let both = [this_year, next_year];
    show(&both)?;

    println!("A clock that is set back each morning:");
    let mut mark = HighWaterMark::default(); // an application keeps `mark.to_bytes()` between runs
    let real: DateTime<Utc> = "2027-12-30T08:00:00Z".parse()?;
    for day in 1..=5 {
        // Each morning the clock is set to 30 December, and the program then runs for eight hours.
        for (clock, running) in [(real, TimeDelta::zero()), (real + TimeDelta::hours(8), TimeDelta::hours(8))] {
            let reading = ClockEvidence::new(clock).running(running).read(&mark, both.iter().map(License::claims));
            mark = *reading.mark();
            let suspect = match reading.suspect() {
                Some(suspect) => format!("suspect: set back {} times", suspect.backward_steps),
                None => "not suspect".to_owned(),
            };
            println!("  day {day}: the clock says {clock}, it is at least {}; {suspect}", reading.now());
        }
    }
    Ok(())
}

fn year(from: &str, through: &str, seats: u32) -> Result<Claims> {
    Ok(claims()?
        .product(Product(3))
        .edition(Edition(2))
        .seats(NonZeroU32::new(seats).context("seats")?)
        .valid_from(from.parse()?)
        .valid_through(through.parse()?)
        .build()?)
}

fn show(licenses: &[License]) -> Result<()> {
    for now in ["2026-10-15T12:00:00Z", "2026-12-20T12:00:00Z", "2027-01-01T12:00:00Z", "2027-06-01T12:00:00Z"] {
        let now: DateTime<Utc> = now.parse()?;
        let Some(entitlement) = combine(licenses, now, &ReminderDays::default()) else { continue };
        let seats = entitlement.grant().map_or_else(|| "none".to_owned(), |grant| grant.seats().to_string());
        println!("  {}: {}; seats: {seats}", now.date_naive(), entitlement.standing());
    }
    Ok(())
}
