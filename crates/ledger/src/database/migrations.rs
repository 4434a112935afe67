//! The versions of the schema: numbered files, one SQL text for both engines.

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::error::LedgerError;

/// The files of `migrations/`, in the order of their numbers.
const FILES: [(i64, &str, &str); 4] = [
    (1, "licenses", include_str!("../../migrations/0001_licenses.sql")),
    (2, "server", include_str!("../../migrations/0002_server.sql")),
    (3, "releases", include_str!("../../migrations/0003_releases.sql")),
    (4, "approvals", include_str!("../../migrations/0004_approvals.sql")),
];

/// The version of the schema after all migrations.
const VERSION: i64 = 4;

/// The words of the SQL text that PostgreSQL has others for, the longer ones first.
const POSTGRES: [(&str, &str); 6] = [
    ("INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY"),
    (") STRICT, WITHOUT ROWID;", ");"),
    (") STRICT;", ");"),
    ("INTEGER", "BIGINT"),
    // Text is compared by its bytes, as in SQLite.
    (" TEXT", " TEXT COLLATE \"C\""),
    (" BLOB", " BYTEA"),
];

/// The engine whose words a migration uses.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// The names of all tables.
pub(super) fn tables() -> impl Iterator<Item = &'static str> {
    let made = FILES.iter().flat_map(|(_, _, sql)| sql.split("CREATE TABLE ").skip(1));
    made.filter_map(|table| table.split_whitespace().next())
}

/// Runs all migrations that a schema lacks, in a pool of one connection that is for them alone. The lock under which one process
/// at a time migrates ends with the connection, also after a failure: one that went on in another pool would keep it.
macro_rules! run {
    ($dialect:expr, $pool:expr) => {{
        let pool = $pool;
        let migrated = $crate::database::migrations::all($dialect).run(&pool).await;
        pool.close().await;
        migrated?;
    }};
}
pub(super) use run;

/// All migrations, in the words of that engine.
pub(super) fn all(dialect: Dialect) -> Migrator {
    let migration = |(version, name, sql): (i64, &'static str, &str)| {
        let sql = match dialect {
            Dialect::Sqlite => sql.to_owned(),
            Dialect::Postgres => POSTGRES.iter().fold(sql.to_owned(), |sql, (word, other)| sql.replace(word, other)),
        };
        // Each runs in a transaction of its own: one that is interrupted has changed nothing.
        Migration::new(version, name.into(), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false)
    };
    Migrator::with_migrations(FILES.into_iter().map(migration).collect())
}

/// The query for the version of a schema. sqlx keeps it there.
pub(super) const APPLIED: &str = "select coalesce(max(version), 0) from _sqlx_migrations";

/// Refuses a schema of another version.
pub(super) fn check(found: i64) -> Result<(), LedgerError> {
    match found {
        0 => Err(LedgerError::NoLedger),
        VERSION => Ok(()),
        found if found > VERSION => Err(LedgerError::NewerSchema { found, known: VERSION }),
        found => Err(LedgerError::OlderSchema { found, known: VERSION }),
    }
}

impl From<MigrateError> for LedgerError {
    fn from(error: MigrateError) -> LedgerError {
        match error {
            MigrateError::VersionMissing(found) => LedgerError::NewerSchema { found, known: VERSION },
            MigrateError::VersionMismatch(found) => LedgerError::Damaged { what: format!("the schema {found}") },
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            error => sqlx::Error::Migrate(Box::new(error)).into(),
        }
    }
}
