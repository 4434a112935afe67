//! Texts in bodies. They are stored and shown to others: so each has a bound, and none has a key in it. All bodies are checked before
//! their fields are known, so that no field is forgotten.

use keyward_issuer::secret::{is_key, takes_long};
use serde_json::Value;

use super::place::below;
use crate::problem::Problem;

/// Fields that are keys or places in lists by their purpose, and are not stored.
const NOT_STORED: [&str; 3] = ["key", "request", "after"];

/// The most bytes of a text with a license key. A key has at most 1 KiB; it takes time to search a long text.
const MAX_KEY_TEXT: usize = 8 << 10;

/// The most bytes of all texts of a body. A customer with all contacts has fewer.
const MAX_TOTAL: usize = 1 << 16;

/// The most letters K in the texts of a body. A key begins with each of them for all that the search knows.
const MAX_STARTS: usize = 2_000;

/// The most texts of a body, with the names of its fields. The metadata of a license has at most some 4,000.
const MAX_TEXTS: usize = 5_000;

/// The most texts of a body in which a mistyped key is looked for, which takes milliseconds.
const MAX_LONG_ROWS: usize = 16;

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
    let mut texts = Texts::default();
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
#[derive(Default)]
struct Texts {
    /// Their number.
    count: usize,
    /// Their bytes.
    total: usize,
    /// Their letters K.
    starts: usize,
    /// Those in which a mistyped key is looked for.
    long_rows: usize,
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
        self.count = self.count.saturating_add(1);
        if self.count > MAX_TEXTS {
            return too_long(format!("the body has more than {MAX_TEXTS} texts: send less at once"));
        }
        self.total = self.total.saturating_add(text.len());
        if self.total > MAX_TOTAL {
            return too_long(format!("the texts of the body have more than {MAX_TOTAL} bytes: send less at once"));
        }
        Ok(())
    }

    fn check_text(&mut self, pointer: &str, field: &str, text: &str) -> Result<(), Problem> {
        self.check_length(pointer, field, text)?;
        let too_many = |what: String| {
            let detail = format!(
                "the texts of the body have more than {what}, among which a license key could be: send less at once"
            );
            Err(Problem::invalid(pointer, "text-too-long", detail))
        };
        self.starts = self.starts.saturating_add(text.matches(['K', 'k']).count());
        if self.starts > MAX_STARTS {
            return too_many(format!("{MAX_STARTS} letters K"));
        }
        self.long_rows = self.long_rows.saturating_add(usize::from(takes_long(text)));
        if self.long_rows > MAX_LONG_ROWS {
            return too_many(format!("{MAX_LONG_ROWS} long rows of letters and digits"));
        }
        if is_key(text) {
            let detail =
                "it has a license key or a signing key in it, and is read by others: name a license by its serial";
            return Err(Problem::invalid(pointer, "key-in-text", detail));
        }
        Ok(())
    }
}
