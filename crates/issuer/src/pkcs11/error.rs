use std::path::PathBuf;
use std::{fmt, io};

use cryptoki::error::{Error, RvError};
use keyward_verifier::{KeyId, TrustedKeyError};

/// Why a key in an HSM can't be used. The messages contain no PIN.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs11Error {
    /// A URI without a module.
    #[error(
        "the URI names no PKCS#11 module: add the path of the library that comes with the HSM, such as \
         ?module-path=/usr/lib/softhsm/libsofthsm2.so"
    )]
    NoModule,
    /// A module that can't be loaded.
    #[error("the PKCS#11 module {} can't be loaded: check its path and its configuration", path.display())]
    Module {
        /// The path.
        path: PathBuf,
        /// The error of the system or the module.
        source: ModuleError,
    },
    /// No token matches the URI.
    #[error(
        "no token matches the URI, and the module has {}: check that the token is plugged in or reachable",
        list(present)
    )]
    NoSuchToken {
        /// The tokens of the module.
        present: Vec<String>,
    },
    /// Several tokens match the URI.
    #[error("several tokens match the URI, {}: add the serial of one of them", list(matching))]
    SeveralTokens {
        /// The tokens that match.
        matching: Vec<String>,
    },
    /// A token that needs a PIN.
    #[error("the token {token} needs a PIN: name the file with the PIN, such as pin-source=file:/run/pin")]
    NoPin {
        /// The token.
        token: String,
    },
    /// A PIN file that can't be read.
    #[error("the PIN file {} of pin-source can't be read: check its path and permissions", path.display())]
    PinSource {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A PIN file without a PIN in its first line.
    #[error("the PIN file {} of pin-source has no PIN in its first line: write the PIN there", path.display())]
    NoPinInSource {
        /// The file.
        path: PathBuf,
    },
    /// A wrong PIN.
    #[error(
        "the token {token} refused the PIN, which was tried once: check that it is the PIN of this token's user; don't guess, \
         since a token locks after a few wrong PINs"
    )]
    WrongPin {
        /// The token.
        token: String,
    },
    /// A locked PIN.
    #[error(
        "the PIN of the token {token} is locked after too many wrong PINs: ask the person with the security officer's PIN to \
         unlock it"
    )]
    PinLocked {
        /// The token.
        token: String,
    },
    /// A PIN that is not set, or has to be changed.
    #[error("the token {token} has no usable PIN yet: set one for its user with the tools of the HSM")]
    PinNotSet {
        /// The token.
        token: String,
    },
    /// No private key matches the URI.
    #[error("no private key in the token {token} matches the URI, and {}: compare object and id", keys(present))]
    NoSuchKey {
        /// The token.
        token: String,
        /// The Ed25519 keys in the token.
        present: Vec<String>,
    },
    /// Several private keys match the URI.
    #[error("several private keys in the token {token} match the URI, {}: name one by object and id", list(matching))]
    SeveralKeys {
        /// The token.
        token: String,
        /// The keys that match.
        matching: Vec<String>,
    },
    /// A private key of another algorithm.
    #[error(
        "no Ed25519 key in the token {token} matches the URI, only {} of another algorithm: name an Ed25519 key",
        list(matching)
    )]
    NotEd25519 {
        /// The token.
        token: String,
        /// The keys that match.
        matching: Vec<String>,
    },
    /// A key that needs the PIN for each signature.
    #[error(
        "the key {key} needs the PIN for each signature (CKA_ALWAYS_AUTHENTICATE), which is not supported: make a key that \
         needs it once"
    )]
    AsksEachTime {
        /// The key.
        key: String,
    },
    /// A private key without a public key in the token.
    #[error("the token has no public key with the id of the key {key}: give the public key too")]
    NoPublicKey {
        /// The private key.
        key: String,
    },
    /// Several public keys that may belong to the private key.
    #[error("the token has several public keys that may belong to the key {key}: give the right public key too")]
    SeveralPublicKeys {
        /// The private key.
        key: String,
    },
    /// A given public key that differs from the token's.
    #[error(
        "the given public key is {given}, and that of the key {key} in the token is {found}: correct one of the two"
    )]
    PublicKeyDiffers {
        /// The private key.
        key: String,
        /// The public key in the token.
        found: KeyId,
        /// The given public key.
        given: KeyId,
    },
    /// An invalid public key in the token.
    #[error("the public key of the key {key} in the token can't be trusted")]
    BadPublicKey {
        /// The private key.
        key: String,
        /// The fault of the public key.
        source: TrustedKeyError,
    },
    /// A token that was removed, or whose session has ended.
    #[error(
        "the token {token} is gone, or its session has ended: check that it is plugged in or reachable, and start again"
    )]
    Gone {
        /// The token.
        token: String,
    },
    /// A token or a key that does not sign with Ed25519.
    #[error(
        "the key {key} does not sign with Ed25519 (CKM_EDDSA): check that the HSM supports it, and that the key may sign"
    )]
    DoesNotSign {
        /// The key.
        key: String,
        /// The error of the module.
        source: ModuleError,
    },
    /// A signature of another length.
    #[error("the token returned a signature of {found} bytes, and an Ed25519 signature has 64: update the HSM")]
    NoSignature {
        /// The length in bytes.
        found: usize,
    },
    /// Any other error of the module.
    #[error("the HSM failed: look up the error in its maker's documentation")]
    Failed(#[source] ModuleError),
}

impl From<Error> for Pkcs11Error {
    fn from(error: Error) -> Pkcs11Error {
        Pkcs11Error::Failed(ModuleError(error))
    }
}

impl Pkcs11Error {
    /// The error of a login.
    pub(super) fn of_login(error: Error, token: &str) -> Pkcs11Error {
        let token = token.to_owned();
        match error {
            Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _) => {
                Pkcs11Error::WrongPin { token }
            }
            Error::Pkcs11(RvError::PinLocked, _) => Pkcs11Error::PinLocked { token },
            Error::Pkcs11(RvError::PinExpired | RvError::UserPinNotInitialized, _) => Pkcs11Error::PinNotSet { token },
            error => Pkcs11Error::or_gone(error, &token),
        }
    }

    /// The error of a signature.
    pub(super) fn of_signing(error: Error, token: &str, key: &str) -> Pkcs11Error {
        match error {
            Error::Pkcs11(
                RvError::MechanismInvalid
                | RvError::MechanismParamInvalid
                | RvError::KeyTypeInconsistent
                | RvError::KeyFunctionNotPermitted
                | RvError::CurveNotSupported,
                _,
            ) => Pkcs11Error::DoesNotSign { key: key.to_owned(), source: ModuleError(error) },
            error => Pkcs11Error::or_gone(error, token),
        }
    }

    /// [`Pkcs11Error::Gone`] if the error means that, or else [`Pkcs11Error::Failed`].
    pub(super) fn or_gone(error: Error, token: &str) -> Pkcs11Error {
        match error {
            Error::Pkcs11(
                RvError::DeviceRemoved
                | RvError::TokenNotPresent
                | RvError::SessionClosed
                | RvError::SessionHandleInvalid
                | RvError::KeyHandleInvalid
                | RvError::ObjectHandleInvalid
                | RvError::UserNotLoggedIn
                | RvError::CryptokiNotInitialized,
                _,
            ) => Pkcs11Error::Gone { token: token.to_owned() },
            error => error.into(),
        }
    }
}

/// The answer of a module, by its name in PKCS#11, or why the module was not loaded.
#[derive(Debug)]
pub struct ModuleError(pub(super) Error);

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Error::Pkcs11(answer, function) => write!(f, "C_{function:?} answered {answer:?}"),
            Error::LibraryLoading(error) => error.fmt(f),
            error => error.fmt(f),
        }
    }
}

impl std::error::Error for ModuleError {}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn keys(names: &[String]) -> String {
    match names {
        [] => "the token has no Ed25519 key".to_owned(),
        names => format!("the token has {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use cryptoki::context::Function;

    use super::*;

    #[test]
    fn the_answers_of_a_module_to_a_pin_are_different_errors() {
        for (answer, expected) in [
            (RvError::PinIncorrect, "the token acme refused the PIN, which was tried once"),
            (RvError::PinLenRange, "the token acme refused the PIN, which was tried once"),
            (RvError::PinLocked, "the PIN of the token acme is locked"),
            (RvError::UserPinNotInitialized, "the token acme has no usable PIN yet"),
            (RvError::PinExpired, "the token acme has no usable PIN yet"),
            (RvError::TokenNotPresent, "the token acme is gone"),
            (RvError::DeviceError, "the HSM failed"),
        ] {
            let error = Pkcs11Error::of_login(Error::Pkcs11(answer, Function::Login), "acme").to_string();
            assert!(error.starts_with(expected), "{answer:?}: {error}");
        }
    }

    #[test]
    fn the_answers_of_a_module_instead_of_a_signature_are_different_errors() {
        for (answer, expected) in [
            (RvError::DeviceRemoved, "the token acme is gone"),
            (RvError::SessionHandleInvalid, "the token acme is gone"),
            (RvError::MechanismInvalid, "the key vendor does not sign with Ed25519"),
            (RvError::KeyFunctionNotPermitted, "the key vendor does not sign with Ed25519"),
            (RvError::GeneralError, "the HSM failed"),
        ] {
            let error = Pkcs11Error::of_signing(Error::Pkcs11(answer, Function::Sign), "acme", "vendor").to_string();
            assert!(error.starts_with(expected), "{answer:?}: {error}");
        }
    }

    #[test]
    fn an_answer_is_shown_by_its_name() {
        let error = ModuleError(Error::Pkcs11(RvError::VendorDefined(0x8000_0001), Function::SignInit));
        assert_eq!(error.to_string(), "C_SignInit answered VendorDefined(2147483649)");
    }
}
