use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use biscuit_auth::macros::{authorizer, biscuit, fact};
use biscuit_auth::{Algorithm, AuthorizerLimits, KeyPair, PrivateKey, PublicKey};
use ed25519_dalek::{Signature, Verifier};

use crate::encoding::{base64url, from_base64url, replace_bytes, signature};
use crate::order::{EDITION, FEATURES, Order, PRODUCT, SEATS, SERIAL};
use crate::peer::{About, KeyId, Peer, SEED, Signed, Use, public_key};

pub struct Biscuit {
    keys: KeyPair,
    public: PublicKey,
}

impl Biscuit {
    pub fn new() -> Result<Biscuit> {
        let keys = KeyPair::from(&PrivateKey::from_bytes(&SEED, Algorithm::Ed25519)?);
        Ok(Biscuit { public: keys.public(), keys })
    }
}

impl Peer for Biscuit {
    fn about(&self) -> About {
        About {
            name: "Biscuit",
            package: Some("biscuit-auth"),
            how: "a fact for each claim and a check for the dates in the authority block; the authorizer adds the time, \
                  allows the product, and may take 1 s instead of 1 ms",
            has: "attenuation: its holder can narrow it offline, without the vendor; and rules in Datalog",
            ours: false,
        }
    }

    fn issue(&self, order: &Order) -> Result<String> {
        let (product, seats) = (order.product.name, i64::from(SEATS));
        let (opens, closes) = (SystemTime::from(order.opens()), SystemTime::from(order.closes()));
        let serial = SERIAL.to_vec();
        let mut builder = biscuit!(
            "product({product}); edition({EDITION}); seats({seats}); serial({serial});
             check if time($time), $time >= {opens}, $time < {closes};"
        );
        for feature in FEATURES {
            builder = builder.fact(fact!("feature({feature})"))?;
        }
        if let Some(licensee) = order.licensee {
            builder = builder.fact(fact!("licensee({licensee})"))?;
        }
        Ok(builder.build(&self.keys)?.to_base64()?)
    }

    fn verify(&self, text: &str) -> Result<Use> {
        let token = biscuit_auth::Biscuit::from_base64(text, self.public)?;
        let product = PRODUCT.name;
        let limits = AuthorizerLimits { max_time: Duration::from_secs(1), ..AuthorizerLimits::default() };
        let mut authorizer = authorizer!("allow if product({product});").time().set_limits(limits).build(&token)?;
        black_box(authorizer.authorize()?);
        Ok(Use::InForce)
    }

    fn key_id(&self) -> KeyId {
        let named = Cell::new(None);
        let choose = |key_id: Option<u32>| {
            named.set(key_id);
            Ok(self.public)
        };
        let text = biscuit!("product(1)").root_key_id(7).build(&self.keys).and_then(|token| token.to_base64());
        let _ = biscuit_auth::Biscuit::from_base64(text.expect("a token"), choose);
        if named.get() == Some(7) { KeyId::LibraryChooses } else { KeyId::None }
    }

    fn signed(&self, text: &str) -> Result<Signed> {
        let bytes = from_base64url(text)?;
        let authority = field(&bytes, 2)?;
        let (block, next_key, after) = (field(authority, 1)?, field(field(authority, 2)?, 2)?, field(authority, 3)?);
        let algorithm = 0_i32.to_le_bytes();
        let versions = [
            [block, &algorithm, next_key].concat(),
            [
                b"\0BLOCK\0\0VERSION\0".as_slice(),
                &1_u32.to_le_bytes(),
                b"\0PAYLOAD\0",
                block,
                b"\0ALGORITHM\0",
                &algorithm,
                b"\0NEXTKEY\0",
                next_key,
            ]
            .concat(),
        ];
        let signature = signature(after)?;
        let genuine = |message: &Vec<u8>| public_key().verify(message, &Signature::from_bytes(&signature)).is_ok();
        match versions.into_iter().find(genuine) {
            Some(message) => Ok(Signed { message, signature }),
            None => bail!("another version of the block's signature"),
        }
    }

    fn with_signature(&self, text: &str, signature: &[u8; 64]) -> Result<String> {
        let signed = self.signed(text)?;
        let bytes = replace_bytes(&from_base64url(text)?, &signed.signature, signature)?;
        let padding = "=".repeat(text.len() - text.trim_end_matches('=').len());
        Ok(base64url(&bytes) + &padding)
    }
}

/// The field of that number, in bytes of protobuf whose fields before it are varints or have a length.
fn field(mut bytes: &[u8], number: u64) -> Result<&[u8]> {
    loop {
        let tag = varint(&mut bytes)?;
        let value = varint(&mut bytes)?;
        if tag & 7 == 0 {
            continue;
        }
        let (content, rest) = bytes.split_at_checked(usize::try_from(value)?).context("the bytes end")?;
        if tag >> 3 == number {
            return Ok(content);
        }
        bytes = rest;
    }
}

fn varint(bytes: &mut &[u8]) -> Result<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first().context("the bytes end")?;
        *bytes = rest;
        value |= u64::from(first & 0x7F) << shift;
        if first & 0x80 == 0 {
            return Ok(value);
        }
    }
    bail!("a long varint")
}
