use super::attributes::{OF_PATH, OF_QUERY};

/// Why a text is no URI of a signing key. No values are in it: one may be a PIN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs11UriError {
    /// Something else than a PKCS#11 URI.
    #[error("a PKCS#11 URI begins with pkcs11:, such as pkcs11:token=acme;object=vendor")]
    NotPkcs11,
    /// The PIN itself.
    #[error(
        "pin-value is not taken, since others see the arguments of a command: put the PIN into a file that only you can \
         read, and name it with pin-source, such as pin-source=file:/run/pin"
    )]
    PinValue,
    /// Something between separators that is no attribute.
    #[error(
        "an attribute has no name: write name=value, with ; between them, and & after the ?. What was given is not shown, \
         because it may be a PIN"
    )]
    NoName,
    /// An attribute that is not known here.
    #[error("there is no attribute `{name}`: there are {} and {}", OF_PATH.join(", "), OF_QUERY.join(", "))]
    Unknown {
        /// Its name.
        name: String,
    },
    /// An attribute of the token or the key, after the question mark.
    #[error("`{name}` comes before the ?, where ; is between the attributes")]
    AfterQuestionMark {
        /// Its name.
        name: String,
    },
    /// An attribute that was given twice.
    #[error("`{name}` is there twice: leave one out")]
    Repeated {
        /// Its name.
        name: &'static str,
    },
    /// An attribute without a value.
    #[error("`{name}` has no value: give it one, or leave it out")]
    Empty {
        /// Its name.
        name: &'static str,
    },
    /// A character that has to be encoded.
    #[error("`{name}` has the character {character:?} in it: write it as {written}")]
    Character {
        /// The attribute's name.
        name: &'static str,
        /// The character.
        character: char,
        /// The same, encoded.
        written: String,
    },
    /// A percent sign without two hex digits.
    #[error("`{name}` has a % without two hex digits after it: the sign itself is written as %25")]
    Percent {
        /// The attribute's name.
        name: &'static str,
    },
    /// Bytes that are no text.
    #[error("`{name}` is no text in UTF-8: see what is written with % in it")]
    NotText {
        /// The attribute's name.
        name: &'static str,
    },
    /// No number, or one too large.
    #[error("`{name}` is no number: write digits only")]
    NotANumber {
        /// The attribute's name.
        name: &'static str,
    },
    /// A type that can't sign.
    #[error("a license is signed with a private key: say type=private, or leave it out")]
    NotPrivate,
    /// A PIN that would come from somewhere else than a file.
    #[error("pin-source names no file of this machine: it is a path, or a URI such as file:/run/pin")]
    PinSource,
}
