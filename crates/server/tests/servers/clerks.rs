//! Clerks who work on, whatever happens to the servers: a call without an answer is sent again, to the next server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::kit::Kit;
use crate::story::call::{Call, Reply};
use crate::story::client::Client;

pub const CLERKS: usize = 6;

/// The licenses that each sale adds to the pool.
const POOL: usize = 2;

/// The customers to whom licenses are sold, in turn.
const CUSTOMERS: usize = 5;

/// What is done about each license.
const MACHINES: [&str; 2] = ["desk", "laptop"];
const CHANGES: [&str; 2] = ["suspend", "resume"];

/// How long a client waits before it sends a call again.
const BACK_OFF: Duration = Duration::from_millis(20);

/// Servers that let nothing be done for so long hang.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Clerks {
    shared: Arc<Shared>,
    running: JoinSet<Vec<Sale>>,
}

struct Shared {
    client: Arc<Client>,
    generator: String,
    done: AtomicUsize,
    repeated: AtomicUsize,
    is_over: AtomicBool,
}

impl Clerks {
    pub async fn begin(kit: &Kit) -> Clerks {
        let order = json!({ "name": "Pool", "order": { "offer": "pro-annual" }, "signing": "at-once" });
        let generator = kit.post("/generators", order).await.is(201)["id"].as_str().unwrap().to_owned();
        let shared = Arc::new(Shared {
            client: Arc::clone(&kit.client),
            generator,
            done: AtomicUsize::new(0),
            repeated: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        });
        let clerk = |clerk| Arc::clone(&shared).clerk(clerk);
        let running = (0..CLERKS).map(clerk).collect();
        Clerks { shared, running }
    }

    /// Waits until that many more sales are acknowledged.
    pub async fn work_on(&mut self, more: usize) {
        let before = self.shared.done.load(Ordering::Relaxed);
        let done = async {
            while self.shared.done.load(Ordering::Relaxed) < before + more {
                if let Some(ended) = self.running.try_join_next() {
                    ended.unwrap();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, done).await.expect("the servers recover by themselves");
    }

    /// The sales, once all that were begun are acknowledged.
    pub async fn end(self) -> Sales {
        self.shared.is_over.store(true, Ordering::Relaxed);
        let sales: Vec<_> = self.running.join_all().await.into_iter().flatten().collect();
        let repeated = self.shared.repeated.load(Ordering::Relaxed);
        println!("{} sales, {repeated} calls sent again", sales.len());
        Sales { shared: self.shared, sales, repeated }
    }
}

/// A sale, with all answers.
struct Sale {
    id: String,
    license: Value,
    activations: Vec<Value>,
    changes: Vec<Value>,
    pool: Value,
}

impl Shared {
    async fn clerk(self: Arc<Self>, clerk: usize) -> Vec<Sale> {
        let mut sales = Vec::new();
        while !self.is_over.load(Ordering::Relaxed) {
            sales.push(self.sale(format!("{clerk}-{}", sales.len())).await);
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        sales
    }

    async fn sale(&self, id: String) -> Sale {
        let license = self.insist(|| self.order(&id)).await.is(201);
        let mut activations = Vec::new();
        for machine in MACHINES {
            let activated = self.insist(|| self.activation(&license, machine)).await;
            // A call that had no answer may have been carried out.
            assert!([200, 201].contains(&activated.status.as_u16()), "{}", activated.text);
            activations.push(activated.body["activation"].clone());
        }
        let mut changes = Vec::new();
        for change in CHANGES {
            changes.push(self.insist(|| self.change(&license, &id, change)).await.is(200));
        }
        let pool = self.insist(|| self.pool(&id)).await.is(201);
        assert_eq!(pool["data"].as_array().unwrap().len(), POOL);
        Sale { id, license, activations, changes, pool }
    }

    fn order(&self, id: &str) -> Call {
        let customer = id.bytes().map(usize::from).sum::<usize>() % CUSTOMERS;
        let customer = json!({ "email": format!("it@customer-{customer}.example") });
        let order = json!({ "offer": "pro-annual", "activation_limit": MACHINES.len(), "customer": customer });
        self.client.post("/licenses", order).once(&format!("order {id}"))
    }

    fn activation(&self, license: &Value, machine: &str) -> Call {
        self.client.post("/activate", json!({ "key": license["key"], "machine": machine })).no_token()
    }

    fn change(&self, license: &Value, id: &str, change: &str) -> Call {
        let path = format!("/licenses/{}/{change}", license["id"].as_str().unwrap());
        self.client.post(&path, json!({ "reason": "asked for" })).once(&format!("{change} {id}"))
    }

    fn pool(&self, id: &str) -> Call {
        let path = format!("/generators/{}/run", self.generator);
        self.client.post(&path, json!({ "count": POOL })).once(&format!("pool {id}"))
    }

    /// The answer to a call, which is sent again until there is one.
    async fn insist(&self, call: impl Fn() -> Call) -> Reply {
        loop {
            if let Ok(reply) = call().try_send().await
                && !asks_for_another(&reply)
            {
                return reply;
            }
            self.repeated.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(BACK_OFF).await;
        }
    }
}

/// Whether the server says that the same call is to be sent again.
fn asks_for_another(reply: &Reply) -> bool {
    let asks = reply.status == 503 || reply.body["code"] == "in-progress";
    assert!(!asks || reply.header("retry-after").is_some(), "{}", reply.text);
    asks
}

/// Sales that were acknowledged.
pub struct Sales {
    shared: Arc<Shared>,
    sales: Vec<Sale>,
    /// How often a call was sent again.
    pub repeated: usize,
}

impl Sales {
    /// All of it is on record, once, and the servers answer a repeated call as it was answered.
    pub async fn check(&self, kit: &Kit) {
        for sale in &self.sales {
            self.check_one(sale).await;
        }
        for (list, count) in [("/licenses", self.sales.len() * (1 + POOL)), ("/customers", CUSTOMERS)] {
            assert_eq!(kit.count(list).await, count, "{list}");
        }
    }

    async fn check_one(&self, sale: &Sale) {
        let Sale { id, license, activations, changes, pool } = sale;
        same(self.shared.order(id), 201, license).await;
        for (machine, activation) in MACHINES.into_iter().zip(activations) {
            let again = self.shared.activation(license, machine).await.is(200);
            assert_eq!(again["activation"]["id"], activation["id"]);
        }
        for (change, answer) in CHANGES.into_iter().zip(changes) {
            same(self.shared.change(license, id, change), 200, answer).await;
        }
        same(self.shared.pool(id), 201, pool).await;
        let path = format!("/licenses/{}", license["id"].as_str().unwrap());
        let shown = self.shared.client.get(&path).await.is(200);
        assert_eq!((&shown["state"], &shown["activations"]), (&json!("active"), &json!(MACHINES.len())));
    }
}

/// The call is answered as before.
async fn same(call: Call, status: u16, answer: &Value) {
    let again = call.await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"), "{}", again.text);
    assert_eq!(&again.is(status), answer);
}
