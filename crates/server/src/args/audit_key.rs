use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use anyhow::{Context, bail};
use keyward_issuer::{Overwrite, SigningKey, random_serial, write_private, write_public};
use keyward_ledger::audit::{CheckpointKey, Origin};

/// The files with the key that signs checkpoints of an audit log.
#[derive(Debug)]
pub struct KeyFiles {
    /// The signing key: PKCS#8, as the command `keyward` writes keys.
    pub private: PathBuf,
    /// The public key with the name of the log, in one line.
    pub public: PathBuf,
}

/// The key that signs checkpoints of an audit log.
#[derive(Debug)]
pub struct AuditKey {
    pub signing: SigningKey,
    pub public: CheckpointKey,
}

/// What was done about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Made,
    Kept,
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Done::Made => "made",
            Done::Kept => "kept",
        })
    }
}

impl KeyFiles {
    pub fn in_folder(folder: &Path) -> KeyFiles {
        KeyFiles { private: folder.join("audit.key"), public: folder.join("audit.pub") }
    }

    /// Reads the key.
    pub fn read(&self) -> anyhow::Result<AuditKey> {
        let signing = self.read_private()?.with_context(|| self.missing(&self.private))?;
        let public = self.read_public()?.with_context(|| self.missing(&self.public))?;
        self.pair(signing, public)
    }

    /// Reads the key, or makes a new one for the log of that name, which is random if none is given.
    pub fn make(&self, name: Option<&Origin>) -> anyhow::Result<(AuditKey, Done)> {
        match (self.read_private()?, self.read_public()?) {
            (Some(signing), Some(public)) => {
                if let Some(name) = name.filter(|name| *name != public.origin()) {
                    let has = public.origin();
                    bail!("the audit log has the name {has}, as in its checkpoints, and can't get the name {name}");
                }
                Ok((self.pair(signing, public)?, Done::Kept))
            }
            // A new key can't sign for the old one, by whose checkpoints the log is verified.
            (None, Some(_)) => bail!(
                "{} is there, and its signing key {} is missing: copy it back from where you keep it. If it is lost, move \
                 the public key elsewhere, since old checkpoints need it: then a new key is made",
                self.public.display(),
                self.private.display()
            ),
            (signing, None) => {
                let name = name.cloned().map_or_else(random_name, Ok)?;
                let signing = signing.map_or_else(|| self.generate(), Ok)?;
                let public = CheckpointKey::new(name, signing.verifying_key().clone());
                write_public(&self.public, &format!("{public}\n"), Overwrite::Never)?;
                Ok((AuditKey { signing, public }, Done::Made))
            }
        }
    }

    fn generate(&self) -> anyhow::Result<SigningKey> {
        let signing = SigningKey::generate()?;
        write_private(&self.private, &signing.to_pem(), Overwrite::Never)?;
        Ok(signing)
    }

    /// The public key, if its file is there.
    pub fn read_public(&self) -> anyhow::Result<Option<CheckpointKey>> {
        if_there(&self.public)?.map(|text| parse_public(&text, &self.public)).transpose()
    }

    fn read_private(&self) -> anyhow::Result<Option<SigningKey>> {
        let read = |pem: String| SigningKey::from_pem(&pem).with_context(|| self.private.display().to_string());
        if_there(&self.private)?.map(read).transpose()
    }

    fn pair(&self, signing: SigningKey, public: CheckpointKey) -> anyhow::Result<AuditKey> {
        if signing.verifying_key() != public.public_key() {
            let (public, private) = (self.public.display(), self.private.display());
            bail!("{public} is not the public key of {private}: copy back the one that is");
        }
        Ok(AuditKey { signing, public })
    }

    fn missing(&self, file: &Path) -> String {
        format!("{} is missing: copy it back, or make a new key with keyward-server ledger init", file.display())
    }
}

/// A name that no other log has.
fn random_name() -> anyhow::Result<Origin> {
    Ok(format!("keyward/{}", random_serial()?).parse()?)
}

/// Reads a file with a public key.
pub fn read_public(path: &Path) -> anyhow::Result<CheckpointKey> {
    let text = fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
    parse_public(&text, path)
}

fn parse_public(text: &str, path: &Path) -> anyhow::Result<CheckpointKey> {
    text.trim().parse().with_context(|| path.display().to_string())
}

fn if_there(path: &Path) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} can't be read", path.display())),
    }
}
