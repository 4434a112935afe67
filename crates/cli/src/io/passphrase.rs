use std::io::{self, IsTerminal};

use anyhow::{Context, bail};
use zeroize::Zeroizing;

use crate::io::failure::usage;
use crate::io::source::Source;
use crate::words::harmless;

/// The environment variable for a passphrase.
pub const VARIABLE: &str = "KEYWARD_PASSPHRASE";

/// The passphrase of an existing key file.
pub fn to_open(key: &Source, file: Option<&Source>) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    if let Some(passphrase) = given(file)? {
        return Ok(passphrase);
    }
    if !can_ask() {
        return Err(usage(format!(
            "{key} is encrypted, and there is no terminal to ask for its passphrase: use --passphrase-file, or set \
             {VARIABLE}"
        )));
    }
    ask(&format!("Passphrase of {}: ", harmless(&key.to_string())))
}

/// The passphrase for a new key, asked for twice.
pub fn to_protect(file: Option<&Source>) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    if let Some(passphrase) = given(file)? {
        return Ok(passphrase);
    }
    if !can_ask() {
        return Err(usage(format!(
            "there is no terminal to ask for a passphrase: use --passphrase-file, or set {VARIABLE}, or use \
             --no-passphrase for a key file that is not encrypted"
        )));
    }
    let passphrase = ask("Passphrase for the new key (five random words or more): ")?;
    if passphrase.is_empty() {
        bail!("the passphrase is empty: type one, or use --no-passphrase for a key file that is not encrypted");
    }
    if *ask("The same again: ")? != *passphrase {
        bail!("the two passphrases differ: nothing was written");
    }
    Ok(passphrase)
}

/// From the file or the environment, in this order; `None` if neither is given.
fn given(file: Option<&Source>) -> anyhow::Result<Option<Zeroizing<Vec<u8>>>> {
    if let Some(file) = file {
        return in_file(file).map(Some);
    }
    if std::env::var_os(VARIABLE).is_none() {
        return Ok(None);
    }
    let variable = Source::Env(VARIABLE.to_owned());
    let passphrase = variable.read()?;
    if passphrase.iter().any(is_line_break) {
        bail!("{variable} has a line break in it, which no terminal reads: set it to one line");
    }
    checked(passphrase, &variable).map(Some)
}

/// The first line of the file that `--passphrase-file` names.
pub fn in_file(file: &Source) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut passphrase = file.read_as(&unnamed(file))?;
    let first_line = passphrase.iter().position(is_line_break).unwrap_or(passphrase.len());
    passphrase.truncate(first_line);
    checked(passphrase, file)
}

const fn is_line_break(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The passphrase as a terminal would read it, without the mark that some editors put before UTF-8.
fn checked(mut passphrase: Zeroizing<Vec<u8>>, source: &Source) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    if passphrase.starts_with(b"\xEF\xBB\xBF") {
        passphrase.drain(..3);
    }
    if passphrase.contains(&0) {
        bail!("{source} is in UTF-16, or no text: save the passphrase as UTF-8");
    }
    if passphrase.is_empty() {
        bail!("{source} has no passphrase in its first line");
    }
    Ok(passphrase)
}

/// The source of a passphrase without its name, which may be a passphrase given by mistake.
const fn unnamed(file: &Source) -> &'static str {
    match file {
        Source::Path(_) => "the file named by --passphrase-file",
        Source::Env(_) => "the environment variable named by --passphrase-file",
        Source::Stdin => "standard input",
    }
}

/// Whether a person can be asked. The answer is read from the terminal, not from standard input.
pub fn can_ask() -> bool {
    io::stderr().is_terminal()
}

pub fn ask(request: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let passphrase = rpassword::prompt_password(request).context("no passphrase could be read from the terminal")?;
    Ok(Zeroizing::new(passphrase.into_bytes()))
}
