//! Several licenses for one product: the one that counts, their grant, and ends without a warning.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::num::NonZeroU32;

use common::{at, license, perpetual};
use keyward_core::{
    Claims, ClaimsBuilder, ComponentDigest, Edition, Environment, Feature, Features, Fingerprint, Limits, Product,
    Quantity, Serial,
};
use keyward_grace::{Entitlement, ReminderDays, State, combine};

fn at_noon<const N: usize>(licenses: [ClaimsBuilder; N], date: &str) -> Entitlement {
    let licenses = licenses.map(|license| license.build().unwrap());
    combine(&licenses, at(&format!("{date}T12:00:00Z")), &ReminderDays::default()).unwrap()
}

/// The license that counts, in any order of the licenses.
fn counts(licenses: [ClaimsBuilder; 2], date: &str) -> usize {
    let [one, other] = licenses;
    let index = at_noon([one.clone(), other.clone()], date).index();
    assert_eq!(at_noon([other, one], date).index(), usize::from(index == 0), "the order decided");
    index
}

fn year(year: u16) -> ClaimsBuilder {
    license(&format!("{year}-01-01"), &format!("{year}-12-31"))
}

fn may() -> ClaimsBuilder {
    license("2026-05-01", "2026-05-30")
}

#[test]
fn without_a_license_there_is_no_entitlement() {
    assert_eq!(combine(&[] as &[Claims], at("2026-05-01T12:00:00Z"), &ReminderDays::default()), None);
}

#[test]
fn in_force_counts_before_in_grace_before_neither_for_every_kind() {
    assert_eq!(counts([year(2025), may().trial()], "2026-05-10"), 1);
    assert_eq!(counts([license("2026-04-01", "2026-04-30").grace_days(30), may().trial()], "2026-05-10"), 1);
    assert_eq!(counts([may().grace_days(7), year(2027)], "2026-06-03"), 0);
}

#[test]
fn a_standard_license_counts_before_a_stopgap_before_a_trial() {
    assert_eq!(counts([year(2026), may().stopgap()], "2026-05-10"), 0);
    assert_eq!(counts([license("2026-04-20", "2026-05-15").stopgap(), may().trial()], "2026-05-10"), 0);
    assert_eq!(counts([year(2026), may().trial()], "2026-05-10"), 0);
    // The order is the same if neither can be used.
    assert_eq!(counts([year(2025), may().trial()], "2026-07-01"), 0);
}

#[test]
fn an_upgrade_counts_before_the_license_it_upgrades() {
    assert_eq!(counts([year(2026), license("2026-03-01", "2026-12-31")], "2026-05-10"), 1);
    assert_eq!(counts([year(2026), license("2026-03-01", "2026-10-31")], "2026-05-10"), 1);
    assert_eq!(counts([perpetual("2026-01-01"), license("2026-03-01", "2026-10-31")], "2026-05-10"), 1);
}

#[test]
fn of_licenses_that_began_together_the_one_that_ends_later_counts_and_a_perpetual_one_last() {
    assert_eq!(counts([year(2026), license("2026-01-01", "2027-01-01")], "2026-05-10"), 1);
    assert_eq!(counts([license("2026-01-01", "9998-12-31"), perpetual("2026-01-01")], "2026-05-10"), 1);
    let greater_serial = Serial::from_bytes([9; 8]);
    assert_eq!(counts([year(2026).serial(greater_serial), license("2026-01-01", "2027-01-01")], "2026-05-10"), 1);
}

#[test]
fn if_all_else_is_equal_the_greater_serial_counts() {
    let with_serial = |byte| year(2026).serial(Serial::from_bytes([byte; 8]));
    assert_eq!(counts([with_serial(7), with_serial(9)], "2026-05-10"), 1);
}

#[test]
fn a_key_entered_twice_counts_at_its_first_index() {
    assert_eq!(at_noon([year(2025), year(2026), year(2026)], "2026-05-10").index(), 1);
}

#[test]
fn between_two_licenses_the_next_one_counts_and_after_the_last_the_last() {
    assert_eq!(counts([year(2025), year(2027)], "2026-05-10"), 1);
    assert_eq!(counts([year(2028), year(2027)], "2026-05-10"), 1);
    assert_eq!(counts([year(2024), year(2025)], "2026-05-10"), 1);
}

#[test]
fn next_years_key_entered_early_expires_nothing() {
    let both = || [year(2026), year(2027)];
    for (date, index, state, has_successor) in [
        ("2026-06-01", 0, State::Active, true),
        ("2026-12-10", 0, State::Active, true),
        ("2026-12-30", 0, State::Active, true),
        ("2026-12-31", 1, State::Active, false), // 2027 has begun at UTC+14
        ("2027-06-01", 1, State::Active, false),
        ("2027-12-10", 1, State::ExpiringSoon, false),
        ("2028-01-05", 1, State::InGrace, false),
    ] {
        let entitlement = at_noon(both(), date);
        assert_eq!((entitlement.index(), entitlement.standing().state()), (index, state), "{date}");
        assert_eq!(entitlement.standing().has_successor(), has_successor, "{date}");
    }
}

#[test]
fn with_a_successor_there_is_no_reminder_and_the_days_still_count() {
    let entitlement = at_noon([year(2026), year(2027)], "2026-12-10");
    assert_eq!(entitlement.standing().next_reminder(), None);
    assert_eq!(entitlement.standing().days_left(), Some(21));
    assert_eq!(entitlement.standing().to_string(), "active through 2026-12-31, 21 days left, with a successor");
}

#[test]
fn a_gap_of_one_day_needs_a_warning() {
    let gap = at_noon([year(2026), license("2027-01-02", "2027-12-31")], "2026-12-10");
    assert_eq!((gap.index(), gap.standing().state()), (0, State::ExpiringSoon));
    assert!(gap.standing().next_reminder().is_some());
}

#[test]
fn only_a_standard_license_that_ends_later_is_a_successor() {
    let soon = |successor: ClaimsBuilder| at_noon([year(2026), successor], "2026-12-10").standing().state();
    assert_eq!(soon(license("2027-01-01", "2027-01-30").trial()), State::ExpiringSoon);
    assert_eq!(soon(license("2027-01-01", "2027-01-30").stopgap()), State::ExpiringSoon);
    assert_eq!(soon(license("2025-06-01", "2026-12-31")), State::ExpiringSoon);
    assert_eq!(soon(license("2025-06-01", "2027-01-01")), State::Active);
    assert_eq!(soon(perpetual("2027-01-01")), State::Active);
}

fn seats(license: ClaimsBuilder, seats: u32) -> ClaimsBuilder {
    license.seats(NonZeroU32::new(seats).unwrap())
}

/// A license of 2026 with a value in everything that is compared.
fn paid() -> ClaimsBuilder {
    seats(year(2026), 5).features(Features::from_bits(0b11)).limits(Limits::NONE.with(1, 10).unwrap())
}

#[test]
fn a_license_that_grants_less_is_no_successor() {
    let next = || license("2027-01-01", "2027-12-31");
    let limits =
        |limits: &[(u8, u64)]| limits.iter().fold(Limits::NONE, |all, (id, value)| all.with(*id, *value).unwrap());
    let whole =
        |license: ClaimsBuilder| seats(license, 5).features(Features::from_bits(0b11)).limits(limits(&[(1, 10)]));
    let other_edition = Edition(9);
    for (successor, state, why) in [
        (whole(next()), State::Active, "the same"),
        (whole(next()).features(Features::from_bits(0b111)), State::Active, "a feature more"),
        (whole(next()).features(Features::from_bits(0b101)), State::ExpiringSoon, "another feature"),
        (seats(whole(next()), 6), State::Active, "a seat more"),
        (whole(next()).unlimited_seats(), State::Active, "all seats"),
        (seats(whole(next()), 4), State::ExpiringSoon, "a seat less"),
        (whole(next()).limits(limits(&[(1, 11)])), State::Active, "a higher limit"),
        (whole(next()).limits(limits(&[])), State::Active, "no limit"),
        (whole(next()).limits(limits(&[(1, 9)])), State::ExpiringSoon, "a lower limit"),
        (whole(next()).limits(limits(&[(1, 10), (2, 99)])), State::ExpiringSoon, "one more limit"),
        (whole(next()).edition(other_edition), State::Active, "an upgrade of the edition"),
        (whole(perpetual("2025-06-01")), State::Active, "the same edition, from before"),
        (
            whole(perpetual("2025-06-01")).edition(other_edition),
            State::ExpiringSoon,
            "an edition that was there before",
        ),
    ] {
        let together = at_noon([paid(), successor], "2026-12-10");
        assert_eq!((together.index(), together.standing().state()), (0, state), "{why}");
    }
    // An edition that was there before, with a feature more, is no lesser one: it counts by itself.
    let more = whole(perpetual("2025-06-01")).edition(other_edition).feature(Feature::new(2));
    assert_eq!(at_noon([paid(), more], "2026-12-10").index(), 1);
}

/// The free license was entered first, with the paid one or after it. Its edition says less, or its features do.
#[test]
fn a_free_license_gives_way_to_the_paid_one_until_its_grace_is_over() {
    let free = |from: &str| seats(perpetual(from), 1).limits(Limits::NONE.with(1, 3).unwrap());
    let bare = || seats(year(2026), 5);
    let lesser_edition = |from: &str| seats(perpetual(from), 5).edition(Edition(1));
    for (paid, free) in [
        (paid(), free("2025-06-01").edition(Edition(1))),
        (paid(), free("2026-01-01")),
        (paid(), free("2026-06-01").edition(Edition(1))),
        (bare(), lesser_edition("2025-06-01")),
    ] {
        for (date, index, state) in [
            ("2026-07-01", 0, State::Active),
            ("2026-12-10", 0, State::ExpiringSoon),
            ("2027-01-10", 0, State::InGrace),
            ("2027-01-20", 1, State::Active),
        ] {
            let together = at_noon([paid.clone(), free.clone()], date);
            assert_eq!((together.index(), together.standing().state()), (index, state), "{date}, {free:?}");
            assert_eq!(counts([paid.clone(), free.clone()], date), index, "{date}");
        }
    }
}

/// As the sample catalogue sells them: the paid license has a limit, and the free one has no features and no limits.
#[test]
fn a_free_license_without_limits_lifts_none_of_the_paid_one() {
    for from in ["2025-06-01", "2026-06-01"] {
        let free = || seats(perpetual(from), 1).edition(Edition(1));
        for (date, index) in [("2026-07-01", 0), ("2027-01-10", 0), ("2027-01-20", 1)] {
            assert_eq!(counts([paid(), free()], date), index, "{from}, {date}");
        }
        // A seat more than the paid one has: neither grants all of the other, and both are in force.
        assert_eq!(counts([paid(), seats(free(), 6)], "2026-07-01"), usize::from(from == "2026-06-01"));
    }
}

#[test]
fn a_free_license_gives_way_to_the_stopgap_after_the_paid_one() {
    let stopgap = || paid().valid_from(common::day("2027-01-15")).valid_through(common::day("2027-02-13")).stopgap();
    let free = || seats(perpetual("2025-06-01"), 1).edition(Edition(1));
    for (date, index) in [("2027-01-20", 0), ("2027-02-13", 0), ("2027-02-20", 1)] {
        assert_eq!(counts([stopgap(), free()], date), index, "{date}");
    }
    // A trial is no paid license: it lends features, and does not count in the place of one.
    let trial = stopgap().trial();
    assert_eq!(counts([trial, free()], "2027-01-20"), 1);
}

#[test]
fn a_license_that_grants_as_much_counts_before_one_in_grace() {
    for renewal in [paid().valid_from(common::day("2027-01-01")).valid_through(common::day("2027-12-31")), year(2027)] {
        let together = at_noon([paid(), renewal.features(Features::from_bits(0b11))], "2027-01-10");
        assert_eq!((together.index(), together.standing().state()), (1, State::Active));
    }
    // Neither grants all that the other does: the one in force counts.
    let other = seats(year(2027), 50).feature(Feature::new(9));
    assert_eq!(at_noon([paid(), other], "2027-01-10").index(), 1);
}

#[test]
fn no_trial_or_stopgap_gives_way_to_a_license_in_grace() {
    let lesser = seats(license("2027-01-05", "2027-01-30"), 1);
    for kind in [ClaimsBuilder::trial, ClaimsBuilder::stopgap] {
        assert_eq!(at_noon([paid(), kind(lesser.clone())], "2027-01-10").index(), 1);
    }
}

#[test]
fn the_end_of_a_stopgap_before_the_renewal_needs_no_warning() {
    let stopgap = license("2026-05-01", "2026-05-30").stopgap();
    let entitlement = at_noon([stopgap, license("2026-05-31", "2027-05-30")], "2026-05-25");
    assert_eq!((entitlement.index(), entitlement.standing().state()), (0, State::Active));
    assert!(entitlement.standing().notice().is_some());
}

#[test]
fn grace_is_never_hidden() {
    let older = license("2026-01-01", "2026-06-05").grace_days(60);
    let entitlement = at_noon([license("2026-02-01", "2026-05-31").grace_days(60), older], "2026-06-10");
    assert_eq!((entitlement.index(), entitlement.standing().state()), (0, State::InGrace));
    assert!(!entitlement.standing().has_successor());
}

#[test]
fn a_successor_is_for_the_same_machine_or_for_any() {
    let machine = |digests: [u8; 5]| {
        let digest = |byte: u8| -> Option<ComponentDigest> { Some([byte; 3]) };
        Fingerprint::from_digests(digests.map(digest))
    };
    let ours = || year(2026).fingerprint(machine([1, 2, 3, 4, 5]));
    let soon = |licenses| at_noon(licenses, "2026-12-10").standing().state();
    assert_eq!(soon([ours(), year(2027).fingerprint(machine([1, 2, 3, 4, 5]))]), State::Active);
    assert_eq!(soon([ours(), year(2027).fingerprint(machine([1, 2, 3, 8, 9]))]), State::Active);
    assert_eq!(soon([ours(), year(2027).fingerprint(machine([1, 2, 7, 8, 9]))]), State::ExpiringSoon);
    assert_eq!(soon([ours(), year(2027)]), State::Active);
    assert_eq!(soon([year(2026), year(2027).fingerprint(machine([1, 2, 3, 4, 5]))]), State::ExpiringSoon);
}

#[test]
fn another_product_or_environment_succeeds_and_grants_nothing() {
    let now = "2026-12-10";
    for other in [year(2025).product(Product(4)), year(2025).environment(Environment::Staging)] {
        let other = other.valid_through(common::day("2027-12-31")).feature(Feature::new(9));
        let entitlement = at_noon([year(2026).feature(Feature::new(0)), other], now);
        assert_eq!((entitlement.index(), entitlement.standing().state()), (0, State::ExpiringSoon));
        assert_eq!(entitlement.grant().unwrap().features(), Features::from_bits(1));
    }
}

#[test]
fn features_are_granted_by_any_license_in_force_or_in_grace() {
    let with_feature = |license: ClaimsBuilder, bit| license.feature(Feature::new(bit));
    let licenses = [
        with_feature(year(2026), 0),
        with_feature(license("2026-01-01", "2026-04-30").grace_days(14), 1),
        with_feature(license("2026-05-05", "2026-05-20").trial(), 2),
        with_feature(license("2026-01-01", "2026-03-31").grace_days(14), 3),
        with_feature(year(2027), 4),
    ];
    let granted = at_noon(licenses, "2026-05-10").grant().unwrap().features();
    assert_eq!(granted, Features::from_bits(0b111));
}

#[test]
fn seats_are_the_most_that_one_license_grants_never_a_sum() {
    let with_seats = |license: ClaimsBuilder, seats| license.seats(NonZeroU32::new(seats).unwrap());
    let seats = |licenses: [ClaimsBuilder; 3]| at_noon(licenses, "2026-05-10").grant().unwrap().seats();
    let expired = || with_seats(year(2024), 1000);
    assert_eq!(seats([with_seats(year(2026), 10), with_seats(may(), 25), expired()]).to_string(), "25");
    assert_eq!(seats([with_seats(year(2026), 25), with_seats(may(), 10), expired()]).to_string(), "25");
    assert_eq!(seats([year(2026), with_seats(may(), 10), expired()]), Quantity::Unlimited);
}

#[test]
fn licenses_that_are_over_or_to_come_grant_nothing() {
    let entitlement = at_noon([year(2025), year(2027)], "2026-05-10");
    assert_eq!(entitlement.standing().state(), State::NotYetValid);
    assert_eq!(entitlement.grant(), None);
}

#[test]
fn a_trial_beside_a_paid_license_grants_its_seats_and_features_while_it_runs_and_changes_nothing_else() {
    let seats = |license: ClaimsBuilder, seats| license.seats(NonZeroU32::new(seats).unwrap());
    let five_seats = Quantity::Of(NonZeroU32::new(5).unwrap());
    let paid = || seats(year(2026), 5).feature(Feature::new(0)).limits(Limits::NONE.with(1, 10).unwrap());
    let everything = Features::from_bits(u64::MAX);
    let trial = |license: ClaimsBuilder| {
        license.trial().edition(Edition(9)).limits(Limits::NONE.with(1, 1000).unwrap()).features(everything)
    };
    for (of_trial, granted) in [(3, 5), (5, 5), (6, 6), (500, 500)] {
        let licenses = || [paid(), trial(seats(may(), of_trial))];
        let during = at_noon(licenses(), "2026-05-10");
        // The entitlement has its edition, limits and licensee.
        assert_eq!((during.index(), during.standing().kind()), (0, keyward_core::Kind::Standard), "{of_trial}");
        let grant = during.grant().unwrap();
        assert_eq!((grant.features(), grant.seats().to_string()), (everything, granted.to_string()), "{of_trial}");
        for outside in ["2026-04-10", "2026-06-02"] {
            let entitlement = at_noon(licenses(), outside);
            let grant = entitlement.grant().unwrap();
            assert_eq!((grant.features(), grant.seats()), (Features::from_bits(1), five_seats), "{outside}");
            assert_eq!(entitlement.index(), 0, "{outside}");
        }
    }
    let unlimited = at_noon([paid(), trial(may())], "2026-05-10");
    assert_eq!(unlimited.grant().unwrap().seats(), Quantity::Unlimited);
}
