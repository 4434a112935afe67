//! Servers at half of their load need no more memory and no more files as time goes by.
//!
//! An ordinary run leaves this out; with `KEYWARD_LONG` it takes a minute, and `KEYWARD_SOAK` sets another number of minutes.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use keyward_testing::is_long;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::kit::{Kit, on_postgres, on_sqlite};
use crate::story::client::Client;

/// Those who call at once.
const CALLERS: usize = 8;

/// The most by which memory may grow while it is measured. A leak of 100 bytes a call is 3 MiB a minute at 500 calls a second; caches
/// of pages, statements and the allocator fill up late, and by less than this.
const MAX_GROWTH: f64 = 4096.0;

/// The most by which open files may grow: each server opens connections to its database when it first needs them, up to 20.
const MAX_FILES: f64 = 20.0;

#[test]
fn a_server_on_sqlite_needs_no_more_memory_after_a_long_time() {
    let Some(time) = time() else { return };
    on_sqlite("a_server_on_sqlite_needs_no_more_memory_after_a_long_time", async |kit: &Kit| soak(kit, time).await);
}

#[test]
fn servers_on_postgresql_need_no_more_memory_after_a_long_time() {
    let Some(time) = time() else { return };
    on_postgres("servers_on_postgresql_need_no_more_memory_after_a_long_time", async |kit: &Kit| soak(kit, time).await);
}

/// How long it takes, if it is to be done.
fn time() -> Option<Duration> {
    let minutes =
        std::env::var("KEYWARD_SOAK").ok().map(|minutes| minutes.parse::<u64>().expect("KEYWARD_SOAK: minutes"));
    Some(Duration::from_secs(60 * minutes.or(is_long().then_some(1))?))
}

async fn soak(kit: &Kit, time: Duration) {
    kit.run_clock(0);
    let load = Arc::new(Load::default());
    let callers = (0..CALLERS).map(|caller| Arc::clone(&load).caller(caller, Arc::clone(&kit.client), time / 12));
    let mut callers: JoinSet<()> = callers.collect();
    // The first third is not measured.
    sleep(time / 3).await;
    let began = Instant::now();
    let mut measured = vec![Vec::new(); kit.servers.len()];
    while began.elapsed() < time * 2 / 3 {
        for (server, measured) in kit.servers.iter().zip(&mut measured) {
            measured.push(Use::of(server.id(), began));
        }
        if let Some(ended) = callers.try_join_next() {
            ended.unwrap();
        }
        sleep(time / 120).await;
    }
    load.is_over.store(true, Ordering::Relaxed);
    callers.join_all().await;
    let rounds = load.rounds.load(Ordering::Relaxed);
    for measured in measured {
        let growth = |what: fn(&Use) -> f64| growth(measured.iter().map(|at| (at.seconds, what(at))));
        let (memory, files) = (growth(|at| at.memory), growth(|at| at.files));
        let last = measured.last().unwrap();
        let steps: Vec<_> = measured.iter().step_by(measured.len().div_ceil(10)).map(|at| at.memory).collect();
        println!("RssAnon in KiB, at ten times: {steps:.0?}");
        println!(
            "{rounds} rounds of {CALLS} calls in {time:?}: RssAnon {:.0} KiB, growing by {memory:.0} KiB in two thirds of that \
             time; open files {:.0}, growing by {files:.1}",
            last.memory, last.files
        );
        assert!(memory < MAX_GROWTH && files < MAX_FILES, "memory grows by {memory} KiB, and open files by {files}");
    }
}

/// What a process uses at a moment.
#[derive(Clone)]
struct Use {
    seconds: f64,
    /// Memory that is no file's, in KiB.
    memory: f64,
    files: f64,
}

impl Use {
    fn of(pid: u32, began: Instant) -> Use {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let memory = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        let files = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
        Use {
            seconds: began.elapsed().as_secs_f64(),
            memory: memory.trim().trim_end_matches(" kB").parse().unwrap(),
            files: u32::try_from(files).unwrap().into(),
        }
    }
}

/// By how much the values grow from the first to the last, on the line that fits them best.
fn growth(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let mean = |of: fn((f64, f64)) -> f64| {
        let (sum, count) = points.clone().fold((0.0, 0.0), |(sum, count), point| (sum + of(point), count + 1.0));
        sum / count
    };
    let (x, y) = (mean(|(x, _)| x), mean(|(_, y)| y));
    let (xy, xx) = points
        .clone()
        .fold((0.0, 0.0), |(xy, xx), (at, value)| (xy + (at - x) * (value - y), xx + (at - x) * (at - x)));
    let last = points.clone().map(|(at, _)| at).fold(0.0, f64::max);
    xy / xx * last
}

/// The load of servers.
#[derive(Default)]
struct Load {
    rounds: AtomicUsize,
    is_over: AtomicBool,
}

/// The calls of a round.
const CALLS: usize = 12;

impl Load {
    /// Calls without a pause at first, to learn how long a round takes; then half as often.
    async fn caller(self: Arc<Self>, caller: usize, client: Arc<Client>, full: Duration) {
        let began = Instant::now();
        let mut number = 0;
        while began.elapsed() < full {
            self.round(&client, &format!("{caller}-{number}")).await;
            number += 1;
        }
        let mut pauses = interval(began.elapsed() / number * 2);
        pauses.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.is_over.load(Ordering::Relaxed) {
            pauses.tick().await;
            self.round(&client, &format!("{caller}-{number}")).await;
            number += 1;
        }
    }

    /// A license from its sale to its end, as products and staff ask about it.
    async fn round(&self, client: &Client, id: &str) {
        let customer = json!({ "email": format!("it@customer-{id}.example") });
        let order = json!({ "offer": "pro-annual", "activation_limit": 2, "customer": customer });
        let sold = client.post("/licenses", order).once(id).await.is(201);
        let product = |path: &str, more: serde_json::Value| {
            let mut body = json!({ "key": sold["key"] });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            client.post(path, body).no_token()
        };
        let machine = json!({ "machine": "desk" });
        let activated = product("/activate", machine.clone()).await.is(201);
        for _ in 0..5 {
            assert_eq!(product("/validate", machine.clone()).await.is(200)["usable"], true);
        }
        product("/validate", json!({ "machine": "another" })).await.is(200);
        client.get("/licenses?limit=20").await.is(200);
        product("/deactivate", json!({ "activation": activated["activation"]["id"] })).await.is(200);
        let path = format!("/licenses/{}", sold["id"].as_str().unwrap());
        client.get(&path).await.is(200);
        client.post(&format!("{path}/suspend"), json!({ "reason": "unpaid" })).once(&format!("end {id}")).await.is(200);
        self.rounds.fetch_add(1, Ordering::Relaxed);
    }
}
