//! Reissues.

use keyward_issuer::order::{MachineLock, Order};
use keyward_issuer::{End, Extension, Fingerprint, Kind};

use crate::common::{
    Shop, after, approval, approved, day, offer, quantity, reissue, renewal, serial, shop_with_a_paid_year, stopgap,
    through, with_claim,
};

#[test]
fn a_reissue_is_the_same_license_with_overrides() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2026-07-01");
    let mut order = reissue(1, 2);
    order.seats = Some(quantity(25));
    let (before, record) = (shop.history.find(serial(1)).unwrap().clone(), shop.issue(&order));
    let (old, new) = (before.claims(), record.claims());
    assert_eq!((old.seats(), new.seats()), (quantity(5), quantity(25)));
    assert_eq!((new.serial(), record.details().replaces), (serial(2), Some(serial(1))));
    assert_eq!((new.valid_from(), new.valid_through()), (old.valid_from(), old.valid_through()));
    assert_eq!((new.features(), new.limits(), new.licensee()), (old.features(), old.limits(), old.licensee()));
    let (details, before) = (record.details(), before.details());
    assert_eq!((&details.offer, details.term, &details.customer), (&before.offer, before.term, &before.customer));
}

#[test]
fn a_reissue_for_other_days_needs_an_approval() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2026-07-01");
    let orders = [(Some("2025-12-31"), None), (None, through("2027-01-01")), (None, Some(End::Perpetual))];
    for (from, end) in orders {
        let mut order = reissue(1, 2);
        (order.from, order.end) = (from.map(day), end);
        assert_eq!(shop.codes(&order), ["days-change"], "{from:?} {end:?}");
        order.approval = approval("a late delivery");
        shop.permits(&order);
    }
    let mut order = reissue(1, 2);
    order.end = through("2027-01-01");
    assert_eq!(
        shop.says(&order),
        "license 0000000000000001 runs 2026-01-01 through 2026-12-31, and its reissue would run 2026-01-01 through \
         2027-01-01: keep its days, or get an approval with a name and a reason"
    );
    let mut order = reissue(1, 2);
    (order.from, order.end) = (Some(day("2026-02-01")), through("2026-11-30"));
    shop.permits(&order);

    // A renewal follows the paid term, and so do its reissues.
    shop.issue(&renewal(1, 2));
    shop.issue(&reissue(2, 3));
    let mut order = reissue(3, 4);
    order.from = Some(day("2027-01-15"));
    assert_eq!(shop.codes(&order), ["days-change"]);
    order.approval = approval("a late delivery");
    shop.permits(&order);
}

#[test]
fn a_renewed_license_is_not_extended() {
    let mut shop = shop_with_a_paid_year();
    shop.issue(&renewal(1, 2));
    for end in [through("2027-01-01"), Some(End::Perpetual)] {
        let mut order = reissue(1, 3);
        order.end = end;
        order.approval = approval("a gift");
        assert_eq!(shop.codes(&order), ["renewed"]);
    }
    shop.permits(&reissue(1, 3));
}

#[test]
fn a_reissue_needs_a_reason_and_a_ticket() {
    let shop = shop_with_a_paid_year();
    assert_eq!(shop.codes(&Order::reissue_of(serial(1), serial(2))), ["reason-missing", "ticket-missing"]);
}

#[test]
fn only_the_latest_reissue_can_be_reissued() {
    let mut shop = shop_with_a_paid_year();
    shop.issue(&reissue(1, 2));
    shop.issue(&reissue(2, 3));
    assert_eq!(
        shop.says(&reissue(1, 4)),
        "license 0000000000000001 was replaced by license 0000000000000003: name that license"
    );
    shop.permits(&reissue(3, 4));
}

#[test]
fn a_reissue_or_a_renewal_keeps_the_kind() {
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
fn a_reissue_makes_no_trial_or_stopgap_longer() {
    let mut shop = Shop::on("2026-01-01");
    shop.issue(&Order::of_offer("pro-trial", serial(1)));
    shop.issue(&approved(stopgap(2)));
    shop.today = day("2026-01-10");
    for (of, code) in [(1, "trial-too-long"), (2, "stopgap-too-long")] {
        shop.permits(&reissue(of, 3));
        let mut order = reissue(of, 3);
        order.from = Some(day("2026-01-10"));
        order.end = after(if of == 1 { "30d" } else { "14d" });
        assert_eq!(shop.codes(&order), ["days-change", code]);
    }
}

#[test]
fn an_approved_trial_is_reissued_without_another_approval() {
    let mut shop = Shop::on("2026-01-01");
    let mut order = offer("pro-trial");
    order.end = after("33d");
    order.approval = approval("a pilot");
    shop.issue(&order);
    let mut order = reissue(1, 2);
    order.seats = Some(quantity(4));
    assert_eq!(shop.permits(&order).term_days().map(std::num::NonZeroU32::get), Some(33));
    order.end = after("34d");
    assert_eq!(shop.codes(&order), ["days-change", "together-too-long"]);
}

#[test]
fn the_keys_of_a_trial_or_stopgap_together_keep_its_maximum() {
    let mut shop = Shop::on("2026-01-01");
    for (mut order, number, max) in
        [(Order::of_offer("pro-trial", serial(1)), 1, "30d"), (approved(stopgap(2)), 2, "14d")]
    {
        order.from = Some(day("2026-02-01"));
        shop.issue(&order);
        let mut order = reissue(number, 3);
        order.from = Some(day("2026-01-01"));
        order.end = after(max);
        assert_eq!(
            shop.codes(&order),
            ["days-change", "together-too-long"],
            "before the first day of the replaced key"
        );
    }
    let mut order = reissue(2, 3);
    order.from = Some(day("2026-01-31"));
    order.approval = approval("a holiday");
    assert_eq!(
        shop.says(&order),
        "the keys of stopgap 0000000000000002 would together cover 15 days (2026-01-31 through 2026-02-14), and at \
         most 14 are possible: keep its days"
    );

    // An older key that was replaced still works too.
    let mut order = reissue(2, 3);
    order.end = through("2026-02-05");
    shop.issue(&order);
    let mut order = reissue(3, 4);
    order.from = Some(day("2026-01-25"));
    order.end = through("2026-02-05");
    assert_eq!(shop.codes(&order), ["days-change", "together-too-long"]);
    let mut order = reissue(3, 4);
    order.end = through("2026-02-14");
    order.approval = approval("as it was");
    shop.permits(&order);
}

#[test]
fn a_reissue_keeps_the_extension() {
    let extension = Extension::new(b"\x01left aisle").unwrap();
    let mut shop = Shop::on("2026-01-01");
    let record = Shop::on("2026-01-01").issue(&offer("pro-annual"));
    shop.history.push(with_claim(&record, "extension", &extension.to_string()));
    shop.history.push(Shop::on("2026-01-01").issue(&Order::of_offer("pro-annual", serial(2))));
    let mut order = reissue(1, 9);
    order.seats = Some(quantity(6));
    assert_eq!(shop.permits(&order).extension(), Some(&extension));
    assert_eq!(shop.permits(&renewal(1, 9)).extension(), Some(&extension), "and so does a renewal");
    assert_eq!(shop.permits(&reissue(2, 9)).extension(), None);
}

#[test]
fn a_lock_does_not_move_by_added_components() {
    let lock = |digests: [u8; 5]| {
        MachineLock::To(Fingerprint::from_digests(digests.map(|digest| Some([digest; 3]).filter(|_| digest != 0))))
    };
    for (before, after, is_free) in [
        ([1, 0, 0, 0, 0], [1, 2, 2, 0, 0], false),
        ([1, 1, 0, 0, 0], [1, 1, 2, 2, 2], false),
        ([1, 1, 0, 0, 0], [1, 1, 2, 0, 0], false),
        ([1, 0, 0, 0, 0], [1, 2, 0, 0, 0], true),
        ([1, 1, 1, 0, 0], [1, 1, 1, 2, 0], true),
    ] {
        let mut shop = Shop::on("2026-01-01");
        let mut order = Order::of_offer("pro-annual", serial(1));
        order.lock = Some(lock(before));
        shop.issue(&order);
        let mut order = reissue(1, 2);
        order.lock = Some(lock(after));
        assert_eq!(shop.decide(&order).is_ok(), is_free, "{before:?}, {after:?}");
        shop.permits(&approved(order));
    }
}

#[test]
fn a_free_or_perpetual_license_keeps_its_edition_without_an_approval() {
    let mut shop = Shop::on("2026-01-01");
    let home = |number, end| {
        let mut order = Order::of_offer("home", serial(number));
        order.end = end;
        order
    };
    shop.issue(&home(1, None));
    shop.issue(&home(2, after("1y")));
    shop.issue(&Order::of_offer("pro-perpetual", serial(3)));
    for (of, is) in [(1, "of a free edition"), (2, "of a free edition"), (3, "perpetual")] {
        let mut order = reissue(of, 9);
        (order.edition, order.seats) = (Some("enterprise".to_owned()), Some(quantity(10)));
        assert_eq!(
            shop.says(&order),
            format!(
                "license 000000000000000{of} is {is}, and its reissue would be of edition `enterprise`, which is sold: \
                 order a new license, or get an approval with a name and a reason"
            )
        );
        shop.permits(&approved(order));
    }
}

#[test]
fn days_of_grace_that_were_sold_stay_in_another_edition() {
    let mut shop = Shop::on("2026-01-01");
    let mut order = Order::of_offer("pro-annual", serial(1));
    order.grace_days = Some(0);
    shop.issue(&order);
    for (of, number, edition) in [(1, 2, "enterprise"), (2, 3, "pro")] {
        let mut order = reissue(of, number);
        (order.edition, order.seats) = (Some(edition.to_owned()), Some(quantity(10)));
        assert_eq!(shop.issue(&order).claims().grace_days(), Some(0), "{edition}");
    }
}

#[test]
fn a_first_day_moves_no_license_past_the_longest_term() {
    let mut shop = Shop::on("2026-01-01");
    let mut order = Order::of_offer("pro-annual", serial(1));
    order.end = after("5y");
    shop.issue(&order);
    let mut earlier = approved(reissue(1, 2));
    earlier.from = Some(day("2020-01-01"));
    assert_eq!(shop.codes(&earlier), ["term-too-long"]);
}
