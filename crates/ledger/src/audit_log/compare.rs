//! The tables, compared with the rows as the audit log leaves them.

use super::entries::{LogRow, Replayed, key_of};
use super::report::{Difference, RowFault};
use super::states::Compared;
use super::tables::{AUDITED, Table};
use crate::audit::{EntryReader, Personal, Shown, columns_of, said, secret};
use crate::database::Tx;
use crate::error::LedgerError;
use crate::table::{Audited, Column};

/// The rows of which the differing columns are found. The others are counted.
const MAX_EXAMINED: usize = 100;

/// A row that is not spelled as in the entry with that number.
struct Differing {
    table: &'static Table,
    /// As an entry spells it, with its personal values.
    row: String,
    number: i64,
}

/// Compares all tables whose rows are in the log.
pub(super) async fn tables(tx: &mut Tx, replayed: &mut Replayed) -> Result<(), LedgerError> {
    for table in &AUDITED {
        let mut differing = Vec::new();
        let read = tx
            .each_spelled(table.name, table.audited(), |row| {
                let Replayed { states, report, .. } = &mut *replayed;
                report.rows = report.rows.saturating_add(1);
                let row = with_secrets(table, row);
                let key = key(&row);
                match states.compare(table.name, key, &row) {
                    Compared::Same => {}
                    Compared::NotInLog => report.add(difference(table, key.to_owned(), RowFault::NotInLog)),
                    Compared::Differs(number) if differing.len() < MAX_EXAMINED => {
                        differing.push(Differing { table, row, number });
                    }
                    Compared::Differs(_) => report.further = report.further.saturating_add(1),
                }
            })
            .await?;
        replayed.report.read(table.name, read);
        for row in differing {
            row.examine(tx, replayed).await?;
        }
    }
    missing(tx, replayed).await
}

/// The row with the digests of license keys instead of these.
fn with_secrets(table: &Table, mut row: String) -> String {
    for column in table.audited().filter(|column| column.audited == Audited::Secret) {
        // Quotes within strings are escaped: nothing else looks like this.
        let name = format!(",\"{}\":", column.name);
        let Some((before, (value, after))) =
            row.split_once(&name).and_then(|(before, rest)| Some((before, rest.strip_prefix('"')?.split_once('"')?)))
        else {
            continue;
        };
        row = [before, &name, &secret(value.as_bytes()), after].concat();
    }
    row
}

/// The primary key of a row.
fn key(row: &str) -> &str {
    let value = row.split_once(':').map_or("", |(_, value)| value);
    value.split_once(",\"").map_or(value, |(key, _)| key)
}

fn difference(table: &Table, key: String, fault: RowFault) -> Difference {
    Difference::Row { table: table.name, key, fault }
}

impl Differing {
    /// Finds the columns that differ.
    async fn examine(&self, tx: &mut Tx, replayed: &mut Replayed) -> Result<(), LedgerError> {
        each_with(tx, self.number, |entry| {
            for fault in self.faults(&entry) {
                replayed.report.add(difference(self.table, key(&self.row).to_owned(), fault));
            }
        })
        .await
    }

    fn faults(&self, row: &LogRow<'_>) -> Vec<RowFault> {
        let mut faults = Vec::new();
        let personal = row.personal.as_deref().and_then(|personal| Personal::read(personal).ok());
        let Ok((_, mut reader)) = EntryReader::new(&row.entry) else { return faults };
        let found = columns_of(&self.row).unwrap_or_default();
        let mut count = 0_u64;
        while let Ok(Some(row)) = reader.row() {
            if key_of(&row).is_ok_and(|(table, of_row)| (table.name, of_row) == (self.table.name, key(&self.row))) {
                // The last one in the entry counts.
                faults.clear();
                for column in self.table.audited() {
                    let (value, shown) = (shown(&found, *column), shown(&row.columns, *column));
                    faults.extend(self.fault(*column, value, shown, count, personal.as_ref()));
                }
            }
            count = count.saturating_add(1);
        }
        faults
    }

    /// What is wrong with a value.
    fn fault(
        &self,
        column: Column,
        value: Option<Shown<'_>>,
        shown: Option<Shown<'_>>,
        count: u64,
        personal: Option<&Personal<'_>>,
    ) -> Option<RowFault> {
        let number = self.number;
        let is_same = match (shown, value) {
            // Bytes that are no text.
            (_, Some(Shown::Plain(value))) if value.contains('\0') => false,
            (Some(Shown::Plain(spelled)), Some(Shown::Plain(value))) => said(spelled).ok() == said(value).ok(),
            (Some(Shown::Commitment(commitment)), Some(Shown::Plain(value))) => match personal {
                Some(personal) => personal.is_committed(count, column.name, value, commitment),
                None => return Some(RowFault::Unproven { column: column.name, number }),
            },
            (shown, value) => shown == value,
        };
        (!is_same).then_some(RowFault::Column { column: column.name, number })
    }
}

fn shown<'a>(columns: &[(&str, Shown<'a>)], column: Column) -> Option<Shown<'a>> {
    columns.iter().find(|(name, _)| *name == column.name).map(|(_, shown)| *shown)
}

/// The rows of the log that no table had.
async fn missing(tx: &mut Tx, replayed: &mut Replayed) -> Result<(), LedgerError> {
    for number in replayed.states.rest().into_iter().take(MAX_EXAMINED) {
        let Replayed { states, report, .. } = &mut *replayed;
        each_with(tx, number, |entry| {
            let Ok((_, mut reader)) = EntryReader::new(&entry.entry) else { return };
            while let Ok(Some(row)) = reader.row() {
                let Ok((table, key)) = key_of(&row) else { continue };
                if states.is_left(table.name, key, number) {
                    states.delete(table.name, key);
                    report.add(difference(table, key.to_owned(), RowFault::Missing));
                }
            }
        })
        .await?;
    }
    replayed.report.further = replayed.report.further.saturating_add(replayed.states.len());
    Ok(())
}

/// Reads the entry with that number.
async fn each_with(tx: &mut Tx, number: i64, entry: impl FnMut(LogRow<'_>)) -> Result<(), LedgerError> {
    LogRow::each(tx, &format!("number = {number}"), "number", entry).await.map(drop)
}
