//! Texts in bodies. They are stored and shown to others: so each has a bound, and none has a key in it. All bodies are checked before
//! their fields are known, so that no field is forgotten.

use keyward_issuer::secret::is_key;
use serde_json::Value;

use super::place::below;
use crate::problem::Problem;

/// Fields that are keys or places in lists by their purpose, and are not stored.
const NOT_STORED: [&str; 3] = ["key", "request", "after"];

/// The most bytes of a text with a license key. A key has at most 1 KiB; it takes time to search a long text.
const MAX_KEY_TEXT: usize = 8 << 10;

/// The most bytes of all texts of a body. A customer with all contacts has fewer.
const MAX_TOTAL: usize = 1 << 16;

/// The most letters K in the texts of a body. A key begins with each of them for all that the search knows: texts of the same size in any
/// language have fewer.
const MAX_STARTS: usize = 2_000;

/// The most bytes of a text in the field of that name.
pub(crate) fn max_bytes(field: &str) -> usize {
    match field {
        "key" | "request" => MAX_KEY_TEXT,
        "notes" | "metadata" => 10_240,
        "reason" | "note" => 2_000,
        "name" | "company" => 200,
        "email" | "domain" => 254,
        "machine" => 128,
        _ => 1_000,
    }
}

/// Checks all texts and names of a body. The problem repeats none of them.
pub(super) fn check(body: &Value) -> Result<(), Problem> {
    let mut texts = Texts { total: 0, starts: 0 };
    let Value::Object(fields) = body else { return texts.check("", "", body) };
    fields.iter().try_for_each(|(name, value)| {
        texts.check_text("", "", name)?;
        let place = below("", name);
        match value.as_str().filter(|_| NOT_STORED.contains(&name.as_str())) {
            Some(text) => texts.check_length(&place, name, text),
            None => texts.check(&place, name, value),
        }
    })
}

/// The texts that were checked.
struct Texts {
    /// Their bytes.
    total: usize,
    /// Their letters K.
    starts: usize,
}

impl Texts {
    /// Checks a value of that field. The values of metadata have names of the vendor's own, and its place alone is told.
    fn check(&mut self, pointer: &str, field: &str, value: &Value) -> Result<(), Problem> {
        match value {
            Value::String(text) => self.check_text(pointer, field, text),
            Value::Array(values) => values.iter().zip(0_usize..).try_for_each(|(value, number)| match field {
                "metadata" => self.check(pointer, field, value),
                _ => self.check(&format!("{pointer}/{number}"), field, value),
            }),
            Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
                self.check_text(pointer, field, name)?;
                match field {
                    "metadata" => self.check(pointer, field, value),
                    _ => self.check(&below(pointer, name), name, value),
                }
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }

    fn check_length(&mut self, pointer: &str, field: &str, text: &str) -> Result<(), Problem> {
        let code = if field == "key" { "key-too-long" } else { "text-too-long" };
        let too_long = |detail: String| Err(Problem::invalid(pointer, code, detail));
        let max = max_bytes(field);
        if text.len() > max {
            return too_long(format!("expected a text of at most {max} bytes: shorten it"));
        }
        self.total = self.total.saturating_add(text.len());
        if self.total > MAX_TOTAL {
            return too_long(format!("the texts of the body have more than {MAX_TOTAL} bytes: send less at once"));
        }
        Ok(())
    }

    fn check_text(&mut self, pointer: &str, field: &str, text: &str) -> Result<(), Problem> {
        self.check_length(pointer, field, text)?;
        self.starts = self.starts.saturating_add(text.matches(['K', 'k']).count());
        if self.starts > MAX_STARTS || is_key(text) {
            let detail =
                "it has a license key or a signing key in it, and is read by others: name a license by its serial";
            return Err(Problem::invalid(pointer, "key-in-text", detail));
        }
        Ok(())
    }
}
