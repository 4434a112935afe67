//! Two customers turn out to be one.

use keyward_issuer::order::Order;
use keyward_ledger::recipient::Trade;
use keyward_ledger::{
    Approval, ApprovalState, CustomerId, Expected, FoundCustomer, LedgerError, Merge, NewLicense, PageSize,
};

use super::common::{Shop, TODAY, at, long_trial, on_both, serial};
use super::{address, agrees, codes, contact, customer, details, found, sell, trial};

async fn merge(shop: &Shop, from: CustomerId, into: CustomerId) {
    shop.ledger.merge_customers(Merge { from, into }, Some("entered twice"), &at(TODAY)).await.unwrap();
}

#[test]
fn a_trial_before_a_merge_counts_after_it() {
    on_both("merge trials", async |shop: Shop| {
        // Both ways: the one with the trial is merged, and the other is merged into it.
        for (has_trial, number) in [("from", 1), ("into", 2)] {
            let from = customer(&shop, &format!("a{number}@acme.example")).await.id;
            let into = customer(&shop, &format!("b{number}@acme.example")).await.id;
            trial(&shop, if has_trial == "from" { from } else { into }).await.unwrap();
            merge(&shop, from, into).await;
            assert_eq!(codes(trial(&shop, into).await), ["second-trial"], "the trial of {has_trial}");
        }
        agrees(&shop).await;
    });
}

#[test]
fn a_stopgap_before_a_merge_counts_after_it() {
    on_both("merge stopgaps", async |shop: Shop| {
        let (from, into) = (customer(&shop, "a@acme.example").await.id, customer(&shop, "b@acme.example").await.id);
        let stopgap = |customer: CustomerId| {
            let mut order = Order::of_offer("pro-stopgap", serial());
            order.approval = Some(keyward_issuer::order::Approval { by: "Ada".into(), reason: "late order".into() });
            let new = NewLicense::new(order).for_customer(customer);
            let shop = &shop;
            async move { shop.ledger.create(shop.vendor.issuing(), &new, &at(TODAY)).await }
        };
        stopgap(from).await.unwrap();
        merge(&shop, from, into).await;
        assert_eq!(codes(stopgap(into).await), ["second-stopgap"]);
        agrees(&shop).await;
    });
}

#[test]
fn no_second_trial_by_merging_away_and_coming_back_under_the_same_address() {
    on_both("merge away", async |shop: Shop| {
        let from = customer(&shop, "a@acme.example").await.id;
        trial(&shop, from).await.unwrap();
        let into = customer(&shop, "b@acme.example").await.id;
        merge(&shop, from, into).await;

        let FoundCustomer::Known(back) = found(&shop, "A@acme.example").await else {
            panic!("the address leads to the one who is left")
        };
        assert_eq!(back.id, into);
        assert_eq!(codes(trial(&shop, back.id).await), ["second-trial"]);
        let old = trial(&shop, from).await;
        assert!(matches!(old, Err(LedgerError::CustomerMerged { into: left, .. }) if left == into), "{old:?}");

        // Also over several merges.
        let last = customer(&shop, "c@acme.example").await.id;
        merge(&shop, into, last).await;
        assert_eq!(customer(&shop, "a@acme.example").await.id, last);
        assert_eq!(codes(trial(&shop, last).await), ["second-trial"]);
        agrees(&shop).await;
    });
}

#[test]
fn a_merge_moves_approvals_and_the_same_order_waits_once() {
    on_both("merge approvals", async |shop: Shop| {
        let (from, into) = (customer(&shop, "a@acme.example").await.id, customer(&shop, "b@acme.example").await.id);
        let asked = async |customer: CustomerId, seats: u32| {
            let mut order = long_trial();
            order.seats = Some(seats.to_string().parse().unwrap());
            shop.asked(&NewLicense::new(order).for_customer(customer), "a pilot", TODAY).await
        };
        let (twice, once, kept) = (asked(from, 3).await, asked(from, 4).await, asked(into, 3).await);
        merge(&shop, from, into).await;
        let after = async |before: &Approval| {
            let after = shop.ledger.approval(before.id).await.unwrap();
            assert_eq!(after.customer, Some(into));
            (after.state, after.order_digest)
        };
        assert_eq!(after(&kept).await, (ApprovalState::Waiting, kept.order_digest.clone()));
        assert_eq!(after(&twice).await, (ApprovalState::Withdrawn, kept.order_digest.clone()));
        // It is another order now: a person who looked at it before looks again.
        let moved = after(&once).await;
        assert!(moved.0 == ApprovalState::Waiting && moved.1 != once.order_digest, "{moved:?}");
        assert_eq!(asked(into, 4).await.id, once.id, "it is the one that waits");
        agrees(&shop).await;
    });
}

#[test]
fn a_merge_moves_licenses_and_keeps_addresses() {
    on_both("merge", async |shop: Shop| {
        let mut of_from = details("a@acme.example", "Acme");
        of_from.contacts =
            vec![contact("renew@acme.example", Trade::EndUser), contact("b@acme.example", Trade::EndUser)];
        of_from.notes = Some("calls on Mondays".to_owned());
        let by = at(TODAY);
        let from = shop.ledger.find_or_create_customer(&of_from, &by).await.unwrap().into_customer().id;
        let into = customer(&shop, "b@acme.example").await.id;
        let licenses = [sell(&shop, from).await, sell(&shop, from).await, sell(&shop, into).await];
        let left = shop.ledger.merge_customers(Merge { from, into }, None, &by).await.unwrap();

        assert_eq!(shop.ledger.customer(into).await.unwrap(), left);
        let left = left.details().unwrap();
        let contacts: Vec<_> = left.contacts.iter().map(|contact| contact.email.as_str().to_owned()).collect();
        assert_eq!(contacts, ["a@acme.example", "renew@acme.example"]);
        assert_eq!(left.email, Some(address("b@acme.example")));
        assert_eq!(left.notes.as_deref(), Some("calls on Mondays"));

        let of_into = shop.ledger.licenses_of(into, None, PageSize::MAX).await.unwrap().rows;
        assert_eq!(of_into.len(), licenses.len());
        assert!(shop.ledger.licenses_of(from, None, PageSize::MAX).await.unwrap().rows.is_empty());
        let gone = shop.ledger.customer(from).await.unwrap();
        assert_eq!(gone.merged_into, Some(into));
        let again = shop.ledger.merge_customers(Merge { from, into }, None, &by).await;
        assert!(matches!(again, Err(LedgerError::CustomerMerged { .. })), "{again:?}");
        let edited = shop.ledger.edit_customer(from, &of_from, None, Expected::Any, &by).await;
        assert!(matches!(edited, Err(LedgerError::CustomerMerged { .. })), "{edited:?}");
        let itself = shop.ledger.merge_customers(Merge { from: into, into }, None, &by).await;
        assert!(matches!(itself, Err(LedgerError::SameCustomer)), "{itself:?}");

        // The one who is left may take the address as their own.
        let taken = details("A@acme.example", "Acme");
        shop.ledger.edit_customer(into, &taken, None, Expected::Any, &by).await.unwrap();
        assert_eq!(customer(&shop, "a@acme.example").await.id, into);
        agrees(&shop).await;
    });
}

#[test]
fn h14_a_resellers_addresses_stay_those_of_a_reseller() {
    on_both("h14", async |shop: Shop| {
        let by = at(TODAY);
        let mut reseller = details("sales@shop.example", "Shop");
        reseller.trade = Trade::Reseller;
        reseller.domain = Some("shop.example".parse().unwrap());
        reseller.contacts = vec![contact("bob@shop.example", Trade::EndUser)];
        let from = shop.ledger.find_or_create_customer(&reseller, &by).await.unwrap().into_customer().id;
        let mut unknown = details("x@acme.example", "Acme");
        unknown.email = None;
        let into = shop.ledger.find_or_create_customer(&unknown, &by).await.unwrap().into_customer().id;
        let left = shop.ledger.merge_customers(Merge { from, into }, None, &by).await.unwrap().details().unwrap();
        assert_eq!((left.email, left.domain, left.trade), (None, None, Trade::EndUser));
        assert_eq!(left.contacts.len(), 2);
        assert!(left.contacts.iter().all(|contact| contact.trade == Trade::Reseller));
        agrees(&shop).await;
    });
}

#[test]
fn merges_and_orders_at_once_leave_one_trial() {
    on_both("merge race", async |shop: Shop| {
        let shop = std::sync::Arc::new(shop);
        for round in 0..6 {
            let a = customer(&shop, &format!("a{round}@acme.example")).await.id;
            let b = customer(&shop, &format!("b{round}@acme.example")).await.id;
            let order = |id| {
                let shop = shop.clone();
                tokio::spawn(async move { trial(&shop, id).await })
            };
            let merging = {
                let shop = shop.clone();
                let merge = Merge { from: a, into: b };
                tokio::spawn(async move { shop.ledger.merge_customers(merge, None, &at(TODAY)).await })
            };
            let (of_a, of_b) = (order(a), order(b));
            let merged = merging.await.unwrap();
            let made = [of_a.await.unwrap(), of_b.await.unwrap()];
            merged.unwrap();
            // Trials that both had before the merge stay, and each of them counts.
            let kept = made.iter().filter(|made| made.is_ok()).count();
            assert!(kept > 0, "{made:?}");
            assert_eq!(codes(trial(&shop, b).await), ["second-trial", "third-temporary-key"][..kept], "round {round}");
        }
        agrees(&shop).await;
    });
}

#[test]
fn a_key_that_is_signed_during_a_merge_is_found_under_the_one_who_is_left() {
    on_both("merge and reissue", async |shop: Shop| {
        let shop = std::sync::Arc::new(shop);
        for round in 0..12 {
            let a = customer(&shop, &format!("a{round}@acme.example")).await.id;
            let b = customer(&shop, &format!("b{round}@acme.example")).await.id;
            let license = trial(&shop, a).await.unwrap().into_license();
            let reissuing = {
                let shop = shop.clone();
                let mut order = Order::reissue_of(serial(), serial());
                (order.seats, order.reason) = (Some("9".parse().unwrap()), Some("more seats".to_owned()));
                order.ticket = Some("DESK-1".to_owned());
                tokio::spawn(async move {
                    let issuing = shop.vendor.issuing();
                    shop.ledger.reissue(issuing, license.id, &order, Expected::Any, &at(TODAY)).await
                })
            };
            // Meets the reissue at different moments.
            for _ in 0..round * 60 {
                tokio::task::yield_now().await;
            }
            merge(&shop, a, b).await;
            reissuing.await.unwrap().unwrap();
            let serials = shop.ledger.keys(license.id).await.unwrap().len();
            assert_eq!(serials, 2);
        }
        // Each key has one entry under its serial, and each customer who is left one for all their trials.
        let sql = "select cast(count(distinct record_key) as text) from record_keys";
        assert_eq!(super::common::rows(&shop.url, sql).await, [(12 * 2 + 12).to_string()]);
        agrees(&shop).await;
    });
}

#[test]
fn two_merges_in_a_circle_leave_one_customer() {
    on_both("circle", async |shop: Shop| {
        let (a, b) = (customer(&shop, "a@acme.example").await.id, customer(&shop, "b@acme.example").await.id);
        let merge = |from, into| {
            let ledger = shop.ledger.clone();
            tokio::spawn(async move { ledger.merge_customers(Merge { from, into }, None, &at(TODAY)).await })
        };
        let (first, second) = (merge(a, b), merge(b, a));
        let merged = [first.await.unwrap(), second.await.unwrap()];
        assert_eq!(merged.iter().filter(|merged| merged.is_ok()).count(), 1, "{merged:?}");
        agrees(&shop).await;
    });
}
