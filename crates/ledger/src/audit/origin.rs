//! The name of an audit log.

use std::fmt;
use std::str::FromStr;

const MAX_BYTES: usize = 128;

/// The name of an audit log, and of the key that signs its checkpoints: 1 to 128 visible ASCII characters without `+`. No two
/// logs have the same; a name such as `licenses.example.com/audit` makes this likely.
///
/// C2SP allows more, such as letters that look like others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(name: &str) -> Result<Origin, OriginError> {
        let is_allowed = |character: char| character.is_ascii_graphic() && character != '+';
        if !(1..=MAX_BYTES).contains(&name.len()) {
            return Err(OriginError::Length { bytes: name.len() });
        }
        match name.chars().find(|character| !is_allowed(*character)) {
            Some(character) => Err(OriginError::Character { character }),
            None => Ok(Origin(name.to_owned())),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The reason why a text is no name of an audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// It is empty or too long.
    #[error("the name of an audit log has 1 to 128 characters, and this has {bytes} bytes")]
    Length {
        /// The number of bytes.
        bytes: usize,
    },
    /// It has a character that such names can't have.
    #[error(
        "the name of an audit log can't have {character:?}: it has ASCII letters, digits and signs other than +, \
         such as licenses.example.com/audit"
    )]
    Character {
        /// The first such character.
        character: char,
    },
}
