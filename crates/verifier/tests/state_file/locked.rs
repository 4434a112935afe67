//! Several processes at once.

use std::fs;
use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use keyward_verifier::files::{ReadState, StateFile};

use super::super::{Contents, Found, ID, accepted, open, saves};

const FOLDER: &str = "KEYWARD_TEST_STATE";
const SAVES_EACH: u64 = 40;

#[test]
fn processes_at_once_count_all_writes() {
    // The test runs itself in several processes, which write.
    if let Some(folder) = std::env::var_os(FOLDER) {
        for _ in 0..SAVES_EACH {
            accepted(open(folder.as_ref())).save().unwrap();
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut processes: Vec<_> = (0..4)
        .map(|_| {
            let mut this = Command::new(std::env::current_exe().unwrap());
            this.args(["--exact", "state_file::locked::processes_at_once_count_all_writes"]);
            this.env(FOLDER, folder.path()).stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for process in &mut processes {
        assert!(process.wait().unwrap().success());
    }
    assert_eq!(Found::of(&open(folder.path())), Found::Stored(4 * SAVES_EACH));
}

#[test]
fn a_lock_of_another_process_is_waited_for_with_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    saves(folder.path(), 2);
    let held = accepted(open(folder.path()));
    let begun = Instant::now();
    let busy = StateFile::open(folder.path(), None, ID).unwrap_err();
    let waited = begun.elapsed();
    assert_eq!(busy.kind(), io::ErrorKind::TimedOut, "{busy}");
    assert!((StateFile::MAX_WAIT..StateFile::MAX_WAIT * 3).contains(&waited), "{waited:?}");

    // Reading works meanwhile, without waiting.
    let begun = Instant::now();
    assert_eq!(StateFile::read(folder.path(), None).unwrap(), ReadState::Stored(held.state().clone()));
    assert!(begun.elapsed() < Duration::from_secs(1));

    // Opening works when the other process is done.
    let path = folder.path().to_owned();
    let waiting = std::thread::spawn(move || Found::of(&open(&path)));
    std::thread::sleep(Duration::from_millis(300));
    drop(held);
    assert_eq!(waiting.join().unwrap(), Found::Stored(2));
}

/// While another process writes, every read returns a state, and none is refused.
#[test]
fn a_reader_beside_a_writer_always_reads_a_state() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let writer = std::thread::spawn(move || {
        for _ in 0..100 {
            accepted(open(&path)).save().unwrap();
        }
    });
    let mut last = 0;
    while !writer.is_finished() {
        match StateFile::read(folder.path(), None).unwrap() {
            ReadState::None => assert_eq!(last, 0),
            ReadState::Stored(state) => {
                assert!(state.writes() >= last);
                last = state.writes();
            }
            ReadState::Refused(error) => panic!("{error} after {last}"),
        }
    }
    writer.join().unwrap();
    assert_eq!(Found::read(folder.path(), None), Found::Stored(100));
}

/// A product on a medium that can't be written reads the state with `read`.
#[test]
fn reading_makes_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(StateFile::read(folder.path(), None).unwrap(), ReadState::None);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let kept = saves(folder.path(), 2).pop().unwrap();
    assert!(matches!(StateFile::read(folder.path(), None).unwrap(), ReadState::Stored(_)));
    assert_eq!(Contents::of(folder.path()), kept);
}
