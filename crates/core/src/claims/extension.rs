use core::fmt;
use core::str::FromStr;

use super::inline::Inline;
use crate::hex_digits;

/// 1 to 64 bytes in which later issuers can give later verifiers more information. They are signed. This version ignores
/// them, so that older products accept the key too. Shown in hex.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Extension(Inline);

impl Extension {
    /// The largest number of bytes.
    pub const MAX_BYTES: usize = Inline::MAX;

    /// The extension with these bytes.
    ///
    /// # Errors
    ///
    /// [`ExtensionError`] if there are none, or more than 64.
    pub fn new(bytes: &[u8]) -> Result<Extension, ExtensionError> {
        Inline::new(bytes).map(Extension).ok_or(ExtensionError)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// An extension does not have 1 to 64 bytes in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an extension has 1 to 64 bytes, in hex")]
pub struct ExtensionError;

impl FromStr for Extension {
    type Err = ExtensionError;

    fn from_str(text: &str) -> Result<Extension, ExtensionError> {
        let mut bytes = [0; Extension::MAX_BYTES];
        let bytes = bytes.get_mut(..text.len() / 2).ok_or(ExtensionError)?;
        hex::decode_to_slice(text, bytes).map_err(|_| ExtensionError)?;
        Extension::new(bytes)
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex_digits::write(f, self.as_bytes())
    }
}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
