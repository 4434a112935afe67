use crate::files::{NotPermitted, Payload, Purpose, TrustBundle};

/// A payload that is signed by a signing key, and not by the roots.
pub trait SigningKeyPayload: Payload {
    /// The purpose for which a key has to be trusted to sign it.
    const PURPOSE: Purpose;

    /// Whether the key of the bundle with these 32 bytes may sign these contents. The purpose is checked separately.
    fn permitted(&self, _bundle: &TrustBundle, _public_key: &[u8; 32]) -> Result<(), NotPermitted> {
        Ok(())
    }
}
