use keyward_core::{Edition, Features, Kind, Limits, Product, Quantity, Term};
use serde::Serialize;

use crate::{Code, serialize};

/// A complete order with a code, such as `pro-annual`. `keyward-issuer` issues a license from it.
///
/// A license can be issued from every offer of a [`Catalog`](crate::Catalog): its product and edition are sold, its seats
/// and limits are in their ranges, and a trial or a stopgap keeps the rules of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Offer {
    /// The code.
    pub code: Code,
    /// The product.
    pub product: Product,
    /// The edition.
    pub edition: Edition,
    /// Standard, trial or stopgap.
    pub kind: Kind,
    /// The term of the license; `None` is perpetual.
    #[serde(serialize_with = "serialize::term")]
    pub term: Option<Term>,
    /// The seats.
    pub seats: Quantity,
    /// The features.
    pub features: Features,
    /// The limits.
    pub limits: Limits,
    /// The length of the time, from the first day on, in which releases are covered; `None` covers all releases.
    #[serde(serialize_with = "serialize::term")]
    pub updates: Option<Term>,
    /// The days of grace of the offer, or else of its edition, its product or the catalogue. `None` means the default of
    /// keyward-grace; trials, stopgaps and perpetual licenses have no grace period.
    pub grace_days: Option<u8>,
}
