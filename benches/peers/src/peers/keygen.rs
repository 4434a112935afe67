use std::hint::black_box;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use ed25519_dalek::{Signer, SigningKey};
use keygen_rs::config::KeygenConfig;
use keygen_rs::license::SchemeCode;
use serde_json::Value;

use crate::encoding::{from_base64url, signature};
use crate::order::Order;
use crate::peer::{About, KeyId, Peer, Signed, Use, public_key, signing_key};

pub struct Keygen {
    signing_key: SigningKey,
    config: KeygenConfig,
}

impl Keygen {
    pub fn new() -> Keygen {
        let public_key = Some(hex::encode(public_key().as_bytes()));
        Keygen { signing_key: signing_key(), config: KeygenConfig { public_key, ..KeygenConfig::default() } }
    }
}

impl Peer for Keygen {
    fn about(&self) -> About {
        About {
            name: "Keygen, signed key",
            package: Some("keygen-rs"),
            how: "scheme ED25519_SIGN; the service issues, so the key is made by hand after its documentation, with our \
                  JSON as data; keygen-rs verifies",
            has: "a service behind it: activation, machines, entitlements, license files that are encrypted",
            ours: false,
        }
    }

    fn issue(&self, order: &Order) -> Result<String> {
        let message = format!("key/{}", URL_SAFE.encode(order.json()));
        let signature = self.signing_key.sign(message.as_bytes());
        Ok(format!("{message}.{}", URL_SAFE.encode(signature.to_bytes())))
    }

    fn verify(&self, text: &str) -> Result<Use> {
        let data = keygen_rs::verify_with_config(&self.config, SchemeCode::Ed25519Sign, text)?;
        black_box(serde_json::from_slice::<Value>(&data)?);
        Ok(Use::InForce)
    }

    fn key_id(&self) -> KeyId {
        KeyId::None
    }

    fn signed(&self, text: &str) -> Result<Signed> {
        let (message, after) = text.rsplit_once('.').context("no dot")?;
        Ok(Signed { message: message.into(), signature: signature(&from_base64url(after)?)? })
    }
}
