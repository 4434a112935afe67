//! Reads the metadata of a license file. It is signed unchanged, or refused.

use anyhow::bail;
use keyward_verifier::files::LicenseFile;
use serde_json::{Map, Value};

/// Reads a JSON object that stays the same when it is written again: without repeated names, and without numbers that
/// programs would round.
pub fn read(text: &str) -> anyhow::Result<Map<String, Value>> {
    let metadata = LicenseFile::metadata_from_json(text)?;
    let bare = without_strings(text);
    let is_number = |token: &&str| token.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    for number in bare.split(|character: char| "{}[]:, \t\r\n".contains(character)).filter(is_number) {
        let written = serde_json::from_str::<Value>(number)?.to_string();
        if written != number {
            bail!(
                "the number {number} in the metadata would become {written}: write it like that, or as a text in quotes"
            );
        }
    }
    Ok(metadata)
}

/// Well-formed JSON without its strings.
fn without_strings(text: &str) -> String {
    let mut bare = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '"' {
            bare.push(character);
            continue;
        }
        while let Some(within) = characters.next() {
            match within {
                '"' => break,
                // An escaped character ends no string.
                '\\' => drop(characters.next()),
                _ => {}
            }
        }
    }
    bare
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_they_were_read() {
        for text in [
            r#"{}"#,
            r#"{"a":{"a":1,"b":[{"a":1},{"a":2}]},"a:b":"x:1e9, \"2.50\" \\"}"#,
            r#"{"big":18446744073709551615,"half":-0.5,"none":null,"small":-9223372036854775808,"true":true}"#,
        ] {
            assert_eq!(Value::from(read(text).unwrap()).to_string(), text);
        }
    }

    #[test]
    fn text_that_would_change_is_refused_with_the_changed_form() {
        for (text, said) in [
            (r#"{"a":1,"a":2}"#, "twice"),
            (r#"{"a":1,"\u0061":2}"#, "twice"),
            (r#"{"list":[{"b":{"c":1,"c":1}}]}"#, "twice"),
            (r#"{"id":123456789012345678901234567890}"#, "would become 1.2345678901234568e+29"),
            (r#"{"price":[19.90]}"#, "the number 19.90 in the metadata would become 19.9"),
            (r#"{"count":1e3}"#, "would become 1000.0"),
            (r#"{"zero":-0}"#, "would become -0.0"),
            (r#"[1]"#, "this is none"),
        ] {
            let refused = read(text).unwrap_err().to_string();
            assert!(refused.contains(said), "{text}: {refused}");
        }
    }
}
