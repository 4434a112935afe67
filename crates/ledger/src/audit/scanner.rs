//! Reads the JSON that the ledger writes itself: one spelling, without white space.

use std::borrow::Cow;

/// A text that is not spelled as the ledger writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Misspelled;

/// Reads a text from left to right.
#[derive(Debug, Clone)]
pub(super) struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a str) -> Scanner<'a> {
        Scanner { rest: text }
    }

    /// Passes over these characters, if they are next.
    pub(super) fn skip(&mut self, expected: &str) -> bool {
        let rest = self.rest.strip_prefix(expected);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Passes over these characters, which must be next.
    pub(super) fn expect(&mut self, expected: &str) -> Result<(), Misspelled> {
        self.skip(expected).then_some(()).ok_or(Misspelled)
    }

    /// What is left.
    pub(super) const fn rest(&self) -> &'a str {
        self.rest
    }

    /// What was read since the rest was this one.
    pub(super) fn since(&self, earlier: &'a str) -> &'a str {
        earlier.len().checked_sub(self.rest.len()).and_then(|length| earlier.get(..length)).unwrap_or_default()
    }

    /// A string, with its quotes and escapes.
    pub(super) fn string(&mut self) -> Result<&'a str, Misspelled> {
        let start = self.rest;
        self.expect("\"")?;
        let mut is_escaped = false;
        let end = self.rest.bytes().position(|byte| match byte {
            _ if is_escaped => {
                is_escaped = false;
                false
            }
            b'\\' => {
                is_escaped = true;
                false
            }
            byte => byte == b'"',
        });
        self.rest = end.and_then(|end| self.rest.get(end.saturating_add(1)..)).ok_or(Misspelled)?;
        Ok(self.since(start))
    }

    /// A string without escapes, such as a name, without its quotes.
    pub(super) fn name(&mut self) -> Result<&'a str, Misspelled> {
        let string = self.string()?;
        unquoted(string).filter(|name| !name.contains('\\')).ok_or(Misspelled)
    }

    /// A string or an integer, as it is spelled.
    pub(super) fn plain(&mut self) -> Result<&'a str, Misspelled> {
        if self.rest.starts_with('"') {
            return self.string();
        }
        let start = self.rest;
        self.skip("-");
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        self.rest = self.rest.get(digits..).filter(|_| digits > 0).ok_or(Misspelled)?;
        Ok(self.since(start))
    }

    /// The end of the text.
    pub(super) fn end(&self) -> Result<(), Misspelled> {
        self.rest.is_empty().then_some(()).ok_or(Misspelled)
    }
}

/// A string without its quotes, as it is spelled.
fn unquoted(string: &str) -> Option<&str> {
    string.strip_prefix('"')?.strip_suffix('"')
}

/// What a plain value says: the text of a string, or the digits of an integer.
pub(crate) fn said(plain: &str) -> Result<Cow<'_, str>, Misspelled> {
    match unquoted(plain) {
        None => Ok(Cow::Borrowed(plain)),
        Some(text) if !text.contains('\\') => Ok(Cow::Borrowed(text)),
        Some(_) => serde_json::from_str(plain).map(Cow::Owned).map_err(|_| Misspelled),
    }
}
