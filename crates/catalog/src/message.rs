//! Parts of messages: quoted text, lists, and the name that a mistyped name probably means.

use std::fmt;

use keyward_core::is_invisible;

use crate::secret::{has_pem, may_be_key, may_be_part_of_a_license_key};

/// The candidate that is closest to the text, if at most a third of the text's characters are wrong.
pub fn closest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // No code is close to a longer text, and the comparison takes time in proportion to the product of both lengths.
    const MAX_BYTES: usize = 48;
    if text.len() > MAX_BYTES {
        return None;
    }
    let tolerated = (text.chars().count() / 3).max(1);
    let distance = |candidate: &str| strsim::osa_distance(text, candidate);
    let candidates = candidates.into_iter().map(|candidate| (candidate, distance(candidate)));
    let (candidate, distance) = candidates.min_by_key(|(_, distance)| *distance)?;
    (distance <= tolerated && distance < candidate.len()).then_some(candidate)
}

/// The text in backticks: on one line, without invisible characters, and cut after 60 characters. What may be a key is cut after
/// 10: the first group of a license key is the same for all keys of a vendor.
pub(crate) fn quoted(text: &str) -> impl fmt::Display {
    let is_key = |text: &str| may_be_key(text) || may_be_part_of_a_license_key(text);
    let is_secret = has_pem(text) || is_key(text) || text.split_whitespace().any(is_key);
    let max_characters = if is_secret { 10 } else { 60 };
    let mut shown = String::new();
    for character in text.chars().take(max_characters) {
        match character {
            '\'' | '"' => shown.push(character),
            character if is_invisible(character) && !character.is_control() => shown.extend(character.escape_unicode()),
            character => shown.extend(character.escape_debug()),
        }
    }
    if text.chars().nth(max_characters).is_some() { format!("`{shown}…`") } else { format!("`{shown}`") }
}

/// Names in backticks, separated by commas.
pub(crate) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quoted(name.as_ref()).to_string()).collect();
    quoted.join(", ")
}

/// Whole days as `7d`, and other hours as `36h`.
pub(crate) fn written_hours(hours: u16) -> String {
    match (hours.checked_div(24), hours.checked_rem(24)) {
        (Some(days @ 2..), Some(0)) => format!("{days}d"),
        _ => format!("{hours}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_code_has_the_fewest_mistakes() {
        let known = ["pro", "pro-annual", "enterprise"];
        assert_eq!(closest("por", known), Some("pro"));
        assert_eq!(closest("pro-anual", known), Some("pro-annual"));
        assert_eq!(closest("entrepise", known), Some("enterprise"));
        assert_eq!(closest("home", known), None);
        assert_eq!(closest("x", ["a"]), None);
        assert_eq!(closest(&"e".repeat(100_000), known), None);
    }

    #[test]
    fn quoted_text_stays_on_its_line() {
        assert_eq!(quoted("it's\n\u{1b}[2J\u{202e}").to_string(), "`it's\\n\\u{1b}[2J\\u{202e}`");
        for character in ('\0'..=char::MAX).filter(|character| is_invisible(*character)) {
            assert!(!quoted(&character.to_string()).to_string().contains(is_invisible), "{character:?}");
        }
        assert_eq!(quoted(&"x y".repeat(21)).to_string(), format!("`{}…`", "x y".repeat(20)));
    }

    #[test]
    fn a_key_in_place_of_another_text_is_not_quoted() {
        let key = include_str!("../../cli/tests/fixtures/keys/typical.txt");
        let line: String = key.split_whitespace().collect();
        let secret = "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
        for key in [
            key,
            &line,
            line.get(..35).unwrap_or_default(),
            &line.to_lowercase(),
            &line.replace('-', " "),
            &line.replace('-', ""),
            secret,
            &format!("key = {secret}"),
            "-----BEGIN PRIVATE KEY-----",
            "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
        ] {
            let shown = quoted(key).to_string();
            assert!(shown.chars().count() <= 13, "{shown}");
        }
        let code = "pro-annual-with-support-and-training";
        assert_eq!(quoted(code).to_string(), format!("`{code}`"));
    }
}
