use chrono::{DateTime, Utc};

/// The reason why no validation file shows the activation of a license on this machine. Of several files with the license, it is
/// that of the file that passes the most checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum NotActivated {
    /// There is no validation file with the license, or none that a key may have signed that is trusted now.
    #[error("there is no validation file for it")]
    NoFile,
    /// Its validation file names no machine, and so can be copied to any.
    #[error("its validation file is for no machine alone")]
    AnyMachine,
    /// Its validation file is for another machine, or the fingerprint of this one is not given.
    #[error("its validation file is for another machine")]
    OtherMachine,
    /// Its validation file is dated more than a day ahead.
    #[error("its validation file is of {issued_at}, which is in the future")]
    NotYet {
        /// The time of issue that the file states.
        issued_at: DateTime<Utc>,
    },
    /// Its validation file is past its time to live.
    #[error("its validation file was good until {expired_at}")]
    Stale {
        /// The last second of its time to live.
        expired_at: DateTime<Utc>,
    },
}
