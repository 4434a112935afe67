use alloc::string::String;

/// The reason why contents can't be written to a signed file, or read from one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// They do not have the form that `spec/FILES.md` describes.
    #[error("{0}")]
    Invalid(String),
    /// They have a critical field that only a later version understands.
    #[error("it says {0}, which only a newer version understands: use a newer version")]
    NeedsNewer(String),
}
