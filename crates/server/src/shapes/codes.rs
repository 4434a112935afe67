use std::collections::BTreeMap;

use keyward_catalog::ProductEntry;
use keyward_verifier::{Features, Limits};

/// The codes of features. A bit that the catalogue does not name has none.
pub(crate) fn feature_codes(product: Option<&ProductEntry>, features: Features) -> Vec<String> {
    let named = product.into_iter().flat_map(|product| &product.features);
    named.filter(|entry| features.contains(entry.bit)).map(|entry| entry.code.to_string()).collect()
}

/// Limits by their codes. One that the catalogue does not name has its number.
pub(crate) fn limits_by_code(product: Option<&ProductEntry>, limits: &Limits) -> BTreeMap<String, u64> {
    let code = |id: u8| product.and_then(|product| product.limit_by_id(id)).map(|entry| entry.code.to_string());
    limits.as_slice().iter().map(|(id, value)| (code(*id).unwrap_or_else(|| id.to_string()), *value)).collect()
}
