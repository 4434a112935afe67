//! A stolen key for revocation lists or statements of the time: its effects on a state are undone by the bundle that names
//! it compromised.

use keyward_verifier::files::{
    Delegation, KeyState, PersistentState, Reason, RecoverError, RevocationList, StateError, StateId, Status,
    TimePurpose, TimeStatement, Trust, TrustBundle, Verified,
};
use keyward_verifier::{ClockEvidence, LicenseDigest, Verifier};

use crate::common::*;

const ID: StateId = StateId::from_bytes([0xAB; 8]);
const VENDORS: u8 = 1;
const STOLEN: u8 = 2;
const LEAKED: Status = Status::Revoked(Reason::Leaked);

fn state() -> PersistentState {
    PersistentState::new(ID, None)
}

/// A bundle in which these keys are compromised.
fn trusting(version: u32, compromised: &[u8]) -> Verified<TrustBundle> {
    let keys = [VENDORS, STOLEN, 3].map(|seed| {
        let mut key = delegated(seed, Delegation::default());
        if compromised.contains(&seed) {
            key.state = KeyState::Compromised { allowed: vec![LicenseDigest::of(&license(seed, 1))] };
        }
        key
    });
    roots().trust_bundle(&signed(&bundle(version, keys.to_vec()), &[101, 102])).unwrap()
}

fn digest(serial: u8) -> LicenseDigest {
    LicenseDigest::of(&license(VENDORS, serial))
}

fn list(signers: &[u8], sequence: u32, statuses: &[(u8, Status)]) -> Verified<RevocationList> {
    let mut list = RevocationList::new(sequence, time("2026-03-01T00:00:00Z"), time("2026-04-01T00:00:00Z"));
    statuses.iter().for_each(|(serial, status)| list.set(digest(*serial), *status));
    Trust::Bundle(&trusting(1, &[])).revocation_list(&signed(&list, signers)).unwrap()
}

/// The state as the next start reads it, with the bundle.
fn with_bundle(state: &PersistentState, version: u32, compromised: &[u8]) -> PersistentState {
    let mut state = PersistentState::from_bytes(&state.to_bytes(), None, 0).unwrap();
    state.saw_bundle(&trusting(version, compromised)).unwrap();
    PersistentState::from_bytes(&state.to_bytes(), None, 0).unwrap()
}

#[test]
fn a_list_with_the_highest_sequence_ends_lists_until_its_key_is_known_as_stolen() {
    let mut state = state();
    state.saw_bundle(&trusting(1, &[])).unwrap();
    state.saw_list(&list(&[VENDORS], 14, &[]), []).unwrap();
    state.saw_list(&list(&[STOLEN], u32::MAX, &[]), []).unwrap();
    let genuine = list(&[VENDORS], 15, &[(2, LEAKED)]);
    assert_eq!(state.saw_list(&genuine, []).unwrap_err().code(), "rollback");
    assert_eq!(with_bundle(&state, 2, &[]).list_sequence(), u32::MAX, "a bundle that does not say so");

    let mut state = with_bundle(&state, 2, &[STOLEN]);
    assert_eq!(state.list_sequence(), 14, "what the vendor's own key said stays");
    assert_eq!(state.saw_list(&list(&[VENDORS], 13, &[]), []).unwrap_err().code(), "rollback");
    state.saw_list(&genuine, [digest(1), digest(2)]).unwrap();
    let bundle = trusting(2, &[STOLEN]);
    let verifier = Verifier::with_bundle(&bundle, PRODUCT).revocations(&genuine).state(&state);
    assert!(verifier.verify_key(license(VENDORS, 1)).is_ok());
    assert_eq!(verifier.verify_key(license(VENDORS, 2)).unwrap_err().code(), "revoked");
}

#[test]
fn only_the_revocations_and_holds_of_the_stolen_key_alone_are_forgotten() {
    let on_hold = Status::OnHold;
    let all = [1, 2, 3, 4, 5].map(digest);
    let mut state = state();
    // The vendor revokes 1 and 2, the thief 3 and 4, and both revoke 5, one list after the other.
    state.saw_list(&list(&[VENDORS], 14, &[(1, LEAKED), (2, on_hold), (5, LEAKED)]), all).unwrap();
    let by_the_thief = [(1, LEAKED), (2, on_hold), (3, LEAKED), (4, on_hold), (5, Status::Revoked(Reason::Unpaid))];
    state.saw_list(&list(&[STOLEN], 15, &by_the_thief), all).unwrap();
    let statuses = |state: &PersistentState| all.map(|license| state.status_of(&license));
    let (revoked, held) = (|list| Some((LEAKED, list)), |list| Some((on_hold, list)));
    assert_eq!(statuses(&state), [revoked(14), held(15), revoked(15), held(15), revoked(14)]);
    assert_eq!(state.statuses().count(), 5, "each license once");

    let after = with_bundle(&state, 2, &[STOLEN]);
    // List 15 ended the hold of list 14. The vendor's next list decides whether it goes on.
    assert_eq!(statuses(&after), [revoked(14), None, None, None, revoked(14)]);
    assert_eq!(
        statuses(&with_bundle(&state, 2, &[VENDORS])),
        [revoked(15), held(15), revoked(15), held(15), Some((Status::Revoked(Reason::Unpaid), 15))]
    );
    assert_eq!(statuses(&with_bundle(&state, 2, &[VENDORS, STOLEN])), [None; 5]);
    assert_eq!(statuses(&with_bundle(&state, 2, &[3])), statuses(&state));
}

#[test]
fn a_list_signed_by_two_keys_counts_while_one_of_them_is_not_compromised() {
    let mut state = state();
    state.saw_list(&list(&[VENDORS, STOLEN], 20, &[(1, LEAKED)]), [digest(1)]).unwrap();
    for compromised in [VENDORS, STOLEN] {
        let after = with_bundle(&state, 2, &[compromised]);
        assert_eq!((after.list_sequence(), after.status_of(&digest(1))), (20, Some((LEAKED, 20))));
    }
    let after = with_bundle(&state, 2, &[VENDORS, STOLEN]);
    assert_eq!((after.list_sequence(), after.status_of(&digest(1))), (0, None));
}

/// The vendor's key is stolen, and another key signs its newest list again.
#[test]
fn the_newest_list_signed_anew_with_another_key_goes_on() {
    let mut state = state();
    let statuses = [(1, LEAKED), (2, Status::OnHold)];
    state.saw_list(&list(&[STOLEN], 14, &statuses), [1, 2].map(digest)).unwrap();
    let mut state = with_bundle(&state, 2, &[STOLEN]);
    assert_eq!((state.list_sequence(), state.statuses().count()), (0, 0));
    state.saw_list(&list(&[VENDORS], 14, &statuses), [1, 2].map(digest)).unwrap();
    assert_eq!((state.list_sequence(), state.statuses().count()), (14, 2));
}

/// A thief's recovery that is dated far ahead makes every genuine one too old.
#[test]
fn a_recovery_of_the_stolen_key_keeps_no_genuine_one_away() {
    let recovery = |signer: u8, at: &str| {
        let statement = TimeStatement::new(time(at), TimePurpose::Recovery { state: ID });
        Trust::Bundle(&trusting(1, &[])).time_statement(&signed(&statement, &[signer])).unwrap()
    };
    let mut state = state();
    recover(&mut state, &recovery(VENDORS, "2026-02-01T00:00:00Z")).unwrap();
    recover(&mut state, &recovery(STOLEN, "9999-01-01T00:00:00Z")).unwrap();
    let genuine = recovery(VENDORS, "2026-05-01T00:00:00Z");
    assert_eq!(recover(&mut with_bundle(&state, 2, &[]), &genuine).unwrap_err().code(), "recovery-used");
    let mut state = with_bundle(&state, 2, &[STOLEN]);
    assert_eq!(recover(&mut state, &recovery(VENDORS, "2026-02-01T00:00:00Z")).unwrap_err().code(), "recovery-used");
    recover(&mut state, &genuine).unwrap();
    assert_eq!(recover(&mut state, &genuine).unwrap_err().code(), "recovery-used");
}

/// Two keys sign a recovery, and it arrives as two files with one signature each.
#[test]
fn a_recovery_is_used_once_whichever_signatures_it_arrives_with() {
    let recovery = |signers: &[u8], at: &str| {
        let statement = TimeStatement::new(time(at), TimePurpose::Recovery { state: ID });
        Trust::Bundle(&trusting(1, &[])).time_statement(&signed(&statement, signers)).unwrap()
    };
    let (earlier, later) = ("2026-02-01T00:00:00Z", "2026-05-01T00:00:00Z");
    let mut state = state();
    recover(&mut state, &recovery(&[STOLEN], earlier)).unwrap();
    recover(&mut state, &recovery(&[STOLEN], later)).unwrap();
    let mut state = with_bundle(&state, 2, &[STOLEN]);
    for used in [earlier, later] {
        for signers in [&[VENDORS][..], &[VENDORS, STOLEN]] {
            let again = recover(&mut state, &recovery(signers, used)).unwrap_err();
            assert_eq!(again.code(), "recovery-used", "{used}");
        }
    }
    recover(&mut state, &recovery(&[VENDORS], "2026-04-01T00:00:00Z")).unwrap();
}

/// A thousand revocations of the thief leave no room for those of the vendor. After the bundle there is room again.
#[test]
fn a_state_that_the_thief_filled_has_room_again() {
    let licenses: Vec<LicenseDigest> = (0_u16..1_100)
        .map(|number| {
            let mut bytes = [7; 16];
            bytes[..2].copy_from_slice(&number.to_be_bytes());
            LicenseDigest::from_bytes(bytes)
        })
        .collect();
    let mut flood = RevocationList::new(15, time("2026-03-01T00:00:00Z"), time("2026-04-01T00:00:00Z"));
    licenses.iter().for_each(|license| flood.set(*license, LEAKED));
    let flood = Trust::Bundle(&trusting(1, &[])).revocation_list(&signed(&flood, &[STOLEN])).unwrap();
    let mut state = state();
    state.saw_list(&flood, licenses.iter().copied()).unwrap();
    assert_eq!(state.statuses().count(), 1_024);
    let mut state = with_bundle(&state, 2, &[STOLEN]);
    state.saw_list(&list(&[VENDORS], 14, &[(1, LEAKED)]), [digest(1)]).unwrap();
    assert_eq!(state.statuses().collect::<Vec<_>>(), [(digest(1), LEAKED, 14)]);
}

/// Uses a recovery on the day of its issue.
fn recover(state: &mut PersistentState, statement: &Verified<TimeStatement>) -> Result<(), StateError> {
    state.recover(statement, &ClockEvidence::new(statement.issued_at), |_| Ok::<(), StateError>(())).map_err(|error| {
        match error {
            RecoverError::Refused(error) | RecoverError::NotSaved(error) => error,
            _ => unreachable!("there are two"),
        }
    })
}
