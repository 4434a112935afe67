use keyward_core::{Day, Environment, Fingerprint, KeyTextError, LicenseKey, Product, Repairs, Verdict, repair};
use keyward_grace::{Coverage, coverage};

#[cfg(feature = "files")]
use crate::LicenseDigest;
#[cfg(feature = "files")]
use crate::files::{Carried, KeptState, RevocationList, Status, TrustBundle, Verified};
use crate::{License, TrustedKey, VerifyError};

/// How many signatures are tried for one damaged text. A text that was mistyped needs one; one crafted to cost time can
/// make a candidate of every two of its groups.
const MOST_SIGNATURES: u32 = 64;

/// Verifies license keys for one product, with nothing but the keys it trusts.
///
/// ```
/// use keyward_verifier::{Product, TrustedKey, Verifier};
///
/// let vendor = [TrustedKey::from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")?];
/// let verifier = Verifier::new(&vendor, Product(3));
///
/// // Typed with two mistakes: a 6 for a G, an 8 for a B.
/// let license = verifier.verify("
///     K7PM4-00108-1G818-60W40-606SJ-08YT0-
///     G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-
///     VDC80-VHRAB-CED8J-M9TJZ-A9AHX-JPA40-
///     2K3CY-F52Z2-ZY7GB-8Y7M3-SR8W8-VE3BH-
///     4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3")?;
/// assert_eq!(license.claims().serial().to_string(), "0102030405060708");
/// for repair in license.repairs().iter() {
///     println!("{repair}"); // group 5 is 60GSJ, not 606SJ
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Verifier<'keys> {
    trusted: &'keys [TrustedKey],
    product: Product,
    environment: Environment,
    machine: Option<Fingerprint>,
    released: Option<Day>,
    damaged: Damaged,
    #[cfg(feature = "files")]
    brought: Brought<'keys>,
}

/// What came across the air gap, beside the key.
#[cfg(feature = "files")]
#[derive(Debug, Clone, Copy, Default)]
struct Brought<'keys> {
    bundle: Option<&'keys Verified<TrustBundle>>,
    list: Option<&'keys Verified<RevocationList>>,
    state: Option<&'keys KeptState>,
}

/// What becomes of damaged text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damaged {
    Repair,
    Refuse,
}

impl<'keys> Verifier<'keys> {
    /// A verifier for that product in production, which trusts these keys.
    pub const fn new(trusted: &'keys [TrustedKey], product: Product) -> Verifier<'keys> {
        Verifier {
            trusted,
            product,
            environment: Environment::Production,
            machine: None,
            released: None,
            damaged: Damaged::Repair,
            #[cfg(feature = "files")]
            brought: Brought { bundle: None, list: None, state: None },
        }
    }

    /// A verifier that trusts the keys of a bundle, each within its limits. Otherwise as [`Verifier::new`].
    #[cfg(feature = "files")]
    pub fn with_bundle(bundle: &'keys Verified<TrustBundle>, product: Product) -> Verifier<'keys> {
        let verifier = Verifier::new(bundle.keys(), product);
        Verifier { brought: Brought { bundle: Some(bundle), ..verifier.brought }, ..verifier }
    }

    /// Refuses what this list withdraws.
    #[cfg(feature = "files")]
    #[must_use]
    pub const fn revocations(mut self, list: &'keys Verified<RevocationList>) -> Self {
        self.brought.list = Some(list);
        self
    }

    /// Refuses what was seen withdrawn before, whatever is carried now; and everything, while the bundle or the list is
    /// older than one that was seen, or is gone: else who has a revoked license would take the list away before entering it.
    #[cfg(feature = "files")]
    #[must_use]
    pub const fn remembering(mut self, state: &'keys KeptState) -> Self {
        self.brought.state = Some(state);
        self
    }

    /// For another environment than production.
    #[must_use]
    pub const fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// The machine the product runs on. Without it, a license that is locked to a machine is refused.
    #[must_use]
    pub const fn machine(mut self, fingerprint: Fingerprint) -> Self {
        self.machine = Some(fingerprint);
        self
    }

    /// When the running version was released. Without it, every version is covered.
    #[must_use]
    pub const fn released(mut self, day: Day) -> Self {
        self.released = Some(day);
        self
    }

    /// Refuses damaged text instead of repairing it: for keys that no person has typed.
    #[must_use]
    pub const fn without_repair(mut self) -> Self {
        self.damaged = Damaged::Refuse;
        self
    }

    /// Verifies a license key as it was typed, pasted or scanned, and repairs what was mistyped.
    ///
    /// # Errors
    ///
    /// The first check that fails, in this order: `malformed`, `needs-newer` (a later version of the format), `damaged`,
    /// `unknown-key`, `bad-signature`, `needs-newer` (a claim of a later version), `invalid-claims`, `wrong-product`,
    /// `wrong-environment`, `wrong-machine`, `version-not-covered`, and with what was carried `not-permitted`, `revoked`,
    /// `on-hold`, `rollback`.
    pub fn verify(&self, text: &str) -> Result<License, VerifyError> {
        match text.parse() {
            Ok(key) => self.verify_key(key),
            Err(KeyTextError::Damaged(damage)) if self.damaged == Damaged::Repair => {
                self.repair(text, VerifyError::Damaged(damage))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Verifies a key that has been read already.
    ///
    /// # Errors
    ///
    /// As [`Verifier::verify`], from `unknown-key` on.
    pub fn verify_key(&self, key: LicenseKey) -> Result<License, VerifyError> {
        let signer = self.signer(&key)?;
        self.license(key, signer, Repairs::default())
    }

    /// The trusted key that signed.
    fn signer(&self, key: &LicenseKey) -> Result<&'keys TrustedKey, VerifyError> {
        let mut refusal = VerifyError::UnknownKey { hint: key.hint() };
        for trusted in self.named_by(key) {
            if trusted.verifies(key.signed_bytes(), key.signature()) {
                return Ok(trusted);
            }
            refusal = VerifyError::BadSignature { key_id: trusted.id(), serial: key.unverified_serial() };
        }
        Err(refusal)
    }

    /// The trusted keys that have the hint. There may be several, and all are tried.
    fn named_by(&self, key: &LicenseKey) -> impl Iterator<Item = &'keys TrustedKey> + use<'keys> {
        let hint = key.hint();
        self.trusted.iter().filter(move |trusted| trusted.id().hint() == hint)
    }

    /// Looks for the key that the text was, and verifies it like any other. Not inlined, so that keys without mistakes
    /// need none of the stack that a repair does.
    #[cold]
    #[inline(never)]
    fn repair(&self, text: &str, damaged: VerifyError) -> Result<License, VerifyError> {
        let mut signatures_left = MOST_SIGNATURES;
        let mut signer = None;
        let mut refusal = damaged;
        let repaired = repair(text, |candidate| {
            let key = candidate.key();
            let mut trusted = self.named_by(key).peekable();
            // With two equations to spare, what the candidate says of its key is no chance.
            if trusted.peek().is_none() && candidate.redundant_equations() >= 2 {
                refusal = VerifyError::UnknownKey { hint: key.hint() };
            }
            for trusted in trusted {
                let Some(left) = signatures_left.checked_sub(1) else {
                    return Verdict::Enough;
                };
                signatures_left = left;
                if trusted.verifies(key.signed_bytes(), key.signature()) {
                    signer = Some(trusted);
                    return Verdict::Genuine;
                }
            }
            Verdict::Refused
        });
        match (repaired, signer) {
            (Some(repaired), Some(signer)) => self.license(repaired.key, signer, repaired.repairs),
            _ => Err(refusal),
        }
    }

    /// What the signed claims say, and whether it is for this product, here.
    fn license(&self, key: LicenseKey, signer: &TrustedKey, repairs: Repairs) -> Result<License, VerifyError> {
        let claims =
            key.unverified_claims().map_err(|error| VerifyError::undecodable(key.unverified_serial(), error))?;
        let serial = claims.serial();
        if claims.product() != self.product {
            return Err(VerifyError::WrongProduct { serial, expected: self.product, found: claims.product() });
        }
        if claims.environment() != self.environment {
            let (expected, found) = (self.environment, claims.environment());
            return Err(VerifyError::WrongEnvironment { serial, expected, found });
        }
        if let Some(locked_to) = claims.fingerprint() {
            let compared = self.machine.as_ref().map(|machine| locked_to.compare(machine));
            if !compared.is_some_and(|compared| compared.is_same_machine()) {
                return Err(VerifyError::WrongMachine { serial, compared });
            }
        }
        if let Some(released) = self.released {
            if let Coverage::NotCovered { updates_through } = coverage(&claims, released) {
                return Err(VerifyError::VersionNotCovered { serial, updates_through, released });
            }
        }
        let license = License { key, claims, key_id: signer.id(), repairs };
        #[cfg(feature = "files")]
        self.brought.check(&license, signer)?;
        Ok(license)
    }
}

#[cfg(feature = "files")]
impl Brought<'_> {
    /// Whether the key may sign such a license, and it was not withdrawn, as far as the newest that was seen says.
    fn check(&self, license: &License, signer: &TrustedKey) -> Result<(), VerifyError> {
        let serial = license.claims().serial();
        if let Some(bundle) = self.bundle {
            bundle.permits(license, signer).map_err(|why| VerifyError::NotPermitted {
                serial,
                key_id: signer.id(),
                why,
            })?;
        }
        if self.list.is_none() && self.state.is_none() {
            return Ok(());
        }
        let digest = license.digest();
        match self.status_of(&digest) {
            Some((Status::Revoked(reason), list)) => Err(VerifyError::Revoked { serial, digest, reason, list }),
            Some((Status::OnHold, list)) => Err(VerifyError::OnHold { serial, digest, list }),
            None => match self.rollback() {
                Some((what, found, seen)) => Err(VerifyError::Rollback { serial, what, found, seen }),
                None => Ok(()),
            },
        }
    }

    /// What is older than one that was seen, or gone: with its version, and the highest seen.
    fn rollback(&self) -> Option<(Carried, u32, u32)> {
        let state = self.state?;
        let bundle = self.bundle.map_or(0, |bundle| bundle.version);
        let list = self.list.map_or(0, |list| list.sequence);
        [(Carried::Bundle, bundle, state.bundle_version()), (Carried::List, list, state.list_sequence())]
            .into_iter()
            .find(|(_, found, seen)| found < seen)
    }

    /// What became of the license, and the list that says it: what was revoked stays so; of holds, the newest knows.
    fn status_of(&self, license: &LicenseDigest) -> Option<(Status, u32)> {
        let remembered = self.state.and_then(|state| state.status_of(license));
        let Some(list) = self.list else { return remembered };
        match remembered {
            Some((Status::OnHold, seen)) if seen < list.sequence => None,
            remembered => remembered,
        }
        .or_else(|| list.status_of(license).map(|status| (status, list.sequence)))
    }
}
