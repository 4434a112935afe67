//! The PostgreSQL for tests, which the environment variable `KEYWARD_TEST_POSTGRES` names. `none` says that no test on PostgreSQL is
//! wanted: they are passed over, which is no failure in CI.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection, raw_sql};

use crate::skip::skip;

/// The environment variable.
const VARIABLE: &str = "KEYWARD_TEST_POSTGRES";

/// A schema of its own, dropped at the end. As a database of its own would, it keeps tests apart.
#[derive(Debug)]
pub struct Schema {
    /// The URL of the database, in which this schema is the only one.
    pub url: String,
    name: String,
    database: String,
}

impl Schema {
    /// A new schema. Without a PostgreSQL, the test is skipped; if none is wanted, there is no schema.
    pub fn create(test: &str) -> Option<Schema> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ok(database) = std::env::var(VARIABLE) else {
            skip(test, &format!("{VARIABLE} names no PostgreSQL"));
            return None;
        };
        if database == "none" {
            return None;
        }
        let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let separator = if database.contains('?') { '&' } else { '?' };
        let url = format!("{database}{separator}options=-csearch_path%3D{name}");
        // One of the same name is of a process that was killed.
        run(&database, format!("drop schema if exists {name} cascade; create schema {name}")).unwrap();
        Some(Schema { url, name, database })
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        // A test that failed may have left a transaction open.
        let dropped = run(&self.database, format!("set lock_timeout = '10s'; drop schema {} cascade", self.name));
        assert!(dropped.is_ok() || std::thread::panicking(), "{dropped:?}");
    }
}

/// Runs statements. The thread that waits may run a runtime of its own, in which nothing may block.
fn run(database: &str, sql: String) -> sqlx::Result<()> {
    let statements = async || {
        let mut connection = PgConnection::connect(database).await?;
        raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        connection.close().await
    };
    std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(statements())
        });
        running.join().unwrap()
    })
}
