use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use keyward_core::{Verdict as Repair, repair};
use keyward_verifier::files::{KeptState, RevocationList, Verified};
use keyward_verifier::{Claims, Day, Environment, Fingerprint, KeyId, LicenseKey, Product, Verifier, VerifyError};

use crate::assess::answer::Answer;
use crate::assess::trusted::Trusted;
use crate::io::failure::usage;

/// For a verifier that has to name a product, where the answer does not depend on it.
const ANY: Product = Product(0);

/// How many signatures are tried for one damaged text, as the verifier does: text can be crafted to cost time.
const MOST_SIGNATURES: u32 = 64;

/// What is asked about some keys.
#[derive(Debug)]
pub struct Request {
    pub trusted: Trusted,
    pub list: Option<Verified<RevocationList>>,
    /// What earlier runs saw.
    pub remembered: Option<KeptState>,
    /// `None` accepts the product of the keys themselves.
    pub product: Option<Product>,
    pub environment: Environment,
    pub machine: Option<Fingerprint>,
    pub released: Option<Day>,
    pub at: DateTime<Utc>,
}

/// Which keys are genuine, whatever product, environment and machine they are for.
///
/// The verifier wants to know all three, and is told what the key itself says of them: if it then accepts the key, its
/// signature has proved that too.
pub fn genuine(trusted: &Trusted, texts: &[String]) -> Answer {
    Answer::of(texts, |text| {
        let Some(claims) = claims_of(trusted, text) else { return trusted.verifier(ANY).verify(text) };
        let verifier = trusted.verifier(claims.product()).environment(claims.environment());
        match claims.fingerprint() {
            Some(machine) => verifier.machine(*machine).verify(text),
            None => verifier.verify(text),
        }
    })
}

/// What a text claims. Of damaged text, only a signature tells what it was.
fn claims_of(trusted: &Trusted, text: &str) -> Option<Claims> {
    let verifier = trusted.verifier(ANY);
    let mut signatures_left = MOST_SIGNATURES;
    let key = text.parse::<LicenseKey>().ok().or_else(|| {
        let repaired = repair(text, |candidate| match verifier.verify_key(candidate.key().clone()) {
            Err(VerifyError::UnknownKey { .. }) => Repair::Refused,
            Err(VerifyError::BadSignature { .. }) => match signatures_left.checked_sub(1) {
                Some(left) => {
                    signatures_left = left;
                    Repair::Refused
                }
                None => Repair::Enough,
            },
            // Whatever else is refused, the signature was checked before it.
            Ok(_) | Err(_) => Repair::Genuine,
        });
        Some(repaired?.key)
    })?;
    key.unverified_claims().ok()
}

impl Request {
    pub fn answer(&self, texts: &[String]) -> anyhow::Result<Answer> {
        let verifier = self.verifier(match self.product {
            Some(product) => product,
            None => self.product_of(texts)?,
        });
        Ok(Answer::of(texts, |text| verifier.verify(text)))
    }

    fn verifier(&self, product: Product) -> Verifier<'_> {
        let mut verifier = self.trusted.verifier(product).environment(self.environment);
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
            verifier = verifier.remembering(remembered);
        }
        verifier
    }

    /// What the trust bundle calls a key.
    pub fn name_of(&self, key: KeyId) -> Option<&str> {
        let Trusted::Bundle { bundle, .. } = &self.trusted else { return None };
        let delegated = bundle.delegated().iter().find(|delegated| delegated.key.id() == key)?;
        Some(&delegated.name)
    }

    /// The product that the keys are for. The verifier compares products only after the signature, so the product it
    /// found, or did not object to, is one that a trusted key has signed. If it never got there, any product will do.
    fn product_of(&self, texts: &[String]) -> anyhow::Result<Product> {
        let verifier = self.verifier(ANY);
        let found: BTreeSet<Product> = texts
            .iter()
            .filter_map(|text| match verifier.verify(text) {
                Ok(license) => Some(license.claims().product()),
                Err(VerifyError::WrongProduct { found, .. }) => Some(found),
                Err(
                    VerifyError::WrongEnvironment { .. }
                    | VerifyError::WrongMachine { .. }
                    | VerifyError::VersionNotCovered { .. }
                    | VerifyError::NotPermitted { .. }
                    | VerifyError::Revoked { .. }
                    | VerifyError::OnHold { .. }
                    | VerifyError::Rollback { .. },
                ) => Some(ANY),
                Err(_) => None,
            })
            .collect();
        if found.len() > 1 {
            let named: Vec<String> = found.iter().map(Product::to_string).collect();
            return Err(usage(format!(
                "these licenses are for several products ({}): say with --product which one is asked about",
                named.join(", ")
            )));
        }
        Ok(found.into_iter().next().unwrap_or(ANY))
    }
}
