//! Signing in a build pipeline or a shop's back end: the signing key is in a secret, every license has its own serial, and
//! every signature is verified.
//!
//! `cargo run --example pipeline`. The orders are on standard output, one line each; messages are on standard error.
#![allow(missing_docs, reason = "a program")]

use anyhow::{Context, Result};
use keyward_issuer::{Day, Edition, Feature, Issuer, Product, Quantity, SigningKey, claims, licensee};

/// The order of the shop.
struct Order {
    customer: &'static str,
    seats: &'static str,
    from: &'static str,
    through: Option<&'static str>,
}

fn main() -> Result<()> {
    // In production: `std::env::var("LICENSE_SIGNING_KEY")`, the PEM text of the file that `keyward keygen` wrote.
    let secret = SigningKey::generate()?.to_pem();
    let signing_key = SigningKey::from_pem(&secret).context("LICENSE_SIGNING_KEY")?;
    let issuer = Issuer::with_key(signing_key);
    eprintln!("signing with key {}", issuer.verifying_key().id());

    let orders = [
        Order { customer: "Müller & Søn", seats: "25", from: "2026-01-01", through: Some("2026-12-31") },
        Order { customer: "株式会社", seats: "unlimited", from: "2026-03-15", through: None },
        Order { customer: "Two lines\nof a name", seats: "unlimited", from: "2026-01-01", through: None },
    ];
    for order in &orders {
        // An order that can't be signed is reported, and the others are signed.
        match issue(&issuer, order) {
            Ok(line) => println!("{line}"),
            Err(error) => eprintln!("no key for {:?}: {error:#}", order.customer),
        }
    }
    Ok(())
}

fn issue(issuer: &Issuer, order: &Order) -> Result<String> {
    let from: Day = order.from.parse().context("the first day")?;
    let seats: Quantity = order.seats.parse().context("the seats")?;
    let mut claims = claims()?
        .product(Product(3))
        .edition(Edition(2))
        .seats(seats)
        .valid_from(from)
        .feature(Feature::new(0))
        .feature(Feature::new(2))
        .licensee(licensee(order.customer)?);
    claims = match order.through {
        Some(day) => claims.valid_through(day.parse().context("the last day")?),
        None => claims.perpetual(),
    };
    let claims = claims.build()?;
    let key = issuer.sign(&claims)?;
    Ok(format!("{} {} {key}", claims.serial(), order.customer))
}
