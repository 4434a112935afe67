//! The damages in the format's table are repaired, and no text is read as another key.
//!
//! Each row of the table is tried on random damages: 200 in an ordinary run, 10,000 with `KEYWARD_LONG` set.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use std::cell::Cell;

use keyward_core::{LicenseKey, Repaired, Verdict, repair};
use keyward_testing::damage::{
    ALPHABET, Groups, Judge, explains, groups, typical, with_separators, without_separators,
};
use keyward_testing::vectors::{is_genuine, vectors};
use proptest::prelude::*;
use proptest::sample::subsequence;
use proptest::test_runner::{Config, TestRunner};

/// Texts of every length in the vectors.
fn texts() -> impl Strategy<Value = String> {
    prop::sample::select(vectors().cases.into_iter().map(|case| case.text).collect::<Vec<_>>())
}

fn damages() -> u32 {
    keyward_testing::extent(200, 10_000)
}

/// Every damage is repaired to the original, and the repairs describe the damage.
fn all_repaired(damaged: impl Strategy<Value = (String, String)>) {
    repaired_but_for(0, damaged);
}

/// All damages but this many in a thousand are repaired to the original, and none to another key.
fn repaired_but_for(per_thousand: u32, damaged: impl Strategy<Value = (String, String)>) {
    let judge = Judge::new();
    let not_repaired = Cell::new(0_u32);
    let config = Config { cases: damages(), failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&damaged, |(original, damaged)| {
            if damaged.parse::<LicenseKey>().is_ok() {
                return Ok(());
            }
            match judge.repair(&damaged) {
                Some(repaired) => {
                    prop_assert!(explains(&repaired, &damaged), "{damaged}: {:?}", told(&repaired));
                    prop_assert_eq!(repaired.key.to_string(), original);
                }
                None if per_thousand > 0 => not_repaired.set(not_repaired.get() + 1),
                None => return Err(TestCaseError::fail(format!("not repaired: {damaged}"))),
            }
            Ok(())
        })
        .unwrap();
    let allowed = damages() * per_thousand / 1000 + u32::from(per_thousand > 0);
    assert!(not_repaired.get() <= allowed, "{} of {} were not repaired", not_repaired.get(), damages());
}

fn told(repaired: &Repaired) -> Vec<String> {
    repaired.repairs.iter().map(ToString::to_string).collect()
}

fn character() -> impl Strategy<Value = u8> {
    prop::sample::select(ALPHABET.to_vec())
}

/// A group of five characters, or of a few more or less.
fn scribble() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => prop::collection::vec(character(), 5),
        1 => prop::collection::vec(prop_oneof![3 => character(), 1 => Just(b'?')], 1..=9),
    ]
}

/// Some places in a key, with the change at each.
fn places(groups: &Groups, count: usize) -> impl Strategy<Value = Vec<usize>> + use<> {
    subsequence((0..groups.len()).collect::<Vec<_>>(), count)
}

fn key_and_places(count: usize) -> impl Strategy<Value = (String, Groups, Vec<usize>)> {
    texts().prop_flat_map(move |text| {
        let groups = groups(&text);
        let places = places(&groups, count);
        (Just(text), Just(groups), places)
    })
}

#[test]
fn one_or_two_wrong_groups_are_repaired() {
    all_repaired((key_and_places(2), scribble(), scribble(), any::<bool>()).prop_map(
        |((text, mut groups, places), first, second, both)| {
            groups[places[0]] = first;
            if both {
                groups[places[1]] = second;
            }
            (text, with_separators(&groups))
        },
    ));
}

#[test]
fn three_unreadable_groups_are_repaired() {
    let unreadable = || {
        prop_oneof![
            Just(b"?????".to_vec()),
            prop::collection::vec(character(), 1..=4),
            prop::collection::vec(character(), 6..=9),
            (prop::collection::vec(character(), 0..=4), 0_usize..=4).prop_map(|(mut group, at)| {
                group.insert(at.min(group.len()), b'?');
                group
            }),
        ]
    };
    all_repaired((key_and_places(3), unreadable(), unreadable(), unreadable()).prop_map(
        |((text, mut groups, places), first, second, third)| {
            // A group with a mark in it still has its other characters.
            for (place, scribble) in places.into_iter().zip([first, second, third]) {
                if scribble.len() == 5 && scribble != b"?????" {
                    let marks: Vec<bool> = scribble.iter().map(|character| *character == b'?').collect();
                    for (character, _) in groups[place].iter_mut().zip(marks).filter(|(_, mark)| *mark) {
                        *character = b'?';
                    }
                } else {
                    groups[place] = scribble;
                }
            }
            (text, with_separators(&groups))
        },
    ));
}

#[test]
fn twelve_marked_characters_are_repaired() {
    let marked = texts().prop_flat_map(|text| {
        let places = subsequence((0..text.len() / 6 * 5 + 5).collect::<Vec<_>>(), 12);
        (Just(text), places)
    });
    repaired_but_for(
        1,
        marked.prop_map(|(text, places)| {
            let mut damaged = text.clone().into_bytes();
            for place in places {
                damaged[place / 5 * 6 + place % 5] = b'?';
            }
            (text, String::from_utf8(damaged).unwrap())
        }),
    );
}

/// In most cases the equations leave a choice, and the signature decides. In about one text of a hundred there are too many
/// choices.
#[test]
fn fifteen_marked_characters_in_as_many_groups_are_repaired() {
    let marked = key_and_places(15).prop_flat_map(|key| (Just(key), prop::collection::vec(0_usize..5, 15)));
    repaired_but_for(
        100,
        marked.prop_map(|((text, mut groups, places), marks)| {
            for (place, mark) in places.into_iter().zip(marks) {
                groups[place][mark] = b'?';
            }
            (text, with_separators(&groups))
        }),
    );
}

#[test]
fn three_groups_with_one_wrong_character_each_are_repaired() {
    all_repaired((key_and_places(3), prop::array::uniform3((0_usize..5, 1_usize..32))).prop_map(
        |((text, mut groups, places), wrong)| {
            for (place, (at, difference)) in places.into_iter().zip(wrong) {
                let right = ALPHABET.iter().position(|character| *character == groups[place][at]).unwrap();
                groups[place][at] = ALPHABET[right ^ difference];
            }
            (text, with_separators(&groups))
        },
    ));
}

#[test]
fn one_or_two_missing_groups_are_repaired() {
    all_repaired((key_and_places(2), any::<bool>(), any::<bool>()).prop_map(
        |((text, mut groups, places), both, separators)| {
            if both {
                groups.remove(places[1]);
            }
            groups.remove(places[0]);
            (text, if separators { with_separators(&groups) } else { without_separators(&groups) })
        },
    ));
}

#[test]
fn a_missing_group_and_a_wrong_one_are_repaired() {
    all_repaired((key_and_places(2), scribble(), any::<bool>()).prop_map(
        |((text, mut groups, places), wrong, first)| {
            let (missing, other) = if first { (places[0], places[1]) } else { (places[1], places[0]) };
            groups[other] = wrong;
            groups.remove(missing);
            (text, with_separators(&groups))
        },
    ));
}

#[test]
fn a_group_typed_twice_is_repaired() {
    all_repaired((key_and_places(2), any::<bool>(), scribble()).prop_map(
        |((text, mut groups, places), also_wrong, wrong)| {
            if also_wrong {
                groups[places[1]] = wrong;
            }
            groups.insert(places[0], groups[places[0]].clone());
            (text, with_separators(&groups))
        },
    ));
}

#[test]
fn a_candidate_tells_how_many_equations_it_did_not_need() {
    let (text, _) = typical();
    let redundant = |damaged: &str| {
        let mut found = None;
        repair(damaged, |candidate| {
            found = Some(candidate.redundant_equations());
            if candidate.key().to_string() == text { Verdict::Genuine } else { Verdict::Refused }
        })
        .map(|_| found.unwrap())
    };
    let row = &text[36..72];
    for (damaged, expected) in [
        (text.replace(row, &row.repeat(2)), 3),
        (text.replace("60W40", "ZZZZZ"), 2),
        (text.replace("60W40", "?????"), 2),
        (
            text.replace("60GSJ", "6?GSJ")
                .replace("FYP6K", "FY?6K")
                .replace("VHRAB", "V?RA?")
                .replace("ZY7GB", "ZY7?B"),
            2,
        ),
        (
            text.replace("60GSJ", "6??SJ")
                .replace("FYP6K", "FY??K")
                .replace("VHRAB", "V?R??")
                .replace("ZY7GB", "ZY7??"),
            1,
        ),
        (
            text.replace("60GSJ", "???SJ")
                .replace("FYP6K", "???6K")
                .replace("VHRAB", "V????")
                .replace("ZY7GB", "?Y7??"),
            0,
        ),
        (text.replace(row, &row.repeat(2)).replace("60W40", "ZZZZZ"), 2),
        (text.replace("60W40", "ZZZZZ").replace("VHRAB", "ZZZZZ"), 1),
        (text.replace("60W40", "?????").replace("VHRAB", "????B"), 1),
        (text.replace("60W40", "?????").replace("VHRAB", "?????").replace("ZY7GB", "?????"), 0),
        (text.replace("60W40", "60W4Z").replace("VHRAB", "ZHRAB").replace("ZY7GB", "ZY7GZ"), 0),
    ] {
        assert_eq!(redundant(&damaged), Some(expected), "{damaged}");
    }
}

/// One wrong group together with any right one is a solution with two groups, and each such candidate could cost a
/// signature.
#[test]
fn a_key_with_one_wrong_group_is_not_proposed_beside_every_other() {
    let (text, _) = typical();
    for wrong in ["ZZZZZ", "?????", "60W4", ""] {
        let mut proposed = 0;
        repair(&text.replace("60W40", wrong), |candidate| {
            assert_eq!(candidate.key().to_string(), text);
            proposed += 1;
            Verdict::Refused
        });
        assert!((1..groups(&text).len()).contains(&proposed), "{wrong}: {proposed}");
    }
}

#[test]
fn a_wrong_group_after_a_group_typed_twice_is_reported() {
    let judge = Judge::new();
    let (text, _) = typical();
    for (typed, repairs) in [
        ("60W40-60W40-60GSJ", &["group 4 is 60W40, not 60W40-60W40"][..]),
        ("60W40-60W40-00000", &["group 5 is 60GSJ, not 60W40-00000"]),
        ("60W40-60W40-60GSJ-60GSJ", &["group 4 is 60W40, not 60W40-60W40", "group 5 is 60GSJ, not 60GSJ-60GSJ"]),
        ("60W40-60W40-60GSJ-00000", &["group 5 is 60GSJ, not 60W40", "group 6 is 08YT0, not 60GSJ-00000"]),
    ] {
        let right = if typed.ends_with("00000") && repairs.len() == 2 { "60W40-60GSJ-08YT0" } else { "60W40-60GSJ" };
        assert_eq!(told(&judge.repair(&text.replace(right, typed)).unwrap()), repairs, "{typed}");
    }
}

#[test]
fn a_row_typed_twice_is_repaired() {
    all_repaired((key_and_places(2), any::<bool>(), character()).prop_map(
        |((text, mut groups, places), also_wrong, wrong)| {
            let row = places[0] / 6 * 6;
            let end = groups.len().min(row + 6);
            // The last row may have less than six groups.
            let (row, end) = if end - row == 6 { (row, end) } else { (row - 6, row) };
            let doubled = groups[row..end].to_vec();
            if also_wrong {
                groups[places[1]][2] = wrong;
            }
            groups.splice(row..row, doubled);
            (text, with_separators(&groups))
        },
    ));
}

#[test]
fn a_row_typed_after_the_key_is_listed_among_the_repairs() {
    let text = vectors().cases.into_iter().next().unwrap().text;
    let mut damaged = groups(&text);
    damaged.extend(damaged[24..].to_vec());
    *damaged[35].last_mut().unwrap() ^= 1;

    let repaired = repair(&with_separators(&damaged), |candidate| {
        if candidate.key().to_string() == text { Verdict::Genuine } else { Verdict::Refused }
    })
    .unwrap();
    let told = told(&repaired);
    assert_eq!(told.len(), 6, "{told:?}");
    assert_eq!(told[0], "group 25 is 4SMAG, not 4SMAG-4SMAG");
    assert_eq!(told[5], "group 30 is 49VV3, not 49VV3-49VV2");
}

#[test]
fn two_rows_exchanged_are_repaired() {
    all_repaired((key_and_places(3), any::<bool>(), character()).prop_map(
        |((text, mut groups, places), also_wrong, wrong)| {
            if also_wrong {
                groups[places[1]][2] = wrong;
            }
            let mut rows: Vec<&[Vec<u8>]> = groups.chunks(6).collect();
            rows.swap(places[0] / 6, places[2] / 6);
            (text, with_separators(&rows.concat()))
        },
    ));
}

#[test]
fn a_character_missing_or_doubled_in_a_text_without_separators_is_repaired() {
    all_repaired((key_and_places(2), 0_usize..5, any::<bool>(), any::<bool>(), any::<bool>(), scribble()).prop_map(
        |((text, mut groups, places), at, missing, swapped, also_wrong, wrong)| {
            let (place, other) = if swapped { (places[1], places[0]) } else { (places[0], places[1]) };
            if missing {
                groups[place].remove(at);
            } else {
                let doubled = groups[place][at];
                groups[place].insert(at, doubled);
            }
            if also_wrong {
                groups[other] = wrong.into_iter().chain(*b"00000").take(5).collect();
            }
            (text, without_separators(&groups))
        },
    ));
}

#[test]
fn a_text_wrapped_anywhere_is_repaired_too() {
    all_repaired((key_and_places(2), prop::collection::vec(1_usize..40, 40), scribble()).prop_map(
        |((text, mut groups, places), lines, wrong)| {
            if wrong.len() == 5 {
                groups[places[0]] = wrong;
            }
            let mut rest = &*without_separators(&groups);
            let mut wrapped = String::new();
            for line in lines {
                let (line, after) = rest.split_at(line.min(rest.len()));
                wrapped = wrapped + line + "\r\n> ";
                rest = after;
            }
            (text, wrapped + rest)
        },
    ));
}

#[test]
fn damage_beyond_the_table_never_makes_another_key() {
    // Tries damages of three kinds that the format does not promise to repair, 60,000 in the long run.
    let judge = Judge::new();
    let config = Config { cases: damages() * 2, failure_persistence: None, ..Config::default() };
    let run = |damaged: BoxedStrategy<(String, String)>| {
        TestRunner::new(config.clone())
            .run(&damaged, |(original, damaged)| {
                if let Ok(key) = judge.read(&damaged) {
                    prop_assert!(is_genuine(&judge.verifying_key, &key));
                    prop_assert_eq!(key.to_string(), original);
                }
                prop_assert!(judge.signatures.get() <= 64);
                Ok(())
            })
            .unwrap();
    };
    let many_wrong = (3_usize..=12).prop_flat_map(key_and_places).prop_flat_map(|(text, groups, places)| {
        let wrong = prop::collection::vec(scribble(), places.len());
        (Just(text), Just(groups), Just(places), wrong)
    });
    run(many_wrong
        .prop_map(|(text, mut groups, places, wrong)| {
            for (place, wrong) in places.into_iter().zip(wrong) {
                groups[place] = wrong;
            }
            (text, with_separators(&groups))
        })
        .boxed());
    run((3_usize..=12)
        .prop_flat_map(key_and_places)
        .prop_map(|(text, mut groups, places)| {
            for place in places.into_iter().rev() {
                groups.remove(place);
            }
            (text, with_separators(&groups))
        })
        .boxed());
    run((texts(), 0_usize..1000, 0_usize..1000, prop::collection::vec(character(), 10..200))
        .prop_map(|(text, at, end, scribble)| {
            let mut damaged = text.clone().into_bytes();
            let at = at % damaged.len();
            let end = damaged.len().min(at + end % 120);
            damaged.splice(at..end, scribble);
            (text, String::from_utf8(damaged).unwrap())
        })
        .boxed());
}

/// The text with a row typed twice before it, and groups of the original replaced.
fn with_row_twice(text: &str, row: usize, replaced: &[(usize, &str)]) -> String {
    let mut damaged = groups(text);
    for (place, typed) in replaced {
        damaged[*place] = typed.as_bytes().to_vec();
    }
    let doubled = damaged[row..row + 6].to_vec();
    damaged.splice(row..row, doubled);
    with_separators(&damaged)
}

#[test]
fn a_row_typed_twice_beside_an_unreadable_group_is_repaired() {
    let text = vectors().cases.into_iter().find(|case| case.name == "everything at once").unwrap().text;
    let zeros = groups(&text).iter().position(|group| group == b"00000").unwrap();
    for (unreadable, wrong) in [(zeros, "?????"), (zeros, "000"), (60, "?????"), (60, "ABC")] {
        for row in [0, 12, 54] {
            let damaged = with_row_twice(&text, row, &[(unreadable, wrong)]);
            let repaired = repair(&damaged, |candidate| {
                assert_eq!(candidate.redundant_equations(), 2, "one of three has found the group");
                if candidate.key().to_string() == text { Verdict::Genuine } else { Verdict::Refused }
            });
            assert!(repaired.is_some(), "{row}: {wrong}");
        }
    }
}

#[test]
fn marks_are_not_solved_for_where_characters_are_left_over() {
    let judge = Judge::new();
    let (text, key) = typical();
    let marked = text.replace("60W40", "60?40").replace("VHRAB", "V?RAB").replace("ZY7GB", "ZY7G?").replace('-', "");
    assert_eq!(judge.repair(&marked).map(|repaired| repaired.key), Some(key));
    assert_eq!(judge.repair(&format!("{marked}Z")), None);
}

/// A damage that the format does not name is not searched for, so that every implementation gives the same answer. Here six
/// groups of zeros are missing, and a row of zeros beside them could be taken for them.
#[test]
fn a_row_left_out_is_not_repaired() {
    let judge = Judge::new();
    let text = vectors().cases.into_iter().find(|case| case.name == "everything at once").unwrap().text;
    assert_eq!(judge.repair(&text.replacen("00000-00000-00000-00000-00000-00000-", "", 1)), None);
}

#[test]
fn a_row_typed_twice_beside_two_damaged_groups_is_not_repaired() {
    let judge = Judge::new();
    let text = vectors().cases.into_iter().find(|case| case.name == "everything at once").unwrap().text;
    let zeros = groups(&text).iter().position(|group| group == b"00000").unwrap();
    for other in ["?????", "ZZZZZ"] {
        let damaged = with_row_twice(&text, 0, &[(zeros, "?????"), (60, other)]);
        assert_eq!(judge.repair(&damaged), None, "{other}");
    }
}
