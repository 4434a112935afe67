use super::attributes::{PATH_ATTRIBUTES, QUERY_ATTRIBUTES};

/// Why a text is not the URI of a signing key. The messages contain no values: a value may be a PIN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs11UriError {
    /// Not a PKCS#11 URI.
    #[error("this is not a PKCS#11 URI: begin it with pkcs11:, such as pkcs11:token=acme;object=vendor")]
    NotPkcs11,
    /// The PIN itself.
    #[error(
        "pin-value is not allowed, since others can see the arguments of a command: write the PIN to a file that only you \
         can read, and name the file, such as pin-source=file:/run/pin"
    )]
    PinValue,
    /// A text between separators that is not an attribute.
    #[error(
        "an attribute has no name (it is not shown here, since it may be a PIN): write name=value, separated by ;, and by & \
         after the ?"
    )]
    NoName,
    /// An unknown attribute.
    #[error(
        "there is no attribute `{name}`: the attributes are {} and {}",
        PATH_ATTRIBUTES.join(", "),
        QUERY_ATTRIBUTES.join(", ")
    )]
    Unknown {
        /// The name.
        name: String,
    },
    /// An attribute of the token or the key, after the question mark.
    #[error("`{name}` is after the ?: write it before the ?, where ; separates the attributes")]
    AfterQuestionMark {
        /// The name.
        name: String,
    },
    /// An attribute that is given twice.
    #[error("`{name}` is given twice: give it once")]
    Repeated {
        /// The name.
        name: &'static str,
    },
    /// An attribute without a value.
    #[error("`{name}` has no value: give it one, or leave it out")]
    Empty {
        /// The name.
        name: &'static str,
    },
    /// A character that must be encoded.
    #[error("`{name}` has the character {character:?}: write it as {encoded}")]
    Character {
        /// The attribute's name.
        name: &'static str,
        /// The character.
        character: char,
        /// The encoded character.
        encoded: String,
    },
    /// A percent sign without two hex digits.
    #[error("`{name}` has a % without two hex digits after it: write the sign itself as %25")]
    Percent {
        /// The attribute's name.
        name: &'static str,
    },
    /// Bytes that are not UTF-8.
    #[error("`{name}` is not UTF-8: check its bytes that are written with %")]
    NotText {
        /// The attribute's name.
        name: &'static str,
    },
    /// Not a number, or too large.
    #[error("`{name}` is not a number: write digits only")]
    NotANumber {
        /// The attribute's name.
        name: &'static str,
    },
    /// A type other than a private key.
    #[error("the type is not a private key: write type=private, or leave it out")]
    NotPrivate,
    /// A source of the PIN other than a file.
    #[error("pin-source is not a file of this machine: give a path, or a URI such as file:/run/pin")]
    PinSource,
}
