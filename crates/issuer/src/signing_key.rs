use std::fmt;

use ed25519_dalek::Signature;
use ed25519_dalek::ed25519::signature::{self, Signer};
use keyward_verifier::TrustedKey;
use rand_core::TryCryptoRng;

use crate::RandomError;
use crate::random::{SysRng, random_bytes};

/// The Ed25519 key that signs license keys. A person who has it can issue any license.
///
/// It is wiped from memory when it is dropped, and can't be copied. Its public key is always derived from the secret one,
/// since a signature with another public key would reveal the secret. `Debug` shows the public key only.
///
/// ```
/// use keyward_issuer::SigningKey;
///
/// let key = SigningKey::generate()?;
/// let again = SigningKey::from_pem(&key.to_pem())?;
/// assert_eq!(again.verifying_key(), key.verifying_key());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Keys in files: [`from_pem`](SigningKey::from_pem), [`from_encrypted_pem`](SigningKey::from_encrypted_pem),
/// [`to_pem`](SigningKey::to_pem), [`to_encrypted_pem`](SigningKey::to_encrypted_pem),
/// [`public_pem`](SigningKey::public_pem), and [`write_private`](crate::write_private) to put them on disk.
/// A key in an HSM is a signer of another type, such as `pkcs11::Pkcs11Signer` with the Cargo feature `pkcs11`.
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    verifying_key: TrustedKey,
}

impl SigningKey {
    /// A new key from the generator of the operating system.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the operating system has no random bytes.
    pub fn generate() -> Result<SigningKey, RandomError> {
        SigningKey::generate_from_rng(&mut SysRng)
    }

    /// A new key from any cryptographic generator, such as one of an HSM, or one with a seed in tests.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the generator fails.
    pub fn generate_from_rng<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<SigningKey, RandomError> {
        random_bytes(rng).map(|seed| SigningKey::from_seed(&seed))
    }

    /// The key with that seed: 32 random bytes, the private key of RFC 8032 (section 5.1.5).
    ///
    /// It is for test vectors, and for moving a key between a file and an HSM. The caller wipes the seed.
    pub fn from_seed(seed: &[u8; 32]) -> SigningKey {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        SigningKey { verifying_key: TrustedKey::of_signing_key(&key), key }
    }

    /// The public key, which products trust.
    pub const fn verifying_key(&self) -> &TrustedKey {
        &self.verifying_key
    }

    pub(crate) fn seed(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }
}

impl Signer<Signature> for SigningKey {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
        self.key.try_sign(message)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verifying_key = hex::encode(self.verifying_key.to_bytes());
        f.debug_struct("SigningKey").field("verifying_key", &verifying_key).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::{Rng, SeedableRng};

    use super::*;
    use crate::random::tests::Broken;

    /// RFC 8032, section 7.1, test 2: seed, public key, message, signature.
    #[test]
    fn a_seed_gives_the_public_key_and_the_signature_of_rfc_8032() {
        let mut seed = [0; 32];
        hex::decode_to_slice("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", &mut seed).unwrap();
        let key = SigningKey::from_seed(&seed);
        assert_eq!(
            hex::encode(key.verifying_key().to_bytes()),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
        assert_eq!(
            hex::encode(key.sign(&[0x72]).to_bytes()),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
    }

    #[test]
    fn a_generated_key_has_the_next_32_bytes_of_the_generator() {
        let seeded = || ChaCha20Rng::from_seed([7; 32]);
        let (mut rng, mut bytes) = (seeded(), [0; 32]);
        seeded().fill_bytes(&mut bytes);
        assert_eq!(SigningKey::generate_from_rng(&mut rng).unwrap().seed(), &bytes);
        assert_ne!(SigningKey::generate_from_rng(&mut rng).unwrap().seed(), &bytes);
        assert!(SigningKey::generate_from_rng(&mut Broken).is_err());
    }

    #[test]
    fn generated_keys_differ() {
        let keys = [SigningKey::generate().unwrap(), SigningKey::generate().unwrap()];
        assert_ne!(keys[0].seed(), keys[1].seed());
        assert_ne!(keys[0].verifying_key(), keys[1].verifying_key());
    }

    #[test]
    fn debug_shows_the_public_key_and_nothing_of_the_seed() {
        let key = SigningKey::from_seed(&[0xA5; 32]);
        for shown in [format!("{key:?}"), format!("{key:#?}")] {
            assert!(shown.contains(&hex::encode(key.verifying_key().to_bytes())), "{shown}");
            for seed in ["a5a5", "A5A5", "165, 165", "165,\n"] {
                assert!(!shown.contains(seed), "{shown}");
            }
        }
    }
}
