//! Repairs a mistyped request. No signature decides which candidate is right, so one equation at least has to be left over:
//! the equations of one unknown group at an unknown place, or of two at known places, have the third as their confirmation.

#![expect(clippy::arithmetic_side_effects, reason = "counts of at most 12 groups")]

use core::ops::Range;

use super::error::TYPED_GROUPS;
use super::{ActivationRequest, GROUPS, TypedRequest};
use crate::Repairs;
use crate::check::sums;
use crate::field::Element;
use crate::group::Group;
use crate::reading::{Reading, UNREADABLE};
use crate::repair::TypedGroup;
use crate::symbol::SYMBOLS_IN_A_GROUP;

const SYMBOLS: usize = GROUPS * SYMBOLS_IN_A_GROUP;
const MAX_SYMBOLS: usize = SYMBOLS + SYMBOLS_IN_A_GROUP;

/// The only request that the text can have been; `None` if there is none, or there are several.
pub(super) fn repair(text: &str) -> Option<TypedRequest> {
    let reading = Reading::of(text);
    let (separated, plain) = (Stream::separated(&reading), Stream::plain(&reading));
    let mut found = Found::default();
    for stream in [&separated, &plain].into_iter().flatten() {
        stream.search_one(&mut found);
    }
    if let Some(stream) = separated.as_ref().or(plain.as_ref()) {
        stream.search_unreadable(&mut found);
    }
    found.first.filter(|_| !found.are_several)
}

/// The requests that were found.
#[derive(Default)]
struct Found {
    first: Option<TypedRequest>,
    are_several: bool,
}

impl Found {
    /// Adds the request of these groups, if they are one: all three sums are checked there.
    fn add(&mut self, groups: &[Group; GROUPS], repairs: impl FnOnce(&mut Repairs)) {
        let Ok(request) = ActivationRequest::from_groups(groups) else { return };
        match &self.first {
            Some(first) => self.are_several |= first.request != request,
            None => {
                let mut list = Repairs::default();
                repairs(&mut list);
                self.first = Some(TypedRequest { request, repairs: list });
            }
        }
    }
}

/// A damaged text as a sequence of symbols.
struct Stream<'r> {
    symbols: [u8; MAX_SYMBOLS],
    len: usize,
    /// The groups between separators, if some of them do not have five characters.
    uneven: Option<&'r Reading>,
}

impl<'r> Stream<'r> {
    /// The groups between the separators. A group that is too short or too long is replaced by one that can't be read.
    /// `None` if all groups have five characters: then [`Stream::plain`] is the same.
    fn separated(reading: &'r Reading) -> Option<Stream<'r>> {
        let groups = reading.separated().filter(|groups| TYPED_GROUPS.contains(&groups.len()))?;
        let len = groups.len() * SYMBOLS_IN_A_GROUP;
        let mut stream = Stream { symbols: [UNREADABLE; MAX_SYMBOLS], len, uneven: None };
        for (place, group) in stream.symbols.chunks_exact_mut(SYMBOLS_IN_A_GROUP).zip(groups) {
            match group.len() {
                SYMBOLS_IN_A_GROUP => place.copy_from_slice(group),
                _ => stream.uneven = Some(reading),
            }
        }
        stream.uneven.is_some().then_some(stream)
    }

    /// All symbols, without separators.
    fn plain(reading: &Reading) -> Option<Stream<'static>> {
        let symbols = reading.symbols();
        if symbols.len() + SYMBOLS_IN_A_GROUP < SYMBOLS {
            return None;
        }
        let mut stream = Stream { symbols: [UNREADABLE; MAX_SYMBOLS], len: symbols.len(), uneven: None };
        stream.symbols.get_mut(..symbols.len())?.copy_from_slice(symbols);
        Some(stream)
    }

    /// The group at `index`, which has slipped by that many symbols, if all of its characters can be read.
    fn group_at(&self, index: usize, slip: isize) -> Option<Group> {
        let start = (index * SYMBOLS_IN_A_GROUP).checked_add_signed(slip)?;
        let symbols: &[u8; SYMBOLS_IN_A_GROUP] = self.symbols.get(start..self.len)?.first_chunk()?;
        (!symbols.contains(&UNREADABLE)).then(|| Group::from_symbols(*symbols))
    }

    /// Looks for requests in which one group is unknown, and the groups after it have slipped by as many symbols as the text
    /// has too many or too few. S_0 gives the group, S_1 and S_2 confirm it at one place.
    fn search_one(&self, found: &mut Found) {
        let slip = self.len as isize - SYMBOLS as isize;
        // The last of several places with the same result comes first, as in license keys.
        for unknown in (0..GROUPS).rev() {
            let slip_of = |index: usize| if index < unknown { 0 } else { slip };
            let readable = |index: &usize| self.group_at(*index, slip_of(*index)).is_some();
            if !(0..GROUPS).filter(|index| *index != unknown).all(|index| readable(&index)) {
                continue;
            }
            let mut groups = core::array::from_fn(|index| match index == unknown {
                true => Group::default(),
                false => self.group_at(index, slip_of(index)).unwrap_or_default(),
            });
            let [first, _, _] = sums(&groups);
            groups.iter_mut().skip(unknown).take(1).for_each(|group| *group = first.into());
            let start = unknown * SYMBOLS_IN_A_GROUP;
            let end = (start + SYMBOLS_IN_A_GROUP).saturating_add_signed(slip);
            found.add(&groups, |repairs| {
                if let Some(group) = groups.get(unknown) {
                    repairs.push(unknown, self.typed(start..end), *group);
                }
            });
        }
    }

    /// Looks for the request in which exactly two groups can't be read. S_0 and S_1 give them, and S_2 confirms them.
    fn search_unreadable(&self, found: &mut Found) {
        if self.len != SYMBOLS {
            return;
        }
        let mut groups: [Group; GROUPS] = core::array::from_fn(|index| self.group_at(index, 0).unwrap_or_default());
        let mut unreadable = (0..GROUPS).filter(|index| self.group_at(*index, 0).is_none());
        let (Some(one), Some(other), None) = (unreadable.next(), unreadable.next(), unreadable.next()) else { return };
        let ([first, second, _], x, y) = (sums(&groups), place(one), place(other));
        // S_0 = e + f and S_1 = X·e + Y·f.
        let at_other = (second ^ x.times(first)).times((x ^ y).inverse());
        let at_one = first ^ at_other;
        for (index, value) in [(one, at_one), (other, at_other)] {
            groups.iter_mut().skip(index).take(1).for_each(|group| *group = value.into());
        }
        found.add(&groups, |repairs| {
            for (index, value) in [(one, at_one), (other, at_other)] {
                let start = index * SYMBOLS_IN_A_GROUP;
                repairs.push(index, self.typed(start..start + SYMBOLS_IN_A_GROUP), value.into());
            }
        });
    }

    /// The symbols in that range, as they were typed.
    fn typed(&self, range: Range<usize>) -> TypedGroup {
        let mut typed = TypedGroup::NOTHING;
        match self.uneven {
            None => typed.push_group(self.symbols.get(range).unwrap_or_default()),
            Some(reading) => {
                let (skip, take) = (range.start / SYMBOLS_IN_A_GROUP, range.len() / SYMBOLS_IN_A_GROUP);
                let groups = reading.separated().into_iter().flatten();
                groups.skip(skip).take(take).for_each(|group| typed.push_group(group));
            }
        }
        typed
    }
}

/// X of the group at `index`: the power of α for its place.
fn place(index: usize) -> Element {
    (index + 1..GROUPS).fold(Element::ONE, |place, _| place.times_alpha())
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;
    use crate::{Fingerprint, Serial};

    /// The codeword with these four places, and the value 1 at the last of them.
    fn codeword(places: [usize; 4]) -> [Element; 4] {
        // The code has distance four, so three places have one solution: Lagrange's.
        let [x, y, z, last] = places.map(place);
        let value = |own: Element, a: Element, b: Element| {
            ((last ^ a).times(last ^ b)).times(((own ^ a).times(own ^ b)).inverse())
        };
        [value(x, y, z), value(y, x, z), value(z, x, y), Element::ONE]
    }

    /// With two unreadable groups and a wrong one, exactly one value of a second wrong group gives another request: a
    /// probability of 1 in 2^25 − 1.
    fn second_wrong_group(request: ActivationRequest, places: [usize; 4], wrong: u32, second: Option<u32>) -> bool {
        let [.., at_wrong, at_second] = codeword(places);
        let factor = Element::new(wrong).times(at_wrong.inverse());
        let difference = second.map_or(factor.times(at_second), Element::new);
        let mut groups: Vec<String> = request.groups().iter().map(ToString::to_string).collect();
        for (place, difference) in [(places[2], Element::new(wrong)), (places[3], difference)] {
            groups[place] = Group::from(request.groups()[place].element() ^ difference).to_string();
        }
        groups[places[0]] = "?????".into();
        groups[places[1]] = "?????".into();
        let found = repair(&groups.join("-"));
        assert!(found.is_none_or(|typed| typed.request != request));
        found.is_some()
    }

    proptest! {
        #[test]
        fn of_two_wrong_groups_beside_two_unreadable_ones_one_value_in_2_25_gives_another_request(
            serial: [u8; 8], wrong in 1_u32..1 << 25, other in 1_u32..1 << 25,
            places in Just((4..GROUPS).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            // The first groups stay: they have the version and the scheme.
            let places: [usize; 4] = places[..4].try_into().unwrap();
            let request = ActivationRequest::new(Serial::from_bytes(serial), Fingerprint::from_digests([Some([7; 3]); 5]));
            prop_assert!(second_wrong_group(request, places, wrong, None));
            let [.., at_wrong, at_second] = codeword(places);
            let fitting = Element::new(wrong).times(at_wrong.inverse()).times(at_second);
            prop_assert_eq!(second_wrong_group(request, places, wrong, Some(other)), other == fitting.bits());
        }
    }
}
