//! Compares the server with a bare handler on axum and sqlx that makes the same signatures and writes the same rows.
//!
//! `cargo bench -p keyward-benches --bench server` runs the release build of `keyward-server` (build it first, or name another with
//! `KEYWARD_SERVER=…`) on SQLite, on the disk of the build; and on PostgreSQL, if `KEYWARD_TEST_POSTGRES` has the URL of a database
//! whose user may create databases. `KEYWARD_BENCH_LICENSES` is the number of licenses on record, 100,000 if it is not set. `wrk` asks
//! the two in turn, with 16 connections. It prints the rate of the server as a share of the bare handler's, and what the server
//! takes of memory and of time to start. Without `wrk`, the bench is skipped by name.
#![allow(missing_docs, reason = "a program")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark stops by panicking")]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "counts")]

mod bare;
mod bare_server;
#[path = "../crates/server/tests/common/program.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use keyward_benches::Ratio;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};

use self::program::Program;

/// Rounds in which the two are asked in turn. The first one fills their caches, and does not count.
const ROUNDS: usize = 8;
/// The seconds of a turn.
const SECONDS: usize = 2;
/// The connections that ask at once.
const CONNECTIONS: usize = 16;
/// Licenses that are sold, and activated on one machine, among those of the pool.
const SOLD: usize = 4_000;
/// Licenses of one run of a generator.
const RUN: usize = 1_000;
/// The environment variables by which this program is the bare handler: its database, and the one with the license to copy.
const BARE: [&str; 2] = ["KEYWARD_BENCH_BARE", "KEYWARD_BENCH_TEMPLATE"];

/// No limit is reached by the one address of all callers.
const SETTINGS: &str = "\
listen = \"127.0.0.1:0\"
environments = [\"production\"]
[limits]
per_address = 4000000000
per_machine = 4000000000
per_license = 4000000000
";

fn main() {
    if let [Ok(url), Ok(template)] = BARE.map(std::env::var) {
        return runtime().block_on(bare_server::serve(&url, &template));
    }
    if Command::new("wrk").arg("-v").stdout(Stdio::null()).status().is_err() {
        println!("skipped: wrk is not installed");
        return;
    }
    let licenses = std::env::var("KEYWARD_BENCH_LICENSES").map_or(100_000, |licenses| licenses.parse().unwrap());
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    println!("demo ready: {:.2?}", demo(tmp));
    println!("SQLite, {licenses} licenses:");
    Bench::new(tmp, None).measure(licenses);
    if let Ok(url) = std::env::var("KEYWARD_TEST_POSTGRES") {
        println!("PostgreSQL, {licenses} licenses:");
        Bench::new(tmp, Some(Postgres::new(url))).measure(licenses);
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

/// The program under test.
fn server() -> Command {
    let built = || PathBuf::from(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("release/keyward-server");
    let mut command = Command::new(std::env::var_os("KEYWARD_SERVER").map_or_else(built, PathBuf::from));
    command.env("KEYWARD_LOG", "warn").env_remove("KEYWARD_DATABASE");
    command
}

/// The time until the demonstration answers.
fn demo(tmp: &Path) -> Duration {
    let folder = tempfile::tempdir_in(tmp).unwrap();
    let mut command = server();
    command.current_dir(folder.path()).args(["demo", "--data", "demo"]);
    let start = Instant::now();
    let demo = Program::start(command);
    assert_eq!(demo.send("GET", "/readyz", "", "").status, 200);
    start.elapsed()
}

/// The PostgreSQL, and the names of databases in it.
struct Postgres {
    url: String,
}

impl Postgres {
    const LEDGER: &str = "keyward_bench_ledger";
    const TEMPLATE: &str = "keyward_bench_template";
    const BARE: &str = "keyward_bench_bare";

    fn new(url: String) -> Postgres {
        let postgres = Postgres { url };
        postgres.remove();
        postgres.run(format!("create database {}", Postgres::LEDGER));
        postgres
    }

    fn remove(&self) {
        for name in [Postgres::LEDGER, Postgres::TEMPLATE, Postgres::BARE] {
            self.run(format!("drop database if exists {name} with (force)"));
        }
    }

    fn run(&self, sql: String) {
        let (url, sql) = (&self.url, sqlx::raw_sql(AssertSqlSafe(sql)));
        runtime().block_on(async { sqlx::PgPool::connect(url).await.unwrap().execute(sql).await.unwrap() });
    }

    fn of(&self, name: &str) -> String {
        let (server, _) = self.url.rsplit_once('/').unwrap();
        format!("{server}/{name}")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.remove();
    }
}

/// A folder with a server, and the databases.
struct Bench {
    folder: tempfile::TempDir,
    postgres: Option<Postgres>,
}

/// A license that was sold: its key, its serial, and the machine on which it is activated.
struct Sold {
    key: String,
    serial: String,
    machine: String,
}

impl Bench {
    fn new(tmp: &Path, postgres: Option<Postgres>) -> Bench {
        let folder = tempfile::tempdir_in(tmp).unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        fs::write(folder.path().join("data/server.toml"), SETTINGS).unwrap();
        Bench { folder, postgres }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = server();
        command.current_dir(self.folder.path()).args(arguments);
        if let Some(postgres) = &self.postgres {
            command.env("KEYWARD_DATABASE", postgres.of(Postgres::LEDGER));
        }
        command
    }

    fn start(&self) -> Program {
        Program::start(self.command(&["serve", "--data", "data"]))
    }

    fn measure(&self, licenses: usize) {
        let mut server = self.start();
        let token = self.token();
        let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
        let customer = post(&server, "/v1/customers", &headers, &json!({"email": "it@acme.example", "name": "Acme"}));
        let order = json!({
            "offer": "pro-annual", "seats": 10, "activation_limit": 10_000, "customer": customer["id"],
        });
        post(&server, "/v1/licenses", &headers, &order);
        end(server);
        let template = self.copied("template");
        server = self.start();
        let sold = fill(&server, &headers, &order, licenses);
        end(server);
        let bare = self.copied("bare");

        let start = Instant::now();
        server = self.start();
        assert_eq!(server.send("GET", "/readyz", "", "").status, 200);
        println!("  ready:         {:.2?}", start.elapsed());
        println!("  memory, idle:  {:.0} MB (RssAnon)", anonymous(&server));
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.envs(BARE.into_iter().zip([bare, template]));
        let bare = Program::start(command);

        let (ours, theirs) = bodies(&sold);
        let validate = |bodies: &[(String, String)]| bodies.iter().map(|(body, _)| body.clone()).collect::<Vec<_>>();
        let activate = |bodies: &[(String, String)]| bodies.iter().map(|(_, body)| body.clone()).collect::<Vec<_>>();
        self.compare("validate", [&server, &bare], "/v1/validate", &token, [validate(&ours), validate(&theirs)]);
        self.compare("activate", [&server, &bare], "/v1/activate", &token, [activate(&ours), activate(&theirs)]);
        let order = vec![order.to_string()];
        self.compare("issue", [&server, &bare], "/v1/licenses", &token, [order.clone(), order]);
        println!("  memory, then:  {:.0} MB (RssAnon)", anonymous(&server));
        end(server);
    }

    /// A token for everything.
    fn token(&self) -> String {
        let arguments =
            ["--data", "data", "--environment", "production", "--name", "bench", "--role", "license-manager"];
        let made = self.command(&[&["admin", "create-token"], arguments.as_slice()].concat()).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    }

    /// The URL of a copy of the ledger, while the server is ended.
    fn copied(&self, name: &str) -> String {
        match &self.postgres {
            None => {
                let copy = self.path(&format!("{name}.db"));
                fs::copy(self.path("data/production/ledger.db"), &copy).unwrap();
                format!("sqlite:{}", copy.display())
            }
            Some(postgres) => {
                let copy = if name == "bare" { Postgres::BARE } else { Postgres::TEMPLATE };
                postgres.run(format!("create database {copy} template {}", Postgres::LEDGER));
                postgres.of(copy)
            }
        }
    }

    /// Prints the rate of the first as a share of the rate of the second.
    fn compare(&self, name: &str, of: [&Program; 2], path: &str, token: &str, bodies: [Vec<String>; 2]) {
        let files = ["ours", "theirs"].map(|of| self.path(&format!("{name}-{of}.txt")));
        for (file, bodies) in files.iter().zip(bodies) {
            fs::write(file, bodies.join("\n")).unwrap();
        }
        let rates: Vec<[f64; 2]> = (0..ROUNDS)
            .map(|round| [0, 1].map(|side| rate(of[side], path, token, &files[side], round)))
            .skip(1)
            .collect();
        let median = |side: usize| Ratio::of(rates.iter().map(|rates| rates[side]).collect()).median;
        let ratio = Ratio::of(rates.iter().map(|[ours, theirs]| ours / theirs).collect());
        println!("  {name} / bare: {ratio:.2}; {:.0} and {:.0} a second", median(0), median(1));
    }
}

/// The calls that a server answers in a second. An answer that is none ends the bench.
fn rate(program: &Program, path: &str, token: &str, bodies: &Path, seed: usize) -> f64 {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("server.lua");
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{SECONDS}s"), "-s"]).arg(script);
    wrk.args(["-H", "Content-Type: application/json", "-H", &format!("Authorization: Bearer {token}")]);
    wrk.arg(format!("http://{}{path}", program.address));
    wrk.env("KEYWARD_BENCH_BODIES", bodies).env("KEYWARD_BENCH_SEED", seed.to_string());
    let said = String::from_utf8(wrk.output().unwrap().stdout).unwrap();
    assert!(!said.contains("Non-2xx") && !said.contains("Socket errors"), "{path}: {said}");
    let rate = said.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    rate.unwrap_or_else(|| panic!("{path}: {said}")).trim().parse().unwrap()
}

/// Makes the licenses of the pool, and between them those that are sold, so that these are everywhere in the tables.
fn fill(server: &Program, headers: &str, order: &Value, licenses: usize) -> Vec<Sold> {
    let start = Instant::now();
    let each = json!({ "name": "pool", "order": { "offer": "pro-annual", "seats": 10 }, "signing": "at-once" });
    let generator = post(server, "/v1/generators", headers, &each);
    let run = format!("/v1/generators/{}/run", generator["id"].as_str().unwrap());
    let (runs, mut sold) = (licenses.div_ceil(RUN), Vec::new());
    for number in 1..=runs {
        post(server, &run, headers, &json!({ "count": RUN }));
        while sold.len() < SOLD * number / runs {
            sold.push(sell(server, headers, order));
        }
    }
    println!("  filled:        {:.0?}", start.elapsed());
    sold
}

fn sell(server: &Program, headers: &str, order: &Value) -> Sold {
    let license = post(server, "/v1/licenses", headers, order);
    let text = |name: &str| license[name].as_str().unwrap().to_owned();
    let (key, serial) = (text("key"), text("serial"));
    let machine = format!("machine-{serial}");
    post(server, "/v1/activate", headers, &json!({ "key": key, "machine": machine }));
    Sold { key, serial, machine }
}

/// Bodies for each license: to validate its machine, and to activate another.
type Bodies = Vec<(String, String)>;

/// The bodies for the server, and for the bare handler.
fn bodies(sold: &[Sold]) -> (Bodies, Bodies) {
    let of = |key: &str, machine: &str| {
        let with = |machine: &str| json!({ "key": key, "machine": machine }).to_string();
        (with(machine), with("MACHINE"))
    };
    let bare_key = |serial: &str| {
        let bytes: Vec<u8> =
            (0..serial.len()).step_by(2).map(|at| u8::from_str_radix(&serial[at..at + 2], 16).unwrap()).collect();
        bare_server::license_key(&bytes)
    };
    let ours = sold.iter().map(|sold| of(&sold.key, &sold.machine)).collect();
    let theirs = sold.iter().map(|sold| of(&bare_key(&sold.serial), &sold.machine)).collect();
    (ours, theirs)
}

fn post(server: &Program, path: &str, headers: &str, body: &Value) -> Value {
    let answered = server.send("POST", path, headers, &body.to_string());
    assert!((200..300).contains(&answered.status), "{path}: {}", answered.body);
    serde_json::from_str(&answered.body).unwrap()
}

fn end(server: Program) {
    server.signal("TERM");
    let (ended, said) = server.ended();
    assert!(ended.success(), "{said:?}");
}

/// The memory of a process that is no file's, in MB.
fn anonymous(program: &Program) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", program.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0 / 1e6
}
