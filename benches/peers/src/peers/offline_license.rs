use std::hint::black_box;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use offline_license_validator::{LicensePayload, LicenseValidator};
use serde_json::json;

use crate::encoding::{from_base64, signature};
use crate::order::{EDITION, Order, SERIAL_HEX};
use crate::peer::{About, KeyId, Peer, Signed, Use, public_key, signing_key};

/// Every license of this format is bound to some hardware.
const HARDWARE: &str = "any";

pub struct OfflineLicense {
    signing_key: SigningKey,
    validator: LicenseValidator,
}

impl OfflineLicense {
    pub fn new() -> Result<OfflineLicense> {
        let validator = LicenseValidator::new(&hex::encode(public_key().as_bytes()))?;
        Ok(OfflineLicense { signing_key: signing_key(), validator })
    }
}

impl Peer for OfflineLicense {
    fn about(&self) -> About {
        About {
            name: "offline-license-validator",
            package: Some("offline-license-validator"),
            how: "a verifier without an issuer: signed by hand after its documentation, edition as type, the rest as \
                  metadata, and a hardware id that is always the same",
            has: "a place on disk where it keeps the license, metadata of any shape",
            ours: false,
        }
    }

    fn issue(&self, order: &Order) -> Result<String> {
        let mut metadata = order.words();
        metadata.remove("edition");
        metadata.insert("product".into(), json!(order.product.name));
        metadata.insert("serial".into(), json!(SERIAL_HEX));
        let payload = serde_json::to_vec(&LicensePayload {
            hwid: HARDWARE.into(),
            issued_at: order.opens(),
            expires_at: order.closes(),
            license_type: EDITION.into(),
            metadata: Some(metadata.into()),
        })?;
        let signature = self.signing_key.sign(&payload);
        Ok(format!("{}.{}", STANDARD.encode(payload), STANDARD.encode(signature.to_bytes())))
    }

    fn verify(&self, text: &str) -> Result<Use> {
        black_box(self.validator.validate(text, HARDWARE)?);
        Ok(Use::InForce)
    }

    fn key_id(&self) -> KeyId {
        KeyId::None
    }

    fn signed(&self, text: &str) -> Result<Signed> {
        let (payload, after) = text.split_once('.').context("no dot")?;
        Ok(Signed { message: from_base64(payload)?, signature: signature(&from_base64(after)?)? })
    }
}
