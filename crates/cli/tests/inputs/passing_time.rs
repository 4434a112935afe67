//! The time that passes while the clock stands still, is set back, or is set forward and back.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::made;
use crate::common::{self, run};
use crate::{KEY, folder, verified};

/// The files of the story, with perpetual and successive licenses, and the key that signs more files.
fn folder_with_keys() -> TempDir {
    let folder = folder();
    for name in ["keys/updates.txt", "keys/two-years.txt", "vendor.key"] {
        let to = Path::new(name).file_name().unwrap();
        fs::copy(common::fixtures().join(name), folder.path().join(to)).unwrap();
    }
    folder
}

/// The outcomes of a product that is started with each of these clocks, one after the other, with one state.
fn outcomes(folder: &Path, state: &str, clocks: &[&str], arguments: &[&str]) -> Vec<String> {
    let outcome = |clock: &&str| {
        let (_, verdict) = verified(folder, &[&KEY, &["--state", state, "--clock", clock], arguments]);
        verdict["outcome"].as_str().unwrap().to_owned()
    };
    clocks.iter().map(outcome).collect()
}

#[test]
fn the_time_goes_on_with_a_clock_that_is_behind() {
    let folder = folder_with_keys();
    let at = |clock: &str| {
        let (_, verdict) = verified(folder.path(), &[&KEY, &["--state", "state", "--clock", clock, "typical.txt"]]);
        (verdict["at"].as_str().unwrap().to_owned(), verdict["outcome"].as_str().unwrap().to_owned())
    };
    let expected = |at: &str, outcome: &str| (at.to_owned(), outcome.to_owned());
    at("2026-02-01T00:00:00Z");
    assert_eq!(at("2026-12-10T00:00:00Z"), expected("2026-12-10T00:00:00Z", "expiring-soon"));
    assert_eq!(at("2026-02-01T00:00:00Z"), expected("2026-12-10T00:00:00Z", "expiring-soon"));
    assert_eq!(at("2026-02-21T00:00:00Z"), expected("2026-12-30T00:00:00Z", "expiring-soon"));
    assert_eq!(at("2026-02-25T00:00:00Z"), expected("2027-01-03T00:00:00Z", "in-grace"));
    assert_eq!(at("2026-03-25T00:00:00Z").1, "expired");
}

#[test]
fn a_list_stays_stale_beside_a_perpetual_license() {
    let folder = folder_with_keys();
    let list = ["--revocations", "list-3.json", "--max-staleness", "30"]; // of 2026-05-01
    let clocks = ["2026-05-20", "2026-07-20", "2026-05-20", "2026-05-21"];
    for (state, license) in [("a", "updates.txt"), ("b", "typical.txt"), ("c", "two-years.txt")] {
        let found = outcomes(folder.path(), state, &clocks, &[&list[..], &[license]].concat());
        assert_eq!(found[1..], ["stale-list"; 3], "{license}");
        assert_ne!(found[0], "stale-list");
    }
}

#[test]
fn a_validation_file_stays_stale_beside_a_perpetual_license() {
    let folder = folder_with_keys();
    let create = "file create --key vendor.key --validation --issued-at 2026-03-01T09:00:00Z -o";
    for (state, license) in [("a", "updates.txt"), ("b", "typical.txt")] {
        let validation = format!("{state}.validation");
        let create = format!("{create} {validation} {license}");
        assert_eq!(run(folder.path(), &create.split(' ').collect::<Vec<_>>()).code, 0);
        let clocks = ["2026-03-01T10:00:00Z", "2026-06-20", "2026-03-01T12:00:00Z", "2026-03-02T08:00:00Z"];
        let found = outcomes(folder.path(), state, &clocks, &[&validation]);
        assert_eq!(found, ["active", "stale-file", "stale-file", "stale-file"], "{license}");
    }
}

/// A clock runs ahead once, beside a validation file that is refused. The next license would end with the licenses in it.
#[test]
fn the_licenses_of_a_refused_validation_file_move_no_mark() {
    let folder = folder_with_keys();
    let create = "file create --key vendor.key --validation --issued-at 2026-03-01T09:00:00Z -o refused typical.txt";
    for (state, machine, end) in
        [("a", &[][..], "2026-03-02T09:00:00Z"), ("b", &["--machine", made::MACHINE], "2026-03-02T09:00:00Z")]
    {
        let create: Vec<&str> = create.split(' ').chain(["--force"]).chain(machine.iter().copied()).collect();
        let created = run(folder.path(), &create);
        assert_eq!(created.code, 0, "{created:?}");
        let refused = outcomes(folder.path(), state, &["2099-01-01"], &["refused"]);
        assert!(["stale-file", "wrong-machine"].contains(&&*refused[0]), "{refused:?}");
        let shown = run(folder.path(), &["state", "show", "--state", state, "--json"]).json();
        assert_eq!(shown["mark"], end, "the end of the file, and not of its license");
    }
}

#[test]
fn a_signed_time_is_kept_beside_a_perpetual_license() {
    let folder = folder_with_keys();
    let list = ["--revocations", "list-2.json", "--max-staleness", "30", "updates.txt"]; // of 2026-04-01
    // A statement of 2026-06-10, and a list of 2026-05-01.
    for (state, signed) in [("a", &["--time", "time.json"][..]), ("b", &["--revocations", "list-3.json"])] {
        let first = outcomes(folder.path(), state, &["2026-06-11"], &[signed, &["updates.txt"]].concat());
        assert_eq!(first, ["active"], "{signed:?}");
        let (_, verdict) =
            verified(folder.path(), &[&KEY, &["--state", state, "--clock", "2026-04-10"], &["updates.txt"]]);
        let at = if state == "a" { "2026-06-10T09:00:00Z" } else { "2026-05-01T00:00:00Z" };
        assert_eq!(verdict["at"], at);
    }
    assert_eq!(outcomes(folder.path(), "a", &["2026-04-10"], &list), ["stale-list"]);
}
