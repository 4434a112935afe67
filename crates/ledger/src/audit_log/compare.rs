//! The tables, compared with the rows as the audit log leaves them.

use super::entries::{LOG, LogRow, Replayed, key_of, push};
use super::report::{Difference, RowFault};
use super::states::Compared;
use super::tables::{AUDITED, Table};
use crate::audit::{EntryReader, Personal, Shown, plain, said, secret};
use crate::database::{Cells, Tx};
use crate::error::LedgerError;
use crate::table::{Audited, Column};
use crate::value::Value;

/// The rows of which the differing columns are found. The others are counted.
const MAX_EXAMINED: usize = 100;

/// A row that is not spelled as in the entry with that number.
struct Differing {
    table: &'static Table,
    cells: Cells,
    number: i64,
}

/// Compares all tables whose rows are in the log.
pub(super) async fn tables(tx: &mut Tx, replayed: &mut Replayed) -> Result<(), LedgerError> {
    for table in &AUDITED {
        let mut differing = Vec::new();
        let mut text = String::new();
        tx.each(format!("select {} from {}", table.names(), table.name), Vec::new(), |cells: Cells| {
            let Replayed { states, report, .. } = &mut *replayed;
            report.rows = report.rows.saturating_add(1);
            let key = cells.0.first().and_then(plain).unwrap_or_default();
            spell(table, &cells, &mut text);
            match states.compare(table.name, &key, &text) {
                Compared::Same => {}
                Compared::NotInLog => report.add(difference(table, key, RowFault::NotInLog)),
                Compared::Differs(number) if differing.len() < MAX_EXAMINED => {
                    differing.push(Differing { table, cells, number });
                }
                Compared::Differs(_) => report.further = report.further.saturating_add(1),
            }
            Ok(())
        })
        .await?;
        for row in differing {
            row.examine(tx, replayed).await?;
        }
    }
    missing(tx, replayed).await
}

/// Spells a row of a table as an entry does, with its personal values.
fn spell(table: &Table, cells: &Cells, text: &mut String) {
    text.clear();
    for (column, value) in table.columns.iter().zip(&cells.0) {
        let Some(plain) = plain(value) else { continue };
        match column.audited {
            Audited::Plain | Audited::Personal => push(text, column.name, &plain),
            Audited::Secret => push(text, column.name, &secret(value)),
            Audited::No => {}
        }
    }
}

fn difference(table: &Table, key: String, fault: RowFault) -> Difference {
    Difference::Row { table: table.name, key, fault }
}

impl Differing {
    /// Finds the columns that differ.
    async fn examine(&self, tx: &mut Tx, replayed: &mut Replayed) -> Result<(), LedgerError> {
        let Differing { table, cells, number } = self;
        let entry = entry(tx, *number).await?;
        let key = cells.0.first().and_then(plain).unwrap_or_default();
        for fault in entry.map(|entry| self.faults(&entry, &key)).unwrap_or_default() {
            replayed.report.add(difference(table, key.clone(), fault));
        }
        Ok(())
    }

    fn faults(&self, (.., text, _, personal): &LogRow, key: &str) -> Vec<RowFault> {
        let mut faults = Vec::new();
        let personal = personal.as_deref().and_then(|personal| Personal::read(personal).ok());
        let Ok((_, mut reader)) = EntryReader::new(text) else { return faults };
        let mut count = 0_u64;
        while let Ok(Some(row)) = reader.row() {
            if key_of(&row).is_ok_and(|(table, of_row)| (table.name, of_row) == (self.table.name, key)) {
                // The last one in the entry counts.
                faults.clear();
                let columns = self.table.columns.iter().zip(&self.cells.0);
                for (column, value) in columns.filter(|(column, _)| column.audited != Audited::No) {
                    let shown = row.columns.iter().find(|(name, _)| *name == column.name).map(|(_, shown)| *shown);
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
        value: &Value,
        shown: Option<Shown<'_>>,
        count: u64,
        personal: Option<&Personal<'_>>,
    ) -> Option<RowFault> {
        let number = self.number;
        let is_same = match (shown, plain(value)) {
            (Some(Shown::Plain(spelled)), Some(value)) => said(spelled).ok() == said(&value).ok(),
            (Some(Shown::Secret(spelled)), Some(_)) => spelled == secret(value),
            (Some(Shown::Commitment(commitment)), Some(value)) => match personal {
                Some(personal) => personal.is_committed(count, column.name, &value, commitment),
                None => return Some(RowFault::Unproven { column: column.name, number }),
            },
            (shown, value) => shown.is_none() && value.is_none(),
        };
        (!is_same).then_some(RowFault::Column { column: column.name, number })
    }
}

/// The rows of the log that no table had.
async fn missing(tx: &mut Tx, replayed: &mut Replayed) -> Result<(), LedgerError> {
    for number in replayed.states.rest().into_iter().take(MAX_EXAMINED) {
        let Some((.., text, _, _)) = entry(tx, number).await? else { continue };
        let Ok((_, mut reader)) = EntryReader::new(&text) else { continue };
        while let Ok(Some(row)) = reader.row() {
            let Ok((table, key)) = key_of(&row) else { continue };
            if replayed.states.is_left(table.name, key, number) {
                replayed.states.delete(table.name, key);
                replayed.report.add(difference(table, key.to_owned(), RowFault::Missing));
            }
        }
    }
    replayed.report.further = replayed.report.further.saturating_add(replayed.states.len());
    Ok(())
}

async fn entry(tx: &mut Tx, number: i64) -> Result<Option<LogRow>, LedgerError> {
    tx.one(format!("{LOG} where number = $1"), vec![Value::Integer(Some(number))]).await
}
