//! Any text, or any DER in a PEM block, as a file with a signing key.
#![no_main]

use base64ct::{Base64, Encoding};
use keyward_issuer::{KeyFileError, SigningKey, TrustedKey};
use libfuzzer_sys::fuzz_target;
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::Decode;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Kdf;

const PASSPHRASE: &[u8] = b"passphrase";

fuzz_target!(|contents: &[u8]| {
    match str::from_utf8(contents) {
        Ok(text) if text.contains("-----BEGIN ") => read(text),
        _ => {
            for label in ["PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
                let body = Base64::encode_string(contents);
                read(&format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"));
            }
        }
    }
});

fn read(text: &str) {
    match SigningKey::from_pem(text) {
        Ok(key) => {
            reads_as_itself(&key);
            let unencrypted = SigningKey::from_encrypted_pem(text, PASSPHRASE).expect("read without its passphrase");
            assert_eq!(unencrypted.verifying_key(), key.verifying_key());
        }
        Err(KeyFileError::Encrypted) if is_cheap(text) => match SigningKey::from_encrypted_pem(text, PASSPHRASE) {
            Ok(key) => reads_as_itself(&key),
            Err(error) => assert!(!error.to_string().is_empty()),
        },
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn reads_as_itself(key: &SigningKey) {
    let pem = key.to_pem();
    let again = SigningKey::from_pem(&pem).expect("a key's own file is read");
    assert_eq!(*again.to_pem(), *pem);
    assert_eq!(again.verifying_key(), key.verifying_key());
    let public = TrustedKey::from_pem(&key.public_pem()).expect("the public key is one");
    assert_eq!(public.to_bytes(), key.verifying_key().to_bytes());
    let debug = format!("{key:?}");
    let body = pem.lines().nth(1).expect("a line of base64");
    assert!(!debug.contains(&body[22..]), "{debug} shows the key");
}

/// Whether trying a passphrase takes at most a few milliseconds. The library's own limit is some seconds, too long for a
/// fuzzer; a unit test covers it.
fn is_cheap(text: &str) -> bool {
    let body: String = text.lines().skip_while(|line| !line.contains("-----BEGIN ")).skip(1).collect();
    let body = body.split("-----").next().unwrap_or_default();
    let Ok(der) = Base64::decode_vec(&body.split_ascii_whitespace().collect::<String>()) else {
        return false;
    };
    let Ok(info) = EncryptedPrivateKeyInfoRef::from_der(&der) else { return true };
    let EncryptionScheme::Pbes2(parameters) = info.encryption_algorithm else { return true };
    match parameters.kdf {
        Kdf::Pbkdf2(cost) => !(1000..=10_000_000).contains(&cost.iteration_count),
        Kdf::Scrypt(cost) => {
            let work = u128::from(cost.cost_parameter) * u128::from(cost.block_size) * u128::from(cost.parallelization);
            !(1 << 11..=1 << 32).contains(&work)
        }
        _ => true,
    }
}
