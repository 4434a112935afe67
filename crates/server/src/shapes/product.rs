use std::collections::BTreeMap;

use keyward_catalog::{Activation, Catalog, Offer, ProductEntry};
use serde::Serialize;
use utoipa::ToSchema;

use super::license::{Named, kind};
use super::{feature_codes, limits_by_code, number};

/// A product of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductShape {
    /// The code.
    code: String,
    /// The name.
    name: String,
    /// The number in keys.
    number: u32,
    /// Whether new licenses are sold.
    active: bool,
    /// `required`, `optional` or `none`.
    activation: &'static str,
    /// The hours for which a signed answer is good.
    offline_hours: u16,
    /// The days of a lease; null is never.
    lease_days: Option<u16>,
    /// The number of machines of a license that its customer may release in 30 days; null has no bound.
    releases_per_30d: Option<u16>,
    /// The editions.
    editions: Vec<EditionShape>,
    /// The features.
    features: Vec<Named>,
    /// The limits.
    limits: Vec<Named>,
}

/// An edition of a product.
#[derive(Debug, Serialize, ToSchema)]
struct EditionShape {
    /// The code.
    code: String,
    /// The name.
    name: String,
    /// Whether new licenses are sold.
    active: bool,
    /// Whether it is free.
    free: bool,
    /// Whether there are trials of it.
    trial: bool,
}

/// An offer of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfferShape {
    /// The code.
    code: String,
    /// The product.
    product: Named,
    /// The edition.
    edition: Named,
    /// `standard`, `trial` or `stopgap`.
    kind: &'static str,
    /// The term, such as `1y`; null is perpetual.
    term: Option<String>,
    /// The seats; null is unlimited.
    seats: Option<u32>,
    /// The codes of its features.
    features: Vec<String>,
    /// The limits, by their codes.
    limits: BTreeMap<String, u64>,
}

impl From<&ProductEntry> for ProductShape {
    fn from(product: &ProductEntry) -> ProductShape {
        let edition = |entry: &keyward_catalog::EditionEntry| EditionShape {
            code: entry.code.to_string(),
            name: entry.name.clone(),
            active: !entry.deprecated,
            free: entry.free,
            trial: entry.has_trial(),
        };
        let feature = |entry: &keyward_catalog::FeatureEntry| (entry.code.to_string(), entry.name.clone());
        let limit = |entry: &keyward_catalog::LimitEntry| (entry.code.to_string(), entry.name.clone());
        let named = |(code, name)| Named { code: Some(code), name };
        ProductShape {
            code: product.code.to_string(),
            name: product.name.clone(),
            number: product.number.0,
            active: !product.deprecated,
            activation: match product.activation {
                Activation::Required => "required",
                _ => "none",
            },
            offline_hours: product.offline_hours,
            lease_days: product.lease_days,
            releases_per_30d: product.releases_per_30d.map(std::num::NonZeroU16::get),
            editions: product.editions.iter().map(edition).collect(),
            features: product.features.iter().map(feature).map(named).collect(),
            limits: product.limits.iter().map(limit).map(named).collect(),
        }
    }
}

impl OfferShape {
    pub(crate) fn of(offer: &Offer, catalog: &Catalog) -> OfferShape {
        let product = catalog.product_by_number(offer.product);
        OfferShape {
            code: offer.code.to_string(),
            product: Named::product(catalog, offer.product),
            edition: Named::edition(product, offer.edition),
            kind: kind(offer.kind),
            term: offer.term.map(|term| term.to_string()),
            seats: number(offer.seats),
            features: feature_codes(product, offer.features),
            limits: limits_by_code(product, &offer.limits),
        }
    }
}
