//! The state that a product keeps between runs.

use keyward_grace::ClockEvidence;
use keyward_verifier::files::{
    Delegation, OpenedState, PersistentState, Reason, RecoverError, RevocationList, RootSet, Roots, StateError,
    StateFile, StateId, Status, TimePurpose, TimeStatement, Trust, Verified, VersionedFile,
};
use keyward_verifier::{LicenseDigest, MachineComponents, Verifier, VerifyError};

use crate::common::*;

const ID: StateId = StateId::from_bytes([0xAB; 8]);
const NO_FILES: &[Vec<u8>] = &[];

/// A state that has a value in every field.
fn full() -> PersistentState {
    let machine = MachineComponents { machine_id: Some(b"here"), ..MachineComponents::default() }.fingerprint(PRODUCT);
    let mut state = PersistentState::new(ID, Some(machine));
    let claims = claims(1).build().unwrap();
    let clock = |at: &str| ClockEvidence::new(time(at));
    state.keep_mark(*clock("2026-03-02T00:00:00Z").read(state.mark(), [&claims]).mark());
    state.keep_mark(*clock("2026-01-02T00:00:00Z").read(state.mark(), [&claims]).mark());
    state.saw_roots(roots()).unwrap();
    let bundle = signed(&bundle(7, vec![delegated(1, Delegation::default())]), &[101, 102]);
    state.saw_bundle(&roots().trust_bundle(&bundle).unwrap()).unwrap();
    let mut list = RevocationList::new(14, time("2026-03-01T00:00:00Z"), time("2026-04-01T00:00:00Z"));
    let licenses = [1, 2, 3].map(|byte| LicenseDigest::from_bytes([byte; 16]));
    list.set(licenses[0], Status::Revoked(Reason::Forged));
    list.set(licenses[1], Status::OnHold);
    let trusted = [key(1)];
    let list = Trust::Keys(&trusted).revocation_list(&signed(&list, &[1])).unwrap();
    state.saw_list(&list, licenses).unwrap();
    state.next_write()
}

#[test]
fn a_state_keeps_everything_that_was_seen() {
    let state = full();
    assert!(state.to_bytes().len() < 500, "{}", state.to_bytes().len());
    let kept = PersistentState::from_bytes(&state.to_bytes(), state.machine(), state.writes()).unwrap();
    assert_eq!(kept, state);
    assert_eq!((kept.bundle_version(), kept.list_sequence(), kept.writes()), (7, 14, 1));
    assert_eq!(kept.roots_version(), 1);
    assert_eq!(kept.mark().backward_steps(), 1);
    let license = |byte| LicenseDigest::from_bytes([byte; 16]);
    assert_eq!(kept.status_of(&license(1)), Some((Status::Revoked(Reason::Forged), 14)));
    assert_eq!(kept.status_of(&license(2)), Some((Status::OnHold, 14)));
    assert_eq!(kept.status_of(&license(3)), None);
}

#[test]
fn a_state_with_any_byte_changed_or_cut_is_altered() {
    let state = full();
    let mut bytes = state.to_bytes();
    let read = |bytes: &[u8]| PersistentState::from_bytes(bytes, state.machine(), 0).unwrap_err();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            assert!(matches!(read(&bytes), StateError::Altered | StateError::NeedsNewer { .. }), "byte {at}");
            bytes[at] ^= 1 << bit;
        }
        assert_eq!(read(&bytes[..at]), StateError::Altered, "{at} bytes");
    }
    assert_eq!(read(&[&bytes[..], &[0]].concat()), StateError::Altered);
}

#[test]
fn a_state_of_a_later_version_is_named() {
    let mut bytes = full().to_bytes();
    bytes[7] = 2;
    assert_eq!(PersistentState::from_bytes(&bytes, None, 0), Err(StateError::NeedsNewer { version: 2 }));
}

#[test]
fn a_state_of_another_machine_is_foreign() {
    let state = full();
    let other = MachineComponents { machine_id: Some(b"there"), ..MachineComponents::default() }.fingerprint(PRODUCT);
    for machine in [Some(&other), None] {
        let error = PersistentState::from_bytes(&state.to_bytes(), machine, 0).unwrap_err();
        assert!(matches!(error, StateError::Foreign { .. }), "{error}");
    }
}

#[test]
fn an_earlier_copy_of_a_state_is_older() {
    let state = full();
    let copy = state.to_bytes();
    let written_again = state.clone().next_write();
    assert!(PersistentState::from_bytes(&copy, state.machine(), state.writes()).is_ok());
    assert_eq!(
        PersistentState::from_bytes(&copy, state.machine(), written_again.writes()),
        Err(StateError::Older { found: 1, known: 2 })
    );
}

#[test]
fn versions_seen_only_go_up() {
    let mut state = full();
    let carried = |version| {
        let bytes = signed(&bundle(version, vec![delegated(1, Delegation::default())]), &[101, 102]);
        roots().trust_bundle(&bytes).unwrap()
    };
    assert_eq!(state.saw_bundle(&carried(6)).unwrap_err().code(), "rollback");
    for version in [7, 9] {
        state.saw_bundle(&carried(version)).unwrap();
    }
    assert_eq!(state.saw_bundle(&carried(8)).unwrap_err().code(), "rollback");
    let mut later = PersistentState::new(ID, None);
    let next = RootSet::first(time("2026-01-01T00:00:00Z"), 2.try_into().unwrap(), roots().keys().to_vec())
        .next(time("2027-01-01T00:00:00Z"), 1.try_into().unwrap(), vec![key(104)])
        .unwrap();
    later.saw_roots(&roots().next(&signed(&next, &[101, 102, 104])).unwrap()).unwrap();
    assert_eq!(later.saw_roots(roots()).unwrap_err().code(), "rollback");
}

/// A product checks the roots in its state against the roots that it was built with.
#[test]
fn a_state_has_no_roots_of_its_own() {
    let sets = |seeds: [u8; 2]| -> Vec<Vec<u8>> {
        let keys = |seed: u8| vec![key(seed)];
        let one = 1.try_into().unwrap();
        let first = RootSet::first(time("2026-01-01T00:00:00Z"), one, keys(seeds[0]));
        let next = first.next(time("2027-01-01T00:00:00Z"), one, keys(seeds[1])).unwrap();
        vec![signed(&first, &seeds[..1]), signed(&next, &seeds)]
    };
    let walked = |files: &[Vec<u8>]| Roots::from_built_in_file(&files[0]).unwrap().follow(&files[1..]).unwrap();
    let (vendor, thief) = (walked(&sets([1, 2])), walked(&sets([66, 67])));
    let built_in = Roots::built_in(1.try_into().unwrap(), vec![key(1)]).unwrap();

    let mut state = PersistentState::new(ID, None);
    assert_eq!(state.follow_roots(&built_in, NO_FILES).unwrap(), built_in);
    state.saw_roots(&vendor).unwrap();
    let mut kept = PersistentState::from_bytes(&state.to_bytes(), None, 0).unwrap();
    let followed = kept.follow_roots(&built_in, NO_FILES).unwrap();
    assert_eq!((followed.version(), followed.keys()), (2, &[key(2)][..]));
    assert_eq!(state.unproven_roots(), Some(vendor.clone()));
    // A product that was updated, and is now built with the roots that it had followed to.
    assert_eq!(kept.follow_roots(&vendor, NO_FILES).unwrap().version(), 2);

    let mut made_up = PersistentState::new(ID, None);
    made_up.saw_roots(&thief).unwrap();
    let mut made_up = PersistentState::from_bytes(&made_up.to_bytes(), None, 0).unwrap();
    assert_eq!(made_up.follow_roots(&built_in, NO_FILES).unwrap_err().code(), "rollback");
}

/// Root sets 1 to 5, each signed by the one before it. Set n has the key n.
fn five_root_sets() -> Vec<Vec<u8>> {
    let (one, of) = (1.try_into().unwrap(), |seed: u8| vec![key(seed)]);
    let mut set = RootSet::first(time("2026-01-01T00:00:00Z"), one, of(1));
    let mut files = vec![signed(&set, &[1])];
    for seed in 2..=5 {
        set = set.next(time("2026-02-01T00:00:00Z"), one, of(seed)).unwrap();
        files.push(signed(&set, &[seed - 1, seed]));
    }
    files
}

/// The version of the product after the next one was installed and removed again, with a state and without all root sets.
#[test]
fn an_older_version_of_the_product_gets_to_the_roots_that_were_seen_by_its_files() {
    let sets = five_root_sets();
    let built_in = |version: usize| Roots::from_built_in_file(&sets[version - 1]).unwrap();
    let mut state = PersistentState::new(ID, None);
    state.follow_roots(&built_in(3), NO_FILES).unwrap();
    for files in [NO_FILES, &sets[1..2]] {
        let before = state.clone();
        assert_eq!(state.follow_roots(&built_in(1), files).unwrap_err().code(), "rollback", "{} files", files.len());
        assert_eq!(state, before);
    }
    assert_eq!(state.follow_roots(&built_in(1), &sets[1..3]).unwrap().version(), 3);
    assert_eq!(state.follow_roots(&built_in(1), NO_FILES).unwrap().version(), 3, "the state has the sets between now");
}

#[test]
fn a_state_keeps_its_root_sets_when_the_product_is_built_with_later_ones() {
    let sets = five_root_sets();
    let built_in = |version: usize| Roots::from_built_in_file(&sets[version - 1]).unwrap();
    let constants = Roots::built_in(1.try_into().unwrap(), vec![key(1)]).unwrap();
    let next_start = |state: &PersistentState| PersistentState::from_bytes(&state.to_bytes(), None, 0).unwrap();
    let mut state = PersistentState::new(ID, None);
    state.follow_roots(&constants, &sets[1..3]).unwrap();
    for version in [3, 2, 3] {
        state = next_start(&state);
        assert_eq!(state.follow_roots(&built_in(version), NO_FILES).unwrap().version(), 3);
        let kept = next_start(&state).follow_roots(&constants, NO_FILES);
        assert_eq!(kept.unwrap().version(), 3, "after a product with built-in roots {version}");
    }

    // Set 4 was never here.
    state.follow_roots(&built_in(5), NO_FILES).unwrap();
    let mut state = next_start(&state);
    assert_eq!(state.unproven_roots().map(|roots| roots.version()), Some(5));
    assert_eq!(state.clone().follow_roots(&constants, NO_FILES).unwrap_err().code(), "rollback");
    assert_eq!(state.follow_roots(&constants, &sets[3..]).unwrap().version(), 5);
    assert_eq!(next_start(&state).follow_roots(&constants, NO_FILES).unwrap().version(), 5);
}

fn list(sequence: u32, withdrawn: &[(LicenseDigest, Status)]) -> Verified<RevocationList> {
    let mut list = RevocationList::new(sequence, time("2026-03-01T00:00:00Z"), time("2026-04-01T00:00:00Z"));
    withdrawn.iter().for_each(|(license, status)| list.set(*license, *status));
    trusting_1(|trust| trust.revocation_list(&signed(&list, &[1]))).unwrap()
}

const REVOKED: Status = Status::Revoked(Reason::Leaked);

/// A later list has the license on hold by mistake, or because a thief signed it.
#[test]
fn a_seen_revocation_does_not_become_a_hold() {
    let license = LicenseDigest::from_bytes([1; 16]);
    let mut state = PersistentState::new(ID, None);
    for list in [list(1, &[(license, REVOKED)]), list(2, &[(license, Status::OnHold)]), list(3, &[])] {
        state.saw_list(&list, [license]).unwrap();
        assert_eq!(state.status_of(&license), Some((REVOKED, 1)));
    }
}

#[test]
fn a_hold_that_became_a_revocation_is_remembered() {
    let license = LicenseDigest::from_bytes([1; 16]);
    let mut state = PersistentState::new(ID, None);
    state.saw_list(&list(1, &[(license, Status::OnHold)]), [license]).unwrap();
    state.saw_list(&list(2, &[(license, REVOKED)]), []).unwrap();
    state.saw_list(&list(3, &[]), []).unwrap();
    assert_eq!(state.status_of(&license), Some((REVOKED, 2)));
}

/// A user enters a thousand keys on hold before the revoked one.
#[test]
fn holds_make_room_for_revocations() {
    let digest = |number: u32| {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        LicenseDigest::from_bytes(bytes)
    };
    let holds: Vec<_> = (0..2_000).map(|number| (digest(number), Status::OnHold)).collect();
    let revoked = digest(9_999);
    let mut state = PersistentState::new(ID, None);
    state.saw_list(&list(1, &[&holds[..], &[(revoked, REVOKED)]].concat()), holds.iter().map(|hold| hold.0)).unwrap();
    let full = state.to_bytes().len();
    state.saw_list(&list(2, &[&holds[..], &[(revoked, REVOKED)]].concat()), [revoked]).unwrap();
    assert_eq!(state.status_of(&revoked), Some((REVOKED, 2)));
    assert_eq!(state.to_bytes().len(), full);
}

/// The license was entered after the list was seen, so its status is not remembered; then the list is removed.
#[test]
fn no_license_is_accepted_while_a_seen_file_is_missing_or_older() {
    let key = license(1, 1);
    let mut state = PersistentState::new(ID, None);
    let (old, new) = (list(13, &[]), list(14, &[(LicenseDigest::of(&key), REVOKED)]));
    state.saw_list(&new, []).unwrap();
    let opened = |version| {
        let carried = signed(&bundle(version, vec![delegated(1, Delegation::default())]), &[101, 102]);
        roots().trust_bundle(&carried).unwrap()
    };
    let (before, after) = (opened(6), opened(7));
    state.saw_bundle(&after).unwrap();
    let trusted = [crate::common::key(1)];
    let refused = |verifier: Verifier<'_>| {
        let error = verifier.state(&state).verify_key(license(1, 2)).unwrap_err();
        match error {
            VerifyError::Rollback { file, found, seen, .. } => {
                assert_eq!(error.code(), "rollback");
                (file, found, seen)
            }
            other => panic!("{other}"),
        }
    };
    assert_eq!(refused(Verifier::with_bundle(&after, PRODUCT)), (VersionedFile::RevocationList, 0, 14));
    assert_eq!(
        refused(Verifier::with_bundle(&after, PRODUCT).revocations(&old)),
        (VersionedFile::RevocationList, 13, 14)
    );
    assert_eq!(refused(Verifier::with_bundle(&before, PRODUCT).revocations(&new)), (VersionedFile::TrustBundle, 6, 7));
    assert_eq!(refused(Verifier::new(&trusted, PRODUCT).revocations(&new)), (VersionedFile::TrustBundle, 0, 7));
    let taken_away = Verifier::with_bundle(&after, PRODUCT).state(&state);
    assert_eq!(taken_away.verify_key(key.clone()).unwrap_err().code(), "rollback");
    let newest = Verifier::with_bundle(&after, PRODUCT).revocations(&new).state(&state);
    assert_eq!(newest.verify_key(key).unwrap_err().code(), "revoked");
    assert!(newest.verify_key(license(1, 2)).is_ok());
}

#[test]
fn a_recovery_that_is_not_saved_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let OpenedState::New(mut file) = StateFile::open(folder.path(), None, ID).unwrap() else { panic!("a first run") };
    let claims = claims(1).build().unwrap();
    let ahead = *ClockEvidence::new(time("2099-01-01T00:00:00Z")).read(file.state().mark(), [&claims]).mark();
    file.state_mut().keep_mark(ahead);
    file.save().unwrap();
    let statement = TimeStatement::new(time("2026-03-01T00:00:00Z"), TimePurpose::Recovery { state: ID });
    let trusted = [key(1)];
    let recovery = Trust::Keys(&trusted).time_statement(&signed(&statement, &[1])).unwrap();
    let now = ClockEvidence::new(time("2026-03-02T00:00:00Z"));

    let in_the_way = folder.path().join("keyward.state.new");
    std::fs::create_dir(&in_the_way).unwrap();
    for _ in 0..3 {
        assert!(matches!(file.recover(&recovery, &now), Err(RecoverError::NotSaved(_))));
        assert_eq!(file.state().mark(), &ahead, "unchanged");
    }
    // A program with a store of its own gets the recovery in the same way only.
    let mut copy = file.state().clone();
    assert!(matches!(copy.recover(&recovery, &now, |_| Err("full")), Err(RecoverError::NotSaved("full"))));
    assert_eq!(&copy, file.state());

    std::fs::remove_dir(&in_the_way).unwrap();
    file.recover(&recovery, &now).unwrap();
    let error = file.recover(&recovery, &now).unwrap_err();
    assert!(matches!(error, RecoverError::Refused(StateError::Recovery(_))), "{error}");
    drop(file);
    let OpenedState::Stored(file) = StateFile::open(folder.path(), None, ID).unwrap() else { panic!("it was saved") };
    assert_eq!(file.state().mark().instant(), Some(time("2026-03-01T00:00:00Z")));
}
