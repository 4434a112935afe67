use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use core::str::FromStr;

use keyward_core::{Feature, Product};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::files::PayloadError;
use crate::files::text::{LineBreaks, Texts, check};

/// The catalogue's public names of the numbers in license keys. They are shown, and decide nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicNames {
    /// By the product's number.
    #[serde(deserialize_with = "numbered")]
    pub products: BTreeMap<u32, ProductNames>,
}

/// The names of one product.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProductNames {
    /// The name of the product.
    pub name: String,
    /// Editions, by number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "numbered")]
    pub editions: BTreeMap<u16, String>,
    /// Features, by bit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "numbered")]
    pub features: BTreeMap<u8, String>,
    /// Limits, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "numbered")]
    pub limits: BTreeMap<u8, String>,
}

/// An object whose names are numbers. serde_json would read these from the text without its escapes: `"\u0033"` is the name 3 too.
fn numbered<'de, D, N, T>(deserializer: D) -> Result<BTreeMap<N, T>, D::Error>
where
    D: Deserializer<'de>,
    N: FromStr + ToString + Ord,
    T: Deserialize<'de>,
{
    let number = |name: &str| name.parse().ok().filter(|number: &N| number.to_string() == name);
    let numbered = |(name, value): (String, T)| Some((number(&name)?, value));
    let named = BTreeMap::deserialize(deserializer)?;
    let numbered = named.into_iter().map(numbered).collect::<Option<_>>();
    numbered.ok_or_else(|| D::Error::custom("a name among the public names is no number, or out of range"))
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
