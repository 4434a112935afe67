use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

use super::OrderError;
use super::csv::Separator;

/// Lines, and whether one ends within quotes that another closes.
///
/// A value with a line break in it goes on in the next line, which must not be taken for an order: whoever chooses the
/// value would write orders. So a line that ends within quotes is looked at together with those after it, before any of
/// them is told.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    /// Read already, to see whether they close what another line opened.
    ahead: VecDeque<Line>,
    separator: Option<Separator>,
    /// What was opened has gone on for too long to be held: no line is told until one closes it.
    within_quotes: bool,
    number: u64,
    bytes: u64,
}

#[derive(Debug)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: u64,
    /// How many bytes there are up to its end.
    pub(super) bytes: u64,
    /// Without the line break.
    pub(super) text: Result<String, OrderError>,
    /// Where it ends if it begins an order.
    alone: At,
    /// Where it ends if it begins within quotes.
    within: At,
}

/// Where reading is in a line of CSV. More is taken for an opening quote than is one in a line by itself: here it matters
/// what somebody's program may have meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Cell,
    Quoted,
    Closed,
    /// After a quote that closes nothing.
    Astray,
}

/// More than any order: what is longer is none, and is passed over.
const MAX_BYTES: usize = 1 << 16;
/// As much is looked at to find where quotes are closed.
const MAX_AHEAD: u64 = 1 << 20;

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R) -> Lines<R> {
        Lines {
            reader: BufReader::with_capacity(1 << 16, reader),
            ahead: VecDeque::new(),
            separator: None,
            within_quotes: false,
            number: 0,
            bytes: 0,
        }
    }

    /// From here on, lines are of CSV.
    pub(super) fn are_cells(&mut self, separator: Separator) {
        self.separator = Some(separator);
    }

    pub(super) fn may_wait(&self) -> bool {
        self.ahead.is_empty() && !self.reader.buffer().contains(&b'\n')
    }

    /// The next line that has something in it; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let line = match self.ahead.pop_front() {
                Some(line) => Some(line),
                None => self.read()?,
            };
            let Some(mut line) = line else { return Ok(None) };
            if self.separator.is_some() {
                if self.within_quotes {
                    self.within_quotes = line.within == At::Quoted;
                    line.text = Err(OrderError::Quote);
                    return Ok(Some(line));
                }
                if line.alone == At::Quoted {
                    line.text = Err(self.look_ahead(line.bytes)?);
                    return Ok(Some(line));
                }
            }
            if line.text.as_ref().map_or(true, |text| !text.trim().is_empty()) {
                return Ok(Some(line));
            }
        }
    }

    /// What to say of a line that ends within quotes. Those that belong to it are passed over.
    fn look_ahead(&mut self, bytes: u64) -> io::Result<OrderError> {
        let mut seen = 0_usize;
        loop {
            if seen == self.ahead.len() {
                // A quote too much: the others are lines of their own.
                let Some(line) = self.read()? else { return Ok(OrderError::Quote) };
                self.ahead.push_back(line);
            }
            let Some(line) = self.ahead.get(seen) else { return Ok(OrderError::Quote) };
            let through = line.number;
            seen = seen.saturating_add(1);
            match line.within {
                At::Quoted if line.bytes.saturating_sub(bytes) > MAX_AHEAD => {
                    self.within_quotes = true;
                    return Ok(OrderError::Quote);
                }
                At::Quoted => {}
                At::Astray => return Ok(OrderError::Quote),
                At::Cell | At::Closed => {
                    self.ahead.drain(..seen);
                    return Ok(OrderError::LineBreak { through });
                }
            }
        }
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let (mut alone, mut within) = (At::Cell, At::Quoted);
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
                    alone = alone.after(*byte, separator);
                    within = within.after(*byte, separator);
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
        Ok(Some(Line { number: self.number, bytes: self.bytes, text, alone, within }))
    }
}

fn text(bytes: Vec<u8>, number: u64) -> Result<String, OrderError> {
    if bytes.len() > MAX_BYTES {
        return Err(OrderError::TooLong);
    }
    // The marks of both byte orders; a line of UTF-8 begins with neither.
    if number == 1 && (bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF])) {
        return Err(OrderError::Utf16);
    }
    let mut text = String::from_utf8(bytes).map_err(|_| OrderError::NotUtf8)?;
    text.truncate(text.trim_end_matches('\r').len());
    // Editors on Windows begin files with a mark.
    Ok(if number == 1 { text.trim_start_matches('\u{FEFF}').to_owned() } else { text })
}

impl At {
    fn after(self, byte: u8, separator: Separator) -> At {
        match (self, byte) {
            (At::Quoted, b'"') => At::Closed,
            (At::Quoted, _) => At::Quoted,
            (At::Astray, _) => At::Astray,
            (At::Cell | At::Closed, b'"') => At::Quoted,
            (_, byte) if byte == separator.byte() => At::Cell,
            (At::Closed, b' ' | b'\t' | b'\r') => At::Closed,
            (At::Closed, _) => At::Astray,
            (At::Cell, _) => At::Cell,
        }
    }
}
