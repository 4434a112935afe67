//! The life of a license, on both engines.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{Shop, TODAY, annual, at, on_both};
use keyward_issuer::order::{OrderRef, SerialSource};
use keyward_ledger::state::{Action, State, SuspendCause};
use keyward_ledger::{Created, Expected, KeyStatus, LedgerError, NewLicense};
use keyward_verifier::files::Reason;

#[test]
fn l23_an_available_license_has_no_customer_and_its_key_does_not_leave() {
    on_both("l23", async |shop: Shop| {
        let license = shop.license().await;
        assert_eq!(license.state(at(TODAY).at), State::Available);
        assert_eq!(shop.ledger.license(license.id).await.unwrap(), license, "what is returned is what is stored");
        let refused = shop.ledger.deliver(license.id, &shop.vendor.catalog, &at(TODAY)).await.unwrap_err();
        assert!(matches!(refused, LedgerError::Transition(_)), "{refused}");
    });
}

#[test]
fn a_repeated_order_is_answered_with_its_license() {
    on_both("repeated", async |shop: Shop| {
        let mut order = annual();
        order.reference = Some(OrderRef::new("PO-1", &order, SerialSource::Drawn));
        let first =
            shop.ledger.create(shop.vendor.issuing(), &NewLicense::new(order.clone()), &at(TODAY)).await.unwrap();
        order.serial = common::serial();
        let later = at("2026-11-29T12:00:00Z");
        let again = shop.ledger.create(shop.vendor.issuing(), &NewLicense::new(order), &later).await.unwrap();
        assert_eq!(again, Created::Repeated(first.into_license()));
    });
}

#[test]
fn l78_a_revoked_license_is_revoked_with_all_its_keys_and_for_good() {
    on_both("l78", async |shop: Shop| {
        let license = shop.license().await;
        let by = at(TODAY);
        shop.ledger
            .revoke(license.id, Reason::Leaked, Some("posted on a forum"), Expected::Version(1), &by)
            .await
            .unwrap();
        let keys = shop.ledger.keys(license.id).await.unwrap();
        assert!(keys.iter().all(|key| (key.status, key.revoked_for) == (KeyStatus::Revoked, Some(Reason::Leaked))));
        let LedgerError::Transition(refused) =
            shop.ledger.suspend(license.id, SuspendCause::Manual, None, Expected::Any, &by).await.unwrap_err()
        else {
            panic!("a revoked license allows nothing")
        };
        assert_eq!((refused.state, refused.action, refused.allowed.len()), (State::Revoked, Action::Suspend, 0));
    });
}

#[test]
fn two_clerks_who_change_one_license_are_told() {
    on_both("two clerks", async |shop: Shop| {
        let license = shop.license().await;
        let by = at(TODAY);
        shop.ledger.revoke(license.id, Reason::Leaked, None, Expected::Version(license.version), &by).await.unwrap();
        let second =
            shop.ledger.revoke(license.id, Reason::Refunded, None, Expected::Version(license.version), &by).await;
        let Err(LedgerError::ChangedMeanwhile { expected: 1, current: 2 }) = second else { panic!("{second:?}") };
    });
}
