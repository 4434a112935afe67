use std::num::NonZeroU32;

use keyward_core::{Claims, ClaimsBuilder, Day, Edition, Features, Kind, Limits, Product, Quantity, Term, TermError};
use keyward_grace::default_grace_days;
use serde::Serialize;

use crate::{Code, serialize};

/// A whole order in one word: `pro-annual`.
///
/// Whatever is loaded makes a license: the product and the edition are sold, the seats and the limits are in their
/// ranges, and a trial or a stopgap keeps to its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Offer {
    /// Its code.
    pub code: Code,
    /// The product.
    pub product: Product,
    /// The edition.
    pub edition: Edition,
    /// What is sold: standard, trial or stopgap.
    pub kind: Kind,
    /// How long the license lasts; `None` is perpetual.
    #[serde(serialize_with = "serialize::term")]
    pub term: Option<Term>,
    /// How many may use it.
    pub seats: Quantity,
    /// The features it grants.
    pub features: Features,
    /// Named quotas.
    pub limits: Limits,
    /// For how long released versions are covered; `None` covers all.
    #[serde(serialize_with = "serialize::term")]
    pub updates: Option<Term>,
    /// Days of grace, as the offer, its edition, its product or the catalogue says; `None` leaves them to
    /// keyward-grace's default, or there are none (trials, stopgaps, perpetual licenses).
    pub grace_days: Option<u8>,
}

impl Offer {
    /// What a license for this offer says when it begins on that day. A serial is still to be drawn, and the licensee
    /// to be named.
    ///
    /// Days of grace are said only where they are not what a verifier assumes of itself, since every claim makes a key
    /// longer.
    ///
    /// ```
    /// use keyward_catalog::Catalog;
    /// use keyward_core::{Day, Serial};
    ///
    /// let catalog = Catalog::parse(Catalog::EXAMPLE, "catalog.toml")?;
    /// let claims = catalog
    ///     .offer("pro-annual")?
    ///     .claims(Day::from_ymd(2026, 1, 1)?)?
    ///     .serial(Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]))
    ///     .build()?;
    /// assert_eq!(claims.valid_through(), Some(Day::from_ymd(2026, 12, 31)?));
    /// assert_eq!(claims.limits().value(1), Some(50));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TermError::EndsAfterTheLastDay`] if the license or its updates would end after 9998-12-31.
    pub fn claims(&self, valid_from: Day) -> Result<ClaimsBuilder, TermError> {
        let mut claims = Claims::builder()
            .product(self.product)
            .edition(self.edition)
            .seats(self.seats)
            .valid_from(valid_from)
            .features(self.features)
            .limits(self.limits);
        claims = match self.kind {
            Kind::Standard => claims,
            Kind::Trial => claims.trial(),
            Kind::Stopgap => claims.stopgap(),
        };
        claims = match self.term {
            Some(term) => claims.valid_through(term.last_day(valid_from)?),
            None => claims.perpetual(),
        };
        if let Some(updates) = self.updates {
            claims = claims.updates_through(updates.last_day(valid_from)?);
        }
        if let (Some(term), Some(days)) = (self.term, self.grace_days) {
            let last = term.last_day(valid_from)?;
            let days_after = last.number().saturating_sub(valid_from.number());
            if days != default_grace_days(NonZeroU32::MIN.saturating_add(days_after)) {
                claims = claims.grace_days(days);
            }
        }
        Ok(claims)
    }
}
