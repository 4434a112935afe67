//! A damaged text as characters and groups.

#![expect(clippy::arithmetic_side_effects, reason = "counts of symbols, at most 4,096")]

#[cfg(feature = "find")]
use crate::copied::CopiedText;
use crate::group::Group;
use crate::group_numbers::GroupNumbers;
use crate::key::{MAX_GROUPS, MIN_GROUPS};
use crate::key_text_error::{Damage, KeyTextError, Malformation};
use crate::symbol::{K, SYMBOLS_IN_A_GROUP, Symbol};

/// The largest number of bytes of a text that is read.
pub(crate) const MAX_TEXT_BYTES: usize = 4096;

/// Groups of a text that can be a damaged key: two groups may be missing, and a row of six may be typed twice.
pub(crate) const MIN_TYPED_GROUPS: usize = MIN_GROUPS - 2;
pub(crate) const MAX_TYPED_GROUPS: usize = MAX_GROUPS + 6;

/// The value of a symbol that can't be read. All others are 0 to 31.
pub(crate) const UNREADABLE: u8 = u8::MAX;

/// The symbols of a text, and the groups between its separators.
pub(crate) struct Reading {
    symbols: [u8; MAX_TEXT_BYTES],
    count: usize,
    groups: [Span; MAX_TYPED_GROUPS],
    /// The number of groups, which may be larger than the array.
    group_count: usize,
}

/// The range of a group among the symbols.
#[derive(Clone, Copy, Default)]
struct Span {
    start: usize,
    len: usize,
}

impl Reading {
    /// Reads a text of at most 4,096 bytes that is not a key when it is read literally. Longer texts are refused before.
    pub(crate) fn of(text: &str) -> Reading {
        debug_assert!(text.len() <= MAX_TEXT_BYTES, "{} bytes", text.len());
        let mut reading = Reading {
            symbols: [UNREADABLE; MAX_TEXT_BYTES],
            count: 0,
            groups: [Span::default(); MAX_TYPED_GROUPS],
            group_count: 0,
        };
        let mut run = 0;
        #[cfg(feature = "find")]
        let symbols = CopiedText::new(text).symbols().map(|piece| piece.symbol);
        #[cfg(not(feature = "find"))]
        let symbols = text.chars().map(Symbol::from);
        for symbol in symbols {
            let value = match symbol {
                Symbol::Value(value) => value,
                Symbol::Unreadable => UNREADABLE,
                Symbol::Separator => {
                    reading.end_run(run);
                    run = reading.count;
                    continue;
                }
            };
            if let Some(symbol) = reading.symbols.get_mut(reading.count) {
                *symbol = value;
                reading.count += 1;
            }
        }
        reading.end_run(run);
        reading
    }

    /// Ends a run of symbols: 5k symbols are k groups, any other number is one group that can't be read.
    fn end_run(&mut self, start: usize) {
        let len = self.count - start;
        let size = if len % SYMBOLS_IN_A_GROUP == 0 { SYMBOLS_IN_A_GROUP } else { len };
        for start in (start..self.count).step_by(size.max(1)) {
            if let Some(group) = self.groups.get_mut(self.group_count) {
                *group = Span { start, len: size };
            }
            self.group_count += 1;
        }
    }

    /// All symbols, without separators.
    pub(crate) fn symbols(&self) -> &[u8] {
        self.symbols.get(..self.count).unwrap_or_default()
    }

    /// The groups between the separators, each of any number of symbols. `None` if there are more than a damaged key can have.
    pub(crate) fn separated(&self) -> Option<impl ExactSizeIterator<Item = &[u8]>> {
        let groups = self.groups.get(..self.group_count)?;
        Some(groups.iter().map(|span| self.symbols.get(span.start..span.start + span.len).unwrap_or_default()))
    }

    /// The number of groups between the separators.
    pub(crate) const fn group_count(&self) -> usize {
        self.group_count
    }

    /// The groups of the text without its separators; `None` if one can't be read, the last is incomplete, or there are more
    /// than any key has.
    pub(crate) fn groups<'g>(&self, groups: &'g mut [Group; MAX_TYPED_GROUPS]) -> Option<&'g [Group]> {
        let symbols = self.symbols();
        match symbols.len() % SYMBOLS_IN_A_GROUP == 0 && !symbols.contains(&UNREADABLE) {
            true => groups_of(symbols, groups),
            false => None,
        }
    }

    /// The error of the text, which is not a key.
    pub(crate) fn error(&self) -> KeyTextError {
        let typed = MIN_TYPED_GROUPS..=MAX_TYPED_GROUPS;
        let by_count = self.count.div_ceil(SYMBOLS_IN_A_GROUP);
        let mut damage = Damage { newer_version: self.newer_version(), ..Damage::default() };
        let separated = self.separated().filter(|groups| typed.contains(&groups.len()));
        if let Some(groups) = separated {
            damage.groups = groups.len();
            damage.unreadable =
                GroupNumbers::of(groups.map(|group| group.len() != SYMBOLS_IN_A_GROUP || unreadable(group)));
        } else if typed.contains(&by_count) {
            // A character missing anywhere makes the last group shorter.
            damage.groups = by_count;
            damage.unreadable = GroupNumbers::of(self.symbols().chunks(SYMBOLS_IN_A_GROUP).map(unreadable));
        } else {
            return KeyTextError::Malformed(Malformation::Groups { found: self.group_count.min(by_count) });
        }
        KeyTextError::Damaged(damage)
    }

    /// The version of the format, if the text begins with K and the version is not 1.
    fn newer_version(&self) -> Option<u8> {
        match self.symbols() {
            [K, second, ..] if *second != UNREADABLE && second >> 2 != 1 => Some(second >> 2),
            _ => None,
        }
    }
}

/// The whole groups of the symbols, all of which can be read; `None` if there are more than any key has.
pub(crate) fn groups_of<'g>(symbols: &[u8], groups: &'g mut [Group; MAX_TYPED_GROUPS]) -> Option<&'g [Group]> {
    let groups = groups.get_mut(..symbols.len() / SYMBOLS_IN_A_GROUP)?;
    for (group, symbols) in groups.iter_mut().zip(symbols.chunks_exact(SYMBOLS_IN_A_GROUP)) {
        *group = Group::from_symbols(symbols.try_into().unwrap_or_default());
    }
    Some(groups)
}

fn unreadable(symbols: &[u8]) -> bool {
    symbols.contains(&UNREADABLE)
}
