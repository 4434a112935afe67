//! Value parsers.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use keyward_verifier::files::{Purpose, Reason};
use keyward_verifier::{Environment, Kind};

/// Environments by their names.
pub fn environment() -> impl TypedValueParser<Value = Environment> {
    PossibleValuesParser::new(["production", "staging", "development"]).map(|name| match name.as_str() {
        "staging" => Environment::Staging,
        "development" => Environment::Development,
        _ => Environment::Production,
    })
}

/// Kinds by their names.
pub fn kind() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(["standard", "trial", "stopgap"]).map(|name| match name.as_str() {
        "trial" => Kind::Trial,
        "stopgap" => Kind::Stopgap,
        _ => Kind::Standard,
    })
}

/// Purposes by their codes.
pub fn purpose() -> impl TypedValueParser<Value = Purpose> {
    PossibleValuesParser::new(Purpose::ALL.map(Purpose::code)).try_map(|name| {
        let known = Purpose::ALL.into_iter().find(|purpose| purpose.code() == name);
        known.ok_or_else(|| format!("there is no purpose {name}"))
    })
}

/// Reasons by their codes.
pub fn reason() -> impl TypedValueParser<Value = Reason> {
    PossibleValuesParser::new(Reason::ALL.map(Reason::code)).try_map(|name| {
        let known = Reason::ALL.into_iter().find(|reason| reason.code() == name);
        known.ok_or_else(|| format!("there is no reason {name}"))
    })
}
