//! The contents that files may have, up to their bounds.

use keyward_core::is_invisible;
use keyward_issuer::files::SignableFile;
use keyward_verifier::files::{
    Contact, DelegatedKey, Delegation, LicenseFile, Party, Payload, PayloadError, ProductNames, PublicNames, Purpose,
    Reason, RevocationList, RootSet, Status, TrustBundle, ValidationFile,
};
use keyward_verifier::{LicenseDigest, MachineComponents};

use crate::common::*;

/// Whether issuers and products accept the contents; they have to agree, so that every signed file can be opened.
fn both_take<T: Payload + PartialEq>(contents: &T) -> bool {
    match SignableFile::new(contents) {
        Ok(file) => {
            assert!(file.unverified_contents::<T>().unwrap() == *contents);
            true
        }
        Err(_) => false,
    }
}

fn file() -> LicenseFile {
    LicenseFile::new(time("2026-03-01T09:00:00Z"), vec![license(1, 1)])
}

#[test]
fn a_license_file_beyond_its_bounds_is_refused() {
    let with = |change: &dyn Fn(&mut LicenseFile)| {
        let mut file = file();
        change(&mut file);
        both_take(&file)
    };
    assert!(with(&|_| ()));
    assert!(!with(&|file| file.licenses.clear()));
    assert!(with(&|file| file.licenses = vec![license(1, 1); 64]));
    assert!(!with(&|file| file.licenses = vec![license(1, 1); 65]));
    assert!(with(&|file| file.note = Some("x".repeat(4_000))));
    assert!(!with(&|file| file.note = Some("x".repeat(4_001))));
    assert!(!with(&|file| file.note = Some(String::new())));
    assert!(with(&|file| file.licensee = Some(party(&"x".repeat(256)))));
    assert!(!with(&|file| file.licensee = Some(party(&"x".repeat(257)))));
    let contact = || Contact { role: "support".to_owned(), party: party("Acme") };
    assert!(with(&|file| file.contacts = vec![contact(); 16]));
    assert!(!with(&|file| file.contacts = vec![contact(); 17]));
    // {"k":"…"} has eight bytes beside the text.
    let metadata =
        |file: &mut LicenseFile, length: usize| file.metadata.insert("k".to_owned(), "x".repeat(length).into());
    assert!(with(&|file| drop(metadata(file, 10_240 - 8))));
    assert!(!with(&|file| drop(metadata(file, 10_240 - 7))));
}

#[test]
fn no_text_of_a_new_file_has_a_character_of_the_table() {
    let contact = |role: &str, name: &str| Contact { role: role.to_owned(), party: party(name) };
    let names = |name: &str| {
        let names =
            ProductNames { name: "Studio".to_owned(), editions: [(1, name.to_owned())].into(), ..Default::default() };
        PublicNames { products: [(3, names)].into() }
    };
    type Change<'a> = &'a dyn Fn(&mut LicenseFile, &str);
    let changes: [Change<'_>; 7] = [
        &|file, text| file.licensee = Some(party(text)),
        &|file, text| file.licensee = Some(Party { company: Some(text.to_owned()), ..party("Ada") }),
        &|file, text| file.licensee = Some(Party { email: Some(text.to_owned()), ..party("Ada") }),
        &|file, text| file.contacts = vec![contact(text, "Ada")],
        &|file, text| file.contacts = vec![contact("support", text)],
        &|file, text| file.note = Some(text.to_owned()),
        &|file, text| file.names = names(text),
    ];
    let (usual, key) = (file(), key(1));
    let bundle = |name: &str, text: &str| {
        let key = DelegatedKey::active(key.clone(), name.to_owned(), Delegation::unlimited([]));
        let bundle = TrustBundle::new(1, time("2026-03-01T09:00:00Z"), vec![key]);
        bundle.and_then(|mut bundle| {
            bundle.names = names(text);
            bundle.check_new()
        })
    };
    let invisible =
        ('\0'..=char::MAX).filter(|character| is_invisible(*character)).map(|character| character.to_string());
    for text in invisible.chain([" ".to_owned(), "\u{3000}".to_owned()]) {
        let texts = if text.trim().is_empty() { vec![text.clone()] } else { vec![text.clone(), format!("A{text}B")] };
        for (number, change) in changes.iter().enumerate() {
            for text in &texts {
                let mut file = usual.clone();
                change(&mut file, text);
                assert!(file.check_new().is_err(), "{number} {text:?}");
            }
        }
        assert!(bundle(&text, "Pro").is_err() && bundle("desk", &text).is_err(), "{text:?}");
    }
    assert!(bundle("desk", "Pro").is_ok());
    let mut lines = usual.clone();
    lines.licensee = Some(party("A\u{200B}B"));
    assert!(SignableFile::new(&lines).is_err());
    lines.licensee = None;
    lines.note = Some("Thank you.\nAda".to_owned());
    assert!(both_take(&lines));
}

#[test]
fn a_validation_with_a_machine_is_for_that_machine() {
    let machine = |id: &'static [u8]| {
        MachineComponents { machine_id: Some(id), ..MachineComponents::default() }.fingerprint(PRODUCT)
    };
    let validation =
        ValidationFile::new(file(), ValidationFile::USUAL_TIME_TO_LIVE).unwrap().for_machine(machine(b"a"));
    let bytes = signed(&validation, &[1]);
    let now = time("2026-03-01T10:00:00Z");
    let open = |machine| trusting_1(|trust| trust.validation_file(&bytes, now, machine).map(|_| ()));
    let (this, other) = (machine(b"a"), machine(b"b"));
    assert!(open(Some(&this)).is_ok());
    assert_eq!(open(Some(&other)).unwrap_err().code(), "wrong-machine");
    assert_eq!(open(None).unwrap_err().code(), "wrong-machine");
}

#[test]
fn a_validation_expires() {
    use chrono::TimeDelta;
    for no_time in [TimeDelta::zero(), TimeDelta::seconds(-1), TimeDelta::MAX] {
        assert!(ValidationFile::new(file(), no_time).is_err());
    }
    assert!(both_take(&ValidationFile::new(file(), TimeDelta::seconds(1)).unwrap()));
    let beyond_the_year_9999 = ValidationFile::new(file(), TimeDelta::days(8_000 * 366)).unwrap();
    assert!(!both_take(&beyond_the_year_9999));
}

#[test]
fn a_root_set_has_at_least_as_many_keys_as_have_to_sign() {
    let set = |threshold: u8, keys: Vec<_>| {
        both_take(&RootSet::first(time("2026-01-01T00:00:00Z"), threshold.try_into().unwrap(), keys))
    };
    assert!(set(1, vec![key(1)]));
    assert!(set(2, vec![key(1), key(2)]));
    assert!(!set(2, vec![key(1)]));
    assert!(!set(2, vec![key(1), key(1)]), "a key twice");
    assert!(set(16, (1..=16).map(key).collect()));
    assert!(!set(16, (1..=17).map(key).collect()));
}

#[test]
fn a_bundle_of_a_thousand_keys_is_accepted() {
    let keys = |count: u32| -> Vec<DelegatedKey> {
        let key = |number: u32| {
            let mut seed = [0; 32];
            seed[..4].copy_from_slice(&number.to_be_bytes());
            let public = keyward_issuer::SigningKey::from_seed(&seed).verifying_key().to_bytes();
            let key = keyward_issuer::TrustedKey::from_bytes(&public).unwrap();
            DelegatedKey::active(key, format!("key {number}"), Delegation::unlimited([Purpose::Licenses]))
        };
        (0..count).map(key).collect()
    };
    assert!(both_take(&bundle(1, keys(1_000))));
    let error = TrustBundle::new(1, time("2026-01-01T00:00:00Z"), keys(1_001)).unwrap_err();
    assert!(matches!(error, PayloadError::Invalid(_)), "{error}");
    let twice = vec![delegated(1, Delegation::default()), delegated(1, Delegation::default())];
    assert!(TrustBundle::new(1, time("2026-01-01T00:00:00Z"), twice).is_err());
}

/// Licenses are revoked, lifted and changed at random: the list agrees with a plain map, and has sixteen bytes for each.
#[test]
fn a_list_has_the_last_status_of_each_license() {
    let mut table = std::collections::BTreeMap::new();
    let mut list = RevocationList::new(1, time("2026-03-01T00:00:00Z"), time("2026-04-01T00:00:00Z"));
    let statuses: Vec<Option<Status>> = Reason::ALL
        .map(|reason| Some(Status::Revoked(reason)))
        .into_iter()
        .chain([Some(Status::OnHold), None])
        .collect();
    for step in 0..2_000_u32 {
        let mixed = step.wrapping_mul(2_654_435_761);
        let license = LicenseDigest::from_bytes([(mixed >> 24) as u8; 16]);
        match statuses[(mixed >> 8) as usize % statuses.len()] {
            Some(status) => {
                list.set(license, status);
                table.insert(license, status);
            }
            None => {
                list.remove(&license);
                table.remove(&license);
            }
        }
    }
    for byte in 0..=u8::MAX {
        let license = LicenseDigest::from_bytes([byte; 16]);
        assert_eq!(list.status_of(&license), table.get(&license).copied());
    }
    assert_eq!(list.len(), table.len());
    assert_eq!(list.iter().collect::<std::collections::BTreeMap<_, _>>(), table);
    let sections = 9;
    assert_eq!(list.to_bytes().unwrap().len(), 20 + sections * 5 + 16 * table.len());
    assert!(both_take(&list));
}

/// Without this rule, a validation file that is dated a year ahead would be valid for a year.
#[test]
fn a_validation_from_the_future_is_refused() {
    let validation = ValidationFile::new(file(), ValidationFile::USUAL_TIME_TO_LIVE).unwrap();
    let bytes = signed(&validation, &[1]);
    let open = |now| trusting_1(|trust| trust.validation_file(&bytes, time(now), None).map(|_| ()));
    assert!(open("2026-02-28T09:00:00Z").is_ok(), "clocks may differ by a day");
    let error = open("2026-02-28T08:59:59Z").unwrap_err();
    assert_eq!(error.code(), "stale-file", "{error}");
    assert!(trusting_1(|trust| trust.signed_validation_file(&bytes).map(|_| ())).is_ok());
}
