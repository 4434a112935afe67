//! A server on a port of its own, whose log is kept.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;

use keyward_testing::skip::has_programs;
use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_keyward-server");

/// No limit is reached by the one address of all calls.
const SETTINGS: &str = "\
listen = \"127.0.0.1:0\"
environments = [\"production\", \"staging\"]
[limits]
per_address = 4000000000
per_machine = 4000000000
per_license = 4000000000
";

pub struct Served {
    folder: TempDir,
    child: Child,
    log: Option<JoinHandle<Vec<String>>>,
    /// `http://127.0.0.1:…`
    pub address: String,
    /// A token for production with all scopes.
    pub token: String,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// The id of the request, as in the log.
    pub id: String,
    pub body: Value,
}

impl Served {
    /// Starts the server in an empty folder. `None` if the machine lacks a program: the test is skipped.
    pub fn start(test: &str, log: &str) -> Option<Served> {
        if !has_programs(test, &["bash", "curl", "jq", "kill"]) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::fs::write(folder.path().join("data/server.toml"), SETTINGS).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--data", "data"]).current_dir(folder.path()).env("KEYWARD_LOG", log);
        command.env("USER", "grace").env_remove("KEYWARD_DATABASE").env("NO_COLOR", "1");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (listens, address) = mpsc::channel();
        let log = std::thread::spawn(move || {
            let lines = lines.map_while(Result::ok).inspect(|line| {
                if let Some(address) = line.strip_prefix("Keyward listens on ") {
                    let _ = listens.send(address.trim_end_matches("/v1").to_owned());
                }
            });
            lines.collect::<Vec<_>>()
        });
        let address = address.recv().expect("the server starts");
        let mut served = Served { folder, child, log: Some(log), address, token: String::new() };
        served.token = served.new_token("production");
        Some(served)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A token with all scopes.
    pub fn new_token(&self, environment: &str) -> String {
        self.new_token_with(environment, &["--role", "license-manager"])
    }

    pub fn new_token_with(&self, environment: &str, rights: &[&str]) -> String {
        let mut command = Command::new(PROGRAM);
        command.args(["admin", "create-token", "--data", "data", "--environment", environment]).args(rights);
        command.args(["--name", "test"]).current_dir(self.folder()).env("USER", "grace");
        let made = command.output().unwrap();
        assert!(made.status.success(), "{made:?}");
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    }

    /// Asks with curl. `path` begins with `/`, and `more` are further arguments.
    pub fn call(&self, path: &str, more: &[&str], body: Option<&Value>) -> Reply {
        let mut command = Command::new("curl");
        command.args(["-s", "-o", "answer.json", "-w", "%{http_code} %header{x-request-id}"]).args(more);
        if let Some(body) = body {
            command.args(["--json", &body.to_string()]);
        }
        let _ = std::fs::remove_file(self.folder().join("answer.json"));
        let asked = command.arg(format!("{}{path}", self.address)).current_dir(self.folder()).output().unwrap();
        let said = String::from_utf8(asked.stdout).unwrap();
        let (status, id) = said.split_once(' ').unwrap();
        let body = std::fs::read(self.folder().join("answer.json")).unwrap_or_default();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Reply { status: status.parse().unwrap(), id: id.to_owned(), body }
    }

    /// A license that was sold, with its whole key.
    pub fn sold(&self, base: &str, token: &str) -> Value {
        let order = serde_json::json!({
            "offer": "pro-annual", "licensee": "Acme Ltd", "customer": { "email": "it@acme.example" },
            "metadata": { "po": "metadata-4711" },
        });
        let sold = self.call(&format!("{base}/licenses"), &["-H", &bearer(token)], Some(&order));
        assert_eq!(sold.status, 201, "{sold:?}");
        sold.body
    }

    /// Ends the server after the calls that run, and gives its log.
    pub fn end(mut self) -> Vec<String> {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}
