//! A vendor with a ledger on each engine: SQLite always, PostgreSQL if `KEYWARD_TEST_POSTGRES` has the URL of a database.
#![allow(dead_code, reason = "not every test needs all of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use keyward_catalog::Catalog;
use keyward_issuer::order::Order;
use keyward_issuer::{End, Environment, Issuer, Serial, SigningKey, random_serial};
use keyward_ledger::{
    Approval, Ask, By, CustomerDetails, CustomerId, Expected, Issuing, Ledger, LedgerError, License, LicenseId,
    NewLicense, Ordered,
};
use keyward_testing::postgres::Schema;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

/// The day on which most stories begin.
pub const TODAY: &str = "2026-11-28T12:00:00Z";

/// What a vendor has besides the ledger.
pub struct Vendor {
    pub catalog: Catalog,
    pub issuer: Issuer,
}

impl Vendor {
    pub fn new() -> Vendor {
        let catalog = Catalog::parse(Catalog::EXAMPLE, "catalog.toml").unwrap();
        Vendor { catalog, issuer: Issuer::with_key(SigningKey::generate().unwrap()) }
    }

    pub fn issuing(&self) -> Issuing<'_, SigningKey> {
        Issuing { catalog: &self.catalog, issuer: &self.issuer, trusted: &[] }
    }
}

/// A ledger, with a vendor.
pub struct Shop {
    pub ledger: Ledger,
    pub vendor: Vendor,
    /// The URL of the ledger's database.
    pub url: String,
    pub folder: Option<Arc<TempDir>>,
}

impl Shop {
    /// A license for 25 seats, in the pool.
    pub async fn license(&self) -> License {
        let new = NewLicense::new(annual());
        self.ledger.create(self.vendor.issuing(), &new, &at(TODAY)).await.unwrap().into_license()
    }

    /// The customer of that address, who may be new.
    pub async fn customer(&self, email: &str) -> CustomerId {
        let details = CustomerDetails::of_email(email.parse().unwrap());
        self.ledger.find_or_create_customer(&details, &at(TODAY)).await.unwrap().into_customer().id
    }

    /// A license for 25 seats of the customer with that address.
    pub async fn sold(&self, email: &str) -> License {
        let new = NewLicense::new(annual()).for_customer(self.customer(email).await);
        self.ledger.create(self.vendor.issuing(), &new, &at(TODAY)).await.unwrap().into_license()
    }

    /// The approval that a license waits for.
    pub async fn asked(&self, new: &NewLicense, reason: &str, time: &str) -> Approval {
        let ask = Ask { reason: reason.parse().unwrap(), maker: "Grace".to_owned() };
        let ordered = self.ledger.create_or_ask(self.vendor.issuing(), new, &ask, &at(time)).await.unwrap();
        let Ordered::Waiting(approval) = ordered else { panic!("{ordered:?}") };
        approval
    }

    pub async fn assign(&self, license: LicenseId, customer: CustomerId) -> Result<License, LedgerError> {
        self.ledger.assign(self.vendor.issuing(), license, customer, None, Expected::Any, &at(TODAY)).await
    }
}

/// An order for a trial of 33 days: it breaks a rule that an approval lifts.
pub fn long_trial() -> Order {
    let mut order = Order::of_offer("pro-trial", serial());
    order.end = Some(End::After("33d".parse().unwrap()));
    order
}

/// An order for a year and 25 seats.
pub fn annual() -> Order {
    let mut order = Order::of_offer("pro-annual", serial());
    order.seats = Some("25".parse().unwrap());
    order
}

pub fn serial() -> Serial {
    random_serial().unwrap()
}

pub fn at(time: &str) -> By {
    By::new("Grace", time.parse::<DateTime<Utc>>().unwrap())
}

/// Tells the same story on each engine. In the end, the audit log explains the whole ledger.
pub fn on_both<F: Future<Output = ()>>(name: &str, story: impl Fn(Shop) -> F) {
    on_each(name, async |shop| verified(shop, &story).await);
}

/// The same for a story that writes to the database beside the ledger, or verifies it itself.
pub fn on_both_altered<F: Future<Output = ()>>(name: &str, story: impl Fn(Shop) -> F) {
    on_each(name, story);
}

/// Tells a story on SQLite alone, as [`on_both`] does.
pub fn on_sqlite<F: Future<Output = ()>>(story: impl Fn(Shop) -> F) {
    told_on_sqlite(async |shop| verified(shop, &story).await);
}

/// Tells a story on SQLite alone, as [`on_both_altered`] does.
pub fn on_sqlite_altered<F: Future<Output = ()>>(story: impl Fn(Shop) -> F) {
    told_on_sqlite(story);
}

/// Tells a story on PostgreSQL alone, as [`on_both`] does.
pub fn on_postgres<F: Future<Output = ()>>(name: &str, story: impl Fn(Shop) -> F) {
    told_on_postgres(name, async |shop| verified(shop, &story).await);
}

fn on_each<F: Future<Output = ()>>(name: &str, story: impl Fn(Shop) -> F) {
    told_on_sqlite(&story);
    told_on_postgres(name, &story);
}

fn told_on_sqlite<F: Future<Output = ()>>(story: impl Fn(Shop) -> F) {
    runtime().block_on(async {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
        story(open(url, Some(folder)).await).await;
    });
}

fn told_on_postgres<F: Future<Output = ()>>(name: &str, story: impl Fn(Shop) -> F) {
    if let Some(schema) = Schema::create(name) {
        runtime().block_on(async { story(open(schema.url.clone(), None).await).await });
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn verified<F: Future<Output = ()>>(shop: Shop, story: &impl Fn(Shop) -> F) {
    let (ledger, folder) = (shop.ledger.clone(), shop.folder.clone());
    story(shop).await;
    match ledger.verify(&[], &[]).await {
        Ok(found) => assert!(found.agrees(), "{found:?}"),
        // The story closed it, or took its files away.
        Err(error) => assert!(matches!(error, LedgerError::Database(_)), "{error:?}"),
    }
    drop(folder);
}

pub async fn open(url: String, folder: Option<Arc<TempDir>>) -> Shop {
    let ledger = Ledger::open(&url, Environment::Production, &at(TODAY)).await.unwrap();
    Shop { ledger, vendor: Vendor::new(), url, folder }
}

/// The first column of all rows that a query finds, as text. It reads beside the ledger.
pub async fn rows(url: &str, sql: &str) -> Vec<String> {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    if let Some(path) = url.strip_prefix("sqlite:") {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).read_only(true);
        let mut connection = options.connect().await.unwrap();
        let found = sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        found
    } else {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        let found = sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        found
    }
}

/// The columns of all tables that store texts.
pub async fn text_columns(url: &str) -> Vec<(String, Vec<String>)> {
    let sql = if url.starts_with("sqlite:") {
        "select m.name || ' ' || c.name from sqlite_schema m, pragma_table_info(m.name) c \
         where m.type = 'table' and c.type = 'TEXT' and m.name not like '\\_%' escape '\\'"
    } else {
        "select table_name || ' ' || column_name from information_schema.columns \
         where table_schema = current_schema() and data_type = 'text' and table_name not like '\\_%' order by 1"
    };
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for found in rows(url, sql).await {
        let (table, column) = found.split_once(' ').unwrap();
        match tables.iter_mut().find(|(name, _)| name == table) {
            Some((_, columns)) => columns.push(column.to_owned()),
            None => tables.push((table.to_owned(), vec![column.to_owned()])),
        }
    }
    tables
}
