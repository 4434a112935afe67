//! Short constructors of licenses and times.

use chrono::{DateTime, Utc};
use keyward_core::{ClaimsBuilder, Day, Edition, Product, Serial};

/// A standard license from that day through that day.
pub(crate) fn license(valid_from: &str, valid_through: &str) -> ClaimsBuilder {
    perpetual(valid_from).valid_through(day(valid_through))
}

/// A standard license from that day on.
pub(crate) fn perpetual(valid_from: &str) -> ClaimsBuilder {
    keyward_core::Claims::builder()
        .serial(Serial::from_bytes([1; 8]))
        .product(Product(3))
        .edition(Edition(2))
        .unlimited_seats()
        .valid_from(day(valid_from))
        .perpetual()
}

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}
