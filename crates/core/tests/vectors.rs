//! Claims of an independent implementation give exactly its texts, and its texts exactly those claims.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use keyward_core::{ActivationRequest, Claims, LicenseKey, Repair};
use keyward_testing::vectors::{Case, is_genuine, sign, signing_key, vectors};

/// The claims by name, as the project writes them.
fn claims(case: &Case) -> Claims {
    serde_json::from_value(case.claims.clone()).unwrap_or_else(|error| panic!("{}: {error}", case.name))
}

#[test]
fn signing_the_claims_gives_exactly_the_texts() {
    let vectors = vectors();
    assert_eq!(vectors.cases.len(), 17);
    for case in &vectors.cases {
        let key = sign(&claims(case));
        assert_eq!(key.to_string(), case.text, "{}", case.name);
        let payload = key.signed_bytes().get(b"keyward/v1/license\0".len() + 3..).unwrap();
        assert_eq!(hex::encode(payload), case.signed_payload, "{}", case.name);
        assert!(case.signed_payload.starts_with(&case.claims_postcard), "{}", case.name);
    }
}

#[test]
fn reading_the_texts_gives_exactly_the_claims() {
    for case in &vectors().cases {
        let key: LicenseKey = case.text.parse().unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert!(is_genuine(&signing_key().verifying_key(), &key), "{}", case.name);
        let read = key.unverified_claims().unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(read, claims(case), "{}", case.name);
        assert_eq!(serde_json::to_value(&read).unwrap(), case.claims, "{}", case.name);
        assert_eq!(key.to_string(), case.text, "{}", case.name);
        assert_eq!(format!("{key:#}").replace('\n', ""), case.text, "{}", case.name);
    }
}

#[test]
fn the_texts_to_be_refused_are_refused_for_the_named_cause() {
    let vectors = vectors();
    assert_eq!(vectors.refused.len(), 18);
    let verifying_key = signing_key().verifying_key();
    for refused in &vectors.refused {
        let cause = match refused.text.parse::<LicenseKey>() {
            Err(error) => error.code(),
            Ok(key) if !is_genuine(&verifying_key, &key) => "bad-signature",
            Ok(key) => key.unverified_claims().map_or_else(|error| error.code(), |_| "accepted"),
        };
        assert_eq!(cause, refused.error, "{}", refused.name);
    }
}

/// `spec/vectors/requests.json`, which the reference in Python reads as well.
#[derive(serde::Deserialize)]
struct Requests {
    requests: Vec<RequestCase>,
    typed: Vec<TypedCase>,
    as_license_keys: Vec<TypedCase>,
}

#[derive(serde::Deserialize)]
struct RequestCase {
    name: String,
    serial: String,
    fingerprint: String,
    text: String,
}

#[derive(serde::Deserialize)]
struct TypedCase {
    name: String,
    text: String,
    error: Option<String>,
    reads_as: Option<String>,
    repaired: Option<Vec<u8>>,
}

fn requests() -> Requests {
    serde_json::from_str(include_str!("../../../spec/vectors/requests.json")).unwrap()
}

#[test]
fn requests_have_exactly_the_texts() {
    let requests = requests().requests;
    assert_eq!(requests.len(), 6);
    for case in requests {
        let request = ActivationRequest::new(case.serial.parse().unwrap(), case.fingerprint.parse().unwrap());
        assert_eq!(request.to_string(), case.text, "{}", case.name);
        assert_eq!(case.text.parse(), Ok(request), "{}", case.name);
    }
}

#[test]
fn typed_requests_are_read_repaired_or_refused() {
    let typed = requests().typed;
    assert!(typed.len() >= 65, "{}", typed.len());
    for case in typed {
        let read = ActivationRequest::from_typed(&case.text);
        let error = read.as_ref().err().map(|error| error.code().to_owned());
        assert_eq!(error, case.error, "{}", case.name);
        assert_eq!(read.as_ref().ok().map(|typed| typed.request.to_string()), case.reads_as, "{}", case.name);
        if let (Ok(typed), Some(repaired)) = (read, case.repaired) {
            assert!(typed.repairs.iter().map(Repair::group).eq(repaired), "{}", case.name);
        }
    }
}

#[test]
fn requests_are_no_license_keys() {
    for case in requests().as_license_keys {
        let error = case.text.parse::<LicenseKey>().unwrap_err();
        assert_eq!(Some(error.code()), case.error.as_deref(), "{}", case.name);
    }
}
