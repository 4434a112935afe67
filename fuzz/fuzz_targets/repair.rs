//! A verifier that repairs reads any text, and texts that are similar to a key.
#![no_main]

use std::collections::HashSet;
use std::sync::LazyLock;

use keyward_core::{KeyTextError, LicenseKey, Product, Verdict, repair};
use keyward_fuzz::{Dice, SYMBOLS, VENDOR, trusted};
use keyward_verifier::{TrustedKey, Verifier, VerifyError, keys_in};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

static TRUSTED: LazyLock<[TrustedKey; 1]> = LazyLock::new(trusted);

/// All signatures of the vendor, some over claims that no issuer should sign.
static SIGNED: LazyLock<Vec<LicenseKey>> = LazyLock::new(|| {
    let mut keys = Vec::new();
    for vectors in [
        include_str!("../../spec/vectors/license-keys.json"),
        include_str!("../../spec/vectors/claims.json"),
        include_str!("../../spec/vectors/verifier.json"),
        include_str!("../../spec/vectors/repair.json"),
    ] {
        let vectors: serde_json::Value = serde_json::from_str(vectors).expect("the vectors are JSON");
        let cases = vectors["cases"].as_array().expect("cases");
        let texts = cases.iter().flat_map(|case| [&case["text"], &case["reads_as"]]).filter_map(|text| text.as_str());
        keys.extend(texts.filter_map(|text| text.parse::<LicenseKey>().ok()));
    }
    keys.retain(|key| VENDOR.verifying_key().verifies(key.signed_bytes(), key.signature()));
    assert!(keys.len() > 50, "{} keys", keys.len());
    keys
});
static KNOWN: LazyLock<HashSet<LicenseKey>> = LazyLock::new(|| SIGNED.iter().cloned().collect());

const MAX_SIGNATURES: u32 = 64;

fuzz_target!(|text: &str| {
    let verifier = Verifier::new(&*TRUSTED, Product(3));
    let [vendor] = &*TRUSTED;
    let answer = verifier.verify(text);
    let parsed = text.parse::<LicenseKey>();

    let found = match (&answer, &parsed) {
        (Ok(license), _) => {
            let key = license.key();
            assert!(vendor.verifies(key.signed_bytes(), key.signature()), "a license without a signature");
            assert!(KNOWN.contains(key), "a license that the vendor did not sign");
            let has_repairs = license.repairs().iter().next().is_some();
            let is_in_text = keys_in(text).any(|found| found.key() == Ok(key));
            assert!(!(parsed.is_ok() && has_repairs), "a key without mistakes was repaired");
            assert!(has_repairs || parsed.is_ok() || is_in_text, "a repair was not told");
            assert_eq!(key.to_string().parse::<LicenseKey>().as_ref(), Ok(key));
            Some(key.clone())
        }
        (Err(VerifyError::BadSignature { .. }), Err(_)) => panic!("a repair never ends in bad-signature"),
        _ => None,
    };

    // The same search with a judge that counts the candidates.
    if !matches!(parsed, Err(KeyTextError::Damaged(_))) {
        return;
    }
    let (mut asked, mut signatures, mut enough) = (0, 0, false);
    let expected = repair(text, |candidate| {
        assert!(!enough, "asked again after enough was said");
        asked += 1;
        assert!(asked <= 2000 * 32, "{asked} candidates");
        let key = candidate.key();
        assert_eq!(key.to_string().parse::<LicenseKey>().as_ref(), Ok(key), "a candidate is a key");
        if key.hint() != vendor.id().hint() {
            return Verdict::Refused;
        }
        if signatures == MAX_SIGNATURES {
            enough = true;
            return Verdict::Enough;
        }
        signatures += 1;
        let genuine = KNOWN.contains(key) || vendor.verifies(key.signed_bytes(), key.signature());
        if genuine { Verdict::Genuine } else { Verdict::Refused }
    });
    let expected = expected.map(|repaired| repaired.key);
    match &answer {
        // Genuine, and for another product, environment or machine.
        // A part of the text is read or repaired as well.
        _ if keys_in(text).any(|found| !found.is_alone() || found.core().is_some()) => {}
        Err(error) if !matches!(error.code(), "damaged" | "unknown-key") => assert!(expected.is_some(), "{error:?}"),
        _ => assert_eq!(found, expected, "what 64 signatures find is found, and nothing else"),
    }
});

// A key with damage of a usual kind, or a text that the fuzzer has changed.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut dice = Dice::new(seed);
    if dice.below(3) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let typed = data.get(..size).and_then(|data| std::str::from_utf8(data).ok()).filter(|text| text.is_ascii());
    let mut groups: Vec<String> = match typed.filter(|text| text.contains('-') && dice.below(4) > 0) {
        Some(text) => text.split('-').map(str::to_owned).collect(),
        None => SIGNED[dice.below(SIGNED.len())].to_string().split('-').map(str::to_owned).collect(),
    };
    for _ in 0..=dice.below(3) {
        damage(&mut groups, &mut dice);
    }
    let text = groups.join(if dice.below(6) == 0 { "" } else { "-" });
    let bytes = &text.as_bytes()[..text.len().min(max_size)];
    data[..bytes.len()].copy_from_slice(bytes);
    bytes.len()
});

fn symbol(dice: &mut Dice) -> char {
    if dice.below(4) == 0 { '?' } else { char::from(SYMBOLS[dice.below(32)]) }
}

fn damage(groups: &mut Vec<String>, dice: &mut Dice) {
    let place = dice.below(groups.len());
    let rows = groups.len() / 6;
    match dice.below(9) {
        0 if groups.len() > 1 => drop(groups.remove(place)),
        1 => groups.insert(place, groups[place].clone()),
        2 if rows > 1 => {
            let (one, other) = (dice.below(rows), dice.below(rows));
            for index in 0..6 {
                groups.swap(6 * one + index, 6 * other + index);
            }
        }
        3 if rows > 0 => {
            let start = 6 * dice.below(rows);
            let row = groups[start..start + 6].to_vec();
            groups.splice(start..start, row);
        }
        4 => groups[place] = (0..5).map(|_| char::from(SYMBOLS[dice.below(32)])).collect(),
        5 => drop(groups[place].pop()),
        6 => groups[place].push(symbol(dice)),
        _ => {
            let mut symbols: Vec<char> = groups[place].chars().collect();
            let index = dice.below(symbols.len());
            let symbol = symbol(dice);
            if let Some(place) = symbols.get_mut(index) {
                *place = symbol;
            }
            groups[place] = symbols.into_iter().collect();
        }
    }
}
