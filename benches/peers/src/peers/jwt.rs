use std::hint::black_box;

use anyhow::{Context, Result};
use ed25519_dalek::pkcs8::EncodePrivateKey;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};

use crate::encoding::{from_base64url, signature};
use crate::order::{Order, PRODUCT, SERIAL_HEX};
use crate::peer::{About, KeyId, Peer, Signed, Use, public_key, signing_key};

pub struct Jwt {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl Jwt {
    pub fn new() -> Result<Jwt> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[PRODUCT.name]);
        validation.validate_nbf = true;
        validation.leeway = 0;
        Ok(Jwt {
            encoding: EncodingKey::from_ed_der(signing_key().to_pkcs8_der()?.as_bytes()),
            decoding: DecodingKey::from_ed_der(public_key().as_bytes()),
            validation,
        })
    }
}

impl Peer for Jwt {
    fn about(&self) -> About {
        About {
            name: "JWT, EdDSA",
            package: Some("jsonwebtoken"),
            how: "aud, nbf, exp and jti for product, dates and serial, the rest as claims of our own; aud and nbf are asked \
                  for, and its minute of leeway is set to none",
            has: "an ecosystem: RFCs, key sets, tools and libraries for every language",
            ours: false,
        }
    }

    fn issue(&self, order: &Order) -> Result<String> {
        let mut claims = order.words();
        claims.insert("aud".into(), json!(order.product.name));
        claims.insert("nbf".into(), json!(order.opens().timestamp()));
        claims.insert("exp".into(), json!(order.closes().timestamp()));
        claims.insert("jti".into(), json!(SERIAL_HEX));
        Ok(jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.encoding)?)
    }

    fn verify(&self, text: &str) -> Result<Use> {
        black_box(jsonwebtoken::decode::<Value>(text, &self.decoding, &self.validation)?);
        Ok(Use::InForce)
    }

    fn key_id(&self) -> KeyId {
        KeyId::ApplicationChooses
    }

    fn signed(&self, text: &str) -> Result<Signed> {
        signed(text)
    }
}

/// The signed part of a JWT.
pub fn signed(text: &str) -> Result<Signed> {
    let (message, after) = text.rsplit_once('.').context("no dot")?;
    Ok(Signed { message: message.into(), signature: signature(&from_base64url(after)?)? })
}
