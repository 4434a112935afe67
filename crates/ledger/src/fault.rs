//! What a database can fail with.
//!
//! The database's own texts are left out: PostgreSQL names values of rows in them, which are personal. Its codes are kept.

use std::io;

/// A fault of the database, or on the way to it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseFault {
    /// Its disk is full.
    #[error("the disk of the database is full: make room, and try again")]
    Full,
    /// It can't be written.
    #[error(
        "the database can be read and not be written: check the permissions of its files and folder, and that its disk is not \
         mounted read-only"
    )]
    ReadOnly,
    /// A file can't be opened, read or written.
    #[error(
        "a file of the database can't be used (code {code}): check its disk, the free space, and the permissions of its files \
         and folder"
    )]
    File {
        /// SQLite's code, or PostgreSQL's.
        code: String,
    },
    /// What its files say makes no sense.
    #[error(
        "the files of the database are damaged, or those of something else (code {code}): restore the ledger from a backup"
    )]
    Damaged {
        /// SQLite's code, or PostgreSQL's.
        code: String,
    },
    /// There is no connection to the server, or it ended.
    #[error(
        "there is no connection to the database, or it ended: check that its server runs and can be reached, and try again"
    )]
    Unreachable(#[source] io::Error),
    /// The server speaks no TLS, or has not proved its name.
    #[error(
        "the server of the database speaks no TLS, or its certificate is not good for its name: name the file of its authority in \
         the URL (sslrootcert), or say that nobody else is on the way (sslmode=disable)"
    )]
    Tls(#[source] io::Error),
    /// The server stops, starts, or has ended the connection.
    #[error("the server of the database stops, starts, or has ended the connection (code {code}): try again")]
    Stopped {
        /// PostgreSQL's code.
        code: String,
    },
    /// The server refuses the user.
    #[error(
        "the server of the database refuses the user, or there is no such database (code {code}): check the user, the password \
         and the name of the database in the URL"
    )]
    Login {
        /// PostgreSQL's code.
        code: String,
    },
    /// No connection was free in time.
    #[error(
        "the database was busy for too long: try again, and look for what keeps it busy, such as a backup, a long report, or a \
         server that can't be reached"
    )]
    Busy,
    /// The ledger was closed.
    #[error("the ledger was closed: open it again")]
    Closed,
    /// Something else.
    #[error("the database refused a statement or gave a wrong answer ({code}): look into its log, at this time")]
    Other {
        /// PostgreSQL's or SQLite's code, or what sqlx found.
        code: String,
    },
}

impl DatabaseFault {
    /// The fault behind an error of sqlx.
    pub(crate) fn of(error: sqlx::Error) -> DatabaseFault {
        let other = |code: &str| DatabaseFault::Other { code: code.to_owned() };
        match error {
            sqlx::Error::Database(fault) => {
                let code = fault.code().map(|code| code.into_owned()).unwrap_or_default();
                match fault.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
                    Some(_) => of_sqlite(code),
                    None => of_postgres(code),
                }
            }
            // What is wrong with a certificate.
            sqlx::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => DatabaseFault::Tls(error),
            sqlx::Error::Io(error) => DatabaseFault::Unreachable(error),
            sqlx::Error::Tls(error) => DatabaseFault::Tls(io::Error::other(error)),
            sqlx::Error::PoolTimedOut => DatabaseFault::Busy,
            sqlx::Error::PoolClosed => DatabaseFault::Closed,
            sqlx::Error::WorkerCrashed => other("the thread of SQLite ended"),
            sqlx::Error::Protocol(_) => other("protocol"),
            sqlx::Error::Configuration(_) => other("configuration"),
            sqlx::Error::Migrate(_) => other("migration"),
            _ => other("sqlx"),
        }
    }

    /// Whether a transaction that failed to commit with this fault may be committed.
    pub(crate) const fn leaves_doubt(&self) -> bool {
        !matches!(self, DatabaseFault::Full | DatabaseFault::ReadOnly | DatabaseFault::Busy | DatabaseFault::Closed)
    }
}

/// The last byte of a code is the result code proper: <https://sqlite.org/rescode.html>.
fn of_sqlite(code: String) -> DatabaseFault {
    match code.parse::<u32>().map(|code| code & 0xFF) {
        Ok(5 | 6) => DatabaseFault::Busy,
        Ok(8) => DatabaseFault::ReadOnly,
        Ok(3 | 10 | 14 | 23) => DatabaseFault::File { code },
        Ok(11 | 26) => DatabaseFault::Damaged { code },
        Ok(13) => DatabaseFault::Full,
        _ => DatabaseFault::Other { code },
    }
}

/// The first two characters of a code are its class: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn of_postgres(code: String) -> DatabaseFault {
    match code.as_str() {
        "53100" => DatabaseFault::Full,
        "53300" | "55P03" | "57014" => DatabaseFault::Busy,
        "25006" => DatabaseFault::ReadOnly,
        "58030" | "58P01" => DatabaseFault::File { code },
        "3D000" => DatabaseFault::Login { code },
        _ if code.starts_with("57P") => DatabaseFault::Stopped { code },
        _ if code.starts_with("28") => DatabaseFault::Login { code },
        _ if code.starts_with("XX001") || code.starts_with("XX002") => DatabaseFault::Damaged { code },
        _ => DatabaseFault::Other { code },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use keyward_testing::postgres::Schema;
    use sqlx::Connection;

    use super::*;

    #[test]
    fn codes_of_both_engines_mean_the_same() {
        let (sqlite, postgres) = (|code: &str| of_sqlite(code.to_owned()), |code: &str| of_postgres(code.to_owned()));
        for full in [sqlite("13"), postgres("53100")] {
            assert!(matches!(full, DatabaseFault::Full) && !full.leaves_doubt());
        }
        for read_only in [sqlite("8"), sqlite("1032"), postgres("25006")] {
            assert!(matches!(read_only, DatabaseFault::ReadOnly));
        }
        for file in [sqlite("14"), sqlite("4618"), postgres("58030")] {
            assert!(matches!(file, DatabaseFault::File { .. }) && file.leaves_doubt());
        }
        for damaged in [sqlite("11"), sqlite("26"), postgres("XX001")] {
            assert!(matches!(damaged, DatabaseFault::Damaged { .. }));
        }
        for busy in [sqlite("5"), sqlite("517"), postgres("53300")] {
            assert!(matches!(busy, DatabaseFault::Busy));
        }
        for stopped in ["57P01", "57P02", "57P03"] {
            assert!(matches!(postgres(stopped), DatabaseFault::Stopped { .. }));
        }
        for refused in ["28P01", "28000", "3D000"] {
            assert!(matches!(postgres(refused), DatabaseFault::Login { .. }));
        }
        assert!(matches!(sqlite("1"), DatabaseFault::Other { .. }));
        assert!(matches!(postgres("42601"), DatabaseFault::Other { .. }));
    }

    #[tokio::test]
    async fn a_fault_has_no_text_of_the_database() {
        // Both name the value in their errors.
        let mut lite = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let sql = "select * from \"ada@acme.example\"";
        without_text(sqlx::query(sql).execute(&mut lite).await.unwrap_err());
        if let Some(schema) = Schema::create("a_fault_has_no_text_of_the_database") {
            let mut postgres = sqlx::PgConnection::connect(&schema.url).await.unwrap();
            let sql = "select 'ada@acme.example'::bigint";
            without_text(sqlx::query(sql).execute(&mut postgres).await.unwrap_err());
            postgres.close().await.unwrap();
        }
    }

    fn without_text(error: sqlx::Error) {
        assert!(error.to_string().contains("ada@"), "{error}");
        let fault = crate::LedgerError::from(error);
        let texts = format!("{fault} {fault:?} {:?}", std::error::Error::source(&fault));
        assert!(matches!(fault, crate::LedgerError::Database(DatabaseFault::Other { .. })), "{texts}");
        assert!(!texts.contains("ada@"), "{texts}");
    }
}
