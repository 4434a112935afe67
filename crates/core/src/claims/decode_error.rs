use super::{ClaimsError, ExtensionError, LicenseeError, LimitsError, UnknownScheme};
use crate::Outcome;

/// The reason why this version can't read the signed bytes of a key as claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The key has a claim that only a newer version understands.
    #[error("the license needs a newer version of the product: {0} is unknown to this one")]
    NeedsNewer(NewerClaim),
    /// No version accepts the claims: the issuer made a mistake.
    #[error("the license was issued wrongly, ask its vendor for another: {0}")]
    Invalid(InvalidClaims),
}

impl DecodeError {
    /// The outcome: needs newer, or invalid claims.
    pub const fn outcome(&self) -> Outcome {
        match self {
            DecodeError::NeedsNewer(_) => Outcome::NeedsNewer,
            DecodeError::Invalid(_) => Outcome::InvalidClaims,
        }
    }

    /// The code of the [`outcome`](DecodeError::outcome), such as `invalid-claims`.
    pub const fn code(&self) -> &'static str {
        self.outcome().code()
    }
}

/// A claim that only a newer version understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NewerClaim {
    /// A kind of license other than standard, trial and stopgap.
    #[error("its kind (3)")]
    Kind,
    /// An environment other than production, staging and development.
    #[error("its environment (3)")]
    Environment,
    /// A claim announced by a flag above 9.
    #[error("a claim (flag {flag})")]
    Flag {
        /// The lowest unknown flag, 10 to 15.
        flag: u8,
    },
    /// A fingerprint of a scheme other than 1.
    #[error("its fingerprint (scheme {scheme})")]
    FingerprintScheme {
        /// The scheme.
        scheme: u8,
    },
}

/// The reason why no version accepts the claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidClaims {
    /// The bytes end within the claim, or have no such claim.
    #[error("{claim} can't be read")]
    Unreadable {
        /// The claim's name.
        claim: &'static str,
    },
    /// A day after 9998-12-31.
    #[error("{claim} is after 9998-12-31")]
    DayOutOfRange {
        /// The claim's name.
        claim: &'static str,
    },
    /// A claim that is announced by its flag, and is empty.
    #[error("{claim} is announced and empty")]
    Empty {
        /// The claim's name.
        claim: &'static str,
    },
    /// The bytes are not the canonical ones, which are the shortest.
    #[error("the claims are not in their canonical form")]
    NotCanonical,
    /// The bytes after the claims are not the fill that their length requires.
    #[error("the claims are not followed by exactly their fill")]
    Fill,
    /// The claims contradict each other or are out of range.
    #[error(transparent)]
    Claims(ClaimsError),
}

impl From<ClaimsError> for DecodeError {
    fn from(error: ClaimsError) -> DecodeError {
        DecodeError::Invalid(InvalidClaims::Claims(error))
    }
}

impl From<LimitsError> for DecodeError {
    fn from(error: LimitsError) -> DecodeError {
        ClaimsError::Limits(error).into()
    }
}

impl From<LicenseeError> for DecodeError {
    fn from(error: LicenseeError) -> DecodeError {
        ClaimsError::Licensee(error).into()
    }
}

impl From<ExtensionError> for DecodeError {
    fn from(error: ExtensionError) -> DecodeError {
        ClaimsError::Extension(error).into()
    }
}

impl From<UnknownScheme> for DecodeError {
    fn from(UnknownScheme(scheme): UnknownScheme) -> DecodeError {
        DecodeError::NeedsNewer(NewerClaim::FingerprintScheme { scheme })
    }
}
