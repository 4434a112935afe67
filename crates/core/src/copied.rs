//! Reads a text that was copied rather than typed. Line breaks and tabs may be spelled out in it (`\n`), and UTF-16 that
//! was read as UTF-8 has U+0000 between its characters. A text is read in this way only if it is not a key when it is read
//! literally.

use core::str::CharIndices;

use crate::symbol::Symbol;

/// The largest number of bytes of a text that a verifier searches for license keys.
pub const MAX_SEARCHED_BYTES: usize = 65_536;

/// A text that was copied.
#[derive(Clone, Copy)]
pub(crate) struct CopiedText<'t> {
    text: &'t str,
    zeros: Zeros,
}

/// The way in which U+0000 is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Zeros {
    /// U+0000 is a character that can't be read.
    Unreadable,
    /// U+0000 is ignored: a third of the text or more is U+0000, so it is UTF-16.
    LeftOut,
}

impl<'t> CopiedText<'t> {
    pub(crate) fn new(text: &'t str) -> CopiedText<'t> {
        let zeros = text.bytes().filter(|byte| *byte == 0).count();
        let is_wide = zeros > 0 && zeros.saturating_mul(3) >= text.chars().count();
        CopiedText { text, zeros: if is_wide { Zeros::LeftOut } else { Zeros::Unreadable } }
    }

    /// The part of the text that is searched.
    pub(crate) fn beginning_of(text: &'t str) -> CopiedText<'t> {
        let end = (0..=text.len().min(MAX_SEARCHED_BYTES)).rev().find(|end| text.is_char_boundary(*end));
        CopiedText::new(text.get(..end.unwrap_or_default()).unwrap_or_default())
    }

    pub(crate) const fn len(self) -> usize {
        self.text.len()
    }

    /// The part of the text from `start` to `end`; empty if there is no such part.
    pub(crate) fn str(self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    pub(crate) fn symbols(self) -> Copied<'t> {
        self.part(0, self.len())
    }

    /// The symbols from `start` to `end`. Offsets are those of the whole text.
    pub(crate) fn part(self, start: usize, end: usize) -> Copied<'t> {
        let characters = self.str(start, end).char_indices();
        Copied { characters, zeros: self.zeros, base: start, limit: end }
    }

    /// Whether the text is a signed file or a part of one: it has a mark of such files, or most of it is base64. Such a
    /// text is not a mistyped key.
    pub(crate) fn is_of_a_signed_file(self) -> bool {
        self.has_marks_of_a_signed_file() || self.is_mostly_base64()
    }

    /// Whether at least half of the symbols are in runs of many letters in both cases.
    fn is_mostly_base64(self) -> bool {
        /// The length of a long run, in symbols.
        const LONG_RUN: usize = 20;
        /// The number of letters of each case in base64. Keys are in one case, except letters that are read as digits.
        const LETTERS_OF_EACH_CASE: usize = 4;
        let mut symbols = self.symbols();
        let (mut all, mut of_base64) = (0_usize, 0_usize);
        loop {
            let (mut len, mut upper, mut lower) = (0_usize, 0_usize, 0_usize);
            let ended = loop {
                match symbols.next() {
                    Some(piece) if piece.symbol != Symbol::Separator => {
                        len = len.saturating_add(1);
                        upper = upper.saturating_add(usize::from(piece.case == Case::Upper));
                        lower = lower.saturating_add(usize::from(piece.case == Case::Lower));
                    }
                    Some(_) => break false,
                    None => break true,
                }
            };
            all = all.saturating_add(len);
            if len >= LONG_RUN && upper.min(lower) >= LETTERS_OF_EACH_CASE {
                of_base64 = of_base64.saturating_add(len);
            }
            if ended {
                return of_base64 > 0 && of_base64.saturating_mul(2) >= all;
            }
        }
    }

    /// Whether it contains a mark of signed files: the beginning of a payload type, or a field name of an envelope in
    /// quotes.
    pub(crate) fn has_marks_of_a_signed_file(self) -> bool {
        /// Each is found by its first character, which keys don't have, or seldom.
        const MARKS: [&str; 5] = ["\"payloadType\"", "\"payload\"", "\"signatures\"", "\"keyid\"", "vnd.keyward."];
        let mut characters = self.text.chars().filter(|character| *character != '\0');
        loop {
            if MARKS.iter().any(|mark| {
                let mut ahead = characters.clone();
                mark.chars().all(|expected| ahead.next() == Some(expected))
            }) {
                return true;
            }
            if characters.next().is_none() {
                return false;
            }
        }
    }
}

/// The symbols of a text with their places. Each `\n`, `\r`, `\t` that is spelled out is one separator.
#[derive(Clone)]
pub(crate) struct Copied<'t> {
    characters: CharIndices<'t>,
    zeros: Zeros,
    /// The offset of `characters` in the text.
    base: usize,
    /// The offset at which the symbols end.
    limit: usize,
}

/// One or two characters of a text.
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) symbol: Symbol,
    /// The offset of its first byte.
    pub(crate) start: usize,
    /// The offset of the byte after it.
    pub(crate) end: usize,
    /// Whether a line ends with it.
    pub(crate) ends_line: bool,
    case: Case,
}

/// The case of a letter that keys have, and that is not read as a digit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Upper,
    Lower,
    None,
}

impl From<char> for Case {
    fn from(character: char) -> Case {
        match character {
            'O' | 'o' | 'I' | 'i' | 'L' | 'l' | 'U' | 'u' => Case::None,
            'A'..='Z' => Case::Upper,
            'a'..='z' => Case::Lower,
            _ => Case::None,
        }
    }
}

impl<'t> Copied<'t> {
    /// The same symbols, up to those that begin before `end`.
    pub(crate) fn up_to(self, end: usize) -> Copied<'t> {
        Copied { limit: self.limit.min(end), ..self }
    }

    /// Whether the text continues after the limit.
    pub(crate) fn is_cut(&self) -> bool {
        self.offset() >= self.limit && !self.characters.as_str().is_empty()
    }

    /// The next character that is read, with the offset of its first byte.
    fn character(&mut self) -> Option<(usize, char)> {
        loop {
            if self.offset() >= self.limit {
                return None;
            }
            let (start, character) = self.characters.next()?;
            if character != '\0' || self.zeros == Zeros::Unreadable {
                return Some((self.base.saturating_add(start), character));
            }
        }
    }

    fn offset(&self) -> usize {
        self.base.saturating_add(self.characters.offset())
    }
}

impl Iterator for Copied<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let (start, character) = self.character()?;
        let mut ends_line = character == '\n';
        if character == '\\' {
            let mut ahead = self.clone();
            if let Some((_, letter @ ('n' | 'r' | 't'))) = ahead.character() {
                *self = ahead;
                ends_line = letter == 'n';
            }
        }
        let (symbol, case) = (Symbol::from(character), Case::from(character));
        Some(Piece { symbol, start, end: self.offset(), ends_line, case })
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;

    use super::*;

    fn spelled(text: &str) -> String {
        let pieces = CopiedText::new(text).symbols().map(|piece| match piece.symbol {
            Symbol::Value(value) => char::from(b'a'.saturating_add(value.min(25))),
            Symbol::Unreadable => '?',
            Symbol::Separator if piece.ends_line => '/',
            Symbol::Separator => ' ',
        });
        pieces.collect()
    }

    #[test]
    fn line_breaks_that_are_spelled_out_separate() {
        for (text, read) in [
            ("ABC", spelled("ABC")),
            ("A\\nB", format!("{}/{}", spelled("A"), spelled("B"))),
            ("A\\r\\nB", format!("{} /{}", spelled("A"), spelled("B"))),
            ("A\\\\nB", format!("{} /{}", spelled("A"), spelled("B"))),
            ("A\\tB\\", format!("{} {} ", spelled("A"), spelled("B"))),
            ("A\\NB", format!("{} {}", spelled("A"), spelled("NB"))),
            ("A\\xB", format!("{} {}", spelled("A"), spelled("xB"))),
        ] {
            assert_eq!(spelled(text), read, "{text}");
        }
    }

    #[test]
    fn utf_16_that_was_read_as_utf_8_is_read() {
        assert_eq!(spelled("A\0\\\0n\0B\0\n\0"), spelled("A\\nB\n"));
        let places: std::vec::Vec<_> =
            CopiedText::new("\0A\0\\\0n\0").symbols().map(|piece| (piece.start, piece.end)).collect();
        assert_eq!(places, [(1, 2), (3, 6)]);
        // A few U+0000 are characters that can't be read.
        assert_eq!(spelled("A\0BCD"), spelled("A?BCD"));
    }

    #[test]
    fn signed_files_are_told_by_their_marks() {
        for text in [
            "{\"payloadType\":\"x\"",
            "eyJ9\",\"signatures\":[",
            "\"\0k\0e\0y\0i\0d\0\"\0",
            "tion/vnd.keyward.license-file.v1+json",
            "eyJpc3N1ZWRfYXQiOiIyMDI2LTA2LTAxVDAwOjAwOjAwWiIsImxpY2Vuc2VzIjpbXX0",
            "> eyJpc3N1ZWRfYXQiOiIyMDI2LTA2\n> LTAxVDAwOjAwOjAwWiIsImxpY2Vuc2Vz\n> IjpbXX0",
        ] {
            assert!(CopiedText::new(text).is_of_a_signed_file(), "{text}");
        }
        for text in [
            "",
            "\"",
            "{\"license\":\"K7PM4\"}",
            "payload",
            "\"payloads\"",
            "vnd.keywar",
            "k7pm4ooil1g818OOOLL60w40",
            "K7PM4uuuuu1G818uuuuu60W40",
        ] {
            assert!(!CopiedText::new(text).is_of_a_signed_file(), "{text}");
        }
    }
}
