//! The trials and stopgaps of a product that a customer has within 90 days.

use std::sync::Arc;

use keyward_issuer::Serial;
use keyward_issuer::order::{Approval, Order};
use keyward_ledger::{CustomerDetails, CustomerId, Expected, LedgerError, License, Merge, NewLicense, Signing};

use crate::common::{Shop, TODAY, at, on_both, serial};
use crate::races::{at_once, servers};

fn trial() -> Order {
    Order::of_offer("pro-trial", serial())
}

/// A stopgap for a license that is not on record.
fn stopgap() -> Order {
    Order::of_offer("pro-stopgap", serial())
}

fn approved(mut order: Order, reason: impl Into<String>) -> Order {
    order.approval = Some(Approval { by: "Ada".to_owned(), reason: reason.into() });
    order
}

async fn order(shop: &Shop, order: Order, customer: CustomerId, day: &str) -> Result<License, LedgerError> {
    let new = NewLicense::new(order).for_customer(customer);
    shop.ledger.create(shop.vendor.issuing(), &new, &at(day)).await.map(keyward_ledger::Created::into_license)
}

async fn serial_of(shop: &Shop, license: &License) -> Serial {
    shop.ledger.keys(license.id).await.unwrap()[0].serial
}

fn codes<T: std::fmt::Debug>(refused: Result<T, LedgerError>) -> Vec<&'static str> {
    match refused {
        Err(LedgerError::Refused(refusals)) => refusals.as_slice().iter().map(|refusal| refusal.code()).collect(),
        other => panic!("expected a refusal, not {other:?}"),
    }
}

/// A customer with a trial and a stopgap since today, and the serials of both.
async fn customer_with_two(shop: &Shop, email: &str) -> (CustomerId, String) {
    let customer = shop.customer(email).await;
    let trial = order(shop, trial(), customer, TODAY).await.unwrap();
    let stopgap = order(shop, approved(stopgap(), "a late order"), customer, TODAY).await.unwrap();
    let both = format!("{} {}", serial_of(shop, &trial).await, serial_of(shop, &stopgap).await);
    (customer, both)
}

const THIRD: [&str; 1] = ["third-temporary-key"];
const LAST_DAY: &str = "2027-02-25T12:00:00Z";
const AFTER: &str = "2027-02-26T12:00:00Z";

#[test]
fn h33_a_third_temporary_key_within_90_days_needs_an_approval_that_names_the_others() {
    on_both("h33", async |shop: Shop| {
        let (customer, both) = customer_with_two(&shop, "it@acme.example").await;
        let renamed = CustomerDetails {
            name: Some("Another Ltd".parse().unwrap()),
            ..CustomerDetails::of_email("it@acme.example".parse().unwrap())
        };
        shop.ledger.edit_customer(customer, &renamed, None, Expected::Any, &at(TODAY)).await.unwrap();
        assert_eq!(codes(order(&shop, approved(trial(), "a pilot"), customer, LAST_DAY).await), THIRD);
        let first = both.split(' ').next().unwrap();
        assert_eq!(codes(order(&shop, approved(trial(), first), customer, LAST_DAY).await), THIRD);
        order(&shop, approved(trial(), both), customer, LAST_DAY).await.unwrap();
        // The refusals are in the audit log.
        let refused =
            crate::common::rows(&shop.url, "select entry from audit_log where action = 'order.refused'").await;
        assert_eq!(refused.iter().filter(|entry| entry.contains("third-temporary-key")).count(), 2, "{refused:?}");

        let other = shop.customer("it@other.example").await;
        order(&shop, trial(), other, LAST_DAY).await.unwrap();
        let (later, _) = customer_with_two(&shop, "it@later.example").await;
        order(&shop, approved(trial(), "a pilot"), later, AFTER).await.unwrap();
    });
}

#[test]
fn h33_the_first_stopgap_of_a_license_is_never_stopped_by_the_count_and_counts_itself() {
    on_both("h33 first", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let customer = license.customer.unwrap();
        let late = "2027-12-20T12:00:00Z";
        order(&shop, trial(), customer, late).await.unwrap();
        shop.ledger.stopgap(shop.vendor.issuing(), license.id, &stopgap(), Expected::Any, &at(late)).await.unwrap();
        assert_eq!(codes(order(&shop, approved(trial(), "a pilot"), customer, late).await), THIRD);

        let (customer, _) = customer_with_two(&shop, "it@other.example").await;
        let late = "2026-12-31T12:00:00Z";
        let mut short = crate::common::annual();
        short.end = Some(keyward_issuer::End::After("30d".parse().unwrap()));
        let short = order(&shop, short, customer, TODAY).await.unwrap();
        shop.ledger.stopgap(shop.vendor.issuing(), short.id, &stopgap(), Expected::Any, &at(late)).await.unwrap();
    });
}

#[test]
fn h33_the_temporary_keys_of_merged_customers_count_together() {
    on_both("h33 merge", async |shop: Shop| {
        let (from, into) = (shop.customer("a@acme.example").await, shop.customer("b@acme.example").await);
        order(&shop, approved(stopgap(), "a late order"), from, TODAY).await.unwrap();
        let trial_of_into = order(&shop, trial(), into, TODAY).await.unwrap();
        shop.ledger.merge_customers(Merge { from, into }, None, &at(TODAY)).await.unwrap();
        assert_eq!(codes(order(&shop, approved(trial(), "a pilot"), into, TODAY).await), THIRD);

        // A stopgap of a license moves with it.
        let (from, into) = (shop.sold("a@zenith.example").await, shop.customer("b@zenith.example").await);
        let late = "2027-12-20T12:00:00Z";
        shop.ledger.stopgap(shop.vendor.issuing(), from.id, &stopgap(), Expected::Any, &at(late)).await.unwrap();
        order(&shop, trial(), into, late).await.unwrap();
        let merge = Merge { from: from.customer.unwrap(), into };
        shop.ledger.merge_customers(merge, None, &at(late)).await.unwrap();
        assert_eq!(codes(order(&shop, approved(trial(), "a pilot"), into, late).await), THIRD);
        assert!(trial_of_into.customer.is_some());
    });
}

#[test]
fn h33_h29_a_trial_comes_to_a_customer_by_no_other_way() {
    on_both("h33 ways", async |shop: Shop| {
        let (issuing, by) = (shop.vendor.issuing(), at(TODAY));
        let (customer, both) = customer_with_two(&shop, "it@acme.example").await;
        let json = r#"{"offer": "pro-trial", "approved_by": "Ada", "reason": "trials of a fair"}"#;
        let generator =
            shop.ledger.create_generator(issuing, "trials", json, Signing::OnAssignment, &by).await.unwrap();
        let pool = shop.ledger.generate(issuing, generator.id, 1, &by).await.unwrap();
        assert_eq!(codes(shop.assign(pool[0], customer).await), THIRD, "from the pool");

        let fresh = shop.customer("it@fresh.example").await;
        let given = order(&shop, trial(), fresh, TODAY).await.unwrap();
        let mut reissue = Order::reissue_of(serial(), serial());
        (reissue.reason, reissue.ticket) = (Some("sold to a sister company".to_owned()), Some("DESK-1".to_owned()));
        let bare = shop.ledger.reassign(issuing, given.id, customer, &reissue, Expected::Any, &by).await;
        assert_eq!(codes(bare), ["second-trial", THIRD[0], "customer-changes"], "its key has not left");
        let unnamed = approved(reissue.clone(), "a sister company");
        let unnamed = shop.ledger.reassign(issuing, given.id, customer, &unnamed, Expected::Any, &by).await;
        assert_eq!(codes(unnamed), THIRD);
        let named = approved(reissue, both);
        let named = shop.ledger.reassign(issuing, given.id, customer, &named, Expected::Any, &by).await.unwrap();
        assert_eq!(named.customer, Some(customer));
    });
}

#[test]
fn h33_orders_at_once_make_one_second_temporary_key() {
    on_both("h33 at once", async |shop: Shop| {
        let customer = shop.customer("it@acme.example").await;
        let first = order(&shop, approved(stopgap(), "a late order"), customer, TODAY).await.unwrap();
        let first = serial_of(&shop, &first).await;
        let servers = servers(&shop).await;
        let shop = Arc::new(shop);
        let results = at_once((0..20).map(|number| {
            let (shop, ledger) = (Arc::clone(&shop), servers[number % 2].clone());
            // A first trial, or a stopgap with an approval that names the one before.
            let order = if number % 4 < 2 { trial() } else { approved(stopgap(), first.to_string()) };
            async move {
                let new = NewLicense::new(order).for_customer(customer);
                ledger.create(shop.vendor.issuing(), &new, &at(TODAY)).await
            }
        }))
        .await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        assert!(results.iter().all(|result| matches!(result, Ok(_) | Err(LedgerError::Refused(_)))), "{results:?}");
    });
}
