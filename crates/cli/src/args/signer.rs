#[cfg(feature = "pkcs11")]
mod hsm;
mod program;

use std::ffi::OsStr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, anyhow};
use clap::builder::{TypedValueParser, ValueParserFactory};
use clap::error::ErrorKind;
#[cfg(feature = "pkcs11")]
use keyward_issuer::pkcs11::{Pkcs11Signer, Pkcs11Uri};
use keyward_issuer::signature::{self, Signer};
use keyward_issuer::{Issuer, KeyFileError, SignError, Signature, SigningKey};

use self::program::LIMIT;
use crate::args::trust;
use crate::io::failure::usage;
use crate::io::passphrase;
use crate::io::source::{Source, SourceParser};
use crate::words::harmless;

/// What signs: the same options wherever licenses are signed.
#[derive(Debug, clap::Args)]
pub struct SignerArgs {
    /// The signing key: a path, env:NAME, - for standard input, command:PROGRAM, which signs, or pkcs11:URI, in an HSM
    ///
    /// PROGRAM is run by sh -c, so that it may have arguments and pipes. It reads the message on standard input and
    /// writes the Ed25519 signature, 64 bytes and nothing else, to standard output, within 60 seconds. So the key can
    /// stay in an HSM or a KMS. The signature is verified with --public before it is used.
    ///
    /// pkcs11:URI (RFC 7512) names an Ed25519 key in an HSM, such as
    /// 'pkcs11:token=acme;object=vendor?pin-source=file:/run/pin'. The HSM's module is named by module-path in it, or else
    /// by the environment variable KEYWARD_PKCS11_MODULE. Without pin-source, the PIN comes from --passphrase-file, or is
    /// asked for on a terminal; a wrong one is never tried twice. Only a keyward that was built with the Cargo feature
    /// pkcs11 can do this.
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    key: KeyLocation,
    /// The public key of command:PROGRAM: a path, env:NAME, or - for standard input; PEM, hex or DER. With pkcs11:URI, it
    /// has to be that of the HSM, and is needed only where the HSM doesn't have it
    #[arg(long, value_name = "KEY")]
    public: Option<Source>,
    /// Read the passphrase, or the HSM's PIN, from the first line of this file (a path, env:NAME, or - for standard input)
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    passphrase_file: Option<Source>,
}

impl SignerArgs {
    /// All that is read.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        let key = match &self.key {
            KeyLocation::Source(source) => Some(source),
            KeyLocation::Program(_) => None,
            #[cfg(feature = "pkcs11")]
            KeyLocation::Hsm { pin_source, .. } => pin_source.as_ref(),
        };
        key.into_iter().chain(&self.public).chain(&self.passphrase_file)
    }

    /// Refuses options that don't go together, before anything is read.
    pub fn check(&self) -> anyhow::Result<()> {
        self.chosen().map(|_| ())
    }

    /// An issuer with this signer, and why the signer fails, if it does.
    pub fn issuer(&self) -> anyhow::Result<(Issuer<AnySigner>, Failure)> {
        let failure = Failure::default();
        let (signer, verifying_key) = match self.chosen()? {
            Chosen::Key { source, passphrase_file } => {
                let key = signing_key(source, passphrase_file)?;
                let verifying_key = key.verifying_key().clone();
                (AnySigner::Key(Box::new(key)), verifying_key)
            }
            Chosen::Program { text, public } => {
                let program = Program { text: text.to_owned(), failure: failure.clone() };
                (AnySigner::Program(program), trust::trusted_key(public)?)
            }
            #[cfg(feature = "pkcs11")]
            Chosen::Hsm { uri, public, passphrase_file } => {
                let public = public.map(trust::trusted_key).transpose()?;
                let signer = hsm::open(uri, public.as_ref(), passphrase_file)?;
                let verifying_key = signer.verifying_key().clone();
                (AnySigner::Hsm(Hsm { signer, failure: failure.clone() }), verifying_key)
            }
        };
        Ok((Issuer::new(signer, verifying_key), failure))
    }

    fn chosen(&self) -> anyhow::Result<Chosen<'_>> {
        let passphrase_file = self.passphrase_file.as_ref();
        match (&self.key, &self.public) {
            (KeyLocation::Source(source), None) => Ok(Chosen::Key { source, passphrase_file }),
            (KeyLocation::Source(_), Some(_)) => Err(usage(
                "--public is for --key command:PROGRAM or pkcs11:URI: leave it out, since the public key comes from the \
                 signing key",
            )),
            (KeyLocation::Program(_), None) => {
                Err(usage("--key command:PROGRAM needs the public key too: give --public, such as --public vendor.pub"))
            }
            (KeyLocation::Program(_), Some(_)) if passphrase_file.is_some() => Err(usage(
                "--passphrase-file is for an encrypted key file: leave it out, since PROGRAM opens its key itself",
            )),
            (KeyLocation::Program(text), Some(public)) => Ok(Chosen::Program { text, public }),
            #[cfg(feature = "pkcs11")]
            (KeyLocation::Hsm { pin_source: Some(_), .. }, _) if passphrase_file.is_some() => Err(usage(
                "the URI says where the PIN is, and --passphrase-file does too: leave out pin-source, or the other",
            )),
            #[cfg(feature = "pkcs11")]
            (KeyLocation::Hsm { uri, .. }, public) => Ok(Chosen::Hsm { uri, public: public.as_ref(), passphrase_file }),
        }
    }
}

/// Options that go together.
enum Chosen<'a> {
    Key {
        source: &'a Source,
        passphrase_file: Option<&'a Source>,
    },
    Program {
        text: &'a str,
        public: &'a Source,
    },
    #[cfg(feature = "pkcs11")]
    Hsm {
        uri: &'a Pkcs11Uri,
        public: Option<&'a Source>,
        passphrase_file: Option<&'a Source>,
    },
}

/// A signing key at hand, or a program or an HSM that has one.
#[derive(Debug)]
pub enum AnySigner {
    Key(Box<SigningKey>),
    Program(Program),
    #[cfg(feature = "pkcs11")]
    Hsm(Hsm),
}

#[derive(Debug)]
pub struct Program {
    text: String,
    failure: Failure,
}

#[cfg(feature = "pkcs11")]
#[derive(Debug)]
pub struct Hsm {
    signer: Pkcs11Signer,
    failure: Failure,
}

impl Signer<Signature> for AnySigner {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
        match self {
            AnySigner::Key(key) => key.try_sign(message),
            AnySigner::Program(Program { text, failure }) => {
                program::run(text, message, LIMIT).map_err(|error| failure.keep(error))
            }
            #[cfg(feature = "pkcs11")]
            AnySigner::Hsm(Hsm { signer, failure }) => {
                signer.signature_of(message).map_err(|error| failure.keep(error))
            }
        }
    }
}

/// Why a signer failed last. [`SignError`] says only that it did.
#[derive(Debug, Clone, Default)]
pub struct Failure(Arc<Mutex<Option<anyhow::Error>>>);

impl Failure {
    fn keep(&self, error: impl Into<anyhow::Error>) -> signature::Error {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.into());
        signature::Error::new()
    }

    /// The error, with what the signer knows of it.
    pub fn explain(&self, error: SignError) -> anyhow::Error {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (error, kept) {
            (SignError::Signer, Some(why)) => why,
            (error, _) => error.into(),
        }
    }
}

/// The signing key, its passphrase asked for or read if it has one.
fn signing_key(source: &Source, passphrase_file: Option<&Source>) -> anyhow::Result<SigningKey> {
    let pem = source.read_text()?;
    match SigningKey::from_pem(&pem) {
        Err(KeyFileError::Encrypted) => {
            let passphrase = passphrase::to_open(source, passphrase_file)?;
            SigningKey::from_encrypted_pem(&pem, &passphrase)
        }
        read => read,
    }
    .map_err(|error| match error {
        KeyFileError::WrongLabel { found } if found == "PUBLIC KEY" => {
            anyhow!(
                "this is the public key, which verifies: licenses are signed with the signing key, such as vendor.key"
            )
        }
        error => error.into(),
    })
    .with_context(|| source.to_string())
}

/// Where the signing key is: `command:PROGRAM` and `pkcs11:URI` besides what a [`Source`] may be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum KeyLocation {
    Source(Source),
    Program(String),
    #[cfg(feature = "pkcs11")]
    Hsm {
        uri: Box<Pkcs11Uri>,
        pin_source: Option<Source>,
    },
}

impl KeyLocation {
    /// A program.
    fn program(text: &str) -> Result<KeyLocation, String> {
        if text.trim().is_empty() {
            return Err("command: names no program: say --key 'command:PROGRAM'".to_owned());
        }
        Ok(KeyLocation::Program(text.to_owned()))
    }

    /// A key in an HSM.
    #[cfg(feature = "pkcs11")]
    fn hsm(uri: &str) -> Result<KeyLocation, String> {
        let uri: Pkcs11Uri = uri.parse().map_err(|error: keyward_issuer::pkcs11::Pkcs11UriError| error.to_string())?;
        let pin_source = uri.pin_source().map(|path| Source::Path(path.to_owned()));
        Ok(KeyLocation::Hsm { uri: Box::new(uri), pin_source })
    }

    #[cfg(not(feature = "pkcs11"))]
    fn hsm(_: &str) -> Result<KeyLocation, String> {
        Err("this keyward can't use keys in an HSM by pkcs11: it was built without the Cargo feature pkcs11, as the released \
             binary is, which is linked statically and can't load an HSM's module. Build one from the sources with cargo \
             install --path crates/cli --features pkcs11, or have a program sign with --key command:PROGRAM"
            .to_owned())
    }
}

impl ValueParserFactory for KeyLocation {
    type Parser = KeyLocationParser;

    fn value_parser() -> KeyLocationParser {
        KeyLocationParser
    }
}

#[derive(Debug, Clone)]
struct KeyLocationParser;

impl TypedValueParser for KeyLocationParser {
    type Value = KeyLocation;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<KeyLocation, clap::Error> {
        let text = value.to_str().unwrap_or_default();
        let location = match (text.strip_prefix("command:"), text.starts_with("pkcs11:")) {
            (Some(program), _) => KeyLocation::program(program),
            (None, true) => KeyLocation::hsm(text),
            (None, false) => return SourceParser.parse_ref(command, arg, value).map(KeyLocation::Source),
        };
        location.map_err(|why| {
            let message = format!("{}\n\nFor more information, try '--help'.\n", harmless(&why));
            clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}
