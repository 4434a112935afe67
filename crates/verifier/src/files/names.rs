use alloc::collections::BTreeMap;
use alloc::string::String;

use keyward_core::{Feature, Product};
use serde::{Deserialize, Serialize};

use crate::files::PayloadError;
use crate::files::text::{LineBreaks, Texts, check};

/// The catalogue's public names of the numbers in license keys. They are shown, and decide nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicNames {
    /// By the product's number.
    pub products: BTreeMap<u32, ProductNames>,
}

/// The names of one product.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProductNames {
    /// The name of the product.
    pub name: String,
    /// Editions, by number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub editions: BTreeMap<u16, String>,
    /// Features, by bit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub features: BTreeMap<u8, String>,
    /// Limits, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<u8, String>,
}

impl PublicNames {
    /// Whether there are no names.
    pub fn is_empty(&self) -> bool {
        self.products.is_empty()
    }

    /// The names for that product.
    pub fn product(&self, product: Product) -> Option<&ProductNames> {
        self.products.get(&product.0)
    }

    pub(super) fn check(&self, texts: Texts) -> Result<(), PayloadError> {
        for product in self.products.values() {
            let editions = product.editions.values();
            let names = editions.chain(product.features.values()).chain(product.limits.values()).chain([&product.name]);
            for name in names {
                check("a name of the catalogue", name, 256, LineBreaks::Refused, texts)?;
            }
        }
        Ok(())
    }
}

impl ProductNames {
    /// The name of a feature.
    pub fn feature(&self, feature: Feature) -> Option<&str> {
        self.features.get(&feature.bit()).map(String::as_str)
    }
}
