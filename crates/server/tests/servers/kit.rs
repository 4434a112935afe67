//! A vendor whose servers are programs.

use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use keyward_testing::clock::Watch;
use tokio::runtime::Runtime;

use crate::common::{Desk, ended};
use crate::server::Server;
use crate::story::call::Target;
use crate::story::client::Client;
use crate::story::{TODAY, Vendor};

/// The connections by which the servers are asked.
const CONNECTIONS: usize = 64;

/// No limit is reached by the one address of all callers.
const SETTINGS: &str = "\
listen = \"127.0.0.1:0\"
environments = [\"production\"]
[limits]
per_address = 4000000000
per_machine = 4000000000
per_license = 4000000000
";

/// The folders of the servers in that of the vendor.
const FOLDERS: [&str; 2] = ["first", "second"];

/// A vendor's server, or two on one database.
pub struct Kit {
    pub client: Arc<Client>,
    pub servers: Vec<Server>,
    desk: Arc<Desk>,
}

/// The one who calls the servers.
impl Deref for Kit {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// Tells the same story of one server on SQLite, and of two on one PostgreSQL. In the end, the audit log explains the ledger.
pub fn on_both(test: &str, story: impl AsyncFn(&Kit)) {
    on_sqlite(test, &story);
    on_postgres(test, &story);
}

pub fn on_sqlite(test: &str, story: impl AsyncFn(&Kit)) {
    tell(test, Desk::on_sqlite(), story);
}

pub fn on_postgres(test: &str, story: impl AsyncFn(&Kit)) {
    if let Some(desk) = Desk::on_postgres(test) {
        tell(test, desk, story);
    }
}

fn tell(test: &str, desk: Desk, story: impl AsyncFn(&Kit)) {
    if let Some(kit) = Kit::start(test, desk) {
        runtime().block_on(story(&kit));
        kit.verified();
    }
}

pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

impl Kit {
    /// Starts the servers of that desk. Without `faketime`, the test is skipped.
    pub fn start(test: &str, desk: Desk) -> Option<Kit> {
        let desk = Arc::new(desk);
        let count = if desk.is_on_sqlite() { 1 } else { FOLDERS.len() };
        let mut servers = Vec::new();
        for name in FOLDERS.into_iter().take(count) {
            let folder = desk.folder().join(name);
            match servers.is_empty() {
                true => {
                    fs::create_dir(&folder).unwrap();
                    fs::write(folder.join("server.toml"), SETTINGS).unwrap();
                }
                // Servers of one ledger have the same keys.
                false => copy(&desk.folder().join(FOLDERS[0]), &folder),
            }
            let desk = Arc::clone(&desk);
            let watch = Watch::new(test, &folder)?;
            watch.show(&shown(TODAY));
            let serve = move || {
                let mut command = desk.command(&["serve", "--data", name]);
                command.env("KEYWARD_LOG", "warn");
                command
            };
            servers.push(Server::start(watch, CONNECTIONS / count, serve));
        }
        let targets = servers.iter().map(|server| Target::Program(Arc::clone(&server.connections))).collect();
        let token = new_token(&desk, &servers[0].watch);
        Some(Kit { client: Arc::new(Client::new(targets, token)), servers, desk })
    }

    /// The clocks of all servers run on, ahead by so many seconds of one that showed the time of the beginning when they began.
    pub fn run_clock(&self, ahead: i64) {
        for server in &self.servers {
            server.run_clock(ahead);
        }
    }

    /// The servers end, and the audit log explains the ledger.
    pub fn verified(self) {
        for server in &self.servers {
            server.end();
        }
        let verified = ended(&mut about_ledger(&self.desk, &["ledger", "verify"]));
        assert_eq!(verified.code, 0, "{verified:?}");
    }
}

impl Vendor for Kit {
    fn set_clock(&self, time: &str) {
        for server in &self.servers {
            server.watch.show(&shown(time));
        }
    }

    async fn another_token(&self) -> String {
        new_token(&self.desk, &self.servers[0].watch)
    }

    /// Servers sign what is due when they start.
    async fn sign_lists(&self) {
        let before = self.get("/revocations").no_token().await.text;
        for server in &self.servers {
            server.end();
            server.start_again();
        }
        while self.get("/revocations").no_token().await.text == before {}
    }
}

/// A new token with all scopes.
fn new_token(desk: &Desk, watch: &Watch) -> String {
    let mut command = about_ledger(desk, &["admin", "create-token", "--role", "license-manager", "--name", "ci"]);
    let made = ended(watch.on(&mut command));
    assert_eq!(made.code, 0, "{made:?}");
    made.stdout.trim_end().to_owned()
}

/// A command about the ledger.
fn about_ledger(desk: &Desk, arguments: &[&str]) -> Command {
    let mut command = desk.command(arguments);
    command.args(["--data", FOLDERS[0], "--environment", "production"]);
    command
}

/// The time, as the clock of servers has it.
fn shown(time: &str) -> String {
    time.trim_end_matches('Z').replace('T', " ")
}

/// Copies a folder with the files and folders in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, to) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &to);
        } else if kind.is_file() {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
