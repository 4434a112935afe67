use keyward_issuer::TrustedKeyError;
use keyward_ledger::audit::{CheckpointKey, CheckpointKeyError, Origin, OriginError};
use proptest::prelude::*;

use crate::kit::{ORIGIN, key, key_of};

/// The verifier keys in the documentation of C2SP and of Go.
const PUBLISHED: [&str; 2] = [
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
];

fn error(text: &str) -> CheckpointKeyError {
    text.parse::<CheckpointKey>().unwrap_err()
}

#[test]
fn published_keys_are_read_and_written() {
    for text in PUBLISHED {
        assert_eq!(text.parse::<CheckpointKey>().unwrap().to_string(), text);
    }
}

#[test]
fn a_key_is_read_in_one_spelling_only() {
    let [foo, _] = PUBLISHED;
    assert_eq!(error(""), CheckpointKeyError::Form);
    assert_eq!(error("example.com/foo"), CheckpointKeyError::Form);
    assert_eq!(error("example.com/foo+530d903a"), CheckpointKeyError::Form);
    assert_eq!(error(&foo.replace("530d903a", "530D903A")), CheckpointKeyError::Id, "upper case");
    assert_eq!(error(&foo.replace("530d903a", "530d903")), CheckpointKeyError::Id);
    assert_eq!(error(&foo.replace("530d903a", "530d903b")), CheckpointKeyError::Id);
    assert_eq!(error(&foo.replace("/foo", "/fo0")), CheckpointKeyError::Id, "another name");
    assert_eq!(error(&format!("{foo}\n")), CheckpointKeyError::Form);
    assert_eq!(error(&format!("{foo}=")), CheckpointKeyError::Form);
    assert_eq!(error(&foo[..foo.len() - 4]), CheckpointKeyError::Form, "32 bytes");
    assert_eq!(error(&format!("{foo}AAAA")), CheckpointKeyError::Form, "36 bytes");
    assert_eq!(error(&foo.replace("+Aeky", "+Bmky")), CheckpointKeyError::Algorithm { kind: 6 });
    let space = OriginError::Character { character: ' ' };
    assert_eq!(error(&foo.replace("/foo", " foo")), CheckpointKeyError::Origin(space));
    assert_eq!(
        error(&foo.replace("example.com/foo", "")),
        CheckpointKeyError::Origin(OriginError::Length { bytes: 0 })
    );
    assert_eq!(error("PRIVATE+KEY+example.com/foo+530d903a+AekyeRrm"), CheckpointKeyError::SecretKey);
}

#[test]
fn a_key_of_small_order_is_not_trusted() {
    // The point with y = 1, under which anybody can sign.
    let text = "example.com/foo+530d903a+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(error(text), CheckpointKeyError::Key(TrustedKeyError::SmallOrder));
}

#[test]
fn one_key_has_another_id_in_each_log() {
    let (first, second) = (key_of(ORIGIN, 1).to_string(), key_of("licenses.example.com/audit2", 1).to_string());
    assert_ne!(first.split('+').nth(1), second.split('+').nth(1));
}

#[test]
fn names_are_visible_ascii() {
    let read = |name: &str| name.parse::<Origin>();
    for name in ["a", ORIGIN, "!\"#$%&'()*,-./09:;<=>?@AZ[\\]^_`az{|}~", &"x".repeat(128)] {
        assert_eq!(read(name).unwrap().as_str(), name);
    }
    assert_eq!(read(""), Err(OriginError::Length { bytes: 0 }));
    assert_eq!(read(&"x".repeat(129)), Err(OriginError::Length { bytes: 129 }));
    for character in "\0\t\n\r +\u{7F}\u{80}\u{A0}ü—а\u{200B}\u{3000}\u{FEFF}".chars() {
        assert_eq!(read(&format!("a{character}b")), Err(OriginError::Character { character }));
    }
}

proptest! {
    #[test]
    fn any_changed_character_of_a_key_is_noticed(index in any::<prop::sample::Index>(), character in any::<char>()) {
        let text = key().to_string();
        let index = index.index(text.len());
        let mut changed = text.clone();
        changed.replace_range(index..=index, &character.to_string());
        prop_assert!(changed == text || changed.parse::<CheckpointKey>().is_err(), "{}", changed);
    }

    #[test]
    fn any_text_is_answered(text in "\\PC*") {
        if let Ok(key) = text.parse::<CheckpointKey>() {
            prop_assert_eq!(key.to_string(), text);
        }
    }
}
