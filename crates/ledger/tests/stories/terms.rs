//! Assigned, reissued, renewed, bridged, edited, deleted.

use keyward_issuer::order::{Approval, Order, OrderRef, SerialSource};
use keyward_issuer::{ActivationRequest, Day, Serial};
use keyward_ledger::state::{Action, State, SuspendCause};
use keyward_ledger::{Edit, Expected, KeyStatus, LedgerError, License, NewLicense, Role, Signing, Succession};
use keyward_verifier::files::Reason;

use crate::common::{Shop, TODAY, annual, at, on_both, serial};

/// An order whose subject the ledger replaces, with a reason and a ticket.
fn another() -> Order {
    let mut order = Order::reissue_of(Serial::from_bytes([0; 8]), serial());
    order.reason = Some("asked by the customer".to_owned());
    order.ticket = Some("DESK-17".to_owned());
    order
}

fn stopgap() -> Order {
    Order::of_offer("pro-stopgap", serial())
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The role and the status of each key, the oldest first.
async fn keys(shop: &Shop, license: &License) -> Vec<(Role, KeyStatus)> {
    shop.ledger.keys(license.id).await.unwrap().iter().map(|key| (key.role, key.status)).collect()
}

#[test]
fn l86_an_available_license_is_assigned_and_its_key_leaves() {
    on_both("l86", async |shop: Shop| {
        let (license, customer) = (shop.license().await, shop.customer("it@acme.example").await);
        let by = at(TODAY);
        let license = shop.assign(license.id, customer).await.unwrap();
        assert_eq!((license.state(by.at), license.customer), (State::Assigned, Some(customer)));
        let delivered = shop.ledger.deliver(license.id, &shop.vendor.catalog, &by).await.unwrap();
        assert_eq!(delivered.keys.len(), 1);
        assert_eq!(delivered.keys[0].key.unverified_claims().unwrap().serial(), delivered.keys[0].serial);
        assert_eq!(delivered.license.state(by.at), State::Assigned, "the product has to be activated");
        let refused = shop.assign(license.id, customer).await.unwrap_err();
        assert!(matches!(refused, LedgerError::Transition(_)), "{refused}");
    });
}

#[test]
fn l65_an_edit_changes_in_place_and_a_reissue_signs_a_new_key() {
    on_both("l65", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let by = at(TODAY);
        let edit = Edit {
            metadata: Some(Some("{\"po\":\"4711\"}".parse().unwrap())),
            activation_limit: Some("2".parse().unwrap()),
            ..Edit::default()
        };
        let edited = shop.ledger.edit(license.id, &edit, None, Expected::Version(license.version), &by).await.unwrap();
        assert_eq!(edited.metadata.as_deref(), Some("{\"po\":\"4711\"}"));
        assert_eq!(keys(&shop, &license).await, [(Role::Main, KeyStatus::Current)]);

        let mut more = another();
        more.seats = Some("50".parse().unwrap());
        let preview =
            shop.ledger.preview(Succession::Reissue, shop.vendor.issuing(), license.id, &more, &by).await.unwrap();
        assert_eq!((preview.superseded.len(), preview.revoked.len()), (1, 0), "the key before grants less");
        let followed = shop.ledger.reissue(shop.vendor.issuing(), license.id, &more, Expected::Any, &by).await.unwrap();
        assert_eq!(followed.license.seats, "50".parse().unwrap());
        assert_eq!(
            keys(&shop, &license).await,
            [(Role::Main, KeyStatus::Superseded), (Role::Main, KeyStatus::Current)]
        );

        let mut fewer = another();
        fewer.seats = Some("10".parse().unwrap());
        let followed =
            shop.ledger.reissue(shop.vendor.issuing(), license.id, &fewer, Expected::Any, &by).await.unwrap();
        assert_eq!(followed.revoked.len(), 1, "the key for 50 seats is revoked");
        assert_eq!(keys(&shop, &license).await[1], (Role::Main, KeyStatus::Revoked));
    });
}

#[test]
fn h8_h9_a_reissue_needs_a_reason_and_a_ticket() {
    on_both("h8", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let bare = Order::reissue_of(Serial::from_bytes([0; 8]), serial());
        let refused = shop.ledger.reissue(shop.vendor.issuing(), license.id, &bare, Expected::Any, &at(TODAY)).await;
        let Err(LedgerError::Refused(refusals)) = refused else { panic!("{refused:?}") };
        let codes: Vec<_> = refusals.as_slice().iter().map(keyward_issuer::policy::Refusal::code).collect();
        assert_eq!(codes, ["reason-missing", "ticket-missing"]);
    });
}

#[test]
fn s7_a_renewal_begins_the_day_after_the_paid_term_and_becomes_the_main_key() {
    on_both("s7", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        assert_eq!(license.valid_through, Some(day("2027-11-27")));
        let early = at("2027-11-01T12:00:00Z");
        let renewed =
            shop.ledger.renew(shop.vendor.issuing(), license.id, &another(), Expected::Any, &early).await.unwrap();
        assert_eq!(renewed.license.valid_through, Some(day("2028-11-27")));
        assert_eq!(keys(&shop, &license).await, [(Role::Main, KeyStatus::Current), (Role::Next, KeyStatus::Current)]);
        let again = shop.ledger.renew(shop.vendor.issuing(), license.id, &another(), Expected::Any, &early).await;
        assert!(matches!(again, Err(LedgerError::Refused(_))), "a term has one renewal: {again:?}");

        let later = at("2028-11-01T12:00:00Z");
        shop.ledger.renew(shop.vendor.issuing(), license.id, &another(), Expected::Any, &later).await.unwrap();
        let statuses: Vec<_> = keys(&shop, &license).await.iter().map(|(_, status)| *status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == KeyStatus::Current).count(), 2, "{statuses:?}");
    });
}

#[test]
fn s8_a_stopgap_moves_no_paid_term() {
    on_both("s8", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let late = at("2027-12-20T12:00:00Z");
        assert_eq!(license.state(late.at), State::Expired);
        let bridged =
            shop.ledger.stopgap(shop.vendor.issuing(), license.id, &stopgap(), Expected::Any, &late).await.unwrap();
        assert_eq!(bridged.license.valid_through, license.valid_through);
        assert_eq!(bridged.license.state(late.at), State::Assigned, "it may be used while the stopgap runs");
        assert_eq!(bridged.license.state(at("2028-02-01T12:00:00Z").at), State::Expired);
        let second = shop.ledger.stopgap(shop.vendor.issuing(), license.id, &stopgap(), Expected::Any, &late).await;
        assert!(matches!(second, Err(LedgerError::Refused(_))), "{second:?}");

        let renewed =
            shop.ledger.renew(shop.vendor.issuing(), license.id, &another(), Expected::Any, &late).await.unwrap();
        assert_eq!(renewed.license.valid_from, Some(day("2027-11-28")), "the term runs from where the paid one ended");
        assert_eq!(renewed.license.valid_through, Some(day("2028-11-27")));
    });
}

#[test]
fn l27_an_expired_license_is_renewed_and_a_held_one_has_no_stopgap() {
    on_both("l27", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let late = at("2027-12-20T12:00:00Z");
        let hold = SuspendCause::Payment;
        let soon = at("2027-11-20T12:00:00Z");
        shop.ledger.suspend(license.id, hold, Some("unpaid"), Expected::Any, &soon).await.unwrap();
        let refused = shop.ledger.stopgap(shop.vendor.issuing(), license.id, &stopgap(), Expected::Any, &late).await;
        let Err(LedgerError::Transition(refused)) = refused else { panic!("{refused:?}") };
        assert_eq!((refused.state, refused.action), (State::Suspended, Action::Stopgap));
        let resumed = shop.ledger.resume(license.id, None, Expected::Any, &late).await.unwrap();
        assert_eq!(resumed.state(late.at), State::Expired);
        let renewed = shop.ledger.renew(shop.vendor.issuing(), license.id, &another(), Expected::Any, &late).await;
        assert_eq!(renewed.unwrap().license.state(late.at), State::Assigned);
    });
}

#[test]
fn l84_l85_a_deleted_license_is_gone_and_its_serial_is_never_used_again() {
    on_both("l84", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let by = at(TODAY);
        let delivered = shop.ledger.deliver(license.id, &shop.vendor.catalog, &by).await.unwrap();
        shop.ledger.delete(license.id, Some("a mistake in a test"), Expected::Any, &by).await.unwrap();
        assert!(matches!(shop.ledger.license(license.id).await, Err(LedgerError::NoLicense { .. })));
        let mut order = annual();
        order.serial = delivered.keys[0].serial;
        let again = shop.ledger.create(shop.vendor.issuing(), &NewLicense::new(order), &by).await;
        assert!(matches!(again, Err(LedgerError::SerialUsed { .. })), "{again:?}");
    });
}

#[test]
fn reassigning_changes_in_place_only_if_no_key_has_left() {
    on_both("reassign", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let by = at(TODAY);
        let other = shop.customer("it@other.example").await;
        let moved = shop
            .ledger
            .reassign(shop.vendor.issuing(), license.id, other, &another(), Expected::Any, &by)
            .await
            .unwrap();
        assert_eq!(moved.customer, Some(other));
        assert_eq!(keys(&shop, &license).await, [(Role::Main, KeyStatus::Current)], "no key has left");

        shop.ledger.deliver(license.id, &shop.vendor.catalog, &by).await.unwrap();
        let third = shop.customer("it@third.example").await;
        let refused =
            shop.ledger.reassign(shop.vendor.issuing(), license.id, third, &another(), Expected::Any, &by).await;
        assert!(matches!(refused, Err(LedgerError::Refused(_))), "a key has left: {refused:?}");
        let mut approved = another();
        approved.approval = Some(Approval { by: "Ada".to_owned(), reason: "sold to a sister company".to_owned() });
        shop.ledger.reassign(shop.vendor.issuing(), license.id, third, &approved, Expected::Any, &by).await.unwrap();
        assert_eq!(keys(&shop, &license).await, [(Role::Main, KeyStatus::Revoked), (Role::Main, KeyStatus::Current)]);
    });
}

#[test]
fn a_second_trial_within_twelve_months_is_refused_also_from_a_pool() {
    on_both("trial", async |shop: Shop| {
        let customer = shop.customer("it@acme.example").await;
        let by = at(TODAY);
        let trial = || NewLicense::new(Order::of_offer("pro-trial", serial())).for_customer(customer);
        shop.ledger.create(shop.vendor.issuing(), &trial(), &by).await.unwrap();
        let second = shop.ledger.create(shop.vendor.issuing(), &trial(), &by).await;
        assert!(matches!(second, Err(LedgerError::Refused(_))), "{second:?}");
        let unnamed = NewLicense::new(Order::of_offer("pro-trial", serial()));
        let unnamed = shop.ledger.create(shop.vendor.issuing(), &unnamed, &by).await;
        assert!(matches!(unnamed, Err(LedgerError::CustomerMissing { .. })), "{unnamed:?}");

        let json = r#"{"offer": "pro-trial"}"#;
        let at_once = shop.ledger.create_generator(shop.vendor.issuing(), "trials", json, Signing::AtOnce, &by).await;
        assert!(matches!(at_once, Err(LedgerError::CustomerMissing { .. })), "{at_once:?}");
        let generator =
            shop.ledger.create_generator(shop.vendor.issuing(), "trials", json, Signing::OnAssignment, &by).await;
        let pool = shop.ledger.generate(shop.vendor.issuing(), generator.unwrap().id, 3, &by).await.unwrap();
        let refused = shop.assign(pool[0], customer).await;
        assert!(matches!(refused, Err(LedgerError::Refused(_))), "{refused:?}");
        let other = shop.customer("it@other.example").await;
        let license = shop.assign(pool[0], other).await.unwrap();
        assert_eq!(license.valid_from, Some(day("2026-11-28")), "its term begins with the assignment");
    });
}

#[test]
fn l113_a_generator_makes_many_finished_licenses() {
    on_both("l113", async |shop: Shop| {
        let by = at(TODAY);
        let json = r#"{"offer": "pro-annual", "seats": 10}"#;
        let generator =
            shop.ledger.create_generator(shop.vendor.issuing(), "pool", json, Signing::AtOnce, &by).await.unwrap();
        let pool = shop.ledger.generate(shop.vendor.issuing(), generator.id, 500, &by).await.unwrap();
        assert_eq!(pool.len(), 500);
        for id in [pool[0], pool[499]] {
            let license = shop.ledger.license(id).await.unwrap();
            assert_eq!(license.state(by.at), State::Available);
            assert_eq!(keys(&shop, &license).await, [(Role::Main, KeyStatus::Current)]);
        }
        let too_many = shop.ledger.generate(shop.vendor.issuing(), generator.id, 1_001, &by).await;
        assert!(matches!(too_many, Err(LedgerError::TooMany { requested: 1_001 })), "{too_many:?}");
    });
}

#[test]
fn h26_a_trial_has_no_grace_and_ends_with_its_last_day() {
    on_both("h26", async |shop: Shop| {
        let customer = shop.customer("it@acme.example").await;
        let trial = NewLicense::new(Order::of_offer("pro-trial", serial())).for_customer(customer);
        let license = shop.ledger.create(shop.vendor.issuing(), &trial, &at(TODAY)).await.unwrap().into_license();
        assert_eq!(license.valid_through, Some(day("2026-12-27")));
        // The day ends last at UTC−12.
        assert_eq!(license.state(at("2026-12-28T11:59:59Z").at), State::Assigned);
        assert_eq!(license.state(at("2026-12-28T12:00:00Z").at), State::Expired);
    });
}

#[test]
fn a_reissue_of_the_main_key_leaves_the_next_term() {
    on_both("next stays", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let by = at(TODAY);
        let renewed =
            shop.ledger.renew(shop.vendor.issuing(), license.id, &another(), Expected::Any, &by).await.unwrap();
        let mut fewer = another();
        fewer.seats = Some("10".parse().unwrap());
        let reissued =
            shop.ledger.reissue(shop.vendor.issuing(), license.id, &fewer, Expected::Any, &by).await.unwrap();
        assert_eq!(reissued.license.valid_through, renewed.license.valid_through);
        assert_eq!(reissued.license.seats, "10".parse().unwrap());
    });
}

#[test]
fn l27_a_license_of_the_pool_that_has_ended_is_renewed_and_has_no_stopgap() {
    on_both("pool", async |shop: Shop| {
        let (license, issuing) = (shop.license().await, shop.vendor.issuing());
        let soon = at("2027-11-20T12:00:00Z");
        let early = shop.ledger.renew(issuing, license.id, &another(), Expected::Any, &soon).await;
        assert!(matches!(early, Err(LedgerError::Transition(_))), "it is sold before it is renewed: {early:?}");

        let late = at("2027-12-20T12:00:00Z");
        assert_eq!(license.state(late.at), State::Expired);
        let bridged = shop.ledger.stopgap(issuing, license.id, &stopgap(), Expected::Any, &late).await;
        assert!(matches!(bridged, Err(LedgerError::Unassigned { .. })), "{bridged:?}");
        let preview = shop.ledger.preview(Succession::Renewal, issuing, license.id, &another(), &late).await.unwrap();
        assert_eq!(preview.role, Role::Main);
        let renewed = shop.ledger.renew(issuing, license.id, &another(), Expected::Any, &late).await.unwrap().license;
        assert_eq!((renewed.state(late.at), renewed.customer), (State::Available, None));
        assert_eq!(renewed.valid_through, Some(day("2028-11-27")));
        assert_eq!(keys(&shop, &license).await, [(Role::Main, KeyStatus::Past), (Role::Main, KeyStatus::Current)]);

        // It is sold like any other: the key of the new term leaves, and counts for its customer.
        let customer = shop.customer("it@acme.example").await;
        let assigned = shop.ledger.assign(issuing, license.id, customer, None, Expected::Any, &late).await.unwrap();
        assert_eq!(assigned.state(late.at), State::Assigned);
        let delivered = shop.ledger.deliver(license.id, &shop.vendor.catalog, &late).await.unwrap();
        assert_eq!(delivered.keys.len(), 1);
        let claims = delivered.keys[0].key.unverified_claims().unwrap();
        assert_eq!(claims.valid_through(), Some(day("2028-11-27")));
    });
}

#[test]
fn a_serial_of_a_deleted_license_is_refused_in_every_action() {
    on_both("serial once", async |shop: Shop| {
        let by = at(TODAY);
        let gone = shop.license().await;
        let used = shop.ledger.keys(gone.id).await.unwrap()[0].serial;
        shop.ledger.delete(gone.id, None, Expected::Any, &by).await.unwrap();
        let license = shop.sold("it@acme.example").await;
        let again = || {
            let mut order = another();
            order.serial = used;
            order
        };
        let reissued = shop.ledger.reissue(shop.vendor.issuing(), license.id, &again(), Expected::Any, &by).await;
        assert!(matches!(reissued, Err(LedgerError::SerialUsed { serial }) if serial == used), "{reissued:?}");
        let renewed = shop.ledger.renew(shop.vendor.issuing(), license.id, &again(), Expected::Any, &by).await;
        assert!(matches!(renewed, Err(LedgerError::SerialUsed { .. })), "{renewed:?}");
        let machine = "01a1b2c3d4e5f60718293a4b5c6d7e8f".parse().unwrap();
        let request = ActivationRequest::new(shop.ledger.keys(license.id).await.unwrap()[0].serial, machine);
        let locked = shop.ledger.lock(shop.vendor.issuing(), &request, &Order::locked(&request, used), &by).await;
        assert!(matches!(locked, Err(LedgerError::SerialUsed { .. })), "{locked:?}");
    });
}

#[test]
fn a_trial_whose_key_has_left_is_not_deleted_and_counts() {
    on_both("deleted trial", async |shop: Shop| {
        let (by, customer) = (at(TODAY), shop.customer("it@acme.example").await);
        let trial = async || {
            let new = NewLicense::new(Order::of_offer("pro-trial", serial())).for_customer(customer);
            shop.ledger.create(shop.vendor.issuing(), &new, &by).await
        };
        // A key that has not left works nowhere.
        let first = trial().await.unwrap().into_license();
        shop.ledger.delete(first.id, None, Expected::Any, &by).await.unwrap();
        let second = trial().await.unwrap().into_license();
        shop.ledger.deliver(second.id, &shop.vendor.catalog, &by).await.unwrap();
        let refused = shop.ledger.delete(second.id, None, Expected::Any, &by).await;
        assert!(matches!(refused, Err(LedgerError::KeyHasLeft { id }) if id == second.id), "{refused:?}");
        shop.ledger.revoke(second.id, Reason::IssuedWrongly, None, Expected::Any, &by).await.unwrap();
        let third = trial().await;
        assert!(matches!(third, Err(LedgerError::Refused(_))), "{third:?}");
    });
}

#[test]
fn the_license_of_an_order_with_an_id_is_not_deleted_once_its_key_has_left() {
    on_both("deleted order", async |shop: Shop| {
        let by = at(TODAY);
        let mut order = annual();
        order.reference = Some(OrderRef::new("DO-1", &order, SerialSource::Drawn));
        let new = NewLicense::new(order).for_customer(shop.customer("it@acme.example").await);
        let sell = async || shop.ledger.create(shop.vendor.issuing(), &new, &by).await.unwrap().into_license();
        let first = sell().await;
        shop.ledger.delete(first.id, None, Expected::Any, &by).await.unwrap();
        let mut other = new.clone();
        other.order.serial = serial();
        let second = shop.ledger.create(shop.vendor.issuing(), &other, &by).await.unwrap().into_license();
        shop.ledger.deliver(second.id, &shop.vendor.catalog, &by).await.unwrap();
        let refused = shop.ledger.delete(second.id, None, Expected::Any, &by).await;
        assert!(matches!(refused, Err(LedgerError::KeyHasLeft { .. })), "{refused:?}");
        assert_eq!(sell().await.id, second.id, "the order made it");
    });
}

#[test]
fn an_order_that_was_carried_out_for_another_license_is_no_answer() {
    on_both("order of another", async |shop: Shop| {
        let (first, second) = (shop.sold("it@acme.example").await, shop.sold("it@other.example").await);
        let mut order = another();
        order.seats = Some("50".parse().unwrap());
        order.reference = Some(OrderRef::new("PO-1", &order, SerialSource::Drawn));
        let by = at(TODAY);
        let made = shop.ledger.reissue(shop.vendor.issuing(), first.id, &order, Expected::Any, &by).await.unwrap();
        let again = shop.ledger.reissue(shop.vendor.issuing(), first.id, &order, Expected::Any, &by).await.unwrap();
        assert_eq!(again.serial, made.serial);
        let other = shop.ledger.reissue(shop.vendor.issuing(), second.id, &order, Expected::Any, &by).await;
        assert!(matches!(other, Err(LedgerError::OrderOfAnother { license }) if license == first.id), "{other:?}");
    });
}

#[test]
fn debug_output_has_no_personal_text() {
    let mut new = NewLicense::new(annual());
    new.notes = Some("calls on Mondays".to_owned());
    new.order.licensee = Some("Acme Ltd".to_owned());
    let edit = Edit { notes: Some(Some("calls on Mondays".to_owned())), ..Edit::default() };
    let shown = format!("{new:?} {edit:?}");
    assert!(!shown.contains("Mondays") && !shown.contains("Acme"), "{shown}");
}
