//! Keys of a license that are locked to one machine each, as activation requests ask for them.

use std::sync::Arc;

use keyward_issuer::order::{MachineLock, Order, OrderRef, SerialSource, Subject, Subscription};
use keyward_issuer::policy::Decision;
use keyward_issuer::record::{Action, IssueRecord};
use keyward_issuer::{ActivationRequest, End, Environment, Fingerprint, Kind, Quantity};
use keyward_verifier::files::{Reason, Status};

use crate::common::{
    Shop, after, approved, catalog_with, day, edition, limit, offer, quantity, reissue, renewal, serial,
    shop_with_a_paid_year, stopgap, through,
};

/// The fingerprint of a machine with all components.
pub fn machine(number: u8) -> Fingerprint {
    Fingerprint::from_digests([1, 2, 3, 4, 5].map(|slot| Some([number, slot, 9])))
}

/// The order for a key of that license, for that machine.
pub fn locked(license: u8, on: Fingerprint, number: u8) -> Order {
    Order::locked(&ActivationRequest::new(serial(license), on), serial(number))
}

/// A shop with a license for that many machines, number 1.
pub fn shop_with_machines(limit: u32) -> Shop {
    let mut shop = Shop::on("2026-01-01");
    let mut order = edition("server", "one");
    (order.activations, order.customer) = (Some(quantity(limit)), Some("acme".to_owned()));
    shop.issue(&order);
    shop
}

/// The license that was issued before for the same request.
fn repeats(shop: &Shop, order: &Order) -> Option<u8> {
    match shop.policy().decide(order, &shop.history).unwrap() {
        Decision::Repeated(issued) => Some(issued.serial().to_bytes()[7]),
        Decision::Permitted(_) => None,
    }
}

fn same_but_for_the_machine(license: &IssueRecord, key: &IssueRecord) {
    let (of, is) = (license.claims().parts(), key.claims().parts());
    let machine = key.claims().fingerprint();
    assert_eq!(keyward_core::ClaimParts { serial: is.serial, fingerprint: machine, ..of }, is);
    assert_eq!(key.details().customer, license.details().customer);
    assert_eq!(key.details().term, license.details().term);
    assert_eq!(key.details().activations, license.details().activations);
}

#[test]
fn two_machines_without_a_network_have_a_key_each_and_the_license_stays_in_force() {
    let mut shop = shop_with_a_paid_year();
    let license = shop.history.find(serial(1)).unwrap().clone();
    for number in [2, 3] {
        let key = shop.issue(&locked(1, machine(number), number));
        assert_eq!((key.details().action, key.details().replaces), (Action::Locked, Some(serial(1))));
        assert_eq!(key.claims().fingerprint(), Some(&machine(number)));
        same_but_for_the_machine(&license, &key);
    }
    // The license is reissued and renewed as if there were no such keys.
    assert_eq!(shop.permits(&renewal(1, 4)).fingerprint(), None);
    let new = shop.issue(&reissue(1, 4));
    assert_eq!((new.details().replaces, new.claims().fingerprint()), (Some(serial(1)), None));
}

#[test]
fn the_same_request_again_gives_the_same_key() {
    let mut shop = shop_with_a_paid_year();
    shop.issue(&locked(1, machine(7), 2));
    assert_eq!(repeats(&shop, &locked(1, machine(7), 3)), Some(2));
    // The product may have the locked key, and name it.
    assert_eq!(repeats(&shop, &locked(2, machine(7), 3)), Some(2));
    assert_eq!(repeats(&shop, &locked(1, machine(8), 3)), None);
    // Another key than the first was ordered.
    let mut shorter = locked(1, machine(7), 3);
    shorter.end = through("2026-06-30");
    assert_eq!(repeats(&shop, &shorter), None);

    shop.set(2, Status::OnHold);
    assert_eq!(shop.codes(&locked(1, machine(7), 3)), ["on-hold"]);
    shop.set(2, Status::Revoked(Reason::Superseded));
    assert_eq!(repeats(&shop, &locked(1, machine(7), 3)), None);
    // The machine that has the revoked key gets no other by its name.
    assert_eq!(shop.codes(&locked(2, machine(7), 3)), ["revoked"]);
}

type Change = fn(&mut Order);

#[test]
fn a_locked_key_says_what_its_license_says() {
    let shop = shop_with_a_paid_year();
    let order = || locked(1, machine(7), 2);
    let changes: [(&str, Change); 14] = [
        ("seats", |order| order.seats = Some(quantity(50))),
        ("seats", |order| order.seats = Some(quantity(2))),
        ("seats", |order| order.seats = Some(Quantity::Unlimited)),
        ("features", |order| order.features = Some(vec![])),
        ("limits", |order| order.limits = vec![limit("projects", 500)]),
        ("first day", |order| order.from = Some(day("2026-02-01"))),
        ("last day", |order| order.end = through("2027-01-01")),
        ("last day", |order| order.end = Some(End::Perpetual)),
        ("grace", |order| order.grace_days = Some(90)),
        ("licensee", |order| order.licensee = Some("Zed Ltd".to_owned())),
        ("updates", |order| order.updates = through("2026-12-31")),
        ("customer", |order| order.customer = Some("zed".to_owned())),
        ("subscription", |order| order.subscription = Some(Subscription { id: "sub-1".to_owned(), name: None })),
        ("environment", |order| order.environment = Some(Environment::Staging)),
    ];
    for (subject, change) in changes {
        for approve in [|order| order, approved as fn(Order) -> Order] {
            let mut order = approve(order());
            change(&mut order);
            let said = shop.says(&order);
            let expected = format!(
                "a locked key has the {subject} of its license 0000000000000001: leave the {subject} out, or reissue the \
                 license first"
            );
            assert!(said.contains(&expected), "{subject}: {said}");
        }
    }
    let mut kind = order();
    kind.kind = Some(Kind::Trial);
    assert!(shop.codes(&kind).contains(&"locked-differs"));
    let mut other = order();
    other.edition = Some("home".to_owned());
    assert!(shop.codes(&other).contains(&"locked-differs"));

    // It may end earlier, and name what is on record already.
    let mut shorter = order();
    (shorter.end, shorter.customer) = (after("30d"), Some("acme".to_owned()));
    assert_eq!(shop.permits(&shorter).valid_through(), Some(day("2026-01-30")));
}

#[test]
fn a_request_has_as_many_components_as_the_catalogue_asks_for() {
    let with = |present: usize| {
        let digests: [_; 5] =
            core::array::from_fn(|slot| (slot < present).then_some([1, 1, u8::try_from(slot).unwrap()]));
        locked(1, Fingerprint::from_digests(digests), 2)
    };
    let mut shop = shop_with_a_paid_year();
    assert_eq!(shop.codes(&with(0)), ["fits-no-machine"]);
    assert_eq!(shop.codes(&approved(with(1))), ["too-few-components"]);
    assert_eq!(
        shop.says(&with(1)),
        "the fingerprint has 1 of the five components of a machine, and the product asks for 2 or more: let the \
         product read more of them, or lower `least_components` of the product in the catalogue"
    );
    for present in 2..=5 {
        shop.permits(&with(present));
    }
    let setting =
        |least: &str| ("name = \"Acme Studio\"", format!("name = \"Acme Studio\"\nleast_components = {least}"));
    for (least, present) in [("1", 1), ("5", 5)] {
        let (old, new) = setting(least);
        shop.catalog = catalog_with(&[(old, &new)]);
        shop.permits(&with(present));
        assert!(shop.decide(&with(present - 1)).is_err());
    }
    let mut without = with(5);
    without.lock = None;
    assert_eq!(shop.codes(&without), ["fits-no-machine"]);
    without.lock = Some(MachineLock::None);
    assert_eq!(shop.codes(&without), ["fits-no-machine"]);
}

#[test]
fn an_order_names_a_machine_with_as_many_components_as_the_catalogue_asks_for() {
    let with = |mut order: Order, present: usize| {
        let digests: [_; 5] =
            core::array::from_fn(|slot| (slot < present).then_some([1, 1, u8::try_from(slot).unwrap()]));
        order.lock = Some(MachineLock::To(Fingerprint::from_digests(digests)));
        order
    };
    let mut shop = shop_with_a_paid_year();
    let orders = || [Order::of_offer("pro-perpetual", serial(2)), reissue(1, 2), renewal(1, 2)];
    for order in orders() {
        for order in [with(order.clone(), 1), approved(with(order, 1))] {
            assert_eq!(shop.codes(&order), ["too-few-components"], "{order:?}");
        }
    }
    for order in orders() {
        shop.permits(&with(order, 2));
    }
    shop.catalog = catalog_with(&[("name = \"Acme Studio\"", "name = \"Acme Studio\"\nleast_components = 1")]);
    for order in orders() {
        shop.permits(&with(order, 1));
    }
}

#[test]
fn there_are_keys_for_as_many_machines_as_the_activation_limit_says() {
    let mut shop = shop_with_machines(2);
    shop.issue(&locked(1, machine(1), 2));
    shop.issue(&locked(1, machine(2), 3));
    let third = || locked(1, machine(3), 4);
    assert_eq!(
        shop.says(&third()),
        "license 0000000000000001 is for 2 machines, and 2 have a locked key: raise the limit by a reissue with more \
         activations; revoke the key of a machine that is out of use, and give the revocation list; or get an approval with \
         a name and a reason"
    );
    shop.permits(&approved(third()));
    // The same machine with another disk keeps its place and its key.
    let mut bytes = machine(1).to_bytes();
    bytes[9] ^= 1;
    assert_eq!(repeats(&shop, &locked(1, Fingerprint::from_bytes(bytes).unwrap(), 4)), Some(2));
    let third = || locked(1, machine(3), 5);
    assert_eq!(shop.codes(&third()), ["no-machine-left"]);
    // A key that is on hold still counts, one that is revoked does not.
    shop.set(3, Status::OnHold);
    assert_eq!(shop.codes(&third()), ["no-machine-left"]);
    shop.set(3, Status::Revoked(Reason::Superseded));
    shop.permits(&third());
    // A reissue does not give the places again.
    shop.list.set(shop.history.find(serial(3)).unwrap().digest(), Status::OnHold);
    shop.issue(&reissue(1, 6));
    assert_eq!(shop.codes(&locked(6, machine(3), 7)), ["no-machine-left"]);
    let mut more = reissue(6, 7);
    more.activations = Some(quantity(3));
    shop.issue(&more);
    shop.permits(&locked(7, machine(3), 8));
}

/// A fingerprint with a component for each number other than 0.
fn of(components: [u8; 5]) -> Fingerprint {
    Fingerprint::from_digests(components.map(|number| Some([number, 8, 8]).filter(|_| number != 0)))
}

#[test]
fn two_components_of_a_machine_and_three_of_another_take_a_place() {
    for (first, second) in [
        ([1, 2, 3, 0, 0], [1, 2, 9, 9, 9]),
        ([1, 2, 3, 0, 0], [9, 2, 3, 9, 9]),
        ([1, 2, 3, 0, 0], [9, 9, 9, 0, 0]),
        ([1, 2, 3, 4, 0], [1, 2, 9, 9, 9]),
        ([1, 2, 3, 4, 5], [1, 2, 9, 9, 9]),
    ] {
        let mut shop = shop_with_machines(1);
        shop.issue(&locked(1, of(first), 2));
        assert_eq!(shop.codes(&locked(1, of(second), 3)), ["no-machine-left"], "{first:?} {second:?}");
        shop.permits(&approved(locked(1, of(second), 3)));
    }
    // One part after the other: the first key is the measure.
    let mut shop = shop_with_machines(1);
    shop.issue(&locked(1, of([1, 2, 3, 4, 5]), 2));
    assert_eq!(repeats(&shop, &locked(1, of([1, 2, 3, 9, 9]), 3)), Some(2));
    assert_eq!(shop.codes(&locked(1, of([9, 2, 9, 9, 9]), 4)), ["no-machine-left"]);
    // Parts that are read now, or are read no more, are of the same machine.
    assert_eq!(repeats(&shop, &locked(1, of([1, 2, 3, 0, 0]), 5)), Some(2));
    assert_eq!(repeats(&shop, &locked(1, of([1, 2, 3, 4, 0]), 6)), Some(2));
}

#[test]
fn one_place_does_for_one_machine_whatever_is_mixed_into_requests() {
    let machines: Vec<Fingerprint> = (1..=5).map(|number| of([number; 5])).collect();
    let digits = |mut number: u16| {
        std::array::from_fn(|_| {
            let digit = number % 4;
            number /= 4;
            u8::try_from(digit).unwrap()
        })
    };
    for first in [[1, 2, 3, 4, 5], [1, 1, 1, 2, 2], [1, 1, 2, 2, 0], [1, 2, 3, 0, 0], [1, 2, 0, 0, 0], [1, 1, 0, 0, 0]]
    {
        let mut shop = shop_with_machines(1);
        let mut keys = vec![shop.issue(&locked(1, of(first), 2))];
        let mut same = 0;
        // Every mix of three machines, with all days or fewer.
        for (number, end) in (0..1024).flat_map(|number| [(number, None), (number, through("2026-06-30"))]) {
            let mut order = locked(1, of(digits(number)), 3);
            order.end = end;
            match shop.policy().decide(&order, &shop.history) {
                Ok(Decision::Permitted(key)) => {
                    assert_eq!(key.claims().fingerprint(), Some(&of(first)), "{first:?} {number}");
                    same += 1;
                }
                Ok(Decision::Repeated(key)) => keys.push(Arc::unwrap_or_clone(key)),
                Err(_) => {}
            }
        }
        assert!(same > 0 && keys.len() > 1, "{first:?}: nothing was asked of its machine");
        let fits = |machine: &&Fingerprint| {
            keys.iter().any(|key| key.claims().fingerprint().unwrap().compare(machine).is_same_machine())
        };
        assert!(machines.iter().filter(fits).count() <= 1, "{first:?}");
        // A person may decide that the machine is another by now.
        let mixed = of([first[0], first[1], first[2], 9, 9]);
        assert_eq!(shop.permits(&approved(locked(1, mixed, 3))).fingerprint(), Some(&mixed));
    }
}

#[test]
fn a_key_that_has_ended_leaves_its_place() {
    let mut shop = shop_with_machines(1);
    let mut short = locked(1, machine(1), 2);
    short.end = through("2026-01-31");
    let key = shop.issue(&short);
    let grace = key
        .claims()
        .grace_days()
        .unwrap_or_else(|| keyward_grace::default_grace_days(key.claims().term_days().unwrap()));
    let last = day("2026-01-31").checked_add(grace.into()).unwrap();
    for (today, codes) in [(last, &["no-machine-left"][..]), (last.checked_add(1).unwrap(), &[])] {
        shop.today = today;
        let refused = shop.decide(&locked(1, machine(2), 3)).err();
        let found: Vec<_> =
            refused.iter().flat_map(|refused| refused.as_slice()).map(|refusal| refusal.code()).collect();
        assert_eq!(found, codes, "{today}");
    }
}

#[test]
fn a_locked_key_is_neither_reissued_nor_renewed_nor_bridged() {
    let mut shop = shop_with_a_paid_year();
    shop.issue(&locked(1, machine(7), 2));
    let mut bridging = stopgap(3);
    bridging.bridges = Some(serial(2));
    for order in [reissue(2, 3), renewal(2, 3), bridging] {
        assert_eq!(shop.codes(&order), ["locked-key"]);
        assert_eq!(
            shop.says(&order),
            "0000000000000002 is a key of license 0000000000000001 that is locked to one machine: name that license"
        );
    }
    // A stopgap for the customer bridges the license, and only once.
    shop.today = day("2026-12-20");
    let record = shop.issue(&stopgap(3));
    assert_eq!(record.details().bridges, Some(serial(1)));
    assert_eq!(shop.codes(&stopgap(4)), ["second-stopgap"]);
}

#[test]
fn a_renewal_has_locked_keys_of_its_own() {
    let mut shop = shop_with_machines(1);
    shop.issue(&locked(1, machine(1), 2));
    shop.issue(&renewal(1, 3));
    let key = shop.issue(&locked(3, machine(1), 4));
    assert_eq!(key.claims().valid_from(), day("2027-01-01"));
    assert_eq!(shop.codes(&locked(3, machine(2), 5)), ["no-machine-left"]);
}

#[test]
fn trials_and_stopgaps_have_locked_keys_that_are_no_second_ones() {
    let mut shop = shop_with_a_paid_year();
    let mut trial = Order::of_offer("pro-trial", serial(2));
    trial.customer = Some("acme".to_owned());
    shop.issue(&trial);
    shop.today = day("2026-01-10");
    let key = shop.issue(&locked(2, machine(7), 3));
    assert_eq!(key.claims().kind(), Kind::Trial);
    trial.serial = serial(4);
    assert_eq!(shop.says(&trial).matches("0000000000000002").count(), 1, "the trial, and not its locked key");

    shop.today = day("2026-12-20");
    shop.issue(&stopgap(4));
    let key = shop.issue(&locked(4, machine(7), 5));
    assert_eq!((key.claims().kind(), key.details().bridges), (Kind::Stopgap, Some(serial(1))));
    assert_eq!(shop.codes(&stopgap(6)), ["second-stopgap"]);
}

#[test]
fn a_license_that_is_gone_has_no_new_locked_keys() {
    let mut shop = shop_with_a_paid_year();
    shop.issue(&locked(1, machine(7), 2));
    let order = locked(1, machine(8), 9);
    for (status, code) in [(Status::OnHold, "on-hold"), (Status::Revoked(Reason::Leaked), "revoked")] {
        shop.set(1, status);
        assert_eq!(shop.codes(&order), [code]);
        assert_eq!(shop.codes(&locked(2, machine(8), 9)), [code], "by the serial of its locked key");
    }
    let mut shop = shop_with_a_paid_year();
    shop.issue(&locked(1, machine(7), 2));
    shop.issue(&reissue(1, 3));
    // The license may have another owner now, or may have been leaked: its holder has to have the new key.
    assert_eq!(shop.codes(&order), ["replaced"]);
    assert_eq!(shop.codes(&locked(2, machine(8), 9)), ["replaced"]);
    shop.permits(&locked(3, machine(8), 9));
    assert_eq!(shop.codes(&locked(200, machine(8), 9)), ["not-on-record"]);
    shop.today = day("2027-02-01");
    assert_eq!(shop.codes(&locked(3, machine(8), 9)), ["has-ended"]);
}

#[test]
fn a_license_that_is_locked_itself_needs_an_approval_for_another_machine() {
    let mut shop = Shop::on("2026-01-01");
    let mut order = offer("pro-annual");
    order.lock = Some(MachineLock::To(machine(1)));
    shop.issue(&order);
    assert_eq!(shop.codes(&locked(1, machine(2), 2)), ["lock-changes"]);
    shop.permits(&approved(locked(1, machine(2), 2)));
    shop.permits(&locked(1, machine(1), 2));
}

#[test]
fn an_order_with_an_id_and_a_request_is_issued_once() {
    let mut shop = shop_with_a_paid_year();
    let mut order = locked(1, machine(7), 2);
    order.reference = Some(OrderRef::new("REQ-1", &order, SerialSource::Drawn));
    shop.issue(&order);
    let mut again = locked(1, machine(7), 3);
    again.reference = Some(OrderRef::new("REQ-1", &again, SerialSource::Drawn));
    assert_eq!(repeats(&shop, &again), Some(2));
    let mut other = locked(1, machine(8), 3);
    other.reference = Some(OrderRef::new("REQ-1", &other, SerialSource::Drawn));
    assert_eq!(shop.codes(&other), ["order-differs"]);
}

#[test]
fn a_locked_key_is_read_back_from_its_line() {
    let mut shop = shop_with_a_paid_year();
    let key = shop.issue(&locked(1, machine(7), 2));
    assert!(key.to_line().contains("\"action\":\"locked\""));
    assert_eq!(IssueRecord::from_line(&key.to_line()).unwrap(), key);
    assert_eq!(key.license_of_locked(), Some(serial(1)));
}

#[test]
fn an_order_in_json_or_csv_has_the_request() {
    let request = ActivationRequest::new(serial(1), machine(7));
    let order = Order::from_json(&format!(r#"{{"id": "1", "request": "{request}"}}"#)).unwrap();
    assert_eq!(order.subject, Subject::Locked(serial(1)));
    assert_eq!(order.lock, Some(MachineLock::To(machine(7))));
    let says = |json: String| Order::from_json(&json).unwrap_err().to_string();
    let key = include_str!("../../../cli/tests/fixtures/keys/typical.txt").replace('\n', "");
    for wrong in ["R40G4", &request.to_string().replacen('0', "8", 1), &key] {
        assert_eq!(
            says(format!(r#"{{"request": "{wrong}"}}"#)),
            "request: expected an activation request without mistakes, 11 groups that begin with R"
        );
    }
    assert_eq!(
        says(format!(r#"{{"request": "{request}", "fingerprint": "{}"}}"#, machine(8))),
        "the order has two machines: give request or fingerprint, not both"
    );
    assert!(says(format!(r#"{{"request": "{request}", "offer": "pro-annual"}}"#)).contains("request"));
}

/// A shop of a product whose keys for machines are good for 90 days, with a license of a year, number 1.
pub fn shop_with_short_keys() -> Shop {
    let mut shop = Shop::on("2026-01-01");
    shop.catalog = catalog_with(&[("name = \"Acme Server\"", "name = \"Acme Server\"\n    locked_term = \"90d\"")]);
    let mut order = edition("server", "one");
    (order.activations, order.customer) = (Some(quantity(2)), Some("acme".to_owned()));
    shop.issue(&order);
    shop
}

#[test]
fn a_product_shortens_the_keys_of_machines() {
    let mut shop = shop_with_short_keys();
    let last = |shop: &Shop, order: &Order| shop.permits(order).valid_through().unwrap().to_string();
    let order = locked(1, machine(7), 2);
    assert_eq!(last(&shop, &order), "2026-03-31", "90 days, the first and the last included");
    let key = shop.issue(&order);
    assert_eq!((key.claims().valid_from(), key.details().term), (day("2026-01-01"), None));
    // Not longer than the license, and shorter if the order says so.
    shop.today = day("2026-11-01");
    assert_eq!(last(&shop, &locked(1, machine(8), 3)), "2026-12-31");
    let mut short = locked(1, machine(8), 3);
    short.end = through("2026-11-30");
    assert_eq!(last(&shop, &short), "2026-11-30");
    short.end = through("2026-12-31");
    shop.permits(&short);

    shop.today = day("2026-06-01");
    assert_eq!(
        shop.says(&short),
        "a key of one machine is good for at most 90 days, and this one of license 0000000000000001 would end after \
         2026-08-29: leave its last day out, end it on 2026-08-29, or get an approval with a name and a reason"
    );
    short.approval = approved(short.clone()).approval;
    shop.permits(&short);
}

#[test]
fn a_short_key_of_a_license_without_end_ends_and_one_that_begins_later_has_all_its_days() {
    let mut shop = shop_with_short_keys();
    let mut perpetual = approved(edition("server", "one"));
    (perpetual.serial, perpetual.end) = (serial(2), Some(End::Perpetual));
    shop.issue(&perpetual);
    assert_eq!(shop.permits(&locked(2, machine(7), 3)).valid_through(), Some(day("2026-03-31")));
    let mut later = edition("server", "one");
    (later.serial, later.from) = (serial(4), Some(day("2026-03-01")));
    shop.issue(&later);
    assert_eq!(shop.permits(&locked(4, machine(7), 5)).valid_through(), Some(day("2026-05-29")));
}

#[test]
fn a_short_key_is_the_same_until_half_of_its_days_are_over() {
    let mut shop = shop_with_short_keys();
    shop.issue(&locked(1, machine(7), 2));
    for (today, repeated) in [("2026-01-01", Some(2)), ("2026-02-15", Some(2)), ("2026-02-16", None)] {
        shop.today = day(today);
        assert_eq!(repeats(&shop, &locked(1, machine(7), 3)), repeated, "{today}");
        assert_eq!(repeats(&shop, &locked(1, machine(8), 3)), None, "another machine");
    }
    // The next one is for the same machine, which takes no further place.
    shop.issue(&locked(1, machine(7), 3));
    shop.issue(&locked(1, machine(8), 4));
    assert_eq!(shop.codes(&locked(1, machine(9), 5)), ["no-machine-left"]);
    assert_eq!(repeats(&shop, &locked(1, machine(7), 5)), Some(3));
}
