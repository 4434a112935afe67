//! Text that people type beside a license: customers, order ids, tickets, reasons.

use keyward_core::is_invisible;

/// Whether a text may have several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    One,
    Many,
}

/// Why a text is refused: two texts that look the same would be different, or a text that looks empty would count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextFault<'a> {
    /// No visible character.
    Blank,
    /// White space, or characters without a shape, at an end; and the text without them.
    SpaceAround(&'a str),
    /// A character without a shape.
    Invisible(char),
}

/// Checks that all of a text can be seen.
pub(crate) fn check(text: &str, lines: Lines) -> Result<(), TextFault<'_>> {
    let is_break = |character: char| lines == Lines::Many && matches!(character, '\n' | '\r' | '\t');
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
