//! Damaged files.

use keyward_verifier::files::StateError;

use super::super::{ALTERED, Contents, Found, LOCK, MISSING, STATE, lock, saves, slot};

fn whole() -> Vec<Contents> {
    saves(tempfile::tempdir().unwrap().path(), 4)
}

#[test]
fn a_file_that_was_cut_is_never_taken_for_a_first_run() {
    let kept = whole();
    for contents in &kept[1..] {
        for length in 0..contents.bytes(STATE).len() {
            let cut = contents.with(STATE, contents.bytes(STATE)[..length].to_vec());
            assert_eq!(cut.opened(), ALTERED, "{length}");
        }
        assert_eq!(contents.with(STATE, None).opened(), MISSING);
        for length in 0..contents.bytes(LOCK).len() {
            let cut = contents.with(LOCK, contents.bytes(LOCK)[..length].to_vec());
            assert_eq!(cut.opened(), ALTERED, "{length}");
            // An empty lock file belongs to a folder in which no state was saved.
            let found = cut.with(STATE, None).opened();
            assert_eq!(found, if is_begun(cut.bytes(LOCK)) { Found::New } else { MISSING }, "{length}");
        }
        assert_eq!(contents.with(LOCK, None).opened(), ALTERED);
    }
}

/// Whether a lock file may belong to a folder in which no state was saved yet.
fn is_begun(bytes: &[u8]) -> bool {
    lock(0, 0).starts_with(bytes)
}

#[test]
fn a_changed_byte_is_noticed_or_does_not_matter() {
    let contents = whole().pop().unwrap();
    for file in [STATE, LOCK] {
        for byte in 0..contents.bytes(file).len() {
            for bit in [0x01, 0x80] {
                let found = contents.with_flipped(file, byte, bit).opened();
                match (file, found) {
                    (STATE, ALTERED | Found::Refused(StateError::NeedsNewer { .. })) => {}
                    // The slot with the older number.
                    (LOCK, ALTERED) if byte < 32 => {}
                    // A crash while the number was written leaves the same.
                    (LOCK, Found::Stored(4)) if byte >= 32 => {}
                    _ => panic!("byte {byte} of file {file}: {found:?}"),
                }
            }
        }
    }
}

/// A copy of the first state, or of a later one, is put back beside a damaged lock file.
#[test]
fn a_state_beside_a_damaged_lock_file_is_refused() {
    let kept = whole();
    let newest = kept.last().unwrap();
    let garbage: Vec<u8> = (0..64).collect();
    let both_flipped = newest.with_flipped(LOCK, 20, 1).with_flipped(LOCK, 50, 4);
    let locks = [
        ("garbage", garbage),
        ("zeros", vec![0; 64]),
        ("one byte", vec![b'K']),
        ("nothing", Vec::new()),
        ("a bit flipped in each slot", both_flipped.bytes(LOCK).to_vec()),
        ("a byte more", [newest.bytes(LOCK), &[0]].concat()),
        ("a slot alone", slot(1)),
        ("the same slot twice", [slot(1), slot(1)].concat()),
        ("slots in each other's place", lock(4, 3)),
        ("slots that do not follow each other", lock(1, 4)),
        ("slots of a folder without a state, and more", [lock(0, 0), vec![1]].concat()),
        ("half of the first slots", lock(0, 0)[..40].to_vec()),
    ];
    for (name, lock) in &locks {
        for (writes, state) in (1..).zip(&kept[1..]) {
            let found = state.with(LOCK, lock.clone()).opened();
            assert_eq!(found, ALTERED, "{name}, write {writes}");
        }
        let without_state = newest.with(LOCK, lock.clone()).with(STATE, None).opened();
        assert_eq!(without_state, if is_begun(lock) { Found::New } else { MISSING }, "{name}");
    }
    for state in &kept[1..] {
        assert_eq!(state.with(LOCK, None).opened(), ALTERED, "without a lock");
    }
}

#[test]
fn any_flipped_bit_in_each_slot_is_noticed() {
    let kept = whole();
    for (first, second) in (0..32).flat_map(|byte| [(byte, 32 + byte), (byte, 63 - byte)]) {
        for contents in &kept[1..] {
            let damaged = contents.with_flipped(LOCK, first, 0x10).with_flipped(LOCK, second, 0x02);
            assert_eq!(damaged.opened(), ALTERED, "bytes {first} and {second}");
        }
    }
}

/// An older state is put back, and the slot with the newer number is damaged.
#[test]
fn an_older_copy_beside_a_damaged_slot_is_refused() {
    let kept = whole();
    for (older, newer) in [(1, 2), (1, 3), (2, 3), (3, 4), (1, 4)] {
        let put_back = kept[newer].with(STATE, kept[older].bytes(STATE).to_vec());
        for byte in 0..64 {
            let found = put_back.with_flipped(LOCK, byte, 0x40).opened();
            assert!(
                matches!(found, ALTERED | Found::Refused(StateError::Older { .. })),
                "write {older} for {newer}, byte {byte}: {found:?}"
            );
        }
    }
}
