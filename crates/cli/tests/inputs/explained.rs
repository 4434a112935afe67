//! `explain`, with signed files and a state.

use std::fs;

use crate::common::run;
use crate::{KEY, folder, verify};

#[test]
fn a_refused_state_comes_with_advice() {
    let folder = folder();
    let arguments = ["--state", "state", "--clock", "2026-06-15", "typical.txt"];
    let explain = || run(folder.path(), &[&["explain"], &KEY[..], &arguments].concat());
    assert!(explain().stdout.contains("Nothing: it can be used."));
    let path = folder.path().join("state/keyward.state");
    let mut state = fs::read(&path).unwrap();
    let last = state.len() - 1;
    state[last] ^= 1;
    fs::write(&path, state).unwrap();
    let explained = explain();
    assert!(explained.code == 0 && !explained.stdout.contains("Nothing: it can be used."), "{explained:?}");
    assert!(explained.stdout.contains("The state is not used: find out why"), "{explained:?}");

    let strict = verify(folder.path(), &[&KEY, &["--strict-clock"], &arguments]);
    assert_eq!(strict.code, 22);
    assert!(strict.stdout.contains("  what to do       find out why;"), "{strict:?}");
    assert!(!strict.stdout.contains("set the clock"), "the clock need not be wrong: {strict:?}");
    let behind = ["--strict-clock", "--built", "2027-07-01", "--clock", "2026-06-15", "typical.txt"];
    assert!(verify(folder.path(), &[&KEY, &behind]).stdout.contains("  what to do       set the clock;"));
}

#[test]
fn a_signed_file_is_explained_with_its_rollback_and_its_age() {
    let folder = folder();
    let explain = |arguments: &str| {
        let ended = run(folder.path(), &[&["explain"], &arguments.split(' ').collect::<Vec<_>>()[..]].concat());
        (ended.code, ended.stdout)
    };
    let bundle = "--trust trust.json --roots roots.json --state state";
    assert_eq!(explain(&format!("{bundle} --clock 2026-06-15 --revocations list-3.json typical.txt")).0, 0);
    for (code, arguments, said) in [
        (27, format!("{bundle} list-1.json"), "FAILED  state"),
        (27, format!("{bundle} trust-2.json"), "FAILED  state"),
        (0, format!("{bundle} list-3.json"), "passed  state"),
        (0, format!("{bundle} trust.json"), "passed  state"),
        (
            0,
            "--trust vendor.pub list-1.json".to_owned(),
            "        state           whether a newer file was seen before",
        ),
        (0, "--trust vendor.pub --at 2026-08-01 list-1.json".to_owned(), "a newer one was due on 2026-05-30"),
        (0, "--trust vendor.pub --at 2026-03-02 list-1.json".to_owned(), "passed  age of list"),
        (
            26,
            "--trust vendor.pub --at 2026-08-01 --max-staleness 1 --revocations list-1.json list-1.json".to_owned(),
            "FAILED  age of list",
        ),
        (
            0,
            "--trust vendor.pub --at 2026-02-01 list-1.json".to_owned(),
            "odd     date            it was issued at 2026-03-01T00:00:00Z, 27 days from now",
        ),
        (0, "--trust vendor.pub --at 2026-06-10T12:00:00Z time.json".to_owned(), "passed  date"),
    ] {
        let (exit, explained) = explain(&arguments);
        assert!(exit == code && explained.contains(said), "{arguments}: {exit}, {explained}");
        assert!(code == 0 || explained.contains("Don't use it"), "{arguments}: {explained}");
    }
}

#[test]
fn the_help_says_that_0_is_no_verdict_without_a_trusted_key() {
    let folder = folder();
    let help = run(folder.path(), &["explain", "--help"]).stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("The exit code 0 is then no verdict"), "{help}");
    assert_eq!(run(folder.path(), &["explain", "list-of-a-stranger.json"]).code, 0);
}
