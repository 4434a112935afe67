//! One trial of a product for each customer in twelve months.

use keyward_issuer::order::Order;

use crate::common::{Shop, after, approved, day, limit, offer, quantity, reissue, serial};

fn trial(number: u8, customer: &str) -> Order {
    let mut order = Order::of_offer("pro-trial", serial(number));
    order.customer = Some(customer.to_owned());
    order
}

fn unnamed(number: u8) -> Order {
    Order::of_offer("pro-trial", serial(number))
}

#[test]
fn a_second_trial_within_twelve_months_needs_an_approval() {
    let mut shop = Shop::on("2026-11-22");
    shop.issue(&trial(1, "acme"));
    for customer in ["acme", " ACME", "a\u{300}cme"] {
        let is_same = customer != "a\u{300}cme";
        assert_eq!(shop.decide(&trial(2, customer)).is_err(), is_same, "{customer:?}");
    }
    assert_eq!(
        shop.says(&trial(2, "acme")),
        "the customer had trial 0000000000000001 of this product from 2026-11-22 on, less than 12 months ago: get an \
         approval with a name and a reason"
    );
    // The day on which the trial is asked for counts, and no day that the order names.
    let mut later = trial(2, "acme");
    for from in ["2027-02-01", "2027-11-22", "2028-01-01"] {
        later.from = Some(day(from));
        assert_eq!(shop.codes(&later), ["second-trial"], "{from}");
    }
    let mut enterprise = trial(2, "acme");
    (enterprise.edition, enterprise.seats) = (Some("enterprise".to_owned()), Some(quantity(10)));
    enterprise.limits = vec![limit("projects", 1000)];
    assert_eq!(shop.codes(&enterprise), ["second-trial"], "another edition of the product");
    shop.permits(&approved(trial(2, "acme")));
    shop.permits(&trial(2, "zenith"));
    shop.today = day("2027-11-21");
    assert_eq!(shop.codes(&trial(2, "acme")), ["second-trial"]);
    shop.today = day("2027-11-22");
    shop.permits(&trial(2, "acme"));
}

#[test]
fn twelve_months_run_from_the_first_day_of_the_trial_or_its_issue() {
    let mut shop = Shop::on("2026-11-22");
    let mut order = trial(1, "acme");
    order.from = Some(day("2027-01-15"));
    shop.issue(&order);
    shop.today = day("2028-01-14");
    assert_eq!(shop.codes(&trial(2, "acme")), ["second-trial"]);
    shop.today = day("2028-01-15");
    shop.permits(&trial(2, "acme"));
    // A first day before the issue does not bring the next trial forward.
    let mut shop = Shop::on("2026-11-22");
    let mut order = trial(1, "acme");
    order.from = Some(day("2026-11-15"));
    shop.issue(&order);
    shop.today = day("2027-11-21");
    assert_eq!(shop.codes(&trial(2, "acme")), ["second-trial"]);
    shop.today = day("2027-11-22");
    shop.permits(&trial(2, "acme"));
}

#[test]
fn a_trial_without_a_customer_counts_and_gets_no_second_customer() {
    let mut shop = Shop::on("2026-11-22");
    shop.issue(&unnamed(1));
    assert_eq!(
        shop.says(&unnamed(2)),
        "a customer without a name had trial 0000000000000001 of this product from 2026-11-22 on, less than 12 months \
         ago: name the customer, or get an approval with a name and a reason"
    );
    let named = |of: u8, number: u8| {
        let mut order = reissue(of, number);
        (order.customer, order.licensee) = (Some("acme".to_owned()), Some("Acme Ltd".to_owned()));
        order
    };
    shop.issue(&approved(named(1, 3)));
    shop.issue(&approved(unnamed(2)));
    let codes = ["second-trial", "licensee-changes", "customer-changes"];
    assert_eq!(shop.codes(&named(2, 4)), codes, "the name comes with the reissue");
    assert_eq!(shop.codes(&trial(4, "acme")), ["second-trial"]);
    // A licensee is an owner too.
    let mut licensee = unnamed(4);
    licensee.licensee = Some("Acme Ltd".to_owned());
    assert_eq!(shop.codes(&licensee), ["second-trial"]);
}

#[test]
fn a_reissue_for_the_same_customer_is_no_second_trial() {
    let mut shop = Shop::on("2026-11-22");
    shop.issue(&trial(1, "acme"));
    shop.issue(&approved(trial(2, "acme")));
    for of in [1, 2] {
        let mut order = reissue(of, 3);
        order.end = after("14d");
        shop.permits(&order);
    }
    shop.issue(&reissue(1, 3));
    let mut order = reissue(3, 4);
    order.seats = Some(quantity(2));
    shop.permits(&order);
}

#[test]
fn a_reissue_makes_no_trial_of_an_edition_without_trials() {
    let mut shop = Shop::on("2026-11-22");
    shop.issue(&trial(1, "acme"));
    let mut order = reissue(1, 2);
    (order.edition, order.seats) = (Some("home".to_owned()), Some(quantity(1)));
    order.limits = vec![limit("projects", 1000)];
    assert_eq!(shop.codes(&order), ["no-trial"]);
}

#[test]
fn a_name_is_one_owner_as_a_customer_and_as_a_licensee() {
    type Names = (Option<&'static str>, Option<&'static str>);
    let both = |one: Names, other: Names, is_same: bool| [(one, other, is_same), (other, one, is_same)];
    let rows = [
        both((Some("Acme"), None), (None, Some("ACME")), true),
        both((Some("Acme"), Some("Acme Ltd")), (None, Some("Acme")), true),
        both((Some("Acme"), Some("Acme Ltd")), (None, Some("Acme Ltd")), true),
        both((Some("Acme"), Some("Acme Ltd")), (Some("Acme Ltd"), None), false),
        both((Some("Acme"), None), (Some("Zenith"), Some("Acme")), false),
        both((Some("Acme"), None), (None, Some("Zenith")), false),
        both((None, Some("Acme")), (None, Some("Zenith")), false),
    ];
    for ((customer, licensee), (other_customer, other_licensee), is_same) in rows.into_iter().flatten() {
        let with = |mut order: Order, customer: Option<&str>, licensee: Option<&str>| {
            (order.customer, order.licensee) = (customer.map(str::to_owned), licensee.map(str::to_owned));
            order
        };
        let shown = format!("{customer:?} {licensee:?}, {other_customer:?} {other_licensee:?}");
        let mut shop = Shop::on("2026-11-22");
        shop.issue(&with(unnamed(1), customer, licensee));
        let second = with(unnamed(2), other_customer, other_licensee);
        assert_eq!(shop.decide(&second).is_err(), is_same, "trials: {shown}");

        let mut shop = Shop::on("2026-11-22");
        shop.issue(&with(offer("pro-annual"), customer, licensee));
        shop.today = day("2027-11-20");
        let stopgap = with(Order::of_offer("pro-stopgap", serial(2)), other_customer, other_licensee);
        match shop.decide(&stopgap) {
            Ok(permitted) => assert!(is_same && permitted.details().bridges == Some(serial(1)), "{shown}"),
            // The license is found, and its other name is another one.
            Err(refusals) if is_same => assert_eq!(refusals.as_slice()[0].code(), "bridges-another", "{shown}"),
            Err(refusals) => assert_eq!(refusals.as_slice()[0].code(), "bridges-unknown", "{shown}"),
        }
    }
}
