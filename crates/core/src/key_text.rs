//! A license key from what a person typed.

use core::str::FromStr;

use crate::group::Group;
use crate::key_text_error::{KeyTextError, Malformation};
use crate::reading::{MAX_TEXT_BYTES, MAX_TYPED_GROUPS, Reading};
use crate::{LicenseKey, characters};

/// Reads a key that was typed, pasted or scanned. Case, look-alikes and separators don't matter, everything else does.
/// Nothing is repaired here.
impl FromStr for LicenseKey {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<LicenseKey, KeyTextError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(KeyTextError::Malformed(Malformation::TooLong { bytes: text.len() }));
        }
        let mut groups = [Group::default(); MAX_TYPED_GROUPS];
        let Some(count) = characters::read(text, &mut groups) else {
            return Err(error_of(text));
        };
        match LicenseKey::from_groups(groups.get(..count).unwrap_or_default()) {
            Err(KeyTextError::Damaged(_)) => Err(error_of(text)),
            key_or_error => key_or_error,
        }
    }
}

/// The error of a text that is not a key. Not inlined: a [`Reading`] is large, and an undamaged key needs none.
#[cold]
#[inline(never)]
fn error_of(text: &str) -> KeyTextError {
    Reading::of(text).error()
}
