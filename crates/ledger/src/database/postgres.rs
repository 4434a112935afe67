use std::io;
use std::net::IpAddr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection};

use super::migrations::{self, Dialect};
use super::{Database, Schema};
use crate::error::LedgerError;

/// The oldest version of the server that is supported.
const MIN_VERSION: i32 = 150_000;

/// The time in which the server has to give a connection. A short restart passes within it; those who wait for a server that is
/// away longer are told so before they give up.
const LIMIT: Duration = Duration::from_secs(10);

/// A connection that nobody has used for so long is asked first whether the server is still there. Asked each time, it would take as
/// long as a short query.
const IDLE: Duration = Duration::from_secs(1);

/// Opens the database of that URL.
pub(super) async fn open(url: &str, schema: Schema) -> Result<Database, LedgerError> {
    let options: PgConnectOptions = url.parse().map_err(|_| LedgerError::UnknownUrl)?;
    let options = encrypted(options).application_name("keyward");
    check_reachable(&options).await?;
    let pool = PgPoolOptions::new()
        .max_connections(20)
        .acquire_timeout(LIMIT)
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options.clone())
        .await?;
    let version: (i32,) = sqlx::query_as("select current_setting('server_version_num')::int4").fetch_one(&pool).await?;
    if version.0 < MIN_VERSION {
        return Err(LedgerError::OldPostgres { version: version.0 / 10_000 });
    }
    match schema {
        Schema::Make => {
            let alone = PgPoolOptions::new().max_connections(1).acquire_timeout(LIMIT).connect_with(options).await?;
            migrations::run!(Dialect::Postgres, alone);
        }
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

/// What shows other rows than those of the tables, or changes them beside the ledger: views in the place of tables, and triggers, rules,
/// policies and tables that inherit from them; by their names.
pub(super) async fn altered_schema(connection: &mut PgConnection) -> Result<Vec<String>, LedgerError> {
    let sql = "with expected as (select unnest($1::text[]) as name),
            tables as (select t.oid, e.name, t.relkind from expected e left join pg_class t on t.oid = to_regclass(e.name))
        select name from tables where relkind is distinct from 'r'
        union select tgname::text from pg_trigger r join tables t on t.oid = r.tgrelid where not r.tgisinternal
        union select rulename::text from pg_rewrite r join tables t on t.oid = r.ev_class where t.relkind = 'r'
        union select polname::text from pg_policy r join tables t on t.oid = r.polrelid
        union select c.relname::text from pg_inherits r join tables t on t.oid = r.inhparent join pg_class c on c.oid = r.inhrelid
        order by name";
    let tables: Vec<&str> = migrations::tables().collect();
    Ok(sqlx::query_scalar(sql).bind(tables).fetch_all(connection).await?)
}

/// Another machine is reached by TLS, and has to prove its name, if the URL does not say otherwise. TLS only where nobody objects,
/// as PostgreSQL's own programs have it without a setting, stops nobody who is on the way.
fn encrypted(options: PgConnectOptions) -> PgConnectOptions {
    let is_usual = matches!(options.get_ssl_mode(), PgSslMode::Allow | PgSslMode::Prefer);
    let mode = if is_this_machine(&options) { PgSslMode::Disable } else { PgSslMode::VerifyFull };
    if is_usual { options.ssl_mode(mode) } else { options }
}

fn is_this_machine(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let is_loopback = || host.trim_matches(['[', ']']).parse().is_ok_and(|address: IpAddr| address.is_loopback());
    options.get_socket().is_some() || host.starts_with('/') || host == "localhost" || is_loopback()
}

/// Connects once. The pool would try again and again to reach a server that refuses connections, and then say only that it took
/// too long.
async fn check_reachable(options: &PgConnectOptions) -> Result<(), LedgerError> {
    let connected = tokio::time::timeout(LIMIT, options.connect());
    let connection = connected.await.map_err(|_| sqlx::Error::Io(io::ErrorKind::TimedOut.into()))??;
    connection.close().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn another_machine_is_reached_by_tls_if_nothing_else_is_said() {
        for (address, mode) in [
            ("db.example.com/production", PgSslMode::VerifyFull),
            ("10.0.0.7/production", PgSslMode::VerifyFull),
            ("[2001:db8::7]/production", PgSslMode::VerifyFull),
            ("localhost.example.com/production", PgSslMode::VerifyFull),
            ("db.example.com/production?sslmode=prefer", PgSslMode::VerifyFull),
            ("db.example.com/production?sslmode=require", PgSslMode::Require),
            ("db.example.com/production?sslmode=disable", PgSslMode::Disable),
            ("localhost/production", PgSslMode::Disable),
            ("127.0.0.1:5433/production", PgSslMode::Disable),
            ("[::1]/production", PgSslMode::Disable),
            ("%2Frun%2Fpostgresql/production", PgSslMode::Disable),
            ("127.0.0.1/production?sslmode=verify-full", PgSslMode::VerifyFull),
        ] {
            let options: PgConnectOptions = format!("postgres://keyward@{address}").parse().unwrap();
            let found = encrypted(options).get_ssl_mode();
            assert_eq!(format!("{found:?}"), format!("{mode:?}"), "{address}");
        }
    }
}
