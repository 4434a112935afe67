use std::path::PathBuf;
use std::{fmt, io};

use cryptoki::error::{Error, RvError};
use keyward_verifier::{KeyId, TrustedKeyError};

/// Why a key in an HSM can't be used. No PIN is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs11Error {
    /// No module was named.
    #[error(
        "no PKCS#11 module is named: add module-path to the URI, such as ?module-path=/usr/lib/softhsm/libsofthsm2.so; it \
         is a library that comes with the HSM"
    )]
    NoModule,
    /// The module can't be used.
    #[error("the PKCS#11 module {} can't be loaded: see that its path is right, and that it is set up", path.display())]
    Module {
        /// Its path.
        path: PathBuf,
        /// What the system or the module says.
        source: ModuleError,
    },
    /// No token is as the URI says.
    #[error(
        "no token is as the URI says, and the module has {}: see that it is plugged in or reachable",
        list(present)
    )]
    NoSuchToken {
        /// Those that are there.
        present: Vec<String>,
    },
    /// Several tokens are as the URI says.
    #[error("several tokens are as the URI says, {}: name one by its serial too", list(matching))]
    SeveralTokens {
        /// Those that are.
        matching: Vec<String>,
    },
    /// The token asks for a PIN, and none was given.
    #[error(
        "the token {token} asks for a PIN: name the file that has it with pin-source, such as pin-source=file:/run/pin"
    )]
    NoPin {
        /// The token.
        token: String,
    },
    /// The file with the PIN can't be read.
    #[error("the file {}, which pin-source names, can't be read", path.display())]
    PinSource {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file has no PIN in its first line.
    #[error("the file {}, which pin-source names, has no PIN in its first line", path.display())]
    NoPinInSource {
        /// The file.
        path: PathBuf,
    },
    /// The PIN is another one.
    #[error(
        "the token {token} refused the PIN, and it was not tried again: see that it is the PIN of this token's user, and \
         don't guess, since a token locks after a few wrong tries"
    )]
    WrongPin {
        /// The token.
        token: String,
    },
    /// The token takes no PIN any more.
    #[error(
        "the PIN of the token {token} is locked, after too many wrong ones: whoever has the security officer's PIN can \
         unlock it"
    )]
    PinLocked {
        /// The token.
        token: String,
    },
    /// The user's PIN has not been set, or has to be changed.
    #[error("the token {token} has no PIN that can be used yet: set one for its user with the tools of the HSM")]
    PinNotSet {
        /// The token.
        token: String,
    },
    /// No private key is as the URI says.
    #[error(
        "no private key in the token {token} is as the URI says, and there {}: compare object and id",
        keys(present)
    )]
    NoSuchKey {
        /// The token.
        token: String,
        /// The Ed25519 keys that are there.
        present: Vec<String>,
    },
    /// Several keys are as the URI says.
    #[error(
        "several private keys in the token {token} are as the URI says, {}: name one by object and id",
        list(matching)
    )]
    SeveralKeys {
        /// The token.
        token: String,
        /// Those that are.
        matching: Vec<String>,
    },
    /// A private key of another kind.
    #[error(
        "no Ed25519 key in the token {token} is as the URI says, but {}, of another kind: licenses are signed with Ed25519 \
         only",
        list(matching)
    )]
    NotEd25519 {
        /// The token.
        token: String,
        /// Those that are.
        matching: Vec<String>,
    },
    /// The key wants the PIN each time.
    #[error(
        "the key {key} asks for the PIN with every signature (CKA_ALWAYS_AUTHENTICATE), which is not supported: make one \
         that asks once"
    )]
    AsksEachTime {
        /// The key.
        key: String,
    },
    /// The token does not say which public key belongs to the private one.
    #[error("the token has no public key of the same id beside the key {key}: give the public key too")]
    NoPublicKey {
        /// The private key.
        key: String,
    },
    /// The token has several public keys that may belong to the private one.
    #[error("the token has several public keys that may be that of {key}: give the one that is")]
    SeveralPublicKeys {
        /// The private key.
        key: String,
    },
    /// The public key that was given is not the token's.
    #[error(
        "the public key that was given is {given}, and that of {key} in the token is {found}: one of them is not meant"
    )]
    PublicKeyDiffers {
        /// The private key.
        key: String,
        /// The one in the token.
        found: KeyId,
        /// The one that was given.
        given: KeyId,
    },
    /// The public key in the token is none that could be trusted.
    #[error("the public key of {key} in the token can't be used")]
    BadPublicKey {
        /// The private key.
        key: String,
        /// Why.
        source: TrustedKeyError,
    },
    /// The token is no longer there, or no longer logged in to.
    #[error(
        "the token {token} is gone, or its session has ended: see that it is plugged in or reachable, and begin anew"
    )]
    Gone {
        /// The token.
        token: String,
    },
    /// The token or the key does not do what is needed.
    #[error("the key {key} does not sign with Ed25519 (CKM_EDDSA): see that the HSM can, and that the key may sign")]
    DoesNotSign {
        /// The key.
        key: String,
        /// What the module says.
        source: ModuleError,
    },
    /// What the module gave is no signature.
    #[error(
        "the token gave {found} bytes for a signature, and an Ed25519 signature has 64: see that the HSM is up to date"
    )]
    NoSignature {
        /// How many bytes it gave.
        found: usize,
    },
    /// Anything else that the module says.
    #[error("the HSM failed: its maker's documentation says what it means")]
    Failed(#[source] ModuleError),
}

impl From<Error> for Pkcs11Error {
    fn from(error: Error) -> Pkcs11Error {
        Pkcs11Error::Failed(ModuleError(error))
    }
}

impl Pkcs11Error {
    /// Why the login failed.
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

    /// Why nothing was signed.
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

    /// That the token is gone, if that is what the module says.
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

/// What a module answered, by the names that PKCS#11 has for it, or why it was not loaded.
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
        [] => "is no Ed25519 key at all".to_owned(),
        [name] => format!("is {name}"),
        names => format!("are {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use cryptoki::context::Function;

    use super::*;

    #[test]
    fn what_a_module_answers_to_the_pin_is_told_apart() {
        for (answer, said) in [
            (RvError::PinIncorrect, "the token acme refused the PIN, and it was not tried again"),
            (RvError::PinLenRange, "the token acme refused the PIN, and it was not tried again"),
            (RvError::PinLocked, "the PIN of the token acme is locked"),
            (RvError::UserPinNotInitialized, "the token acme has no PIN that can be used yet"),
            (RvError::PinExpired, "the token acme has no PIN that can be used yet"),
            (RvError::TokenNotPresent, "the token acme is gone"),
            (RvError::DeviceError, "the HSM failed"),
        ] {
            let error = Pkcs11Error::of_login(Error::Pkcs11(answer, Function::Login), "acme").to_string();
            assert!(error.starts_with(said), "{answer:?}: {error}");
        }
    }

    #[test]
    fn what_a_module_answers_instead_of_a_signature_is_told_apart() {
        for (answer, said) in [
            (RvError::DeviceRemoved, "the token acme is gone"),
            (RvError::SessionHandleInvalid, "the token acme is gone"),
            (RvError::MechanismInvalid, "the key vendor does not sign with Ed25519"),
            (RvError::KeyFunctionNotPermitted, "the key vendor does not sign with Ed25519"),
            (RvError::GeneralError, "the HSM failed"),
        ] {
            let error = Pkcs11Error::of_signing(Error::Pkcs11(answer, Function::Sign), "acme", "vendor").to_string();
            assert!(error.starts_with(said), "{answer:?}: {error}");
        }
    }

    #[test]
    fn an_answer_is_shown_by_its_name() {
        let error = ModuleError(Error::Pkcs11(RvError::VendorDefined(0x8000_0001), Function::SignInit));
        assert_eq!(error.to_string(), "C_SignInit answered VendorDefined(2147483649)");
    }
}
