//! Stopgaps, and the licenses that they bridge.

use keyward_issuer::order::{MachineLock, Order};
use keyward_issuer::{End, Environment, Fingerprint, Kind, Quantity};
use keyward_verifier::files::{Reason, Status};

use crate::common::{
    Shop, after, approval, approved, catalog_with, day, dropped, edition, limit, offer, quantity, reissue, renewal,
    serial, shop_with_a_paid_year, stopgap, through,
};
use crate::locked::locked;

#[test]
fn a_license_is_bridged_once() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2027-01-10");
    shop.issue(&stopgap(2));
    assert_eq!(
        shop.says(&stopgap(3)),
        "stopgap 0000000000000002 has bridged the customer's latest license, and a license is bridged once: renew it, or \
         name another license that the stopgap bridges"
    );
    // Naming the license does not help.
    let mut named = stopgap(3);
    named.bridges = Some(serial(1));
    assert_eq!(
        shop.says(&named),
        "stopgap 0000000000000002 has bridged the license, and a license is bridged once: renew it"
    );
    shop.today = day("2026-12-20");
    shop.issue(&reissue(1, 4));
    named.bridges = Some(serial(4));
    assert_eq!(shop.codes(&named), ["second-stopgap"], "a reissue is the same license");

    // Licenses of another customer and of the next year are other licenses.
    let mut other = stopgap(3);
    other.customer = Some("zenith".to_owned());
    shop.permits(&approved(other));
    shop.today = day("2027-01-20");
    shop.issue(&renewal(4, 5));
    shop.today = day("2028-01-10");
    assert_eq!(shop.issue(&stopgap(3)).details().bridges, Some(serial(5)));
}

#[test]
fn a_stopgap_bridges_only_a_paid_license_of_the_same_product_and_customer() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2026-12-20");
    let names = |number: u8| {
        let mut order = stopgap(20);
        order.bridges = Some(serial(number));
        order
    };
    shop.permits(&names(1));

    shop.issue(&Order::of_offer("pro-trial", serial(2)));
    assert_eq!(
        shop.says(&names(2)),
        "license 0000000000000002 is a trial, and a stopgap bridges a paid license that ends: name that license"
    );
    shop.issue(&Order::of_offer("pro-perpetual", serial(3)));
    assert_eq!(shop.codes(&names(3)), ["bridges-unpaid"]);

    let mut server = Order::of_edition("server", "one", serial(4));
    (server.seats, server.end) = (Some(quantity(1)), after("1y"));
    shop.issue(&server);
    assert_eq!(
        shop.says(&names(4)),
        "license 0000000000000004 has another product than the stopgap: name the right license, or order the stopgap \
         for the same product"
    );
    let mut zenith = names(1);
    zenith.customer = Some("zenith".to_owned());
    assert_eq!(shop.codes(&zenith), ["bridges-another"]);
    (zenith.customer, zenith.licensee) = (None, Some("Zenith".to_owned()));
    assert_eq!(shop.codes(&zenith), ["bridges-another"], "without a customer, the licensees are compared");

    shop.issue(&reissue(1, 5));
    assert_eq!(shop.codes(&names(1)), ["replaced"]);
    shop.permits(&names(5));
    shop.issue(&renewal(5, 6));
    assert_eq!(shop.codes(&names(5)), ["renewed"]);
    assert_eq!(shop.codes(&names(6)), ["bridges-early"]);
    shop.today = day("2027-12-20");
    shop.permits(&names(6));
}

#[test]
fn without_the_paid_license_the_customer_identifies_a_stopgap() {
    let mut shop = Shop::on("2027-01-10");
    assert_eq!(shop.codes(&stopgap(1)), ["bridges-unknown"]);
    assert_eq!(shop.issue(&approved(stopgap(1))).details().bridges, None);
    assert_eq!(
        shop.says(&approved(stopgap(2))),
        "stopgap 0000000000000001 has bridged an unknown license of this customer less than 12 months ago: name the license \
         or the customer of this stopgap, or have it approved for a reason that names 0000000000000001"
    );
    let mut unnamed = Shop::on("2027-01-10");
    unnamed.issue(&approved(Order::of_offer("pro-stopgap", serial(1))));
    assert_eq!(
        unnamed.codes(&approved(Order::of_offer("pro-stopgap", serial(2)))),
        ["second-stopgap"],
        "no customer is a customer too"
    );
    unnamed.permits(&approved(stopgap(2)));
    let mut absent = stopgap(2);
    absent.bridges = Some(serial(9));
    assert_eq!(shop.codes(&absent), ["not-on-record"]);
}

#[test]
fn another_spelling_of_a_customer_gets_no_second_stopgap() {
    let mut unknown = Shop::on("2027-01-10");
    unknown.issue(&approved(stopgap(2)));
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2027-01-10");
    shop.issue(&stopgap(2));
    for shop in [&shop, &unknown] {
        let mut order = approved(stopgap(3));
        order.customer = Some("ACME".to_owned());
        assert_eq!(shop.codes(&order), ["second-stopgap"]);
        for name in [" acme", "acme\n", "acme\u{200B}"] {
            order.customer = Some(name.to_owned());
            assert_eq!(shop.codes(&order), ["second-stopgap", "space-around"], "{name:?}");
        }
    }
}

#[test]
fn a_name_that_only_looks_the_same_is_another_customer() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2027-01-10");
    let mut order = stopgap(2);
    // The first letter is Cyrillic.
    (order.customer, order.bridges) = (Some("\u{430}cme".to_owned()), Some(serial(1)));
    assert_eq!(shop.codes(&order), ["bridges-another"]);
    (order.customer, order.licensee) = (None, Some("\u{410}cme Ltd".to_owned()));
    assert_eq!(shop.codes(&order), ["bridges-another"]);
}

#[test]
fn only_a_stopgap_bridges() {
    let shop = shop_with_a_paid_year();
    let mut order = Order::of_offer("pro-annual", serial(2));
    order.bridges = Some(serial(1));
    assert_eq!(shop.codes(&order), ["bridges-nothing"]);
}

#[test]
fn a_stopgap_has_the_environment_and_the_machine_of_the_bridged_license() {
    let mut shop = shop_with_a_paid_year();
    let mut locked = reissue(1, 2);
    locked.lock = machine(1);
    shop.issue(&locked);
    shop.today = day("2026-12-20");

    let mut order = stopgap(9);
    order.bridges = Some(serial(2));
    assert_eq!(shop.permits(&order).fingerprint().copied(), machine(1).and_then(MachineLock::fingerprint));
    for (lock, machine) in [(Some(MachineLock::None), "none"), (machine(2), "another")] {
        order.lock = lock;
        assert_eq!(
            shop.says(&order),
            "license 0000000000000002 has another machine than the stopgap: name the right license, or order the \
             stopgap for the same machine",
            "{machine}"
        );
    }
    order.lock = machine(1);
    shop.permits(&order);
    order.environment = Some(Environment::Staging);
    assert_eq!(
        shop.says(&order),
        "license 0000000000000002 has another environment than the stopgap: name the right license, or order the \
         stopgap for the same environment"
    );
    let mut staging = Order::of_offer("pro-annual", serial(3));
    (staging.customer, staging.environment) = (Some("acme".to_owned()), Some(Environment::Staging));
    shop.issue(&staging);
    shop.today = day("2027-12-10");
    (order.bridges, order.lock) = (Some(serial(3)), None);
    assert_eq!(shop.permits(&order).environment(), Environment::Staging);
    order.environment = Some(Environment::Production);
    assert_eq!(shop.codes(&order), ["bridges-another"]);
}

fn machine(byte: u8) -> Option<MachineLock> {
    Some(MachineLock::To(Fingerprint::from_digests([Some([byte; 3]); 5])))
}

#[test]
fn another_machine_or_environment_gets_no_second_stopgap() {
    let paid = shop_with_a_paid_year();
    for mut shop in [paid, Shop::on("2027-01-01")] {
        shop.today = day("2027-01-10");
        shop.issue(&approved(stopgap(2)));
        for environment in
            [None, Some(Environment::Production), Some(Environment::Staging), Some(Environment::Development)]
        {
            for lock in [None, Some(MachineLock::None), machine(1), machine(2)] {
                let mut order = approved(stopgap(3));
                (order.environment, order.lock) = (environment, lock);
                let codes = shop.codes(&order);
                assert!(codes == ["second-stopgap"] || codes == ["bridges-another"], "{order:?}: {codes:?}");
            }
        }
    }
}

#[test]
fn s2_s18_a_stopgap_grants_what_the_bridged_license_does_and_no_more() {
    let mut shop = Shop::on("2026-01-01");
    let mut paid = Order::of_offer("pro-annual", serial(1));
    paid.customer = Some("acme".to_owned());
    (paid.seats, paid.features) = (Some(quantity(7)), Some(vec!["export".to_owned()]));
    (paid.limits, paid.updates) = (vec![limit("projects", 20)], through("2026-06-30"));
    let paid = shop.issue(&paid);
    shop.today = day("2026-12-31");

    let claims = shop.permits(&stopgap(2));
    let bridged = paid.claims();
    assert_eq!((claims.edition(), claims.seats()), (bridged.edition(), bridged.seats()));
    assert_eq!((claims.features(), claims.limits()), (bridged.features(), bridged.limits()));
    assert_eq!((claims.updates_through(), claims.licensee()), (bridged.updates_through(), bridged.licensee()));

    let mut less = stopgap(2);
    (less.seats, less.features, less.limits) = (Some(quantity(1)), Some(vec![]), vec![limit("projects", 1)]);
    shop.permits(&less);
    for change in [
        (|order: &mut Order| order.seats = Some(quantity(8))) as fn(&mut Order),
        |order| (order.edition, order.seats) = (Some("enterprise".to_owned()), Some(quantity(10))),
        |order| order.features = Some(vec!["export".to_owned(), "teamwork".to_owned()]),
        |order| order.limits = vec![limit("projects", 21)],
        |order| order.limits = vec![dropped("projects")],
        |order| order.updates = through("2026-07-01"),
        |order| order.updates = Some(End::Perpetual),
    ] {
        for bridges in [None, Some(serial(1))] {
            let mut order = stopgap(2);
            order.bridges = bridges;
            change(&mut order);
            let codes = shop.codes(&order);
            assert!(codes.contains(&"grants-more"), "{order:?}: {codes:?}");
        }
    }
    // A reissue of the stopgap grants no more either.
    shop.issue(&stopgap(2));
    let mut order = reissue(2, 3);
    order.seats = Some(quantity(500));
    assert_eq!(
        shop.says(&order),
        "the stopgap would grant more than the bridged license 0000000000000001: seats would be 500, and the nearest is 7"
    );
    order.approval = approval("a favour");
    assert_eq!(shop.codes(&order), ["grants-more"]);
}

#[test]
fn a_free_edition_is_not_bridged() {
    let mut shop = Shop::on("2026-01-01");
    shop.catalog = catalog_with(&[("least = 1, most = 1000", "least = 1")]);
    let mut free = edition("studio", "home");
    (free.customer, free.end) = (Some("acme".to_owned()), after("1d"));
    shop.issue(&free);
    let mut named = stopgap(9);
    named.bridges = Some(serial(1));
    assert_eq!(shop.codes(&named), ["bridges-unpaid"]);
    assert_eq!(
        shop.says(&stopgap(2)),
        "no paid license of this customer and product is on record: name the license that the stopgap bridges, or get an \
         approval with a name and a reason"
    );
    assert_eq!(shop.issue(&approved(stopgap(2))).details().bridges, None);
    // Nothing on record limits it, so its reissue grants no more without another approval.
    shop.permits(&reissue(2, 3));
    for change in [
        (|order: &mut Order| order.seats = Some(quantity(6))) as fn(&mut Order),
        |order| (order.edition, order.seats) = (Some("enterprise".to_owned()), Some(quantity(10))),
        |order| order.limits = vec![dropped("projects")],
    ] {
        let mut more = reissue(2, 3);
        change(&mut more);
        assert!(shop.codes(&more).contains(&"stopgap-grows"), "{more:?}");
        shop.permits(&approved(more));
    }
}

#[test]
fn a_stopgap_has_the_licensee_of_the_bridged_license() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2027-01-10");
    for bridges in [None, Some(serial(1))] {
        let mut order = stopgap(2);
        (order.licensee, order.bridges) = (Some("Stranger".to_owned()), bridges);
        assert_eq!(shop.codes(&order), ["bridges-another"]);
    }
}

#[test]
fn a_stopgap_is_no_longer_than_the_bridged_license() {
    let mut shop = Shop::on("2026-01-01");
    let mut short = Order::of_offer("pro-annual", serial(1));
    (short.customer, short.end) = (Some("acme".to_owned()), after("3d"));
    shop.issue(&short);
    let mut order = stopgap(2);
    assert_eq!(shop.codes(&order), ["stopgap-too-long"]);
    order.end = after("3d");
    shop.permits(&order);
}

#[test]
fn a_stopgap_is_no_longer_than_the_license_could_be_used_since_its_sale() {
    for (from, term, uses) in
        [("2025-12-16", "1y", 15), ("2025-12-03", "1y", 2), ("2025-12-02", "1y", 1), ("2026-12-01", "5d", 5)]
    {
        let mut shop = Shop::on("2026-12-01");
        let mut paid = Order::of_offer("pro-annual", serial(1));
        (paid.customer, paid.from, paid.end) = (Some("acme".to_owned()), Some(day(from)), after(term));
        shop.issue(&paid);
        // A reissue is no later sale.
        shop.today = day("2026-12-02").max(day(from));
        if uses > 1 {
            shop.issue(&reissue(1, 3));
        }
        for bridges in [None, Some(serial(if uses > 1 { 3 } else { 1 }))] {
            let mut order = stopgap(2);
            (order.bridges, order.end) = (bridges, after(&format!("{}d", uses.min(14))));
            shop.permits(&order);
            order.end = after(&format!("{}d", uses.min(14) + 1));
            assert_eq!(shop.codes(&order), ["stopgap-too-long"], "{from} {term}");
        }
    }
}

#[test]
fn a_stopgap_is_issued_from_the_day_on_which_the_license_expires_soon() {
    // A year from 2026-01-01 with 14 days of grace; and terms whose reminders are nearer to the end, or none.
    for (term, opens, last, after_it) in [
        ("1y", "2026-12-01", "2026-12-31", "2027-01-15"),
        ("60d", "2026-02-15", "2026-03-01", "2026-03-16"),
        ("20d", "2026-01-13", "2026-01-20", "2026-01-26"),
        ("10d", "2026-01-01", "2026-01-10", "2026-01-13"),
    ] {
        let mut shop = Shop::on("2026-01-01");
        let mut paid = Order::of_offer("pro-annual", serial(1));
        (paid.customer, paid.end) = (Some("acme".to_owned()), after(term));
        shop.issue(&paid);
        for bridges in [None, Some(serial(1))] {
            let mut order = stopgap(2);
            (order.bridges, order.end) = (bridges, after("3d"));
            let before = day(opens).checked_sub(1).unwrap();
            for early in [day("2025-01-01"), before.checked_sub(60).unwrap(), before] {
                shop.today = early;
                assert_eq!(shop.codes(&order), ["bridges-early"], "{term} on {early}");
                assert_eq!(shop.codes(&approved(order.clone())), ["bridges-early"]);
            }
            for (today, first) in
                [(opens, after_it), (last, after_it), (after_it, after_it), ("2027-09-01", "2027-09-01")]
            {
                shop.today = day(today);
                assert_eq!(shop.permits(&order).valid_from(), day(first), "{term} on {today}");
            }
            // An order names an earlier day, and no later one.
            shop.today = day(last);
            let range = [(before, false), (day(opens), true), (day(last), true), (day(after_it), true)];
            let later = [(day(after_it).checked_add(1).unwrap(), false), (day("9998-12-20"), false)];
            for (from, permitted) in range.into_iter().chain(later) {
                let mut order = order.clone();
                (order.from, order.end) = (Some(from), Some(End::Through(from.max(shop.today))));
                if permitted {
                    order.end = Some(End::Through(from.checked_add(2).unwrap().max(shop.today)));
                }
                match shop.decide(&order) {
                    Ok(claims) => assert!(permitted && claims.claims().valid_from() == from, "{term} from {from}"),
                    Err(refusals) => {
                        let codes: Vec<_> =
                            refusals.as_slice().iter().map(keyward_issuer::policy::Refusal::code).collect();
                        assert!(codes.contains(&"stopgap-begins") != permitted, "{term} from {from}: {codes:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_stopgap_that_begins_elsewhere_is_refused_with_the_nearest_day() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2026-12-10");
    let mut order = stopgap(2);
    order.from = Some(day("2026-11-30"));
    assert_eq!(
        shop.says(&order),
        "the stopgap would begin on 2026-11-30, and the nearest day at the end of license 0000000000000001 is 2026-12-01: \
         leave the first day out, or name 2026-12-01"
    );
    order.from = Some(day("2027-02-01"));
    assert!(shop.says(&order).ends_with("or name 2027-01-15"));
    shop.today = day("2026-06-30");
    assert_eq!(
        shop.says(&stopgap(2)),
        "license 0000000000000001 runs through 2026-12-31, and a stopgap for it is issued from 2026-12-01 on, and not on \
         2026-06-30: order it then, or name the license that has ended"
    );
}

#[test]
fn a_stopgap_for_a_customer_is_for_the_license_that_runs_and_not_for_the_next_term() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2026-12-20");
    shop.issue(&renewal(1, 2));
    assert_eq!(shop.codes(&stopgap(9)), ["renewed"]);
    // The next year was sold as a license of its own, or nothing else was.
    let mut shop = shop_with_a_paid_year();
    let mut next = Order::of_offer("pro-annual", serial(2));
    (next.customer, next.from) = (Some("acme".to_owned()), Some(day("2027-03-01")));
    shop.issue(&next);
    shop.today = day("2026-12-20");
    assert_eq!(shop.issue(&stopgap(9)).details().bridges, Some(serial(1)));
    let mut shop = Shop::on("2026-12-20");
    shop.issue(&next);
    assert_eq!(shop.codes(&stopgap(9)), ["bridges-early"]);
}

#[test]
fn a_stopgap_is_activated_on_no_more_machines_than_the_license() {
    for (granted, more) in
        [(quantity(3), quantity(4)), (quantity(3), Quantity::Unlimited), (quantity(9_999), quantity(10_000))]
    {
        let mut shop = Shop::on("2026-01-01");
        let mut paid = edition("server", "one");
        (paid.customer, paid.activations) = (Some("acme".to_owned()), Some(granted));
        shop.issue(&paid);
        shop.today = day("2026-12-20");
        for bridges in [None, Some(serial(1))] {
            let mut order = Order::of_edition("server", "one", serial(2));
            (order.kind, order.customer, order.bridges) = (Some(Kind::Stopgap), Some("acme".to_owned()), bridges);
            order.end = after("14d");
            assert_eq!(shop.decide(&order).unwrap().details().activations, Some(granted), "as it was sold");
            order.activations = Some(granted);
            shop.permits(&order);
            order.activations = Some(more);
            assert_eq!(shop.codes(&order), ["grants-more"]);
            assert_eq!(shop.codes(&approved(order)), ["grants-more"]);
        }
        let mut order = Order::of_edition("server", "one", serial(2));
        (order.kind, order.bridges, order.end) = (Some(Kind::Stopgap), Some(serial(1)), after("14d"));
        shop.issue(&order);
        let mut again = reissue(2, 3);
        again.activations = Some(more);
        assert_eq!(shop.codes(&again), ["grants-more"], "its reissue");
    }
}

#[test]
fn a_second_stopgap_for_an_unknown_license_waits_twelve_months_or_names_the_first() {
    let unnamed = |number: u8| approved(Order::of_offer("pro-stopgap", serial(number)));
    for of in [stopgap as fn(u8) -> Order, unnamed] {
        let mut shop = Shop::on("2027-01-10");
        shop.issue(&approved(of(1)));
        for today in ["2027-01-11", "2027-06-30", "2028-01-09"] {
            shop.today = day(today);
            assert_eq!(shop.codes(&approved(of(2))), ["second-stopgap"], "{today}");
            let mut order = of(2);
            order.approval = approval("again, after 0000000000000001: the purchase order is lost");
            shop.permits(&order);
            order.approval = approval("again, after 0000000000000002");
            assert_eq!(shop.codes(&order), ["second-stopgap"], "another number");
        }
        shop.today = day("2028-01-10");
        shop.permits(&approved(of(2)));
    }
}

#[test]
fn a_second_stopgap_of_a_customer_with_two_licenses_names_the_other() {
    let mut shop = shop_with_a_paid_year();
    let mut other = Order::of_offer("pro-annual", serial(2));
    other.customer = Some("acme".to_owned());
    shop.issue(&other);
    shop.today = day("2026-12-20");
    assert_eq!(shop.issue(&stopgap(3)).details().bridges, Some(serial(2)));
    assert!(shop.says(&stopgap(4)).ends_with("renew it, or name another license that the stopgap bridges"));
    let mut named = stopgap(4);
    named.bridges = Some(serial(1));
    shop.permits(&named);
}

#[test]
fn a_stopgap_ends_with_the_license_that_it_bridges() {
    for revoked in [1, 2] {
        for status in [Status::Revoked(Reason::Refunded), Status::OnHold] {
            let mut shop = shop_with_a_paid_year();
            shop.issue(&reissue(1, 2));
            shop.today = day("2026-12-20");
            let mut bridge = stopgap(3);
            bridge.bridges = Some(serial(2));
            shop.issue(&bridge);
            let on_machine = locked(3, crate::locked::machine(1), 9);
            shop.permits(&reissue(3, 9));
            shop.permits(&on_machine);
            shop.set(revoked, status);
            for order in [reissue(3, 9), on_machine] {
                assert_eq!(shop.codes(&order), [status.code()], "{revoked}");
            }
        }
    }
    // A license that was replaced since did not end.
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2026-12-20");
    shop.issue(&stopgap(3));
    shop.issue(&reissue(1, 2));
    shop.set(1, Status::Revoked(Reason::Superseded));
    shop.permits(&reissue(3, 9));
}

#[test]
fn a_stopgap_for_an_unknown_license_gets_no_more_activations_without_an_approval() {
    let mut shop = Shop::on("2027-01-10");
    let mut first = Order::of_edition("server", "one", serial(1));
    (first.kind, first.end, first.activations) = (Some(Kind::Stopgap), after("7d"), Some(quantity(2)));
    first.seats = Some(quantity(1));
    shop.issue(&approved(first));
    for (activations, grows) in
        [(quantity(1), false), (quantity(2), false), (quantity(3), true), (Quantity::Unlimited, true)]
    {
        let mut more = reissue(1, 2);
        more.activations = Some(activations);
        match shop.decide(&more) {
            Ok(_) => assert!(!grows, "{activations}"),
            Err(_) => {
                assert!(grows && shop.codes(&more) == ["stopgap-grows"], "{activations}: {:?}", shop.codes(&more))
            }
        }
        shop.permits(&approved(more));
    }
}

#[test]
fn a_license_is_bridged_for_its_owner_in_whichever_field_the_name_is() {
    // (customer, licensee) of the license, and of the stopgap.
    for (paid, order, fits) in [
        ((None, Some("Acme Ltd")), (Some("Evil Corp"), None), false),
        ((None, Some("Acme Ltd")), (Some("Acme Ltd"), None), true),
        ((None, Some("Acme Ltd")), (None, None), true),
        ((None, None), (None, Some("Evil Corp")), false),
        ((None, None), (Some("Evil Corp"), None), false),
        ((None, None), (None, None), true),
        ((Some("acme"), None), (None, Some("Evil Corp")), false),
        ((Some("acme"), None), (None, Some("acme")), true),
        ((Some("acme"), Some("Acme Ltd")), (Some("acme"), None), true),
    ] {
        let mut shop = Shop::on("2026-01-01");
        let mut license = offer("pro-annual");
        (license.customer, license.licensee) = (paid.0.map(str::to_owned), paid.1.map(str::to_owned));
        shop.issue(&license);
        shop.today = day("2026-12-20");
        let mut bridge = stopgap(2);
        (bridge.customer, bridge.licensee) = (order.0.map(str::to_owned), order.1.map(str::to_owned));
        bridge.bridges = Some(serial(1));
        match shop.decide(&bridge) {
            Ok(_) => assert!(fits, "{paid:?} {order:?}"),
            Err(_) => assert!(!fits && shop.codes(&bridge) == ["bridges-another"], "{paid:?} {order:?}"),
        }
    }
}
