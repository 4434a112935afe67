use std::collections::BTreeMap;
use std::str::FromStr;

use super::value::{Pairs, Value};
use super::{LimitValue, NAMES, OrderError};

/// The name of an order's value, as [`NAMES`] has it.
pub(super) fn known(name: &str) -> Result<&'static str, OrderError> {
    NAMES.into_iter().find(|known| *known == name).ok_or_else(|| OrderError::unknown_name(name))
}

/// The values of an order, taken one by one.
pub(super) struct Fields(BTreeMap<&'static str, Value>);

impl Fields {
    pub(super) fn of(pairs: Pairs) -> Result<Fields, OrderError> {
        let mut values = BTreeMap::new();
        for (name, value) in pairs.0 {
            let name = known(&name)?;
            if values.insert(name, value).is_some() {
                return Err(OrderError::NameTwice { name });
            }
        }
        Ok(Fields(values))
    }

    /// Text as it is.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, OrderError> {
        self.value(name, "text", |text| Some(text.to_owned()))
    }

    /// A value that is written as text, and in JSON perhaps as a number.
    pub(super) fn value<T>(
        &mut self,
        name: &'static str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, OrderError> {
        let text = match self.0.remove(name) {
            None => return Ok(None),
            Some(Value::Text(text)) => text,
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Null(())) => return Err(OrderError::Null { name }),
            Some(_) => return Err(OrderError::Value { name, expected }),
        };
        read(&text).map(Some).ok_or(OrderError::Value { name, expected })
    }

    /// The same, where `null` has a meaning of its own.
    pub(super) fn or_null<T>(
        &mut self,
        name: &'static str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
        null: T,
    ) -> Result<Option<T>, OrderError> {
        if self.0.get(name) == Some(&Value::Null(())) {
            self.0.remove(name);
            return Ok(Some(null));
        }
        self.value(name, expected, read)
    }

    /// A value with a text form of its own.
    pub(super) fn parsed<T: FromStr>(
        &mut self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, OrderError> {
        self.value(name, expected, |text| text.parse().ok())
    }

    /// A list of codes, sorted; empty for `none`.
    pub(super) fn codes(&mut self, name: &'static str) -> Result<Option<Vec<String>>, OrderError> {
        let wrong = || OrderError::Value { name, expected: "codes with spaces between them, a list of codes, or none" };
        let mut codes = match self.0.remove(name) {
            None => return Ok(None),
            Some(Value::Null(())) => Vec::new(),
            Some(Value::Text(text)) if text == "none" => Vec::new(),
            // A program that left the text empty did not mean to take all features away.
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

    /// Limits with their values.
    pub(super) fn limits(&mut self, name: &'static str) -> Result<Vec<(String, LimitValue)>, OrderError> {
        let wrong =
            || OrderError::Value { name, expected: "limits such as projects=50 or projects=none, or an object" };
        let of_word =
            |word: &str| word.split_once('=').and_then(|(code, value)| Some((code.to_owned(), value.parse().ok()?)));
        let of_pair = |(code, value): (String, Value)| match (code, value) {
            (code, Value::Null(())) => Some((code, LimitValue::Dropped)),
            (code, Value::Number(number)) => Some((code, LimitValue::Of(number))),
            (code, Value::Text(text)) => text.parse().ok().map(|value| (code, value)),
            (_, Value::List(_) | Value::Pairs(_) | Value::Other(_)) => None,
        };
        let limits: Option<_> = match self.0.remove(name) {
            None => Some(Vec::new()),
            Some(Value::Null(())) => return Err(OrderError::Null { name }),
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
