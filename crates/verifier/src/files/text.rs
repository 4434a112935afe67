//! Checks texts that one person writes and another reads.

use alloc::format;

use keyward_core::is_invisible_control;

use crate::files::PayloadError;

/// Whether a text may have line breaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LineBreaks {
    Refused,
    Allowed,
}

/// Checks that a text has 1 to `max_bytes` bytes, and no characters that are invisible or change the direction of the text.
pub(super) fn check(name: &str, text: &str, max_bytes: usize, line_breaks: LineBreaks) -> Result<(), PayloadError> {
    if text.is_empty() || text.len() > max_bytes {
        let why = format!("{name} has {} bytes, and 1 to {max_bytes} are possible", text.len());
        return Err(PayloadError::Invalid(why));
    }
    let is_allowed =
        |character: char| !is_invisible_control(character) || (character == '\n' && line_breaks == LineBreaks::Allowed);
    match text.chars().find(|character| !is_allowed(*character)) {
        Some(character) => {
            let code = u32::from(character);
            Err(PayloadError::Invalid(format!("{name} has the invisible character U+{code:04X}: leave it out")))
        }
        None => Ok(()),
    }
}
