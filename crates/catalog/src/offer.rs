use keyward_core::{Edition, Features, Kind, Limits, Product, Quantity, Term};
use serde::Serialize;

use crate::{Code, serialize};

/// A complete order under one name: `pro-annual`. `keyward-issuer` makes a license of it.
///
/// An offer that loads makes a license: its product and edition are sold, its seats and limits are in their ranges, and a
/// trial or a stopgap keeps to its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Offer {
    /// Its code.
    pub code: Code,
    /// The product.
    pub product: Product,
    /// The edition.
    pub edition: Edition,
    /// What is sold: standard, trial or stopgap.
    pub kind: Kind,
    /// How long the license lasts; `None` is perpetual.
    #[serde(serialize_with = "serialize::term")]
    pub term: Option<Term>,
    /// How many may use it.
    pub seats: Quantity,
    /// The features it grants.
    pub features: Features,
    /// Named quotas.
    pub limits: Limits,
    /// For how long released versions are covered; `None` covers all.
    #[serde(serialize_with = "serialize::term")]
    pub updates: Option<Term>,
    /// Days of grace, as the offer, its edition, its product or the catalogue says; `None` leaves them to
    /// keyward-grace's default, or there are none (trials, stopgaps, perpetual licenses).
    pub grace_days: Option<u8>,
}
