//! Compares the ledger with bare transactions that write the same rows.
//!
//! `cargo bench -p keyward-benches --bench ledger` measures SQLite on the disk of the build, with an `fsync` for each commit; and
//! PostgreSQL, if `KEYWARD_TEST_POSTGRES` has the URL of a database. The time for signing, which is measured beside it, is taken off
//! the time of issuing. It prints the rate of the ledger as a share of the rate of bare transactions, and the bytes on disk for
//! each license.
#![allow(missing_docs, reason = "a program")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark stops by panicking")]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::cast_precision_loss, reason = "counts")]

mod bare;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use chrono::{DateTime, Utc};
use keyward_benches::Ratio;
use keyward_catalog::Catalog;
use keyward_issuer::order::Order;
use keyward_issuer::{Environment, Issuer, SigningKey, random_serial};
use keyward_ledger::{By, CustomerDetails, Issuing, Ledger, NewLicense, Signing};
use sqlx::{AssertSqlSafe, Executor};

use crate::bare::{Bare, Value, hex, random};

/// Rounds in which the ledger and the bare transactions are measured in turn.
const ROUNDS: usize = 31;
/// Licenses in a round of issuing, for each client.
const ISSUED: usize = 16;
/// Licenses in a round of generating.
const GENERATED: usize = 1_000;
struct Vendor {
    catalog: Catalog,
    issuer: Issuer,
}

impl Vendor {
    fn issuing(&self) -> Issuing<'_, SigningKey> {
        Issuing { catalog: &self.catalog, issuer: &self.issuer, trusted: &[] }
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let path = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        println!("SQLite:");
        measure(&path("ledger.db"), &path("bare.db"), Some(folder.path())).await;
        if let Ok(url) = std::env::var("KEYWARD_TEST_POSTGRES") {
            println!("PostgreSQL:");
            let schemas = ["bench_ledger", "bench_bare"];
            let pool = sqlx::PgPool::connect(&url).await.unwrap();
            for schema in schemas {
                let sql = format!("drop schema if exists {schema} cascade; create schema {schema}");
                pool.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
            }
            let of = |schema: &str| format!("{url}?options=-csearch_path%3D{schema}");
            measure(&of(schemas[0]), &of(schemas[1]), None).await;
            for schema in schemas {
                pool.execute(sqlx::raw_sql(AssertSqlSafe(format!("drop schema {schema} cascade")))).await.unwrap();
            }
        }
    });
}

async fn measure(url: &str, bare_url: &str, folder: Option<&Path>) {
    let by = By::new("the bench", "2026-11-28T12:00:00Z".parse::<DateTime<Utc>>().unwrap());
    let vendor = Vendor {
        catalog: Catalog::parse(Catalog::EXAMPLE, "catalog.toml").unwrap(),
        issuer: Issuer::with_key(SigningKey::generate().unwrap()).prepared(),
    };
    let ledger = Ledger::open(url, Environment::Production, &by).await.unwrap();
    // Makes the tables.
    let template = {
        let empty = Ledger::open(bare_url, Environment::Production, &by).await.unwrap();
        empty.create(vendor.issuing(), &license(), &by).await.unwrap();
        empty.close().await;
        let bare = Bare::open(bare_url).await;
        bare.template().await
    };
    let bare = Bare::open(bare_url).await;
    let signing = signing(&vendor);

    let (vendor, template) = (Arc::new(vendor), Arc::new(template));
    for clients in [1, 16] {
        let mut pairs = Vec::new();
        for _ in 0..ROUNDS {
            let ours = seconds(at_once(clients, || {
                let (ledger, vendor, by) = (ledger.clone(), Arc::clone(&vendor), by.clone());
                async move {
                    ledger.create(vendor.issuing(), &license(), &by).await.unwrap();
                }
            }))
            .await;
            let theirs = seconds(at_once(clients, || {
                let (bare, template) = (bare.clone(), Arc::clone(&template));
                async move { bare.write(&template, 1).await }
            }))
            .await;
            // All cores sign.
            let signers = clients.min(std::thread::available_parallelism().unwrap().get());
            pairs.push(theirs / (ours - signing * (clients * ISSUED) as f64 / signers as f64));
        }
        println!("  issuing, {clients} clients / bare:    {:.2}", Ratio::of(pairs));
    }

    activating(&ledger, &bare, &vendor, &by).await;

    let json = r#"{"offer": "pro-annual", "seats": 10}"#;
    let generator = ledger.create_generator(vendor.issuing(), "pool", json, Signing::AtOnce, &by).await.unwrap();
    let mut pairs = Vec::new();
    let before = folder.map(size);
    for _ in 0..ROUNDS {
        let ours = seconds(async {
            ledger.generate(vendor.issuing(), generator.id, GENERATED, &by).await.unwrap();
        });
        let ours = ours.await;
        let theirs = seconds(bare.write(&template, GENERATED)).await;
        pairs.push(theirs / (ours - signing * GENERATED as f64));
    }
    println!("  generating {GENERATED} / bare:    {:.2}", Ratio::of(pairs));
    ledger.close().await;
    if let (Some(folder), Some(before)) = (folder, before) {
        println!("  bytes on disk for each license:  {}", (size(folder) - before) / (ROUNDS * GENERATED) as u64);
    }
}

/// Compares the first activation of licenses with bare transactions that insert the machine, change the license, and write an
/// entry.
async fn activating(ledger: &Ledger, bare: &Bare, vendor: &Arc<Vendor>, by: &By) {
    let details = CustomerDetails::of_email("it@acme.example".parse().unwrap());
    let customer = ledger.find_or_create_customer(&details, by).await.unwrap().into_customer().id;
    for clients in [1, 16] {
        let keys = Arc::new(Mutex::new(Vec::new()));
        for _ in 0..ROUNDS * clients * ISSUED {
            let new = license().for_customer(customer);
            keys.lock().unwrap().push(new.order.serial);
            ledger.create(vendor.issuing(), &new, by).await.unwrap();
        }
        let mut pairs = Vec::new();
        for _ in 0..ROUNDS {
            let ours = seconds(at_once(clients, || {
                let (ledger, vendor, by) = (ledger.clone(), Arc::clone(vendor), by.clone());
                let key = keys.lock().unwrap().pop().unwrap();
                async move {
                    let machine = "laptop-1".parse().unwrap();
                    ledger.activate(key, &machine, None, &vendor.catalog, &by).await.unwrap();
                }
            }))
            .await;
            let theirs = seconds(at_once(clients, || {
                let bare = bare.clone();
                async move { activate(&bare).await }
            }))
            .await;
            pairs.push(theirs / ours);
        }
        println!("  activating, {clients} clients / bare: {:.2}", Ratio::of(pairs));
    }
}

/// Inserts an activation of a license, changes the license, and writes an entry as long as that of the ledger.
async fn activate(bare: &Bare) {
    let statements = [
        (
            "insert into activations (id, license, machine, activated_at, last_seen_at) \
             select $1, id, $2, 1, 1 from licenses where id > $3 order by id limit 1"
                .to_owned(),
            vec![
                Value::Blob(Some(random::<16>())),
                Value::Text(Some(hex(&random::<16>()))),
                Value::Blob(Some(random::<16>())),
            ],
        ),
        (
            "update licenses set activations = 1, was_activated = 1, base_state = 'active' where id in \
             (select id from licenses where id > $1 order by id limit 1)"
                .to_owned(),
            vec![Value::Blob(Some(random::<16>()))],
        ),
        (
            "insert into audit_log (at, actor, action, subject, entry, leaf) values (1, 'the bench', \
             'activation.created', $1, $2, $3)"
                .to_owned(),
            vec![
                Value::Text(Some(hex(&random::<16>()))),
                Value::Text(Some("x".repeat(900))),
                Value::Blob(Some(random::<32>())),
            ],
        ),
    ];
    bare.run(statements.into()).await;
}

fn license() -> NewLicense {
    let mut order = Order::of_offer("pro-annual", random_serial().unwrap());
    order.seats = Some("10".parse().unwrap());
    NewLicense::new(order)
}

/// Each client makes [`ISSUED`] licenses, one after the other, in a task of its own.
async fn at_once<F: Future<Output = ()> + Send + 'static>(clients: usize, one: impl Fn() -> F) {
    let client = || {
        let licenses: Vec<F> = (0..ISSUED).map(|_| one()).collect();
        tokio::spawn(async {
            for license in licenses {
                license.await;
            }
        })
    };
    let clients: Vec<_> = (0..clients).map(|_| client()).collect();
    for client in clients {
        client.await.unwrap();
    }
}

async fn seconds(work: impl Future<Output = ()>) -> f64 {
    let start = Instant::now();
    work.await;
    start.elapsed().as_secs_f64()
}

/// Seconds for signing one license.
fn signing(vendor: &Vendor) -> f64 {
    let claims = keyward_issuer::claims().unwrap();
    let day = keyward_issuer::Day::from_ymd(2026, 11, 28).unwrap();
    let claims = claims
        .product(keyward_issuer::Product(3))
        .edition(keyward_issuer::Edition(2))
        .unlimited_seats()
        .valid_from(day)
        .perpetual()
        .build()
        .unwrap();
    let start = Instant::now();
    for _ in 0..1_000 {
        vendor.issuer.sign(&claims).unwrap();
    }
    start.elapsed().as_secs_f64() / 1_000.0
}

/// The bytes of the ledger's files.
fn size(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    let of_ledger = files.filter(|file| file.file_name().to_string_lossy().starts_with("ledger.db"));
    of_ledger.map(|file| file.metadata().unwrap().len()).sum()
}
