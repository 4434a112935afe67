use keyward_issuer::TrustedKey;
use keyward_issuer::pkcs11::{Pkcs11Error, Pkcs11Signer, Pkcs11Token, Pkcs11Uri};
use zeroize::Zeroizing;

use crate::io::failure::usage;
use crate::io::passphrase;
use crate::io::source::Source;
use crate::words::harmless;

/// The environment variable for the module.
const MODULE: &str = "KEYWARD_PKCS11_MODULE";

/// Logs in to an HSM, and returns the signer of its key.
pub fn open(
    uri: &Pkcs11Uri,
    public: Option<&TrustedKey>,
    passphrase_file: Option<&Source>,
) -> anyhow::Result<Pkcs11Signer> {
    let module = std::env::var_os(MODULE).filter(|path| !path.is_empty());
    let uri = module.into_iter().fold(uri.clone(), Pkcs11Uri::or_module_path);
    let token = Pkcs11Token::find(&uri).map_err(|error| match error {
        Pkcs11Error::NoModule => usage(format!("{error}, or set the environment variable {MODULE}")),
        error => error.into(),
    })?;
    let pin = pin(&uri, &token, passphrase_file)?;
    Ok(token.signer(pin, public)?)
}

/// The PIN, if one is needed: from the URI's pin-source, from the file, or from the terminal. The variable for
/// passphrases is not used: the passphrase of another key would be a wrong try.
fn pin(
    uri: &Pkcs11Uri,
    token: &Pkcs11Token,
    passphrase_file: Option<&Source>,
) -> anyhow::Result<Option<Zeroizing<Vec<u8>>>> {
    match (uri.pin()?, passphrase_file) {
        (Some(pin), _) => Ok(Some(pin)),
        (None, Some(file)) => passphrase::in_file(file).map(Some),
        (None, None) if !token.needs_pin() => Ok(None),
        (None, None) if passphrase::can_ask() => {
            passphrase::ask(&format!("PIN of the token {}: ", harmless(token.name()))).map(Some)
        }
        (None, None) => Err(usage(format!(
            "the token {} needs a PIN, and there is no terminal to ask for it: name a file with it in the URI's \
             pin-source, or with --passphrase-file",
            token.name()
        ))),
    }
}
