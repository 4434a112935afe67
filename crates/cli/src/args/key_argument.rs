use std::ffi::OsString;
use std::io::{self, IsTerminal};

use anyhow::bail;
use keyward_verifier::files::{Envelope, FileKind};
use keyward_verifier::{KeyTextError, LicenseKey};
use zeroize::Zeroizing;

use crate::io::source::Source;
use crate::io::streams::Streams;
use crate::show::qr::is_of_a_picture;

/// License keys, as an argument gives them.
#[derive(Debug, Clone)]
pub enum KeyArgument {
    /// The text of a key, or of what is taken for one.
    Text(String),
    /// Where the text is.
    Source(Source),
}

/// What was given to be looked at.
#[derive(Debug)]
pub enum Input {
    /// The text of each key, at least one.
    Keys(Vec<String>),
    /// A file that is carried, and says that it is of that kind.
    File(FileKind, Zeroizing<Vec<u8>>),
}

/// More than any text with keys.
const MOST_BYTES: usize = 1 << 20;

/// A key is a key, even if a file has that name. What is neither a key nor names anything is taken for a key with
/// mistakes in it.
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

    /// Where the text is, if it is not the argument itself.
    pub const fn source(&self) -> Option<&Source> {
        match self {
            KeyArgument::Text(_) => None,
            KeyArgument::Source(source) => Some(source),
        }
    }

    /// Whether it is taken for the text of a key.
    pub const fn is_text(&self) -> bool {
        matches!(self, KeyArgument::Text(_))
    }

    /// The keys, or the carried file that it is instead.
    pub fn read_input(&self, streams: &mut Streams<'_>) -> anyhow::Result<Input> {
        let source = match self {
            KeyArgument::Text(text) => return Ok(Input::Keys(split(text))),
            KeyArgument::Source(source) => source,
        };
        self.prompt(streams)?;
        let contents = source.read_signed_file()?;
        // Only what may be one is looked at as one.
        let is_json = contents.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        match is_json.then(|| Envelope::kind_of(&contents)).flatten() {
            Some(kind) => Ok(Input::File(kind, contents)),
            None if contents.len() > MOST_BYTES => {
                bail!("{source} is longer than a megabyte: is this the right one?")
            }
            None => Ok(Input::Keys(split(&String::from_utf8_lossy(&contents)))),
        }
    }

    /// The text of each key, at least one.
    ///
    /// What is not UTF-8 becomes characters that can't be read, which the check groups may repair.
    pub fn read(&self, streams: &mut Streams<'_>) -> anyhow::Result<Vec<String>> {
        let source = match self {
            KeyArgument::Text(text) => return Ok(split(text)),
            KeyArgument::Source(source) => source,
        };
        self.prompt(streams)?;
        Ok(split(&String::from_utf8_lossy(&source.read()?)))
    }

    fn prompt(&self, streams: &mut Streams<'_>) -> io::Result<()> {
        if self.is_stdin() && io::stdin().is_terminal() && io::stderr().is_terminal() {
            writeln!(streams.messages, "Type or paste the license key, then press Ctrl-D on a line of its own.")?;
        }
        Ok(())
    }
}

/// The keys in a text. Lines that make an undamaged key are one, even with blank lines between them, such as mail
/// programs add. The other lines are told apart by those keys, by blank lines and by QR codes. If nothing has the size of a key, the
/// text is one key after all.
fn split(text: &str) -> Vec<String> {
    if text.parse::<LicenseKey>().is_ok() {
        return vec![text.to_owned()];
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut rest = lines.as_slice();
    let mut tries = Tries { lines: MOST_LINES_IN_VAIN };
    let mut keys = Vec::new();
    let mut other = String::new();
    while let [line, after @ ..] = rest {
        let is_blank = line.trim().is_empty() || is_of_a_picture(line);
        // Every key begins with K.
        let begins = line.chars().find(|c| c.is_alphanumeric()).is_some_and(|c| c.eq_ignore_ascii_case(&'K'));
        let key = if begins { tries.key_at_start(rest) } else { None };
        if (is_blank || key.is_some()) && !other.is_empty() {
            keys.push(std::mem::take(&mut other));
        }
        rest = match key {
            Some((key, after)) => {
                keys.push(key);
                after
            }
            None => {
                if !is_blank {
                    push_line(&mut other, line);
                }
                after
            }
        };
    }
    if !other.is_empty() {
        keys.push(other);
    }
    let has_size_of_a_key = |key: &String| !matches!(key.parse::<LicenseKey>(), Err(KeyTextError::Malformed(_)));
    if keys.iter().any(has_size_of_a_key) { keys } else { vec![text.to_owned()] }
}

/// The search for undamaged keys among lines. Every line may be a start, and a text can be crafted so that all of them are
/// tried in vain: only so many lines are looked at for nothing.
struct Tries {
    lines: usize,
}

impl Tries {
    /// The undamaged key that the lines begin with, if they do, and the lines after it.
    fn key_at_start<'a, 'b>(&mut self, lines: &'a [&'b str]) -> Option<(String, &'a [&'b str])> {
        let before = self.lines;
        let mut key = String::new();
        let mut characters = 0_usize;
        let mut rest = lines;
        while let [line, after @ ..] = rest {
            rest = after;
            self.lines = self.lines.checked_sub(1)?;
            if line.trim().is_empty() {
                continue;
            }
            push_line(&mut key, line);
            characters =
                characters.saturating_add(line.chars().filter(|character| character.is_alphanumeric()).count());
            if characters > MOST_CHARACTERS {
                return None;
            }
            // Only where it can be one.
            if characters >= LEAST_CHARACTERS && characters % 5 == 0 && key.parse::<LicenseKey>().is_ok() {
                self.lines = before;
                return Some((key, rest));
            }
        }
        None
    }
}

/// More than a megabyte of damaged keys needs. The lines after that are told apart by blank ones.
const MOST_LINES_IN_VAIN: usize = 1 << 17;

/// A key has 30 to 110 groups of five characters.
const LEAST_CHARACTERS: usize = 150;
const MOST_CHARACTERS: usize = 550;

fn push_line(lines: &mut String, line: &str) {
    lines.push_str(line);
    lines.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "\
        K7PM4-00108-1G818-60W40-60GSJ-08YT0-\n\
        G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-\n\
        VDC80-VHRAB-CED8J-M9TJZ-A9AHX-JPA40-\n\
        2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-\n\
        4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3\n";

    const LONG_KEY: &str = "\
        K7PM5-Y0704-10610-50R3G-HZZZZ-ZZGZZ-\n\
        ZZ0FZ-ZZZZZ-1Y813-V82G6-08104-0G208-\n\
        1001B-81G00-81G00-G5040-04842-RVDCM-\n\
        G46VV-JE1QQ-4RBMD-5QPXZ-RW07Q-DVK5V-\n\
        NACRG-XV6AN-2368G-HZX00-00000-00000-\n\
        00000-00000-00000-00000-00000-00000-\n\
        00000-00000-00000-00000-00000-00000-\n\
        00000-00000-00000-00000-00000-00000-\n\
        01SVH-82H1J-3BWKD-35D7J-0YT7R-0J4ND-\n\
        5E3S0-26VNB-Q64M4-FZXE9-AQKWN-VGH04-\n\
        3XAXW-28HVQ-9BQFE-GH5D4-P6JDS-C855P-\n\
        2S3Z3-EQYBT-E1G80-P5ZZJ-NGQ3M-WGMZ5\n";

    #[test]
    fn keys_are_separated_by_blank_lines() {
        assert_eq!(split(&format!("\n\n{KEY}\n \t\n\n{KEY}\n\n")), [KEY, KEY]);
        assert_eq!(split(&format!("Your license:\r\n\r\n{KEY}")), ["Your license:\n", KEY]);
    }

    #[test]
    fn keys_that_follow_each_other_are_told_apart_even_beside_a_damaged_one() {
        assert_eq!(split(&KEY.repeat(3)), [KEY; 3]);
        let damaged = KEY.replace("60GSJ", "606SJ");
        assert_eq!(split(&format!("{KEY}{damaged}")), [KEY, &damaged]);
        assert_eq!(split(&format!("{damaged}{KEY}{damaged}")), [&damaged, KEY, &damaged]);
        // Where one ends and the other begins, nothing tells.
        assert_eq!(split(&damaged.repeat(2)), [damaged.repeat(2)]);
    }

    #[test]
    fn a_long_key_with_a_blank_line_in_it_is_one() {
        for size in [1, 5, 6, 7] {
            let lines: Vec<&str> = LONG_KEY.split_inclusive('\n').collect();
            let (start, end) = lines.split_at(size);
            let broken = format!("{}\n{}", start.concat(), end.concat());
            assert_eq!(split(&broken), [broken.as_str()]);
            assert_eq!(split(&format!("Your license\n\n{broken}{KEY}")), ["Your license\n", LONG_KEY, KEY]);
        }
    }

    #[test]
    fn a_key_spread_over_blank_lines_is_one() {
        let spread = KEY.replace('\n', "\n\n");
        assert_eq!(split(&spread), [spread.as_str()]);
        assert_eq!(split(&spread.repeat(2)), [KEY; 2]);
        assert_eq!(split(&format!("\u{FEFF}{}", spread.repeat(2))), [&format!("\u{FEFF}{KEY}"), KEY]);
        let long = LONG_KEY.replace('\n', "\n\n");
        assert_eq!(split(&format!("{spread}\n{long}")), [KEY, LONG_KEY]);
        // Of a damaged one, only that it is no license is known.
        let damaged = spread.replace("60GSJ", "606SJ");
        assert_eq!(split(&damaged), [damaged]);
    }

    #[test]
    fn a_code_beneath_a_key_is_no_other_key() {
        let code = "     ▀▄█ ▀\n     █▀▄ ▄\n";
        assert_eq!(split(&format!("{KEY}\n{code}")), [KEY]);
        assert_eq!(split(&format!("{KEY}{code}{KEY}{code}")), [KEY, KEY]);
        let damaged = KEY.replace("60GSJ", "606SJ");
        assert_eq!(split(&format!("{damaged}{code}\n{KEY}")), [damaged.as_str(), KEY]);
    }

    #[test]
    fn nothing_is_one_key_that_is_none() {
        assert_eq!(split(""), [""]);
        assert_eq!(split(" \n\n"), [" \n\n"]);
    }
}
