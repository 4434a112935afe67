#![expect(clippy::arithmetic_side_effects, reason = "at most 32 bits are held")]

use core::fmt;

use crate::field::Element;
use crate::symbol::{ALPHABET, SYMBOLS_IN_A_GROUP};

/// One group of a key's text: 25 bits, five characters.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Group(u32);

impl Group {
    pub(crate) const BITS: usize = 25;

    /// The group of the low 25 bits.
    pub(crate) const fn new(bits: u32) -> Group {
        Group(Element::new(bits).bits())
    }

    /// The group of five symbols, each 0 to 31; higher bits are ignored.
    pub(crate) fn from_symbols(symbols: [u8; SYMBOLS_IN_A_GROUP]) -> Group {
        Group(symbols.iter().fold(0, |bits, symbol| (bits << 5) | u32::from(symbol & 31)))
    }

    /// The five symbols, each 0 to 31, the most significant first.
    pub(crate) fn symbols(self) -> [u8; SYMBOLS_IN_A_GROUP] {
        [20, 15, 10, 5, 0].map(|shift| ((self.0 >> shift) & 31) as u8)
    }

    /// The five characters.
    pub(crate) fn characters(self) -> [u8; SYMBOLS_IN_A_GROUP] {
        self.symbols().map(|symbol| ALPHABET.get(usize::from(symbol)).copied().unwrap_or_default())
    }

    /// Writes the bits of groups as bytes, the most significant first, until `bytes` is full. Returns the remaining bits of
    /// the last group.
    pub(crate) fn pack(groups: &[Group], bytes: &mut [u8]) -> u64 {
        let mut places = bytes.iter_mut();
        let (mut bits, mut held) = (0_u64, 0_usize);
        for group in groups {
            bits = bits << Group::BITS | u64::from(group.0);
            held += Group::BITS;
            while held >= 8 {
                held -= 8;
                if let Some(byte) = places.next() {
                    *byte = (bits >> held & 0xFF) as u8;
                }
            }
        }
        bits & !(u64::MAX << held)
    }

    /// Reads groups from bytes. Past the last byte, the bits are zero.
    pub(crate) fn unpack(bytes: &[u8], groups: &mut [Group]) {
        let mut bytes = bytes.iter();
        let (mut bits, mut held) = (0_u64, 0_usize);
        for group in groups {
            while held < Group::BITS {
                bits = bits << 8 | bytes.next().map_or(0, |byte| u64::from(*byte));
                held += 8;
            }
            held -= Group::BITS;
            *group = Group::new((bits >> held & 0x1FF_FFFF) as u32);
        }
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    pub(crate) const fn element(self) -> Element {
        Element::new(self.0)
    }
}

impl From<Element> for Group {
    fn from(element: Element) -> Group {
        Group(element.bits())
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let characters = self.characters();
        let text = core::str::from_utf8(&characters);
        debug_assert!(text.is_ok(), "the alphabet is ASCII");
        f.write_str(text.unwrap_or_default())
    }
}

/// Does not show the text, which is part of a key.
impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Group")
    }
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    #[test]
    fn a_group_is_shown_to_people_and_not_to_logs() {
        let group = Group::from_symbols([19, 7, 22, 20, 4]);
        assert_eq!(format!("{group}"), "K7PM4");
        assert_eq!(format!("{group:?}"), "Group");
    }
}
