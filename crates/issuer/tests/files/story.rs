use std::num::NonZeroU32;

use chrono::TimeDelta;
use keyward_grace::{ClockEvidence, State};
use keyward_issuer::LicenseDigest;
use keyward_issuer::files::SignableFile;
use keyward_verifier::files::{
    Delegation, FileKind, KeyState, LicenseFile, PersistentState, Purpose, Reason, RecoverError, RevocationList,
    RootSet, StateError, StateId, Status, TimePurpose, TimeStatement, Trust, ValidationFile, Verified,
};
use keyward_verifier::{Authenticator, Kind, Product, Verifier};

use crate::common::*;

#[test]
fn a_product_with_a_plain_key_opens_a_license_file() {
    let mut contents = LicenseFile::new(time("2026-03-01T09:00:00Z"), vec![license(1, 1), license(1, 2)]);
    contents.note = Some("Thank you.\nWrite to us.".to_owned());
    contents.metadata.insert("order".to_owned(), 4711.into());
    let file = signed(&contents, &[1]);

    let trusted = [key(1)];
    let opened = Trust::Keys(&trusted).license_file(&file).unwrap();
    assert_eq!(*opened, contents);
    assert_eq!(opened.signed_by(), [key(1).id()]);
    let verifier = Verifier::new(&trusted, PRODUCT);
    for key in &opened.licenses {
        let license = verifier.verify_key(key.clone()).unwrap();
        assert_eq!(license.standing(time("2026-06-15T12:00:00Z")).state(), State::Active);
    }
    assert_eq!(Trust::Keys(&[key(2)]).license_file(&file).unwrap_err().code(), "unknown-key");
}

#[test]
fn a_stale_validation_is_refused_and_its_license_is_not() {
    let file = LicenseFile::new(time("2026-03-01T09:00:00Z"), vec![license(1, 1)]);
    let validation = ValidationFile::new(file, ValidationFile::USUAL_TIME_TO_LIVE).unwrap();
    let bytes = signed(&validation, &[1]);
    let trusted = [key(1)];
    let open = |now| Trust::Keys(&trusted).validation_file(&bytes, time(now), None);
    assert!(open("2026-03-02T09:00:00Z").is_ok());
    assert_eq!(open("2026-03-02T09:00:01Z").unwrap_err().code(), "stale-file");
    assert!(Verifier::new(&trusted, PRODUCT).verify_key(license(1, 1)).is_ok());
}

#[test]
fn a_pipeline_key_signs_trials_and_nothing_else() {
    let limits =
        Delegation { kinds: Some(vec![Kind::Trial]), max_term_days: 30.try_into().ok(), ..Delegation::default() };
    let file = signed(&bundle(1, vec![delegated(1, Delegation::default()), delegated(2, limits)]), &[101, 103]);
    let bundle = roots().trust_bundle(&file).unwrap();
    let verifier = Verifier::with_bundle(&bundle, PRODUCT);
    let trial = claims(7).trial().valid_through(day("2026-01-30")).build().unwrap();
    assert!(verifier.verify_key(issuer(2).sign(&trial).unwrap()).is_ok());
    assert!(verifier.verify_key(license(1, 8)).is_ok());
    assert_eq!(verifier.verify_key(license(2, 8)).unwrap_err().code(), "not-permitted");
}

#[test]
fn only_listed_licenses_of_a_stolen_key_are_good() {
    let (sold, forged) =
        (license(1, 1), issuer(1).sign(&claims(1).seats(NonZeroU32::new(999).unwrap()).build().unwrap()));
    let mut stolen = delegated(1, Delegation::default());
    stolen.state = KeyState::Compromised { allowed: vec![LicenseDigest::of(&sold)] };
    let bundle = roots().trust_bundle(&signed(&bundle(2, vec![stolen]), &[101, 102])).unwrap();
    let verifier = Verifier::with_bundle(&bundle, PRODUCT);
    assert!(verifier.verify_key(sold).is_ok());
    let forged = forged.unwrap().to_string();
    assert_eq!(verifier.verify(&forged).unwrap_err().code(), "not-permitted", "the same serial");

    // It is not genuine for any product either. The limits are checked last.
    let authenticator = Authenticator::with_bundle(&bundle);
    assert_eq!(authenticator.authenticate(&forged).unwrap_err().code(), "not-permitted");
    let signed = authenticator.check_signature(&forged).unwrap();
    assert_eq!(verifier.verify_signed(signed.clone()).unwrap_err().code(), "not-permitted");
    let other = authenticator.for_product(Product(PRODUCT.0 + 1));
    assert_eq!(other.verify_signed(signed).unwrap_err().code(), "wrong-product");
}

#[test]
fn rotated_roots_replace_the_old_ones() {
    let next = RootSet::first(time("2026-01-01T00:00:00Z"), 2.try_into().unwrap(), roots().keys().to_vec())
        .next(time("2027-01-01T00:00:00Z"), 2.try_into().unwrap(), [103, 104, 105].map(key).to_vec())
        .unwrap();
    let handed_over = roots().next(&signed(&next, &[101, 102, 103, 104])).unwrap();
    assert_eq!(handed_over.version(), 2);
    for too_few in [&[101, 102][..], &[103, 104], &[101, 102, 103], &[101, 104, 105], &[101]] {
        assert_eq!(roots().next(&signed(&next, too_few)).unwrap_err().code(), "untrusted-bundle");
    }
    let old = signed(&bundle(1, Vec::new()), &[101, 102]);
    assert!(roots().trust_bundle(&old).is_ok());
    assert_eq!(handed_over.trust_bundle(&old).unwrap_err().code(), "untrusted-bundle");
}

#[test]
fn a_revocation_stays_and_a_hold_is_lifted() {
    let (key_a, key_b) = (license(1, 1), license(1, 2));
    let (a, b) = (LicenseDigest::of(&key_a), LicenseDigest::of(&key_b));
    let trusted = [key(1)];
    let list = |sequence, withdrawn: &[(LicenseDigest, Status)]| {
        let mut list = RevocationList::new(sequence, time("2026-03-01T00:00:00Z"), time("2026-04-01T00:00:00Z"));
        withdrawn.iter().for_each(|(license, status)| list.set(*license, *status));
        Trust::Keys(&trusted).revocation_list(&signed(&list, &[1])).unwrap()
    };
    let mut state = PersistentState::new(StateId::from_bytes([1; 8]), None);
    let both = list(14, &[(a, Status::Revoked(Reason::Leaked)), (b, Status::OnHold)]);
    let verifier = Verifier::new(&trusted, PRODUCT);
    let listed = verifier.clone().revocations(&both);
    assert_eq!(listed.verify_key(key_a.clone()).unwrap_err().code(), "revoked");
    assert_eq!(listed.verify_key(key_b.clone()).unwrap_err().code(), "on-hold");

    state.saw_list(&both, [a, b]).unwrap();
    let older = list(13, &[]);
    assert_eq!(state.saw_list(&older, [a, b]).unwrap_err().code(), "rollback");
    let remembering = verifier.clone().state(&state);
    assert_eq!(remembering.verify_key(key_a.clone()).unwrap_err().code(), "revoked");
    assert_eq!(remembering.verify_key(key_b.clone()).unwrap_err().code(), "on-hold");

    let lifted = list(15, &[]);
    state.saw_list(&lifted, [a, b]).unwrap();
    let verifier = verifier.revocations(&lifted).state(&state);
    assert_eq!(verifier.verify_key(key_a).unwrap_err().code(), "revoked", "for ever");
    assert!(verifier.verify_key(key_b).is_ok());
}

#[test]
fn a_recovery_sets_one_state_back_after_its_clock_ran_ahead() {
    let trusted = [key(1)];
    let license = Verifier::new(&trusted, PRODUCT).verify_key(license(1, 1)).unwrap();
    let mut state = PersistentState::new(StateId::from_bytes([1; 8]), None);
    let in_2099 = ClockEvidence::new(time("2099-01-01T00:00:00Z")).read(state.mark(), [license.claims()]);
    state.keep_mark(*in_2099.mark());
    let statement = |purpose| {
        let statement = TimeStatement::new(time("2026-03-01T09:00:00Z"), purpose);
        Trust::Keys(&trusted).time_statement(&signed(&statement, &[1])).unwrap()
    };
    for (purpose, code) in [
        (TimePurpose::Evidence, "not-a-recovery"),
        (TimePurpose::Recovery { state: StateId::from_bytes([2; 8]) }, "recovery-of-another"),
    ] {
        assert_eq!(recover(&mut state, &statement(purpose)).unwrap_err().code(), code);
    }
    let recovery = statement(TimePurpose::Recovery { state: state.id() });
    recover(&mut state, &recovery).unwrap();
    assert_eq!(recover(&mut state, &recovery).unwrap_err().code(), "recovery-used");
    let kept = PersistentState::from_bytes(&state.to_bytes(), None, 0).unwrap();
    let now = time("2026-03-02T09:00:00Z");
    let reading = ClockEvidence::new(now).issued(recovery.issued_at).read(kept.mark(), [license.claims()]);
    assert_eq!((reading.now(), reading.suspect()), (now, None));
    assert!(reading.mark().instant().unwrap() - now < TimeDelta::seconds(1));
}

#[test]
fn a_list_older_than_the_product_accepts_is_refused() {
    let list = RevocationList::new(14, time("2026-03-01T00:00:00Z"), time("2026-04-01T00:00:00Z"));
    let list = trusting_1(|trust| trust.revocation_list(&signed(&list, &[1]))).unwrap();
    let month = TimeDelta::days(31);
    assert_eq!(list.no_older_than(month, time("2026-04-01T00:00:00Z")), Ok(()));
    let stale = list.no_older_than(month, time("2026-04-11T00:00:00Z")).unwrap_err();
    assert_eq!((stale.code(), list.age_days(time("2026-04-11T00:00:00Z"))), ("stale-list", 41));
    assert!(list.no_older_than(month, time("2026-04-01T00:00:01Z")).is_err());
}

#[test]
fn a_list_that_is_dated_ahead_is_refused_and_its_revocations_apply() {
    let (digest, month) = (LicenseDigest::of(&license(1, 1)), TimeDelta::days(31));
    let mut list = RevocationList::new(1, time("2099-01-01T00:00:00Z"), time("2099-02-01T00:00:00Z"));
    list.set(digest, Status::OnHold);
    let list = trusting_1(|trust| trust.revocation_list(&signed(&list, &[1]))).unwrap();
    for now in ["2026-06-01T00:00:00Z", "2046-06-01T00:00:00Z", "2098-12-30T23:59:59Z"] {
        let error = list.no_older_than(month, time(now)).unwrap_err();
        assert_eq!(
            (error.code(), list.is_ahead(time(now)), list.age_days(time(now))),
            ("stale-list", true, 0),
            "{now}"
        );
        assert!(error.to_string().contains("2099-01-01") && error.to_string().contains("check the clock"), "{error}");
    }
    // Clocks may differ by a day.
    for now in ["2098-12-31T00:00:00Z", "2099-01-01T00:00:00Z", "2099-02-01T00:00:00Z"] {
        assert_eq!((list.no_older_than(month, time(now)), list.is_ahead(time(now))), (Ok(()), false), "{now}");
    }
    assert!(list.no_older_than(month, time("2099-02-01T00:00:01Z")).is_err());
    assert_eq!(list.no_older_than(TimeDelta::MAX, time("2199-01-01T00:00:00Z")), Ok(()));
    assert_eq!(list.status_of(&digest), Some(Status::OnHold));
}

/// Combines old and new files: no combination accepts a license that one of the files refuses alone.
#[test]
fn old_and_new_files_together_allow_no_more_than_each_alone() {
    let (sold, forged) = (license(1, 1), license(1, 2));
    let opened = |bundle| roots().trust_bundle(&signed(&bundle, &[101, 102])).unwrap();
    let office = || delegated(2, Delegation::default());
    let mut stolen = delegated(1, Delegation::default());
    let before = opened(bundle(1, vec![stolen.clone(), office()]));
    stolen.state = KeyState::Compromised { allowed: vec![LicenseDigest::of(&sold)] };
    let after = opened(bundle(2, vec![stolen, office()]));
    let list = |sequence, withdrawn: Option<&keyward_issuer::LicenseKey>| {
        let mut list = RevocationList::new(sequence, time("2026-03-01T00:00:00Z"), time("2026-04-01T00:00:00Z"));
        withdrawn.iter().for_each(|key| list.set(LicenseDigest::of(key), Status::Revoked(Reason::Forged)));
        Trust::Bundle(&after).revocation_list(&signed(&list, &[2])).unwrap()
    };
    let (old_list, new_list) = (list(1, None), list(2, Some(&forged)));
    for (bundle, list, is_good) in [
        (&before, &old_list, true),
        (&before, &new_list, false),
        (&after, &old_list, false),
        (&after, &new_list, false),
    ] {
        let verifier = Verifier::with_bundle(bundle, PRODUCT).revocations(list);
        assert!(verifier.verify_key(sold.clone()).is_ok());
        assert_eq!(
            verifier.verify_key(forged.clone()).is_ok(),
            is_good,
            "bundle {}, list {}",
            bundle.version,
            list.sequence
        );
    }
    // Once the newer bundle or list was seen, the older one is a rollback, in every combination.
    let mut state = PersistentState::new(StateId::from_bytes([1; 8]), None);
    state.saw_list(&new_list, []).unwrap();
    state.saw_bundle(&before).unwrap();
    assert_eq!(state.saw_list(&old_list, []).unwrap_err().code(), "rollback");
    state.saw_bundle(&after).unwrap();
    assert_eq!(state.saw_bundle(&before).unwrap_err().code(), "rollback");
}

#[test]
fn earlier_signers_and_forged_signatures_are_visible_to_the_next_signer() {
    let file = String::from_utf8(signed(&bundle(1, Vec::new()), &[101, 102])).unwrap();
    let read = |text: &str| SignableFile::read(text.as_bytes(), FileKind::TrustBundle).unwrap();
    assert_eq!(read(&file).signers().unwrap(), [key(101), key(102)]);
    let (one, other) = (hex::encode(key(101).to_bytes()), hex::encode(key(103).to_bytes()));
    assert_eq!(read(&file.replace(&one, &other)).signers().unwrap_err().code(), "bad-signature");
    assert_eq!(read(&file.replace(&one, &"00".repeat(32))).signers().unwrap_err().code(), "malformed");
}

/// Otherwise a stolen pipeline key could set the clock of every product that opens its file to 2099.
#[test]
fn only_a_key_for_statements_of_the_time_is_evidence() {
    let mut pipeline = delegated(2, Delegation::default());
    pipeline.may_sign.purposes = vec![Purpose::Licenses, Purpose::LicenseFiles, Purpose::Revocations];
    let carried = signed(&bundle(1, vec![delegated(1, Delegation::default()), pipeline]), &[101, 102]);
    let bundle = roots().trust_bundle(&carried).unwrap();
    let in_2099 = time("2099-01-01T00:00:00Z");
    let trust = Trust::Bundle(&bundle);
    for (signers, evidence) in [(&[2][..], None), (&[1], Some(in_2099)), (&[1, 2], Some(in_2099))] {
        let file = LicenseFile::new(in_2099, vec![license(1, 1)]);
        let list = RevocationList::new(1, in_2099, in_2099);
        assert_eq!(trust.license_file(&signed(&file, signers)).unwrap().evidence_of_time(), evidence);
        assert_eq!(trust.revocation_list(&signed(&list, signers)).unwrap().evidence_of_time(), evidence);
    }
    assert_eq!(bundle.evidence_of_time(), Some(bundle.issued_at));
    let trusted = [key(2)];
    let file = signed(&LicenseFile::new(in_2099, vec![license(1, 1)]), &[2]);
    let by_a_plain_key = Trust::Keys(&trusted).license_file(&file).unwrap();
    assert_eq!(by_a_plain_key.evidence_of_time(), Some(in_2099), "which is trusted for everything");
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
