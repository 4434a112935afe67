use keyward_core::{Licensee, LicenseeError, is_invisible};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The licensee of that name, without white space around it and in Unicode normal form C.
///
/// One name can have several forms that look alike: `ü` is one character, or a `u` and a mark. Products compare names as
/// bytes, so the issuer writes one form, which is also the shortest for nearly all names.
///
/// # Errors
///
/// [`LicenseeError`] if the name in this form is empty, longer than 64 bytes, or has an invisible character.
///
/// ```
/// let name = keyward_issuer::licensee(" Mu\u{308}ller GmbH\n")?;
/// assert_eq!(name.as_str(), "Müller GmbH");
/// # Ok::<(), keyward_core::LicenseeError>(())
/// ```
pub fn licensee(name: &str) -> Result<Licensee, LicenseeError> {
    // The format allows some of these characters: keys with them verify, and no new ones are issued.
    let name = one_line(name).map_err(|(index, character)| LicenseeError::Invisible { character, index })?;
    Licensee::new(&name)
}

/// The text without white space around it, in Unicode normal form C.
///
/// # Errors
///
/// The first invisible character or line break, and its byte offset in the text in this form.
pub fn one_line(text: &str) -> Result<String, (usize, char)> {
    let text: String = text.trim().nfc().collect();
    text.char_indices().find(|(_, character)| is_invisible(*character)).map_or(Ok(text.clone()), Err)
}

/// Whether a reader sees a letter or a digit in the text. A text of symbols, combining marks, private characters or blank letters
/// alone may look empty, or like any other.
pub fn has_letter_or_digit(text: &str) -> bool {
    text.chars()
        .any(|character| character.is_alphanumeric() && !is_invisible(character) && !is_combining_mark(character))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn decomposed_letters_are_composed() {
        assert_eq!(licensee("Mu\u{308}ller").unwrap().as_str(), "M\u{fc}ller");
        assert_eq!(licensee("Mu\u{308}ller"), licensee("Müller"));
    }

    #[test]
    fn white_space_around_a_name_is_trimmed_and_within_it_is_kept() {
        assert_eq!(licensee("\u{3000} \tAcme  Ltd\r\n").unwrap().as_str(), "Acme  Ltd");
    }

    #[test]
    fn a_name_that_fits_only_in_composed_form_fits() {
        let decomposed = "u\u{308}".repeat(32);
        assert_eq!(decomposed.len(), 96);
        assert_eq!(licensee(&decomposed).unwrap().as_str(), "ü".repeat(32));
    }

    #[test]
    fn a_name_is_measured_in_normal_form() {
        // DEVANAGARI QA is two characters in normal form C: a composition exclusion.
        assert_eq!(licensee(&"\u{958}".repeat(21)), Err(LicenseeError::Length { bytes: 126 }));
    }

    #[test]
    fn names_that_are_empty_or_invisible_are_refused() {
        assert_eq!(licensee("  \n"), Err(LicenseeError::Length { bytes: 0 }));
        // Verifiers accept some of these in a key.
        for character in
            ['\n', '\u{ad}', '\u{200b}', '\u{200d}', '\u{2060}', '\u{202e}', '\u{2800}', '\u{3164}', '\u{e0100}']
        {
            assert_eq!(licensee(&format!("A{character}B")), Err(LicenseeError::Invisible { character, index: 1 }));
        }
    }
}
