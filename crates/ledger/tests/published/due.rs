//! When the next revocation list is due.

use std::sync::atomic::{AtomicBool, Ordering};

use keyward_issuer::signature::{self, Signer};
use keyward_issuer::{Issuer, Signature, SigningKey};
use keyward_ledger::LedgerError;
use keyward_verifier::files::Reason;

use crate::common::{Shop, at, on_both};
use crate::product::{ANY, sold};
use crate::raw::Raw;

async fn due(shop: &Shop, time: &str) -> bool {
    let is_due = shop.ledger.list_is_due(at(time).at).await.unwrap();
    // Whether one is signed then is the same question.
    if !is_due {
        let signed = shop.ledger.sign_list_if_due(&shop.vendor.issuer, &at(time)).await.unwrap();
        assert_eq!(signed, None, "{time}");
    }
    is_due
}

async fn sign(shop: &Shop, time: &str) -> u32 {
    shop.ledger.sign_list_if_due(&shop.vendor.issuer, &at(time)).await.unwrap().unwrap().number
}

#[test]
fn a_list_is_due_after_a_change_at_most_once_a_minute_and_at_least_daily() {
    on_both("due", async |shop: Shop| {
        assert!(due(&shop, "2026-11-28T12:00:00Z").await, "the first list, without a license on it");
        assert_eq!(sign(&shop, "2026-11-28T12:00:00Z").await, 1);
        assert!(!due(&shop, "2026-11-28T12:00:59Z").await);
        assert!(!due(&shop, "2026-11-29T11:59:59Z").await, "nothing has changed");
        let (license, _) = sold(&shop).await;
        assert!(!due(&shop, "2026-11-29T11:59:59Z").await, "a new license is on no list");
        assert!(due(&shop, "2026-11-29T12:00:00Z").await, "a day has passed");

        shop.ledger.revoke(license.id, Reason::Leaked, None, ANY, &at("2026-11-28T12:00:10Z")).await.unwrap();
        assert!(!due(&shop, "2026-11-28T12:00:59Z").await);
        assert!(due(&shop, "2026-11-28T12:01:00Z").await);
        assert_eq!(sign(&shop, "2026-11-28T12:01:00Z").await, 2);
        assert!(!due(&shop, "2026-11-28T12:02:00Z").await);
    });
}

#[test]
fn a_clock_that_was_ahead_keeps_no_list_away() {
    on_both("clock", async |shop: Shop| {
        assert_eq!(sign(&shop, "2030-01-01T00:00:00Z").await, 1);
        assert!(due(&shop, "2026-11-28T12:00:00Z").await);
        assert_eq!(sign(&shop, "2026-11-28T12:00:00Z").await, 2);
    });
}

/// A signer that fails while it is switched off.
struct Switch<'s>(&'s SigningKey, &'s AtomicBool);

impl Signer<Signature> for Switch<'_> {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
        if self.1.load(Ordering::SeqCst) { self.0.try_sign(message) } else { Err(signature::Error::new()) }
    }
}

#[test]
fn a_signer_that_fails_leaves_no_list_and_the_next_is_due_a_minute_later() {
    on_both("signer fails", async |shop: Shop| {
        let (key, works) = (SigningKey::generate().unwrap(), AtomicBool::new(false));
        let issuer = Issuer::new(Switch(&key, &works), key.verifying_key().clone());
        let failed = shop.ledger.sign_list(&issuer, &at("2026-11-28T12:00:00Z")).await.unwrap_err();
        assert!(matches!(failed, LedgerError::Sign(_)), "{failed}");
        assert_eq!(shop.ledger.newest_list().await.unwrap(), None);
        assert!(!due(&shop, "2026-11-28T12:00:59Z").await);
        assert!(due(&shop, "2026-11-28T12:01:00Z").await);
        works.store(true, Ordering::SeqCst);
        let list = shop.ledger.sign_list_if_due(&issuer, &at("2026-11-28T12:01:00Z")).await.unwrap().unwrap();
        assert_eq!(list.number, 2, "the number of contents that were not signed is not given to others");
        let log = Raw::connect(&shop.url).await.rows("select action from audit_log order by number").await;
        let actions: Vec<_> = log.iter().map(|row| row[0].trim_matches('\'')).collect();
        assert_eq!(actions, ["ledger.created", "list.numbered", "list.numbered", "list.signed"]);
    });
}
