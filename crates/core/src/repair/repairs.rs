use core::fmt;
use core::ops::Deref;

use crate::group::Group;
use crate::reading::UNREADABLE;
use crate::symbol::{ALPHABET, SYMBOLS_IN_A_GROUP};

/// One group that was repaired: what was typed, and what it is.
///
/// For whoever typed the key; a log has no business with it, and `Debug` shows the number only.
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

    /// What was read in its place: `?` stands for a character that can't be read, and nothing for a missing group.
    pub const fn typed(&self) -> &TypedGroup {
        &self.typed
    }

    /// The five characters it is.
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

/// What was typed where a group belongs, in canonical characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TypedGroup {
    characters: [u8; TypedGroup::MAX],
    len: usize,
}

impl TypedGroup {
    const MAX: usize = 24;

    pub(super) const NOTHING: TypedGroup = TypedGroup { characters: [0; TypedGroup::MAX], len: 0 };

    /// The symbols, a group after the other; of very many, only the first.
    pub(super) fn push_group(&mut self, symbols: &[u8]) {
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

    /// This, and then the other.
    pub(super) fn and(mut self, other: TypedGroup) -> TypedGroup {
        for character in b"-".iter().chain(other.as_str().as_bytes()) {
            self.push(*character);
        }
        self
    }

    fn push(&mut self, character: u8) {
        if let Some(place) = self.characters.get_mut(self.len) {
            *place = character;
            self.len = self.len.saturating_add(1);
        }
    }

    /// Whether nothing was typed.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        self.characters.get(..self.len).and_then(|typed| core::str::from_utf8(typed).ok()).unwrap_or_default()
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

/// The repairs of a key, in the order of its groups: read it as a slice. Of more than 16, as where a row was exchanged with
/// a shorter one, the first 16.
#[derive(Clone, Copy)]
pub struct Repairs {
    list: [Repair; Repairs::MAX],
    len: usize,
}

impl Repairs {
    /// Fifteen marked characters may lie in as many groups.
    const MAX: usize = 16;

    /// Notes that the group at `index` (from 0) was typed as `typed`, unless that is what it is.
    pub(super) fn push(&mut self, index: usize, typed: TypedGroup, expected: Group) {
        let mut canonical = TypedGroup::NOTHING;
        canonical.push_group(&expected.symbols());
        if typed == canonical {
            return;
        }
        let number = u8::try_from(index.saturating_add(1)).unwrap_or(u8::MAX);
        if let Some(place) = self.list.get_mut(self.len) {
            *place = Repair { group: number, typed, expected };
            self.len = self.len.saturating_add(1);
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
