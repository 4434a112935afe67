use keyward_core::is_invisible;

/// The text, with escapes for characters that command a terminal, reverse the text or can't be seen. Names and contents of
/// files appear in messages and may be hostile.
pub fn terminal_safe_text(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            // Most characters, which are quick to check.
            ' '..='~' => harmless.push(character),
            character if character.is_control() => harmless.extend(character.escape_default()),
            character if is_invisible(character) => harmless.extend(character.escape_unicode()),
            character => harmless.push(character),
        }
    }
    harmless
}

/// The same JSON with all characters escaped that [can't be seen](is_invisible) or control a terminal. People read records on
/// terminals, and orders have texts that customers typed. JSON itself escapes the characters below U+0020, except line breaks
/// between its parts, which stay.
pub fn terminal_safe_json(json: String) -> String {
    // Most texts are ASCII, which is quick to check.
    if (json.is_ascii() && !json.contains('\u{7F}')) || !json.contains(is_unsafe) {
        return json;
    }
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        if is_unsafe(character) {
            // These characters are in strings only. Those above U+FFFF are two units in JSON.
            for unit in character.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(character);
        }
    }
    safe
}

fn is_unsafe(character: char) -> bool {
    character >= ' ' && is_invisible(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_cant_be_seen_are_spelled_out() {
        assert_eq!(terminal_safe_text("a\u{1b}[2J\nb \u{202e}c ü\u{200b}"), "a\\u{1b}[2J\\nb \\u{202e}c ü\\u{200b}");
        for character in ('\0'..=char::MAX).filter(|character| is_invisible(*character)) {
            let shown = terminal_safe_text(&character.to_string());
            assert!(shown.starts_with('\\') && !shown.contains(is_invisible), "{shown:?}");
        }
    }

    #[test]
    fn invisible_characters_are_escaped_and_the_value_is_the_same() {
        let value = serde_json::json!({ "customer": "a\u{9b}2J\u{7f}\n\u{202e}c\u{feff} ü\\\u{200b}\u{e0041}" });
        let text = terminal_safe_json(serde_json::to_string_pretty(&value).unwrap_or_default());
        assert!(text.contains(r"a\u009b2J\u007f\n\u202ec\ufeff ü\\\u200b\udb40\udc41"), "{text}");
        assert_eq!(serde_json::from_str(&text).ok(), Some(value));
    }

    #[test]
    fn every_invisible_character_is_escaped() {
        for character in ('\0'..=char::MAX).filter(|character| is_invisible(*character)) {
            let value = serde_json::Value::from(format!("a{character}b"));
            let text = terminal_safe_json(value.to_string());
            assert!(text.is_ascii() && !text.contains('\u{7F}'), "{character:?}");
            assert_eq!(serde_json::from_str(&text).ok(), Some(value), "{character:?}");
        }
    }
}
