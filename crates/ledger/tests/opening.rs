//! A ledger is made when it is opened, or was made earlier.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::time::{Duration, Instant};
use std::{fs, io};

use common::{Shop, TODAY, at, on_both};
use keyward_issuer::Environment;
use keyward_ledger::{Ledger, LedgerError};
use keyward_testing::postgres::Schema;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{PgPool, SqlitePool};

#[test]
fn a_ledger_that_was_made_is_opened_for_its_environment_alone() {
    on_both("a_ledger_that_was_made_is_opened_for_its_environment_alone", async |shop: Shop| {
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
    let LedgerError::Database(sqlx::Error::Io(error)) = &refused else { panic!("{refused:?}") };
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    assert!(began.elapsed() < Duration::from_secs(20));
}
