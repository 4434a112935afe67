//! Texts as they arrive: keys in mails, several keys, keys that were cut short.
#![cfg(feature = "find")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use keyward_testing::vectors::{sign, signing_key, vectors};
use keyward_verifier::{Authenticator, Claims, Day, Edition, Product, Serial, TrustedKey, Verifier};

fn trusted(key: &SigningKey) -> TrustedKey {
    TrustedKey::from_bytes(&key.verifying_key().to_bytes()).unwrap()
}

/// A license for that product, canonical.
fn license(product: u32) -> String {
    license_with(product, 9)
}

/// The same, with another serial.
fn license_with(product: u32, serial: u8) -> String {
    let claims = Claims::builder()
        .serial(Serial::from_bytes([serial; 8]))
        .product(Product(product))
        .edition(Edition(2))
        .unlimited_seats()
        .valid_from(Day::FIRST)
        .perpetual()
        .build()
        .unwrap();
    sign(&claims).to_string()
}

/// The code for that product, or the product of the license that was accepted.
fn told(text: &str, product: u32) -> String {
    let keys = [trusted(&signing_key())];
    match Verifier::new(&keys, Product(product)).verify(text) {
        Ok(license) => format!("product {}", license.claims().product()),
        Err(error) => error.code().to_owned(),
    }
}

fn refused(text: &str) -> String {
    let keys = [trusted(&signing_key())];
    Verifier::new(&keys, Product(3)).verify(text).unwrap_err().to_string()
}

#[test]
fn a_key_in_a_mail_is_verified() {
    let key = license(3);
    let damaged = key.replacen("-0", "-?", 2);
    for key in [key.as_str(), &damaged] {
        for mail in [
            format!("Your license key is:\n\n{key}\n\nThank you for your order!"),
            format!("> Your license key is:\n> {}\n> Thank you!", key.replace("-G", "-\n> G")),
            format!("<p>Your key: <b>{key}</b></p>"),
            format!("LICENSE=\"{}\"", key.replace("-G", "-\\r\\nG")),
            key.chars().flat_map(|character| [character, '\0']).collect(),
        ] {
            assert_eq!(told(&mail, 3), "product 3", "{mail}");
            assert_eq!(told(&mail, 4), "wrong-product", "{mail}");
        }
    }
}

/// A text may be repaired as a whole, where words of five letters would be groups, or as the core of a damaged key.
#[test]
fn words_of_five_letters_above_a_damaged_key_leave_it_a_key() {
    let mut key = license(3);
    key.replace_range(50..51, "?");
    for words in ["HELLO WORLD THESE WORDS ABOVE", "Hello", "Kim wrote:\n\nHello world"] {
        for text in [format!("{words}\n{key}"), format!("{words}\n> {}\nYours", key.replace("-0", "-\n> 0"))] {
            assert_eq!(told(&text, 3), "product 3", "{text}");
        }
    }
}

#[test]
fn the_only_key_that_is_accepted_counts() {
    let (third, fourth) = (license(3), license(4));
    let foreign = "K7PM4-A0C4A-01G2G-D0M5J-9XX4W-PVXG5-G6DC8-C1HH8-WX6CX-33G60";
    let forged = vectors().refused.into_iter().find(|refused| refused.error == "bad-signature").unwrap().text;
    for (text, of_third, of_fourth) in [
        (format!("{third}\n{fourth}"), "product 3", "product 4"),
        (format!("{forged}\n\n{fourth}"), "wrong-product", "product 4"),
        (format!("{fourth} {fourth}"), "wrong-product", "product 4"),
        (format!("This year's: {forged}. Next year's: {forged}."), "bad-signature", "bad-signature"),
        (format!("{foreign}\n{third}"), "product 3", "wrong-product"),
    ] {
        assert_eq!([told(&text, 3), told(&text, 4)], [of_third, of_fourth], "{text}");
    }
}

#[test]
fn several_accepted_keys_are_refused_and_one_of_them_counts_nowhere() {
    let (one, other) = (license_with(3, 1), license_with(3, 2));
    let mistyped = |key: &str| key.replacen("-0", "-?", 1);
    for text in [
        format!("{one}\n{other}"),
        format!("{other}\n\n{one}\n"),
        format!("Your new license key is:\n{other}\n\nIt takes the place of\n> {one}\n"),
        format!("{one}\n\n{}\n", mistyped(&other)),
        format!("{}\n\n{}\n", mistyped(&one), mistyped(&other)),
        format!("{}\n\n{one}\n\n{other}", license(4)),
    ] {
        assert_eq!(told(&text, 3), "malformed", "{text}");
        assert!(refused(&text).contains("several license keys"), "{text}");
    }
    // The same key again is the same key, and a key for another product is not accepted.
    for text in [
        format!("{one}\n\n{one}\n"),
        format!("{one}\n\n{}\n", mistyped(&one)),
        format!("{}\n\n{one}\n\n{}", license(4), mistyped(&one)),
        format!("{one} {}", license_with(4, 2)),
    ] {
        assert_eq!(told(&text, 3), "product 3", "{text}");
    }
}

#[test]
fn a_text_says_what_it_is() {
    let key = license(3);
    let groups: Vec<&str> = key.split('-').collect();
    for (text, says) in [
        (groups[..20].join("-"), format!("20 of its {} groups are there", groups.len())),
        (format!("Your key: {}\nThank you!", groups[..20].join("-")), "20 of its".to_owned()),
        (groups[..groups.len() - 3].join("-"), "and 3 are missing".to_owned()),
        ("{\"payloadType\":\"application/vnd.keyward.license-file.v1+json\",\"pay".to_owned(), "but a file".to_owned()),
        ("Dear customer, where is my key?".to_owned(), "the text has".to_owned()),
    ] {
        let refused = refused(&text);
        assert!(refused.contains(&says), "{text}: {refused}");
    }
}

#[test]
fn an_authenticator_finds_keys_as_well() {
    let keys = [trusted(&signing_key())];
    let mail = format!("Your license key is:\n{}\nThank you!", license(77));
    assert_eq!(Authenticator::new(&keys).authenticate(&mail).unwrap().claims().product(), Product(77));
}

#[test]
fn keys_that_cost_time_are_limited_for_a_text() {
    let keys = [trusted(&signing_key())];
    // Four groups with a mistake: every search is made, in vain.
    let mistyped = |(at, group): (usize, &str)| match at {
        4 | 9 | 14 | 19 => format!("{}{}", if group.starts_with('7') { 'A' } else { '7' }, &group[1..]),
        _ => group.to_owned(),
    };
    let damaged = license(3).split('-').enumerate().map(mistyped).collect::<Vec<_>>().join("-");
    let texts = [1, 8, 300].map(|count| vec![damaged.as_str(); count].join("\n\n"));
    let times = texts.map(|text| {
        let began = Instant::now();
        assert_eq!(Verifier::new(&keys, Product(3)).verify(&text).unwrap_err().code(), "damaged");
        began.elapsed()
    });
    assert!(times[2] < times[1] * 3 + Duration::from_secs(2), "{times:?}");

    // Eight damaged keys are repaired: a key with a mistake after them does not count. Others cost less, and all are checked.
    let repairable = license(3).replacen("-0", "-?", 1);
    let (undamaged, other) = (license(3), license(4));
    let after = |vain: &str, count: usize, good: &str| format!("{}\n\n{good}", vec![vain; count].join("\n\n"));
    assert_eq!(told(&after(&damaged, 7, &repairable), 3), "product 3");
    assert_eq!(told(&after(&damaged, 8, &repairable), 3), "damaged");
    for count in [7, 8, 100] {
        assert_eq!(told(&after(&other, count, &undamaged), 3), "product 3", "{count}");
    }
    // A text of more than 64 KB is not searched.
    let behind = |bytes: usize| format!("{}{undamaged}", ".".repeat(bytes - undamaged.len()));
    assert_eq!(told(&behind(65_536), 3), "product 3");
    assert_eq!(told(&behind(65_537), 3), "malformed");
}

#[test]
fn a_first_or_last_row_that_was_typed_twice_is_told() {
    let keys = [trusted(&signing_key())];
    let key = license(3);
    let groups: Vec<&str> = key.split(['-', '\n']).filter(|group| !group.is_empty()).collect();
    let repairs = |text: &str| Verifier::new(&keys, Product(3)).verify(text).unwrap().repairs().iter().count();
    let (first, last) = (groups[..6].join("-"), groups[groups.len() - 6..].join("-"));
    for text in [format!("{first}-\n{key}"), format!("{key}-\n{last}")] {
        assert_eq!(repairs(&text), 6, "{text}");
    }
    for other in [format!("LICENSE KEY\n{key}\nKIND REGARDS"), format!("{key}\n{key}"), key.clone()] {
        assert_eq!(repairs(&other), 0, "{other}");
    }
}
