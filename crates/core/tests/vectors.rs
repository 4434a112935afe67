//! Claims of an independent implementation give exactly its texts, and its texts exactly those claims.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use keyward_core::{Claims, LicenseKey};
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
