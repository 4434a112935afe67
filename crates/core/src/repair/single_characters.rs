//! Three groups with one wrong character each.
//!
//! Three unknown groups can be solved for wherever they are, so nothing tells the right places; but three solutions that
//! are each a single wrong character are too rare to be chance.

#![expect(clippy::arithmetic_side_effects, reason = "counts of at most 110 groups")]
#![expect(clippy::indexing_slicing, reason = "every table has a place for every group of the longest key")]

use core::ops::ControlFlow;

use super::stream::Stream;
use super::{Search, Step};
use crate::check::sums;
use crate::field::Element;
use crate::group::Group;
use crate::key::MOST_GROUPS;

/// Looks for three groups with one wrong character each.
///
/// For places X, Y, Z the third difference is (S_2 + (X + Y)·S_1 + XY·S_0) / ((X + Z)(Y + Z)).
pub(super) fn search(stream: &Stream<'_>, search: &mut Search<'_>) -> Step {
    let Some(count) = stream.whole_groups() else {
        return ControlFlow::Continue(());
    };
    let mut groups = [Group::default(); MOST_GROUPS];
    for (index, group) in groups.iter_mut().enumerate().take(count) {
        match stream.group_at(index, 0) {
            Some(read) => *group = read,
            None => return ControlFlow::Continue(()),
        }
    }
    let groups = &mut groups[..count];
    let sums = sums(groups);
    let [s0, s1, s2] = sums;

    // The power of α for each place, counted from the last group; 1/Z²; and 1/(1 + α^i), so that 1/(X + Z) with
    // X = α^i·Z is this by 1/Z.
    let mut places = [Element::ONE; MOST_GROUPS];
    let mut inverse_squares = [Element::ONE; MOST_GROUPS];
    let mut inverses = [Element::ZERO; MOST_GROUPS];
    let inverse_alpha_2 = Element::ONE.times_alpha_2().inverse();
    for index in 1..count {
        places[index] = places[index - 1].times_alpha();
        inverse_squares[index] = inverse_squares[index - 1].times(inverse_alpha_2);
        inverses[index] = (Element::ONE ^ places[index]).inverse();
    }

    let mut by_x = [Element::ZERO; MOST_GROUPS];
    for x in 2..count {
        let (at_0, at_1) = (s1 ^ places[x].times(s0), s2 ^ places[x].times(s1));
        for z in 0..x {
            by_x[z] = inverse_squares[z].times(inverses[x - z]);
        }
        for y in 1..x {
            let numerator = at_1 ^ places[y].times(at_0);
            for z in 0..y {
                let at_z = numerator.times(by_x[z].times(inverses[y - z]));
                if is_single_character(at_z) {
                    let differences = solve(sums, [places[x], places[y], places[z]], at_z);
                    if differences.into_iter().all(is_single_character) {
                        let places = [x, y, z].map(|place| count - 1 - place);
                        propose(stream, groups, places, differences, search)?;
                    }
                }
            }
        }
    }
    ControlFlow::Continue(())
}

/// The differences at all three places, given the third.
fn solve([s0, s1, _]: [Element; 3], [x, y, z]: [Element; 3], at_z: Element) -> [Element; 3] {
    let (s0, s1) = (s0 ^ at_z, s1 ^ z.times(at_z));
    let at_y = (s1 ^ x.times(s0)).times((x ^ y).inverse());
    [s0 ^ at_y, at_y, at_z]
}

#[cold]
fn propose(
    stream: &Stream<'_>,
    groups: &[Group],
    places: [usize; 3],
    differences: [Element; 3],
    search: &mut Search<'_>,
) -> Step {
    let mut repaired = [Group::default(); MOST_GROUPS];
    let repaired = &mut repaired[..groups.len()];
    repaired.copy_from_slice(groups);
    for (place, difference) in places.into_iter().zip(differences) {
        repaired[place] = Group::from(groups[place].element() ^ difference);
    }
    let repaired = &*repaired;
    search.count_solution()?;
    search.propose(repaired, 0, |repairs| {
        for place in places {
            repairs.push(place, stream.typed_at(place), repaired[place]);
        }
    })
}

fn is_single_character(difference: Element) -> bool {
    let bits = difference.bits();
    bits != 0 && [0, 5, 10, 15, 20].iter().any(|shift| bits & !(0b11111 << shift) == 0)
}
