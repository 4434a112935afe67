use core::fmt;
use core::ops::RangeInclusive;

#[cfg(feature = "find")]
use crate::keys_in;
use crate::reading::{Reading, UNREADABLE};
use crate::symbol::SYMBOLS_IN_A_GROUP;
use crate::{GroupNumbers, KeyTextError, LicenseKey, Malformation, Outcome, UnknownScheme};

/// The reason why a text is not an activation request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActivationRequestError {
    /// Longer than any request, with any separators.
    #[error(
        "this is not an activation request: it has {bytes} bytes, and a request with any separators has at most 4096"
    )]
    TooLong {
        /// The number of bytes.
        bytes: usize,
    },
    /// More or fewer groups than a request has.
    #[error(
        "this is not an activation request: a request has 11 groups of five characters, and the text has {found}: copy all of it, and nothing else"
    )]
    Groups {
        /// The number of groups found.
        found: usize,
    },
    /// The check groups are right, but the text does not begin with R.
    #[error("this is not an activation request: it does not begin with R")]
    NotARequest,
    /// A license key, perhaps a damaged one.
    #[error(
        "this is a license key, not an activation request: enter it in the product on the machine, which then shows the request"
    )]
    LicenseKey,
    /// A request of a later version of the format.
    #[error(
        "the activation request is of version {version}, and this program reads version 1: use a newer version of it"
    )]
    NeedsNewer {
        /// The version in the request, never 1.
        version: u8,
    },
    /// A request with a fingerprint of a later scheme.
    #[error("{0}: use a newer version of this program")]
    UnknownScheme(#[from] UnknownScheme),
    /// A request with mistakes in it.
    #[error("{0}")]
    Damaged(RequestDamage),
}

impl ActivationRequestError {
    /// The outcome: malformed, needs newer, or damaged.
    pub const fn outcome(&self) -> Outcome {
        match self {
            ActivationRequestError::TooLong { .. }
            | ActivationRequestError::Groups { .. }
            | ActivationRequestError::NotARequest
            | ActivationRequestError::LicenseKey => Outcome::Malformed,
            ActivationRequestError::NeedsNewer { .. } | ActivationRequestError::UnknownScheme(_) => Outcome::NeedsNewer,
            ActivationRequestError::Damaged(_) => Outcome::Damaged,
        }
    }

    /// The code of the [`outcome`](ActivationRequestError::outcome), such as `malformed`.
    pub const fn code(&self) -> &'static str {
        self.outcome().code()
    }
}

/// The known mistakes in a damaged activation request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RequestDamage {
    /// The number of groups in the text.
    pub groups: usize,
    /// The groups that can't be read: too short, too long, or with a character that no request has.
    pub unreadable: GroupNumbers,
}

impl fmt::Display for RequestDamage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the activation request has a mistake in it")?;
        match self.unreadable.is_empty() {
            true => write!(f, " at a place that is not known: {} of 11 groups were read", self.groups)?,
            false => write!(f, ": {} of {} can't be read", self.unreadable, self.groups)?,
        }
        f.write_str("; compare it with the product's, group by group")
    }
}

/// The numbers of groups of a text that can be a damaged request: one may be missing, or typed twice.
pub(super) const TYPED_GROUPS: RangeInclusive<usize> = 10..=12;

/// The error of a text that is not a request.
pub(super) fn of_reading(reading: &Reading) -> ActivationRequestError {
    let symbols = reading.symbols();
    let by_count = symbols.len().div_ceil(SYMBOLS_IN_A_GROUP);
    let is_unreadable = |group: &[u8]| group.contains(&UNREADABLE);
    let separated = reading.separated().filter(|groups| TYPED_GROUPS.contains(&groups.len()));
    let (groups, unreadable) = match separated {
        Some(separated) => {
            let groups = separated.len();
            (groups, GroupNumbers::of(separated.map(|group| group.len() != SYMBOLS_IN_A_GROUP || is_unreadable(group))))
        }
        None if TYPED_GROUPS.contains(&by_count) => {
            (by_count, GroupNumbers::of(symbols.chunks(SYMBOLS_IN_A_GROUP).map(is_unreadable)))
        }
        None => return ActivationRequestError::Groups { found: reading.group_count().min(by_count) },
    };
    ActivationRequestError::Damaged(RequestDamage { groups, unreadable })
}

/// The error of a text that is not a request. It may be a license key.
pub(super) fn of_no_request(text: &str, error: ActivationRequestError) -> ActivationRequestError {
    let is_key = match text.parse::<LicenseKey>() {
        Ok(_) | Err(KeyTextError::Damaged(_) | KeyTextError::NeedsNewer { .. }) => true,
        Err(KeyTextError::Malformed(malformation)) => matches!(malformation, Malformation::EndsEarly { .. }),
    };
    #[cfg(feature = "find")]
    let is_key = is_key || keys_in(text).any(|key| key.has_the_size_of_a_key());
    if is_key { ActivationRequestError::LicenseKey } else { error }
}
