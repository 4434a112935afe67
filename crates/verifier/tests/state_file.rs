//! The state in its folder: whatever a crash, a mistake or a person leaves there is taken up, or is told for what it is.
#![cfg(feature = "state-file")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::arithmetic_side_effects, reason = "counts")]

use std::fs;
use std::path::Path;
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use keyward_verifier::files::{PersistentState, StateError, StateFile, StateId, StateOrigin};
use keyward_verifier::{ClockEvidence, Fingerprint};

const ID: StateId = StateId::from_bytes([1; 8]);
const OTHER_ID: StateId = StateId::from_bytes([2; 8]);
const FILES: [&str; 3] = ["keyward.state", "keyward.state.new", "keyward.lock"];

/// The contents of a folder: the state, the next one, the lock.
#[derive(Debug, Clone, PartialEq, Default)]
struct Contents([Option<Vec<u8>>; 3]);

impl Contents {
    fn of(folder: &Path) -> Contents {
        Contents(FILES.map(|name| fs::read(folder.join(name)).ok()))
    }

    fn with(&self, file: usize, bytes: impl Into<Option<Vec<u8>>>) -> Contents {
        let mut contents = self.clone();
        contents.0[file] = bytes.into();
        contents
    }

    fn bytes(&self, file: usize) -> &[u8] {
        self.0[file].as_deref().unwrap_or_default()
    }

    /// The origin at a start and the number of writes; then the same after one more save, if it may save.
    fn opened(&self) -> (StateOrigin, u64) {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in FILES.iter().zip(&self.0) {
            bytes.iter().for_each(|bytes| fs::write(folder.path().join(name), bytes).unwrap());
        }
        let (mut file, found) = StateFile::open(folder.path(), None, OTHER_ID).unwrap();
        let writes = file.state().writes();
        let saved = file.save();
        drop(file);
        match found {
            StateOrigin::Refused(_) => {
                assert!(saved.is_err());
                // But for the lock file, which is made when it is locked.
                let left = Contents::of(folder.path());
                assert_eq!(left, self.with(2, self.bytes(2).to_vec()), "a refused state stays as it is");
            }
            _ => {
                saved.unwrap();
                assert_eq!(open(folder.path()).1, StateOrigin::Stored);
                assert_eq!(open(folder.path()).0.state().writes(), writes + 1);
            }
        }
        (found, writes)
    }
}

fn open(folder: &Path) -> (StateFile, StateOrigin) {
    StateFile::open(folder, None, ID).unwrap()
}

fn at(hour: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
}

/// Keeps a clock that went backward, and what the folder has before and after.
fn saves(folder: &Path, count: i64) -> Vec<Contents> {
    let mut kept = vec![Contents::of(folder)];
    for hour in 0..count {
        let (mut file, _) = open(folder);
        let reading = ClockEvidence::new(at(1_000 - hour)).read(file.state().mark(), []);
        file.state_mut().keep_mark(*reading.mark());
        file.save().unwrap();
        kept.push(Contents::of(folder));
    }
    kept
}

#[test]
fn what_is_saved_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("of/its/own");
    assert!(!StateFile::is_in(&folder));
    assert_eq!(open(&folder).1, StateOrigin::New);
    assert_eq!(open(&folder).1, StateOrigin::New, "nothing was saved");
    assert!(StateFile::is_in(&folder));
    saves(&folder, 3);
    let (file, found) = open(&folder);
    assert_eq!((found, file.state().writes(), file.state().mark().backward_steps()), (StateOrigin::Stored, 3, 2));
    assert_eq!(file.state().id(), ID);
}

#[test]
fn a_crash_between_any_two_bytes_or_steps_leaves_the_state_before_or_after() {
    let folder = tempfile::tempdir().unwrap();
    let kept = saves(folder.path(), 4);
    for (number, pair) in (0..).zip(kept.windows(2)) {
        let (before, after) = (&pair[0], &pair[1]);
        let found_before = if number == 0 { StateOrigin::New } else { StateOrigin::Stored };
        // The lock file is made when it is locked.
        let before = before.with(2, before.bytes(2).to_vec());
        assert_eq!(before.opened(), (found_before, number));
        for length in 0..=after.bytes(0).len() {
            let written = before.with(1, after.bytes(0)[..length].to_vec());
            assert_eq!(written.opened(), (found_before, number), "{length} bytes of write {}", number + 1);
        }
        let renamed = before.with(0, after.bytes(0).to_vec());
        let changed: Vec<usize> =
            (0..after.bytes(2).len()).filter(|at| before.bytes(2).get(*at) != after.bytes(2).get(*at)).collect();
        for length in 0..=after.bytes(2).len() {
            // As far as it was written in place, what was there before is behind it.
            let mut lock = after.bytes(2)[..length].to_vec();
            lock.extend(before.bytes(2).iter().skip(length));
            assert_eq!(
                renamed.with(2, lock).opened(),
                (StateOrigin::Stored, number + 1),
                "{length} bytes of the number"
            );
        }
        assert!(!changed.is_empty());
        assert_eq!(after.opened(), (StateOrigin::Stored, number + 1));
    }
}

#[test]
fn a_file_that_was_cut_is_never_taken_for_a_first_run() {
    let folder = tempfile::tempdir().unwrap();
    let kept = saves(folder.path(), 4);
    for (writes, contents) in (1..).zip(&kept[1..]) {
        for length in 0..contents.bytes(0).len() {
            let cut = contents.with(0, contents.bytes(0)[..length].to_vec());
            assert_eq!(cut.opened().0, StateOrigin::Refused(StateError::Altered), "{length}");
        }
        assert_eq!(contents.with(0, None).opened().0, StateOrigin::Refused(StateError::Missing));
        for length in 0..contents.bytes(2).len() {
            let cut = contents.with(2, contents.bytes(2)[..length].to_vec());
            let found = cut.opened();
            assert!(
                [(StateOrigin::Stored, writes), (StateOrigin::Refused(StateError::Altered), 0)].contains(&found),
                "{found:?}"
            );
            if length > 0 {
                assert_eq!(cut.with(0, None).opened().0, StateOrigin::Refused(StateError::Missing), "{length}");
            }
        }
        let without_lock = if writes == 1 { StateOrigin::Stored } else { StateOrigin::Refused(StateError::Altered) };
        assert_eq!(contents.with(2, None).opened().0, without_lock);
    }
}

#[test]
fn a_byte_that_was_changed_is_told_or_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let contents = saves(folder.path(), 4).pop().unwrap();
    for file in [0, 2] {
        for index in 0..contents.bytes(file).len() {
            for flipped in [0x01, 0x80] {
                let mut bytes = contents.bytes(file).to_vec();
                bytes[index] ^= flipped;
                let found = contents.with(file, bytes).opened();
                match (file, found) {
                    (0, (StateOrigin::Refused(StateError::Altered | StateError::NeedsNewer { .. }), _)) => {}
                    // The other slot knows the number, or the one before.
                    (2, (StateOrigin::Stored, 4)) => {}
                    _ => panic!("byte {index} of {}: {found:?}", FILES[file]),
                }
            }
        }
    }
}

#[test]
fn an_older_copy_is_told_by_the_number_of_writes() {
    let folder = tempfile::tempdir().unwrap();
    let kept = saves(folder.path(), 4);
    for (writes, older) in (1..4).zip(&kept[1..]) {
        let put_back = kept[4].with(0, older.bytes(0).to_vec());
        assert_eq!(put_back.opened().0, StateOrigin::Refused(StateError::Older { found: writes, known: 4 }));
    }
    // And of a state that the number can't lead to, it is not known what it is.
    let from_elsewhere = kept[2].with(0, kept[4].bytes(0).to_vec());
    assert_eq!(from_elsewhere.opened().0, StateOrigin::Refused(StateError::Altered));
}

#[test]
fn a_state_is_refused_on_another_machine() {
    let machine = |hex: &str| Some(hex.parse::<Fingerprint>().unwrap());
    let (this, other) = (machine("01112233445566778899aabbccddeeff"), machine("01ffeeddccbbaa998877665544332211"));
    let folder = tempfile::tempdir().unwrap();
    let (mut file, _) = StateFile::open(folder.path(), this, ID).unwrap();
    file.save().unwrap();
    drop(file);
    let found = |machine| StateFile::open(folder.path(), machine, ID).unwrap().1;
    assert_eq!(found(this), StateOrigin::Stored);
    for elsewhere in [other, None] {
        assert!(matches!(found(elsewhere), StateOrigin::Refused(StateError::Foreign { .. })));
    }
    assert_eq!(found(this), StateOrigin::Stored, "looking at it changed nothing");
}

#[test]
fn only_a_reset_begins_anew_and_copies_from_before_it_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let before = saves(folder.path(), 3).pop().unwrap();
    fs::write(folder.path().join(FILES[0]), b"KWstate").unwrap();
    let (mut file, found) = open(folder.path());
    assert_eq!(found, StateOrigin::Refused(StateError::Altered));
    let refused = file.save().unwrap_err();
    assert_eq!(refused.to_string(), StateError::Altered.to_string());
    file.reset(None, OTHER_ID).unwrap();
    file.save().unwrap();
    drop(file);

    let (file, found) = open(folder.path());
    assert_eq!((found, file.state().id(), file.state().writes()), (StateOrigin::Stored, OTHER_ID, 5));
    assert_eq!(file.state().mark().backward_steps(), 0);
    drop(file);
    let put_back = Contents::of(folder.path()).with(0, before.bytes(0).to_vec());
    assert_eq!(put_back.opened().0, StateOrigin::Refused(StateError::Older { found: 3, known: 5 }));
}

#[test]
fn a_crash_in_a_reset_leaves_the_state_before_or_after() {
    let folder = tempfile::tempdir().unwrap();
    let before = saves(folder.path(), 3).pop().unwrap();
    let (mut file, _) = open(folder.path());
    file.reset(None, OTHER_ID).unwrap();
    drop(file);
    let renamed = before.with(0, Contents::of(folder.path()).bytes(0).to_vec());
    assert_eq!(renamed.opened(), (StateOrigin::Stored, 4));
    assert_eq!(Contents::of(folder.path()).opened(), (StateOrigin::Stored, 4));
}

#[test]
fn a_link_in_place_of_the_next_state_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    saves(folder.path(), 1);
    let elsewhere = folder.path().join("of-someone-else");
    fs::write(&elsewhere, "theirs").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&elsewhere, folder.path().join(FILES[1])).unwrap();
    saves(folder.path(), 1);
    assert_eq!(fs::read(&elsewhere).unwrap(), b"theirs");
    assert_eq!(open(folder.path()).0.state().writes(), 2);
}

#[cfg(unix)]
#[test]
fn the_state_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    saves(folder.path(), 2);
    for name in [FILES[0], FILES[2]] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

const FOLDER: &str = "KEYWARD_TEST_STATE";
const SAVES_EACH: u64 = 40;

#[test]
fn of_processes_at_once_each_counts_on_from_the_others() {
    // This test runs itself, as the processes that write.
    if let Some(folder) = std::env::var_os(FOLDER) {
        for _ in 0..SAVES_EACH {
            let (mut file, found) = open(folder.as_ref());
            assert!(matches!(found, StateOrigin::New | StateOrigin::Stored));
            file.save().unwrap();
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut processes: Vec<_> = (0..4)
        .map(|_| {
            let mut this = Command::new(std::env::current_exe().unwrap());
            this.args(["--exact", "of_processes_at_once_each_counts_on_from_the_others"]);
            this.env(FOLDER, folder.path()).stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for process in &mut processes {
        assert!(process.wait().unwrap().success());
    }
    let (file, found) = open(folder.path());
    assert_eq!((found, file.state().writes()), (StateOrigin::Stored, 4 * SAVES_EACH));
}

#[test]
fn a_state_of_a_later_version_is_told() {
    let folder = tempfile::tempdir().unwrap();
    saves(folder.path(), 1);
    let mut later = PersistentState::new(ID, None).next_write().to_bytes();
    later[7] = 2;
    fs::write(folder.path().join(FILES[0]), later).unwrap();
    assert_eq!(open(folder.path()).1, StateOrigin::Refused(StateError::NeedsNewer { version: 2 }));
}

#[cfg(unix)]
#[test]
fn a_pipe_in_place_of_a_file_is_not_waited_for() {
    for name in ["keyward.state", "keyward.lock"] {
        let folder = tempfile::tempdir().unwrap();
        let made = std::process::Command::new("mkfifo").arg(folder.path().join(name)).status().unwrap();
        assert!(made.success());
        let error = StateFile::open(folder.path(), None, StateId::from_bytes([1; 8])).unwrap_err();
        assert!(error.to_string().contains("no regular file"), "{error}");
    }
}
