use std::ffi::OsString;

use anyhow::{anyhow, bail};
use keyward_verifier::{LicenseDigest, LicenseKey, VerifyError};

use crate::args::key_argument::KeyArgument;
use crate::io::failure::usage;
use crate::io::source::Source;
use crate::io::streams::Streams;
use crate::words::{few, harmless};

/// An argument that names licenses, by a digest or by their keys.
#[derive(Debug, Clone)]
pub enum LicenseArgument {
    Digest(LicenseDigest),
    Keys(KeyArgument),
}

impl From<OsString> for LicenseArgument {
    fn from(argument: OsString) -> LicenseArgument {
        let digest = argument.to_str().and_then(|text| text.parse().ok());
        digest.map_or_else(|| LicenseArgument::Keys(KeyArgument::from(argument)), LicenseArgument::Digest)
    }
}

/// A license named by an argument.
#[derive(Debug)]
pub enum NamedLicense {
    Digest(LicenseDigest),
    Key(Box<LicenseKey>),
}

impl NamedLicense {
    pub fn digest(&self) -> LicenseDigest {
        match self {
            NamedLicense::Digest(digest) => *digest,
            NamedLicense::Key(key) => LicenseDigest::of(key),
        }
    }

    /// The license as it was named: by its digest, or by the serial in its key.
    pub fn in_words(&self) -> String {
        let digest = self.digest();
        match self {
            NamedLicense::Digest(_) => format!("with the digest {digest}"),
            NamedLicense::Key(key) => match key.unverified_serial() {
                Some(serial) => format!("{serial} with the digest {digest}"),
                None => format!("with the digest {digest}"),
            },
        }
    }
}

/// All the licenses that the arguments name, in their order. Several keys in one text are told one by one: a mail may quote keys of
/// other licenses.
pub fn named(named: &[LicenseArgument], streams: &mut Streams<'_>) -> anyhow::Result<Vec<NamedLicense>> {
    let keys = |argument: &LicenseArgument| match argument {
        LicenseArgument::Keys(keys) => Some(keys.clone()),
        LicenseArgument::Digest(_) => None,
    };
    check_stdin(&named.iter().filter_map(keys).collect::<Vec<_>>())?;
    let mut licenses = Vec::new();
    for argument in named {
        match argument {
            LicenseArgument::Digest(digest) => licenses.push(NamedLicense::Digest(*digest)),
            LicenseArgument::Keys(keys) => {
                let found: Vec<_> = read(keys, streams)?.into_iter().map(Box::new).map(NamedLicense::Key).collect();
                if found.len() > 1 {
                    let source = keys.source().map_or("The text".to_owned(), |source| harmless(&source.to_string()));
                    let found = few(found.iter().map(|license| format!("license {}", license.in_words())));
                    writeln!(streams.messages, "{source} has several license keys, and each is taken: {found}.")?;
                }
                licenses.extend(found);
            }
        }
    }
    Ok(licenses)
}

/// All the license keys, in the order of the arguments. They are neither verified nor repaired: only a signature proves
/// a repair.
pub fn keys(named: &[KeyArgument], streams: &mut Streams<'_>) -> anyhow::Result<Vec<LicenseKey>> {
    check_stdin(named)?;
    let mut keys = Vec::new();
    for argument in named {
        keys.extend(read(argument, streams)?);
    }
    Ok(keys)
}

fn check_stdin(named: &[KeyArgument]) -> anyhow::Result<()> {
    match named.iter().filter(|key| key.is_stdin()).count() {
        0 | 1 => Ok(()),
        _ => Err(usage("standard input can be read once: name it once, with all the license keys in it")),
    }
}

fn read(argument: &KeyArgument, streams: &mut Streams<'_>) -> anyhow::Result<Vec<LicenseKey>> {
    let texts = argument.read(streams)?;
    let mut keys = Vec::new();
    for text in &texts {
        match (text.parse(), argument) {
            (Ok(key), _) => keys.push(key),
            (Err(error), KeyArgument::Source(source)) => bail!("{source}: {}", VerifyError::from(error)),
            (Err(error), KeyArgument::Text(_)) => {
                return Err(anyhow!("{}; there is no file of that name either", VerifyError::from(error)));
            }
        }
    }
    Ok(keys)
}

/// Standard input, if an argument reads licenses from it.
pub fn stdin(named: &[KeyArgument]) -> Option<&'static Source> {
    const STDIN: &Source = &Source::Stdin;
    named.iter().any(KeyArgument::is_stdin).then_some(STDIN)
}
