use core::fmt;

use keyward_core::{Claims, KeyId, LicenseKey, Repairs};

#[cfg(feature = "files")]
use crate::files::RevocationList;
use crate::{LicenseDigest, TrustedKey, VerifyError};

/// A license key with a good signature of a trusted key. Whether that key may sign such a license, and whether the license
/// is for a product, is not checked yet: a [`Verifier`](crate::Verifier) or
/// [`Authenticator::permit`](crate::Authenticator::permit) does that.
///
/// Only an [`Authenticator`](crate::Authenticator) makes one.
#[derive(Clone)]
pub struct SignedKey<'keys> {
    /// Not returned before the limits of the signer are checked.
    key: AuthenticKey,
    signer: &'keys TrustedKey,
}

impl<'keys> SignedKey<'keys> {
    /// Reads the claims of a key whose signature is good.
    pub(crate) fn new(
        key: LicenseKey,
        signer: &'keys TrustedKey,
        repairs: Repairs,
    ) -> Result<SignedKey<'keys>, VerifyError> {
        match key.unverified_claims() {
            Ok(claims) => Ok(SignedKey { key: AuthenticKey { key, claims, key_id: signer.id(), repairs }, signer }),
            Err(error) => Err(VerifyError::undecodable(key.unverified_serial(), error)),
        }
    }

    /// The signed claims.
    pub const fn claims(&self) -> &Claims {
        self.key.claims()
    }

    /// The key in its canonical text.
    pub const fn key(&self) -> &LicenseKey {
        self.key.key()
    }

    /// The trusted key that signed it.
    pub const fn key_id(&self) -> KeyId {
        self.key.key_id()
    }

    /// The mistakes in the text as typed, group by group; empty if there were none. For the person who typed it, not for a
    /// log.
    pub const fn repairs(&self) -> &Repairs {
        self.key.repairs()
    }

    /// The license digest: revocation lists and allow-lists name the license by it.
    pub fn digest(&self) -> LicenseDigest {
        self.key.digest()
    }

    pub(crate) const fn signer(&self) -> &'keys TrustedKey {
        self.signer
    }

    /// The authentic key, after the limits of the signing key have been checked.
    pub(crate) fn authentic(self) -> AuthenticKey {
        self.key
    }
}

/// A genuine license key: proof that a trusted key, which may sign such a license, signed its claims. Its product,
/// environment and machine, and whether it was revoked, are not checked. So it has no standing; only a
/// [`License`](crate::License) has one.
///
/// Only an [`Authenticator`](crate::Authenticator) makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthenticKey {
    key: LicenseKey,
    claims: Claims,
    key_id: KeyId,
    repairs: Repairs,
}

impl AuthenticKey {
    /// The claims that the vendor signed.
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The key in its canonical text: store this, whatever was typed.
    pub const fn key(&self) -> &LicenseKey {
        &self.key
    }

    /// The trusted key that signed it.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The mistakes in the text as typed, group by group; empty if there were none. For the person who typed it, not for a
    /// log.
    pub const fn repairs(&self) -> &Repairs {
        &self.repairs
    }

    /// The license digest: revocation lists and allow-lists name the license by it.
    pub fn digest(&self) -> LicenseDigest {
        LicenseDigest::of(&self.key)
    }

    /// The refusal of this license by a list that names it; `None` if the list does not.
    #[cfg(feature = "files")]
    pub fn refusal_by(&self, list: &RevocationList) -> Option<VerifyError> {
        let digest = self.digest();
        let status = list.status_of(&digest)?;
        Some(VerifyError::of_status(self.claims.serial(), digest, status, list.sequence))
    }
}

/// Shows the serial, never the text.
impl fmt::Debug for SignedKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedKey")
            .field("claims", self.claims())
            .field("key_id", &self.key_id())
            .field("repairs", self.repairs())
            .finish_non_exhaustive()
    }
}

/// Shows the serial, never the text.
impl fmt::Debug for AuthenticKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticKey")
            .field("claims", &self.claims)
            .field("key_id", &self.key_id)
            .field("repairs", &self.repairs)
            .finish_non_exhaustive()
    }
}
