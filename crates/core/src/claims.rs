//! What a license says.

mod builder;
mod codec;
mod extension;
mod features;
mod fingerprint;
mod inline;
mod licensee;
mod limits;
mod serial;
mod wire;

use core::fmt;
use core::num::NonZeroU32;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Day, Quantity, TermError};

pub use builder::ClaimsBuilder;
pub(crate) use codec::unverified_serial;
pub use codec::{DecodeError, InvalidClaims, NewerClaim};
pub use extension::{Extension, ExtensionError};
pub use features::{Feature, Features};
pub use fingerprint::{ComponentDigest, Fingerprint, FingerprintError, FingerprintMatch, UnknownScheme};
pub use licensee::{Licensee, LicenseeError};
pub use limits::{Limits, LimitsError};
pub use serial::{Serial, SerialError};
pub(crate) use wire::MAX_CLAIMS_BYTES;

/// What a license says: plain data, checked for sense, and never proof of anything.
///
/// Made with [`Claims::builder`] or read from JSON by name:
///
/// ```
/// use keyward_core::{Claims, Kind};
///
/// let claims: Claims = serde_json::from_str(r#"{
///     "serial": "0102030405060708", "product": 3, "edition": 2, "seats": 25,
///     "valid_from": "2026-01-01", "valid_through": "2026-12-31", "features": [0, 1, 2]
/// }"#)?;
/// assert_eq!(claims.kind(), Kind::Standard);
/// assert_eq!(claims.term_days().map(|days| days.get()), Some(365));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// By name, `kind` is `"standard"` and `environment` `"production"` where they are left out; unlimited seats and a
/// perpetual license are said with `null`, never left out; `features`, `limits`, `grace_days`, `licensee`,
/// `updates_through`, `fingerprint` and `extension` may be absent; an unknown name is an error.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Claims {
    kind: Kind,
    environment: Environment,
    serial: Serial,
    product: Product,
    edition: Edition,
    seats: Quantity,
    valid_from: Day,
    valid_through: Option<Day>,
    features: Features,
    grace_days: Option<u8>,
    limits: Limits,
    licensee: Option<Licensee>,
    updates_through: Option<Day>,
    fingerprint: Option<Fingerprint>,
    extension: Option<Extension>,
}

impl Claims {
    /// The most days of grace a key can carry.
    pub const MOST_GRACE_DAYS: u8 = 90;

    /// Claims, said one by one.
    pub fn builder() -> ClaimsBuilder {
        ClaimsBuilder::default()
    }

    /// What was sold: standard, trial or stopgap.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Where the license may be used.
    pub const fn environment(&self) -> Environment {
        self.environment
    }

    /// The unique number of the key.
    pub const fn serial(&self) -> Serial {
        self.serial
    }

    /// The product, by its number in the vendor's catalogue.
    pub const fn product(&self) -> Product {
        self.product
    }

    /// The edition, by its number in the catalogue.
    pub const fn edition(&self) -> Edition {
        self.edition
    }

    /// How many may use it.
    pub const fn seats(&self) -> Quantity {
        self.seats
    }

    /// The first day.
    pub const fn valid_from(&self) -> Day {
        self.valid_from
    }

    /// The last day, included; `None` is perpetual.
    pub const fn valid_through(&self) -> Option<Day> {
        self.valid_through
    }

    /// How many days the license lasts, first and last counted; `None` is perpetual.
    pub fn term_days(&self) -> Option<NonZeroU32> {
        let through = self.valid_through?;
        NonZeroU32::MIN.checked_add(through.number().checked_sub(self.valid_from.number())?)
    }

    /// The features it grants.
    pub const fn features(&self) -> Features {
        self.features
    }

    /// Days of grace, 0 to 90, where the key says them; `None` leaves the default to `keyward-grace`.
    pub const fn grace_days(&self) -> Option<u8> {
        self.grace_days
    }

    /// Named quotas.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Who it was sold to.
    pub const fn licensee(&self) -> Option<&Licensee> {
        self.licensee.as_ref()
    }

    /// Versions released through this day are covered; `None` covers every version.
    pub const fn updates_through(&self) -> Option<Day> {
        self.updates_through
    }

    /// The machine the license is locked to.
    pub const fn fingerprint(&self) -> Option<&Fingerprint> {
        self.fingerprint.as_ref()
    }

    /// What a later issuer says to later verifiers.
    pub const fn extension(&self) -> Option<&Extension> {
        self.extension.as_ref()
    }

    /// The rules that hold between claims, whoever states them.
    fn check(&self) -> Result<(), ClaimsError> {
        match self.valid_through {
            Some(valid_through) if valid_through < self.valid_from => {
                return Err(ClaimsError::EndsBeforeItBegins { valid_from: self.valid_from, valid_through });
            }
            None if self.kind != Kind::Standard => return Err(ClaimsError::Perpetual { kind: self.kind }),
            _ => {}
        }
        if let Some(days) = self.grace_days {
            if self.kind != Kind::Standard {
                return Err(ClaimsError::GraceOn { kind: self.kind });
            }
            if self.valid_through.is_none() {
                return Err(ClaimsError::GraceWithoutTerm);
            }
            if days > Claims::MOST_GRACE_DAYS {
                return Err(ClaimsError::GraceTooLong { days });
            }
        }
        Ok(())
    }
}

/// What was sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What was bought.
    #[default]
    Standard,
    /// The paid features for a short while, to try them.
    Trial,
    /// Bridges a late renewal.
    Stopgap,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Standard => "standard",
            Kind::Trial => "trial",
            Kind::Stopgap => "stopgap",
        })
    }
}

/// Where a license may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// What customers run.
    #[default]
    Production,
    /// Where a vendor tries what will be run.
    Staging,
    /// Where a vendor builds it.
    Development,
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Environment::Production => "production",
            Environment::Staging => "staging",
            Environment::Development => "development",
        })
    }
}

/// A product, by its number in the vendor's catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Product(pub u32);

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An edition of a product, by its number in the vendor's catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Edition(pub u16);

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why claims make no license.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimsError {
    /// A claim that every license makes was not said.
    #[error("{claim} is missing: {remedy}")]
    Missing {
        /// The claim's name.
        claim: &'static str,
        /// How to say it.
        remedy: &'static str,
    },
    /// The last day is before the first.
    #[error("valid_through {valid_through} is before valid_from {valid_from}: both days are included")]
    EndsBeforeItBegins {
        /// The first day.
        valid_from: Day,
        /// The last day.
        valid_through: Day,
    },
    /// The term ends after the last day there is.
    #[error(transparent)]
    Term(#[from] TermError),
    /// A trial or a stopgap without an end.
    #[error("a {kind} license can't be perpetual: give it a last day")]
    Perpetual {
        /// Trial or stopgap.
        kind: Kind,
    },
    /// Grace on a trial or a stopgap.
    #[error("a {kind} license has no grace: leave grace_days out")]
    GraceOn {
        /// Trial or stopgap.
        kind: Kind,
    },
    /// Grace on a license that never ends.
    #[error("a perpetual license has no grace: leave grace_days out")]
    GraceWithoutTerm,
    /// More than 90 days of grace.
    #[error("grace_days is {days}: grace lasts 0 to 90 days")]
    GraceTooLong {
        /// The days of grace.
        days: u8,
    },
    /// The licensee's name.
    #[error(transparent)]
    Licensee(#[from] LicenseeError),
    /// The limits.
    #[error(transparent)]
    Limits(#[from] LimitsError),
    /// The extension.
    #[error(transparent)]
    Extension(#[from] ExtensionError),
}

impl Serialize for Claims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut by_name = serializer.serialize_struct("Claims", 15)?;
        by_name.serialize_field("kind", &self.kind)?;
        by_name.serialize_field("environment", &self.environment)?;
        by_name.serialize_field("serial", &self.serial)?;
        by_name.serialize_field("product", &self.product)?;
        by_name.serialize_field("edition", &self.edition)?;
        by_name.serialize_field("seats", &self.seats)?;
        by_name.serialize_field("valid_from", &self.valid_from)?;
        by_name.serialize_field("valid_through", &self.valid_through)?;
        by_name.serialize_field("features", &self.features)?;
        if let Some(days) = self.grace_days {
            by_name.serialize_field("grace_days", &days)?;
        }
        if !self.limits.is_empty() {
            by_name.serialize_field("limits", &self.limits)?;
        }
        if let Some(licensee) = &self.licensee {
            by_name.serialize_field("licensee", licensee)?;
        }
        if let Some(day) = &self.updates_through {
            by_name.serialize_field("updates_through", day)?;
        }
        if let Some(fingerprint) = &self.fingerprint {
            by_name.serialize_field("fingerprint", fingerprint)?;
        }
        if let Some(extension) = &self.extension {
            by_name.serialize_field("extension", extension)?;
        }
        by_name.end()
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Claims, D::Error> {
        ClaimsBuilder::deserialize(deserializer)?.build().map_err(de::Error::custom)
    }
}
