//! Completions and manual pages.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::Write;
use std::process::Stdio;

use common::{fixture, fixtures, keyward, run};

const COMMANDS: [&str; 19] = [
    "demo",
    "keygen",
    "sign",
    "verify",
    "explain",
    "inspect",
    "print",
    "catalog",
    "issue",
    "reissue",
    "renew",
    "request",
    "file",
    "trust",
    "revocations",
    "time",
    "state",
    "completions",
    "man",
];

#[test]
fn every_command_has_a_manual_page_that_the_main_page_lists() {
    let main = run(&fixtures(), &["man"]).stdout;
    let help = run(&fixtures(), &["help"]).stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let listed: Vec<&str> = listed.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(listed, [&COMMANDS[..], &["help"]].concat());
    for command in COMMANDS {
        assert!(main.contains(&format!("keyward\\-{command}(1)")), "{command}");
        let page = run(&fixtures(), &["man", command]);
        assert_eq!(page.code, 0, "{page:?}");
        assert!(page.stdout.contains(&format!(".TH keyward-{command} 1")), "{page:?}");
        assert!(page.stdout.contains(&format!("keyward {command}")), "{page:?}");
    }
}

#[test]
fn every_shell_completes_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(&fixtures(), &["completions", shell]);
        assert_eq!((script.code, script.stderr.as_str()), (0, ""), "{shell}");
        for command in COMMANDS {
            assert!(script.stdout.contains(command), "{shell} {command}");
        }
    }
}

#[test]
fn a_reader_that_stops_early_gets_no_message_and_no_success() {
    let mut child = keyward(&fixtures(), &["verify", "--trust", "vendor.pub", "--at", "2026-06-15", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    // The completions answer only after this.
    child.stdin.take().unwrap().write_all(fixture("keys/typical.txt").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(1), &b""[..]));
}
