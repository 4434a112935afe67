use core::fmt;

use crate::Outcome;
use crate::group_numbers::GroupNumbers;

/// The reason why a text is not a license key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyTextError {
    /// It never was a license key.
    #[error("this is not a license key: {0}")]
    Malformed(Malformation),
    /// A license key of a later version of the format.
    #[error("the license key is of version {version}, and this product reads version 1: use a newer version of it")]
    NeedsNewer {
        /// The version in the key, never 1.
        version: u8,
    },
    /// A license key with mistakes in it. [`repair`](crate::repair()) may find the original.
    #[error("{0}")]
    Damaged(Damage),
}

impl KeyTextError {
    /// The outcome: malformed, needs newer, or damaged.
    pub const fn outcome(&self) -> Outcome {
        match self {
            KeyTextError::Malformed(_) => Outcome::Malformed,
            KeyTextError::NeedsNewer { .. } => Outcome::NeedsNewer,
            KeyTextError::Damaged(_) => Outcome::Damaged,
        }
    }

    /// The code of the [`outcome`](KeyTextError::outcome), such as `malformed`.
    pub const fn code(&self) -> &'static str {
        self.outcome().code()
    }
}

/// The reason why a text never was a license key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformation {
    /// Longer than any key, in whatever way it is typed.
    #[error("it has {bytes} bytes, and the longest key, generously spaced, has 4096")]
    TooLong {
        /// The number of bytes.
        bytes: usize,
    },
    /// More or fewer groups than a key can have.
    #[error(
        "a license key has 30 to 110 groups of five characters, and the text makes {found}: copy all of it, and nothing else"
    )]
    Groups {
        /// The number of groups found.
        found: usize,
    },
    /// The check groups are right, but the text does not begin with K.
    #[error("it does not begin with K")]
    NotALicenseKey,
    /// The check groups are right, but bits without a meaning are set.
    #[error("bits that mean nothing are set in it")]
    PadBits,
}

/// The known mistakes in a damaged license key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Damage {
    /// The number of groups in the text.
    pub groups: usize,
    /// The groups that can't be read: too short, too long, or with a character that no key has.
    pub unreadable: GroupNumbers,
    /// The version of the format, if the text names another than 1: then the key may be free of mistakes, and need a newer
    /// product.
    pub newer_version: Option<u8>,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the license key has a mistake in it")?;
        if !self.unreadable.is_empty() {
            write!(f, ": {} of {} can't be read", self.unreadable, self.groups)?;
        } else {
            write!(f, ", and it does not show where: {} groups were read", self.groups)?;
        }
        write!(f, "; compare it with the original, group by group")?;
        if let Some(version) = self.newer_version {
            write!(f, " (if it is free of mistakes, it is of version {version} and needs a newer product)")?;
        }
        Ok(())
    }
}
