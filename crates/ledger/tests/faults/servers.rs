//! The server of a PostgreSQL stops, or cuts connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use keyward_issuer::Environment;
use keyward_ledger::{DatabaseFault, GeneratorId, Ledger, LedgerError};
use keyward_testing::extent;
use keyward_testing::postgres::Schema;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::common::Shop;
use crate::work::{Noted, Notes, buy, generator, open, verifies, work};
use keyward_testing::postgres_server::Server;

/// Several clerks who work on, whatever happens, in one process that opens the ledger once.
struct Clerks {
    shop: Arc<Shop>,
    folder: TempDir,
    done: Arc<AtomicUsize>,
    failed: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
    running: Vec<JoinHandle<()>>,
}

const CLERKS: usize = 6;

impl Clerks {
    async fn begin(url: &str) -> Clerks {
        let shop = Arc::new(open(url).await);
        let generator = generator(&shop).await.unwrap().id;
        let mut clerks = Clerks {
            shop,
            folder: tempfile::tempdir().unwrap(),
            done: Arc::default(),
            failed: Arc::default(),
            is_over: Arc::default(),
            running: Vec::new(),
        };
        for clerk in 0..CLERKS {
            let notes = Notes::continued(&clerks.folder.path().join(clerk.to_string()));
            clerks.running.push(tokio::spawn(clerks.clerk(clerk, notes, generator)));
        }
        clerks
    }

    fn clerk(&self, clerk: usize, mut notes: Notes, generator: GeneratorId) -> impl Future<Output = ()> + use<> {
        let shop = Arc::clone(&self.shop);
        let (done, failed, is_over) = (Arc::clone(&self.done), Arc::clone(&self.failed), Arc::clone(&self.is_over));
        async move {
            for number in 0.. {
                // What failed is tried again, under the same id.
                while let Err(error) = work(&shop, &mut notes, generator, &format!("order-{clerk}-{number}")).await {
                    is_of_a_server_that_stopped(&error);
                    failed.fetch_add(1, Ordering::Relaxed);
                }
                done.fetch_add(1, Ordering::Relaxed);
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
            }
        }
    }

    /// Waits until that many more pieces of work are done.
    async fn work_on(&self, more: usize) {
        let before = self.done.load(Ordering::Relaxed);
        let done = async {
            while self.done.load(Ordering::Relaxed) < before + more {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), done).await.unwrap();
    }

    async fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        for clerk in self.running {
            clerk.await.unwrap();
        }
        println!("{} done, {} failed", self.done.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed));
        for clerk in 0..CLERKS {
            Noted::read(&self.folder.path().join(clerk.to_string())).check(&self.shop).await;
        }
        verifies(&self.shop).await;
        self.shop.ledger.close().await;
    }
}

fn is_of_a_server_that_stopped(error: &LedgerError) {
    let (LedgerError::Database(fault) | LedgerError::Unconfirmed(fault)) = error else { panic!("{error:?}") };
    let is_expected =
        matches!(fault, DatabaseFault::Unreachable(_) | DatabaseFault::Stopped { .. } | DatabaseFault::Busy);
    assert!(is_expected, "{error:?}");
    let (text, debug) = (error.to_string(), format!("{error:?}"));
    assert!(["try again", "repeat the order"].iter().any(|remedy| text.contains(remedy)), "{text}");
    assert!(!debug.contains("customer-") && !debug.contains("insert"), "{debug}");
}

#[test]
fn a_server_that_crashes_and_starts_again_loses_nothing_that_was_acknowledged() {
    let Some(server) = Server::start("a_server_that_crashes_and_starts_again_loses_nothing_that_was_acknowledged")
    else {
        return;
    };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let clerks = Clerks::begin(&server.url).await;
        for round in 0..extent(4, 20) {
            clerks.work_on(3 + round % 5).await;
            server.stop_at_once();
            server.run_again();
        }
        clerks.work_on(CLERKS).await;
        assert!(clerks.failed.load(Ordering::Relaxed) > 0);
        clerks.end().await;
    });
}

#[test]
fn connections_that_are_cut_lose_nothing_that_was_acknowledged() {
    let Some(server) = Server::start("connections_that_are_cut_lose_nothing_that_was_acknowledged") else { return };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let clerks = Clerks::begin(&server.url).await;
        let mut outside = PgConnection::connect(&server.url).await.unwrap();
        let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'keyward'";
        let mut cuts = 0;
        for _ in 0..extent(40, 400) {
            clerks.work_on(1).await;
            cuts += sqlx::query_scalar::<_, i64>(cut).fetch_one(&mut outside).await.unwrap();
        }
        outside.close().await.unwrap();
        println!("{cuts} connections cut");
        clerks.work_on(CLERKS).await;
        assert!(clerks.failed.load(Ordering::Relaxed) > 0);
        clerks.end().await;
    });
}

#[test]
fn a_database_that_takes_no_writes_is_named() {
    let Some(schema) = Schema::create("a_database_that_takes_no_writes_is_named") else { return };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let shop = open(&schema.url).await;
        let license = buy(&shop, "before").await.unwrap().into_license();
        // As a standby does.
        let url = schema.url.replace("options=", "options=-cdefault_transaction_read_only%3Don%20");
        let ledger = Ledger::open_existing(&url, Environment::Production).await.unwrap();
        let standby = Shop { ledger, vendor: crate::work::vendor(), url, folder: None };
        assert_eq!(standby.ledger.license(license.id).await.unwrap(), license);
        let failed = buy(&standby, "after").await;
        assert!(matches!(failed, Err(LedgerError::Database(DatabaseFault::ReadOnly))), "{failed:?}");
        standby.ledger.close().await;
        verifies(&shop).await;
        shop.ledger.close().await;
    });
}
