use anyhow::anyhow;
use keyward_issuer::{Claims, ClaimsBuilder, licensee, random_serial};
use serde::Deserialize;

use crate::source::Source;

/// The claims that a license is to make, by name in JSON: with a serial drawn if it names none, and the licensee
/// trimmed and in normal form C.
pub fn read(source: &Source) -> anyhow::Result<Claims> {
    let text = source.read_text()?;
    let in_json = |error: serde_json::Error| located(source, &error);
    let mut builder: ClaimsBuilder = serde_json::from_str(&text).map_err(in_json)?;
    if let Some(name) = serde_json::from_str::<NamedLicensee>(&text).map_err(in_json)?.licensee {
        builder = builder.licensee(licensee(&name).map_err(|error| anyhow!("{source}: {error}"))?);
    }
    if builder.serial_if_set().is_none() {
        builder = builder.serial(random_serial()?);
    }
    builder.build().map_err(|error| anyhow!("{source}: {error}"))
}

/// The one claim that is not taken as it stands.
#[derive(Deserialize)]
struct NamedLicensee {
    licensee: Option<String>,
}

/// The error with its place in front, where compilers put it.
fn located(source: &Source, error: &serde_json::Error) -> anyhow::Error {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let message = message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message);
    anyhow!("{source}, line {line}, column {column}: {message}")
}
