//! No text that a reader of keys opens is taken for one without a key.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use keyward_issuer::secret::is_key;
use keyward_verifier::{Authenticator, TrustedKey};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// The characters of a key, without hyphens.
fn symbols() -> String {
    let key = include_str!("../../cli/tests/fixtures/keys/typical.txt");
    key.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn opens(text: &str) -> bool {
    let trusted = [TrustedKey::from_pem(include_str!("../../cli/tests/fixtures/vendor.pub")).unwrap()];
    Authenticator::new(&trusted).authenticate(text).is_ok()
}

/// The symbols in groups of that size.
fn grouped(symbols: &str, size: usize, between: &str) -> String {
    let symbols: Vec<char> = symbols.chars().collect();
    symbols.chunks(size).map(String::from_iter).collect::<Vec<_>>().join(between)
}

#[test]
fn a_key_is_found_with_anything_around_it_and_between_its_groups() {
    let key = symbols();
    assert_eq!(key.len(), 150);
    for (before, after) in [("\"", "\""), ("(", ")"), ("https://x.example/?k=", ""), ("k=", "&v=2"), ("see <", ">.")] {
        for size in [4, 5, 6, 10, 150] {
            for between in ["-", " ", "\n", ", ", " | "] {
                let text = format!("{before}{}{after}", grouped(&key, size, between));
                assert!(is_key(&text), "{text}");
                assert!(is_key(&text.to_lowercase()), "{text}");
            }
        }
    }
    // A product does not open these, and a person does.
    for between in [" · ", "é", "?"] {
        assert!(is_key(&grouped(&key, 4, between)), "{between}");
    }
    assert!(is_key(&key[..128]), "without its end");
    let wide: String = key.chars().map(|symbol| char::from_u32(u32::from(symbol) + 0xFEE0).unwrap()).collect();
    assert!(is_key(&wide));
}

#[test]
fn what_people_and_programs_write_is_no_key() {
    let words =
        "Kate called: K5 and K7 are the rooms, she wants five more seats until 2026-12-31, and PO 4711 is hers. ";
    for text in [
        "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
        "01961a5c-7b1e-7f3a-9d0e-5b2c4f6a8e10 01961a5c-7b1e-7f3a-9d0e-5b2c4f6a8e11 01961a5c-7b1e-7f3a-9d0e-5b2c4f6a8e12",
        "https://desk.example/tickets/4711?view=all&from=2026-11-01#comment-12",
        "https://files.example/s/aGVsbG8gd29ybGQsIHRoaXMgaXMgYSBsb25nIGxpbms/acme/contracts/2026/order-4711-signed.pdf",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4ifQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        "DE89 3704 0044 0532 0130 00, DE89 3704 0044 0532 0130 01, DE89 3704 0044 0532 0130 02, DE89 3704 0044 0532 0130 03",
        "KX-4711-22, KX-4711-23, KX-4711-24, KX-4711-25, KX-4711-26, KX-4711-27, KX-4711-28, KX-4711-29, KX-4711-30, KX-4711-31",
        "in_1Hh2Yy2eZvKYlo2CX5q1aBcD",
        &words.repeat(3),
        &words.repeat(90),
        &"=".repeat(10_240),
        &"0".repeat(10_240),
    ] {
        assert!(!is_key(text), "{text}");
    }
}

#[test]
fn a_long_text_is_searched_in_a_short_time() {
    let of_length = |part: &str| part.repeat(10_240 / part.len());
    for text in ["K", "K4", "K-", "K7PM4-00108-", "K40000", "?", "x ", "a1 "].map(of_length) {
        let start = Instant::now();
        let _ = is_key(&text);
        println!("{}: {:?}", &text[..12], start.elapsed());
        assert!(start.elapsed() < Duration::from_secs(5), "{}", &text[..12]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_verifier_opens_is_a_key(
        size in 1_usize..=150,
        between in select(vec!["-", " ", "", "\n> ", "\t", ".", "\u{200B}", " \u{2014} ", "\\n", "</td><td>"]),
        (before, after) in ("[ -~äß\n]{0,60}", "[ -~äß\n]{0,60}"),
        is_lower in any::<bool>(),
        wrong in subsequence((0..150_usize).collect::<Vec<_>>(), 0..=2),
    ) {
        let mut key: Vec<char> = symbols().chars().collect();
        for place in wrong {
            key[place] = if key[place] == 'X' { '2' } else { 'X' };
        }
        let key = grouped(&String::from_iter(key), size, between);
        let key = if is_lower { key.to_lowercase() } else { key };
        for text in [format!("{before}{key}{after}"), format!("\"{key}\""), format!("k={key}")] {
            if opens(&text) {
                prop_assert!(is_key(&text), "{}", text);
            }
        }
    }
}
