use core::fmt;

use crate::Outcome;
use crate::group_numbers::GroupNumbers;

/// The reason why a text is not a license key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyTextError {
    /// The text is not a license key, not even a damaged one.
    #[error("{0}")]
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

/// The reason why a text is not even a damaged license key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformation {
    /// Longer than any key, with any separators.
    #[error("this is not a license key: it has {bytes} bytes, and a key with any separators has at most 4096")]
    TooLong {
        /// The number of bytes.
        bytes: usize,
    },
    /// More or fewer groups than a key can have.
    #[error(
        "this is not a license key: a license key has 30 to 110 groups of five characters, and the text has {found}: copy all of it, and nothing else"
    )]
    Groups {
        /// The number of groups found.
        found: usize,
    },
    /// The beginning of a key. Too many of its last groups are missing to compute them.
    #[error("{}", CutShort { found: *found, missing: *missing })]
    EndsEarly {
        /// The number of whole groups found.
        found: usize,
        /// The number of groups that are missing at its end.
        missing: Missing,
    },
    /// A signed file, or a part of one.
    #[error(
        "this is not a license key, but a file or a part of one: open it as a file; if it is damaged, copy all of it again"
    )]
    SignedFile,
    /// Several license keys that are accepted, such as this year's and next year's in one mail. A text that is to be one key
    /// does not say which of them counts.
    #[error("there are several license keys in the text: enter each by itself")]
    SeveralKeys,
    /// An activation request.
    #[error("this is an activation request, not a license key: send it to the vendor, who returns a key")]
    ActivationRequest,
    /// The check groups are right, but the text does not begin with K.
    #[error("this is not a license key: it does not begin with K")]
    NotALicenseKey,
    /// The check groups are right, but bits without a meaning are set.
    #[error("this is not a license key: unused bits are set in it")]
    PadBits,
}

/// The number of groups that are missing at the end of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Exactly this number: the claims at the beginning of the key determine its length.
    Exactly(usize),
    /// At least this number: the claims are incomplete.
    AtLeast(usize),
}

/// The message about a key whose end is missing.
struct CutShort {
    found: usize,
    missing: Missing,
}

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CutShort { found, missing } = *self;
        f.write_str("the license key ends too early: ")?;
        match missing {
            Missing::Exactly(missing) => {
                let verb = if missing == 1 { "is" } else { "are" };
                write!(
                    f,
                    "{found} of its {} groups are there, and {missing} {verb} missing",
                    found.saturating_add(missing)
                )?;
            }
            Missing::AtLeast(missing) => {
                write!(f, "{found} of its groups are there, and {missing} or more are missing")?;
            }
        }
        f.write_str("; copy all of it")
    }
}

/// The known mistakes in a damaged license key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Damage {
    /// The number of groups in the text.
    pub groups: usize,
    /// The groups that can't be read: too short, too long, or with a character that no key has.
    pub unreadable: GroupNumbers,
    /// The version of the format, if the text names one other than 1: then the key may have no mistakes, and need a newer
    /// product.
    pub newer_version: Option<u8>,
    /// The number of missing groups according to the claims at the beginning of the text; 0 if none is known to be missing.
    pub missing: usize,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.missing > 0 {
            // A mistake in the claims may tell of groups that never were.
            let (read, all) = (self.groups, self.groups.saturating_add(self.missing));
            return write!(
                f,
                "the license key has a mistake in it, or ends too early: {read} groups were read, and by its first groups it \
                 has {all}; compare it with the original, group by group"
            );
        }
        write!(f, "the license key has a mistake in it")?;
        if !self.unreadable.is_empty() {
            write!(f, ": {} of {} can't be read", self.unreadable, self.groups)?;
        } else {
            write!(f, " at a place that is not known: {} groups were read", self.groups)?;
        }
        write!(f, "; compare it with the original, group by group")?;
        if let Some(version) = self.newer_version {
            write!(f, " (if it has no mistakes, it is of version {version} and needs a newer product)")?;
        }
        Ok(())
    }
}
