use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A value of JSON in which no field is there twice, and no text has the character U+0000, which PostgreSQL can't store.
#[derive(Debug)]
pub(super) struct Strict(pub(super) Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Strict, D::Error> {
        value.deserialize_any(Values).map(Strict)
    }
}

struct Values;

/// Up to here, each whole number is one of floating point too.
const MAX_EXACT: f64 = 9_007_199_254_740_991.0;

fn text<E: Error>(text: String) -> Result<String, E> {
    match text.contains('\0') {
        true => Err(E::custom("expected a text without the character U+0000")),
        false => Ok(text),
    }
}

impl<'de> Visitor<'de> for Values {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        // `10.0` is the number ten, as in JSON Schema: some programs write all numbers with a fraction.
        if value.fract() == 0.0 && value.abs() <= MAX_EXACT {
            return format!("{value:.0}").parse::<i64>().map(Value::from).map_err(E::custom);
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("expected a finite number"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        text(value.to_owned()).map(Value::String)
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        text(value).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        while let Some(Strict(value)) = values.next_element()? {
            found.push(value);
        }
        Ok(Value::Array(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut found = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let name = text(name)?;
            let Strict(value) = fields.next_value()?;
            if found.contains_key(&name) {
                return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
            }
            found.insert(name, value);
        }
        Ok(Value::Object(found))
    }
}
