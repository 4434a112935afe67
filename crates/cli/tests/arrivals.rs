//! License keys and files as they arrive: the command reads them, or says what they are.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;

use common::{fixture, run};
use keyward_testing::arrivals::{Arrival, Loss, arrivals};
use keyward_verifier::files::FileKind;
use tempfile::TempDir;

/// The folder of the transcript across the air gap.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/air-gap.in");
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    folder
}

const AT: [&str; 2] = ["--clock", "2026-07-15T12:00:00Z"];
const BUNDLE: [&str; 4] = ["--trust", "trust.json", "--roots", "roots.json"];

fn verify(folder: &TempDir, arguments: &[&str]) -> common::Ended {
    run(folder.path(), &[&["verify"], &AT[..], arguments].concat())
}

#[test]
fn a_license_key_is_read_however_it_arrives() {
    let folder = folder();
    let text = fs::read_to_string(folder.path().join("typical.txt")).unwrap();
    for Arrival { name, bytes, loss } in arrivals(&text) {
        fs::write(folder.path().join("arrived"), bytes).unwrap();
        let ended = verify(&folder, &["--trust", "vendor.pub", "arrived"]);
        match loss {
            Loss::Nothing | Loss::Files => assert_eq!(ended.code, 0, "{name}: {ended:?}"),
            Loss::Everything => assert!([10, 11].contains(&ended.code), "{name}: {ended:?}"),
        }
    }
}

#[test]
fn each_file_is_read_in_its_place_or_called_damaged() {
    let folder = folder();
    for (file, arguments) in [
        ("acme.lic", [&BUNDLE[..], &["arrived"]].concat()),
        ("trust.json", vec!["--trust", "arrived", "--roots", "roots.json", "typical.txt"]),
        ("roots.json", vec!["--trust", "trust.json", "--roots", "arrived", "typical.txt"]),
        ("list-1.json", [&BUNDLE[..], &["--revocations", "arrived", "typical.txt"]].concat()),
        ("time.json", [&BUNDLE[..], &["--time", "arrived", "typical.txt"]].concat()),
    ] {
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        for Arrival { name, bytes, loss } in arrivals(&text) {
            fs::write(folder.path().join("arrived"), bytes).unwrap();
            let ended = verify(&folder, &arguments);
            match loss {
                Loss::Nothing => assert_eq!(ended.code, 0, "{file} {name}: {ended:?}"),
                Loss::Files | Loss::Everything => {
                    assert_eq!(ended.code, 10, "{file} {name}: {ended:?}");
                    assert!(ended.stdout.contains("damaged on its way"), "{file} {name}: {ended:?}");
                    assert!(ended.stdout.contains("copy the whole file again"), "{file} {name}: {ended:?}");
                }
            }
        }
    }
}

/// In UTF-8 and in every form of UTF-16.
fn encoded(text: &str) -> Vec<Vec<u8>> {
    let utf16 = |order: fn(u16) -> [u8; 2], text: String| text.encode_utf16().flat_map(order).collect();
    let marked = format!("\u{FEFF}{text}");
    vec![
        text.into(),
        marked.clone().into_bytes(),
        text.replace('\n', "\r\n").into_bytes(),
        utf16(u16::to_le_bytes, marked.clone()),
        utf16(u16::to_be_bytes, marked),
        utf16(u16::to_le_bytes, text.to_owned()),
        utf16(u16::to_be_bytes, text.to_owned()),
    ]
}

#[test]
fn a_public_or_signing_key_in_the_place_of_a_license_or_file_is_called_one() {
    let folder = folder();
    for (key, is, advice) in [
        ("vendor.pub", "it is a public key", "name this file with --trust"),
        ("vendor.key", "it is a signing key, which is secret", "keep this file secret"),
        ("encrypted.key", "it is a signing key, which is secret", "keep this file secret"),
    ] {
        for contents in encoded(&fixture(key)) {
            fs::write(folder.path().join("arrived"), &contents).unwrap();
            for (arguments, shows_advice) in [
                (vec!["verify", "--trust", "vendor.pub", "arrived"], true),
                ([&["verify"], &BUNDLE[..], &["arrived"]].concat(), true),
                ([&["verify"], &BUNDLE[..], &["--revocations", "arrived", "typical.txt"]].concat(), true),
                ([&["verify"], &BUNDLE[..], &["--time", "arrived", "typical.txt"]].concat(), true),
                (vec!["explain", "--trust", "vendor.pub", "arrived"], false),
                (vec!["inspect", "arrived"], false),
                (vec!["print", "--trust", "vendor.pub", "arrived"], false),
                (vec!["file", "show", "arrived"], false),
                (vec!["trust", "show", "arrived"], false),
            ] {
                let ended = run(folder.path(), &arguments);
                assert_eq!(ended.code, 10, "{arguments:?}: {ended:?}");
                let said = format!("{}{}", ended.stdout, ended.stderr);
                assert!(said.contains(is), "{arguments:?}: {ended:?}");
                assert!(!shows_advice || said.contains(advice), "{arguments:?}: {ended:?}");
                assert!(!said.contains("damaged"), "{arguments:?}: {ended:?}");
            }
            let trusted = run(folder.path(), &["verify", "--trust", "arrived", "typical.txt"]);
            match (key, contents.contains(&0)) {
                ("vendor.pub", false) => assert_eq!(trusted.code, 0, "{trusted:?}"),
                ("vendor.pub", true) => assert!(trusted.stderr.contains("a public key in UTF-16"), "{trusted:?}"),
                _ => assert!(trusted.stderr.contains("this is a signing key, which is secret"), "{trusted:?}"),
            }
        }
    }
    // A license key counts, with anything around it.
    let mail = format!("{}\n{}\n", fixture("vendor.pub"), fixture("keys/typical.txt"));
    fs::write(folder.path().join("mail.txt"), mail).unwrap();
    let ended = verify(&folder, &["--trust", "vendor.pub", "mail.txt"]);
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[test]
fn contents_that_can_not_be_read_are_not_called_signed() {
    let folder = folder();
    let kinds = [
        (FileKind::LicenseFile, "the license file", "file show"),
        (FileKind::ValidationFile, "the validation file", "file show"),
        (FileKind::TrustBundle, "the trust bundle", "trust show"),
        (FileKind::RootSet, "the root set", "trust show"),
        (FileKind::RevocationList, "the revocation list", "revocations show"),
        (FileKind::RevocationList, "the revocation list", "revocations sign --key vendor.key"),
        (FileKind::TrustBundle, "the trust bundle", "trust sign --key vendor.key"),
    ];
    fs::write(folder.path().join("vendor.key"), fixture("vendor.key")).unwrap();
    for (kind, the, command) in kinds {
        // e30= is {}.
        let draft = format!(r#"{{"payloadType":"{}","payload":"e30=","signatures":[]}}"#, kind.payload_type());
        fs::write(folder.path().join("draft.json"), draft).unwrap();
        let arguments: Vec<&str> = command.split(' ').chain(["draft.json"]).collect();
        let ended = run(folder.path(), &arguments);
        assert_eq!(ended.code, if command.contains("sign") { 1 } else { 10 }, "{command}: {ended:?}");
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains(&format!("the contents of {the} can't be read: ")), "{command}: {ended:?}");
        assert!(!said.contains("is signed"), "{command}: {ended:?}");
    }
}

#[test]
fn a_key_that_is_there_twice_counts_once_with_a_remark() {
    let folder = folder();
    let key = fs::read_to_string(folder.path().join("typical.txt")).unwrap().replace('\n', "");
    fs::write(folder.path().join("twice.txt"), format!("Your key: {key} {key}\n")).unwrap();
    let ended = verify(&folder, &["--trust", "vendor.pub", "twice.txt"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stderr.contains("1 license key was there before: each counts once."), "{ended:?}");
    fs::write(folder.path().join("half.txt"), &key[..119]).unwrap();
    let ended = verify(&folder, &["--trust", "vendor.pub", "half.txt"]);
    assert_eq!(ended.code, 10, "{ended:?}");
    assert!(ended.stdout.contains("20 of its 30 groups are there, and 10 are missing"), "{ended:?}");
}

#[test]
fn a_file_that_is_not_there_is_said_to_be_not_there() {
    let folder = folder();
    for name in ["acme.txt", "keys/acme", "license", "no such license.txt"] {
        for arguments in [
            vec!["verify", "--trust", "vendor.pub", name],
            vec!["verify", "--trust", name, "typical.txt"],
            vec!["explain", name],
            vec!["inspect", name],
            vec!["print", "--trust", "vendor.pub", name],
            [&["verify"], &BUNDLE[..], &["--revocations", name, "typical.txt"]].concat(),
            [&["verify"], &BUNDLE[..], &["--time", name, "typical.txt"]].concat(),
            vec!["file", "show", name],
            vec!["trust", "show", name],
        ] {
            let ended = run(folder.path(), &arguments);
            assert_eq!(ended.code, 1, "{arguments:?}: {ended:?}");
            assert!(ended.stderr.contains(&format!("{name} can't be read: No such file")), "{arguments:?}: {ended:?}");
        }
    }
}

#[test]
fn a_file_in_the_place_of_another_comes_with_advice_on_its_own_place() {
    let folder = folder();
    for (arguments, advice) in [
        ([&BUNDLE[..], &["trust.json"]].concat(), "name this file with --trust"),
        ([&BUNDLE[..], &["roots.json"]].concat(), "name this file with --roots"),
        ([&BUNDLE[..], &["list-1.json"]].concat(), "name this file with --revocations"),
        ([&BUNDLE[..], &["time.json"]].concat(), "name this file with --time"),
        (vec!["--trust", "roots.json", "typical.txt"], "name this file with --roots"),
        (vec!["--trust", "acme.lic", "typical.txt"], "give this file as the license"),
        ([&BUNDLE[..], &["--revocations", "time.json", "typical.txt"]].concat(), "name this file with --time"),
    ] {
        let ended = verify(&folder, &arguments);
        assert_eq!(ended.code, 10, "{arguments:?}: {ended:?}");
        assert!(ended.stdout.contains(advice), "{arguments:?}: {ended:?}");
    }
    let ended = verify(&folder, &["--trust", "typical.txt", "typical.txt"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stderr.contains("typical.txt: this is a license key"), "{ended:?}");
}

#[test]
fn a_key_that_is_cut_short_among_whole_ones_is_not_left_out() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let keys: Vec<String> =
        ["typical", "trial", "staging"].iter().map(|name| fixture(&format!("keys/{name}.txt"))).collect();
    let one_line = |key: &str| key.split_whitespace().collect::<Vec<_>>().join("");
    for name in ["vendor.key", "vendor.pub"] {
        fs::write(path(name), fixture(name)).unwrap();
    }
    assert_eq!(run(folder.path(), &["revocations", "new", "list.json"]).code, 0);
    for missing in [4, 5, 12, 20] {
        let cut = one_line(&keys[2]);
        let cut = cut.split('-').collect::<Vec<_>>();
        let cut = cut[..cut.len() - missing].join("-");
        for place in 0..3 {
            let mut lines = vec![one_line(&keys[0]), one_line(&keys[1])];
            lines.insert(place, cut.clone());
            fs::write(path("keys.txt"), lines.join("\n\n")).unwrap();
            for command in [
                "revocations add --reason leaked list.json keys.txt",
                "file create --key vendor.key -o all.lic keys.txt",
            ] {
                let refused = run(folder.path(), &command.split(' ').collect::<Vec<_>>());
                assert!(refused.code != 0, "{command}, {missing} groups: {refused:?}");
                assert!(!path("all.lic").exists());
            }
            // These name it, and go on with the others.
            for command in ["print --trust vendor.pub keys.txt", "verify --trust vendor.pub keys.txt"] {
                let said = run(folder.path(), &command.split(' ').collect::<Vec<_>>());
                let text = format!("{}{}", said.stdout, said.stderr);
                assert!(text.contains("ends too early"), "{command}, {missing} groups: {said:?}");
            }
        }
    }
    // The beginning of a key that is there, as mails repeat it, is no other key.
    let whole = one_line(&keys[0]);
    fs::write(
        path("keys.txt"),
        format!("{whole}\n\n{}You know it by its first groups: {}\n", "Thank you. ".repeat(99), &whole[..23]),
    )
    .unwrap();
    assert_eq!(run(folder.path(), &["revocations", "add", "--reason", "leaked", "list.json", "keys.txt"]).code, 0);
}
