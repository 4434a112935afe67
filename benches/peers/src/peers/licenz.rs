use std::hint::black_box;

use anyhow::Result;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{EncodePrivateKey, EncodePublicKey};
use licenz_core::generator::CryptoGenerator;
use licenz_core::license::LicenseData;
use licenz_core::verifier::CryptoVerifier;

use crate::encoding::{from_base64, signature};
use crate::order::{EDITION, FEATURES, Order, SEATS, SERIAL_HEX};
use crate::peer::{About, KeyId, Peer, Signed, Use, public_key, signing_key};

pub struct Licenz {
    generator: CryptoGenerator,
    verifier: CryptoVerifier,
}

impl Licenz {
    pub fn new() -> Result<Licenz> {
        let secret = signing_key().to_pkcs8_pem(LineEnding::LF)?;
        let public = public_key().to_public_key_pem(LineEnding::LF)?;
        Ok(Licenz { generator: CryptoGenerator::new(&secret, "Ed25519"), verifier: CryptoVerifier::from_pem(&public)? })
    }
}

impl Peer for Licenz {
    fn about(&self) -> About {
        About {
            name: "licenz-core",
            package: Some("licenz-core"),
            how: "Ed25519, licensee as customer, edition as the only metadata, because several pieces are signed in the \
                  random order of a hash map; keys in PEM, and JSON with line breaks, the formats of its interface",
            has: "RSA and post-quantum signatures, detection of hardware, an encrypted store, an online check",
            ours: false,
        }
    }

    fn issue(&self, order: &Order) -> Result<String> {
        let data = LicenseData::builder()
            .id(SERIAL_HEX)
            .serial(SERIAL_HEX)
            .customer_id(order.licensee.unwrap_or("-"))
            .product_id(order.product.name)
            .valid_from(order.opens())
            .valid_until(order.closes())
            .features(FEATURES)
            .max_seats(SEATS)
            .metadata("edition", EDITION)
            .build()?;
        Ok(self.generator.export_json(&self.generator.generate(data)?)?)
    }

    fn verify(&self, text: &str) -> Result<Use> {
        let license = self.verifier.parse_license(text.as_bytes())?;
        self.verifier.validate(&license)?;
        black_box(license);
        Ok(Use::InForce)
    }

    fn key_id(&self) -> KeyId {
        KeyId::None
    }

    fn signed(&self, text: &str) -> Result<Signed> {
        let license = self.verifier.parse_license(text.as_bytes())?;
        let message = serde_json::to_vec(&license.data)?;
        Ok(Signed { message, signature: signature(&from_base64(&license.signature)?)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_license_with_two_pieces_of_metadata_verifies_only_sometimes() {
        let licenz = Licenz::new().unwrap();
        let order = Order::typical();
        let data = LicenseData::builder().id("1").serial("1").customer_id("1").product_id("1");
        let data = data.valid_from(order.opens()).valid_until(order.closes());
        let data = data.metadata("edition", "professional").metadata("note", "another").build().unwrap();
        let verified = (0..64).filter(|_| {
            let text = licenz.generator.export_json(&licenz.generator.generate(data.clone()).unwrap()).unwrap();
            licenz.verify(&text).is_ok()
        });
        assert!((1..64).contains(&verified.count()));
    }
}
