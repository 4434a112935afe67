use std::ffi::OsString;
use std::io::{self, IsTerminal};

use keyward_verifier::LicenseKey;
use keyward_verifier::files::{Envelope, FileKind};
use zeroize::Zeroizing;

use crate::args::key_texts::keys_in;
use crate::io::source::{Source, is_too_long};
use crate::io::streams::Streams;

/// An argument that gives license keys.
#[derive(Debug, Clone)]
pub enum KeyArgument {
    /// The text itself, of a key or of a damaged key.
    Text(String),
    /// The source of the text.
    Source(Source),
}

/// The contents of the argument.
#[derive(Debug)]
pub enum Input {
    /// The text of each key, at least one.
    Keys(Vec<String>),
    /// A signed file that claims to be of this kind.
    File(FileKind, Zeroizing<Vec<u8>>),
}

/// The text of an undamaged key is taken as the key, even if a file has that name. A text that is no key and names no
/// file is taken as a damaged key.
impl From<OsString> for KeyArgument {
    fn from(argument: OsString) -> KeyArgument {
        let text = argument.to_string_lossy().into_owned();
        if text.parse::<LicenseKey>().is_ok() {
            return KeyArgument::Text(text);
        }
        match Source::try_from(argument) {
            Ok(Source::Path(path)) if !path.exists() => KeyArgument::Text(text),
            Ok(source) => KeyArgument::Source(source),
            Err(_) => KeyArgument::Text(text),
        }
    }
}

impl KeyArgument {
    pub fn is_stdin(&self) -> bool {
        matches!(self, KeyArgument::Source(Source::Stdin))
    }

    /// The source of the text, unless the argument is the text.
    pub const fn source(&self) -> Option<&Source> {
        match self {
            KeyArgument::Text(_) => None,
            KeyArgument::Source(source) => Some(source),
        }
    }

    /// Whether the argument is the text of a key.
    pub const fn is_text(&self) -> bool {
        matches!(self, KeyArgument::Text(_))
    }

    /// Reads the keys, or the signed file in place of keys.
    pub fn read_input(&self, streams: &mut Streams<'_>) -> anyhow::Result<Input> {
        let source = match self {
            KeyArgument::Text(text) => return Ok(Input::Keys(keys_in(text))),
            KeyArgument::Source(source) => source,
        };
        self.prompt(streams)?;
        let contents = source.read_signed_file()?;
        // Only JSON can be a signed file.
        let is_json = contents.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        match is_json.then(|| Envelope::kind_of(&contents)).flatten() {
            Some(kind) => Ok(Input::File(kind, contents)),
            // As one text, it is longer than any key.
            None if is_too_long(&contents) => Ok(Input::Keys(vec![String::from_utf8_lossy(&contents).into_owned()])),
            None => Ok(Input::Keys(keys_in(&String::from_utf8_lossy(&contents)))),
        }
    }

    /// The text of each key, at least one.
    ///
    /// Bytes that are not UTF-8 become unreadable characters, which can be repaired.
    pub fn read(&self, streams: &mut Streams<'_>) -> anyhow::Result<Vec<String>> {
        let source = match self {
            KeyArgument::Text(text) => return Ok(keys_in(text)),
            KeyArgument::Source(source) => source,
        };
        self.prompt(streams)?;
        Ok(keys_in(&String::from_utf8_lossy(&source.read()?)))
    }

    fn prompt(&self, streams: &mut Streams<'_>) -> io::Result<()> {
        if self.is_stdin() && io::stdin().is_terminal() && io::stderr().is_terminal() {
            writeln!(streams.messages, "Type or paste the license key, then press Ctrl-D on a line of its own.")?;
        }
        Ok(())
    }
}
