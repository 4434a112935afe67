use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, FromRow, Row, TypeInfo, ValueRef};

use crate::value::Value;

/// The values of a row, whatever they are: also those that no version of the ledger writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cells(pub(crate) Vec<Value>);

impl<'r> FromRow<'r, SqliteRow> for Cells {
    fn from_row(row: &'r SqliteRow) -> sqlx::Result<Cells> {
        let cell = |index| {
            let cell = row.try_get_raw(index)?;
            if cell.is_null() {
                return Ok(Value::Text(None));
            }
            let value = match cell.type_info().name() {
                "INTEGER" => Value::Integer(Some(Decode::<sqlx::Sqlite>::decode(cell).map_err(sqlx::Error::Decode)?)),
                // Any bytes can be in a text.
                "TEXT" => text(Decode::<sqlx::Sqlite>::decode(cell).map_err(sqlx::Error::Decode)?),
                _ => Value::Blob(Some(Decode::<sqlx::Sqlite>::decode(cell).map_err(sqlx::Error::Decode)?)),
            };
            Ok(value)
        };
        (0..row.len()).map(cell).collect::<sqlx::Result<_>>().map(Cells)
    }
}

impl<'r> FromRow<'r, PgRow> for Cells {
    fn from_row(row: &'r PgRow) -> sqlx::Result<Cells> {
        let cell = |index| {
            let cell = row.try_get_raw(index)?;
            if cell.is_null() {
                return Ok(Value::Text(None));
            }
            let value = match cell.type_info().name() {
                "INT8" => Value::Integer(Some(Decode::<sqlx::Postgres>::decode(cell).map_err(sqlx::Error::Decode)?)),
                "BYTEA" => Value::Blob(Some(Decode::<sqlx::Postgres>::decode(cell).map_err(sqlx::Error::Decode)?)),
                _ => Value::Text(Some(Decode::<sqlx::Postgres>::decode(cell).map_err(sqlx::Error::Decode)?)),
            };
            Ok(value)
        };
        (0..row.len()).map(cell).collect::<sqlx::Result<_>>().map(Cells)
    }
}

fn text(bytes: Vec<u8>) -> Value {
    match String::from_utf8(bytes) {
        Ok(text) => Value::Text(Some(text)),
        Err(error) => Value::Blob(Some(error.into_bytes())),
    }
}
