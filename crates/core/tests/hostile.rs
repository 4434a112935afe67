//! Reading and repair never panic and never take long, for any text and any answers of a judge.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use keyward_core::{KeyTextError, LicenseKey, Malformation, Verdict, repair};
use keyward_testing::by_hand::school::{ALPHA, checks, last_three, power, product};
use keyward_testing::by_hand::{number, spelt};
use keyward_testing::vectors::vectors;
use proptest::prelude::*;

/// Texts with as many groups as a key can have, and texts of every kind that people and machines paste.
fn text() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vectors().cases.into_iter().map(|case| case.text).collect::<Vec<_>>());
    prop_oneof![
        ".{0,300}",
        "[0-9A-Za-z?]{100,700}",
        "([0-9A-HJ-Z?]{1,7}[- \n]){20,130}",
        "0{100,600}",
        "([0O?]{5}-){25,120}",
        "\\PC{1000,1100}",
        (key, prop::collection::vec((any::<prop::sample::Index>(), any::<char>()), 0..12)).prop_map(
            |(key, changes)| {
                let mut characters: Vec<char> = key.chars().collect();
                for (place, character) in changes {
                    let place = place.index(characters.len());
                    match u32::from(character) % 3 {
                        0 => characters.insert(place, character),
                        1 => drop(characters.remove(place)),
                        _ => characters.splice(place..=place, [character]).for_each(drop),
                    }
                }
                characters.into_iter().collect()
            }
        ),
    ]
}

proptest! {
    #[test]
    fn every_text_is_read_or_refused(text in text()) {
        match text.parse::<LicenseKey>() {
            Ok(key) => prop_assert_eq!(key.to_string().parse::<LicenseKey>().unwrap(), key),
            Err(error) => {
                let shown = error.to_string();
                prop_assert!(!shown.is_empty() && shown.len() < 1000);
            }
        }
    }

    #[test]
    fn every_candidate_is_a_key_in_canonical_form(text in text()) {
        repair(&text, |candidate| {
            let key = candidate.key();
            assert!(candidate.redundant_equations() <= 3);
            assert_eq!(&key.to_string().parse::<LicenseKey>().unwrap(), key);
            Verdict::Refused
        });
    }

    #[test]
    fn a_candidate_that_is_accepted_comes_with_its_repairs(text in text()) {
        if let Some(repaired) = repair(&text, |_| Verdict::Genuine) {
            prop_assert!(text.parse::<LicenseKey>().is_err());
            prop_assert!(repaired.repairs.iter().all(|repair| (1..=110).contains(&repair.group())));
            for repair in repaired.repairs.iter() {
                prop_assert_eq!(repair.expected().to_string().len(), 5);
                prop_assert_ne!(repair.expected().to_string(), repair.typed().to_string());
                let group = repaired.key.to_string().split('-').nth(usize::from(repair.group()) - 1).map(str::to_owned);
                prop_assert_eq!(group, Some(repair.expected().to_string()));
            }
        }
    }
}

/// A key has pad bits in the last group before the check groups, which are zero.
#[test]
fn a_solution_with_pad_bits_is_no_candidate() {
    let mut padded = 0;
    for case in vectors().cases {
        let mut groups: Vec<String> = case.text.split('-').map(str::to_owned).collect();
        let last = groups.len() - 4;
        if groups.len() % 8 == 3 {
            continue; // No pad: the number of data groups is a multiple of 8.
        }
        let number = number(&groups[last]);
        groups[last] = spelt(number | 1);
        assert_eq!(number & 1, 0, "{}", case.name);
        for place in [3, 6, 9] {
            "?????".clone_into(&mut groups[place]);
        }
        let mut candidates = 0;
        repair(&groups.join("-"), |_| {
            candidates += 1;
            Verdict::Refused
        });
        assert_eq!(candidates, 0, "{}", case.name);
        padded += 1;
    }
    assert!(padded > 3, "{padded}");
}

/// The groups that can't be read have one solution, which is that of the changed groups.
#[test]
fn a_solution_of_another_form_version_or_length_is_no_candidate() {
    let text = vectors().cases.into_iter().next().unwrap().text;
    let mut data: Vec<u32> = text.split('-').map(number).collect();
    data.truncate(data.len() - 3);
    let candidates = |data: &[u32], unreadable: [usize; 3]| {
        let mut groups: Vec<String> = data.iter().chain(&checks(data)).map(|group| spelt(*group)).collect();
        unreadable.iter().for_each(|place| "?????".clone_into(&mut groups[*place]));
        let mut candidates = 0;
        repair(&groups.join("-"), |_| {
            candidates += 1;
            Verdict::Refused
        });
        candidates
    };
    assert_eq!(candidates(&data, [0, 3, 6]), 1);
    for (what, bit) in [("first symbol", 20), ("version", 17)] {
        let mut other = data.clone();
        other[0] ^= 1 << bit;
        assert_eq!(candidates(&other, [0, 3, 6]), 0, "another {what}");
    }
    // A key has 30 groups or more. The pad of 26 groups has two bits.
    let mut short = data[..26].to_vec();
    short[25] &= !0b11;
    assert_eq!(candidates(&short, [26, 27, 28]), 0);
}

#[test]
fn the_search_ends_when_the_judge_gives_up() {
    let text = vectors().cases.into_iter().next().unwrap().text.replacen('G', "?", 2);
    let mut asked = 0;
    let repaired = repair(&text, |_| {
        asked += 1;
        Verdict::Enough
    });
    assert_eq!((repaired, asked), (None, 1));
}

/// S_1 = 0 and S_2 = α^(n−1)·S_0, so that any two places are a solution if the product of their powers is α^(n−1).
fn crafted(key: &str, s0: u32) -> String {
    let mut groups: Vec<String> = key.split('-').map(str::to_owned).collect();
    let last = groups.len() - 1;
    let s2 = product(s0, power(ALPHA, last));
    for (group, difference) in groups.iter_mut().skip(last - 2).zip(last_three([s0, 0, s2])) {
        *group = spelt(number(group) ^ difference);
    }
    groups.join("-")
}

#[test]
fn a_crafted_text_costs_no_more_signatures_than_the_judge_allows() {
    for case in vectors().cases {
        let groups = case.text.split('-').count();
        for s0 in [1, 0x155_5555, 0x1FF_FFFF] {
            let crafted = crafted(&case.text, s0);
            let mut asked = 0;
            assert_eq!(
                repair(&crafted, |_| {
                    asked += 1;
                    Verdict::Refused
                }),
                None
            );
            // The pairs that change the first groups change the magic, and are not candidates.
            assert!(asked >= groups / 2 - 4, "{asked} of {groups}: {}", case.name);
            let limit = asked.min(64);
            let mut asked = 0;
            repair(&crafted, |_| {
                asked += 1;
                if asked == limit { Verdict::Enough } else { Verdict::Refused }
            });
            assert_eq!(asked, limit);
        }
    }
}

#[test]
fn a_text_of_more_than_4096_bytes_is_not_read() {
    let key = vectors().cases.into_iter().next().unwrap().text;
    let padded = |bytes: usize| format!("{key}{}", " ".repeat(bytes - key.len()));
    assert!(padded(4096).parse::<LicenseKey>().is_ok());
    assert_eq!(padded(4097).parse::<LicenseKey>(), Err(KeyTextError::Malformed(Malformation::TooLong { bytes: 4097 })));
}

#[test]
fn fewer_than_28_and_more_than_116_groups_are_malformed() {
    for groups in [0, 1, 27, 28, 116, 117, 200] {
        let text = vec!["ABCDE"; groups].join("-");
        let malformed = Err(KeyTextError::Malformed(Malformation::Groups { found: groups }));
        assert_eq!(text.parse::<LicenseKey>() == malformed, !(28..=116).contains(&groups), "{groups}");
    }
}

#[test]
fn damage_names_the_groups_that_show_it() {
    let text = vectors().cases.into_iter().next().unwrap().text;
    // Groups 20 and 21 are two groups, even without a separator between them.
    let damaged = text
        .replace("60W40", "60W4")
        .replace("F52Z2-ZY7GB", "F52Z2ZY7GB")
        .replace("FYP6K", "FYP6KK")
        .replace("VHRAB", "VHR?B")
        .replace("ZY7GB", "ZZZZZ");
    let Err(KeyTextError::Damaged(damage)) = damaged.parse::<LicenseKey>() else {
        unreachable!("it is damaged");
    };
    assert!(damage.unreadable.iter().eq([4, 8, 14]));
    assert_eq!(damage.groups, 30);
    assert_eq!(
        damage.to_string(),
        "the license key has a mistake in it: groups 4, 8, 14 of 30 can't be read; compare it with the original, group by group"
    );
}

#[test]
fn only_visible_damage_is_named_in_a_text_without_separators() {
    let text = vectors().cases.into_iter().next().unwrap().text.replace('-', "");
    let unreadable = |text: &str| match text.parse::<LicenseKey>() {
        Err(KeyTextError::Damaged(damage)) => damage.unreadable.iter().collect::<Vec<_>>(),
        _ => unreachable!("it is damaged"),
    };
    assert!(unreadable(&text[..149]).is_empty());
    assert_eq!(unreadable(&text[..149].replacen("FYP6K", "FY?6K", 1)), [8]);
}

#[test]
fn damage_to_a_key_of_another_version_says_so() {
    let version_2 = vectors().refused.into_iter().find(|refused| refused.name == "version 2").unwrap().text;
    let damaged = version_2.replace("60W40", "60W44");
    let Err(KeyTextError::Damaged(damage)) = damaged.parse::<LicenseKey>() else {
        unreachable!("it is damaged");
    };
    assert_eq!(damage.newer_version, Some(2));
    // A version that can't be read is not reported.
    let Err(KeyTextError::Damaged(damage)) = damaged.replacen("KB", "K?", 1).parse::<LicenseKey>() else {
        unreachable!("it is damaged");
    };
    assert_eq!(damage.newer_version, None);
}
