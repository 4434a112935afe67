use std::hint::black_box;
use std::num::NonZeroU32;

use anyhow::{Context, Result, bail};
use chrono::{NaiveDate, Utc};
use keyward_core::UnsignedKey;
use keyward_issuer::{Claims, Day, Edition, Extension, Feature, Issuer, Product, Serial, SigningKey, licensee};
use keyward_verifier::{LicenseKey, State, TrustedKey, Verifier, VerifyError};

use crate::order::{EDITION, EDITION_NUMBER, FEATURES, Order, PRODUCT, SEATS, SERIAL};
use crate::peer::{About, KeyId, Peer, SEED, Signed, Use, public_key};

pub struct Keyward {
    issuer: Issuer,
    trusted: [TrustedKey; 1],
    names: Names,
}

enum Names {
    /// Names are in the catalogue, and numbers in the key.
    Catalogue,
    /// Names are also in the key, in its extension.
    Key,
}

impl Keyward {
    pub fn with_numbers() -> Result<Keyward> {
        Keyward::new(Names::Catalogue)
    }

    pub fn with_words() -> Result<Keyward> {
        Keyward::new(Names::Key)
    }

    fn new(names: Names) -> Result<Keyward> {
        let issuer = Issuer::with_key(SigningKey::from_seed(&SEED));
        Ok(Keyward { issuer, trusted: [TrustedKey::from_bytes(&public_key().to_bytes())?], names })
    }

    fn verifier(&self) -> Verifier<'_> {
        Verifier::new(&self.trusted, Product(PRODUCT.number))
    }
}

impl Peer for Keyward {
    fn about(&self) -> About {
        match self.names {
            Names::Catalogue => About {
                name: "Keyward",
                package: Some("keyward-verifier"),
                how: "product, edition and features are numbers, which the vendor's catalogue names; what is issued is \
                      verified before it leaves",
                has: "",
                ours: true,
            },
            Names::Key => About {
                name: "Keyward, names as text",
                package: Some("keyward-verifier"),
                how: "the same key, with the names of product, edition and features as words in the extension",
                has: "",
                ours: true,
            },
        }
    }

    fn issue(&self, order: &Order) -> Result<String> {
        let mut claims = Claims::builder()
            .serial(Serial::from_bytes(SERIAL))
            .product(Product(order.product.number))
            .edition(Edition(EDITION_NUMBER))
            .seats(NonZeroU32::new(SEATS).context("no seats")?)
            .valid_from(day(order.from)?)
            .valid_through(day(order.through)?);
        for number in 0..3 {
            claims = claims.feature(Feature::new(number));
        }
        if let Some(name) = order.licensee {
            claims = claims.licensee(licensee(name)?);
        }
        if let Names::Key = self.names {
            let names = format!("{} {EDITION} {}", order.product.name, FEATURES.join(" "));
            claims = claims.extension(Extension::new(names.as_bytes())?);
        }
        Ok(self.issuer.sign(&claims.build()?)?.to_string())
    }

    fn verify(&self, text: &str) -> Result<Use> {
        let license = self.verifier().verify(text)?;
        let standing = license.standing(Utc::now());
        black_box(license.claims());
        match standing.state() {
            State::InGrace => Ok(Use::InGrace),
            _ if standing.is_usable() => Ok(Use::InForce),
            state => bail!("{}", state.code()),
        }
    }

    fn key_id(&self) -> KeyId {
        let other = Issuer::with_key(SigningKey::from_seed(&[8; 32]));
        let text = self.issue(&Order::typical()).expect("a license");
        let refusal = Verifier::new(&[other.verifying_key().clone()], Product(PRODUCT.number)).verify(&text);
        match refusal {
            Err(VerifyError::UnknownKey { .. }) => KeyId::LibraryChooses,
            _ => KeyId::None,
        }
    }

    fn signed(&self, text: &str) -> Result<Signed> {
        let key: LicenseKey = text.parse()?;
        Ok(Signed { message: key.signed_bytes().to_vec(), signature: *key.signature() })
    }

    fn with_signature(&self, text: &str, signature: &[u8; 64]) -> Result<String> {
        let key: LicenseKey = text.parse()?;
        let claims = key.unverified_claims()?;
        Ok(UnsignedKey::new(&claims, key.hint()).with_signature(signature).to_string())
    }

    fn canonical(&self, text: &str) -> Option<String> {
        self.verifier().verify(text).ok().map(|license| license.key().to_string())
    }
}

fn day(day: NaiveDate) -> Result<Day> {
    Ok(day.to_string().parse()?)
}
