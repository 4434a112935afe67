use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::builder::{TypedValueParser, ValueParserFactory};
use clap::error::ErrorKind;
use keyward_verifier::files::FileKind;
use keyward_verifier::{KeyTextError, LicenseKey, Malformation, keys_in};
use zeroize::Zeroizing;

use crate::io::failure::usage;
use keyward_issuer::secret::{has_pem, may_be_key};

/// An input: a path, `env:NAME`, or `-` for standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Path(PathBuf),
    Env(String),
    Stdin,
}

/// The largest size that is read: larger than any key, list of keys or claims. A longer input was named by mistake.
const MAX_BYTES: usize = 1 << 20;
/// Room for usual inputs. Allocating and wiping a mebibyte takes longer than verifying twenty keys.
const FIRST_BYTES: usize = 4096;

impl Source {
    /// Reads the whole input. The bytes are wiped when dropped, since they may be a secret.
    pub fn read(&self) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        self.read_as(self)
    }

    /// Reads the whole input. Errors name it as given.
    pub fn read_as(&self, called: &dyn fmt::Display) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let bytes = self.read_up_to(MAX_BYTES, called)?;
        check_length(&bytes, called)?;
        Ok(bytes)
    }

    /// Reads a signed file, or a key in its place. A longer input has one byte more than any signed file may have, and is
    /// refused as too large for its kind.
    pub fn read_signed_file(&self) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let max = FileKind::ALL.map(FileKind::max_bytes).into_iter().max().unwrap_or_default();
        self.read_up_to(max, self)
    }

    /// Reads all of it, or one byte more than `max`.
    fn read_up_to(&self, max: usize, called: &dyn fmt::Display) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let cannot_be_read = || format!("{called} can't be read");
        match self {
            Source::Path(path) => File::open(path).and_then(|file| read_all(file, max)).with_context(cannot_be_read),
            Source::Stdin => read_all(io::stdin().lock(), max).with_context(cannot_be_read),
            Source::Env(name) => match std::env::var_os(name) {
                Some(value) => Ok(Zeroizing::new(value.into_encoded_bytes())),
                None => bail!("{called} is not set"),
            },
        }
    }

    fn exists(&self) -> bool {
        match self {
            Source::Path(path) => path.exists(),
            Source::Env(name) => std::env::var_os(name).is_some(),
            Source::Stdin => true,
        }
    }

    /// Refuses a file that is not all UTF-8, before any of it is used. A pipe is read once, and is not checked.
    pub fn check_utf8(&self) -> anyhow::Result<()> {
        let Source::Path(path) = self else { return Ok(()) };
        if !path.is_file() {
            return Ok(());
        }
        let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
        let (mut line, mut rest) = (1_usize, Vec::new());
        loop {
            let read = reader.fill_buf().with_context(|| format!("{self} can't be read"))?;
            let (ended, length) = (read.is_empty(), read.len());
            rest.extend_from_slice(read);
            reader.consume(length);
            let valid = match std::str::from_utf8(&rest) {
                // The last character continues in the next bytes that are read.
                Err(error) if error.error_len().is_none() && !ended => error.valid_up_to(),
                Err(error) => {
                    line = line.saturating_add(line_breaks(rest.get(..error.valid_up_to()).unwrap_or_default()));
                    bail!("{self} is not UTF-8 at line {line}, and nothing of it was used: save it as UTF-8");
                }
                Ok(text) => text.len(),
            };
            line = line.saturating_add(line_breaks(rest.get(..valid).unwrap_or_default()));
            rest.drain(..valid);
            if ended {
                return Ok(());
            }
        }
    }

    /// Opens the input as a stream, with its length in bytes if known.
    pub fn stream(&self) -> anyhow::Result<(Box<dyn Read + Send>, Option<u64>)> {
        match self {
            Source::Path(path) => {
                let file = File::open(path).with_context(|| format!("{self} can't be read"))?;
                if path.is_dir() {
                    bail!("{self} is a folder: name the file in it");
                }
                let length = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len());
                Ok((Box::new(file), length))
            }
            Source::Stdin => Ok((Box::new(io::stdin()), None)),
            Source::Env(_) => Err(usage(format!("{self} can't be read line by line: give a path, or -"))),
        }
    }

    /// Reads the whole input as text.
    pub fn read_text(&self) -> anyhow::Result<Zeroizing<String>> {
        let bytes = self.read()?;
        let text = std::str::from_utf8(&bytes).with_context(|| format!("{self} is not text in UTF-8"))?;
        // Editors on Windows begin files with a byte order mark.
        Ok(Zeroizing::new(text.trim_start_matches('\u{FEFF}').to_owned()))
    }
}

/// Whether an input is longer than any key, list of keys or claims.
pub fn is_too_long(bytes: &[u8]) -> bool {
    bytes.len() > MAX_BYTES
}

/// Refuses such an input.
pub fn check_length(bytes: &[u8], called: &dyn fmt::Display) -> anyhow::Result<()> {
    if is_too_long(bytes) {
        bail!("{called} is longer than a megabyte: is this the right one?");
    }
    Ok(())
}

/// Whether a text is a signed file, or a part of one, without a license key in it.
pub fn is_a_damaged_file(text: &str) -> bool {
    matches!(text.parse::<LicenseKey>(), Err(KeyTextError::Malformed(Malformation::SignedFile)))
        && keys_in(text).next().is_none()
}

fn line_breaks(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// Whether the bytes begin as a signed file does, which is JSON in any encoding. No other input is longer than a megabyte.
fn begins_as_a_signed_file(bytes: &[u8]) -> bool {
    let is_before = |byte: &&u8| byte.is_ascii_whitespace() || b"\xEF\xBB\xBF\xFE\xFF\0".contains(byte);
    bytes.iter().find(|byte| !is_before(byte)) == Some(&b'{')
}

/// Reads to the end, or one byte more than `max`; of what is no signed file, one byte more than a megabyte at most.
fn read_all(mut reader: impl Read, mut max: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; FIRST_BYTES]);
    let mut len = 0_usize;
    while len <= max {
        if len > MAX_BYTES && !begins_as_a_signed_file(&bytes) {
            max = MAX_BYTES;
            break;
        }
        if len == bytes.len() {
            bytes = twice_as_long(&bytes);
        }
        match reader.read(bytes.get_mut(len..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(read) => len = len.saturating_add(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(len.min(max.saturating_add(1)));
    Ok(bytes)
}

/// The same bytes with twice the room. A growing vector would leave copies that are not wiped.
fn twice_as_long(bytes: &Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let mut longer = Zeroizing::new(vec![0; bytes.len().saturating_mul(2)]);
    for (to, from) in longer.iter_mut().zip(bytes.iter()) {
        *to = *from;
    }
    longer
}

/// Refuses two inputs from standard input, which can be read once.
pub fn one_stdin<'a>(sources: impl IntoIterator<Item = &'a Source>) -> anyhow::Result<()> {
    match sources.into_iter().filter(|source| **source == Source::Stdin).count() {
        0 | 1 => Ok(()),
        _ => Err(usage("standard input can be read once: use - in one place only, and a file or env:NAME elsewhere")),
    }
}

/// The argument is not a name, and may be a secret itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoName;

impl TryFrom<OsString> for Source {
    type Error = NoName;

    fn try_from(argument: OsString) -> Result<Source, NoName> {
        if argument == "-" {
            return Ok(Source::Stdin);
        }
        let text = argument.to_string_lossy();
        let (source, name) = match text.strip_prefix("env:") {
            Some(name) => (Source::Env(name.to_owned()), name),
            None => (Source::Path(PathBuf::from(&argument)), &*text),
        };
        if has_pem(name) || name.contains(['\n', '\r']) || (may_be_key(name) && !source.exists()) {
            return Err(NoName);
        }
        Ok(source)
    }
}

impl ValueParserFactory for Source {
    type Parser = SourceParser;

    fn value_parser() -> SourceParser {
        SourceParser
    }
}

/// Parses a source. Unlike clap, its error does not repeat the argument.
#[derive(Debug, Clone)]
pub struct SourceParser;

impl TypedValueParser for SourceParser {
    type Value = Source;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Source, clap::Error> {
        Source::try_from(value.to_owned()).map_err(|NoName| {
            let arg = arg.map(clap::Arg::to_string).unwrap_or_default();
            let message = format!(
                "{arg} takes a path, env:NAME, or -: the value is none of these, and is not shown because it may be \
                 secret; put a secret in an environment variable, and name that as env:NAME\n\nFor more information, \
                 try '--help'.\n"
            );
            clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Path(path) => path.display().fmt(f),
            Source::Env(name) => write!(f, "the environment variable {name}"),
            Source::Stdin => f.write_str("standard input"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn input_is_read_up_to_the_maximum() {
        for len in [0, 1, FIRST_BYTES - 1, FIRST_BYTES, FIRST_BYTES + 1, 70_000, MAX_BYTES] {
            let bytes: Vec<u8> = (0..len).map(|at| at.to_le_bytes()[0]).collect();
            assert_eq!(*read_all(&bytes[..], MAX_BYTES).unwrap(), bytes, "{len}");
        }
        assert_eq!(read_all(&vec![0; MAX_BYTES + 2][..], MAX_BYTES).unwrap().len(), MAX_BYTES + 1);
        assert_eq!(read_all(io::repeat(0), MAX_BYTES).unwrap().len(), MAX_BYTES + 1);
        // Only a signed file is longer.
        for (begin, len) in [("{", 2 * MAX_BYTES + 1), ("\u{FEFF} \n{", 2 * MAX_BYTES + 1), ("K{", MAX_BYTES + 1)] {
            let endless = begin.as_bytes().chain(io::repeat(b'0'));
            assert_eq!(read_all(endless, 2 * MAX_BYTES).unwrap().len(), len, "{begin}");
        }
    }

    #[test]
    fn an_argument_names_where_to_read_and_is_not_what_is_to_be_read() {
        const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        for (argument, source) in [
            ("-", Ok(Source::Stdin)),
            ("env:SIGNING_KEY", Ok(Source::Env("SIGNING_KEY".to_owned()))),
            ("vendor.key", Ok(Source::Path("vendor.key".into()))),
            ("-vendor.key", Ok(Source::Path("-vendor.key".into()))),
            ("\ntwo words", Err(NoName)),
            ("env:two\rwords", Err(NoName)),
            ("-----BEGIN PRIVATE KEY-----", Err(NoName)),
            (HEX, Err(NoName)),
            (&format!("env:{HEX}"), Err(NoName)),
            (&format!("\u{FEFF}{HEX}"), Err(NoName)),
        ] {
            assert_eq!(Source::try_from(OsString::from(argument)), source, "{argument}");
        }
    }
}
