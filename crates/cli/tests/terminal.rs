//! Prompts and output on a terminal, with a pseudo-terminal made by `script` of util-linux.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{ended, fixture, fixtures, keyward};
use keyward_testing::skip::has_programs;
use tempfile::tempdir;

/// Whether a pseudo-terminal is available, with `script` (util-linux) and `stty` (coreutils).
fn is_there(test: &str) -> bool {
    has_programs(test, &["script", "stty"])
}

/// Runs the command on a terminal, gives each answer after its question, and returns everything shown and the exit.
fn on_a_terminal(folder: &Path, arguments: &str, answers: &[(&str, &str)]) -> (String, i32) {
    on_the_terminal_of(&mut Command::new("script"), folder, arguments, answers)
}

/// The same, with environment variables for `script`.
fn on_the_terminal_of(script: &mut Command, folder: &Path, arguments: &str, answers: &[(&str, &str)]) -> (String, i32) {
    let mut child = script
        .args(["--quiet", "--return", "--command"])
        .arg(format!("tty; exec '{}' {arguments}", env!("CARGO_BIN_EXE_keyward")))
        .arg("/dev/null")
        .current_dir(folder)
        .env_remove("KEYWARD_PASSPHRASE")
        .env_remove("NO_COLOR")
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = child.stdout.take().unwrap();
    let terminal = shown_until(&mut output, "\n");
    let mut shown = String::new();
    for (question, answer) in answers {
        shown.push_str(&shown_until(&mut output, question));
        wait_until_nothing_is_echoed(terminal.trim());
        writeln!(input, "{answer}").unwrap();
    }
    let mut rest = Vec::new();
    output.read_to_end(&mut rest).unwrap();
    shown.push_str(&String::from_utf8_lossy(&rest));
    (shown, child.wait().unwrap().code().unwrap())
}

fn shown_until(output: &mut impl Read, text: &str) -> String {
    let mut shown = Vec::new();
    while !String::from_utf8_lossy(&shown).contains(text) {
        let mut byte = [0];
        assert_eq!(output.read(&mut byte).unwrap(), 1, "{text:?} in {:?}", String::from_utf8_lossy(&shown));
        shown.extend(byte);
    }
    String::from_utf8_lossy(&shown).into_owned()
}

/// The question appears a moment before the terminal stops to echo; no person types that fast.
fn wait_until_nothing_is_echoed(terminal: &str) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        let settings = Command::new("stty").args(["-a", "-F", terminal]).output().unwrap();
        if String::from_utf8_lossy(&settings.stdout).split_whitespace().any(|setting| setting == "-echo") {
            return;
        }
    }
    panic!("{terminal} echoes what is typed");
}

#[test]
fn keygen_asks_twice_and_shows_nothing_of_the_answer() {
    if !is_there("keygen_asks_twice_and_shows_nothing_of_the_answer") {
        return;
    }
    let folder = tempdir().unwrap();
    let answers = [("Passphrase for the new key", "tall green door"), ("The same again", "tall green door")];
    let (shown, code) = on_a_terminal(folder.path(), "keygen -o vendor.key", &answers);
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("tall green door"), "{shown}");

    std::fs::write(folder.path().join("claims.json"), fixture("claims.json")).unwrap();
    let mut sign = keyward(folder.path(), &["sign", "--key", "vendor.key", "claims.json"]);
    assert_eq!(ended(sign.env("KEYWARD_PASSPHRASE", "tall green door")).code, 0);
}

#[test]
fn keygen_writes_nothing_if_the_two_answers_differ_or_there_is_none() {
    if !is_there("keygen_writes_nothing_if_the_two_answers_differ_or_there_is_none") {
        return;
    }
    let folder = tempdir().unwrap();
    let answers = [("Passphrase for the new key", "tall green door"), ("The same again", "small green door")];
    for answers in [&answers[..], &[("Passphrase for the new key", "")]] {
        let (shown, code) = on_a_terminal(folder.path(), "keygen -o vendor.key", answers);
        assert_eq!(code, 1, "{shown}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{shown}");
    }
}

#[test]
fn sign_asks_for_the_passphrase_of_an_encrypted_key() {
    if !is_there("sign_asks_for_the_passphrase_of_an_encrypted_key") {
        return;
    }
    let answers = [("Passphrase of encrypted.key", "correct horse battery staple")];
    let (shown, code) = on_a_terminal(&fixtures(), "sign --key encrypted.key claims.json", &answers);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.replace("\r\n", "\n").ends_with(&fixture("keys/typical.txt")), "{shown}");

    let answers = [("Passphrase of encrypted.key", "incorrect")];
    assert_eq!(on_a_terminal(&fixtures(), "sign --key encrypted.key claims.json", &answers).1, 1);
}

#[test]
fn a_code_is_black_on_white_on_any_terminal() {
    if !is_there("a_code_is_black_on_white_on_any_terminal") {
        return;
    }
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("catalog.toml"), keyward_catalog::Catalog::EXAMPLE).unwrap();
    std::fs::write(folder.path().join("vendor.key"), fixture("vendor.key")).unwrap();
    let arguments = "issue --catalog catalog.toml --key vendor.key --offer pro-annual --issued-by ci --qr";
    let (shown, code) = on_a_terminal(folder.path(), arguments, &[]);
    assert_eq!(code, 0, "{shown}");
    let drawn: Vec<&str> = shown.lines().filter(|line| line.contains(['█', '▀', '▄'])).collect();
    assert!(drawn.len() > 15, "{shown}");
    for line in drawn {
        assert!(
            line.starts_with("\u{1b}[38;5;16;48;5;231m    ") && line.trim_end().ends_with("    \u{1b}[0m"),
            "{line:?}"
        );
    }
}

#[test]
fn a_terminal_gets_colour_unless_it_is_turned_off() {
    if !is_there("a_terminal_gets_colour_unless_it_is_turned_off") {
        return;
    }
    let arguments = "verify --trust vendor.pub --at 2026-06-15 keys/typical.txt";
    assert!(on_a_terminal(&fixtures(), arguments, &[]).0.contains("\u{1b}["));

    let split: Vec<&str> = arguments.split(' ').collect();
    assert!(!ended(&mut keyward(&fixtures(), &split)).stdout.contains('\u{1b}'), "off a terminal");
    let without = format!("env NO_COLOR=1 '{}' {arguments}", env!("CARGO_BIN_EXE_keyward"));
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &without, "/dev/null"])
        .current_dir(fixtures())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(!output.stdout.contains(&0x1b), "{:?}", String::from_utf8_lossy(&output.stdout));
}

#[test]
#[cfg(feature = "pkcs11")]
fn the_pin_of_an_hsm_is_asked_for_and_not_shown() {
    use keyward_testing::softhsm::{PIN, SoftHsm};
    let test = "the_pin_of_an_hsm_is_asked_for_and_not_shown";
    let (Some(hsm), true) = (SoftHsm::new(test), is_there(test)) else { return };
    hsm.add_token("acme");
    hsm.import("acme", &fixture("vendor.key"), "vendor", "01");
    let sign = format!("sign --key 'pkcs11:token=acme;object=vendor;module-path={}' claims.json", hsm.module);
    for (answer, code, said) in [(PIN, 0, "K7PM4-"), ("pin-161803", 1, "refused the PIN, which was tried once")] {
        let mut script = Command::new("script");
        script.env("SOFTHSM2_CONF", hsm.configuration());
        let answers = [("PIN of the token acme: ", answer)];
        let (shown, ended) = on_the_terminal_of(&mut script, &fixtures(), &sign, &answers);
        assert_eq!(ended, code, "{shown}");
        assert!(shown.contains(said) && !shown.contains(answer), "{shown}");
    }
}
