use std::fmt;

use keyward_core::{Kind, Limits, Quantity, Term, TermError};
use keyward_grace::ReminderDaysError;

use crate::code::CodeError;
use crate::entry::{KindRules, SeatRange};
use crate::entry_kind::EntryKind;
use crate::message::{listed, quoted, written_hours};
use crate::name::NameError;
use crate::position::Position;
use crate::unknown_code::UnknownCode;

/// The problems of a catalogue, in the order of its lines. There is at least one.
///
/// Displayed, each problem is a line: `catalog.toml, line 12, column 1: …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    pub(crate) file: String,
    pub(crate) problems: Vec<Problem>,
}

impl Problems {
    /// The problems, in the order of the lines.
    pub fn as_slice(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{}, {problem}", self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A problem of a catalogue, with its position and its solution.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The position in the file.
    pub position: Position,
    /// The problem.
    pub kind: ProblemKind,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.position, self.kind)
    }
}

/// A kind of problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The text is not TOML.
    #[error("this is not TOML: {message}{}", at(.found))]
    Syntax {
        /// The message of the TOML parser.
        message: String,
        /// The text at the position.
        found: String,
    },
    /// A heading or a setting that the file has twice.
    #[error("{} is defined twice: remove one of the two, or rename this one", quoted(.key))]
    DuplicateKey {
        /// The last part of the heading or the setting.
        key: String,
    },
    /// A required setting is missing.
    #[error("{subject} has no `{key}`: {remedy}")]
    MissingSetting {
        /// The table without the setting, such as "edition `pro`".
        subject: String,
        /// The setting.
        key: &'static str,
        /// The solution.
        remedy: String,
    },
    /// An unknown setting.
    #[error("{subject} has no setting {}: {}", quoted(.key), known_settings(.suggestion, .known))]
    UnknownSetting {
        /// The table with the setting, such as "edition `pro`".
        subject: String,
        /// The setting.
        key: String,
        /// The closest known setting.
        suggestion: Option<&'static str>,
        /// The known settings.
        known: &'static [&'static str],
    },
    /// A value of the wrong type, or out of range.
    #[error("{setting} is {found}: expected {expected}")]
    InvalidValue {
        /// The setting, or an item of it.
        setting: String,
        /// The value.
        found: String,
        /// The permitted values.
        expected: String,
    },
    /// A key of a table that is not a code.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// A code with another meaning in orders.
    #[error("a {entry} can't have the code `none`, which means no {entry} in an order: choose another code")]
    ReservedCode {
        /// The kind of the entry.
        entry: EntryKind,
    },
    /// A text that is longer than a catalogue.
    #[error("the text has {bytes} bytes, and a catalogue has {max} at most: is this the right file?")]
    LongText {
        /// The length of the text.
        bytes: usize,
        /// The largest length.
        max: usize,
    },
    /// A text that is not a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A text that is not a term.
    #[error(transparent)]
    Term(#[from] TermError),
    /// A list that is not reminder days.
    #[error(transparent)]
    ReminderDays(#[from] ReminderDaysError),
    /// A number of two entries.
    #[error("{entry} `{code}` has number {number}, and so has `{taken_by}` (line {line}): {}", another_number(.free))]
    NumberTaken {
        /// The kind of both entries.
        entry: EntryKind,
        /// The code of the later entry.
        code: String,
        /// The number.
        number: u64,
        /// The code of the earlier entry.
        taken_by: String,
        /// The line of the earlier entry.
        line: usize,
        /// A number that no entry has had.
        free: Option<u64>,
    },
    /// A code without an entry.
    #[error(transparent)]
    UnknownCode(#[from] UnknownCode),
    /// A deprecated entry in an offer.
    #[error("{entry} `{code}` is deprecated and can't be offered: {}", offer_instead(*.entry, .replacement))]
    OffersDeprecated {
        /// The kind of the entry.
        entry: EntryKind,
        /// The code.
        code: String,
        /// The entry to offer instead.
        replacement: Option<String>,
    },
    /// An edition that is sold and has a replacement.
    #[error(
        "edition `{code}` is not deprecated and needs no replacement: add `deprecated = true`, or remove `instead`"
    )]
    ReplacementOfSold {
        /// The code of the edition.
        code: String,
    },
    /// A replacement that is not sold.
    #[error("edition `{replacement}` is deprecated and can't replace another: name an edition that is sold")]
    ReplacementDeprecated {
        /// The code of the replacement.
        replacement: String,
    },
    /// A feature that a list has twice.
    #[error("feature `{code}` is listed twice: remove one")]
    DuplicateFeature {
        /// The code of the feature.
        code: String,
    },
    /// A range without numbers.
    #[error(
        "`least` is {min} and `most` is {max}, which leaves no number: make `most` at least {min}, or lower `least`"
    )]
    EmptyRange {
        /// The lower end.
        min: u64,
        /// The upper end.
        max: u64,
    },
    /// A setting of activations, and a product without activation.
    #[error(
        "product `{product}` works without activation, and has no `{key}`: add `activation = \"required\"`, or remove it"
    )]
    NoActivation {
        /// The code of the product.
        product: String,
        /// The setting.
        key: &'static str,
    },
    /// An answer that would be good for longer than the activation.
    #[error(
        "`offline_for` is {}, and `activation_lease` is {lease_days}d: shorten `offline_for` to {lease_days}d, or make \
         the lease longer",
        written_hours(*offline_hours)
    )]
    OfflineBeyondLease {
        /// The hours for which an answer would be good.
        offline_hours: u16,
        /// The days of the lease.
        lease_days: u16,
    },
    /// Seats out of the edition's range.
    #[error("`seats` is {seats}, and edition `{edition}` has {range}: the nearest is {}", range.clamp(*seats))]
    SeatsOutOfRange {
        /// The seats.
        seats: Quantity,
        /// The code of the edition.
        edition: String,
        /// The seats of the edition.
        range: SeatRange,
    },
    /// More limits than a key carries.
    #[error("the offer has {count} limits, and a key carries at most {}: remove some", Limits::MAX)]
    TooManyLimits {
        /// The number of limits.
        count: usize,
    },
    /// A trial or a stopgap without an end.
    #[error("a {kind} can't be perpetual: give it a term of at most {max_days} days")]
    Perpetual {
        /// Trial or stopgap.
        kind: Kind,
        /// The longest term in days.
        max_days: u16,
    },
    /// A trial or a stopgap that is longer than the catalogue allows.
    #[error(
        "a {kind} may last {max_days} days, and {term} lasts up to {days}: shorten it to {max_days}d{}",
        or_raise(*.kind, *.max_days)
    )]
    TooLong {
        /// Trial or stopgap.
        kind: Kind,
        /// The term.
        term: Term,
        /// The largest number of days that the term can have.
        days: u32,
        /// The longest term in days.
        max_days: u16,
    },
    /// A license that is longer than the catalogue allows.
    #[error("the term is {term}, and the longest is {max}: shorten it, or raise `longest_term`")]
    TermTooLong {
        /// The term.
        term: Term,
        /// The longest term.
        max: Term,
    },
    /// A trial of an edition without trials.
    #[error("edition `{edition}` has `trial = false`: remove `kind`, or name another edition")]
    NoTrial {
        /// The code of the edition.
        edition: String,
    },
    /// A trial or a stopgap with a feature that it may not grant.
    #[error(
        "a {kind} of product `{product}` may not grant feature `{code}`: remove it, or add it to `features` under [products.{product}.{kind}s]"
    )]
    FeatureNotAllowed {
        /// Trial or stopgap.
        kind: Kind,
        /// The code of the product.
        product: String,
        /// The code of the feature.
        code: String,
    },
    /// Days of grace for a license without grace.
    #[error("a {license} has no grace: remove `grace_days`")]
    NoGrace {
        /// "trial", "stopgap" or "perpetual license".
        license: &'static str,
    },
    /// A trial of a free edition.
    #[error("edition `{edition}` is free and needs no trial: remove `kind`, or name another edition")]
    TrialOfFree {
        /// The code of the edition.
        edition: String,
    },
}

fn at(found: &str) -> String {
    if found.trim().is_empty() { String::new() } else { format!(" (at {})", quoted(found)) }
}

fn known_settings(suggestion: &Option<&str>, known: &[&str]) -> String {
    match (suggestion, known) {
        (Some(setting), _) => format!("did you mean `{setting}`?"),
        (None, [setting]) => format!("the only setting is `{setting}`"),
        (None, known) => format!("the settings are {}", listed(known)),
    }
}

fn another_number(free: &Option<u64>) -> String {
    free.map_or_else(|| "give it another number".to_owned(), |free| format!("give it another number, such as {free}"))
}

fn offer_instead(entry: EntryKind, replacement: &Option<String>) -> String {
    match (replacement, entry) {
        (Some(code), _) => format!("offer `{code}` instead"),
        (None, EntryKind::Feature | EntryKind::Limit) => "remove it".to_owned(),
        (None, EntryKind::Product | EntryKind::Edition | EntryKind::Offer) => "remove the offer".to_owned(),
    }
}

fn or_raise(kind: Kind, max_days: u16) -> String {
    if kind == Kind::Stopgap && max_days >= KindRules::MAX_STOPGAP_DAYS {
        return String::new();
    }
    format!(", or raise `longest_days` under [{kind}s]")
}
