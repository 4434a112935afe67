//! A key in place of another argument: no message shows it, in any form.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;

use common::{Ended, fixture, run};
use tempfile::{TempDir, tempdir};

/// The place of the key in the arguments.
const HERE: &str = "KEY-GOES-HERE";

/// Every kind of argument that a message may repeat: names of files and folders, and values.
const COMMANDS: [&str; 36] = [
    "state show --state KEY-GOES-HERE",
    "state reset --state KEY-GOES-HERE",
    "revocations new KEY-GOES-HERE",
    "revocations add --reason leaked KEY-GOES-HERE license.txt",
    "revocations add --reason KEY-GOES-HERE list.json license.txt",
    "revocations show KEY-GOES-HERE",
    "trust init --root vendor.pub --threshold 1 --roots KEY-GOES-HERE trust-2.json",
    "trust init --root vendor.pub --threshold KEY-GOES-HERE --roots roots-2.json trust-2.json",
    "trust add trust.json vendor.pub --name vendor --may-sign KEY-GOES-HERE",
    "trust add trust.json vendor.pub --name vendor --kind KEY-GOES-HERE",
    "trust limit trust.json KEY-GOES-HERE --max-seats 5",
    "trust limit KEY-GOES-HERE vendor --max-seats 5",
    "trust compromise trust.json vendor --allow-record KEY-GOES-HERE",
    "trust compromise trust.json KEY-GOES-HERE --allow-none",
    "trust sign --key vendor.key KEY-GOES-HERE",
    "trust sign --key KEY-GOES-HERE trust.json",
    "trust show KEY-GOES-HERE",
    "file create --key vendor.key --contact KEY-GOES-HERE license.txt",
    "file create --key vendor.key --machine KEY-GOES-HERE license.txt",
    "file create --key vendor.key --valid-for KEY-GOES-HERE license.txt",
    "file create --key vendor.key --metadata KEY-GOES-HERE license.txt",
    "file create --key vendor.key -o KEY-GOES-HERE license.txt",
    "file show KEY-GOES-HERE",
    "time issue --key vendor.key --recover KEY-GOES-HERE",
    "time issue --key vendor.key --at KEY-GOES-HERE",
    "verify --trust vendor.pub --built KEY-GOES-HERE license.txt",
    "verify --trust vendor.pub --at KEY-GOES-HERE license.txt",
    "verify --trust vendor.pub --product KEY-GOES-HERE license.txt",
    "verify --trust vendor.pub --product=KEY-GOES-HERE license.txt",
    "verify --trust KEY-GOES-HERE license.txt",
    "verify --trust vendor.pub --revocations KEY-GOES-HERE license.txt",
    "verify --trust vendor.pub --time KEY-GOES-HERE license.txt",
    "verify --trust vendor.pub --roots KEY-GOES-HERE license.txt",
    "verify --trust vendor.pub license.txt KEY-GOES-HERE",
    "issue --catalog catalog.toml --key vendor.key --record KEY-GOES-HERE --offer pro-annual",
    "KEY-GOES-HERE",
];

fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    for name in ["vendor.key", "vendor.pub"] {
        fs::write(folder.path().join(name), fixture(name)).unwrap();
    }
    fs::write(folder.path().join("license.txt"), fixture("keys/typical.txt")).unwrap();
    for line in [
        "catalog new -o catalog.toml",
        "trust init --root vendor.pub --threshold 1 --roots roots.json trust.json",
        "trust add trust.json vendor.pub --name vendor",
        "revocations new list.json",
    ] {
        let done = run(folder.path(), &line.split(' ').collect::<Vec<_>>());
        assert_eq!(done.code, 0, "{line}: {done:?}");
    }
    folder
}

fn given(folder: &Path, command: &str, key: &str) -> Ended {
    let arguments: Vec<String> = command.split(' ').map(|word| word.replace(HERE, key)).collect();
    run(folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A license key and a signing key, in the forms in which people store and copy them.
fn shapes() -> Vec<String> {
    let license = fixture("keys/typical.txt");
    let in_one_line: String = license.split_whitespace().collect();
    // Any 32 bytes are a signing key.
    let bytes = ["d1"; 32];
    vec![
        license.trim_end().to_owned(),
        in_one_line.clone(),
        in_one_line.replace('-', " "),
        in_one_line.replace('-', ""),
        format!("{in_one_line}.txt"),
        bytes.concat(),
        bytes.join(" "),
        bytes.join(":"),
        format!("{}.", bytes.concat()),
    ]
}

#[test]
fn no_message_shows_a_key_in_any_place_or_form() {
    let folder = folder();
    for key in shapes() {
        let bare = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        for command in COMMANDS {
            let refused = given(folder.path(), command, &key);
            assert_ne!(refused.code, 0, "{command}, {key}: {refused:?}");
            let said = bare(&format!("{}{}", refused.stdout, refused.stderr));
            assert!(!said.contains(&bare(key.trim_end_matches(".txt"))), "{command}, {key}: {refused:?}");
        }
    }
}

#[test]
fn a_message_names_an_argument_as_the_help_does() {
    let folder = folder();
    let key: String = fixture("keys/typical.txt").split_whitespace().collect();
    for (command, called) in [
        ("revocations new KEY-GOES-HERE", "<LIST>"),
        ("trust limit KEY-GOES-HERE vendor --max-seats 5", "<BUNDLE>"),
        ("trust sign --key vendor.key KEY-GOES-HERE", "<FILE>"),
        ("state show --state KEY-GOES-HERE", "--state"),
        ("file create --key vendor.key -o KEY-GOES-HERE license.txt", "--output"),
    ] {
        let refused = given(folder.path(), command, &key);
        let expected = format!("error: the value of {called} may be a key, so it is not shown");
        assert!(refused.code == 2 && refused.stderr.starts_with(&expected), "{command}: {refused:?}");
    }
}
