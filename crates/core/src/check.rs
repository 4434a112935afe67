//! Check groups: three symbols of a Reed-Solomon code over GF(2^25). With them, the word n, g_0, …, g_(n−1) is divisible by
//! (x + 1)(x + α)(x + α²). The number of groups, n, precedes the groups, so a group too many or too few changes all check
//! groups.

#![expect(clippy::arithmetic_side_effects, reason = "a key has at most 110 groups")]

use crate::field::Element;
use crate::group::Group;

/// The number of check groups in a key.
pub(crate) const CHECK_GROUPS: usize = 3;

/// The check groups for these data groups: the remainder of a long division.
pub(crate) fn check_groups(data: &[Group]) -> [Group; CHECK_GROUPS] {
    let count = data.len() + CHECK_GROUPS;
    let [mut first, mut second, mut third] = [Element::ZERO; CHECK_GROUPS];
    for symbol in core::iter::once(count_element(count)).chain(data.iter().map(|group| group.element())) {
        let quotient = symbol ^ first;
        let by_alpha = quotient.times_alpha();
        let by_alpha_2 = quotient.times_alpha_2();
        let by_alpha_3 = quotient.times_alpha_3();
        // (x + 1)(x + α)(x + α²) = x³ + (1 + α + α²)x² + (α + α² + α³)x + α³
        first = second ^ quotient ^ by_alpha ^ by_alpha_2;
        second = third ^ by_alpha ^ by_alpha_2 ^ by_alpha_3;
        third = by_alpha_3;
    }
    [first, second, third].map(Group::from)
}

/// S_0, S_1, S_2 of the format: all are zero if the check groups are right.
pub(crate) fn sums(groups: &[Group]) -> [Element; CHECK_GROUPS] {
    groups.iter().fold([count_element(groups.len()); CHECK_GROUPS], |[first, second, third], group| {
        [first, second.times_alpha(), third.times_alpha_2()].map(|sum| sum ^ group.element())
    })
}

/// The number of groups, as the field element that precedes them.
pub(crate) fn count_element(groups: usize) -> Element {
    debug_assert!(groups < 1 << 25, "a key has at most 110 groups");
    Element::new(u32::try_from(groups).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// S_j as the format defines it, power by power.
    fn definition(groups: &[Group]) -> [Element; 3] {
        let n = groups.len();
        let alpha = Element::new(1 << 7);
        let power = |exponent: usize| (0..exponent).fold(Element::ONE, |power, _| power.times(alpha));
        [0, 1, 2].map(|j| {
            let terms = groups.iter().enumerate().map(|(i, group)| group.element().times(power(j * (n - 1 - i))));
            terms.fold(count_element(n).times(power(j * n)), |sum, term| sum ^ term)
        })
    }

    proptest! {
        #[test]
        fn check_groups_make_every_sum_vanish(data in prop::collection::vec((0_u32..1 << 25).prop_map(Group::new), 27..=107)) {
            let mut groups = data.clone();
            groups.extend(check_groups(&data));
            prop_assert_eq!(definition(&groups), [Element::ZERO; 3]);
            prop_assert_eq!(sums(&groups), [Element::ZERO; 3]);
        }
    }
}
