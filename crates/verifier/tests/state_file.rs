//! The state in its folder: after a crash, a mistake or a manipulation, it is used or refused with the right reason.
#![cfg(feature = "state-file")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::arithmetic_side_effects, reason = "counts")]

mod state_file {
    mod damage;
    mod locked;
    mod shared;
    mod traps;
}

use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use keyward_verifier::files::{OpenedState, PersistentState, ReadState, RefusedState, StateError, StateFile, StateId};
use keyward_verifier::{ClockEvidence, Fingerprint};
use sha2::{Digest, Sha512};

const ID: StateId = StateId::from_bytes([1; 8]);
const OTHER_ID: StateId = StateId::from_bytes([2; 8]);
const FILES: [&str; 3] = ["keyward.state", "keyward.state.new", "keyward.lock"];
const STATE: usize = 0;
const NEXT: usize = 1;
const LOCK: usize = 2;

/// The result of opening the state at a start, with the number of writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    New,
    Stored(u64),
    Refused(StateError),
}

const ALTERED: Found = Found::Refused(StateError::Altered);
const MISSING: Found = Found::Refused(StateError::Missing);

impl Found {
    fn of(opened: &OpenedState) -> Found {
        match opened {
            OpenedState::New(_) => Found::New,
            OpenedState::Stored(file) => Found::Stored(file.state().writes()),
            OpenedState::Refused(refused) => Found::Refused(refused.error()),
        }
    }

    /// Reads the state without changing the folder.
    fn read(folder: &Path, machine: Option<&Fingerprint>) -> Found {
        match StateFile::read(folder, machine).unwrap() {
            ReadState::None => Found::New,
            ReadState::Stored(state) => Found::Stored(state.writes()),
            ReadState::Refused(error) => Found::Refused(error),
        }
    }
}

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

    fn with_flipped(&self, file: usize, byte: usize, bit: u8) -> Contents {
        let mut bytes = self.bytes(file).to_vec();
        bytes[byte] ^= bit;
        self.with(file, bytes)
    }

    fn bytes(&self, file: usize) -> &[u8] {
        self.0[file].as_deref().unwrap_or_default()
    }

    /// Opens the state, and saves it once more if it is not refused.
    fn opened(&self) -> Found {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for (name, bytes) in FILES.iter().zip(&self.0) {
            bytes.iter().for_each(|bytes| fs::write(folder.join(name), bytes).unwrap());
        }
        let read = Found::read(folder, None);
        assert_eq!(Contents::of(folder), *self, "reading changes nothing");
        let opened = StateFile::open(folder, None, OTHER_ID).unwrap();
        let found = Found::of(&opened);
        assert_eq!(read, found);
        match opened {
            OpenedState::Refused(refused) => {
                drop(refused);
                // Except the lock file, which is created by locking.
                let left = Contents::of(folder);
                assert_eq!(left, self.with(LOCK, self.bytes(LOCK).to_vec()), "a refused state stays as it is");
            }
            OpenedState::New(mut file) | OpenedState::Stored(mut file) => {
                let writes = file.state().writes();
                file.save().unwrap();
                drop(file);
                assert_eq!(Found::of(&open(folder)), Found::Stored(writes + 1));
            }
        }
        found
    }
}

fn open(folder: &Path) -> OpenedState {
    StateFile::open(folder, None, ID).unwrap()
}

/// Opens a state that is not refused.
fn accepted(opened: OpenedState) -> StateFile {
    match opened {
        OpenedState::New(file) | OpenedState::Stored(file) => file,
        OpenedState::Refused(refused) => panic!("{:?}", refused.error()),
    }
}

fn refused(opened: OpenedState) -> RefusedState {
    match opened {
        OpenedState::Refused(refused) => refused,
        other => panic!("{other:?}"),
    }
}

fn at(hour: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
}

/// Saves a reading of a clock that went backward; returns the folder's contents before and after.
fn saves(folder: &Path, count: i64) -> Vec<Contents> {
    let mut kept = vec![Contents::of(folder)];
    for hour in 0..count {
        let mut file = accepted(open(folder));
        let reading = ClockEvidence::new(at(1_000_000 - hour)).read(file.state().mark(), []);
        file.state_mut().keep_mark(*reading.mark());
        file.save().unwrap();
        kept.push(Contents::of(folder));
    }
    kept
}

/// A slot of the lock file, computed here from its description.
fn slot(writes: u64) -> Vec<u8> {
    let body = [&b"KWlock\0\x01"[..], &writes.to_be_bytes()].concat();
    [&body[..], &Sha512::digest(&body)[..16]].concat()
}

fn lock(odd: u64, even: u64) -> Vec<u8> {
    [slot(odd), slot(even)].concat()
}

#[test]
fn what_is_saved_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("of/its/own");
    assert!(!StateFile::is_in(&folder));
    assert_eq!(Found::read(&folder, None), Found::New);
    assert!(!folder.exists(), "reading creates no folder");
    assert_eq!(Found::of(&open(&folder)), Found::New);
    assert_eq!(Found::of(&open(&folder)), Found::New, "nothing was saved");
    assert!(StateFile::is_in(&folder));
    saves(&folder, 3);
    let file = accepted(open(&folder));
    assert_eq!((file.state().writes(), file.state().mark().backward_steps()), (3, 2));
    assert_eq!(file.state().id(), ID);
    drop(file);
    assert_eq!(Contents::of(&folder).bytes(LOCK), lock(3, 2));
}

#[test]
fn a_crash_between_any_two_bytes_or_steps_leaves_the_state_before_or_after() {
    let folder = tempfile::tempdir().unwrap();
    let kept = saves(folder.path(), 4);
    for length in 0..=lock(0, 0).len() {
        let begun = kept[0].with(LOCK, lock(0, 0)[..length].to_vec());
        assert_eq!(begun.opened(), Found::New, "{length} bytes of the first lock");
    }
    for (number, pair) in (0..).zip(kept.windows(2)) {
        let (before, after) = (&pair[0], &pair[1]);
        let found_before = if number == 0 { Found::New } else { Found::Stored(number) };
        // The lock file has its slots before there is a state.
        let before = if number == 0 { before.with(LOCK, lock(0, 0)) } else { before.clone() };
        assert_eq!(before.opened(), found_before);
        let whole = after.bytes(STATE).len();
        for length in (0..whole).step_by(16).chain([whole - 1, whole]) {
            let written = before.with(NEXT, after.bytes(STATE)[..length].to_vec());
            assert_eq!(written.opened(), found_before, "{length} bytes of write {}", number + 1);
        }
        let renamed = before.with(STATE, after.bytes(STATE).to_vec());
        for length in 0..=after.bytes(LOCK).len() {
            // The file is written in place: after the written part, the old bytes remain.
            let mut lock = after.bytes(LOCK)[..length].to_vec();
            lock.extend(&before.bytes(LOCK)[length..]);
            let found = renamed.with(LOCK, lock).opened();
            assert_eq!(found, Found::Stored(number + 1), "{length} bytes of the number");
        }
        assert_eq!(after.opened(), Found::Stored(number + 1));
    }
}

#[test]
fn an_older_copy_is_recognised_by_the_number_of_writes() {
    let folder = tempfile::tempdir().unwrap();
    let kept = saves(folder.path(), 4);
    for (writes, older) in (1..4).zip(&kept[1..]) {
        let put_back = kept[4].with(STATE, older.bytes(STATE).to_vec());
        assert_eq!(put_back.opened(), Found::Refused(StateError::Older { found: writes, known: 4 }));
    }
    // A state that is too far from the number is refused as altered.
    let from_elsewhere = kept[2].with(STATE, kept[4].bytes(STATE).to_vec());
    assert_eq!(from_elsewhere.opened(), ALTERED);
}

#[test]
fn a_state_is_refused_on_another_machine() {
    let machine = |hex: &str| Some(hex.parse::<Fingerprint>().unwrap());
    let (this, other) = (machine("01112233445566778899aabbccddeeff"), machine("01ffeeddccbbaa998877665544332211"));
    let folder = tempfile::tempdir().unwrap();
    accepted(StateFile::open(folder.path(), this, ID).unwrap()).save().unwrap();
    let found = |machine: Option<Fingerprint>| {
        let found = Found::of(&StateFile::open(folder.path(), machine, ID).unwrap());
        assert_eq!(Found::read(folder.path(), machine.as_ref()), found);
        found
    };
    assert_eq!(found(this), Found::Stored(1));
    for elsewhere in [other, None] {
        assert!(matches!(found(elsewhere), Found::Refused(StateError::Foreign { .. })));
    }
    assert_eq!(found(this), Found::Stored(1), "looking at it changed nothing");
}

#[test]
fn only_a_reset_begins_a_new_state_and_earlier_copies_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let before = saves(folder.path(), 3).pop().unwrap();
    fs::write(folder.path().join(FILES[STATE]), b"KWstate").unwrap();
    let refused = refused(open(folder.path()));
    assert_eq!(refused.error(), StateError::Altered);
    let mut file = refused.reset(None, OTHER_ID).unwrap();
    file.save().unwrap();
    drop(file);

    let file = accepted(open(folder.path()));
    assert_eq!((file.state().id(), file.state().writes()), (OTHER_ID, 6));
    assert_eq!(file.state().mark().backward_steps(), 0);
    drop(file);
    let put_back = Contents::of(folder.path()).with(STATE, before.bytes(STATE).to_vec());
    assert_eq!(put_back.opened(), Found::Refused(StateError::Older { found: 3, known: 6 }));
}

#[test]
fn a_reset_continues_the_count_of_writes_after_any_damage() {
    let folder = tempfile::tempdir().unwrap();
    let whole = saves(folder.path(), 3).pop().unwrap();
    let nonsense = b"nonsense".to_vec();
    for (name, damaged, writes) in [
        ("the state", whole.with(STATE, nonsense.clone()), 5),
        ("the lock", whole.with(LOCK, nonsense.clone()), 5),
        // It may have had the number 4.
        ("a slot", whole.with_flipped(LOCK, 40, 1), 6),
        ("no state", whole.with(STATE, None), 5),
        ("no lock", whole.with(LOCK, None), 5),
    ] {
        let folder = tempfile::tempdir().unwrap();
        for (file, bytes) in FILES.iter().zip(&damaged.0) {
            bytes.iter().for_each(|bytes| fs::write(folder.path().join(file), bytes).unwrap());
        }
        drop(refused(open(folder.path())).reset(None, OTHER_ID).unwrap());
        assert_eq!(Found::of(&open(folder.path())), Found::Stored(writes), "{name}");
        let slots = if writes == 5 { lock(5, 4) } else { lock(5, 6) };
        assert_eq!(Contents::of(folder.path()).bytes(LOCK), slots);
        let put_back = Contents::of(folder.path()).with(STATE, whole.bytes(STATE).to_vec());
        assert_eq!(put_back.opened(), Found::Refused(StateError::Older { found: 3, known: writes }), "{name}");
    }
}

#[test]
fn a_reset_that_fails_accepts_no_refused_state() {
    let folder = tempfile::tempdir().unwrap();
    let kept = saves(folder.path(), 3);
    for (older, damaged) in [(1, 20), (1, 52), (2, 52), (3, 52)] {
        // An older copy, beside a lock file with a flipped bit in each slot.
        let put_back = Contents::of(folder.path()).with(STATE, kept[older].bytes(STATE).to_vec());
        let put_back =
            put_back.with(LOCK, kept[3].bytes(LOCK).to_vec()).with_flipped(LOCK, 20, 1).with_flipped(LOCK, damaged, 2);
        let folder = tempfile::tempdir().unwrap();
        for (file, bytes) in FILES.iter().zip(&put_back.0) {
            bytes.iter().for_each(|bytes| fs::write(folder.path().join(file), bytes).unwrap());
        }
        // A folder in the place of the new state makes every write of a state fail.
        fs::create_dir(folder.path().join("keyward.state.new")).unwrap();
        refused(open(folder.path())).reset(None, OTHER_ID).unwrap_err();
        assert!(matches!(Found::of(&open(folder.path())), Found::Refused(_)), "state {older}");
    }
}

#[test]
fn a_count_of_writes_at_its_end_begins_again_with_a_reset() {
    let folder = tempfile::tempdir().unwrap();
    saves(folder.path(), 1);
    fs::write(folder.path().join(FILES[LOCK]), lock(u64::MAX, u64::MAX - 1)).unwrap();
    drop(refused(open(folder.path())).reset(None, OTHER_ID).unwrap());
    let before = Contents::of(folder.path());
    accepted(open(folder.path())).save().unwrap();
    let put_back = Contents::of(folder.path()).with(STATE, before.bytes(STATE).to_vec());
    assert_eq!(put_back.opened(), Found::Refused(StateError::Older { found: 1, known: 2 }));
}

#[test]
fn a_crash_in_a_reset_leaves_the_state_before_or_after() {
    let folder = tempfile::tempdir().unwrap();
    let before = saves(folder.path(), 3).pop().unwrap();
    accepted(open(folder.path())).reset(None, OTHER_ID).unwrap();
    let renamed = before.with(STATE, Contents::of(folder.path()).bytes(STATE).to_vec());
    assert_eq!(renamed.opened(), Found::Stored(4));
    assert_eq!(Contents::of(folder.path()).opened(), Found::Stored(4));
}

#[cfg(unix)]
#[test]
fn the_state_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    saves(folder.path(), 2);
    for name in [FILES[STATE], FILES[LOCK]] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_state_of_a_later_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    saves(folder.path(), 1);
    let mut later = PersistentState::new(ID, None).next_write().to_bytes();
    later[7] = 2;
    fs::write(folder.path().join(FILES[STATE]), later).unwrap();
    assert_eq!(Found::of(&open(folder.path())), Found::Refused(StateError::NeedsNewer { version: 2 }));
}

#[test]
fn a_state_that_is_put_in_does_not_lower_the_number_of_writes() {
    let folder = tempfile::tempdir().unwrap();
    let open = || match StateFile::open(folder.path(), None, ID).unwrap() {
        OpenedState::New(file) | OpenedState::Stored(file) => file,
        OpenedState::Refused(refused) => panic!("{}", refused.error()),
    };
    let mut file = open();
    file.save().unwrap();
    let (early, blank) = (file.state().clone(), PersistentState::new(OTHER_ID, None));
    for writes in 2..8 {
        *file.state_mut() = if writes % 2 == 0 { early.clone() } else { blank.clone() };
        file.save().unwrap();
        assert_eq!(file.state().writes(), writes);
    }
    drop(file);
    assert_eq!(open().state().writes(), 7);
}

#[test]
fn a_fingerprint_without_components_ties_a_state_to_no_machine() {
    let folder = tempfile::tempdir().unwrap();
    let nothing: Fingerprint = "01000000000000000000000000000000".parse().unwrap();
    let here: Fingerprint = "01aaaaaa000000000000000000000000".parse().unwrap();
    for machine in [Some(nothing), Some(here), None, Some(nothing)] {
        match StateFile::open(folder.path(), machine, ID).unwrap() {
            OpenedState::New(mut file) if machine == Some(nothing) => file.save().unwrap(),
            OpenedState::Stored(file) => assert_eq!(file.state().machine(), None),
            other => panic!("{machine:?}: {other:?}"),
        }
    }
}
