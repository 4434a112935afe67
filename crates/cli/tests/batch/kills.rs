//! Jobs that are killed.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::keyward;
use crate::{BATCH, id_of, is_done, lines, no_written_line_is_lost, orders, shop, whole_lines};

/// Numbers that look random and are the same for the same seed (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

#[test]
fn after_kills_no_license_is_lost_or_issued_twice() {
    const MANY: usize = 800;
    let needed: usize = keyward_testing::extent(40, 200);
    let seed = std::env::var("KEYWARD_SEED").ok().and_then(|seed| seed.parse().ok());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    let seed: u64 = seed.unwrap_or_else(|| u64::try_from(now & 0xffff_ffff).unwrap() | 1);
    // Printed to standard output, which the test harness shows if the test fails.
    println!("KEYWARD_SEED={seed}");
    let mut numbers = Numbers(seed);
    let (mut kills, mut mid_work, mut jobs) = (0, 0, 0);
    while kills < needed {
        let folder = shop();
        fs::write(folder.path().join("orders.csv"), orders(MANY)).unwrap();
        let mut told: HashMap<String, String> = HashMap::new();
        jobs += 1;
        // A kill after the keys have their final name is a normal end.
        while !folder.path().join("keys.jsonl").exists() {
            let before = length(&folder.path().join("issued.jsonl"));
            // All orders at once from the file, or a few at a time through a pipe: enough that each kill interrupts
            // some.
            let piped = kills < needed && numbers.below(10) > 0;
            let from = if piped { "-" } else { "orders.csv" };
            let said = File::create(folder.path().join("said.txt")).unwrap();
            let arguments = [&BATCH[..], &[from, "-o", "keys.jsonl"]].concat();
            let mut command = keyward(folder.path(), &arguments);
            let mut child = command.stdin(Stdio::piped()).stderr(said).spawn().unwrap();
            let input = child.stdin.take().unwrap();
            let recorded = whole_lines(&folder.path().join("issued.jsonl")).len();
            let (record, ended) = (folder.path().join("issued.jsonl"), Arc::new(AtomicBool::new(false)));
            let feeder = piped.then(|| {
                let (ended, numbers) = (Arc::clone(&ended), Numbers(seed + before));
                thread::spawn(move || feed(input, recorded, &record, &ended, numbers))
            });
            let has_begun = || length(&folder.path().join("issued.jsonl")) > before;
            if kills < needed {
                // Some jobs are killed while they open the record, and most after they recorded a license.
                let (began, waits) = (Instant::now(), numbers.below(8) > 0);
                while waits && !has_begun() && child.try_wait().unwrap().is_none() {
                    assert!(began.elapsed() < Duration::from_secs(60), "the job does not begin");
                    thread::sleep(Duration::from_millis(1));
                }
                thread::sleep(Duration::from_micros(numbers.below(16_000)));
                let _ = child.kill();
            }
            let status = child.wait().unwrap();
            ended.store(true, Ordering::Relaxed);
            feeder.into_iter().for_each(|feeder| feeder.join().unwrap());
            if status.code().is_some() {
                let said = fs::read_to_string(folder.path().join("said.txt")).unwrap();
                assert!(status.success(), "{said}");
                continue;
            }
            kills += 1;
            mid_work += usize::from(has_begun());
            no_written_line_is_lost(folder.path(), &mut told);
        }
        is_done(folder.path(), MANY);
        let keys: HashMap<String, String> =
            lines(&folder.path().join("keys.jsonl")).into_iter().map(|line| (id_of(&line), line)).collect();
        assert!(told.iter().all(|(id, line)| keys.get(id) == Some(line)));
    }
    println!("{kills} kills in {jobs} jobs, {mid_work} of them after licenses were recorded");
    assert!(mid_work >= needed / 2, "{mid_work} of {kills} kills were of a job at work");

    /// Sends the orders on record and a few more. After that, sends a few at a time, once the ones before are on
    /// record.
    fn feed(mut input: impl Write, recorded: usize, record: &Path, ended: &AtomicBool, mut numbers: Numbers) {
        let text = orders(MANY);
        let mut rest: Vec<&str> = text.split_inclusive('\n').collect();
        let mut next = recorded + 2;
        while !rest.is_empty() {
            let before = length(record);
            let some: String = rest.drain(..next.min(rest.len())).collect();
            if input.write_all(some.as_bytes()).is_err() {
                return;
            }
            while !rest.is_empty() && length(record) == before {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                thread::sleep(Duration::from_millis(1));
            }
            next = usize::try_from(numbers.below(40)).unwrap() + 1;
        }
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map(|metadata| metadata.len()).unwrap_or_default()
}
