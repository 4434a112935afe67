//! What the cases are made of: keys whose seeds are published, envelopes as any tool makes them, and a file of questions.

use base64ct::{Base64, Encoding};
use keyward_issuer::signature::Signer;
use keyward_issuer::{Claims, Issuer, LicenseDigest, LicenseKey, SigningKey};
use serde_json::{Map, Value, json};

use keyward_testing::file_answers::answer;

/// A key pair of the vectors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pair {
    /// That of `license-keys.json`.
    Vendor,
    /// 32 times that byte.
    Seed(u8),
}

pub const VENDOR: Pair = Pair::Vendor;
pub const SECOND: Pair = Pair::Seed(1);
pub const STRANGER: Pair = Pair::Seed(66);
pub const ROOTS: [Pair; 3] = [Pair::Seed(101), Pair::Seed(102), Pair::Seed(103)];

impl Pair {
    pub const ALL: [(&'static str, Pair); 9] = [
        ("vendor", VENDOR),
        ("second", SECOND),
        ("third", Pair::Seed(2)),
        ("stranger", STRANGER),
        ("root 1", ROOTS[0]),
        ("root 2", ROOTS[1]),
        ("root 3", ROOTS[2]),
        ("root 4", Pair::Seed(104)),
        ("root 5", Pair::Seed(105)),
    ];

    pub fn seed(self) -> [u8; 32] {
        match self {
            Pair::Vendor => std::array::from_fn(|index| u8::try_from(index).unwrap()),
            Pair::Seed(byte) => [byte; 32],
        }
    }

    pub fn signing_key(self) -> SigningKey {
        SigningKey::from_seed(&self.seed())
    }

    pub fn public(self) -> String {
        hex::encode(self.signing_key().verifying_key().to_bytes())
    }

    pub fn id(self) -> String {
        Issuer::with_key(self.signing_key()).verifying_key().id().to_string()
    }

    /// The license with these claims, and those of a license of 2026 where they say nothing.
    pub fn license(self, claims: Value) -> LicenseKey {
        let mut all = json!({
            "serial": "0102030405060708", "product": 3, "edition": 2, "seats": 25, "features": [0, 1, 2],
            "valid_from": "2026-01-01", "valid_through": "2026-12-31",
        });
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        let claims: Claims = serde_json::from_value(all).unwrap();
        Issuer::with_key(self.signing_key()).sign(&claims).unwrap()
    }
}

pub fn digest(key: &LicenseKey) -> String {
    LicenseDigest::of(key).to_string()
}

pub fn payload_type(kind: &str) -> String {
    let suffix = if kind == "revocation-list" { "" } else { "+json" };
    format!("application/vnd.keyward.{kind}.v1{suffix}")
}

/// DSSE's pre-authentication encoding, made here once more from its description.
pub fn signed_bytes(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

pub fn signature(signer: Pair, message: &[u8]) -> [u8; 64] {
    signer.signing_key().sign(message).to_bytes()
}

pub fn json_signature(signer: Pair, signature: &[u8]) -> Value {
    json!({ "keyid": signer.public(), "sig": Base64::encode_string(signature) })
}

/// The envelope of any bytes, signed by these.
pub fn envelope(kind: &str, payload: impl AsRef<[u8]>, signers: &[Pair]) -> Value {
    let (payload_type, payload) = (payload_type(kind), payload.as_ref());
    let message = signed_bytes(&payload_type, payload);
    let signatures: Vec<_> = signers.iter().map(|pair| json_signature(*pair, &signature(*pair, &message))).collect();
    json!({ "payloadType": payload_type, "payload": Base64::encode_string(payload), "signatures": signatures })
}

/// A file of that kind and payload.
pub fn file(kind: &str, payload: impl AsRef<[u8]>, signers: &[Pair]) -> Value {
    envelope(kind, payload, signers).to_string().into()
}

/// A list as bytes: its head and its sections.
pub fn list(sequence: u32, sections: &[(u8, &[[u8; 16]])]) -> Vec<u8> {
    // 2026-03-01 and 2026-04-01.
    let mut bytes = list_head(sequence, 1_772_323_200, 1_775_001_600);
    for (status, digests) in sections {
        bytes.push(*status);
        bytes.extend(u32::try_from(digests.len()).unwrap().to_be_bytes());
        bytes.extend(digests.concat());
    }
    bytes
}

pub fn list_head(sequence: u32, issued_at: i64, next_update: i64) -> Vec<u8> {
    [&sequence.to_be_bytes()[..], &issued_at.to_be_bytes(), &next_update.to_be_bytes()].concat()
}

/// The questions with their answers, in lists.
pub struct Vectors(pub Map<String, Value>);

impl Vectors {
    /// Adds a case. What is expected was decided by who wrote the case, and is compared with what is found.
    pub fn add(&mut self, list: &str, name: &str, question: Value, expected: Value) {
        let mut case = json!({ "name": name });
        let fields = case.as_object_mut().unwrap();
        fields.extend(question.as_object().unwrap().clone());
        let found = answer(list, &question, &Value::Object(self.0.clone()));
        for (field, expected) in expected.as_object().unwrap() {
            assert_eq!(found[field], *expected, "{list}: {name}: {field}");
        }
        fields.extend(found);
        self.0[list].as_array_mut().unwrap().push(case);
    }

    /// Files of a kind, each refused with that code or opened, by products that trust the vendor's key alone.
    pub fn opened_by_vendor(&mut self, kind: &str, name: &str, file: Value, error: Option<&str>) {
        let question = json!({ "kind": kind, "file": file, "trusted_keys": [VENDOR.public()] });
        self.add("files", name, question, json!({ "error": error }));
    }
}

/// A payload with something done to it.
pub fn with(payload: &Value, change: impl FnOnce(&mut Value)) -> String {
    let mut payload = payload.clone();
    change(&mut payload);
    payload.to_string()
}
