//! Rows as texts. SQLite gives many of them in one value: that takes a fraction of the time for one row after the other, each of
//! which sqlx hands from one thread to another.

use std::borrow::Cow;

use futures_util::future::join;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, FromRow, Row};

use super::Tx;
use crate::error::LedgerError;
use crate::table::places;
use crate::value::{Kind, Value};

/// What is read of which rows.
#[derive(Debug)]
pub(crate) struct Texts<'a> {
    /// Expressions for texts and integers.
    pub(crate) fields: &'a [String],
    /// The table, which has the name `t` in the other texts.
    pub(crate) table: &'a str,
    /// Another table beside it, such as `left join other on …`.
    pub(crate) join: &'a str,
    /// Which rows.
    pub(crate) condition: &'a str,
    /// The columns of `t` that may be large.
    pub(crate) large: &'a [&'static str],
    /// The columns of `t` that order the rows: in a ledger that nobody altered they are not null, and no two rows share them. Without
    /// any, the order is that of the engine.
    pub(crate) order: &'a [(&'static str, Kind)],
}

/// The most rows of a page.
const PAGE_ROWS: i64 = 256;

/// The bytes of a page, about, if no row has more.
const PAGE_BYTES: i64 = 4 << 20;

/// Whether all rows were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Read {
    All,
    /// The columns that order them are doubled, null or of another type, as in no ledger.
    NotAll,
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

    /// Reads rows as texts: `row` takes the fields of each. The result says whether all were read, also from a table that was altered.
    pub(crate) async fn each_text(
        &mut self,
        texts: &Texts<'_>,
        mut row: impl FnMut(&[Bytes<'_>]),
    ) -> Result<Read, LedgerError> {
        let count = texts.fields.len();
        if matches!(self, Tx::Postgres(_)) {
            let take = |Page(page)| {
                each_row(&page.unwrap_or_default(), count, &mut row);
                Ok(())
            };
            self.each(texts.one_by_one(), Vec::new(), take).await?;
            return Ok(Read::All);
        }
        let order = if texts.order.is_empty() { &[("rowid", Kind::Integer)] } else { texts.order };
        let width = count.saturating_add(order.len());
        let counted: Option<(i64, Option<i64>)> = self.one(texts.counted(), Vec::new()).await?;
        let (expected, largest) = counted.unwrap_or_default();
        let size =
            PAGE_BYTES.checked_div(largest.unwrap_or_default()).map_or(PAGE_ROWS, |rows| rows.clamp(1, PAGE_ROWS));
        let (mut rows, mut last) = (0_i64, None);
        let mut page = self.one(texts.page(order, size, false), Vec::new()).await?;
        while let Some(Page(Some(found))) = page {
            let before = last.clone();
            each_row(&found, width, |fields| {
                let key = order.iter().zip(fields.split_at(count).1).map(|((_, kind), field)| Key::of(*kind, *field));
                last = last.take().max(key.collect::<Option<Vec<_>>>());
                rows = rows.saturating_add(1);
            });
            // Otherwise the same page would come again.
            let is_further = last > before;
            let values = last.iter().flatten().map(Key::value).collect();
            // The next page is read while this one is taken.
            let next =
                async { if is_further { self.one(texts.page(order, size, true), values).await } else { Ok(None) } };
            let taken = async { each_row(&found, width, |fields| row(fields.split_at(count).0)) };
            page = join(next, taken).await.0?;
        }
        Ok(if rows == expected { Read::All } else { Read::NotAll })
    }
}

impl Texts<'_> {
    /// A query of PostgreSQL for one page for each row.
    fn one_by_one(&self) -> String {
        let Texts { table, join, condition, order, .. } = self;
        // Only texts have lengths.
        let fields: Vec<_> = self.fields.iter().map(|field| format!("({field})::text")).collect();
        let order: Vec<_> = order.iter().map(|(column, _)| format!("t.{column}")).collect();
        let order = if order.is_empty() { String::new() } else { format!("order by {}", order.join(", ")) };
        // With an offset, the fields are computed once, and not once more for their lengths.
        format!(
            "select {} from (select {} from {table} t {join} where {condition} {order} offset 0) as found",
            row_of(fields.len()),
            named(&fields)
        )
    }

    /// A query of SQLite for the number of rows and the bytes of the largest one, by the table itself and none of its indexes.
    fn counted(&self) -> String {
        let Texts { table, condition, large, .. } = self;
        let bytes: Vec<_> = large.iter().map(|column| format!("coalesce(octet_length(t.{column}), 0)")).collect();
        let bytes = if bytes.is_empty() { "0".to_owned() } else { bytes.join(" + ") };
        format!("select count(*), max({bytes}) from {table} t not indexed where {condition}")
    }

    /// A query of SQLite for the next page: the first one, or the one after the row with these values of the order.
    fn page(&self, order: &[(&str, Kind)], size: i64, is_next: bool) -> String {
        let Texts { fields, table, join, condition, .. } = self;
        // A table is read by itself: an index may say something else. One that is read in an order is read by the index of that order,
        // which SQLite's own check compares.
        let by_table = if self.order.is_empty() { "not indexed" } else { "" };
        let columns: Vec<_> = order.iter().map(|(column, _)| format!("t.{column}")).collect();
        let columns = columns.join(", ");
        let after = match is_next {
            true => format!("and ({columns}) > ({})", places(order.len())),
            false => String::new(),
        };
        let key = order.iter().map(|(column, kind)| match kind {
            Kind::Blob => format!("hex(t.{column})"),
            Kind::Integer | Kind::Text => format!("t.{column}"),
        });
        let fields: Vec<_> = fields.iter().cloned().chain(key).collect();
        format!(
            "select group_concat({}, '') from (
                select {} from {table} t {by_table} {join} where {condition} {after} order by {columns} limit {size}
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Key {
    fn of(kind: Kind, field: Bytes<'_>) -> Option<Key> {
        let text = text(field?);
        Some(match kind {
            Kind::Integer => Key::Integer(text.parse().ok()?),
            Kind::Text => Key::Text(text.into_owned()),
            Kind::Blob => Key::Blob(hex::decode(&*text).ok()?),
        })
    }

    fn value(&self) -> Value {
        match self {
            Key::Integer(value) => Value::Integer(Some(*value)),
            Key::Text(value) => Value::Text(Some(value.clone())),
            Key::Blob(value) => Value::Blob(Some(value.clone())),
        }
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
