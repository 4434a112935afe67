//! Lines of CSV (RFC 4180), each read by itself, so that a quote that is never closed spoils no other line.

use csv_core::{Reader, ReaderBuilder, Terminator};

use super::OrderError;
use super::fields::known;
use super::value::{Pairs, Value};

/// The first line of CSV: the separator of cells, and the names of the columns.
#[derive(Debug)]
pub(super) struct Columns {
    names: Vec<&'static str>,
    lines: LineReader,
}

/// The character between cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    Comma,
    Semicolon,
    Tab,
}

impl Columns {
    /// Reads the names. Without a separator, the first of comma, tab and semicolon that is there separates them: programs
    /// that write commas in numbers use semicolons, and tables are copied with tabs.
    pub(super) fn read(first_line: &str, separator: Option<Separator>) -> Result<Columns, OrderError> {
        let separator = separator.unwrap_or_else(|| Separator::of(first_line));
        let mut lines = LineReader::new(separator);
        let mut names = Vec::new();
        for cell in lines.cells(first_line)? {
            let name = known(&cell)?;
            if names.contains(&name) {
                return Err(OrderError::NameTwice { name });
            }
            names.push(name);
        }
        Ok(Columns { names, lines })
    }

    pub(super) const fn separator(&self) -> Separator {
        self.lines.separator
    }

    /// The cells of a line by their names. Empty cells are left out; without any other, there is no order.
    pub(super) fn pairs(&mut self, line: &str) -> Result<Option<Pairs>, OrderError> {
        let cells = self.lines.cells(line)?;
        if cells.iter().all(String::is_empty) {
            return Ok(None);
        }
        if cells.len() != self.names.len() {
            return Err(OrderError::Cells { found: cells.len(), expected: self.names.len() });
        }
        let filled = self.names.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
        Ok(Some(Pairs(filled.map(|(name, cell)| ((*name).to_owned(), Value::Text(cell))).collect())))
    }
}

impl Separator {
    fn of(first_line: &str) -> Separator {
        [Separator::Comma, Separator::Tab, Separator::Semicolon]
            .into_iter()
            .find(|separator| first_line.bytes().any(|byte| byte == separator.byte()))
            .unwrap_or(Separator::Comma)
    }

    /// The separator that spreadsheets write before the names, such as `sep=;`.
    pub(super) fn declared(line: &str) -> Option<Separator> {
        let line = line.trim_matches(|character| matches!(character, '"' | ' '));
        let (name, separator) = line.split_once('=')?;
        let declared = [Separator::Comma, Separator::Tab, Separator::Semicolon]
            .into_iter()
            .find(|known| separator.as_bytes() == [known.byte()]);
        declared.filter(|_| name.eq_ignore_ascii_case("sep"))
    }

    pub(super) const fn byte(self) -> u8 {
        match self {
            Separator::Comma => b',',
            Separator::Semicolon => b';',
            Separator::Tab => b'\t',
        }
    }
}

/// How a cell is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Quoted,
}

/// Reads lines one by one. To make a reader takes longer than to read a line.
#[derive(Debug)]
struct LineReader {
    separator: Separator,
    reader: Reader,
}

impl LineReader {
    fn new(separator: Separator) -> LineReader {
        let mut builder = ReaderBuilder::new();
        let reader = builder.delimiter(separator.byte()).terminator(Terminator::Any(b'\n')).build();
        LineReader { separator, reader }
    }

    /// The cells of a line, without the space around plain ones.
    fn cells(&mut self, line: &str) -> Result<Vec<String>, OrderError> {
        let forms = forms(line, self.separator)?;
        // csv-core asks for room beyond what it writes.
        let mut text = vec![0; line.len().saturating_add(1)];
        let mut ends = vec![0; forms.len().saturating_add(1)];
        self.reader.reset();
        // The first line break is passed over, and keeps csv-core from taking a byte order mark away.
        let (_, _, _, count) = self.reader.read_record(format!("\n{line}\n").as_bytes(), &mut text, &mut ends);
        debug_assert!(count == forms.len() || line.is_empty(), "csv-core counts the same cells");
        let mut begin = 0;
        let cells = forms.iter().zip(ends).map(|(form, end)| {
            let cell = text.get(begin..end).and_then(|cell| std::str::from_utf8(cell).ok()).unwrap_or_default();
            begin = end;
            if *form == Form::Plain { cell.trim().to_owned() } else { cell.to_owned() }
        });
        Ok(cells.collect())
    }
}

/// The form of each cell. A quote is at the beginning of a cell, at its end, or doubled within: csv-core would read any
/// other one as text, and here the program that wrote the line has a mistake.
fn forms(line: &str, separator: Separator) -> Result<Vec<Form>, OrderError> {
    #[derive(PartialEq)]
    enum At {
        Begin,
        Plain,
        Quoted,
        Quote,
    }
    let mut forms = vec![Form::Plain];
    let mut at = At::Begin;
    for byte in line.bytes() {
        at = match (at, byte) {
            (At::Begin, b'"') => {
                forms.pop();
                forms.push(Form::Quoted);
                At::Quoted
            }
            (At::Quote, b'"') => At::Quoted,
            (At::Quoted, b'"') => At::Quote,
            (At::Quoted, _) => At::Quoted,
            (At::Plain, b'"') => return Err(OrderError::Quote),
            (_, byte) if byte == separator.byte() => {
                forms.push(Form::Plain);
                At::Begin
            }
            (At::Quote, _) => return Err(OrderError::Quote),
            (At::Begin | At::Plain, _) => At::Plain,
        };
    }
    if at == At::Quoted { Err(OrderError::Quote) } else { Ok(forms) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(line: &str, separator: Separator) -> Result<Vec<String>, OrderError> {
        LineReader::new(separator).cells(line)
    }

    #[test]
    fn a_line_is_cells() {
        for (line, expected) in [
            ("a,b", vec!["a", "b"]),
            ("a, b ,", vec!["a", "b", ""]),
            (",", vec!["", ""]),
            ("\"a,b\",\"say \"\"c\"\"\"", vec!["a,b", "say \"c\""]),
            ("\"\"", vec![""]),
            ("\" a \"", vec![" a "]),
        ] {
            assert_eq!(cells(line, Separator::Comma).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn a_quote_out_of_place_is_an_error() {
        for line in ["\"a", "a\"b", "\"a\"b", "a,\"b", "\"a\" ,b", "\"a\"\""] {
            assert_eq!(cells(line, Separator::Comma), Err(OrderError::Quote), "{line}");
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_as_it_was(row in proptest::collection::vec("[^\n\r]{0,12}", 1..6)) {
            let line: Vec<String> = row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            prop_assert_eq!(&cells(&line.join(","), Separator::Comma).unwrap(), &row);
            prop_assert_eq!(&cells(&line.join(";"), Separator::Semicolon).unwrap(), &row);
            prop_assert_eq!(&cells(&line.join("\t"), Separator::Tab).unwrap(), &row);
        }
    }
}
