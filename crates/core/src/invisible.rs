//! Characters that people can't see, or that mislead them: one table for keys, and a larger one for issuing.
//!
//! The format fixes the first table for ever, since it decides which keys decode. The second table follows Unicode. Issuers
//! use it, and it may change: it decides only which texts are refused when a license is issued.

/// Whether a licensee in a key may not contain the character. These are controls (Unicode's category Cc), and characters
/// that break lines, hide text or change its direction.
///
/// The list is in the format, section 2. It decides which keys decode, so it never changes. For texts that are written now,
/// use [`is_invisible`].
pub fn is_invisible_control(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}' | '\u{E0000}'..='\u{E007F}')
}

/// Whether the character can't be seen, or changes the display of the text around it. Two texts that differ in such a
/// character look alike, so issuers refuse it in names, order ids and reasons.
///
/// These are the code points with Unicode's property Default_Ignorable_Code_Point (DerivedCoreProperties.txt of Unicode
/// 16.0), controls (category Cc), bidirectional controls, the blank letters (U+115F, U+1160, U+2800, U+3164, U+FFA0), and
/// all of [`is_invisible_control`]. White space other than line breaks and tabs is not among them.
///
/// ```
/// use keyward_core::is_invisible;
///
/// assert!(is_invisible('\u{200B}')); // zero-width space
/// assert!(is_invisible('\u{3164}')); // Hangul filler
/// assert!(!is_invisible(' ') && !is_invisible('ü'));
/// ```
pub fn is_invisible(character: char) -> bool {
    is_invisible_control(character)
        || matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0080}'..='\u{E0FFF}')
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::format;

    use regex_syntax::hir::{Class, ClassUnicode, HirKind};

    use super::*;

    /// The characters with a property, by the tables of Unicode that regex-syntax carries.
    fn with_property(name: &str) -> ClassUnicode {
        match regex_syntax::parse(&format!(r"\p{{{name}}}")).unwrap().into_kind() {
            HirKind::Class(Class::Unicode(class)) => class,
            other => unreachable!("{other:?}"),
        }
    }

    fn contains(class: &ClassUnicode, character: char) -> bool {
        class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&character))
    }

    #[test]
    fn the_table_is_unicodes_and_the_blank_letters() {
        let ignorable = with_property("Default_Ignorable_Code_Point");
        let (controls, bidirectional) = (with_property("Cc"), with_property("Bidi_Control"));
        for character in '\0'..=char::MAX {
            let expected = contains(&ignorable, character)
                || contains(&controls, character)
                || contains(&bidirectional, character)
                || ['\u{115F}', '\u{1160}', '\u{2800}', '\u{3164}', '\u{FFA0}'].contains(&character)
                || is_invisible_control(character);
            assert_eq!(is_invisible(character), expected, "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn characters_that_no_licensee_can_have_are_invisible() {
        let seen = ('\0'..=char::MAX).find(|character| is_invisible_control(*character) && !is_invisible(*character));
        assert_eq!(seen, None);
    }
}
