//! Value parsers.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use keyward_issuer::Environment;

/// Environments by their names.
pub fn environment() -> impl TypedValueParser<Value = Environment> {
    PossibleValuesParser::new(["production", "staging", "development"]).map(|name| match name.as_str() {
        "staging" => Environment::Staging,
        "development" => Environment::Development,
        _ => Environment::Production,
    })
}
