//! Checks texts that one person writes and another reads.

use alloc::format;

use keyward_core::{is_invisible, is_invisible_control};

use crate::files::PayloadError;

/// Whether a text may have line breaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LineBreaks {
    Refused,
    Allowed,
}

/// Whether a text is read from a file or written into one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts {
    /// By the table of the format, which never changes.
    Read,
    /// By the wider table for new texts, and with at least one character that can be seen.
    Written,
}

impl Texts {
    fn can_be_in_a_text(self, character: char) -> bool {
        match self {
            Texts::Read => !is_invisible_control(character),
            Texts::Written => !is_invisible(character),
        }
    }
}

/// Checks that a text has 1 to `max_bytes` bytes, and no characters that are invisible or change the direction of the text.
pub(super) fn check(
    name: &str,
    text: &str,
    max_bytes: usize,
    line_breaks: LineBreaks,
    texts: Texts,
) -> Result<(), PayloadError> {
    if text.is_empty() || text.len() > max_bytes {
        let why = format!("{name} has {} bytes, and 1 to {max_bytes} are possible", text.len());
        return Err(PayloadError::Invalid(why));
    }
    let is_allowed = |character: char| {
        texts.can_be_in_a_text(character) || (character == '\n' && line_breaks == LineBreaks::Allowed)
    };
    if let Some(character) = text.chars().find(|character| !is_allowed(*character)) {
        let code = u32::from(character);
        return Err(PayloadError::Invalid(format!("{name} has the invisible character U+{code:04X}: leave it out")));
    }
    if texts == Texts::Written && text.trim().is_empty() {
        return Err(PayloadError::Invalid(format!("{name} is blank: give it text, or leave it out")));
    }
    Ok(())
}
