#![expect(clippy::arithmetic_side_effects, reason = "counts of characters of a text")]

use core::fmt;

use base32::CROCKFORD;

use crate::group::Group;
use crate::symbol::{ALPHABET, SYMBOLS_IN_A_GROUP, Symbol};

/// The crate converts whole bytes. The smallest number of groups that make whole bytes is eight: 25 bytes.
const GROUPS: usize = 8;
const BYTES: usize = GROUPS * Group::BITS / 8;
const CHARACTERS: usize = GROUPS * SYMBOLS_IN_A_GROUP;

/// Calls `each` with the five characters of each group.
pub(crate) fn write(groups: &[Group], mut each: impl FnMut(&str) -> fmt::Result) -> fmt::Result {
    for groups in groups.chunks(GROUPS) {
        let mut padded = [Group::default(); GROUPS];
        for (place, group) in padded.iter_mut().zip(groups) {
            *place = *group;
        }
        let (mut bytes, mut characters) = ([0; BYTES], [0; CHARACTERS]);
        Group::pack(&padded, &mut bytes);
        let written = CROCKFORD.encode_buf(&bytes, &mut characters);
        debug_assert!(written.is_ok(), "{written:?}");
        for characters in characters.chunks(SYMBOLS_IN_A_GROUP).take(groups.len()) {
            each(core::str::from_utf8(characters).unwrap_or_default())?;
        }
    }
    Ok(())
}

/// Reads the groups of a text and returns their number. Separators are ignored. `None` if a character can't be read, if the
/// last group is incomplete, or if there is no room for all groups.
pub(crate) fn read(text: &str, groups: &mut [Group]) -> Option<usize> {
    let (mut room, mut count) = (groups, 0_usize);
    let (mut characters, mut len) = ([0; CHARACTERS], 0_usize);
    for character in text.chars() {
        let character = match (u8::try_from(character), Symbol::from(character)) {
            (_, Symbol::Separator) => continue,
            (_, Symbol::Unreadable) => return None,
            (Ok(ascii), Symbol::Value(_)) if ascii.is_ascii() => ascii,
            (_, Symbol::Value(value)) => *ALPHABET.get(usize::from(value))?,
        };
        *characters.get_mut(len)? = character;
        len += 1;
        if len == CHARACTERS {
            let (now, later) = room.split_at_mut_checked(GROUPS)?;
            decode(&characters, now)?;
            (room, count, len) = (later, count + GROUPS, 0);
        }
    }
    if len % SYMBOLS_IN_A_GROUP != 0 {
        return None;
    }
    let rest = len / SYMBOLS_IN_A_GROUP;
    if rest > 0 {
        characters.get_mut(len..)?.fill(b'0');
        decode(&characters, room.get_mut(..rest)?)?;
    }
    Some(count + rest)
}

fn decode(characters: &[u8; CHARACTERS], groups: &mut [Group]) -> Option<()> {
    let mut bytes = [0; BYTES];
    CROCKFORD.decode_buf(core::str::from_utf8(characters).ok()?, &mut bytes).ok()?;
    Group::unpack(&bytes, groups);
    Some(())
}
