use std::fmt;

use anyhow::anyhow;
use keyward_issuer::{Claims, ClaimsBuilder, Licensee, licensee, random_serial};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::io::source::Source;

/// Reads claims by name in JSON. A missing serial is random; the licensee is trimmed and in normal form C.
pub fn read(source: &Source) -> anyhow::Result<Claims> {
    let text = source.read_text()?;
    let ClaimsFile(mut builder) = serde_json::from_str(&text).map_err(|error| located(source, &error))?;
    if builder.serial_if_set().is_none() {
        builder = builder.serial(random_serial()?);
    }
    builder.build().map_err(|error| anyhow!("{source}: {error}"))
}

/// The error with its line and column first, as compilers write it.
fn located(source: &Source, error: &serde_json::Error) -> anyhow::Error {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let message = message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message);
    anyhow!("{source}, line {line}, column {column}: {message}")
}

/// Claims as a vendor writes them.
struct ClaimsFile(ClaimsBuilder);

impl<'de> Deserialize<'de> for ClaimsFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ClaimsFile, D::Error> {
        deserializer.deserialize_map(ClaimsByName).map(ClaimsFile)
    }
}

struct ClaimsByName;

impl<'de> Visitor<'de> for ClaimsByName {
    type Value = ClaimsBuilder;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("claims by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, claims: A) -> Result<ClaimsBuilder, A::Error> {
        let tidy = TidyLicensee { claims, name: String::new() };
        ClaimsBuilder::deserialize(MapAccessDeserializer::new(tidy))
    }
}

/// Passes the claims on unchanged, except the licensee, which core accepts only in its signed form.
struct TidyLicensee<A> {
    claims: A,
    /// The name of the next claim.
    name: String,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for TidyLicensee<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some(name) = self.claims.next_key()? else { return Ok(None) };
        self.name = name;
        seed.deserialize(self.name.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        if self.name != "licensee" {
            return self.claims.next_value_seed(seed);
        }
        let tidy: Option<Tidy> = self.claims.next_value()?;
        seed.deserialize(Value::from(tidy.map(|Tidy(name)| name.to_string()))).map_err(A::Error::custom)
    }
}

/// A licensee as typed. It is tidied while it is read, so that an error has a line and a column.
struct Tidy(Licensee);

impl<'de> Deserialize<'de> for Tidy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tidy, D::Error> {
        deserializer.deserialize_str(Name).map(Tidy)
    }
}

struct Name;

impl Visitor<'_> for Name {
    type Value = Licensee;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name of 1 to 64 bytes")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Licensee, E> {
        licensee(name).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use keyward_core::is_invisible;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_licensee_is_tidied_and_has_no_character_of_the_table() {
        let licensee = |name: &str| {
            let claims = json!({ "licensee": name }).to_string();
            serde_json::from_str::<ClaimsFile>(&claims).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(licensee(" Mu\u{308}ller  & Søn "), Ok(()));
        for character in ('\0'..=char::MAX).filter(|character| is_invisible(*character)) {
            for name in [format!("Ac{character}me"), character.to_string()] {
                assert!(licensee(&name).is_err(), "{name:?}");
            }
        }
    }
}
