use std::path::PathBuf;

use anyhow::{anyhow, bail};
use keyward_verifier::TrustedKey;
use keyward_verifier::files::{DelegatedKey, TrustBundle};

use crate::args::trust::trusted_key;
use crate::io::source::Source;
use keyward_issuer::secret::may_be_key;

/// A trust bundle, and one of its keys.
#[derive(Debug, clap::Args)]
pub struct BundleKey {
    /// The trust bundle, which is changed in place
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,
    /// The signing key in it: its public file, its 64 hex digits, its key id (16 hex digits), or its name
    #[arg(value_name = "KEY")]
    signing_key: String,
}

impl BundleKey {
    /// The position of the key in the bundle.
    pub fn position(&self, bundle: &TrustBundle) -> anyhow::Result<usize> {
        let named = self.signing_key.as_str();
        let positions = |is_it: &dyn Fn(&DelegatedKey) -> bool| -> Vec<usize> {
            let found = bundle.delegated().iter().enumerate().filter(|(_, delegated)| is_it(delegated));
            found.map(|(position, _)| position).collect()
        };
        let path = PathBuf::from(named);
        let found = match TrustedKey::from_hex(named) {
            Ok(key) => positions(&|delegated| delegated.key == key),
            Err(_) if path.is_file() => {
                let key = trusted_key(&Source::Path(path))?;
                positions(&|delegated| delegated.key == key)
            }
            // A key id comes before a name: another key may have it as its name.
            Err(_) => match positions(&|delegated| delegated.key.id().to_string() == named) {
                found if found.is_empty() => positions(&|delegated| delegated.name == named),
                found => found,
            },
        };
        match found.as_slice() {
            [position] => Ok(*position),
            [] => {
                let shown = if may_be_key(named) { "this" } else { named };
                Err(anyhow!(
                    "{shown} is not a key of the bundle: name a key by its public file, its hex digits, its key id or \
                     its name, as `keyward trust show` shows them"
                ))
            }
            _ => bail!("{} keys of the bundle have the name {named}: name one by its key id", found.len()),
        }
    }
}
