//! Files made by attackers who want a license, or want to take one away.

use keyward_issuer::{LicenseDigest, LicenseKey};
use keyward_verifier::files::{
    Contact, Delegation, FileError, FileKind, KeyState, LicenseFile, NotPermitted, PayloadError, Purpose, Reason,
    RevocationList, Status, TimePurpose, TimeStatement, Trust, ValidationFile,
};
use keyward_verifier::{Verifier, VerifyError};
use serde_json::{Value, json};

use crate::common::*;

fn opened(kind: FileKind, payload: &Value) -> Result<(), FileError> {
    let example = examples().into_iter().find(|example| example.kind == kind).unwrap();
    (example.open)(&signed_anyhow(kind.payload_type(), payload.to_string().as_bytes(), &[1, 101, 102, 104]))
}

fn contents(kind: FileKind) -> Value {
    let example = examples().into_iter().find(|example| example.kind == kind).unwrap();
    let envelope = keyward_verifier::files::Envelope::parse(&example.bytes, kind).unwrap();
    serde_json::from_slice(envelope.unverified_payload()).unwrap()
}

const IN_JSON: [FileKind; 5] = [
    FileKind::LicenseFile,
    FileKind::ValidationFile,
    FileKind::RootSet,
    FileKind::TrustBundle,
    FileKind::TimeStatement,
];

#[test]
fn an_unknown_critical_field_is_refused_and_others_are_ignored() {
    for kind in IN_JSON {
        let mut payload = contents(kind);
        payload["of_a_later_day"] = json!({ "any": ["thing", 1] });
        assert!(opened(kind, &payload).is_ok(), "{kind}");
        payload["critical"] = json!(["of_a_later_day"]);
        assert_eq!(opened(kind, &payload).unwrap_err().code(), "needs-newer", "{kind}");
        payload["critical"] = json!(["issued_at"]);
        let is_ok = opened(kind, &payload).is_ok();
        assert!(is_ok || kind == FileKind::ValidationFile, "{kind}: a field that is known may be critical");
        for wrong in [json!("issued_at"), json!([1]), json!({})] {
            payload["critical"] = wrong;
            assert_eq!(opened(kind, &payload).unwrap_err().code(), "malformed", "{kind}");
        }
    }
}

#[test]
fn an_unknown_limit_is_never_ignored() {
    let mut payload = contents(FileKind::TrustBundle);
    payload["keys"][0]["may_sign"]["editions"] = json!([1]);
    let error = opened(FileKind::TrustBundle, &payload).unwrap_err();
    assert!(matches!(error, FileError::Payload { error: PayloadError::NeedsNewer(_), .. }), "{error}");
}

#[test]
fn an_unknown_state_is_never_active() {
    let mut payload = contents(FileKind::TrustBundle);
    payload["keys"][0]["state"] = json!("suspended");
    assert!(opened(FileKind::TrustBundle, &payload).is_err());
}

#[test]
fn json_nested_without_end_is_refused() {
    for kind in IN_JSON {
        let nested = format!("{{\"x\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
        let file = signed_anyhow(kind.payload_type(), nested.as_bytes(), &[1, 101, 102, 104]);
        let example = examples().into_iter().find(|example| example.kind == kind).unwrap();
        assert_eq!((example.open)(&file).unwrap_err().code(), "malformed", "{kind}");
    }
}

#[test]
fn duplicate_fields_and_wrong_types_are_refused() {
    for kind in IN_JSON {
        let payload = contents(kind);
        let twice = payload.to_string().replacen('{', "{\"issued_at\":\"2026-01-01T00:00:00Z\",", 1);
        let file = signed_anyhow(kind.payload_type(), twice.as_bytes(), &[1, 101, 102, 104]);
        let example = examples().into_iter().find(|example| example.kind == kind).unwrap();
        // The time of issue of a validation file is in the license file within it, so that it is an unknown field outside.
        assert_eq!((example.open)(&file).is_err(), kind != FileKind::ValidationFile, "{kind}");
        for name in payload.as_object().unwrap().keys() {
            for wrong in [json!(-1), json!([[]]), json!({ "a": 1 }), json!(true)] {
                let mut payload = payload.clone();
                payload[name] = wrong.clone();
                let is_any_object = name == "metadata" || name == "names";
                assert!(opened(kind, &payload).is_err() || is_any_object, "{kind}: {name} is {wrong}");
            }
        }
    }
}

/// Other forms of a value, which the library that reads JSON accepts and readers in other languages refuse.
#[test]
fn every_value_has_one_form() {
    let machine = || json!("01ABCDEF000000000000000000000000");
    for (kind, place, other) in [
        (FileKind::LicenseFile, "/licensee", json!(["Acme", null, null])),
        (FileKind::LicenseFile, "/contacts/0", json!(["support", "Acme", null, null])),
        (FileKind::LicenseFile, "/names/3", json!(["Acme Studio"])),
        (FileKind::ValidationFile, "/machine", machine()),
        (FileKind::TrustBundle, "/keys/0/state", json!({ "active": null })),
        (FileKind::TrustBundle, "/keys/0/may_sign/kinds", json!([{ "trial": null }])),
        (FileKind::TrustBundle, "/keys/0", json!([hex(&key(9).to_bytes()), "key", "active", [], { "purposes": [] }])),
        (FileKind::TimeStatement, "/purpose", json!(1)),
        (FileKind::TimeStatement, "/state", json!("ABCDEF0000000000")),
    ] {
        let mut payload = contents(kind);
        let (parent, name) = place.rsplit_once('/').unwrap();
        match payload.pointer_mut(parent).unwrap() {
            Value::Object(fields) => drop(fields.insert(name.to_owned(), other.clone())),
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = other.clone(),
            _ => panic!("{place}"),
        }
        assert_eq!(opened(kind, &payload).unwrap_err().code(), "malformed", "{kind}: {place} is {other}");
    }
    let example = examples().into_iter().find(|example| example.kind == FileKind::LicenseFile).unwrap();
    let as_lists = [
        altered(&example.bytes, |json| {
            *json = json!([json["payloadType"], json["payload"], json["signatures"]]);
        }),
        altered(&example.bytes, |json| {
            let signature = json["signatures"][0].clone();
            json["signatures"] = json!([[signature["keyid"], signature["sig"]]]);
        }),
    ];
    for list in as_lists {
        assert_eq!((example.open)(&list).unwrap_err().code(), "malformed");
    }
}

#[test]
fn metadata_may_have_every_fraction_of_a_float_and_every_whole_number_of_64_bits() {
    let kind = FileKind::LicenseFile;
    let example = examples().into_iter().find(|example| example.kind == kind).unwrap();
    let payload = contents(kind).to_string();
    for number in [
        "18446744073709551615",
        "-9223372036854775808",
        "18446744073709551616.0",
        "1.585133682534288648",
        "2.18720e123",
        "1797693134862315708e290",
        "1.1754943508222875e-11",
    ] {
        let with_number = payload.replacen("4711", number, 1);
        assert_ne!(with_number, payload);
        let file = signed_anyhow(kind.payload_type(), with_number.as_bytes(), &[1]);
        assert_eq!((example.open)(&file).err().map(|error| error.to_string()), None, "{number}");
    }
    // Whole numbers that are rounded when they are read, so that another reader may see others.
    for number in ["1e309", "-0", "18446744073709551616", "-9223372036854775809", "4026539236912304436248"] {
        let beyond = payload.replacen("4711", number, 1);
        let file = signed_anyhow(kind.payload_type(), beyond.as_bytes(), &[1]);
        assert_eq!((example.open)(&file).err().map(|error| error.code()), Some("malformed"), "{number}");
    }
}

#[test]
fn duplicate_names_and_invalid_unicode_are_refused() {
    let genuine = contents(FileKind::LicenseFile).to_string();
    let example = examples().into_iter().find(|example| example.kind == FileKind::LicenseFile).unwrap();
    for (field, is_taken) in [
        (r#"{"x":[{"a":1,"b":1}],"#, true),
        (r#"{"x":[{"a":1,"a":1}],"#, false),
        (r#"{"x":1,"x":1,"#, false),
        (r#"{"x":"\ud83d\ude00","#, true),
        (r#"{"x":"\ud83d","#, false),
        (r#"{"x":1e308,"#, true),
        (r#"{"x":1e309,"#, false),
    ] {
        let payload = genuine.replacen('{', field, 1);
        let file = signed_anyhow(FileKind::LicenseFile.payload_type(), payload.as_bytes(), &[1]);
        assert_eq!((example.open)(&file).is_ok(), is_taken, "{field}");
    }
    let envelope = [&b"{\"x\":\"\xff\","[..], &example.bytes[1..]].concat();
    assert_eq!((example.open)(&envelope).unwrap_err().code(), "malformed");
}

/// The value as JSON, in which every character of a string is an escape (RFC 8259, section 7).
fn in_escapes(value: &Value) -> String {
    let string = |text: &str| {
        let escapes: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        format!("\"{escapes}\"")
    };
    match value {
        Value::String(text) => string(text),
        Value::Array(values) => format!("[{}]", values.iter().map(in_escapes).collect::<Vec<_>>().join(",")),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{}:{}", string(name), in_escapes(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

#[test]
fn a_string_with_escapes_is_the_string_that_it_says() {
    for kind in IN_JSON {
        let example = examples().into_iter().find(|example| example.kind == kind).unwrap();
        let open = |payload: &Value| {
            (example.open)(&signed_anyhow(kind.payload_type(), in_escapes(payload).as_bytes(), &[1, 101, 102, 104]))
        };
        let genuine = contents(kind);
        assert_eq!(open(&genuine), Ok(()), "{kind}");
        let mut critical = genuine.clone();
        critical["critical"] = json!(["of_a_later_day"]);
        assert_eq!(open(&critical).unwrap_err().code(), "needs-newer", "{kind}");
        // Public names have numbers as names.
        for at in ["/names", "/names/3/editions", "/names/3/features", "/names/3/limits", "/file/names"] {
            for wrong in ["03", "+3", "-3", "3 ", "", "x", "4294967296", "\u{0663}"] {
                let mut payload = genuine.clone();
                let Some(Value::Object(names)) = payload.pointer_mut(at) else { continue };
                let (_, value) = names.iter().next().map(|(name, value)| (name.clone(), value.clone())).unwrap();
                names.insert(wrong.to_owned(), value);
                assert_eq!(open(&payload).unwrap_err().code(), "malformed", "{kind} {at} {wrong}");
                assert_eq!(opened(kind, &payload).unwrap_err().code(), "malformed", "{kind} {at} {wrong}");
            }
        }
    }
}

#[test]
fn no_message_repeats_a_misplaced_license_key() {
    let key = license(1, 1).to_string();
    let wrong = [json!(key), json!([key]), json!({ key.clone(): 1 }), json!([{ "name": [key] }])];
    let mut refused = 0;
    let mut check = |result: Result<(), FileError>| {
        let Err(error) = result else { return };
        refused += 1;
        for said in [error.to_string(), format!("{error:?}")] {
            assert!(!said.contains(&key[..17]), "{said}");
        }
    };
    for kind in IN_JSON {
        let payload = contents(kind);
        for name in payload.as_object().unwrap().keys() {
            for wrong in &wrong {
                let mut payload = payload.clone();
                payload[name] = wrong.clone();
                check(opened(kind, &payload));
            }
        }
        let mut payload = payload.to_string();
        payload.insert_str(1, &format!("\"{key}\":1,\"{key}\":2,"));
        let example = examples().into_iter().find(|example| example.kind == kind).unwrap();
        check((example.open)(&signed_anyhow(kind.payload_type(), payload.as_bytes(), &[1, 101, 102, 104])));
        for name in ["payload", "signatures"] {
            for wrong in &wrong {
                check((example.open)(&altered(&example.bytes, |json| json[name] = wrong.clone())));
            }
        }
    }
    assert!(refused > 80, "{refused}");
}

#[test]
fn critical_fields_of_a_validation_file_are_critical() {
    let mut payload = contents(FileKind::ValidationFile);
    payload["file"]["critical"] = json!(["note"]);
    assert!(opened(FileKind::ValidationFile, &payload).is_ok());
    payload["file"]["critical"] = json!(["of_a_later_day"]);
    assert_eq!(opened(FileKind::ValidationFile, &payload).unwrap_err().code(), "needs-newer");
}

#[test]
fn the_name_of_a_state_has_one_form() {
    let mut payload = contents(FileKind::TimeStatement);
    for (name, is_good) in [("abababababababab", true), ("ABABABABABABABAB", false), ("ab", false)] {
        payload["state"] = json!(name);
        assert_eq!(opened(FileKind::TimeStatement, &payload).is_ok(), is_good, "{name}");
    }
}

#[test]
fn a_time_has_one_form() {
    for kind in [FileKind::LicenseFile, FileKind::TrustBundle, FileKind::TimeStatement] {
        let mut payload = contents(kind);
        for wrong in [
            "2026-01-01T00:00:00+00:00",
            "2026-01-01t00:00:00Z",
            "2026-01-01T00:00:00.5Z",
            "2026-01-01",
            "2026-06-30T23:59:60Z",
            "2026-02-30T00:00:00Z",
            "+12026-01-01T00:00:00Z",
        ] {
            payload["issued_at"] = json!(wrong);
            assert_eq!(opened(kind, &payload).unwrap_err().code(), "malformed", "{kind}: {wrong}");
        }
    }
}

#[test]
fn deceptive_text_is_refused() {
    for character in ['\u{202e}', '\u{1b}', '\u{0}', '\u{feff}', '\r'] {
        let mut payload = contents(FileKind::LicenseFile);
        for place in ["/licensee/name", "/contacts/0/role", "/note", "/contacts/0/email"] {
            let genuine = payload.pointer(place).unwrap().clone();
            *payload.pointer_mut(place).unwrap() = json!(format!("Acme{character}"));
            assert!(opened(FileKind::LicenseFile, &payload).is_err(), "{character:?} in {place}");
            *payload.pointer_mut(place).unwrap() = genuine;
        }
        let mut payload = contents(FileKind::TrustBundle);
        payload["keys"][0]["name"] = json!(format!("pipeline{character}"));
        assert!(opened(FileKind::TrustBundle, &payload).is_err(), "{character:?}");
    }
}

/// The chain of trust begins in the product: roots in a bundle are an unknown field.
#[test]
fn a_bundle_has_no_roots_of_its_own() {
    let mut payload = contents(FileKind::TrustBundle);
    payload["roots"] = json!([hex(&key(66).to_bytes())]);
    let file = signed_anyhow(FileKind::TrustBundle.payload_type(), payload.to_string().as_bytes(), &[66, 67]);
    assert_eq!(roots().trust_bundle(&file).unwrap_err().code(), "untrusted-bundle");
}

#[test]
fn a_signing_key_signs_no_bundle_and_a_root_no_license() {
    let forged = bundle(2, vec![delegated(66, Delegation::default())]);
    for signers in [&[1, 2][..], &[1, 101], &[101], &[101, 101]] {
        assert_eq!(roots().trust_bundle(&signed(&forged, signers)).unwrap_err().code(), "untrusted-bundle");
    }
    let file = LicenseFile::new(time("2026-03-01T09:00:00Z"), vec![license(101, 1)]);
    trusting_1(|trust| assert_eq!(trust.license_file(&signed(&file, &[101])).unwrap_err().code(), "unknown-key"));
}

#[test]
fn a_key_signs_only_for_its_purposes() {
    for purpose in Purpose::ALL {
        let mut only = delegated(1, Delegation::default());
        only.may_sign.purposes = vec![purpose];
        let carried = signed(&bundle(1, vec![only]), &[101, 102]);
        let bundle = roots().trust_bundle(&carried).unwrap();
        let trust = Trust::Bundle(&bundle);
        let file = LicenseFile::new(time("2026-03-01T09:00:00Z"), vec![license(1, 1)]);
        let validation = ValidationFile::new(file.clone(), ValidationFile::USUAL_TIME_TO_LIVE).unwrap();
        let list = RevocationList::new(1, time("2026-03-01T00:00:00Z"), time("2026-04-01T00:00:00Z"));
        let statement = TimeStatement::new(time("2099-03-01T09:00:00Z"), TimePurpose::Evidence);
        let opened = [
            (Purpose::LicenseFiles, trust.license_file(&signed(&file, &[1])).map(|_| ())),
            (Purpose::ValidationFiles, trust.signed_validation_file(&signed(&validation, &[1])).map(|_| ())),
            (Purpose::Revocations, trust.revocation_list(&signed(&list, &[1])).map(|_| ())),
            (Purpose::Time, trust.time_statement(&signed(&statement, &[1])).map(|_| ())),
        ];
        for (asked, result) in opened {
            // A license file needs a key that may also sign the licenses in it.
            let expected = asked == purpose && asked != Purpose::LicenseFiles;
            assert_eq!(result.is_ok(), expected, "{asked} of a key for {purpose}: {result:?}");
            assert!(expected || result.unwrap_err().code() == "not-permitted");
        }
        let license = keyward_verifier::Verifier::with_bundle(&bundle, PRODUCT).verify_key(license(1, 1));
        assert_eq!(license.is_ok(), purpose == Purpose::Licenses);
    }
}

/// The key of a server that answers products: its thief says that licenses are in order, and makes none.
#[test]
fn a_key_for_answers_validates_licenses_of_others_and_says_nothing_else() {
    let products = Some(vec![PRODUCT]);
    let mut answers = delegated(2, Delegation { products, max_seats: 1.try_into().ok(), ..Delegation::default() });
    answers.may_sign.purposes = vec![Purpose::ValidationFiles, Purpose::Revocations, Purpose::Time];
    let carried = signed(&bundle(1, vec![delegated(1, Delegation::default()), answers]), &[101, 102]);
    let bundle = roots().trust_bundle(&carried).unwrap();
    let trust = Trust::Bundle(&bundle);
    let opened = |file: &LicenseFile, signers: &[u8]| {
        let validation = ValidationFile::new(file.clone(), ValidationFile::USUAL_TIME_TO_LIVE).unwrap();
        trust.signed_validation_file(&signed(&validation, signers))
    };
    let mut plain = LicenseFile::new(time("2026-03-01T09:00:00Z"), vec![license(1, 1)]);
    plain.names = names();
    assert_eq!(opened(&plain, &[2]).unwrap().signed_by(), [key(2).id()]);
    // It signs no license file, no license and no bundle. The license has more seats than its limit too: the purpose is what
    // refuses both.
    let refused = trust.license_file(&signed(&plain, &[2])).unwrap_err();
    let why = NotPermitted::Purpose(Purpose::LicenseFiles);
    assert!(matches!(refused, FileError::NotPermitted { why: found, .. } if found == why), "{refused:?}");
    let verifier = Verifier::with_bundle(&bundle, PRODUCT);
    let is_no_license = |key: &LicenseKey| {
        let refused = verifier.verify_key(key.clone()).unwrap_err();
        let why = NotPermitted::Purpose(Purpose::Licenses);
        assert!(matches!(refused, VerifyError::NotPermitted { why: found, .. } if found == why), "{refused:?}");
    };
    is_no_license(&license(2, 1));
    let widened = self::bundle(2, vec![delegated(2, Delegation::default())]);
    assert_eq!(roots().trust_bundle(&signed(&widened, &[2])).unwrap_err().code(), "untrusted-bundle");
    // A license of its own that it validates opens with the file, and is refused by itself.
    let own = opened(&LicenseFile::new(time("2026-03-01T09:00:00Z"), vec![license(2, 1)]), &[2]).unwrap();
    own.file.licenses.iter().for_each(is_no_license);
    // The file carries nothing of the customer, of which another licensee could be made.
    let example = contents(FileKind::ValidationFile);
    for (field, cause) in
        [("licensee", "a licensee"), ("contacts", "contacts"), ("metadata", "metadata"), ("note", "a note")]
    {
        let mut payload = serde_json::to_value(&plain).unwrap();
        payload[field] = example["file"][field].clone();
        let file: LicenseFile = serde_json::from_value(payload).unwrap();
        let refusal = opened(&file, &[2]).unwrap_err();
        assert_eq!(refusal.code(), "not-permitted", "{field}");
        assert!(refusal.to_string().ends_with(&format!("carry licenses alone, and this has {cause}")), "{refusal}");
        // A key that signs license files may do so, and its signature counts alone.
        assert_eq!(opened(&file, &[1, 2]).unwrap().signed_by(), [key(1).id()], "{field}");
    }
}

#[test]
fn a_compromised_key_signs_no_file_at_all() {
    let mut stolen = delegated(1, Delegation::default());
    stolen.state = KeyState::Compromised { allowed: vec![LicenseDigest::of(&license(1, 1))] };
    let carried = signed(&bundle(2, vec![stolen, delegated(2, Delegation::default())]), &[101, 102]);
    let bundle = roots().trust_bundle(&carried).unwrap();
    let trust = Trust::Bundle(&bundle);
    let list = RevocationList::new(9, time("2026-03-01T00:00:00Z"), time("2026-04-01T00:00:00Z"));
    assert_eq!(trust.revocation_list(&signed(&list, &[1])).unwrap_err().code(), "not-permitted");
    // If another key has signed too, its signature counts.
    let opened = trust.revocation_list(&signed(&list, &[1, 2])).unwrap();
    assert_eq!(opened.signed_by(), [key(2).id()]);
}

/// The vendor delivered licenses in files. Then the key was stolen, and the thief makes files of them.
#[test]
fn a_file_of_a_compromised_key_brings_its_allowed_licenses_and_says_nothing_else() {
    let (allowed, other) = (license(1, 1), license(1, 2));
    let bundle = |purposes: &[Purpose]| {
        let mut stolen = delegated(1, Delegation::default());
        stolen.may_sign = Delegation::unlimited(purposes.iter().copied());
        stolen.state = KeyState::Compromised { allowed: vec![LicenseDigest::of(&allowed)] };
        roots()
            .trust_bundle(&signed(&bundle(2, vec![stolen, delegated(2, Delegation::default())]), &[101, 102]))
            .unwrap()
    };
    let all = bundle(&Purpose::ALL);
    let file = |licenses: &[&LicenseKey]| {
        let mut file = LicenseFile::new(time("2026-03-01T09:00:00Z"), licenses.iter().copied().cloned().collect());
        file.licensee = Some(party("A Thief"));
        file.contacts = vec![Contact { role: "support".to_owned(), party: party("A Thief") }];
        file.metadata = LicenseFile::metadata_from_json(r#"{"call": "us"}"#).unwrap();
        file.note = Some("Your bank account changed".to_owned());
        file
    };
    let trust = Trust::Bundle(&all);
    let opened = trust.license_file(&signed(&file(&[&allowed, &other]), &[1])).unwrap();
    assert_eq!(*opened, LicenseFile::new(time("2026-03-01T09:00:00Z"), vec![allowed.clone(), other.clone()]));
    assert_eq!((opened.signed_by(), opened.evidence_of_time()), (&[key(1).id()][..], None));
    let verifier = Verifier::with_bundle(&all, PRODUCT);
    let verified = opened.licenses.iter().map(|key| verifier.verify_key(key.clone()).map_err(|error| error.code()));
    assert_eq!(verified.map(|license| license.err()).collect::<Vec<_>>(), [None, Some("not-permitted")]);
    // A key that is still trusted has signed it too: then all that it says counts.
    assert_eq!(*trust.license_file(&signed(&file(&[&allowed]), &[1, 2])).unwrap(), file(&[&allowed]));

    assert_eq!(trust.license_file(&signed(&file(&[&other]), &[1])).unwrap_err().code(), "not-permitted");
    let licenses_alone = bundle(&[Purpose::Licenses]);
    let refused = Trust::Bundle(&licenses_alone).license_file(&signed(&file(&[&allowed]), &[1])).unwrap_err();
    assert_eq!(refused.code(), "not-permitted");
}

/// The holder of a key for trials puts a genuine paid license of another account into a file with their own name.
#[test]
fn a_limited_key_signs_no_file_with_a_paid_license() {
    let trials = Delegation { kinds: Some(vec![keyward_verifier::Kind::Trial]), ..Delegation::default() };
    let carried = signed(&bundle(1, vec![delegated(1, Delegation::default()), delegated(2, trials)]), &[101, 102]);
    let bundle = roots().trust_bundle(&carried).unwrap();
    let mut file = LicenseFile::new(time("2026-03-01T09:00:00Z"), vec![license(1, 1)]);
    file.licensee = Some(party("A Thief"));
    let error = Trust::Bundle(&bundle).license_file(&signed(&file, &[2])).unwrap_err();
    assert_eq!(error.code(), "not-permitted", "{error}");
}

#[test]
fn a_list_out_of_order_or_with_wrong_counts_is_refused() {
    let header = |sequence: u32, issued: i64, next: i64| {
        [&sequence.to_be_bytes()[..], &issued.to_be_bytes(), &next.to_be_bytes()].concat()
    };
    let (low, high) = ([1; 16], [2; 16]);
    let section = |status: u8, count: u32, digests: &[[u8; 16]]| {
        [&[status][..], &count.to_be_bytes(), &digests.concat()].concat()
    };
    let good = header(1, 0, 1);
    for (payload, code) in [
        ([&good[..], &section(1, 2, &[low, high])].concat(), None),
        ([&good[..], &section(1, 1, &[low]), &section(64, 1, &[high])].concat(), None),
        ([&good[..], &section(200, 1, &[low])].concat(), None),
        ([&good[..], &section(63, 1, &[low])].concat(), None),
        ([&good[..], &section(63, 2, &[high, low])].concat(), Some("malformed")),
        ([&good[..], &section(65, 1, &[low])].concat(), Some("needs-newer")),
        ([&good[..], &section(1, 2, &[high, low])].concat(), Some("malformed")),
        ([&good[..], &section(1, 2, &[low, low])].concat(), Some("malformed")),
        ([&good[..], &section(1, 0, &[])].concat(), Some("malformed")),
        ([&good[..], &section(1, 3, &[low, high])].concat(), Some("malformed")),
        ([&good[..], &section(1, u32::MAX, &[low, high])].concat(), Some("malformed")),
        ([&good[..], &section(2, 1, &[low]), &section(1, 1, &[high])].concat(), Some("malformed")),
        ([&good[..], &section(1, 1, &[low]), &section(1, 1, &[high])].concat(), Some("malformed")),
        ([&good[..], &section(1, 1, &[low]), &[0]].concat(), Some("malformed")),
        (header(0, 0, 1), Some("malformed")),
        (header(1, 1, 0), Some("malformed")),
        (header(1, i64::MIN, i64::MAX), Some("malformed")),
        (header(1, -62_167_219_200, 253_402_300_799), None),
        (header(1, -62_167_219_201, 0), Some("malformed")),
        (header(1, 0, 253_402_300_800), Some("malformed")),
        (Vec::new(), Some("malformed")),
    ] {
        let file = signed_anyhow(FileKind::RevocationList.payload_type(), &payload, &[1]);
        let result = trusting_1(|trust| trust.revocation_list(&file).map(|_| ()));
        assert_eq!(result.as_ref().err().map(FileError::code), code, "{payload:?}: {result:?}");
    }
}

/// If a license is in two sections, the first counts: the revocation.
#[test]
fn a_license_that_is_revoked_and_on_hold_is_revoked() {
    let digest = [7; 16];
    let mut payload = [&1_u32.to_be_bytes()[..], &0_i64.to_be_bytes(), &1_i64.to_be_bytes()].concat();
    for status in [1_u8, 64] {
        payload.extend([&[status][..], &1_u32.to_be_bytes(), &digest].concat());
    }
    let file = signed_anyhow(FileKind::RevocationList.payload_type(), &payload, &[1]);
    let list = trusting_1(|trust| trust.revocation_list(&file)).unwrap();
    assert_eq!(list.status_of(&LicenseDigest::from_bytes(digest)), Some(Status::Revoked(Reason::Leaked)));
}

/// A product that was shipped once reads the lists of the next ten years, with reasons that were added later.
#[test]
fn an_unknown_reason_revokes_too() {
    let mut payload = [&1_u32.to_be_bytes()[..], &0_i64.to_be_bytes(), &1_i64.to_be_bytes()].concat();
    for (status, digests) in
        [(0_u8, [[2; 16], [5; 16]]), (1, [[3; 16], [4; 16]]), (8, [[1; 16], [6; 16]]), (63, [[5; 16], [7; 16]])]
    {
        payload.extend([&[status][..], &2_u32.to_be_bytes(), &digests.concat()].concat());
    }
    let file = signed_anyhow(FileKind::RevocationList.payload_type(), &payload, &[1]);
    let list = trusting_1(|trust| trust.revocation_list(&file)).unwrap();
    for byte in 1..=7 {
        let reason = if matches!(byte, 3 | 4) { Reason::Leaked } else { Reason::Unspecified };
        assert_eq!(list.status_of(&LicenseDigest::from_bytes([byte; 16])), Some(Status::Revoked(reason)), "{byte}");
    }
    assert_eq!(list.len(), 7);
    // An unknown reason is written again as unspecified.
    let again = trusting_1(|trust| trust.revocation_list(&signed(&*list, &[1]))).unwrap();
    assert_eq!(*again, *list);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
