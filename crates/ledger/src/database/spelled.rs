//! Rows that the engine spells as JSON: one text takes a fraction of the time for reading each value of a row.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, FromRow, Row};

use super::Tx;
use crate::error::LedgerError;
use crate::table::Column;
use crate::value::Kind;

/// The columns of a row that are not null, as `"name":value` with commas between them, without braces. Integers are numbers, texts
/// are strings, blobs are hex. Bytes that are no text, which SQLite takes in one, are NUL, which stands in no spelled value.
struct Spelled(String);

impl Tx {
    /// Reads all rows of a table, as the engine spells them.
    pub(crate) async fn each_spelled(
        &mut self,
        table: &str,
        columns: impl Iterator<Item = &Column>,
        mut row: impl FnMut(String),
    ) -> Result<(), LedgerError> {
        let mut spelled = Vec::new();
        for Column { name, kind, .. } in columns {
            let comma = if spelled.is_empty() { "" } else { "," };
            let value = match (kind, &self) {
                (Kind::Integer, _) => (*name).to_owned(),
                (Kind::Text, Tx::Sqlite(_)) => format!("json_quote({name})"),
                (Kind::Text, Tx::Postgres(_)) => format!("to_json({name})::text"),
                (Kind::Blob, Tx::Sqlite(_)) => format!("'\"' || lower(hex({name})) || '\"'"),
                (Kind::Blob, Tx::Postgres(_)) => format!("'\"' || encode({name}, 'hex') || '\"'"),
            };
            // `concat` leaves nulls out.
            spelled.push(format!("case when {name} is not null then '{comma}\"{name}\":' || {value} end"));
        }
        let sql = format!("select concat({}) from {table}", spelled.join(", "));
        self.each(sql, Vec::new(), |Spelled(text)| {
            row(text);
            Ok(())
        })
        .await
    }
}

impl<'r> FromRow<'r, SqliteRow> for Spelled {
    fn from_row(row: &'r SqliteRow) -> sqlx::Result<Spelled> {
        Decode::<sqlx::Sqlite>::decode(row.try_get_raw(0)?).map(Spelled::of).map_err(sqlx::Error::Decode)
    }
}

impl<'r> FromRow<'r, PgRow> for Spelled {
    fn from_row(row: &'r PgRow) -> sqlx::Result<Spelled> {
        Decode::<sqlx::Postgres>::decode(row.try_get_raw(0)?).map(Spelled::of).map_err(sqlx::Error::Decode)
    }
}

impl Spelled {
    fn of(bytes: Vec<u8>) -> Spelled {
        let damaged = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(char::REPLACEMENT_CHARACTER, "\0");
        Spelled(String::from_utf8(bytes).unwrap_or_else(|error| damaged(error.as_bytes())))
    }
}
