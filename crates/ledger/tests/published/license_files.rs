//! License files leave as a delivery.

use keyward_core::ActivationRequest;
use keyward_issuer::order::Order;
use keyward_issuer::signature::{self, Signer};
use keyward_issuer::{Issuer, Signature};
use keyward_ledger::state::{BaseState, SuspendCause};
use keyward_ledger::{FileTexts, LedgerError, Role};
use keyward_verifier::files::{Contact, Party};

use crate::common::{Shop, TODAY, annual, at, on_both, serial};
use crate::product::{ANY, customer, keys, sold};
use crate::raw::Raw;

fn party(name: &str) -> Party {
    Party { name: name.to_owned(), company: None, email: Some("it@acme.example".to_owned()) }
}

#[test]
fn a_license_file_has_the_keys_of_the_customer_and_what_is_said_beside_them() {
    on_both("license file", async |shop: Shop| {
        let ((license, main), product, by) = (sold(&shop).await, keys(&shop), at("2027-11-20T12:00:00.7Z"));
        let serial_of_main = main.unverified_serial().unwrap();
        let fingerprint = "01a1b2c3d4e5f60718293a4b5c6d7e8f".parse().unwrap();
        let request = ActivationRequest::new(serial_of_main, fingerprint);
        shop.ledger.lock(shop.vendor.issuing(), &request, &Order::locked(&request, serial()), &by).await.unwrap();
        let renewal = Order::renewal_of(serial_of_main, serial());
        shop.ledger.renew(shop.vendor.issuing(), license.id, &renewal, ANY, &by).await.unwrap();

        let texts = FileTexts {
            licensee: Some(party("Acme Ltd")),
            contacts: vec![Contact { role: "support".to_owned(), party: party("Grace") }],
            note: Some("Thank you.\nWrite to us.".to_owned()),
        };
        let (ledger, vendor) = (&shop.ledger, &shop.vendor);
        let file = ledger.license_file(&vendor.issuer, license.id, &texts, &vendor.catalog, &by).await.unwrap();
        let opened = product.trust().license_file(file.to_string().as_bytes()).unwrap();
        let rows = ledger.keys(license.id).await.unwrap();
        let in_file: Vec<_> = opened.licenses.iter().map(|key| key.unverified_serial().unwrap()).collect();
        let of_role = |role| rows.iter().find(|row| row.role == role).unwrap();
        assert_eq!(in_file, [of_role(Role::Main).serial, of_role(Role::Next).serial]);
        assert_eq!(opened.licensee, texts.licensee);
        assert_eq!((&opened.contacts, &opened.note), (&texts.contacts, &texts.note));
        assert!(opened.metadata.is_empty());
        assert_eq!(opened.names.products.keys().copied().collect::<Vec<_>>(), [license.product]);
        assert_eq!(opened.issued_at, at("2027-11-20T12:00:00Z").at);
        for key in &opened.licenses {
            product.verifier().verify_key(key.clone()).unwrap();
        }
        // What left is on record, and the locked key did not.
        assert!(of_role(Role::Next).delivered_at.is_some());
        assert_eq!(of_role(Role::Locked).delivered_at, None);
        let log = Raw::connect(&shop.url).await.rows("select entry from audit_log order by number desc limit 1").await;
        assert!(log[0][0].contains("\"action\":\"license.delivered\""), "{log:?}");
        assert!(log[0][0].contains("\"detail\":\"license-file\""), "{log:?}");
    });
}

/// A signer that always fails.
struct Broken;

impl Signer<Signature> for Broken {
    fn try_sign(&self, _: &[u8]) -> Result<Signature, signature::Error> {
        Err(signature::Error::new())
    }
}

#[test]
fn nothing_leaves_or_changes_without_a_signature() {
    on_both("unsigned file", async |shop: Shop| {
        let (ledger, vendor, by) = (&shop.ledger, &shop.vendor, at(TODAY));
        let new = keyward_ledger::NewLicense::new(annual()).for_customer(customer(&shop).await);
        let license = ledger.create(vendor.issuing(), &new, &by).await.unwrap().into_license();
        let broken = Issuer::new(Broken, vendor.issuer.verifying_key().clone());
        let failed = ledger.license_file(&broken, license.id, &FileTexts::default(), &vendor.catalog, &by).await;
        assert!(matches!(failed, Err(LedgerError::Sign(_))), "{failed:?}");
        assert_eq!(ledger.keys(license.id).await.unwrap()[0].delivered_at, None);
        assert_eq!(ledger.license(license.id).await.unwrap(), license);

        let texts = FileTexts { note: Some("a\u{202e}b".to_owned()), ..FileTexts::default() };
        let failed = ledger.license_file(&vendor.issuer, license.id, &texts, &vendor.catalog, &by).await;
        assert!(matches!(failed, Err(LedgerError::SignedFile(_))), "{failed:?}");
        assert_eq!(ledger.keys(license.id).await.unwrap()[0].delivered_at, None);
    });
}

#[test]
fn a_license_file_is_for_a_license_that_may_be_delivered() {
    on_both("no license file", async |shop: Shop| {
        let (ledger, vendor, by) = (&shop.ledger, &shop.vendor, at(TODAY));
        let pool = shop.license().await;
        let (held, _) = sold(&shop).await;
        ledger.suspend(held.id, SuspendCause::Payment, None, ANY, &by).await.unwrap();
        for id in [pool.id, held.id] {
            let refused = ledger.license_file(&vendor.issuer, id, &FileTexts::default(), &vendor.catalog, &by).await;
            assert!(matches!(refused, Err(LedgerError::Transition(_))), "{refused:?}");
        }
    });
}

#[test]
fn a_license_file_activates_a_product_without_activation() {
    on_both("first file", async |shop: Shop| {
        let (ledger, vendor, by) = (&shop.ledger, &shop.vendor, at(TODAY));
        let text = keyward_catalog::Catalog::EXAMPLE.replace("activation = \"required\"", "activation = \"none\"");
        let catalog = keyward_catalog::Catalog::parse(&text, "catalog.toml").unwrap();
        let new = keyward_ledger::NewLicense::new(annual()).for_customer(customer(&shop).await);
        let license = ledger.create(vendor.issuing(), &new, &by).await.unwrap().into_license();
        ledger.license_file(&vendor.issuer, license.id, &FileTexts::default(), &catalog, &by).await.unwrap();
        assert_eq!(ledger.license(license.id).await.unwrap().base_state, BaseState::Active);
    });
}
