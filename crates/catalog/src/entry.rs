use std::fmt;
use std::num::NonZeroU32;

use keyward_core::{Edition, Feature, Features, Kind, Product, Quantity};
use keyward_grace::ReminderDays;
use serde::Serialize;

use crate::nearest::{Noun, UnknownCode};
use crate::place::Place;
use crate::{Code, serialize};

/// A product, with everything that is said under its heading. Settings that it leaves out are the catalogue's.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ProductEntry {
    /// Its number in keys.
    pub number: Product,
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: String,
    /// Whether a license has to be activated.
    pub activation: Activation,
    /// No longer sold; keys for it go on meaning what they mean.
    pub deprecated: bool,
    /// When it reminds of a license's end.
    #[serde(serialize_with = "serialize::reminder_days")]
    pub reminder_days: ReminderDays,
    /// How many seats a license may have, where its edition says nothing else.
    pub seats: SeatRange,
    /// What a trial may be.
    pub trials: Rules,
    /// What a stopgap may be.
    pub stopgaps: Rules,
    /// Its editions, by number.
    pub editions: Vec<EditionEntry>,
    /// Its features, by bit.
    pub features: Vec<FeatureEntry>,
    /// Its limits, by id.
    pub limits: Vec<LimitEntry>,
    #[serde(skip)]
    pub(crate) place: Place,
}

impl ProductEntry {
    /// The edition with that code.
    ///
    /// # Errors
    ///
    /// There is none; the error says which there are, or which was probably meant.
    pub fn edition(&self, code: &str) -> Result<&EditionEntry, UnknownCode> {
        let found = self.editions.iter().find(|edition| edition.code.as_str() == code);
        found.ok_or_else(|| self.unknown(Noun::Edition, code, self.editions.iter().map(|edition| &edition.code)))
    }

    /// The edition with that number.
    pub fn edition_numbered(&self, number: Edition) -> Option<&EditionEntry> {
        self.editions.iter().find(|edition| edition.number == number)
    }

    /// The feature with that code.
    ///
    /// # Errors
    ///
    /// There is none; the error says which there are, or which was probably meant.
    pub fn feature(&self, code: &str) -> Result<&FeatureEntry, UnknownCode> {
        let found = self.features.iter().find(|feature| feature.code.as_str() == code);
        found.ok_or_else(|| self.unknown(Noun::Feature, code, self.features.iter().map(|feature| &feature.code)))
    }

    /// The feature with that bit.
    pub fn feature_numbered(&self, bit: Feature) -> Option<&FeatureEntry> {
        self.features.iter().find(|feature| feature.bit == bit)
    }

    /// The limit with that code.
    ///
    /// # Errors
    ///
    /// There is none; the error says which there are, or which was probably meant.
    pub fn limit(&self, code: &str) -> Result<&LimitEntry, UnknownCode> {
        let found = self.limits.iter().find(|limit| limit.code.as_str() == code);
        found.ok_or_else(|| self.unknown(Noun::Limit, code, self.limits.iter().map(|limit| &limit.code)))
    }

    /// The limit with that id.
    pub fn limit_numbered(&self, id: u8) -> Option<&LimitEntry> {
        self.limits.iter().find(|limit| limit.id == id)
    }

    /// The rules for that kind of license; `None` for a standard one, which has none.
    pub fn rules(&self, kind: Kind) -> Option<&Rules> {
        match kind {
            Kind::Standard => None,
            Kind::Trial => Some(&self.trials),
            Kind::Stopgap => Some(&self.stopgaps),
        }
    }

    pub(crate) fn unknown<'a>(&self, noun: Noun, code: &str, known: impl Iterator<Item = &'a Code>) -> UnknownCode {
        UnknownCode::new(noun, code, Some(self.code.as_str()), known.map(Code::as_str))
    }
}

/// An edition of a product.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct EditionEntry {
    /// Its number in keys.
    pub number: Edition,
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: String,
    /// Needs no payment.
    pub free: bool,
    /// No longer sold; keys for it go on meaning what they mean.
    pub deprecated: bool,
    /// The edition to offer instead, where this one is deprecated.
    pub instead: Option<Code>,
    /// Days of grace of its licenses; `None` leaves them to keyward-grace's default.
    pub grace_days: Option<u8>,
    /// How many seats a license may have.
    pub seats: SeatRange,
    #[serde(skip)]
    pub(crate) place: Place,
}

/// A feature of a product.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FeatureEntry {
    /// Its bit in keys.
    #[serde(serialize_with = "serialize::bit")]
    pub bit: Feature,
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: String,
    /// No longer sold; keys with it go on meaning what they mean.
    pub deprecated: bool,
    #[serde(skip)]
    pub(crate) place: Place,
}

/// A limit of a product: a named quota.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct LimitEntry {
    /// Its id in keys.
    pub id: u8,
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: String,
    /// No longer sold; keys with it go on meaning what they mean.
    pub deprecated: bool,
    /// The smallest value that is sold.
    pub least: u64,
    /// The largest value that is sold, at most 2^53 − 1.
    pub most: u64,
    #[serde(skip)]
    pub(crate) place: Place,
}

/// Whether a license works as it is, or has to be activated first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// It works as it is.
    #[default]
    None,
    /// It has to be activated.
    Required,
}

/// How many seats may be sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct SeatRange {
    /// The fewest.
    pub least: NonZeroU32,
    /// The most; unlimited allows any number, and unlimited seats.
    pub most: Quantity,
}

impl SeatRange {
    /// Whether so many seats may be sold.
    pub fn allows(&self, seats: Quantity) -> bool {
        self.nearest(seats) == seats
    }

    /// The number of seats that may be sold and is nearest to `seats`.
    pub fn nearest(&self, seats: Quantity) -> Quantity {
        seats.max(Quantity::Of(self.least)).min(self.most)
    }
}

impl Default for SeatRange {
    fn default() -> SeatRange {
        SeatRange { least: NonZeroU32::MIN, most: Quantity::Unlimited }
    }
}

impl fmt::Display for SeatRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.most {
            Quantity::Of(most) if most == self.least => write!(f, "{most}"),
            Quantity::Of(most) => write!(f, "{} to {most}", self.least),
            Quantity::Unlimited => write!(f, "{} or more, or unlimited", self.least),
        }
    }
}

/// The rules for trials or stopgaps of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Rules {
    /// The most days it lasts.
    pub longest_days: u16,
    /// The features it may grant.
    pub features: Features,
}

impl Rules {
    /// The longest term in days that a catalogue may allow trials.
    pub const MAX_TRIAL_DAYS: u16 = 365;
    /// The longest term in days that a catalogue may allow stopgaps.
    pub const MAX_STOPGAP_DAYS: u16 = 30;
}
