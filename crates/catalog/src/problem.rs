use std::fmt;

use keyward_core::{Kind, Limits, Quantity, Term, TermError};
use keyward_grace::ReminderDaysError;

use crate::code::CodeError;
use crate::entry::{Rules, SeatRange};
use crate::name::NameError;
use crate::nearest::{Noun, UnknownCode, listed, quoted};
use crate::place::Place;

/// Everything that is wrong with a catalogue, in the order of its lines: never empty.
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

/// One thing that is wrong with a catalogue, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub kind: ProblemKind,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.kind)
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The file can't be read as TOML here.
    #[error("this is not TOML: {message}{}", where_exactly(.found))]
    Syntax {
        /// What the TOML parser says.
        message: String,
        /// The text that it stumbled over.
        found: String,
    },
    /// A heading or a setting that is there already.
    #[error("{} is there already: keep one of the two, or give this one a name of its own", quoted(.key))]
    Twice {
        /// The heading's or the setting's last part.
        key: String,
    },
    /// Something that has to be said is not.
    #[error("{subject} has no `{key}`: {remedy}")]
    Missing {
        /// Of what: "edition `pro`".
        subject: String,
        /// What it has to say.
        key: &'static str,
        /// How to say it.
        remedy: String,
    },
    /// A setting that there isn't.
    #[error("{subject} has no setting {}: {}", quoted(.key), unknown_setting(.suggestion, .known))]
    UnknownSetting {
        /// Of what: "edition `pro`".
        subject: String,
        /// The setting.
        key: String,
        /// The one that was probably meant.
        suggestion: Option<&'static str>,
        /// Those that there are.
        known: &'static [&'static str],
    },
    /// A value that the setting can't have.
    #[error("{setting} is {found}: it should be {expected}")]
    Value {
        /// The setting, or what is in it.
        setting: String,
        /// The value.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// Not a code.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// A code that orders use for something else.
    #[error("a {noun} can't have the code `none`, by which an order says that it wants no {noun}: give it another")]
    ReservedCode {
        /// What has it.
        noun: Noun,
    },
    /// Not a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Not a term that a license could have.
    #[error(transparent)]
    Term(#[from] TermError),
    /// Not reminder days.
    #[error(transparent)]
    ReminderDays(#[from] ReminderDaysError),
    /// A number that something else has.
    #[error(
        "{noun} `{code}` has number {number}, which is `{taken_by}`'s (line {line}): in a key, a number means one thing{}",
        next_free(.free)
    )]
    NumberTaken {
        /// What the numbers are of.
        noun: Noun,
        /// The code of the later one.
        code: String,
        /// The number that both have.
        number: u64,
        /// The code of the earlier one.
        taken_by: String,
        /// The line of the earlier one.
        line: usize,
        /// A number that was never used here.
        free: Option<u64>,
    },
    /// A code that nothing has.
    #[error(transparent)]
    UnknownCode(#[from] UnknownCode),
    /// Sold, though it isn't any more.
    #[error("{noun} `{code}` is deprecated, and an offer sells it: {}", sell_instead(*.noun, .instead))]
    SellsDeprecated {
        /// What it is.
        noun: Noun,
        /// Its code.
        code: String,
        /// What to offer instead.
        instead: Option<String>,
    },
    /// A replacement for what is sold.
    #[error(
        "edition `{code}` is not deprecated, so nothing is offered instead: say `deprecated = true`, or leave it out"
    )]
    InsteadOfSold {
        /// The edition's code.
        code: String,
    },
    /// A replacement that isn't sold.
    #[error("edition `{instead}` is deprecated itself: name one that is sold")]
    InsteadIsDeprecated {
        /// The replacement's code.
        instead: String,
    },
    /// Twice in the same list.
    #[error("feature `{code}` is named twice: once is enough")]
    FeatureTwice {
        /// The feature's code.
        code: String,
    },
    /// A range without anything in it.
    #[error("`least` is {least} and `most` is {most}: nothing lies between them")]
    EmptyRange {
        /// The lower end.
        least: u64,
        /// The upper end.
        most: u64,
    },
    /// More or fewer seats than are sold.
    #[error("`seats` is {seats}, and edition `{edition}` has {range}")]
    Seats {
        /// The seats.
        seats: Quantity,
        /// The edition's code.
        edition: String,
        /// What it has.
        range: SeatRange,
    },
    /// More limits than fit into a key.
    #[error("{count} limits: a key carries at most {}", Limits::MAX)]
    TooManyLimits {
        /// How many there are.
        count: usize,
    },
    /// A trial or a stopgap without an end.
    #[error("a {kind} can't be perpetual: give it a term of at most {longest_days} days")]
    Perpetual {
        /// Trial or stopgap.
        kind: Kind,
        /// The most days it may last.
        longest_days: u16,
    },
    /// A trial or a stopgap that is longer than the catalogue allows.
    #[error(
        "a {kind} may last {longest_days} days, and {term} lasts up to {days}: shorten it to {longest_days}d{}",
        or_raised(*.kind, *.longest_days)
    )]
    TooLong {
        /// Trial or stopgap.
        kind: Kind,
        /// The term.
        term: Term,
        /// The days that it lasts, where it lasts longest.
        days: u32,
        /// The most days it may last.
        longest_days: u16,
    },
    /// A trial or a stopgap with a feature that it may not grant.
    #[error(
        "a {kind} of product `{product}` may not grant feature `{code}`: leave it out, or add it to `features` under [products.{product}.{kind}s]"
    )]
    FeatureNotAllowed {
        /// Trial or stopgap.
        kind: Kind,
        /// The product's code.
        product: String,
        /// The feature's code.
        code: String,
    },
    /// Grace on what has none.
    #[error("a {what} has no grace: leave `grace_days` out")]
    Grace {
        /// "trial", "stopgap", "perpetual license".
        what: &'static str,
    },
    /// A trial of what costs nothing.
    #[error("edition `{edition}` is free, and needs no trial: leave `kind` out, or name another edition")]
    TrialOfFree {
        /// The edition's code.
        edition: String,
    },
}

fn where_exactly(found: &str) -> String {
    if found.trim().is_empty() { String::new() } else { format!(" (at {})", quoted(found)) }
}

fn unknown_setting(suggestion: &Option<&str>, known: &[&str]) -> String {
    match suggestion {
        Some(setting) => format!("did you mean `{setting}`?"),
        None => format!("there is {}", listed(known)),
    }
}

fn next_free(free: &Option<u64>) -> String {
    free.map_or_else(String::new, |free| format!("; {free} is free"))
}

fn sell_instead(noun: Noun, instead: &Option<String>) -> String {
    match (instead, noun) {
        (Some(code), _) => format!("offer `{code}` instead"),
        (None, Noun::Feature | Noun::Limit) => "leave it out".to_owned(),
        (None, Noun::Product | Noun::Edition | Noun::Offer) => "leave the offer out".to_owned(),
    }
}

fn or_raised(kind: Kind, longest_days: u16) -> String {
    if kind == Kind::Stopgap && longest_days >= Rules::MAX_STOPGAP_DAYS {
        return String::new();
    }
    format!(", or raise `longest_days` under [{kind}s]")
}
