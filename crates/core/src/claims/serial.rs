use core::fmt;
use core::str::FromStr;

use crate::hex_digits;

/// The unique number of one license key, shown as 16 hex digits. People and records name the license by it.
///
/// It is 8 random bytes, which `keyward-issuer` takes from the operating system.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial([u8; 8]);

impl Serial {
    /// The serial with these bytes.
    pub const fn from_bytes(bytes: [u8; 8]) -> Serial {
        Serial(bytes)
    }

    /// The bytes, as the key carries them.
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0
    }
}

/// A serial is not 16 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a serial is 16 hex digits, such as 0102030405060708")]
pub struct SerialError;

impl FromStr for Serial {
    type Err = SerialError;

    fn from_str(text: &str) -> Result<Serial, SerialError> {
        let mut bytes = [0; 8];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| SerialError)?;
        Ok(Serial(bytes))
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex_digits::write(f, &self.0)
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
