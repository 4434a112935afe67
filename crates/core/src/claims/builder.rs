use core::num::NonZeroU32;

use super::{
    Claims, ClaimsError, Edition, Environment, Extension, Feature, Features, Fingerprint, Kind, Licensee, Limits,
    Product, Serial,
};
use crate::{Day, End, Quantity, Term};

/// Builds [`Claims`]. A claim that would be dangerous to forget has no default: set the seats or [`unlimited_seats`], and a
/// last day, a term or [`perpetual`].
///
/// ```
/// use std::num::NonZeroU32;
/// use keyward_core::{Claims, Day, Edition, Feature, Product, Quantity, Serial};
///
/// let claims = Claims::builder()
///     .serial(Serial::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]))
///     .product(Product(3))
///     .edition(Edition(2))
///     .unlimited_seats()
///     .valid_from(Day::from_ymd(2026, 1, 1)?)
///     .valid_through(Day::from_ymd(2026, 12, 31)?)
///     .feature(Feature::new(0))
///     .build()?;
/// assert_eq!(claims.seats(), Quantity::Unlimited);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`unlimited_seats`]: ClaimsBuilder::unlimited_seats
/// [`perpetual`]: ClaimsBuilder::perpetual
#[derive(Debug, Clone, Default)]
pub struct ClaimsBuilder {
    pub(crate) kind: Kind,
    pub(crate) environment: Environment,
    pub(crate) serial: Option<Serial>,
    pub(crate) product: Option<Product>,
    pub(crate) edition: Option<Edition>,
    pub(crate) seats: Option<Quantity>,
    pub(crate) valid_from: Option<Day>,
    pub(crate) end: Option<End>,
    pub(crate) features: Features,
    pub(crate) grace_days: Option<u8>,
    pub(crate) limits: Limits,
    pub(crate) licensee: Option<Licensee>,
    pub(crate) updates_through: Option<Day>,
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) extension: Option<Extension>,
}

impl ClaimsBuilder {
    /// Sets the unique number of the key. Without it, `keyward-issuer` sets a random one.
    pub fn serial(mut self, serial: Serial) -> Self {
        self.serial = Some(serial);
        self
    }

    /// The serial, if one is set.
    pub fn serial_if_set(&self) -> Option<Serial> {
        self.serial
    }

    /// Sets the product.
    pub fn product(mut self, product: Product) -> Self {
        self.product = Some(product);
        self
    }

    /// Sets the edition.
    pub fn edition(mut self, edition: Edition) -> Self {
        self.edition = Some(edition);
        self
    }

    /// Makes the license a trial, which needs a last day and has no grace.
    pub fn trial(mut self) -> Self {
        self.kind = Kind::Trial;
        self
    }

    /// Makes the license a stopgap, which needs a last day and has no grace.
    pub fn stopgap(mut self) -> Self {
        self.kind = Kind::Stopgap;
        self
    }

    /// Sets the environment. The default is production.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Sets the seats: a number, or a [`Quantity`].
    pub fn seats(mut self, seats: impl Into<Quantity>) -> Self {
        self.seats = Some(seats.into());
        self
    }

    /// Sets no limit to the seats.
    pub fn unlimited_seats(self) -> Self {
        self.seats(Quantity::Unlimited)
    }

    /// Sets the first day.
    pub fn valid_from(mut self, day: Day) -> Self {
        self.valid_from = Some(day);
        self
    }

    /// Sets the end.
    pub fn end(mut self, end: End) -> Self {
        self.end = Some(end);
        self
    }

    /// Sets the last day, included.
    pub fn valid_through(self, day: Day) -> Self {
        self.end(End::Through(day))
    }

    /// Sets the end by the number of days, first and last counted: 30 days from 1 May run through 30 May.
    pub fn term_days(self, days: NonZeroU32) -> Self {
        self.end(End::After(Term::Days(days)))
    }

    /// Sets no last day.
    pub fn perpetual(self) -> Self {
        self.end(End::Perpetual)
    }

    /// Adds a feature.
    pub fn feature(mut self, feature: Feature) -> Self {
        self.features = self.features.with(feature);
        self
    }

    /// Sets the features, in place of earlier ones.
    pub fn features(mut self, features: Features) -> Self {
        self.features = features;
        self
    }

    /// Sets the days of grace, 0 to 90, in place of the default. Only a standard license with a last day has grace.
    pub fn grace_days(mut self, days: u8) -> Self {
        self.grace_days = Some(days);
        self
    }

    /// Sets the limits, in place of earlier ones.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the name of the person or company to whom the license was sold.
    pub fn licensee(mut self, licensee: Licensee) -> Self {
        self.licensee = Some(licensee);
        self
    }

    /// Sets the last day of updates: later versions are not covered.
    pub fn updates_through(mut self, day: Day) -> Self {
        self.updates_through = Some(day);
        self
    }

    /// Locks the license to a machine.
    pub fn fingerprint(mut self, fingerprint: Fingerprint) -> Self {
        self.fingerprint = Some(fingerprint);
        self
    }

    /// Sets the bytes for later verifiers.
    pub fn extension(mut self, extension: Extension) -> Self {
        self.extension = Some(extension);
        self
    }

    /// Checks and returns the claims.
    ///
    /// # Errors
    ///
    /// [`ClaimsError`] if a required claim is missing, or if claims contradict each other.
    pub fn build(self) -> Result<Claims, ClaimsError> {
        let missing = |claim, remedy| move || ClaimsError::Missing { claim, remedy };
        let valid_from = self.valid_from.ok_or_else(missing("valid_from", "name the first day"))?;
        let end = self.end.ok_or_else(missing("valid_through", "name the last day, or say perpetual (null)"))?;
        let valid_through = end.last_day(valid_from)?;
        let seats = self.seats.ok_or_else(missing("seats", "say how many, or unlimited (null)"))?;
        let claims = Claims {
            kind: self.kind,
            environment: self.environment,
            serial: self.serial.ok_or_else(missing("serial", "draw 8 random bytes"))?,
            product: self.product.ok_or_else(missing("product", "name its number in the catalogue"))?,
            edition: self.edition.ok_or_else(missing("edition", "name its number in the catalogue"))?,
            seats,
            valid_from,
            valid_through,
            features: self.features,
            grace_days: self.grace_days,
            limits: self.limits,
            licensee: self.licensee,
            updates_through: self.updates_through,
            fingerprint: self.fingerprint,
            extension: self.extension,
        };
        claims.check()?;
        Ok(claims)
    }
}
