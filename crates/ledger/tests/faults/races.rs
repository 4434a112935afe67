//! Two processes do the same at once, in one PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use keyward_issuer::order::Order;
use keyward_ledger::state::{Action, BaseState, State, check};
use keyward_ledger::{
    Activated, CustomerDetails, CustomerId, Edit, Expected, KeyStatus, LedgerError, LicenseId, Machine, Merge,
    NewLicense, Role,
};
use keyward_testing::another_process::{command, task};
use keyward_testing::extent;
use keyward_testing::postgres::Schema;
use keyward_verifier::files::Reason;

use crate::common::{Shop, TODAY, at, rows, serial};
use crate::work::{open, verifies};

/// The processes.
const PROCESSES: usize = 2;

/// What one process is to do. Its results are lines of text.
struct Part {
    shop: Arc<Shop>,
    number: usize,
    /// What the first process was told, in words.
    subject: Vec<String>,
    results: Arc<Mutex<Vec<String>>>,
}

impl Part {
    fn note(&self, line: String) {
        self.results.lock().unwrap().push(line);
    }
}

/// A race that this process takes part in, if it was started for one. Its task is its number, a folder, the URL and the subject.
fn part(race: impl AsyncFnOnce(Arc<Part>)) -> bool {
    let Some(task) = task() else { return false };
    let mut words = task.split(' ').map(str::to_owned);
    let (number, folder, url) = (words.next().unwrap(), PathBuf::from(words.next().unwrap()), words.next().unwrap());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let part = Part {
            shop: Arc::new(open(&url).await),
            number: number.parse().unwrap(),
            subject: words.collect(),
            results: Arc::default(),
        };
        let part = Arc::new(part);
        // All begin at once.
        fs::write(folder.join(format!("ready-{number}")), "").unwrap();
        while !(0..PROCESSES).all(|other| folder.join(format!("ready-{other}")).exists()) {
            tokio::task::yield_now().await;
        }
        race(Arc::clone(&part)).await;
        let results = part.results.lock().unwrap().join("\n");
        fs::write(folder.join(format!("results-{number}")), results).unwrap();
    });
    true
}

/// Runs the race of that test in several processes, and gives the results of all.
fn run(test: &str, url: &str, subject: &str) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let start = |number: usize| {
        let task = format!("{number} {} {url} {subject}", folder.path().display());
        command(&[], test, task).stdout(Stdio::null()).spawn().unwrap()
    };
    let running: Vec<_> = (0..PROCESSES).map(start).collect();
    for mut child in running {
        assert!(child.wait().unwrap().success());
    }
    let results = |number| read(&folder.path().join(format!("results-{number}")));
    (0..PROCESSES).flat_map(results).collect()
}

fn read(path: &Path) -> Vec<Vec<String>> {
    fs::read_to_string(path).unwrap().lines().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

/// Runs a race for a shop, and lets that shop judge it.
fn race(name: &str, prepare: impl AsyncFnOnce(&Shop) -> String, judge: impl AsyncFnOnce(&Shop, Vec<Vec<String>>)) {
    let Some(schema) = Schema::create(name) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (shop, subject) = runtime.block_on(async {
        let shop = open(&schema.url).await;
        let subject = prepare(&shop).await;
        (shop, subject)
    });
    let results = run(&format!("races::{name}"), &schema.url, &subject);
    runtime.block_on(async {
        judge(&shop, results).await;
        verifies(&shop).await;
        shop.ledger.close().await;
    });
}

/// Does them all at once.
async fn at_once(tasks: impl IntoIterator<Item = impl Future<Output = ()> + Send + 'static>) {
    let running: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    for task in running {
        task.await.unwrap();
    }
}

#[test]
fn two_processes_activate_for_exactly_the_slots() {
    const SLOTS: usize = 7;
    let raced = part(async |part: Arc<Part>| {
        at_once((0..100).map(|number| {
            let part = Arc::clone(&part);
            async move {
                // Each machine asks both processes.
                let (key, machine) = (part.subject[0].parse().unwrap(), format!("machine-{number}"));
                let named: Machine = machine.parse().unwrap();
                let catalog = &part.shop.vendor.catalog;
                part.note(match part.shop.ledger.activate(key, &named, None, catalog, &at(TODAY)).await {
                    Ok(Activated::New(_, activation)) => format!("new {machine} {}", activation.id),
                    Ok(Activated::Same(_, activation)) => format!("same {machine} {}", activation.id),
                    Err(LedgerError::LimitReached { in_use, .. }) => format!("full {machine} {in_use}"),
                    Err(error) => panic!("{error:?}"),
                });
            }
        }))
        .await;
    });
    if raced {
        return;
    }
    let prepare = async |shop: &Shop| {
        let license = shop.sold("it@acme.example").await;
        let edit = Edit { activation_limit: Some(SLOTS.to_string().parse().unwrap()), ..Edit::default() };
        shop.ledger.edit(license.id, &edit, None, Expected::Any, &at(TODAY)).await.unwrap();
        shop.ledger.keys(license.id).await.unwrap()[0].serial.to_string()
    };
    race("two_processes_activate_for_exactly_the_slots", prepare, async |shop: &Shop, results| {
        assert_eq!(results.len(), 200);
        let of = |what: &str| {
            let found = results.iter().filter(|words| words[0] == what);
            found.map(|words| (words[1].clone(), words[2].clone())).collect::<Vec<_>>()
        };
        let new: BTreeMap<_, _> = of("new").into_iter().collect();
        assert_eq!((new.len(), of("new").len()), (SLOTS, SLOTS));
        // A machine that has a slot keeps it, also when the others are taken.
        assert!(of("same").iter().all(|(machine, id)| new.get(machine) == Some(id)));
        assert_eq!(of("same").len(), SLOTS);
        assert!(of("full").iter().all(|(machine, in_use)| !new.contains_key(machine) && *in_use == SLOTS.to_string()));
        let in_use = "select machine from activations where released_at is null";
        assert_eq!(rows(&shop.url, in_use).await.len(), SLOTS);
    });
}

#[test]
fn two_processes_sell_one_first_trial() {
    let raced = part(async |part: Arc<Part>| {
        at_once((0..20).map(|_| {
            let part = Arc::clone(&part);
            async move {
                // As a shop does: nobody knows the customer yet.
                let shop = &part.shop;
                let customer = shop.customer("it@acme.example").await;
                let new = NewLicense::new(Order::of_offer("pro-trial", serial())).for_customer(customer);
                part.note(match shop.ledger.create(shop.vendor.issuing(), &new, &at(TODAY)).await {
                    Ok(_) => format!("sold {customer}"),
                    Err(LedgerError::Refused(_)) => format!("refused {customer}"),
                    Err(error) => panic!("{error:?}"),
                });
            }
        }))
        .await;
    });
    if !raced {
        race(
            "two_processes_sell_one_first_trial",
            async |_: &Shop| String::new(),
            async |_: &Shop, results| {
                assert_eq!(results.len(), 40);
                assert_eq!(results.iter().filter(|words| words[0] == "sold").count(), 1);
                let customers: BTreeSet<_> = results.iter().map(|words| words[1].clone()).collect();
                assert_eq!(customers.len(), 1, "an address has one customer");
            },
        );
    }
}

/// A clerk does one thing to one license. The result is what it was, if it was done.
async fn clerk(shop: &Shop, id: LicenseId, number: usize, is_end: bool) -> Result<&'static str, LedgerError> {
    let (by, any, issuing) = (at(TODAY), Expected::Any, shop.vendor.issuing());
    let mut order = Order::reissue_of(serial(), serial());
    order.seats = Some((number % 40 + 1).to_string().parse().unwrap());
    (order.reason, order.ticket) = (Some("grew".to_owned()), Some("DESK-1".to_owned()));
    Ok(match number % if is_end { 29 } else { 27 } {
        0..9 => {
            // Every second edit is of a page that may be older than the license.
            let expected = match number % 2 {
                0 => Expected::Version(shop.ledger.license(id).await?.version),
                _ => any,
            };
            let edit = Edit { notes: Some(Some(number.to_string())), ..Edit::default() };
            shop.ledger.edit(id, &edit, None, expected, &by).await?;
            "edited"
        }
        9..17 => {
            shop.ledger.reissue(issuing, id, &order, any, &by).await?;
            "reissued"
        }
        17..25 => {
            shop.ledger.renew(issuing, id, &order, any, &by).await?;
            "renewed"
        }
        25 => {
            shop.ledger.inactivate(id, None, any, &by).await?;
            "inactivated"
        }
        26 => {
            shop.ledger.reactivate(id, None, any, &by).await?;
            "reactivated"
        }
        27 => {
            shop.ledger.revoke(id, Reason::Refunded, None, any, &by).await?;
            "revoked"
        }
        _ => {
            shop.ledger.delete(id, None, any, &by).await?;
            "deleted"
        }
    })
}

/// What the model knows of a license: its state, its version and the keys that were signed.
struct Model {
    base: BaseState,
    hold: Option<keyward_ledger::state::Hold>,
    version: i64,
    keys: usize,
    is_deleted: bool,
}

impl Model {
    fn takes(&mut self, action: &str) {
        let state = State::of(self.base, self.hold, false);
        let action = match action {
            "edited" => Action::Edit,
            "reissued" => Action::Reissue,
            "renewed" => Action::Renew,
            "inactivated" => Action::Inactivate,
            "reactivated" => Action::Reactivate,
            "revoked" => Action::Revoke,
            "deleted" => Action::Delete,
            other => panic!("{other}"),
        };
        assert!(!self.is_deleted && check(state, action, false).is_ok(), "{action} in the state {state}");
        self.version += 1;
        match action {
            Action::Reissue | Action::Renew => self.keys += 1,
            Action::Inactivate => self.hold = Some(keyward_ledger::state::Hold::Inactive),
            Action::Reactivate => self.hold = None,
            Action::Revoke => self.base = BaseState::Revoked,
            Action::Delete => self.is_deleted = true,
            _ => {}
        }
    }
}

#[test]
fn fifty_clerks_in_two_processes_leave_what_a_model_explains() {
    const LICENSES: usize = 10;
    let raced = part(async |part: Arc<Part>| {
        at_once((0..25).map(|clerk_number| {
            let part = Arc::clone(&part);
            async move {
                let steps = extent(12, 120);
                for step in 0..steps {
                    // Each clerk and each step has another mix of licenses and actions.
                    let mixed = 7 * clerk_number + 13 * step + 3 * part.number + clerk_number * step;
                    let id: LicenseId = part.subject[(clerk_number + step) % LICENSES].parse().unwrap();
                    match clerk(&part.shop, id, mixed, 4 * step > 3 * steps).await {
                        Ok(action) => part.note(format!("{id} {action}")),
                        Err(
                            LedgerError::Transition(_)
                            | LedgerError::Refused(_)
                            | LedgerError::NoLicense { .. }
                            | LedgerError::ChangedMeanwhile { .. },
                        ) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
            }
        }))
        .await;
    });
    if raced {
        return;
    }
    let prepare = async |shop: &Shop| {
        let mut ids = Vec::new();
        for number in 0..LICENSES {
            ids.push(shop.sold(&format!("it@customer-{number}.example")).await.id.to_string());
        }
        ids.join(" ")
    };
    race("fifty_clerks_in_two_processes_leave_what_a_model_explains", prepare, async |shop: &Shop, results| {
        let sql = "select subject || ' ' || action from audit_log where action like 'license.%' \
                   and action <> 'license.created' order by number";
        let mut models: BTreeMap<String, Model> = BTreeMap::new();
        let mut log: BTreeMap<String, usize> = BTreeMap::new();
        for line in rows(&shop.url, sql).await {
            let (id, action) = line.split_once(" license.").unwrap();
            let new = Model { base: BaseState::Assigned, hold: None, version: 1, keys: 1, is_deleted: false };
            models.entry(id.to_owned()).or_insert(new).takes(action);
            *log.entry(format!("{id} {action}")).or_default() += 1;
        }
        // What the clerks were told is what was done.
        let mut told: BTreeMap<String, usize> = BTreeMap::new();
        for words in &results {
            *told.entry(words.join(" ")).or_default() += 1;
        }
        assert_eq!(told, log);
        println!("{} changes of {} licenses", results.len(), models.len());

        for (id, model) in models {
            let id: LicenseId = id.parse().unwrap();
            let found = match shop.ledger.license(id).await {
                Ok(found) => found,
                Err(error) => {
                    assert!(matches!(error, LedgerError::NoLicense { .. }) && model.is_deleted, "{error:?}");
                    continue;
                }
            };
            assert!(!model.is_deleted);
            assert_eq!((found.base_state, found.hold, found.version), (model.base, model.hold, model.version));
            let keys = shop.ledger.keys(id).await.unwrap();
            assert_eq!(keys.len(), model.keys);
            for role in [Role::Main, Role::Next] {
                let current = keys.iter().filter(|key| (key.role, key.status) == (role, KeyStatus::Current)).count();
                assert!(current <= 1);
            }
        }
    });
}

#[test]
fn two_processes_merge_rename_and_sell_at_once() {
    const CUSTOMERS: usize = 8;
    let raced = part(async |part: Arc<Part>| {
        at_once((0..16).map(|clerk| {
            let part = Arc::clone(&part);
            async move {
                for step in 0..extent(6, 60) {
                    merge_rename_or_sell(&part, clerk, step).await;
                }
            }
        }))
        .await;
    });
    if raced {
        return;
    }
    let prepare = async |shop: &Shop| {
        let mut ids = Vec::new();
        for number in 0..CUSTOMERS {
            ids.push(shop.customer(&format!("it@customer-{number}.example")).await.to_string());
        }
        ids.join(" ")
    };
    race("two_processes_merge_rename_and_sell_at_once", prepare, async |shop: &Shop, results| {
        // The log says in which order it happened: at each time, a customer had one trial, with all who were merged into them.
        let sold: BTreeMap<String, String> = results
            .iter()
            .filter(|words| words[0] == "trial")
            .map(|words| (words[1].clone(), words[2].clone()))
            .collect();
        let sql = "select action || ' ' || subject from audit_log \
                   where action in ('license.created', 'customer.merged') order by number";
        let mut left: BTreeMap<String, String> = BTreeMap::new();
        let mut trials: BTreeMap<String, usize> = BTreeMap::new();
        for line in rows(&shop.url, sql).await {
            let (action, subject) = line.split_once(' ').unwrap();
            if action == "customer.merged" {
                let into = &results.iter().find(|words| words[0] == "merged" && words[1] == subject).unwrap()[2];
                assert!(left.insert(subject.to_owned(), into.clone()).is_none(), "each is merged once");
                let had = trials.remove(subject).unwrap_or_default();
                *trials.entry(into.clone()).or_default() += had;
            } else if let Some(customer) = sold.get(subject) {
                assert!(!left.contains_key(customer), "{customer} was merged before");
                let trial = trials.entry(customer.clone()).or_default();
                assert_eq!(*trial, 0, "{customer} had a trial");
                *trial += 1;
            }
        }
        let merges = results.iter().filter(|words| words[0] == "merged").count();
        let renamed = results.iter().filter(|words| words[0] == "renamed").count();
        println!("{merges} merges, {renamed} new names, {} trials", sold.len());
        assert_eq!(merges, left.len());

        // All licenses are with those who are left.
        for (license, customer) in
            results.iter().filter(|words| words.len() == 3 && words[0] != "merged").map(|words| (&words[1], &words[2]))
        {
            if !license.starts_with("lic_") {
                continue;
            }
            let mut owner = customer.clone();
            while let Some(into) = left.get(&owner) {
                owner.clone_from(into);
            }
            let found = shop.ledger.license(license.parse().unwrap()).await.unwrap();
            assert_eq!(found.customer.unwrap().to_string(), owner);
        }
    });
}

async fn merge_rename_or_sell(part: &Part, clerk: usize, step: usize) {
    let (shop, by) = (&part.shop, at(TODAY));
    let customer = |number: usize| -> CustomerId { part.subject[number % part.subject.len()].parse().unwrap() };
    let id = customer(clerk + step);
    let sell = async |order: Order| {
        let new = NewLicense::new(order).for_customer(id);
        shop.ledger.create(shop.vendor.issuing(), &new, &by).await.map(|created| created.into_license().id)
    };
    let done = match (clerk + 3 * step) % 6 {
        // Both processes merge the same two, in both directions.
        0 if step % 3 == 2 => {
            let other = customer(clerk + step + 1);
            let merge = match part.number {
                0 => Merge { from: id, into: other },
                _ => Merge { from: other, into: id },
            };
            let merged = shop.ledger.merge_customers(merge, None, &by).await;
            merged.map(|_| format!("merged {} {}", merge.from, merge.into))
        }
        0..3 => sell(Order::of_offer("pro-trial", serial())).await.map(|license| format!("trial {license} {id}")),
        3 => sell(crate::common::annual()).await.map(|license| format!("year {license} {id}")),
        _ => {
            let details = shop.ledger.customer(id).await.unwrap().details().unwrap();
            let name = format!("Acme {clerk} {step}").parse().unwrap();
            let details = CustomerDetails { name: Some(name), ..details };
            let renamed = shop.ledger.edit_customer(id, &details, None, Expected::Any, &by).await;
            renamed.map(|_| format!("renamed {id} {clerk}"))
        }
    };
    match done {
        Ok(line) => part.note(line),
        Err(LedgerError::Refused(_) | LedgerError::CustomerMerged { .. }) => {}
        Err(error) => panic!("{error:?}"),
    }
}
