//! Validation files: what an activated machine gets for a time without a network.

use keyward_catalog::Catalog;
use keyward_core::{Fingerprint, LicenseKey};
use keyward_issuer::order::Order;
use keyward_ledger::state::SuspendCause;
use keyward_ledger::{Activation, ActivationId, LedgerError, License, Machine, NewLicense, Releaser};
use keyward_verifier::MachineComponents;
use keyward_verifier::files::{Reason, ValidationFile};

use crate::common::{Shop, TODAY, annual, at, on_both, serial};
use crate::product::{ANY, PRODUCT, customer, keys, sold};
use crate::raw::Raw;

const MACHINE: &str = "01a1b2c3d4e5f60718293a4b5c6d7e8f";

async fn activated(shop: &Shop, machine: &str) -> (License, LicenseKey, Activation) {
    let (license, key) = sold(shop).await;
    let (serial, machine) = (key.unverified_serial().unwrap(), machine.parse().unwrap());
    let name = Some("Grace's laptop");
    let activated = shop.ledger.activate(serial, &machine, name, &shop.vendor.catalog, &at(TODAY)).await.unwrap();
    (license, key, activated.activation().clone())
}

async fn file(shop: &Shop, id: ActivationId, time: &str) -> Result<String, LedgerError> {
    let (issuer, catalog) = (&shop.vendor.issuer, &shop.vendor.catalog);
    Ok(shop.ledger.validation_file(issuer, id, catalog, &at(time)).await?.to_string())
}

#[test]
fn l60_a_validation_file_opens_on_the_machine_that_was_activated() {
    on_both("l60", async |shop: Shop| {
        let ((_, key, activation), product) = (activated(&shop, MACHINE).await, keys(&shop));
        let text = file(&shop, activation.id, TODAY).await.unwrap();
        let open = |machine: &str| {
            let machine: Fingerprint = machine.parse().unwrap();
            product.trust().validation_file(text.as_bytes(), at(TODAY).at, Some(&machine))
        };
        let opened = open(MACHINE).unwrap();
        assert_eq!(opened.machine.unwrap().to_string(), MACHINE);
        assert_eq!(opened.file.licenses, [key]);
        product.verifier().verify_key(opened.file.licenses[0].clone()).unwrap();
        // A network card and a disk were replaced. Of another machine, two components are the same.
        assert!(open("01a1b2c3d4e5f60000010000026d7e8f").is_ok());
        assert_eq!(open("01a1b2c3d4e5f6000001000002000003").unwrap_err().code(), "wrong-machine");
        let unknown = product.trust().validation_file(text.as_bytes(), at(TODAY).at, None);
        assert_eq!(unknown.unwrap_err().code(), "wrong-machine");
    });
}

#[test]
fn l144_a_validation_file_ends_after_24_hours_and_the_license_in_it_does_not() {
    on_both("l144", async |shop: Shop| {
        let ((_, _, activation), product) = (activated(&shop, MACHINE).await, keys(&shop));
        let text = file(&shop, activation.id, TODAY).await.unwrap();
        let machine: Fingerprint = MACHINE.parse().unwrap();
        let open = |time: &str| product.trust().validation_file(text.as_bytes(), at(time).at, Some(&machine));
        let opened = open("2026-11-29T12:00:00Z").unwrap();
        assert_eq!(open("2026-11-29T12:00:01Z").unwrap_err().code(), "stale-file");
        let license = product.verifier().verify_key(opened.file.licenses[0].clone()).unwrap();
        assert!(license.standing(at("2027-06-01T12:00:00Z").at).is_usable());
    });
}

#[test]
fn a_validation_file_has_nothing_of_the_customer() {
    on_both("nothing of the customer", async |shop: Shop| {
        let by = at(TODAY);
        let mut order = annual();
        order.ticket = Some("DESK-17".to_owned());
        let mut new = NewLicense::new(order).for_customer(customer(&shop).await);
        (new.notes, new.metadata) = (Some("pays late".to_owned()), Some("{\"crm\":\"A-4711\"}".parse().unwrap()));
        let license = shop.ledger.create(shop.vendor.issuing(), &new, &by).await.unwrap().into_license();
        let delivered = shop.ledger.deliver(license.id, &shop.vendor.catalog, &by).await.unwrap();
        let (serial, machine) = (delivered.keys[0].serial, MACHINE.parse().unwrap());
        let name = Some("Grace's laptop");
        let seen = shop.ledger.activate(serial, &machine, name, &shop.vendor.catalog, &by).await.unwrap();
        let text = file(&shop, seen.activation().id, TODAY).await.unwrap();

        let opened = keys(&shop).trust().signed_validation_file(text.as_bytes()).unwrap();
        let mut bare = ValidationFile::new(
            keyward_verifier::files::LicenseFile::new(by.at, opened.file.licenses.clone()),
            ValidationFile::USUAL_TIME_TO_LIVE,
        )
        .unwrap()
        .for_machine(MACHINE.parse().unwrap());
        bare.file.names = opened.file.names.clone();
        assert_eq!(*opened, bare, "keys and public names alone");
        assert_eq!(opened.file.names.products.len(), 1);
    });
}

#[test]
fn a_file_is_bound_to_the_machine_as_it_was_activated() {
    on_both("as activated", async |shop: Shop| {
        let (_, key, activation) = activated(&shop, MACHINE).await;
        // The same machine with another network card asks again.
        let later: Machine = "01a1b2c3d4e5f60718290000016d7e8f".parse().unwrap();
        let serial = key.unverified_serial().unwrap();
        let again = shop.ledger.activate(serial, &later, None, &shop.vendor.catalog, &at(TODAY)).await.unwrap();
        assert_eq!(again.activation().id, activation.id);
        let text = file(&shop, activation.id, TODAY).await.unwrap();
        let opened = keys(&shop).trust().signed_validation_file(text.as_bytes()).unwrap();
        assert_eq!(opened.machine.unwrap().to_string(), MACHINE);
    });
}

#[test]
fn a_file_for_a_vendors_own_id_is_bound_to_its_fifth_component() {
    on_both("own id", async |shop: Shop| {
        let ((_, _, activation), product) = (activated(&shop, "laptop-1").await, keys(&shop));
        let text = file(&shop, activation.id, TODAY).await.unwrap();
        let open = |machine: MachineComponents<'_>| {
            let machine = machine.fingerprint(PRODUCT);
            product.trust().validation_file(text.as_bytes(), at(TODAY).at, Some(&machine)).map(drop)
        };
        open(MachineComponents::of_id("laptop-1")).unwrap();
        // A product that also reads other components of the machine.
        open(MachineComponents { machine_id: Some(b"b08dfa6083e7567a"), ..MachineComponents::of_id("laptop-1") })
            .unwrap();
        assert_eq!(open(MachineComponents::of_id("laptop-2")).unwrap_err().code(), "wrong-machine");
        let elsewhere = MachineComponents { machine_id: Some(b"laptop-1"), ..MachineComponents::default() };
        assert_eq!(open(elsewhere).unwrap_err().code(), "wrong-machine");
        // Components alone, without an id of the vendor's own.
        let hardware = MachineComponents {
            machine_id: Some(b"b08dfa6083e7567a"),
            board_id: Some(b"03000200-0400-0500"),
            system_disk: Some(b"S4EWNX0R123456"),
            network_card: Some(b"laptop-1"),
            ..MachineComponents::default()
        };
        assert_eq!(open(hardware).unwrap_err().code(), "wrong-machine");
    });
}

#[test]
fn only_a_license_that_is_usable_now_has_validation_files() {
    on_both("usable", async |shop: Shop| {
        let ((license, _, activation), by) = (activated(&shop, MACHINE).await, at(TODAY));
        let (_, _, released) = activated(&shop, MACHINE).await;
        shop.ledger.release(released.id, Releaser::Customer { per_30d: None }, None, &by).await.unwrap();
        let refused = file(&shop, released.id, TODAY).await.unwrap_err();
        assert!(matches!(refused, LedgerError::ActivationEnded { id } if id == released.id), "{refused}");

        let is_refused = async |time: &str| {
            let refused = file(&shop, activation.id, time).await.unwrap_err();
            assert!(matches!(refused, LedgerError::Transition(_)), "{refused}");
        };
        let ledger = &shop.ledger;
        ledger.inactivate(license.id, None, ANY, &by).await.unwrap();
        is_refused(TODAY).await;
        ledger.reactivate(license.id, None, ANY, &by).await.unwrap();
        file(&shop, activation.id, TODAY).await.unwrap();
        ledger.suspend(license.id, SuspendCause::Abuse, None, ANY, &by).await.unwrap();
        is_refused(TODAY).await;
        ledger.resume(license.id, None, ANY, &by).await.unwrap();
        // The license ends on 27 November 2027, and has 14 days of grace.
        file(&shop, activation.id, "2027-12-11T12:00:00Z").await.unwrap();
        is_refused("2027-12-13T12:00:00Z").await;
        ledger.revoke(license.id, Reason::Leaked, None, ANY, &by).await.unwrap();
        is_refused(TODAY).await;
    });
}

#[test]
fn a_file_is_good_for_as_long_as_the_catalogue_says_and_never_longer_than_the_lease() {
    on_both("lease", async |shop: Shop| {
        let mut shop = shop;
        let settings = "activation = \"required\"\nactivation_lease = \"14d\"\noffline_for = \"10d\"";
        let text = Catalog::EXAMPLE.replacen("activation = \"required\"", settings, 1);
        shop.vendor.catalog = Catalog::parse(&text, "catalog.toml").unwrap();
        let (license, key, activation) = activated(&shop, "laptop-1").await;
        assert_eq!(license.lease_days, Some(14), "the lease of a new license is that of its product");
        let product = keys(&shop);
        let expires = async |time: &str| {
            let text = file(&shop, activation.id, time).await?;
            Ok::<_, LedgerError>(product.trust().signed_validation_file(text.as_bytes()).unwrap().expires_at)
        };
        assert_eq!(expires(TODAY).await.unwrap(), at("2026-12-08T12:00:00Z").at);
        // The lease ends on 12 December, unless the machine is seen.
        assert_eq!(expires("2026-12-04T12:00:00Z").await.unwrap(), at("2026-12-12T12:00:00Z").at);
        assert_eq!(expires("2026-12-12T11:59:59.5Z").await.unwrap(), at("2026-12-12T12:00:00Z").at);
        for late in ["2026-12-12T12:00:00Z", "2026-12-12T12:00:00.2Z", "2026-12-13T12:00:00Z"] {
            let ended = expires(late).await.unwrap_err();
            assert!(matches!(ended, LedgerError::ActivationEnded { .. }), "{late}: {ended}");
        }
        let (serial, machine) = (key.unverified_serial().unwrap(), "laptop-1".parse().unwrap());
        shop.ledger.seen(serial, Some(&machine), &at("2026-12-10T12:00:00Z")).await.unwrap();
        assert_eq!(expires("2026-12-10T12:00:00Z").await.unwrap(), at("2026-12-20T12:00:00Z").at);

        let mut own = NewLicense::new(annual());
        own.lease_days = Some(3);
        let own = shop.ledger.create(shop.vendor.issuing(), &own, &at(TODAY)).await.unwrap().into_license();
        assert_eq!(own.lease_days, Some(3), "an order's own lease counts");
    });
}

#[test]
fn a_key_that_has_not_left_is_delivered_with_the_file_and_otherwise_nothing_is_written() {
    on_both("delivered with", async |shop: Shop| {
        let (license, key, activation) = activated(&shop, MACHINE).await;
        let raw = Raw::connect(&shop.url).await;
        let entries = async || raw.rows("select action from audit_log").await.len();
        let before = entries().await;
        file(&shop, activation.id, TODAY).await.unwrap();
        assert_eq!(entries().await, before);

        let (time, order) = ("2027-11-20T12:00:00Z", Order::renewal_of(key.unverified_serial().unwrap(), serial()));
        shop.ledger.renew(shop.vendor.issuing(), license.id, &order, ANY, &at(time)).await.unwrap();
        let before = entries().await;
        let text = file(&shop, activation.id, time).await.unwrap();
        assert_eq!(entries().await, before + 1);
        let opened = keys(&shop).trust().signed_validation_file(text.as_bytes()).unwrap();
        assert_eq!(opened.file.licenses.len(), 2, "the next term is there before this one ends");
        assert!(shop.ledger.keys(license.id).await.unwrap().iter().all(|key| key.delivered_at.is_some()));
    });
}
