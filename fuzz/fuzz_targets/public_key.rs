//! Any bytes as a file with a public key.
#![no_main]

use base64ct::{Base64, Encoding};
use keyward_verifier::TrustedKey;
use libfuzzer_sys::fuzz_target;

const BEFORE_KEY: [u8; 12] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00];

fuzz_target!(|contents: &[u8]| {
    every_form(TrustedKey::from_file_contents(contents).ok());
    every_form(TrustedKey::from_der(contents).ok());
    if let Ok(bytes) = contents.try_into() {
        every_form(TrustedKey::from_bytes(bytes).ok());
    }
    let Ok(text) = str::from_utf8(contents) else { return };
    every_form(TrustedKey::from_hex(text).ok());
    if let Ok(key) = TrustedKey::from_pem(text) {
        assert!(!text.contains("PRIVATE KEY-----"), "read from a file with a secret key");
        assert_eq!(TrustedKey::from_file_contents(contents).as_ref(), Ok(&key), "PEM is recognised");
        every_form(Some(key));
    }
});

/// A key that was read is read again in every form in which it can be written.
fn every_form(key: Option<TrustedKey>) {
    let Some(key) = key else { return };
    let bytes = key.to_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let der = [&BEFORE_KEY[..], &bytes].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", Base64::encode_string(&der));
    for again in [
        TrustedKey::from_bytes(&bytes),
        TrustedKey::from_hex(&hex),
        TrustedKey::from_hex(&hex.to_uppercase()),
        TrustedKey::from_der(&der),
        TrustedKey::from_pem(&pem),
        TrustedKey::from_file_contents(&der),
        TrustedKey::from_file_contents(pem.as_bytes()),
        TrustedKey::from_file_contents(format!(" {hex}\r\n").as_bytes()),
    ] {
        let again = again.expect("the same key");
        assert_eq!(again, key);
        assert_eq!((again.to_bytes(), again.id()), (bytes, key.id()));
    }
}
