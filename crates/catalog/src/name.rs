//! Names, which people read.

use keyward_core::is_invisible;

/// Checks that a name is one line, and that all of it is visible.
pub(crate) fn check(name: &str) -> Result<(), NameError> {
    const MAX_CHARACTERS: usize = 100;
    let characters = name.chars().count();
    if name.trim().is_empty() || characters > MAX_CHARACTERS {
        return Err(NameError::Length { characters: name.trim().chars().count() });
    }
    if let Some(character) = name.chars().find(|character| is_invisible(*character)) {
        return Err(NameError::Invisible { character });
    }
    if name.trim() != name {
        return Err(NameError::Space);
    }
    Ok(())
}

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Empty, or longer than 100 characters.
    #[error("the name has {characters} characters: give a name of 1 to 100 characters")]
    Length {
        /// The number of characters, without spaces around the name.
        characters: usize,
    },
    /// An invisible character, or a line break.
    #[error("the name has the invisible character U+{:04X}: remove it", *.character as u32)]
    Invisible {
        /// The character.
        character: char,
    },
    /// A space at the beginning or the end.
    #[error("the name begins or ends with a space: remove it")]
    Space,
}
