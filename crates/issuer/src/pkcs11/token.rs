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

/// The one token that is as a URI says. Nobody has logged in to it yet.
pub struct Pkcs11Token {
    module: Pkcs11,
    slot: Slot,
    name: String,
    login: Login,
    uri: Pkcs11Uri,
}

/// How one logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Login {
    None,
    /// The PIN is typed on the HSM itself.
    OnTheHsm,
    Pin,
}

impl Pkcs11Token {
    /// Loads the module that the URI names and finds the token in it.
    ///
    /// # Errors
    ///
    /// A module that can't be loaded; no such token, or several.
    pub fn find(uri: &Pkcs11Uri) -> Result<Pkcs11Token, Pkcs11Error> {
        let module = load(uri.module_path().ok_or(Pkcs11Error::NoModule)?)?;
        let slots = module.get_slots_with_token()?.into_iter();
        // One that is pulled out just now can't be asked what it is, and is as good as gone.
        let tokens = slots.filter_map(|slot| module.get_token_info(slot).ok().map(|token| (slot, token)));
        let present: Vec<(Slot, TokenInfo)> = tokens.filter(|(_, token)| token.token_initialized()).collect();
        let matching: Vec<&(Slot, TokenInfo)> =
            present.iter().filter(|(slot, token)| uri.is_of_token(*slot, token)).collect();
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

    /// Whether a PIN has to be given to [`Pkcs11Token::signer`]. Where it is typed on the HSM, or needed nowhere, it has not.
    pub fn needs_pin(&self) -> bool {
        self.login == Login::Pin
    }

    /// Logs in and finds the one Ed25519 key that is as the URI says. The PIN is tried once, and wiped.
    ///
    /// The public key is the token's own. If one is given, it has to be the same; where the token has none, it is taken.
    ///
    /// A process logs in to a token once: as long as one signer is logged in, the PIN of the next is not looked at.
    ///
    /// # Errors
    ///
    /// A PIN that is wrong, locked or missing; no such key, or several, or one of another kind; a public key that is
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
            // The bytes are moved, and wiped where they went.
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

/// The module, ready to be called from any thread.
fn load(path: &Path) -> Result<Pkcs11, Pkcs11Error> {
    let unusable = |error| Pkcs11Error::Module { path: path.to_owned(), source: ModuleError(error) };
    let module = Pkcs11::new(path).map_err(unusable)?;
    // It may have threads, whose code would go with it if it were unloaded; and to finalize it would end the sessions of
    // whoever else in this process uses it. So it stays.
    std::mem::forget(module.clone());
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(module),
        Err(error) => Err(unusable(error)),
    }
}

impl Pkcs11Uri {
    fn is_of_token(&self, slot: Slot, token: &TokenInfo) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        is(&self.token, token.label())
            && is(&self.serial, token.serial_number())
            && is(&self.manufacturer, token.manufacturer_id())
            && is(&self.model, token.model())
            && self.slot_id.is_none_or(|wanted| wanted == slot.id())
    }
}

/// In order: a module gives them in any.
fn described<'t>(tokens: impl IntoIterator<Item = &'t (Slot, TokenInfo)>) -> Vec<String> {
    let described = tokens
        .into_iter()
        .map(|(slot, token)| format!("{} (serial {}, slot-id {})", token.label(), token.serial_number(), slot.id()));
    let mut described: Vec<String> = described.collect();
    described.sort();
    described
}
