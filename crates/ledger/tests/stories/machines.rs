//! Machines take slots, give them back, and work without a network.

use keyward_catalog::Catalog;
use keyward_issuer::order::Order;
use keyward_issuer::{ActivationRequest, Fingerprint};
use keyward_ledger::state::{State, SuspendCause};
use keyward_ledger::{Activated, Edit, Expected, KeyStatus, LedgerError, License, Locked, Machine, Releaser, Role};
use keyward_verifier::files::Reason;

use crate::common::{Shop, TODAY, at, on_both, on_both_altered, serial};
use crate::raw::Raw;

fn machine(name: &str) -> Machine {
    name.parse().unwrap()
}

/// A fingerprint with these five components.
fn fingerprint(components: [u8; 5]) -> Fingerprint {
    let mut bytes = [0; 16];
    bytes[0] = 1;
    for (place, component) in bytes[1..].chunks_mut(3).zip(components) {
        place.fill(component);
    }
    Fingerprint::from_bytes(bytes).unwrap()
}

/// A license for two machines.
async fn for_two(shop: &Shop) -> License {
    let license = shop.sold("it@acme.example").await;
    shop.ledger.deliver(license.id, &shop.vendor.catalog, &at(TODAY)).await.unwrap();
    let edit = Edit { activation_limit: Some("2".parse().unwrap()), ..Edit::default() };
    shop.ledger.edit(license.id, &edit, None, Expected::Any, &at(TODAY)).await.unwrap()
}

async fn activate(shop: &Shop, license: &License, machine: &Machine) -> Result<Activated, LedgerError> {
    activate_at(shop, license, machine, TODAY).await
}

async fn activate_at(shop: &Shop, license: &License, machine: &Machine, time: &str) -> Result<Activated, LedgerError> {
    let keys = shop.ledger.keys(license.id).await.unwrap();
    let key = keys.iter().find(|key| key.role == Role::Main && key.status == KeyStatus::Current).unwrap().serial;
    shop.ledger.activate(key, machine, Some("a laptop"), &shop.vendor.catalog, &at(time)).await
}

async fn lock(shop: &Shop, license: &License, machine: Fingerprint) -> Result<Locked, LedgerError> {
    let key = shop.ledger.keys(license.id).await.unwrap()[0].serial;
    let request = ActivationRequest::new(key, machine);
    let order = Order::locked(&request, serial());
    shop.ledger.lock(shop.vendor.issuing(), &request, &order, &at(TODAY)).await
}

#[test]
fn l24_l25_an_assigned_license_becomes_active_with_its_first_machine() {
    on_both("l24", async |shop: Shop| {
        let license = for_two(&shop).await;
        assert_eq!(license.state(at(TODAY).at), State::Assigned);
        let first = activate(&shop, &license, &machine("laptop-1")).await.unwrap();
        assert!(matches!(first, Activated::New(..)));
        assert_eq!((first.license().state(at(TODAY).at), first.license().activations), (State::Active, 1));
        let again = activate(&shop, &license, &machine("laptop-1")).await.unwrap();
        assert!(matches!(again, Activated::Same(..)), "a machine has one slot");
        assert_eq!(again.activation().id, first.activation().id);
        let second = activate(&shop, &license, &machine("laptop-2")).await.unwrap();
        assert_eq!(second.license().activations, 2);
    });
}

#[test]
fn l23_an_available_license_can_not_be_activated() {
    on_both("l23", async |shop: Shop| {
        let license = shop.license().await;
        let refused = activate(&shop, &license, &machine("laptop-1")).await;
        assert!(matches!(refused, Err(LedgerError::Transition(_))), "{refused:?}");
    });
}

#[test]
fn l101_l102_the_limit_is_kept_and_named() {
    on_both("l101", async |shop: Shop| {
        let license = for_two(&shop).await;
        for name in ["laptop-1", "laptop-2"] {
            activate(&shop, &license, &machine(name)).await.unwrap();
        }
        let third = activate(&shop, &license, &machine("laptop-3")).await;
        let Err(LedgerError::LimitReached { limit, in_use: 2 }) = third else { panic!("{third:?}") };
        assert_eq!(limit, "2".parse().unwrap());
        assert!(matches!(activate(&shop, &license, &machine("laptop-2")).await, Ok(Activated::Same(..))));
    });
}

#[test]
fn two_components_of_a_machine_and_three_of_another_take_a_slot() {
    on_both("components", async |shop: Shop| {
        let license = for_two(&shop).await;
        let edit = Edit { activation_limit: Some("1".parse().unwrap()), ..Edit::default() };
        let license = shop.ledger.edit(license.id, &edit, None, Expected::Any, &at(TODAY)).await.unwrap();
        // Without a locked key, the slots alone count.
        activate(&shop, &license, &Machine::Fingerprint(fingerprint([1, 2, 3, 0, 0]))).await.unwrap();
        for other in [[1, 2, 9, 9, 9], [9, 2, 3, 9, 9], [9; 5]] {
            let locked = lock(&shop, &license, fingerprint(other)).await;
            assert!(matches!(locked, Err(LedgerError::LimitReached { .. })), "{other:?}: {locked:?}");
            let activated = activate(&shop, &license, &Machine::Fingerprint(fingerprint(other))).await;
            assert!(matches!(activated, Err(LedgerError::LimitReached { .. })), "{other:?}: {activated:?}");
        }
        // A part that was replaced, and parts that are read now.
        for same in [[1, 2, 3, 4, 5], [1, 2, 3, 9, 5], [1, 2, 3, 0, 0]] {
            lock(&shop, &license, fingerprint(same)).await.unwrap();
        }
        for other in [[1, 9, 9, 9, 9], [9; 5]] {
            assert!(lock(&shop, &license, fingerprint(other)).await.is_err(), "{other:?}");
        }
    });
}

#[test]
fn one_slot_does_for_one_machine_whatever_is_mixed_into_requests() {
    on_both("mixed", async |shop: Shop| {
        let license = for_two(&shop).await;
        let edit = Edit { activation_limit: Some("1".parse().unwrap()), ..Edit::default() };
        let license = shop.ledger.edit(license.id, &edit, None, Expected::Any, &at(TODAY)).await.unwrap();
        // A mix of five machines has the slot, with a network. Each of them keeps one of its components and brings two.
        let mix = fingerprint([1, 2, 3, 4, 5]);
        let slot = activate(&shop, &license, &Machine::Fingerprint(mix)).await.unwrap();
        let mut serials = Vec::new();
        for mixed in [[1, 2, 3, 1, 1], [1, 2, 3, 2, 2], [1, 2, 3, 3, 3], [1, 2, 3, 4, 4], [5, 5, 3, 4, 5]] {
            let locked = lock(&shop, &license, fingerprint(mixed)).await.unwrap();
            assert_eq!(locked.activation.id, slot.activation().id);
            serials.push(locked.serial);
        }
        let keys = shop.ledger.keys(license.id).await.unwrap();
        let locked: Vec<_> = keys.iter().filter(|key| key.role == Role::Locked).collect();
        assert_eq!(locked.len(), 1, "{serials:?}");
        assert_eq!(locked[0].machine, mix.to_string());
        assert!(serials.iter().all(|serial| *serial == locked[0].serial), "{serials:?}");
    });
}

#[test]
fn l103_a_released_machine_and_a_raised_limit_make_room_at_once() {
    on_both("l103", async |shop: Shop| {
        let license = for_two(&shop).await;
        let first = activate(&shop, &license, &machine("laptop-1")).await.unwrap();
        activate(&shop, &license, &machine("laptop-2")).await.unwrap();
        let id = first.activation().id;
        for _ in 0..2 {
            let released =
                shop.ledger.release(id, Releaser::Customer { per_30d: None }, None, &at(TODAY)).await.unwrap();
            assert!(!released.is_counted());
        }
        assert_eq!(shop.ledger.license(license.id).await.unwrap().activations, 1, "released once");
        assert_eq!(shop.ledger.license(license.id).await.unwrap().state(at(TODAY).at), State::Active);
        let third = activate(&shop, &license, &machine("laptop-3")).await.unwrap();
        let back = activate(&shop, &license, &machine("laptop-1")).await;
        assert!(matches!(back, Err(LedgerError::LimitReached { .. })), "a released machine has no slot: {back:?}");
        let edit = Edit { activation_limit: Some("3".parse().unwrap()), ..Edit::default() };
        shop.ledger.edit(license.id, &edit, None, Expected::Any, &at(TODAY)).await.unwrap();
        let back = activate(&shop, &license, &machine("laptop-1")).await.unwrap();
        assert_ne!(back.activation().id, id, "its old activation answers no more");
        let edit = Edit { activation_limit: Some("1".parse().unwrap()), ..Edit::default() };
        let lowered = shop.ledger.edit(license.id, &edit, None, Expected::Any, &at(TODAY)).await.unwrap();
        assert_eq!(lowered.over_limit(), 2);
        assert!(matches!(activate(&shop, &license, &machine("laptop-3")).await, Ok(Activated::Same(..))));
        assert_eq!(third.activation().machine, machine("laptop-3"));
    });
}

#[test]
fn l26_l71_a_held_license_keeps_its_slots_and_activates_nothing() {
    on_both("l26", async |shop: Shop| {
        let license = for_two(&shop).await;
        activate(&shop, &license, &machine("laptop-1")).await.unwrap();
        let by = at(TODAY);
        let suspended = shop.ledger.suspend(license.id, SuspendCause::Abuse, None, Expected::Any, &by).await.unwrap();
        assert_eq!((suspended.state(by.at), suspended.activations), (State::Suspended, 1));
        for name in ["laptop-1", "laptop-2"] {
            assert!(matches!(activate(&shop, &license, &machine(name)).await, Err(LedgerError::Transition(_))));
        }
        let resumed = shop.ledger.resume(license.id, None, Expected::Any, &by).await.unwrap();
        assert_eq!(resumed.state(by.at), State::Active, "the state before");
        shop.ledger.inactivate(license.id, None, Expected::Any, &by).await.unwrap();
        assert!(matches!(activate(&shop, &license, &machine("laptop-1")).await, Err(LedgerError::Transition(_))));
        let back = shop.ledger.reactivate(license.id, None, Expected::Any, &by).await.unwrap();
        assert_eq!(back.state(by.at), State::Active);
    });
}

#[test]
fn l78_l151_revoking_releases_all_machines() {
    on_both("l78", async |shop: Shop| {
        let license = for_two(&shop).await;
        let activation = activate(&shop, &license, &machine("laptop-1")).await.unwrap().activation().id;
        let by = at(TODAY);
        let revoked = shop.ledger.revoke(license.id, Reason::Leaked, None, Expected::Any, &by).await.unwrap();
        assert_eq!(revoked.activations, 0);
        assert!(!shop.ledger.activation(activation).await.unwrap().is_counted());
    });
}

#[test]
fn l85_a_license_that_was_activated_is_not_deleted() {
    on_both("l85", async |shop: Shop| {
        let license = for_two(&shop).await;
        let activation = activate(&shop, &license, &machine("laptop-1")).await.unwrap().activation().id;
        shop.ledger.release(activation, Releaser::Customer { per_30d: None }, None, &at(TODAY)).await.unwrap();
        let refused = shop.ledger.delete(license.id, None, Expected::Any, &at(TODAY)).await;
        assert!(matches!(refused, Err(LedgerError::Transition(_))), "{refused:?}");
    });
}

#[test]
fn a_fingerprint_is_compared_by_its_components_with_the_one_that_was_stored() {
    on_both("fingerprint", async |shop: Shop| {
        let license = for_two(&shop).await;
        let of = |components| Machine::Fingerprint(fingerprint(components));
        let first = activate(&shop, &license, &of([1, 2, 3, 4, 5])).await.unwrap();
        // One component after the other changes. The stored fingerprint stays, so the machine drifts away in the end.
        for (components, is_same) in [([1, 2, 3, 4, 9], true), ([1, 2, 3, 8, 9], true), ([1, 2, 7, 8, 9], false)] {
            let activated = activate(&shop, &license, &of(components)).await.unwrap();
            assert_eq!(activated.activation().id == first.activation().id, is_same, "{components:?}");
        }
        let stored = shop.ledger.activation(first.activation().id).await.unwrap();
        assert_eq!(stored.machine, of([1, 2, 3, 4, 5]));
    });
}

#[test]
fn a_lease_that_ran_out_frees_its_slot() {
    on_both("lease", async |shop: Shop| {
        let license = for_two(&shop).await;
        let edit = Edit { lease_days: Some(Some(14)), activation_limit: Some("1".parse().unwrap()), ..Edit::default() };
        shop.ledger.edit(license.id, &edit, None, Expected::Any, &at(TODAY)).await.unwrap();
        let first = activate(&shop, &license, &machine("laptop-1")).await.unwrap();
        let key = shop.ledger.keys(license.id).await.unwrap()[0].serial;
        // Seen again after eight days, it has 14 days more; after two further days, nothing changes.
        for (time, end) in
            [("2026-12-06T12:00:00Z", "2026-12-20T12:00:00Z"), ("2026-12-08T12:00:00Z", "2026-12-20T12:00:00Z")]
        {
            let seen = shop.ledger.seen(key, Some(&machine("laptop-1")), &at(time)).await.unwrap();
            assert_eq!(seen.activation.unwrap().lease_ends_at, Some(at(end).at.timestamp_millis()), "{time}");
        }
        let other = activate_at(&shop, &license, &machine("laptop-2"), "2026-12-20T11:00:00Z").await;
        assert!(matches!(other, Err(LedgerError::LimitReached { .. })), "{other:?}");
        let late = at("2026-12-21T12:00:00Z");
        let seen = shop.ledger.seen(key, Some(&machine("laptop-1")), &late).await.unwrap();
        assert_eq!(seen.activation, None, "its lease has ended");
        assert_eq!(shop.ledger.end_leases(&late).await.unwrap(), 1);
        assert_eq!(shop.ledger.end_leases(&late).await.unwrap(), 0);
        assert!(!shop.ledger.activation(first.activation().id).await.unwrap().is_counted());
        let other = activate_at(&shop, &license, &machine("laptop-2"), "2026-12-21T12:00:00Z").await;
        assert!(matches!(other, Ok(Activated::New(..))), "{other:?}");
    });
}

#[test]
fn a_lease_ends_no_slot_whose_locked_key_works() {
    on_both("lease of a locked key", async |mut shop: Shop| {
        let text = Catalog::EXAMPLE.replace("# locked_term", "locked_term");
        shop.vendor.catalog = Catalog::parse(&text, "catalog.toml").unwrap();
        let license = for_two(&shop).await;
        let edit = Edit { lease_days: Some(Some(14)), activation_limit: Some("1".parse().unwrap()), ..Edit::default() };
        shop.ledger.edit(license.id, &edit, None, Expected::Any, &at(TODAY)).await.unwrap();
        let locked = lock(&shop, &license, fingerprint([1, 2, 3, 4, 5])).await.unwrap();
        let in_use = async || shop.ledger.license(license.id).await.unwrap().activations;

        // The key works through 2027-03-11, with its grace, and its last day ends last at UTC−12.
        for time in ["2026-12-21T12:00:00Z", "2027-03-12T11:59:59Z"] {
            shop.ledger.end_leases(&at(time)).await.unwrap();
            assert_eq!(shop.ledger.end_leases(&at(time)).await.unwrap(), 0, "{time}");
            assert_eq!(in_use().await, 1, "{time}");
            let other = activate_at(&shop, &license, &machine("laptop-2"), time).await;
            assert!(matches!(other, Err(LedgerError::LimitReached { .. })), "{time}: {other:?}");
        }
        assert_eq!(shop.ledger.end_leases(&at("2027-03-12T12:00:01Z")).await.unwrap(), 1);
        let ended = shop.ledger.activation(locked.activation.id).await.unwrap();
        assert_eq!((ended.released_by.as_deref(), in_use().await), (Some("lease"), 0));
    });
}

#[test]
fn staff_revokes_the_locked_key_of_a_machine_that_was_released_before() {
    on_both_altered("released with a key", async |shop: Shop| {
        for (releaser, counted) in [(Releaser::Staff, true), (Releaser::Manager, false)] {
            let license = for_two(&shop).await;
            let locked = lock(&shop, &license, fingerprint([1, 2, 3, 4, 5])).await.unwrap();
            // As an earlier version ended leases.
            let id = locked.activation.id;
            let raw = Raw::connect(&shop.url).await;
            for end in [
                "update activations set released_at = 1, released_by = 'lease' where released_at is null",
                "update licenses set activations = 0 where activations = 1",
            ] {
                raw.run(end).await;
            }
            let customer = Releaser::Customer { per_30d: None };
            shop.ledger.release(id, customer, None, &at(TODAY)).await.unwrap();
            assert_eq!(shop.ledger.license(license.id).await.unwrap().activations, 0);
            for _ in 0..2 {
                let released = shop.ledger.release(id, releaser, None, &at(TODAY)).await.unwrap();
                assert_eq!(released.is_counted(), counted);
            }
            assert_eq!(shop.ledger.license(license.id).await.unwrap().activations, u32::from(counted));
            let keys = shop.ledger.keys(license.id).await.unwrap();
            let key = keys.iter().find(|key| key.serial == locked.serial).unwrap();
            assert_eq!(key.status, KeyStatus::Revoked);
        }
    });
}

#[test]
fn a_machine_without_a_network_gets_a_key_of_its_own_and_keeps_it() {
    on_both("locked", async |shop: Shop| {
        let license = for_two(&shop).await;
        let of = fingerprint([1, 2, 3, 4, 5]);
        let locked = lock(&shop, &license, of).await.unwrap();
        assert_eq!(lock(&shop, &license, of).await.unwrap().serial, locked.serial, "the same request, the same key");
        assert_eq!(shop.ledger.license(license.id).await.unwrap().activations, 1);
        let delivered = shop.ledger.deliver(license.id, &shop.vendor.catalog, &at(TODAY)).await.unwrap();
        let key = delivered.keys.iter().find(|key| key.role == Role::Locked).unwrap();
        assert_eq!(key.key.unverified_claims().unwrap().fingerprint(), Some(&of));

        let refused =
            shop.ledger.release(locked.activation.id, Releaser::Customer { per_30d: None }, None, &at(TODAY)).await;
        assert!(matches!(refused, Err(LedgerError::HeldByKey { .. })), "{refused:?}");
        lock(&shop, &license, fingerprint([6, 7, 8, 9, 10])).await.unwrap();
        let third = lock(&shop, &license, fingerprint([11, 12, 13, 14, 15])).await;
        assert!(matches!(third, Err(LedgerError::LimitReached { .. } | LedgerError::Refused(_))), "{third:?}");

        // Staff releases it: the key is revoked, and the slot counts until its last day.
        let released =
            shop.ledger.release(locked.activation.id, Releaser::Staff, Some("broken"), &at(TODAY)).await.unwrap();
        assert!(released.is_counted());
        let third = lock(&shop, &license, fingerprint([11, 12, 13, 14, 15])).await;
        assert!(matches!(third, Err(LedgerError::LimitReached { .. })), "{third:?}");
        let keys = shop.ledger.keys(license.id).await.unwrap();
        let of_machine = keys.iter().find(|key| key.serial == locked.serial).unwrap();
        assert_eq!(of_machine.status, KeyStatus::Revoked);
        // A manager who has seen that it may work on frees the slot.
        shop.ledger.release(locked.activation.id, Releaser::Manager, None, &at(TODAY)).await.unwrap();
        lock(&shop, &license, fingerprint([11, 12, 13, 14, 15])).await.unwrap();
        // The released machine asks again: all slots are taken.
        let back = lock(&shop, &license, of).await;
        assert!(matches!(back, Err(LedgerError::LimitReached { .. } | LedgerError::Refused(_))), "{back:?}");
    });
}

#[test]
fn a_released_machine_without_a_network_gets_another_key_when_it_asks_again() {
    on_both("locked again", async |shop: Shop| {
        let license = for_two(&shop).await;
        let of = fingerprint([1, 2, 3, 4, 5]);
        let first = lock(&shop, &license, of).await.unwrap();
        shop.ledger.release(first.activation.id, Releaser::Manager, None, &at(TODAY)).await.unwrap();
        let second = lock(&shop, &license, of).await.unwrap();
        assert_ne!((second.serial, second.activation.id), (first.serial, first.activation.id));
        let keys = shop.ledger.keys(license.id).await.unwrap();
        let status = |serial| keys.iter().find(|key| key.serial == serial).map(|key| key.status);
        assert_eq!(status(first.serial), Some(KeyStatus::Revoked));
        assert_eq!(status(second.serial), Some(KeyStatus::Current));
    });
}

#[test]
fn a_raised_limit_counts_for_machines_without_a_network_too() {
    on_both("locked limit", async |shop: Shop| {
        let license = for_two(&shop).await;
        for components in [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]] {
            lock(&shop, &license, fingerprint(components)).await.unwrap();
        }
        let edit = Edit { activation_limit: Some("3".parse().unwrap()), ..Edit::default() };
        shop.ledger.edit(license.id, &edit, None, Expected::Any, &at(TODAY)).await.unwrap();
        lock(&shop, &license, fingerprint([11, 12, 13, 14, 15])).await.unwrap();
    });
}

#[test]
fn a_request_with_one_component_is_refused() {
    on_both("one component", async |shop: Shop| {
        let license = for_two(&shop).await;
        let refused = lock(&shop, &license, fingerprint([1, 0, 0, 0, 0])).await;
        assert!(matches!(refused, Err(LedgerError::Refused(_))), "{refused:?}");
        assert_eq!(shop.ledger.license(license.id).await.unwrap().activations, 0);
    });
}

#[test]
fn a_machine_is_activated_with_as_many_components_as_the_catalogue_asks_for() {
    on_both("components of an activation", async |mut shop: Shop| {
        let license = for_two(&shop).await;
        let of = |components| Machine::Fingerprint(fingerprint(components));
        let refused = activate(&shop, &license, &of([1, 0, 0, 0, 0])).await;
        assert!(matches!(refused, Err(LedgerError::TooFewComponents(_))), "{refused:?}");
        assert_eq!(shop.ledger.license(license.id).await.unwrap().activations, 0);
        activate(&shop, &license, &of([1, 2, 0, 0, 0])).await.unwrap();
        let with = |least: u8| {
            let text = Catalog::EXAMPLE.replace(
                "activation = \"required\"",
                &format!("activation = \"required\"\nleast_components = {least}"),
            );
            Catalog::parse(&text, "catalog.toml").unwrap()
        };
        shop.vendor.catalog = with(3);
        let refused = activate(&shop, &license, &of([1, 2, 0, 0, 0])).await;
        assert!(matches!(refused, Err(LedgerError::TooFewComponents(_))), "{refused:?}");
        shop.vendor.catalog = with(1);
        activate(&shop, &license, &of([3, 0, 0, 0, 0])).await.unwrap();
    });
}

#[test]
fn a_key_that_granted_more_activates_nothing() {
    on_both("superseded", async |shop: Shop| {
        let license = for_two(&shop).await;
        let old = shop.ledger.keys(license.id).await.unwrap()[0].serial;
        let mut fewer = Order::reissue_of(old, serial());
        fewer.seats = Some("5".parse().unwrap());
        (fewer.reason, fewer.ticket) = (Some("fewer people".to_owned()), Some("DESK-18".to_owned()));
        shop.ledger.reissue(shop.vendor.issuing(), license.id, &fewer, Expected::Any, &at(TODAY)).await.unwrap();
        let laptop = machine("laptop-1");
        let refused = shop.ledger.activate(old, &laptop, None, &shop.vendor.catalog, &at(TODAY)).await;
        assert!(matches!(refused, Err(LedgerError::KeyRevoked { .. })), "{refused:?}");
        activate(&shop, &license, &laptop).await.unwrap();
    });
}

#[test]
fn a_product_shortens_locked_keys_and_a_machine_whose_key_has_ended_is_released_by_the_customer() {
    on_both("locked term", async |mut shop: Shop| {
        let text = Catalog::EXAMPLE.replace("# locked_term", "locked_term");
        shop.vendor.catalog = Catalog::parse(&text, "catalog.toml").unwrap();
        let license = for_two(&shop).await;
        let machine = fingerprint([1, 2, 3, 4, 5]);
        let first = lock(&shop, &license, machine).await.unwrap();
        assert_eq!(
            lock(&shop, &license, machine).await.unwrap().serial,
            first.serial,
            "the same request, the same key"
        );
        let keys = shop.ledger.keys(license.id).await.unwrap();
        let standing = keys.iter().find(|key| key.serial == first.serial).unwrap().standing(at(TODAY).at).unwrap();
        assert_eq!(standing.valid_through().unwrap().to_string(), "2027-02-25");
        assert!(license.valid_through > standing.valid_through(), "the license goes on");

        // 14 days of grace; the last day ends last at UTC−12.
        let (in_use, over) = (at("2027-03-12T11:59:59Z"), at("2027-03-12T12:00:00Z"));
        let held = shop.ledger.release(first.activation.id, Releaser::Customer { per_30d: None }, None, &in_use).await;
        assert!(matches!(held, Err(LedgerError::HeldByKey { .. })), "{held:?}");
        shop.ledger.release(first.activation.id, Releaser::Customer { per_30d: None }, None, &over).await.unwrap();
        assert_eq!(shop.ledger.license(license.id).await.unwrap().activations, 0);
    });
}
