//! Products that require an activation: attacks on the validation files of an online product.

use chrono::{DateTime, TimeDelta, Utc};
use keyward_verifier::files::{
    DelegatedKey, Delegation, KeyState, LicenseFile, NotActivated, Purpose, Reason, RevocationList, Status, Trust,
    TrustBundle, ValidationFile, Verified,
};
use keyward_verifier::{
    ClockEvidence, Fingerprint, HighWaterMark, License, LicenseDigest, LicenseKey, MachineComponents, Product,
    Verifier, VerifyError,
};

use crate::common::*;

const ISSUED: &str = "2026-03-01T09:00:00Z";
/// The last second of a file that was issued then, and the first after it.
const IN_TIME: &str = "2026-03-02T09:00:00Z";
const LATE: &str = "2026-03-02T09:00:01Z";

fn machine(id: &str) -> Fingerprint {
    MachineComponents::of_id(id).fingerprint(PRODUCT)
}

/// Signs licenses.
const VENDOR: u8 = 1;
/// Signs answers of a server.
const ANSWERS: u8 = 2;

fn of_a_server(seed: u8, products: Option<Vec<Product>>, purposes: &[Purpose]) -> DelegatedKey {
    let mut key = delegated(seed, Delegation { products, ..Delegation::default() });
    key.may_sign.purposes = purposes.to_vec();
    key
}

/// The bundle in which this key signs answers.
fn trusting(answers: DelegatedKey) -> Verified<TrustBundle> {
    let vendor = of_a_server(VENDOR, None, &[Purpose::Licenses, Purpose::LicenseFiles]);
    roots().trust_bundle(&signed(&bundle(1, vec![vendor, answers]), &[101, 102])).unwrap()
}

fn usual() -> Verified<TrustBundle> {
    trusting(of_a_server(ANSWERS, None, &[Purpose::ValidationFiles, Purpose::Time]))
}

/// A validation file for a day.
fn validating(licenses: &[LicenseKey], machine: Option<Fingerprint>) -> Vec<u8> {
    let file = LicenseFile::new(time(ISSUED), licenses.to_vec());
    let mut validation = ValidationFile::new(file, ValidationFile::USUAL_TIME_TO_LIVE).unwrap();
    validation.machine = machine;
    signed(&validation, &[ANSWERS])
}

/// The answer of a product on the machine `here` with these files.
fn asked(license: &LicenseKey, files: &[Vec<u8>], now: &str) -> Result<License, VerifyError> {
    let bundle = usual();
    let trust = Trust::Bundle(&bundle);
    let files: Vec<_> = files.iter().map(|file| trust.signed_validation_file(file).unwrap()).collect();
    let verifier = Verifier::with_bundle(&bundle, PRODUCT).machine(machine("here"));
    verifier.require_validation(time(now), &files).verify_key(license.clone())
}

fn why(refused: Result<License, VerifyError>) -> NotActivated {
    match refused.unwrap_err() {
        error @ VerifyError::NotActivated { why, .. } => {
            assert_eq!((error.code(), error.serial().is_some()), ("not-activated", true));
            why
        }
        error => panic!("{error}"),
    }
}

#[test]
fn only_a_fresh_validation_file_of_the_license_for_this_machine_shows_an_activation() {
    let (ours, others) = (license(VENDOR, 1), license(VENDOR, 2));
    let here = || validating(&[others.clone(), ours.clone()], Some(machine("here")));
    assert!(asked(&ours, &[here()], ISSUED).is_ok());
    assert!(asked(&ours, &[here()], IN_TIME).is_ok());
    assert_eq!(why(asked(&ours, &[], ISSUED)), NotActivated::NoFile);
    let expired_at = time(IN_TIME);
    assert_eq!(why(asked(&ours, &[here()], LATE)), NotActivated::Stale { expired_at });
    let issued_at = time(ISSUED);
    assert_eq!(why(asked(&ours, &[here()], "2026-02-28T08:59:59Z")), NotActivated::NotYet { issued_at });
    let for_another_license = validating(&[others], Some(machine("here")));
    assert_eq!(why(asked(&ours, &[for_another_license], ISSUED)), NotActivated::NoFile);
    let for_another_machine = validating(std::slice::from_ref(&ours), Some(machine("there")));
    assert_eq!(why(asked(&ours, &[for_another_machine], ISSUED)), NotActivated::OtherMachine);
    let for_any_machine = validating(std::slice::from_ref(&ours), None);
    assert_eq!(why(asked(&ours, &[for_any_machine], ISSUED)), NotActivated::AnyMachine);
}

#[test]
fn without_a_fingerprint_of_this_machine_no_validation_file_shows_an_activation() {
    let (bundle, ours) = (usual(), license(VENDOR, 1));
    let file = validating(std::slice::from_ref(&ours), Some(machine("here")));
    let file = [Trust::Bundle(&bundle).signed_validation_file(&file).unwrap()];
    let verifier = Verifier::with_bundle(&bundle, PRODUCT).require_validation(time(ISSUED), &file);
    assert_eq!(why(verifier.verify_key(ours)), NotActivated::OtherMachine);
}

#[test]
fn of_several_validation_files_a_fresh_one_counts_or_the_one_that_passes_most_checks_says_why() {
    let ours = license(VENDOR, 1);
    let here = validating(std::slice::from_ref(&ours), Some(machine("here")));
    let there = validating(std::slice::from_ref(&ours), Some(machine("there")));
    let any = validating(std::slice::from_ref(&ours), None);
    for files in [[here.clone(), there.clone(), any.clone()], [any, there, here]] {
        assert!(asked(&ours, &files, IN_TIME).is_ok());
        assert_eq!(why(asked(&ours, &files, LATE)), NotActivated::Stale { expired_at: time(IN_TIME) });
        assert_eq!(why(asked(&ours, &files[1..2], IN_TIME)), NotActivated::OtherMachine);
    }
}

#[test]
fn a_key_that_is_locked_to_this_machine_needs_no_validation_file() {
    let locked_to = |id| {
        let claims = claims(3).fingerprint(machine(id)).build().unwrap();
        issuer(VENDOR).sign(&claims).unwrap()
    };
    assert!(asked(&locked_to("here"), &[], LATE).is_ok());
    let elsewhere = locked_to("there");
    let with_files = [validating(std::slice::from_ref(&elsewhere), Some(machine("here")))];
    assert_eq!(asked(&elsewhere, &with_files, ISSUED).unwrap_err().code(), "wrong-machine");
    assert_eq!(asked(&elsewhere, &[], ISSUED).unwrap_err().code(), "wrong-machine");
}

/// A file stays open in a running product, and a newer bundle arrives.
#[test]
fn a_validation_file_counts_only_while_its_key_may_sign_it() {
    let (before, ours) = (usual(), license(VENDOR, 1));
    let file = validating(std::slice::from_ref(&ours), Some(machine("here")));
    let opened = [Trust::Bundle(&before).signed_validation_file(&file).unwrap()];
    let under = |bundle: &Verified<TrustBundle>| {
        let verifier = Verifier::with_bundle(bundle, PRODUCT).machine(machine("here"));
        verifier.require_validation(time(ISSUED), &opened).verify_key(ours.clone())
    };
    assert!(under(&before).is_ok());
    let purposes = &[Purpose::ValidationFiles];
    let mut compromised = of_a_server(ANSWERS, None, purposes);
    compromised.state = KeyState::Compromised { allowed: Vec::new() };
    for (name, answers, code) in [
        ("of another product", of_a_server(ANSWERS, Some(vec![Product(4)]), purposes), "not-permitted"),
        ("without the purpose", of_a_server(ANSWERS, None, &[Purpose::Revocations, Purpose::Time]), "not-permitted"),
        ("that is compromised", compromised, "not-permitted"),
        ("that is gone", of_a_server(3, None, purposes), "unknown-key"),
    ] {
        let bundle = trusting(answers);
        let refused = Trust::Bundle(&bundle).signed_validation_file(&file).unwrap_err();
        assert_eq!(refused.code(), code, "a key {name}");
        assert_eq!(why(under(&bundle)), NotActivated::NoFile, "a key {name}");
    }
    let plain = [key(VENDOR)];
    let verifier = Verifier::new(&plain, PRODUCT).machine(machine("here")).require_validation(time(ISSUED), &opened);
    assert_eq!(why(verifier.verify_key(ours.clone())), NotActivated::NoFile);
}

#[test]
fn another_file_in_the_place_of_a_validation_file_is_refused() {
    let bundle = usual();
    let license_file = signed(&LicenseFile::new(time(ISSUED), vec![license(VENDOR, 1)]), &[VENDOR]);
    let refused = Trust::Bundle(&bundle).signed_validation_file(&license_file).unwrap_err();
    assert_eq!(refused.code(), "malformed");
    assert!(refused.to_string().contains("it says that it is a license file"), "{refused}");
}

/// A perpetual license has no end to which its mark could move: that of the file is held.
#[test]
fn a_stale_validation_file_stays_stale_when_the_clock_is_set_back() {
    let perpetual = claims(1).perpetual().build().unwrap();
    let ours = issuer(VENDOR).sign(&perpetual).unwrap();
    let bundle = usual();
    let file = validating(std::slice::from_ref(&ours), Some(machine("here")));
    let files = [Trust::Bundle(&bundle).signed_validation_file(&file).unwrap()];
    let mut mark = HighWaterMark::NONE;
    let mut at = |clock: &str| {
        let verifier = Verifier::with_bundle(&bundle, PRODUCT).machine(machine("here"));
        let license = verifier.verify_key(ours.clone()).unwrap();
        let evidence = files.iter().fold(ClockEvidence::new(time(clock)), |evidence, file| {
            evidence.issued(file.evidence_of_time().unwrap()).held_until(file.stale_at())
        });
        let reading = evidence.read(&mark, [license.claims()]);
        mark = *reading.mark();
        verifier.require_validation(reading.now(), &files).verify_key(ours.clone())
    };
    assert!(at("2026-03-02T08:00:00Z").is_ok());
    // Before the file was issued, the clock is known to be wrong.
    assert!(at("2026-01-01T08:00:00Z").is_ok());
    let stale = NotActivated::Stale { expired_at: time(IN_TIME) };
    assert_eq!(why(at("2026-07-01T08:00:00Z")), stale);
    for set_back in [ISSUED, IN_TIME, "2026-01-01T08:00:00Z"] {
        assert_eq!(why(at(set_back)), stale, "{set_back}");
    }
}

#[test]
fn a_license_is_not_activated_only_if_nothing_else_refuses_it() {
    let (bundle, ours) = (usual(), license(VENDOR, 1));
    let status = |status: Option<Status>| {
        let mut list = RevocationList::new(1, time(ISSUED), in_a_month());
        if let Some(status) = status {
            list.set(LicenseDigest::of(&ours), status);
        }
        let trusted = [key(VENDOR)];
        Trust::Keys(&trusted).revocation_list(&signed(&list, &[VENDOR])).unwrap()
    };
    let (revoked, on_hold) = (status(Some(Status::Revoked(Reason::Leaked))), status(Some(Status::OnHold)));
    let verifier =
        Verifier::with_bundle(&bundle, PRODUCT).machine(machine("here")).require_validation(time(ISSUED), &[]);
    let code = |verifier: Verifier<'_>, key: &LicenseKey| verifier.verify_key(key.clone()).unwrap_err().code();
    assert_eq!(code(verifier.clone().revocations(&revoked), &ours), "revoked");
    assert_eq!(code(verifier.clone().revocations(&on_hold), &ours), "on-hold");
    assert_eq!(code(verifier.clone().revocations(&status(None)), &ours), "not-activated");
    assert_eq!(code(verifier.clone(), &license(ANSWERS, 1)), "not-permitted");
    assert_eq!(code(verifier.clone(), &license(9, 1)), "unknown-key");
    // Without the requirement, the license is what it was.
    let free = Verifier::with_bundle(&bundle, PRODUCT).machine(machine("here"));
    assert!(free.verify_key(ours.clone()).is_ok());
}

fn in_a_month() -> DateTime<Utc> {
    time(ISSUED) + TimeDelta::days(30)
}
