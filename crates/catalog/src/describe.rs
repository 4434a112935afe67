use keyward_core::{Claims, Feature, Features, Product};
use serde::{Deserialize, Serialize};

use crate::{Catalog, ProductEntry};

impl Catalog {
    /// The names of claims.
    ///
    /// A number that the catalogue does not know is named by itself, such as `feature 9`: the key may come from another
    /// vendor, or from a later version of the catalogue.
    ///
    /// ```
    /// use keyward_catalog::Catalog;
    /// use keyward_core::{Claims, Feature, Features, Product};
    ///
    /// let catalog = Catalog::parse(Catalog::EXAMPLE, "catalog.toml")?;
    /// let claims: Claims = serde_json::from_str(r#"{
    ///     "serial": "0102030405060708", "product": 3, "edition": 2, "seats": 25,
    ///     "valid_from": "2026-01-01", "valid_through": "2026-12-31", "features": [0, 9], "limits": {"1": 50}
    /// }"#)?;
    /// let names = catalog.describe(&claims);
    /// assert_eq!((names.product.as_str(), names.edition.as_str()), ("Acme Studio", "Professional"));
    /// assert_eq!(names.features, ["Export to PDF", "feature 9"]);
    /// assert_eq!(names.limits, [("Projects".to_owned(), 50)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn describe(&self, claims: &Claims) -> Names {
        let product = self.product_by_number(claims.product());
        let edition = product.and_then(|product| product.edition_by_number(claims.edition()));
        let limits = claims.limits().as_slice().iter().map(|(id, value)| (limit_name(product, *id), *value));
        Names {
            product: product.map_or_else(|| format!("product {}", claims.product()), |product| product.name.clone()),
            edition: edition.map_or_else(|| format!("edition {}", claims.edition()), |edition| edition.name.clone()),
            features: self.feature_names(claims.product(), claims.features()),
            limits: limits.collect(),
        }
    }

    /// The names of a product's features, by bit; `feature 9` for an unknown one.
    pub fn feature_names(&self, product: Product, features: Features) -> Vec<String> {
        let product = self.product_by_number(product);
        let name = |bit: Feature| {
            let feature = product.and_then(|product| product.feature_by_bit(bit));
            feature.map_or_else(|| format!("feature {}", bit.bit()), |feature| feature.name.clone())
        };
        features.iter().map(name).collect()
    }
}

fn limit_name(product: Option<&ProductEntry>, id: u8) -> String {
    let limit = product.and_then(|product| product.limit_by_id(id));
    limit.map_or_else(|| format!("limit {id}"), |limit| limit.name.clone())
}

/// The catalogue's names of claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Names {
    /// The product.
    pub product: String,
    /// The edition.
    pub edition: String,
    /// The features, by bit.
    #[serde(default)]
    pub features: Vec<String>,
    /// The limits with their values, by id.
    #[serde(default)]
    pub limits: Vec<(String, u64)>,
}
