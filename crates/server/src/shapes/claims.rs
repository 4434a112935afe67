use std::collections::BTreeMap;

use keyward_catalog::Catalog;
use keyward_verifier::Claims;
use serde::Serialize;
use utoipa::ToSchema;

use super::license::{Named, kind};
use super::{feature_codes, limits_by_code, number};

/// What a license key says: nothing of the customer. That is what a product learns of its license.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ClaimsShape {
    /// The serial of the key.
    serial: String,
    /// The product.
    product: Named,
    /// The edition.
    edition: Named,
    /// `standard`, `trial` or `stopgap`.
    kind: &'static str,
    /// The first day.
    valid_from: String,
    /// The last day; null is perpetual.
    valid_through: Option<String>,
    /// The seats; null is unlimited.
    seats: Option<u32>,
    /// The codes of its features.
    features: Vec<String>,
    /// Its limits, by their codes.
    limits: BTreeMap<String, u64>,
}

impl ClaimsShape {
    pub(crate) fn of(claims: &Claims, catalog: &Catalog) -> ClaimsShape {
        let product = catalog.product_by_number(claims.product());
        ClaimsShape {
            serial: claims.serial().to_string(),
            product: Named::product(catalog, claims.product()),
            edition: Named::edition(product, claims.edition()),
            kind: kind(claims.kind()),
            valid_from: claims.valid_from().to_string(),
            valid_through: claims.valid_through().map(|day| day.to_string()),
            seats: number(claims.seats()),
            features: feature_codes(product, claims.features()),
            limits: limits_by_code(product, claims.limits()),
        }
    }
}
