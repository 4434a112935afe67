//! Servers are killed, their database crashes, disks are full, clocks are wrong. Nothing that was acknowledged is lost, nothing is
//! doubled, and work goes on by itself.

use std::fs;

use keyward_testing::another_process::{on_disk, tell};
use keyward_testing::extent;
use keyward_testing::postgres_server::Server;
use serde_json::{Value, json};

use crate::clerks::{CLERKS, Clerks};
use crate::common::Desk;
use crate::kit::{Kit, on_both, runtime};
use crate::story::call::Call;

/// Longer than a server has the right to carry out a request.
const CLAIM: i64 = 61;

#[test]
fn a_server_that_is_killed_under_load_loses_nothing_and_doubles_nothing() {
    on_both("a_server_that_is_killed_under_load_loses_nothing_and_doubles_nothing", async |kit: &Kit| {
        kit.run_clock(0);
        let mut clerks = Clerks::begin(kit).await;
        for round in 0..extent(2, 8) {
            clerks.work_on(3 + round % 5).await;
            let killed = &kit.servers[round % kit.servers.len()];
            killed.kill();
            // Others may repeat what it had begun.
            kit.run_clock(CLAIM * (1 + i64::try_from(round).unwrap()));
            if kit.servers.len() > 1 {
                clerks.work_on(CLERKS).await;
            }
            killed.start_again();
        }
        clerks.work_on(CLERKS).await;
        let sales = clerks.end().await;
        assert!(sales.repeated > 0, "nothing was disturbed");
        sales.check(kit).await;
    });
}

#[test]
fn a_database_that_crashes_under_load_loses_nothing_and_doubles_nothing() {
    const TEST: &str = "a_database_that_crashes_under_load_loses_nothing_and_doubles_nothing";
    let Some(database) = Server::start(TEST) else { return };
    let Some(kit) = Kit::start(TEST, Desk::on_database(&database.url)) else { return };
    runtime().block_on(async {
        kit.run_clock(0);
        let mut clerks = Clerks::begin(&kit).await;
        for round in 0..extent(1, 4) {
            clerks.work_on(3 + round % 5).await;
            database.stop_at_once();
            for _ in &kit.servers {
                assert_eq!(kit.get("/readyz").await.status, 503);
                assert_eq!(kit.get("/healthz").await.status, 200);
            }
            database.run_again();
            kit.run_clock(CLAIM * (1 + i64::try_from(round).unwrap()));
            clerks.work_on(CLERKS).await;
        }
        let sales = clerks.end().await;
        assert!(sales.repeated > 0, "nothing was disturbed");
        sales.check(&kit).await;
    });
    kit.verified();
}

#[test]
fn a_clock_that_is_wrong_loses_nothing_and_doubles_nothing() {
    // Within one day: a license is no good before the day on which it was sold.
    const HOUR: i64 = 3600;
    const EARLY: i64 = -11 * HOUR;
    const LATE: i64 = 10 * HOUR;
    on_both("a_clock_that_is_wrong_loses_nothing_and_doubles_nothing", async |kit: &Kit| {
        kit.run_clock(0);
        let mut clerks = Clerks::begin(kit).await;
        // All clocks are set back and forward; then one of them alone.
        for shifts in [[EARLY, EARLY], [LATE, LATE], [0, 0], [0, LATE], [EARLY, 0], [0, 0]] {
            for (server, shift) in kit.servers.iter().zip(shifts) {
                server.run_clock(shift);
            }
            clerks.work_on(CLERKS).await;
        }
        clerks.end().await.check(kit).await;
    });
}

#[test]
fn a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room() {
    const TEST: &str = "a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room";
    let is_told = tell(async |folder| {
        let ballast = folder.join("ballast");
        fs::write(&ballast, vec![0; 6 << 20]).unwrap();
        let Some(kit) = Kit::start(TEST, Desk::within(&folder)) else { return };
        kit.run_clock(0);
        let mut ordered = Ordered::begin(&kit).await;
        for (claims, room) in [(1, 4), (2, 2), (3, 0)] {
            let refused = ordered.fill(&kit, room).await;
            // What is on record can be read, and products are answered.
            let license = &ordered.acknowledged[0].1;
            let path = format!("/licenses/{}", license["id"].as_str().unwrap());
            assert_eq!(kit.get(&path).await.is(200)["serial"], license["serial"]);
            let valid = kit.post("/validate", json!({ "key": license["key"] })).no_token().await.is(200);
            assert_eq!(valid["usable"], true);
            if room == 2 {
                kit.servers[0].kill();
                kit.servers[0].start_again();
            }
            // Once there is room, the same process carries out what it refused.
            fs::write(&ballast, vec![0; room << 20]).unwrap();
            kit.run_clock(CLAIM * claims);
            for order in refused {
                ordered.acknowledge(order.clone(), order.await.is(201));
            }
        }
        ordered.check(&kit).await;
        kit.verified();
    });
    if !is_told {
        on_disk(&format!("faults::{TEST}"), "14m");
    }
}

/// Orders, with their answers.
struct Ordered {
    generator: Value,
    acknowledged: Vec<(Call, Value)>,
}

impl Ordered {
    /// One license is sold.
    async fn begin(kit: &Kit) -> Ordered {
        let pool = json!({ "name": "Pool", "order": { "offer": "pro-annual" }, "signing": "at-once" });
        let generator = kit.post("/generators", pool).await.is(201)["id"].clone();
        let mut ordered = Ordered { generator, acknowledged: Vec::new() };
        let first = Ordered::single(kit, "first");
        ordered.acknowledge(first.clone(), first.await.is(201));
        ordered
    }

    fn single(kit: &Kit, id: &str) -> Call {
        let order = json!({ "offer": "pro-annual", "activation_limit": 1, "customer": { "email": "it@acme.example" } });
        kit.post("/licenses", order).once(id)
    }

    fn acknowledge(&mut self, order: Call, answer: Value) {
        self.acknowledged.push((order, answer));
    }

    /// Orders until the disk is full, for many licenses and then for one; the orders that were refused.
    async fn fill(&mut self, kit: &Kit, name: usize) -> Vec<Call> {
        let mut refused = Vec::new();
        let run = format!("/generators/{}/run", self.generator.as_str().unwrap());
        for number in 0.. {
            let order = match refused.is_empty() {
                true => kit.post(&run, json!({ "count": 50 })).once(&format!("many {name}-{number}")),
                false => Ordered::single(kit, &format!("one {name}-{number}")),
            };
            let reply = order.clone().await;
            if reply.status == 201 {
                self.acknowledge(order, reply.body);
            } else {
                assert_eq!(reply.status, 503, "{}", reply.text);
                refused.push(order);
            }
            // Small changes may find room when larger ones do not.
            if refused.len() == 5 {
                break;
            }
        }
        refused
    }

    /// Each order has its answer, and no other license is on record.
    async fn check(self, kit: &Kit) {
        let mut licenses = 0;
        for (order, answer) in self.acknowledged {
            licenses += answer["data"].as_array().map_or(1, Vec::len);
            assert_eq!(order.await.is(201), answer);
        }
        assert_eq!(kit.count("/licenses").await, licenses);
    }
}
