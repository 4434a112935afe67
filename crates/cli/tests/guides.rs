//! The guides in `docs` show real output: these tests follow their commands in an empty folder, from the first to the
//! last.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::path::Path;
use std::sync::Mutex;

use keyward_testing::clock::again_later;
use keyward_testing::skip::has_programs;
use keyward_verifier::files::{OpenedState, StateFile};

/// The working folder belongs to the process, so one test uses it at a time.
static FOLDER: Mutex<()> = Mutex::new(());

fn follow(folder: &Path, guides: &[&str]) {
    let _one_at_a_time = FOLDER.lock().unwrap();
    std::env::set_current_dir(folder).unwrap();
    for guide in guides {
        let cases = trycmd::TestCases::new();
        cases.register_bin("cp", Path::new("/bin/cp"));
        cases.case(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(guide));
        cases.env("USER", "grace").env("NO_COLOR", "1");
    }
}

/// If the last file of a guide exists, every command was followed.
fn has(folder: &Path, files: &[&str]) -> bool {
    files.iter().all(|file| folder.join(file).exists())
}

#[test]
fn the_guide_for_the_support_desk_can_be_followed_in_an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    follow(folder.path(), &["support-desk.md"]);
    assert!(has(folder.path(), &["zenith.txt", "acme-next.txt"]));
}

#[test]
fn the_guides_can_be_followed_in_2031() {
    again_later(
        "the_guides_can_be_followed_in_2031",
        &[
            "the_guide_for_the_support_desk_can_be_followed_in_an_empty_folder",
            "the_guide_for_issuers_can_be_followed_and_then_that_for_customers",
        ],
    );
}

/// Issuers make the files that customers load. `openssl` can sign one without these commands.
#[test]
fn the_guide_for_issuers_can_be_followed_and_then_that_for_customers() {
    let folder = tempfile::tempdir().unwrap();
    // The id of a state is random. This one has the id in the guide.
    let name = "0102030405060708".parse().unwrap();
    let OpenedState::New(mut state) = StateFile::open(&folder.path().join("state"), None, name).unwrap() else {
        unreachable!("the folder is new")
    };
    state.save().unwrap();
    // Another process can have it now.
    drop(state);
    follow(folder.path(), &["issuers.md", "air-gapped.md"]);
    assert!(has(folder.path(), &["roots-2.json", "time.json", "recovery.json"]));
    a_license_that_openssl_signed_is_refused_by_the_limits_of_the_key(folder.path());
}

fn a_license_that_openssl_signed_is_refused_by_the_limits_of_the_key(folder: &Path) {
    if !has_programs("a_license_that_openssl_signed_is_refused_by_the_limits_of_the_key", &["openssl"]) {
        return;
    }
    let claims =
        r#"{"product": 3, "edition": 2, "seats": 25, "valid_from": "2026-01-01", "valid_through": "2036-12-31"}"#;
    std::fs::write(folder.join("claims.json"), claims).unwrap();
    let openssl = "command:cat > message && openssl pkeyutl -sign -rawin -inkey pipeline.key -in message";
    let signed = ["sign", "--key", openssl, "--public", "pipeline.pub", "-o", "by-openssl.txt", "claims.json"];
    let signed = common::run(folder, &signed);
    assert_eq!(signed.code, 0, "{signed:?}");

    let verify = |trusted: &[&str]| {
        let question = ["--at", "2026-06-15", "--json", "by-openssl.txt"];
        common::run(folder, &[&["verify"], trusted, &question].concat()).json()
    };
    assert_eq!(verify(&["--trust", "pipeline.pub"])["outcome"], "active", "the signature is good");
    for (bundle, why) in [("trust-1.json", "of the kind standard"), ("trust.json", "compromised")] {
        let refused = verify(&["--roots", "roots.json", "--trust", bundle]);
        assert_eq!(refused["outcome"], "not-permitted", "{refused}");
        assert!(refused["message"].as_str().unwrap().contains(why), "{refused}");
    }
}
