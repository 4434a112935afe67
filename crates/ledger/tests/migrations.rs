//! A ledger of an earlier version is opened by this one.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::{Shop, TODAY, at, on_both_altered, rows, serial};
use keyward_issuer::Environment;
use keyward_issuer::order::Order;
use keyward_ledger::{Expected, Ledger, LedgerError, License, Merge, NewLicense, Signing};
use keyward_testing::another_process;
use keyward_testing::postgres::Schema;
use keyward_verifier::files::Reason;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, raw_sql};

/// The SQL text of a version.
fn migration(version: usize) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    std::fs::read_to_string(files.get(version.checked_sub(1).unwrap()).unwrap()).unwrap()
}

fn tables_of_version_1() -> Vec<String> {
    let text = migration(1);
    text.split("CREATE TABLE ").skip(1).map(|table| table.split(' ').next().unwrap().to_owned()).collect()
}

async fn run(url: &str, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    if let Some(path) = url.strip_prefix("sqlite:") {
        let mut connection = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
        raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    } else {
        let mut connection = PgConnection::connect(url).await.unwrap();
        raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

async fn tables(url: &str) -> Vec<String> {
    let sql = if url.starts_with("sqlite:") {
        "select name from sqlite_schema where type = 'table' and name not like '\\_%' escape '\\' and name not like 'sqlite%' \
         order by name"
    } else {
        "select table_name::text from information_schema.tables \
         where table_schema = current_schema() and table_name not like '\\_%' order by 1"
    };
    rows(url, sql).await
}

/// The number of rows of each table of version 1.
async fn counts(url: &str) -> BTreeMap<String, String> {
    let mut counts = BTreeMap::new();
    for table in tables_of_version_1() {
        let count = rows(url, &format!("select cast(count(*) as text) from {table}")).await;
        counts.insert(table, count[0].clone());
    }
    counts
}

async fn version(url: &str) -> String {
    rows(url, "select cast(max(version) as text) from _sqlx_migrations").await.remove(0)
}

/// Fills a ledger, and takes from it what later versions have added. Gives a license with a machine.
async fn filled_ledger_of_version_1(shop: &Shop) -> License {
    let (ledger, issuing, by) = (&shop.ledger, shop.vendor.issuing(), at(TODAY));
    let license = shop.sold("it@acme.example").await;
    ledger.deliver(license.id, &shop.vendor.catalog, &by).await.unwrap();
    let key = ledger.keys(license.id).await.unwrap()[0].serial;
    let machine = "laptop-1".parse().unwrap();
    ledger.activate(key, &machine, Some("Grace's laptop"), &shop.vendor.catalog, &by).await.unwrap();
    let (from, into) = (shop.customer("a@other.example").await, shop.customer("b@other.example").await);
    let trial = NewLicense::new(Order::of_offer("pro-trial", serial())).for_customer(from);
    ledger.create(issuing, &trial, &by).await.unwrap();
    ledger.merge_customers(Merge { from, into }, None, &by).await.unwrap();
    let json = r#"{"offer": "pro-annual", "seats": 10}"#;
    let generator = ledger.create_generator(issuing, "pool", json, Signing::AtOnce, &by).await.unwrap();
    let pool = ledger.generate(issuing, generator.id, 20, &by).await.unwrap();
    ledger.revoke(pool[0], Reason::Leaked, Some("a forum"), Expected::Any, &by).await.unwrap();
    ledger.delete(pool[1], None, Expected::Any, &by).await.unwrap();
    ledger.sequence().await.unwrap();
    let license = ledger.license(license.id).await.unwrap();
    ledger.close().await;

    let known = tables_of_version_1();
    for table in tables(&shop.url).await.into_iter().filter(|table| !known.contains(table)) {
        run(&shop.url, &format!("drop table {table}")).await;
    }
    run(&shop.url, "delete from _sqlx_migrations where version > 1").await;
    let mut known = known;
    known.sort();
    assert_eq!((tables(&shop.url).await, version(&shop.url).await), (known, "1".to_owned()));
    license
}

async fn open(url: &str) -> Result<Ledger, LedgerError> {
    // A lock that was left would keep it waiting for ever.
    let by = at(TODAY);
    let opened = Ledger::open(url, Environment::Production, &by);
    tokio::time::timeout(Duration::from_secs(60), opened).await.unwrap()
}

/// This version opens the ledger, and everything is there.
async fn opens_with_everything(shop: &Shop, license: &License, before: &BTreeMap<String, String>) {
    let ledger = open(&shop.url).await.unwrap();
    assert_ne!(version(&shop.url).await, "1");
    assert_eq!(counts(&shop.url).await, *before);
    assert_eq!(ledger.license(license.id).await.unwrap(), *license);
    let found = ledger.verify(&[], &[]).await.unwrap();
    assert!(found.agrees(), "{found:?}");
    // It works on, also with the tables that are new.
    ledger.import_catalog(keyward_catalog::Catalog::EXAMPLE, 0, &at(TODAY)).await.unwrap();
    ledger.inactivate(license.id, None, Expected::Any, &at(TODAY)).await.unwrap();
    assert!(ledger.verify(&[], &[]).await.unwrap().agrees());
    ledger.close().await;
}

#[test]
fn a_ledger_of_version_1_is_opened_with_all_its_rows() {
    on_both_altered("migrated", async |shop: Shop| {
        let license = filled_ledger_of_version_1(&shop).await;
        let before = counts(&shop.url).await;
        assert!(
            before.iter().all(|(table, count)| count != "0" || ["checkpoints", "signed_lists"].contains(&&**table))
        );

        let refused = Ledger::open_existing(&shop.url, Environment::Production).await.unwrap_err();
        assert!(matches!(refused, LedgerError::OlderSchema { found: 1, .. }), "{refused:?}");
        assert_eq!((version(&shop.url).await, counts(&shop.url).await), ("1".to_owned(), before.clone()));
        opens_with_everything(&shop, &license, &before).await;
    });
}

#[test]
fn a_migration_whose_statement_fails_changes_nothing_and_is_made_by_the_next_open() {
    on_both_altered("failed statement", async |shop: Shop| {
        let license = filled_ledger_of_version_1(&shop).await;
        let before = counts(&shop.url).await;
        // The last table of version 2 is there already: the statements before it succeed.
        assert!(migration(2).trim_end().ends_with("CREATE INDEX requests_by_age ON requests (created_at);"));
        run(&shop.url, "create table requests (id integer)").await;
        let failed = open(&shop.url).await.unwrap_err();
        assert!(matches!(failed, LedgerError::Database(_)), "{failed:?}");
        let again = open(&shop.url).await.unwrap_err();
        assert!(matches!(again, LedgerError::Database(_)), "no lock is left: {again:?}");
        let (tables, known) = (tables(&shop.url).await, tables_of_version_1());
        assert_eq!(tables.len(), known.len() + 1, "{tables:?}");
        assert_eq!((version(&shop.url).await, counts(&shop.url).await), ("1".to_owned(), before.clone()));
        run(&shop.url, "drop table requests").await;
        opens_with_everything(&shop, &license, &before).await;
    });
}

#[test]
fn a_migration_whose_connection_is_cut_changes_nothing_and_is_made_by_the_next_open() {
    let test = "a_migration_whose_connection_is_cut_changes_nothing_and_is_made_by_the_next_open";
    let Some(schema) = Schema::create(test) else { return };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let shop = common::open(schema.url.clone(), None).await;
        let license = filled_ledger_of_version_1(&shop).await;
        let before = counts(&shop.url).await;
        // A table of the same name, not committed, stops the migration in the middle.
        let mut other = PgConnection::connect(&shop.url).await.unwrap();
        let (number,): (i32,) = sqlx::query_as("select pg_backend_pid()").fetch_one(&mut other).await.unwrap();
        raw_sql("begin; create table requests (id integer)").execute(&mut other).await.unwrap();
        let url = shop.url.clone();
        let opening = tokio::spawn(async move { open(&url).await });
        let mut administrator = PgConnection::connect(&shop.url).await.unwrap();
        let cut = "select pg_terminate_backend(pid) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))";
        while sqlx::query(cut).bind(number).fetch_all(&mut administrator).await.unwrap().is_empty() {
            assert!(!opening.is_finished(), "it was stopped by the other table");
            tokio::task::yield_now().await;
        }
        let failed = opening.await.unwrap().unwrap_err();
        assert!(matches!(failed, LedgerError::Database(_)), "{failed:?}");
        raw_sql("rollback").execute(&mut other).await.unwrap();
        assert_eq!((version(&shop.url).await, counts(&shop.url).await), ("1".to_owned(), before.clone()));
        opens_with_everything(&shop, &license, &before).await;
    });
}

#[test]
fn a_migration_whose_process_dies_changes_nothing_and_is_made_by_the_next_open() {
    if let Some(path) = another_process::task() {
        return die_in_the_middle(&path);
    }
    let test = "a_migration_whose_process_dies_changes_nothing_and_is_made_by_the_next_open";
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let shop = common::open(format!("sqlite:{}", path.display()), None).await;
        let license = filled_ledger_of_version_1(&shop).await;
        let before = counts(&shop.url).await;
        let status = another_process::command(&[], test, &path).status().unwrap();
        assert_eq!(status.code(), None, "it died: {status}");
        let log = std::fs::metadata(folder.path().join("ledger.db-wal")).unwrap();
        assert!(log.len() > 0, "pages of the unfinished version were written");
        opens_with_everything(&shop, &license, &before).await;
    });
}

/// Makes a part of version 2, with pages in the log, and dies.
fn die_in_the_middle(path: &str) {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut connection = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
        let version_2 = migration(2);
        let (part, _) = version_2.split_once("CREATE TABLE requests").unwrap();
        let sql = format!("pragma cache_size = 1; pragma cache_spill = 1; begin immediate; {part}");
        raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        std::process::abort();
    });
}

#[test]
fn servers_that_open_a_ledger_of_version_1_at_once_migrate_it_once() {
    let Some(schema) = Schema::create("servers_that_open_a_ledger_of_version_1_at_once_migrate_it_once") else {
        return;
    };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let shop = common::open(schema.url.clone(), None).await;
        let license = filled_ledger_of_version_1(&shop).await;
        let before = counts(&shop.url).await;
        let opening: Vec<_> = (0..6)
            .map(|_| {
                let url = shop.url.clone();
                tokio::spawn(async move { open(&url).await })
            })
            .collect();
        for opening in opening {
            opening.await.unwrap().unwrap().close().await;
        }
        opens_with_everything(&shop, &license, &before).await;
    });
}
