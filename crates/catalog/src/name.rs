//! Names, as people read them.

use keyward_core::is_invisible;

/// What a name may not be: whoever shows one can rely on its being one visible line.
pub(crate) fn check(name: &str) -> Result<(), NameError> {
    const MOST_CHARACTERS: usize = 100;
    let characters = name.chars().count();
    if name.trim().is_empty() || characters > MOST_CHARACTERS {
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
    /// Empty, or more than 100 characters.
    #[error("the name has {characters} characters: a name has 1 to 100")]
    Length {
        /// How many it has, without spaces around it.
        characters: usize,
    },
    /// A character that nobody sees, or that breaks the line.
    #[error("the name has the invisible character U+{:04X}: leave it out", *.character as u32)]
    Invisible {
        /// The character.
        character: char,
    },
    /// Begins or ends with a space.
    #[error("the name begins or ends with a space: leave it out")]
    Space,
}
