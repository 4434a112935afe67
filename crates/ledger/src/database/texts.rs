//! Rows as texts. SQLite gives many of them in one value: that takes a fraction of the time for one row after the other, each of
//! which sqlx hands from one thread to another.

use std::borrow::Cow;

use futures_util::future::join;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, FromRow, Row};

use super::{BUFFERED_ROWS, Tx};
use crate::error::LedgerError;
use crate::table::places;
use crate::value::{Kind, Value};

/// What is read of which rows.
#[derive(Debug)]
pub(crate) struct Texts<'a> {
    /// Expressions for texts and integers.
    pub(crate) fields: &'a [String],
    /// The tables. The one that is read has the name `t`.
    pub(crate) from: &'a str,
    /// Which rows.
    pub(crate) condition: &'a str,
    /// The columns of `t` that order the rows: they are not null, and no two rows share them. Without any, the order is that of the
    /// engine.
    pub(crate) order: &'a [(&'static str, Kind)],
}

/// A field of a row: its bytes, which are a text in a database that nobody damaged. `None` is null.
pub(crate) type Bytes<'a> = Option<&'a [u8]>;

/// The text of a field. Bytes that are no text, which SQLite takes in one, are NUL, which stands in no text of a ledger.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(String::from_utf8_lossy(bytes).replace(char::REPLACEMENT_CHARACTER, "\0")),
    }
}

impl Tx {
    /// An expression for the hex digits of a blob, or null.
    pub(crate) fn hex_of(&self, column: &str) -> String {
        match self {
            Tx::Sqlite(_) => format!("iif({column} is not null, lower(hex({column})), null)"),
            Tx::Postgres(_) => format!("encode({column}, 'hex')"),
        }
    }

    /// Reads rows as texts: `row` takes the fields of each.
    pub(crate) async fn each_text(
        &mut self,
        texts: &Texts<'_>,
        mut row: impl FnMut(&[Bytes<'_>]),
    ) -> Result<(), LedgerError> {
        let count = texts.fields.len();
        if matches!(self, Tx::Postgres(_)) {
            let take = |Page(page)| {
                each_row(&page.unwrap_or_default(), count, &mut row);
                Ok(())
            };
            return self.each(texts.one_by_one(), Vec::new(), take).await;
        }
        let order = if texts.order.is_empty() { &[("rowid", Kind::Integer)] } else { texts.order };
        let width = count.saturating_add(order.len());
        let mut page = self.one(texts.page(order, false), Vec::new()).await?;
        while let Some(Page(Some(found))) = page {
            let mut last = Vec::new();
            each_row(&found, width, |fields| {
                let (_, place) = fields.split_at(count);
                last = order.iter().zip(place).map(|((_, kind), field)| value(*kind, *field)).collect();
            });
            // The next page is read while this one is taken.
            let next = self.one(texts.page(order, true), last);
            let taken = async { each_row(&found, width, |fields| row(fields.split_at(count).0)) };
            page = join(next, taken).await.0?;
        }
        Ok(())
    }
}

impl Texts<'_> {
    /// A query of PostgreSQL for one page for each row.
    fn one_by_one(&self) -> String {
        let Texts { from, condition, order, .. } = self;
        // Only texts have lengths.
        let fields: Vec<_> = self.fields.iter().map(|field| format!("({field})::text")).collect();
        let order: Vec<_> = order.iter().map(|(column, _)| format!("t.{column}")).collect();
        let order = if order.is_empty() { String::new() } else { format!("order by {}", order.join(", ")) };
        // With an offset, the fields are computed once, and not once more for their lengths.
        format!(
            "select {} from (select {} from {from} where {condition} {order} offset 0) as found",
            row_of(fields.len()),
            named(&fields)
        )
    }

    /// A query of SQLite for the next page: the first one, or the one after the row with these values of the order.
    fn page(&self, order: &[(&str, Kind)], is_next: bool) -> String {
        let Texts { fields, from, condition, .. } = self;
        let columns: Vec<_> = order.iter().map(|(column, _)| format!("t.{column}")).collect();
        let columns = columns.join(", ");
        let after = match is_next {
            true => format!("and ({columns}) > ({})", places(order.len())),
            false => String::new(),
        };
        let place = order.iter().map(|(column, kind)| match kind {
            Kind::Blob => format!("hex(t.{column})"),
            Kind::Integer | Kind::Text => format!("t.{column}"),
        });
        let fields: Vec<_> = fields.iter().cloned().chain(place).collect();
        format!(
            "select group_concat({}, '') from (
                select {} from {from} where {condition} {after} order by {columns} limit {BUFFERED_ROWS}
            )",
            row_of(fields.len()),
            named(&fields)
        )
    }
}

/// Rows one behind the other: each has the lengths of its fields, every one with a comma behind it, and then their bytes. A field
/// that is null has no length. So no bytes of a field, whatever they are, look like its end.
struct Page(Option<Vec<u8>>);

/// An expression for a row of a page, of the fields `f0, f1, …`. `concat` leaves nulls out.
fn row_of(count: usize) -> String {
    let lengths: String = (0..count).map(|number| format!("octet_length(f{number}), ',', ")).collect();
    let fields: Vec<_> = (0..count).map(|number| format!("f{number}")).collect();
    format!("concat({lengths}{})", fields.join(", "))
}

/// The fields under the names `f0, f1, …`.
fn named(fields: &[String]) -> String {
    let named: Vec<_> = fields.iter().zip(0_usize..).map(|(field, number)| format!("{field} as f{number}")).collect();
    named.join(", ")
}

/// Takes a page apart.
fn each_row(mut page: &[u8], count: usize, mut row: impl FnMut(&[Bytes<'_>])) {
    let (mut lengths, mut fields) = (Vec::with_capacity(count), Vec::with_capacity(count));
    while !page.is_empty() {
        lengths.clear();
        for _ in 0..count {
            let end = page.iter().position(|byte| *byte == b',').unwrap_or(page.len());
            let (digits, rest) = page.split_at(end);
            lengths.push(str::from_utf8(digits).ok().and_then(|digits| digits.parse::<usize>().ok()));
            page = rest.get(1..).unwrap_or_default();
        }
        fields.clear();
        for length in &lengths {
            let (field, rest) = page.split_at(length.unwrap_or_default().min(page.len()));
            fields.push(length.map(|_| field));
            page = rest;
        }
        row(&fields);
    }
}

/// The value of a column by which rows are ordered.
fn value(kind: Kind, field: Bytes<'_>) -> Value {
    let text = field.map(text).unwrap_or_default();
    match kind {
        Kind::Integer => Value::Integer(text.parse().ok()),
        Kind::Text => Value::Text(Some(text.into_owned())),
        Kind::Blob => Value::Blob(hex::decode(&*text).ok()),
    }
}

impl<'r> FromRow<'r, SqliteRow> for Page {
    fn from_row(row: &'r SqliteRow) -> sqlx::Result<Page> {
        Decode::<sqlx::Sqlite>::decode(row.try_get_raw(0)?).map(Page).map_err(sqlx::Error::Decode)
    }
}

impl<'r> FromRow<'r, PgRow> for Page {
    fn from_row(row: &'r PgRow) -> sqlx::Result<Page> {
        Decode::<sqlx::Postgres>::decode(row.try_get_raw(0)?).map(Page).map_err(sqlx::Error::Decode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_field_end_no_field_and_no_row() {
        let rows: [&[Bytes<'_>]; 4] = [
            &[Some(b"1,2,"), None, Some(b"")],
            &[None, None, None],
            &[Some(b""), Some(b"\n3,,"), Some(b"\xff\0,")],
            &[Some(b"0,0,0,"), Some(b","), None],
        ];
        let mut page = Vec::new();
        for row in rows {
            for field in row {
                page.extend(field.map(|bytes| bytes.len().to_string()).unwrap_or_default().bytes());
                page.push(b',');
            }
            row.iter().flatten().for_each(|field| page.extend(*field));
        }
        let mut found = Vec::new();
        each_row(&page, 3, |row| found.push(row.iter().map(|field| field.map(<[u8]>::to_vec)).collect::<Vec<_>>()));
        let expected: Vec<Vec<_>> =
            rows.iter().map(|row| row.iter().map(|field| field.map(<[u8]>::to_vec)).collect()).collect();
        assert_eq!(found, expected);
    }
}
