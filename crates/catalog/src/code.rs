use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::nearest::quoted;

/// What something in the catalogue is called by people who type: `pro-annual`.
///
/// 1 to 32 lower-case letters and digits, in words joined by single hyphens; it begins with a letter. A code says what a
/// number means, and neither ever changes once keys are issued. No feature and no limit has the code `none`, by which an
/// order says that it wants none.
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
    /// The most characters a code has.
    pub const MOST_CHARACTERS: usize = 32;

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A stand-in while a file is read that has problems, so that what refers to it is not a problem too.
    pub(crate) fn stand_in(text: &str) -> Code {
        Code(text.chars().take(Code::MOST_CHARACTERS).flat_map(char::escape_debug).collect())
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
    let strange = |character: &char| !matches!(character, 'a'..='z' | '0'..='9' | '-');
    if characters == 0 || characters > Code::MOST_CHARACTERS {
        Some(CodeFault::Length { characters })
    } else if let Some(character) = text.chars().find(strange) {
        Some(CodeFault::Character { character })
    } else if !text.starts_with(|first: char| first.is_ascii_lowercase()) {
        Some(CodeFault::Beginning)
    } else if text.ends_with('-') || text.contains("--") {
        Some(CodeFault::Hyphens)
    } else {
        None
    }
}

/// The code that the text might have been meant for.
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
    /// What is wrong with it.
    pub fault: CodeFault,
    /// The code it might have been meant for.
    pub suggestion: Option<String>,
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} can't be a code: {}", quoted(&self.found), self.fault)?;
        match &self.suggestion {
            Some(code) => write!(f, "; `{code}` could"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for CodeError {}

/// What is wrong with a text that is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeFault {
    /// Empty, or more than 32 characters.
    #[error("it has {characters} characters, and a code has 1 to 32")]
    Length {
        /// How many it has.
        characters: usize,
    },
    /// A character that is no lower-case letter, digit or hyphen.
    #[error("it has the character {}, and a code is made of a to z, 0 to 9 and hyphens", quoted(.character.encode_utf8(&mut [0; 4])))]
    Character {
        /// The first such character.
        character: char,
    },
    /// The first character is no letter.
    #[error("a code begins with a letter")]
    Beginning,
    /// A hyphen at the end, or two in a row.
    #[error("a code has single hyphens, between words")]
    Hyphens,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_words_of_letters_and_digits() {
        for text in ["a", "pro", "pro-annual", "x86-64", "a-1-b", "abcdefghijklmnopqrstuvwxyz012345"] {
            assert!(text.parse::<Code>().is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused_with_what_is_wrong_and_what_it_might_be() {
        for (text, expected) in [
            ("", "`` can't be a code: it has 0 characters, and a code has 1 to 32"),
            (
                "abcdefghijklmnopqrstuvwxyz0123456",
                "`abcdefghijklmnopqrstuvwxyz0123456` can't be a code: it has 33 characters, and a code has 1 to 32",
            ),
            (
                "Pro",
                "`Pro` can't be a code: it has the character `P`, and a code is made of a to z, 0 to 9 and hyphens; \
                 `pro` could",
            ),
            (
                "größe",
                "`größe` can't be a code: it has the character `ö`, and a code is made of a to z, 0 to 9 and hyphens; \
                 `gr-e` could",
            ),
            ("2d", "`2d` can't be a code: a code begins with a letter"),
            ("-a", "`-a` can't be a code: a code begins with a letter; `a` could"),
            ("a-", "`a-` can't be a code: a code has single hyphens, between words; `a` could"),
            ("a--b", "`a--b` can't be a code: a code has single hyphens, between words; `a-b` could"),
        ] {
            assert_eq!(text.parse::<Code>().map_err(|error| error.to_string()), Err(expected.to_owned()));
        }
    }
}
