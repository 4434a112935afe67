//! Reads typed characters as Crockford's base32, in any case and with look-alikes.

/// The characters of Crockford's base32 by their values.
pub(crate) const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The number of characters in a group.
pub(crate) const SYMBOLS_IN_A_GROUP: usize = 5;

/// The first symbol of every license key.
pub(crate) const K: u8 = 0b10011;

/// The first symbol of every activation request.
pub(crate) const R: u8 = 0b11000;

/// A typed character.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Symbol {
    /// A character of a key, with its value from 0 to 31.
    Value(u8),
    /// A character that can't be read: `?`, and every character that is neither a separator nor in a key.
    Unreadable,
    /// A character between groups, otherwise ignored.
    Separator,
}

impl From<char> for Symbol {
    fn from(character: char) -> Symbol {
        match u8::try_from(character) {
            Ok(ascii) if ascii.is_ascii() => ASCII.get(usize::from(ascii)).copied().unwrap_or(Symbol::Unreadable),
            _ => beyond_ascii(character),
        }
    }
}

/// Every ASCII character.
const ASCII: [Symbol; 128] = {
    let mut table = [Symbol::Unreadable; 128];
    let mut code = 0;
    while code < table.len() {
        #[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "at compile time")]
        {
            let character = code as u8;
            table[code] = match character.to_ascii_uppercase() {
                b'O' => Symbol::Value(0),
                b'I' | b'L' => Symbol::Value(1),
                b'?' => Symbol::Unreadable,
                upper => {
                    let mut symbol = Symbol::Unreadable;
                    let mut value = 0;
                    while value < ALPHABET.len() {
                        if ALPHABET[value] == upper {
                            symbol = Symbol::Value(value as u8);
                        }
                        value += 1;
                    }
                    if character.is_ascii_punctuation() || character.is_ascii_whitespace() || character == 0x0B {
                        symbol = Symbol::Separator;
                    }
                    symbol
                }
            };
            code += 1;
        }
    }
    table
};

/// The hyphens and dashes but for that of ASCII and that of full width: a pattern, since a function is more code in a small module.
macro_rules! rarer_dash {
    () => {
        '\u{058A}' | '\u{05BE}' | '\u{1400}' | '\u{1806}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{2212}'
                | '\u{2E17}'
                | '\u{2E1A}'
                | '\u{2E3A}'
                | '\u{2E3B}'
                | '\u{2E40}'
                | '\u{2E5D}'
                | '\u{301C}'
                | '\u{3030}'
                | '\u{30A0}'
                | '\u{FE31}'
                | '\u{FE32}'
                | '\u{FE58}'
                | '\u{FE63}'
                | '\u{10D6E}'
                | '\u{10EAD}'
    };
}

/// Whether a character is a hyphen or a dash: of Unicode's category Pd, the hyphen bullet or the minus sign. The list is part of the
/// format.
///
/// ```
/// assert!("-\u{2011}\u{2013}\u{2212}".chars().all(keyward_core::is_dash));
/// assert!(!keyward_core::is_dash('_'));
/// ```
pub const fn is_dash(character: char) -> bool {
    matches!(character, '-' | '\u{FF0D}' | rarer_dash!())
}

#[cold]
fn beyond_ascii(character: char) -> Symbol {
    match character {
        // Fullwidth forms of ASCII.
        '\u{FF01}'..='\u{FF5E}' => {
            u32::from(character).checked_sub(0xFEE0).and_then(char::from_u32).map_or(Symbol::Unreadable, Symbol::from)
        }
        // Invisible: soft hyphen, zero-width and directional marks, word joiner, byte order mark.
        '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' => Symbol::Separator,
        rarer_dash!() => Symbol::Separator,
        // White space by Unicode 6.3 and later. The list is part of the format: the tables of a compiler may change.
        '\u{0085}'
        | '\u{00A0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200A}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202F}'
        | '\u{205F}'
        | '\u{3000}' => Symbol::Separator,
        _ => Symbol::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_case_fullwidth_and_look_alikes_are_read() {
        for (written, read) in [
            ('k', 'K'),
            ('Ｋ', 'K'),
            ('ｋ', 'K'),
            ('O', '0'),
            ('o', '0'),
            ('Ｏ', '0'),
            ('I', '1'),
            ('l', '1'),
            ('L', '1'),
        ] {
            assert_eq!(Symbol::from(written), Symbol::from(read), "{written}");
            assert!(matches!(Symbol::from(read), Symbol::Value(_)));
        }
    }

    #[test]
    fn every_value_has_its_character() {
        for (value, character) in (0_u8..).zip(ALPHABET) {
            assert_eq!(Symbol::from(char::from(*character)), Symbol::Value(value));
        }
    }

    #[test]
    fn any_other_character_is_one_that_cannot_be_read() {
        for character in ['?', '？', 'U', 'u', 'Ü', '株', '\0', '\u{1}', '·', '\u{2061}', '😀'] {
            assert_eq!(Symbol::from(character), Symbol::Unreadable, "{character}");
        }
        // Cyrillic and Greek letters that look like those of a key, and combining marks.
        for character in "АВЕКМНОРСТХасеорхΑΒΕΗΚΜΝΟΡΤΧΖ\u{300}\u{301}\u{308}\u{327}".chars()
        {
            assert_eq!(Symbol::from(character), Symbol::Unreadable, "{character:?}");
        }
    }

    #[test]
    fn spaces_dashes_and_punctuation_separate() {
        for character in " \t\r\n\u{B}\u{C}\u{85}\u{A0}\u{2003}\u{3000}\u{2028}-‐‑‒–—―−－⁃.,;:!\"'`()[]{}<>|/\\+*=_~#$%&@^！\u{AD}\u{200B}\u{200F}\u{2060}\u{FEFF}".chars() {
            assert_eq!(Symbol::from(character), Symbol::Separator, "{character:?}");
        }
    }
}
