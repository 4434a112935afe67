//! Stopgaps, and the licenses that they bridge.

use keyward_issuer::order::{MachineLock, Order};
use keyward_issuer::{End, Environment, Fingerprint};

use crate::common::{
    Shop, after, approval, approved, day, dropped, edition, limit, quantity, reissue, renewal, serial,
    shop_with_a_paid_year, stopgap, through,
};

#[test]
fn a_license_is_bridged_once() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2027-01-10");
    shop.issue(&stopgap(2));
    assert_eq!(
        shop.says(&stopgap(3)),
        "stopgap 0000000000000002 has bridged the license, and a license is bridged once: renew it"
    );
    // Naming the license does not help.
    let mut named = stopgap(3);
    named.bridges = Some(serial(1));
    assert_eq!(shop.codes(&named), ["second-stopgap"]);
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
    shop.permits(&names(6));
}

#[test]
fn without_the_paid_license_the_customer_identifies_a_stopgap() {
    let mut shop = Shop::on("2027-01-10");
    assert_eq!(shop.codes(&stopgap(1)), ["bridges-unknown"]);
    assert_eq!(shop.issue(&approved(stopgap(1))).details().bridges, None);
    assert_eq!(
        shop.says(&approved(stopgap(2))),
        "stopgap 0000000000000001 has bridged the license, and a license is bridged once: renew it, or name the \
         license or the customer of this stopgap"
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
fn a_stopgap_grants_no_more_than_the_bridged_license() {
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
