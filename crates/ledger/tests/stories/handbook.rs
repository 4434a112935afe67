//! What the handbook and the stopgap page say, where the ledger answers.

use keyward_issuer::order::{Order, Subscription};
use keyward_issuer::{End, Serial};
use keyward_ledger::state::{Action, State};
use keyward_ledger::{
    Activated, Expected, LedgerError, License, Machine, NewLicense, PageSize, Releaser, Role, Succession,
};

use crate::common::{Shop, TODAY, annual, at, on_both, serial};

/// After the term and the grace of a license that was sold on the first day.
const LATE: &str = "2027-12-20T12:00:00Z";

fn machine(name: &str) -> Machine {
    name.parse().unwrap()
}

fn stopgap() -> Order {
    Order::of_offer("pro-stopgap", serial())
}

async fn activate(shop: &Shop, key: Serial, name: &str, time: &str) -> Result<Activated, LedgerError> {
    shop.ledger.activate(key, &machine(name), None, &shop.vendor.catalog, &at(time)).await
}

async fn sell(shop: &Shop, order: Order) -> License {
    let new = NewLicense::new(order).for_customer(shop.customer("it@acme.example").await);
    shop.ledger.create(shop.vendor.issuing(), &new, &at(TODAY)).await.unwrap().into_license()
}

#[test]
fn s1_s4_a_stopgap_asks_for_no_reason_and_no_reason_is_a_ground_to_refuse_it() {
    on_both("s4", async |shop: Shop| {
        let reasons = [None, Some("the purchase order is late"), Some("nobody reads these mails"), Some("we forgot")];
        for (number, reason) in reasons.into_iter().enumerate() {
            let license = shop.sold(&format!("it@customer-{number}.example")).await;
            let mut order = stopgap();
            order.reason = reason.map(str::to_owned);
            let bridged =
                shop.ledger.stopgap(shop.vendor.issuing(), license.id, &order, Expected::Any, &at(LATE)).await;
            assert_eq!(bridged.unwrap().license.state(at(LATE).at), State::Assigned, "{reason:?}");
        }
    });
}

#[test]
fn s3_a_stopgap_is_possible_before_the_end_in_grace_and_after_it() {
    on_both("s3", async |shop: Shop| {
        for (number, time) in ["2027-11-20T12:00:00Z", "2027-12-05T12:00:00Z", LATE].into_iter().enumerate() {
            let license = shop.sold(&format!("it@customer-{number}.example")).await;
            let (order, by) = (stopgap(), at(time));
            let bridged = shop.ledger.stopgap(shop.vendor.issuing(), license.id, &order, Expected::Any, &by).await;
            let serial = bridged.unwrap().serial;
            let keys = shop.ledger.keys(license.id).await.unwrap();
            let begins = keys.iter().find(|key| key.serial == serial).unwrap().standing(by.at).unwrap();
            // Grace is 14 days; a stopgap has nothing to do before they are over.
            assert_eq!(
                begins.valid_from().to_string(),
                if time == LATE { "2027-12-20" } else { "2027-12-12" },
                "{time}"
            );
        }
    });
}

#[test]
fn s6_a_stopgap_has_the_seats_and_functions_of_the_license_and_not_those_of_a_trial() {
    on_both("s6", async |shop: Shop| {
        let mut order = annual();
        (order.edition, order.seats) = (Some("enterprise".to_owned()), Some("40".parse().unwrap()));
        let license = sell(&shop, order).await;
        let issuing = shop.vendor.issuing();
        let bridge =
            shop.ledger.preview(Succession::Stopgap, issuing, license.id, &stopgap(), &at(LATE)).await.unwrap();
        assert_eq!(
            (bridge.role, bridge.claims.edition().0, bridge.claims.seats()),
            (Role::Bridge, license.edition, license.seats)
        );
        assert_eq!((bridge.claims.features(), bridge.claims.limits()), (license.features, &license.limits));
        let trial = shop.vendor.catalog.offer("pro-trial").unwrap();
        assert!(bridge.claims.seats() > trial.seats && bridge.claims.edition() != trial.edition);
    });
}

#[test]
fn s16_activating_the_key_of_a_stopgap_restores_the_product_at_once() {
    on_both("s16", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let main = shop.ledger.keys(license.id).await.unwrap()[0].serial;
        activate(&shop, main, "laptop-1", TODAY).await.unwrap();
        for name in ["laptop-1", "laptop-2"] {
            let refused = activate(&shop, main, name, LATE).await;
            let Err(LedgerError::Transition(refused)) = refused else { panic!("{refused:?}") };
            assert_eq!((refused.state, refused.action), (State::Expired, Action::Activate));
        }
        let by = at(LATE);
        shop.ledger.stopgap(shop.vendor.issuing(), license.id, &stopgap(), Expected::Any, &by).await.unwrap();
        let delivered = shop.ledger.deliver(license.id, &shop.vendor.catalog, &by).await.unwrap();
        let key = delivered.keys.iter().find(|key| key.role == Role::Bridge).unwrap();
        let again = activate(&shop, key.serial, "laptop-1", LATE).await.unwrap();
        assert!(matches!(again, Activated::Same(..)), "the machine has kept its slot");
        let new = activate(&shop, key.serial, "laptop-2", LATE).await.unwrap();
        assert!(matches!(new, Activated::New(..)));
        assert_eq!(new.license().state(by.at), State::Active);
        // Offline, the key says so by itself.
        let keys = shop.ledger.keys(license.id).await.unwrap();
        let standing = keys.iter().find(|row| row.serial == key.serial).unwrap().standing(by.at).unwrap();
        assert!(standing.is_usable() && standing.notice().is_some(), "{standing:?}");
    });
}

#[test]
fn l62_past_activations_are_listed_with_machine_time_and_who_released_them() {
    on_both("l62", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let key = shop.ledger.keys(license.id).await.unwrap()[0].serial;
        let first = activate(&shop, key, "laptop-1", TODAY).await.unwrap().activation().id;
        activate(&shop, key, "laptop-2", "2026-11-29T12:00:00Z").await.unwrap();
        let later = at("2026-11-30T12:00:00Z");
        shop.ledger.release(first, Releaser::Staff, Some("sold"), &later).await.unwrap();
        let listed = shop.ledger.activations_of(license.id, None, PageSize::MAX).await.unwrap().rows;
        let shown: Vec<_> = listed
            .iter()
            .map(|row| (row.machine.to_string(), row.activated_at, row.released_at, row.released_by.as_deref()))
            .collect();
        let millis = |time: &str| at(time).at.timestamp_millis();
        assert_eq!(
            shown,
            [
                ("laptop-2".to_owned(), millis("2026-11-29T12:00:00Z"), None, None),
                ("laptop-1".to_owned(), millis(TODAY), Some(later.at.timestamp_millis()), Some("Grace")),
            ]
        );
    });
}

#[test]
fn l105_a_license_ends_after_a_term_or_never_or_with_its_subscription() {
    on_both("l105", async |shop: Shop| {
        for (term, through) in [("30d", "2026-12-27"), ("3m", "2027-02-27"), ("2y", "2028-11-27")] {
            let mut order = annual();
            order.end = Some(End::After(term.parse().unwrap()));
            assert_eq!(sell(&shop, order).await.valid_through, Some(through.parse().unwrap()), "{term}");
        }
        let perpetual = sell(&shop, Order::of_offer("pro-perpetual", serial())).await;
        assert_eq!((perpetual.valid_through, perpetual.last_usable_day), (None, None));
        assert_eq!(perpetual.state(at("2120-01-01T00:00:00Z").at), State::Assigned);

        let mut order = annual();
        order.subscription = Some(Subscription { id: "sub-1".to_owned(), name: Some("Acme, yearly".to_owned()) });
        let license = sell(&shop, order).await;
        assert_eq!(license.subscription_id.as_deref(), Some("sub-1"));
        let soon = at("2027-11-20T12:00:00Z");
        let renewal = Order::renewal_of(serial(), serial());
        let renewed =
            shop.ledger.renew(shop.vendor.issuing(), license.id, &renewal, Expected::Any, &soon).await.unwrap();
        assert_eq!(renewed.license.subscription_id.as_deref(), Some("sub-1"), "it pays for the next term too");
        assert_eq!(renewed.license.valid_through, Some("2028-11-27".parse().unwrap()));
    });
}
