//! Any text, read as claims in JSON.
#![no_main]

use keyward_core::{Claims, LicenseKey};
use keyward_fuzz::{Dice, VENDOR, changed_json, trusted};
use keyward_issuer::SignError;
use keyward_verifier::{Verifier, VerifyError};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|text: &str| {
    let Ok(claims) = serde_json::from_str::<Claims>(text) else { return };
    let json = serde_json::to_string(&claims).expect("claims are written as JSON");
    let again: Claims = serde_json::from_str(&json).expect(&json);
    assert_eq!(again, claims);
    assert_eq!(serde_json::to_string(&again).expect("again"), json);

    let key = match VENDOR.sign(&claims) {
        Ok(key) => key,
        Err(error) => {
            assert_eq!(error, SignError::EmptyFingerprint);
            assert_eq!(claims.fingerprint().map(|fingerprint| fingerprint.present()), Some(0));
            return;
        }
    };
    let read: LicenseKey = key.to_string().parse().expect("a signed key is read");
    assert_eq!(read, key);
    assert_eq!(read.unverified_claims().as_ref(), Ok(&claims));

    let trusted = trusted();
    let verifier = Verifier::new(&trusted, claims.product()).environment(claims.environment());
    match claims.fingerprint() {
        Some(fingerprint) => {
            let elsewhere = verifier.verify_key(key.clone());
            assert!(matches!(elsewhere, Err(VerifyError::WrongMachine { .. })), "{elsewhere:?}");
            let license = verifier.machine(*fingerprint).verify_key(key).expect("verified on its machine");
            assert_eq!(*license.claims(), claims);
        }
        None => assert_eq!(*verifier.verify_key(key).expect("verified").claims(), claims),
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut dice = Dice::new(seed);
    let changed = if dice.below(2) == 0 { changed_json(data, size, max_size, &mut dice) } else { None };
    changed.unwrap_or_else(|| fuzzer_mutate(data, size, max_size))
});
