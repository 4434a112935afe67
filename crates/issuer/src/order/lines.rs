use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

use super::OrderError;
use super::csv::Separator;

/// Reads lines, and skips those that continue a quoted value.
///
/// The next line of a value with a line break must not be read as an order: the author of the value could write orders. So
/// a line with an open quote is returned only after the following lines were searched for the closing quote.
#[derive(Debug)]
pub(super) struct LineReader<R> {
    reader: BufReader<R>,
    /// Lines that were read in the search for a closing quote.
    ahead: VecDeque<Line>,
    separator: Option<Separator>,
    /// The search reached its limit. No line is an order until one has the closing quote.
    within_quotes: bool,
    number: u64,
    bytes: u64,
}

#[derive(Debug)]
pub(super) struct Line {
    /// The number of the line, from 1.
    pub(super) number: u64,
    /// The length of the file up to the end of the line, in bytes.
    pub(super) bytes: u64,
    /// The line without its line break.
    pub(super) text: Result<String, OrderError>,
    /// The state at the end of the line, if it begins outside quotes.
    outside_first: QuoteState,
    /// The state at the end of the line, if it begins within quotes.
    within_first: QuoteState,
}

/// The state of quotes in a line of CSV. A quote anywhere in a cell may open a quoted value here, as it does in some
/// programs; in a valid line only one at the beginning of a cell does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QuoteState {
    Outside,
    Quoted,
    Closed,
    /// Text follows a closing quote.
    Stray,
}

/// A longer line is not an order, and is skipped.
const MAX_BYTES: usize = 1 << 16;
/// The limit of the search for a closing quote.
const MAX_AHEAD: u64 = 1 << 20;

impl<R: Read> LineReader<R> {
    pub(super) fn new(reader: R) -> LineReader<R> {
        LineReader {
            reader: BufReader::with_capacity(1 << 16, reader),
            ahead: VecDeque::new(),
            separator: None,
            within_quotes: false,
            number: 0,
            bytes: 0,
        }
    }

    /// The lines from here on are CSV.
    pub(super) fn set_separator(&mut self, separator: Separator) {
        self.separator = Some(separator);
    }

    pub(super) fn may_block(&self) -> bool {
        self.ahead.is_empty() && !self.reader.buffer().contains(&b'\n')
    }

    /// The next line that is not blank; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let line = match self.ahead.pop_front() {
                Some(line) => Some(line),
                None => self.read()?,
            };
            let Some(mut line) = line else { return Ok(None) };
            if self.separator.is_some() {
                if self.within_quotes {
                    self.within_quotes = line.within_first == QuoteState::Quoted;
                    line.text = Err(OrderError::MisplacedQuote);
                    return Ok(Some(line));
                }
                if line.outside_first == QuoteState::Quoted {
                    line.text = Err(self.find_closing_quote(line.bytes)?);
                    return Ok(Some(line));
                }
            }
            if line.text.as_ref().map_or(true, |text| !text.trim().is_empty()) {
                return Ok(Some(line));
            }
        }
    }

    /// Finds the error of a line with an open quote. `bytes` is the length of the file up to the end of that line. Lines
    /// that continue the quoted value are skipped.
    fn find_closing_quote(&mut self, bytes: u64) -> io::Result<OrderError> {
        let mut seen = 0_usize;
        loop {
            if seen == self.ahead.len() {
                // No line has the closing quote, so none continues the value.
                let Some(line) = self.read()? else { return Ok(OrderError::MisplacedQuote) };
                self.ahead.push_back(line);
            }
            let Some(line) = self.ahead.get(seen) else { return Ok(OrderError::MisplacedQuote) };
            let through = line.number;
            seen = seen.saturating_add(1);
            match line.within_first {
                QuoteState::Quoted if line.bytes.saturating_sub(bytes) > MAX_AHEAD => {
                    self.within_quotes = true;
                    return Ok(OrderError::MisplacedQuote);
                }
                QuoteState::Quoted => {}
                QuoteState::Stray => return Ok(OrderError::MisplacedQuote),
                QuoteState::Outside | QuoteState::Closed => {
                    self.ahead.drain(..seen);
                    return Ok(OrderError::LineBreak { through });
                }
            }
        }
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let (mut outside_first, mut within_first) = (QuoteState::Outside, QuoteState::Quoted);
        let mut length = 0_u64;
        let mut ended = false;
        while !ended {
            let buffer = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            if buffer.is_empty() {
                break;
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            ended = end.is_some();
            let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
            if let Some(separator) = self.separator {
                for byte in part {
                    outside_first = outside_first.after(*byte, separator);
                    within_first = within_first.after(*byte, separator);
                }
            }
            let room = MAX_BYTES.saturating_add(1).saturating_sub(bytes.len());
            bytes.extend(part.iter().take(room));
            let consumed = part.len().saturating_add(usize::from(ended));
            length = length.saturating_add(u64::try_from(consumed).unwrap_or(u64::MAX));
            self.reader.consume(consumed);
        }
        if length == 0 {
            return Ok(None);
        }
        self.number = self.number.saturating_add(1);
        self.bytes = self.bytes.saturating_add(length);
        let text = text(bytes, self.number);
        Ok(Some(Line { number: self.number, bytes: self.bytes, text, outside_first, within_first }))
    }
}

fn text(bytes: Vec<u8>, number: u64) -> Result<String, OrderError> {
    if bytes.len() > MAX_BYTES {
        return Err(OrderError::TooLong);
    }
    // The byte order marks of UTF-16. No UTF-8 begins with them.
    if number == 1 && (bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF])) {
        return Err(OrderError::Utf16);
    }
    let mut text = String::from_utf8(bytes).map_err(|_| OrderError::NotUtf8)?;
    text.truncate(text.trim_end_matches('\r').len());
    // Some editors begin a file with a byte order mark.
    Ok(if number == 1 { text.trim_start_matches('\u{FEFF}').to_owned() } else { text })
}

impl QuoteState {
    fn after(self, byte: u8, separator: Separator) -> QuoteState {
        match (self, byte) {
            (QuoteState::Quoted, b'"') => QuoteState::Closed,
            (QuoteState::Quoted, _) => QuoteState::Quoted,
            (QuoteState::Stray, _) => QuoteState::Stray,
            (QuoteState::Outside | QuoteState::Closed, b'"') => QuoteState::Quoted,
            (_, byte) if byte == separator.byte() => QuoteState::Outside,
            (QuoteState::Closed, b' ' | b'\t' | b'\r') => QuoteState::Closed,
            (QuoteState::Closed, _) => QuoteState::Stray,
            (QuoteState::Outside, _) => QuoteState::Outside,
        }
    }
}
