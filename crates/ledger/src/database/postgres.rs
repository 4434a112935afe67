use std::io;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};

use super::migrations::{self, Dialect};
use super::{Database, Schema};
use crate::error::LedgerError;

/// The oldest version of the server that is supported.
const MIN_VERSION: i32 = 150_000;

/// The time in which the server has to give a connection.
const LIMIT: Duration = Duration::from_secs(30);

/// Opens the database of that URL.
pub(super) async fn open(url: &str, schema: Schema) -> Result<Database, LedgerError> {
    let options: PgConnectOptions = url.parse().map_err(|_| LedgerError::UnknownUrl)?;
    let options = options.application_name("keyward");
    check_reachable(&options).await?;
    let pool = PgPoolOptions::new().max_connections(20).acquire_timeout(LIMIT).connect_with(options).await?;
    let version: (i32,) = sqlx::query_as("select current_setting('server_version_num')::int4").fetch_one(&pool).await?;
    if version.0 < MIN_VERSION {
        return Err(LedgerError::OldPostgres { version: version.0 / 10_000 });
    }
    match schema {
        Schema::Make => migrations::all(Dialect::Postgres).run(&pool).await?,
        Schema::Expect => {
            let sql = "select to_regclass('_sqlx_migrations') is not null";
            if !sqlx::query_scalar::<_, bool>(sql).fetch_one(&pool).await? {
                return Err(LedgerError::NoLedger);
            }
            migrations::check(sqlx::query_scalar(migrations::APPLIED).fetch_one(&pool).await?)?;
        }
    }
    Ok(Database::Postgres(pool))
}

/// Connects once. The pool would try again and again to reach a server that refuses connections, and then say only that it took
/// too long.
async fn check_reachable(options: &PgConnectOptions) -> Result<(), LedgerError> {
    let connected = tokio::time::timeout(LIMIT, options.connect());
    let connection = connected.await.map_err(|_| sqlx::Error::Io(io::ErrorKind::TimedOut.into()))??;
    connection.close().await?;
    Ok(())
}
