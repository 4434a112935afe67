//! Orders that wait for an approval.

use std::sync::Arc;

use keyward_issuer::End;
use keyward_issuer::order::{Approval as Approved, LimitValue, Order};
use keyward_ledger::{ApprovalState, Ask, Expected, LedgerError, License, Metadata, NewLicense, Ordered, PageSize};
use keyward_verifier::files::Reason;

use crate::common::{Shop, TODAY, at, long_trial, on_both, serial};
use crate::races::{at_once, servers};

fn ask() -> Ask {
    Ask { reason: "a pilot".parse().unwrap(), maker: "Grace".to_owned() }
}

/// A reissue with later days.
fn later(through: &str) -> Order {
    let mut order = Order::reissue_of(serial(), serial());
    order.end = Some(End::Through(through.parse().unwrap()));
    (order.reason, order.ticket) = (Some("promised".to_owned()), Some("DESK-1".to_owned()));
    order
}

async fn reissue(
    shop: &Shop,
    license: &License,
    order: &Order,
) -> Result<Option<keyward_ledger::Approval>, LedgerError> {
    let issuing = shop.vendor.issuing();
    let ordered = shop.ledger.reissue_or_ask(issuing, license.id, order, Expected::Any, &ask(), &at(TODAY)).await?;
    Ok(match ordered {
        Ordered::Done(_) => None,
        Ordered::Waiting(approval) => Some(approval),
    })
}

#[test]
fn h32_the_order_is_kept_as_it_was_asked_for() {
    on_both("h32 kept", async |shop: Shop| {
        let customer = shop.customer("it@acme.example").await;
        let mut order = long_trial();
        (order.seats, order.licensee) = (Some("3".parse().unwrap()), Some("Acme Ltd".to_owned()));
        (order.features, order.ticket) = (Some(Vec::new()), Some("DESK-1".to_owned()));
        let mut new = NewLicense::new(order.clone()).for_customer(customer);
        (new.notes, new.lease_days) = (Some("a large one".to_owned()), Some(7));
        new.metadata = Some("{\"po\":17}".parse::<Metadata>().unwrap());
        let asked = shop.asked(&new, "a pilot", TODAY).await;
        let json: serde_json::Value = serde_json::from_str(asked.order_json.as_deref().unwrap()).unwrap();
        assert_eq!(json["notes"], "a large one");
        assert_eq!((&json["lease_days"], &json["metadata"]["po"]), (&serde_json::json!(7), &serde_json::json!(17)));

        // What is kept makes what would be issued, once it is approved.
        let mut fields = json.as_object().unwrap().clone();
        fields.retain(|name, _| !["notes", "lease_days", "metadata"].contains(&name.as_str()));
        let mut again = Order::from_json(&serde_json::Value::Object(fields).to_string()).unwrap();
        again.approval = Some(Approved { by: "Ada".to_owned(), reason: "a pilot".to_owned() });
        let new = NewLicense::new(again).for_customer(customer);
        let made = shop.ledger.create(shop.vendor.issuing(), &new, &at(TODAY)).await.unwrap().into_license();
        assert_eq!((made.valid_from, made.valid_through), (Some(asked.valid_from), asked.valid_through));
        assert_eq!((made.kind, made.product, made.edition), (asked.kind, asked.product, asked.edition));
        assert_eq!((made.seats, made.features.bits()), ("3".parse().unwrap(), 0));
    });
}

#[test]
fn an_approval_in_an_order_is_not_kept_as_one() {
    on_both("named", async |shop: Shop| {
        // One that does not name the others: it lifts nothing.
        let customer = shop.customer("it@acme.example").await;
        let approved = |reason: &str| {
            let mut order = Order::of_offer("pro-trial", serial());
            order.approval = Some(Approved { by: "Mallory".to_owned(), reason: reason.to_owned() });
            NewLicense::new(order).for_customer(customer)
        };
        for _ in 0..2 {
            shop.ledger.create(shop.vendor.issuing(), &approved("a pilot"), &at(TODAY)).await.unwrap();
        }
        let asked = shop.asked(&approved("one more pilot"), "a pilot", TODAY).await;
        let order = asked.order_json.unwrap();
        assert!(!order.contains("Mallory") && !order.contains("approv"), "{order}");
    });
}

#[test]
fn an_approval_does_not_keep_its_license_from_anything() {
    on_both("deleted", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let asked = reissue(&shop, &license, &later("2028-06-30")).await.unwrap().unwrap();
        assert_eq!(shop.ledger.license(license.id).await.unwrap(), license);
        shop.ledger.delete(license.id, Some("typed twice"), Expected::Any, &at(TODAY)).await.unwrap();
        assert_eq!(shop.ledger.approval(asked.id).await.unwrap(), asked);

        // A state that does not allow the order allows no request.
        let license = shop.sold("b@acme.example").await;
        shop.ledger.revoke(license.id, Reason::Leaked, None, Expected::Any, &at(TODAY)).await.unwrap();
        let refused = reissue(&shop, &license, &later("2028-06-30")).await;
        assert!(matches!(refused, Err(LedgerError::Transition(_))), "{refused:?}");
    });
}

#[test]
fn after_a_reissue_the_same_wish_is_another_order() {
    on_both("replaced", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let first = reissue(&shop, &license, &later("2028-06-30")).await.unwrap().unwrap();
        let again = reissue(&shop, &license, &later("2028-06-30")).await.unwrap().unwrap();
        assert_eq!(again, first);
        let mut more = later("2028-06-30");
        (more.end, more.seats) = (None, Some("30".parse().unwrap()));
        assert_eq!(reissue(&shop, &license, &more).await.unwrap(), None, "it breaks no rule");
        // The key that would be replaced is another.
        let other = reissue(&shop, &license, &later("2028-06-30")).await.unwrap().unwrap();
        assert!(other.id != first.id && other.order_digest != first.order_digest);
    });
}

/// A perpetual license that no offer has.
fn perpetual(seats: usize) -> Order {
    let mut order = Order::of_edition("studio", "pro", serial());
    (order.end, order.seats) = (Some(End::Perpetual), Some(seats.to_string().parse().unwrap()));
    order.limits = vec![("projects".to_owned(), LimitValue::Of(1_000))];
    order
}

#[test]
fn one_order_that_is_asked_for_at_once_waits_once() {
    on_both("at once", async |shop: Shop| {
        let customer = shop.customer("it@acme.example").await;
        let servers = servers(&shop).await;
        let shop = Arc::new(shop);
        // The pool has no customer whose row the requests wait for.
        let asked = at_once((0..200).map(|number| {
            let (shop, ledger) = (Arc::clone(&shop), servers[number % 2].clone());
            async move {
                // Ten orders for the pool, each on both servers at once, and one for a customer.
                let new = match number / 2 % 11 {
                    0 => NewLicense::new(long_trial()).for_customer(customer),
                    seats => NewLicense::new(perpetual(seats)),
                };
                ledger.create_or_ask(shop.vendor.issuing(), &new, &ask(), &at(TODAY)).await
            }
        }))
        .await;
        let ids: std::collections::BTreeSet<_> = asked
            .into_iter()
            .map(|asked| match asked.unwrap() {
                Ordered::Waiting(approval) => approval.id,
                Ordered::Done(created) => panic!("{created:?}"),
            })
            .collect();
        assert_eq!(ids.len(), 11);
        let waiting = shop.ledger.approvals(Some(ApprovalState::Waiting), None, PageSize::MAX).await.unwrap();
        assert_eq!(waiting.rows.len(), 11);
    });
}

#[test]
fn a_customer_who_was_erased_or_merged_meanwhile_asks_for_nothing() {
    on_both("asked late", async |shop: Shop| {
        let customer = shop.customer("it@acme.example").await;
        shop.ledger.erase_customer(customer, None, &at(TODAY)).await.unwrap();
        let new = NewLicense::new(long_trial()).for_customer(customer);
        let refused = shop.ledger.create_or_ask(shop.vendor.issuing(), &new, &ask(), &at(TODAY)).await;
        assert!(matches!(refused, Err(LedgerError::CustomerErased { .. })), "{refused:?}");
    });
}
