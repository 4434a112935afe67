use std::fmt;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

/// A generator gave no random bytes.
///
/// This is rare: the system has just booted, a sandbox does not allow the system call, or an HSM is not logged in. Keys and
/// serials can't be made without random bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there are no random bytes for a key or a serial: {reason}")]
pub struct RandomError {
    /// The message of the generator.
    reason: String,
}

impl RandomError {
    fn new(reason: &impl fmt::Display) -> RandomError {
        RandomError { reason: reason.to_string() }
    }
}

/// The generator of the operating system. It is asked each time: a generator in the program would repeat its bytes in a copy
/// of the virtual machine.
pub use getrandom::SysRng;

/// Bytes from a generator.
pub(crate) fn random_bytes<const N: usize, R>(rng: &mut R) -> Result<Zeroizing<[u8; N]>, RandomError>
where
    R: TryCryptoRng + ?Sized,
{
    let mut bytes = Zeroizing::new([0; N]);
    rng.try_fill_bytes(bytes.as_mut_slice()).map_err(|error| RandomError::new(&error))?;
    Ok(bytes)
}

#[cfg(test)]
pub(crate) mod tests {
    use rand_core::{TryCryptoRng, TryRng};

    use super::*;

    /// A generator that always fails.
    pub(crate) struct Broken;

    impl TryRng for Broken {
        type Error = fmt::Error;

        fn try_next_u32(&mut self) -> Result<u32, fmt::Error> {
            Err(fmt::Error)
        }

        fn try_next_u64(&mut self) -> Result<u64, fmt::Error> {
            Err(fmt::Error)
        }

        fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), fmt::Error> {
            Err(fmt::Error)
        }
    }

    impl TryCryptoRng for Broken {}

    #[test]
    fn the_message_of_a_failed_generator_is_in_the_error() {
        let error = random_bytes::<8, _>(&mut Broken).map(|_| ()).map_err(|error| error.to_string());
        let expected = format!("there are no random bytes for a key or a serial: {}", fmt::Error);
        assert_eq!(error, Err(expected));
    }
}
