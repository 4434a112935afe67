//! License keys in mails, quotations and other texts.
#![cfg(feature = "find")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use std::time::{Duration, Instant};

use keyward_core::{Damage, KeyTextError, LicenseKey, Malformation, Missing, keys_in};
use keyward_testing::vectors::vectors;
use proptest::prelude::*;

const KEY: &str = "\
    K7PM4-00108-1G818-60W40-60GSJ-08YT0-\n\
    G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-\n\
    VDC80-VHRAB-CED8J-M9TJZ-A9AHX-JPA40-\n\
    2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-\n\
    4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3\n";

const LONG_KEY: &str = "\
    K7PM5-Y0704-10610-50R3G-HZZZZ-ZZGZZ-\n\
    ZZ0FZ-ZZZZZ-1Y813-V82G6-08104-0G208-\n\
    1001B-81G00-81G00-G5040-04842-RVDCM-\n\
    G46VV-JE1QQ-4RBMD-5QPXZ-RW07Q-DVK5V-\n\
    NACRG-XV6AN-2368G-HZX00-00000-00000-\n\
    00000-00000-00000-00000-00000-00000-\n\
    00000-00000-00000-00000-00000-00000-\n\
    00000-00000-00000-00000-00000-00000-\n\
    01SVH-82H1J-3BWKD-35D7J-0YT7R-0J4ND-\n\
    5E3S0-26VNB-Q64M4-FZXE9-AQKWN-VGH04-\n\
    3XAXW-28HVQ-9BQFE-GH5D4-P6JDS-C855P-\n\
    2S3Z3-EQYBT-E1G80-P5ZZJ-NGQ3M-WGMZ5\n";

fn canonical(key: &str) -> String {
    key.parse::<LicenseKey>().unwrap().to_string()
}

/// The canonical text of each key, or its code.
fn found(text: &str) -> Vec<String> {
    let read = |key: Result<&LicenseKey, KeyTextError>| match key {
        Ok(key) => key.to_string(),
        Err(error) => error.code().to_owned(),
    };
    keys_in(text).map(|key| read(key.key())).collect()
}

/// The parts of the text, trimmed.
fn parts(text: &str) -> Vec<&str> {
    keys_in(text).map(|key| key.text().trim_matches(['\n', ' ', '\r'])).collect()
}

#[track_caller]
fn finds(text: &str, keys: &[&str]) {
    let expected: Vec<String> = keys.iter().map(|key| canonical(key)).collect();
    assert_eq!(found(text), expected, "{text}");
    for key in keys_in(text) {
        // The part of the text that was found reads as that key alone.
        assert_eq!(found(key.text()), [key.key().unwrap().to_string()]);
    }
}

#[test]
fn a_key_is_found_in_a_mail() {
    let one_line = KEY.replace('\n', "");
    let quoted = format!("\nYour license key is:\n\n{KEY}\nThank you for your order!").replace('\n', "\n> ");
    for mail in [
        format!("Your license key is:\n\n{KEY}\nThank you for your order!\n"),
        format!("Your license key is:\n{KEY}Thank you for your order!\n"),
        format!("Your license key is {one_line}. Thank you for your order!"),
        format!("KEY={one_line}\nPATH=/usr/bin\n"),
        format!("<p>Your key:<br><code>{one_line}</code></p>"),
        format!("{{\"license\": \"{one_line}\", \"seats\": 25}}"),
        format!("On Monday, Kim wrote:{quoted}\n"),
        format!("On Tuesday, Kate wrote:\n> On Monday, Kim wrote:{}", quoted.replace('\n', "\n> ")),
        format!("您的许可证密钥{one_line}谢谢"),
        format!("Ваш ключ: «{one_line}». Спасибо!"),
        format!("{}\n{KEY}\n{}", "All of this text is about the key. ".repeat(700), "And so is this. ".repeat(700)),
        format!("Dear customer,\r\n\r\n{}\r\nBest regards,\r\nSales", KEY.replace('\n', "\r\n")),
        format!("Your key\n{}\n", KEY.replace('\n', "\n\n")),
        format!("Your key: {}", one_line.replace('-', "").to_lowercase()),
        format!("Your key: {}.", one_line.replace('-', " ")),
    ] {
        finds(&mail, &[KEY]);
    }
}

#[test]
fn words_between_the_groups_are_ignored() {
    let numbered: String =
        KEY.lines().enumerate().map(|(line, groups)| format!("{:>2}  {groups}\n", 6 * line + 1)).collect();
    let each: String =
        KEY.replace('\n', "").split('-').enumerate().map(|(at, group)| format!("{}. {group}\n", at + 1)).collect();
    for text in [
        numbered,
        each,
        KEY.replace('\n', "<br>\n"),
        KEY.replace('\n', "&nbsp;\n"),
        KEY.replace("-\n", "-=20\n"),
        KEY.replace('\n', " of it\n"),
        KEY.replace('-', " 一 "),
    ] {
        finds(&text, &[KEY]);
        finds(&format!("Your license:\n{text}\nThank you!"), &[KEY]);
    }
}

#[test]
fn line_breaks_that_are_spelled_out_are_line_breaks() {
    for line_break in ["\\n", "\\r\\n", "\\\\n", "\\t", "\\n\\n"] {
        let text = KEY.replace('\n', line_break);
        assert_eq!(canonical(&text), canonical(KEY), "{line_break}");
        assert_eq!(canonical(&text.to_lowercase()), canonical(KEY), "{line_break}");
        finds(&format!("LICENSE=\"{text}\""), &[KEY]);
        finds(&format!("LICENSES=\"{text}{text}\""), &[KEY, KEY]);
    }
    // Between groups in lower case, \n can be a separator and an n. The text is first read literally.
    let with_n = vectors().cases.into_iter().find(|case| case.text.contains("-N")).unwrap().text;
    let typed = with_n.to_lowercase().replace('-', "\\");
    assert_eq!(canonical(&typed), with_n);
}

#[test]
fn utf_16_that_was_read_as_utf_8_is_read() {
    let wide: String = KEY.chars().flat_map(|character| [character, '\0']).collect();
    for text in [
        wide.clone(),
        format!("\u{FFFD}\u{FFFD}{wide}"),
        format!("\0{wide}"),
        wide.replace("\n\0", "\\\0n\0"),
        format!("Y\0o\0u\0r\0 \0k\0e\0y\0:\0 \0{wide}"),
    ] {
        finds(&text, &[KEY]);
    }
    assert_eq!(canonical(&wide), canonical(KEY));
}

#[test]
fn keys_that_follow_each_other_are_separated() {
    let one_line = KEY.replace('\n', "");
    finds(&KEY.repeat(3), &[KEY; 3]);
    finds(&format!("{KEY}{LONG_KEY}"), &[KEY, LONG_KEY]);
    finds(&format!("{one_line} {one_line}"), &[KEY; 2]);
    finds(&one_line.repeat(2), &[KEY; 2]);
    finds(&one_line.replace('-', "").repeat(2), &[KEY; 2]);
    finds(&format!("{KEY}\n\n{LONG_KEY}"), &[KEY, LONG_KEY]);
    finds(&format!("\n\nThis year's:\n{KEY}\nNext year's:\n{LONG_KEY}"), &[KEY, LONG_KEY]);
}

#[test]
fn a_damaged_key_is_found_among_words() {
    let damaged = KEY.replace("60GSJ", "606SJ").replace("D7E18", "D7E?8");
    let one_line = damaged.replace('\n', "");
    for (text, part) in [
        (format!("Your license key is:\n\n{damaged}\nThank you for your order!\n"), damaged.trim()),
        (format!("Your license key is:\n{damaged}Thank you for your order!\n"), damaged.trim()),
        (
            format!("Your license key is {one_line}. We are glad."),
            &*format!("Your license key is {one_line}. We are glad."),
        ),
        (damaged.replace('-', "–"), &*damaged.trim().replace('-', "–")),
    ] {
        assert_eq!(parts(&text), [part]);
        assert_eq!(found(&text), ["damaged"]);
    }
    // A long line is too long to be read, and only the core is tried.
    let words = "All of these words are about the key that follows. ".repeat(20);
    assert_eq!(parts(&format!("{words}{one_line}. {words}")), [one_line]);
    // The first and the last group belong to the key with any damage.
    let at_both_ends = KEY.replace("K7PM4", "K7P").replace("49VV3", "49VV33");
    assert_eq!(parts(&format!("Your license key is:\n{at_both_ends}Thank you!\n")), [at_both_ends.trim()]);
    let quoted = damaged.replace('\n', "\n> ");
    assert_eq!(parts(&format!("Kim wrote:\n> {quoted}\nYes.")), [format!("> {}", quoted.trim_end_matches("\n> "))]);
}

/// Words of five letters look like groups of a key. The core is without those on the lines above.
#[test]
fn words_of_five_letters_above_a_damaged_key_are_not_in_its_core() {
    let core = |text: &str| {
        let cores: Vec<_> = keys_in(text).map(|key| key.core().unwrap_or(key.text()).trim().to_owned()).collect();
        <[String; 1]>::try_from(cores).unwrap().concat()
    };
    let damaged = KEY.replace("60GSJ", "606SJ");
    for words in ["HELLO WORLD THESE WORDS ABOVE", "Hello", "HELLO WORLD\nTHESE WORDS", "Kites above"] {
        for key in [damaged.clone(), damaged.replace('-', ""), damaged.replace('\n', "")] {
            assert_eq!(core(&format!("{words}\n{key}")), key.trim(), "{words}");
            let quoted = format!("{words}\n{key}").replace('\n', "\n> ");
            assert_eq!(core(&quoted).replace("\n> ", "\n"), key.trim(), "{words}");
        }
    }
    // Without a whole beginning, the text does not show where the key begins.
    let without_a_beginning = format!("HELLO\n{}", KEY.replace("K7PM4-00108", "K7PM4-0?108"));
    assert_eq!(core(&without_a_beginning), without_a_beginning.trim());
    // A group within the key that looks like a beginning is none: too few groups follow, or it is not the first of its line.
    let within = KEY.replace("K7PM4", "R7PM4").replace("G7V4F", "K7V4F");
    assert_eq!(core(&within), within.trim());
    let wrong_first = LONG_KEY.replace("K7PM5", "R7PM5").replace("ZZ0FZ-ZZZZZ", "ZZ0FZ-K7ZZZ");
    assert_eq!(core(&wrong_first), wrong_first.trim());
}

#[test]
fn damaged_keys_are_separated_by_blank_lines_and_by_keys_between_them() {
    let damaged = KEY.replace("60GSJ", "606SJ");
    let ends = ["damaged".to_owned(), canonical(KEY)];
    assert_eq!(found(&format!("{damaged}\n{damaged}")), ["damaged", "damaged"]);
    assert_eq!(found(&format!("{damaged}{KEY}")), ends);
    assert_eq!(found(&format!("{damaged}\r\n\r\n{KEY}{damaged}")), [&ends[..], &ends[..1]].concat());
    assert_eq!(found(&format!("{damaged}\\n\\n{damaged}")), ["damaged", "damaged"]);
    // The text does not show where the first key ends.
    assert_eq!(found(&damaged.repeat(2)), ["damaged"]);
    // Mail programs also put blank lines into a key.
    assert_eq!(found(&damaged.replace('\n', "\n\n")), ["damaged"]);
}

#[test]
fn a_qr_code_beneath_a_key_is_not_another_key() {
    let code = "     ▀▄█ ▀▄█▄█ ▀▄█▄█\n     █▀▄ ▄ ▀▄█▄█▀▄█▄█\n".repeat(9);
    finds(&format!("{KEY}\n{code}"), &[KEY]);
    finds(&format!("{KEY}{code}{KEY}{code}"), &[KEY, KEY]);
    let damaged = KEY.replace("60GSJ", "606SJ");
    assert_eq!(parts(&format!("{damaged}{code}\n{KEY}")), [damaged.trim(), KEY.trim()]);
}

#[test]
fn there_is_no_key_in_other_texts() {
    for text in [
        "",
        " \n\n",
        "Dear customer, thank you for your order.",
        &"Kind regards to Kim and Kate. ".repeat(2_000),
        &"K".repeat(60_000),
        &"K7PM4 ".repeat(9_000),
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n",
    ] {
        let of_the_size = keys_in(text).filter(|key| key.has_the_size_of_a_key()).count();
        assert_eq!(of_the_size, 0, "{}", text.get(..40).unwrap_or(text));
    }
}

#[test]
fn no_damaged_key_is_found_in_a_signed_file_or_a_part_of_one() {
    let payload = "eyJpc3N1ZWRfYXQiOiIyMDI2LTA2LTAxVDAwOjAwOjAwWiIsImxpY2Vuc2VzIjpbXX0".repeat(5);
    let file = format!(
        "{{\"payloadType\":\"application/vnd.keyward.license-file.v1+json\",\"payload\":\"{payload}\",\"signatures\":[]}}"
    );
    let is_file = |text: &str| {
        let why = KeyTextError::Malformed(Malformation::SignedFile);
        assert_eq!(text.parse::<LicenseKey>(), Err(why), "{text}");
        assert_eq!(found(text), [""; 0], "{text}");
    };
    is_file(&file);
    for cut in [40, 100, 200, 300, file.len() - 1] {
        is_file(&file[..cut]);
    }
    for damaged in [
        format!("{file},"),
        format!("{file}\0"),
        format!("[{file}]"),
        format!("\u{C}{file}"),
        file.replace("\"payloadType\":\"application/vnd.keyward.license-file.v1+json\",", ""),
        file[90..].to_owned(),
        file.chars().flat_map(|character| [character, '\0']).collect(),
        file.replace("eyJpc3", "\n> eyJpc3"),
    ] {
        is_file(&damaged);
    }
    // A key beside a file is found.
    finds(&format!("{KEY}\n{file}"), &[KEY]);
}

#[test]
fn the_error_of_a_key_without_its_last_groups_has_their_number() {
    let cut = |text: &str, groups: usize| canonical(text).split('-').take(groups).collect::<Vec<_>>().join("-");
    let ends = |groups: usize, missing: Missing| {
        Err(KeyTextError::Malformed(Malformation::EndsEarly { found: groups, missing }))
    };
    for groups in 7..28 {
        let text = cut(KEY, groups);
        assert_eq!(text.parse::<LicenseKey>(), ends(groups, Missing::Exactly(30 - groups)), "{groups}");
        assert_eq!(
            text.replace('-', "").parse::<LicenseKey>(),
            ends(groups, Missing::Exactly(30 - groups)),
            "{groups}"
        );
        let mail = format!("Your license key is:\n{text}\nThank you!");
        let in_a_mail: Vec<_> = keys_in(&mail).map(|key| key.key().cloned()).collect();
        assert_eq!(in_a_mail, [ends(groups, Missing::Exactly(30 - groups))], "{groups}");
    }
    for groups in 3..7 {
        assert_eq!(cut(KEY, groups).parse::<LicenseKey>(), ends(groups, Missing::AtLeast(30 - groups)), "{groups}");
    }
    for groups in 28..72 {
        let Err(KeyTextError::Damaged(damage)) = cut(LONG_KEY, groups).parse::<LicenseKey>() else {
            unreachable!("it has the size of a key");
        };
        let known = groups >= 49;
        assert_eq!(damage.missing, if known { 72 - groups } else { 0 }, "{groups}");
    }
    assert_eq!(
        cut(KEY, 20).parse::<LicenseKey>().unwrap_err().to_string(),
        "the license key ends too early: 20 of its 30 groups are there, and 10 are missing; copy all of it",
    );
    assert_eq!(
        cut(KEY, 5).parse::<LicenseKey>().unwrap_err().to_string(),
        "the license key ends too early: 5 of its groups are there, and 25 or more are missing; copy all of it",
    );
    assert_eq!(
        cut(LONG_KEY, 71).parse::<LicenseKey>().unwrap_err().to_string(),
        "the license key has a mistake in it, or ends too early: 71 groups were read, and by its first groups it has 72; \
         compare it with the original, group by group",
    );
    // A mistake in the middle is reported as a mistake, and no group as missing.
    let mistyped = KEY.replace("49VV3", "49VV4").parse::<LicenseKey>();
    assert!(matches!(mistyped, Err(KeyTextError::Damaged(Damage { missing: 0, .. }))), "{mistyped:?}");
}

/// A search reads each place a bounded number of times, in any text.
#[test]
fn no_text_takes_long_to_search() {
    let damaged = KEY.replace("60GSJ", "606SJ");
    let megabyte = |part: &str| part.repeat((1 << 20) / part.len());
    for text in [
        megabyte("K "),
        megabyte("K7"),
        megabyte("K\u{3B1}"),
        megabyte("K7PM4 "),
        megabyte("K7PM4\n"),
        megabyte("hello the "),
        megabyte("K7PM4 00108 1G818 the end "),
        megabyte(&damaged),
        megabyte(&damaged.replace('\n', "")),
        megabyte(&format!("{damaged}\n")),
        megabyte(&format!("hello\n{damaged}\n")),
        megabyte(&format!("hello\n{}{damaged}\n", "K7PM4\n".repeat(300))),
        megabyte(&damaged.replace('\n', " or ")),
        format!("{}{}", megabyte(" "), megabyte(&format!("{damaged}\n"))),
        megabyte("\\n\\n"),
        megabyte("\0"),
        megabyte("\"payload"),
    ] {
        let began = Instant::now();
        let count = keys_in(&text).count();
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{count} keys in {}",
            &text.chars().take(30).collect::<String>()
        );
    }
    // After 8,192 places at which no key begins, the search ends.
    let behind = |count: usize| format!("{}\nthe end of these, and the key is this one: {KEY}", "K? ".repeat(count));
    for (count, expected) in [(8_000, 1), (9_000, 0)] {
        let found = keys_in(&behind(count)).filter(|found| found.key().is_ok()).count();
        assert_eq!(found, expected, "after {count} places");
    }
}

proptest! {
    #[test]
    fn any_text_is_searched(text in "[K7PM40-9a-z \\\\nrt\0>?\u{4E00}\n-]{0,400}") {
        let mut behind = 0;
        for key in keys_in(&text) {
            let start = key.text().as_ptr() as usize - text.as_ptr() as usize;
            prop_assert!(start >= behind && !key.text().is_empty());
            behind = start + key.text().len();
            prop_assert!(key.core().is_none_or(|core| key.text().contains(core)));
        }
    }

    #[test]
    fn a_key_is_found_at_any_place(
        before in "([a-jl-zA-JL-Z ,.]{0,60}\n){0,4}",
        after in "[a-zA-Z ,.\n]{0,200}",
        case in 0_usize..17,
    ) {
        let key = &vectors().cases[case].text;
        let text = format!("{before} {key} {after}");
        prop_assert!(found(&text).contains(key), "{}", text);
    }
}
