//! Rows of six groups: one is typed twice, or two are exchanged. One more group may be wrong.

#![expect(clippy::arithmetic_side_effects, reason = "counts of at most 116 groups")]

use core::ops::{ControlFlow, Range};

use super::repairs::TypedGroup;
use super::stream::Stream;
use super::{Search, Step};
use crate::check::sums;
use crate::field::Element;
use crate::group::Group;
use crate::key::{MAX_GROUPS, MIN_GROUPS};
use crate::reading::MAX_TYPED_GROUPS;
use crate::symbol::SYMBOLS_IN_A_GROUP;

const ROW: usize = 6;

/// Further mistakes beside the rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    None,
    OneGroup,
}

/// Tries to leave out each row, and to exchange any two rows.
#[inline(never)]
pub(super) fn search(stream: &Stream<'_>, wrong: Wrong, search: &mut Search<'_>) -> Step {
    let typed = stream.len() / SYMBOLS_IN_A_GROUP;
    if stream.len() % SYMBOLS_IN_A_GROUP != 0 {
        return ControlFlow::Continue(());
    }
    if (MIN_GROUPS..=MAX_GROUPS).contains(&typed.saturating_sub(ROW)) {
        for doubled in 0..=typed - ROW {
            Arrangement::without_row(typed, doubled).search(stream, wrong, search)?;
        }
    }
    if stream.whole_groups().is_some() {
        let rows = typed.div_ceil(ROW);
        for upper in 0..rows {
            for lower in upper + 1..rows {
                Arrangement::with_rows_exchanged(typed, upper, lower).search(stream, wrong, search)?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// For each group of the key, its place in the text.
struct Arrangement {
    places: [usize; MAX_TYPED_GROUPS],
    len: usize,
    /// The first group of the row that is left out, since it was typed twice.
    doubled: Option<usize>,
}

impl Arrangement {
    /// The key as these parts of the text, one after the other.
    fn new(parts: &[Range<usize>], doubled: Option<usize>) -> Arrangement {
        let mut arrangement = Arrangement { places: [0; MAX_TYPED_GROUPS], len: 0, doubled };
        for typed in parts.iter().cloned().flatten() {
            if let Some(place) = arrangement.places.get_mut(arrangement.len) {
                *place = typed;
                arrangement.len += 1;
            }
        }
        arrangement
    }

    fn without_row(typed: usize, doubled: usize) -> Arrangement {
        Arrangement::new(&[0..doubled, doubled + ROW..typed], Some(doubled))
    }

    /// The last row of a key may be shorter. If it was typed in the place of another row, the rows between have moved up.
    fn with_rows_exchanged(typed: usize, upper: usize, lower: usize) -> Arrangement {
        let (upper, lower) = (upper * ROW, lower * ROW);
        let short = (typed - lower).min(ROW);
        let moved_up = upper + short..lower - (ROW - short);
        let typed_last = moved_up.end..moved_up.end + ROW;
        let parts = [0..upper, typed_last, moved_up, upper..upper + short, lower + short..typed];
        Arrangement::new(&parts, None)
    }

    fn places(&self) -> &[usize] {
        self.places.get(..self.len).unwrap_or_default()
    }

    fn search(&self, stream: &Stream<'_>, wrong: Wrong, search: &mut Search<'_>) -> Step {
        let mut groups = [Group::default(); MAX_TYPED_GROUPS];
        let groups = groups.get_mut(..self.len).unwrap_or_default();
        let mut unreadable = None;
        for (index, (group, place)) in groups.iter_mut().zip(self.places()).enumerate() {
            match stream.group_at(*place, 0) {
                Some(read) => *group = read,
                None if wrong == Wrong::OneGroup && unreadable.is_none() => unreadable = Some(index),
                None => return ControlFlow::Continue(()),
            }
        }
        let redundant = match wrong {
            Wrong::None => {
                if sums(groups) != [Element::ZERO; 3] {
                    return ControlFlow::Continue(());
                }
                3
            }
            Wrong::OneGroup => {
                // A group that can't be read counts as zero in the sums, and may be zero.
                let found = match (one_wrong(groups), unreadable) {
                    (Some(wrong), None) => wrong,
                    (Some((index, difference)), Some(unreadable)) if index == unreadable => (index, difference),
                    (None, Some(unreadable)) if sums(groups) == [Element::ZERO; 3] => (unreadable, Element::ZERO),
                    _ => return ControlFlow::Continue(()),
                };
                let (index, difference) = found;
                if let Some(group) = groups.get_mut(index) {
                    *group = Group::from(group.element() ^ difference);
                }
                2
            }
        };
        let groups = &*groups;
        search.count_solution()?;
        search.propose(groups, redundant, |repairs| {
            for (index, group) in groups.iter().enumerate() {
                repairs.push(index, self.typed(stream, index), *group);
            }
        })
    }

    /// The characters that were typed for the group at `index`: both groups, if it was typed twice.
    fn typed(&self, stream: &Stream<'_>, index: usize) -> TypedGroup {
        let group = |place: usize| place * SYMBOLS_IN_A_GROUP..(place + 1) * SYMBOLS_IN_A_GROUP;
        // A row that is left out at the end is shown with the last six groups.
        match self.doubled.map(|doubled| doubled.min(self.len.saturating_sub(ROW))) {
            Some(doubled) if (doubled..doubled + ROW).contains(&index) => {
                stream.typed(group(index)).and(stream.typed(group(index + ROW)))
            }
            Some(doubled) if index >= doubled => stream.typed(group(index + ROW)),
            _ => stream.typed(group(index)),
        }
    }
}

/// The place of the wrong group and the difference there, if one wrong group explains the sums.
fn one_wrong(groups: &[Group]) -> Option<(usize, Element)> {
    let [difference, second, third] = sums(groups);
    let (mut expected_second, mut expected_third) = (difference, second);
    for index in (0..groups.len()).rev() {
        if (expected_second, expected_third) == (second, third) {
            return Some((index, difference)).filter(|_| difference != Element::ZERO);
        }
        (expected_second, expected_third) = (expected_second.times_alpha(), expected_third.times_alpha());
    }
    None
}
