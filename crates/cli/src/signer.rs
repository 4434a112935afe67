use std::ffi::OsStr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, anyhow};
use clap::builder::{TypedValueParser, ValueParserFactory};
use clap::error::ErrorKind;
use keyward_issuer::signature::{self, Signer};
use keyward_issuer::{Issuer, KeyFileError, SignError, Signature, SigningKey, TrustedKey};

use crate::failure::usage;
use crate::signing_program::{self, LIMIT, ProgramError};
use crate::source::{Source, SourceParser};
use crate::{passphrase, trusted};

/// What signs: the same options wherever licenses are signed.
#[derive(Debug, clap::Args)]
pub struct SignerArgs {
    /// The signing key: a path, env:NAME, - for standard input, or command:PROGRAM, which signs
    ///
    /// PROGRAM is run by sh -c, so that it may have arguments and pipes. It reads the message on standard input and
    /// writes the Ed25519 signature, 64 bytes and nothing else, to standard output, within 60 seconds. So the key can
    /// stay in an HSM or a KMS. The signature is verified with --public before it is used.
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    key: KeyPlace,
    /// The public key of command:PROGRAM: a path, env:NAME, or - for standard input; PEM, hex or DER
    #[arg(long, value_name = "KEY")]
    public: Option<Source>,
    /// Read the passphrase from the first line of this file (a path, env:NAME, or - for standard input)
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    passphrase_file: Option<Source>,
}

impl SignerArgs {
    /// All that is read.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        let key = match &self.key {
            KeyPlace::Source(source) => Some(source),
            KeyPlace::Program(_) => None,
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
                let verifying_key = TrustedKey::from_bytes(&key.verifying_key_bytes())?;
                (AnySigner::Key(key), verifying_key)
            }
            Chosen::Program { text, public } => {
                let program = Program { text: text.to_owned(), failure: failure.clone() };
                (AnySigner::Program(program), trusted::trusted_key(public)?)
            }
        };
        Ok((Issuer::new(signer, verifying_key), failure))
    }

    fn chosen(&self) -> anyhow::Result<Chosen<'_>> {
        let passphrase_file = self.passphrase_file.as_ref();
        match (&self.key, &self.public) {
            (KeyPlace::Source(source), None) => Ok(Chosen::Key { source, passphrase_file }),
            (KeyPlace::Source(_), Some(_)) => Err(usage(
                "--public is for --key command:PROGRAM: leave it out, since the public key comes from the signing key",
            )),
            (KeyPlace::Program(_), None) => {
                Err(usage("--key command:PROGRAM needs the public key too: give --public, such as --public vendor.pub"))
            }
            (KeyPlace::Program(_), Some(_)) if passphrase_file.is_some() => Err(usage(
                "--passphrase-file is for an encrypted key file: leave it out, since PROGRAM opens its key itself",
            )),
            (KeyPlace::Program(text), Some(public)) => Ok(Chosen::Program { text, public }),
        }
    }
}

/// Options that go together.
enum Chosen<'a> {
    Key { source: &'a Source, passphrase_file: Option<&'a Source> },
    Program { text: &'a str, public: &'a Source },
}

/// A signing key at hand, or a program that has one.
#[derive(Debug)]
pub enum AnySigner {
    Key(SigningKey),
    Program(Program),
}

#[derive(Debug)]
pub struct Program {
    text: String,
    failure: Failure,
}

impl Signer<Signature> for AnySigner {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
        match self {
            AnySigner::Key(key) => key.try_sign(message),
            AnySigner::Program(program) => signing_program::run(&program.text, message, LIMIT).map_err(|error| {
                program.failure.keep(error);
                signature::Error::new()
            }),
        }
    }
}

/// Why a signer failed last. [`SignError`] says only that it did.
#[derive(Debug, Clone, Default)]
pub struct Failure(Arc<Mutex<Option<ProgramError>>>);

impl Failure {
    fn keep(&self, error: ProgramError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    /// The error, with what the signer knows of it.
    pub fn explain(&self, error: SignError) -> anyhow::Error {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (error, kept) {
            (SignError::Signer, Some(why)) => why.into(),
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

/// Where the signing key is: `command:PROGRAM` besides what a [`Source`] may be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum KeyPlace {
    Source(Source),
    Program(String),
}

impl ValueParserFactory for KeyPlace {
    type Parser = KeyPlaceParser;

    fn value_parser() -> KeyPlaceParser {
        KeyPlaceParser
    }
}

#[derive(Debug, Clone)]
struct KeyPlaceParser;

impl TypedValueParser for KeyPlaceParser {
    type Value = KeyPlace;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<KeyPlace, clap::Error> {
        let Some(program) = value.to_str().and_then(|text| text.strip_prefix("command:")) else {
            return SourceParser.parse_ref(command, arg, value).map(KeyPlace::Source);
        };
        if program.trim().is_empty() {
            let message = "command: names no program: say --key 'command:PROGRAM'\n\nFor more information, try \
                           '--help'.\n";
            return Err(clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command));
        }
        Ok(KeyPlace::Program(program.to_owned()))
    }
}
