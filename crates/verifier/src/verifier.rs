#[cfg(feature = "files")]
use chrono::{DateTime, Utc};
#[cfg(feature = "files")]
use keyward_core::Serial;
use keyward_core::{Day, Environment, Fingerprint, LicenseKey, Product};
use keyward_grace::{Coverage, coverage};

#[cfg(feature = "files")]
use crate::LicenseDigest;
#[cfg(feature = "files")]
use crate::files::{OlderFile, PersistentState, RevocationList, Status, TrustBundle, ValidationFile, Verified};
#[cfg(feature = "files")]
use crate::required_validation::RequiredValidation;
use crate::{Authenticator, License, SignedKey, TrustedKey, VerifyError};

/// Verifies license keys for one product, with the trusted keys alone.
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
    authenticator: Authenticator<'keys>,
    product: Product,
    environment: Environment,
    machine: Option<Fingerprint>,
    released: Option<Day>,
    #[cfg(feature = "files")]
    list: Option<&'keys Verified<RevocationList>>,
    #[cfg(feature = "files")]
    state: Option<&'keys PersistentState>,
    #[cfg(feature = "files")]
    required: Option<RequiredValidation<'keys>>,
}

impl<'keys> Verifier<'keys> {
    /// A verifier for that product in production, which trusts these keys.
    pub const fn new(trusted: &'keys [TrustedKey], product: Product) -> Verifier<'keys> {
        Authenticator::new(trusted).for_product(product)
    }

    /// A verifier that trusts the keys of a bundle, each within its limits. Otherwise as [`Verifier::new`].
    #[cfg(feature = "files")]
    pub fn with_bundle(bundle: &'keys Verified<TrustBundle>, product: Product) -> Verifier<'keys> {
        Authenticator::with_bundle(bundle).for_product(product)
    }

    /// Refuses licenses that this list revokes or puts on hold.
    #[cfg(feature = "files")]
    #[must_use]
    pub const fn revocations(mut self, list: &'keys Verified<RevocationList>) -> Self {
        self.list = Some(list);
        self
    }

    /// Refuses licenses that this state has seen revoked or on hold; and every license while the trust bundle or the
    /// revocation list is older than one that was seen, or is missing. Otherwise the holder of a revoked license could
    /// remove the list before entering the license.
    #[cfg(feature = "files")]
    #[must_use]
    pub const fn state(mut self, state: &'keys PersistentState) -> Self {
        self.state = Some(state);
        self
    }

    /// Refuses licenses that are not activated on this machine, as `not-activated`: for a product of which each machine takes one
    /// of a license's activations.
    ///
    /// A license is activated here if one of these files has it, names this machine and is within its time to live at `now`, as
    /// [`ValidationFile::holds`] says. A license that is locked to this machine needs no file. Set the [`machine`](Self::machine)
    /// too: without it, no file counts.
    ///
    /// The files were opened by [`Trust::signed_validation_file`](crate::files::Trust::signed_validation_file), which opens a
    /// stale one too. Here it is no refusal by itself, since the license key is not from it: it shows no activation any more.
    ///
    /// Take `now` from a [`ClockReading`](crate::ClockReading) that has the end of each file as
    /// [`held_until`](crate::ClockEvidence::held_until), also of a stale one. Otherwise the file is fresh again when the clock is
    /// set back.
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use keyward_verifier::files::{FileError, Trust};
    /// use keyward_verifier::{ClockEvidence, ClockReading, HighWaterMark, License, Product, TrustedKey, Verifier, VerifyError};
    ///
    /// /// The license, if it is activated on this machine. The product keeps the mark of the reading.
    /// fn activated(
    ///     trusted: &[TrustedKey],
    ///     verifier: &Verifier<'_>,
    ///     license: License,
    ///     kept_file: Option<&[u8]>,
    ///     clock: DateTime<Utc>,
    ///     mark: &HighWaterMark,
    /// ) -> Result<(Result<License, VerifyError>, ClockReading), FileError> {
    ///     let trust = Trust::Keys(trusted);
    ///     let file = kept_file.map(|bytes| trust.signed_validation_file(bytes)).transpose()?;
    ///     let evidence = ClockEvidence::new(clock);
    ///     let evidence = file.iter().fold(evidence, |evidence, file| evidence.held_until(file.stale_at()));
    ///     let issued = file.iter().filter_map(|file| file.evidence_of_time());
    ///     let reading = issued.fold(evidence, ClockEvidence::issued).read(mark, [license.claims()]);
    ///     let verifier = verifier.clone().require_validation(reading.now(), file.as_slice());
    ///     Ok((verifier.verify_key(license.key().clone()), reading))
    /// }
    ///
    /// # let vendor = [TrustedKey::from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")?];
    /// # let verifier = Verifier::new(&vendor, Product(3));
    /// # let license = verifier.verify(
    /// #     "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-\
    /// #      M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3",
    /// # )?;
    /// # let now = "2026-11-22T08:00:00Z".parse()?;
    /// let (refused, _) = activated(&vendor, &verifier, license, None, now, &HighWaterMark::NONE)?;
    /// assert_eq!(refused.unwrap_err().code(), "not-activated");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "files")]
    #[must_use]
    pub const fn require_validation(mut self, now: DateTime<Utc>, files: &'keys [Verified<ValidationFile>]) -> Self {
        self.required = Some(RequiredValidation { now, files });
        self
    }

    /// Sets the environment. The default is production.
    #[must_use]
    pub const fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Sets the machine that the product runs on. Without it, a license that is locked to a machine is refused.
    #[must_use]
    pub const fn machine(mut self, fingerprint: Fingerprint) -> Self {
        self.machine = Some(fingerprint);
        self
    }

    /// Sets the day on which the running version was released. Without it, every version is covered.
    #[must_use]
    pub const fn released(mut self, day: Day) -> Self {
        self.released = Some(day);
        self
    }

    /// Refuses damaged text instead of repairing it: for keys that no person has typed.
    #[must_use]
    pub const fn without_repair(mut self) -> Self {
        self.authenticator = self.authenticator.without_repair();
        self
    }

    /// Verifies a license key as it was typed, pasted or scanned, and repairs mistakes in it.
    ///
    /// The text may be a mail with the key in it, quoted or not: up to 65,536 bytes are searched. If there are several
    /// keys, and more than one is accepted, the text is `malformed`; [`keys_in`](crate::keys_in) finds each of them.
    ///
    /// # Errors
    ///
    /// The first check that fails, in this order: `malformed`, `needs-newer` (a later version of the format), `damaged`,
    /// `unknown-key`, `bad-signature`, `needs-newer` (a claim of a later version), `invalid-claims`, `wrong-product`,
    /// `wrong-environment`, `wrong-machine`, `version-not-covered`, and with signed files or a state `not-permitted`,
    /// `revoked`, `on-hold`, `rollback`, `not-activated`. Of several keys that are refused, that of the one with the greatest
    /// [`Outcome::number`](crate::Outcome::number).
    pub fn verify(&self, text: &str) -> Result<License, VerifyError> {
        self.authenticator.first_of(text, |signed| self.accept(signed))
    }

    /// Verifies a key that has been read already.
    ///
    /// # Errors
    ///
    /// The errors of [`Verifier::verify`], from `unknown-key` on.
    pub fn verify_key(&self, key: LicenseKey) -> Result<License, VerifyError> {
        self.authenticator.check_signature_of(key).and_then(|signed| self.accept(signed))
    }

    /// Verifies a key whose signature has been checked already, by an [`Authenticator`] that trusts the same keys.
    ///
    /// # Errors
    ///
    /// The errors of [`Verifier::verify`], from `wrong-product` on; `unknown-key` if the signing key is not trusted here.
    pub fn verify_signed(&self, signed: SignedKey<'_>) -> Result<License, VerifyError> {
        self.authenticator.check_trust(&signed)?;
        self.accept(signed)
    }

    /// Checks that the license is for this product, environment, machine and version, and may be used.
    fn accept(&self, signed: SignedKey<'_>) -> Result<License, VerifyError> {
        let claims = signed.claims();
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
            if let Coverage::NotCovered { updates_through } = coverage(claims, released) {
                return Err(VerifyError::VersionNotCovered { serial, updates_through, released });
            }
        }
        #[cfg(feature = "files")]
        {
            self.authenticator.check_limits(&signed)?;
            self.check_revocation(&signed)?;
            if let Some(required) = &self.required {
                required.check(&signed, self.machine.as_ref(), self.authenticator.trust())?;
            }
        }
        Ok(License::new(signed.authentic()))
    }
}

impl<'keys> Authenticator<'keys> {
    /// A verifier for that product in production, which trusts the same keys.
    pub const fn for_product(self, product: Product) -> Verifier<'keys> {
        Verifier {
            authenticator: self,
            product,
            environment: Environment::Production,
            machine: None,
            released: None,
            #[cfg(feature = "files")]
            list: None,
            #[cfg(feature = "files")]
            state: None,
            #[cfg(feature = "files")]
            required: None,
        }
    }
}

#[cfg(feature = "files")]
impl Verifier<'_> {
    /// Checks that the license is neither revoked nor on hold, by the newest list that was seen.
    fn check_revocation(&self, signed: &SignedKey<'_>) -> Result<(), VerifyError> {
        if self.list.is_none() && self.state.is_none() {
            return Ok(());
        }
        let (serial, digest) = (signed.claims().serial(), signed.digest());
        match self.status_of(&digest) {
            Some((status, list)) => Err(VerifyError::of_status(serial, digest, status, list)),
            None => self.check_newest(serial),
        }
    }

    /// Checks that the bundle and the list are those that were seen last, or newer.
    fn check_newest(&self, serial: Serial) -> Result<(), VerifyError> {
        let Some(state) = self.state else { return Ok(()) };
        let checked = state.check_newest(self.authenticator.bundle(), self.list);
        checked.map_err(|OlderFile { file, found, seen }| VerifyError::Rollback { serial, file, found, seen })
    }

    /// The status of the license, and the list with this status. A revocation is for ever; for holds, the newest list
    /// decides.
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
