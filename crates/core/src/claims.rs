//! The claims of a license.

// Each module may use those to its left:
//
//     catalog_numbers, environment, features, fingerprint, inline, kind, limits, serial, wire ←
//     extension, licensee ← error ← decode_error ← builder, codec
mod builder;
mod catalog_numbers;
mod codec;
mod decode_error;
mod environment;
mod error;
mod extension;
mod features;
mod fingerprint;
mod inline;
mod kind;
mod licensee;
mod limits;
mod serial;
mod wire;

use core::num::NonZeroU32;

use crate::{Day, Quantity};

pub use builder::ClaimsBuilder;
pub use catalog_numbers::{Edition, Product};
pub(crate) use codec::unverified_serial;
pub use decode_error::{DecodeError, InvalidClaims, NewerClaim};
pub use environment::Environment;
pub use error::ClaimsError;
pub use extension::{Extension, ExtensionError};
pub use features::{Feature, Features};
pub use fingerprint::{ComponentDigest, Fingerprint, FingerprintError, FingerprintMatch, UnknownScheme};
pub use kind::Kind;
pub use licensee::{Licensee, LicenseeError};
pub use limits::{Limits, LimitsError};
pub use serial::{Serial, SerialError};
pub(crate) use wire::MAX_CLAIMS_BYTES;

/// The statements of a license: data that keeps the rules of the format, and proves nothing.
///
/// [`Claims::builder`] builds them, and serde reads them from JSON by name:
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
/// Names in JSON:
///
/// - `serial`, `product`, `edition`, `seats`, `valid_from` and `valid_through` are required. `null` means unlimited seats,
///   or a perpetual license.
/// - `kind` is `"standard"` and `environment` is `"production"` if they are left out.
/// - `features`, `limits`, `grace_days`, `licensee`, `updates_through`, `fingerprint` and `extension` may be left out.
/// - An unknown name is an error.
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
    /// The largest number of days of grace in a key.
    pub const MAX_GRACE_DAYS: u8 = 90;

    /// A builder that takes the claims one by one.
    pub fn builder() -> ClaimsBuilder {
        ClaimsBuilder::default()
    }

    /// The kind: standard, trial or stopgap.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The environment in which the license may be used.
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

    /// The number of seats.
    pub const fn seats(&self) -> Quantity {
        self.seats
    }

    /// The first day, included.
    pub const fn valid_from(&self) -> Day {
        self.valid_from
    }

    /// The last day, included; `None` is perpetual.
    pub const fn valid_through(&self) -> Option<Day> {
        self.valid_through
    }

    /// The days of the term, first and last counted; `None` is perpetual.
    pub fn term_days(&self) -> Option<NonZeroU32> {
        let through = self.valid_through?;
        debug_assert!(through >= self.valid_from, "claims are checked when they are made");
        Some(NonZeroU32::MIN.saturating_add(through.number().saturating_sub(self.valid_from.number())))
    }

    /// The features that the license grants.
    pub const fn features(&self) -> Features {
        self.features
    }

    /// The days of grace that the key carries, 0 to 90. With `None`, `keyward-grace` has a default.
    pub const fn grace_days(&self) -> Option<u8> {
        self.grace_days
    }

    /// The named quotas.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The name of the person or company to whom the license was sold.
    pub const fn licensee(&self) -> Option<&Licensee> {
        self.licensee.as_ref()
    }

    /// The last day of updates: the license covers versions released through this day. `None` covers every version.
    pub const fn updates_through(&self) -> Option<Day> {
        self.updates_through
    }

    /// The machine the license is locked to.
    pub const fn fingerprint(&self) -> Option<&Fingerprint> {
        self.fingerprint.as_ref()
    }

    /// Bytes that later verifiers understand, and this version ignores.
    pub const fn extension(&self) -> Option<&Extension> {
        self.extension.as_ref()
    }

    /// All claims at once, for a rule that has to handle each of them: its pattern names every claim, so that the rule does
    /// not compile when a claim is added.
    ///
    /// ```
    /// # let claims: keyward_core::Claims = serde_json::from_str(r#"{
    /// #     "serial": "0102030405060708", "product": 3, "edition": 2, "seats": 25,
    /// #     "valid_from": "2026-01-01", "valid_through": "2026-12-31"
    /// # }"#)?;
    /// let parts = claims.parts();
    /// assert_eq!((parts.product, parts.seats), (claims.product(), claims.seats()));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub const fn parts(&self) -> ClaimParts<'_> {
        ClaimParts {
            kind: self.kind,
            environment: self.environment,
            serial: self.serial,
            product: self.product,
            edition: self.edition,
            seats: self.seats,
            valid_from: self.valid_from,
            valid_through: self.valid_through,
            features: self.features,
            grace_days: self.grace_days,
            limits: &self.limits,
            licensee: self.licensee.as_ref(),
            updates_through: self.updates_through,
            fingerprint: self.fingerprint.as_ref(),
            extension: self.extension.as_ref(),
        }
    }

    /// Checks the rules between claims, of the builder and of decoded claims.
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
            if days > Claims::MAX_GRACE_DAYS {
                return Err(ClaimsError::GraceTooLong { days });
            }
        }
        Ok(())
    }
}

/// Every claim of a license, by name. The methods of [`Claims`] describe them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields have the names of the methods of Claims")]
pub struct ClaimParts<'c> {
    pub kind: Kind,
    pub environment: Environment,
    pub serial: Serial,
    pub product: Product,
    pub edition: Edition,
    pub seats: Quantity,
    pub valid_from: Day,
    pub valid_through: Option<Day>,
    pub features: Features,
    pub grace_days: Option<u8>,
    pub limits: &'c Limits,
    pub licensee: Option<&'c Licensee>,
    pub updates_through: Option<Day>,
    pub fingerprint: Option<&'c Fingerprint>,
    pub extension: Option<&'c Extension>,
}
