use crate::files::{NotPermitted, Payload, Purpose, TrustBundle};

/// A payload that is signed by a signing key, and not by the roots.
pub trait SigningKeyPayload: Payload {
    /// The purposes of which a key has to be trusted for one to sign it. The first names the kind in a refusal.
    const PURPOSES: &[Purpose];

    /// Whether the key of the bundle with these 32 bytes may sign these contents. That it has one of the purposes is checked
    /// before.
    fn permitted(&self, _bundle: &TrustBundle, _public_key: &[u8; 32]) -> Result<(), NotPermitted> {
        Ok(())
    }
}
