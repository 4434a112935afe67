use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use keyward_verifier::files::{PersistentState, RevocationList, Verified};
use keyward_verifier::{Day, Environment, Fingerprint, KeyId, Product, SignedKey, Verifier};

use crate::assess::answer::Answer;
use crate::assess::trusted::Trusted;
use crate::io::failure::usage;

/// The question about license keys: who is trusted, and which product asks, where and when.
#[derive(Debug)]
pub struct Request {
    pub trusted: Trusted,
    pub list: Option<Verified<RevocationList>>,
    /// The state, with the files of this run.
    pub remembered: Option<PersistentState>,
    /// `None` accepts the product of the keys themselves.
    pub product: Option<Product>,
    pub environment: Environment,
    pub machine: Option<Fingerprint>,
    pub released: Option<Day>,
    pub at: DateTime<Utc>,
}

impl Request {
    /// The result for each key. Each signature is checked once.
    pub fn answer(&self, texts: &[String]) -> anyhow::Result<Answer> {
        let texts = self.trusted.authenticators(texts);
        let signed: Vec<_> = texts.map(|(authenticator, text)| authenticator.check_signature(text)).collect();
        let product = match self.product {
            Some(product) => product,
            None => product_of(signed.iter().flatten())?,
        };
        let verifier = self.verifier(product);
        Ok(Answer::of(signed.into_iter().map(|signed| verifier.verify_signed(signed?))))
    }

    fn verifier(&self, product: Product) -> Verifier<'_> {
        let mut verifier = self.trusted.authenticator().for_product(product).environment(self.environment);
        if let Some(machine) = self.machine {
            verifier = verifier.machine(machine);
        }
        if let Some(released) = self.released {
            verifier = verifier.released(released);
        }
        if let Some(list) = &self.list {
            verifier = verifier.revocations(list);
        }
        if let Some(remembered) = &self.remembered {
            verifier = verifier.state(remembered);
        }
        verifier
    }

    /// The name of a signing key in the trust bundle.
    pub fn name_of(&self, key: KeyId) -> Option<&str> {
        let Trusted::Bundle { bundle, .. } = &self.trusted else { return None };
        let delegated = bundle.delegated().iter().find(|delegated| delegated.key.id() == key)?;
        Some(&delegated.name)
    }
}

/// The product of the keys that a trusted key has signed.
fn product_of<'a>(signed: impl Iterator<Item = &'a SignedKey<'a>>) -> anyhow::Result<Product> {
    let products: BTreeSet<Product> = signed.map(|key| key.claims().product()).collect();
    if products.len() > 1 {
        let products: Vec<String> = products.iter().map(Product::to_string).collect();
        return Err(usage(format!(
            "these licenses are for several products ({}): name the product that asks with --product",
            products.join(", ")
        )));
    }
    // Without a signed key, no product is compared.
    Ok(products.into_iter().next().unwrap_or(Product(0)))
}
