//! Full disks and closed pipes.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::process::{Command, Stdio};

use keyward_testing::skip::{has_programs, skip};

use crate::common::keyward;
use crate::{BATCH, batch, is_done, lines, no_written_line_is_lost, orders, shop, whole_lines, with_files_of_at_most};

#[test]
fn a_full_disk_stops_the_job_and_the_next_run_continues_with_more_room() {
    let many = 3000;
    let folder = shop();
    fs::write(folder.path().join("orders.csv"), orders(many)).unwrap();
    let mut told: HashMap<String, String> = HashMap::new();
    let mut before = 0;
    // Each run has room for a few hundred more.
    for kilobytes in [0, 300, 900, 2100] {
        let stopped = with_files_of_at_most(kilobytes * 2, folder.path(), &["orders.csv", "-o", "keys.jsonl"]);
        assert_eq!((stopped.code, stopped.stdout.as_str()), (1, ""), "{stopped:?}");
        assert!(
            stopped.stderr.contains("nothing is issued without it: check its permissions and the free space")
                || stopped.stderr.contains("what came of the orders can't be written"),
            "{stopped:?}"
        );
        assert!(stopped.stderr.contains("then it stopped: run the same command again to continue"), "{stopped:?}");
        assert!(!folder.path().join("keys.jsonl").exists());
        no_written_line_is_lost(folder.path(), &mut told);
        let record = fs::read_to_string(folder.path().join("issued.jsonl")).unwrap();
        assert!(record.is_empty() || record.ends_with('\n'), "a line that did not fit is cut off");
        assert!(record.lines().count() >= before);
        before = record.lines().count();
    }
    assert!((1..many).contains(&before), "{before}");
    let done = batch(folder.path(), &["orders.csv", "-o", "keys.jsonl"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(done.stderr, format!("keys.jsonl: {} issued, {before} on record before, 0 refused\n", many - before));
    is_done(folder.path(), many);
}

#[test]
fn a_full_file_system_stops_the_job_and_the_next_run_continues_with_more_room() {
    let test = "a_full_file_system_stops_the_job_and_the_next_run_continues_with_more_room";
    let script = "
        mount -t tmpfs -o size=4m none disk || exit 77
        cp catalog.toml vendor.key orders.csv disk && cd disk || exit 78
        \"$@\" && exit 79
        cp issued.jsonl keys.jsonl.part .. && mount -o remount,size=64m none . || exit 80
        \"$@\" || exit 81
        cp issued.jsonl keys.jsonl .. || exit 82
    ";
    // The record has enough room, and the keys have some.
    let many = 3000;
    let folder = shop();
    fs::write(folder.path().join("orders.csv"), orders(many)).unwrap();
    fs::create_dir(folder.path().join("disk")).unwrap();
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_keyward")]);
    command.args(BATCH).args(["orders.csv", "-o", "keys.jsonl"]).current_dir(folder.path()).stdin(Stdio::null());
    if !has_programs(test, &["unshare"]) {
        return;
    }
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    if output.status.code() == Some(77) || said.starts_with("unshare:") {
        return skip(test, &format!("no file system can be mounted here: {said}"));
    }
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("then it stopped: run the same command again to continue"), "{said}");
    assert!(said.contains("No space left on device"), "{said}");
    let keys: HashSet<String> = lines(&folder.path().join("keys.jsonl")).into_iter().collect();
    let told = whole_lines(&folder.path().join("keys.jsonl.part"));
    assert!(!told.is_empty() && told.iter().all(|line| keys.contains(line)));
    fs::remove_file(folder.path().join("keys.jsonl.part")).unwrap();
    is_done(folder.path(), many);
}

#[test]
fn a_closed_standard_output_stops_the_job_and_no_license_is_issued_twice() {
    let many = 50;
    let folder = shop();
    fs::write(folder.path().join("orders.csv"), orders(many)).unwrap();
    let arguments = [&BATCH[..], &["orders.csv"]].concat();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = keyward(folder.path(), &arguments).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let output = output.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the outcomes of the orders can't be written: No space left on device"), "{said}");
    let record = lines(&folder.path().join("issued.jsonl"));
    let again = batch(folder.path(), &["orders.csv"]);
    assert_eq!(again.code, 0, "{again:?}");
    let all: Vec<&str> = again.stdout.lines().collect();
    assert_eq!((all.len(), &all[..record.len()]), (many, &record.iter().map(String::as_str).collect::<Vec<_>>()[..]));
    assert_eq!(lines(&folder.path().join("issued.jsonl")), all);
}
