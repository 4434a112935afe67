use std::collections::BTreeMap;
use std::str::FromStr;

use super::value::{Pairs, Value};
use super::{FIELD_NAMES, LimitValue, OrderError};
use crate::secret::{is_key, may_be_key};

/// The field of that name.
pub(super) fn known_field(name: &str) -> Result<&'static str, OrderError> {
    if is_key(name) || may_be_key(name) {
        return Err(OrderError::Key { field: "a field's name" });
    }
    FIELD_NAMES.into_iter().find(|known| *known == name).ok_or_else(|| OrderError::unknown_field(name))
}

/// Fields of text for the record, which may be a customer's id in hex.
const TEXTS: [&str; 6] = ["id", "licensee", "customer", "approved_by", "reason", "ticket"];

/// Whether a value has a key in it, which a message about another fault would show.
pub(super) fn has_key(field: &str, value: &Value) -> bool {
    if field == "request" {
        // A request has as many groups as a part of a key. No message repeats it.
        return false;
    }
    let is_one = |text: &str| is_key(text) || (!TEXTS.contains(&field) && may_be_key(text));
    match value {
        Value::Text(text) => is_one(text),
        Value::List(values) => values.iter().any(|value| has_key(field, value)),
        Value::Pairs(pairs) => pairs.0.iter().any(|(name, value)| is_one(name) || has_key(field, value)),
        Value::Null(()) | Value::Number(_) | Value::Other(_) => false,
    }
}

/// The fields of an order. Each is taken once.
pub(super) struct Fields(BTreeMap<&'static str, Value>);

impl Fields {
    pub(super) fn of(pairs: Pairs) -> Result<Fields, OrderError> {
        let mut values = BTreeMap::new();
        for (name, value) in pairs.0 {
            let field = known_field(&name)?;
            if has_key(field, &value) {
                return Err(OrderError::Key { field });
            }
            if values.insert(field, value).is_some() {
                return Err(OrderError::DuplicateField { field });
            }
        }
        Ok(Fields(values))
    }

    pub(super) fn text(&mut self, field: &'static str) -> Result<Option<String>, OrderError> {
        self.value(field, "text", |text| Some(text.to_owned()))
    }

    /// A value from text, or from a number in JSON.
    pub(super) fn value<T>(
        &mut self,
        field: &'static str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, OrderError> {
        let text = match self.0.remove(field) {
            None => return Ok(None),
            Some(Value::Text(text)) => text,
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Null(())) => return Err(OrderError::Null { field }),
            Some(_) => return Err(OrderError::InvalidValue { field, expected }),
        };
        read(&text).map(Some).ok_or(OrderError::InvalidValue { field, expected })
    }

    /// A value of a field that gives `null` a meaning.
    pub(super) fn or_null<T>(
        &mut self,
        field: &'static str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
        null: T,
    ) -> Result<Option<T>, OrderError> {
        if self.0.get(field) == Some(&Value::Null(())) {
            self.0.remove(field);
            return Ok(Some(null));
        }
        self.value(field, expected, read)
    }

    /// A value of a type that can be parsed.
    pub(super) fn parsed<T: FromStr>(
        &mut self,
        field: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, OrderError> {
        self.value(field, expected, |text| text.parse().ok())
    }

    /// A list of codes, sorted; empty for `none`.
    pub(super) fn codes(&mut self, field: &'static str) -> Result<Option<Vec<String>>, OrderError> {
        let wrong =
            || OrderError::InvalidValue { field, expected: "codes separated by spaces, a list of codes, or none" };
        let mut codes = match self.0.remove(field) {
            None => return Ok(None),
            Some(Value::Null(())) => Vec::new(),
            Some(Value::Text(text)) if text == "none" => Vec::new(),
            // An empty text is probably a missing value. It would remove all features.
            Some(Value::Text(text)) if words(&text).next().is_none() => return Err(wrong()),
            Some(Value::Text(text)) => words(&text).map(str::to_owned).collect(),
            Some(Value::List(list)) => {
                let code = |value| if let Value::Text(code) = value { Some(code) } else { None };
                list.into_iter().map(code).collect::<Option<_>>().ok_or_else(wrong)?
            }
            Some(_) => return Err(wrong()),
        };
        codes.sort_unstable();
        Ok(Some(codes))
    }

    /// Limits and their values.
    pub(super) fn limits(&mut self, field: &'static str) -> Result<Vec<(String, LimitValue)>, OrderError> {
        let wrong = || OrderError::InvalidValue {
            field,
            expected: "limits such as projects=50 or projects=none, or an object",
        };
        let of_word =
            |word: &str| word.split_once('=').and_then(|(code, value)| Some((code.to_owned(), value.parse().ok()?)));
        let of_pair = |(code, value): (String, Value)| match (code, value) {
            (code, Value::Null(())) => Some((code, LimitValue::Dropped)),
            (code, Value::Number(number)) => Some((code, LimitValue::Of(number))),
            (code, Value::Text(text)) => text.parse().ok().map(|value| (code, value)),
            (_, Value::List(_) | Value::Pairs(_) | Value::Other(_)) => None,
        };
        let limits: Option<_> = match self.0.remove(field) {
            None => Some(Vec::new()),
            Some(Value::Null(())) => return Err(OrderError::Null { field }),
            Some(Value::Text(text)) => words(&text).map(of_word).collect(),
            Some(Value::Pairs(pairs)) => pairs.0.into_iter().map(of_pair).collect(),
            Some(_) => None,
        };
        limits.ok_or_else(wrong)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',', ';']).filter(|word| !word.is_empty())
}
