use std::hint::black_box;

use anyhow::{Result, bail};
use ed25519_dalek::{Signer, SigningKey};
use ed25519_dalek_2::VerifyingKey;
use fallow_license::{DEFAULT_HARD_FAIL_DAYS, LicenseClaims, LicenseStatus, current_unix_seconds, verify_jwt};

use crate::encoding::base64url;
use crate::order::{EDITION, FEATURES, Order, SEATS, SERIAL_HEX};
use crate::peer::{About, KeyId, Peer, Signed, Use, public_key, signing_key};
use crate::peers::jwt;

pub struct Fallow {
    signing_key: SigningKey,
    verifying_key: VerifyingKey,
}

impl Fallow {
    pub fn new() -> Result<Fallow> {
        let verifying_key = VerifyingKey::from_bytes(public_key().as_bytes())?;
        Ok(Fallow { signing_key: signing_key(), verifying_key })
    }
}

impl Peer for Fallow {
    fn about(&self) -> About {
        About {
            name: "fallow-license",
            package: Some("fallow-license"),
            how: "the verifier of one product, which has no issuer: a JWT signed by hand, product as issuer, licensee as \
                  subject, edition as tier, first day as iat with its tolerance of a day",
            has: "a watermark as a second stage of grace, and a day from which to fetch a fresh license",
            ours: false,
        }
    }

    fn issue(&self, order: &Order) -> Result<String> {
        let claims = LicenseClaims {
            iss: order.product.name.into(),
            sub: order.licensee.unwrap_or_default().into(),
            tid: String::new(),
            seats: SEATS,
            tier: EDITION.into(),
            features: FEATURES.map(String::from).into(),
            iat: order.opens().timestamp(),
            exp: order.closes().timestamp(),
            jti: SERIAL_HEX.into(),
            refresh_after: None,
        };
        let message = format!("{}.{}", base64url(br#"{"alg":"EdDSA"}"#), base64url(&serde_json::to_vec(&claims)?));
        let signature = self.signing_key.sign(message.as_bytes());
        Ok(format!("{message}.{}", base64url(&signature.to_bytes())))
    }

    fn verify(&self, text: &str) -> Result<Use> {
        let status = verify_jwt(text, &self.verifying_key, current_unix_seconds(), DEFAULT_HARD_FAIL_DAYS)?;
        match black_box(status) {
            LicenseStatus::Valid { .. } => Ok(Use::InForce),
            LicenseStatus::ExpiredWarning { .. } | LicenseStatus::ExpiredWatermark { .. } => Ok(Use::InGrace),
            LicenseStatus::HardFail { .. } | LicenseStatus::Missing => bail!("expired"),
        }
    }

    fn key_id(&self) -> KeyId {
        KeyId::None
    }

    fn signed(&self, text: &str) -> Result<Signed> {
        jwt::signed(text)
    }
}
