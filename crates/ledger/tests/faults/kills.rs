//! A process is killed at any moment of its work.

use std::path::Path;
use std::time::{Duration, Instant};

use keyward_testing::another_process::{command, task};
use keyward_testing::extent;
use keyward_testing::postgres::Schema;

use crate::work::{Noted, Notes, generator, open, verifies, work};

const SQLITE: &str = "kills::what_was_acknowledged_survives_kills_on_sqlite";
const POSTGRES: &str = "kills::what_was_acknowledged_survives_kills_on_postgresql";

#[test]
fn what_was_acknowledged_survives_kills_on_sqlite() {
    if let Some(task) = task() {
        return until_killed(&task);
    }
    let folder = tempfile::tempdir().unwrap();
    kill_over_and_over(SQLITE, &format!("sqlite:{}", folder.path().join("ledger.db").display()));
}

#[test]
fn what_was_acknowledged_survives_kills_on_postgresql() {
    if let Some(task) = task() {
        return until_killed(&task);
    }
    if let Some(schema) = Schema::create("what_was_acknowledged_survives_kills_on_postgresql") {
        kill_over_and_over(POSTGRES, &schema.url);
    }
}

/// The process that is killed. Its task is the number of the round, the file for notes and the URL.
fn until_killed(task: &str) {
    let mut words = task.splitn(3, ' ');
    let (round, notes, url) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let shop = open(url).await;
        let mut notes = Notes::continued(Path::new(notes));
        let generator = generator(&shop).await.unwrap();
        for number in 0.. {
            work(&shop, &mut notes, generator.id, &format!("order-{round}-{number}")).await.unwrap();
        }
    });
}

fn kill_over_and_over(test: &str, url: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    // The first kill may come while the tables are made.
    let rounds = extent(20, 200);
    for round in 0..rounds {
        let path = folder.path().join(round.to_string());
        let task = format!("{round} {} {url}", path.display());
        let mut child = command(&[], test, task).stdout(std::process::Stdio::null()).spawn().unwrap();
        // Half of the kills come while it starts, the others while it works.
        let works = || path.exists() && Noted::read(&path).len() > 10;
        let began = Instant::now();
        while round % 2 == 1 && !works() {
            assert!(child.try_wait().unwrap().is_none() && began.elapsed() < Duration::from_secs(60));
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(random_micros()));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), None, "it was killed: {status}");

        let noted = Noted::read(&path);
        acknowledged += noted.len();
        runtime.block_on(async {
            let shop = open(url).await;
            noted.check(&shop).await;
            // All of a long history is looked at now and then, and at the end.
            if rounds <= 20 || round % 20 == 0 || round + 1 == rounds {
                verifies(&shop).await;
            }
            shop.ledger.close().await;
        });
    }
    println!("{acknowledged} acknowledged results in {rounds} rounds");
    assert!(acknowledged > 5 * rounds, "{acknowledged}");
}

/// At most 0.3 seconds.
fn random_micros() -> u64 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&keyward_issuer::random_serial().unwrap().to_bytes()[..4]);
    u64::from(u32::from_le_bytes(bytes) % 300_000)
}
