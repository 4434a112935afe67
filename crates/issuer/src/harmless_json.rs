/// The same JSON without what commands a terminal or turns the text around: records are read on terminals, and a shop puts
/// into orders what customers type. Below U+0020, JSON spells everything out by itself, but for the line breaks between its
/// parts, which stay.
pub fn harmless_json(json: String) -> String {
    // Most of it is ASCII, which is soon seen.
    if (json.is_ascii() && !json.contains('\u{7F}')) || !json.contains(commands) {
        return json;
    }
    let mut harmless = String::with_capacity(json.len());
    for character in json.chars() {
        if commands(character) {
            // All of them are in strings, and below U+10000.
            harmless.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            harmless.push(character);
        }
    }
    harmless
}

const fn commands(character: char) -> bool {
    matches!(character,
        '\u{7F}'..='\u{9F}' | '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_without_what_commands_a_terminal() {
        let value = serde_json::json!({ "customer": "a\u{9b}2J\u{7f}\n\u{202e}c\u{feff} ü\\" });
        let text = harmless_json(serde_json::to_string_pretty(&value).unwrap_or_default());
        assert!(text.contains(r"a\u009b2J\u007f\n\u202ec\ufeff ü"), "{text}");
        assert_eq!(serde_json::from_str(&text).ok(), Some(value));
    }
}
