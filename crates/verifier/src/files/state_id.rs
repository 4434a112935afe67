use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use rand_core::TryCryptoRng;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The id of one state, also called its name: 8 random bytes, shown as 16 hex digits. A recovery names the one state that
/// it is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StateId([u8; 8]);

impl StateId {
    /// The name with these bytes, which have to be random.
    pub const fn from_bytes(bytes: [u8; 8]) -> StateId {
        StateId(bytes)
    }

    /// A new name, from a cryptographic generator such as `getrandom::SysRng`.
    ///
    /// # Errors
    ///
    /// The generator's error if it has no random bytes.
    pub fn generate_from_rng<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<StateId, R::Error> {
        let mut bytes = [0; 8];
        rng.try_fill_bytes(&mut bytes)?;
        Ok(StateId(bytes))
    }

    /// The bytes.
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0
    }
}

impl fmt::Display for StateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for StateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for StateId {
    type Err = StateIdError;

    fn from_str(text: &str) -> Result<StateId, StateIdError> {
        let mut bytes = [0; 8];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| StateIdError)?;
        Ok(StateId(bytes))
    }
}

/// A text that is not the name of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a state has 16 hex digits: `keyward state show` says it")]
pub struct StateIdError;

impl Serialize for StateId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

impl<'de> Deserialize<'de> for StateId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<StateId, D::Error> {
        let text = String::deserialize(deserializer)?;
        // People may write it in upper case; in files it is in lower case.
        let name = text.parse().ok().filter(|name: &StateId| name.to_string() == text);
        name.ok_or_else(|| D::Error::custom("the name of a state has 16 hex digits in lower case"))
    }
}
