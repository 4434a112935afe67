use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use anyhow::Context;
use keyward_verifier::LicenseKey;

use crate::source::read_all;
use crate::streams::Streams;

/// License keys, as an argument gives them: the path of a file, the text of a key, or `-` for standard input.
#[derive(Debug, Clone)]
pub struct KeyArgument(OsString);

impl From<OsString> for KeyArgument {
    fn from(argument: OsString) -> KeyArgument {
        KeyArgument(argument)
    }
}

impl KeyArgument {
    pub fn is_stdin(&self) -> bool {
        self.0 == "-"
    }

    /// Whether it is taken for the text of a key.
    pub fn is_text(&self) -> bool {
        !self.is_stdin() && self.file().is_none()
    }

    /// The file, if there is one of that name.
    fn file(&self) -> Option<PathBuf> {
        let path = PathBuf::from(&self.0);
        (!self.is_stdin() && path.exists()).then_some(path)
    }

    /// The text of each key, at least one.
    ///
    /// What is not UTF-8 becomes characters that can't be read, which the check groups may repair.
    pub fn read(&self, streams: &mut Streams<'_>) -> anyhow::Result<Vec<String>> {
        let (bytes, name) = if self.is_stdin() {
            if io::stdin().is_terminal() && io::stderr().is_terminal() {
                writeln!(streams.messages, "Type or paste the license key, then press Ctrl-D on a line of its own.")?;
            }
            (read_all(io::stdin().lock()), "standard input".to_owned())
        } else if let Some(path) = self.file() {
            (File::open(&path).and_then(read_all), path.display().to_string())
        } else {
            return Ok(split(&self.0.to_string_lossy()));
        };
        let bytes = bytes
            .with_context(|| format!("{name} can't be read"))?
            .with_context(|| format!("{name} is longer than a megabyte: is this the right one?"))?;
        Ok(split(&String::from_utf8_lossy(&bytes)))
    }
}

/// The keys in a text: separated by blank lines, or one directly after the other if none of them is damaged. If no piece
/// has the size of a key, it is one key after all, such as a mail program spreads over blank lines.
fn split(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for line in text.lines() {
        match pieces.last_mut() {
            Some(piece) if !line.trim().is_empty() => {
                piece.push_str(line);
                piece.push('\n');
            }
            _ => pieces.push(String::new()),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    let keys: Vec<String> = pieces.into_iter().flat_map(split_after_each_key).collect();
    let has_size_of_a_key = |key: &String| !matches!(key.parse::<LicenseKey>(), Err(error) if is_malformed(&error));
    if keys.iter().any(has_size_of_a_key) { keys } else { vec![text.to_owned()] }
}

/// The keys in lines that are key after key, such as files joined into one; else the lines as they are.
fn split_after_each_key(lines: String) -> Vec<String> {
    let mut keys = Vec::new();
    let mut key = String::new();
    for line in lines.split_inclusive('\n') {
        key.push_str(line);
        if key.parse::<LicenseKey>().is_ok() {
            keys.push(std::mem::take(&mut key));
        }
    }
    if key.is_empty() { keys } else { vec![lines] }
}

fn is_malformed(error: &keyward_core::KeyTextError) -> bool {
    matches!(error, keyward_core::KeyTextError::Malformed(_))
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

    #[test]
    fn keys_are_separated_by_blank_lines() {
        assert_eq!(split(&format!("\n\n{KEY}\n \t\n\n{KEY}\n\n")), [KEY, KEY]);
        assert_eq!(split(&format!("Your license:\r\n\r\n{KEY}")), ["Your license:\n", KEY]);
    }

    #[test]
    fn keys_that_follow_each_other_are_told_apart_unless_one_is_damaged() {
        assert_eq!(split(&KEY.repeat(3)), [KEY; 3]);
        let damaged = format!("{KEY}{}", KEY.replace("60GSJ", "606SJ"));
        assert_eq!(split(&damaged), [damaged]);
    }

    #[test]
    fn a_key_spread_over_blank_lines_is_one() {
        let spread = KEY.replace('\n', "\n\n");
        assert_eq!(split(&spread), [spread]);
    }

    #[test]
    fn nothing_is_one_key_that_is_none() {
        assert_eq!(split(""), [""]);
        assert_eq!(split(" \n\n"), [" \n\n"]);
    }
}
