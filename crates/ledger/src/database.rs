//! The two engines, from one SQL text: placeholders are `$1`, values are integers, texts and blobs.
//!
//! SQLite has one connection that writes, and several that only read. In PostgreSQL, all connections do both.

// Each module may use those to its left:
//     cells, migrations, texts ← postgres, spelled, sqlite
mod cells;
mod migrations;
mod postgres;
mod spelled;
mod sqlite;
mod texts;

use std::fs::File;
use std::path::Path;

use fs4::FileExt;
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::error::LedgerError;
use crate::table::{Row, columns, select};
use crate::value::Value;

pub(crate) use cells::Cells;
pub(crate) use texts::{Bytes, Read, Texts, text};

/// What is done about the tables of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    /// They are made, or brought to this version.
    Make,
    /// They have to be there, in this version.
    Expect,
}

/// Whether a commit waits until it is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It survives a crash of the machine.
    Full,
    /// It survives a crash of the program. Commits are many times faster.
    Scratch,
}

/// Whether the files have pages of an earlier state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OldPages {
    Gone,
    Left,
}

/// A database that is open.
#[derive(Debug, Clone)]
pub(crate) enum Database {
    Sqlite { writer: SqlitePool, readers: SqlitePool, log: sqlite::Log, lock: std::sync::Arc<File> },
    Postgres(PgPool),
}

/// A query of sqlx, with its values.
macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
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

/// What a query gives: rows of a table, or tuples.
pub(crate) trait Found:
    Send + Unpin + for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>
{
}

impl<T> Found for T where
    T: Send
        + Unpin
        + for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>
        + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>
{
}

impl Database {
    /// Opens the database of that URL, `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    ///
    /// A URL of another kind, a database that can't be opened, is in use by another server, or has
    /// another schema.
    pub(crate) async fn open(url: &str, schema: Schema) -> Result<Database, LedgerError> {
        match url.split_once(':') {
            Some(("sqlite", path)) => {
                sqlite::open(Path::new(path.strip_prefix("//").unwrap_or(path)), schema, Durability::Full).await
            }
            Some(("postgres" | "postgresql", _)) => postgres::open(url, schema).await,
            _ => Err(LedgerError::UnknownUrl),
        }
    }

    /// Makes a SQLite file that does not wait for the disk.
    pub(crate) async fn scratch(path: &Path) -> Result<Database, LedgerError> {
        sqlite::open(path, Schema::Make, Durability::Scratch).await
    }

    /// Closes all connections.
    pub(crate) async fn close(&self) {
        match self {
            Database::Sqlite { writer, readers, lock, .. } => {
                readers.close().await;
                writer.close().await;
                // Clones may live on. If this fails, the lock ends with them.
                let _ = FileExt::unlock(&**lock);
            }
            Database::Postgres(pool) => pool.close().await,
        }
    }

    /// The open connections, and those that nothing uses.
    pub(crate) fn connections(&self) -> (u32, usize) {
        match self {
            Database::Sqlite { readers, .. } => (readers.size(), readers.num_idle()),
            Database::Postgres(pool) => (pool.size(), pool.num_idle()),
        }
    }

    /// Begins a transaction that may write. It ends with [`Tx::commit`]; dropped, it changes nothing.
    ///
    /// In SQLite it waits until no other transaction writes. In PostgreSQL it sees what others commit meanwhile (READ
    /// COMMITTED): what must not change is locked, by [`Tx::lock`] or by a row that was read for a change.
    pub(crate) async fn begin(&self) -> Result<Tx, LedgerError> {
        Ok(match self {
            Database::Sqlite { writer, log, .. } => {
                log.move_if_stuck(writer).await?;
                Tx::Sqlite(writer.begin_with("begin immediate").await?)
            }
            Database::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Removes from the files what was deleted, and gives whether all of it is gone. SQLite leaves copies in pages whose rows
    /// moved, although it overwrites deleted ones, and older pages in its log: the file is written anew, and its log is emptied.
    /// The log is in use while someone reads. PostgreSQL does it by itself, some time later.
    pub(crate) async fn remove_old_copies(&self) -> Result<OldPages, LedgerError> {
        match self {
            Database::Sqlite { writer, .. } => sqlite::remove_old_copies(writer).await,
            Database::Postgres(_) => Ok(OldPages::Left),
        }
    }

    /// Begins a transaction that sees one state of the database and writes nothing.
    pub(crate) async fn snapshot(&self) -> Result<Tx, LedgerError> {
        Ok(match self {
            Database::Sqlite { readers, .. } => Tx::Sqlite(readers.begin().await?),
            Database::Postgres(pool) => {
                Tx::Postgres(pool.begin_with("begin isolation level repeatable read read only").await?)
            }
        })
    }

    /// All rows that a query finds.
    pub(crate) async fn all<T: Found>(
        &self,
        sql: impl Into<String>,
        values: Vec<Value>,
    ) -> Result<Vec<T>, LedgerError> {
        let sql = sql.into();
        Ok(match self {
            Database::Sqlite { readers, .. } => {
                bound!(sqlx::query_as(AssertSqlSafe(sql)), values).fetch_all(readers).await?
            }
            Database::Postgres(pool) => bound!(sqlx::query_as(AssertSqlSafe(sql)), values).fetch_all(pool).await?,
        })
    }

    /// Gives the rows that a query finds one after the other, until one was not wanted.
    pub(crate) async fn while_wanted<T: Found>(
        &self,
        sql: impl Into<String>,
        values: Vec<Value>,
        mut wanted: impl FnMut(T) -> bool,
    ) -> Result<(), LedgerError> {
        let sql = sql.into();
        let mut rows = match self {
            Database::Sqlite { readers, .. } => bound!(sqlx::query_as(AssertSqlSafe(sql)), values).fetch(readers),
            Database::Postgres(pool) => bound!(sqlx::query_as(AssertSqlSafe(sql)), values).fetch(pool),
        };
        while let Some(row) = rows.try_next().await? {
            if !wanted(row) {
                break;
            }
        }
        Ok(())
    }

    /// The row with that key.
    pub(crate) async fn find<R: Row>(&self, key: Value) -> Result<Option<R>, LedgerError> {
        Ok(self.all(by_key::<R>(), vec![key]).await?.into_iter().next())
    }
}

/// Rows that are read ahead, and then taken together.
const BUFFERED_ROWS: usize = 256;

/// The values of one statement that inserts rows. PostgreSQL has at most 65,535, SQLite 32,766.
const MAX_VALUES: usize = 1_000;

/// A lock of [`Tx::lock`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lock {
    /// No other transaction holds it.
    Exclusive,
    /// Others may share it.
    Shared,
}

/// The first number of the locks of [`Tx::take_turn`].
const TURNS: i32 = 1;

/// Whether the turn of others is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    Yes,
    No,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Ours,
    Others,
}

/// A transaction. Dropped, it changes nothing.
#[derive(Debug)]
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// Commits. After [`LedgerError::Unconfirmed`], the transaction may be committed; after other errors, it is not.
    pub(crate) async fn commit(self) -> Result<(), LedgerError> {
        let committed = match self {
            Tx::Sqlite(tx) => tx.commit().await,
            Tx::Postgres(tx) => tx.commit().await,
        };
        committed.map_err(|error| match LedgerError::from(error) {
            LedgerError::Database(fault) if fault.leaves_doubt() => LedgerError::Unconfirmed(fault),
            error => error,
        })
    }

    /// Runs a statement, and gives the number of rows that it changed.
    pub(crate) async fn run(&mut self, sql: impl Into<String>, values: Vec<Value>) -> Result<u64, LedgerError> {
        let sql = sql.into();
        Ok(match self {
            Tx::Sqlite(tx) => bound!(sqlx::query(AssertSqlSafe(sql)), values).execute(&mut **tx).await?.rows_affected(),
            Tx::Postgres(tx) => {
                bound!(sqlx::query(AssertSqlSafe(sql)), values).execute(&mut **tx).await?.rows_affected()
            }
        })
    }

    /// All rows that a query finds.
    pub(crate) async fn all<T: Found>(
        &mut self,
        sql: impl Into<String>,
        values: Vec<Value>,
    ) -> Result<Vec<T>, LedgerError> {
        let sql = sql.into();
        Ok(match self {
            Tx::Sqlite(tx) => bound!(sqlx::query_as(AssertSqlSafe(sql)), values).fetch_all(&mut **tx).await?,
            Tx::Postgres(tx) => bound!(sqlx::query_as(AssertSqlSafe(sql)), values).fetch_all(&mut **tx).await?,
        })
    }

    /// The only row that a query finds, if it finds one.
    pub(crate) async fn one<T: Found>(
        &mut self,
        sql: impl Into<String>,
        values: Vec<Value>,
    ) -> Result<Option<T>, LedgerError> {
        Ok(self.all(sql, values).await?.into_iter().next())
    }

    /// Reads the rows that a query finds one after the other, in little memory. Those that are there are taken together: taken
    /// one by one, each would wake the thread that reads the database.
    pub(crate) async fn each<T: Found>(
        &mut self,
        sql: impl Into<String>,
        values: Vec<Value>,
        mut row: impl FnMut(T) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let sql = sql.into();
        match self {
            Tx::Sqlite(tx) => {
                let mut rows =
                    bound!(sqlx::query_as(AssertSqlSafe(sql)), values).fetch(&mut **tx).try_ready_chunks(BUFFERED_ROWS);
                while let Some(found) = rows.try_next().await.map_err(|error| error.1)? {
                    found.into_iter().try_for_each(&mut row)?;
                }
            }
            Tx::Postgres(tx) => {
                let mut rows =
                    bound!(sqlx::query_as(AssertSqlSafe(sql)), values).fetch(&mut **tx).try_ready_chunks(BUFFERED_ROWS);
                while let Some(found) = rows.try_next().await.map_err(|error| error.1)? {
                    found.into_iter().try_for_each(&mut row)?;
                }
            }
        }
        Ok(())
    }

    /// What was added to the schema, altered or removed there, by its name: in SQLite anything, in PostgreSQL what shows other rows than
    /// those of the tables, or changes them.
    pub(crate) async fn altered_schema(&mut self) -> Result<Vec<String>, LedgerError> {
        match self {
            Tx::Sqlite(tx) => sqlite::altered_schema(tx).await,
            Tx::Postgres(tx) => postgres::altered_schema(tx).await,
        }
    }

    /// What SQLite's own check of its tables and indexes says first, if they are not whole. PostgreSQL writes its indexes itself.
    pub(crate) async fn fault(&mut self) -> Result<Option<String>, LedgerError> {
        match self {
            Tx::Sqlite(tx) => sqlite::fault(tx).await,
            Tx::Postgres(_) => Ok(None),
        }
    }

    /// The row with that key, which no other transaction changes until this one ends.
    pub(crate) async fn find_for_change<R: Row>(&mut self, key: Value) -> Result<Option<R>, LedgerError> {
        Ok(self.all_for_change(by_key::<R>(), vec![key]).await?.into_iter().next())
    }

    /// The row with that key, which no other transaction changes until this one ends. Others may keep it too.
    pub(crate) async fn find_kept<R: Row>(&mut self, key: Value) -> Result<Option<R>, LedgerError> {
        let lock = match self {
            // The transaction is the only one that writes.
            Tx::Sqlite(_) => "",
            Tx::Postgres(_) => " for share",
        };
        self.one(format!("{}{lock}", by_key::<R>()), vec![key]).await
    }

    /// All rows that a query finds, which no other transaction changes until this one ends. The query has an order.
    pub(crate) async fn all_for_change<R: Row>(
        &mut self,
        sql: String,
        values: Vec<Value>,
    ) -> Result<Vec<R>, LedgerError> {
        let lock = match self {
            // The transaction is the only one that writes.
            Tx::Sqlite(_) => "",
            Tx::Postgres(_) => " for update",
        };
        self.all(format!("{sql}{lock}"), values).await
    }

    /// Takes these locks, until the transaction ends; waits while others hold one of them that excludes it. The caller gives all
    /// of them at once: they are taken in one order, so that no two transactions wait for each other. In SQLite, the
    /// transaction is the only one that writes.
    pub(crate) async fn lock(&mut self, mut locks: Vec<(i64, Lock)>) -> Result<(), LedgerError> {
        if matches!(self, Tx::Sqlite(_)) || locks.is_empty() {
            return Ok(());
        }
        // Of two locks of one number, the exclusive one comes first and is enough.
        locks.sort_unstable();
        locks.dedup_by_key(|(number, _)| *number);
        let calls = locks.iter().zip(1_usize..).map(|((_, lock), number)| match lock {
            Lock::Exclusive => format!("pg_advisory_xact_lock(${number})"),
            Lock::Shared => format!("pg_advisory_xact_lock_shared(${number})"),
        });
        let sql = format!("select {}", calls.collect::<Vec<_>>().join(", "));
        self.run(sql, locks.iter().map(|(number, _)| Value::Integer(Some(*number))).collect()).await?;
        Ok(())
    }

    /// Takes the turn at the task of that table, which one transaction at a time does, until this one ends.
    pub(crate) async fn take_turn(&mut self, table: &'static str, waiting: Waiting) -> Result<Turn, LedgerError> {
        let Tx::Postgres(tx) = self else {
            // The transaction is the only one that writes.
            return Ok(Turn::Ours);
        };
        // The table tells the ledgers of one database from each other.
        let (numbers, one) = (format!("{TURNS}, '{table}'::regclass::oid::int4"), &mut **tx);
        let is_ours = match waiting {
            Waiting::No => {
                let sql = format!("select pg_try_advisory_xact_lock({numbers})");
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(one).await?
            }
            Waiting::Yes => {
                let sql = format!("select pg_advisory_xact_lock({numbers})");
                sqlx::query(AssertSqlSafe(sql)).execute(one).await?;
                true
            }
        };
        Ok(if is_ours { Turn::Ours } else { Turn::Others })
    }

    /// Inserts rows of one table. A key that is taken is a [`LedgerError::Conflict`].
    pub(crate) async fn insert<R: Row>(&mut self, rows: &[R]) -> Result<(), LedgerError> {
        let values: Vec<Vec<Value>> = rows.iter().map(Row::values).collect();
        self.insert_values(&format!("{} ({})", R::TABLE, columns::<R>()), &values).await
    }

    /// Inserts rows into these columns, `table (column, …)`.
    pub(crate) async fn insert_values(&mut self, to: &str, rows: &[impl AsRef<[Value]>]) -> Result<(), LedgerError> {
        let width = rows.first().map_or(0, |row| row.as_ref().len());
        // SQLite looks for each placeholder among all of its statement: the time grows with the square of their number.
        for rows in rows.chunks(MAX_VALUES.checked_div(width).unwrap_or(1).max(1)) {
            let mut sql = format!("insert into {to} values ");
            placeholders(&mut sql, rows.len(), width);
            self.run(sql, rows.iter().flat_map(|row| row.as_ref().iter().cloned()).collect()).await?;
        }
        Ok(())
    }

    /// Writes all columns of a row that is there.
    pub(crate) async fn update<R: Row>(&mut self, row: &R) -> Result<(), LedgerError> {
        let mut set = String::new();
        let names = R::COLUMNS.iter().map(|column| column.name).zip(1_usize..);
        for (name, number) in names.clone().skip(1) {
            let comma = if set.is_empty() { "" } else { ", " };
            set.push_str(&format!("{comma}{name} = ${number}"));
        }
        let key = names.map(|(name, _)| name).next().unwrap_or_default();
        let changed = self.run(format!("update {} set {set} where {key} = $1", R::TABLE), row.values()).await?;
        debug_assert_eq!(changed, 1, "a row that was read for a change is there");
        if changed == 1 { Ok(()) } else { Err(LedgerError::Conflict) }
    }

    /// Deletes a row.
    pub(crate) async fn delete<R: Row>(&mut self, row: &R) -> Result<(), LedgerError> {
        let key = R::COLUMNS.first().map(|column| column.name).unwrap_or_default();
        self.run(format!("delete from {} where {key} = $1", R::TABLE), vec![row.key()]).await?;
        Ok(())
    }
}

/// The query for the row with a key.
fn by_key<R: Row>() -> String {
    let key = R::COLUMNS.first().map(|column| column.name).unwrap_or_default();
    select::<R>(&format!("where {key} = $1"))
}

/// Appends `($1, $2), ($3, $4), …`.
fn placeholders(sql: &mut String, rows: usize, width: usize) {
    let mut number = 0_usize;
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..width {
            number = number.saturating_add(1);
            sql.push_str(if column == 0 { "$" } else { ", $" });
            sql.push_str(&number.to_string());
        }
        sql.push(')');
    }
}
