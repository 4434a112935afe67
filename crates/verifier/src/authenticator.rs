#[cfg(feature = "find")]
use keyward_core::{KeyInText, MAX_SEARCHED_BYTES, Malformation, Outcome, Repair, keys_in};
use keyward_core::{KeyTextError, LicenseKey, Repairs, Verdict, repair};

#[cfg(feature = "files")]
use crate::files::{Trust, TrustBundle, Verified};
use crate::{AuthenticKey, SignedKey, TrustedKey, VerifyError};

/// The largest number of signatures that are tried for one damaged text. A mistyped text needs one. In a text that was
/// crafted to cost time, any two groups can give a candidate.
const MAX_SIGNATURES: u32 = 64;

/// The largest number of damaged license keys in a text that are tried. A crafted text may consist of keys that cost time.
/// Keys without mistakes cost a signature each, and a text that is searched has few.
#[cfg(feature = "find")]
const MAX_DAMAGED_KEYS: usize = 8;

/// Checks whether a license key is genuine, for any product, environment and machine.
///
/// For programs that show or store licenses of any product, such as a certificate or a support desk. A product uses a
/// [`Verifier`](crate::Verifier), which also checks the product, and is the only way to a [`License`](crate::License) and
/// its standing.
///
/// ```
/// use keyward_verifier::{Authenticator, TrustedKey};
///
/// let vendor = [TrustedKey::from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")?];
/// let genuine = Authenticator::new(&vendor).authenticate(
///     "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-\
///      M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3",
/// )?;
/// assert_eq!(genuine.claims().product().0, 3);
/// assert_eq!(genuine.key_id(), vendor[0].id());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Authenticator<'keys> {
    trusted: &'keys [TrustedKey],
    damaged: Damaged,
    #[cfg(feature = "files")]
    bundle: Option<&'keys Verified<TrustBundle>>,
}

/// The treatment of damaged text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damaged {
    Repair,
    Refuse,
}

impl<'keys> Authenticator<'keys> {
    /// An authenticator that trusts these keys, each for every license.
    pub const fn new(trusted: &'keys [TrustedKey]) -> Authenticator<'keys> {
        Authenticator {
            trusted,
            damaged: Damaged::Repair,
            #[cfg(feature = "files")]
            bundle: None,
        }
    }

    /// An authenticator that trusts the keys of a bundle, each within its limits.
    #[cfg(feature = "files")]
    pub fn with_bundle(bundle: &'keys Verified<TrustBundle>) -> Authenticator<'keys> {
        Authenticator { bundle: Some(bundle), ..Authenticator::new(bundle.keys()) }
    }

    /// Refuses damaged text instead of repairing it: for keys that no person has typed.
    #[must_use]
    pub const fn without_repair(mut self) -> Self {
        self.damaged = Damaged::Refuse;
        self
    }

    /// Whether the license key is genuine: a trusted key signed it, and may sign such a license. The key is found among
    /// other words, and mistakes in it are repaired. If several keys are genuine, none of them counts.
    ///
    /// # Errors
    ///
    /// The errors of [`Authenticator::check_signature`], then `not-permitted` if the trusted keys are those of a bundle.
    pub fn authenticate(&self, text: &str) -> Result<AuthenticKey, VerifyError> {
        self.first_of(text, |signed| self.permit(signed))
    }

    /// The first half of every verification: finds the key, repairs it, checks the signature, reads the claims.
    ///
    /// For a program that needs the signed claims to know for which product it asks, such as the command. The result goes
    /// to [`Verifier::verify_signed`](crate::Verifier::verify_signed) or to [`Authenticator::permit`]; a program that uses
    /// it directly would accept licenses that were signed with a stolen key.
    ///
    /// # Errors
    ///
    /// The first check that fails, in this order: `malformed`, `needs-newer` (a later version of the format), `damaged`,
    /// `unknown-key`, `bad-signature`, `needs-newer` (a claim of a later version), `invalid-claims`.
    pub fn check_signature(&self, text: &str) -> Result<SignedKey<'keys>, VerifyError> {
        self.first_of(text, Ok)
    }

    /// Like [`Authenticator::check_signature`], for a key that has been read already.
    ///
    /// # Errors
    ///
    /// The errors of [`Authenticator::check_signature`], from `unknown-key` on.
    pub fn check_signature_of(&self, key: LicenseKey) -> Result<SignedKey<'keys>, VerifyError> {
        let signer = self.signer(&key)?;
        SignedKey::new(key, signer, Repairs::default())
    }

    /// Checks that the signing key may sign such a license.
    ///
    /// # Errors
    ///
    /// `not-permitted` if the trusted keys are those of a bundle, and `unknown-key` if the signature was checked with keys
    /// that are not trusted here.
    pub fn permit(&self, signed: SignedKey<'_>) -> Result<AuthenticKey, VerifyError> {
        self.check_trust(&signed)?;
        #[cfg(feature = "files")]
        self.check_limits(&signed)?;
        Ok(signed.authentic())
    }

    /// Whether the signing key is one of the trusted keys.
    pub(crate) fn check_trust(&self, signed: &SignedKey<'_>) -> Result<(), VerifyError> {
        match self.trusted.contains(signed.signer()) {
            true => Ok(()),
            false => Err(VerifyError::UnknownKey { hint: signed.key().hint() }),
        }
    }

    /// Whether the limits in the bundle let the key sign such a license.
    #[cfg(feature = "files")]
    pub(crate) fn check_limits(&self, signed: &SignedKey<'_>) -> Result<(), VerifyError> {
        let Some(bundle) = self.bundle else { return Ok(()) };
        bundle.permits(signed.signer(), signed.key(), signed.claims()).map_err(|why| VerifyError::NotPermitted {
            serial: signed.claims().serial(),
            key_id: signed.key_id(),
            why,
        })
    }

    #[cfg(feature = "files")]
    pub(crate) const fn bundle(&self) -> Option<&'keys Verified<TrustBundle>> {
        self.bundle
    }

    /// The trusted keys, for files.
    #[cfg(feature = "files")]
    pub(crate) const fn trust(&self) -> Trust<'keys> {
        match self.bundle {
            Some(bundle) => Trust::Bundle(bundle),
            None => Trust::Keys(self.trusted),
        }
    }

    /// The trusted key that signed.
    fn signer(&self, key: &LicenseKey) -> Result<&'keys TrustedKey, VerifyError> {
        let mut refusal = VerifyError::UnknownKey { hint: key.hint() };
        for trusted in self.with_the_hint_of(key) {
            if trusted.verifies(key.signed_bytes(), key.signature()) {
                return Ok(trusted);
            }
            refusal = VerifyError::BadSignature { key_id: trusted.id(), serial: key.unverified_serial() };
        }
        Err(refusal)
    }

    /// The trusted keys that have the hint of the license key. There may be several, and all are tried.
    fn with_the_hint_of(&self, key: &LicenseKey) -> impl Iterator<Item = &'keys TrustedKey> + use<'keys> {
        let hint = key.hint();
        self.trusted.iter().filter(move |trusted| trusted.id().hint() == hint)
    }

    /// The only key in the text that is accepted.
    pub(crate) fn first_of<T>(
        &self,
        text: &str,
        accept: impl Fn(SignedKey<'keys>) -> Result<T, VerifyError>,
    ) -> Result<T, VerifyError> {
        match text.parse() {
            Ok(key) => self.check_signature_of(key).and_then(accept),
            Err(error) => self.first_in(text, error, accept),
        }
    }

    /// The key of the text, repaired if it is damaged. Other words are not permitted.
    #[cfg(not(feature = "find"))]
    fn first_in<T>(
        &self,
        text: &str,
        error: KeyTextError,
        accept: impl Fn(SignedKey<'keys>) -> Result<T, VerifyError>,
    ) -> Result<T, VerifyError> {
        self.repair_if_damaged(text, error, &mut { MAX_SIGNATURES }).and_then(accept)
    }

    /// The accepted key in a text that is more than one key. Keys without mistakes are tried first, then the text as one
    /// damaged key, then damaged keys in it. If none is accepted, the refusal is that of the key that passed the most
    /// checks. Two different ones are refused: the first alone may be last year's, and without the time nothing says which
    /// is meant.
    #[cfg(feature = "find")]
    #[cold]
    #[inline(never)]
    fn first_in<T>(
        &self,
        text: &str,
        error: KeyTextError,
        accept: impl Fn(SignedKey<'keys>) -> Result<T, VerifyError>,
    ) -> Result<T, VerifyError> {
        let mut refusal = Refusal::of_the_text(error);
        if text.len() > MAX_SEARCHED_BYTES || error.outcome() == Outcome::NeedsNewer {
            return Err(refusal.error);
        }
        let mut signatures_left = MAX_SIGNATURES;
        let (mut has_undamaged, mut has_damaged, mut beginning) = (false, false, None);
        let mut accepted = Accepted::None;
        for found in keys_in(text) {
            match found.key() {
                Err(KeyTextError::Damaged(_)) => has_damaged = true,
                Err(error) if !found.has_the_size_of_a_key() => beginning = beginning.or(Some(error)),
                key => {
                    has_undamaged = true;
                    let signed = key.map_err(VerifyError::from).and_then(|key| self.check_signature_of(key.clone()));
                    let signed =
                        signed.map(|signed| self.with_groups_typed_twice(text, error, signed, &mut signatures_left));
                    accepted.add(signed, &accept, &mut refusal);
                }
            }
        }
        if !has_undamaged {
            accepted.add(self.repair_if_damaged(text, error, &mut signatures_left), &accept, &mut refusal);
            refusal.of_a_key = false;
        }
        let is_damaged = |found: &KeyInText<'_>| matches!(found.key(), Err(KeyTextError::Damaged(_)));
        let damaged = (has_damaged && (has_undamaged || matches!(accepted, Accepted::None)))
            .then(|| keys_in(text).filter(is_damaged).take(MAX_DAMAGED_KEYS));
        for found in damaged.into_iter().flatten() {
            for part in [Some(found.text()).filter(|_| !found.is_alone()), found.core()].into_iter().flatten() {
                let signed = match part.parse() {
                    Ok(key) => self.check_signature_of(key),
                    Err(error) => self.repair_if_damaged(part, error, &mut signatures_left),
                };
                accepted.add(signed, &accept, &mut refusal);
            }
        }
        match accepted {
            Accepted::None => Err(refusal.of_beginning(beginning)),
            Accepted::One(_, accepted) => Ok(accepted),
            Accepted::Several => Err(VerifyError::Malformed(Malformation::SeveralKeys)),
        }
    }

    /// The same key with the groups that are in the text twice among its repairs, such as a row that was typed again before
    /// or after it. Other words around a key are not a mistake.
    #[cfg(feature = "find")]
    fn with_groups_typed_twice(
        &self,
        text: &str,
        error: KeyTextError,
        signed: SignedKey<'keys>,
        signatures_left: &mut u32,
    ) -> SignedKey<'keys> {
        let is_twice = |repair: &Repair| {
            // Two groups with a hyphen between them.
            let typed = repair.typed().as_str().as_bytes();
            typed.len() == 11 && typed.get(..5) == typed.get(6..)
        };
        match self.repair_if_damaged(text, error, signatures_left) {
            Ok(repaired) if repaired.key() == signed.key() && repaired.repairs().iter().all(is_twice) => repaired,
            _ => signed,
        }
    }

    fn repair_if_damaged(
        &self,
        text: &str,
        error: KeyTextError,
        signatures_left: &mut u32,
    ) -> Result<SignedKey<'keys>, VerifyError> {
        match error {
            KeyTextError::Damaged(_) if self.damaged == Damaged::Repair => {
                self.repair(text, error.into(), signatures_left)
            }
            _ => Err(error.into()),
        }
    }

    /// Looks for the original key of the text, and checks it like any other. Not inlined, so that a key without mistakes
    /// does not need the stack of a repair.
    #[cold]
    #[inline(never)]
    fn repair(
        &self,
        text: &str,
        damaged: VerifyError,
        signatures_left: &mut u32,
    ) -> Result<SignedKey<'keys>, VerifyError> {
        let mut signer = None;
        let mut refusal = damaged;
        let repaired = repair(text, |candidate| {
            let key = candidate.key();
            let mut trusted = self.with_the_hint_of(key).peekable();
            // A candidate with two redundant equations does not have this hint by chance.
            if trusted.peek().is_none() && candidate.redundant_equations() >= 2 {
                refusal = VerifyError::UnknownKey { hint: key.hint() };
            }
            for trusted in trusted {
                let Some(left) = signatures_left.checked_sub(1) else {
                    return Verdict::Enough;
                };
                *signatures_left = left;
                if trusted.verifies(key.signed_bytes(), key.signature()) {
                    signer = Some(trusted);
                    return Verdict::Genuine;
                }
            }
            Verdict::Refused
        });
        match (repaired, signer) {
            (Some(repaired), Some(signer)) => SignedKey::new(repaired.key, signer, repaired.repairs),
            _ => Err(refusal),
        }
    }
}

/// The accepted keys of a text.
#[cfg(feature = "find")]
enum Accepted<T> {
    None,
    /// With the beginning of its signature, by which it is known again.
    One([u8; 8], T),
    Several,
}

#[cfg(feature = "find")]
impl<T> Accepted<T> {
    /// Adds a key if it is accepted, or else its refusal.
    #[inline(never)]
    fn add<'keys>(
        &mut self,
        signed: Result<SignedKey<'keys>, VerifyError>,
        accept: impl Fn(SignedKey<'keys>) -> Result<T, VerifyError>,
        refusal: &mut Refusal,
    ) {
        let signature = signed.as_ref().ok().and_then(|signed| signed.key().signature().first_chunk().copied());
        match (signed.and_then(accept), &self) {
            (Err(error), _) => refusal.add(error),
            (Ok(accepted), Accepted::None) => *self = Accepted::One(signature.unwrap_or_default(), accepted),
            (Ok(_), Accepted::One(known, _)) if Some(*known) == signature => {}
            (Ok(_), _) => *self = Accepted::Several,
        }
    }
}

/// The refusal of the key that passed the most checks.
#[cfg(feature = "find")]
struct Refusal {
    error: VerifyError,
    /// Whether it is the refusal of a key in the text, and not of the text as one key.
    of_a_key: bool,
}

#[cfg(feature = "find")]
impl Refusal {
    fn of_the_text(error: KeyTextError) -> Refusal {
        Refusal { error: error.into(), of_a_key: false }
    }

    /// Adds the refusal of a key in the text. It is preferred to an equal refusal of the whole text.
    fn add(&mut self, error: VerifyError) {
        if !self.of_a_key && error.outcome().number() == self.error.outcome().number() {
            self.error = error;
        }
        self.replace_if_further(error);
        self.of_a_key = true;
    }

    fn replace_if_further(&mut self, error: VerifyError) {
        if error.outcome().number() > self.error.outcome().number() {
            self.error = error;
        }
    }

    /// If the text contains no key, but the beginning of one, the refusal says that.
    fn of_beginning(self, beginning: Option<KeyTextError>) -> VerifyError {
        match self.error {
            VerifyError::Malformed(_) if !self.of_a_key => beginning.map_or(self.error, VerifyError::from),
            error => error,
        }
    }
}

#[cfg(feature = "files")]
impl<'keys> From<Trust<'keys>> for Authenticator<'keys> {
    /// An authenticator that trusts the same keys, each within its limits.
    fn from(trust: Trust<'keys>) -> Authenticator<'keys> {
        match trust {
            Trust::Keys(keys) => Authenticator::new(keys),
            Trust::Bundle(bundle) => Authenticator::with_bundle(bundle),
        }
    }
}
