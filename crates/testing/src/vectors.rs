//! License keys of an independent implementation, in `spec/vectors/license-keys.json`.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use keyward_core::{Claims, KeyId, LicenseKey, UnsignedKey};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Vectors {
    pub signing_key_seed: String,
    pub verifying_key: String,
    pub key_id: String,
    pub cases: Vec<Case>,
    pub refused: Vec<Refused>,
}

#[derive(Deserialize)]
pub struct Case {
    pub name: String,
    pub claims: serde_json::Value,
    pub claims_postcard: String,
    pub signed_payload: String,
    pub text: String,
    pub license_digest: String,
}

#[derive(Deserialize)]
pub struct Refused {
    pub name: String,
    pub error: String,
    pub text: String,
}

pub fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../spec/vectors/license-keys.json")).expect("the vectors are JSON")
}

pub fn signing_key() -> SigningKey {
    let mut seed = [0; 32];
    hex::decode_to_slice(vectors().signing_key_seed, &mut seed).unwrap();
    SigningKey::from_bytes(&seed)
}

pub fn key_id() -> KeyId {
    let mut id = [0; 8];
    hex::decode_to_slice(vectors().key_id, &mut id).unwrap();
    KeyId::from_bytes(id)
}

pub fn sign(claims: &Claims) -> LicenseKey {
    let unsigned = UnsignedKey::new(claims, key_id().hint());
    let signature = signing_key().sign(unsigned.signed_bytes());
    unsigned.with_signature(&signature.to_bytes())
}

pub fn is_genuine(verifying_key: &VerifyingKey, key: &LicenseKey) -> bool {
    verifying_key.verify_strict(key.signed_bytes(), &Signature::from_bytes(key.signature())).is_ok()
}
