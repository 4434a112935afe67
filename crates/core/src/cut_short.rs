//! Recognises keys whose last groups are missing.

use crate::LicenseKey;
use crate::group::Group;
use crate::key::MIN_GROUPS;
use crate::key_text_error::{KeyTextError, Malformation, Missing};
use crate::reading::{MAX_TYPED_GROUPS, MIN_TYPED_GROUPS, Reading, UNREADABLE, groups_of};
use crate::symbol::{K, R, SYMBOLS_IN_A_GROUP};

/// The number of symbols that identify the beginning of a key: no sentence begins like a key for this long.
pub(crate) const TELLING_SYMBOLS: usize = 3 * SYMBOLS_IN_A_GROUP;

/// Whether the symbols are the beginning of a key of this version.
pub(crate) fn begins_a_key(symbols: &[u8]) -> bool {
    symbols
        .get(..TELLING_SYMBOLS)
        .is_some_and(|first| matches!(first, [K, version, ..] if version >> 2 == 1) && !first.contains(&UNREADABLE))
}

/// Whether the symbols are the beginning of an activation request.
fn begins_a_request(symbols: &[u8]) -> bool {
    matches!(symbols, [R, version, ..] if version >> 2 == 1)
}

impl Reading {
    /// The error of the text, which is not a key, with the number of missing groups if it is known.
    pub(crate) fn error_with_missing_groups(&self) -> KeyTextError {
        let error = self.error();
        let symbols = self.symbols();
        if begins_a_request(symbols)
            && matches!(error, KeyTextError::Malformed(Malformation::Groups { found: 10..=12 }))
        {
            return KeyTextError::Malformed(Malformation::ActivationRequest);
        }
        if !begins_a_key(symbols) {
            return error;
        }
        match error {
            KeyTextError::Malformed(Malformation::Groups { found }) if found < MIN_TYPED_GROUPS => {
                let (found, missing) = (symbols.len() / SYMBOLS_IN_A_GROUP, missing_after(symbols));
                KeyTextError::Malformed(Malformation::EndsEarly { found, missing })
            }
            KeyTextError::Damaged(mut damage) if damage.unreadable.is_empty() => {
                if let Missing::Exactly(groups) = missing_after(symbols) {
                    damage.missing = groups;
                }
                KeyTextError::Damaged(damage)
            }
            error => error,
        }
    }

    /// The key in the text; `None` if the check groups are wrong. Line breaks that are spelled out are separators here, so
    /// this may be a key although the text, read literally, is not.
    pub(crate) fn key(&self) -> Option<Result<LicenseKey, KeyTextError>> {
        let mut groups = [Group::default(); MAX_TYPED_GROUPS];
        let groups = self.groups(&mut groups)?;
        Some(LicenseKey::from_groups(groups)).filter(|key| !matches!(key, Err(KeyTextError::Damaged(_))))
    }
}

/// The number of groups that are missing after these symbols, which are the beginning of a key. Its claims, which are not
/// verified, determine its length, if all of them are present.
fn missing_after(symbols: &[u8]) -> Missing {
    let count = symbols.len() / SYMBOLS_IN_A_GROUP;
    let mut groups = [Group::default(); MAX_TYPED_GROUPS];
    match groups_of(symbols, &mut groups).and_then(LicenseKey::groups_that_begin_with) {
        Some(needed) => Missing::Exactly(needed.saturating_sub(count)),
        None => Missing::AtLeast(MIN_GROUPS.saturating_sub(count)),
    }
}
