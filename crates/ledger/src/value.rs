//! The values of columns: integers, texts and blobs, and nothing else, so that both engines store the same.

use keyward_core::{Day, KeyId, Serial};
use keyward_verifier::LicenseDigest;
use sqlx::error::BoxDynError;

use crate::id::{ActivationId, ApprovalId, CustomerId, GeneratorId, LicenseId, TokenId};

/// A value of a column. `None` is null.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

impl Value {
    /// The bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Value::Integer(_) => size_of::<i64>(),
            Value::Text(text) => text.as_ref().map_or(0, String::len),
            Value::Blob(bytes) => bytes.as_ref().map_or(0, Vec::len),
        }
    }
}

/// Without the value, which may be personal or a license key.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Value::Integer(_) => "an integer",
            Value::Text(_) => "a text",
            Value::Blob(_) => "a blob",
        })
    }
}

/// What a column stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Text,
    Blob,
}

/// A type that a column stores.
pub(crate) trait Field: Sized {
    const KIND: Kind;

    /// What the driver reads: one of `i64`, `String`, `Vec<u8>`, or an `Option` of it.
    type Stored;

    fn value(&self) -> Value;

    /// # Errors
    ///
    /// A stored value that this type does not have.
    fn from_stored(stored: Self::Stored) -> Result<Self, BoxDynError>;
}

macro_rules! plain {
    ($($type:ty, $variant:ident;)*) => { $(
        impl Field for $type {
            const KIND: Kind = Kind::$variant;
            type Stored = $type;

            fn value(&self) -> Value {
                Value::$variant(Some(self.clone()))
            }

            fn from_stored(stored: $type) -> Result<$type, BoxDynError> {
                Ok(stored)
            }
        }

        impl Field for Option<$type> {
            const KIND: Kind = Kind::$variant;
            type Stored = Option<$type>;

            fn value(&self) -> Value {
                Value::$variant(self.clone())
            }

            fn from_stored(stored: Option<$type>) -> Result<Option<$type>, BoxDynError> {
                Ok(stored)
            }
        }
    )* };
}

plain! {
    i64, Integer;
    String, Text;
    Vec<u8>, Blob;
}

/// Types that are stored as another: `$to` gives the stored value, and `$from` reads it.
macro_rules! stored_as {
    ($($type:ty, $stored:ty, $variant:ident, $to:expr, $from:expr;)*) => { $(
        impl $crate::value::Field for $type {
            const KIND: $crate::value::Kind = $crate::value::Kind::$variant;
            type Stored = $stored;

            fn value(&self) -> $crate::value::Value {
                let to: fn(&$type) -> $stored = $to;
                $crate::value::Value::$variant(Some(to(self)))
            }

            fn from_stored(stored: $stored) -> Result<$type, sqlx::error::BoxDynError> {
                let from: fn($stored) -> Result<$type, sqlx::error::BoxDynError> = $from;
                from(stored)
            }
        }

        impl $crate::value::Field for Option<$type> {
            const KIND: $crate::value::Kind = $crate::value::Kind::$variant;
            type Stored = Option<$stored>;

            fn value(&self) -> $crate::value::Value {
                let to: fn(&$type) -> $stored = $to;
                $crate::value::Value::$variant(self.as_ref().map(to))
            }

            fn from_stored(stored: Option<$stored>) -> Result<Option<$type>, sqlx::error::BoxDynError> {
                stored.map(<$type as $crate::value::Field>::from_stored).transpose()
            }
        }
    )* };
}
pub(crate) use stored_as;

fn bytes<const N: usize>(stored: Vec<u8>) -> Result<[u8; N], BoxDynError> {
    stored.try_into().map_err(|stored: Vec<u8>| format!("{} bytes instead of {N}", stored.len()).into())
}

stored_as! {
    bool, i64, Integer, |value| i64::from(*value), |stored| match stored {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(format!("{other} instead of 0 or 1").into()),
    };
    u32, i64, Integer, |value| i64::from(*value), |stored| Ok(u32::try_from(stored)?);
    u16, i64, Integer, |value| i64::from(*value), |stored| Ok(u16::try_from(stored)?);
    Day, i64, Integer, |day| i64::from(day.number()), |stored| Day::from_number(u32::try_from(stored)?).ok_or_else(|| format!("{stored} is no day").into());
    LicenseId, Vec<u8>, Blob, |id| id.to_bytes().to_vec(), |stored| Ok(LicenseId::from_bytes(bytes(stored)?));
    CustomerId, Vec<u8>, Blob, |id| id.to_bytes().to_vec(), |stored| Ok(CustomerId::from_bytes(bytes(stored)?));
    ActivationId, Vec<u8>, Blob, |id| id.to_bytes().to_vec(), |stored| Ok(ActivationId::from_bytes(bytes(stored)?));
    GeneratorId, Vec<u8>, Blob, |id| id.to_bytes().to_vec(), |stored| Ok(GeneratorId::from_bytes(bytes(stored)?));
    TokenId, Vec<u8>, Blob, |id| id.to_bytes().to_vec(), |stored| Ok(TokenId::from_bytes(bytes(stored)?));
    ApprovalId, Vec<u8>, Blob, |id| id.to_bytes().to_vec(), |stored| Ok(ApprovalId::from_bytes(bytes(stored)?));
    Serial, Vec<u8>, Blob, |serial| serial.to_bytes().to_vec(), |stored| Ok(Serial::from_bytes(bytes(stored)?));
    KeyId, Vec<u8>, Blob, |id| id.to_bytes().to_vec(), |stored| Ok(KeyId::from_bytes(bytes(stored)?));
    LicenseDigest, Vec<u8>, Blob, |digest| digest.to_bytes().to_vec(), |stored| Ok(LicenseDigest::from_bytes(bytes(stored)?));
}
