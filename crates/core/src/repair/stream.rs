#![expect(clippy::arithmetic_side_effects, reason = "counts of symbols, at most 4,096")]

use core::ops::Range;

use crate::group::Group;
use crate::key::{MAX_GROUPS, MIN_GROUPS};
use crate::reading::{MAX_TYPED_GROUPS, MIN_TYPED_GROUPS, Reading, UNREADABLE};
use crate::symbol::SYMBOLS_IN_A_GROUP;

use super::repairs::TypedGroup;

const MAX_SYMBOLS: usize = MAX_TYPED_GROUPS * SYMBOLS_IN_A_GROUP;

/// A damaged text as a sequence of symbols. Groups may have slipped: they are some symbols before or after their places.
pub(super) struct Stream<'r> {
    symbols: [u8; MAX_SYMBOLS],
    len: usize,
    bounds: Bounds<'r>,
}

/// Whether the text shows where groups begin.
enum Bounds<'r> {
    /// They are between separators: groups slip by whole groups.
    Separators(&'r Reading),
    /// Separators are ignored: groups slip by characters.
    Unknown,
}

impl<'r> Stream<'r> {
    /// The groups between the separators. A group that is too short or too long is replaced by one that can't be read.
    /// `None` if this equals [`Stream::unseparated`], or if no damaged key can have so many groups.
    pub(super) fn separated(reading: &'r Reading) -> Option<Stream<'r>> {
        let groups = reading.separated()?;
        if groups.len() < MIN_TYPED_GROUPS {
            return None;
        }
        let mut stream = Stream { symbols: [UNREADABLE; MAX_SYMBOLS], len: 0, bounds: Bounds::Separators(reading) };
        let mut even = true;
        for (place, group) in stream.symbols.chunks_exact_mut(SYMBOLS_IN_A_GROUP).zip(groups) {
            match group.len() {
                SYMBOLS_IN_A_GROUP => place.copy_from_slice(group),
                _ => even = false,
            }
            stream.len += SYMBOLS_IN_A_GROUP;
        }
        (!even).then_some(stream)
    }

    /// All symbols, without separators. `None` if no damaged key can have so many.
    pub(super) fn unseparated(reading: &Reading) -> Option<Stream<'static>> {
        let mut stream = Stream { symbols: [UNREADABLE; MAX_SYMBOLS], len: 0, bounds: Bounds::Unknown };
        let symbols = reading.symbols();
        stream.symbols.get_mut(..symbols.len())?.copy_from_slice(symbols);
        stream.len = symbols.len();
        Some(stream)
    }

    /// The number of symbols.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The unit by which groups may have slipped, in symbols.
    pub(super) fn step(&self) -> isize {
        match self.bounds {
            Bounds::Separators(_) => SYMBOLS_IN_A_GROUP as isize,
            Bounds::Unknown => 1,
        }
    }

    /// The number of groups, if the symbols make whole groups and a key can have so many.
    pub(super) fn whole_groups(&self) -> Option<usize> {
        let groups = self.len / SYMBOLS_IN_A_GROUP;
        (self.len % SYMBOLS_IN_A_GROUP == 0 && (MIN_GROUPS..=MAX_GROUPS).contains(&groups)).then_some(groups)
    }

    /// The symbols of the group at `index`, which has slipped by `shift` symbols.
    pub(super) fn symbols_at(&self, index: usize, shift: isize) -> Option<&[u8; SYMBOLS_IN_A_GROUP]> {
        let start = index.checked_mul(SYMBOLS_IN_A_GROUP)?.checked_add_signed(shift)?;
        self.symbols.get(start..self.len)?.first_chunk()
    }

    /// The same group, if all of its characters can be read.
    pub(super) fn group_at(&self, index: usize, shift: isize) -> Option<Group> {
        let symbols = self.symbols_at(index, shift)?;
        (!symbols.contains(&UNREADABLE)).then(|| Group::from_symbols(*symbols))
    }

    /// The symbols in that range, as they were typed.
    pub(super) fn typed(&self, range: Range<usize>) -> TypedGroup {
        let mut typed = TypedGroup::NOTHING;
        match self.bounds {
            Bounds::Unknown => typed.push_group(self.symbols.get(range).unwrap_or_default()),
            Bounds::Separators(reading) => {
                let skip = range.start / SYMBOLS_IN_A_GROUP;
                let take = range.len() / SYMBOLS_IN_A_GROUP;
                for group in reading.separated().into_iter().flatten().skip(skip).take(take) {
                    typed.push_group(group);
                }
            }
        }
        typed
    }

    /// The group at `index`, which has not slipped, as it was typed.
    pub(super) fn typed_at(&self, index: usize) -> TypedGroup {
        let start = index * SYMBOLS_IN_A_GROUP;
        self.typed(start..start + SYMBOLS_IN_A_GROUP)
    }
}
