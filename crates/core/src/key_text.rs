use core::fmt;
use core::str::FromStr;

use crate::group::Group;
use crate::reading::{MOST_TEXT_BYTES, MOST_TYPED_GROUPS, Reading};
use crate::symbol::{SYMBOLS_IN_A_GROUP, Symbol};
use crate::{LicenseKey, Outcome};

/// Why a text is not a license key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyTextError {
    /// It never was one.
    #[error("this is not a license key: {0}")]
    Malformed(Malformation),
    /// A license key of a version that this one does not know.
    #[error("the license key is of version {version}, and this product reads version 1: use a newer version of it")]
    NeedsNewer {
        /// The version in the key, never 1.
        version: u8,
    },
    /// A license key with mistakes in it: [`repair`](crate::repair) may find them.
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

/// Why a text never was a license key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformation {
    /// Longer than any key, however it is typed.
    #[error("it has {bytes} bytes, and the longest key, generously spaced, has 4096")]
    TooLong {
        /// Bytes of text.
        bytes: usize,
    },
    /// More or fewer groups than a key has.
    #[error(
        "a license key has 30 to 110 groups of five characters, and the text makes {found}: copy all of it, and nothing else"
    )]
    Groups {
        /// Groups found.
        found: usize,
    },
    /// The checks hold, but it does not begin with K.
    #[error("it does not begin with K")]
    NotALicenseKey,
    /// The checks hold, but bits that mean nothing are set.
    #[error("bits that mean nothing are set in it")]
    PadBits,
}

/// What is known to be wrong with a license key that was damaged on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Damage {
    /// Groups found in the text.
    pub groups: usize,
    /// The groups that are visibly wrong: too short, too long, or with a character that no key has.
    pub unreadable: GroupNumbers,
    /// The version that the key seems to have, where that is not 1: it may also need a newer product.
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

/// Some groups of a text, numbered from 1.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct GroupNumbers(u128);

impl GroupNumbers {
    /// The numbers, ascending, from 1.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..128_u8).filter(move |index| self.0 >> index & 1 == 1).map(|index| index.saturating_add(1))
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// As a set of bits: group 1 in the lowest bit of the first byte.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }

    pub(crate) fn insert_index(&mut self, index: usize) {
        if index < MOST_TYPED_GROUPS {
            self.0 |= 1 << index;
        }
    }
}

impl fmt::Display for GroupNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_power_of_two() { "group " } else { "groups " })?;
        for (place, number) in self.iter().enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            write!(f, "{separator}{number}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for GroupNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Reads a key that was typed, pasted or scanned: forgivingly about case, look-alikes and separators, strictly about
/// everything else. Nothing is repaired here.
impl FromStr for LicenseKey {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<LicenseKey, KeyTextError> {
        if text.len() > MOST_TEXT_BYTES {
            return Err(KeyTextError::Malformed(Malformation::TooLong { bytes: text.len() }));
        }
        match read_evenly(text) {
            Some((groups, count)) => match LicenseKey::from_groups(groups.get(..count).unwrap_or_default()) {
                Err(KeyTextError::Damaged(_)) => Err(error_of(text)),
                key_or_error => key_or_error,
            },
            None => Err(error_of(text)),
        }
    }
}

/// What is wrong with a text that is not a key. Not inlined, since a [`Reading`] is large and a key needs none.
#[cold]
#[inline(never)]
fn error_of(text: &str) -> KeyTextError {
    Reading::of(text).error()
}

/// The groups of a text without a character that can't be read, separators ignored: a number of characters that makes
/// whole groups.
fn read_evenly(text: &str) -> Option<([Group; MOST_TYPED_GROUPS], usize)> {
    let mut groups = [Group::default(); MOST_TYPED_GROUPS];
    let mut places = groups.iter_mut();
    let (mut bits, mut held, mut count) = (0_u32, 0_usize, 0_usize);
    for character in text.chars() {
        match Symbol::from(character) {
            Symbol::Separator => {}
            Symbol::Unreadable => return None,
            Symbol::Value(value) => {
                bits = bits << 5 | u32::from(value);
                held = held.saturating_add(1);
                if held == SYMBOLS_IN_A_GROUP {
                    *places.next()? = Group::new(bits);
                    count = count.saturating_add(1);
                    held = 0;
                }
            }
        }
    }
    (held == 0).then_some((groups, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_numbers_are_bits_from_the_lowest_of_the_first_byte_on() {
        let mut numbers = GroupNumbers::default();
        for index in [0, 9, MOST_TYPED_GROUPS.saturating_sub(1)] {
            numbers.insert_index(index);
        }
        assert!(numbers.iter().eq([1, 10, 116]));
        assert_eq!(numbers.to_bytes(), [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0b1000, 0]);
    }
}
