//! Finds license keys among other words: in a mail, in a quotation, several in one file.

// Each module may use those to its left:
//
//     run ← damaged, undamaged
mod damaged;
mod run;
mod undamaged;

use core::fmt;
use core::iter::FusedIterator;

use crate::LicenseKey;
use crate::copied::CopiedText;
use crate::key_text_error::{KeyTextError, Malformation};

/// Finds the license keys in a text, in their order, with anything around them: a mail, a quotation, a file with several.
///
/// A key without a mistake is found anywhere, by its check groups. Words between its groups don't matter, unless they have
/// five letters. A damaged key, and a key whose end is missing, are found in a part of the text in which most words are
/// groups of five characters. In a signed file, only keys without a mistake are found.
///
/// If there is none, parse the whole text as a key for the reason. The search takes time in proportion to the length of the
/// text.
///
/// ```
/// use keyward_core::keys_in;
///
/// let mail = "
///     On Monday, we wrote:
///     > Your license key is:
///     >
///     > K7PM4-00108-1G818-60W40-60GSJ-08YT0-
///     > G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-
///     > VDC80-VHRAB-CED8J-M9TJZ-A9AHX-JPA40-
///     > 2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-
///     > 4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3
///     >
///     > Thank you!";
/// let key = keys_in(mail).next().and_then(|found| found.key().cloned().ok());
/// assert!(key.is_some_and(|key| key.to_string().ends_with("-49VV3")));
/// ```
pub fn keys_in(text: &str) -> KeysIn<'_> {
    let text = CopiedText::new(text);
    let mut keys = KeysIn { text, at: 0, upcoming: None, starts_left: MAX_STARTS_IN_VAIN, of_a_signed_file: None };
    keys.look_ahead();
    keys
}

/// The largest number of K that are tried without finding a key: more than there are in texts of people. A crafted text may
/// have a K everywhere.
const MAX_STARTS_IN_VAIN: u16 = 1 << 13;

/// The license keys in a text: see [`keys_in`].
#[derive(Clone)]
pub struct KeysIn<'t> {
    text: CopiedText<'t>,
    /// The offset up to which the text has been searched.
    at: usize,
    /// The next key without a mistake.
    upcoming: Option<Undamaged>,
    starts_left: u16,
    /// `None` until it is needed.
    of_a_signed_file: Option<bool>,
}

/// A key whose check groups are right.
#[derive(Clone)]
struct Undamaged {
    start: usize,
    end: usize,
    key: Result<LicenseKey, KeyTextError>,
}

/// A license key in a text.
#[derive(Clone)]
pub struct KeyInText<'t> {
    text: &'t str,
    key: Result<LicenseKey, KeyTextError>,
    core: Option<&'t str>,
    /// Only determined for the first key, so that the text before a key is read once.
    alone: bool,
}

impl<'t> KeyInText<'t> {
    /// The part of the text with this key alone. Parsing it gives this key.
    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// The key, or the reason why this part of the text is not a key. [`repair`](crate::repair()) may find the original of
    /// a damaged key.
    ///
    /// # Errors
    ///
    /// The errors of parsing a text as a key.
    pub const fn key(&self) -> Result<&LicenseKey, KeyTextError> {
        match &self.key {
            Ok(key) => Ok(key),
            Err(error) => Err(*error),
        }
    }

    /// For a damaged key, a shorter part of its text, without words that may not belong to it. Try it if the text can't be
    /// repaired.
    pub const fn core(&self) -> Option<&'t str> {
        self.core
    }

    /// Whether the rest of the searched text has only separators.
    pub const fn is_alone(&self) -> bool {
        self.alone
    }

    /// Whether it has the size of a key, damaged or not. Otherwise it is the beginning of a key.
    pub const fn has_the_size_of_a_key(&self) -> bool {
        !matches!(self.key, Err(KeyTextError::Malformed(Malformation::EndsEarly { .. })))
    }
}

impl<'t> Iterator for KeysIn<'t> {
    type Item = KeyInText<'t>;

    fn next(&mut self) -> Option<KeyInText<'t>> {
        let limit = self.upcoming.as_ref().map_or(self.text.len(), |undamaged| undamaged.start);
        let is_first = self.at == 0;
        if let Some(found) = damaged::search(self.text, self.at, limit) {
            if !*self.of_a_signed_file.get_or_insert_with(|| self.text.has_marks_of_a_signed_file()) {
                self.at = found.end;
                return Some(found.key(self.text, is_first));
            }
        }
        self.at = limit;
        let Undamaged { start, end, key } = self.upcoming.take()?;
        self.at = end;
        self.look_ahead();
        let text = self.text.str(start, end);
        Some(KeyInText { text, key, core: None, alone: is_first && is_alone(self.text, start, end) })
    }
}

impl KeysIn<'_> {
    fn look_ahead(&mut self) {
        self.upcoming = undamaged::search(self.text, self.at, &mut self.starts_left);
    }
}

impl FusedIterator for KeysIn<'_> {}

/// Whether there are only separators before `start` and after `end`.
fn is_alone(text: CopiedText<'_>, start: usize, end: usize) -> bool {
    !run::has_symbols(text.part(0, start)) && !run::has_symbols(text.part(end, text.len()))
}

/// Does not show the text.
impl fmt::Debug for KeyInText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyInText").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Does not show the text.
impl fmt::Debug for KeysIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeysIn").field("at", &self.at).finish_non_exhaustive()
    }
}
