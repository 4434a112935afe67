//! How payloads are written in JSON.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::files::PayloadError;

/// A payload, with the names of those of its fields that a reader has to know.
#[derive(Serialize, Deserialize)]
struct Critical<T> {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    critical: Vec<String>,
    #[serde(flatten)]
    payload: T,
}

pub(super) fn to_json<T: Serialize>(payload: &T) -> Result<Vec<u8>, PayloadError> {
    serde_json::to_vec(&Critical { critical: Vec::new(), payload })
        .map_err(|error| PayloadError::Invalid(error.to_string()))
}

/// Reads a payload that says nothing critical but in these fields.
///
/// A field that is unknown and not critical is ignored: so later versions say more to later readers.
pub(super) fn from_json<T: DeserializeOwned>(bytes: &[u8], known: &[&str]) -> Result<T, PayloadError> {
    #[derive(Deserialize)]
    struct OnlyCritical {
        #[serde(default)]
        critical: Vec<String>,
    }
    let invalid = |error: serde_json::Error| PayloadError::Invalid(error.to_string());
    // First, since what follows may be of a form that only a later version knows.
    let Object(OnlyCritical { critical }) = serde_json::from_slice(bytes).map_err(invalid)?;
    if let Some(unknown) = critical.into_iter().find(|name| !known.contains(&name.as_str())) {
        return Err(PayloadError::NeedsNewer(format!("{unknown:?}")));
    }
    serde_json::from_slice(bytes).map_err(invalid)
}

/// An object, and nothing else: a derived reader takes an array of the fields as well, which nobody else does.
pub(super) struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<T>, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// A time in whole seconds at UTC: `2026-12-31T18:00:00Z`, and no other way.
pub(super) mod time {
    use super::*;

    pub fn serialize<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        match time.year() {
            0..=9999 => serializer.serialize_str(&written(*time)),
            year => Err(S::Error::custom(format!("a time is in a year of four digits, and not in {year}"))),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = DateTime::parse_from_rfc3339(&text).map(|time| time.to_utc());
        time.ok()
            // A leap second is nanoseconds beyond a second to chrono, and would be another time where it is kept in seconds.
            .filter(|time| written(*time) == text && time.timestamp_subsec_nanos() == 0)
            .ok_or_else(|| D::Error::custom("a time is written 2026-12-31T18:00:00Z"))
    }

    fn written(time: DateTime<Utc>) -> String {
        time.to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

/// Bytes as hex digits in lower case.
pub(super) mod hex_bytes {
    use super::*;

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; N];
        match hex::decode_to_slice(&text, &mut bytes) {
            Ok(()) if !text.bytes().any(|byte| byte.is_ascii_uppercase()) => Ok(bytes),
            _ => Err(D::Error::custom(format!("expected {} hex digits in lower case", N.saturating_mul(2)))),
        }
    }
}
