//! Customers: found, edited, merged, erased and exported, and attacks on all of it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod erasing;
mod exporting;
mod finding;
mod lists;
mod merging;

use common::{Shop, TODAY, annual, at, serial};
use keyward_issuer::order::Order;
use keyward_ledger::recipient::{EmailAddress, Trade};
use keyward_ledger::{
    Contact, ContactRole, Created, Customer, CustomerDetails, CustomerId, FoundCustomer, LedgerError, License,
    NewLicense,
};

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

fn contact(text: &str, trade: Trade) -> Contact {
    Contact { name: None, email: address(text), role: ContactRole::Renewal, trade }
}

/// Details of a customer with that address and name.
fn details(email: &str, name: &str) -> CustomerDetails {
    CustomerDetails::of_email(address(email)).named(name.parse().unwrap())
}

async fn customer(shop: &Shop, email: &str) -> Customer {
    found(shop, email).await.into_customer()
}

async fn found(shop: &Shop, email: &str) -> FoundCustomer {
    shop.ledger.find_or_create_customer(&details(email, "Acme Ltd"), &at(TODAY)).await.unwrap()
}

async fn sell(shop: &Shop, customer: CustomerId) -> License {
    let new = NewLicense::new(annual()).for_customer(customer);
    shop.ledger.create(shop.vendor.issuing(), &new, &at(TODAY)).await.unwrap().into_license()
}

/// Orders a trial for a customer.
async fn trial(shop: &Shop, customer: CustomerId) -> Result<Created, LedgerError> {
    let new = NewLicense::new(Order::of_offer("pro-trial", serial())).for_customer(customer);
    shop.ledger.create(shop.vendor.issuing(), &new, &at(TODAY)).await
}

/// The codes of the rules that an order breaks.
fn codes<T: std::fmt::Debug>(refused: Result<T, LedgerError>) -> Vec<&'static str> {
    match refused {
        Err(LedgerError::Refused(refusals)) => refusals.as_slice().iter().map(|refusal| refusal.code()).collect(),
        other => panic!("expected a refusal, not {other:?}"),
    }
}

/// Checks that the audit log and all tables agree.
async fn agrees(shop: &Shop) {
    let found = shop.ledger.verify(&[], &[]).await.unwrap();
    assert!(found.agrees(), "{:?}", found.differences);
}
