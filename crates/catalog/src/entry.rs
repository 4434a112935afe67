use std::fmt;
use std::num::{NonZeroU16, NonZeroU32};

use keyward_core::{Edition, Feature, Features, Kind, Product, Quantity, Term};
use keyward_grace::ReminderDays;
use serde::Serialize;

use crate::entry_kind::EntryKind;
use crate::position::Position;
use crate::unknown_code::UnknownCode;
use crate::{Code, serialize};

/// A product with all settings and entries under its heading. A setting that it leaves out has the value of the catalogue.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ProductEntry {
    /// The number in keys.
    pub number: Product,
    /// The code.
    pub code: Code,
    /// The name.
    pub name: String,
    /// Whether a license has to be activated.
    pub activation: Activation,
    /// The hours for which a signed answer about an activated machine is good without a network.
    #[serde(rename = "offline_for", serialize_with = "serialize::hours")]
    pub offline_hours: u16,
    /// The days after which the activation of a machine that was not seen ends; `None` if it does not end by itself.
    #[serde(rename = "activation_lease", serialize_with = "serialize::some_days")]
    pub lease_days: Option<u16>,
    /// The number of machines that a customer may release in 30 days, for each license; `None` has no bound. The vendor's staff has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub releases_per_30d: Option<NonZeroU16>,
    /// The smallest number of a machine's components in an activation request.
    #[serde(rename = "least_components")]
    pub min_components: u8,
    /// The days for which a key of one machine is good from its issue on, first and last included; `None` if it is good as long as
    /// its license.
    #[serde(rename = "locked_term", serialize_with = "serialize::some_days")]
    pub locked_days: Option<u16>,
    /// Whether it is no longer sold. Keys for it keep their meaning.
    pub deprecated: bool,
    /// The days before the last day on which the product reminds of the end.
    #[serde(serialize_with = "serialize::reminder_days")]
    pub reminder_days: ReminderDays,
    /// The seats that a license may have, for editions without a range of their own.
    pub seats: SeatRange,
    /// The rules for trials.
    pub trials: KindRules,
    /// The rules for stopgaps.
    pub stopgaps: KindRules,
    /// The longest term of a standard license with an end.
    #[serde(rename = "longest_term", serialize_with = "serialize::some_term")]
    pub max_term: Term,
    /// The editions, by number.
    pub editions: Vec<EditionEntry>,
    /// The features, by bit.
    pub features: Vec<FeatureEntry>,
    /// The limits, by id.
    pub limits: Vec<LimitEntry>,
    #[serde(skip)]
    pub(crate) position: Position,
}

impl ProductEntry {
    /// The longest term of a standard license, unless the catalogue sets another.
    pub const DEFAULT_MAX_TERM: Term = Term::Years(NonZeroU32::MIN.saturating_add(4));

    /// The smallest number of components in an activation request, unless the catalogue sets another. A request with a single
    /// one would fit every machine on which a person sets this one value.
    pub const DEFAULT_MIN_COMPONENTS: u8 = 2;

    /// The hours for which a signed answer is good, unless the catalogue sets others.
    pub const DEFAULT_OFFLINE_HOURS: u16 = 24;

    /// The most hours for which a catalogue may make a signed answer good: a year.
    pub const MAX_OFFLINE_HOURS: u16 = 366 * 24;

    /// The largest bound of the machines that a customer may release in 30 days.
    pub const MAX_RELEASES: u16 = 1_000;

    /// The longest lease of an activation in days: a year.
    pub const MAX_LEASE_DAYS: u16 = 366;

    /// The most days to which a catalogue may shorten the keys of machines: a year.
    pub const MAX_LOCKED_DAYS: u16 = 366;

    /// The editions that have trials.
    pub fn editions_with_trials(&self) -> impl Iterator<Item = &EditionEntry> {
        self.editions.iter().filter(|edition| edition.has_trial() && !edition.deprecated)
    }

    /// The edition with that code.
    ///
    /// # Errors
    ///
    /// [`UnknownCode`] if there is none.
    pub fn edition(&self, code: &str) -> Result<&EditionEntry, UnknownCode> {
        let found = self.editions.iter().find(|edition| edition.code.as_str() == code);
        found.ok_or_else(|| self.unknown(EntryKind::Edition, code, self.editions.iter().map(|edition| &edition.code)))
    }

    /// The edition with that number.
    pub fn edition_by_number(&self, number: Edition) -> Option<&EditionEntry> {
        self.editions.iter().find(|edition| edition.number == number)
    }

    /// The feature with that code.
    ///
    /// # Errors
    ///
    /// [`UnknownCode`] if there is none.
    pub fn feature(&self, code: &str) -> Result<&FeatureEntry, UnknownCode> {
        let found = self.features.iter().find(|feature| feature.code.as_str() == code);
        found.ok_or_else(|| self.unknown(EntryKind::Feature, code, self.features.iter().map(|feature| &feature.code)))
    }

    /// The feature with that bit.
    pub fn feature_by_bit(&self, bit: Feature) -> Option<&FeatureEntry> {
        self.features.iter().find(|feature| feature.bit == bit)
    }

    /// The limit with that code.
    ///
    /// # Errors
    ///
    /// [`UnknownCode`] if there is none.
    pub fn limit(&self, code: &str) -> Result<&LimitEntry, UnknownCode> {
        let found = self.limits.iter().find(|limit| limit.code.as_str() == code);
        found.ok_or_else(|| self.unknown(EntryKind::Limit, code, self.limits.iter().map(|limit| &limit.code)))
    }

    /// The limit with that id.
    pub fn limit_by_id(&self, id: u8) -> Option<&LimitEntry> {
        self.limits.iter().find(|limit| limit.id == id)
    }

    /// The rules for licenses of that kind; `None` for standard licenses.
    pub fn rules(&self, kind: Kind) -> Option<&KindRules> {
        match kind {
            Kind::Standard => None,
            Kind::Trial => Some(&self.trials),
            Kind::Stopgap => Some(&self.stopgaps),
        }
    }

    pub(crate) fn unknown<'a>(
        &self,
        entry: EntryKind,
        code: &str,
        known: impl Iterator<Item = &'a Code>,
    ) -> UnknownCode {
        UnknownCode::new(entry, code, Some(self.code.as_str()), known.map(Code::as_str))
    }
}

/// An edition of a product.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct EditionEntry {
    /// The number in keys.
    pub number: Edition,
    /// The code.
    pub code: Code,
    /// The name.
    pub name: String,
    /// Whether it is free of charge.
    pub free: bool,
    /// Whether trials of it are issued, if it is not free.
    pub trial: bool,
    /// Whether it is no longer sold. Keys for it keep their meaning.
    pub deprecated: bool,
    /// The edition to offer instead of a deprecated one.
    #[serde(rename = "instead")]
    pub replacement: Option<Code>,
    /// The days of grace of its licenses; `None` is the default of keyward-grace.
    pub grace_days: Option<u8>,
    /// The seats that a license may have.
    pub seats: SeatRange,
    #[serde(skip)]
    pub(crate) position: Position,
}

impl EditionEntry {
    /// Whether trials of it are issued.
    pub const fn has_trial(&self) -> bool {
        self.trial && !self.free
    }
}

/// A feature of a product.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FeatureEntry {
    /// The bit in keys.
    #[serde(serialize_with = "serialize::bit")]
    pub bit: Feature,
    /// The code.
    pub code: Code,
    /// The name.
    pub name: String,
    /// Whether it is no longer sold. Keys with it keep their meaning.
    pub deprecated: bool,
    #[serde(skip)]
    pub(crate) position: Position,
}

/// A limit of a product: a named quota.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct LimitEntry {
    /// The id in keys.
    pub id: u8,
    /// The code.
    pub code: Code,
    /// The name.
    pub name: String,
    /// Whether it is no longer sold. Keys with it keep their meaning.
    pub deprecated: bool,
    /// The smallest value that is sold.
    #[serde(rename = "least")]
    pub min: u64,
    /// The largest value that is sold, at most 2^53 − 1.
    #[serde(rename = "most")]
    pub max: u64,
    #[serde(skip)]
    pub(crate) position: Position,
}

/// Whether a license has to be activated before it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// It works without activation.
    #[default]
    None,
    /// It has to be activated.
    Required,
}

/// The seats that a license may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct SeatRange {
    /// The smallest number.
    #[serde(rename = "least")]
    pub min: NonZeroU32,
    /// The largest number. `Unlimited` allows any number, and unlimited seats.
    #[serde(rename = "most")]
    pub max: Quantity,
}

impl SeatRange {
    /// Whether a license may have these seats.
    pub fn contains(&self, seats: Quantity) -> bool {
        self.clamp(seats) == seats
    }

    /// The nearest seats that a license may have.
    pub fn clamp(&self, seats: Quantity) -> Quantity {
        seats.max(Quantity::Of(self.min)).min(self.max)
    }
}

impl Default for SeatRange {
    fn default() -> SeatRange {
        SeatRange { min: NonZeroU32::MIN, max: Quantity::Unlimited }
    }
}

impl fmt::Display for SeatRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.max {
            Quantity::Of(max) if max == self.min => write!(f, "{max}"),
            Quantity::Of(max) => write!(f, "{} to {max}", self.min),
            Quantity::Unlimited => write!(f, "{} or more, or unlimited", self.min),
        }
    }
}

/// The rules for the trials or the stopgaps of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct KindRules {
    /// The longest term in days.
    #[serde(rename = "longest_days")]
    pub max_days: u16,
    /// The features that a license may grant.
    pub features: Features,
}

impl KindRules {
    /// The longest term in days that a catalogue may allow trials.
    pub const MAX_TRIAL_DAYS: u16 = 365;
    /// The longest term in days that a catalogue may allow stopgaps.
    pub const MAX_STOPGAP_DAYS: u16 = 30;
}
