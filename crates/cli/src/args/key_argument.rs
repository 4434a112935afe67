use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, IsTerminal};

use anyhow::Context;
use keyward_verifier::files::{Envelope, FileError, FileKind, PemKey};
use keyward_verifier::{KeyInText, KeyTextError, LicenseKey, Malformation, keys_in};
use zeroize::Zeroizing;

use crate::io::source::{Source, is_a_damaged_file, is_too_long};
use crate::io::streams::Streams;
use crate::words::counted;

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
    /// A signed file that claims to be of this kind, or a damaged license file.
    File(FileKind, Zeroizing<Vec<u8>>),
}

/// The text of an undamaged key is taken as the key, even if a file has that name. A text that is no key and names no
/// file is taken as a damaged key if it may be one, and else as the name of a file that is not there.
impl From<OsString> for KeyArgument {
    fn from(argument: OsString) -> KeyArgument {
        let text = argument.to_string_lossy().into_owned();
        if text.parse::<LicenseKey>().is_ok() {
            return KeyArgument::Text(text);
        }
        match Source::try_from(argument) {
            Ok(Source::Path(path)) if !path.exists() && may_be_a_key(&text) => KeyArgument::Text(text),
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
            KeyArgument::Text(text) => return Ok(Input::Keys(texts_of_keys(text, streams)?)),
            KeyArgument::Source(source) => source,
        };
        self.prompt(streams)?;
        let contents = source.read_signed_file()?;
        if let Some(kind) = Envelope::kind_of(&contents) {
            return Ok(Input::File(kind, contents));
        }
        let text = String::from_utf8_lossy(&contents);
        if key_in_place(&contents, &text).is_some() || is_a_damaged_file(&text) {
            return Ok(Input::File(FileKind::LicenseFile, contents));
        }
        if is_too_long(&contents) {
            // As one text, it is longer than any key.
            return Ok(Input::Keys(vec![text.into_owned()]));
        }
        Ok(Input::Keys(texts_of_keys(&text, streams)?))
    }

    /// The text of each key, at least one.
    ///
    /// Bytes that are not UTF-8 become unreadable characters, which can be repaired.
    pub fn read(&self, streams: &mut Streams<'_>) -> anyhow::Result<Vec<String>> {
        let source = match self {
            KeyArgument::Text(text) => return texts_of_keys(text, streams),
            KeyArgument::Source(source) => source,
        };
        self.prompt(streams)?;
        let contents = source.read()?;
        let text = String::from_utf8_lossy(&contents);
        if let Some(found) = key_in_place(&contents, &text) {
            let expected = FileKind::LicenseFile;
            return Err(FileError::Key { expected, found }).with_context(|| source.to_string());
        }
        texts_of_keys(&text, streams)
    }

    fn prompt(&self, streams: &mut Streams<'_>) -> io::Result<()> {
        if self.is_stdin() && io::stdin().is_terminal() && io::stderr().is_terminal() {
            writeln!(streams.messages, "Type or paste the license key, then press Ctrl-D on a line of its own.")?;
        }
        Ok(())
    }
}

/// The public or signing key that was given in place of a license. A mail may have one beside the license key.
fn key_in_place(contents: &[u8], text: &str) -> Option<PemKey> {
    PemKey::in_file(contents).filter(|_| !keys_in(text).any(|key| key.key().is_ok()))
}

/// Whether an argument may be meant as a license key: a key, a part of one, or groups of five characters.
fn may_be_a_key(text: &str) -> bool {
    let parsed = text.parse::<LicenseKey>();
    let is_other =
        matches!(parsed, Err(KeyTextError::Malformed(Malformation::Groups { .. } | Malformation::TooLong { .. })));
    !is_other || text.trim().is_empty() || keys_in(text).next().is_some() || has_groups_alone(text)
}

/// Whether all words are groups of five characters: several, or the first group of a key.
pub fn has_groups_alone(text: &str) -> bool {
    let is_group = |word: &&str| word.len() == 5 && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let words: Vec<&str> = text.split(|character: char| character == '-' || character.is_whitespace()).collect();
    let begins_a_key = matches!(text.as_bytes(), [b'K' | b'k', b'4'..=b'7', ..]);
    words.iter().all(is_group) && (words.len() > 1 || begins_a_key)
}

/// The text of each key, at least one. A key that is there again counts once, and so does the beginning of a key that is there.
/// Another beginning of a key is taken as a key: it must not be left out without a word. If there is no key, the whole text is
/// one: the verifier says why it is none.
fn texts_of_keys(text: &str, streams: &mut Streams<'_>) -> anyhow::Result<Vec<String>> {
    let whole = || vec![text.to_owned()];
    let (found, beginnings): (Vec<KeyInText<'_>>, Vec<KeyInText<'_>>) =
        keys_in(text).partition(KeyInText::has_the_size_of_a_key);
    let symbols = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|symbol| symbol.to_ascii_uppercase()).collect()
    };
    let whole_keys: Vec<String> =
        found.iter().filter(|_| !beginnings.is_empty()).map(|key| symbols(key.text())).collect();
    let cut = |beginning: &KeyInText<'_>| {
        let beginning = symbols(beginning.text());
        !whole_keys.iter().any(|key| key.starts_with(&beginning))
    };
    let cut: Vec<String> = beginnings.iter().filter(|key| cut(key)).map(|key| key.text().to_owned()).collect();
    match found.as_slice() {
        [] => return Ok(whole()),
        // All of the text may be needed to repair it, or to tell what was typed twice.
        [_] if cut.is_empty() && matches!(text.parse::<LicenseKey>(), Err(KeyTextError::Damaged(_))) => {
            return Ok(whole());
        }
        _ => {}
    }
    let (mut texts, mut seen, mut repeated) = (Vec::new(), BTreeSet::new(), 0_usize);
    for key in &found {
        match key.key() {
            Ok(key) if seen.insert(key.to_string()) => texts.push(key.to_string()),
            Ok(_) => repeated = repeated.saturating_add(1),
            Err(_) => texts.push(key.text().to_owned()),
        }
    }
    texts.extend(cut);
    if repeated > 0 {
        let keys = counted(repeated, "license key");
        writeln!(streams.messages, "Of this input, {keys} {} there before: each counts once.", was(repeated))?;
    }
    Ok(texts)
}

const fn was(count: usize) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_that_may_be_a_key_is_none_of_a_file() {
        for key in
            ["K7PM4-00108-1G818", "K7PM4 00108", "ABCDE-12345", "", " ", "{\"payloadType\":\"", "k7pm4001081g81860w40"]
        {
            assert!(may_be_a_key(key), "{key}");
        }
        for name in [
            "license.txt",
            "acme.lic",
            "keys/of/acme",
            "license",
            "hello",
            "knife",
            "my license.txt",
            "C:\\keys\\acme.txt",
        ] {
            assert!(!may_be_a_key(name), "{name}");
        }
    }
}
