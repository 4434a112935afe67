//! Compares the ledger with bare transactions that write the same rows.
//!
//! `cargo bench -p keyward-benches --bench ledger` measures SQLite on the disk of the build, with an `fsync` for each commit; and
//! PostgreSQL, if `KEYWARD_TEST_POSTGRES` has the URL of a database. The time for signing, which is measured beside it, is taken off
//! the time of issuing. It prints the rate of the ledger as a share of the rate of bare transactions, and the bytes on disk for
//! each license.
#![allow(missing_docs, reason = "a program")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark stops by panicking")]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::cast_precision_loss, reason = "counts")]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use chrono::{DateTime, Utc};
use keyward_benches::Ratio;
use keyward_catalog::Catalog;
use keyward_issuer::order::Order;
use keyward_issuer::{Environment, Issuer, SigningKey, random_serial};
use keyward_ledger::{By, CustomerDetails, Issuing, Ledger, NewLicense, Signing};
use sqlx::{AssertSqlSafe, Column, Executor, Row, TypeInfo, ValueRef};

/// Rounds in which the ledger and the bare transactions are measured in turn.
const ROUNDS: usize = 31;
/// Licenses in a round of issuing, for each client.
const ISSUED: usize = 16;
/// Licenses in a round of generating.
const GENERATED: usize = 1_000;
/// Statements of a bare insertion have this many values, as those of the ledger: SQLite takes longer for each of more.
const MAX_VALUES: usize = 1_000;

/// A value as it is stored.
#[derive(Clone)]
enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

/// Rows of a table: its name, its columns, and their values in each row.
type Rows<Names> = (&'static str, Names, Vec<Vec<Value>>);

/// The rows that one license is, in the order of their tables.
struct Template(Vec<Rows<Vec<String>>>);

macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql));
        for value in $values {
            query = match value {
                Value::Integer(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Blob(value) => query.bind(value),
            };
        }
        query
    }};
}

macro_rules! stored {
    ($row:expr, $name:expr) => {{
        let raw = $row.try_get_raw($name).unwrap();
        let kind = if raw.is_null() {
            $row.column($name).type_info().name().to_owned()
        } else {
            raw.type_info().name().to_owned()
        };
        match kind.as_str() {
            "INTEGER" | "INT8" => Value::Integer($row.get($name)),
            "TEXT" => Value::Text($row.get($name)),
            "BLOB" | "BYTEA" => Value::Blob($row.get($name)),
            other => panic!("a column of type {other}"),
        }
    }};
}

/// All rows of these tables, as a template.
macro_rules! template {
    ($pool:expr) => {{
        let mut tables = Vec::new();
        for table in ["licenses", "license_keys", "record_keys", "audit_log"] {
            let rows = sqlx::query(AssertSqlSafe(format!("select * from {table}"))).fetch_all($pool).await.unwrap();
            let is_written = |name: &str| table != "audit_log" || !["number", "position"].contains(&name);
            let names = rows[0].columns().iter().map(|column| column.name().to_owned());
            let names: Vec<String> = names.filter(|name| is_written(name)).collect();
            let rows = rows.iter().map(|row| names.iter().map(|name| stored!(row, name.as_str())).collect()).collect();
            tables.push((table, names, rows));
        }
        Template(tables)
    }};
}

impl Template {
    /// The rows of that many licenses, each with ids of its own.
    fn of(&self, licenses: usize) -> Vec<Rows<&[String]>> {
        let mut tables: Vec<_> =
            self.0.iter().map(|(table, names, _)| (*table, names.as_slice(), Vec::new())).collect();
        for _ in 0..licenses {
            let (id, serial) = (random::<16>(), random::<8>());
            for ((table, names, rows), written) in self.0.iter().zip(&mut tables) {
                for row in rows {
                    let mut row = row.clone();
                    for (name, value) in names.iter().zip(&mut row) {
                        match (*table, name.as_str()) {
                            ("licenses", "id") | ("license_keys", "license") => *value = Value::Blob(Some(id.clone())),
                            (_, "serial") => *value = Value::Blob(Some(serial.clone())),
                            ("record_keys", "record_key") => *value = Value::Blob(Some(random::<16>())),
                            _ => {}
                        }
                    }
                    written.2.push(row);
                }
            }
        }
        tables
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn random<const N: usize>() -> Vec<u8> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes.to_vec()
}

/// Writes all rows in one transaction.
macro_rules! write {
    ($tx:expr, $tables:expr) => {{
        for (table, names, rows) in $tables {
            for rows in rows.chunks(MAX_VALUES / names.len()) {
                let mut number = 0;
                let mut row = || {
                    let places: Vec<String> = names
                        .iter()
                        .map(|_| {
                            number += 1;
                            format!("${number}")
                        })
                        .collect();
                    format!("({})", places.join(", "))
                };
                let places: Vec<String> = rows.iter().map(|_| row()).collect();
                let sql = format!("insert into {table} ({}) values {}", names.join(", "), places.join(", "));
                bound!(sql, rows.iter().flatten().cloned()).execute(&mut *$tx).await.unwrap();
            }
        }
        $tx.commit().await.unwrap();
    }};
}

/// A database without the ledger.
#[derive(Clone)]
enum Bare {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
}

impl Bare {
    async fn open(url: &str) -> Bare {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let options = sqlx::sqlite::SqliteConnectOptions::new()
                .filename(path)
                .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
                .foreign_keys(true)
                .pragma("secure_delete", "ON");
            let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
            return Bare::Sqlite(pool.unwrap());
        }
        Bare::Postgres(sqlx::postgres::PgPoolOptions::new().max_connections(20).connect(url).await.unwrap())
    }

    async fn template(&self) -> Template {
        match self {
            Bare::Sqlite(pool) => template!(pool),
            Bare::Postgres(pool) => template!(pool),
        }
    }

    /// Inserts an activation of a license, changes the license, and writes an entry as long as that of the ledger.
    async fn activate(&self) {
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
        match self {
            Bare::Sqlite(pool) => {
                let mut tx = pool.begin_with("begin immediate").await.unwrap();
                for (sql, values) in statements {
                    bound!(sql, values).execute(&mut *tx).await.unwrap();
                }
                tx.commit().await.unwrap();
            }
            Bare::Postgres(pool) => {
                let mut tx = pool.begin().await.unwrap();
                for (sql, values) in statements {
                    bound!(sql, values).execute(&mut *tx).await.unwrap();
                }
                tx.commit().await.unwrap();
            }
        }
    }

    async fn write(&self, template: &Template, licenses: usize) {
        let tables = template.of(licenses);
        match self {
            Bare::Sqlite(pool) => {
                let mut tx = pool.begin_with("begin immediate").await.unwrap();
                write!(tx, tables);
            }
            Bare::Postgres(pool) => {
                let mut tx = pool.begin().await.unwrap();
                write!(tx, tables);
            }
        }
    }
}

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
        let mut template = bare.template().await;
        // The first entry is that of the ledger itself.
        template.0[3].2.remove(0);
        template
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
                async move { bare.activate().await }
            }))
            .await;
            pairs.push(theirs / ours);
        }
        println!("  activating, {clients} clients / bare: {:.2}", Ratio::of(pairs));
    }
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
