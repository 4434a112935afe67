use core::fmt;

use crate::field::Element;
use crate::symbol::{ALPHABET, SYMBOLS_IN_A_GROUP};

/// One group of a key's text: 25 bits, five characters.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Group(u32);

impl Group {
    pub(crate) const BITS: usize = 25;

    /// The group with the low 25 bits.
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
        let characters = self.symbols().map(|symbol| ALPHABET.get(usize::from(symbol)).copied().unwrap_or_default());
        f.write_str(core::str::from_utf8(&characters).unwrap_or_default())
    }
}

/// Never the text: a group is part of a key.
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
