use core::fmt;

use keyward_core::FingerprintMatch;
use keyward_grace::RecoveryError;

use super::StateId;

/// Why a state is not taken as it is. None of these is a first run, and none is to pass for one silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// There is none, and there was one, or should be.
    #[error("the state that was kept here is gone")]
    Missing,
    /// Not what was written.
    #[error("the state was altered, or was damaged: it is not what was written")]
    Altered,
    /// Written by a later version.
    #[error("the state is of version {version}, and this program knows version 1: use a newer version")]
    NeedsNewer {
        /// The version.
        version: u8,
    },
    /// Of another machine.
    #[error("the state is of another machine{}", Compared(*compared))]
    Foreign {
        /// How many components are the same; `None` if it is not known which machine this is.
        compared: Option<FingerprintMatch>,
    },
    /// A copy from before.
    #[error("the state is an older copy: it counts {found} of at least {known} writes")]
    Older {
        /// How often it was written.
        found: u64,
        /// How often it was written at least, as is known from elsewhere.
        known: u64,
    },
    /// A statement that says no more than what time it was.
    #[error(
        "the statement says what time it is, and not that a clock may be taken back: ask the vendor for a recovery"
    )]
    NotARecovery,
    /// A recovery for another state.
    #[error("the recovery is for the state {named}, and this is {this}: ask the vendor for one for {this}")]
    RecoveryOfAnother {
        /// The state it is for.
        named: StateId,
        /// This state.
        this: StateId,
    },
    /// A recovery that was used before, or is older than one that was.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
}

impl StateError {
    /// The word for it, the same in every language: `missing`, `altered`, `needs-newer`, `foreign`, `older`,
    /// `not-a-recovery`, `recovery-of-another`, `recovery-used`.
    pub const fn code(&self) -> &'static str {
        match self {
            StateError::Missing => "missing",
            StateError::Altered => "altered",
            StateError::NeedsNewer { .. } => "needs-newer",
            StateError::Foreign { .. } => "foreign",
            StateError::Older { .. } => "older",
            StateError::NotARecovery => "not-a-recovery",
            StateError::RecoveryOfAnother { .. } => "recovery-of-another",
            StateError::Recovery(_) => "recovery-used",
        }
    }
}

struct Compared(Option<FingerprintMatch>);

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(FingerprintMatch { matching, present }) => {
                write!(f, " ({matching} of its {present} components are the same)")
            }
            None => f.write_str(", or it is not known which one this is"),
        }
    }
}
