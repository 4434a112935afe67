//! Three groups with one wrong character each.
//!
//! The equations have a solution for any three places, so they do not tell the right places. But it is very unlikely that
//! all three differences are single characters by chance.

#![expect(clippy::arithmetic_side_effects, reason = "counts of at most 110 groups")]

use core::ops::ControlFlow;

use super::stream::Stream;
use super::{Search, Step};
use crate::check::sums;
use crate::field::Element;
use crate::group::Group;
use crate::key::MAX_GROUPS;

/// Looks for three groups with one wrong character each.
///
/// For places X, Y, Z the third difference is (S_2 + (X + Y)·S_1 + XY·S_0) / ((X + Z)(Y + Z)).
#[inline(never)]
pub(super) fn search(stream: &Stream<'_>, search: &mut Search<'_>) -> Step {
    let Some(count) = stream.whole_groups() else {
        return ControlFlow::Continue(());
    };
    let mut groups = [Group::default(); MAX_GROUPS];
    for (index, group) in groups.iter_mut().enumerate().take(count) {
        match stream.group_at(index, 0) {
            Some(read) => *group = read,
            None => return ControlFlow::Continue(()),
        }
    }
    let groups = groups.get(..count).unwrap_or_default();
    let sums = sums(groups);
    let [s0, s1, s2] = sums;

    // For each place, counted from the last group: the power of α; 1/Z²; and 1/(1 + α^i). With X = α^i·Z, 1/(X + Z) is the
    // product of 1/(1 + α^i) and 1/Z.
    let mut places = [Element::ONE; MAX_GROUPS];
    let mut inverse_squares = [Element::ONE; MAX_GROUPS];
    let mut inverses = [Element::ZERO; MAX_GROUPS];
    let inverse_alpha_2 = Element::ONE.times_alpha_2().inverse();
    let (mut place, mut inverse_square) = (Element::ONE, Element::ONE);
    for ((place_at, inverse_square_at), inverse_at) in
        places.iter_mut().take(count).zip(&mut inverse_squares).zip(&mut inverses)
    {
        // The inverse of 1 + α^0, which is 0, is taken as 0.
        (*place_at, *inverse_square_at, *inverse_at) = (place, inverse_square, (Element::ONE ^ place).inverse());
        place = place.times_alpha();
        inverse_square = inverse_square.times(inverse_alpha_2);
    }
    // The inverses of 1 + α^i for i from `distance` down to 1.
    let down_from = |distance: usize| inverses.get(1..=distance).unwrap_or_default().iter().rev();

    let mut by_x = [Element::ZERO; MAX_GROUPS];
    for (x, at_x) in places.iter().enumerate().take(count).skip(2) {
        let (at_0, at_1) = (s1 ^ at_x.times(s0), s2 ^ at_x.times(s1));
        for ((by_x, inverse_square), inverse) in by_x.iter_mut().zip(&inverse_squares).zip(down_from(x)) {
            *by_x = inverse_square.times(*inverse);
        }
        for (y, at_y) in places.iter().enumerate().take(x).skip(1) {
            let numerator = at_1 ^ at_y.times(at_0);
            for (z, (by_x, inverse)) in by_x.iter().zip(down_from(y)).enumerate() {
                let difference = numerator.times(by_x.times(*inverse));
                if is_single_character(difference) {
                    let at_z = places.get(z).copied().unwrap_or_default();
                    let differences = solve(sums, [*at_x, *at_y, at_z], difference);
                    if differences.iter().copied().all(is_single_character) {
                        let places = [x, y, z].map(|place| count - 1 - place);
                        propose(stream, groups, places, differences, search)?;
                    }
                }
            }
        }
    }
    ControlFlow::Continue(())
}

/// The differences at the three places, computed from that at the third.
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
    let mut repaired = [Group::default(); MAX_GROUPS];
    for (index, (repaired, group)) in repaired.iter_mut().zip(groups).enumerate() {
        let difference = places.iter().zip(&differences).find(|(place, _)| **place == index);
        *repaired = difference.map_or(*group, |(_, difference)| Group::from(group.element() ^ *difference));
    }
    let repaired = repaired.get(..groups.len()).unwrap_or_default();
    search.count_solution()?;
    search.propose(repaired, 0, |repairs| {
        for place in places {
            repairs.push(place, stream.typed_at(place), repaired.get(place).copied().unwrap_or_default());
        }
    })
}

fn is_single_character(difference: Element) -> bool {
    let bits = difference.bits();
    bits != 0 && [0, 5, 10, 15, 20].iter().any(|shift| bits & !(0b11111 << shift) == 0)
}
