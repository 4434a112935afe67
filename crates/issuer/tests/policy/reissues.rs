//! Reissues.

use keyward_grace::standing;
use keyward_issuer::order::{MachineLock, Order, Subject};
use keyward_issuer::policy::{permits_more, takes_for_good};
use keyward_issuer::{End, Extension, Fingerprint, Kind};
use keyward_verifier::files::{Reason, Status};

use crate::common::{
    Shop, after, approval, approved, catalog_with, day, dropped, edition, limit, noon, offer, quantity, reissue,
    renewal, serial, shop_with_a_paid_year, stopgap, through, with_claim,
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

/// What was sold is given back, also if it is not sold any more: a reissue by mistake is undone without a favour.
#[test]
fn a_reissue_gives_back_what_was_sold() {
    // A limit that the license was sold without.
    let mut shop = Shop::on("2026-01-01");
    shop.issue(&offer("pro-perpetual"));
    let mut limited = reissue(1, 2);
    limited.limits = vec![limit("projects", 1)];
    assert_eq!(shop.issue(&limited).claims().limits().value(1), Some(1));
    let mut undone = reissue(2, 3);
    undone.limits = vec![dropped("projects")];
    assert!(shop.permits(&undone).limits().is_empty());
    // In another edition, it was sold to nobody.
    (undone.edition, undone.seats) = (Some("enterprise".to_owned()), Some(quantity(10)));
    assert_eq!(shop.codes(&approved(undone)), ["limit-out-of-range"]);
    // An approval is a sale of its own.
    limited.serial = serial(4);
    limited.subject = Subject::Reissue(serial(2));
    limited.limits = vec![limit("projects", 2)];
    shop.issue(&approved(limited));
    let mut undone = reissue(4, 5);
    undone.limits = vec![dropped("projects")];
    assert_eq!(shop.codes(&approved(undone)), ["limit-out-of-range"]);

    // An edition, a feature and a limit that are not sold any more.
    let mut shop = Shop::on("2026-01-01");
    shop.catalog = catalog_with(&[
        ("\"Classic\", deprecated = true, instead = \"pro\"", "\"Classic\""),
        ("\"Send as fax\", deprecated = true", "\"Send as fax\""),
    ]);
    let mut order = edition("studio", "classic");
    order.features = Some(vec!["fax".to_owned(), "export".to_owned()]);
    order.seats = Some(quantity(500));
    shop.issue(&order);
    shop.catalog =
        catalog_with(&[("most = 1000 }", "most = 500 }"), ("least = 1, most = 500 }", "least = 1, most = 100 }")]);
    let mut moved = reissue(1, 2);
    (moved.edition, moved.features) = (Some("pro".to_owned()), Some(vec!["export".to_owned()]));
    (moved.limits, moved.seats) = (vec![limit("projects", 5)], Some(quantity(50)));
    shop.issue(&moved);
    let mut undone = reissue(2, 3);
    undone.edition = Some("classic".to_owned());
    undone.features = Some(vec!["fax".to_owned(), "export".to_owned()]);
    (undone.limits, undone.seats) = (vec![limit("projects", 1000)], Some(quantity(500)));
    assert_eq!(shop.permits(&undone).limits().value(1), Some(1000));
    undone.limits = vec![limit("projects", 999)];
    assert_eq!(shop.codes(&undone), ["limit-out-of-range"]);
    (undone.limits, undone.seats) = (vec![limit("projects", 1000)], Some(quantity(499)));
    assert_eq!(shop.codes(&undone), ["seats-out-of-range"]);
    // Nobody else is sold them.
    let mut renewed = renewal(2, 3);
    renewed.features = undone.features.clone();
    assert_eq!(shop.codes(&renewed), ["deprecated-feature"]);
}

#[test]
fn a_reissue_takes_days_updates_and_machines_for_good() {
    let claims = |from: &str, through: Option<&str>, updates: Option<&str>, machine: Option<[u8; 3]>| {
        let lock =
            machine.map(|[a, b, c]| Fingerprint::from_bytes([1, 1, a, a, a, a, a, b, b, b, b, b, c, c, c, c]).unwrap());
        let claims = keyward_issuer::Claims::builder()
            .serial(serial(1))
            .product(keyward_issuer::Product(3))
            .edition(keyward_issuer::Edition(2))
            .seats(quantity(5))
            .valid_from(day(from));
        let claims = match through {
            Some(last) => claims.valid_through(day(last)),
            None => claims.perpetual(),
        };
        let claims = updates.into_iter().fold(claims, |claims, last| claims.updates_through(day(last)));
        lock.into_iter().fold(claims, |claims, lock| claims.fingerprint(lock)).build().unwrap()
    };
    let year = ("2026-01-01", Some("2026-12-31"));
    let before = claims(year.0, year.1, Some("2026-12-31"), None);
    for (next, takes) in [
        (before.clone(), false),
        (claims("2026-01-01", Some("2026-12-30"), Some("2026-12-31"), None), true),
        (claims("2026-01-01", Some("2027-01-01"), Some("2026-12-31"), None), false),
        (claims("2026-01-01", None, Some("2026-12-31"), None), false),
        // A renewal would be as long as what is left.
        (claims("2026-01-02", Some("2026-12-31"), Some("2026-12-31"), None), true),
        (claims("2025-12-31", Some("2026-12-31"), Some("2026-12-31"), None), false),
        (claims("2026-01-01", Some("2026-12-31"), Some("2026-12-30"), None), true),
        (claims("2026-01-01", Some("2026-12-31"), None, None), false),
        (claims("2026-01-01", Some("2026-12-31"), Some("2026-12-31"), Some([1, 2, 3])), true),
    ] {
        assert_eq!(takes_for_good(&before, &next), takes, "{next:?}");
    }
    // The days of grace of another edition hide no paid day.
    let with_grace = |last: &str, grace: u8| {
        let claims = keyward_issuer::Claims::builder()
            .serial(serial(1))
            .product(keyward_issuer::Product(3))
            .edition(keyward_issuer::Edition(2))
            .seats(quantity(5))
            .valid_from(day("2026-01-01"));
        claims.valid_through(day(last)).grace_days(grace).build().unwrap()
    };
    let paid = with_grace("2026-12-31", 14);
    assert!(takes_for_good(&paid, &with_grace("2026-12-20", 30)));
    assert!(takes_for_good(&paid, &with_grace("2026-12-31", 13)));
    assert!(!takes_for_good(&paid, &with_grace("2026-12-31", 30)));
    // Without an end, and with all releases.
    let before = claims(year.0, None, None, Some([1, 2, 3]));
    assert!(takes_for_good(&before, &claims(year.0, Some("9000-01-01"), None, Some([1, 2, 3]))));
    assert!(takes_for_good(&before, &claims(year.0, None, Some("9000-01-01"), Some([1, 2, 3]))));
    assert!(takes_for_good(&before, &claims(year.0, None, None, Some([1, 2, 4]))));
    assert!(!takes_for_good(&before, &claims(year.0, None, None, None)));
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
        shop.catalog = catalog_with(&[("name = \"Acme Studio\"", "name = \"Acme Studio\"\nleast_components = 1")]);
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
        order.limits = vec![limit("projects", 1000)];
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

#[test]
fn days_of_grace_do_not_grow_by_way_of_another_edition() {
    for (sold, way) in [(None, &[30, 29][..]), (Some(3), &[3]), (Some(14), &[29]), (None, &[30, 29, 20])] {
        let mut shop = Shop::on("2026-01-01");
        let mut order = Order::of_offer("pro-annual", serial(1));
        order.grace_days = sold;
        let mut last = shop.issue(&order).serial().to_bytes()[7];
        let had = standing(shop.history.find(serial(1)).unwrap().claims(), noon()).grace_days();
        for days in way {
            let mut order = reissue(last, last + 1);
            (order.edition, order.seats, order.grace_days) =
                (Some("enterprise".to_owned()), Some(quantity(10)), Some(*days));
            // The edition has its own days.
            if last > 1 || shop.decide(&order).is_err() {
                order.grace_days = order.grace_days.filter(|_| last > 1);
            }
            shop.issue(&order);
            last += 1;
        }
        let mut back = reissue(last, last + 1);
        back.edition = Some("pro".to_owned());
        match shop.decide(&back) {
            Ok(permitted) => assert!(standing(permitted.claims(), noon()).grace_days() <= had, "{sold:?} {way:?}"),
            Err(refusals) => assert_eq!(refusals.as_slice()[0].code(), "grace-changes"),
        }
        shop.permits(&approved(back));
    }
}

#[test]
fn a_perpetual_or_free_license_gets_no_other_edition_in_several_reissues() {
    for (code, first) in
        [("pro-perpetual", after("5y")), ("pro-perpetual", through("2026-12-31")), ("home", after("1y"))]
    {
        let mut shop = Shop::on("2026-01-01");
        shop.issue(&Order::of_offer(code, serial(1)));
        let mut order = reissue(1, 2);
        order.end = first;
        shop.issue(&order);
        shop.issue(&reissue(2, 3));
        let mut order = reissue(3, 4);
        (order.edition, order.seats) = (Some("enterprise".to_owned()), Some(quantity(10)));
        order.limits = vec![limit("projects", 1000)];
        assert_eq!(shop.codes(&order), ["edition-changes"], "{code}");
        // What was approved is sold.
        shop.issue(&approved(order));
        shop.permits(&reissue(4, 5));
    }
}

#[test]
fn a_free_edition_grants_no_more_than_its_offer() {
    let export = |order: &mut Order| order.features = Some(vec!["export".to_owned()]);
    let all = |order: &mut Order| order.features = Some(["export", "teamwork", "plug-ins"].map(str::to_owned).to_vec());
    let projects = |order: &mut Order| order.limits = vec![limit("projects", 1000)];
    let no_projects = |order: &mut Order| order.limits = vec![dropped("projects")];
    let with_ten = || {
        let home = "[offers.home]\nproduct = \"studio\"\nedition = \"home\"";
        let mut shop = Shop::on("2026-01-01");
        shop.catalog = catalog_with(&[
            (home, &format!("{home}\nlimits = {{ projects = 10 }}")),
            ("least = 1, most = 1000", "least = 1"),
        ]);
        shop
    };
    for change in [export as fn(&mut Order), all, projects, no_projects] {
        let mut in_limits = edition("studio", "home");
        in_limits.limits = vec![limit("projects", 10)];
        for mut order in [offer("home"), in_limits] {
            let shop = with_ten();
            shop.permits(&order);
            change(&mut order);
            assert!(shop.codes(&order).iter().all(|code| *code == "free-grants-more"), "{order:?}");
            shop.permits(&approved(order));
        }
        let mut shop = with_ten();
        shop.issue(&offer("home"));
        let mut order = reissue(1, 2);
        change(&mut order);
        assert_eq!(shop.codes(&order)[0], "free-grants-more");
        shop.issue(&approved(order));
        shop.permits(&reissue(2, 3));
        // And not in another way: what is sold for a year is not kept for nothing.
        let mut shop = with_ten();
        shop.issue(&offer("pro-annual"));
        let mut order = renewal(1, 2);
        (order.edition, order.seats) = (Some("home".to_owned()), Some(quantity(1)));
        assert!(shop.codes(&order).iter().all(|code| *code == "free-grants-more"));
    }
    assert_eq!(
        with_ten().says(&{
            let mut order = offer("home");
            projects(&mut order);
            order
        }),
        "edition `home` is free, and the nearest of its offers grants no limit `projects=1000`: leave it out, order an edition that is sold, \
         or get an approval with a name and a reason"
    );
    // A license without a limit is not limited: with one, it has less.
    let mut limited = offer("home");
    projects(&mut limited);
    Shop::on("2026-01-01").permits(&limited);
}

type Change = fn(&mut Order);

/// A free edition with the seats of its product, and offers of one seat, for ever or for a year.
fn shop_with_a_free_year(forever: bool) -> Shop {
    let mut shop = Shop::on("2026-01-01");
    let year = "[offers.home]\nproduct = \"studio\"\nedition = \"home\"\nterm = \"1y\"\nupdates = \"30d\"\nseats = 1";
    let home = "[offers.home]\nproduct = \"studio\"\nedition = \"home\"\nterm = \"perpetual\"\nseats = 1";
    let offer = if forever { home } else { year };
    shop.catalog = catalog_with(&[("free = true, seats = { most = 1 }", "free = true"), (home, offer)]);
    shop
}

#[test]
fn a_free_edition_has_no_more_seats_days_updates_or_grace_than_its_offers() {
    let changes: [(bool, Change, &str); 8] = [
        (true, |order| order.seats = Some(quantity(2)), "2 seats"),
        (true, |order| order.seats = Some(quantity(500)), "500 seats"),
        (false, |order| order.seats = Some(quantity(500)), "500 seats"),
        (false, |order| order.end = after("5y"), "term from 2026-01-01 through 2030-12-31"),
        (false, |order| order.end = through("2027-01-01"), "term from 2026-01-01 through 2027-01-01"),
        (false, |order| order.updates = through("2026-12-31"), "updates through 2026-12-31"),
        (false, |order| order.updates = Some(End::Perpetual), "updates of all releases"),
        (false, |order| order.grace_days = Some(90), "90 days of grace"),
    ];
    for (forever, change, subject) in changes {
        let shop = || shop_with_a_free_year(forever);
        shop().permits(&offer("home"));
        let mut order = offer("home");
        change(&mut order);
        assert!(shop().codes(&order).contains(&"free-grants-more"), "{subject}: {:?}", shop().codes(&order));
        assert!(
            shop().says(&order).contains(&format!("the nearest of its offers grants no {subject}:")),
            "{}",
            shop().says(&order)
        );
        let approval = approved(order.clone());
        shop().permits(&approval);
        // What was approved stays, and does not grow.
        let mut sold = shop();
        sold.issue(&approval);
        sold.permits(&reissue(1, 2));
        // By its reissue, or a renewal, it grows no more than by a new order.
        let mut sold = shop();
        sold.issue(&offer("home"));
        let mut again = reissue(1, 2);
        change(&mut again);
        assert!(sold.codes(&again).contains(&"free-grants-more"), "{subject}");
        if !forever {
            let mut next = renewal(1, 2);
            sold.permits(&next);
            change(&mut next);
            if next.end == order.end && next.end == through("2027-01-01") {
                continue;
            }
            assert!(!sold.codes(&next).is_empty(), "{subject}");
        }
    }
    // Less is free.
    let mut less = offer("home");
    (less.end, less.updates, less.grace_days) = (after("30d"), after("1d"), Some(0));
    shop_with_a_free_year(false).permits(&less);
    let mut ends = offer("home");
    ends.end = after("5y");
    shop_with_a_free_year(true).permits(&ends);
}

#[test]
fn parts_of_two_offers_of_a_free_edition_make_no_license() {
    let home = "[offers.home]\nproduct = \"studio\"";
    let lab = "[offers.home-lab]\nproduct = \"studio\"\nedition = \"home\"\nterm = \"7d\"\nseats = 1\nfeatures = [\"export\", \
               \"teamwork\"]\n\n";
    let shop = || {
        let mut shop = Shop::on("2026-01-01");
        shop.catalog = catalog_with(&[(home, &format!("{lab}{home}"))]);
        shop
    };
    shop().permits(&offer("home"));
    shop().permits(&offer("home-lab"));
    let with_feature = |code: &str, feature: &str| {
        let mut order = offer(code);
        order.features = Some(vec![feature.to_owned()]);
        order
    };
    shop().permits(&with_feature("home-lab", "export"));
    let forever = with_feature("home", "export");
    assert_eq!(shop().codes(&forever), ["free-grants-more"], "without end, and with a feature of the week");
    shop().permits(&approved(forever));
    let mut longer = offer("home-lab");
    longer.end = after("8d");
    assert!(shop().codes(&longer).contains(&"free-grants-more"));
    // What was sold is one more offer for its own reissue, and mixed with no other.
    let mut sold = shop();
    sold.issue(&offer("home-lab"));
    sold.permits(&reissue(1, 2));
    let mut later = reissue(1, 2);
    later.end = Some(End::Perpetual);
    assert!(sold.codes(&later).contains(&"free-grants-more"), "{:?}", sold.codes(&later));
}

#[test]
fn an_earlier_key_that_was_refunded_ends_the_license() {
    for reason in Reason::ALL {
        let ends = !matches!(reason, Reason::Superseded | Reason::Leaked);
        for revoked in [1, 2] {
            let mut shop = shop_with_a_paid_year();
            shop.issue(&reissue(1, 2));
            shop.issue(&reissue(2, 3));
            shop.set(revoked, Status::Revoked(reason));
            shop.today = day("2026-12-20");
            let mut bridge = stopgap(9);
            bridge.bridges = Some(serial(3));
            for order in [reissue(3, 9), renewal(3, 9), bridge] {
                match shop.decide(&order) {
                    Ok(_) => assert!(!ends, "{reason:?} {revoked}"),
                    Err(_) => assert!(ends && shop.codes(&order)[0] == "revoked", "{reason:?} {revoked}"),
                }
            }
        }
    }
    let mut shop = shop_with_a_paid_year();
    shop.issue(&reissue(1, 2));
    shop.set(1, Status::OnHold);
    assert_eq!(shop.codes(&reissue(2, 3)), ["on-hold"]);
}

#[test]
fn a_status_that_permits_more_than_another_is_known_as_such() {
    let statuses = || Reason::ALL.map(Status::Revoked).into_iter().chain([Status::OnHold]);
    // The orders that pass while one of the keys has the status.
    let permitted = |status: Status| {
        let mut permitted = Vec::new();
        for number in 1..=3 {
            let mut shop = shop_with_a_paid_year();
            shop.issue(&reissue(1, 2));
            shop.issue(&reissue(2, 3));
            shop.set(number, status);
            shop.today = day("2026-12-20");
            for order in [reissue(3, 9), renewal(3, 9), stopgap(9)] {
                permitted.push(shop.decide(&order).is_ok());
            }
        }
        permitted
    };
    for earlier in statuses() {
        for later in statuses().filter(|later| *later != earlier) {
            let more = permitted(later).iter().zip(permitted(earlier)).any(|(later, earlier)| *later && !earlier);
            assert!(!more || permits_more(later, earlier), "{earlier:?} {later:?}");
        }
    }
    assert!(permits_more(Status::Revoked(Reason::Leaked), Status::Revoked(Reason::Refunded)));
    assert!(!permits_more(Status::Revoked(Reason::Refunded), Status::Revoked(Reason::Leaked)));
}

#[test]
fn grace_is_no_longer_than_the_days_that_are_sold() {
    let days_of = |shop: &Shop, order: &Order| standing(&shop.permits(order), noon()).grace_days();
    let mut order = offer("enterprise-annual");
    let shop = || Shop::on("2026-01-01");
    assert_eq!(days_of(&shop(), &order), 30, "the catalogue has 30");
    for (term, grace) in [("1d", 1), ("14d", 14), ("30d", 30), ("31d", 30)] {
        order.end = after(term);
        assert_eq!(days_of(&shop(), &order), grace, "{term}");
        for (requested, is_permitted) in [(grace, true), (31, term == "31d"), (90, false)] {
            let mut more = order.clone();
            more.grace_days = Some(requested.into());
            assert_eq!(shop().decide(&more).is_ok(), is_permitted, "{term}, {requested}");
            assert_eq!(shop().decide(&approved(more)).is_ok(), is_permitted, "{term}, {requested}, approved");
        }
    }
    // Days before the sale are not sold: on its last day, a license has one.
    let mut late = offer("enterprise-annual");
    (late.from, late.end) = (Some(day("2026-01-01")), through("2026-12-20"));
    let mut shop = Shop::on("2026-12-20");
    assert_eq!(days_of(&shop, &late), 1);
    late.grace_days = Some(2);
    assert!(shop.says(&late).contains("the nearest is 1"), "{}", shop.says(&late));
    // Nor does another edition bring more; what was sold stays.
    let mut short = offer("pro-annual");
    short.end = after("14d");
    shop.issue(&short);
    let mut upgrade = reissue(1, 2);
    (upgrade.edition, upgrade.seats) = (Some("enterprise".to_owned()), Some(quantity(10)));
    assert_eq!(days_of(&shop, &upgrade), 14);
}

#[test]
fn days_before_the_sale_earn_no_grace() {
    // The default is a quarter of the term, 14 days at most.
    for (from, through_day, grace) in [
        ("2025-12-01", "2026-11-30", 0),
        ("2025-12-01", "2026-12-03", 1),
        ("2025-12-01", "2026-12-28", 7),
        ("2026-06-01", "2027-05-31", 14),
        ("2026-11-30", "2026-11-30", 0),
    ] {
        let shop = Shop::on("2026-11-30");
        let mut order = offer("pro-annual");
        (order.from, order.end) = (Some(day(from)), through(through_day));
        assert_eq!(standing(&shop.permits(&order), noon()).grace_days(), grace, "{from} {through_day}");
    }
    // A renewal that is late follows the paid term.
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2027-12-25");
    assert_eq!(standing(&shop.permits(&renewal(1, 2)), noon()).grace_days(), 14);
}

#[test]
fn a_license_in_grace_is_reissued_with_its_days() {
    let mut shop = shop_with_a_paid_year();
    for (today, permitted) in [("2026-12-31", true), ("2027-01-01", true), ("2027-01-14", true), ("2027-01-15", false)]
    {
        shop.today = day(today);
        assert_eq!(shop.decide(&reissue(1, 2)).is_ok(), permitted, "{today}");
        if !permitted {
            assert_eq!(shop.codes(&reissue(1, 2)), ["has-ended"]);
        }
        let mut shorter = reissue(1, 2);
        shorter.end = through("2026-12-30");
        assert_eq!(shop.codes(&shorter), ["has-ended"], "other days");
    }
}
