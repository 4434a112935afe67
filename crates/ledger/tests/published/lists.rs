//! The revocation list says what the states of the licenses say.

use keyward_core::ActivationRequest;
use keyward_issuer::order::Order;
use keyward_ledger::state::SuspendCause;
use keyward_ledger::{LedgerError, Releaser};
use keyward_verifier::LicenseDigest;
use keyward_verifier::files::{Reason, Status};

use crate::common::{Shop, TODAY, at, on_both, on_both_altered, serial};
use crate::product::{ANY, keys, next_list, sold};
use crate::raw::Raw;

#[test]
fn l8_a_leaked_license_is_revoked_on_the_next_list() {
    on_both("l8 list", async |shop: Shop| {
        let ((license, key), (_, other), product) = (sold(&shop).await, sold(&shop).await, keys(&shop));
        let before = next_list(&shop).await;
        assert_eq!((before.number, product.says(&before, &key)), (1, None));
        shop.ledger.revoke(license.id, Reason::Leaked, Some("on a forum"), ANY, &at(TODAY)).await.unwrap();
        let list = next_list(&shop).await;
        assert_eq!((list.number, product.says(&list, &key), product.says(&list, &other)), (2, Some("revoked"), None));
        let opened = product.open(&list);
        assert_eq!(opened.status_of(&LicenseDigest::of(&key)), Some(Status::Revoked(Reason::Leaked)));
        assert_eq!((opened.sequence, opened.len(), opened.digest()), (2, 1, list.digest));
        assert_eq!(opened.issued_at, at(TODAY).at);
    });
}

#[test]
fn l70_an_inactive_license_is_on_hold_until_it_is_reactivated() {
    on_both("l70 list", async |shop: Shop| {
        let ((license, key), product, by) = (sold(&shop).await, keys(&shop), at(TODAY));
        let machine = "laptop-1".parse().unwrap();
        let serial = key.unverified_serial().unwrap();
        shop.ledger.activate(serial, &machine, None, &shop.vendor.catalog, &by).await.unwrap();
        shop.ledger.inactivate(license.id, None, ANY, &by).await.unwrap();
        assert_eq!(product.says(&next_list(&shop).await, &key), Some("on-hold"));
        shop.ledger.reactivate(license.id, None, ANY, &by).await.unwrap();
        let released = next_list(&shop).await;
        assert_eq!(product.says(&released, &key), None);
        assert!(product.open(&released).is_empty());
    });
}

#[test]
fn a_suspended_license_is_on_hold_with_all_its_keys_and_a_resumed_one_is_not() {
    on_both("suspended list", async |shop: Shop| {
        let ((license, key), product, by) = (sold(&shop).await, keys(&shop), at(TODAY));
        // A superseded key that grants no more is good, and is held with the license.
        let mut order = Order::reissue_of(key.unverified_serial().unwrap(), serial());
        (order.seats, order.reason, order.ticket) =
            (Some("30".parse().unwrap()), Some("more seats".to_owned()), Some("DESK-17".to_owned()));
        shop.ledger.reissue(shop.vendor.issuing(), license.id, &order, ANY, &by).await.unwrap();
        let keys = shop.ledger.deliver(license.id, &shop.vendor.catalog, &by).await.unwrap().keys;
        let new = keys[0].key.clone();
        assert_ne!(new, key);
        for cause in [SuspendCause::Abuse, SuspendCause::Payment, SuspendCause::Manual] {
            shop.ledger.suspend(license.id, cause, None, ANY, &by).await.unwrap();
            let list = next_list(&shop).await;
            assert_eq!([&key, &new].map(|key| product.says(&list, key)), [Some("on-hold"); 2]);
            shop.ledger.resume(license.id, None, ANY, &by).await.unwrap();
            let list = next_list(&shop).await;
            assert_eq!([&key, &new].map(|key| product.says(&list, key)), [None; 2]);
        }
    });
}

#[test]
fn l78_a_revoked_license_never_leaves_the_lists() {
    on_both("l78 list", async |shop: Shop| {
        let ((license, key), product, by) = (sold(&shop).await, keys(&shop), at(TODAY));
        shop.ledger.suspend(license.id, SuspendCause::Payment, None, ANY, &by).await.unwrap();
        shop.ledger.revoke(license.id, Reason::Unpaid, None, ANY, &by).await.unwrap();
        let years_later = at("2031-01-01T12:00:00Z");
        shop.ledger.resume(license.id, None, ANY, &years_later).await.unwrap_err();
        for by in [&by, &years_later] {
            let list = shop.ledger.sign_list(&shop.vendor.issuer, by).await.unwrap();
            let status = product.open(&list).status_of(&LicenseDigest::of(&key));
            assert_eq!(status, Some(Status::Revoked(Reason::Unpaid)), "revoked, and not only on hold");
        }
    });
}

#[test]
fn a_key_that_granted_more_than_the_one_after_it_is_revoked_as_superseded() {
    on_both("superseded list", async |shop: Shop| {
        let ((license, key), product, by) = (sold(&shop).await, keys(&shop), at(TODAY));
        let mut order = Order::reissue_of(key.unverified_serial().unwrap(), serial());
        (order.seats, order.reason, order.ticket) =
            (Some("3".parse().unwrap()), Some("fewer seats".to_owned()), Some("DESK-17".to_owned()));
        shop.ledger.reissue(shop.vendor.issuing(), license.id, &order, ANY, &by).await.unwrap();
        let new = shop.ledger.deliver(license.id, &shop.vendor.catalog, &by).await.unwrap().keys[0].key.clone();
        let list = next_list(&shop).await;
        assert_eq!([&key, &new].map(|key| product.says(&list, key)), [Some("revoked"), None]);
        let status = product.open(&list).status_of(&LicenseDigest::of(&key));
        assert_eq!(status, Some(Status::Revoked(Reason::Superseded)));
        // The license is revoked later: the reason of each key stays.
        shop.ledger.revoke(license.id, Reason::Refunded, None, ANY, &by).await.unwrap();
        let opened = product.open(&next_list(&shop).await);
        let reasons = [&key, &new].map(|key| opened.status_of(&LicenseDigest::of(key)));
        assert_eq!(reasons, [Reason::Superseded, Reason::Refunded].map(|reason| Some(Status::Revoked(reason))));
    });
}

#[test]
fn the_locked_key_of_a_released_machine_is_revoked_and_the_license_is_not() {
    on_both("locked list", async |shop: Shop| {
        let ((license, key), product, by) = (sold(&shop).await, keys(&shop), at(TODAY));
        let fingerprint = "01a1b2c3d4e5f60718293a4b5c6d7e8f".parse().unwrap();
        let request = ActivationRequest::new(key.unverified_serial().unwrap(), fingerprint);
        let order = Order::locked(&request, serial());
        let locked = shop.ledger.lock(shop.vendor.issuing(), &request, &order, &by).await.unwrap();
        let delivered = shop.ledger.deliver(license.id, &shop.vendor.catalog, &by).await.unwrap();
        let own = delivered.keys.iter().find(|key| key.serial == locked.serial).unwrap().key.clone();
        shop.ledger.release(locked.activation.id, Releaser::Staff, Some("lost"), &by).await.unwrap();
        let opened = product.open(&next_list(&shop).await);
        let says = [&key, &own].map(|key| opened.status_of(&LicenseDigest::of(key)));
        assert_eq!(says, [None, Some(Status::Revoked(Reason::Superseded))]);
    });
}

#[test]
fn the_keys_of_a_deleted_license_that_left_are_revoked() {
    on_both("deleted list", async |shop: Shop| {
        let ((license, key), product, by) = (sold(&shop).await, keys(&shop), at(TODAY));
        let never_left = shop.license().await;
        let digest = shop.ledger.keys(never_left.id).await.unwrap()[0].digest;
        for id in [license.id, never_left.id] {
            shop.ledger.delete(id, Some("typed twice"), ANY, &by).await.unwrap();
        }
        let opened = product.open(&next_list(&shop).await);
        let status = opened.status_of(&LicenseDigest::of(&key));
        assert_eq!(status, Some(Status::Revoked(Reason::IssuedWrongly)));
        assert_eq!((opened.status_of(&digest), opened.len()), (None, 1));
    });
}

#[test]
fn the_newest_list_is_stored_and_one_that_was_altered_is_not_given_out() {
    on_both("stored list", async |shop: Shop| {
        assert_eq!(shop.ledger.newest_list().await.unwrap(), None);
        let first = next_list(&shop).await;
        assert_eq!(shop.ledger.newest_list().await.unwrap(), Some(first.clone()));
        let (license, _) = sold(&shop).await;
        shop.ledger.revoke(license.id, Reason::Leaked, None, ANY, &at(TODAY)).await.unwrap();
        let second = next_list(&shop).await;
        assert_eq!(shop.ledger.newest_list().await.unwrap(), Some(second));
        let raw = Raw::connect(&shop.url).await;
        let files = raw.rows("select number from signed_lists where file is not null").await;
        assert_eq!(files, [["2"]], "older lists are not kept");

        // A person with access to the database puts the list of before the revocation back.
        raw.run(&format!("update signed_lists set file = '{}' where number = 2", first.file.unwrap())).await;
        let refused = shop.ledger.newest_list().await.unwrap_err();
        assert!(matches!(refused, LedgerError::Damaged { .. }), "{refused}");
    });
}

#[test]
fn no_list_follows_the_last_number() {
    on_both_altered("last number", async |shop: Shop| {
        next_list(&shop).await;
        let raw = Raw::connect(&shop.url).await;
        raw.run(&format!("update signed_lists set number = {}", u32::MAX - 1)).await;
        assert_eq!(next_list(&shop).await.number, u32::MAX);
        for _ in 0..2 {
            let refused = shop.ledger.sign_list(&shop.vendor.issuer, &at(TODAY)).await.unwrap_err();
            assert!(matches!(refused, LedgerError::NoNumberLeft), "{refused}");
        }
        assert_eq!(shop.ledger.newest_list().await.unwrap().unwrap().number, u32::MAX);
    });
}

#[test]
fn a_list_may_have_a_hundred_thousand_licenses() {
    on_both_altered("100,000", async |shop: Shop| {
        let ((license, key), product) = (sold(&shop).await, keys(&shop));
        shop.ledger.revoke(license.id, Reason::Leaked, None, ANY, &at(TODAY)).await.unwrap();
        let raw = Raw::connect(&shop.url).await;
        let (numbers, bytes) = if raw.is_postgres() {
            ("select n from generate_series(1, 100000) s (n)", "decode(md5(n::text), 'hex')")
        } else {
            let numbers =
                "with recursive s (n) as (select 1 union all select n + 1 from s where n < 100000) select n from s";
            (numbers, "unhex(printf('%032x', n * 2654435761))")
        };
        let insert = format!(
            "insert into deleted_keys (serial, digest, signing_key, revoked_for, deleted_at) \
             select {bytes}, {bytes}, {bytes}, 'refunded', 0 from ({numbers}) numbers"
        );
        raw.run(&insert).await;
        let list = next_list(&shop).await;
        assert_eq!((product.open(&list).len(), product.says(&list, &key)), (100_001, Some("revoked")));
        assert!(!shop.ledger.list_is_due(at("2026-11-29T11:00:00Z").at).await.unwrap());
    });
}

#[test]
fn a_new_signing_key_for_lists_goes_on_counting() {
    on_both("other key", async |shop: Shop| {
        let first = next_list(&shop).await;
        let other = keyward_issuer::Issuer::with_key(keyward_issuer::SigningKey::generate().unwrap());
        let second = shop.ledger.sign_list(&other, &at(TODAY)).await.unwrap();
        // A product takes a lower number for a rollback, whichever keys signed both.
        assert_eq!((first.number, second.number), (1, 2));
        assert_ne!(first.signing_key, second.signing_key);
    });
}
