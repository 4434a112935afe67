//! Random histories of a license, against a simple model in memory.
//!
//! The model knows states, slots and keys, and nothing of storage. After each step, the ledger has to be as the model is, or to
//! have refused the step for a reason that the model has too. 200 histories on each engine, 1,000 with `KEYWARD_LONG`, and as many as
//! `KEYWARD_HISTORIES` says: `KEYWARD_HISTORIES=20000` takes half an hour on each engine.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use keyward_issuer::order::Order;
use keyward_issuer::{Day, Serial};
use keyward_ledger::state::{Action, BaseState, Hold, State, SuspendCause, check};
use keyward_ledger::{
    Activated, ActivationId, By, Edit, Expected, KeyStatus, LedgerError, License, Machine, Releaser, Role,
};
use keyward_testing::extent;
use keyward_verifier::files::Reason;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::common::{Shop, TODAY, at, on_both, serial};

/// A step of a history.
#[derive(Debug, Clone)]
enum Step {
    Wait(u16),
    Deliver,
    Activate(u8),
    Release(u8),
    Limit(u8),
    Notes,
    Seats(u8),
    Renew,
    Stopgap,
    Suspend,
    Resume,
    Inactivate,
    Reactivate,
    Revoke,
    Delete,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1..200_u16).prop_map(Step::Wait),
        2 => Just(Step::Deliver),
        6 => (0..4_u8).prop_map(Step::Activate),
        3 => (0..4_u8).prop_map(Step::Release),
        2 => (1..4_u8).prop_map(Step::Limit),
        1 => Just(Step::Notes),
        3 => (1..20_u8).prop_map(Step::Seats),
        2 => Just(Step::Renew),
        1 => Just(Step::Stopgap),
        1 => Just(Step::Suspend),
        2 => Just(Step::Resume),
        1 => Just(Step::Inactivate),
        2 => Just(Step::Reactivate),
        1 => Just(Step::Revoke),
        1 => Just(Step::Delete),
    ];
    prop::collection::vec(step, 1..25)
}

/// What the model knows of a license.
#[derive(Debug, Clone)]
struct Model {
    base: BaseState,
    hold: Option<Hold>,
    was_activated: bool,
    limit: usize,
    machines: BTreeMap<u8, ActivationId>,
    seats: u8,
    version: i64,
    /// The last day on which it may be used, as a number.
    last_usable: i64,
    keys: usize,
    is_deleted: bool,
}

impl Model {
    fn state(&self, today: i64) -> State {
        State::of(self.base, self.hold, today > self.last_usable)
    }

    fn allows(&self, action: Action, today: i64) -> bool {
        !self.is_deleted && check(self.state(today), action, self.was_activated).is_ok()
    }
}

fn number(by: &By) -> i64 {
    // A day ends at UTC−12.
    let date = (by.at - TimeDelta::hours(12)).date_naive();
    date.signed_duration_since(Day::FIRST.date()).num_days()
}

fn another() -> Order {
    let mut order = Order::reissue_of(Serial::from_bytes([0; 8]), serial());
    (order.reason, order.ticket) = (Some("asked".to_owned()), Some("DESK-1".to_owned()));
    order
}

#[test]
fn a_ledger_is_as_a_simple_model_of_it_says() {
    on_both("model", async |shop: Shop| {
        let mut runner =
            TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[14; 32]));
        for history in 0..histories() {
            let steps = steps().new_tree(&mut runner).unwrap().current();
            one(&shop, history, &steps).await;
        }
    });
}

fn histories() -> usize {
    std::env::var("KEYWARD_HISTORIES").map_or_else(|_| extent(200, 1_000), |number| number.parse().unwrap())
}

async fn one(shop: &Shop, history: usize, steps: &[Step]) {
    let license = shop.sold(&format!("it@customer-{history}.example")).await;
    let mut model = Model {
        base: BaseState::Assigned,
        hold: None,
        was_activated: false,
        limit: usize::MAX,
        machines: BTreeMap::new(),
        seats: 25,
        version: license.version,
        last_usable: license.last_usable_day.unwrap(),
        keys: 1,
        is_deleted: false,
    };
    let mut by = at(TODAY);
    for (number, step) in steps.iter().enumerate() {
        if let Step::Wait(days) = step {
            by.at += TimeDelta::days((*days).into());
        }
        take(shop, &license, &mut model, step, &by).await;
        compare(shop, &license, &model, &by, &format!("history {history}, step {number}, of {steps:?}")).await;
    }
}

/// Takes a step in the ledger, and in the model if the ledger took it.
async fn take(shop: &Shop, license: &License, model: &mut Model, step: &Step, by: &By) {
    let (ledger, id, today) = (&shop.ledger, license.id, number(by));
    let any = Expected::Any;
    let expect = |action: Action, result: Result<(), LedgerError>, model: &Model| match result {
        Ok(()) => {
            assert!(model.allows(action, today), "{step:?} was taken in {model:?}");
            true
        }
        Err(LedgerError::Transition(_)) => {
            assert!(!model.allows(action, today), "{step:?} was refused in {model:?}");
            false
        }
        Err(LedgerError::NoLicense { .. } | LedgerError::NotOnRecord { .. }) => {
            assert!(model.is_deleted);
            false
        }
        // The policy has models of its own.
        Err(LedgerError::Refused(_)) if matches!(step, Step::Renew | Step::Stopgap | Step::Seats(_)) => false,
        Err(LedgerError::KeyRevoked { .. }) => false,
        Err(error) => panic!("{step:?}: {error:?}"),
    };
    let hold = |model: &mut Model, hold: Option<Hold>| {
        model.hold = hold;
        model.version += 1;
    };
    match step {
        Step::Wait(_) => {}
        Step::Deliver => {
            let result = ledger.deliver(id, &shop.vendor.catalog, by).await.map(drop);
            expect(Action::Deliver, result, model);
        }
        Step::Activate(name) => {
            let machine: Machine = format!("machine-{name}").parse().unwrap();
            let keys = ledger.keys(id).await.unwrap();
            let current = keys.iter().rfind(|key| key.role == Role::Main && key.status == KeyStatus::Current);
            let Some(key) = current.or(keys.first()) else { return };
            match ledger.activate(key.serial, &machine, None, &shop.vendor.catalog, by).await {
                Ok(Activated::New(_, activation)) => {
                    assert!(model.allows(Action::Activate, today) && model.machines.len() < model.limit);
                    assert_eq!(model.machines.insert(*name, activation.id), None, "a machine has one slot");
                    (model.base, model.was_activated) = (BaseState::Active, true);
                }
                Ok(Activated::Same(_, activation)) => assert_eq!(model.machines.get(name), Some(&activation.id)),
                Err(LedgerError::LimitReached { in_use, .. }) => {
                    assert!(model.machines.len() >= model.limit && !model.machines.contains_key(name));
                    assert_eq!(usize::try_from(in_use).unwrap(), model.machines.len());
                }
                Err(error) => {
                    expect(Action::Activate, Err(error), model);
                }
            }
        }
        Step::Release(name) => {
            if let Some(activation) = model.machines.remove(name) {
                ledger.release(activation, Releaser::Customer, None, by).await.unwrap();
            }
        }
        Step::Limit(limit) => {
            let edit = Edit { activation_limit: Some(limit.to_string().parse().unwrap()), ..Edit::default() };
            if expect(Action::Edit, ledger.edit(id, &edit, None, any, by).await.map(drop), model) {
                (model.limit, model.version) = ((*limit).into(), model.version + 1);
            }
        }
        Step::Notes => {
            let edit = Edit { notes: Some(Some("called".to_owned())), ..Edit::default() };
            if expect(Action::Edit, ledger.edit(id, &edit, None, any, by).await.map(drop), model) {
                model.version += 1;
            }
        }
        Step::Seats(seats) => {
            let mut order = another();
            order.seats = Some(seats.to_string().parse().unwrap());
            let result = ledger.reissue(shop.vendor.issuing(), id, &order, any, by).await.map(drop);
            if expect(Action::Reissue, result, model) {
                (model.seats, model.version, model.keys) = (*seats, model.version + 1, model.keys + 1);
            }
        }
        Step::Renew => {
            let result = ledger.renew(shop.vendor.issuing(), id, &another(), any, by).await;
            let end = result.as_ref().ok().and_then(|followed| followed.license.last_usable_day);
            if expect(Action::Renew, result.map(drop), model) {
                (model.version, model.keys) = (model.version + 1, model.keys + 1);
                assert!(end.unwrap() > model.last_usable, "a renewal ends later");
                model.last_usable = end.unwrap();
            }
        }
        Step::Stopgap => {
            let order = Order::of_offer("pro-stopgap", serial());
            let result = ledger.stopgap(shop.vendor.issuing(), id, &order, any, by).await;
            let end = result.as_ref().ok().and_then(|followed| followed.license.last_usable_day);
            if expect(Action::Stopgap, result.map(drop), model) {
                (model.version, model.keys) = (model.version + 1, model.keys + 1);
                assert!(end.unwrap() <= model.last_usable.max(today) + 31, "a stopgap has at most 30 days");
                model.last_usable = end.unwrap();
            }
        }
        Step::Suspend => {
            let cause = SuspendCause::Abuse;
            if expect(Action::Suspend, ledger.suspend(id, cause, None, any, by).await.map(drop), model) {
                hold(model, Some(Hold::Suspended(cause)));
            }
        }
        Step::Resume => {
            if expect(Action::Resume, ledger.resume(id, None, any, by).await.map(drop), model) {
                hold(model, None);
            }
        }
        Step::Inactivate => {
            if expect(Action::Inactivate, ledger.inactivate(id, None, any, by).await.map(drop), model) {
                hold(model, Some(Hold::Inactive));
            }
        }
        Step::Reactivate => {
            if expect(Action::Reactivate, ledger.reactivate(id, None, any, by).await.map(drop), model) {
                hold(model, None);
            }
        }
        Step::Revoke => {
            let result = ledger.revoke(id, Reason::Unspecified, None, any, by).await.map(drop);
            if expect(Action::Revoke, result, model) {
                (model.base, model.version) = (BaseState::Revoked, model.version + 1);
                model.machines.clear();
            }
        }
        Step::Delete => {
            if expect(Action::Delete, ledger.delete(id, None, any, by).await, model) {
                model.is_deleted = true;
            }
        }
    }
}

/// The ledger is as the model is.
async fn compare(shop: &Shop, license: &License, model: &Model, by: &By, place: &str) {
    let found = match shop.ledger.license(license.id).await {
        Ok(found) => found,
        Err(LedgerError::NoLicense { .. }) => {
            assert!(model.is_deleted, "{place}");
            return;
        }
        Err(error) => panic!("{place}: {error:?}"),
    };
    assert!(!model.is_deleted, "{place}");
    assert_eq!(found.state(by.at), model.state(number(by)), "{place}");
    assert_eq!((found.base_state, found.hold), (model.base, model.hold), "{place}");
    assert_eq!((found.version, found.was_activated), (model.version, model.was_activated), "{place}");
    assert_eq!(usize::try_from(found.activations).unwrap(), model.machines.len(), "{place}");
    let keys = shop.ledger.keys(license.id).await.unwrap();
    assert_eq!(keys.len(), model.keys, "{place}");
    for role in [Role::Main, Role::Next, Role::Bridge] {
        let current = keys.iter().filter(|key| (key.role, key.status) == (role, KeyStatus::Current)).count();
        assert!(current <= 1, "one current key of a role: {place}");
    }
    if model.base == BaseState::Revoked {
        assert!(keys.iter().all(|key| key.status == KeyStatus::Revoked), "{place}");
    }
}
