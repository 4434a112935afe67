//! Files with misleading numbers: two files with one number, and files numbered with a stolen key.

use std::fs;
use std::path::Path;

use keyward_verifier::LicenseDigest;
use keyward_verifier::files::{
    DelegatedKey, Delegation, KeyState, Purpose, Reason, RevocationList, Status, TrustBundle,
};
use serde_json::{Value, json};

use super::made::{self, By, bundle, list, signed, time};
use crate::common::run;
use crate::{KEY, folder, verified, verify};

const STATE: [&str; 4] = ["--state", "state", "--clock", "2026-07-15"];

fn write(folder: &Path, name: &str, contents: &[u8]) {
    fs::write(folder.join(name), contents).unwrap();
}

#[test]
fn a_second_file_with_the_same_number_is_a_rollback() {
    let folder = folder();
    let revoked = Some(Status::Revoked(Reason::Refunded));
    write(folder.path(), "A.json", &signed(&list(1, "2026-03-01T00:00:00Z", None), &[By::Vendor]));
    write(folder.path(), "B.json", &signed(&list(1, "2026-03-01T00:00:00Z", revoked), &[By::Vendor]));
    let with = |list: &str| verify(folder.path(), &[&KEY, &STATE, &["--revocations", list, "typical.txt"]]);
    assert_eq!(with("B.json").code, 23);
    let refused = with("A.json");
    assert_eq!(refused.code, 27, "{refused:?}");
    assert!(refused.stdout.contains("this revocation list 1 is not the one that was seen here before"), "{refused:?}");
    assert_eq!(with("B.json").code, 23);

    let explain = |list: &str| run(folder.path(), &["explain", "--trust", "vendor.pub", "--state", "state", list]);
    let explained = explain("A.json");
    assert_eq!(explained.code, 27, "{explained:?}");
    assert!(explained.stdout.contains("two files have the same number"), "{explained:?}");
    assert_eq!(explain("B.json").code, 0);

    let compromised = KeyState::Compromised { allowed: Vec::new() };
    write(folder.path(), "C.json", &signed(&bundle(3, compromised), &[By::Root(1), By::Root(2)]));
    let with = |bundle: &str| {
        let trust = ["--trust", bundle, "--roots", "roots.json", "--state", "other", "--clock", "2026-07-15"];
        verified(folder.path(), &[&trust, &["typical.txt"]])
    };
    assert_eq!(with("C.json").0, 28);
    let (code, report) = with("trust.json");
    assert_eq!((code, &report["outcome"]), (27, &json!("rollback")), "the bundle of before it was known");
    assert_eq!(report["evidence"], json!({"file": "trust.json", "found": 3, "seen": 3}));
}

/// A bundle with the vendor's key, and the stolen key for lists.
fn trusting(version: u32, of_the_list_key: KeyState) -> Vec<u8> {
    let key = |by: By, name: &str| DelegatedKey::active(by.key(), name.to_owned(), Delegation::unlimited(Purpose::ALL));
    let mut lists = key(By::Pipeline, "lists");
    lists.state = of_the_list_key;
    let keys = vec![key(By::Vendor, "licensing"), lists];
    signed(&TrustBundle::new(version, time("2026-01-10T09:00:00Z"), keys).unwrap(), &[By::Root(1), By::Root(2)])
}

#[test]
fn a_bundle_undoes_what_a_stolen_key_did_to_a_state() {
    let folder = folder();
    let revoked = |sequence| {
        let mut list = RevocationList::new(sequence, time("2026-06-01T00:00:00Z"), time("2026-09-01T00:00:00Z"));
        list.set(LicenseDigest::of(&made::typical()), Status::Revoked(Reason::Unspecified));
        list
    };
    write(folder.path(), "before.json", &trusting(10, KeyState::Active));
    write(folder.path(), "after.json", &trusting(11, KeyState::Compromised { allowed: Vec::new() }));
    write(folder.path(), "genuine-1.json", &signed(&list(1, "2026-03-01T00:00:00Z", None), &[By::Vendor]));
    write(folder.path(), "genuine-2.json", &signed(&list(2, "2026-07-01T00:00:00Z", None), &[By::Vendor]));
    write(folder.path(), "thief.json", &signed(&revoked(u32::MAX), &[By::Pipeline]));
    let with = |bundle: &str, list: &str| {
        let trust = ["--trust", bundle, "--roots", "roots.json", "--revocations", list];
        let (code, report) = verified(folder.path(), &[&trust, &STATE, &["typical.txt"]]);
        (code, report["outcome"].as_str().unwrap().to_owned())
    };
    let outcome = |code: i32, outcome: &str| (code, outcome.to_owned());
    assert_eq!(with("before.json", "genuine-1.json"), outcome(0, "active"));
    assert_eq!(with("before.json", "thief.json"), outcome(23, "revoked"));
    assert_eq!(with("before.json", "genuine-2.json"), outcome(27, "rollback"));
    let shown = || run(folder.path(), &["state", "show", "--state", "state", "--json"]).json();
    assert_eq!((&shown()["list"], shown()["licenses"].as_array().unwrap().len()), (&json!(u32::MAX), 1));

    // Files that the thief signed are not permitted any more, and the next genuine list is newer than the lists that still
    // count.
    assert_eq!(with("after.json", "thief.json"), outcome(28, "not-permitted"));
    assert_eq!(with("after.json", "genuine-2.json"), outcome(0, "active"));
    assert_eq!((&shown()["list"], &shown()["licenses"]), (&json!(2), &json!([])));
    assert_eq!(with("after.json", "genuine-1.json"), outcome(27, "rollback"));
    let signers: Vec<Value> = shown()["list_signers"].as_array().unwrap().clone();
    assert_eq!(signers, [json!({"key_id": By::Vendor.key().id().to_string(), "list": 2})]);
}
