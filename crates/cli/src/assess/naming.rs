use keyward_catalog::{Catalog, Vendor};
use keyward_verifier::files::{LicenseFile, PublicNames};
use keyward_verifier::{Claims, Feature, Features, Product};
use serde::Serialize;

use crate::assess::trusted::Trusted;

/// The source of names for the numbers in keys.
#[derive(Debug, Clone, Copy)]
pub enum Naming<'n> {
    /// The vendor's catalogue.
    Catalog(&'n Catalog),
    /// The public names in a trust bundle or a license file.
    Public(&'n PublicNames),
}

/// The names of the numbers in claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimNames {
    pub product: String,
    pub edition: String,
    /// The names of the features, by bit.
    pub features: Vec<String>,
    /// The names of the limits with their values, by id.
    pub limits: Vec<(String, u64)>,
}

impl<'n> Naming<'n> {
    /// The first source with names: the catalogue, the trust bundle, the license file.
    pub fn first_of(
        catalog: Option<&'n Catalog>,
        trusted: &'n Trusted,
        file: Option<&'n LicenseFile>,
    ) -> Option<Naming<'n>> {
        let bundle = match trusted {
            Trusted::Bundle { bundle, .. } => Some(&bundle.names),
            Trusted::Keys(_) => None,
        };
        let public = bundle.into_iter().chain(file.map(|file| &file.names)).find(|names| !names.is_empty());
        catalog.map(Naming::Catalog).or_else(|| public.map(Naming::Public))
    }

    /// The vendor, if a catalogue names one.
    pub const fn vendor(self) -> Option<&'n Vendor> {
        match self {
            Naming::Catalog(catalog) => catalog.vendor(),
            Naming::Public(_) => None,
        }
    }

    /// The names of these claims. A number without a name stays, such as `product 3`.
    pub fn names(self, claims: &Claims) -> ClaimNames {
        let names = match self {
            Naming::Catalog(catalog) => {
                let names = catalog.describe(claims);
                return ClaimNames {
                    product: names.product,
                    edition: names.edition,
                    features: names.features,
                    limits: names.limits,
                };
            }
            Naming::Public(names) => names.product(claims.product()),
        };
        let edition = names.and_then(|names| names.editions.get(&claims.edition().0));
        let limit = |id: &u8| names.and_then(|names| names.limits.get(id));
        let limits = claims.limits().as_slice().iter();
        ClaimNames {
            product: names.map_or_else(|| format!("product {}", claims.product()), |names| names.name.clone()),
            edition: edition.cloned().unwrap_or_else(|| format!("edition {}", claims.edition())),
            features: self.features(claims.product(), claims.features()),
            limits: limits
                .map(|(id, value)| (limit(id).cloned().unwrap_or_else(|| format!("limit {id}")), *value))
                .collect(),
        }
    }

    /// The names of a product's features, by bit. A feature without a name is `feature 9`.
    pub fn features(self, product: Product, features: Features) -> Vec<String> {
        let names = match self {
            Naming::Catalog(catalog) => return catalog.feature_names(product, features),
            Naming::Public(names) => names.product(product),
        };
        let name = |feature: Feature| {
            let name = names.and_then(|names| names.feature(feature)).map(str::to_owned);
            name.unwrap_or_else(|| format!("feature {}", feature.bit()))
        };
        features.iter().map(name).collect()
    }
}

impl<'n> From<&'n Catalog> for Naming<'n> {
    fn from(catalog: &'n Catalog) -> Naming<'n> {
        Naming::Catalog(catalog)
    }
}
