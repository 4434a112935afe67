//! Before signing, the command shows all effective contents of a file. Contents that it can't show are not signed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;

use base64ct::{Base64, Encoding};
use common::{Ended, fixture, run};
use keyward_issuer::files::SignableFile;
use keyward_issuer::{LicenseDigest, SigningKey};
use keyward_verifier::files::{
    DelegatedKey, Delegation, FileKind, KeyState, LicenseFile, Payload, Purpose, Reason, RevocationList, RootSet,
    StateId, Status, TimePurpose, TimeStatement, TrustBundle, ValidationFile,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::{TempDir, tempdir};

fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("vendor.key"), fixture("vendor.key")).unwrap();
    folder
}

fn sign(folder: &Path, arguments: &[&str]) -> Ended {
    run(folder, &[&["trust", "sign", "--key", "vendor.key"], arguments].concat())
}

fn envelope(kind: FileKind, payload: &[u8]) -> String {
    let payload = Base64::encode_string(payload);
    json!({ "payloadType": kind.payload_type(), "payload": payload, "signatures": [] }).to_string()
}

fn time() -> chrono::DateTime<chrono::Utc> {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn digest(number: u128) -> LicenseDigest {
    LicenseDigest::from_bytes(number.to_be_bytes())
}

/// A bundle in which one key is compromised, with an allow-list of `allowed` licenses.
fn bundle(allowed: u128) -> TrustBundle {
    let key = |seed: u8, name: &str| {
        let key = SigningKey::from_seed(&[seed; 32]).verifying_key().clone();
        DelegatedKey::active(key, name.to_owned(), Delegation::unlimited([Purpose::Licenses]))
    };
    let mut stolen = key(2, "stolen");
    stolen.state = KeyState::Compromised { allowed: (0..allowed).map(digest).collect() };
    TrustBundle::new(1, time(), vec![key(1, "vendor"), stolen]).unwrap()
}

fn license_file() -> LicenseFile {
    LicenseFile::new(time(), vec![fixture("keys/typical.txt").parse().unwrap()])
}

fn roots() -> RootSet {
    RootSet::first(time(), 1.try_into().unwrap(), vec![SigningKey::from_seed(&[1; 32]).verifying_key().clone()])
}

/// The payload with an additional value.
fn with<T: Payload>(contents: &T, place: &str, value: Value) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(&contents.to_bytes().unwrap()).unwrap();
    let (object, name) = place.rsplit_once('/').unwrap();
    match json.pointer_mut(object).unwrap() {
        Value::Array(list) => list.push(value),
        object => object[name] = value,
    }
    serde_json::to_vec(&json).unwrap()
}

#[test]
fn contents_that_this_version_can_not_show_are_not_signed() {
    let mut list = RevocationList::new(1, time(), time());
    list.set(digest(1), Status::Revoked(Reason::Leaked));
    let list = list.to_bytes().unwrap();
    let section = |number: u8| [&list[..], &[number, 0, 0, 0, 1], &[7; 16]].concat();
    let validation = ValidationFile::new(license_file(), chrono::TimeDelta::hours(1)).unwrap();
    let evidence = TimeStatement::new(time(), TimePurpose::Evidence);
    let recovery = TimePurpose::Recovery { state: StateId::from_bytes([1; 8]) };
    let recovery = TimeStatement::new(time(), recovery);
    let (bundle, roots, license_file) = (bundle(1), roots(), license_file());
    let key = "not-a-name-but-a-license-key-perhaps-0123456789";
    let cases = [
        (FileKind::TrustBundle, with(&bundle, "/later", json!(1)), "(/later)"),
        (FileKind::TrustBundle, with(&bundle, "/keys/0/later", json!({"a": 1})), "(/keys/0/later)"),
        (
            FileKind::TrustBundle,
            with(&bundle, "/keys/0/may_sign/purposes/-", json!("mail")),
            "(/keys/0/may_sign/purposes)",
        ),
        (FileKind::TrustBundle, with(&bundle, "/keys/1/may_sign/most_users", json!(5)), ""),
        (FileKind::TrustBundle, with(&bundle, "/names", json!({"3": {"name": "A", "icon": "x"}})), "(/names/3/icon)"),
        (FileKind::TrustBundle, with(&bundle, &format!("/{key}"), json!(1)), "(/…)"),
        (FileKind::RootSet, with(&roots, "/later", json!([])), "(/later)"),
        (FileKind::RootSet, with(&roots, "/critical", json!(["threshold"])), "(/critical)"),
        (FileKind::RevocationList, section(9), "(one of its sections)"),
        (FileKind::RevocationList, section(63), "(one of its sections)"),
        (FileKind::RevocationList, section(65), ""),
        (FileKind::RevocationList, section(128), "(one of its sections)"),
        (FileKind::RevocationList, section(255), "(one of its sections)"),
        (FileKind::LicenseFile, with(&license_file, "/later", json!(null)), "(/later)"),
        (FileKind::LicenseFile, with(&license_file, "/licensee", json!({"name": "A", "vat": "1"})), "(/licensee/vat)"),
        (FileKind::ValidationFile, with(&validation, "/later", json!(1)), "(/later)"),
        (FileKind::ValidationFile, with(&validation, "/file/later", json!(1)), "(/file/later)"),
        (FileKind::ValidationFile, with(&validation, "/critical", json!(["machine"])), "(/critical)"),
        (FileKind::TimeStatement, with(&evidence, "/later", json!(1)), "(/later)"),
        (FileKind::TimeStatement, with(&recovery, "/later", json!(1)), "(/later)"),
        (FileKind::TimeStatement, with(&evidence, "/purpose", json!("later")), ""),
    ];
    for (kind, payload, place) in cases {
        let folder = folder();
        let text = envelope(kind, &payload);
        let what = String::from_utf8_lossy(&payload);
        fs::write(folder.path().join("file.json"), &text).unwrap();
        for arguments in [&["file.json"][..], &["-o", "out.json", "file.json"], &["-o", "-", "file.json"]] {
            let refused = sign(folder.path(), arguments);
            assert!(refused.code == 1 && refused.stdout.is_empty(), "{what}: {refused:?}");
            assert!(refused.stderr.contains(place) && !refused.stderr.contains(key), "{what}: {refused:?}");
        }
        assert_eq!(fs::read_to_string(folder.path().join("file.json")).unwrap(), text);
        assert!(!folder.path().join("out.json").exists());
    }
    // White space and the order of fields do not count as contents.
    let folder = folder();
    let text = envelope(FileKind::RootSet, &serde_json::to_vec_pretty(&json(&roots)).unwrap());
    fs::write(folder.path().join("roots.json"), text).unwrap();
    assert_eq!(sign(folder.path(), &["roots.json"]).code, 1, "only a root may sign it");
    let text = envelope(FileKind::TimeStatement, &serde_json::to_vec_pretty(&json(&evidence)).unwrap());
    fs::write(folder.path().join("time.json"), text).unwrap();
    assert_eq!(sign(folder.path(), &["time.json"]).code, 0);
}

fn json<T: Payload>(contents: &T) -> Value {
    serde_json::from_slice(&contents.to_bytes().unwrap()).unwrap()
}

#[test]
fn claims_with_an_unknown_name_are_not_signed() {
    let folder = folder();
    let mut claims: Value = serde_json::from_str(&fixture("claims.json")).unwrap();
    claims["later"] = json!(1);
    fs::write(folder.path().join("claims.json"), claims.to_string()).unwrap();
    let refused = run(folder.path(), &["sign", "--key", "vendor.key", "claims.json"]);
    assert!(refused.code == 1 && refused.stdout.is_empty() && refused.stderr.contains("later"), "{refused:?}");
}

/// The SHA-256 of lines, as `sha256sum` computes it.
fn sha256(lines: impl Iterator<Item = String>) -> String {
    hex::encode(Sha256::digest(lines.map(|line| line + "\n").collect::<String>()))
}

#[test]
fn all_effective_contents_are_shown_or_counted_with_a_digest_of_the_rest() {
    let folder = folder();
    let write = |name: &str, file: SignableFile| fs::write(folder.path().join(name), file.to_string()).unwrap();
    for allowed in [1, 20, 21, 300] {
        let file = SignableFile::new(&bundle(allowed)).unwrap();
        let of_all = file.digest();
        write("trust.json", file);
        let shown = sign(folder.path(), &["-o", "-", "trust.json"]).stderr;
        let _ = fs::remove_file(folder.path().join("keyward.numbers"));
        let count = format!("except {allowed} listed license{}", if allowed == 1 { "" } else { "s" });
        assert!(shown.contains(&count) && shown.contains(&of_all.to_string()), "{shown}");
        for number in 0..allowed.min(20) {
            assert!(shown.contains(&format!("except {}\n", digest(number))), "{shown}");
        }
        let rest = sha256((20..allowed).map(|number| format!("except {}", digest(number))));
        let more =
            format!("and {} more, which --json shows; SHA-256 of their lines: {rest}\n", allowed.saturating_sub(20));
        assert_eq!(shown.contains(&more), allowed > 20, "{more}: {shown}");
    }

    let mut list = RevocationList::new(1, time(), time());
    for number in 0..30 {
        list.set(digest(number), Status::Revoked(if number < 12 { Reason::Leaked } else { Reason::Refunded }));
    }
    list.set(digest(99), Status::OnHold);
    write("list.json", SignableFile::new(&list).unwrap());
    let shown = sign(folder.path(), &["-o", "-", "list.json"]).stderr;
    assert!(shown.contains("12 revoked (leaked), 18 revoked (refunded), 1 on hold"), "{shown}");
    let rest = (20..30).map(|number| format!("{} revoked (refunded)", digest(number)));
    let rest = sha256(rest.chain([format!("{} on hold", digest(99))]));
    assert!(shown.contains(&format!("and 11 more, which --json shows; SHA-256 of their lines: {rest}")), "{shown}");

    // Names are shown to customers.
    let mut named = bundle(0);
    for product in 1..=30 {
        let names = named.names.products.entry(product).or_default();
        names.name = format!("Product-{product}");
        names.editions.extend((0..20).map(|number| (number, format!("Edition-{number}"))));
        names.features.insert(7, "Feature".to_owned());
        names.limits.insert(2, "Limit".to_owned());
    }
    named.version = 2;
    write("named.json", SignableFile::new(&named).unwrap());
    let shown = sign(folder.path(), &["-o", "-", "named.json"]).stderr;
    for name in
        ["product 1 Product-1", "0 Edition-0", "19 Edition-19", "features 7 Feature", "limits 2 Limit", "more, which"]
    {
        assert!(shown.contains(name), "{name}: {shown}");
    }
}

#[test]
#[cfg(unix)]
fn a_file_that_changes_while_a_person_reads_is_not_signed() {
    let folder = folder();
    let write = |version: u32| {
        let mut bundle = bundle(1);
        bundle.version = version;
        fs::write(folder.path().join("trust.json"), SignableFile::new(&bundle).unwrap().to_string()).unwrap();
    };
    write(1);
    fs::write(folder.path().join("pass"), "correct horse\n").unwrap();
    let keygen = ["keygen", "-o", "slow.key", "--passphrase-file", "pass"];
    assert_eq!(run(folder.path(), &keygen).code, 0);
    // The passphrase of the key is slow. Meanwhile, the file is replaced.
    fs::remove_file(folder.path().join("pass")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(folder.path().join("pass")).status().unwrap().success());
    let arguments = ["trust", "sign", "--key", "slow.key", "--passphrase-file", "pass", "trust.json"];
    let child = common::keyward(folder.path(), &arguments)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = fs::OpenOptions::new().write(true).open(folder.path().join("pass")).unwrap();
    write(2);
    let before = fs::read(folder.path().join("trust.json")).unwrap();
    std::io::Write::write_all(&mut pipe, b"correct horse\n").unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("trust.json was changed while you were signing, and nothing was signed"), "{stderr}");
    assert_eq!(fs::read(folder.path().join("trust.json")).unwrap(), before);
}
