//! A ledger is made when it is opened, or was made earlier.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::time::{Duration, Instant};
use std::{fs, io};

use common::{Shop, TODAY, at, on_both};
use keyward_issuer::Environment;
use keyward_ledger::{DatabaseFault, Ledger, LedgerError};
use keyward_testing::postgres::Schema;
use keyward_testing::postgres_server::Server;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{PgPool, SqlitePool};

#[test]
fn l98_a_ledger_that_was_made_is_opened_for_its_environment_alone() {
    on_both("l98", async |shop: Shop| {
        let license = shop.license().await;
        shop.ledger.close().await;
        let Shop { ledger, url, folder: _folder, .. } = shop;
        // The lock of a file is held until then.
        drop(ledger);
        let wrong = Ledger::open_existing(&url, Environment::Staging).await.unwrap_err();
        let LedgerError::WrongEnvironment { found, expected: Environment::Staging } = &wrong else {
            panic!("{wrong}");
        };
        assert_eq!(found, "production");
        let ledger = Ledger::open_existing(&url, Environment::Production).await.unwrap();
        assert_eq!(ledger.license(license.id).await.unwrap(), license);
        ledger.close().await;
    });
}

#[test]
fn nothing_is_made_where_no_ledger_is() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    fs::write(folder.path().join("empty.db"), "").unwrap();
    let refused = |url: &str| runtime.block_on(Ledger::open_existing(url, Environment::Production)).unwrap_err();
    for name in ["absent.db", "absent/ledger.db", "empty.db"] {
        assert!(matches!(refused(&url(name)), LedgerError::NoLedger), "{name}");
    }
    assert!(!folder.path().join("absent.db").exists());
    assert_eq!(fs::metadata(folder.path().join("empty.db")).unwrap().len(), 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let Some(schema) = Schema::create("nothing_is_made_where_no_ledger_is") else { return };
    for _ in 0..2 {
        assert!(matches!(refused(&schema.url), LedgerError::NoLedger));
    }
}

#[test]
fn a_ledger_of_a_later_version_is_refused() {
    on_both("a_ledger_of_a_later_version_is_refused", async |shop: Shop| {
        shop.ledger.close().await;
        let url = shop.url.clone();
        let later = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
            select 1000, description, success, checksum, execution_time from _sqlx_migrations where version = 1";
        match url.strip_prefix("sqlite:") {
            Some(file) => {
                let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(file)).await.unwrap();
                sqlx::query(later).execute(&pool).await.unwrap();
                pool.close().await;
            }
            None => {
                let pool = PgPool::connect(&url).await.unwrap();
                sqlx::query(later).execute(&pool).await.unwrap();
                pool.close().await;
            }
        }
        // The lock of a file is held until the ledger is dropped.
        let Shop { ledger, folder: _folder, .. } = shop;
        drop(ledger);
        for opened in [
            Ledger::open_existing(&url, Environment::Production).await,
            Ledger::open(&url, Environment::Production, &at(TODAY)).await,
        ] {
            assert!(matches!(opened, Err(LedgerError::NewerSchema { found: 1000, .. })), "{opened:?}");
        }
    });
}

#[test]
fn a_server_that_refuses_connections_is_not_asked_again_and_again() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let began = Instant::now();
    let url = "postgres://keyward@127.0.0.1:1/ledger";
    let refused = runtime.block_on(Ledger::open(url, Environment::Production, &at(TODAY))).unwrap_err();
    let LedgerError::Database(DatabaseFault::Unreachable(error)) = &refused else { panic!("{refused:?}") };
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_server_that_does_not_prove_its_name_is_not_used() {
    let Some(server) = Server::start("a_server_that_does_not_prove_its_name_is_not_used") else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let open = |settings: &str| {
        let url = format!("{}?{settings}", server.url);
        runtime.block_on(Ledger::open(&url, Environment::Production, &at(TODAY)))
    };
    let refused = |settings: &str| match open(settings).unwrap_err() {
        LedgerError::Database(DatabaseFault::Tls(_)) => {}
        error => panic!("{settings}: {error:?}"),
    };
    refused("sslmode=require");
    refused("sslmode=verify-full");
    let Some(authority) = server.run_with_tls("IP:127.0.0.1", "trust") else {
        return println!("SKIPPED: there is no openssl");
    };
    let verified = format!("sslmode=verify-full&sslrootcert={}", authority.display());
    runtime.block_on(open(&verified).unwrap().close());
    // Another authority, or none that is known here; and no TLS, which this server refuses.
    refused("sslmode=verify-full");
    assert!(matches!(open("sslmode=disable"), Err(LedgerError::Database(DatabaseFault::Login { .. }))));
    let other = authority.with_file_name("server.crt");
    refused(&format!("sslmode=verify-full&sslrootcert={}", other.display()));
    // The certificate of another machine, by the same authority.
    let authority = server.run_with_tls("IP:127.0.0.2", "trust").unwrap();
    refused(&format!("sslmode=verify-full&sslrootcert={}", authority.display()));
}

#[test]
fn a_server_that_asks_for_a_certificate_is_shown_one() {
    let Some(server) = Server::start("a_server_that_asks_for_a_certificate_is_shown_one") else { return };
    let Some(authority) = server.run_with_tls("IP:127.0.0.1", "cert") else {
        return println!("SKIPPED: there is no openssl");
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let open = |settings: &str| {
        let url = format!("{}?sslmode=verify-full&sslrootcert={}{settings}", server.url, authority.display());
        runtime.block_on(Ledger::open(&url, Environment::Production, &at(TODAY)))
    };
    assert!(matches!(open(""), Err(LedgerError::Database(DatabaseFault::Login { .. }))));
    let [certificate, key] = ["client.crt", "client.key"].map(|name| authority.with_file_name(name));
    let shown = format!("&sslcert={}&sslkey={}", certificate.display(), key.display());
    runtime.block_on(open(&shown).unwrap().close());
}
