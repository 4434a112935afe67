use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ArgAction;
use keyward_issuer::{Overwrite, SigningKey, write_private, write_public};

use crate::exit::Exit;
use crate::io::failure::usage;
use crate::io::source::Source;
use crate::io::streams::Streams;
use crate::io::{destination, passphrase};
use crate::words::harmless;

/// Make a signing key, and the public key that products trust
///
/// Writes the signing key to FILE, which only you can read, and the public key beside it with the ending .pub. OpenSSL
/// reads both (PEM). The public key is also written to standard output, in hex.
///
/// Everyone who has the signing key can issue licenses. If it is lost, no product that trusts it accepts a new license.
/// Keep a copy in a safe place.
///
/// The passphrase comes from --passphrase-file, from the environment variable KEYWARD_PASSPHRASE, or from the terminal.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file for the signing key, such as vendor.key
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Read the passphrase from the first line of this file (a path, env:NAME, or - for standard input)
    #[arg(long, value_name = "FILE", allow_hyphen_values = true, conflicts_with = "no_passphrase")]
    passphrase_file: Option<Source>,
    /// Don't encrypt the signing key: everyone who reads the file can issue licenses
    #[arg(long)]
    no_passphrase: bool,
    /// Replace existing files
    #[arg(long = "force", action = ArgAction::SetTrue, value_parser = destination::overwrite())]
    overwrite: Overwrite,
}

pub fn run(args: &Args, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let public_path = public_path(&args.output)?;
    for path in [&args.output, &public_path] {
        destination::check_not_read(path, &args.passphrase_file)?;
        destination::check(path, args.overwrite)?;
    }
    destination::check_pem(&args.output, "PRIVATE KEY-----", "a signing key")?;
    destination::check_pem(&public_path, "PUBLIC KEY-----", "a public key")?;

    let key = SigningKey::generate()?;
    let (pem, protection) = if args.no_passphrase {
        (key.to_pem(), "not encrypted")
    } else {
        let passphrase = passphrase::to_protect(args.passphrase_file.as_ref())?;
        (key.to_encrypted_pem(&passphrase)?, "encrypted")
    };
    write_private(&args.output, &pem, args.overwrite)?;
    write_public(&public_path, &key.public_pem(), args.overwrite).with_context(|| {
        let (private, public) = (args.output.display(), public_path.display());
        format!(
            "{private} was written, and its public key was not: write it with openssl pkey -in {private} -pubout \
             -out {public}"
        )
    })?;

    let trusted = key.verifying_key();
    let hex: String = trusted.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let [private, public] = [&args.output, &public_path].map(|path| harmless(&path.display().to_string()));
    writeln!(streams.messages, "{private}: the signing key, {protection}. Keep it secret, and keep a copy.")?;
    writeln!(
        streams.messages,
        "{public}: the public key, for your products. Its key id is {}; in hex it is",
        trusted.id()
    )?;
    writeln!(streams.data, "{hex}")?;
    Ok(Exit::SUCCESS)
}

/// The path of the public key, beside the signing key.
fn public_path(private: &Path) -> anyhow::Result<PathBuf> {
    if private.file_name().is_none() || private == Path::new("-") {
        return Err(usage(format!(
            "{} is not a file name, and two files are written: name one such as vendor.key",
            private.display()
        )));
    }
    // On file systems that ignore case, vendor.PUB is vendor.pub.
    if private.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("pub")) {
        return Err(usage(
            "the ending .pub is for the public key: give the signing key another name, such as vendor.key",
        ));
    }
    Ok(private.with_extension("pub"))
}
