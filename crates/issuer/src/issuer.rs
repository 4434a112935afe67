use ed25519_dalek::Signature;
use ed25519_dalek::ed25519::signature::Signer;
use keyward_core::{Claims, ClaimsBuilder, LicenseKey, UnsignedKey};
use keyward_verifier::files::{Envelope, FileKind};
use keyward_verifier::{TrustedKey, prepare};

use crate::{RandomError, SigningKey, random_serial};

/// Signs claims into license keys, with any signer: a [`SigningKey`] from a file, or a key in an HSM or a KMS that implements
/// [`Signer`](crate::signature::Signer) for Ed25519 signatures.
///
/// ```
/// use keyward_issuer::{Day, Edition, Feature, Issuer, Product, SigningKey, claims};
///
/// let issuer = Issuer::with_key(SigningKey::generate()?);
/// let claims = claims()?
///     .product(Product(3))
///     .edition(Edition(2))
///     .unlimited_seats()
///     .valid_from(Day::from_ymd(2026, 1, 1)?)
///     .valid_through(Day::from_ymd(2026, 12, 31)?)
///     .feature(Feature::new(0))
///     .build()?;
/// let key = issuer.sign(&claims)?;
/// println!("{key:#}"); // six groups to a line
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A key in an HSM without a PKCS#11 module:
///
/// ```
/// use keyward_issuer::signature::{self, Signer};
/// use keyward_issuer::{Issuer, Signature, TrustedKey};
///
/// struct Hsm; // a session, and the name of a key in it
///
/// # fn hsm_sign(_: &[u8]) -> Option<[u8; 64]> { None }
/// impl Signer<Signature> for Hsm {
///     fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
///         let bytes = hsm_sign(message).ok_or_else(signature::Error::new)?; // CKM_EDDSA, 64 bytes
///         Ok(Signature::from_bytes(&bytes))
///     }
/// }
///
/// let public = TrustedKey::from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")?;
/// let issuer = Issuer::new(Hsm, public);
/// # Ok::<(), keyward_issuer::TrustedKeyError>(())
/// ```
#[derive(Debug)]
pub struct Issuer<S = SigningKey> {
    signer: S,
    verifying_key: TrustedKey,
}

impl Issuer<SigningKey> {
    /// An issuer with a signing key in memory.
    pub fn with_key(key: SigningKey) -> Issuer<SigningKey> {
        let verifying_key = key.verifying_key().clone();
        Issuer::new(key, verifying_key)
    }
}

impl<S: Signer<Signature>> Issuer<S> {
    /// An issuer with a signer and the public key that it signs for.
    pub const fn new(signer: S, verifying_key: TrustedKey) -> Issuer<S> {
        Issuer { signer, verifying_key }
    }

    /// The same issuer, for many licenses: tables of 1.3 MB halve the time of verifying a signature. They save time from about
    /// a hundred licenses on.
    #[must_use]
    pub fn prepared(mut self) -> Issuer<S> {
        prepare(std::slice::from_mut(&mut self.verifying_key));
        self
    }

    /// The public key, which products trust.
    pub const fn verifying_key(&self) -> &TrustedKey {
        &self.verifying_key
    }

    /// Signs the claims. Each signature is verified, as strictly as in products, so that a faulty signer is noticed here.
    ///
    /// # Errors
    ///
    /// A signer that fails or returns a wrong signature; a fingerprint that fits no machine.
    pub fn sign(&self, claims: &Claims) -> Result<LicenseKey, SignError> {
        if claims.fingerprint().is_some_and(|fingerprint| fingerprint.present() == 0) {
            return Err(SignError::EmptyFingerprint);
        }
        let unsigned = UnsignedKey::new(claims, self.verifying_key.id().hint());
        let signature = self.signature(unsigned.signed_bytes())?;
        Ok(unsigned.with_signature(&signature))
    }

    /// The verified signature over bytes that begin with the label of their purpose.
    pub(crate) fn signature(&self, signed_bytes: &[u8]) -> Result<[u8; 64], SignError> {
        let signature = self.signer.try_sign(signed_bytes).map_err(|_| SignError::Signer)?.to_bytes();
        if !self.verifying_key.verifies(signed_bytes, &signature) {
            return Err(SignError::WrongSignature);
        }
        Ok(signature)
    }
}

/// A builder of claims with a random serial.
///
/// # Errors
///
/// [`RandomError`] if the operating system has no random bytes.
pub fn claims() -> Result<ClaimsBuilder, RandomError> {
    random_serial().map(|serial| Claims::builder().serial(serial))
}

/// Why no license key was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The signer failed.
    #[error("the signer failed: check that the HSM or the service with the key is reachable and unlocked")]
    Signer,
    /// The signer returned a signature that the public key does not verify.
    #[error(
        "the signer returned a wrong signature, which was not used: check that the public key belongs to the signing key"
    )]
    WrongSignature,
    /// With one more signature, no reader would open the file.
    #[error(
        "{kind} with this signature would have more than {} bytes or {} signatures, and no product would open it: take entries \
         or signatures out",
        .kind.max_bytes(),
        Envelope::MAX_SIGNATURES
    )]
    FileTooLarge {
        /// The kind of the file.
        kind: FileKind,
    },
    /// The fingerprint in the claims has no component.
    #[error("the fingerprint has no component and fits no machine: compute it again, or leave it out")]
    EmptyFingerprint,
    /// [`Issuance::issued_by`](crate::issuance::Issuance::issued_by) has no visible letter or digit.
    #[error("the name of the person who issues the license has no visible letter or digit: write it")]
    IssuedByBlank,
    /// It has white space or invisible characters around it.
    #[error(
        "the name of the person who issues the license begins or ends with white space or an invisible character: write it \
         without"
    )]
    IssuedBySpaceAround,
    /// It has an invisible character within.
    #[error(
        "the name of the person who issues the license has the invisible character U+{:04X}: remove it",
        u32::from(*.character)
    )]
    IssuedByInvisible {
        /// The character.
        character: char,
    },
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use ed25519_dalek::ed25519::signature;
    use keyward_core::{Day, Edition, Fingerprint, Product};
    use keyward_verifier::MachineComponents;

    use super::*;

    fn some_claims() -> ClaimsBuilder {
        let day = Day::from_ymd(2026, 1, 1).unwrap();
        claims().unwrap().product(Product(3)).edition(Edition(2)).unlimited_seats().valid_from(day).perpetual()
    }

    #[test]
    fn the_signature_of_another_key_does_not_leave() {
        let (key, other) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
        let issuer = Issuer::new(key, other.verifying_key().clone());
        assert_eq!(issuer.sign(&some_claims().build().unwrap()), Err(SignError::WrongSignature));
    }

    #[test]
    fn a_signature_with_one_bit_wrong_does_not_leave() {
        struct Faulty(SigningKey, usize);
        impl Signer<Signature> for Faulty {
            fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
                let mut bytes = self.0.sign(message).to_bytes();
                *bytes.get_mut(self.1 / 8).unwrap() ^= 1 << (self.1 % 8);
                Ok(Signature::from_bytes(&bytes))
            }
        }
        let claims = some_claims().build().unwrap();
        for bit in 0..512 {
            let key = SigningKey::from_seed(&[1; 32]);
            let verifying_key = key.verifying_key().clone();
            assert_eq!(Issuer::new(Faulty(key, bit), verifying_key).sign(&claims), Err(SignError::WrongSignature));
        }
    }

    #[test]
    fn a_signer_that_fails_is_named() {
        struct Gone;
        impl Signer<Signature> for Gone {
            fn try_sign(&self, _: &[u8]) -> Result<Signature, signature::Error> {
                Err(signature::Error::new())
            }
        }
        let issuer = Issuer::new(Gone, SigningKey::from_seed(&[1; 32]).verifying_key().clone());
        assert_eq!(issuer.sign(&some_claims().build().unwrap()), Err(SignError::Signer));
    }

    #[test]
    fn a_fingerprint_that_fits_no_machine_is_not_signed() {
        let issuer = Issuer::with_key(SigningKey::from_seed(&[1; 32]));
        let claims = some_claims().fingerprint(Fingerprint::from_digests([None; 5])).build().unwrap();
        assert_eq!(issuer.sign(&claims), Err(SignError::EmptyFingerprint));
    }

    #[test]
    fn a_machine_of_placeholders_alone_is_not_signed() {
        let machine = MachineComponents {
            machine_id: Some(b"uninitialized\n"),
            board_id: Some(b"To Be Filled By O.E.M."),
            system_disk: Some(b"0000_0000_0000_0000"),
            network_card: Some(b"02:42:ac:11:00:02"),
            vendors_own: None,
        };
        let issuer = Issuer::with_key(SigningKey::from_seed(&[1; 32]));
        let sign = |machine: MachineComponents<'_>| {
            issuer.sign(&some_claims().fingerprint(machine.fingerprint(Product(3))).build().unwrap())
        };
        assert_eq!(sign(machine), Err(SignError::EmptyFingerprint));
        assert!(sign(MachineComponents { board_id: Some(b"B5QNM32"), ..machine }).is_ok());
    }

    #[test]
    fn no_two_licenses_have_the_same_serial() {
        assert_ne!(claims().unwrap().serial_if_set(), claims().unwrap().serial_if_set());
    }
}
