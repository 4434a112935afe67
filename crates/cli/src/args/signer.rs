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

/// The signer: the same options in every command that signs.
#[derive(Debug, clap::Args)]
pub struct SignerArgs {
    /// The signing key: a path, env:NAME, - for standard input, command:PROGRAM for a program that signs, or pkcs11:URI
    /// for an HSM
    ///
    /// sh -c runs PROGRAM, which may have arguments and pipes. It reads the message from standard input and writes the
    /// Ed25519 signature, 64 bytes and nothing else, to standard output within 60 seconds. So the key can stay in an
    /// HSM or a KMS. The signature is verified with --public before it is used.
    ///
    /// pkcs11:URI (RFC 7512) names an Ed25519 key in an HSM, such as
    /// 'pkcs11:token=acme;object=vendor?pin-source=file:/run/pin'. module-path in the URI, or else the environment
    /// variable KEYWARD_PKCS11_MODULE, names the HSM's module. Without pin-source, the PIN comes from
    /// --passphrase-file, or is asked for on a terminal; a wrong PIN is never tried twice. This needs a keyward that
    /// was built with the Cargo feature pkcs11.
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    key: KeyLocation,
    /// The public key of command:PROGRAM: a path, env:NAME, or - for standard input; PEM, hex or DER. With pkcs11:URI,
    /// it is needed only if the HSM does not hold it
    #[arg(long, value_name = "KEY")]
    public: Option<Source>,
    /// Read the passphrase, or the HSM's PIN, from the first line of this file (a path, env:NAME, or - for standard
    /// input)
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    passphrase_file: Option<Source>,
}

impl SignerArgs {
    /// Every input.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        let key = match &self.key {
            KeyLocation::Source(source) => Some(source),
            KeyLocation::Program(_) => None,
            #[cfg(feature = "pkcs11")]
            KeyLocation::Hsm { pin_source, .. } => pin_source.as_ref(),
        };
        key.into_iter().chain(&self.public).chain(&self.passphrase_file)
    }

    /// Refuses options that exclude each other, before anything is read.
    pub fn check(&self) -> anyhow::Result<()> {
        self.chosen().map(|_| ())
    }

    /// An issuer with this signer, and the reason for a failure of the signer.
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
                (AnySigner::Hsm(Box::new(Hsm { signer, failure: failure.clone() })), verifying_key)
            }
        };
        Ok((Issuer::new(signer, verifying_key), failure))
    }

    fn chosen(&self) -> anyhow::Result<Chosen<'_>> {
        let passphrase_file = self.passphrase_file.as_ref();
        match (&self.key, &self.public) {
            (KeyLocation::Source(source), None) => Ok(Chosen::Key { source, passphrase_file }),
            (KeyLocation::Source(_), Some(_)) => Err(usage(
                "--public goes with --key command:PROGRAM or pkcs11:URI: leave it out, since a key file has its \
                 public key",
            )),
            (KeyLocation::Program(_), None) => {
                Err(usage("--key command:PROGRAM needs the public key: add --public, such as --public vendor.pub"))
            }
            (KeyLocation::Program(_), Some(_)) if passphrase_file.is_some() => Err(usage(
                "--passphrase-file goes with an encrypted key file: leave it out, since PROGRAM opens its key itself",
            )),
            (KeyLocation::Program(text), Some(public)) => Ok(Chosen::Program { text, public }),
            #[cfg(feature = "pkcs11")]
            (KeyLocation::Hsm { pin_source: Some(_), .. }, _) if passphrase_file.is_some() => {
                Err(usage("both pin-source in the URI and --passphrase-file name a PIN: leave one of them out"))
            }
            #[cfg(feature = "pkcs11")]
            (KeyLocation::Hsm { uri, .. }, public) => Ok(Chosen::Hsm { uri, public: public.as_ref(), passphrase_file }),
        }
    }
}

/// The chosen signer, with its options.
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

/// A signing key in memory, or a program or an HSM that has one.
#[derive(Debug)]
pub enum AnySigner {
    Key(Box<SigningKey>),
    Program(Program),
    #[cfg(feature = "pkcs11")]
    Hsm(Box<Hsm>),
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
            AnySigner::Hsm(hsm) => hsm.signer.signature_of(message).map_err(|error| hsm.failure.keep(error)),
        }
    }
}

/// The last error of a signer. [`SignError`] has no cause.
#[derive(Debug, Clone, Default)]
pub struct Failure(Arc<Mutex<Option<anyhow::Error>>>);

impl Failure {
    fn keep(&self, error: impl Into<anyhow::Error>) -> signature::Error {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.into());
        signature::Error::new()
    }

    /// The error, with its cause in the signer.
    pub fn explain(&self, error: SignError) -> anyhow::Error {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (error, kept) {
            (SignError::Signer, Some(why)) => why,
            (error, _) => error.into(),
        }
    }
}

/// Reads the signing key, with its passphrase if it is encrypted.
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
            anyhow!("this is a public key, which verifies: name the signing key, such as vendor.key")
        }
        error => error.into(),
    })
    .with_context(|| source.to_string())
}

/// The place of the signing key: a [`Source`], `command:PROGRAM` or `pkcs11:URI`.
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
    /// Parses the rest of `command:`.
    fn program(text: &str) -> Result<KeyLocation, String> {
        if text.trim().is_empty() {
            return Err("command: names no program: write --key 'command:PROGRAM'".to_owned());
        }
        Ok(KeyLocation::Program(text.to_owned()))
    }

    /// Parses a `pkcs11:` URI.
    #[cfg(feature = "pkcs11")]
    fn hsm(uri: &str) -> Result<KeyLocation, String> {
        let uri: Pkcs11Uri = uri.parse().map_err(|error: keyward_issuer::pkcs11::Pkcs11UriError| error.to_string())?;
        let pin_source = uri.pin_source().map(|path| Source::Path(path.to_owned()));
        Ok(KeyLocation::Hsm { uri: Box::new(uri), pin_source })
    }

    #[cfg(not(feature = "pkcs11"))]
    fn hsm(_: &str) -> Result<KeyLocation, String> {
        Err("this keyward was built without the Cargo feature pkcs11, and can't use pkcs11: keys. The released binary \
             is linked statically and can't load an HSM's module. Build one with cargo install --path crates/cli \
             --features pkcs11, or let a program sign with --key command:PROGRAM"
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
