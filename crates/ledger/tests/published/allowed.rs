//! The allow-list of a signing key that is in wrong hands.

use std::num::NonZeroU8;

use keyward_core::LicenseKey;
use keyward_issuer::files::SignableFile;
use keyward_issuer::order::Order;
use keyward_issuer::{Issuer, SigningKey};
use keyward_ledger::{KeyStatus, LedgerError};
use keyward_verifier::files::{DelegatedKey, Delegation, KeyState, Purpose, Reason, Roots, TrustBundle};
use keyward_verifier::{LicenseDigest, Verifier};

use crate::common::{Shop, TODAY, at, on_both, serial};
use crate::product::{ANY, PRODUCT, sold};

fn reissue(key: &LicenseKey, seats: &str) -> Order {
    let mut order = Order::reissue_of(key.unverified_serial().unwrap(), serial());
    (order.seats, order.reason, order.ticket) =
        (Some(seats.parse().unwrap()), Some("other seats".to_owned()), Some("DESK-17".to_owned()));
    order
}

#[test]
fn the_allow_list_has_every_good_license_of_the_key_and_no_other() {
    on_both("allow list", async |shop: Shop| {
        let (ledger, vendor, by) = (&shop.ledger, &shop.vendor, at(TODAY));
        let key = vendor.issuer.verifying_key();
        let nothing = ledger.allow_list(key).await.unwrap_err();
        assert!(matches!(nothing, LedgerError::NothingSigned { key: id } if id == key.id()), "{nothing}");

        let pool = ledger.keys(shop.license().await.id).await.unwrap()[0].digest;
        let (more, (fewer, fewer_key)) = (sold(&shop).await, sold(&shop).await);
        ledger.reissue(vendor.issuing(), more.0.id, &reissue(&more.1, "30"), ANY, &by).await.unwrap();
        ledger.reissue(vendor.issuing(), fewer.id, &reissue(&fewer_key, "3"), ANY, &by).await.unwrap();
        let ((revoked, revoked_key), (deleted, deleted_key)) = (sold(&shop).await, sold(&shop).await);
        ledger.revoke(revoked.id, Reason::Leaked, None, ANY, &by).await.unwrap();
        ledger.delete(deleted.id, None, ANY, &by).await.unwrap();
        let (held, held_key) = sold(&shop).await;
        ledger.suspend(held.id, keyward_ledger::state::SuspendCause::Payment, None, ANY, &by).await.unwrap();

        let allowed = ledger.allow_list(key).await.unwrap();
        let mut expected = vec![pool, LicenseDigest::of(&held_key)];
        for id in [more.0.id, fewer.id] {
            let keys = ledger.keys(id).await.unwrap();
            assert_eq!(keys.len(), 2);
            expected.extend(keys.iter().filter(|key| key.status != KeyStatus::Revoked).map(|key| key.digest));
        }
        expected.sort_unstable();
        assert_eq!(allowed, expected);
        assert_eq!(allowed.len(), 5, "the superseded key that granted more is not among them");

        // The bundle that calls the key compromised, as a product reads it.
        let root = Issuer::with_key(SigningKey::generate().unwrap());
        let may_sign = Delegation::unlimited([Purpose::Licenses]);
        let mut stolen = DelegatedKey::active(key.clone(), "stolen".to_owned(), may_sign);
        stolen.state = KeyState::Compromised { allowed };
        let mut file = SignableFile::new(&TrustBundle::new(2, by.at, vec![stolen]).unwrap()).unwrap();
        file.sign(&root).unwrap();
        let roots = Roots::built_in(NonZeroU8::MIN, vec![root.verifying_key().clone()]).unwrap();
        let bundle = roots.trust_bundle(file.to_string().as_bytes()).unwrap();
        let verifier = Verifier::with_bundle(&bundle, PRODUCT);
        let accepts = |key: &LicenseKey| verifier.verify_key(key.clone()).map(drop).map_err(|error| error.code());
        assert_eq!([&more.1, &held_key].map(accepts), [Ok(()); 2]);
        assert_eq!([&fewer_key, &revoked_key, &deleted_key].map(accepts), [Err("not-permitted"); 3]);
    });
}

#[test]
fn another_key_has_signed_none_of_them() {
    on_both("another key", async |shop: Shop| {
        sold(&shop).await;
        let other = SigningKey::generate().unwrap();
        let nothing = shop.ledger.allow_list(other.verifying_key()).await.unwrap_err();
        assert!(matches!(nothing, LedgerError::NothingSigned { .. }), "{nothing}");
    });
}
