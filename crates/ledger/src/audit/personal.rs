//! The personal values that stand beside an entry, and the commitments to them in it.

use super::entry::commitment;
use super::scanner::{Misspelled, Scanner, said};

/// The personal values of one entry, each as it is spelled in JSON.
#[derive(Debug, Clone, Default)]
pub(crate) struct Personal<'a> {
    salt: [u8; 16],
    reason: Option<&'a str>,
    /// The number of the row, the column and the value; by rows.
    values: Vec<(u64, &'a str, &'a str)>,
    opened: usize,
}

impl<'a> Personal<'a> {
    /// Reads what stands beside an entry.
    pub(crate) fn read(personal: &'a str) -> Result<Personal<'a>, Misspelled> {
        let mut read = Personal::default();
        let mut scanner = Scanner::new(personal);
        let mut has_salt = false;
        scanner.expect("{")?;
        loop {
            let name = scanner.name()?;
            scanner.expect(":")?;
            match name {
                "salt" => {
                    hex::decode_to_slice(scanner.name()?, &mut read.salt).map_err(|_| Misspelled)?;
                    has_salt = true;
                }
                "reason" => read.reason = Some(scanner.string()?),
                row => read.row(row.parse().map_err(|_| Misspelled)?, &mut scanner)?,
            }
            if !scanner.skip(",") {
                break;
            }
        }
        scanner.expect("}")?;
        scanner.end()?;
        // Names are sorted as texts: "10" is before "2".
        read.values.sort_by_key(|(row, ..)| *row);
        if has_salt { Ok(read) } else { Err(Misspelled) }
    }

    fn row(&mut self, row: u64, scanner: &mut Scanner<'a>) -> Result<(), Misspelled> {
        scanner.expect("{")?;
        loop {
            let column = scanner.name()?;
            scanner.expect(":")?;
            self.values.push((row, column, scanner.plain()?));
            if !scanner.skip(",") {
                return scanner.expect("}");
            }
        }
    }

    /// The value under a commitment, as it is spelled in JSON; `None` if there is none, or if it is another value.
    pub(crate) fn open(&mut self, row: u64, column: &str, expected: &str) -> Option<&'a str> {
        let first = self.values.partition_point(|(of_row, ..)| *of_row < row);
        let of_row = self.values.get(first..)?.iter().take_while(|(of_row, ..)| *of_row == row);
        let (.., value) = of_row.into_iter().find(|(_, name, _)| *name == column)?;
        let value = *value;
        self.is_committed(row, column, value, expected).then(|| {
            self.opened = self.opened.saturating_add(1);
            value
        })
    }

    /// Whether the reason is the one under a commitment. The number of rows stands for its row.
    pub(crate) fn opens_reason(&self, rows: u64, expected: &str) -> bool {
        self.reason.is_some_and(|reason| self.is_committed(rows, "reason", reason, expected))
    }

    /// Whether this is the value under a commitment, as it is spelled in JSON.
    pub(crate) fn is_committed(&self, row: u64, column: &str, value: &str, expected: &str) -> bool {
        let Ok(value) = said(value) else { return false };
        let mut hex = [0; 64];
        let committed = commitment(&self.salt, row, column, value.as_bytes());
        hex::encode_to_slice(committed, &mut hex).is_ok() && hex == expected.as_bytes()
    }

    /// Whether every value was opened once.
    pub(crate) const fn has_other_values(&self, has_reason: bool) -> bool {
        self.opened != self.values.len() || self.reason.is_some() != has_reason
    }
}
