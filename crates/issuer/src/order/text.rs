//! Texts of an order that are not in the key: customer, order id, ticket, reason.

use caseless::Caseless;
use keyward_core::{is_dash, is_invisible};
use unicode_normalization::UnicodeNormalization;

use crate::has_letter_or_digit;

/// Whether texts that differ in capital letters are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Kept,
    Folded,
}

/// The form in which texts are compared: in Unicode normal form C, without white space around it, with one space for white space
/// within, with one hyphen for every hyphen and dash, and without invisible characters. Programs that write mails and tables exchange
/// hyphens on their own.
pub(crate) fn compared(text: &str, case: Case) -> String {
    let visible = text.chars().filter(|character| character.is_whitespace() || !is_invisible(*character));
    let visible = visible.map(|character| if is_dash(character) { '-' } else { character });
    let same: String = match case {
        Case::Kept => visible.nfc().collect(),
        Case::Folded => visible.nfd().default_case_fold().nfc().collect(),
    };
    same.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a text may have line breaks and tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineBreaks {
    Refused,
    Allowed,
}

/// Why a text is refused: it would look the same as another text, or look empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextFault<'a> {
    /// No visible letter or digit.
    Blank,
    /// White space or invisible characters around the text; and the text without them.
    SpaceAround(&'a str),
    /// An invisible character.
    Invisible(char),
}

/// Checks that all of a text is visible.
pub(crate) fn check(text: &str, breaks: LineBreaks) -> Result<(), TextFault<'_>> {
    let is_break = |character: char| breaks == LineBreaks::Allowed && matches!(character, '\n' | '\r' | '\t');
    let trimmed = text.trim_matches(|character: char| character.is_whitespace() || is_invisible(character));
    if !has_letter_or_digit(trimmed) {
        return Err(TextFault::Blank);
    }
    if trimmed != text {
        return Err(TextFault::SpaceAround(trimmed));
    }
    text.chars()
        .find(|character| is_invisible(*character) && !is_break(*character))
        .map_or(Ok(()), |character| Err(TextFault::Invisible(character)))
}
