//! Files, standard input, the environment and passphrases.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;

use common::{ended, fixture, fixtures, keyward, run, run_with_input};
use keyward_core::is_invisible;
use keyward_verifier::Outcome;
use tempfile::{TempDir, tempdir};

const PASSPHRASE: &str = "correct horse battery staple";

/// A folder with a new signing key, not encrypted.
fn folder_with_a_key() -> TempDir {
    let folder = tempdir().unwrap();
    assert_eq!(run(folder.path(), &["keygen", "-o", "vendor.key", "--no-passphrase"]).code, 0);
    folder
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
#[cfg(unix)]
fn a_signing_key_is_its_owners_alone_and_the_public_key_everyones() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder_with_a_key();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("vendor.key"), 0o600);
    // The umask may remove the rights of readers.
    assert_eq!(mode("vendor.pub") & !0o044, 0o600);
}

#[test]
fn a_signing_key_is_never_replaced_without_force() {
    let folder = folder_with_a_key();
    let before = (read(folder.path(), "vendor.key"), read(folder.path(), "vendor.pub"));
    for arguments in [["keygen", "-o", "vendor.key"].as_slice(), &["keygen", "-o", "vendor.key", "--no-passphrase"]] {
        let refused = run(folder.path(), arguments);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.stderr.contains("vendor.key exists"), "{refused:?}");
    }
    // The public key of another signing key is not replaced either.
    assert_eq!(run(folder.path(), &["keygen", "-o", "vendor.pem", "--no-passphrase"]).code, 1);
    assert!(!folder.path().join("vendor.pem").exists());
    assert_eq!((read(folder.path(), "vendor.key"), read(folder.path(), "vendor.pub")), before);

    assert_eq!(run(folder.path(), &["keygen", "-o", "vendor.key", "--no-passphrase", "--force"]).code, 0);
    assert_ne!(read(folder.path(), "vendor.key"), before.0);
    assert_ne!(read(folder.path(), "vendor.pub"), before.1);
}

#[test]
fn standard_output_has_the_public_key_in_hex_and_nothing_of_the_secret_one() {
    let folder = tempdir().unwrap();
    let made = run(folder.path(), &["keygen", "-o", "vendor.key", "--no-passphrase"]);
    let public = made.stdout.trim_end();
    assert!(public.len() == 64 && public.bytes().all(|byte| byte.is_ascii_hexdigit()), "{made:?}");
    let pem = read(folder.path(), "vendor.key");
    let secret = pem.lines().nth(1).unwrap();
    assert!(!made.stderr.contains(secret) && !made.stdout.contains(secret));

    // The hex digits are trusted like the file.
    fs::write(folder.path().join("claims.json"), fixture("claims.json")).unwrap();
    assert_eq!(run(folder.path(), &["sign", "--key", "vendor.key", "-o", "acme.txt", "claims.json"]).code, 0);
    for trust in ["vendor.pub", "env:TRUST"] {
        let mut verify = keyward(folder.path(), &["verify", "--trust", trust, "--at", "2026-06-15", "acme.txt"]);
        assert_eq!(ended(verify.env("TRUST", public)).code, 0, "{trust}");
    }
}

#[test]
fn a_passphrase_comes_from_a_file_or_else_the_environment() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("claims.json"), fixture("claims.json")).unwrap();
    fs::write(folder.join("right"), format!("{PASSPHRASE}\r\nanother line\n")).unwrap();
    fs::write(folder.join("wrong"), "incorrect\n").unwrap();
    assert_eq!(ended(keyward(folder, &["keygen", "-o", "a.key"]).env("KEYWARD_PASSPHRASE", PASSPHRASE)).code, 0);
    assert!(read(folder, "a.key").starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));

    let sign = |passphrase_file: Option<&str>, variable: Option<&str>| {
        let mut arguments = vec!["sign", "--key", "a.key", "claims.json"];
        arguments.extend(passphrase_file.into_iter().flat_map(|file| ["--passphrase-file", file]));
        ended(keyward(folder, &arguments).envs(variable.map(|value| ("KEYWARD_PASSPHRASE", value))))
    };
    assert_eq!(sign(Some("right"), None).code, 0);
    assert_eq!(sign(None, Some(PASSPHRASE)).code, 0);
    assert_eq!(sign(Some("right"), Some("incorrect")).code, 0, "the file comes first");
    for wrong in [sign(Some("wrong"), Some(PASSPHRASE)), sign(None, Some("incorrect"))] {
        assert_eq!((wrong.code, wrong.stdout.as_str()), (1, ""));
        assert!(wrong.stderr.contains("the passphrase is wrong"), "{wrong:?}");
        assert!(!wrong.stderr.contains("incorrect"), "{wrong:?}");
    }
    let missing = sign(None, None);
    assert_eq!(missing.code, 2);
    assert!(
        missing.stderr.contains("--passphrase-file") && missing.stderr.contains("KEYWARD_PASSPHRASE"),
        "{missing:?}"
    );
}

/// A passphrase from a file or a variable is the one that a person types, or it is refused.
#[test]
fn a_passphrase_that_no_terminal_reads_is_refused() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let utf_16 = |bytes: fn(u16) -> [u8; 2]| PASSPHRASE.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    fs::write(folder.join("marked"), [b"\xEF\xBB\xBF", PASSPHRASE.as_bytes()].concat()).unwrap();
    fs::write(folder.join("little"), [&[0xFF, 0xFE][..], &utf_16(u16::to_le_bytes)].concat()).unwrap();
    fs::write(folder.join("big"), [&[0xFE, 0xFF][..], &utf_16(u16::to_be_bytes)].concat()).unwrap();
    fs::write(folder.join("unmarked"), utf_16(u16::to_le_bytes)).unwrap();
    fs::write(folder.join("claims.json"), fixture("claims.json")).unwrap();
    for name in ["little", "big", "unmarked"] {
        let refused = run(folder, &["keygen", "-o", "refused.key", "--passphrase-file", name]);
        assert_eq!(refused.code, 1, "{name}: {refused:?}");
        assert!(refused.stderr.contains("save the passphrase as UTF-8"), "{name}: {refused:?}");
    }
    let two_lines = format!("{PASSPHRASE}\n");
    let refused = ended(keyward(folder, &["keygen", "-o", "refused.key"]).env("KEYWARD_PASSPHRASE", &two_lines));
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("has a line break in it"), "{refused:?}");
    assert!(!folder.join("refused.key").exists());

    assert_eq!(run(folder, &["keygen", "-o", "a.key", "--passphrase-file", "marked"]).code, 0);
    let mut sign = keyward(folder, &["sign", "--key", "a.key", "claims.json"]);
    assert_eq!(ended(sign.env("KEYWARD_PASSPHRASE", PASSPHRASE)).code, 0);
}

#[test]
fn a_signing_key_may_come_from_the_environment_and_claims_from_standard_input() {
    let mut command = keyward(&fixtures(), &["sign", "--key", "env:SIGNING_KEY", "claims.json"]);
    assert_eq!(ended(command.env("SIGNING_KEY", fixture("vendor.key"))).stdout, fixture("keys/typical.txt"));

    let claims = fixture("claims.json");
    let signed = run_with_input(&fixtures(), &["sign", "--key", "vendor.key", "-"], claims.as_bytes());
    assert_eq!(signed.stdout, fixture("keys/typical.txt"));

    let key = fixture("vendor.key");
    let signed = run_with_input(&fixtures(), &["sign", "--key", "-", "claims.json"], key.as_bytes());
    assert_eq!(signed.stdout, fixture("keys/typical.txt"));

    let passphrase = format!("{PASSPHRASE}\n");
    let arguments = ["sign", "--key", "encrypted.key", "--passphrase-file", "-", "claims.json"];
    assert_eq!(run_with_input(&fixtures(), &arguments, passphrase.as_bytes()).stdout, fixture("keys/typical.txt"));
}

#[test]
fn a_license_without_a_named_serial_gets_a_random_one() {
    let claims = r#"{"product": 3, "edition": 2, "seats": 1, "valid_from": "2026-01-01", "valid_through": null}"#;
    let serial = || {
        let signed = run_with_input(&fixtures(), &["sign", "--json", "--key", "vendor.key", "-"], claims.as_bytes());
        signed.json()["serial"].as_str().unwrap().to_owned()
    };
    let (one, other) = (serial(), serial());
    assert_eq!(one.len(), 16);
    assert_ne!(one, other);
}

#[test]
fn claims_saved_by_an_editor_on_windows_are_read() {
    let claims = format!("\u{FEFF}{}", fixture("claims.json").replace('\n', "\r\n"));
    let signed = run_with_input(&fixtures(), &["sign", "--key", "vendor.key", "-"], claims.as_bytes());
    assert_eq!(signed.stdout, fixture("keys/typical.txt"));
}

#[test]
fn a_license_file_is_never_replaced_without_force() {
    let folder = tempdir().unwrap();
    for name in ["vendor.key", "claims.json"] {
        fs::write(folder.path().join(name), fixture(name)).unwrap();
    }
    let arguments = ["sign", "--key", "vendor.key", "-o", "acme.txt", "claims.json", "--force"];
    fs::write(folder.path().join("acme.txt"), "the only copy").unwrap();
    let refused = run(folder.path(), &arguments[..6]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(read(folder.path(), "acme.txt"), "the only copy");
    assert_eq!(run(folder.path(), &arguments).code, 0);
    assert_eq!(read(folder.path(), "acme.txt"), fixture("keys/typical.txt"));
}

#[test]
fn errors_contain_no_terminal_control_characters() {
    let folder = tempdir().unwrap();
    let name = "a\u{1b}[2J\u{202e}.key";
    let failed = run(folder.path(), &["sign", "--key", name, "claims.json"]);
    assert_eq!(failed.code, 1);
    let failed_key = run(&fixtures(), &["sign", "--key", name, "claims.json"]);
    for failed in [failed, failed_key] {
        assert!(!failed.stderr.contains(['\u{1b}', '\u{202e}']), "{failed:?}");
    }
    let claims = "{\"\\u001b[2J\": 1}";
    let failed = run_with_input(&fixtures(), &["sign", "--key", "vendor.key", "-"], claims.as_bytes());
    assert_eq!(failed.code, 1);
    assert!(!failed.stderr.contains('\u{1b}'), "{failed:?}");
}

#[test]
fn wrong_arguments_are_shown_without_terminal_control_characters() {
    let folder = tempdir().unwrap();
    let shown = |text: &str| text.escape_default().to_string();
    for text in [
        "a\u{1b}[2Jb",
        "\u{1b}[8mb\u{1b}[0m",
        "\u{1b}]0;b\u{7}",
        "a\u{9b}2J",
        "a\u{202e}b\u{200b}c",
        "a\nerror: b",
        "a\rb",
    ] {
        let (long, value) = (format!("--{text}"), format!("--seats={text}"));
        for (arguments, repeated) in [
            (vec![text], shown(text)),
            (vec!["catalog", text], shown(text)),
            (vec![&long], shown(&long)),
            (vec!["verify", "--trust", "vendor.pub", &long], shown(&long)),
            (vec!["verify", "--trust", "vendor.pub", "key.txt", text], shown(text)),
            (vec!["issue", "--seats", text], shown(text)),
            (vec!["issue", &value], shown(text)),
            (vec!["completions", text], shown(text)),
        ] {
            // Messages as on a terminal, with colours.
            for color in ["0", "1"] {
                let mut command = keyward(folder.path(), &arguments);
                let failed = ended(command.env("CLICOLOR_FORCE", color));
                assert_eq!(failed.code, 2, "{failed:?}");
                assert!(failed.stderr.contains(&repeated), "{repeated}: {failed:?}");
                let is_hostile =
                    |character: char| character != '\n' && (character.is_control() || is_invisible(character));
                assert!(!failed.stderr.contains(is_hostile), "{failed:?}");
                assert_eq!(failed.stderr.matches("\nerror").count(), 0, "{failed:?}");
            }
        }
    }
    // Other messages keep their colours.
    let failed = ended(keyward(folder.path(), &["nothing"]).env("CLICOLOR_FORCE", "1"));
    assert!(failed.stderr.contains('\u{1b}') && failed.stderr.contains("nothing"), "{failed:?}");
}

#[test]
#[cfg(unix)]
fn an_endless_input_is_refused() {
    for arguments in [
        ["verify", "--trust", "/dev/zero", "keys/typical.txt"],
        ["inspect", "--catalog", "/dev/zero", "keys/typical.txt"],
        ["sign", "--key", "vendor.key", "/dev/zero"],
        ["sign", "--key", "/dev/zero", "claims.json"],
    ] {
        let failed = run(&fixtures(), &arguments);
        assert_eq!(failed.code, 1, "{failed:?}");
        assert!(failed.stderr.contains("/dev/zero is longer than a megabyte"), "{failed:?}");
    }
    // In place of a key, it can't be one.
    for command in ["verify", "explain", "print"] {
        let failed = run(&fixtures(), &[command, "--trust", "vendor.pub", "/dev/zero"]);
        assert_eq!(failed.code, i32::from(Outcome::Malformed.number()), "{failed:?}");
        assert!(failed.stdout.contains("a key with any separators has at most 4096"), "{failed:?}");
    }
}

#[test]
fn the_demo_leaves_nothing_behind() {
    let folder = tempdir().unwrap();
    let mut demo = keyward(folder.path(), &["demo"]);
    let shown = ended(demo.env("TMPDIR", folder.path()).env("TEMP", folder.path()).env("TMP", folder.path()));
    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""), "{shown:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The parts of a secret text that are long enough to help guess the rest.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', ' '])
        .filter(|word| !word.contains("---"))
        .flat_map(|word| word.as_bytes().windows(8))
        .filter_map(|run| std::str::from_utf8(run).ok())
}

#[test]
fn a_key_in_place_of_its_name_is_never_shown() {
    let (pem, encrypted) = (fixture("vendor.key"), fixture("encrypted.key"));
    let body = pem.lines().find(|line| line.starts_with("MC4C")).unwrap();
    let seed: String = (0..32).map(|byte| format!("{byte:02x}")).collect();
    let (crlf, bom) = (format!("\r\n{body}"), format!("\u{FEFF}{body}"));
    let secrets = [pem.as_str(), pem.trim_end(), &encrypted, body, &seed, &crlf, &bom, &format!("-{body}")];
    for secret in secrets {
        let (with_equals, in_env) = (format!("--key={secret}"), format!("env:{secret}"));
        for arguments in [
            &["sign", "--key", secret, "claims.json"][..],
            &["sign", &with_equals, "claims.json"],
            &["sign", "--key", &in_env, "claims.json"],
            &["sign", "--key", "vendor.key", secret],
            &["sign", "--key", "vendor.key", "claims.json", secret],
            &["sign", "--key", "encrypted.key", "--passphrase-file", secret, "claims.json"],
            &["verify", "--trust", secret, "keys/typical.txt"],
            &["verify", "--trust", "vendor.pub", "--product", secret, "keys/typical.txt"],
            &["verify", "--trust", "vendor.pub", secret],
            &["verify", "--trust", "vendor.pub", &in_env],
            &["inspect", secret],
            &["keygen", "-o", "absent/a.key", "--passphrase-file", secret],
            &[secret],
        ] {
            let failed = run(&fixtures(), arguments);
            let shown = format!("{}{}", failed.stdout, failed.stderr);
            assert!(failed.code != 0 && !shown.is_empty(), "{arguments:?}: {failed:?}");
            assert!(!runs(secret).any(|run| shown.contains(run)), "{arguments:?}: {failed:?}");
        }
    }
    // The shell splits the value if the quotes are missing.
    let words: Vec<&str> = ["sign", "--key"].into_iter().chain(pem.split_whitespace()).chain(["claims.json"]).collect();
    let failed = run(&fixtures(), &words);
    assert_eq!(failed.code, 2);
    assert!(!runs(&pem).any(|run| failed.stderr.contains(run)), "{failed:?}");
    assert!(failed.stderr.contains("env:NAME"), "{failed:?}");
}

#[test]
fn a_passphrase_given_as_a_file_name_is_never_shown() {
    let folder = tempdir().unwrap();
    let output = folder.path().join("a.key");
    for passphrase in ["hunter2secret", "-hunter2secret", "env:hunter2secret", "--hunter2secret", "two\nhunter2secret"]
    {
        for arguments in [
            ["keygen", "-o", output.to_str().unwrap(), "--passphrase-file", passphrase].as_slice(),
            &["sign", "--key", "encrypted.key", "--passphrase-file", passphrase, "claims.json"],
        ] {
            let failed = run(&fixtures(), arguments);
            assert!(failed.code == 1 || failed.code == 2, "{failed:?}");
            assert!(failed.stderr.contains("--passphrase-file"), "{failed:?}");
            assert!(!failed.stderr.contains("hunter2") && failed.stdout.is_empty(), "{failed:?}");
            assert!(!output.exists());
        }
    }
}

#[test]
fn a_file_whose_name_looks_like_a_key_is_read() {
    let folder = tempdir().unwrap();
    let name = "a".repeat(64);
    fs::write(folder.path().join(&name), fixture("vendor.key")).unwrap();
    fs::write(folder.path().join("claims.json"), fixture("claims.json")).unwrap();
    let signed = run(folder.path(), &["sign", "--key", &name, "claims.json"]);
    assert_eq!(signed.stdout, fixture("keys/typical.txt"), "{signed:?}");
}

#[test]
fn the_length_of_a_licensee_is_checked_after_normalisation() {
    let sign = |licensee: &str| {
        let claims = format!(
            r#"{{"product": 3, "edition": 2, "seats": 1, "valid_from": "2026-01-01", "valid_through": null, {licensee}}}"#
        );
        run_with_input(&fixtures(), &["sign", "--json", "--key", "vendor.key", "-"], claims.as_bytes())
    };
    for (typed, signed) in [(" Acme\\n".to_owned(), "Acme".to_owned()), ("u\u{308}".repeat(32), "\u{fc}".repeat(32))] {
        assert_eq!(sign(&format!("\"licensee\": \"{typed}\"")).json()["claims"]["licensee"], signed);
    }
    assert!(sign("\"licensee\": null").json()["claims"].get("licensee").is_none());
    for (licensee, error) in [
        (r#""licensee": "A", "licensee": "B""#, "line 1, column 119: duplicate field `licensee`"),
        (r#""licensee": null, "licensee": "B""#, "line 1, column 120: duplicate field `licensee`"),
        (r#""licensee": "  ""#, "line 1, column 108: the licensee has 0 bytes"),
        (r#""licensee": 7"#, "line 1, column 105: invalid type: integer `7`, expected a name of 1 to 64 bytes"),
        (r#""licencee": "A""#, "line 1, column 102: unknown field `licencee`"),
    ] {
        let refused = sign(licensee);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.stderr.contains(error), "{licensee}: {refused:?}");
    }
}

#[test]
fn input_files_are_never_overwritten() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let names = ["encrypted.key", "claims.json", "passphrase.txt"];
    for name in names {
        fs::write(folder.join(name), fixture(name)).unwrap();
    }
    fs::create_dir(folder.join("within")).unwrap();
    let sign = |key: &str, output: &str| {
        let arguments =
            ["sign", "--key", key, "--passphrase-file", "passphrase.txt", "-o", output, "--force", "claims.json"];
        run(folder, &arguments)
    };
    for output in names.into_iter().chain(["./claims.json", "within/../encrypted.key"]) {
        let refused = sign("encrypted.key", output);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("was not changed"), "{refused:?}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("encrypted.key", folder.join("link.key")).unwrap();
        assert_eq!(sign("link.key", "encrypted.key").code, 2);
        assert_eq!(sign("encrypted.key", "link.key").code, 2);
    }
    let arguments = ["keygen", "-o", "passphrase.txt", "--passphrase-file", "passphrase.txt", "--force"];
    assert_eq!(run(folder, &arguments).code, 2);
    for name in names {
        assert_eq!(read(folder, name), fixture(name));
    }
    assert_eq!(sign("encrypted.key", "acme.txt").code, 0);
}

#[test]
fn the_signing_key_is_never_named_as_the_public_key_is() {
    let folder = tempdir().unwrap();
    for name in ["vendor.pub", "vendor.PUB", "vendor.Pub"] {
        let refused = run(folder.path(), &["keygen", "-o", name, "--no-passphrase", "--force"]);
        assert_eq!(refused.code, 2, "{refused:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
#[cfg(unix)]
fn success_shows_nothing_that_commands_a_terminal() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("claims.json"), fixture("claims.json")).unwrap();
    let (key, output) = ("a\u{1b}[2J\u{202e}.key", "b\u{1b}[2J\u{202e}.txt");
    for arguments in
        [["keygen", "-o", key, "--no-passphrase"].as_slice(), &["sign", "--key", key, "-o", output, "claims.json"]]
    {
        let ended = run(folder.path(), arguments);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(!ended.stderr.contains(['\u{1b}', '\u{202e}']) && ended.stderr.contains("\\u{202e}"), "{ended:?}");
    }
}

#[test]
fn a_license_file_with_licenses_of_another_signer_is_made_with_a_warning() {
    let folder = folder_with_a_key();
    for (name, from) in
        [("office.key", "vendor.key"), ("typical.txt", "keys/typical.txt"), ("forged.txt", "keys/forged.txt")]
    {
        fs::write(folder.path().join(name), fixture(from)).unwrap();
    }
    let create = |key: &str, licenses: &[&str]| {
        let created = run(folder.path(), &[&["file", "create", "--key", key][..], licenses].concat());
        assert_eq!(created.code, 0, "{created:?}");
        created.stderr
    };
    assert_eq!(create("office.key", &["typical.txt"]), "");
    // The last key names this signing key in its hint, but was not signed with it.
    for licenses in [&["typical.txt"][..], &["typical.txt", "forged.txt"]] {
        let warned = create("vendor.key", licenses);
        let named = warned.matches("01020304050607").count();
        assert!(warned.starts_with("Warning: ") && named == licenses.len(), "{warned}");
    }
    assert_eq!(create("office.key", &["typical.txt", "forged.txt"]).matches("01020304050607").count(), 1);
}
