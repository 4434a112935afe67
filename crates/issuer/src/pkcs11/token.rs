use std::fmt;
use std::path::Path;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::RawAuthPin;
use keyward_verifier::TrustedKey;
use zeroize::Zeroizing;

use super::{ModuleError, Pkcs11Error, Pkcs11Signer, Pkcs11Uri};

/// The only token that matches a URI, before the login.
pub struct Pkcs11Token {
    module: Pkcs11,
    slot: Slot,
    name: String,
    login: Login,
    uri: Pkcs11Uri,
}

/// The way of logging in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Login {
    None,
    /// The PIN is typed on the HSM itself.
    OnTheHsm,
    Pin,
}

impl Pkcs11Token {
    /// Loads the module of the URI, and finds the token in it.
    ///
    /// # Errors
    ///
    /// A module that can't be loaded; no such token, or several.
    pub fn find(uri: &Pkcs11Uri) -> Result<Pkcs11Token, Pkcs11Error> {
        let module = load(uri.module_path().ok_or(Pkcs11Error::NoModule)?)?;
        let slots = module.get_slots_with_token()?.into_iter();
        // A token without information was removed at this moment.
        let tokens = slots.filter_map(|slot| module.get_token_info(slot).ok().map(|token| (slot, token)));
        let present: Vec<(Slot, TokenInfo)> = tokens.filter(|(_, token)| token.token_initialized()).collect();
        let matching: Vec<&(Slot, TokenInfo)> =
            present.iter().filter(|(slot, token)| uri.matches(*slot, token)).collect();
        match matching.as_slice() {
            [(slot, token)] => {
                let login = if !token.login_required() {
                    Login::None
                } else if token.protected_authentication_path() {
                    Login::OnTheHsm
                } else {
                    Login::Pin
                };
                let (slot, name) = (*slot, token.label().to_owned());
                Ok(Pkcs11Token { module, slot, name, login, uri: uri.clone() })
            }
            [] => Err(Pkcs11Error::NoSuchToken { present: described(&present) }),
            several => Err(Pkcs11Error::SeveralTokens { matching: described(several.iter().copied()) }),
        }
    }

    /// The token's label.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether [`Pkcs11Token::signer`] needs a PIN: it is not typed on the HSM, and the token needs one.
    pub fn needs_pin(&self) -> bool {
        self.login == Login::Pin
    }

    /// Logs in and finds the only Ed25519 key that matches the URI. The PIN is tried once, and wiped.
    ///
    /// The public key is the token's. A given public key has to be the same; if the token has none, the given one is used.
    ///
    /// A process logs in to a token once: while one signer is logged in, the PIN of the next is not checked.
    ///
    /// # Errors
    ///
    /// A PIN that is wrong, locked or missing; no such key, several keys, or a key of another algorithm; a public key that is
    /// missing or differs.
    pub fn signer(
        self,
        pin: Option<Zeroizing<Vec<u8>>>,
        public: Option<&TrustedKey>,
    ) -> Result<Pkcs11Signer, Pkcs11Error> {
        let gone = |error| Pkcs11Error::or_gone(error, &self.name);
        let session = self.module.open_ro_session(self.slot).map_err(gone)?;
        self.log_in(&session, pin)?;
        Pkcs11Signer::find(session, &self.name, &self.uri, public)
    }

    fn log_in(&self, session: &Session, pin: Option<Zeroizing<Vec<u8>>>) -> Result<(), Pkcs11Error> {
        let logged_in = match (pin, self.login) {
            // The bytes are moved, and wiped by their new owner.
            (Some(mut pin), _) => {
                session.login_with_raw(UserType::User, &RawAuthPin::new(Box::new(std::mem::take(&mut *pin))))
            }
            (None, Login::OnTheHsm) => session.login(UserType::User, None),
            (None, Login::None) => Ok(()),
            (None, Login::Pin) => return Err(Pkcs11Error::NoPin { token: self.name.clone() }),
        };
        match logged_in {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(error) => Err(Pkcs11Error::of_login(error, &self.name)),
        }
    }
}

impl fmt::Debug for Pkcs11Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Token").field("name", &self.name).field("login", &self.login).finish_non_exhaustive()
    }
}

/// Loads and initializes the module, for calls from any thread.
fn load(path: &Path) -> Result<Pkcs11, Pkcs11Error> {
    let unusable = |error| Pkcs11Error::Module { path: path.to_owned(), source: ModuleError(error) };
    let module = Pkcs11::new(path).map_err(unusable)?;
    // The module stays loaded: it may have threads that run its code, and finalizing it would end the sessions of all its
    // users in this process.
    std::mem::forget(module.clone());
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(module),
        Err(error) => Err(unusable(error)),
    }
}

impl Pkcs11Uri {
    fn matches(&self, slot: Slot, token: &TokenInfo) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        is(&self.token, token.label())
            && is(&self.serial, token.serial_number())
            && is(&self.manufacturer, token.manufacturer_id())
            && is(&self.model, token.model())
            && self.slot_id.is_none_or(|wanted| wanted == slot.id())
    }
}

/// The tokens in order: a module returns them in any order.
fn described<'t>(tokens: impl IntoIterator<Item = &'t (Slot, TokenInfo)>) -> Vec<String> {
    let described = tokens
        .into_iter()
        .map(|(slot, token)| format!("{} (serial {}, slot-id {})", token.label(), token.serial_number(), slot.id()));
    let mut described: Vec<String> = described.collect();
    described.sort();
    described
}
