//! A database with the tables of the ledger, written to without it.

use sqlx::{AssertSqlSafe, Column, Row, TypeInfo, ValueRef};

/// Statements of a bare insertion have this many values, as those of the ledger: SQLite takes longer for each of more.
const MAX_VALUES: usize = 1_000;

/// A value as it is stored.
#[derive(Clone)]
pub enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

/// Rows of a table: its name, its columns, and their values in each row.
pub type Rows<Names> = (&'static str, Names, Vec<Vec<Value>>);

/// The rows that one license is, in the order of their tables.
pub struct Template(Vec<Rows<Vec<String>>>);

macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql));
        for value in $values {
            query = match value {
                Value::Integer(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Blob(value) => query.bind(value),
            };
        }
        query
    }};
}

macro_rules! stored {
    ($row:expr, $name:expr) => {{
        let raw = $row.try_get_raw($name).unwrap();
        let kind = if raw.is_null() {
            $row.column($name).type_info().name().to_owned()
        } else {
            raw.type_info().name().to_owned()
        };
        match kind.as_str() {
            "INTEGER" | "INT8" => Value::Integer($row.get($name)),
            "TEXT" => Value::Text($row.get($name)),
            "BLOB" | "BYTEA" => Value::Blob($row.get($name)),
            other => panic!("a column of type {other}"),
        }
    }};
}

/// The rows of these tables that the license is, as a template.
macro_rules! template {
    ($pool:expr) => {{
        let mut tables = Vec::new();
        for (table, rows) in [
            ("licenses", ""),
            ("license_keys", ""),
            ("record_keys", ""),
            ("audit_log", " where action like 'license.%' or action like 'key.%'"),
        ] {
            let rows =
                sqlx::query(AssertSqlSafe(format!("select * from {table}{rows}"))).fetch_all($pool).await.unwrap();
            let is_written = |name: &str| table != "audit_log" || !["number", "position"].contains(&name);
            let names = rows[0].columns().iter().map(|column| column.name().to_owned());
            let names: Vec<String> = names.filter(|name| is_written(name)).collect();
            let rows = rows.iter().map(|row| names.iter().map(|name| stored!(row, name.as_str())).collect()).collect();
            tables.push((table, names, rows));
        }
        Template(tables)
    }};
}

impl Template {
    /// The rows of that many licenses, each with ids of its own.
    fn of(&self, licenses: usize) -> Vec<Rows<&[String]>> {
        let mut tables: Vec<_> =
            self.0.iter().map(|(table, names, _)| (*table, names.as_slice(), Vec::new())).collect();
        for _ in 0..licenses {
            let (id, serial) = (random::<16>(), random::<8>());
            for ((table, names, rows), written) in self.0.iter().zip(&mut tables) {
                for row in rows {
                    let mut row = row.clone();
                    for (name, value) in names.iter().zip(&mut row) {
                        match (*table, name.as_str()) {
                            ("licenses", "id") | ("license_keys", "license") => *value = Value::Blob(Some(id.clone())),
                            (_, "serial") => *value = Value::Blob(Some(serial.clone())),
                            ("record_keys", "record_key") => *value = Value::Blob(Some(random::<16>())),
                            _ => {}
                        }
                    }
                    written.2.push(row);
                }
            }
        }
        tables
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn random<const N: usize>() -> Vec<u8> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes.to_vec()
}

/// Writes all rows in one transaction.
macro_rules! write {
    ($tx:expr, $tables:expr) => {{
        for (table, names, rows) in $tables {
            for rows in rows.chunks(MAX_VALUES / names.len()) {
                let mut number = 0;
                let mut row = || {
                    let places: Vec<String> = names
                        .iter()
                        .map(|_| {
                            number += 1;
                            format!("${number}")
                        })
                        .collect();
                    format!("({})", places.join(", "))
                };
                let places: Vec<String> = rows.iter().map(|_| row()).collect();
                let sql = format!("insert into {table} ({}) values {}", names.join(", "), places.join(", "));
                bound!(sql, rows.iter().flatten().cloned()).execute(&mut *$tx).await.unwrap();
            }
        }
        $tx.commit().await.unwrap();
    }};
}

/// A database without the ledger.
#[derive(Clone)]
pub enum Bare {
    /// One connection writes, as SQLite has one writer.
    Sqlite {
        writer: sqlx::SqlitePool,
        readers: sqlx::SqlitePool,
    },
    Postgres(sqlx::PgPool),
}

impl Bare {
    pub async fn open(url: &str) -> Bare {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let options = sqlx::sqlite::SqliteConnectOptions::new()
                .filename(path)
                .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
                .foreign_keys(true)
                .pragma("secure_delete", "ON");
            let pool = |size| {
                let pool = sqlx::sqlite::SqlitePoolOptions::new().test_before_acquire(false).idle_timeout(None);
                pool.max_connections(size)
            };
            let writer = pool(1).connect_with(options.clone()).await.unwrap();
            let readers = pool(8).connect_with(options.read_only(true)).await.unwrap();
            return Bare::Sqlite { writer, readers };
        }
        let pool = sqlx::postgres::PgPoolOptions::new().max_connections(20).test_before_acquire(false);
        Bare::Postgres(pool.connect(url).await.unwrap())
    }

    pub async fn template(&self) -> Template {
        match self {
            Bare::Sqlite { readers, .. } => template!(readers),
            Bare::Postgres(pool) => template!(pool),
        }
    }

    /// Runs statements in one transaction.
    pub async fn run(&self, statements: Vec<(String, Vec<Value>)>) {
        match self {
            Bare::Sqlite { writer, .. } => {
                let mut tx = writer.begin_with("begin immediate").await.unwrap();
                for (sql, values) in statements {
                    bound!(sql, values).execute(&mut *tx).await.unwrap();
                }
                tx.commit().await.unwrap();
            }
            Bare::Postgres(pool) => {
                let mut tx = pool.begin().await.unwrap();
                for (sql, values) in statements {
                    bound!(sql, values).execute(&mut *tx).await.unwrap();
                }
                tx.commit().await.unwrap();
            }
        }
    }

    pub async fn write(&self, template: &Template, licenses: usize) {
        let tables = template.of(licenses);
        match self {
            Bare::Sqlite { writer, .. } => {
                let mut tx = writer.begin_with("begin immediate").await.unwrap();
                write!(tx, tables);
            }
            Bare::Postgres(pool) => {
                let mut tx = pool.begin().await.unwrap();
                write!(tx, tables);
            }
        }
    }
}
