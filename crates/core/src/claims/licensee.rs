use core::fmt;
use core::str::FromStr;

use super::inline::Inline;
use crate::is_invisible_control;

/// The name of the person or company to whom the license was sold: 1 to 64 bytes of UTF-8. It has no control characters
/// ([`is_invisible_control`]), so that no name breaks a line or changes the direction of the text.
///
/// Names are compared as bytes. `keyward-issuer` trims them and brings them into Unicode normal form C before it signs.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Licensee(Inline);

impl Licensee {
    /// The largest number of bytes.
    pub const MAX_BYTES: usize = Inline::MAX;

    /// The licensee with that name, which is not changed.
    ///
    /// # Errors
    ///
    /// [`LicenseeError`] if the name is empty or too long, or has a control character.
    pub fn new(name: &str) -> Result<Licensee, LicenseeError> {
        if let Some((index, character)) = name.char_indices().find(|(_, character)| is_invisible_control(*character)) {
            return Err(LicenseeError::Invisible { character, index });
        }
        let inline = Inline::new(name.as_bytes()).ok_or(LicenseeError::Length { bytes: name.len() })?;
        Ok(Licensee(inline))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        let name = core::str::from_utf8(self.as_bytes());
        debug_assert!(name.is_ok(), "the bytes were a text");
        name.unwrap_or_default()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// The reason why a name can't be a licensee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LicenseeError {
    /// Empty, or more than 64 bytes of UTF-8.
    #[error("the licensee has {bytes} bytes: a name has 1 to 64 bytes of UTF-8")]
    Length {
        /// Bytes of UTF-8 found.
        bytes: usize,
    },
    /// A control character (see [`is_invisible_control`]).
    #[error("the licensee has the invisible character U+{:04X} at byte {index}: leave it out", *.character as u32)]
    Invisible {
        /// The character.
        character: char,
        /// The byte at which it begins.
        index: usize,
    },
    /// The bytes in a key are not UTF-8.
    #[error("the licensee is not UTF-8")]
    NotUtf8,
}

impl FromStr for Licensee {
    type Err = LicenseeError;

    fn from_str(name: &str) -> Result<Licensee, LicenseeError> {
        Licensee::new(name)
    }
}

impl fmt::Display for Licensee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Licensee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
