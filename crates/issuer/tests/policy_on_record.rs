//! What follows a license on record: stopgaps, renewals, reissues.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Shop, after, day, offer, serial, through};
use keyward_issuer::policy::{Approval, Ends, Order, Quantity, Subscription};
use keyward_issuer::{Environment, Kind, Serial};

/// Acme's license for the year 2026, number 1.
fn shop_with_a_paid_year() -> Shop {
    let mut shop = Shop::on("2026-01-01");
    let mut order = offer("pro-annual");
    order.customer = Some("acme".to_owned());
    order.licensee = Some("Acme Ltd".to_owned());
    shop.issue(&order);
    shop
}

fn stopgap(number: u8) -> Order {
    let mut order = Order::of_offer("pro-stopgap", serial(number));
    order.customer = Some("acme".to_owned());
    order
}

fn renewal(of: u8, number: u8) -> Order {
    Order::renewal_of(serial(of), serial(number))
}

fn reissue(of: u8, number: u8) -> Order {
    let mut order = Order::reissue_of(serial(of), serial(number));
    order.reason = Some("more seats".to_owned());
    order.ticket = Some("https://desk.example/1".to_owned());
    order
}

fn days(shop: &Shop, order: &Order) -> (String, String) {
    let claims = shop.permits(order);
    (claims.valid_from().to_string(), claims.valid_through().unwrap().to_string())
}

#[test]
fn a_renewal_begins_the_day_after_the_paid_term_whatever_stopgap_ran_and_however_late_it_is_bought() {
    let mut shop = shop_with_a_paid_year();
    let expected = ("2027-01-01".to_owned(), "2027-12-31".to_owned());
    for (bought, what) in [("2026-06-01", "early"), ("2026-12-31", "on the last day"), ("2027-01-14", "late in grace")]
    {
        shop.today = day(bought);
        assert_eq!(days(&shop, &renewal(1, 3)), expected, "{what}");
    }
    let bridge = shop.issue(&stopgap(2));
    assert_eq!(bridge.bridges(), Some(serial(1)));
    for today in ["2027-01-15", "2027-01-27", "2027-03-01"] {
        shop.today = day(today);
        assert_eq!(days(&shop, &renewal(1, 3)), expected, "after a stopgap, on {today}");
        assert_eq!(days(&shop, &renewal(2, 3)), expected, "by the stopgap's serial");
    }
}

#[test]
fn a_renewal_begins_on_no_other_day() {
    let shop = shop_with_a_paid_year();
    let mut order = renewal(1, 2);
    order.from = Some(day("2027-01-15"));
    assert_eq!(
        shop.says(&order),
        "the renewal of license 0000000000000001 begins on 2027-01-01, the day after the paid term, and not on \
         2027-01-15"
    );
    order.from = Some(day("2027-01-01"));
    shop.permits(&order);
}

#[test]
fn a_renewal_lasts_as_long_as_was_ordered_or_says_another_term() {
    let mut shop = shop_with_a_paid_year();
    assert_eq!(shop.issue(&renewal(1, 2)).term().map(|term| term.to_string()).as_deref(), Some("1y"));
    let mut order = renewal(2, 3);
    order.ends = after("6m");
    assert_eq!(days(&shop, &order), ("2028-01-01".to_owned(), "2028-06-30".to_owned()));

    // A last day is a term too, and a leap year makes it no shorter.
    let mut by_day = Order::of_offer("pro-annual", serial(9));
    by_day.from = Some(day("2027-01-01"));
    by_day.ends = through("2027-12-31");
    shop.issue(&by_day);
    assert_eq!(days(&shop, &renewal(9, 10)), ("2028-01-01".to_owned(), "2028-12-31".to_owned()));
}

#[test]
fn a_renewal_of_a_renewal_of_a_reissue_goes_on() {
    let mut shop = shop_with_a_paid_year();
    shop.issue(&reissue(1, 2));
    assert_eq!(shop.says(&renewal(1, 3)), "license 0000000000000001 was replaced by 0000000000000002: name that one");
    shop.issue(&renewal(2, 3));
    assert_eq!(shop.codes(&renewal(2, 4)), ["renewed"], "once");
    assert_eq!(days(&shop, &renewal(3, 4)), ("2028-01-01".to_owned(), "2028-12-31".to_owned()));
}

#[test]
fn what_has_no_paid_term_is_not_renewed() {
    let mut shop = Shop::on("2026-01-01");
    shop.issue(&offer("pro-perpetual"));
    shop.issue(&Order::of_offer("pro-trial", serial(2)));
    shop.issue(&Order::of_offer("pro-stopgap", serial(3)));
    for of in [1, 2, 3] {
        assert_eq!(shop.codes(&renewal(of, 4)), ["nothing-to-renew"]);
    }
    assert_eq!(shop.codes(&renewal(5, 6)), ["not-on-record"]);
    assert_eq!(shop.codes(&reissue(5, 6)), ["not-on-record"]);
}

#[test]
fn a_license_is_bridged_once() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2027-01-10");
    shop.issue(&stopgap(2));
    assert_eq!(
        shop.says(&stopgap(3)),
        "the license was bridged by stopgap 0000000000000002, and once is all: have it renewed"
    );
    // Nor by another name for it.
    let mut named = stopgap(3);
    named.bridges = Some(serial(1));
    assert_eq!(shop.codes(&named), ["second-stopgap"]);
    shop.today = day("2026-12-20");
    shop.issue(&reissue(1, 4));
    named.bridges = Some(serial(4));
    assert_eq!(shop.codes(&named), ["second-stopgap"], "a reissue is the same license");

    // Another customer's, another environment's, and next year's are other licenses.
    let mut other = stopgap(3);
    other.customer = Some("zenith".to_owned());
    shop.permits(&other);
    let mut staging = stopgap(3);
    staging.environment = Some(Environment::Staging);
    shop.permits(&staging);
    shop.today = day("2027-01-20");
    shop.issue(&renewal(4, 5));
    shop.today = day("2028-01-10");
    assert_eq!(shop.issue(&stopgap(3)).bridges(), Some(serial(5)));
}

#[test]
fn a_stopgap_bridges_only_a_paid_license_of_the_same_product_and_customer_that_is_not_renewed() {
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
        "license 0000000000000002 is a trial, and a stopgap bridges a paid license that ends: name that one"
    );
    shop.issue(&Order::of_offer("pro-perpetual", serial(3)));
    assert_eq!(shop.codes(&names(3)), ["bridges-unpaid"]);

    let mut server = Order::of_edition("server", "one", serial(4));
    (server.seats, server.ends) = (Some(Quantity::Of(1)), after("1y"));
    shop.issue(&server);
    assert_eq!(
        shop.says(&names(4)),
        "license 0000000000000004 is of another product than the stopgap: name the one that it is for, or order \
         it for the same product"
    );
    let mut zenith = names(1);
    zenith.customer = Some("zenith".to_owned());
    assert_eq!(shop.codes(&zenith), ["bridges-another"]);
    (zenith.customer, zenith.licensee) = (None, Some("Zenith".to_owned()));
    assert_eq!(shop.codes(&zenith), ["bridges-another"], "the licensee tells where no customer is named");

    shop.issue(&reissue(1, 5));
    assert_eq!(shop.codes(&names(1)), ["replaced"]);
    shop.permits(&names(5));
    shop.issue(&renewal(5, 6));
    assert_eq!(shop.codes(&names(5)), ["renewed"]);
    shop.permits(&names(6));
}

#[test]
fn without_the_paid_license_on_record_the_customer_tells() {
    let mut shop = Shop::on("2027-01-10");
    assert_eq!(shop.issue(&stopgap(1)).bridges(), None);
    assert_eq!(
        shop.says(&stopgap(2)),
        "the license was bridged by stopgap 0000000000000001, and once is all: have it renewed, or name the license \
         or the customer that it is for"
    );
    let mut nobody = Shop::on("2027-01-10");
    nobody.issue(&Order::of_offer("pro-stopgap", serial(1)));
    assert_eq!(nobody.codes(&Order::of_offer("pro-stopgap", serial(2))), ["second-stopgap"], "nobody is one too");
    nobody.permits(&stopgap(2));
    let mut absent = stopgap(2);
    absent.bridges = Some(serial(9));
    assert_eq!(shop.codes(&absent), ["not-on-record"]);
}

#[test]
fn a_customer_written_another_way_gets_no_second_stopgap() {
    let mut unknown = Shop::on("2027-01-10");
    unknown.issue(&stopgap(2));
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2027-01-10");
    shop.issue(&stopgap(2));
    for shop in [&shop, &unknown] {
        let mut order = stopgap(3);
        order.customer = Some("ACME".to_owned());
        assert_eq!(shop.codes(&order), ["second-stopgap"]);
        for name in [" acme", "acme\n", "acme\u{200B}"] {
            order.customer = Some(name.to_owned());
            assert_eq!(shop.codes(&order), ["second-stopgap", "space-around"], "{name:?}");
        }
    }
}

#[test]
fn what_is_said_beside_the_license_can_be_seen() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2026-07-01");
    let subscription = |id: &str| Some(Subscription { id: id.to_owned(), name: None });
    for blank in ["", "  ", "\u{200B}\u{200F}", "\u{2060}", "\u{FEFF}\t"] {
        let mut order = offer("pro-annual");
        order.serial = serial(2);
        (order.customer, order.subscription) = (Some(blank.to_owned()), subscription(blank));
        (order.reason, order.ticket) = (Some(blank.to_owned()), Some(blank.to_owned()));
        assert_eq!(shop.codes(&order), ["blank"; 4], "{blank:?}");
        let mut order = reissue(1, 2);
        (order.reason, order.ticket) = (Some(blank.to_owned()), Some(blank.to_owned()));
        order.approval = Some(Approval { by: blank.to_owned(), reason: blank.to_owned() });
        let expected = ["approval-incomplete", "approval-incomplete", "reason-missing", "ticket-missing"];
        assert_eq!(shop.codes(&order), expected, "{blank:?}");
    }
    let mut order = reissue(1, 2);
    order.customer = Some("acme ".to_owned());
    order.subscription = subscription("\u{FEFF}sub-1");
    order.approval = Some(Approval { by: "Ada\n".to_owned(), reason: " a pilot".to_owned() });
    (order.reason, order.ticket) = (Some(" lost".to_owned()), Some("T-1 ".to_owned()));
    assert_eq!(shop.codes(&order), ["space-around"; 6]);
    assert!(shop.says(&order).starts_with("the customer has space or invisible characters around it: write `acme`\n"));
}

#[test]
fn only_a_stopgap_bridges() {
    let shop = shop_with_a_paid_year();
    let mut order = Order::of_offer("pro-annual", serial(2));
    order.bridges = Some(serial(1));
    assert_eq!(shop.codes(&order), ["bridges-nothing"]);
}

#[test]
fn a_reissue_is_the_same_license_with_what_differs() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2026-07-01");
    let mut order = reissue(1, 2);
    order.seats = Some(Quantity::Of(25));
    let (before, record) = (shop.history.find(serial(1)).unwrap().clone(), shop.issue(&order));
    let (old, new) = (before.claims(), record.claims());
    assert_eq!((old.seats().unwrap().get(), new.seats().unwrap().get()), (5, 25));
    assert_eq!((new.serial(), record.replaces()), (serial(2), Some(serial(1))));
    assert_eq!((new.valid_from(), new.valid_through()), (old.valid_from(), old.valid_through()));
    assert_eq!((new.features(), new.limits(), new.licensee()), (old.features(), old.limits(), old.licensee()));
    assert_eq!((record.offer(), record.term(), record.customer()), (before.offer(), before.term(), before.customer()));
}

#[test]
fn a_reissue_is_for_no_other_days_unless_that_is_approved() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2026-07-01");
    let approval = || Some(Approval { by: "Ada".to_owned(), reason: "a late delivery".to_owned() });
    let orders = [(Some("2025-12-31"), None), (None, through("2027-01-01")), (None, Some(Ends::Never))];
    for (from, ends) in orders {
        let mut order = reissue(1, 2);
        (order.from, order.ends) = (from.map(day), ends);
        assert_eq!(shop.codes(&order), ["days-change"], "{from:?} {ends:?}");
        order.approval = approval();
        shop.permits(&order);
    }
    let mut order = reissue(1, 2);
    order.ends = through("2027-01-01");
    assert_eq!(
        shop.says(&order),
        "license 0000000000000001 runs 2026-01-01 through 2026-12-31, and its reissue would run 2026-01-01 through \
         2027-01-01: keep to its days, or have it approved (by whom, and why)"
    );
    let mut order = reissue(1, 2);
    (order.from, order.ends) = (Some(day("2026-02-01")), through("2026-11-30"));
    shop.permits(&order);

    // A renewal runs on where the paid term ended, as its reissues do.
    shop.issue(&renewal(1, 2));
    shop.issue(&reissue(2, 3));
    let mut order = reissue(3, 4);
    order.from = Some(day("2027-01-15"));
    assert_eq!(shop.codes(&order), ["days-change"]);
    order.approval = approval();
    shop.permits(&order);
}

#[test]
fn a_license_that_was_renewed_is_not_extended() {
    let mut shop = shop_with_a_paid_year();
    shop.issue(&renewal(1, 2));
    for ends in [through("2027-01-01"), Some(Ends::Never)] {
        let mut order = reissue(1, 3);
        order.ends = ends;
        order.approval = Some(Approval { by: "Ada".to_owned(), reason: "a gift".to_owned() });
        assert_eq!(shop.codes(&order), ["renewed"]);
    }
    shop.permits(&reissue(1, 3));
}

#[test]
fn a_reissue_says_why_and_where_it_was_asked_for() {
    let shop = shop_with_a_paid_year();
    assert_eq!(shop.codes(&Order::reissue_of(serial(1), serial(2))), ["reason-missing", "ticket-missing"]);
}

#[test]
fn the_customer_does_not_change_by_accident() {
    let shop = shop_with_a_paid_year();
    for mut order in [reissue(1, 2), renewal(1, 2)] {
        order.customer = Some("acme".to_owned());
        order.licensee = Some(" Acme Ltd".to_owned());
        shop.permits(&order);
        order.customer = Some("zenith".to_owned());
        order.licensee = Some("Zenith".to_owned());
        assert_eq!(
            shop.says(&order),
            "license 0000000000000001 is Acme Ltd's, and the licensee Zenith is asked: leave it out, or have it \
             approved\nlicense 0000000000000001 was issued to acme, and the customer zenith is named: leave it out, or \
             have it approved"
        );
        order.approval = Some(Approval { by: "Ada".to_owned(), reason: "Zenith bought Acme".to_owned() });
        assert_eq!(shop.permits(&order).licensee().unwrap().as_str(), "Zenith");
    }
}

#[test]
fn a_license_is_reissued_once_and_from_there_on() {
    let mut shop = shop_with_a_paid_year();
    shop.issue(&reissue(1, 2));
    shop.issue(&reissue(2, 3));
    assert_eq!(shop.says(&reissue(1, 4)), "license 0000000000000001 was replaced by 0000000000000003: name that one");
    shop.permits(&reissue(3, 4));
}

#[test]
fn a_reissue_is_of_the_same_kind() {
    let mut shop = shop_with_a_paid_year();
    shop.issue(&Order::of_offer("pro-trial", serial(2)));
    let mut order = reissue(2, 3);
    order.kind = Some(Kind::Standard);
    assert_eq!(shop.codes(&order), ["kind-changes"]);
    let mut order = renewal(1, 3);
    order.kind = Some(Kind::Stopgap);
    assert_eq!(shop.codes(&order), ["kind-changes", "stopgap-too-long"]);
}

#[test]
fn a_reissue_makes_no_trial_and_no_stopgap_longer() {
    let mut shop = Shop::on("2026-01-01");
    shop.issue(&Order::of_offer("pro-trial", serial(1)));
    shop.issue(&stopgap(2));
    shop.today = day("2026-01-10");
    for (of, code) in [(1, "trial-too-long"), (2, "stopgap-too-long")] {
        shop.permits(&reissue(of, 3));
        let mut order = reissue(of, 3);
        order.from = Some(day("2026-01-10"));
        order.ends = after(if of == 1 { "30d" } else { "14d" });
        assert_eq!(shop.codes(&order), ["days-change", code]);
    }
}

#[test]
fn an_approved_trial_is_reissued_without_another_approval_and_no_longer_than_it_was() {
    let mut shop = Shop::on("2026-01-01");
    let mut order = offer("pro-trial");
    order.ends = after("33d");
    order.approval = Some(Approval { by: "Ada".to_owned(), reason: "a pilot".to_owned() });
    shop.issue(&order);
    let mut order = reissue(1, 2);
    order.seats = Some(Quantity::Of(4));
    assert_eq!(shop.permits(&order).term_days().map(std::num::NonZeroU32::get), Some(33));
    order.ends = after("34d");
    assert_eq!(shop.codes(&order), ["days-change", "together-too-long"]);
}

#[test]
fn the_keys_of_a_reissued_trial_or_stopgap_cover_no_more_than_the_longest_together() {
    let mut shop = Shop::on("2026-01-01");
    for (mut order, number, longest) in [(Order::of_offer("pro-trial", serial(1)), 1, "30d"), (stopgap(2), 2, "14d")] {
        order.from = Some(day("2026-02-01"));
        shop.issue(&order);
        let mut order = reissue(number, 3);
        order.from = Some(day("2026-01-01"));
        order.ends = after(longest);
        assert_eq!(shop.codes(&order), ["days-change", "together-too-long"], "before the key that it replaces");
    }
    let mut order = reissue(2, 3);
    order.from = Some(day("2026-01-31"));
    order.approval = Some(Approval { by: "Ada".to_owned(), reason: "a holiday".to_owned() });
    assert_eq!(
        shop.says(&order),
        "the keys of stopgap 0000000000000002 would together cover 15 days, 2026-01-31 through 2026-02-14, and 14 are \
         the most: leave its days as they are"
    );

    // A key that was replaced long ago still works.
    let mut order = reissue(2, 3);
    order.ends = through("2026-02-05");
    shop.issue(&order);
    let mut order = reissue(3, 4);
    order.from = Some(day("2026-01-25"));
    order.ends = through("2026-02-05");
    assert_eq!(shop.codes(&order), ["days-change", "together-too-long"]);
    let mut order = reissue(3, 4);
    order.ends = through("2026-02-14");
    order.approval = Some(Approval { by: "Ada".to_owned(), reason: "as it was".to_owned() });
    shop.permits(&order);
}

#[test]
fn another_edition_has_its_own_grace() {
    let shop = shop_with_a_paid_year();
    for mut order in [reissue(1, 2), renewal(1, 2)] {
        assert_eq!(shop.permits(&order).grace_days(), None);
        order.edition = Some("enterprise".to_owned());
        order.seats = Some(Quantity::Of(10));
        assert_eq!(shop.permits(&order).grace_days(), Some(30));
    }
}

#[test]
fn a_renewal_has_the_grace_that_was_ordered_or_offered() {
    let mut shop = Shop::on("2026-01-01");
    let text = keyward_catalog::Catalog::EXAMPLE.replace("[offers.pro-annual]", "[offers.pro-annual]\ngrace_days = 21");
    shop.catalog = keyward_catalog::Catalog::parse(&text, "catalog.toml").unwrap();
    shop.issue(&offer("pro-annual"));
    assert_eq!(shop.permits(&renewal(1, 9)).grace_days(), Some(21), "the offer's");

    let mut order = Order::of_offer("pro-annual", serial(2));
    order.grace_days = Some(45);
    shop.issue(&order);
    assert_eq!(shop.permits(&renewal(2, 9)).grace_days(), Some(45), "the order's");
    shop.issue(&renewal(2, 3));
    assert_eq!(shop.permits(&renewal(3, 9)).grace_days(), Some(45), "and so on");

    // Issued before the offer said any.
    let mut shop = shop_with_a_paid_year();
    shop.catalog = keyward_catalog::Catalog::parse(&text, "catalog.toml").unwrap();
    assert_eq!(shop.permits(&renewal(1, 9)).grace_days(), Some(21));
    let text = text.replace("[offers.pro-annual]", "[offers.pro-yearly]");
    shop.catalog = keyward_catalog::Catalog::parse(&text, "catalog.toml").unwrap();
    assert_eq!(shop.permits(&renewal(1, 9)).grace_days(), None, "an offer that is gone says nothing");
}

#[test]
fn what_is_deprecated_since_is_reissued_and_not_renewed() {
    let mut shop = shop_with_a_paid_year();
    let text = keyward_catalog::Catalog::EXAMPLE
        .replace("name = \"Professional\" }", "name = \"Professional\", deprecated = true, instead = \"enterprise\" }")
        .replace("deprecated = true, instead = \"pro\"", "deprecated = true");
    let text = text.split("# Offers").next().unwrap().to_owned();
    shop.catalog = keyward_catalog::Catalog::parse(&text, "catalog.toml").unwrap();
    shop.permits(&reissue(1, 2));
    assert_eq!(
        shop.says(&renewal(1, 2)),
        "edition `pro` is deprecated and not sold any more: order `enterprise` instead"
    );
    let mut order = renewal(1, 2);
    order.edition = Some("enterprise".to_owned());
    order.seats = Some(Quantity::Of(10));
    assert_eq!(shop.permits(&order).edition().0, 3);
}

#[test]
fn another_catalogue_is_noticed() {
    let mut shop = shop_with_a_paid_year();
    let text = "products.other = { number = 9, name = \"Other\", editions = { one = { number = 1, name = \"One\" } } }";
    shop.catalog = keyward_catalog::Catalog::parse(text, "catalog.toml").unwrap();
    assert_eq!(shop.codes(&renewal(1, 2)), ["not-in-catalog"]);
    assert_eq!(shop.history.find(Serial::from_bytes([9; 8])), None);
}
