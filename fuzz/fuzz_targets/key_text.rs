//! Any text as a license key, and as an activation request.
#![no_main]

use keyward_core::{ActivationRequest, KeyTextError, LicenseKey, Malformation, repair};
use keyward_fuzz::{SYMBOLS, text_of_groups};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match text.parse() {
        Ok(key) => reads_as_itself(&key),
        Err(error) => {
            let code = error.code();
            assert!(["malformed", "needs-newer", "damaged"].contains(&code), "{code}");
            assert!(error.to_string().len() < 1000, "an error of any length");
            if !matches!(error, KeyTextError::Damaged(_)) {
                let repaired = repair(text, |_| unreachable!("a text that is {code} is not repaired"));
                assert_eq!(repaired, None);
            }
        }
    }
    with_right_checks(text);
    as_a_request(text);
});

/// A text is not both. A repair says what it changed, and gives a request that reads as itself.
fn as_a_request(text: &str) {
    let typed = match ActivationRequest::from_typed(text) {
        Ok(typed) => typed,
        Err(error) => {
            assert!(["malformed", "needs-newer", "damaged"].contains(&error.code()), "{}", error.code());
            assert!(error.to_string().len() < 1000, "an error of any length");
            return;
        }
    };
    let (request, shown) = (typed.request, typed.request.to_string());
    assert!(text.parse::<LicenseKey>().is_err(), "{shown} is a license key too");
    assert_eq!(text.parse() == Ok(request), typed.repairs.is_empty());
    assert!(typed.repairs.len() <= 2, "{} repairs", typed.repairs.len());
    for spelt in [shown.clone(), format!("{request:#}"), shown.to_lowercase(), shown.replace('-', "")] {
        assert_eq!(spelt.parse(), Ok(request));
    }
}

fn reads_as_itself(key: &LicenseKey) {
    let shown = key.to_string();
    assert!((30 * 6 - 1..=110 * 6 - 1).contains(&shown.len()), "{} characters", shown.len());
    for spelt in [shown.clone(), format!("{key:#}"), shown.to_lowercase(), shown.replace('-', "")] {
        let again: LicenseKey = spelt.parse().expect("a key's own text is a key");
        assert_eq!(again, *key);
        assert_eq!(again.to_string(), shown);
    }
    let debug = format!("{key:?}");
    let groups: Vec<&str> = shown.split('-').collect();
    assert!(groups.windows(2).all(|pair| !debug.contains(&pair.join("-"))), "{debug} shows the key");
}

/// The same symbols, with the last three groups replaced by the right check groups. `spec/FORMAT.md`, 6.2, determines the
/// result.
fn with_right_checks(text: &str) {
    let symbols: Vec<u32> = text.bytes().filter_map(value).collect();
    let data: Vec<u32> =
        symbols.chunks_exact(5).map(|group| group.iter().fold(0, |bits, symbol| bits << 5 | symbol)).collect();
    let n = data.len() + 3;
    let Some(first) = data.first().filter(|_| n <= 116) else { return };
    let checked = text_of_groups(&data);
    let pad = (n - 3) % 8;
    let expected = match (first >> 20, first >> 17 & 7) {
        (19, 1) if !(30..=110).contains(&n) => Err(KeyTextError::Malformed(Malformation::Groups { found: n })),
        (19, 1) if data.last().is_some_and(|last| last & ((1 << pad) - 1) != 0) => {
            Err(KeyTextError::Malformed(Malformation::PadBits))
        }
        (19, 1) => Ok(checked.clone()),
        (19, version) => Err(KeyTextError::NeedsNewer { version: version as u8 }),
        (24, _) => Err(KeyTextError::Malformed(Malformation::ActivationRequest)),
        _ => Err(KeyTextError::Malformed(Malformation::NotALicenseKey)),
    };
    let key = checked.parse::<LicenseKey>();
    assert_eq!(key.as_ref().map(ToString::to_string), expected.as_ref().map(Clone::clone).map_err(|error| error));
    if let Ok(key) = key {
        reads_as_itself(&key);
        if let Ok(claims) = key.unverified_claims() {
            assert_eq!(Some(claims.serial()), key.unverified_serial());
        }
    }
}

fn value(byte: u8) -> Option<u32> {
    SYMBOLS.iter().position(|symbol| *symbol == byte.to_ascii_uppercase()).map(|value| value as u32)
}
