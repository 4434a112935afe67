//! Recognises license keys as they are pasted, with whatever is around and between their groups.

use keyward_core::{KeyInText, KeyTextError, LicenseKey, Verdict, keys_in, repair};

/// Whether the text has a license key that a product would accept, or that a person could make out: with mistakes, or without
/// its end. Other letters and digits in a row are none: not even a long id has the check groups of a key by chance.
pub(super) fn has_license_key(text: &str) -> bool {
    has_groups_in_a_row(text, GROUPS_OF_A_KEY)
        || is_read(text)
        || keys_in(&symbols_alone(text)).any(|found| is_undamaged(&found))
        || has_most_of_a_key(text)
        || is_repaired(text)
}

/// A license key has at least thirty groups, and some may be mistyped; no sentence has ten words of five letters in a row.
const GROUPS_OF_A_KEY: usize = 10;

/// Whether the text has many groups of five in a row.
pub(super) fn has_groups_in_a_row(text: &str, telling: usize) -> bool {
    let mut in_a_row = 0_usize;
    text.split(|character: char| !character.is_alphanumeric()).filter(|group| !group.is_empty()).any(|group| {
        in_a_row = if group.chars().count() == 5 { in_a_row.saturating_add(1) } else { 0 };
        in_a_row >= telling
    })
}

/// Whether the reader of keys finds one.
fn is_read(text: &str) -> bool {
    text.parse::<LicenseKey>().is_ok() || keys_in(text).any(|found| found.has_the_size_of_a_key())
}

/// Whether its check groups are right. Words between two K may have the form of groups.
fn is_undamaged(found: &KeyInText<'_>) -> bool {
    found.has_the_size_of_a_key() && !matches!(found.key(), Err(KeyTextError::Damaged(_)))
}

/// The characters of keys alone, with a hyphen before each K: the reader looks for a key behind a hyphen.
fn symbols_alone(text: &str) -> String {
    let mut symbols = String::with_capacity(text.len());
    for symbol in text.chars().filter_map(in_ascii).filter(|symbol| !matches!(symbol, 'U' | 'u')) {
        if matches!(symbol, 'K' | 'k') {
            symbols.push('-');
        }
        symbols.push(symbol);
    }
    symbols
}

/// The letter or digit in ASCII, also if it is of full width.
fn in_ascii(character: char) -> Option<char> {
    let narrow = match character {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(character).wrapping_sub(0xFEE0))?,
        character => character,
    };
    narrow.is_ascii_alphanumeric().then_some(narrow)
}

/// Whether a row of letters and digits in the text could be a part of a key: it has digits and many different characters. To look
/// for a mistyped key in such a text takes milliseconds.
pub(super) fn takes_long(text: &str) -> bool {
    /// A key has at least 150 characters.
    const ROW: usize = 100;
    /// A row within a key starts at one of these places.
    const STEP: usize = 10;
    /// A key has 31 digits in 100 characters, and words between its groups have none.
    const MIN_DIGITS: usize = 8;
    /// 100 characters of a key have some 30 of the 32.
    const MIN_DIFFERENT: u32 = 16;
    let row: Vec<char> = text.chars().filter_map(in_ascii).map(|symbol| symbol.to_ascii_uppercase()).collect();
    row.windows(ROW).step_by(STEP).any(|window| {
        let digits = window.iter().filter(|symbol| symbol.is_ascii_digit()).count();
        // The low six bits tell digits and capitals apart.
        let different = window.iter().fold(0_u64, |seen, symbol| seen | 1 << (u32::from(*symbol) & 63));
        digits >= MIN_DIGITS && different.count_ones() >= MIN_DIFFERENT
    })
}

/// Whether the reader of keys repairs one, and an equation confirms the repair. A repair without one is found in other texts too.
fn is_repaired(text: &str) -> bool {
    if !takes_long(text) {
        return false;
    }
    let mut is_one = false;
    repair(text, |candidate| {
        is_one |= candidate.redundant_equations() > 0 && candidate.key().unverified_claims().is_ok();
        if is_one { Verdict::Enough } else { Verdict::Refused }
    });
    is_one
}

/// Whether a row of letters and digits, with any separators, begins as a key does, goes on as long as most of one, and looks like
/// one: in one case, with as many digits, and nearly without the letters that no key has.
fn has_most_of_a_key(text: &str) -> bool {
    /// A key has at least 150 characters.
    const MOST: usize = 100;
    /// Of 100 characters of a key, 31 are digits; one in ten thousand keys has fewer than these.
    const MIN_DIGITS: usize = 15;
    /// In English, 18 of 100 letters are I, L, O and U, which no key has.
    const MAX_OTHERS: usize = 8;
    let mut row: Vec<(Place, char)> = Vec::with_capacity(text.len());
    let mut place = Place::Begins;
    for character in text.chars() {
        match in_ascii(character) {
            Some(character) => {
                row.push((place, character));
                place = Place::GoesOn;
            }
            None => place = Place::Begins,
        }
    }
    row.windows(MOST).any(|window| {
        // The version, 1, is in the second character.
        let begins = matches!(window, [(Place::Begins, 'K' | 'k'), (_, '4'..='7'), ..]);
        let count = |is_one: fn(char) -> bool| window.iter().filter(|(_, character)| is_one(*character)).count();
        begins
            && (count(|character| character.is_ascii_uppercase()) == 0
                || count(|character| character.is_ascii_lowercase()) == 0)
            && count(|character| character.is_ascii_digit()) >= MIN_DIGITS
            && count(|character| "ILOU".contains(character.to_ascii_uppercase())) <= MAX_OTHERS
    })
}

#[derive(Clone, Copy)]
enum Place {
    /// The first character, or one behind a separator.
    Begins,
    GoesOn,
}
