//! Licenses in the model.

use std::collections::BTreeMap;

use keyward_issuer::Serial;
use keyward_issuer::order::Order;
use keyward_ledger::state::{Action, BaseState, Hold, State, SuspendCause, check};
use keyward_ledger::{
    Activated, ActivationId, By, Edit, Expected, KeyStatus, LedgerError, License, LicenseId, Machine, Releaser, Role,
};
use keyward_verifier::files::Reason;
use proptest::prelude::*;

use super::{World, number};
use crate::common::{Shop, serial};

/// A step of one license.
#[derive(Debug, Clone)]
pub(super) enum LicenseStep {
    Assign(u8),
    Reassign(u8),
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

pub(super) fn step() -> impl Strategy<Value = LicenseStep> {
    prop_oneof![
        4 => any::<u8>().prop_map(LicenseStep::Assign),
        1 => any::<u8>().prop_map(LicenseStep::Reassign),
        2 => Just(LicenseStep::Deliver),
        6 => (0..4_u8).prop_map(LicenseStep::Activate),
        3 => (0..4_u8).prop_map(LicenseStep::Release),
        2 => (1..4_u8).prop_map(LicenseStep::Limit),
        1 => Just(LicenseStep::Notes),
        3 => (1..20_u8).prop_map(LicenseStep::Seats),
        2 => Just(LicenseStep::Renew),
        1 => Just(LicenseStep::Stopgap),
        1 => Just(LicenseStep::Suspend),
        2 => Just(LicenseStep::Resume),
        1 => Just(LicenseStep::Inactivate),
        2 => Just(LicenseStep::Reactivate),
        1 => Just(LicenseStep::Revoke),
        1 => Just(LicenseStep::Delete),
    ]
}

/// What the model knows of a license.
#[derive(Debug, Clone)]
pub(super) struct LicenseModel {
    pub(super) id: LicenseId,
    pub(super) customer: Option<usize>,
    /// The day on which it was issued, if it is a trial.
    pub(super) trial_of: Option<i64>,
    base: BaseState,
    hold: Option<Hold>,
    was_activated: bool,
    was_delivered: bool,
    limit: usize,
    machines: BTreeMap<u8, ActivationId>,
    pub(super) version: i64,
    /// The last day on which it may be used, as a number. A license that is signed on assignment has none before.
    last_usable: Option<i64>,
    keys: usize,
    pub(super) is_deleted: bool,
}

impl LicenseModel {
    /// A license that was made now.
    pub(super) fn new(license: &License, customer: Option<usize>) -> LicenseModel {
        LicenseModel {
            id: license.id,
            customer,
            trial_of: None,
            base: if customer.is_some() { BaseState::Assigned } else { BaseState::Available },
            hold: None,
            was_activated: false,
            was_delivered: false,
            limit: usize::MAX,
            machines: BTreeMap::new(),
            version: 1,
            last_usable: license.last_usable_day,
            keys: usize::from(license.last_usable_day.is_some()),
            is_deleted: false,
        }
    }

    fn state(&self, today: i64) -> State {
        State::of(self.base, self.hold, self.last_usable.is_some_and(|last| today > last))
    }

    fn allows(&self, action: Action, today: i64) -> bool {
        !self.is_deleted && check(self.state(today), action, self.was_activated).is_ok()
    }

    fn holds(&mut self, hold: Option<Hold>) {
        (self.hold, self.version) = (hold, self.version + 1);
    }
}

fn another() -> Order {
    let mut order = Order::reissue_of(Serial::from_bytes([0; 8]), serial());
    (order.reason, order.ticket) = (Some("asked".to_owned()), Some("DESK-1".to_owned()));
    order
}

/// Takes a step in the ledger, and in the model if the ledger took it.
pub(super) async fn take(shop: &Shop, world: &mut World, license: usize, step: &LicenseStep, by: &By) {
    let (ledger, issuing, id, today) = (&shop.ledger, shop.vendor.issuing(), world.licenses[license].id, number(by));
    let any = Expected::Any;
    if let LicenseStep::Assign(customer) | LicenseStep::Reassign(customer) = step {
        let customer = usize::from(*customer) % world.customers.len();
        return give(shop, world, license, customer, step, by).await;
    }
    let model = &mut world.licenses[license];
    let expect = |action: Action, result: Result<(), LedgerError>, model: &LicenseModel| match result {
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
        Err(LedgerError::NoKey { .. }) => {
            assert_eq!(model.keys, 0);
            false
        }
        // One of the pool that has ended is bridged for nobody.
        Err(LedgerError::Unassigned { .. }) => {
            assert!(action == Action::Stopgap && model.customer.is_none() && model.allows(action, today));
            false
        }
        // The policy has models of its own.
        Err(LedgerError::Refused(_))
            if matches!(step, LicenseStep::Renew | LicenseStep::Stopgap | LicenseStep::Seats(_)) =>
        {
            false
        }
        Err(LedgerError::KeyRevoked { .. }) => false,
        Err(error) => panic!("{step:?}: {error:?}"),
    };
    match step {
        LicenseStep::Assign(_) | LicenseStep::Reassign(_) => {}
        LicenseStep::Deliver => {
            let result = ledger.deliver(id, &shop.vendor.catalog, by).await.map(drop);
            model.was_delivered |= expect(Action::Deliver, result, model);
        }
        LicenseStep::Activate(name) => {
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
        LicenseStep::Release(name) => {
            if let Some(activation) = model.machines.remove(name) {
                ledger.release(activation, Releaser::Customer { per_30d: None }, None, by).await.unwrap();
            }
        }
        LicenseStep::Limit(limit) => {
            let edit = Edit { activation_limit: Some(limit.to_string().parse().unwrap()), ..Edit::default() };
            if expect(Action::Edit, ledger.edit(id, &edit, None, any, by).await.map(drop), model) {
                (model.limit, model.version) = ((*limit).into(), model.version + 1);
            }
        }
        LicenseStep::Notes => {
            let edit = Edit { notes: Some(Some("called".to_owned())), ..Edit::default() };
            if expect(Action::Edit, ledger.edit(id, &edit, None, any, by).await.map(drop), model) {
                model.version += 1;
            }
        }
        LicenseStep::Seats(seats) => {
            let mut order = another();
            order.seats = Some(seats.to_string().parse().unwrap());
            let result = ledger.reissue(issuing, id, &order, any, by).await.map(drop);
            if expect(Action::Reissue, result, model) {
                (model.version, model.keys) = (model.version + 1, model.keys + 1);
            }
        }
        LicenseStep::Renew => {
            let result = ledger.renew(issuing, id, &another(), any, by).await;
            let end = result.as_ref().ok().and_then(|followed| followed.license.last_usable_day);
            if expect(Action::Renew, result.map(drop), model) {
                (model.version, model.keys) = (model.version + 1, model.keys + 1);
                assert!(end > model.last_usable, "a renewal ends later");
                model.last_usable = end;
            }
        }
        LicenseStep::Stopgap => {
            let order = Order::of_offer("pro-stopgap", serial());
            let result = ledger.stopgap(issuing, id, &order, any, by).await;
            let end = result.as_ref().ok().and_then(|followed| followed.license.last_usable_day);
            if expect(Action::Stopgap, result.map(drop), model) {
                (model.version, model.keys) = (model.version + 1, model.keys + 1);
                let last = model.last_usable.unwrap().max(today);
                assert!(end.unwrap() <= last + 31, "a stopgap has at most 30 days");
                model.last_usable = end;
            }
        }
        LicenseStep::Suspend => {
            let cause = SuspendCause::Abuse;
            if expect(Action::Suspend, ledger.suspend(id, cause, None, any, by).await.map(drop), model) {
                model.holds(Some(Hold::Suspended(cause)));
            }
        }
        LicenseStep::Resume => {
            if expect(Action::Resume, ledger.resume(id, None, any, by).await.map(drop), model) {
                model.holds(None);
            }
        }
        LicenseStep::Inactivate => {
            if expect(Action::Inactivate, ledger.inactivate(id, None, any, by).await.map(drop), model) {
                model.holds(Some(Hold::Inactive));
            }
        }
        LicenseStep::Reactivate => {
            if expect(Action::Reactivate, ledger.reactivate(id, None, any, by).await.map(drop), model) {
                model.holds(None);
            }
        }
        LicenseStep::Revoke => {
            let result = ledger.revoke(id, Reason::Unspecified, None, any, by).await.map(drop);
            if expect(Action::Revoke, result, model) {
                (model.base, model.version) = (BaseState::Revoked, model.version + 1);
                model.machines.clear();
            }
        }
        LicenseStep::Delete => {
            let left: Vec<_> = ledger.keys(id).await.unwrap_or_default();
            let left = left.iter().filter(|key| key.delivered_at.is_some());
            let counts = left.filter(|key| key.role == Role::Bridge || model.trial_of.is_some()).count() > 0;
            match ledger.delete(id, None, any, by).await {
                Err(LedgerError::KeyHasLeft { .. }) => {
                    assert!(counts && model.allows(Action::Delete, today), "{model:?}")
                }
                result => {
                    if expect(Action::Delete, result, model) {
                        assert!(!counts, "{model:?}");
                        model.is_deleted = true;
                    }
                }
            }
        }
    }
}

/// Assigns or reassigns a license.
async fn give(shop: &Shop, world: &mut World, license: usize, customer: usize, step: &LicenseStep, by: &By) {
    let (today, is_live) = (number(by), world.customers[customer].is_live());
    let (id, to) = (world.licenses[license].id, world.customers[customer].id);
    let (issuing, any) = (shop.vendor.issuing(), Expected::Any);
    let (action, given) = match step {
        LicenseStep::Assign(_) => (Action::Assign, shop.ledger.assign(issuing, id, to, None, any, by).await),
        _ => (Action::Reassign, shop.ledger.reassign(issuing, id, to, &another(), any, by).await),
    };
    let model = &mut world.licenses[license];
    let is_allowed = model.allows(action, today);
    match given {
        Ok(given) => {
            assert!(is_allowed, "{step:?} was taken in {model:?}");
            if action == Action::Reassign && model.customer == Some(customer) {
                assert_eq!(given.version, model.version, "who has it keeps it as it is");
                return;
            }
            assert!(is_live, "{step:?} was taken in {model:?}");
            let is_counted = model.was_delivered || model.trial_of.is_some();
            assert!(action == Action::Assign || !is_counted, "a key that left and a trial need an approval");
            (model.base, model.customer, model.version) = (BaseState::Assigned, Some(customer), model.version + 1);
            if model.keys == 0 {
                (model.keys, model.last_usable) = (1, given.last_usable_day);
                assert!(given.last_usable_day.unwrap() > today + 360, "its term begins with the assignment");
            }
        }
        Err(LedgerError::Transition(_)) => assert!(!is_allowed, "{step:?} was refused in {model:?}"),
        Err(LedgerError::NoLicense { .. }) => assert!(model.is_deleted),
        Err(LedgerError::CustomerMerged { .. } | LedgerError::CustomerErased { .. }) => assert!(!is_live && is_allowed),
        Err(LedgerError::Refused(_)) => {
            assert!((model.was_delivered || model.trial_of.is_some()) && is_allowed);
        }
        Err(error) => panic!("{step:?}: {error:?}"),
    }
}

/// The ledger is as the model is.
pub(super) async fn compare(shop: &Shop, world: &World, model: &LicenseModel, by: &By, place: &str) {
    let found = match shop.ledger.license(model.id).await {
        Ok(found) => found,
        Err(LedgerError::NoLicense { .. }) => {
            assert!(model.is_deleted, "{place}");
            return;
        }
        Err(error) => panic!("{place}: {error:?}"),
    };
    assert!(!model.is_deleted, "{place}");
    assert_eq!(found.customer, model.customer.map(|customer| world.customers[customer].id), "{place}");
    assert_eq!(found.state(by.at), model.state(number(by)), "{place}");
    assert_eq!((found.base_state, found.hold), (model.base, model.hold), "{place}");
    assert_eq!((found.version, found.was_activated), (model.version, model.was_activated), "{place}");
    assert_eq!(usize::try_from(found.activations).unwrap(), model.machines.len(), "{place}");
    let keys = shop.ledger.keys(model.id).await.unwrap();
    assert_eq!(keys.len(), model.keys, "{place}");
    assert_eq!(keys.iter().any(|key| key.delivered_at.is_some()), model.was_delivered, "{place}");
    for role in [Role::Main, Role::Next, Role::Bridge] {
        let current = keys.iter().filter(|key| (key.role, key.status) == (role, KeyStatus::Current)).count();
        assert!(current <= 1, "one current key of a role: {place}");
    }
    if model.base == BaseState::Revoked {
        assert!(keys.iter().all(|key| key.status == KeyStatus::Revoked), "{place}");
    }
}
