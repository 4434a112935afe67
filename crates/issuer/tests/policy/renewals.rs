//! Renewals.

use keyward_catalog::Catalog;
use keyward_issuer::Serial;
use keyward_issuer::order::{Order, OrderRef};
use keyward_issuer::policy::Decision;
use keyward_verifier::files::{Reason, Status};

use crate::common::{
    Shop, after, approved, catalog_with, catalog_without_offers, day, days, dropped, offer, quantity, reissue, renewal,
    serial, shop_with_a_paid_year, stopgap, through,
};
use crate::locked::{locked, machine};

#[test]
fn a_renewal_begins_the_day_after_the_paid_term() {
    let mut shop = shop_with_a_paid_year();
    let expected = ("2027-01-01".to_owned(), "2027-12-31".to_owned());
    for (bought, when) in [("2026-06-01", "early"), ("2026-12-31", "on the last day"), ("2027-01-14", "late in grace")]
    {
        shop.today = day(bought);
        assert_eq!(days(&shop, &renewal(1, 3)), expected, "{when}");
    }
    let bridge = shop.issue(&stopgap(2));
    assert_eq!(bridge.details().bridges, Some(serial(1)));
    for today in ["2027-01-15", "2027-01-27", "2027-03-01"] {
        shop.today = day(today);
        assert_eq!(days(&shop, &renewal(1, 3)), expected, "after a stopgap, on {today}");
        assert_eq!(days(&shop, &renewal(2, 3)), expected, "by the stopgap's serial");
    }
}

#[test]
fn the_renewal_of_limited_updates_has_limited_updates() {
    let mut shop = shop_with_a_paid_year();
    for (number, updates, first, next) in [
        (10, after("6m"), "2026-06-30", "2027-06-30"),
        (20, after("1y"), "2026-12-31", "2027-12-31"),
        (30, through("2026-03-31"), "2026-03-31", "2027-03-31"),
    ] {
        let mut order = Order::of_offer("pro-annual", serial(number));
        order.from = Some(day("2026-01-01"));
        order.updates = updates;
        assert_eq!(shop.issue(&order).claims().updates_through(), Some(day(first)));
        let renewed = shop.issue(&renewal(number, number + 1));
        assert_eq!(renewed.claims().updates_through(), Some(day(next)), "{first}");
    }
    let unlimited = shop.issue(&renewal(1, 40));
    assert_eq!(unlimited.claims().updates_through(), None);
}

#[test]
fn a_renewal_begins_on_no_other_day() {
    let shop = shop_with_a_paid_year();
    let mut order = renewal(1, 2);
    order.from = Some(day("2027-01-15"));
    assert_eq!(
        shop.says(&order),
        "the renewal of license 0000000000000001 begins on 2027-01-01, the day after the paid term, and not on \
         2027-01-15: leave the first day out"
    );
    order.from = Some(day("2027-01-01"));
    shop.permits(&order);
}

#[test]
fn a_renewal_keeps_the_term_or_overrides_it() {
    let mut shop = shop_with_a_paid_year();
    assert_eq!(shop.issue(&renewal(1, 2)).details().term.map(|term| term.to_string()).as_deref(), Some("1y"));
    let mut order = renewal(2, 3);
    order.end = after("6m");
    assert_eq!(days(&shop, &order), ("2028-01-01".to_owned(), "2028-06-30".to_owned()));

    // A last day determines a term too, and the next term is not shorter after a leap year.
    let mut by_day = Order::of_offer("pro-annual", serial(9));
    by_day.from = Some(day("2027-01-01"));
    by_day.end = through("2027-12-31");
    shop.issue(&by_day);
    assert_eq!(days(&shop, &renewal(9, 10)), ("2028-01-01".to_owned(), "2028-12-31".to_owned()));
}

#[test]
fn renewals_and_reissues_form_a_chain() {
    let mut shop = shop_with_a_paid_year();
    shop.issue(&reissue(1, 2));
    assert_eq!(
        shop.says(&renewal(1, 3)),
        "license 0000000000000001 was replaced by license 0000000000000002: name that license"
    );
    shop.issue(&renewal(2, 3));
    assert_eq!(shop.codes(&renewal(2, 4)), ["renewed"], "a license is renewed once");
    assert_eq!(days(&shop, &renewal(3, 4)), ("2028-01-01".to_owned(), "2028-12-31".to_owned()));
}

#[test]
fn a_license_without_a_paid_term_is_not_renewed() {
    let mut shop = Shop::on("2026-01-01");
    shop.issue(&offer("pro-perpetual"));
    shop.issue(&Order::of_offer("pro-trial", serial(2)));
    shop.issue(&approved(Order::of_offer("pro-stopgap", serial(3))));
    for of in [1, 2, 3] {
        assert_eq!(shop.codes(&renewal(of, 4)), ["nothing-to-renew"]);
    }
    assert_eq!(shop.codes(&renewal(5, 6)), ["not-on-record"]);
    assert_eq!(shop.codes(&reissue(5, 6)), ["not-on-record"]);
}

#[test]
fn a_renewal_keeps_the_grace_of_the_order_or_the_offer() {
    let offered = || catalog_with(&[("[offers.pro-annual]", "[offers.pro-annual]\ngrace_days = 21")]);
    let mut shop = Shop::on("2026-01-01");
    shop.catalog = offered();
    shop.issue(&offer("pro-annual"));
    assert_eq!(shop.permits(&renewal(1, 9)).grace_days(), Some(21), "the offer's");

    let mut order = Order::of_offer("pro-annual", serial(2));
    order.grace_days = Some(45);
    shop.issue(&order);
    assert_eq!(shop.permits(&renewal(2, 9)).grace_days(), Some(45), "the order's");
    shop.issue(&renewal(2, 3));
    assert_eq!(shop.permits(&renewal(3, 9)).grace_days(), Some(45), "and of the next renewal");

    // The license was issued before the offer had days of grace.
    let mut shop = shop_with_a_paid_year();
    shop.catalog = offered();
    assert_eq!(shop.permits(&renewal(1, 9)).grace_days(), Some(21));
    shop.catalog = catalog_with(&[("[offers.pro-annual]", "[offers.pro-yearly]\ngrace_days = 21")]);
    assert_eq!(shop.permits(&renewal(1, 9)).grace_days(), None, "the offer is no longer in the catalogue");
}

#[test]
fn the_fewer_days_of_grace_of_a_license_that_was_sold_late_are_not_those_of_its_renewals() {
    for reissued in [false, true] {
        let mut shop = Shop::on("2026-11-29");
        let mut late = offer("pro-annual");
        (late.from, late.customer) = (Some(day("2025-12-10")), Some("acme".to_owned()));
        assert_eq!(shop.issue(&late).claims().grace_days(), Some(2));
        let paid = if reissued { 2 } else { 1 };
        if reissued {
            shop.today = day("2026-12-02");
            assert_eq!(shop.issue(&reissue(1, 2)).claims().grace_days(), Some(2));
        }
        assert_eq!(shop.permits(&renewal(paid, 9)).grace_days(), None, "14 days, the default of a year");
    }
    // Days of grace that were ordered stay.
    let mut shop = Shop::on("2026-11-29");
    let mut late = offer("pro-annual");
    (late.from, late.grace_days) = (Some(day("2025-12-10")), Some(11));
    shop.issue(&late);
    assert_eq!(shop.permits(&renewal(1, 9)).grace_days(), Some(11));
}

#[test]
fn a_deprecated_edition_is_reissued_and_not_renewed() {
    let mut shop = shop_with_a_paid_year();
    shop.catalog = catalog_without_offers(&[
        ("name = \"Professional\" }", "name = \"Professional\", deprecated = true, instead = \"enterprise\" }"),
        ("deprecated = true, instead = \"pro\"", "deprecated = true"),
    ]);
    shop.permits(&reissue(1, 2));
    assert_eq!(shop.says(&renewal(1, 2)), "edition `pro` is deprecated and no longer sold: order `enterprise` instead");
    let mut order = renewal(1, 2);
    order.edition = Some("enterprise".to_owned());
    order.seats = Some(quantity(10));
    assert_eq!(shop.permits(&order).edition().0, 3);
}

#[test]
fn a_deprecated_product_is_reissued_and_not_renewed() {
    let mut shop = shop_with_a_paid_year();
    shop.catalog = catalog_without_offers(&[("number = 3\nname", "number = 3\ndeprecated = true\nname")]);
    shop.permits(&reissue(1, 2));
    assert_eq!(shop.codes(&renewal(1, 2)), ["deprecated-product"]);
}

#[test]
fn a_deprecated_feature_is_reissued_and_not_renewed() {
    let mut shop = shop_with_a_paid_year();
    shop.catalog = catalog_without_offers(&[("\"Plug-ins\" }", "\"Plug-ins\", deprecated = true }")]);
    assert_eq!(shop.permits(&reissue(1, 2)).features().bits(), 0b111);
    let mut order = renewal(1, 2);
    assert_eq!(
        shop.says(&order),
        "feature `plug-ins` is deprecated and no longer sold: name the features that stay, or `none`"
    );
    order.features = Some(vec!["export".to_owned()]);
    assert_eq!(shop.permits(&order).features().bits(), 0b001);
    order.features = Some(Vec::new());
    assert_eq!(shop.permits(&order).features().bits(), 0);
}

#[test]
fn a_deprecated_limit_is_reissued_and_not_renewed() {
    let mut shop = shop_with_a_paid_year();
    shop.catalog = catalog_without_offers(&[("most = 1000 }", "most = 1000, deprecated = true }")]);
    assert_eq!(shop.permits(&reissue(1, 2)).limits().value(1), Some(50));
    let mut order = renewal(1, 2);
    assert_eq!(
        shop.says(&order),
        "limit `projects` is deprecated and no longer sold: leave it out; `projects=none` removes it from a license"
    );
    order.limits = vec![dropped("projects")];
    assert!(shop.permits(&order).limits().is_empty());
    let mut order = reissue(1, 2);
    order.limits = vec![dropped("projects")];
    assert!(shop.permits(&order).limits().is_empty(), "a reissue may drop it too");
}

#[test]
fn a_renewal_after_a_stopgap_follows_the_paid_term() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2027-01-10");
    shop.issue(&stopgap(2));
    shop.today = day("2027-02-20");
    for of in [1, 2] {
        assert_eq!(days(&shop, &renewal(of, 3)), ("2027-01-01".to_owned(), "2027-12-31".to_owned()), "{of}");
    }
    let renewed = shop.issue(&renewal(2, 3));
    assert_eq!(renewed.details().replaces, Some(serial(1)), "the paid license, and not the stopgap");
    for of in [1, 2] {
        assert_eq!(shop.codes(&renewal(of, 4)), ["renewed"], "{of}");
    }
    // Reissues of the stopgap and of the paid license keep the bridge.
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2026-12-30");
    shop.issue(&stopgap(2));
    shop.issue(&reissue(2, 3));
    shop.issue(&reissue(1, 4));
    assert_eq!(shop.issue(&renewal(3, 5)).details().replaces, Some(serial(4)));
}

#[test]
fn a_catalogue_without_the_product_is_refused() {
    let mut shop = shop_with_a_paid_year();
    let text = "products.other = { number = 9, name = \"Other\", editions = { one = { number = 1, name = \"One\" } } }";
    shop.catalog = Catalog::parse(text, "catalog.toml").unwrap();
    assert_eq!(shop.codes(&renewal(1, 2)), ["not-in-catalog"]);
    assert_eq!(shop.history.find(Serial::from_bytes([9; 8])), None);
}

#[test]
fn another_edition_has_its_own_grace() {
    let shop = shop_with_a_paid_year();
    for mut order in [reissue(1, 2), renewal(1, 2)] {
        assert_eq!(shop.permits(&order).grace_days(), None);
        order.edition = Some("enterprise".to_owned());
        order.seats = Some(quantity(10));
        assert_eq!(shop.permits(&order).grace_days(), Some(30));
    }
}

#[test]
fn a_revoked_license_is_not_followed_by_another() {
    for reason in Reason::ALL {
        let mut shop = shop_with_a_paid_year();
        shop.set(1, Status::Revoked(reason));
        let expected = format!(
            "license 0000000000000001 is revoked ({reason}): order a new license; if its renewal was revoked, name the \
             license before it"
        );
        assert_eq!(shop.says(&renewal(1, 2)), expected);
        let mut bridge = stopgap(2);
        bridge.bridges = Some(serial(1));
        assert_eq!(shop.says(&bridge), expected);
        // A license that was published is reissued, and the reissue can be renewed.
        let is_lost = reason == Reason::Leaked;
        assert_eq!(shop.decide(&reissue(1, 2)).is_ok(), is_lost, "{reason}");
        if is_lost {
            shop.issue(&reissue(1, 2));
            shop.permits(&renewal(2, 3));
        }
    }
    let mut shop = shop_with_a_paid_year();
    shop.set(1, Status::OnHold);
    for order in [renewal(1, 2), reissue(1, 2)] {
        assert_eq!(shop.codes(&order), ["on-hold"]);
    }
}

#[test]
fn a_refunded_renewal_is_renewed_again_from_where_the_paid_term_ended() {
    let mut shop = shop_with_a_paid_year();
    shop.issue(&renewal(1, 2));
    assert_eq!(shop.codes(&renewal(1, 3)), ["renewed"]);
    shop.set(2, Status::OnHold);
    assert_eq!(shop.codes(&renewal(1, 3)), ["renewed"], "a hold may be lifted");
    shop.set(2, Status::Revoked(Reason::Refunded));
    assert_eq!(shop.codes(&renewal(2, 3)), ["revoked"]);
    assert_eq!(days(&shop, &renewal(1, 3)), ("2027-01-01".to_owned(), "2027-12-31".to_owned()));
    shop.issue(&renewal(1, 3));
    assert_eq!(shop.codes(&renewal(1, 4)), ["renewed"], "once");
}

#[test]
fn a_renewal_counts_while_one_of_its_reissues_is_good() {
    let mut shop = shop_with_a_paid_year();
    shop.issue(&renewal(1, 2));
    shop.issue(&reissue(2, 3));
    for (number, expected) in [(2, vec!["renewed"]), (3, vec![])] {
        shop.set(number, Status::Revoked(Reason::Leaked));
        let codes = shop.decide(&renewal(1, 4)).err().map(|refusals| refusals.as_slice().to_vec()).unwrap_or_default();
        assert_eq!(codes.iter().map(keyward_issuer::policy::Refusal::code).collect::<Vec<_>>(), expected, "{number}");
    }
}

#[test]
fn a_term_has_one_renewal_that_lives() {
    // The renewal was leaked and revoked. Either it is reissued, or the term is renewed again.
    let revoked = || {
        let mut shop = shop_with_a_paid_year();
        shop.issue(&renewal(1, 2));
        shop.set(2, Status::Revoked(Reason::Leaked));
        shop
    };
    let mut again = revoked();
    again.issue(&renewal(1, 3));
    assert_eq!(
        again.says(&reissue(2, 4)),
        "license 0000000000000001 was renewed by license 0000000000000003: name that license for a later term"
    );
    let mut reissued = revoked();
    reissued.issue(&reissue(2, 3));
    assert_eq!(reissued.codes(&renewal(1, 4)), ["renewed"]);
}

#[test]
fn of_two_renewals_of_a_term_the_later_lives_also_without_a_list() {
    // The first renewal was revoked, perhaps after a reissue; the term was renewed again, from the license or its reissue.
    for (reissued, reason) in [(false, Reason::Refunded), (true, Reason::Refunded), (false, Reason::Leaked)] {
        let mut shop = shop_with_a_paid_year();
        let empty = shop.list.clone();
        shop.issue(&renewal(1, 2));
        if reissued {
            shop.issue(&reissue(2, 3));
            shop.set(3, Status::Revoked(reason));
        }
        shop.set(2, Status::Revoked(reason));
        shop.issue(&renewal(1, 4));
        let (first, with_list) = (if reissued { 3 } else { 2 }, shop.list.clone());
        for list in [with_list, empty] {
            shop.list = list;
            shop.today = day("2026-06-01");
            for order in [reissue(4, 9), renewal(4, 9), locked(4, machine(1), 9)] {
                shop.permits(&order);
            }
            for order in [reissue(first, 9), renewal(first, 9), locked(first, machine(1), 9)] {
                let codes = shop.codes(&order);
                assert!(codes == ["renewed"] || codes == ["revoked"], "{codes:?} {order:?}");
            }
            assert_eq!(shop.codes(&renewal(1, 9)), ["renewed"]);
            // Near its end, the first one is not bridged, and the second one is.
            shop.today = day("2027-12-20");
            for (bridged, bridges) in [(first, false), (4, true)] {
                let mut order = stopgap(9);
                order.bridges = Some(serial(bridged));
                assert_eq!(shop.decide(&order).is_ok(), bridges, "{bridged}");
            }
        }
        assert!(
            shop.says(&reissue(first, 9)).contains("license 0000000000000001 was renewed by license 0000000000000004")
        );
    }
}

#[test]
fn the_first_renewal_lives_while_the_list_revokes_the_later() {
    let mut shop = shop_with_a_paid_year();
    shop.issue(&renewal(1, 2));
    shop.set(2, Status::Revoked(Reason::Leaked));
    shop.issue(&renewal(1, 3));
    shop.set(3, Status::Revoked(Reason::Refunded));
    shop.issue(&reissue(2, 4));
    shop.permits(&reissue(4, 9));
    assert_eq!(shop.codes(&renewal(1, 9)), ["renewed"]);
}

#[test]
fn a_repeated_order_gives_no_license_whose_later_key_is_revoked_or_on_hold() {
    let statuses = Reason::ALL.map(Status::Revoked).into_iter().chain([Status::OnHold]);
    for status in statuses {
        for revoked in [2, 3] {
            let mut shop = Shop::on("2026-01-01");
            let mut order = Order::of_offer("pro-annual", serial(1));
            order.reference = Some(OrderRef { id: "PO-1".to_owned(), digest: "1".to_owned() });
            shop.issue(&order);
            let mut on_machine = locked(1, machine(1), 9);
            on_machine.reference = Some(OrderRef { id: "PO-2".to_owned(), digest: "2".to_owned() });
            shop.issue(&on_machine);
            shop.issue(&reissue(1, 2));
            shop.issue(&reissue(2, 3));
            for order in [&order, &on_machine] {
                assert!(matches!(shop.policy().decide(order, &shop.history), Ok(Decision::Repeated(_))));
            }
            shop.set(revoked, status);
            // A key between them that was replaced ends nothing.
            let ends = revoked == 3 || !matches!(status, Status::Revoked(Reason::Superseded | Reason::Leaked));
            for order in [&order, &on_machine] {
                let decided = shop.policy().decide(order, &shop.history);
                match decided {
                    Ok(_) => assert!(!ends, "{status:?} {revoked}"),
                    Err(refused) => {
                        assert!(ends && refused.as_slice()[0].code() == status.code(), "{status:?} {revoked}")
                    }
                }
            }
        }
    }
}

#[test]
fn a_repeated_order_does_not_give_a_revoked_license_again() {
    let mut shop = Shop::on("2026-01-01");
    let mut order = Order::of_offer("pro-annual", serial(1));
    order.reference = Some(OrderRef { id: "PO-1".to_owned(), digest: "1".to_owned() });
    shop.issue(&order);
    assert!(matches!(shop.policy().decide(&order, &shop.history), Ok(Decision::Repeated(_))));
    shop.set(1, Status::Revoked(Reason::Refunded));
    assert_eq!(shop.codes(&order), ["revoked"]);
}
