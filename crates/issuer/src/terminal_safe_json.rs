/// The same JSON with characters escaped that control a terminal or the direction of text. People read records on terminals,
/// and orders have texts that customers typed. JSON itself escapes the characters below U+0020, except line breaks between
/// its parts, which stay.
pub fn terminal_safe_json(json: String) -> String {
    // Most texts are ASCII, which is quick to check.
    if (json.is_ascii() && !json.contains('\u{7F}')) || !json.contains(is_control) {
        return json;
    }
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        if is_control(character) {
            // These characters are in strings only, and below U+10000.
            safe.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            safe.push(character);
        }
    }
    safe
}

const fn is_control(character: char) -> bool {
    matches!(character,
        '\u{7F}'..='\u{9F}' | '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_the_value_is_the_same() {
        let value = serde_json::json!({ "customer": "a\u{9b}2J\u{7f}\n\u{202e}c\u{feff} ü\\" });
        let text = terminal_safe_json(serde_json::to_string_pretty(&value).unwrap_or_default());
        assert!(text.contains(r"a\u009b2J\u007f\n\u202ec\ufeff ü"), "{text}");
        assert_eq!(serde_json::from_str(&text).ok(), Some(value));
    }
}
