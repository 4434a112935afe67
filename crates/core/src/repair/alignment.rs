//! One or two unknown groups, with any alignment of the others: groups are wrong, missing or typed twice, characters are
//! missing or doubled. The groups before the first unknown one are in their places. The groups between the two have slipped
//! by some symbols. The length of the text shows by how many symbols the groups after the second have slipped.

#![expect(clippy::arithmetic_side_effects, reason = "counts of at most 116 groups, slips of at most ten symbols")]

use core::ops::ControlFlow;

use super::stream::Stream;
use super::{Search, Step};
use crate::check::count_element;
use crate::field::Element;
use crate::group::Group;
use crate::key::{MAX_GROUPS, MIN_GROUPS};
use crate::symbol::SYMBOLS_IN_A_GROUP;

/// The largest number of symbols by which one unknown group makes the rest slip: its five symbols, if it is missing or
/// typed twice.
const MAX_SLIP: isize = SYMBOLS_IN_A_GROUP as isize;

/// The power of α for each place. It is the same for keys of every length, since the sums here are those of the format times
/// α^(MAX_GROUPS+1−n).
const PLACES: [Element; MAX_GROUPS] = {
    let mut places = [Element::ONE; MAX_GROUPS];
    let mut index = MAX_GROUPS;
    let mut power = Element::ONE;
    while index > 0 {
        index -= 1;
        power = power.times_alpha();
        #[allow(clippy::indexing_slicing, reason = "at compile time")]
        {
            places[index] = power;
        }
    }
    places
};

/// The power of α for the group at `index`.
fn place(index: usize) -> Element {
    PLACES.get(index).copied().unwrap_or(Element::ZERO)
}

/// Looks for keys with one unknown group.
#[inline(never)]
pub(super) fn search_one(stream: &Stream<'_>, search: &mut Search<'_>) -> Step {
    let (mut before, mut after) = (Sums::NONE, Sums::NONE);
    for (count, slip) in lengths(stream, MAX_SLIP) {
        before.set(stream, 0, count);
        after.set(stream, slip, count);
        // The search begins with the last place, as for two groups. So it finds the last of several places with the same
        // result.
        for (index, place) in PLACES.iter().enumerate().take(count).rev() {
            let sums = count_sums(count).plus(before.up_to(index)).plus(after.range(index + 1, count));
            if sums.unreadable == 0
                && sums.second == sums.first.times(*place)
                && sums.third == sums.second.times(*place)
            {
                search.count_solution()?;
                let unknown = Unknown { index, group: Group::from(sums.first), slip };
                Solution { count, first: unknown, second: None }.propose(stream, search)?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// Looks for keys with two unknown groups.
///
/// Groups at the places X and Y are a solution if S_2 + (X + Y)·S_1 + XY·S_0 = 0. The sums are A + B, where A depends on the
/// first place and B on the second. So the condition is
/// (A_2 + X·A_1) + (B_2 + Y·B_1) + X·(B_1 + Y·B_0) + Y·(A_1 + X·A_0) = 0. It has two products for each pair. As the places
/// are visited in order, each product is the one before times α.
#[inline(never)]
pub(super) fn search_two(stream: &Stream<'_>, search: &mut Search<'_>) -> Step {
    let (mut before, mut between, mut after) = (Sums::NONE, Sums::NONE, Sums::NONE);
    for (count, slip) in lengths(stream, 2 * MAX_SLIP) {
        before.set(stream, 0, count);
        after.set(stream, slip, count);
        let by_second = |middle: &isize| (slip - middle).abs() <= MAX_SLIP;
        for middle in slips(stream, MAX_SLIP).filter(by_second) {
            between.set(stream, middle, count);
            Pairs { stream, count, middle, slip, before: &before, between: &between, after: &after }.search(search)?;
        }
    }
    ControlFlow::Continue(())
}

/// The possible numbers of groups of the key, each with the symbols by which the end of the text has slipped.
fn lengths(stream: &Stream<'_>, most: isize) -> impl Iterator<Item = (usize, isize)> + use<> {
    let len = stream.len();
    slips(stream, most).filter_map(move |slip| {
        let symbols = len.checked_add_signed(-slip)?;
        let count = symbols / SYMBOLS_IN_A_GROUP;
        let possible = symbols % SYMBOLS_IN_A_GROUP == 0 && (MIN_GROUPS..=MAX_GROUPS).contains(&count);
        possible.then_some((count, slip))
    })
}

/// The possible slips, the smallest first: one mistyped group is more likely than a missing group and one that is too long.
fn slips(stream: &Stream<'_>, most: isize) -> impl Iterator<Item = isize> + use<> {
    let step = stream.step();
    core::iter::successors(Some(0), move |slip| {
        let next = if *slip > 0 { -slip } else { step - slip };
        (next <= most).then_some(next)
    })
}

struct Pairs<'a, 'r> {
    stream: &'a Stream<'r>,
    count: usize,
    /// The slip of the groups between the two, and of those after them.
    middle: isize,
    slip: isize,
    before: &'a Sums,
    between: &'a Sums,
    after: &'a Sums,
}

impl Pairs<'_, '_> {
    /// The sums without the groups at the two places consist of two parts. This one depends on the first place.
    fn first_part(&self, first: usize) -> Sum {
        count_sums(self.count).plus(self.before.up_to(first)).minus(self.between.up_to(first + 1))
    }

    fn second_part(&self, second: usize) -> Sum {
        self.between.up_to(second).plus(self.after.range(second + 1, self.count))
    }

    fn search(&self, search: &mut Search<'_>) -> Step {
        // For each second place: B_2 + Y·B_1, and X·(B_1 + Y·B_0), where X is the present first place.
        let mut seconds = [(Element::ZERO, Element::ZERO); MAX_GROUPS];
        for first in (0..self.count - 1).rev() {
            let entering = first + 1;
            let Some(seconds) = seconds.get_mut(entering..self.count) else {
                break;
            };
            if let Some(second) = seconds.first_mut() {
                let (part, y) = (self.second_part(entering), place(entering));
                // For the first place after this one: below, all are multiplied by α.
                let moving = y.times(part.second ^ y.times(part.first));
                *second = (part.third ^ y.times(part.second), moving);
            }

            let (part, x) = (self.first_part(first), place(first));
            let own = part.third ^ x.times(part.second);
            let mut by_second = place(self.count - 1).times(part.second ^ x.times(part.first));
            for (later, (fixed, moving)) in seconds.iter_mut().enumerate().rev() {
                *moving = moving.times_alpha();
                if own ^ *fixed ^ *moving ^ by_second == Element::ZERO {
                    self.solve(first, entering + later, search)?;
                }
                by_second = by_second.times_alpha();
            }
        }
        ControlFlow::Continue(())
    }

    #[cold]
    fn solve(&self, first: usize, second: usize, search: &mut Search<'_>) -> Step {
        let sums = self.first_part(first).plus(self.second_part(second));
        if sums.unreadable != 0 {
            return ControlFlow::Continue(());
        }
        search.count_solution()?;
        let (x, y) = (place(first), place(second));
        let at_second = (sums.second ^ x.times(sums.first)).times((x ^ y).inverse());
        let first = Unknown { index: first, group: Group::from(sums.first ^ at_second), slip: self.middle };
        let second = Unknown { index: second, group: Group::from(at_second), slip: self.slip };
        // If one of the two was typed right, the other is the only unknown group, and that was tried before.
        let right = |unknown: &Unknown, slip_before: isize| {
            unknown.slip == slip_before && self.stream.group_at(unknown.index, unknown.slip) == Some(unknown.group)
        };
        if right(&first, 0) || right(&second, self.middle) {
            return ControlFlow::Continue(());
        }
        Solution { count: self.count, first, second: Some(second) }.propose(self.stream, search)
    }
}

/// A computed group, and the slip of the groups after it.
struct Unknown {
    index: usize,
    group: Group,
    slip: isize,
}

/// A solution: one or two groups, and the alignment of the others.
struct Solution {
    count: usize,
    first: Unknown,
    second: Option<Unknown>,
}

impl Solution {
    fn propose(&self, stream: &Stream<'_>, search: &mut Search<'_>) -> Step {
        let unknown = || core::iter::once(&self.first).chain(&self.second);
        let mut groups = [Group::default(); MAX_GROUPS];
        let mut slip = 0;
        for (index, group) in groups.iter_mut().enumerate().take(self.count) {
            match unknown().find(|unknown| unknown.index == index) {
                Some(unknown) => {
                    *group = unknown.group;
                    slip = unknown.slip;
                }
                None => *group = stream.group_at(index, slip).unwrap_or_default(),
            }
        }
        let groups = groups.get(..self.count).unwrap_or_default();
        let redundant = if self.second.is_some() { 1 } else { 2 };
        search.propose(groups, redundant, |repairs| {
            let mut slip_before = 0;
            for unknown in unknown() {
                let at = |index: usize, slip: isize| (index * SYMBOLS_IN_A_GROUP).saturating_add_signed(slip);
                let range = at(unknown.index, slip_before)..at(unknown.index + 1, unknown.slip);
                let typed_twice = unknown.index.checked_sub(1).filter(|before| {
                    // The equations can't distinguish the second of the two groups from the group after it.
                    unknown.slip - slip_before == MAX_SLIP
                        && stream.group_at(unknown.index, slip_before) == groups.get(*before).copied()
                        && stream.group_at(unknown.index, unknown.slip) == Some(unknown.group)
                });
                let (index, range) = match typed_twice {
                    Some(before) => (before, range.start - SYMBOLS_IN_A_GROUP..range.end - SYMBOLS_IN_A_GROUP),
                    None => (unknown.index, range),
                };
                repairs.push(index, stream.typed(range), groups.get(index).copied().unwrap_or_default());
                slip_before = unknown.slip;
            }
        })
    }
}

/// S_0, S_1, S_2 of some groups times a power of α, and the number of these groups that can't be read.
#[derive(Clone, Copy, Default)]
struct Sum {
    first: Element,
    second: Element,
    third: Element,
    unreadable: usize,
}

impl Sum {
    fn plus(self, other: Sum) -> Sum {
        Sum {
            first: self.first ^ other.first,
            second: self.second ^ other.second,
            third: self.third ^ other.third,
            unreadable: self.unreadable.wrapping_add(other.unreadable),
        }
    }

    fn minus(self, other: Sum) -> Sum {
        self.plus(Sum { unreadable: other.unreadable.wrapping_neg(), ..other })
    }
}

/// The sums of the number of groups, which stands before the groups.
fn count_sums(count: usize) -> Sum {
    let place = place(0).times_alpha();
    let first = count_element(count);
    let second = first.times(place);
    Sum { first, second, third: second.times(place), unreadable: 0 }
}

/// The sums of the first n groups of a text, for every n, if all groups have the same slip.
struct Sums([Sum; MAX_GROUPS + 1]);

impl Sums {
    const NONE: Sums = Sums(
        [Sum { first: Element::ZERO, second: Element::ZERO, third: Element::ZERO, unreadable: 0 }; MAX_GROUPS + 1],
    );

    /// Computes the sums of a text in place: a value of 1.8 KB that is returned would be on the stack twice.
    #[inline(never)]
    fn set(&mut self, stream: &Stream<'_>, slip: isize, count: usize) {
        let mut sum = Sum::default();
        for (index, (place, sums)) in PLACES.iter().zip(self.0.iter_mut().skip(1)).enumerate().take(count) {
            let (group, unreadable) = match stream.group_at(index, slip) {
                Some(group) => (group.element(), 0),
                None => (Element::ZERO, 1),
            };
            let second = group.times(*place);
            sum = sum.plus(Sum { first: group, second, third: second.times(*place), unreadable });
            *sums = sum;
        }
    }

    /// The first `end` groups.
    fn up_to(&self, end: usize) -> Sum {
        self.0.get(end).copied().unwrap_or_default()
    }

    /// The groups from `start` up to `end`, not included.
    fn range(&self, start: usize, end: usize) -> Sum {
        self.up_to(end).minus(self.up_to(start))
    }
}
