//! Orders for new licenses.

use keyward_catalog::Catalog;
use keyward_issuer::order::{Approval, MachineLock, Order, Subscription};
use keyward_issuer::{End, Environment, Feature, Features, Fingerprint, Kind, Quantity};

use crate::common::{
    Shop, after, approval, approved, catalog_with, catalog_without_offers, day, dropped, edition, limit, offer,
    quantity, reissue, renewal, serial, shop_with_a_paid_year, through,
};

fn shop() -> Shop {
    Shop::on("2026-11-22")
}

#[test]
fn an_offer_is_a_complete_order() {
    let claims = shop().permits(&offer("pro-annual"));
    assert_eq!((claims.product().0, claims.edition().0, claims.seats()), (3, 2, quantity(5)));
    assert_eq!((claims.valid_from(), claims.valid_through()), (day("2026-11-22"), Some(day("2027-11-21"))));
    assert_eq!((claims.features().bits(), claims.limits().value(1)), (0b111, Some(50)));
    assert_eq!((claims.kind(), claims.grace_days()), (Kind::Standard, None));
}

#[test]
fn an_order_overrides_its_offer() {
    let mut order = offer("pro-annual");
    order.seats = Some(quantity(25));
    order.from = Some(day("2027-01-01"));
    order.features = Some(vec!["export".to_owned()]);
    order.limits = vec![limit("projects", 7)];
    order.environment = Some(Environment::Staging);
    order.licensee = Some(" Acme Ltd ".to_owned());
    order.updates = through("2027-06-30");
    let claims = shop().permits(&order);
    assert_eq!((claims.seats(), claims.limits().value(1)), (quantity(25), Some(7)));
    assert_eq!((claims.valid_from(), claims.valid_through()), (day("2027-01-01"), Some(day("2027-12-31"))));
    assert_eq!(claims.features(), Features::NONE.with(Feature::new(0)));
    assert_eq!(claims.environment(), Environment::Staging);
    assert_eq!(claims.licensee().unwrap().as_str(), "Acme Ltd");
    assert_eq!(claims.updates_through(), Some(day("2027-06-30")));
}

#[test]
fn updates_do_not_end_before_the_license_begins() {
    let mut order = offer("pro-annual");
    order.updates = through("2026-11-21");
    assert_eq!(
        shop().says(&order),
        "the updates would end on 2026-11-21, before the license begins: end them on 2026-11-22 or later"
    );
    order.updates = through("2026-11-22");
    shop().permits(&order);
}

#[test]
fn an_edition_needs_seats_and_an_end() {
    let mut order = Order::of_edition("studio", "pro", serial(1));
    order.limits = vec![limit("projects", 1000)];
    assert_eq!(shop().codes(&order), ["seats-missing", "end-missing"]);
    order.seats = Some(quantity(1));
    order.end = after("5y");
    shop().permits(&order);
}

#[test]
fn a_perpetual_license_needs_a_perpetual_offer_or_an_approval() {
    assert_eq!(shop().permits(&offer("pro-perpetual")).valid_through(), None);
    for mut order in [offer("pro-annual"), edition("studio", "pro")] {
        order.end = Some(End::Perpetual);
        assert_eq!(shop().codes(&order), ["perpetual-not-offered"]);
        order.approval = approval("a museum");
        assert_eq!(shop().permits(&order).valid_through(), None);
    }
}

#[test]
fn l133_an_unknown_code_is_refused_with_the_closest_one() {
    assert_eq!(shop().says(&offer("pro-anual")), "there is no offer `pro-anual`: did you mean `pro-annual`?");
    assert_eq!(shop().codes(&edition("studoi", "pro")), ["unknown-product"]);
    assert_eq!(
        shop().says(&edition("studio", "por")),
        "there is no edition `por` in product `studio`: did you mean `pro`?"
    );
    let mut order = offer("pro-annual");
    order.features = Some(vec!["exprot".to_owned(), "teamwork".to_owned()]);
    order.limits = vec![limit("project", 5)];
    assert_eq!(shop().codes(&order), ["unknown-feature", "unknown-limit"]);
}

#[test]
fn a_deprecated_edition_is_refused_with_its_replacement() {
    let mut order = offer("pro-annual");
    order.edition = Some("classic".to_owned());
    assert_eq!(shop().says(&order), "edition `classic` is deprecated and no longer sold: order `pro` instead");
    order.edition = Some("pro".to_owned());
    assert_eq!(shop().permits(&order).edition().0, 2);
}

#[test]
fn a_deprecated_feature_is_refused() {
    let mut order = offer("pro-annual");
    order.features = Some(vec!["fax".to_owned()]);
    assert_eq!(shop().codes(&order), ["deprecated-feature"]);
}

#[test]
fn an_empty_list_drops_all_features() {
    let mut order = offer("pro-annual");
    order.features = Some(Vec::new());
    assert_eq!(shop().permits(&order).features(), Features::NONE);
}

#[test]
fn l133_a_deprecated_product_is_refused() {
    assert_eq!(
        shop().says(&edition("attic", "one")),
        "product `attic` is deprecated and no longer sold: order another product"
    );
    shop().permits(&edition("depot", "one"));
}

#[test]
fn a_deprecated_limit_is_refused() {
    let mut order = edition("depot", "one");
    order.limits = vec![limit("faxes", 5)];
    assert_eq!(
        shop().says(&order),
        "limit `faxes` is deprecated and no longer sold: leave it out; `faxes=none` removes it from a license"
    );
    order.limits = vec![dropped("faxes")];
    assert_eq!(shop().permits(&order).limits().value(10), None);
}

#[test]
fn a_license_carries_at_most_eight_limits() {
    let mut order = edition("depot", "one");
    let codes = ["bays", "carts", "doors", "floors", "gates", "lifts", "ramps", "shelves"];
    order.limits = codes.map(|code| limit(code, 5)).to_vec();
    assert_eq!(shop().permits(&order).limits().as_slice().len(), 8);
    order.limits.push(limit("trucks", 5));
    assert_eq!(
        shop().says(&order),
        "the license would have 9 limits, and at most 8 are possible: leave some out, or remove some with `none`"
    );
    order.limits[0] = dropped("bays");
    assert_eq!(shop().permits(&order).limits().value(9), Some(5));
}

#[test]
fn a_limit_of_the_offer_is_dropped_with_none() {
    let mut order = offer("pro-annual");
    assert_eq!(shop().permits(&order).limits().value(1), Some(50));
    order.limits = vec![dropped("projects")];
    let mut shop_without_most = shop();
    shop_without_most.catalog = catalog_with(&[("least = 1, most = 1000", "least = 1")]);
    assert!(shop_without_most.permits(&order).limits().is_empty());
    order.limits = vec![dropped("projects"), limit("projects", 5)];
    assert_eq!(shop_without_most.codes(&order), ["limit-twice"]);
    order.limits = vec![dropped("project")];
    assert_eq!(shop().codes(&order), ["unknown-limit"], "a misspelt limit is not dropped");
}

#[test]
fn a_limit_of_which_a_most_is_sold_is_not_dropped() {
    let says = "limit `projects` is none, and 1 to 1000 are sold: the nearest is 1000";
    let none = || vec![dropped("projects")];
    let mut order = offer("pro-annual");
    order.limits = none();
    for order in [order.clone(), approved(order)] {
        assert_eq!(shop().says(&order), says);
    }
    let mut paid = shop_with_a_paid_year();
    for mut order in [reissue(1, 2), renewal(1, 2)] {
        order.limits = none();
        assert_eq!(paid.says(&order), says);
        assert_eq!(paid.codes(&approved(order)), ["limit-out-of-range"]);
    }
    // A license that was sold without it loses nothing.
    let mut without = offer("pro-perpetual");
    without.limits = none();
    shop().permits(&without);
    // One that is not sold any more is dropped.
    paid.catalog = catalog_without_offers(&[("most = 1000 }", "most = 1000, deprecated = true }")]);
    let mut order = renewal(1, 2);
    order.limits = none();
    assert!(paid.permits(&order).limits().is_empty());
}

#[test]
fn an_order_that_does_not_name_a_limit_of_which_a_most_is_sold_is_refused_unless_its_offer_sells_that() {
    let says = "limit `projects` is none, and 1 to 1000 are sold: the nearest is 1000";
    let orders = |sold_with: &str, edition_name: &str| {
        let mut of_edition = edition("studio", edition_name);
        (of_edition.limits, of_edition.seats) = (Vec::new(), Some(quantity(10)));
        let mut other_edition = offer(sold_with);
        (other_edition.edition, other_edition.seats) = (Some(edition_name.to_owned()), Some(quantity(10)));
        [of_edition, other_edition]
    };
    let mut of_trial = offer("pro-trial");
    (of_trial.kind, of_trial.end) = (Some(Kind::Standard), after("1y"));
    let unnamed = [orders("enterprise-annual", "pro"), orders("pro-trial", "enterprise")];
    for order in unnamed.into_iter().flatten().chain([of_trial]) {
        for mut order in [order.clone(), approved(order)] {
            assert_eq!(shop().says(&order), says, "{order:?}");
            order.limits = vec![dropped("projects")];
            assert_eq!(shop().says(&order), says, "{order:?}");
            order.limits = vec![limit("projects", 1000)];
            assert_eq!(shop().permits(&order).limits().value(1), Some(1000));
            order.limits = vec![limit("project", 1000)];
            assert_eq!(shop().codes(&order), ["unknown-limit"], "not named twice");
        }
    }
    // An offer may be sold without the limit, and so are its reissue, its renewal and a key for a machine.
    let mut sold = Shop::on("2026-01-01");
    assert!(sold.issue(&offer("enterprise-annual")).claims().limits().is_empty());
    for mut order in [reissue(1, 2), renewal(1, 2)] {
        assert!(sold.permits(&order).limits().is_empty());
        (order.edition, order.seats) = (Some("pro".to_owned()), Some(quantity(10)));
        assert_eq!(sold.says(&order), says);
        order.limits = vec![limit("projects", 1)];
        sold.permits(&order);
    }
    // No most is sold, or the limit itself is not sold any more.
    for most in ["least = 1 }", "least = 1, most = 1000, deprecated = true }"] {
        let mut shop = shop();
        shop.catalog = catalog_without_offers(&[("least = 1, most = 1000 }", most)]);
        let mut order = edition("studio", "pro");
        order.limits = Vec::new();
        assert!(shop.permits(&order).limits().is_empty(), "{most}");
    }
}

#[test]
fn a_limit_is_in_its_range_and_named_once() {
    let mut order = offer("pro-annual");
    for (value, refused) in [(1, None), (1000, None), (0, Some("1")), (1001, Some("1000"))] {
        order.limits = vec![limit("projects", value)];
        match refused {
            None => assert_eq!(shop().permits(&order).limits().value(1), Some(value)),
            Some(nearest) => {
                let expected = format!("limit `projects` is {value}, and 1 to 1000 are sold: the nearest is {nearest}");
                assert_eq!(shop().says(&order), expected);
            }
        }
    }
    order.limits = vec![limit("projects", 5), limit("projects", 6)];
    assert_eq!(shop().codes(&order), ["limit-twice"]);
}

#[test]
fn seats_are_in_the_range_of_the_edition() {
    for (edition, seats, refused) in [
        ("pro", quantity(1), None),
        ("pro", quantity(500), None),
        ("pro", quantity(501), Some("the order has 501 seats, and edition `pro` has 1 to 500: the nearest is 500")),
        (
            "pro",
            Quantity::Unlimited,
            Some("the order has unlimited seats, and edition `pro` has 1 to 500: the nearest is 500"),
        ),
        ("enterprise", Quantity::Unlimited, None),
        ("enterprise", quantity(10), None),
        (
            "enterprise",
            quantity(9),
            Some("the order has 9 seats, and edition `enterprise` has 10 or more, or unlimited: the nearest is 10"),
        ),
    ] {
        let mut order = Order::of_edition("studio", edition, serial(1));
        order.end = after("1y");
        order.seats = Some(seats);
        order.limits = vec![limit("projects", 1000)];
        match refused {
            None => assert_eq!(shop().permits(&order).seats(), seats),
            Some(message) => assert_eq!(shop().says(&order), message),
        }
    }
}

#[test]
fn h34_a_trial_has_any_seats_of_its_edition_without_an_approval() {
    for seats in [1, 25, 499, 500] {
        let mut order = offer("pro-trial");
        order.seats = Some(quantity(seats));
        assert_eq!(shop().permits(&order).seats(), quantity(seats));
    }
    let mut order = offer("pro-trial");
    order.seats = Some(quantity(501));
    assert_eq!(shop().codes(&order), ["seats-out-of-range"]);
}

#[test]
fn l135_activations_are_1_to_10000_or_unlimited() {
    let mut order = Order::of_edition("server", "one", serial(1));
    order.seats = Some(Quantity::Unlimited);
    order.end = after("1y");
    for passes in [Quantity::Unlimited, quantity(1), quantity(10_000)] {
        order.activations = Some(passes);
        shop().permits(&order);
    }
    for unreadable in ["0", "-1", "1.5"] {
        assert!(unreadable.parse::<Quantity>().is_err(), "{unreadable}");
    }
    order.activations = Some(quantity(10_001));
    assert_eq!(
        shop().says(&order),
        "the order has 10001 activations, and 1 to 10000 or unlimited are possible: the nearest is 10000"
    );
    let mut order = offer("pro-annual");
    order.activations = Some(quantity(3));
    assert_eq!(shop().says(&order), "product `studio` has no activation: leave the activations out");
}

#[test]
fn h35_a_license_begins_today_by_default() {
    for code in ["pro-trial", "pro-stopgap", "pro-annual"] {
        let mut order = approved(offer(code));
        assert_eq!(shop().permits(&order).valid_from(), day("2026-11-22"), "{code}");
        order.from = Some(day("2026-12-01"));
        assert_eq!(shop().permits(&order).valid_from(), day("2026-12-01"), "{code}");
    }
}

#[test]
fn l136_a_license_does_not_end_before_it_begins_or_before_today() {
    let mut order = offer("pro-annual");
    order.end = through("2026-11-22");
    shop().permits(&order);
    order.end = through("2026-11-21");
    assert_eq!(
        shop().says(&order),
        "the license would end on 2026-11-21, before it begins: end it on 2026-11-22 or later\n\
         the license would have ended on 2026-11-21, before today: end it on 2026-11-22 or later"
    );
    order.from = Some(day("2026-11-01"));
    assert_eq!(shop().codes(&order), ["has-ended"]);
    order.end = after("7980y");
    assert_eq!(shop().codes(&order), ["term"]);
}

#[test]
fn h30_a_trial_is_longer_than_its_maximum_only_with_an_approval() {
    let mut order = offer("pro-trial");
    order.end = through("2026-12-21");
    assert_eq!(shop().permits(&order).term_days().unwrap().get(), 30);
    order.end = through("2026-12-22");
    assert_eq!(
        shop().says(&order),
        "a trial lasts at most 30 days, first and last included, and this one would last 31 (2026-11-22 through \
         2026-12-22): end it on 2026-12-21, or get an approval with a name and a reason"
    );
    order.approval = approval("a pilot");
    let record = shop().issue(&order);
    assert_eq!(record.claims().term_days().unwrap().get(), 31);
    assert_eq!(record.details().approval, approval("a pilot"), "on record");
    for (by, reason) in [(" ", "a pilot"), ("Ada", "")] {
        order.approval = Some(Approval { by: by.to_owned(), reason: reason.to_owned() });
        assert_eq!(shop().codes(&order), ["approval-incomplete"]);
    }
}

#[test]
fn a_stopgap_is_never_longer_than_its_maximum() {
    let mut order = approved(offer("pro-stopgap"));
    assert_eq!(shop().permits(&order).term_days().unwrap().get(), 14);
    order.end = after("15d");
    order.approval = approval("a pilot");
    assert_eq!(
        shop().says(&order),
        "a stopgap lasts at most 14 days, first and last included, and this one would last 15 (2026-11-22 through \
         2026-12-06): end it on 2026-12-05"
    );
    let mut generous = shop();
    generous.catalog = catalog_with(&[("longest_days = 14", "longest_days = 30")]);
    order.end = after("30d");
    generous.permits(&order);
    order.end = after("31d");
    assert_eq!(generous.codes(&order), ["stopgap-too-long"]);
    let longer = Catalog::EXAMPLE.replace("late renewal\nlongest_days = 30", "late renewal\nlongest_days = 31");
    assert!(Catalog::parse(&longer, "catalog.toml").is_err(), "no catalogue allows a longer stopgap");
}

#[test]
fn h26_h28_h38_a_trial_or_a_stopgap_has_no_grace_no_subscription_and_an_end() {
    for code in ["pro-trial", "pro-stopgap"] {
        let mut order = approved(offer(code));
        assert_eq!(shop().permits(&order).grace_days(), None);
        order.grace_days = Some(0);
        assert_eq!(shop().codes(&order), ["grace-on"], "{code}");
        order.grace_days = None;
        order.subscription = Some(Subscription { id: "sub-1".to_owned(), name: None });
        assert_eq!(shop().codes(&order), ["subscription-on"], "{code}");
        order.end = Some(End::Perpetual);
        order.grace_days = Some(7);
        assert_eq!(shop().codes(&order), ["perpetual", "grace-on", "subscription-on"], "{code}: all refusals at once");
    }
    let mut order = offer("pro-annual");
    order.subscription = Some(Subscription { id: "sub-1".to_owned(), name: Some("Pro, yearly".to_owned()) });
    assert_eq!(shop().issue(&order).details().subscription, order.subscription);
}

#[test]
fn a_trial_grants_only_allowed_features() {
    let mut order = offer("pro-trial");
    order.features = Some(vec!["export".to_owned(), "plug-ins".to_owned()]);
    assert_eq!(
        shop().says(&order),
        "a trial may not grant feature `plug-ins`: leave it out; it may grant `export`, `teamwork`"
    );
}

#[test]
fn grace_is_written_if_a_verifier_assumes_another_number() {
    let mut order = offer("enterprise-annual");
    assert_eq!(shop().permits(&order).grace_days(), Some(30), "the catalogue has 30");
    for (requested, written) in [(14, None), (0, Some(0)), (90, Some(90))] {
        order.grace_days = Some(requested);
        assert_eq!(shop().permits(&order).grace_days(), written, "{requested}");
    }
    order.grace_days = Some(91);
    assert_eq!(
        shop().says(&order),
        "the order has 91 days of grace, and 0 to 90 are possible, never more than the days that are sold: the nearest is 90"
    );
    order.grace_days = Some(7);
    order.end = after("30d");
    assert_eq!(shop().permits(&order).grace_days(), None, "a quarter of 30 days");
    (order.end, order.approval) = (Some(End::Perpetual), approval("a museum"));
    assert_eq!(shop().says(&order), "a perpetual license has no grace, and the order has 7 days of it: leave them out");
}

#[test]
fn a_fingerprint_that_fits_no_machine_and_a_name_that_fits_no_key_are_refused() {
    let mut order = offer("pro-annual");
    order.lock = Some(MachineLock::To(Fingerprint::from_digests([None; 5])));
    order.licensee = Some("x".repeat(65));
    assert_eq!(shop().codes(&order), ["fits-no-machine", "licensee"]);
}

#[test]
fn a_serial_on_record_is_refused() {
    let mut shop = shop();
    shop.issue(&offer("pro-annual"));
    assert_eq!(shop.codes(&offer("pro-annual")), ["serial-taken"]);
}

#[test]
fn a_term_in_months_ends_at_the_end_of_a_shorter_month() {
    for (from, term, last) in [
        ("2027-01-31", "1m", "2027-02-28"),
        ("2028-01-31", "1m", "2028-02-29"),
        ("2027-01-30", "1m", "2027-02-28"),
        ("2027-01-29", "1m", "2027-02-28"),
        ("2027-01-28", "1m", "2027-02-27"),
        ("2027-03-31", "1m", "2027-04-30"),
        ("2027-05-31", "3m", "2027-08-30"),
        ("2027-08-31", "6m", "2028-02-29"),
        ("2027-12-31", "2m", "2028-02-29"),
        ("2028-02-29", "1y", "2029-02-28"),
        ("2028-02-29", "4y", "2032-02-28"),
        ("2027-03-01", "1y", "2028-02-29"),
        ("2027-12-31", "12m", "2028-12-30"),
        ("2027-05-01", "30d", "2027-05-30"),
    ] {
        let mut order = offer("pro-annual");
        order.from = Some(day(from));
        order.end = after(term);
        assert_eq!(shop().permits(&order).valid_through(), Some(day(last)), "{term} from {from}");
    }
}

#[test]
fn a_license_longer_than_the_longest_term_is_refused() {
    let mut order = offer("pro-annual");
    order.end = through("2570-05-01");
    order.approval = approval("whatever it takes");
    assert_eq!(
        shop().says(&order),
        "the license would run 2026-11-22 through 2570-05-01, and the longest term is 5y: end it on 2031-11-21 or earlier"
    );
    order.end = through("2031-11-21");
    shop().permits(&order);
    let mut longer = shop();
    longer.catalog = catalog_with(&[("# longest_term = \"5y\"", "longest_term = \"10y\"")]);
    order.end = after("10y");
    longer.permits(&order);
}

#[test]
fn h39_h40_an_edition_without_trials_is_refused_with_others() {
    let mut shop = shop();
    shop.catalog = catalog_with(&[
        ("name = \"Professional\" }", "name = \"Professional\", trial = false }"),
        ("kind = \"trial\"\nterm = \"30d\"\nseats = 3", "term = \"30d\"\nseats = 3"),
    ]);
    let mut order = edition("studio", "pro");
    (order.kind, order.end, order.features) = (Some(Kind::Trial), after("30d"), Some(vec!["export".to_owned()]));
    assert_eq!(shop.says(&order), "edition `pro` has no trials: order a trial of `enterprise`");
    order.approval = approval("a friend");
    assert_eq!(shop.codes(&order), ["no-trial"]);
    (order.edition, order.seats) = (Some("enterprise".to_owned()), Some(quantity(10)));
    shop.permits(&order);
}

#[test]
fn s13_s14_trials_and_stopgaps_of_the_sample_have_all_paid_features() {
    let mut shop = shop();
    shop.catalog = Catalog::parse(Catalog::EXAMPLE, "catalog.toml").unwrap();
    let paid = shop.permits(&offer("pro-annual"));
    let trial = shop.permits(&offer("pro-trial"));
    assert_eq!((trial.features(), trial.term_days().map(std::num::NonZeroU32::get)), (paid.features(), Some(30)));
    assert_eq!(shop.permits(&offer("home")).features(), Features::NONE, "the free edition");
    let stopgap = shop.permits(&approved(offer("pro-stopgap")));
    assert_eq!((stopgap.features(), stopgap.term_days().map(std::num::NonZeroU32::get)), (paid.features(), Some(30)));
}

#[test]
fn a_perpetual_offer_is_of_its_edition() {
    for code in ["home", "pro-perpetual"] {
        let mut order = offer(code);
        shop().permits(&order);
        (order.edition, order.seats) = (Some("enterprise".to_owned()), Some(quantity(10)));
        order.limits = vec![limit("projects", 1000)];
        assert_eq!(shop().codes(&order), ["perpetual-not-offered"]);
        order.approval = approval("a partner");
        shop().permits(&order);
    }
}

#[test]
fn an_approved_trial_is_no_longer_than_the_longest_term() {
    let mut order = offer("pro-trial");
    (order.end, order.approval) = (through("2570-05-01"), approval("a pilot"));
    assert_eq!(shop().codes(&order), ["term-too-long"]);
}

#[test]
fn a_year_of_another_calendar_is_refused_in_every_field() {
    let shop = Shop::on("2026-11-22");
    for code in ["pro-annual", "pro-perpetual", "pro-trial", "home"] {
        let mut order = offer(code);
        order.from = Some(day("2569-11-22"));
        assert_eq!(shop.codes(&order), ["begins-too-late"], "{code}");
        assert_eq!(shop.codes(&approved(order)), ["begins-too-late"], "{code}");
        let mut order = offer(code);
        order.updates = through("2570-05-01");
        assert_eq!(shop.codes(&order), ["updates-too-long"], "{code}");
        assert_eq!(shop.codes(&approved(order)), ["updates-too-long"], "{code}");
        let mut order = offer(code);
        order.updates = after("6y");
        assert_eq!(shop.codes(&order), ["updates-too-long"], "{code}");
    }
    let mut order = offer("pro-perpetual");
    order.updates = through("2570-05-01");
    assert_eq!(
        shop.says(&order),
        "the updates would end on 2570-05-01, and the longest term is 5y: end them on 2031-11-21 or earlier, or cover all releases"
    );
    order.updates = Some(End::Perpetual);
    shop.permits(&order);
}

#[test]
fn an_order_with_thousands_of_unknown_names_is_refused_in_few_words() {
    let shop = Shop::on("2026-11-22");
    let names: Vec<String> = (0..5000).map(|number| format!("no-{number}")).collect();
    let mut order = offer("pro-annual");
    order.features = Some(names.clone());
    assert_eq!(shop.codes(&order), ["unknown-feature"; 16]);
    let mut order = offer("pro-annual");
    order.limits = names.iter().map(|name| limit(name, 1)).collect();
    assert_eq!(shop.codes(&order), ["unknown-limit"; 16]);
}
