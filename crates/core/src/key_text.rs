//! A license key from what a person typed.

use core::str::FromStr;

use crate::LicenseKey;
use crate::group::Group;
use crate::key_text_error::{KeyTextError, Malformation};
use crate::reading::{MAX_TEXT_BYTES, MAX_TYPED_GROUPS, Reading};
use crate::symbol::{SYMBOLS_IN_A_GROUP, Symbol};

/// Reads a key that was typed, pasted or scanned: forgivingly about case, look-alikes and separators, strictly about
/// everything else. Nothing is repaired here.
impl FromStr for LicenseKey {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<LicenseKey, KeyTextError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(KeyTextError::Malformed(Malformation::TooLong { bytes: text.len() }));
        }
        match read_evenly(text) {
            Some((groups, count)) => match LicenseKey::from_groups(groups.get(..count).unwrap_or_default()) {
                Err(KeyTextError::Damaged(_)) => Err(error_of(text)),
                key_or_error => key_or_error,
            },
            None => Err(error_of(text)),
        }
    }
}

/// What is wrong with a text that is not a key. Not inlined, since a [`Reading`] is large and a key needs none.
#[cold]
#[inline(never)]
fn error_of(text: &str) -> KeyTextError {
    Reading::of(text).error()
}

/// The groups of a text without a character that can't be read, separators ignored: a number of characters that makes
/// whole groups.
fn read_evenly(text: &str) -> Option<([Group; MAX_TYPED_GROUPS], usize)> {
    let mut groups = [Group::default(); MAX_TYPED_GROUPS];
    let mut places = groups.iter_mut();
    let (mut bits, mut held, mut count) = (0_u32, 0_usize, 0_usize);
    for character in text.chars() {
        match Symbol::from(character) {
            Symbol::Separator => {}
            Symbol::Unreadable => return None,
            Symbol::Value(value) => {
                bits = bits << 5 | u32::from(value);
                held = held.saturating_add(1);
                if held == SYMBOLS_IN_A_GROUP {
                    *places.next()? = Group::new(bits);
                    count = count.saturating_add(1);
                    held = 0;
                }
            }
        }
    }
    (held == 0).then_some((groups, count))
}
