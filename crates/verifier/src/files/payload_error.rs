use alloc::string::String;

/// Why contents can't be written to a signed file, or read from one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// They are not as `spec/FILES.md` describes them.
    #[error("{0}")]
    Invalid(String),
    /// They say something critical that only a later version understands.
    #[error("it says {0}, which only a newer version understands: use a newer version")]
    NeedsNewer(String),
}
