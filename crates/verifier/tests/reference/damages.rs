//! Damage by people, printers and mail programs. Each function takes the groups of a key and returns the typed text.

use super::dice::Dice;
use keyward_testing::damage::{ALPHABET, Groups};

/// Texts that verifiers read as separators.
const SEPARATORS: [&str; 14] = [
    "-",
    "-",
    "-",
    " ",
    "\n",
    " - ",
    "\r\n> ",
    ".",
    "\u{2014}",
    "\u{2011}",
    "\u{3000}",
    "\u{200B}",
    "\u{FF0D}",
    "\u{10EAD}",
];
/// Characters that verifiers read as one unknown symbol.
const UNREADABLE: [char; 10] = ['?', '?', '?', 'u', 'U', 'é', '\u{FF1F}', '\u{301}', '😀', '\u{0}'];

/// Whether separators show the bounds of the groups.
#[derive(Clone, Copy, PartialEq)]
enum Bounds {
    Shown,
    Any,
    Hidden,
}

/// The groups in one of the spellings that people type.
fn typed(dice: &mut Dice, groups: &[Vec<u8>], bounds: Bounds) -> String {
    let bounds = match bounds {
        Bounds::Any => dice.of(&[Bounds::Shown, Bounds::Shown, Bounds::Hidden]),
        known => known,
    };
    let spelling = dice.below(6);
    let separator = dice.of(&SEPARATORS);
    let mixed = dice.one_in(6);
    let wrapped = bounds == Bounds::Hidden && dice.one_in(3);
    let mut text = String::new();
    for (index, group) in groups.iter().enumerate() {
        if index > 0 && bounds == Bounds::Shown {
            text += if mixed { dice.of(&SEPARATORS) } else { separator };
        }
        for character in group {
            if wrapped && dice.one_in(20) {
                text += separator;
            }
            text.push(spelt(dice, *character, spelling));
        }
    }
    text
}

fn spelt(dice: &mut Dice, character: u8, spelling: usize) -> char {
    let plain = match (character, spelling) {
        (b'?', _) => return dice.of(&UNREADABLE),
        (b'0', 1 | 4) => dice.of(&['0', 'O', 'o']),
        (b'1', 1 | 4) => dice.of(&['1', 'I', 'i', 'L', 'l']),
        _ => char::from(character),
    };
    match spelling {
        2 | 4 => plain.to_ascii_lowercase(),
        3 => char::from_u32(u32::from(plain) + 0xFEE0).unwrap(),
        _ => plain,
    }
}

fn symbol(dice: &mut Dice) -> u8 {
    dice.of(ALPHABET)
}

fn symbols(dice: &mut Dice, count: usize) -> Vec<u8> {
    (0..count).map(|_| symbol(dice)).collect()
}

fn another(dice: &mut Dice, than: u8) -> u8 {
    loop {
        let other = symbol(dice);
        if other != than {
            return other;
        }
    }
}

/// The group with one character wrong.
fn mistype(dice: &mut Dice, group: &mut [u8]) {
    let at = dice.below(group.len());
    group[at] = another(dice, group[at]);
}

pub fn none(dice: &mut Dice, groups: Groups) -> String {
    typed(dice, &groups, Bounds::Any)
}

pub fn one_character(dice: &mut Dice, mut groups: Groups) -> String {
    let place = dice.below(groups.len());
    mistype(dice, &mut groups[place]);
    typed(dice, &groups, Bounds::Any)
}

pub fn one_group(dice: &mut Dice, mut groups: Groups) -> String {
    let place = dice.below(groups.len());
    groups[place] = symbols(dice, 5);
    typed(dice, &groups, Bounds::Any)
}

pub fn two_groups(dice: &mut Dice, mut groups: Groups) -> String {
    for place in dice.places(2, groups.len()) {
        groups[place] = symbols(dice, 5);
    }
    typed(dice, &groups, Bounds::Any)
}

pub fn two_groups_of_any_size(dice: &mut Dice, mut groups: Groups) -> String {
    for place in dice.places(2, groups.len()) {
        let size = dice.between(1, 10);
        groups[place] = symbols(dice, size);
        if dice.one_in(4) {
            let mark = dice.below(size);
            groups[place][mark] = b'?';
        }
    }
    typed(dice, &groups, Bounds::Shown)
}

pub fn two_groups_exchanged(dice: &mut Dice, mut groups: Groups) -> String {
    let places = dice.places(2, groups.len());
    groups.swap(places[0], places[1]);
    typed(dice, &groups, Bounds::Any)
}

pub fn three_unreadable_groups(dice: &mut Dice, mut groups: Groups) -> String {
    for place in dice.places(3, groups.len()) {
        match dice.below(3) {
            0 => {
                let marks = dice.between(1, 5);
                for at in dice.places(marks, 5) {
                    groups[place][at] = b'?';
                }
            }
            1 => {
                let size = dice.between(1, 4);
                groups[place] = symbols(dice, size);
            }
            _ => {
                let size = dice.between(6, 9);
                groups[place] = symbols(dice, size);
            }
        }
    }
    typed(dice, &groups, Bounds::Shown)
}

pub fn marks(dice: &mut Dice, mut groups: Groups, least: usize, most: usize) -> String {
    let count = dice.between(least, most);
    for place in dice.places(count, 5 * groups.len()) {
        groups[place / 5][place % 5] = b'?';
    }
    typed(dice, &groups, Bounds::Any)
}

pub fn three_characters(dice: &mut Dice, mut groups: Groups) -> String {
    for place in dice.places(3, groups.len()) {
        mistype(dice, &mut groups[place]);
    }
    typed(dice, &groups, Bounds::Any)
}

pub fn one_missing(dice: &mut Dice, groups: Groups) -> String {
    missing(dice, groups, 1)
}

pub fn two_missing(dice: &mut Dice, groups: Groups) -> String {
    missing(dice, groups, 2)
}

pub fn many_missing(dice: &mut Dice, groups: Groups) -> String {
    let count = dice.between(3, 6);
    missing(dice, groups, count)
}

fn missing(dice: &mut Dice, mut groups: Groups, count: usize) -> String {
    for place in dice.places(count, groups.len()).into_iter().rev() {
        groups.remove(place);
    }
    typed(dice, &groups, Bounds::Any)
}

pub fn missing_and_wrong(dice: &mut Dice, mut groups: Groups) -> String {
    let (place, other) = in_any_order(dice, &groups);
    groups[other] = symbols(dice, 5);
    groups.remove(place);
    typed(dice, &groups, Bounds::Any)
}

/// Two different indexes, in any order.
fn in_any_order(dice: &mut Dice, groups: &Groups) -> (usize, usize) {
    let places = dice.places(2, groups.len());
    if dice.one_in(2) { (places[0], places[1]) } else { (places[1], places[0]) }
}

pub fn doubled(dice: &mut Dice, mut groups: Groups) -> String {
    let place = dice.below(groups.len());
    groups.insert(place, groups[place].clone());
    typed(dice, &groups, Bounds::Any)
}

pub fn doubled_and_wrong(dice: &mut Dice, mut groups: Groups) -> String {
    let (place, other) = in_any_order(dice, &groups);
    groups[other] = symbols(dice, 5);
    groups.insert(place, groups[place].clone());
    typed(dice, &groups, Bounds::Any)
}

pub fn row_doubled(dice: &mut Dice, groups: Groups) -> String {
    let groups = with_a_row_doubled(dice, groups);
    typed(dice, &groups, Bounds::Any)
}

pub fn row_doubled_and_wrong(dice: &mut Dice, groups: Groups) -> String {
    let mut groups = with_a_row_doubled(dice, groups);
    let place = dice.below(groups.len());
    groups[place] = a_wrong_group(dice);
    typed(dice, &groups, Bounds::Shown)
}

fn with_a_row_doubled(dice: &mut Dice, mut groups: Groups) -> Groups {
    // Only whole rows of six; a shorter last row is left alone.
    let row = 6 * dice.below(groups.len() / 6);
    let doubled = groups[row..row + 6].to_vec();
    groups.splice(row..row, doubled);
    groups
}

/// A group of five wrong characters, or one that can't be read.
fn a_wrong_group(dice: &mut Dice) -> Vec<u8> {
    let size = dice.of(&[5, 5, 5, 4, 6, 7]);
    let mut group = symbols(dice, size);
    if dice.one_in(3) {
        group[0] = b'?';
    }
    group
}

pub fn rows_exchanged(dice: &mut Dice, groups: Groups) -> String {
    let groups = with_rows_exchanged(dice, groups);
    typed(dice, &groups, Bounds::Any)
}

pub fn rows_exchanged_and_wrong(dice: &mut Dice, groups: Groups) -> String {
    let mut groups = with_rows_exchanged(dice, groups);
    let place = dice.below(groups.len());
    groups[place] = a_wrong_group(dice);
    typed(dice, &groups, Bounds::Shown)
}

fn with_rows_exchanged(dice: &mut Dice, groups: Groups) -> Groups {
    let mut rows: Vec<&[Vec<u8>]> = groups.chunks(6).collect();
    let places = dice.places(2, rows.len());
    rows.swap(places[0], places[1]);
    rows.concat()
}

pub fn slipped(dice: &mut Dice, mut groups: Groups) -> String {
    let place = dice.below(groups.len());
    slip(dice, &mut groups[place]);
    typed(dice, &groups, Bounds::Hidden)
}

pub fn slipped_twice(dice: &mut Dice, mut groups: Groups) -> String {
    for place in dice.places(2, groups.len()) {
        slip(dice, &mut groups[place]);
    }
    typed(dice, &groups, Bounds::Hidden)
}

pub fn slipped_and_wrong(dice: &mut Dice, mut groups: Groups) -> String {
    let (place, other) = in_any_order(dice, &groups);
    slip(dice, &mut groups[place]);
    groups[other] = symbols(dice, 5);
    typed(dice, &groups, Bounds::Hidden)
}

/// Removes or adds a character.
fn slip(dice: &mut Dice, group: &mut Vec<u8>) {
    let at = dice.below(group.len());
    if dice.one_in(2) {
        group.remove(at);
    } else {
        let more = if dice.one_in(2) { group[at] } else { symbol(dice) };
        group.insert(at, more);
    }
}

pub fn many_groups(dice: &mut Dice, mut groups: Groups) -> String {
    let count = dice.between(3, 5);
    for place in dice.places(count, groups.len()) {
        groups[place] = symbols(dice, 5);
    }
    typed(dice, &groups, Bounds::Any)
}

pub fn several(dice: &mut Dice, mut groups: Groups) -> String {
    for _ in 0..dice.between(1, 4) {
        let (place, other) = in_any_order(dice, &groups);
        match dice.below(9) {
            0 => groups[place] = a_wrong_group(dice),
            1 => groups[place] = b"?????".to_vec(),
            2 => drop(groups.remove(place)),
            3 => groups.insert(other, groups[place].clone()),
            4 => groups.swap(place, other),
            5 => groups = with_a_row_doubled(dice, groups),
            6 => groups = with_rows_exchanged(dice, groups),
            _ if groups[place].is_empty() => {}
            7 => slip(dice, &mut groups[place]),
            _ => mistype(dice, &mut groups[place]),
        }
    }
    typed(dice, &groups, Bounds::Any)
}

pub fn overwritten(dice: &mut Dice, groups: Groups) -> String {
    let mut text: Vec<char> = typed(dice, &groups, Bounds::Any).chars().collect();
    let start = dice.below(text.len());
    let end = text.len().min(start + dice.below(40));
    let size = dice.below(40);
    let scribble = scribble(dice, size);
    text.splice(start..end, scribble);
    text.into_iter().collect()
}

/// Characters of all kinds, most of them from the alphabet of keys.
fn scribble(dice: &mut Dice, count: usize) -> Vec<char> {
    let mut scribble = Vec::new();
    for _ in 0..count {
        scribble.push(match dice.below(12) {
            0 => dice.of(&UNREADABLE),
            1 => char::from_u32(dice.below(0x11_0000) as u32).unwrap_or('-'),
            2 => char::from_u32(dice.below(0x3100) as u32).unwrap(),
            3 => char::from(dice.below(128) as u8),
            4 => '-',
            _ => char::from(symbol(dice)),
        });
    }
    scribble
}

pub fn rubbish(dice: &mut Dice, _: Groups) -> String {
    let count = dice.of(&[0, 10, 130, 150, 200, 300, 800]);
    let count = count + dice.below(30);
    let only_symbols = dice.one_in(2);
    if only_symbols {
        return String::from_utf8(symbols(dice, count)).unwrap();
    }
    scribble(dice, count).into_iter().collect()
}

pub fn about_4096_bytes(dice: &mut Dice, groups: Groups) -> String {
    let mut text = typed(dice, &groups, Bounds::Shown);
    let bytes = dice.between(4092, 4100);
    let filler = dice.of(&[" ", "-", "\u{A0}", "\u{3000}"]);
    while text.len() + filler.len() <= bytes {
        text += filler;
    }
    let rest = bytes.saturating_sub(text.len());
    text + &"-".repeat(rest)
}
