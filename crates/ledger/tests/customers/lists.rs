//! Lists in pages.

use keyward_ledger::{LedgerError, Merge, NewLicense, PageSize};

use super::common::{Shop, TODAY, annual, at, on_both};
use super::{customer, sell};

#[test]
fn pages_stay_put_while_rows_are_added() {
    on_both("pages", async |shop: Shop| {
        let id = customer(&shop, "it@acme.example").await.id;
        let other = customer(&shop, "ada@other.example").await.id;
        let mut expected = Vec::new();
        for _ in 0..5 {
            expected.push(sell(&shop, id).await.id);
            sell(&shop, other).await;
        }
        expected.sort_unstable_by(|a, b| b.cmp(a));

        let size = PageSize::new(2).unwrap();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = shop.ledger.licenses_of(id, after, size).await.unwrap();
            seen.extend(page.rows.iter().map(|license| license.id));
            after = page.next;
            if after.is_none() {
                break;
            }
            assert_eq!(page.rows.len(), 2);
        }
        assert_eq!(seen, expected);
        assert_eq!(shop.ledger.licenses(None, PageSize::MAX).await.unwrap().rows.len(), 10);
        let exact = shop.ledger.licenses(None, PageSize::new(10).unwrap()).await.unwrap();
        assert_eq!((exact.rows.len(), exact.next), (10, None), "no empty last page");
        let page = shop.ledger.licenses(None, size).await.unwrap();
        let later = at("2026-11-29T12:00:00Z");
        let new = NewLicense::new(annual());
        shop.ledger.create(shop.vendor.issuing(), &new, &later).await.unwrap();
        let next = shop.ledger.licenses(page.next, PageSize::MAX).await.unwrap();
        assert_eq!(next.rows.len(), 8, "a new license is before the first page");
    });
    assert_eq!((PageSize::new(0), PageSize::new(1_001)), (None, None));
}

#[test]
fn a_customer_who_was_merged_is_not_listed() {
    on_both("merged list", async |shop: Shop| {
        let (a, b) = (customer(&shop, "a@acme.example").await.id, customer(&shop, "b@acme.example").await.id);
        shop.ledger.merge_customers(Merge { from: a, into: b }, None, &at(TODAY)).await.unwrap();
        let listed = shop.ledger.customers(None, PageSize::MAX).await.unwrap();
        assert_eq!(listed.rows.iter().map(|customer| customer.id).collect::<Vec<_>>(), [b]);
    });
}

#[test]
fn the_license_of_another_customer_is_answered_as_none() {
    on_both("another's license", async |shop: Shop| {
        let (a, b) = (customer(&shop, "a@acme.example").await.id, customer(&shop, "b@acme.example").await.id);
        let license = sell(&shop, a).await;
        assert_eq!(shop.ledger.license_of_customer(a, license.id).await.unwrap(), license);
        let in_pool = shop.license().await.id;
        for id in [license.id, in_pool] {
            let refused = shop.ledger.license_of_customer(b, id).await;
            assert!(matches!(refused, Err(LedgerError::NoLicense { id: none }) if none == id), "{refused:?}");
        }
    });
}
