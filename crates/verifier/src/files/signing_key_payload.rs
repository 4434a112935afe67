use crate::files::{NotPermitted, Payload, Purpose, TrustBundle};

/// A payload that a signing key signs, and not the roots.
pub trait SigningKeyPayload: Payload {
    /// The purpose for which a key has to be trusted to sign it.
    const PURPOSE: Purpose;

    /// Whether the key of the bundle with these 32 bytes may sign these contents, beside their kind.
    fn permitted(&self, _bundle: &TrustBundle, _public_key: &[u8; 32]) -> Result<(), NotPermitted> {
        Ok(())
    }
}
