//! Reads the canonical text of an entry.

use super::scanner::{Misspelled, Scanner};

/// What an entry says beside its rows. Values are as they are spelled in JSON.
#[derive(Debug, Clone)]
pub(crate) struct Head<'a> {
    /// Without its quotes.
    pub(crate) at: &'a str,
    pub(crate) actor: &'a str,
    pub(crate) action: &'a str,
    pub(crate) subject: Option<&'a str>,
    /// The commitment to the reason, in hex.
    pub(crate) reason: Option<&'a str>,
}

/// What an entry says of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown<'a> {
    /// The value, as it is spelled in JSON.
    Plain(&'a str),
    /// The commitment to it, in hex.
    Commitment(&'a str),
    /// The digest of a license key, as a JSON object.
    Secret(&'a str),
}

/// A row after the change.
#[derive(Debug)]
pub(crate) struct RowText<'a> {
    pub(crate) table: &'a str,
    /// The columns that are not null. The first is the primary key.
    pub(crate) columns: Vec<(&'a str, Shown<'a>)>,
    /// The columns as they are spelled, without the braces.
    pub(crate) text: &'a str,
}

/// A row that is gone.
#[derive(Debug)]
pub(crate) struct DeletedText<'a> {
    pub(crate) table: &'a str,
    pub(crate) key: &'a str,
}

/// Reads an entry: its head, then the rows, then the rows that are gone.
#[derive(Debug)]
pub(crate) struct EntryReader<'a> {
    scanner: Scanner<'a>,
    is_first: bool,
}

impl<'a> EntryReader<'a> {
    pub(crate) fn new(entry: &'a str) -> Result<(Head<'a>, EntryReader<'a>), Misspelled> {
        let mut scanner = Scanner::new(entry);
        scanner.expect("{\"version\":1,\"at\":")?;
        let at = scanner.name()?;
        scanner.expect(",\"actor\":")?;
        let actor = scanner.string()?;
        scanner.expect(",\"action\":")?;
        let action = scanner.string()?;
        let mut optional = |name: &str| scanner.skip(name).then(|| scanner.string()).transpose();
        let subject = optional(",\"subject\":")?;
        optional(",\"detail\":")?;
        let mut reason = None;
        if scanner.skip(",\"reason\":{\"commitment\":") {
            reason = Some(scanner.name()?);
            scanner.expect("}")?;
        }
        scanner.expect(",\"rows\":[")?;
        Ok((Head { at, actor, action, subject, reason }, EntryReader { scanner, is_first: true }))
    }

    /// The next row; after the last one, `None`.
    pub(crate) fn row(&mut self) -> Result<Option<RowText<'a>>, Misspelled> {
        let scanner = &mut self.scanner;
        if scanner.skip("],\"deleted\":[") {
            self.is_first = true;
            return Ok(None);
        }
        if !std::mem::take(&mut self.is_first) {
            scanner.expect(",")?;
        }
        scanner.expect("{\"table\":")?;
        let table = scanner.name()?;
        scanner.expect(",\"row\":{")?;
        let start = scanner.rest();
        let columns = columns(scanner)?;
        let text = scanner.since(start);
        scanner.expect("}}")?;
        Ok(Some(RowText { table, columns, text }))
    }

    /// After the rows: the next row that is gone; after the last one, `None`, if that is the end of the text.
    pub(crate) fn deleted(&mut self) -> Result<Option<DeletedText<'a>>, Misspelled> {
        let scanner = &mut self.scanner;
        if scanner.skip("]}") {
            return scanner.end().map(|()| None);
        }
        if !std::mem::take(&mut self.is_first) {
            scanner.expect(",")?;
        }
        scanner.expect("{\"table\":")?;
        let table = scanner.name()?;
        scanner.expect(",\"key\":")?;
        let key = scanner.plain()?;
        scanner.expect("}")?;
        Ok(Some(DeletedText { table, key }))
    }
}

/// Reads the columns of a row, without the braces.
pub(crate) fn columns_of(row: &str) -> Result<Vec<(&str, Shown<'_>)>, Misspelled> {
    let mut scanner = Scanner::new(row);
    let columns = columns(&mut scanner)?;
    scanner.end().map(|()| columns)
}

fn columns<'a>(scanner: &mut Scanner<'a>) -> Result<Vec<(&'a str, Shown<'a>)>, Misspelled> {
    let mut columns = Vec::with_capacity(32);
    loop {
        let name = scanner.name()?;
        scanner.expect(":")?;
        let shown = match scanner.rest().starts_with('{') {
            true => digest(scanner)?,
            false => Shown::Plain(scanner.plain()?),
        };
        columns.push((name, shown));
        if !scanner.skip(",") {
            return Ok(columns);
        }
    }
}

/// The digest that stands for a value.
fn digest<'a>(scanner: &mut Scanner<'a>) -> Result<Shown<'a>, Misspelled> {
    let start = scanner.rest();
    if scanner.skip("{\"commitment\":") {
        let commitment = scanner.name()?;
        scanner.expect("}")?;
        return Ok(Shown::Commitment(commitment));
    }
    scanner.expect("{\"sha256\":")?;
    scanner.name()?;
    scanner.expect("}")?;
    Ok(Shown::Secret(scanner.since(start)))
}
