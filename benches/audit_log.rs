//! Compares the verification of a ledger with reading the rows of its audit log; and measures the memory for each row.
//!
//! `cargo bench -p keyward-benches --bench audit_log` makes a ledger of SQLite with a license and its key in most entries, and
//! prints the time as a multiple of that for reading the entries alone, the rate, and the memory that a process needs for few
//! and for many rows.
#![allow(missing_docs, reason = "a program")]
#![allow(clippy::unwrap_used, reason = "a benchmark stops by panicking")]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::cast_precision_loss, reason = "counts")]

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use keyward_benches::Ratio;
use keyward_catalog::Catalog;
use keyward_issuer::{Environment, Issuer, SigningKey};
use keyward_ledger::audit::CheckpointKey;
use keyward_ledger::{By, Expected, Issuing, Ledger, Signing, state::SuspendCause};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use tokio::runtime::Runtime;

const ROUNDS: usize = 15;
/// Licenses, each made with its key by one entry.
const MANY: usize = 60_000;
const FEW: usize = 10_000;
/// Licenses that are suspended, each by one entry.
const SUSPENDED: usize = 2_000;
/// The environment variables that make this program a child process: the ledger, and what to do.
const CHILD: &str = "KEYWARD_VERIFY";

fn main() {
    let runtime = Runtime::new().unwrap();
    if let Ok(path) = std::env::var(CHILD) {
        runtime.block_on(async { verify(&open(Path::new(&path)).await).await });
        println!("{}", peak_kib());
        return;
    }
    let folder = tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap();
    let (few, many) = (folder.path().join("few.db"), folder.path().join("many.db"));
    runtime.block_on(async {
        make(&few, FEW).await;
        make(&many, MANY).await;
        let ledger = open(&many).await;
        let (mut ratios, mut times) = (Vec::new(), Vec::new());
        let (entries, bytes) = read(&many).await;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            read(&many).await;
            let reading = start.elapsed().as_secs_f64();
            let start = Instant::now();
            verify(&ledger).await;
            let verifying = start.elapsed().as_secs_f64();
            ratios.push(verifying / reading);
            times.push(verifying);
        }
        times.sort_by(f64::total_cmp);
        let (best, median) = (times[0], times[ROUNDS / 2]);
        println!("{entries} entries of {} bytes with {} rows", bytes / entries, 2 * MANY + SUSPENDED);
        println!("verify / reading the entries: {:.2}", Ratio::of(ratios));
        println!("entries each second: {:.0} (at best {:.0})", entries as f64 / median, entries as f64 / best);
        ledger.close().await;
    });
    let (few, many) = (child(&few), child(&many));
    println!("memory: {few} KiB for {} rows, {many} KiB for {}", 2 * FEW, 2 * MANY);
    println!("  for each row: {:.0} bytes", (many - few) as f64 * 1024.0 / (2 * (MANY - FEW)) as f64);
}

async fn verify(ledger: &Ledger) {
    let report = ledger.verify(&[key()], &[]).await.unwrap();
    assert!(report.agrees(), "{:?}", report.differences);
}

/// Reads all entries, as the verification does: their number, and their bytes.
async fn read(path: &Path) -> (usize, usize) {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let sql = "select number, position, at, actor, action, subject, entry, leaf, personal from audit_log
               where position is not null order by position";
    type Entry = (i64, Option<i64>, i64, String, String, Option<String>, String, Vec<u8>, Option<String>);
    let mut rows = sqlx::query_as::<_, Entry>(sql).fetch(&pool);
    let (mut entries, mut bytes) = (0, 0);
    while let Some(row) = rows.try_next().await.unwrap() {
        entries += 1;
        bytes += black_box(&row).6.len();
    }
    (entries, bytes)
}

async fn open(path: &Path) -> Ledger {
    Ledger::open(&format!("sqlite:{}", path.display()), Environment::Production, &by()).await.unwrap()
}

/// Makes a ledger with that many licenses.
async fn make(path: &Path, licenses: usize) {
    let ledger = open(path).await;
    let catalog = Catalog::parse(Catalog::EXAMPLE, "catalog.toml").unwrap();
    let issuer = Issuer::with_key(SigningKey::from_seed(&[7; 32]));
    let issuing = Issuing { catalog: &catalog, issuer: &issuer, trusted: &[] };
    let json = r#"{"offer":"pro-annual","seats":25,"ticket":"SUP-7"}"#;
    let generator = ledger.create_generator(issuing, "Pool", json, Signing::AtOnce, &by()).await.unwrap();
    let mut ids = Vec::new();
    while ids.len() < licenses {
        ids.extend(ledger.generate(issuing, generator.id, 500, &by()).await.unwrap());
    }
    for id in ids.into_iter().take(SUSPENDED) {
        ledger.suspend(id, SuspendCause::Payment, Some("a bill is open"), Expected::Any, &by()).await.ok();
    }
    ledger.checkpoint(&SigningKey::from_seed(&[8; 32]), &key(), &by()).await.unwrap();
    ledger.close().await;
}

fn key() -> CheckpointKey {
    let key = SigningKey::from_seed(&[8; 32]).verifying_key().clone();
    CheckpointKey::new("licenses.example.com/audit".parse().unwrap(), key)
}

fn by() -> By {
    By::new("Grace", "2026-11-28T12:00:00Z".parse::<DateTime<Utc>>().unwrap())
}

/// The largest memory in KiB of a process that verifies a ledger.
fn child(path: &Path) -> u64 {
    let child = Command::new(std::env::current_exe().unwrap()).env(CHILD, path).output().unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    String::from_utf8(child.stdout).unwrap().trim().parse().unwrap()
}

/// The largest memory that this process has had, in KiB (Linux).
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}
