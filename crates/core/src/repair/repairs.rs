#![expect(clippy::arithmetic_side_effects, reason = "counts of groups, and of characters that there is room for")]

use core::fmt;
use core::ops::Deref;

use crate::group::Group;
use crate::reading::UNREADABLE;
use crate::symbol::{ALPHABET, SYMBOLS_IN_A_GROUP};

/// A group that was repaired.
///
/// Show it to the person who typed the key, and keep it out of logs. `Debug` shows the number alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Repair {
    group: u8,
    typed: TypedGroup,
    expected: Group,
}

impl Repair {
    /// The number of the group in the key, from 1.
    pub const fn group(&self) -> u8 {
        self.group
    }

    /// The characters that were typed there. `?` stands for a character that can't be read; a missing group has none.
    pub const fn typed(&self) -> &TypedGroup {
        &self.typed
    }

    /// The five characters of the group.
    pub fn expected(&self) -> impl fmt::Display + use<> {
        self.expected
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.typed.is_empty() {
            write!(f, "group {} is missing: {}", self.group, self.expected)
        } else {
            write!(f, "group {} is {}, not {}", self.group, self.expected, self.typed)
        }
    }
}

impl fmt::Debug for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repair").field("group", &self.group).finish_non_exhaustive()
    }
}

/// The characters that were typed in the place of a group, in canonical form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TypedGroup {
    characters: [u8; TypedGroup::MAX],
    len: usize,
}

impl TypedGroup {
    const MAX: usize = 24;

    pub(crate) const NOTHING: TypedGroup = TypedGroup { characters: [0; TypedGroup::MAX], len: 0 };

    /// Adds the symbols, group by group. Only the first 24 characters are kept.
    pub(crate) fn push_group(&mut self, symbols: &[u8]) {
        let whole = symbols.len() % SYMBOLS_IN_A_GROUP == 0;
        for chunk in symbols.chunks(if whole { SYMBOLS_IN_A_GROUP } else { TypedGroup::MAX }) {
            if !self.is_empty() {
                self.push(b'-');
            }
            for symbol in chunk {
                self.push(match symbol {
                    &UNREADABLE => b'?',
                    value => ALPHABET.get(usize::from(*value)).copied().unwrap_or(b'?'),
                });
            }
        }
    }

    /// Adds the other group after this one.
    pub(super) fn and(mut self, other: TypedGroup) -> TypedGroup {
        for character in b"-".iter().chain(other.as_str().as_bytes()) {
            self.push(*character);
        }
        self
    }

    fn push(&mut self, character: u8) {
        if let Some(place) = self.characters.get_mut(self.len) {
            *place = character;
            self.len += 1;
        }
    }

    /// Whether no character was typed.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        let text = self.characters.get(..self.len).and_then(|typed| core::str::from_utf8(typed).ok());
        debug_assert!(text.is_some(), "the alphabet is ASCII");
        text.unwrap_or_default()
    }
}

impl fmt::Display for TypedGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for TypedGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedGroup").field("characters", &self.len).finish_non_exhaustive()
    }
}

/// The repairs of a key as a slice, in the order of its groups. Only the first 16 repairs are kept; there are more if a row
/// was exchanged with a shorter one.
#[derive(Clone, Copy)]
pub struct Repairs {
    list: [Repair; Repairs::MAX],
    len: usize,
}

impl Repairs {
    /// Enough for fifteen marked characters in as many groups.
    const MAX: usize = 16;

    /// Adds the group at `index` (from 0), unless it was typed right.
    pub(crate) fn push(&mut self, index: usize, typed: TypedGroup, expected: Group) {
        let mut canonical = TypedGroup::NOTHING;
        canonical.push_group(&expected.symbols());
        if typed == canonical {
            return;
        }
        let number = u8::try_from(index + 1);
        debug_assert!(number.is_ok(), "a key has at most 110 groups");
        let number = number.unwrap_or(u8::MAX);
        if let Some(place) = self.list.get_mut(self.len) {
            *place = Repair { group: number, typed, expected };
            self.len += 1;
        }
    }
}

impl Default for Repairs {
    fn default() -> Repairs {
        let none = Repair { group: 0, typed: TypedGroup::NOTHING, expected: Group::default() };
        Repairs { list: [none; Repairs::MAX], len: 0 }
    }
}

impl Deref for Repairs {
    type Target = [Repair];

    fn deref(&self) -> &[Repair] {
        self.list.get(..self.len).unwrap_or_default()
    }
}

impl PartialEq for Repairs {
    fn eq(&self, other: &Repairs) -> bool {
        **self == **other
    }
}

impl Eq for Repairs {}

impl fmt::Debug for Repairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
