//! A vendor with a server: one on SQLite, and two on one PostgreSQL if `KEYWARD_TEST_POSTGRES` has the URL of a database.

use std::future::Future;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use keyward_catalog::Catalog;
use keyward_issuer::{Environment, SigningKey};
use keyward_ledger::{By, Issuing, Ledger, Scope, TokenText};
use keyward_server::{Clock, EnvironmentKeys, EnvironmentService, Service, router};
use keyward_testing::postgres::Schema;
use tempfile::TempDir;

pub use crate::story::TODAY;
use crate::story::Vendor;
use crate::story::call::Target;
pub use crate::story::call::{Call, Reply, whole_keys};
use crate::story::client::Client;

/// The environments of the server. The first is that of `/v1`.
const ENVIRONMENTS: [Environment; 2] = [Environment::Production, Environment::Staging];

/// A vendor's server, or several on one database.
pub struct Kit {
    pub servers: Vec<Arc<Service>>,
    client: Client,
    clock: Arc<Mutex<DateTime<Utc>>>,
    _folder: TempDir,
    _schemas: Vec<Schema>,
}

/// The one who calls the servers.
impl Deref for Kit {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Vendor for Kit {
    fn set_clock(&self, time: &str) {
        Kit::set_clock(self, time);
    }

    async fn another_token(&self) -> String {
        self.token(&Scope::ALL).await
    }

    async fn sign_lists(&self) {
        Kit::sign_lists(self).await;
    }
}

/// Tells the same story on SQLite, and on two servers with one PostgreSQL. In the end, the audit log explains each ledger.
pub fn on_both<F: Future<Output = Kit>>(name: &str, story: impl Fn(Kit) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        story(Kit::on_sqlite().await).await.verified().await;
        if let Some(kit) = Kit::on_postgres(name).await {
            story(kit).await.verified().await;
        }
    });
}

/// Tells a story on SQLite alone.
pub fn on_sqlite<F: Future<Output = Kit>>(story: impl FnOnce(Kit) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async { story(Kit::on_sqlite().await).await.verified().await });
}

impl Kit {
    async fn on_sqlite() -> Kit {
        let folder = tempfile::tempdir().unwrap();
        let urls = ENVIRONMENTS.map(|environment| {
            let file = folder.path().join(format!("{environment}.db"));
            format!("sqlite:{}", file.display())
        });
        Kit::start(folder, urls, 1, Vec::new()).await
    }

    async fn on_postgres(name: &str) -> Option<Kit> {
        let schemas = ENVIRONMENTS.into_iter().map(|_| Schema::create(name)).collect::<Option<Vec<_>>>()?;
        let urls = [schemas[0].url.clone(), schemas[1].url.clone()];
        Some(Kit::start(tempfile::tempdir().unwrap(), urls, 2, schemas).await)
    }

    async fn start(folder: TempDir, urls: [String; 2], count: usize, schemas: Vec<Schema>) -> Kit {
        let by = By::new("Grace", TODAY.parse::<DateTime<Utc>>().unwrap());
        let catalog = Catalog::parse(Catalog::EXAMPLE, "catalog.toml").unwrap();
        let clock = Arc::new(Mutex::new(by.at));
        let mut servers: Vec<Arc<Service>> = Vec::new();
        for number in 0..count {
            let mut environments = Vec::new();
            for (environment, url) in ENVIRONMENTS.into_iter().zip(&urls) {
                let keys = folder.path().join(environment.to_string());
                let ledger = Ledger::open(url, environment, &by).await.unwrap();
                if number == 0 {
                    ledger.import_catalog(Catalog::EXAMPLE, 0, &by).await.unwrap();
                    std::fs::create_dir(&keys).unwrap();
                    EnvironmentKeys::make(&keys, environment, &catalog, by.at).unwrap();
                }
                let keys = EnvironmentKeys::read(&keys).unwrap();
                environments.push(EnvironmentService::new(ledger, keys).await.unwrap());
            }
            let clock = clock.clone();
            let clock = Clock::of(move || *clock.lock().unwrap());
            servers.push(Arc::new(Service::new(environments, clock)));
        }
        let targets = servers.iter().map(|service| Target::Router(router(service.clone()))).collect();
        let client = Client::new(targets, String::new());
        let mut kit = Kit { servers, client, clock, _folder: folder, _schemas: schemas };
        kit.client.manager = kit.token(&Scope::ALL).await;
        kit
    }

    /// The audit log explains the ledgers, and all connections end.
    async fn verified(self) {
        for environment in ENVIRONMENTS {
            let found = self.ledger_of(environment).verify(&[], &[]).await.unwrap();
            assert!(found.agrees(), "{found:?}");
        }
        for served in self.servers.iter().flat_map(|service| service.environments()) {
            served.ledger.close().await;
        }
    }

    pub fn ledger(&self) -> &Ledger {
        self.ledger_of(Environment::Production)
    }

    pub fn ledger_of(&self, environment: Environment) -> &Ledger {
        &self.served(environment).ledger
    }

    pub fn served(&self, environment: Environment) -> &EnvironmentService {
        let mut environments = self.servers[0].environments().iter();
        environments.find(|served| served.environment() == environment).unwrap()
    }

    /// What issues for production, to change the ledger beside the servers.
    pub fn issuing<'a>(&'a self, catalog: &'a Catalog) -> Issuing<'a, SigningKey> {
        let issuer = self.served(Environment::Production).keys.licenses.as_ref().unwrap();
        Issuing { catalog, issuer, trusted: &[] }
    }

    /// Imports a catalogue of production that differs from the example, and lets all servers take it.
    pub async fn change_catalog(&self, from: &str, to: &str) {
        assert!(Catalog::EXAMPLE.contains(from), "{from}");
        let text = Catalog::EXAMPLE.replacen(from, to, 1);
        Catalog::parse(&text, "catalog.toml").unwrap();
        let number = self.ledger().catalog_number().await.unwrap();
        self.ledger().import_catalog(&text, number, &self.by()).await.unwrap();
        for served in self.servers.iter().flat_map(|service| service.environments()) {
            served.refresh_catalog().await.unwrap();
        }
    }

    /// The servers' clocks show this time from now on.
    pub fn set_clock(&self, time: &str) {
        *self.clock.lock().unwrap() = time.parse().unwrap();
    }

    pub fn by(&self) -> By {
        By::new("Grace", *self.clock.lock().unwrap())
    }

    /// A new token for production.
    pub async fn token(&self, scopes: &[Scope]) -> String {
        self.token_of(Environment::Production, scopes, None).await.reveal().to_owned()
    }

    pub async fn token_of(&self, environment: Environment, scopes: &[Scope], end: Option<DateTime<Utc>>) -> TokenText {
        let (scopes, by) = (scopes.iter().copied().collect(), self.by());
        self.ledger_of(environment).create_token(&"ci".parse().unwrap(), scopes, end, &by).await.unwrap().1
    }

    /// Signs the revocation lists that are due, as the server does each minute.
    pub async fn sign_lists(&self) {
        for served in self.servers[0].environments() {
            served.ledger.sign_list_if_due(&served.keys.answers, &self.by()).await.unwrap();
        }
    }
}
