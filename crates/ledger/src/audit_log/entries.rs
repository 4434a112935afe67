//! The entries one after the other: each is compared with its columns, and replayed.

use std::borrow::Cow;

use chrono::DateTime;

use super::erasures::Erasures;
use super::heads::Heads;
use super::report::{Difference, EntryFault, Verification};
use super::states::States;
use super::tables::{AUDITED, Table};
use crate::audit::{EntryReader, Head, LeafHash, Misspelled, Personal, RowText, Shown, said};
use crate::database::{Bytes, Read, Texts, Tx, text};
use crate::error::LedgerError;
use crate::value::Kind;

/// A row of the table with the entries.
#[derive(Debug)]
pub(super) struct LogRow<'a> {
    number: i64,
    /// What is no number is none that an entry has.
    position: Option<i64>,
    at: Option<i64>,
    actor: Cow<'a, str>,
    action: Cow<'a, str>,
    subject: Option<Cow<'a, str>>,
    pub(super) entry: Cow<'a, str>,
    /// In hex.
    leaf: &'a [u8],
    pub(super) personal: Option<Cow<'a, str>>,
}

impl LogRow<'_> {
    /// Reads those entries, in the order of that column, `position` or `number`.
    pub(super) async fn each(
        tx: &mut Tx,
        condition: &str,
        order: &'static str,
        mut row: impl FnMut(LogRow<'_>),
    ) -> Result<Read, LedgerError> {
        let leaf = tx.hex_of("leaf");
        let fields = ["number", "position", "at", "actor", "action", "subject", "entry", &leaf, "personal"];
        let fields = fields.map(str::to_owned);
        let texts = Texts {
            fields: &fields,
            table: "audit_log",
            join: "",
            condition,
            large: &["entry", "personal"],
            order: &[(order, Kind::Integer)],
        };
        tx.each_text(&texts, |fields| {
            if let [number, position, at, actor, action, subject, entry, leaf, personal] = *fields {
                let integer = |field: Bytes<'_>| text(field?).parse().ok();
                row(LogRow {
                    number: integer(number).unwrap_or_default(),
                    position: position.map(|position| integer(Some(position)).unwrap_or(-1)),
                    at: integer(at),
                    actor: actor.map(text).unwrap_or_default(),
                    action: action.map(text).unwrap_or_default(),
                    subject: subject.map(text),
                    entry: entry.map(text).unwrap_or_default(),
                    leaf: leaf.unwrap_or_default(),
                    personal: personal.map(text),
                });
            }
        })
        .await
    }
}

/// The log so far.
#[derive(Debug)]
pub(super) struct Replayed {
    pub(super) states: States,
    pub(super) heads: Heads,
    pub(super) erasures: Erasures,
    pub(super) report: Verification,
    /// The position of the next entry.
    next: u64,
}

impl Replayed {
    pub(super) fn new(states: States, mut heads: Heads, erasures: Erasures, mut report: Verification) -> Replayed {
        heads.compare(&mut report);
        Replayed { states, heads, erasures, report, next: 0 }
    }

    /// The next entry: those with a position in the order of the positions, then the others in the order of their numbers.
    pub(super) fn entry(&mut self, row: &LogRow<'_>) {
        let LogRow { number, position, .. } = *row;
        let computed = LeafHash::of(row.entry.as_bytes());
        if row.leaf != hex::encode(computed.to_bytes()).as_bytes() {
            self.fault(number, EntryFault::Leaf);
        }
        match position {
            Some(position) => {
                if u64::try_from(position) != Ok(self.next) {
                    let (expected, found) = (self.next, position);
                    self.report.add(Difference::Position { number, expected, found });
                }
                self.next = u64::try_from(position).unwrap_or_default().saturating_add(1);
                self.heads.push(computed);
                self.heads.compare(&mut self.report);
            }
            None => self.report.pending = self.report.pending.saturating_add(1),
        }
        if let Err(fault) = self.replay(row) {
            self.fault(number, fault);
        }
    }

    fn fault(&mut self, number: i64, fault: EntryFault) {
        self.report.add(Difference::Entry { number, fault });
    }

    /// Reads an entry, and takes its rows.
    fn replay(&mut self, row: &LogRow<'_>) -> Result<(), EntryFault> {
        let number = row.number;
        let (head, mut reader) = EntryReader::new(&row.entry)?;
        let mut personal = row.personal.as_deref().map(Personal::read).transpose().map_err(|_| EntryFault::Personal)?;
        let mut result = differing_column(&head, row).map_or(Ok(()), |column| Err(EntryFault::Column(column)));
        let (mut is_missing, mut is_erased, mut count) = (false, false, 0_u64);
        while let Some(row) = reader.row()? {
            let (table, key) = key_of(&row)?;
            is_erased |= self.erasures.is_about(table, key, &row);
            let opened = match &mut personal {
                Some(personal) => opened(&row, count, personal),
                None => {
                    is_missing |= row.columns.iter().any(|(_, shown)| matches!(shown, Shown::Commitment(_)));
                    Some(Cow::Borrowed(row.text))
                }
            };
            if opened.is_none() {
                result = Err(EntryFault::Personal);
            }
            self.states.put(table.name, key, opened.as_deref().unwrap_or_default(), number);
            count = count.saturating_add(1);
        }
        while let Some(row) = reader.deleted()? {
            let table = AUDITED.iter().find(|table| table.name == row.table).ok_or(EntryFault::UnknownTable)?;
            self.states.delete(table.name, row.key);
        }
        match (&personal, head.reason) {
            (Some(personal), Some(reason)) if !personal.opens_reason(count, reason) => {
                result = Err(EntryFault::Personal)
            }
            (None, Some(_)) => is_missing = true,
            _ => {}
        }
        if personal.is_some_and(|personal| personal.has_other_values(head.reason.is_some())) {
            result = Err(EntryFault::Personal);
        }
        if is_missing {
            match is_erased || self.erasures.has(head.subject) {
                true => self.report.erased = self.report.erased.saturating_add(1),
                false => result = Err(EntryFault::PersonalMissing),
            }
        }
        result
    }
}

impl From<Misspelled> for EntryFault {
    fn from(_: Misspelled) -> EntryFault {
        EntryFault::Text
    }
}

/// The column that says something else than the text.
fn differing_column(head: &Head<'_>, row: &LogRow<'_>) -> Option<&'static str> {
    let says = |spelled: &str, column: &str| said(spelled).is_ok_and(|said| said == column);
    let time = DateTime::parse_from_rfc3339(head.at).map(|time| time.timestamp_millis());
    let is_subject = match (head.subject, &row.subject) {
        (Some(spelled), Some(subject)) => says(spelled, subject),
        (spelled, subject) => spelled.is_none() && subject.is_none(),
    };
    match () {
        () if time.ok() != row.at => Some("at"),
        () if !says(head.actor, &row.actor) => Some("actor"),
        () if !says(head.action, &row.action) => Some("action"),
        () if !is_subject => Some("subject"),
        () => None,
    }
}

/// The table and the primary key of a row.
pub(super) fn key_of<'a>(row: &RowText<'a>) -> Result<(&'static Table, &'a str), EntryFault> {
    let table = AUDITED.iter().find(|table| table.name == row.table).ok_or(EntryFault::UnknownTable)?;
    match row.columns.first() {
        Some((name, Shown::Plain(key))) if *name == table.key() => Ok((table, key)),
        _ => Err(EntryFault::Text),
    }
}

/// The row with its personal values instead of the commitments to them; `None` if a value is another.
fn opened<'a>(row: &RowText<'a>, count: u64, personal: &mut Personal<'_>) -> Option<Cow<'a, str>> {
    if !row.columns.iter().any(|(_, shown)| matches!(shown, Shown::Commitment(_))) {
        return Some(Cow::Borrowed(row.text));
    }
    let mut text = String::with_capacity(row.text.len());
    for (name, shown) in &row.columns {
        let value = match shown {
            Shown::Plain(value) | Shown::Secret(value) => value,
            Shown::Commitment(commitment) => personal.open(count, name, commitment)?,
        };
        push(&mut text, name, value);
    }
    Some(Cow::Owned(text))
}

/// Adds a column to the text of a row.
fn push(text: &mut String, name: &str, value: &str) {
    text.push_str(if text.is_empty() { "\"" } else { ",\"" });
    text.push_str(name);
    text.push_str("\":");
    text.push_str(value);
}
