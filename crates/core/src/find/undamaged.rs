//! Finds keys without a mistake, by their check groups.

#![expect(clippy::arithmetic_side_effects, reason = "counts of at most 116 groups, and places in a text")]

use super::Undamaged;
use super::run::Run;
use crate::LicenseKey;
use crate::copied::{Copied, CopiedText};
use crate::group::Group;
use crate::key_text_error::KeyTextError;
use crate::reading::{MAX_TEXT_BYTES, MAX_TYPED_GROUPS};
use crate::symbol::{K, SYMBOLS_IN_A_GROUP, Symbol};

/// The first key from `at` on. A key begins with a K at `at`, at the start of a run, or after a character that can't be
/// read.
pub(super) fn search(text: CopiedText<'_>, at: usize, starts_left: &mut u16) -> Option<Undamaged> {
    let mut rest = text.part(at, text.len());
    let mut may_begin = true;
    loop {
        let here = rest.clone();
        let piece = rest.next()?;
        if may_begin && piece.symbol == Symbol::Value(K) {
            if let Some((end, key)) = plain(here.clone(), piece.start).or_else(|| by_runs(here, piece.start)) {
                return Some(Undamaged { start: piece.start, end, key });
            }
            *starts_left = starts_left.checked_sub(1)?;
        }
        may_begin = !matches!(piece.symbol, Symbol::Value(_));
    }
}

type Found = (usize, Result<LicenseKey, KeyTextError>);

/// The key of the next symbols, with any separators.
fn plain(symbols: Copied<'_>, start: usize) -> Option<Found> {
    let mut groups = Groups::NONE;
    let (mut group, mut len) = ([0; SYMBOLS_IN_A_GROUP], 0);
    for piece in symbols.up_to(start + MAX_TEXT_BYTES) {
        match piece.symbol {
            Symbol::Separator => continue,
            Symbol::Unreadable => return None,
            Symbol::Value(value) => *group.get_mut(len)? = value,
        }
        len += 1;
        if len == SYMBOLS_IN_A_GROUP {
            groups.push(group)?;
            if let Some(key) = groups.key().filter(|_| piece.end - start <= MAX_TEXT_BYTES) {
                return Some((piece.end, key));
            }
            len = 0;
        }
    }
    None
}

/// The key of the next runs that are whole groups. There may be other words between its groups, such as line numbers, marks
/// of quotations or tags.
fn by_runs(symbols: Copied<'_>, start: usize) -> Option<Found> {
    /// Room for the separator after the last run.
    const ONE_MORE: usize = 16;
    /// The largest number of other words; two more are permitted for each group.
    const MAX_OTHER_WORDS: usize = 8;
    let mut groups = Groups::NONE;
    let mut others = 0_usize;
    let mut symbols = symbols.up_to(start + MAX_TEXT_BYTES + ONE_MORE);
    while let Some(run) = Run::next(&mut symbols).filter(|run| run.end - start <= MAX_TEXT_BYTES) {
        if symbols.is_cut() {
            return None;
        }
        if run.unreadable > 0 || run.len % SYMBOLS_IN_A_GROUP != 0 {
            others += 1;
            if others > MAX_OTHER_WORDS + 2 * groups.count {
                return None;
            }
            continue;
        }
        let count = run.groups();
        let mut symbols = run.from.take(run.len).map(|piece| match piece.symbol {
            Symbol::Value(value) => value,
            _ => 0,
        });
        for _ in 0..count {
            let mut group = [0; SYMBOLS_IN_A_GROUP];
            group.iter_mut().zip(&mut symbols).for_each(|(place, value)| *place = value);
            groups.push(group)?;
        }
        if let Some(key) = groups.key() {
            return Some((run.end, key));
        }
    }
    None
}

/// The first groups of a possible key.
struct Groups {
    groups: [Group; MAX_TYPED_GROUPS],
    count: usize,
    /// The groups' sum in the field. It excludes nearly all texts that are not keys, and is faster than the other two sums.
    sum: u32,
}

impl Groups {
    const NONE: Groups = Groups { groups: [Group::new(0); MAX_TYPED_GROUPS], count: 0, sum: 0 };

    /// `None` if there are more than any key has.
    fn push(&mut self, symbols: [u8; SYMBOLS_IN_A_GROUP]) -> Option<()> {
        let group = Group::from_symbols(symbols);
        *self.groups.get_mut(self.count)? = group;
        self.count += 1;
        self.sum ^= group.bits();
        Some(())
    }

    /// The key of these groups; `None` if the check groups are wrong.
    fn key(&self) -> Option<Result<LicenseKey, KeyTextError>> {
        /// The smallest number of groups of a key of a later version.
        const MIN_GROUPS: usize = 4;
        if self.count < MIN_GROUPS || u32::try_from(self.count) != Ok(self.sum) {
            return None;
        }
        let key = LicenseKey::from_groups(self.groups.get(..self.count)?);
        Some(key).filter(|key| !matches!(key, Err(KeyTextError::Damaged(_))))
    }
}
