//! A vendor's own values beside a license.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

/// A JSON object of at most 10,240 bytes, for the vendor's own use. It is not in the license key.
#[derive(Clone, PartialEq, Default)]
pub struct Metadata(Map<String, Value>);

impl Metadata {
    /// The most bytes that its text may have.
    pub const MAX_LEN: usize = 10_240;

    /// The values.
    pub const fn values(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// A text is not metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// It is too long.
    #[error("metadata has {len} bytes, and at most {} are kept: shorten it, or keep it elsewhere", Metadata::MAX_LEN)]
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// It is not a JSON object.
    #[error("expected a JSON object, such as {{\"po\": \"4711\"}}")]
    NotAnObject,
}

impl FromStr for Metadata {
    type Err = MetadataError;

    fn from_str(text: &str) -> Result<Metadata, MetadataError> {
        if text.len() > Metadata::MAX_LEN {
            return Err(MetadataError::TooLong { len: text.len() });
        }
        serde_json::from_str(text).map(Metadata).map_err(|_| MetadataError::NotAnObject)
    }
}

impl fmt::Display for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        serde_json::to_string(&self.0).map_err(|_| fmt::Error)?.fmt(f)
    }
}

/// Without the values, which may be personal.
impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metadata").field("entries", &self.0.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn l138_metadata_is_an_object_of_at_most_10_240_bytes() {
        let of_length = |len: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(len - 8));
        assert_eq!(of_length(10_240).len(), 10_240);
        assert!(of_length(10_240).parse::<Metadata>().is_ok());
        assert_eq!(of_length(10_241).parse::<Metadata>(), Err(MetadataError::TooLong { len: 10_241 }));
        for other in ["", "[]", "1", "null", "\"text\"", "{", "{\"a\":1}}", "{a:1}"] {
            assert_eq!(other.parse::<Metadata>(), Err(MetadataError::NotAnObject), "{other}");
        }
    }
}
