//! Finds the original of a damaged key: the check groups give candidates, and a signature decides.
//!
//! S_0, S_1, S_2 are the sums of the format, X is the power of α of a place, and e is the difference there. One unknown
//! group satisfies S_j = X^j·e, two satisfy S_j = X^j·e + Y^j·f. There are three equations. For one unknown group, two of
//! them are left to find its place; for two groups, one is left; for three groups, none is left, so their places have to be
//! known, or the differences have to be single characters.

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

/// The answer of a judge to a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The signature is good: this is the original key.
    Genuine,
    /// The signature is not good: go on with the next candidate.
    Refused,
    /// The signature is not good, and enough candidates have been tried.
    Enough,
}

/// A key that may be the original of a damaged text.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'k> {
    key: &'k LicenseKey,
    redundant_equations: u8,
}

impl<'k> Candidate<'k> {
    /// The key, not verified. Its magic, version, check groups and pad bits are right.
    pub const fn key(&self) -> &'k LicenseKey {
        self.key
    }

    /// The number of check equations that were not needed to find it, 0 to 3. The more there are, the less likely it was
    /// found by chance.
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
    /// The groups that were repaired.
    pub repairs: Repairs,
}

/// Looks for the original key of a damaged text, and asks `judge` about each candidate.
///
/// The judge must answer [`Verdict::Genuine`] only if it has verified the signature of the key. It should give up after some
/// number of signatures, since a crafted text can make many candidates. `keyward-verifier` does both: use it, unless you
/// write another verifier.
///
/// These mistakes are repaired:
///
/// - one or two groups that are wrong or missing, in any place;
/// - three groups that can't be read;
/// - up to fifteen characters marked `?`, if the equations determine them;
/// - three groups with one wrong character each;
/// - a group or a row of six groups typed twice, or two rows exchanged;
/// - a character missing or doubled in a text without separators, also with one more wrong group.
///
/// Returns `None` if no candidate is genuine, and for an undamaged key.
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
        // These searches are not inlined: the stack holds the arrays of one of them at a time.
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

/// The largest number of solutions of the equations that are tried. A mistyped key has one, which is found again with each
/// group beside the wrong one; a crafted text may have any number, and must be refused in a short time.
const MAX_SOLUTIONS: u16 = 2000;

/// A search for the original key. It ends with a genuine key, or after enough candidates.
struct Search<'judge> {
    judge: &'judge mut dyn FnMut(Candidate<'_>) -> Verdict,
    solutions_left: u16,
}

type Step = ControlFlow<Option<Repaired>>;

impl Search<'_> {
    /// Asks the judge about a solution of the equations, the groups of a whole key. `redundant` is the number of equations
    /// that were not needed to find it; `repairs` lists its repairs.
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

    /// Counts a solution of the equations, and ends the search if there were too many.
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
    fn a_search_ends_after_the_largest_number_of_solutions() {
        let mut refuse = |_: Candidate<'_>| Verdict::Refused;
        let mut search = Search { judge: &mut refuse, solutions_left: 2 };
        assert_eq!(search.count_solution(), ControlFlow::Continue(()));
        assert_eq!(search.count_solution(), ControlFlow::Continue(()));
        assert_eq!(search.count_solution(), ControlFlow::Break(None));
    }
}
