use core::fmt;

use chrono::{DateTime, Utc};
use keyward_core::FingerprintMatch;
use keyward_grace::RecoveryError;

use crate::files::StateId;

/// The reason why a state is refused. None of these is a first run, and a program must not silently treat it as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The state is gone.
    #[error("the state that was kept here is missing")]
    Missing,
    /// The state has changed since it was written.
    #[error("the state was altered or damaged after it was written")]
    Altered,
    /// A later version wrote the state.
    #[error("the state is of version {version}, and this program knows version 1: use a newer version")]
    NeedsNewer {
        /// The version.
        version: u8,
    },
    /// The state is of another machine.
    #[error("the state is of another machine{}", Compared(*compared))]
    Foreign {
        /// The number of components that are the same; `None` without a fingerprint of this machine.
        compared: Option<FingerprintMatch>,
    },
    /// The state is an older copy.
    #[error("the state is an older copy: it counts {found} of at least {known} writes")]
    Older {
        /// The number of writes.
        found: u64,
        /// The smallest possible number of writes, which was kept in another place.
        known: u64,
    },
    /// The statement gives the time, and is not a recovery.
    #[error("the statement gives the time, and is not a recovery: ask the vendor for a recovery")]
    NotARecovery,
    /// The recovery is for another state.
    #[error("the recovery is for the state {named}, and this is {this}: ask the vendor for one for {this}")]
    RecoveryOfAnother {
        /// The state that it is for.
        named: StateId,
        /// This state.
        this: StateId,
    },
    /// The recovery was used before, or is older than one that was.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// The system clock is far ahead of the recovery, so that it would have no effect.
    #[error(
        "the clock says {clock}, more than 40 days after the recovery was signed at {issued}: set the clock first, then use \
         the recovery; if the clock is right, ask the vendor for a new recovery"
    )]
    ClockAhead {
        /// The time of issue of the recovery.
        issued: DateTime<Utc>,
        /// The system clock.
        clock: DateTime<Utc>,
    },
    /// A file is dated so far ahead that the recovery would have no effect.
    #[error(
        "a file that is used, or this program, is dated {known}, so that the recovery of {issued} would have no effect: ask the \
         vendor for that file again, then use the recovery"
    )]
    EvidenceAhead {
        /// The time of issue of the recovery.
        issued: DateTime<Utc>,
        /// The latest time of issue of a file, or the time at which the program was built.
        known: DateTime<Utc>,
    },
}

/// The reason why a recovery was not used. The state is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecoverError<E> {
    /// The state refuses the recovery.
    #[error(transparent)]
    Refused(#[from] StateError),
    /// The state could not be saved.
    #[error(
        "the state can't be written, so the recovery was not used: {0}. Make it writable, then use the recovery again"
    )]
    NotSaved(E),
}

impl StateError {
    /// The code, the same in every language: `missing`, `altered`, `needs-newer`, `foreign`, `older`,
    /// `not-a-recovery`, `recovery-of-another`, `recovery-used`, `clock-ahead`,
    /// `evidence-ahead`.
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
            StateError::ClockAhead { .. } => "clock-ahead",
            StateError::EvidenceAhead { .. } => "evidence-ahead",
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
