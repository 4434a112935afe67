//! Any bytes as the signed payload of a key with right check groups.
#![no_main]

use keyward_core::{Claims, LicenseKey, UnsignedKey};
use keyward_fuzz::text_of_bytes;
use libfuzzer_sys::fuzz_target;

const HINT: [u8; 2] = [0xED, 0x42];
const SIGNATURE: [u8; 64] = [0xA5; 64];

fuzz_target!(|data: &[u8]| {
    let groups = ((67 + data.len()) * 8).div_ceil(25).clamp(27, 107);
    let mut payload = data.to_vec();
    payload.resize(groups * 25 / 8 - 67, 0);
    let bytes = [&[0x99], &HINT[..], &payload, &SIGNATURE].concat();

    let key: LicenseKey = text_of_bytes(&bytes).parse().expect("checks, magic, version and length are right");
    assert_eq!(key.key_bytes(), bytes);
    assert_eq!(key.signature(), &SIGNATURE);
    match key.unverified_claims() {
        Err(error) => {
            assert!(["needs-newer", "invalid-claims"].contains(&error.code()), "{}", error.code());
            assert!(!error.to_string().is_empty());
        }
        Ok(claims) => {
            let again = UnsignedKey::new(&claims, key.hint()).with_signature(&SIGNATURE);
            assert_eq!(again.key_bytes(), bytes, "claims that are read are written in the same bytes");
            assert_eq!(again, key);
            assert_eq!(key.unverified_serial(), Some(claims.serial()));
            let json = serde_json::to_string(&claims).expect("claims are written as JSON");
            assert_eq!(serde_json::from_str::<Claims>(&json).expect(&json), claims);
        }
    }
});
