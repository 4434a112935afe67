//! Activation requests are read as they may be typed, and repaired only where a repair is confirmed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking, and counts groups"
)]

use keyward_core::{
    ActivationRequest, ActivationRequestError, Fingerprint, KeyTextError, LicenseKey, Malformation, Serial,
};
use proptest::prelude::*;

const GROUPS: usize = 11;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const KEY: &str = include_str!("../../cli/tests/fixtures/keys/typical.txt");

fn example() -> ActivationRequest {
    let machine = "01b2c3d4000000e5f607a8b9ca000000".parse().unwrap();
    ActivationRequest::new("0102030405060708".parse().unwrap(), machine)
}

/// Requests of machines with one to five components, and one in which most groups are alike.
fn requests() -> Vec<ActivationRequest> {
    let digest = |seed: u8| Some([seed.wrapping_mul(97), seed.wrapping_mul(55), seed]);
    let of = |present: u8| {
        let digests = core::array::from_fn(|slot| digest(slot as u8 + 1).filter(|_| (slot as u8) < present));
        ActivationRequest::new(
            Serial::from_bytes([present; 8].map(|byte| byte.wrapping_mul(29))),
            Fingerprint::from_digests(digests),
        )
    };
    let empty = ActivationRequest::new(Serial::from_bytes([0; 8]), Fingerprint::from_digests([None; 5]));
    (1..=5).map(of).chain([example(), empty]).collect()
}

fn groups_of(request: &ActivationRequest) -> Vec<String> {
    request.to_string().split('-').map(str::to_owned).collect()
}

fn group(bits: u32) -> String {
    (0..5).rev().map(|place| char::from(ALPHABET[(bits >> (5 * place) & 31) as usize])).collect()
}

/// What a typed text gives: the request and the numbers of the repaired groups.
fn typed(text: &str) -> Result<(ActivationRequest, Vec<u8>), ActivationRequestError> {
    let typed = ActivationRequest::from_typed(text)?;
    Ok((typed.request, typed.repairs.iter().map(keyward_core::Repair::group).collect()))
}

/// The text is read as that request, with that group repaired. (Of several groups that are alike, another may be named.)
fn repairs_to(request: &ActivationRequest, text: &str) {
    assert!(text.parse::<ActivationRequest>().is_err(), "{text}");
    let (read, repaired) = typed(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(read, *request, "{text}");
    assert_eq!(repaired.len(), 1, "{text}");
}

fn is_damaged(text: &str) {
    let error = typed(text).unwrap_err();
    assert_eq!(error.code(), "damaged", "{text}: {error}");
}

#[test]
fn a_request_is_eleven_groups_and_reads_back() {
    for request in requests() {
        let text = request.to_string();
        assert_eq!(text.len(), GROUPS * 6 - 1, "{text}");
        assert!(text.starts_with('R'), "{text}");
        assert_eq!(text.parse(), Ok(request));
        assert_eq!(format!("{request:#}").replacen("-\n", "-", 1), text);
        assert_eq!(format!("{request:#}").lines().count(), 2);
        assert_eq!(typed(&text), Ok((request, Vec::new())));
    }
}

#[test]
fn case_look_alikes_and_separators_do_not_matter() {
    let text = example().to_string();
    for spelled in [
        text.to_lowercase(),
        text.replace('-', " "),
        text.replace('-', ""),
        text.replace('-', "\r\n"),
        text.replace('-', "—"),
        text.replace('0', "O").replace('1', "l"),
        text.replace('0', "o").replace('1', "I"),
        format!("\u{FEFF}  {text}.\n"),
        text.chars()
            .map(|c| if c.is_ascii_alphanumeric() { char::from_u32(c as u32 + 0xFEE0).unwrap() } else { c })
            .collect(),
    ] {
        assert_eq!(spelled.parse(), Ok(example()), "{spelled}");
    }
    assert_eq!(text.replace('-', "\\n").parse::<ActivationRequest>().is_ok(), cfg!(feature = "find"));
}

#[test]
fn any_one_wrong_character_is_noticed_and_repaired() {
    for request in requests() {
        let text = request.to_string();
        for place in (0..text.len()).filter(|place| place % 6 != 5) {
            for other in ALPHABET.iter().chain(b"?U").filter(|other| **other != text.as_bytes()[place]) {
                let mut wrong = text.clone().into_bytes();
                wrong[place] = *other;
                let wrong = String::from_utf8(wrong).unwrap();
                assert!(wrong.parse::<ActivationRequest>().is_err(), "{wrong}");
                assert_eq!(typed(&wrong), Ok((request, vec![place as u8 / 6 + 1])), "{wrong}");
            }
        }
    }
}

#[test]
fn one_group_that_is_missing_twice_or_of_another_length_is_repaired() {
    for request in requests() {
        let groups = groups_of(&request);
        for index in 0..GROUPS {
            let with = |group: &[&str]| {
                let (before, after) = (&groups[..index], &groups[index + 1..]);
                let all = before
                    .iter()
                    .map(String::as_str)
                    .chain(group.iter().copied())
                    .chain(after.iter().map(String::as_str));
                all.collect::<Vec<_>>().join("-")
            };
            let own = groups[index].as_str();
            for damaged in [
                with(&[]),
                with(&[own, own]),
                with(&[&own[1..]]),
                with(&[&format!("{own}{}", &own[4..])]),
                with(&["?????"]),
                with(&["U"]),
                // Without separators, what follows has slipped.
                with(&[&own[..4]]).replace('-', ""),
                with(&[&format!("{}{own}", &own[..1])]).replace('-', ""),
                with(&[]).replace('-', ""),
            ] {
                repairs_to(&request, &damaged);
            }
        }
    }
}

#[test]
fn two_groups_that_cannot_be_read_are_repaired() {
    for request in requests() {
        for one in 0..GROUPS {
            for other in one + 1..GROUPS {
                for [first, second] in [["?????", "?????"], ["12?45", "X"], ["ABCD", "ABCDEF"]] {
                    let mut groups = groups_of(&request);
                    (groups[one], groups[other]) = (first.into(), second.into());
                    let expected = vec![one as u8 + 1, other as u8 + 1];
                    assert_eq!(typed(&groups.join("-")), Ok((request, expected)), "{}", groups.join("-"));
                }
            }
        }
    }
}

#[test]
fn repairs_are_told() {
    let text = example().to_string();
    let repairs = |text: &str| {
        let typed = ActivationRequest::from_typed(text).unwrap();
        typed.repairs.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(repairs(&text.replace("X8Q75", "X8Q7S")), ["group 7 is X8Q75, not X8Q7S"]);
    assert_eq!(repairs(&text.replace("-X8Q75", "")), ["group 7 is missing: X8Q75"]);
    assert_eq!(repairs(&text.replace("X8Q75", "X8Q75-X8Q75")), ["group 8 is 00000, not X8Q75-00000"]);
    assert_eq!(
        repairs(&text.replace("X8Q75", "X875").replace("GSNFT", "GS?FT")),
        ["group 7 is X8Q75, not X875", "group 9 is GSNFT, not GS?FT"]
    );
}

#[test]
fn three_groups_that_cannot_be_read_are_not_repaired() {
    for one in 0..GROUPS - 2 {
        let mut groups = groups_of(&example());
        groups[one..one + 3].fill("?????".into());
        is_damaged(&groups.join("-"));
    }
}

#[test]
fn two_missing_groups_are_not_repaired_unless_their_places_are_marked() {
    let groups = groups_of(&example());
    for one in 0..GROUPS - 1 {
        let without: Vec<String> = [&groups[..one], &groups[one + 2..]].concat();
        assert_eq!(typed(&without.join("-")), Err(ActivationRequestError::Groups { found: 9 }));
        let without: Vec<String> = [&groups[..one], &["?????".to_owned()], &groups[one + 2..]].concat();
        is_damaged(&without.join("-"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// The distance of the code is four: two wrong groups are never one wrong group of another request.
    #[test]
    fn two_wrong_groups_never_give_a_request(which in 0..7_usize, one in 0..GROUPS, other in 0..GROUPS, bits: [u32; 2]) {
        prop_assume!(one != other);
        let mut groups = groups_of(&requests()[which]);
        let (first, second) = (group(bits[0] & 0x1FF_FFFF), group(bits[1] & 0x1FF_FFFF));
        prop_assume!(groups[one] != first && groups[other] != second);
        (groups[one], groups[other]) = (first, second);
        prop_assert!(typed(&groups.join("-")).is_err());
        prop_assert!(typed(&groups.concat()).is_err());
    }

    #[test]
    fn two_unreadable_groups_and_a_wrong_one_never_give_a_request(which in 0..7_usize, places in Just((0..GROUPS).collect::<Vec<_>>()).prop_shuffle(), bits: u32) {
        let (one, other, wrong) = (places[0], places[1], places[2]);
        let mut groups = groups_of(&requests()[which]);
        let bits = group(bits & 0x1FF_FFFF);
        prop_assume!(groups[wrong] != bits);
        groups[wrong] = bits;
        (groups[one], groups[other]) = ("?????".into(), "?????".into());
        prop_assert!(typed(&groups.join("-")).is_err());
    }

    #[test]
    fn an_unreadable_group_and_a_wrong_one_are_not_repaired(which in 0..7_usize, one in 0..GROUPS, wrong in 0..GROUPS, bits: u32) {
        prop_assume!(one != wrong);
        let mut groups = groups_of(&requests()[which]);
        let bits = group(bits & 0x1FF_FFFF);
        prop_assume!(groups[wrong] != bits);
        (groups[one], groups[wrong]) = ("????".into(), bits);
        prop_assert!(typed(&groups.join("-")).is_err());
    }

    #[test]
    fn any_other_damage_gives_the_request_or_none(which in 0..7_usize, edits in prop::collection::vec((0..64_usize, 0..4_u8, 0..34_usize), 1..8)) {
        let request = requests()[which];
        let mut text = request.to_string().into_bytes();
        for (place, edit, character) in edits {
            let len = text.len();
            let (place, character) = (place % len, b"0123456789ABCDEFGHJKMNPQRSTVWXYZ?-"[character]);
            match edit {
                0 => drop(text.remove(place)),
                1 => text.insert(place, character),
                2 => text.swap(place, (place + 1) % len),
                _ => text[place] = character,
            }
        }
        let text = String::from_utf8(text).unwrap();
        if let Ok((read, _)) = typed(&text) {
            prop_assert_eq!(read, request, "{}", text);
        }
    }

    #[test]
    fn random_groups_are_no_request(all in prop::collection::vec(0_u32..1 << 25, 9..=13), marks in 0..4_usize) {
        let mut groups: Vec<String> = all.into_iter().map(group).collect();
        groups[0].replace_range(..2, "R4");
        groups.iter_mut().skip(1).take(marks).for_each(|group| "?".clone_into(group));
        prop_assert!(typed(&groups.join("-")).is_err());
    }

    #[test]
    fn every_request_reads_back(serial: [u8; 8], digests: [u8; 15]) {
        let mut bytes = [1; 16];
        bytes[1..].copy_from_slice(&digests);
        let request = ActivationRequest::new(Serial::from_bytes(serial), Fingerprint::from_bytes(bytes).unwrap());
        prop_assert_eq!(request.to_string().parse::<ActivationRequest>(), Ok(request));
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        let _ = ActivationRequest::from_typed(&text);
    }
}

#[test]
fn a_license_key_is_named_as_one() {
    let key = Err(ActivationRequestError::LicenseKey);
    let damaged = KEY.replace("K7PM4", "?????");
    for text in [KEY, &KEY.to_lowercase(), &damaged] {
        assert_eq!(typed(text), key, "{text}");
        assert_eq!(text.parse::<ActivationRequest>(), key.clone().map(|(request, _)| request), "{text}");
    }
    if cfg!(feature = "find") {
        for text in [&KEY[..60], &KEY[..72], &*format!("Your license key:\n{KEY}\nKind regards")] {
            assert_eq!(typed(text), key, "{text}");
        }
    }
    let error = typed(KEY).unwrap_err();
    assert_eq!(error.code(), "malformed");
    assert_eq!(
        error.to_string(),
        "this is a license key, not an activation request: enter it in the product on the machine, which then shows the \
         request"
    );
}

#[test]
fn a_request_in_the_place_of_a_license_key_is_named_as_one() {
    let text = example().to_string();
    let request = Err(KeyTextError::Malformed(Malformation::ActivationRequest));
    assert_eq!(text.parse::<LicenseKey>(), request);
    assert_eq!(text.to_lowercase().parse::<LicenseKey>(), request);
    if cfg!(feature = "find") {
        assert_eq!(text.replace("X8Q75", "X8Q7S").parse::<LicenseKey>(), request);
        assert_eq!(text.replace("-X8Q75", "").parse::<LicenseKey>(), request);
        assert_eq!(text.replace('-', "\\n").parse::<LicenseKey>(), request);
    }
    let error = text.parse::<LicenseKey>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "this is an activation request, not a license key: send it to the vendor, who returns a key"
    );
}

#[test]
fn other_texts_are_refused_with_the_reason() {
    for (text, error) in [
        (String::new(), ActivationRequestError::Groups { found: 0 }),
        ("hello".into(), ActivationRequestError::Groups { found: 1 }),
        (example().to_string()[..53].into(), ActivationRequestError::Groups { found: 9 }),
        (format!("{}{}", example(), "-".repeat(4096)), ActivationRequestError::TooLong { bytes: 4161 }),
    ] {
        assert_eq!(typed(&text), Err(error), "{text}");
        assert_eq!(error.code(), "malformed", "{text}");
    }
}

#[test]
fn messages_say_what_is_wrong_and_what_to_do() {
    let says = |text: &str, message: &str| assert_eq!(typed(text).unwrap_err().to_string(), message, "{text}");
    let text = example().to_string();
    says(
        &text[..53],
        "this is not an activation request: a request has 11 groups of five characters, and the text has 9: copy all of it, \
         and nothing else",
    );
    says(
        &text.replace("30E20", "ZZZZZ").replace("X8Q75", "11111"),
        "the activation request has a mistake in it at a place that is not known: 11 of 11 groups were read; compare it with \
         the product's, group by group",
    );
    says(
        &text.replace("30E20", "ZZ?ZZ").replace("X8Q75", "1111").replace("3JZC1", "3JZC2"),
        "the activation request has a mistake in it: groups 3, 7 of 11 can't be read; compare it with the product's, group by \
         group",
    );
    says(
        &format!("{text}{}", " ".repeat(4096)),
        "this is not an activation request: it has 4161 bytes, and a request with any separators has at most 4096",
    );
}
