use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::node::{Node, Pairs};
use super::{OrderError, Separator};
use crate::policy::LimitValue;

/// The names of an order's values.
pub const NAMES: [&str; 27] = [
    "id",
    "offer",
    "product",
    "edition",
    "renews",
    "reissues",
    "kind",
    "from",
    "through",
    "term",
    "seats",
    "features",
    "limits",
    "updates_through",
    "grace_days",
    "environment",
    "fingerprint",
    "activations",
    "licensee",
    "customer",
    "subscription",
    "subscription_name",
    "bridges",
    "approved_by",
    "reason",
    "ticket",
    "serial",
];

/// The names in the first line of CSV.
pub(super) fn columns(cells: Vec<String>) -> Result<Vec<&'static str>, OrderError> {
    let mut columns = Vec::new();
    for cell in cells {
        let name = known(&cell)?;
        if columns.contains(&name) {
            return Err(OrderError::NameTwice { name });
        }
        columns.push(name);
    }
    Ok(columns)
}

/// What there is between the cells, as the first line tells: programs that write commas in numbers use semicolons.
pub(super) fn separator(first_line: &str) -> Separator {
    if first_line.contains(';') && !first_line.contains(',') { Separator::Semicolon } else { Separator::Comma }
}

fn known(name: &str) -> Result<&'static str, OrderError> {
    NAMES.into_iter().find(|known| *known == name).ok_or_else(|| OrderError::unknown_name(name))
}

/// The values of an order, taken one by one.
pub(super) struct Fields {
    values: BTreeMap<&'static str, Node>,
    /// What was taken, each value written in one way, from CSV as from JSON. (Terms are as they were said: `12m` is not `1y`.)
    said: BTreeMap<&'static str, String>,
}

impl Fields {
    pub(super) fn of(pairs: Pairs) -> Result<Fields, OrderError> {
        let mut values = BTreeMap::new();
        for (name, value) in pairs.0 {
            let name = known(&name)?;
            if values.insert(name, value).is_some() {
                return Err(OrderError::NameTwice { name });
            }
        }
        values.retain(|_, value| *value != Node::Null);
        Ok(Fields { values, said: BTreeMap::new() })
    }

    /// The order's own id. Not a part of what is ordered.
    pub(super) fn id(&mut self) -> Result<String, OrderError> {
        let id = self.text("id")?.filter(|id| !id.trim().is_empty()).ok_or(OrderError::NoId)?;
        self.said.remove("id");
        Ok(id)
    }

    /// Text as it is.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, OrderError> {
        self.value(name, "text", |text| Some(text.to_owned()))
    }

    /// A value that is written as text, and in JSON perhaps as a number.
    pub(super) fn value<T: fmt::Display>(
        &mut self,
        name: &'static str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, OrderError> {
        let text = match self.values.remove(name) {
            None => return Ok(None),
            Some(Node::Text(text)) => text,
            Some(Node::Number(number)) => number.to_string(),
            Some(_) => return Err(OrderError::Value { name, expected }),
        };
        let value = read(&text).ok_or(OrderError::Value { name, expected })?;
        self.said.insert(name, value.to_string());
        Ok(Some(value))
    }

    pub(super) fn parsed<T: fmt::Display + FromStr>(
        &mut self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, OrderError> {
        self.value(name, expected, |text| text.parse().ok())
    }

    /// A list of codes; empty for none.
    pub(super) fn codes(&mut self, name: &'static str) -> Result<Option<Vec<String>>, OrderError> {
        let wrong = || OrderError::Value { name, expected: "codes with spaces between them, a list of codes, or none" };
        let mut codes = match self.values.remove(name) {
            None => return Ok(None),
            Some(Node::Text(text)) if text == "none" => Vec::new(),
            // Text that a program left empty was not meant to take all features away.
            Some(Node::Text(text)) if words(&text).next().is_none() => return Err(wrong()),
            Some(Node::Text(text)) => words(&text).map(str::to_owned).collect(),
            Some(Node::List(list)) => {
                let code = |node| if let Node::Text(code) = node { Some(code) } else { None };
                list.into_iter().map(code).collect::<Option<_>>().ok_or_else(wrong)?
            }
            Some(_) => return Err(wrong()),
        };
        codes.sort_unstable();
        self.said.insert(name, codes.join(" "));
        Ok(Some(codes))
    }

    /// Limits with their values.
    pub(super) fn limits(&mut self, name: &'static str) -> Result<Vec<(String, LimitValue)>, OrderError> {
        let wrong =
            || OrderError::Value { name, expected: "limits such as projects=50 or projects=none, or an object" };
        let of_word =
            |word: &str| word.split_once('=').and_then(|(code, value)| Some((code.to_owned(), value.parse().ok()?)));
        let of_pair = |(code, value): (Cow<'_, str>, Node)| match (code.into_owned(), value) {
            (code, Node::Null) => Some((code, LimitValue::Dropped)),
            (code, Node::Number(number)) => Some((code, LimitValue::Of(number))),
            (code, Node::Text(text)) => text.parse().ok().map(|value| (code, value)),
            (_, Node::List(_) | Node::Pairs(_)) => None,
        };
        let limits: Vec<_> = match self.values.remove(name) {
            None => return Ok(Vec::new()),
            Some(Node::Text(text)) => words(&text).map(of_word).collect::<Option<_>>().ok_or_else(wrong)?,
            Some(Node::Pairs(pairs)) => pairs.0.into_iter().map(of_pair).collect::<Option<_>>().ok_or_else(wrong)?,
            Some(_) => return Err(wrong()),
        };
        let mut said: Vec<String> = limits.iter().map(|(code, value)| format!("{code}={value}")).collect();
        said.sort_unstable();
        self.said.insert(name, said.join(" "));
        Ok(limits)
    }

    /// A digest of all that was taken: the first 16 bytes of SHA-256 over its JSON, in hex.
    pub(super) fn digest(&self) -> String {
        let said = serde_json::to_vec(&self.said).unwrap_or_default();
        hex::encode(Sha256::digest(said).get(..16).unwrap_or_default())
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',', ';']).filter(|word| !word.is_empty())
}
