use std::hint::black_box;

use anyhow::{Context, Result};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde_json::Value;

use crate::encoding::{base64url, from_base64url, signature};
use crate::order::Order;
use crate::peer::{About, KeyId, Peer, Signed, Use, public_key, signing_key};

/// A token without a library: JSON, a dot, a signature.
pub struct Baseline {
    signing_key: SigningKey,
    verifying_key: VerifyingKey,
    names: Names,
}

#[derive(Clone, Copy)]
enum Names {
    Words,
    Numbers,
}

impl Baseline {
    pub fn with_words() -> Baseline {
        Baseline { signing_key: signing_key(), verifying_key: public_key(), names: Names::Words }
    }

    pub fn with_numbers() -> Baseline {
        Baseline { names: Names::Numbers, ..Baseline::with_words() }
    }
}

impl Peer for Baseline {
    fn about(&self) -> About {
        let (name, how) = match self.names {
            Names::Words => ("Ed25519 and JSON", "by hand: base64url(JSON), a dot, base64url(signature)"),
            Names::Numbers => {
                ("Ed25519 and short JSON", "by hand, with members of one letter, and numbers that a catalogue names")
            }
        };
        About {
            name,
            package: Some("ed25519-dalek"),
            how,
            has: "nothing to depend on but a signature and JSON",
            ours: false,
        }
    }

    fn issue(&self, order: &Order) -> Result<String> {
        let claims = match self.names {
            Names::Words => order.json(),
            Names::Numbers => order.short_json(),
        };
        let signature = self.signing_key.sign(claims.as_bytes());
        Ok(format!("{}.{}", base64url(claims.as_bytes()), base64url(&signature.to_bytes())))
    }

    fn verify(&self, text: &str) -> Result<Use> {
        let signed = self.signed(text)?;
        self.verifying_key.verify_strict(&signed.message, &Signature::from_bytes(&signed.signature))?;
        black_box(serde_json::from_slice::<Value>(&signed.message)?);
        Ok(Use::InForce)
    }

    fn key_id(&self) -> KeyId {
        KeyId::None
    }

    fn signed(&self, text: &str) -> Result<Signed> {
        let (claims, after) = text.split_once('.').context("no dot")?;
        Ok(Signed { message: strict(claims)?, signature: signature(&strict(after)?)? })
    }
}

fn strict(text: &str) -> Result<Vec<u8>> {
    anyhow::ensure!(!text.ends_with('='), "padded");
    from_base64url(text)
}
