//! The ids of licenses, customers, activations and others: UUIDs of version 7 (RFC 9562), so that newer ones sort after older ones.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use keyward_issuer::SysRng;
use keyward_issuer::rand_core::TryRng;
use uuid::Uuid;

/// Bytes of the operating system's random generator.
///
/// # Errors
///
/// A generator that gives none.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes)
}

/// A text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the id of {subject}: {prefix}_ and 32 hex digits")]
pub struct IdError {
    subject: &'static str,
    prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $subject:literal, $prefix:literal;)*) => { $(
        $(#[$doc])*
        ///
        /// As text: its prefix, `_`, and 32 hex digits.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            pub(crate) fn new(now: DateTime<Utc>) -> Result<$name, getrandom::Error> {
                let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
                Ok($name(uuid::Builder::from_unix_timestamp_millis(millis, &random()?).into_uuid()))
            }

            pub(crate) fn from_bytes(bytes: [u8; 16]) -> $name {
                $name(Uuid::from_bytes(bytes))
            }

            pub(crate) fn to_bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<$name, IdError> {
                let error = IdError { subject: $subject, prefix: $prefix };
                let digits = text.strip_prefix(concat!($prefix, "_")).filter(|digits| digits.len() == 32).ok_or(error)?;
                let id = $name(Uuid::try_parse(digits).map_err(|_| error)?);
                // One id has one text.
                if id.to_string() == text { Ok(id) } else { Err(error) }
            }
        }
    )* };
}

ids! {
    /// The id of a license.
    LicenseId, "a license", "lic";
    /// The id of a customer.
    CustomerId, "a customer", "cus";
    /// The id of an activation.
    ActivationId, "an activation", "act";
    /// The id of a generator.
    GeneratorId, "a generator", "gen";
    /// The id of a token.
    TokenId, "a token", "tok";
    /// The id of an approval.
    ApprovalId, "an approval", "apr";
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_from_its_own_text_alone() {
        let now = "2026-11-28T12:00:00Z".parse().unwrap();
        let id = LicenseId::new(now).unwrap();
        let text = id.to_string();
        assert!(text.starts_with("lic_01a2"), "{text}");
        assert_eq!(text.parse(), Ok(id));
        for other in [text.to_uppercase(), text.replace("lic", "cus"), format!("{text}0"), text.replacen('0', "g", 1)] {
            assert!(other.parse::<LicenseId>().is_err(), "{other}");
        }
        let later = LicenseId::new("2026-11-28T12:00:01Z".parse().unwrap()).unwrap();
        assert!(later > id, "newer ids sort after older ones");
    }
}
