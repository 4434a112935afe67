//! The trials and stopgaps of a product that a customer has within 90 days.

use keyward_issuer::order::{MachineLock, Order};
use keyward_issuer::{Environment, Fingerprint};

use crate::common::{Shop, after, approval, approved, day, limit, offer, quantity, reissue, renewal, serial, stopgap};
use crate::locked::{locked, machine};

/// Acme's license of a year, with that serial.
fn paid(number: u8, from: &str) -> Order {
    let mut order = offer("pro-annual");
    (order.serial, order.customer, order.from) = (serial(number), Some("acme".to_owned()), Some(day(from)));
    order
}

fn bridging(number: u8, license: u8) -> Order {
    let mut order = stopgap(number);
    order.bridges = Some(serial(license));
    order
}

fn trial(number: u8, customer: &str) -> Order {
    let mut order = Order::of_offer("pro-trial", serial(number));
    order.customer = Some(customer.to_owned());
    order
}

/// Acme has two licenses, 1 and 2, which end on 2026-12-31, and a stopgap for each, 3 and 4, since 2026-12-15.
pub fn shop_with_two_stopgaps() -> Shop {
    let mut shop = Shop::on("2026-01-01");
    shop.issue(&paid(1, "2026-01-01"));
    shop.issue(&paid(2, "2026-01-01"));
    shop.today = day("2026-12-15");
    for (number, license) in [(3, 1), (4, 2)] {
        let mut order = bridging(number, license);
        order.from = Some(day("2026-12-15"));
        shop.issue(&order);
    }
    shop
}

const THIRD: [&str; 1] = ["third-temporary-key"];

#[test]
fn h33_a_third_temporary_key_within_90_days_needs_an_approval_that_names_the_others() {
    let mut shop = shop_with_two_stopgaps();
    assert_eq!(
        shop.says(&trial(5, "acme")),
        "the customer had temporary keys 0000000000000003 and 0000000000000004 of this product in the last 90 days: get an \
         approval with a name and a reason that names them"
    );
    assert_eq!(shop.codes(&approved(trial(5, "acme"))), THIRD, "an approval for another reason");
    let mut named = trial(5, "acme");
    named.approval = approval("after 0000000000000003");
    assert_eq!(shop.codes(&named), THIRD, "it names one of two");
    named.approval = approval("after 0000000000000003 and 0000000000000004");
    shop.permits(&named);
    shop.permits(&trial(5, "zenith"));

    // The 90 days have 2026-12-15 as the first, and 2027-03-14 as the last.
    shop.today = day("2027-03-14");
    assert_eq!(shop.codes(&trial(5, "acme")), THIRD);
    shop.today = day("2027-03-15");
    shop.permits(&trial(5, "acme"));
}

#[test]
fn h33_the_count_takes_trials_and_stopgaps_together() {
    let mut shop = Shop::on("2026-11-22");
    shop.issue(&trial(1, "acme"));
    shop.issue(&approved(stopgap(2)));
    assert_eq!(shop.codes(&trial(3, "acme")), ["second-trial", THIRD[0]]);
    let mut unknown = stopgap(3);
    unknown.approval = approval("after 0000000000000002");
    assert_eq!(shop.codes(&unknown), THIRD, "it names the stopgap, and not the trial");
    unknown.approval = approval("after 0000000000000002 and 0000000000000001");
    shop.issue(&unknown);
    assert!(
        shop.says(&approved(trial(4, "acme")))
            .contains("temporary keys 0000000000000001, 0000000000000002 and 0000000000000003 of this product")
    );
}

#[test]
fn h33_the_first_stopgap_of_a_license_is_never_stopped_by_the_count() {
    let mut shop = Shop::on("2026-01-01");
    shop.issue(&paid(1, "2026-01-01"));
    shop.issue(&paid(2, "2026-01-01"));
    shop.issue(&paid(3, "2026-01-01"));
    shop.today = day("2026-12-15");
    shop.issue(&trial(4, "acme"));
    shop.issue(&bridging(5, 1));
    shop.issue(&bridging(6, 2));
    shop.permits(&bridging(7, 3));
    shop.permits(&stopgap(7));
}

#[test]
fn h33_the_stopgap_of_a_later_term_is_not_the_first_of_its_license() {
    let mut shop = Shop::on("2026-01-01");
    let mut month = paid(1, "2026-01-01");
    month.end = after("1m");
    shop.issue(&month);
    shop.today = day("2026-02-01");
    let mut short = bridging(2, 1);
    short.end = after("5d");
    shop.issue(&short);
    shop.issue(&renewal(1, 3));
    shop.today = day("2026-03-01");
    let mut short = bridging(4, 3);
    short.end = after("5d");
    shop.issue(&short);
    shop.issue(&renewal(3, 5));
    shop.today = day("2026-04-01");
    assert_eq!(shop.codes(&bridging(6, 5)), THIRD);
    let mut unnamed = Order::of_offer("pro-stopgap", serial(6));
    unnamed.bridges = Some(serial(5));
    assert_eq!(shop.codes(&unnamed), THIRD, "the license has the name of the customer");
    unnamed.approval = approval("the purchase order hangs: 0000000000000002, 0000000000000004");
    shop.permits(&unnamed);
}

#[test]
fn h33_a_reissue_or_a_locked_key_is_no_further_temporary_key() {
    let mut shop = Shop::on("2026-11-22");
    shop.issue(&trial(1, "acme"));
    for number in 2..6 {
        shop.issue(&reissue(number - 1, number));
    }
    shop.issue(&approved(stopgap(6)));
    shop.permits(&reissue(6, 7));
    shop.permits(&locked(5, machine(7), 7));
    let mut third = stopgap(7);
    third.approval = approval("0000000000000006");
    assert!(shop.says(&third).contains("temporary keys 0000000000000001 and 0000000000000006"), "one for all reissues");
}

#[test]
fn h33_other_attributes_make_no_other_temporary_key() {
    let mut shop = shop_with_two_stopgaps();
    shop.today = day("2027-01-10");
    let with = |change: fn(&mut Order)| {
        let mut order = trial(5, "acme");
        change(&mut order);
        order
    };
    let orders = [
        ("capital letters", with(|order| order.customer = Some("ACME".to_owned()))),
        ("a licensee", with(|order| (order.customer, order.licensee) = (None, Some("Acme".to_owned())))),
        ("a licensee beside the customer", with(|order| order.licensee = Some("Zenith".to_owned()))),
        ("an environment", with(|order| order.environment = Some(Environment::Staging))),
        (
            "an edition",
            with(|order| {
                (order.edition, order.seats) = (Some("enterprise".to_owned()), Some(quantity(10)));
                order.limits = vec![limit("projects", 1000)];
            }),
        ),
        ("seats", with(|order| order.seats = Some(quantity(1)))),
        ("days", with(|order| order.end = after("1d"))),
        (
            "a machine",
            with(|order| {
                let machine = Fingerprint::from_digests([Some([1; 3]), Some([2; 3]), None, None, None]);
                order.lock = Some(MachineLock::To(machine));
            }),
        ),
        ("a day in the past", with(|order| (order.from, order.end) = (Some(day("2026-12-31")), after("30d")))),
        ("a day to come", with(|order| order.from = Some(day("2027-04-01")))),
    ];
    for (what, order) in orders {
        assert_eq!(shop.codes(&order), THIRD, "{what}");
    }
}

#[test]
fn h33_a_first_day_in_the_past_or_to_come_moves_no_key_out_of_the_90_days() {
    let mut shop = Shop::on("2026-01-01");
    shop.issue(&paid(1, "2026-01-01"));
    shop.today = day("2026-12-15");
    let mut back = bridging(2, 1);
    back.from = Some(day("2026-12-02"));
    shop.issue(&back);
    let mut ahead = trial(3, "acme");
    ahead.from = Some(day("2027-03-01"));
    shop.issue(&ahead);
    // 2026-12-15 counts, the day on which the stopgap was issued.
    shop.today = day("2027-03-14");
    let mut third = trial(4, "acme");
    third.approval = approval("another pilot");
    assert_eq!(shop.codes(&third), THIRD);
    // The trial counts from its first day, and the stopgap no more.
    shop.today = day("2027-03-15");
    shop.permits(&third);
}

#[test]
fn h33_a_name_that_comes_with_a_reissue_brings_its_count() {
    let mut shop = shop_with_two_stopgaps();
    shop.issue(&Order::of_offer("pro-trial", serial(5)));
    let mut named = reissue(5, 6);
    named.customer = Some("acme".to_owned());
    assert_eq!(shop.codes(&named), [THIRD[0], "customer-changes"]);
    shop.issue(&trial(7, "zenith"));
    let mut given = approved(reissue(7, 8));
    given.customer = Some("acme".to_owned());
    assert_eq!(shop.codes(&given), THIRD);
    given.approval = approval("a sister company: 0000000000000003 and 0000000000000004");
    shop.permits(&given);
}
