//! Computes characters that can't be read, in known places. Each equation over GF(2^25) is 25 equations over GF(2), and
//! each unknown character has five unknown bits.

#![expect(clippy::arithmetic_side_effects, reason = "shifts by less than the width, and counts of at most 2,750 bits")]

use core::ops::ControlFlow;

use super::stream::Stream;
use super::{Search, Step};
use crate::check::{CHECK_GROUPS, sums};
use crate::field::Element;
use crate::group::Group;
use crate::key::MAX_GROUPS;
use crate::reading::UNREADABLE;
use crate::symbol::SYMBOLS_IN_A_GROUP;

const EQUATIONS: usize = CHECK_GROUPS * Group::BITS;
const BITS_IN_A_SYMBOL: usize = 5;

/// Computes the characters that can't be read, if exactly `redundant` of the three equations are not needed for it.
#[inline(never)]
pub(super) fn search(stream: &Stream<'_>, redundant: u8, search: &mut Search<'_>) -> Step {
    let Some(count) = stream.whole_groups() else {
        return ControlFlow::Continue(());
    };
    let mut groups = [Group::default(); MAX_GROUPS];
    let mut unknown = Unknown::default();
    for (index, group) in groups.iter_mut().enumerate().take(count) {
        let symbols = stream.symbols_at(index, 0).copied().unwrap_or([UNREADABLE; SYMBOLS_IN_A_GROUP]);
        *group = Group::from_symbols(symbols.map(|symbol| if symbol == UNREADABLE { 0 } else { symbol }));
        for (place, _) in symbols.iter().enumerate().filter(|(_, symbol)| **symbol == UNREADABLE) {
            let lowest = (SYMBOLS_IN_A_GROUP - 1 - place) * BITS_IN_A_SYMBOL;
            for bit in lowest..lowest + BITS_IN_A_SYMBOL {
                unknown.push(Bit { group: index, bit });
            }
        }
    }
    if unknown.len == 0 || unknown.len > EQUATIONS || (EQUATIONS - unknown.len) / Group::BITS != usize::from(redundant)
    {
        return ControlFlow::Continue(());
    }
    let groups = groups.get(..count).unwrap_or_default();
    let Some(solutions) = unknown.solve(groups) else {
        return ControlFlow::Continue(());
    };
    // If the equations leave a choice, none of them was redundant.
    let redundant = if solutions.is_only_one() { redundant } else { 0 };
    for solution in solutions.iter() {
        let mut solved = [Group::default(); MAX_GROUPS];
        let solved = solved.get_mut(..count).unwrap_or_default();
        solved.copy_from_slice(groups);
        for (place, bit) in unknown.bits().iter().enumerate() {
            if let Some(group) = solved.get_mut(bit.group).filter(|_| solution >> place & 1 == 1) {
                *group = Group::new(group.bits() | 1 << bit.bit);
            }
        }
        search.count_solution()?;
        search.propose(solved, redundant, |repairs| {
            for (index, group) in solved.iter().enumerate() {
                repairs.push(index, stream.typed_at(index), *group);
            }
        })?;
    }
    ControlFlow::Continue(())
}

/// An unknown bit: its group, and its number in the group.
#[derive(Clone, Copy, Default)]
struct Bit {
    group: usize,
    bit: usize,
}

/// The unknown bits. `len` counts also those for which there is no room.
struct Unknown {
    bits: [Bit; EQUATIONS],
    len: usize,
}

impl Default for Unknown {
    fn default() -> Unknown {
        Unknown { bits: [Bit::default(); EQUATIONS], len: 0 }
    }
}

impl Unknown {
    fn push(&mut self, bit: Bit) {
        if let Some(place) = self.bits.get_mut(self.len) {
            *place = bit;
        }
        self.len += 1;
    }

    fn bits(&self) -> &[Bit] {
        self.bits.get(..self.len).unwrap_or_default()
    }

    /// All values of the unknown bits that make the sums zero. `None` if there are none, or more than 32, as trying so many
    /// would be guessing. The unknown bits are zero in `groups`.
    fn solve(&self, groups: &[Group]) -> Option<Solutions> {
        // Gaussian elimination. A row has the effect of some unknown bits on the sums, and these bits; it stands at the place
        // of the highest bit of its effect.
        let mut rows = [(0_u128, 0_u128); EQUATIONS];
        let reduce = |rows: &[(u128, u128); EQUATIONS], mut sums: u128, mut choice: u128| {
            for (highest, (row, bits)) in rows.iter().enumerate().rev() {
                if sums >> highest & 1 == 1 && *row != 0 {
                    sums ^= row;
                    choice ^= bits;
                }
            }
            (sums, choice)
        };
        let mut solutions = Solutions { one: 0, idle: [0; Solutions::MAX_IDLE], count: 0 };
        for (place, bit) in self.bits().iter().enumerate() {
            let (sums, choice) = reduce(&rows, effect(*bit, groups.len()), 1 << place);
            match sums.checked_ilog2().and_then(|highest| usize::try_from(highest).ok()) {
                Some(highest) => *rows.get_mut(highest)? = (sums, choice),
                // These bits together have no effect: a solution may have all of them inverted.
                None => {
                    *solutions.idle.get_mut(solutions.count)? = choice;
                    solutions.count += 1;
                }
            }
        }
        match reduce(&rows, side_by_side(sums(groups)), 0) {
            (0, choice) => Some(Solutions { one: choice, ..solutions }),
            _ => None,
        }
    }
}

/// All values of the unknown bits that make the sums zero: one solution, and the sets of bits without an effect, each of
/// which may be inverted in it.
struct Solutions {
    one: u128,
    idle: [u128; Solutions::MAX_IDLE],
    count: usize,
}

impl Solutions {
    /// At most five such sets make at most 2^5 solutions.
    const MAX_IDLE: usize = 5;

    fn is_only_one(&self) -> bool {
        self.count == 0
    }

    fn iter(&self) -> impl Iterator<Item = u128> {
        (0..1_u32 << self.count).map(|chosen| {
            let idle = self.idle.iter().enumerate().filter(|(place, _)| chosen >> place & 1 == 1);
            idle.fold(self.one, |choice, (_, idle)| choice ^ idle)
        })
    }
}

/// The effect of one bit on the sums.
fn effect(bit: Bit, groups: usize) -> u128 {
    let mut effect = [Element::new(1 << bit.bit); CHECK_GROUPS];
    for _ in bit.group + 1..groups {
        let [first, second, third] = effect;
        effect = [first, second.times_alpha(), third.times_alpha_2()];
    }
    side_by_side(effect)
}

fn side_by_side(sums: [Element; CHECK_GROUPS]) -> u128 {
    sums.iter().fold(0, |row, sum| row << Group::BITS | u128::from(sum.bits()))
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use core::ops::Range;
    use std::collections::BTreeSet;
    use std::vec::Vec;

    use super::*;
    use crate::check::check_groups;

    /// One character marked in each of these groups, in a place that follows from the number.
    fn marked(number: usize, groups: Range<usize>) -> Unknown {
        let mut unknown = Unknown::default();
        for group in groups {
            let lowest = number / (group + 1) % SYMBOLS_IN_A_GROUP * BITS_IN_A_SYMBOL;
            for bit in lowest..lowest + BITS_IN_A_SYMBOL {
                unknown.push(Bit { group, bit });
            }
        }
        unknown
    }

    #[test]
    fn every_choice_that_the_equations_leave_is_tried_and_one_is_right() {
        let data = [Group::new(0x155_5555); 27];
        let key: Vec<Group> = data.into_iter().chain(check_groups(&data)).collect();
        let mut choices = BTreeSet::new();
        for number in 0..200 {
            let unknown = marked(number, 10..25);
            let holes = unknown.bits().iter().fold(key.clone(), |mut groups, bit| {
                groups[bit.group] = Group::new(groups[bit.group].bits() & !(1 << bit.bit));
                groups
            });
            let right =
                unknown.bits().iter().enumerate().fold(0, |solution, (place, bit)| {
                    solution | u128::from(key[bit.group].bits() >> bit.bit & 1) << place
                });
            let Some(solutions) = unknown.solve(&holes) else {
                // More than 32 choices.
                continue;
            };
            let all: BTreeSet<u128> = solutions.iter().collect();
            assert!(all.contains(&right), "{number}");
            assert_eq!(all.len(), 1 << solutions.count, "{number}");
            assert_eq!(solutions.is_only_one(), all.len() == 1, "{number}");
            for solution in &all {
                let mut filled = holes.clone();
                for (place, bit) in unknown.bits().iter().enumerate() {
                    let set = (solution >> place & 1) as u32;
                    filled[bit.group] = Group::new(filled[bit.group].bits() | set << bit.bit);
                }
                assert_eq!(sums(&filled), [Element::ZERO; CHECK_GROUPS], "{number}");
            }
            choices.insert(solutions.count);
        }
        assert!(choices.len() >= 3, "{choices:?}");
    }
}
