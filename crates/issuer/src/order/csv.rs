//! Lines of CSV (RFC 4180). Each is read by itself, so that a missing quote affects no other line.

use csv_core::{Reader, ReaderBuilder, Terminator};

use super::OrderError;
use super::fields::known_field;
use super::value::{Pairs, Value};

/// The first line of CSV: the separator of the cells, and the columns.
#[derive(Debug)]
pub(super) struct Columns {
    fields: Vec<&'static str>,
    reader: CellReader,
}

/// The character between cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    Comma,
    Semicolon,
    Tab,
}

impl Columns {
    /// Reads the first line. `None` detects the separator.
    pub(super) fn read(first_line: &str, separator: Option<Separator>) -> Result<Columns, OrderError> {
        let separator = separator.unwrap_or_else(|| Separator::of(first_line));
        let mut reader = CellReader::new(separator);
        let mut fields = Vec::new();
        for cell in reader.cells(first_line)? {
            let field = known_field(&cell)?;
            if fields.contains(&field) {
                return Err(OrderError::DuplicateField { field });
            }
            fields.push(field);
        }
        Ok(Columns { fields, reader })
    }

    pub(super) const fn separator(&self) -> Separator {
        self.reader.separator
    }

    /// The cells of a line with their fields. Empty cells are left out. `None` if all are empty.
    pub(super) fn pairs(&mut self, line: &str) -> Result<Option<Pairs>, OrderError> {
        let cells = self.reader.cells(line)?;
        if cells.iter().all(String::is_empty) {
            return Ok(None);
        }
        if cells.len() != self.fields.len() {
            return Err(OrderError::CellCount { found: cells.len(), expected: self.fields.len() });
        }
        let filled = self.fields.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
        Ok(Some(Pairs(filled.map(|(field, cell)| ((*field).to_owned(), Value::Text(cell))).collect())))
    }
}

impl Separator {
    /// In order of preference: programs that write decimal commas separate cells by semicolons, and copied tables have tabs.
    const ALL: [Separator; 3] = [Separator::Comma, Separator::Tab, Separator::Semicolon];

    /// The separator of the first line with fields.
    fn of(first_line: &str) -> Separator {
        let has = |separator: &Separator| first_line.bytes().any(|byte| byte == separator.byte());
        Separator::ALL.into_iter().find(has).unwrap_or(Separator::Comma)
    }

    /// The separator that spreadsheets declare on a line before the fields, such as `sep=;`.
    pub(super) fn declared(line: &str) -> Option<Separator> {
        let line = line.trim_matches(|character| matches!(character, '"' | ' '));
        let (_, declared) = line.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("sep"))?;
        Separator::ALL.into_iter().find(|separator| declared.as_bytes() == [separator.byte()])
    }

    pub(super) const fn byte(self) -> u8 {
        match self {
            Separator::Comma => b',',
            Separator::Semicolon => b';',
            Separator::Tab => b'\t',
        }
    }
}

/// The form of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Quoted,
}

/// Reads the cells of one line at a time. It is kept, since making one takes longer than reading a line.
#[derive(Debug)]
struct CellReader {
    separator: Separator,
    reader: Reader,
}

impl CellReader {
    fn new(separator: Separator) -> CellReader {
        let mut builder = ReaderBuilder::new();
        let reader = builder.delimiter(separator.byte()).terminator(Terminator::Any(b'\n')).build();
        CellReader { separator, reader }
    }

    /// The cells of a line. Those without quotes are trimmed.
    fn cells(&mut self, line: &str) -> Result<Vec<String>, OrderError> {
        let forms = forms(line, self.separator)?;
        // csv-core needs more room than it fills.
        let mut text = vec![0; line.len().saturating_add(1)];
        let mut ends = vec![0; forms.len().saturating_add(1)];
        self.reader.reset();
        // csv-core skips the first line break. Without it, it would remove a byte order mark.
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

/// The form of each cell. A quote is at the beginning or at the end of a cell, or doubled within it. csv-core reads any other
/// quote as text; here it is a mistake of the program that wrote the line.
fn forms(line: &str, separator: Separator) -> Result<Vec<Form>, OrderError> {
    #[derive(PartialEq)]
    enum State {
        Begin,
        Plain,
        Quoted,
        Quote,
    }
    let mut forms = vec![Form::Plain];
    let mut state = State::Begin;
    for byte in line.bytes() {
        state = match (state, byte) {
            (State::Begin, b'"') => {
                forms.pop();
                forms.push(Form::Quoted);
                State::Quoted
            }
            (State::Quote, b'"') => State::Quoted,
            (State::Quoted, b'"') => State::Quote,
            (State::Quoted, _) => State::Quoted,
            (State::Plain, b'"') => return Err(OrderError::MisplacedQuote),
            (_, byte) if byte == separator.byte() => {
                forms.push(Form::Plain);
                State::Begin
            }
            (State::Quote, _) => return Err(OrderError::MisplacedQuote),
            (State::Begin | State::Plain, _) => State::Plain,
        };
    }
    if state == State::Quoted { Err(OrderError::MisplacedQuote) } else { Ok(forms) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(line: &str, separator: Separator) -> Result<Vec<String>, OrderError> {
        CellReader::new(separator).cells(line)
    }

    #[test]
    fn a_line_is_split_into_cells() {
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
    fn a_misplaced_quote_is_an_error() {
        for line in ["\"a", "a\"b", "\"a\"b", "a,\"b", "\"a\" ,b", "\"a\"\""] {
            assert_eq!(cells(line, Separator::Comma), Err(OrderError::MisplacedQuote), "{line}");
        }
    }

    proptest! {
        #[test]
        fn a_quoted_value_is_read_unchanged(row in proptest::collection::vec("[^\n\r]{0,12}", 1..6)) {
            let line: Vec<String> = row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            prop_assert_eq!(&cells(&line.join(","), Separator::Comma).unwrap(), &row);
            prop_assert_eq!(&cells(&line.join(";"), Separator::Semicolon).unwrap(), &row);
            prop_assert_eq!(&cells(&line.join("\t"), Separator::Tab).unwrap(), &row);
        }
    }
}
