//! Any line, read as an issue record; and the same line with consistent fields.
#![no_main]

use keyward_core::{Claims, KeyId, UnsignedKey};
use keyward_fuzz::{Dice, changed_json};
use keyward_issuer::LicenseDigest;
use keyward_issuer::record::IssueRecord;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use serde_json::{Map, Value};

fuzz_target!(|line: &str| {
    read(line);
    if let Ok(Value::Object(mut fields)) = serde_json::from_str(line) {
        if agree(&mut fields).is_some() {
            read(&Value::Object(fields).to_string());
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut dice = Dice::new(seed);
    let changed = if dice.below(2) == 0 { changed_json(data, size, max_size, &mut dice) } else { None };
    changed.unwrap_or_else(|| fuzzer_mutate(data, size, max_size))
});

fn read(line: &str) {
    match IssueRecord::from_line(line) {
        Ok(record) => {
            let written = record.to_line();
            assert!(!written.contains('\n'), "one line");
            let again = IssueRecord::from_line(&written).unwrap_or_else(|error| panic!("{error} in {written}"));
            assert_eq!(again, record);
            assert_eq!(again.to_line(), written);
            assert_eq!(record.digest(), LicenseDigest::of(record.key()));
            assert_eq!(record.key().unverified_claims().as_ref(), Ok(record.claims()));
        }
        Err(error) => {
            for said in [error.to_string(), format!("{error:?}")] {
                assert!(!shows_a_key(&said, line), "{said} of {line}");
            }
        }
    }
}

/// Replaces serial, digest, hint and key by those of the claims, so that the other checks are reached.
fn agree(fields: &mut Map<String, Value>) -> Option<()> {
    let claims: Claims = serde_json::from_value(fields.get("claims")?.clone()).ok()?;
    let id: [u8; 8] = [0xED, 0x42, 0, 0, 0, 0, 0, 1];
    let key = UnsignedKey::new(&claims, KeyId::from_bytes(id).hint()).with_signature(&[0xA5; 64]);
    let facts = [
        ("serial", claims.serial().to_string()),
        ("digest", LicenseDigest::of(&key).to_string()),
        ("key_id", KeyId::from_bytes(id).to_string()),
        ("key", key.to_string()),
    ];
    for (name, value) in facts {
        fields.insert(name.to_owned(), Value::String(value));
    }
    Some(())
}

/// Whether a message repeats twelve characters of the line in a row that may be a part of a key.
fn shows_a_key(said: &str, line: &str) -> bool {
    let of_a_key = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || *byte == b'-';
    let windows = said.as_bytes().windows(12).filter(|window| window.iter().all(of_a_key));
    windows.filter_map(|window| str::from_utf8(window).ok()).any(|window| line.contains(window))
}
