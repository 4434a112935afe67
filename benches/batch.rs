//! Compares issuing and recording many orders on all cores with signing on one thread; and measures the memory for each
//! license on record.
//!
//! `cargo bench -p keyward-benches --bench batch` prints the rate of a batch as a share of (cores × the rate of one thread that
//! only signs), and the memory that a process needs for few and for many orders. The record is on the disk of the build,
//! with an `fsync` for each append.
#![allow(missing_docs, reason = "a program")]
#![allow(clippy::unwrap_used, reason = "a benchmark stops by panicking")]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::cast_precision_loss, reason = "counts")]

use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufWriter, Read, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::thread::{self, available_parallelism};
use std::time::Instant;

use chrono::{DateTime, Utc};
use keyward_benches::Ratio;
use keyward_catalog::Catalog;
use keyward_issuer::batch::{Answer, Batch};
use keyward_issuer::issuance::Issuance;
use keyward_issuer::order::{OrderFormat, OrderReader};
use keyward_issuer::policy::Policy;
use keyward_issuer::record::RecordFile;
use keyward_issuer::{Claims, Issuer, SigningKey};

/// Rounds in which a batch, one thread and all threads are measured in turn.
const ROUNDS: usize = 31;
/// Orders in one round.
const ORDERS: u64 = 10_000;
const SIGNED: u32 = 2_000;
/// Orders for measuring the memory: more than the records that a record file keeps in memory, so that both counts have all of them.
const FEW: u64 = 20_000;
const MANY: u64 = 300_000;
/// The environment variable that makes this program a child process. Its value is the number of orders.
const CHILD: &str = "KEYWARD_BATCH_OF";

fn main() {
    if let Ok(orders) = std::env::var(CHILD) {
        let took = batch(orders.parse().unwrap());
        println!("{} {took}", peak_kib());
        return;
    }
    let cores = available_parallelism().unwrap().get();
    let claims = a_license();
    let (mut recorded, mut alone) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let all_cores = cores as f64 * f64::from(SIGNED) / sign(SIGNED, &claims);
        recorded.push(ORDERS as f64 / batch(ORDERS) / all_cores);
        alone.push(f64::from(SIGNED) * cores as f64 / sign_on_all_cores(SIGNED, &claims) / all_cores);
    }
    println!("as a share of {cores} cores × the rate of one thread that only signs, unprepared:");
    println!("  a batch, recorded:           {:.2}", Ratio::of(recorded));
    println!("  {cores} threads that only sign:    {:.2}", Ratio::of(alone));
    let few = child(FEW);
    let many = child(MANY);
    println!("memory: {} KiB for {FEW} orders, {} KiB for {MANY}", few.0, many.0);
    println!("  for each license on record:  {:.0} bytes", (many.0 - few.0) * 1024.0 / (MANY - FEW) as f64);
    println!("{MANY} orders took {:.0} s", many.1);
}

/// The claims of the license that the orders below order.
fn a_license() -> Claims {
    let folder = folder();
    let mut record = RecordFile::open(&folder.path().join("issued.jsonl")).unwrap();
    run(orders(1), &mut record, |_| ());
    let record = record.records().unwrap().next().unwrap().unwrap();
    record.claims().clone()
}

/// Seconds to sign the claims `times` times as text on one thread. `Issuer::sign` verifies each signature. The issuer of a
/// batch is prepared, like the issuer of the command; this one is not.
fn sign(times: u32, claims: &Claims) -> f64 {
    let issuer = issuer();
    let start = Instant::now();
    for _ in 0..times {
        black_box(issuer.sign(black_box(claims)).unwrap().to_string());
    }
    start.elapsed().as_secs_f64()
}

/// Seconds to do the same on all cores at once.
fn sign_on_all_cores(times: u32, claims: &Claims) -> f64 {
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..available_parallelism().unwrap().get() {
            scope.spawn(|| sign(times, claims));
        }
    });
    start.elapsed().as_secs_f64()
}

/// Seconds to issue `orders_count` orders, from their text to the keys in a file.
fn batch(orders_count: u64) -> f64 {
    let folder = folder();
    let mut keys = BufWriter::new(File::create(folder.path().join("keys.jsonl")).unwrap());
    let mut record = RecordFile::open(&folder.path().join("issued.jsonl")).unwrap();
    let mut issued = 0;
    let start = Instant::now();
    run(orders(orders_count), &mut record, |line| {
        writeln!(keys, "{line}").unwrap();
        issued += 1;
    });
    keys.flush().unwrap();
    let took = start.elapsed().as_secs_f64();
    assert_eq!((issued, record.len() as u64), (orders_count, orders_count));
    took
}

fn run(orders: impl Read + Send + 'static, record: &mut RecordFile, mut issued: impl FnMut(&str)) {
    let catalog = Catalog::parse(Catalog::EXAMPLE, "catalog.toml").unwrap();
    let issuer = issuer().prepared();
    let batch = Batch {
        issuance: Issuance {
            policy: Policy::new(&catalog, "2026-01-01".parse().unwrap()),
            issuer: &issuer,
            trusted: &[],
            issued_by: "benchmark",
        },
        threads: available_parallelism().unwrap_or(NonZeroUsize::MIN),
    };
    let orders = OrderReader::new(orders, Some(OrderFormat::Csv));
    let clock = || DateTime::<Utc>::from(std::time::SystemTime::now());
    let told = batch.run(orders, record, clock, |outcomes| {
        for outcome in outcomes {
            match outcome.answer {
                Answer::Issued(recorded) => issued(&recorded.line),
                other => unreachable!("{other:?}"),
            }
        }
        Ok(())
    });
    told.unwrap();
}

/// The orders of a reseller, generated while they are read.
fn orders(count: u64) -> impl Read + Send + 'static {
    let mut next = 0;
    let mut text = io::Cursor::new(b"id,offer,seats,licensee,customer\n".to_vec());
    ReadFrom(move |bytes: &mut [u8]| {
        if text.position() == text.get_ref().len() as u64 && next < count {
            let until = (next + 100).min(count);
            let lines = (next..until).map(|order| format!("PO-{order},pro-annual,25,Acme Ltd {order},reseller-17\n"));
            text = io::Cursor::new(lines.collect::<String>().into_bytes());
            next = until;
        }
        text.read(bytes)
    })
}

struct ReadFrom<F>(F);

impl<F: FnMut(&mut [u8]) -> io::Result<usize>> Read for ReadFrom<F> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        (self.0)(bytes)
    }
}

fn issuer() -> Issuer {
    Issuer::with_key(SigningKey::from_seed(&[7; 32]))
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap()
}

/// The largest memory in KiB, and the seconds, of a process that issues `count` orders.
fn child(orders: u64) -> (f64, f64) {
    let child = Command::new(std::env::current_exe().unwrap()).env(CHILD, orders.to_string()).output().unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    let said = String::from_utf8(child.stdout).unwrap();
    let (memory, took) = said.trim().split_once(' ').unwrap();
    (memory.parse().unwrap(), took.parse().unwrap())
}

/// The largest memory that this process has had, in KiB (Linux).
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}
