//! Runs the program as its users do, with a ledger on each engine.
#![allow(dead_code, reason = "not every test needs all of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

pub mod program;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use keyward_testing::postgres::Schema;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tempfile::TempDir;

/// The output of a command, and its exit.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A folder for a server, and its database.
pub struct Desk {
    folder: TempDir,
    schema: Option<Schema>,
    /// The URL of the PostgreSQL, if there is one.
    database: Option<String>,
}

/// Tells the same story on each engine.
pub fn on_both(test: &str, story: impl Fn(&Desk)) {
    story(&Desk::on_sqlite());
    if let Some(desk) = Desk::on_postgres(test) {
        story(&desk);
    }
}

impl Desk {
    pub fn on_sqlite() -> Desk {
        Desk::within(&std::env::temp_dir())
    }

    /// On SQLite, in a folder within that one.
    pub fn within(folder: &Path) -> Desk {
        Desk { folder: tempfile::tempdir_in(folder).unwrap(), schema: None, database: None }
    }

    /// In a schema of its own. Without a PostgreSQL, the test is skipped.
    pub fn on_postgres(test: &str) -> Option<Desk> {
        let schema = Schema::create(test)?;
        Some(Desk { database: Some(schema.url.clone()), schema: Some(schema), ..Desk::on_sqlite() })
    }

    /// On the PostgreSQL with that URL.
    pub fn on_database(url: &str) -> Desk {
        Desk { database: Some(url.to_owned()), ..Desk::on_sqlite() }
    }

    pub fn is_on_sqlite(&self) -> bool {
        self.database.is_none()
    }

    /// A file in the folder of the production environment.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("production").join(name)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The program, with the data in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = server(self.folder.path(), arguments);
        if let Some(url) = &self.database {
            command.env("KEYWARD_DATABASE", url);
        }
        command
    }

    /// Runs `keyward-server ledger` on the ledger for production.
    pub fn ledger(&self, arguments: &[&str]) -> Ended {
        let (first, rest) = arguments.split_first().unwrap();
        let arguments = [&["ledger", first, "--data", ".", "--environment", "production"], rest].concat();
        ended(&mut self.command(&arguments))
    }

    /// Runs a statement in the database, as a person who can write to it.
    pub fn tamper(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        let statement = async {
            match &self.database {
                None => {
                    let options = SqliteConnectOptions::new().filename(self.file("ledger.db"));
                    let mut connection = options.connect().await?;
                    sqlx::query(sql).execute(&mut connection).await?;
                    connection.close().await
                }
                Some(url) => {
                    let mut connection = PgConnection::connect(url).await?;
                    sqlx::query(sql).execute(&mut connection).await?;
                    connection.close().await
                }
            }
        };
        tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(statement).unwrap();
    }
}

/// The program in the folder, without the environment variables that it reads.
pub fn server(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyward-server"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env_remove("KEYWARD_DATABASE").env_remove("KEYWARD_LOG").env("USER", "grace");
    command
}

pub fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
