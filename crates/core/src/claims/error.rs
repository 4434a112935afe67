use super::{ExtensionError, Kind, LicenseeError, LimitsError};
use crate::{Day, TermError};

/// The reason why claims can't be those of a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimsError {
    /// A required claim is missing.
    #[error("{claim} is missing: {remedy}")]
    Missing {
        /// The claim's name.
        claim: &'static str,
        /// What to do.
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
    /// The term ends after 9998-12-31.
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
