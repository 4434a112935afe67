#![expect(clippy::arithmetic_side_effects, reason = "numbers up to 128")]

use core::fmt;

/// A set of groups of a text, numbered from 1.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct GroupNumbers(u128);

impl GroupNumbers {
    /// The numbers, ascending, from 1.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..128_u8).filter(move |index| self.0 >> index & 1 == 1).map(|index| index + 1)
    }

    /// Whether the set has no group.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set as bits: group 1 is the lowest bit of the first byte.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }

    /// The numbers of the groups with `true`.
    pub(crate) fn of(groups: impl Iterator<Item = bool>) -> GroupNumbers {
        let mut numbers = GroupNumbers::default();
        for (index, _) in groups.enumerate().filter(|(_, is_one)| *is_one) {
            numbers.insert_index(index);
        }
        numbers
    }

    /// Adds the group with that index, from 0 to 127.
    fn insert_index(&mut self, index: usize) {
        let bit = u32::try_from(index).ok().and_then(|index| 1_u128.checked_shl(index));
        debug_assert!(bit.is_some(), "group {index}");
        self.0 |= bit.unwrap_or(0);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_numbers_are_bits_from_the_lowest_of_the_first_byte_on() {
        let mut numbers = GroupNumbers::default();
        for index in [0, 9, 115] {
            numbers.insert_index(index);
        }
        assert!(numbers.iter().eq([1, 10, 116]));
        assert_eq!(numbers.to_bytes(), [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0b1000, 0]);
    }
}
