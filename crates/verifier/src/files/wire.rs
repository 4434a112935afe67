//! The JSON of payloads.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::files::PayloadError;
use crate::{TrustedKey, TrustedKeyError};

pub(super) fn to_json<T: Serialize>(payload: &T) -> Result<Vec<u8>, PayloadError> {
    serde_json::to_vec(payload).map_err(invalid)
}

/// Reads a payload. `known` has the fields of each object that may name critical ones: JSON pointer, names.
///
/// An unknown field is ignored, so that later versions can add information for later readers. If its object names it as
/// critical, it is an error.
///
/// The text is compared with the written payload one level after the other, by borrowed parts of both. So the memory that it
/// takes is a small multiple of the size of the text, however many values it has.
pub(super) fn from_json<T>(bytes: &[u8], known: &[(&str, &[&str])]) -> Result<T, PayloadError>
where
    T: DeserializeOwned + Serialize,
{
    let Strict = serde_json::from_slice(bytes).map_err(invalid)?;
    let json: &RawValue = serde_json::from_slice(bytes).map_err(invalid)?;
    // Critical fields are checked first, since the other fields may have a form that only a later version knows.
    for (place, fields) in known {
        let Some(object) = place.split('/').skip(1).try_fold(json, |json, name| member(json, name)) else { continue };
        let Some(critical) = member(object, "critical") else { continue };
        let critical: Vec<String> = serde_json::from_str(critical.get()).map_err(invalid)?;
        if let Some(unknown) = critical.into_iter().find(|name| !fields.contains(&name.as_str())) {
            return Err(PayloadError::NeedsNewer(format!("{unknown:?}")));
        }
    }
    let payload: T = serde_json::from_str(json.get()).map_err(invalid)?;
    let written = serde_json::value::to_raw_value(&payload).map_err(invalid)?;
    match is_same(json, &written).map_err(invalid)? {
        true => Ok(payload),
        false => Err(PayloadError::Invalid("something in it has another form than such files have".to_string())),
    }
}

/// The member of an object with that name.
fn member<'a>(json: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    serde_json::from_str::<BTreeMap<String, &RawValue>>(json.get()).ok()?.remove(name)
}

/// JSON in which no object has the same name twice.
pub(super) fn strict(bytes: &[u8]) -> Result<Value, PayloadError> {
    let Strict = serde_json::from_slice(bytes).map_err(invalid)?;
    serde_json::from_slice(bytes).map_err(invalid)
}

fn invalid(error: serde_json::Error) -> PayloadError {
    PayloadError::Invalid(without_values(&error))
}

/// The error in JSON, without the value that was found: it may be a license key.
pub(super) fn without_values(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("something in it is of another form than expected: {expected}"),
        None => message,
    }
}

/// Whether the payload is the same when it is written again. serde also reads other forms, such as a list for an object.
fn is_same(read: &RawValue, written: &RawValue) -> serde_json::Result<bool> {
    match (form(read), form(written)) {
        (Form::Object, Form::Object) => {
            let mut read: BTreeMap<String, &RawValue> = serde_json::from_str(read.get())?;
            let written: BTreeMap<String, &RawValue> = serde_json::from_str(written.get())?;
            for (name, written) in written {
                let is_kept = match read.remove(&name) {
                    Some(read) => is_same(read, written)?,
                    None => written.get() == "null",
                };
                if !is_kept {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Form::Array, Form::Array) => {
            let read: Vec<&RawValue> = serde_json::from_str(read.get())?;
            let written: Vec<&RawValue> = serde_json::from_str(written.get())?;
            if read.len() != written.len() {
                return Ok(false);
            }
            for (read, written) in read.into_iter().zip(written) {
                if !is_same(read, written)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        // Of a large whole number, serde keeps the nearest float, which another reader need not do.
        (Form::Scalar, Form::Scalar) if is_whole(read) => Ok(read.get() == written.get()),
        (Form::Scalar, Form::Scalar) => {
            Ok(serde_json::from_str::<Value>(read.get())? == serde_json::from_str::<Value>(written.get())?)
        }
        _ => Ok(false),
    }
}

/// Whether this is a number without fraction and exponent.
fn is_whole(scalar: &RawValue) -> bool {
    scalar.get().bytes().all(|byte| byte == b'-' || byte.is_ascii_digit())
}

#[derive(PartialEq, Eq)]
enum Form {
    Object,
    Array,
    Scalar,
}

fn form(json: &RawValue) -> Form {
    match json.get().as_bytes().first() {
        Some(b'{') => Form::Object,
        Some(b'[') => Form::Array,
        _ => Form::Scalar,
    }
}

/// JSON in which no object has the same name twice. The values are passed over.
struct Strict;

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Strict, D::Error> {
        deserializer.deserialize_any(Strict)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_str<E>(self, _: &str) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Strict, A::Error> {
        while let Some(Strict) = items.next_element()? {}
        Ok(Strict)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Strict, A::Error> {
        let mut names = BTreeSet::new();
        while let Some((name, Strict)) = fields.next_entry::<String, _>()? {
            if !names.insert(name) {
                return Err(A::Error::custom("a name is twice in one object"));
            }
        }
        Ok(Strict)
    }
}

/// An object. A list of its values, which serde would also read, is an error.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<T>, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Object)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

/// The error for a number after the last.
pub(super) fn last_number(name: &str) -> PayloadError {
    PayloadError::Invalid(format!("{name} {} is the last, and no other follows", u32::MAX))
}

/// Whether a time can be written in the form of files, which has four digits for the year.
pub(super) fn can_be_written(time: DateTime<Utc>) -> bool {
    (0..=9999).contains(&time.year())
}

/// A time in whole seconds at UTC, in exactly this form: `2026-12-31T18:00:00Z`.
pub(super) mod time {
    use super::*;

    pub fn serialize<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        if !can_be_written(*time) {
            return Err(ser::Error::custom("a time in it is beyond the year 9999"));
        }
        // No reader opens a file with one.
        if time.timestamp_subsec_nanos() >= 1_000_000_000 {
            return Err(ser::Error::custom("a time in it is a leap second: take the second before or after it"));
        }
        serializer.serialize_str(&written(*time))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = DateTime::parse_from_rfc3339(&text).map(|time| time.to_utc());
        time.ok()
            // In chrono a leap second is a second with more nanoseconds, and in whole seconds it would be another time.
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

/// A public key in a payload: all 32 bytes, in hex.
#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(transparent)]
pub(super) struct PublicKey(#[serde(with = "hex_bytes")] pub(super) [u8; 32]);

impl PublicKey {
    pub(super) fn trusted(&self) -> Result<TrustedKey, PayloadError> {
        TrustedKey::from_bytes(&self.0)
            .map_err(|error: TrustedKeyError| PayloadError::Invalid(format!("a key in it can't be trusted: {error}")))
    }
}
