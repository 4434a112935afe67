use std::hint::black_box;

use anyhow::{Context, Result};
use pasetors::claims::{Claims, ClaimsValidationRules};
use pasetors::keys::{AsymmetricPublicKey, AsymmetricSecretKey};
use pasetors::token::UntrustedToken;
use pasetors::version4::V4;
use pasetors::{Public, public};

use crate::encoding::{base64url, from_base64url, signature};
use crate::order::{Order, PRODUCT, SERIAL_HEX};
use crate::peer::{About, KeyId, Peer, Signed, Use, public_key, signing_key};

const HEADER: &str = "v4.public.";

pub struct Paseto {
    secret: AsymmetricSecretKey<V4>,
    public: AsymmetricPublicKey<V4>,
    rules: ClaimsValidationRules,
}

impl Paseto {
    pub fn new() -> Result<Paseto> {
        let mut rules = ClaimsValidationRules::new();
        rules.validate_audience_with(PRODUCT.name);
        Ok(Paseto {
            secret: AsymmetricSecretKey::from(&signing_key().to_keypair_bytes())?,
            public: AsymmetricPublicKey::from(public_key().as_bytes())?,
            rules,
        })
    }
}

impl Peer for Paseto {
    fn about(&self) -> About {
        About {
            name: "PASETO v4.public",
            package: Some("pasetors"),
            how: "aud, nbf, iat, exp and jti for product, dates and serial, the rest as claims of our own; aud is asked for",
            has: "implicit assertions (what both sides know is signed and not sent), footers, a specification with \
                  implementations in many languages",
            ours: false,
        }
    }

    fn issue(&self, order: &Order) -> Result<String> {
        let mut claims = Claims::new()?;
        claims.audience(order.product.name)?;
        let opens = order.opens().format("%Y-%m-%dT%H:%M:%SZ").to_string();
        claims.issued_at(&opens)?;
        claims.not_before(&opens)?;
        claims.expiration(&order.closes().format("%Y-%m-%dT%H:%M:%SZ").to_string())?;
        claims.token_identifier(SERIAL_HEX)?;
        for (name, value) in order.words() {
            claims.add_additional(&name, value)?;
        }
        Ok(public::sign(&self.secret, &claims, None, None)?)
    }

    fn verify(&self, text: &str) -> Result<Use> {
        let token = UntrustedToken::<Public, V4>::try_from(text)?;
        black_box(public::verify(&self.public, &token, &self.rules, None, None)?);
        Ok(Use::InForce)
    }

    fn key_id(&self) -> KeyId {
        KeyId::ApplicationChooses
    }

    fn signed(&self, text: &str) -> Result<Signed> {
        let bytes = from_base64url(text.strip_prefix(HEADER).context("no header")?)?;
        let (claims, after) = bytes.split_at(bytes.len() - 64);
        // Pre-authentication encoding: the count and each length in eight bytes.
        let mut message = 4_u64.to_le_bytes().to_vec();
        for piece in [HEADER.as_bytes(), claims, &[], &[]] {
            message.extend((piece.len() as u64).to_le_bytes());
            message.extend(piece);
        }
        Ok(Signed { message, signature: signature(after)? })
    }

    fn with_signature(&self, text: &str, signature: &[u8; 64]) -> Result<String> {
        let bytes = from_base64url(text.strip_prefix(HEADER).context("no header")?)?;
        Ok(format!("{HEADER}{}", base64url(&[&bytes[..bytes.len() - 64], signature].concat())))
    }
}
