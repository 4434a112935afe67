use std::hint::black_box;

use anyhow::{Result, ensure};
use rust_license_key::builder::LicenseBuilder;
use rust_license_key::crypto::{KeyPair, PublicKey};
use rust_license_key::models::{SignedLicense, ValidationContext};
use rust_license_key::validator::LicenseValidator;
use serde_json::json;

use crate::encoding::{from_base64, signature};
use crate::order::{EDITION, FEATURES, Order, SEATS, SERIAL_HEX};
use crate::peer::{About, KeyId, Peer, SEED, Signed, Use, public_key};

pub struct RustLicenseKey {
    keys: KeyPair,
    validator: LicenseValidator,
}

impl RustLicenseKey {
    pub fn new() -> Result<RustLicenseKey> {
        let public = PublicKey::from_bytes(public_key().as_bytes())?;
        Ok(RustLicenseKey { keys: KeyPair::from_private_key_bytes(&SEED)?, validator: LicenseValidator::new(public) })
    }
}

impl Peer for RustLicenseKey {
    fn about(&self) -> About {
        About {
            name: "rust-license-key",
            package: Some("rust-license-key"),
            how: "licensee as customer, features as allowed features, seats as maximum of connections, product and edition as \
                  metadata; JSON with line breaks, as its own method writes it",
            has: "host names, ranges of versions and denied features as constraints, metadata of any shape",
            ours: false,
        }
    }

    fn issue(&self, order: &Order) -> Result<String> {
        let license = LicenseBuilder::new()
            .license_id(SERIAL_HEX)
            .customer_id(order.licensee.unwrap_or("-"))
            .issued_at(order.opens())
            .valid_from(order.opens())
            .expires_at(order.closes())
            .allowed_features(FEATURES)
            .max_connections(SEATS)
            .metadata("product", json!(order.product.name))
            .metadata("edition", json!(EDITION));
        Ok(license.build_and_sign_to_json(&self.keys)?)
    }

    fn verify(&self, text: &str) -> Result<Use> {
        let context = ValidationContext::new();
        let result = black_box(self.validator.validate_json(text, &context)?);
        ensure!(result.is_valid, "refused");
        Ok(Use::InForce)
    }

    fn key_id(&self) -> KeyId {
        KeyId::None
    }

    fn signed(&self, text: &str) -> Result<Signed> {
        let license = SignedLicense::from_json(text)?;
        let signature = signature(&from_base64(&license.encoded_signature)?)?;
        Ok(Signed { message: license.encoded_payload.into_bytes(), signature })
    }
}
