use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::message::quoted;

/// The short name of an entry in the catalogue, for people who type: `pro-annual`.
///
/// It has 1 to 32 lower-case letters and digits, in words joined by single hyphens, and begins with a letter. A code names
/// the meaning of a number. Once keys are issued, neither the code nor the number changes. No feature and no limit has the
/// code `none`: an order uses that word for no feature and no limit.
///
/// ```
/// use keyward_catalog::Code;
///
/// let code: Code = "pro-annual".parse()?;
/// assert_eq!(code.as_str(), "pro-annual");
///
/// let error = "Pro Annual".parse::<Code>().unwrap_err();
/// assert_eq!(error.suggestion.as_deref(), Some("pro-annual"));
/// # Ok::<(), keyward_catalog::CodeError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Code(String);

impl Code {
    /// The largest number of characters.
    pub const MAX_CHARACTERS: usize = 32;

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A placeholder for an invalid code, so that references to it are not reported too.
    pub(crate) fn placeholder(text: &str) -> Code {
        Code(text.chars().take(Code::MAX_CHARACTERS).flat_map(char::escape_debug).collect())
    }
}

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Code, CodeError> {
        match fault(text) {
            None => Ok(Code(text.to_owned())),
            Some(fault) => Err(CodeError { found: text.to_owned(), fault, suggestion: suggestion(text) }),
        }
    }
}

fn fault(text: &str) -> Option<CodeFault> {
    let characters = text.chars().count();
    let is_invalid = |character: &char| !matches!(character, 'a'..='z' | '0'..='9' | '-');
    if characters == 0 || characters > Code::MAX_CHARACTERS {
        Some(CodeFault::Length { characters })
    } else if let Some(character) = text.chars().find(is_invalid) {
        Some(CodeFault::Character { character })
    } else if !text.starts_with(|first: char| first.is_ascii_lowercase()) {
        Some(CodeFault::FirstCharacter)
    } else if text.ends_with('-') || text.contains("--") {
        Some(CodeFault::Hyphens)
    } else {
        None
    }
}

/// The text with only the characters of a code, if that is a code.
fn suggestion(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    Some(words.join("-")).filter(|code| fault(code).is_none())
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Why a text is not a [`Code`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeError {
    /// The text.
    pub found: String,
    /// The fault.
    pub fault: CodeFault,
    /// The code that was probably meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a code: {}", quoted(&self.found), self.fault)?;
        match &self.suggestion {
            Some(code) => write!(f, "; did you mean `{code}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for CodeError {}

/// The fault of a text that is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeFault {
    /// Empty, or longer than 32 characters.
    #[error("it has {characters} characters, and a code has 1 to 32")]
    Length {
        /// The number of characters.
        characters: usize,
    },
    /// A character other than lower-case letters, digits and hyphens.
    #[error("it has the character {}, and a code has only a to z, 0 to 9 and hyphens", quoted(.character.encode_utf8(&mut [0; 4])))]
    Character {
        /// The first such character.
        character: char,
    },
    /// A first character that is not a letter.
    #[error("a code begins with a letter")]
    FirstCharacter,
    /// A hyphen at the end, or two hyphens in a row.
    #[error("a code has single hyphens, and only between words")]
    Hyphens,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_words_of_letters_and_digits() {
        for text in ["a", "pro", "pro-annual", "x86-64", "a-1-b", "abcdefghijklmnopqrstuvwxyz012345"] {
            assert!(text.parse::<Code>().is_ok(), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_not_a_code_is_refused_with_its_fault_and_a_suggestion() {
        for (text, expected) in [
            ("", "`` is not a code: it has 0 characters, and a code has 1 to 32"),
            (
                "abcdefghijklmnopqrstuvwxyz0123456",
                "`abcdefghijklmnopqrstuvwxyz0123456` is not a code: it has 33 characters, and a code has 1 to 32",
            ),
            (
                "Pro",
                "`Pro` is not a code: it has the character `P`, and a code has only a to z, 0 to 9 and hyphens; did you mean \
                 `pro`?",
            ),
            (
                "größe",
                "`größe` is not a code: it has the character `ö`, and a code has only a to z, 0 to 9 and hyphens; did you mean \
                 `gr-e`?",
            ),
            ("2d", "`2d` is not a code: a code begins with a letter"),
            ("-a", "`-a` is not a code: a code begins with a letter; did you mean `a`?"),
            ("a-", "`a-` is not a code: a code has single hyphens, and only between words; did you mean `a`?"),
            ("a--b", "`a--b` is not a code: a code has single hyphens, and only between words; did you mean `a-b`?"),
        ] {
            assert_eq!(text.parse::<Code>().map_err(|error| error.to_string()), Err(expected.to_owned()));
        }
    }
}
