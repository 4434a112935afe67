//! What people have written, and others are shown.

use alloc::format;

use keyward_core::is_invisible_control;

use crate::files::PayloadError;

/// Where line breaks are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    One,
    Several,
}

/// A text within bounds, without characters that are not seen or turn the text around.
pub(super) fn check(what: &str, text: &str, max_bytes: usize, lines: Lines) -> Result<(), PayloadError> {
    if text.is_empty() || text.len() > max_bytes {
        return Err(PayloadError::Invalid(format!(
            "{what} has {} bytes, and 1 to {max_bytes} are possible",
            text.len()
        )));
    }
    let is_allowed =
        |character: char| !is_invisible_control(character) || (character == '\n' && lines == Lines::Several);
    match text.chars().find(|character| !is_allowed(*character)) {
        Some(character) => {
            let code = u32::from(character);
            Err(PayloadError::Invalid(format!("{what} has the invisible character U+{code:04X}: leave it out")))
        }
        None => Ok(()),
    }
}
