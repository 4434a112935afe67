use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;

use keyward_core::{Claims, Day, Environment, Kind, Product, Quantity};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::files::PayloadError;

/// A purpose for which a trust bundle trusts a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Purpose {
    /// License keys.
    Licenses,
    /// License files and validation files with licenses that the key may sign as well.
    LicenseFiles,
    /// Validation files that carry licenses alone. The key need not be able to sign the licenses.
    ValidationFiles,
    /// Revocation lists.
    Revocations,
    /// Statements of the time.
    Time,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Purpose; 5] =
        [Purpose::Licenses, Purpose::LicenseFiles, Purpose::ValidationFiles, Purpose::Revocations, Purpose::Time];

    /// Its name in a bundle.
    pub const fn code(self) -> &'static str {
        match self {
            Purpose::Licenses => "licenses",
            Purpose::LicenseFiles => "license-files",
            Purpose::ValidationFiles => "validation-files",
            Purpose::Revocations => "revocations",
            Purpose::Time => "time",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Purpose::Licenses => "licenses",
            Purpose::LicenseFiles => "license files",
            Purpose::ValidationFiles => "validation files",
            Purpose::Revocations => "revocation lists",
            Purpose::Time => "statements of the time",
        })
    }
}

/// The limits of a signing key. They limit a thief of the key too.
///
/// `None` means no limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Delegation {
    /// The purposes for which it is trusted.
    pub purposes: Vec<Purpose>,
    /// Only licenses for these products.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub products: Option<Vec<Product>>,
    /// Only licenses for these environments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environments: Option<Vec<Environment>>,
    /// Only licenses of these kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<Kind>>,
    /// Only licenses with a term of at most this number of days, and no more than the usual grace; no perpetual licenses.
    /// Files call it `longest_term_days`.
    #[serde(rename = "longest_term_days", skip_serializing_if = "Option::is_none")]
    pub max_term_days: Option<NonZeroU32>,
    /// Only licenses for at most this number of seats, and not for unlimited seats. Files call it `most_seats`.
    #[serde(rename = "most_seats", skip_serializing_if = "Option::is_none")]
    pub max_seats: Option<NonZeroU32>,
    /// Only licenses that begin on this day or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begins_from: Option<Day>,
    /// Only licenses that end on this day or earlier, with no more than the usual grace; no perpetual licenses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_through: Option<Day>,
}

impl Delegation {
    /// Trusted for these purposes, without limits.
    pub fn unlimited(purposes: impl IntoIterator<Item = Purpose>) -> Delegation {
        Delegation { purposes: purposes.into_iter().collect(), ..Delegation::default() }
    }

    /// Whether any license can be within the limits.
    pub(super) fn check(&self, name: &str) -> Result<(), PayloadError> {
        let is_empty_window = self.begins_from.zip(self.ends_through).is_some_and(|(from, through)| from > through);
        let lengths = [
            self.products.as_ref().map(Vec::len),
            self.environments.as_ref().map(Vec::len),
            self.kinds.as_ref().map(Vec::len),
        ];
        if is_empty_window || lengths.contains(&Some(0)) {
            return Err(PayloadError::Invalid(format!("the limits of the key {name:?} permit no license")));
        }
        Ok(())
    }

    /// Whether the key may sign for that purpose.
    ///
    /// # Errors
    ///
    /// [`NotPermitted::Purpose`].
    pub fn permits_purpose(&self, purpose: Purpose) -> Result<(), NotPermitted> {
        self.purposes.contains(&purpose).then_some(()).ok_or(NotPermitted::Purpose(purpose))
    }

    /// Whether the key may say in a validation file that a license with these claims is in order, which another key may
    /// have signed.
    ///
    /// # Errors
    ///
    /// [`NotPermitted::Purpose`], [`NotPermitted::Product`] and [`NotPermitted::Environment`]. The other limits are those of
    /// the licenses that the key signs itself.
    pub fn permits_validation(&self, claims: &Claims) -> Result<(), NotPermitted> {
        self.permits_purpose(Purpose::ValidationFiles)?;
        self.permits_place(claims)
    }

    fn permits_place(&self, claims: &Claims) -> Result<(), NotPermitted> {
        if !self.products.as_ref().is_none_or(|list| list.contains(&claims.product())) {
            return Err(NotPermitted::Product(claims.product()));
        }
        if !self.environments.as_ref().is_none_or(|list| list.contains(&claims.environment())) {
            return Err(NotPermitted::Environment(claims.environment()));
        }
        Ok(())
    }

    /// Whether the key may sign a license with these claims.
    ///
    /// # Errors
    ///
    /// The first limit that the license exceeds.
    pub fn permits_license(&self, claims: &Claims) -> Result<(), NotPermitted> {
        self.permits_purpose(Purpose::Licenses)?;
        self.permits_place(claims)?;
        if !self.kinds.as_ref().is_none_or(|list| list.contains(&claims.kind())) {
            return Err(NotPermitted::Kind(claims.kind()));
        }
        if let Some(max) = self.max_term_days {
            if claims.term_days().is_none_or(|term| term > max) {
                return Err(NotPermitted::Term { max, found: claims.term_days() });
            }
        }
        if self.max_term_days.is_some() || self.ends_through.is_some() {
            if let (Some(term), Some(grace)) = (claims.term_days(), claims.grace_days()) {
                let usual = keyward_grace::default_grace_days(term);
                if grace > usual {
                    return Err(NotPermitted::Grace { usual, found: grace });
                }
            }
        }
        if let Some(max) = self.max_seats {
            if claims.seats() > Quantity::Of(max) {
                return Err(NotPermitted::Seats { max, found: claims.seats() });
            }
        }
        if let Some(from) = self.begins_from.filter(|from| claims.valid_from() < *from) {
            return Err(NotPermitted::Begins { from, found: claims.valid_from() });
        }
        if let Some(through) = self.ends_through {
            if claims.valid_through().is_none_or(|last| last > through) {
                return Err(NotPermitted::Ends { through, found: claims.valid_through() });
            }
        }
        Ok(())
    }
}

/// The limits as they are written.
#[derive(Serialize, Deserialize)]
pub(super) struct JsonDelegation {
    purposes: Vec<String>,
    products: Option<Vec<Product>>,
    environments: Option<Vec<Environment>>,
    kinds: Option<Vec<Kind>>,
    longest_term_days: Option<NonZeroU32>,
    most_seats: Option<NonZeroU32>,
    begins_from: Option<Day>,
    ends_through: Option<Day>,
    #[serde(flatten, skip_serializing)]
    unknown: BTreeMap<String, IgnoredAny>,
}

impl JsonDelegation {
    /// Ignores unknown purposes, since this version never asks for them. Refuses unknown limits, since this version could
    /// not enforce them.
    pub(super) fn delegation(self) -> Result<Delegation, PayloadError> {
        if let Some(name) = self.unknown.into_keys().next() {
            return Err(PayloadError::NeedsNewer(format!("that a key is limited by {name:?}")));
        }
        let is_among = |purpose: &Purpose| self.purposes.iter().any(|name| name == purpose.code());
        Ok(Delegation {
            purposes: Purpose::ALL.into_iter().filter(is_among).collect(),
            products: self.products,
            environments: self.environments,
            kinds: self.kinds,
            max_term_days: self.longest_term_days,
            max_seats: self.most_seats,
            begins_from: self.begins_from,
            ends_through: self.ends_through,
        })
    }
}

/// The reason why a key may not sign a license or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotPermitted {
    /// The key is known to be in the wrong hands.
    #[error("it is compromised, and only the licenses on its allow-list are accepted")]
    Compromised,
    /// The key is not trusted for this purpose at all.
    #[error("it is not trusted for {0}")]
    Purpose(Purpose),
    /// The key may only sign validation files that carry licenses alone, and this one has this as well.
    #[error("it is trusted for validation files that carry licenses alone, and this has {0}")]
    Addition(&'static str),
    /// The license is for another product.
    #[error("it is not trusted for product {0}")]
    Product(Product),
    /// The license is for another environment.
    #[error("it is not trusted for {0}")]
    Environment(Environment),
    /// The license is of another kind.
    #[error("it is not trusted for a license of the kind {0}")]
    Kind(Kind),
    /// The term is too long.
    #[error("it is trusted for terms of {max} days, and this is {}", Term(*found))]
    Term {
        /// The largest number of days that is permitted.
        max: NonZeroU32,
        /// The days of the license; `None` is perpetual.
        found: Option<NonZeroU32>,
    },
    /// The grace is more than the usual, and the term or its end is limited.
    #[error("it is trusted for {usual} days of grace after such a term, and this has {found}")]
    Grace {
        /// The usual days of grace after such a term.
        usual: u8,
        /// The days of grace of the license.
        found: u8,
    },
    /// The seats are too many.
    #[error("it is trusted for {max} seats, and this has {}", Seats(*found))]
    Seats {
        /// The largest number of seats that is permitted.
        max: NonZeroU32,
        /// Its seats.
        found: Quantity,
    },
    /// The license begins too early.
    #[error("it is trusted for licenses that begin on {from} or later, and this begins on {found}")]
    Begins {
        /// The first day that is permitted.
        from: Day,
        /// The first day of the license.
        found: Day,
    },
    /// The license ends too late.
    #[error("it is trusted for licenses that end on {through} or earlier, and this {}", Ends(*found))]
    Ends {
        /// The last day that is permitted.
        through: Day,
        /// The last day of the license; `None` is perpetual.
        found: Option<Day>,
    },
}

struct Term(Option<NonZeroU32>);

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(days) => write!(f, "of {days}"),
            None => f.write_str("perpetual"),
        }
    }
}

struct Seats(Quantity);

impl fmt::Display for Seats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Quantity::Of(seats) => seats.fmt(f),
            Quantity::Unlimited => f.write_str("unlimited seats"),
        }
    }
}

struct Ends(Option<Day>);

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(day) => write!(f, "ends on {day}"),
            None => f.write_str("is perpetual"),
        }
    }
}
