//! A vendor with a server, in this process: the router that `keyward-server serve` serves, with a clock that the story sets.

use std::fs;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use chrono::{DateTime, Utc};
use keyward_catalog::Catalog;
use keyward_issuer::{Environment, Issuer};
use keyward_ledger::{By, Ledger, Scope};
use keyward_server::{Clock, EnvironmentKeys, EnvironmentService, Service, router};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::http::Server;
use crate::product::BuiltIn;

/// The sample catalogue: its product asks for an activation, and an answer is good for 24 hours. A machine that was not seen for
/// two weeks is released.
fn catalog() -> String {
    Catalog::EXAMPLE.replacen("# activation_lease", "activation_lease", 1)
}

pub struct Vendor {
    runtime: Runtime,
    service: Arc<Service>,
    clock: Arc<Mutex<DateTime<Utc>>>,
    /// The server.
    pub server: Server,
    /// The token of a shop.
    token: String,
    /// The folder of the server.
    folder: TempDir,
}

/// A license that was sold.
pub struct Sold {
    pub id: String,
    pub key: String,
}

impl Vendor {
    /// Does what the first start of `keyward-server serve` does.
    pub fn new(now: DateTime<Utc>) -> Result<Vendor> {
        let folder = tempfile::tempdir()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let text = catalog();
        let catalog = Catalog::parse(&text, "catalog.toml").map_err(|problems| anyhow::anyhow!("{problems}"))?;
        EnvironmentKeys::make(folder.path(), Environment::Production, &catalog, now)?;
        let clock = Arc::new(Mutex::new(now));
        let (by, file) = (By::new("Ada", now), folder.path().join("ledger.db"));
        let (service, token) = runtime.block_on(async {
            let ledger = Ledger::open_scratch(&file, Environment::Production, &by).await?;
            ledger.import_catalog(&text, 0, &by).await?;
            let (_, token) = ledger.create_token(&"shop".parse()?, Scope::ALL.into_iter().collect(), None, &by).await?;
            let keys = EnvironmentKeys::read(folder.path())?;
            let served = EnvironmentService::new(ledger, keys).await?;
            let shown = clock.clone();
            let clock = Clock::of(move || *shown.lock().unwrap_or_else(PoisonError::into_inner));
            anyhow::Ok((Arc::new(Service::new(vec![served], clock)), token.reveal().to_owned()))
        })?;
        let server = listen(&runtime, router(service.clone()))?;
        let vendor = Vendor { runtime, service, clock, server, token, folder };
        vendor.set_clock(now)?;
        Ok(vendor)
    }

    /// What is built into the product: two files of the server's folder.
    pub fn built_in(&self) -> Result<BuiltIn> {
        let read = |name| fs::read(self.folder.path().join(name));
        let (built, released) = (self.now(), "2026-06-01".parse()?);
        Ok(BuiltIn { roots: read("roots.json")?, bundle: read("trust.json")?, built, released })
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.service.now()
    }

    /// Sets the clock, and does what a server does by itself each minute.
    pub fn set_clock(&self, now: DateTime<Utc>) -> Result<()> {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = now;
        let (served, by) = (self.served()?, By::new("keyward-server", now));
        self.runtime.block_on(async {
            served.ledger.end_leases(&by).await?;
            served.ledger.sign_list_if_due(&served.keys.answers, &by).await?;
            Ok(())
        })
    }

    fn served(&self) -> Result<&EnvironmentService> {
        self.service.environments().first().context("the server has an environment")
    }

    /// The key that signs answers.
    pub fn answers(&self) -> Result<&Issuer> {
        Ok(&self.served()?.keys.answers)
    }

    /// The shop sells a license for one machine.
    pub fn sell(&self, offer: &str) -> Result<Sold> {
        let customer = json!({ "name": "Acme Ltd", "email": "it@acme.example" });
        let order = json!({ "offer": offer, "licensee": "Acme Ltd", "customer": customer, "activation_limit": 1 });
        let sold = self.call("/v1/licenses", &order)?;
        let text = |name: &str| sold[name].as_str().map(str::to_owned).with_context(|| format!("it has no {name}"));
        Ok(Sold { id: text("id")?, key: text("key")? })
    }

    /// A call of the shop or of the support desk.
    pub fn call(&self, path: &str, body: &Value) -> Result<Value> {
        let answer = self.server.post_with_token(path, body, &self.token)?;
        let said = answer.json()?;
        ensure!(answer.status < 300, "{path}: {said}");
        Ok(said)
    }

    /// The address of somebody between the product and the server, who may change each answer. They see the path of the call.
    pub fn behind(&self, change: impl Fn(&str, Vec<u8>) -> Vec<u8> + Send + Sync + 'static) -> Result<Server> {
        let change = Arc::new(change);
        let between = from_fn(move |request: Request, next: Next| {
            let (change, path) = (change.clone(), request.uri().path().to_owned());
            async move {
                let (mut parts, body) = next.run(request).await.into_parts();
                let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
                parts.headers.remove(CONTENT_LENGTH);
                Response::from_parts(parts, Body::from(change(&path, body.into())))
            }
        });
        listen(&self.runtime, router(self.service.clone()).layer(between))
    }
}

/// Serves these routes on a free port of this machine.
fn listen(runtime: &Runtime, routes: Router) -> Result<Server> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?.to_string();
    let listener = runtime.block_on(async { tokio::net::TcpListener::from_std(listener) })?;
    runtime.spawn(async move { axum::serve(listener, routes).await });
    Ok(Server(address))
}

/// An address at which nobody listens.
pub fn nobody() -> Result<Server> {
    Ok(Server(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string()))
}
