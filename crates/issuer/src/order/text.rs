//! Texts of an order that are not in the key: customer, order id, ticket, reason.

use keyward_core::is_invisible;

/// Whether a text may have line breaks and tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineBreaks {
    Refused,
    Allowed,
}

/// Why a text is refused: it would look the same as another text, or look empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextFault<'a> {
    /// No visible character.
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
    if trimmed.is_empty() {
        return Err(TextFault::Blank);
    }
    if trimmed != text {
        return Err(TextFault::SpaceAround(trimmed));
    }
    text.chars()
        .find(|character| is_invisible(*character) && !is_break(*character))
        .map_or(Ok(()), |character| Err(TextFault::Invisible(character)))
}
