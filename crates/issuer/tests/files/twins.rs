//! Two files with one number: after one of them, the other is a rollback, like an older file.

use keyward_verifier::files::{
    Delegation, FileError, KeyState, PersistentState, Reason, RevocationList, RootSet, Roots, StateId, Status,
    TrustBundle, Verified, VersionedFile,
};
use keyward_verifier::{LicenseDigest, Verifier, VerifyError};

use crate::common::*;

fn state() -> PersistentState {
    PersistentState::new(StateId::from_bytes([0xAB; 8]), None)
}

/// The state, written and read again as at the next start.
fn kept(state: &PersistentState) -> PersistentState {
    PersistentState::from_bytes(&state.to_bytes(), None, 0).unwrap()
}

fn list(sequence: u32, statuses: &[(LicenseDigest, Status)]) -> Verified<RevocationList> {
    let mut list = RevocationList::new(sequence, time("2026-03-01T00:00:00Z"), time("2026-04-01T00:00:00Z"));
    statuses.iter().for_each(|(license, status)| list.set(*license, *status));
    trusting_1(|trust| trust.revocation_list(&signed(&list, &[1]))).unwrap()
}

fn opened(bundle: &TrustBundle, roots: &[u8]) -> Verified<TrustBundle> {
    self::roots().trust_bundle(&signed(bundle, roots)).unwrap()
}

const REVOKED: Status = Status::Revoked(Reason::Refunded);

#[test]
fn a_second_list_with_the_same_number_is_a_rollback_and_the_message_says_so() {
    let license = license(1, 1);
    let digest = LicenseDigest::of(&license);
    let (empty, revoked, on_hold) = (list(3, &[]), list(3, &[(digest, REVOKED)]), list(3, &[(digest, Status::OnHold)]));
    let trusted = [key(1)];
    for (first, others) in
        [(&empty, [&revoked, &on_hold]), (&revoked, [&empty, &on_hold]), (&on_hold, [&empty, &revoked])]
    {
        let mut state = state();
        state.saw_list(first, [digest]).unwrap();
        let mut state = kept(&state);
        let remembered = state.status_of(&digest);
        for other in others {
            let refused = state.saw_list(other, [digest]).unwrap_err();
            assert_eq!(refused, FileError::Rollback { file: VersionedFile::RevocationList, found: 3, seen: 3 });
            assert_eq!(refused.code(), "rollback");
            assert!(refused.to_string().contains("two files have the same number"), "{refused}");
            assert_eq!(state.status_of(&digest), remembered, "nothing is changed");
            // It is also a rollback if the list is used only for the verification, and not recorded in the state first.
            let verifier = Verifier::new(&trusted, PRODUCT).state(&state).revocations(other);
            let unlisted = crate::common::license(1, 2);
            match verifier.verify_key(unlisted).unwrap_err() {
                error @ VerifyError::Rollback { file: VersionedFile::RevocationList, found: 3, seen: 3, .. } => {
                    assert!(error.to_string().contains("another one with that number"), "{error}");
                }
                other => panic!("{other}"),
            }
        }
        state.saw_list(first, [digest]).unwrap();
        let verifier = Verifier::new(&trusted, PRODUCT).state(&state).revocations(first);
        assert_eq!(verifier.verify_key(license.clone()).is_ok(), first.is_empty());
        state.saw_list(&list(4, &[]), [digest]).unwrap();
    }
}

/// The license is revoked in one of the two lists, and the other list was seen first or second.
#[test]
fn an_earlier_list_does_not_undo_a_revocation() {
    let license = license(1, 1);
    let digest = LicenseDigest::of(&license);
    let mut state = state();
    // The license is not entered yet, so the state does not remember its status.
    state.saw_list(&list(1, &[(digest, REVOKED)]), []).unwrap();
    let before = list(1, &[]);
    assert_eq!(state.saw_list(&before, []).unwrap_err().code(), "rollback");
    let trusted = [key(1)];
    let verifier = Verifier::new(&trusted, PRODUCT).state(&state).revocations(&before);
    assert_eq!(verifier.verify_key(license).unwrap_err().code(), "rollback");
}

#[test]
fn a_list_that_another_key_signs_again_is_the_same_list() {
    let mut first = RevocationList::new(9, time("2026-03-01T00:00:00Z"), time("2026-04-01T00:00:00Z"));
    first.set(LicenseDigest::of(&license(1, 1)), REVOKED);
    let bundle = bundle(1, vec![delegated(1, Delegation::default()), delegated(2, Delegation::default())]);
    let bundle = opened(&bundle, &[101, 102]);
    let by = |signers: &[u8]| {
        keyward_verifier::files::Trust::Bundle(&bundle).revocation_list(&signed(&first, signers)).unwrap()
    };
    let mut state = state();
    for signers in [&[1][..], &[2], &[2, 1], &[1, 2]] {
        state.saw_list(&by(signers), []).unwrap();
    }
    assert_eq!(state.list_sequence(), 9);
    assert_eq!(state.list_signers().map(|(_, list)| list).collect::<Vec<_>>(), [9, 9]);
}

#[test]
fn a_second_bundle_with_the_same_version_is_a_rollback() {
    let active = bundle(5, vec![delegated(1, Delegation::default())]);
    let mut compromised = delegated(1, Delegation::default());
    compromised.state = KeyState::Compromised { allowed: Vec::new() };
    let compromised = bundle(5, vec![compromised]);
    let (active, compromised) = (opened(&active, &[101, 102]), opened(&compromised, &[101, 102]));
    assert_ne!(active.digest(), compromised.digest());
    for (first, second) in [(&active, &compromised), (&compromised, &active)] {
        let mut state = state();
        state.saw_bundle(first).unwrap();
        let mut state = kept(&state);
        let refused = state.saw_bundle(second).unwrap_err();
        assert_eq!(refused, FileError::Rollback { file: VersionedFile::TrustBundle, found: 5, seen: 5 });
        state.saw_bundle(first).unwrap();
        let error = Verifier::with_bundle(second, PRODUCT).state(&state).verify_key(license(1, 2)).unwrap_err();
        assert!(matches!(error.code(), "rollback" | "not-permitted"), "{error}");
    }
    let mut state = state();
    state.saw_bundle(&compromised).unwrap();
    let verifier = Verifier::with_bundle(&active, PRODUCT).state(&state);
    assert_eq!(verifier.verify_key(license(1, 2)).unwrap_err().code(), "rollback", "the bundle of before it was known");
}

/// The same roots in another order, or as constants of the product, are the same roots.
#[test]
fn a_second_root_set_with_the_same_version_is_a_rollback() {
    let keys = |seeds: &[u8]| seeds.iter().map(|seed| key(*seed)).collect::<Vec<_>>();
    let threshold = |count: u8| count.try_into().unwrap();
    let first = RootSet::first(time("2026-01-01T00:00:00Z"), threshold(2), keys(&[101, 102, 103]));
    let next = |seeds: &[u8]| first.next(time("2027-01-01T00:00:00Z"), threshold(2), keys(seeds)).unwrap();
    let [of_the_vendor, twin] = [&[102, 103, 104], &[102, 103, 105]].map(|seeds| signed(&next(seeds), &[102, 103]));

    let mut state = state();
    state.saw_roots(&roots().next(&of_the_vendor).unwrap()).unwrap();
    let mut state = kept(&state);
    let refused = state.saw_roots(&roots().next(&twin).unwrap()).unwrap_err();
    assert_eq!(refused, FileError::Rollback { file: VersionedFile::RootSet, found: 2, seen: 2 });
    // A product that is built with the other set of the same version.
    let built_in = Roots::from_built_in_file(&twin).unwrap();
    let no_files: &[Vec<u8>] = &[];
    assert_eq!(state.follow_roots(&built_in, no_files).unwrap_err().code(), "rollback");
    assert_eq!(state.follow_roots(roots(), no_files).unwrap().version(), 2);

    let one = Roots::built_in(threshold(2), keys(&[101, 102, 103])).unwrap();
    let mut state = self::state();
    state.saw_roots(&one).unwrap();
    let in_a_file = Roots::from_built_in_file(&signed(&first, &[101, 103])).unwrap();
    for same in [&in_a_file, &Roots::built_in(threshold(2), keys(&[103, 101, 102])).unwrap(), &one] {
        state.saw_roots(same).unwrap();
    }
    for other in [
        Roots::built_in(threshold(1), keys(&[101, 102, 103])).unwrap(),
        Roots::built_in(threshold(2), keys(&[101, 102])).unwrap(),
        Roots::built_in(threshold(2), keys(&[101, 102, 104])).unwrap(),
    ] {
        assert_eq!(state.saw_roots(&other).unwrap_err().code(), "rollback");
    }
}

#[test]
fn no_number_follows_the_last_one() {
    let mut last = RootSet::first(time("2026-01-01T00:00:00Z"), 1.try_into().unwrap(), vec![key(101)]);
    last.version = u32::MAX;
    let error = last.next(time("2027-01-01T00:00:00Z"), 1.try_into().unwrap(), vec![key(101)]).unwrap_err();
    assert_eq!(error.to_string(), "version 4294967295 is the last, and no other follows");
}
