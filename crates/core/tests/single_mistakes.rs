//! Every possible single mistake in a typical key is enumerated and repaired.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use keyward_testing::damage::{ALPHABET, Judge, groups, typical, with_separators};

#[test]
fn every_wrong_character_is_repaired() {
    let (text, key) = typical();
    let judge = Judge::new();
    for (at, right) in text.bytes().enumerate().filter(|(_, byte)| *byte != b'-') {
        for wrong in ALPHABET.iter().chain(b"?U-").filter(|wrong| **wrong != right) {
            let mut damaged = text.clone().into_bytes();
            damaged[at] = *wrong;
            assert_eq!(judge.read(&String::from_utf8(damaged).unwrap()).as_ref(), Ok(&key), "{at} {wrong}");
        }
    }
}

#[test]
fn every_missing_and_every_additional_character_is_repaired() {
    let judge = Judge::new();
    let (text, key) = typical();
    for text in [text.clone(), text.replace('-', "")] {
        for at in 0..text.len() {
            let mut damaged = text.clone();
            damaged.remove(at);
            assert_eq!(judge.read(&damaged).as_ref(), Ok(&key), "without {at}");
        }
        for at in 0..=text.len() {
            for character in ALPHABET.iter().chain(b"?-") {
                let mut damaged = text.clone();
                damaged.insert(at, char::from(*character));
                assert_eq!(judge.read(&damaged).as_ref(), Ok(&key), "{character} at {at}");
            }
        }
    }
}

#[test]
fn every_swap_of_adjacent_characters_is_repaired() {
    let judge = Judge::new();
    let (text, key) = typical();
    for text in [text.clone(), text.replace('-', "")] {
        for at in 1..text.len() {
            let mut damaged = text.clone().into_bytes();
            damaged.swap(at - 1, at);
            assert_eq!(judge.read(&String::from_utf8(damaged).unwrap()).as_ref(), Ok(&key), "{at}");
        }
    }
}

#[test]
fn every_two_groups_swapped_are_repaired() {
    let judge = Judge::new();
    let (text, key) = typical();
    let groups = groups(&text);
    for first in 0..groups.len() {
        for second in first + 1..groups.len() {
            let mut damaged = groups.clone();
            damaged.swap(first, second);
            assert_eq!(judge.read(&with_separators(&damaged)).as_ref(), Ok(&key), "{first} {second}");
        }
    }
}

#[test]
fn every_flipped_bit_of_the_groups_is_repaired() {
    let judge = Judge::new();
    let (text, key) = typical();
    for (at, right) in text.bytes().enumerate().filter(|(_, byte)| *byte != b'-') {
        let value = ALPHABET.iter().position(|character| *character == right).unwrap();
        for bit in 0..5 {
            let mut damaged = text.clone().into_bytes();
            damaged[at] = ALPHABET[value ^ 1 << bit];
            assert_eq!(judge.read(&String::from_utf8(damaged).unwrap()).as_ref(), Ok(&key), "{at} {bit}");
        }
    }
}
