use std::fmt;
use std::sync::{Mutex, PoisonError};

use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use ed25519_dalek::Signature;
use ed25519_dalek::ed25519::signature::{self, Signer};
use keyward_verifier::TrustedKey;

use super::{Pkcs11Error, Pkcs11Token, Pkcs11Uri, key};

/// An Ed25519 key in a token, after the login. It signs for an [`Issuer`](crate::Issuer) on any thread, one signature at a time.
///
/// The key never leaves the token. Dropping the signer ends its session. The last session ends the login.
pub struct Pkcs11Signer {
    session: Mutex<Session>,
    key: ObjectHandle,
    key_name: String,
    token_name: String,
    verifying_key: TrustedKey,
}

impl Pkcs11Signer {
    /// The key that matches the URI, with the PIN of its `pin-source`.
    ///
    /// The public key is the token's. A given public key has to be the same; if the token has none, the given one is used.
    ///
    /// # Errors
    ///
    /// The errors of [`Pkcs11Token::find`], [`Pkcs11Uri::pin`] and [`Pkcs11Token::signer`].
    pub fn open(uri: &Pkcs11Uri, public: Option<&TrustedKey>) -> Result<Pkcs11Signer, Pkcs11Error> {
        let token = Pkcs11Token::find(uri)?;
        token.signer(uri.pin()?, public)
    }

    pub(super) fn find(
        session: Session,
        token: &str,
        uri: &Pkcs11Uri,
        public: Option<&TrustedKey>,
    ) -> Result<Pkcs11Signer, Pkcs11Error> {
        let found = key::find(&session, token, uri)?;
        let verifying_key = found.verifying_key(&session, public)?;
        Ok(Pkcs11Signer {
            session: Mutex::new(session),
            key: found.handle,
            key_name: found.name,
            token_name: token.to_owned(),
            verifying_key,
        })
    }

    /// The public key.
    pub const fn verifying_key(&self) -> &TrustedKey {
        &self.verifying_key
    }

    /// The signature of the message, 64 bytes (CKM_EDDSA over the message itself). [`Signer::try_sign`] has the same error only
    /// as a source.
    ///
    /// # Errors
    ///
    /// A token that is gone, or does not sign.
    pub fn signature_of(&self, message: &[u8]) -> Result<Signature, Pkcs11Error> {
        let plain = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519));
        // A thread that panicked left the session in a valid state.
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let signature = session
            .sign(&plain, self.key, message)
            .map_err(|error| Pkcs11Error::of_signing(error, &self.token_name, &self.key_name))?;
        Signature::from_slice(&signature).map_err(|_| Pkcs11Error::NoSignature { found: signature.len() })
    }
}

impl Signer<Signature> for Pkcs11Signer {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
        self.signature_of(message).map_err(signature::Error::from_source)
    }
}

impl fmt::Debug for Pkcs11Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Signer")
            .field("token", &self.token_name)
            .field("key", &self.key_name)
            .field("verifying_key", &self.verifying_key)
            .finish_non_exhaustive()
    }
}
