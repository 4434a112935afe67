//! Texts with a license key, as they are pasted.

use keyward_issuer::secret::is_key;
use serde_json::Value;

use crate::problem::Problem;

/// The most bytes of a text with a license key. A key has at most 1 KiB; it takes time to search a long text.
const MAX_BYTES: usize = 8 << 10;

/// Refuses a text in the field `key` that is too long to be searched.
pub(super) fn check_length(text: &str) -> Result<(), Problem> {
    if text.len() > MAX_BYTES {
        let detail = format!("key: expected a license key, at most {MAX_BYTES} bytes with the words around it");
        return Err(Problem::invalid("/key", "key-too-long", detail));
    }
    Ok(())
}

/// Refuses a value with a license key or a signing key in a text or in a name, which would be stored and shown to others.
pub(super) fn refuse_key(pointer: impl Into<String>, value: &Value) -> Result<(), Problem> {
    if !has_key(value) {
        return Ok(());
    }
    let detail = "it has a license key or a signing key in it, and is read by others: name a license by its serial";
    Err(Problem::invalid(pointer, "key-in-text", detail))
}

/// A text for people, such as a reason, which has no key in it.
pub(super) fn free_text<'a>(pointer: &str, text: Option<&'a str>) -> Result<Option<&'a str>, Problem> {
    refuse_key(pointer, &text.into())?;
    Ok(text)
}

fn has_key(value: &Value) -> bool {
    match value {
        Value::String(text) => has_key_in(text),
        Value::Array(values) => values.iter().any(has_key),
        Value::Object(fields) => fields.iter().any(|(name, value)| has_key_in(name) || has_key(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The most bytes of a key in one word without hyphens.
const MAX_WORD: usize = 1 << 10;

/// Other programs keep longer words in metadata.
fn has_key_in(text: &str) -> bool {
    let words: Vec<&str> =
        text.split_whitespace().filter(|word| word.len() <= MAX_WORD || word.contains('-')).collect();
    is_key(&words.join(" "))
}
