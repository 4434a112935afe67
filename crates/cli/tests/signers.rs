//! Signing with an external program, such as the client of an HSM or a KMS.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;

use common::{Ended, ended, fixture, fixtures, keyward, run, run_with_input};
use keyward_catalog::Catalog;
use keyward_testing::skip::has_programs;
use tempfile::{TempDir, tempdir};

/// `openssl pkeyutl -rawin` reads a file, and not standard input.
fn openssl_with(key: &str) -> String {
    format!(
        "command:f=$(mktemp) && cat >$f && openssl pkeyutl -sign -rawin -inkey {key} -in $f; code=$?; rm -f $f; \
         exit $code"
    )
}

fn sign(program: &str) -> Ended {
    run(&fixtures(), &["sign", "--key", program, "--public", "vendor.pub", "claims.json"])
}

fn shop() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("catalog.toml"), Catalog::EXAMPLE).unwrap();
    for file in ["vendor.key", "vendor.pub", "other.pub"] {
        fs::write(folder.path().join(file), fixture(file)).unwrap();
    }
    folder
}

fn issue(folder: &Path, signer: &[&str], others: &[&str]) -> Ended {
    let order = ["--catalog", "catalog.toml", "--issued-by", "ci", "--record", "issued.jsonl"];
    run(folder, &[others, &order, signer].concat())
}

#[test]
fn openssl_signs_the_same_license_as_the_key_file() {
    if !has_programs("openssl_signs_the_same_license_as_the_key_file", &["openssl"]) {
        return;
    }
    let signed = sign(&openssl_with("vendor.key"));
    assert_eq!(signed.stdout, fixture("keys/typical.txt"), "{signed:?}");
    assert_eq!(run(&fixtures(), &["sign", "--key", "vendor.key", "claims.json"]).stdout, signed.stdout);

    let program = openssl_with("vendor.key");
    let from_env = ["sign", "--key", &program, "--public", "env:PUBLIC", "claims.json"];
    let signed = ended(keyward(&fixtures(), &from_env).env("PUBLIC", fixture("vendor.pub")));
    assert_eq!(signed.stdout, fixture("keys/typical.txt"), "{signed:?}");
    let from_stdin = ["sign", "--key", &program, "--public", "-", "claims.json"];
    let signed = run_with_input(&fixtures(), &from_stdin, fixture("vendor.pub").as_bytes());
    assert_eq!(signed.stdout, fixture("keys/typical.txt"), "{signed:?}");
}

#[test]
fn openssl_issues_reissues_and_renews_the_same_licenses_as_the_key_file() {
    if !has_programs("openssl_issues_reissues_and_renews_the_same_licenses_as_the_key_file", &["openssl"]) {
        return;
    }
    let program = openssl_with("vendor.key");
    let issued = [&["--key", "vendor.key"][..], &["--key", &program, "--public", "vendor.pub"]].map(|signer| {
        let folder = shop();
        let first = ["issue", "--offer", "pro-annual", "--from", "2126-01-01", "--serial", "0102030405060708"];
        let more = ["reissue", "--serial", "0102030405060708", "--new-serial", "0102030405060709", "--seats", "40"];
        let papers = ["--reason", "grew", "--ticket", "DESK-17"];
        let next = ["renew", "--serial", "0102030405060709", "--new-serial", "010203040506070a"];
        [&first[..], &[&more[..], &papers].concat(), &next].map(|what| {
            let issued = issue(folder.path(), signer, what);
            assert_eq!(issued.code, 0, "{issued:?}");
            issued.stdout
        })
    });
    assert_eq!(issued[0], issued[1]);
}

#[test]
fn a_signature_of_another_key_is_never_released() {
    if !has_programs("a_signature_of_another_key_is_never_released", &["openssl"]) {
        return;
    }
    let folder = shop();
    let program = openssl_with("vendor.key");
    let signer = ["--key", &program, "--public", "other.pub"];
    let refused = issue(folder.path(), &signer, &["issue", "--offer", "pro-annual", "-o", "acme.txt"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
    assert!(refused.stderr.contains("check that the public key belongs to the signing key"), "{refused:?}");
    assert!(!folder.path().join("acme.txt").exists());
    assert_eq!(fs::read_to_string(folder.path().join("issued.jsonl")).unwrap_or_default(), "");
}

#[test]
fn the_fault_of_a_program_that_does_not_sign_is_reported_and_no_key_is_released() {
    for (program, said) in [
        ("command:head -c 64 /dev/zero", "the signer returned a wrong signature, which was not used"),
        ("command:head -c 63 /dev/zero", "wrote 63 bytes"),
        ("command:head -c 65 /dev/zero", "wrote more than the 64 bytes"),
        ("command:yes", "wrote more than the 64 bytes"),
        ("command:true", "wrote 0 bytes"),
        ("command:exec 0<&-; exit 3", "failed (exit status: 3)"),
        ("command:head -c 64 /dev/zero; exit 1", "failed (exit status: 1)"),
        ("command:no-such-program-anywhere", "failed (exit status: 127)"),
        ("command:echo the HSM is locked >&2; exit 1", "the HSM is locked\nerror: the signing program failed"),
    ] {
        let refused = sign(program);
        assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
        assert!(refused.stderr.contains(said), "{program}: {refused:?}");
    }
}

#[test]
fn messages_about_a_program_show_neither_its_pin_nor_the_signed_message() {
    let refused = sign("command:PIN=271828 sh -c 'cat; exit 1'");
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
    assert_eq!(refused.stderr.lines().count(), 1, "{refused:?}");
    assert!(!refused.stderr.contains("271828") && !refused.stderr.contains("Acme"), "{refused:?}");
}

#[test]
fn a_missing_sh_is_reported() {
    let arguments = ["sign", "--key", "command:cat", "--public", "vendor.pub", "claims.json"];
    let refused = ended(keyward(&fixtures(), &arguments).env("PATH", "/nowhere"));
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
    assert!(refused.stderr.contains("sh, which runs the signing program, can't be started"), "{refused:?}");
}

#[test]
fn a_program_and_its_public_key_go_together() {
    for (signer, said) in [
        (&["--key", "command:cat"][..], "needs the public key"),
        (&["--key", "vendor.key", "--public", "vendor.pub"], "--public goes with --key command:PROGRAM"),
        (&["--key", "command: ", "--public", "vendor.pub"], "command: names no program"),
        (&["--key", "command:cat", "--public", "vendor.pub", "--passphrase-file", "passphrase.txt"], "leave it out"),
    ] {
        for what in [&["sign", "claims.json"][..], &["issue", "--catalog", "-", "--offer", "pro-annual"]] {
            let refused = run(&fixtures(), &[what, signer].concat());
            assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
            assert!(refused.stderr.contains(said), "{refused:?}");
        }
    }
    let refused = run(&fixtures(), &["sign", "--key", "command:cat", "--public", "-", "-"]);
    assert!(refused.code == 2 && refused.stderr.contains("standard input can be read once"), "{refused:?}");
    // A secret key in place of the public key.
    let refused = run(&fixtures(), &["sign", "--key", "command:cat", "--public", "vendor.key", "claims.json"]);
    assert!(refused.code == 1 && refused.stderr.contains("this is a signing key, which is secret"), "{refused:?}");
}
