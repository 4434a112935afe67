//! The database without the ledger: what somebody with access to it can do.

use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Column, Executor, PgPool, Row, SqlitePool, TypeInfo, ValueRef};

/// A value, as SQL spells it.
pub type Sql = String;

pub enum Raw {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Integer,
    Text,
    Blob,
}

/// A column of the schema.
#[derive(Debug, Clone)]
pub struct ColumnOf {
    pub name: String,
    pub kind: Kind,
    pub is_nullable: bool,
    pub is_key: bool,
}

impl Raw {
    /// Connects without foreign keys and triggers.
    pub async fn connect(url: &str) -> Raw {
        match url.strip_prefix("sqlite:") {
            Some(path) => {
                let options = SqliteConnectOptions::new().filename(path).foreign_keys(false);
                Raw::Sqlite(SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap())
            }
            None => {
                let pool = PgPoolOptions::new().max_connections(1).connect(url).await.unwrap();
                pool.execute("set session_replication_role = replica").await.unwrap();
                Raw::Postgres(pool)
            }
        }
    }

    pub const fn is_postgres(&self) -> bool {
        matches!(self, Raw::Postgres(_))
    }

    /// A blob with these hex digits.
    pub fn blob(&self, digits: &str) -> Sql {
        if self.is_postgres() { format!("'\\x{digits}'::bytea") } else { format!("x'{digits}'") }
    }

    pub async fn run(&self, sql: &str) {
        self.try_run(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    pub async fn try_run(&self, sql: &str) -> sqlx::Result<()> {
        match self {
            Raw::Sqlite(pool) => pool.execute(AssertSqlSafe(sql.to_owned())).await.map(drop),
            Raw::Postgres(pool) => pool.execute(AssertSqlSafe(sql.to_owned())).await.map(drop),
        }
    }

    /// The rows that a query finds, each value as SQL spells it.
    pub async fn rows(&self, sql: &str) -> Vec<Vec<Sql>> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Raw::Sqlite(pool) => {
                let cell = |row: &sqlx::sqlite::SqliteRow, index| {
                    let raw = row.try_get_raw(index).unwrap();
                    if raw.is_null() {
                        return "null".to_owned();
                    }
                    match raw.type_info().name() {
                        "INTEGER" => row.get::<i64, _>(index).to_string(),
                        "TEXT" => text(&row.get::<String, _>(index)),
                        _ => self.blob(&hex::encode(row.get::<Vec<u8>, _>(index))),
                    }
                };
                let rows = pool.fetch_all(sql).await.unwrap();
                rows.iter().map(|row| (0..row.len()).map(|index| cell(row, index)).collect()).collect()
            }
            Raw::Postgres(pool) => {
                let cell = |row: &sqlx::postgres::PgRow, index: usize| {
                    if row.try_get_raw(index).unwrap().is_null() {
                        return "null".to_owned();
                    }
                    match row.column(index).type_info().name() {
                        "INT8" => row.get::<i64, _>(index).to_string(),
                        "BYTEA" => self.blob(&hex::encode(row.get::<Vec<u8>, _>(index))),
                        _ => text(&row.get::<String, _>(index)),
                    }
                };
                let rows = pool.fetch_all(sql).await.unwrap();
                rows.iter().map(|row| (0..row.len()).map(|index| cell(row, index)).collect()).collect()
            }
        }
    }

    /// The tables of the schema, except the engine's own.
    pub async fn tables(&self) -> Vec<String> {
        let sql = match self {
            Raw::Sqlite(_) => "select name from sqlite_schema where type = 'table' order by name",
            Raw::Postgres(_) => {
                "select table_name::text from information_schema.tables where table_schema = current_schema() order by 1"
            }
        };
        let names = self.rows(sql).await.into_iter().map(|row| row[0].trim_matches('\'').to_owned());
        names.filter(|name| name != "_sqlx_migrations" && name != "sqlite_sequence").collect()
    }

    pub async fn columns(&self, table: &str) -> Vec<ColumnOf> {
        let sql = match self {
            Raw::Sqlite(_) => {
                format!("select name, 1 - \"notnull\", pk > 0, lower(type) from pragma_table_info('{table}')")
            }
            Raw::Postgres(_) => format!(
                "select column_name::text, (is_nullable = 'YES')::int::bigint, exists (
                     select 1 from information_schema.key_column_usage k
                     join information_schema.table_constraints c using (constraint_schema, constraint_name)
                     where c.constraint_type = 'PRIMARY KEY' and k.table_schema = current_schema()
                     and k.table_name = '{table}' and k.column_name = i.column_name)::int::bigint, data_type::text
                 from information_schema.columns i
                 where table_schema = current_schema() and table_name = '{table}' order by ordinal_position"
            ),
        };
        let column = |row: Vec<Sql>| ColumnOf {
            name: row[0].trim_matches('\'').to_owned(),
            kind: match row[3].trim_matches('\'') {
                "integer" | "bigint" => Kind::Integer,
                "text" => Kind::Text,
                "blob" | "bytea" => Kind::Blob,
                other => panic!("{other}"),
            },
            is_nullable: row[1] == "1" && row[2] == "0",
            is_key: row[2] == "1",
        };
        self.rows(&sql).await.into_iter().map(column).collect()
    }
}

/// Another value of a column.
pub fn other(raw: &Raw, column: &ColumnOf, value: &str) -> Sql {
    if value == "null" {
        return match column.kind {
            Kind::Integer => "7".to_owned(),
            Kind::Text => "'7'".to_owned(),
            Kind::Blob => raw.blob("07"),
        };
    }
    if let Ok(number) = value.parse::<i64>() {
        return (number + 1_000).to_string();
    }
    match value.strip_prefix("x'").or(value.strip_prefix("'\\x")) {
        // The last hex digit.
        Some(_) => {
            let end = value.rfind('\'').unwrap();
            let digit = if value.as_bytes()[end - 1] == b'0' { '1' } else { '0' };
            format!("{}{digit}{}", &value[..end - 1], &value[end..])
        }
        None => format!("{}x'", &value[..value.len() - 1]),
    }
}

fn text(text: &str) -> Sql {
    format!("'{}'", text.replace('\'', "''"))
}
