use keyward_core::Serial;

use crate::RandomError;
use crate::random::random_bytes;

/// A new serial: 8 bytes from the operating system's random source.
///
/// Among a million keys two share a serial with a chance of about one in 37 million; the ledger refuses the second.
///
/// # Errors
///
/// [`RandomError`] if the operating system has no random bytes to give.
///
/// ```
/// let serial = keyward_issuer::random_serial()?;
/// assert_ne!(serial, keyward_issuer::random_serial()?);
/// # Ok::<(), keyward_issuer::RandomError>(())
/// ```
pub fn random_serial() -> Result<Serial, RandomError> {
    random_bytes().map(|bytes| Serial::from_bytes(*bytes))
}
