//! The `openssl` command reads and writes the same key files.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ed25519_dalek::ed25519::signature::Signer;
use keyward_issuer::{KeyFileError, Overwrite, SigningKey, write_private, write_public};
use keyward_testing::skip::has_programs;
use tempfile::TempDir;

const PASSPHRASE: &str = "correct horse battery staple";

/// The `openssl` command in a folder of its own.
struct OpenSsl {
    folder: TempDir,
}

impl OpenSsl {
    /// `None` if the command is missing: the test is skipped.
    fn for_test(name: &str) -> Option<OpenSsl> {
        has_programs(name, &["openssl"]).then(|| OpenSsl { folder: tempfile::tempdir().unwrap() })
    }

    fn try_run(&self, arguments: &[&str]) -> Output {
        Command::new("openssl").args(arguments).current_dir(self.folder.path()).output().unwrap()
    }

    /// The output of the command, which must succeed.
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.try_run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    /// Writes the private and the public file of a new key.
    fn with_files(&self, private: impl Fn(&SigningKey) -> String) -> SigningKey {
        let key = SigningKey::generate().unwrap();
        write_private(&self.path("signing.pem"), &private(&key), Overwrite::Never).unwrap();
        write_public(&self.path("verifying.pem"), &key.public_pem(), Overwrite::Never).unwrap();
        key
    }
}

fn read_key(path: &Path) -> Result<SigningKey, KeyFileError> {
    SigningKey::from_pem(&fs::read_to_string(path).unwrap())
}

/// The public key in the output of `openssl pkey -text`: 32 bytes in hex, separated by colons and line breaks.
fn public_key_in(text: &str) -> String {
    text.split_once("pub:").unwrap().1.chars().filter(char::is_ascii_hexdigit).collect()
}

#[test]
fn openssl_reads_our_key_files() {
    let Some(openssl) = OpenSsl::for_test("openssl_reads_our_key_files") else { return };
    let key = openssl.with_files(|key| key.to_pem().to_string());
    let public_key = hex::encode(key.verifying_key().to_bytes());
    let private = openssl.run(&["pkey", "-in", "signing.pem", "-text", "-noout"]);
    assert!(private.starts_with("ED25519 Private-Key:"), "{private}");
    assert_eq!(public_key_in(&private), public_key);
    let public = openssl.run(&["pkey", "-pubin", "-in", "verifying.pem", "-text", "-noout"]);
    assert!(public.starts_with("ED25519 Public-Key:"), "{public}");
    assert_eq!(public_key_in(&public), public_key);
}

#[test]
fn openssl_reads_our_encrypted_key_files_with_the_passphrase_only() {
    let Some(openssl) = OpenSsl::for_test("openssl_reads_our_encrypted_key_files_with_the_passphrase_only") else {
        return;
    };
    let key = openssl.with_files(|key| key.to_encrypted_pem(PASSPHRASE.as_bytes()).unwrap().to_string());
    let read_with = |passphrase: &str| {
        openssl.try_run(&["pkey", "-in", "signing.pem", "-passin", &format!("pass:{passphrase}"), "-text", "-noout"])
    };
    let read = read_with(PASSPHRASE);
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    assert_eq!(public_key_in(&String::from_utf8(read.stdout).unwrap()), hex::encode(key.verifying_key().to_bytes()));
    assert!(!read_with("another").status.success());
}

#[test]
fn openssl_writes_the_same_files_as_we_do() {
    let Some(openssl) = OpenSsl::for_test("openssl_writes_the_same_files_as_we_do") else { return };
    openssl.run(&["genpkey", "-algorithm", "ED25519", "-out", "theirs.pem"]);
    let key = read_key(&openssl.path("theirs.pem")).unwrap();
    assert_eq!(*key.to_pem(), openssl.read("theirs.pem"));
    openssl.run(&["pkey", "-in", "theirs.pem", "-pubout", "-out", "public.pem"]);
    assert_eq!(key.public_pem(), openssl.read("public.pem"));
    openssl.run(&["pkcs8", "-topk8", "-nocrypt", "-in", "theirs.pem", "-out", "topk8.pem"]);
    assert_eq!(*key.to_pem(), openssl.read("topk8.pem"));
}

#[test]
fn we_read_what_openssl_encrypts() {
    let Some(openssl) = OpenSsl::for_test("we_read_what_openssl_encrypts") else { return };
    let key = openssl.with_files(|key| key.to_pem().to_string());
    let passphrase = format!("pass:{PASSPHRASE}");
    for way in [
        &["-v2", "aes-256-cbc"][..],
        &["-v2", "aes-128-cbc"],
        &["-v2", "aes-192-cbc"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "600000"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"],
        &["-scrypt"],
        &["-scrypt", "-scrypt_N", "4096", "-scrypt_r", "16", "-scrypt_p", "2"],
    ] {
        let arguments = ["pkcs8", "-topk8", "-in", "signing.pem", "-out", "theirs.pem", "-passout", &passphrase];
        openssl.run(&[&arguments[..], way].concat());
        let theirs = openssl.read("theirs.pem");
        let read = SigningKey::from_encrypted_pem(&theirs, PASSPHRASE.as_bytes());
        assert_eq!(read.unwrap().verifying_key(), key.verifying_key(), "{way:?}");
        let wrong = SigningKey::from_encrypted_pem(&theirs, b"another");
        assert_eq!(wrong.unwrap_err(), KeyFileError::WrongPassphrase, "{way:?}");
        assert_eq!(SigningKey::from_pem(&theirs).unwrap_err(), KeyFileError::Encrypted, "{way:?}");
    }
}

#[test]
fn old_encryptions_of_openssl_are_named() {
    let Some(openssl) = OpenSsl::for_test("old_encryptions_of_openssl_are_named") else { return };
    openssl.with_files(|key| key.to_pem().to_string());
    let passphrase = format!("pass:{PASSPHRASE}");
    for (way, found) in [
        (&["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1"][..], "PBKDF2 and SHA-1"),
        (&["-v2", "des3"], "triple DES"),
        (&["-v1", "PBE-SHA1-3DES"], "PBES1 (1.2.840.113549.1.12.1.3)"),
    ] {
        let arguments = ["pkcs8", "-topk8", "-in", "signing.pem", "-out", "theirs.pem", "-passout", &passphrase];
        openssl.run(&[&arguments[..], way].concat());
        let error = SigningKey::from_encrypted_pem(&openssl.read("theirs.pem"), PASSPHRASE.as_bytes()).unwrap_err();
        assert_eq!(error, KeyFileError::UnsupportedEncryption { found: found.into() }, "{way:?}");
    }
}

#[test]
fn keys_that_openssl_makes_for_other_algorithms_are_named() {
    let Some(openssl) = OpenSsl::for_test("keys_that_openssl_makes_for_other_algorithms_are_named") else { return };
    for (algorithm, found) in [
        (&["RSA"][..], "RSA"),
        (&["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "ECDSA"),
        (&["X25519"], "X25519"),
        (&["ED448"], "Ed448"),
    ] {
        openssl.run(&[&["genpkey", "-out", "other.pem", "-algorithm"], algorithm].concat());
        let error = read_key(&openssl.path("other.pem")).unwrap_err();
        assert_eq!(error, KeyFileError::WrongAlgorithm { found: found.into() });
    }
    openssl.run(&["genrsa", "-traditional", "-out", "other.pem"]);
    let error = read_key(&openssl.path("other.pem")).unwrap_err();
    assert_eq!(error, KeyFileError::WrongLabel { found: "RSA PRIVATE KEY".into() });
}

#[test]
fn openssl_makes_the_same_signatures() {
    let Some(openssl) = OpenSsl::for_test("openssl_makes_the_same_signatures") else { return };
    let key = openssl.with_files(|key| key.to_pem().to_string());
    for message in [&b"x"[..], b"keyward/v1/license and what follows", &[0xA5; 1000]] {
        fs::write(openssl.path("message"), message).unwrap();
        openssl.run(&["pkeyutl", "-sign", "-rawin", "-inkey", "signing.pem", "-in", "message", "-out", "signature"]);
        assert_eq!(fs::read(openssl.path("signature")).unwrap(), key.sign(message).to_bytes());
    }
}

#[test]
fn openssl_verifies_what_we_sign() {
    let Some(openssl) = OpenSsl::for_test("openssl_verifies_what_we_sign") else { return };
    let key = openssl.with_files(|key| key.to_pem().to_string());
    let verify = [
        &["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "verifying.pem"][..],
        &["-in", "message", "-sigfile", "signature"],
    ]
    .concat();
    fs::write(openssl.path("message"), "a license").unwrap();
    fs::write(openssl.path("signature"), key.sign(b"a license").to_bytes()).unwrap();
    openssl.run(&verify);
    fs::write(openssl.path("signature"), key.sign(b"another license").to_bytes()).unwrap();
    assert!(!openssl.try_run(&verify).status.success());
}
