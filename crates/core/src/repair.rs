//! Finds the key that a damaged text was: the check groups propose, a signature decides.
//!
//! With the sums S_0, S_1, S_2 of the format, X the power of α that belongs to a place and e what is to be added there:
//! one unknown group satisfies S_j = X^j·e, two satisfy S_j = X^j·e + Y^j·f. Three equations leave two of them to tell
//! which single place it is, one to tell which two places, and none for three places, which have to be known or to be
//! single characters.

// Each module may use those to its left:
//
//     repairs ← stream ← alignment, marked, rows, single_characters
mod alignment;
mod marked;
mod repairs;
mod rows;
mod single_characters;
mod stream;

use core::ops::ControlFlow;

use crate::LicenseKey;
use crate::group::Group;
use crate::key_text_error::KeyTextError;
use crate::reading::Reading;

pub use repairs::{Repair, Repairs, TypedGroup};
use stream::Stream;

/// What a judge says of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The signature is good: this was the key.
    Genuine,
    /// It is not: try the next.
    Refused,
    /// It is not, and enough have been tried.
    Enough,
}

/// A key that a damaged text may have been.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'k> {
    key: &'k LicenseKey,
    redundant_equations: u8,
}

impl<'k> Candidate<'k> {
    /// The key, not verified: its magic, version, checks and pad bits are right.
    pub const fn key(&self) -> &'k LicenseKey {
        self.key
    }

    /// How many of the three check equations were not needed to find it, 0 to 3: the more, the less it is chance.
    pub const fn redundant_equations(&self) -> u8 {
        self.redundant_equations
    }
}

/// A key that was found in a damaged text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repaired {
    /// The key.
    pub key: LicenseKey,
    /// What was typed, and what it should have been.
    pub repairs: Repairs,
}

/// Looks for the key that a damaged text was, and asks `judge` about each candidate.
///
/// The judge must say [`Verdict::Genuine`] only of a key whose signature it has verified, and should give up after some
/// number of signatures, since crafted text can make many candidates. `keyward-verifier` does both; use it, unless you
/// are writing another.
///
/// What is found: any one or two groups wrong or missing, wherever and however; any three whose places show; up to
/// fifteen characters marked `?`, where the equations determine them; three groups with one wrong character each; a group
/// or a row of six typed twice; two rows exchanged; a character missing or doubled in a text without separators, also
/// with one more group wrong. A text that is a key as it stands is not repaired: `None`.
#[inline(never)]
pub fn repair(text: &str, mut judge: impl FnMut(Candidate<'_>) -> Verdict) -> Option<Repaired> {
    let Err(KeyTextError::Damaged(_)) = text.parse::<LicenseKey>() else {
        return None;
    };
    let reading = Reading::of(text);
    let separated = Stream::separated(&reading);
    let unseparated = Stream::unseparated(&reading);
    let streams = [separated.as_ref(), unseparated.as_ref()];
    let streams = || streams.iter().copied().flatten();

    let mut search = Search { judge: &mut judge, solutions_left: MAX_SOLUTIONS };
    let mut run = || {
        // None of these searches is inlined: the stack then holds what one of them needs, and not all.
        for redundant in (0..=3).rev() {
            for stream in streams() {
                marked::search(stream, redundant, &mut search)?;
                match redundant {
                    3 => rows::search(stream, rows::Wrong::None, &mut search)?,
                    2 => {
                        alignment::search_one(stream, &mut search)?;
                        rows::search(stream, rows::Wrong::OneGroup, &mut search)?;
                    }
                    1 => alignment::search_two(stream, &mut search)?,
                    _ => single_characters::search(stream, &mut search)?,
                }
            }
        }
        ControlFlow::Continue(())
    };
    match run() {
        ControlFlow::Break(repaired) => repaired,
        ControlFlow::Continue(()) => None,
    }
}

/// How many solutions of the equations are looked at. An honest text has one, found again with each group beside the
/// wrong one in turn; a crafted text may have any number, and its refusal must not take long.
const MAX_SOLUTIONS: u16 = 2000;

/// The search for a key, ended by a genuine one or by having tried enough.
struct Search<'judge> {
    judge: &'judge mut dyn FnMut(Candidate<'_>) -> Verdict,
    solutions_left: u16,
}

type Step = ControlFlow<Option<Repaired>>;

impl Search<'_> {
    /// Proposes a solution of the equations: all groups of a key, how many equations it did not need, and a way to say
    /// what it repairs.
    fn propose(&mut self, groups: &[Group], redundant: u8, repairs: impl FnOnce(&mut Repairs)) -> Step {
        let Ok(key) = LicenseKey::from_groups(groups) else {
            return ControlFlow::Continue(());
        };
        match (self.judge)(Candidate { key: &key, redundant_equations: redundant }) {
            Verdict::Genuine => {
                let mut list = Repairs::default();
                repairs(&mut list);
                ControlFlow::Break(Some(Repaired { key, repairs: list }))
            }
            Verdict::Refused => ControlFlow::Continue(()),
            Verdict::Enough => ControlFlow::Break(None),
        }
    }

    /// Notes that the equations have one more solution, and ends the search where there were too many.
    fn count_solution(&mut self) -> Step {
        match self.solutions_left.checked_sub(1) {
            Some(left) => self.solutions_left = left,
            None => return ControlFlow::Break(None),
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_ends_where_a_text_has_more_solutions_than_are_looked_at() {
        let mut refuse = |_: Candidate<'_>| Verdict::Refused;
        let mut search = Search { judge: &mut refuse, solutions_left: 2 };
        assert_eq!(search.count_solution(), ControlFlow::Continue(()));
        assert_eq!(search.count_solution(), ControlFlow::Continue(()));
        assert_eq!(search.count_solution(), ControlFlow::Break(None));
    }
}
