//! What the manual of the license page says of the whole life of a license, its limits and its audit log.

use std::collections::BTreeSet;

use keyward_catalog::Catalog;
use keyward_issuer::order::Order;
use keyward_issuer::policy::Refusal;
use keyward_issuer::{Day, End, Environment, Quantity, Serial};
use keyward_ledger::state::{Action, State, SuspendCause};
use keyward_ledger::{
    Created, CustomerId, Edit, Expected, KeyStatus, LedgerError, License, LicenseId, Machine, NewLicense, Signing,
};
use keyward_verifier::files::Reason;
use serde_json::Value;

use crate::common::{Shop, TODAY, annual, at, on_both, rows, serial};

const LATER: &str = "2026-11-29T08:30:00Z";

fn machine(name: &str) -> Machine {
    name.parse().unwrap()
}

fn quantity(text: &str) -> Quantity {
    text.parse().unwrap()
}

async fn key(shop: &Shop, license: LicenseId) -> Serial {
    shop.ledger.keys(license).await.unwrap()[0].serial
}

async fn activate(shop: &Shop, license: LicenseId, name: &str, time: &str) -> Result<License, LedgerError> {
    let key = key(shop, license).await;
    let activated = shop.ledger.activate(key, &machine(name), None, &shop.vendor.catalog, &at(time)).await?;
    Ok(activated.license().clone())
}

async fn create(shop: &Shop, new: &NewLicense) -> Result<License, LedgerError> {
    Ok(shop.ledger.create(shop.vendor.issuing(), new, &at(TODAY)).await?.into_license())
}

/// The entries about a license, the oldest first.
async fn entries(shop: &Shop, license: LicenseId) -> Vec<Value> {
    let entries = rows(&shop.url, "select entry from audit_log order by number").await;
    let entries = entries.iter().map(|entry| serde_json::from_str::<Value>(entry).unwrap());
    entries.filter(|entry| entry["subject"] == license.to_string()).collect()
}

/// The action of an entry, with the stored state and the hold of its license.
fn told(entry: &Value) -> (&str, Option<&str>, Option<&str>) {
    let row = entry["rows"].as_array().unwrap().iter().find(|row| row["table"] == "licenses");
    let column = |name: &str| row.and_then(|row| row["row"][name].as_str());
    (entry["action"].as_str().unwrap(), column("base_state"), column("hold"))
}

fn codes(refused: Result<License, LedgerError>) -> Vec<&'static str> {
    let Err(LedgerError::Refused(refusals)) = refused else { panic!("{refused:?}") };
    refusals.as_slice().iter().map(Refusal::code).collect()
}

/// The log shows the same, and the license is the same, as with two calls.
#[test]
fn a_license_that_is_delivered_as_it_is_made_is_as_one_that_is_delivered_later() {
    on_both("delivered", async |mut shop: Shop| {
        for activation in ["required", "none"] {
            let text = Catalog::EXAMPLE.replace("activation = \"required\"", &format!("activation = \"{activation}\""));
            shop.vendor.catalog = Catalog::parse(&text, "catalog.toml").unwrap();
            let mut made = Vec::new();
            for delivered in [false, true] {
                let customer = shop.customer(&format!("it@{activation}-{delivered}.example")).await;
                let mut new = NewLicense::new(annual()).for_customer(customer);
                new.order.serial = serial();
                new.delivered = delivered;
                let created = shop.ledger.create(shop.vendor.issuing(), &new, &at(TODAY)).await.unwrap();
                let Created::New(created) = created else { panic!("{created:?}") };
                let delivered = match delivered {
                    true => created,
                    false => {
                        assert!(created.keys.is_empty());
                        shop.ledger.deliver(created.license.id, &shop.vendor.catalog, &at(TODAY)).await.unwrap()
                    }
                };
                let stored = shop.ledger.license(delivered.license.id).await.unwrap();
                assert_eq!(stored, delivered.license);
                let keys = shop.ledger.keys(stored.id).await.unwrap();
                assert_eq!((keys[0].serial, delivered.keys[0].serial), (delivered.keys[0].serial, new.order.serial));
                assert_eq!(keys[0].delivered_at, Some(at(TODAY).at.timestamp_millis()));
                let log = entries(&shop, stored.id).await;
                let rows = |entry: &Value| {
                    let rows = entry["rows"].as_array().unwrap().iter().map(|row| {
                        let columns: Vec<_> = row["row"].as_object().unwrap().keys().cloned().collect();
                        (row["table"].to_string(), columns, row["row"]["base_state"].to_string())
                    });
                    rows.collect::<BTreeSet<_>>()
                };
                made.push(log.iter().map(|entry| (entry["action"].clone(), rows(entry))).collect::<Vec<_>>());
            }
            assert_eq!(made[0], made[1], "{activation}");
            assert_eq!(
                made[0].iter().map(|(action, _)| action).collect::<Vec<_>>(),
                ["license.created", "license.delivered"]
            );
        }
        // One for the pool keeps its key.
        let mut pooled = NewLicense::new(annual());
        pooled.delivered = true;
        let created = shop.ledger.create(shop.vendor.issuing(), &pooled, &at(TODAY)).await.unwrap();
        assert!(matches!(&created, Created::New(created) if created.keys.is_empty()), "{created:?}");
    });
}

#[test]
fn l53_l134_a_license_is_made_for_the_pool_or_for_a_customer_on_record() {
    on_both("l53", async |shop: Shop| {
        let by = at(TODAY);
        let pooled = create(&shop, &NewLicense::new(annual())).await.unwrap();
        assert_eq!((pooled.state(by.at), pooled.customer), (State::Available, None));
        let customer = shop.customer("it@acme.example").await;
        let sold = create(&shop, &NewLicense::new(annual()).for_customer(customer)).await.unwrap();
        assert_eq!((sold.state(by.at), sold.customer), (State::Assigned, Some(customer)));

        let before = rows(&shop.url, "select action from audit_log order by number").await;
        let nobody: CustomerId = "cus_0193a1b2c3d4e5f60718293a4b5c6d7e".parse().unwrap();
        let refused = create(&shop, &NewLicense::new(annual()).for_customer(nobody)).await;
        assert!(matches!(refused, Err(LedgerError::NoCustomer { id }) if id == nobody), "{refused:?}");
        let refused = shop.assign(pooled.id, nobody).await;
        assert!(matches!(refused, Err(LedgerError::NoCustomer { id }) if id == nobody), "{refused:?}");
        assert_eq!(shop.ledger.license(pooled.id).await.unwrap(), pooled);
        assert_eq!(rows(&shop.url, "select action from audit_log order by number").await, before);
    });
}

#[test]
fn l54_l55_an_order_has_its_own_limit_and_end_instead_of_those_of_the_offer() {
    on_both("l54", async |shop: Shop| {
        let end: Day = "2027-03-31".parse().unwrap();
        let of_offer = create(&shop, &NewLicense::new(annual())).await.unwrap();
        let mut order = annual();
        (order.activations, order.end) = (Some(quantity("2")), Some(End::Through(end)));
        let own = create(&shop, &NewLicense::new(order)).await.unwrap();
        assert_eq!((own.activation_limit, own.valid_through), (quantity("2"), Some(end)));
        assert_ne!((of_offer.activation_limit, of_offer.valid_through), (own.activation_limit, own.valid_through));

        let json = r#"{"offer":"pro-annual","seats":25,"activations":3,"through":"2027-05-31"}"#;
        let issuing = shop.vendor.issuing();
        let generator = shop.ledger.create_generator(issuing, "Pool", json, Signing::AtOnce, &at(TODAY)).await.unwrap();
        let made = shop.ledger.generate(issuing, generator.id, 1, &at(TODAY)).await.unwrap();
        let generated = shop.ledger.license(made[0]).await.unwrap();
        assert_eq!(generated.activation_limit, quantity("3"));
        assert_eq!(generated.valid_through, Some("2027-05-31".parse().unwrap()));
    });
}

#[test]
fn l132_a_serial_is_used_once_and_the_key_of_a_license_stays() {
    on_both("l132", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let used = key(&shop, license.id).await;
        let mut order = annual();
        order.serial = used;
        assert_eq!(codes(create(&shop, &NewLicense::new(order)).await), ["serial-taken"]);

        let before = shop.ledger.deliver(license.id, &shop.vendor.catalog, &at(TODAY)).await.unwrap();
        let edit = Edit { activation_limit: Some(quantity("7")), ..Edit::default() };
        shop.ledger.edit(license.id, &edit, None, Expected::Any, &at(TODAY)).await.unwrap();
        let after = shop.ledger.deliver(license.id, &shop.vendor.catalog, &at(TODAY)).await.unwrap();
        assert_eq!(before.keys[0].key, after.keys[0].key);
    });
}

#[test]
fn l135_the_activation_limit_of_a_license_is_1_to_10_000_or_unlimited() {
    on_both("l135", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        for limit in ["1", "10000", "unlimited"] {
            let edit = Edit { activation_limit: Some(quantity(limit)), ..Edit::default() };
            let edited = shop.ledger.edit(license.id, &edit, None, Expected::Any, &at(TODAY)).await.unwrap();
            assert_eq!(edited.activation_limit, quantity(limit));
        }
        let edit = Edit { activation_limit: Some(quantity("10001")), ..Edit::default() };
        let refused = shop.ledger.edit(license.id, &edit, None, Expected::Any, &at(TODAY)).await;
        assert!(refused.is_err(), "{refused:?}");
        assert_eq!(shop.ledger.license(license.id).await.unwrap().activation_limit, quantity("unlimited"));
        let mut order = annual();
        order.activations = Some(quantity("10001"));
        assert_eq!(codes(create(&shop, &NewLicense::new(order)).await), ["activations-out-of-range"]);
        for no_limit in ["0", "-1", "1.5"] {
            assert!(no_limit.parse::<Quantity>().is_err(), "{no_limit}");
        }
    });
}

#[test]
fn l98_a_license_of_another_environment_is_neither_made_nor_looked_for() {
    on_both("l98", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let mut order = annual();
        order.environment = Some(Environment::Staging);
        let refused = create(&shop, &NewLicense::new(order)).await;
        let Err(LedgerError::OrderEnvironment { found, expected }) = refused else { panic!("{refused:?}") };
        assert_eq!((found, expected), (Environment::Staging, Environment::Production));
        let mut moved = Order::reissue_of(key(&shop, license.id).await, serial());
        (moved.reason, moved.ticket) = (Some("a test".to_owned()), Some("DESK-17".to_owned()));
        moved.environment = Some(Environment::Staging);
        let refused = shop.ledger.reissue(shop.vendor.issuing(), license.id, &moved, Expected::Any, &at(TODAY)).await;
        assert!(refused.is_err(), "a reissue moves no license: {refused:?}");
        assert_eq!(shop.ledger.license(license.id).await.unwrap(), license);
    });
}

#[test]
fn l96_l141_each_step_of_a_life_is_in_the_audit_log_with_who_when_and_the_state() {
    on_both("l141", async |shop: Shop| {
        let (ledger, any) = (&shop.ledger, Expected::Any);
        let license = shop.license().await;
        shop.assign(license.id, shop.customer("it@acme.example").await).await.unwrap();
        activate(&shop, license.id, "laptop-1", TODAY).await.unwrap();
        let by = at(LATER);
        for _ in 0..2 {
            ledger.suspend(license.id, SuspendCause::Payment, Some("bill 17"), any, &by).await.unwrap();
            ledger.resume(license.id, Some("paid"), any, &by).await.unwrap();
        }
        ledger.inactivate(license.id, Some("on leave"), any, &by).await.unwrap();
        ledger.reactivate(license.id, Some("back"), any, &by).await.unwrap();
        ledger.revoke(license.id, Reason::Refunded, Some("paid back"), any, &by).await.unwrap();

        let entries = entries(&shop, license.id).await;
        let story: Vec<_> = entries.iter().map(told).collect();
        assert_eq!(
            story,
            [
                ("license.created", Some("available"), None),
                ("license.assigned", Some("assigned"), None),
                ("activation.created", Some("active"), None),
                ("license.suspended", Some("active"), Some("suspended-payment")),
                ("license.resumed", Some("active"), None),
                ("license.suspended", Some("active"), Some("suspended-payment")),
                ("license.resumed", Some("active"), None),
                ("license.inactivated", Some("active"), Some("inactive")),
                ("license.reactivated", Some("active"), None),
                ("license.revoked", Some("revoked"), None),
            ]
        );
        assert!(entries.iter().all(|entry| entry["actor"] == "Grace"));
        let times: Vec<_> = entries.iter().map(|entry| entry["at"].as_str().unwrap()).collect();
        assert!(times[..3].iter().all(|time| *time == "2026-11-28T12:00:00.000Z"), "{times:?}");
        assert!(times[3..].iter().all(|time| *time == "2026-11-29T08:30:00.000Z"), "{times:?}");
        // The text of a reason is personal: the entry has its commitment.
        assert!(entries[3..].iter().all(|entry| entry["reason"].is_object()), "{entries:?}");
    });
}

#[test]
fn l28_l79_nothing_is_done_with_a_revoked_license() {
    on_both("l79", async |shop: Shop| {
        let (ledger, issuing, by, any) = (&shop.ledger, shop.vendor.issuing(), at(LATER), Expected::Any);
        let id = shop.sold("it@acme.example").await.id;
        let key = key(&shop, id).await;
        let revoked = ledger.revoke(id, Reason::Leaked, None, any, &at(TODAY)).await.unwrap();
        let mut order = Order::reissue_of(key, serial());
        (order.reason, order.ticket) = (Some("asked".to_owned()), Some("DESK-17".to_owned()));
        let stopgap = Order::of_offer("pro-stopgap", serial());
        let other = shop.customer("it@other.example").await;
        let edit = Edit { notes: Some(Some("revoked by mistake".to_owned())), ..Edit::default() };
        let refused = [
            (Action::Assign, shop.assign(id, other).await.err()),
            (Action::Deliver, ledger.deliver(id, &shop.vendor.catalog, &by).await.err()),
            (Action::Activate, ledger.activate(key, &machine("a"), None, &shop.vendor.catalog, &by).await.err()),
            (Action::Suspend, ledger.suspend(id, SuspendCause::Abuse, None, any, &by).await.err()),
            (Action::Resume, ledger.resume(id, None, any, &by).await.err()),
            (Action::Inactivate, ledger.inactivate(id, None, any, &by).await.err()),
            (Action::Reactivate, ledger.reactivate(id, None, any, &by).await.err()),
            (Action::Edit, ledger.edit(id, &edit, None, any, &by).await.err()),
            (Action::Reassign, ledger.reassign(issuing, id, other, &order, any, &by).await.err()),
            (Action::Reissue, ledger.reissue(issuing, id, &order, any, &by).await.err()),
            (Action::Renew, ledger.renew(issuing, id, &order, any, &by).await.err()),
            (Action::Stopgap, ledger.stopgap(issuing, id, &stopgap, any, &by).await.err()),
            (Action::Revoke, ledger.revoke(id, Reason::Refunded, None, any, &by).await.err()),
            (Action::Delete, ledger.delete(id, None, any, &by).await.err()),
        ];
        assert_eq!(refused.len(), Action::ALL.len());
        for (action, error) in refused {
            let Some(LedgerError::Transition(refused)) = error else { panic!("{action}: {error:?}") };
            assert_eq!((refused.state, refused.action, &refused.allowed[..]), (State::Revoked, action, &[][..]));
        }
        assert_eq!(ledger.license(id).await.unwrap(), revoked);
    });
}

#[test]
fn l83_l157_the_audit_log_keeps_a_deletion_and_the_license_is_gone() {
    on_both("l83", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let key = key(&shop, license.id).await;
        shop.ledger.delete(license.id, Some("typed twice"), Expected::Any, &at(LATER)).await.unwrap();
        for table in ["licenses", "license_keys", "record_keys", "activations"] {
            assert_eq!(rows(&shop.url, &format!("select 'a row' from {table}")).await, Vec::<String>::new(), "{table}");
        }
        let entries = entries(&shop, license.id).await;
        let last = entries.last().unwrap();
        assert_eq!((&last["action"], &last["actor"]), (&"license.deleted".into(), &"Grace".into()));
        assert_eq!(last["at"], "2026-11-29T08:30:00.000Z");
        let deleted: Vec<_> = last["deleted"].as_array().unwrap().iter().map(|row| row["table"].clone()).collect();
        assert_eq!(deleted, ["license_keys", "licenses"]);
        assert_eq!(last["deleted"][0]["key"], hex(key));
        assert_eq!(last["rows"][0]["table"], "deleted_keys", "its serial stays");
        // Entries are never removed, by no later change either.
        shop.sold("it@acme.example").await;
        assert_eq!(self::entries(&shop, license.id).await, entries);
    });
}

fn hex(serial: Serial) -> String {
    serial.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn l106_l107_a_license_expires_by_itself_after_its_grace_and_then_activates_nothing() {
    on_both("l106", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let edit = Edit { activation_limit: Some(quantity("5")), ..Edit::default() };
        shop.ledger.edit(license.id, &edit, None, Expected::Any, &at(TODAY)).await.unwrap();
        activate(&shop, license.id, "laptop-1", TODAY).await.unwrap();
        assert_eq!(license.valid_through, Some("2027-11-27".parse().unwrap()));
        // 14 days of grace; the day ends last at UTC−12.
        let (in_grace, after) = ("2027-12-12T11:59:59Z", "2027-12-12T12:00:00Z");
        let active = activate(&shop, license.id, "laptop-2", in_grace).await.unwrap();
        assert_eq!((active.state(at(in_grace).at), active.state(at(after).at)), (State::Active, State::Expired));
        for name in ["laptop-1", "laptop-3"] {
            let refused = activate(&shop, license.id, name, after).await;
            let Err(LedgerError::Transition(refused)) = refused else { panic!("{refused:?}") };
            assert_eq!((refused.state, refused.action), (State::Expired, Action::Activate));
        }
        // The next call of a machine that has a slot sees the end, and its slot stays on record.
        let key = key(&shop, license.id).await;
        let seen = shop.ledger.seen(key, Some(&machine("laptop-1")), &at(after)).await.unwrap();
        assert_eq!((seen.license.state(at(after).at), seen.key), (State::Expired, KeyStatus::Current));
        assert!(seen.activation.is_some());
        assert_eq!(told(entries(&shop, license.id).await.last().unwrap()).1, Some("active"), "expired is never stored");
    });
}
