//! Any JSON as the payload of a root set or a trust bundle that the roots have signed.
#![no_main]

use std::num::NonZeroU8;
use std::sync::LazyLock;

use keyward_fuzz::{Dice, VENDOR, changed_json, read_again, signed_anyhow, trusted};
use keyward_issuer::{Claims, LicenseKey};
use keyward_verifier::files::{FileKind, KeyState, RootSet, Roots, TrustBundle};
use keyward_verifier::{Product, Verifier};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

static CLAIMS: LazyLock<Claims> = LazyLock::new(|| {
    let claims = r#"{"serial": "0102030405060708", "product": 3, "edition": 2, "seats": 25, "features": [0],
        "valid_from": "2026-01-01", "valid_through": "2026-12-31", "grace_days": 20}"#;
    serde_json::from_str(claims).expect("claims")
});
static LICENSE: LazyLock<LicenseKey> = LazyLock::new(|| VENDOR.sign(&CLAIMS).expect("the vendor signs"));

fuzz_target!(|bytes: &[u8]| {
    let roots = Roots::built_in(NonZeroU8::MIN, trusted().to_vec()).expect("one root of one");
    if let Some(set) = read_again::<RootSet>(bytes) {
        let file = signed_anyhow(FileKind::RootSet, bytes).expect("it is short");
        let next = roots.next(file.as_bytes());
        let vendor_is_enough = set.threshold == NonZeroU8::MIN && set.keys.contains(&trusted()[0]);
        assert_eq!(next.is_ok(), set.version == 2 && vendor_is_enough, "{set:?}");
    }

    let Some(bundle) = read_again::<TrustBundle>(bytes) else { return };
    let file = signed_anyhow(FileKind::TrustBundle, bytes).expect("it is short");
    let opened = roots.trust_bundle(file.as_bytes()).expect("the root has signed it");
    assert_eq!(*opened, bundle);
    let result = Verifier::with_bundle(&opened, Product(3)).verify_key(LICENSE.clone());
    let code = result.err().map(|error| error.code());
    match bundle.key(&trusted()[0].to_bytes()) {
        None => assert_eq!(code, Some("unknown-key")),
        Some(key) => {
            let is_listed = !matches!(key.state, KeyState::Compromised { .. }) || code.is_none();
            let is_within = key.may_sign.permits_license(&CLAIMS).is_ok();
            assert_eq!(code.is_none(), is_listed && is_within, "{code:?} of {key:?}");
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut dice = Dice::new(seed);
    let changed = if dice.below(2) == 0 { changed_json(data, size, max_size, &mut dice) } else { None };
    changed.unwrap_or_else(|| fuzzer_mutate(data, size, max_size))
});
