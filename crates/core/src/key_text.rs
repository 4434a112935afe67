//! Reads a license key from a typed text.

use core::str::FromStr;

#[cfg(feature = "find")]
use crate::copied::CopiedText;
use crate::group::Group;
use crate::key_text_error::{KeyTextError, Malformation};
use crate::reading::{MAX_TEXT_BYTES, MAX_TYPED_GROUPS, Reading};
use crate::{LicenseKey, characters};

/// Reads a key that was typed, pasted or scanned. Case, look-alikes and separators don't matter; every other difference
/// does. With the feature `find`, a text that is not a key is read once more, with line breaks that are spelled out (`\n`)
/// as separators. Mistakes are not repaired here, and the text must not contain other words.
impl FromStr for LicenseKey {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<LicenseKey, KeyTextError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(KeyTextError::Malformed(too_long(text)));
        }
        let mut groups = [Group::default(); MAX_TYPED_GROUPS];
        let Some(count) = characters::read(text, &mut groups) else {
            return read_again(text);
        };
        match LicenseKey::from_groups(groups.get(..count).unwrap_or_default()) {
            Err(KeyTextError::Damaged(_)) => read_again(text),
            key_or_error => key_or_error,
        }
    }
}

/// The error of a text that is longer than any key. It may be a signed file.
#[cold]
fn too_long(text: &str) -> Malformation {
    #[cfg(feature = "find")]
    if CopiedText::beginning_of(text).is_of_a_signed_file() {
        return Malformation::SignedFile;
    }
    Malformation::TooLong { bytes: text.len() }
}

/// Reads a text a second time, as a copied or damaged text. Not inlined: a [`Reading`] takes much stack, and an undamaged
/// key needs none.
#[cold]
#[inline(never)]
fn read_again(text: &str) -> Result<LicenseKey, KeyTextError> {
    let reading = Reading::of(text);
    #[cfg(feature = "find")]
    return reading.key().unwrap_or_else(|| {
        Err(match CopiedText::new(text).is_of_a_signed_file() {
            true => KeyTextError::Malformed(Malformation::SignedFile),
            false => reading.error_with_missing_groups(),
        })
    });
    #[cfg(not(feature = "find"))]
    Err(reading.error())
}
