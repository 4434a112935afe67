use std::hint::black_box;
use std::io::Cursor;

use anyhow::{Context, Result, bail};
use minisign::{KeyPair, SignatureBox};
use serde_json::Value;

use crate::encoding::{from_base64, signature};
use crate::order::Order;
use crate::peer::{About, KeyId, Peer, Signed, Use};

pub struct Minisign {
    keys: KeyPair,
}

impl Minisign {
    pub fn new() -> Result<Minisign> {
        Ok(Minisign { keys: KeyPair::generate_unencrypted_keypair()? })
    }
}

impl Peer for Minisign {
    fn about(&self) -> About {
        About {
            name: "minisign",
            package: Some("minisign"),
            how: "a line of JSON and the signature file of four lines, with both comments empty: two signatures",
            has: "a command for any file, and a trusted comment",
            ours: false,
        }
    }

    fn issue(&self, order: &Order) -> Result<String> {
        let claims = order.json();
        let signature = minisign::sign(None, &self.keys.sk, Cursor::new(&claims), Some(""), Some(""))?;
        Ok(format!("{claims}\n{}", signature.to_string().trim_end()))
    }

    fn verify(&self, text: &str) -> Result<Use> {
        let (claims, signature) = text.split_once('\n').context("one line")?;
        let signature = SignatureBox::from_string(signature)?;
        minisign::verify(&self.keys.pk, &signature, Cursor::new(claims), true, false, false)?;
        black_box(serde_json::from_str::<Value>(claims)?);
        Ok(Use::InForce)
    }

    fn key_id(&self) -> KeyId {
        let other = Minisign::new().expect("a key");
        let text = self.issue(&Order::typical()).expect("a license");
        match other.verify(&text) {
            Err(refusal) if refusal.to_string().contains("key id") => KeyId::LibraryChooses,
            _ => KeyId::None,
        }
    }

    fn seed(&self) -> [u8; 32] {
        // The layout: two bytes for each of three algorithms, 32 of salt, 8 for each of two limits, 8 for the key's id;
        // then seed and key.
        self.keys.sk.to_bytes()[62..94].try_into().expect("32 bytes")
    }

    /// The second signature, over the first and the trusted comment.
    fn signed(&self, text: &str) -> Result<Signed> {
        let lines: Vec<&str> = text.lines().collect();
        let [_, _, first, comment, second] = lines[..] else { bail!("five lines") };
        let comment = comment.strip_prefix("trusted comment:").context("no trusted comment")?.trim();
        let message = [&from_base64(first)?[10..], comment.as_bytes()].concat();
        Ok(Signed { message, signature: signature(&from_base64(second)?)? })
    }
}
