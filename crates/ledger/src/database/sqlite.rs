use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fs4::{FileExt, TryLockError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteExecutor, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};

use super::migrations::{self, Dialect};
use super::{BUFFERED_ROWS, Database, Durability, OldPages, Schema};
use crate::error::LedgerError;

/// Opens the file, or creates it.
pub(super) async fn open(path: &Path, schema: Schema, durability: Durability) -> Result<Database, LedgerError> {
    let file_error = |source| LedgerError::File { path: path.to_owned(), source };
    if schema == Schema::Expect {
        // One that can't be written is named here, and not made.
        match OpenOptions::new().read(true).write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(LedgerError::NoLedger),
            opened => drop(opened.map_err(file_error)?),
        }
        expect_ledger(path).await?;
    }
    refuse_network(path).map_err(file_error)?;
    // SQLite gives its other files the mode of this one.
    let file = private().open(path).map_err(file_error)?;
    let lock = lock(path)?;

    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match durability {
            Durability::Full => SqliteSynchronous::Full,
            Durability::Scratch => SqliteSynchronous::Off,
        })
        .foreign_keys(true)
        // Deleted values are overwritten, so that an erasure leaves none.
        .pragma("secure_delete", "ON")
        // The log moves to the file at 1 MiB, not 4: when a full disk has room again, the file needs less of it before the log starts
        // anew.
        .pragma("wal_autocheckpoint", "256")
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(200)
        .row_buffer_size(BUFFERED_ROWS);
    if schema == Schema::Make {
        let alone = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        migrations::run!(Dialect::Sqlite, alone);
    }
    let pool = SqlitePoolOptions::new().acquire_timeout(Duration::from_secs(60));
    let log = Log::default();
    // One connection writes. It never ends by itself: a transaction may not wait for a new one.
    let writer = pool
        .clone()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        // A full disk ends a transaction without its rollback, and sqlx takes it for open: the connection would begin no other.
        .before_acquire(|connection, _| {
            let is_open = connection.is_in_transaction();
            Box::pin(std::future::ready(Ok(!is_open)))
        })
        // The connection after it, and the first one, move what was committed from the log to the file.
        .after_connect({
            let log = log.clone();
            move |connection, _| {
                let log = log.clone();
                Box::pin(async move {
                    match log.move_by(connection).await {
                        // There is no room yet.
                        Err(sqlx::Error::Database(_)) => Ok(()),
                        moved => moved,
                    }
                })
            }
        })
        .connect_with(options.clone())
        .await?;
    drop(file);
    // A connection to a file does not end by itself: asking each time would take as long as a short query. The one that writes is asked:
    // the rollback of a transaction that was dropped has ended by then.
    let readers = pool.max_connections(8).test_before_acquire(false).connect_with(options.read_only(true)).await?;
    Ok(Database::Sqlite { writer, readers, log, lock: Arc::new(lock) })
}

/// What is known of the log of committed changes. On a full disk it can't be moved to the file. Then nothing is added to it: it would take
/// the room that is made, and nothing could be moved any more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    is_stuck: Arc<AtomicBool>,
}

impl Log {
    /// Moves the log to the file, as far as nobody reads it.
    async fn move_by(&self, connection: impl SqliteExecutor<'_>) -> sqlx::Result<()> {
        let moved = sqlx::query("pragma wal_checkpoint(passive)").execute(connection).await;
        self.is_stuck.store(moved.is_err(), Ordering::Relaxed);
        moved.map(drop)
    }

    /// Moves a log that could not be moved before.
    pub(super) async fn move_if_stuck(&self, writer: &SqlitePool) -> Result<(), LedgerError> {
        if self.is_stuck.load(Ordering::Relaxed) {
            self.move_by(writer).await?;
        }
        Ok(())
    }
}

/// Refuses a file without the tables of this version, and leaves it as it is.
async fn expect_ledger(path: &Path) -> Result<(), LedgerError> {
    let mut connection = SqliteConnectOptions::new().filename(path).read_only(true).connect().await?;
    let sql = "select count(*) from sqlite_master where name = '_sqlx_migrations'";
    if sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut connection).await? == 0 {
        return Err(LedgerError::NoLedger);
    }
    migrations::check(sqlx::query_scalar(migrations::APPLIED).fetch_one(&mut connection).await?)?;
    connection.close().await?;
    Ok(())
}

/// The tables, indexes, triggers and views that are not as the migrations make them, by their names, also those with names that SQLite
/// reserves for itself.
pub(super) async fn altered_schema(connection: &mut SqliteConnection) -> Result<Vec<String>, LedgerError> {
    type Made = (String, String, String, String);
    let sql = "select name, type, tbl_name, coalesce(sql, '') from sqlite_schema";
    let found: Vec<Made> = sqlx::query_as(sql).fetch_all(connection).await?;
    let mut made = SqliteConnectOptions::new().in_memory(true).connect().await?;
    migrations::all(Dialect::Sqlite).run_direct(None, &mut made, false).await?;
    let expected: Vec<Made> = sqlx::query_as(sql).fetch_all(&mut made).await?;
    made.close().await?;
    let mut times: BTreeMap<Made, i64> = BTreeMap::new();
    let count = |(made, step): (Made, i64)| {
        let times = times.entry(made).or_default();
        *times = times.saturating_add(step);
    };
    let (found, expected) = (found.into_iter().map(|made| (made, 1)), expected.into_iter().map(|made| (made, -1)));
    found.chain(expected).for_each(count);
    let mut names: Vec<_> = times.into_iter().filter(|(_, times)| *times != 0).map(|((name, ..), _)| name).collect();
    names.dedup();
    Ok(names)
}

/// What SQLite's own check of tables and indexes says first, if they are not whole. A query by an index that was changed finds another
/// row than the table has.
pub(super) async fn fault(connection: &mut SqliteConnection) -> Result<Option<String>, LedgerError> {
    let (said,): (String,) = sqlx::query_as("pragma integrity_check(1)").fetch_one(connection).await?;
    Ok((said != "ok").then_some(said))
}

/// Writes the file anew, and empties its log.
pub(super) async fn remove_old_copies(writer: &SqlitePool) -> Result<OldPages, LedgerError> {
    let mut writer = writer.acquire().await?;
    sqlx::query("vacuum").execute(&mut *writer).await?;
    // It waits for readers as long as the busy timeout.
    let (busy, _, _): (i64, i64, i64) =
        sqlx::query_as("pragma wal_checkpoint(truncate)").fetch_one(&mut *writer).await?;
    Ok(if busy == 0 { OldPages::Gone } else { OldPages::Left })
}

/// Locks the file for this process. Another server on it would cache what this one changes.
fn lock(database: &Path) -> Result<File, LedgerError> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let file = private().open(&path).map_err(|source| LedgerError::File { path: path.clone(), source })?;
    match FileExt::try_lock(&file) {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LedgerError::InUse { path: database.to_owned() }),
        Err(TryLockError::Error(source)) => Err(LedgerError::File { path, source }),
    }
}

/// Options for a file that only this user may read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Refuses folders of other machines: their locks can't be relied on, and SQLite would damage the file.
#[cfg(target_os = "linux")]
fn refuse_network(path: &Path) -> io::Result<()> {
    // The magic numbers of statfs(2).
    const NETWORK: [i64; 4] = [0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42];
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if NETWORK.contains(&rustix::fs::statfs(folder)?.f_type) {
        let message = "it is on a network file system, where SQLite files are damaged: use a local disk, or PostgreSQL";
        return Err(io::Error::new(io::ErrorKind::Unsupported, message));
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn refuse_network(_: &Path) -> io::Result<()> {
    Ok(())
}
