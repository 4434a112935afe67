use keyward_core::Serial;
use rand_core::TryCryptoRng;

use crate::RandomError;
use crate::random::{SysRng, random_bytes};

/// A new serial: 8 bytes from the generator of the operating system.
///
/// Among a million keys, two have the same serial with a probability of 1 in 37 million. The record refuses the second.
///
/// # Errors
///
/// [`RandomError`] if the operating system has no random bytes.
///
/// ```
/// let serial = keyward_issuer::random_serial()?;
/// assert_ne!(serial, keyward_issuer::random_serial()?);
/// # Ok::<(), keyward_issuer::RandomError>(())
/// ```
pub fn random_serial() -> Result<Serial, RandomError> {
    random_serial_from_rng(&mut SysRng)
}

/// A new serial from any cryptographic generator, such as one of an HSM, or one with a seed in tests.
///
/// # Errors
///
/// [`RandomError`] if the generator fails.
pub fn random_serial_from_rng<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Serial, RandomError> {
    random_bytes(rng).map(|bytes| Serial::from_bytes(*bytes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_serials_and_no_two_alike() {
        let serials = || {
            let mut rng = ChaCha20Rng::from_seed([7; 32]);
            [(); 3].map(|()| random_serial_from_rng(&mut rng).unwrap())
        };
        let [first, second, third] = serials();
        assert_eq!(serials(), [first, second, third]);
        assert!(first != second && second != third && third != first);
    }
}
