#![expect(clippy::arithmetic_side_effects, reason = "counts of characters of a text")]

use core::fmt;

use crate::group::Group;
use crate::symbol::{SYMBOLS_IN_A_GROUP, Symbol};

/// Calls `each` with the five characters of each group.
#[cfg_attr(feature = "base32", expect(dead_code, reason = "the crate writes"))]
pub(crate) fn write(groups: &[Group], mut each: impl FnMut(&str) -> fmt::Result) -> fmt::Result {
    groups.iter().try_for_each(|group| {
        let characters = group.characters();
        each(core::str::from_utf8(&characters).unwrap_or_default())
    })
}

/// Reads the groups of a text and returns their number. Separators are ignored. `None` if a character can't be read, if the
/// last group is incomplete, or if there is no room for all groups.
pub(crate) fn read(text: &str, groups: &mut [Group]) -> Option<usize> {
    let mut places = groups.iter_mut();
    let (mut bits, mut held, mut count) = (0_u32, 0_usize, 0_usize);
    for character in text.chars() {
        match Symbol::from(character) {
            Symbol::Separator => {}
            Symbol::Unreadable => return None,
            Symbol::Value(value) => {
                bits = bits << 5 | u32::from(value);
                held += 1;
                if held == SYMBOLS_IN_A_GROUP {
                    *places.next()? = Group::new(bits);
                    count += 1;
                    held = 0;
                }
            }
        }
    }
    (held == 0).then_some(count)
}
