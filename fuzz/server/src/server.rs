//! A vendor's server, with licenses in several states.

use std::fs;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Uri, header};
use chrono::{DateTime, Utc};
use http_body_util::BodyExt;
use keyward_catalog::Catalog;
use keyward_issuer::Environment;
use keyward_ledger::{By, Ledger, Scope};
use keyward_server::{Clock, EnvironmentKeys, EnvironmentService, Service, router};
use keyward_verifier::files::{TrustBundle, Verified};
use keyward_verifier::{ActivationRequest, Fingerprint};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::call::{Call, Caller, Reply};
use crate::keys;

/// A server, with its ledger in a temporary folder. Its time stands still.
pub struct Server {
    runtime: Runtime,
    folder: TempDir,
    router: Router,
    ledger: Ledger,
    /// A token with all scopes.
    token: String,
    /// What is written in the place of `$LICENSE` and the like.
    names: Vec<(&'static str, String)>,
    first: Option<First>,
}

/// The rows with which each input begins.
struct First {
    /// A connection to the database, to which a copy from the beginning is attached.
    beside: SqliteConnection,
    /// The statements that put all rows back.
    restore: String,
    /// When the database was last written: whatever is committed is in its log first.
    written: Option<Stamp>,
}

type Stamp = (SystemTime, u64);

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_867_200, 0).expect("2026-11-28T12:00:00Z")
}

fn by() -> By {
    By::new("Grace", now())
}

impl Default for Server {
    fn default() -> Server {
        Server::new()
    }
}

impl Server {
    /// A server of a vendor who has sold some licenses.
    pub fn new() -> Server {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a temporary folder");
        keys::write(folder.path(), now());
        let catalog = Catalog::EXAMPLE.replacen("# activation_lease", "activation_lease", 1);
        let keys = EnvironmentKeys::read(folder.path()).expect("the keys");
        let (ledger, token, served) = runtime.block_on(async {
            let file = folder.path().join("ledger.db");
            let ledger = Ledger::open_scratch(&file, Environment::Production, &by()).await.expect("a new ledger");
            ledger.import_catalog(&catalog, 0, &by()).await.expect("the catalogue");
            ledger.sign_list_if_due(&keys.answers, &by()).await.expect("the first list");
            let scopes = Scope::ALL.into_iter().collect();
            let name = "fuzzer".parse().expect("a name");
            let (_, token) = ledger.create_token(&name, scopes, None, &by()).await.expect("a token");
            let served = EnvironmentService::new(ledger.clone(), keys).await.expect("a ledger with a catalogue");
            (ledger, token.reveal().to_owned(), served)
        });
        let router = router(Arc::new(Service::new(vec![served], Clock::of(now))));
        let mut server = Server { runtime, folder, router, ledger, token, names: Vec::new(), first: None };
        server.fill();
        server.first = Some(server.runtime.block_on(First::of(&server.folder)));
        server.settle();
        server
    }

    /// The same text, with ids and keys in the place of their names.
    pub fn named(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, id)| text.replace(name, id))
    }

    /// The answer, which is checked; `None` if the call can't be sent.
    pub fn ask(&self, call: &Call) -> Option<Reply> {
        let reply = self.send(call)?;
        reply.check(call);
        Some(reply)
    }

    /// The answer, of whatever kind.
    pub fn send(&self, call: &Call) -> Option<Reply> {
        let address: Uri = format!("/v1{}", call.address).parse().ok()?;
        let mut request = Request::builder().method(&call.method).uri(address);
        if call.caller == Caller::Program {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        }
        request = request.header(header::CONTENT_TYPE, "application/json").header(header::IF_MATCH, "*");
        if let Some(key) = &call.once {
            request = request.header("Idempotency-Key", key);
        }
        let request = request.body(Body::from(call.body.clone())).ok()?;
        let (parts, body) = self.runtime.block_on(async {
            let (parts, body) = self.router.clone().oneshot(request).await.expect("an answer").into_parts();
            (parts, body.collect().await.expect("a body").to_bytes())
        });
        Some(Reply::new(parts.status, parts.headers, &body))
    }

    /// If something was written: the audit log explains it, and all rows are put back, so that an input alone runs as it runs
    /// among others.
    pub fn settle(&mut self) {
        let (Some(first), now) = (&mut self.first, stamp(&self.folder)) else { return };
        if first.written == now && now.is_some() {
            return;
        }
        self.runtime.block_on(async {
            let found = self.ledger.verify(&[], &[]).await.expect("a ledger that can be read");
            assert!(found.agrees(), "{found:?}");
            let restored = sqlx::raw_sql(AssertSqlSafe(first.restore.clone())).execute(&mut first.beside).await;
            restored.expect("the rows are put back");
        });
        first.written = stamp(&self.folder);
    }

    /// The trust bundle, as products have it.
    pub fn bundle(&self) -> Verified<TrustBundle> {
        EnvironmentKeys::read(self.folder.path()).expect("the keys").bundle
    }

    /// Closes the database. The server goes on without it.
    pub fn lose_database(&self) {
        self.runtime.block_on(self.ledger.close());
    }

    /// Sells the licenses, and names what calls can be about.
    fn fill(&mut self) {
        let customer = |server: &Server, email: &str| {
            let contacts = json!([{ "email": "grace@acme.example", "role": "renewal" }]);
            server.id("/customers", json!({ "name": "Acme Ltd", "email": email, "contacts": contacts }))
        };
        let (acme, other) = (customer(self, "it@acme.example"), customer(self, "ada@other.example"));
        let sell = |customer: &Value| {
            let order =
                json!({ "offer": "pro-annual", "licensee": "Acme Ltd", "customer": customer, "activation_limit": 4 });
            self.made("/licenses", order)
        };
        let active = sell(&json!(acme));
        let key = active["key"].as_str().expect("a whole key").to_owned();
        let activated = |machine: &str| self.made("/activate", json!({ "key": key, "machine": machine }));
        let activation = activated("laptop-1")["activation"]["id"].as_str().expect("an id").to_owned();
        activated("laptop-2");
        let serial = active["serial"].as_str().and_then(|serial| serial.parse().ok()).expect("a serial");
        let machine: Fingerprint = "01b2c3d4000000e5f607a8b9ca000000".parse().expect("a fingerprint");
        let request = ActivationRequest::new(serial, machine).to_string();
        let id = |made: Value| made["id"].as_str().expect("an id").to_owned();
        let (assigned, available) = (id(sell(&json!(acme))), id(sell(&Value::Null)));
        let (suspended, revoked) = (id(sell(&json!(other))), id(sell(&json!(other))));
        self.made(&format!("/licenses/{suspended}/suspend"), json!({ "cause": "payment" }));
        self.made(&format!("/licenses/{revoked}/revoke"), json!({ "reason": "leaked" }));
        let generator = |name: &str| {
            let order = json!({ "offer": "pro-annual", "seats": 1 });
            self.id("/generators", json!({ "name": name, "order": order, "signing": "on-assignment" }))
        };
        let (generator, _) = (generator("Resellers"), generator("Schools"));
        self.names = vec![
            ("$LICENSE", id(active)),
            ("$ASSIGNED", assigned),
            ("$AVAILABLE", available),
            ("$SUSPENDED", suspended),
            ("$REVOKED", revoked),
            ("$CUSTOMER", acme),
            ("$OTHER", other),
            ("$ACTIVATION", activation),
            ("$GENERATOR", generator),
            ("$KEY", key),
            ("$REQUEST", request),
        ];
    }

    fn made(&self, address: &str, body: Value) -> Value {
        let call = Call::post(address, body);
        let reply = self.ask(&call).expect("a call that can be sent");
        assert!(reply.status.is_success(), "{call:?}: {reply:?}");
        reply.body
    }

    fn id(&self, address: &str, body: Value) -> String {
        self.made(address, body)["id"].as_str().expect("an id").to_owned()
    }
}

impl First {
    /// The rows that the ledger in this folder has now.
    async fn of(folder: &TempDir) -> First {
        let [ledger, copy] = ["ledger.db", "first.db"].map(|name| folder.path().join(name));
        let options = SqliteConnectOptions::new().filename(&ledger).foreign_keys(false);
        let mut beside = SqliteConnection::connect_with(&options).await.expect("a second connection");
        let copied = format!("vacuum into '{0}'; attach '{0}' as first", copy.display());
        sqlx::raw_sql(AssertSqlSafe(copied)).execute(&mut beside).await.expect("a copy");
        let tables = "select name from first.sqlite_master where type = 'table'";
        let tables: Vec<String> =
            sqlx::query_scalar(tables).fetch_all(&mut beside).await.expect("the names of the tables");
        let of_table =
            |name: &String| format!("delete from main.{name}; insert into main.{name} select * from first.{name};");
        let restore = format!("begin immediate; {} commit", tables.iter().map(of_table).collect::<String>());
        First { beside, restore, written: None }
    }
}

fn stamp(folder: &TempDir) -> Option<Stamp> {
    let log = fs::metadata(folder.path().join("ledger.db-wal")).ok()?;
    Some((log.modified().ok()?, log.len()))
}
