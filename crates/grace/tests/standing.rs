//! The standing of one license at the instants at which it changes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use common::{at, day, license, perpetual};
use keyward_core::{Claims, ClaimsBuilder, Day, Kind};
use keyward_grace::{ReminderDays, Standing, State, renewal_from, standing, standing_with_reminders};

const FIRST_ZONE: i32 = 14;
const LAST_ZONE: i32 = -12;

/// The instant at which the wall clock in that zone shows that day and time.
fn local(text: &str, zone: i32) -> DateTime<Utc> {
    let zone = FixedOffset::east_opt(zone.checked_mul(3600).unwrap()).unwrap();
    text.parse::<chrono::NaiveDateTime>().unwrap().and_local_timezone(zone).unwrap().to_utc()
}

fn state(license: &Claims, now: DateTime<Utc>) -> State {
    standing(license, now).state()
}

fn at_noon(license: ClaimsBuilder, date: &str) -> Standing {
    standing(&license.build().unwrap(), day(date).date().and_hms_opt(12, 0, 0).unwrap().and_utc())
}

#[test]
fn a_license_works_on_its_first_and_last_day_in_every_time_zone() {
    let may = license("2026-05-01", "2026-05-31").grace_days(0).build().unwrap();
    for zone in LAST_ZONE..=FIRST_ZONE {
        assert!(standing(&may, local("2026-05-01T00:00:00", zone)).is_usable(), "{zone}");
        assert!(standing(&may, local("2026-05-31T23:59:59.999999999", zone)).is_usable(), "{zone}");
    }
}

#[test]
fn a_license_does_not_work_one_nanosecond_outside_its_days() {
    let may = license("2026-05-01", "2026-05-31").grace_days(0).build().unwrap();
    assert_eq!(state(&may, local("2026-04-30T23:59:59.999999999", FIRST_ZONE)), State::NotYetValid);
    assert_eq!(state(&may, local("2026-05-01T00:00:00", FIRST_ZONE)), State::Active);
    assert_eq!(state(&may, local("2026-05-31T23:59:59.999999999", LAST_ZONE)), State::ExpiringSoon);
    assert_eq!(state(&may, local("2026-06-01T00:00:00", LAST_ZONE)), State::Expired);
}

#[test]
fn grace_begins_and_ends_with_a_whole_day() {
    let may = license("2026-05-01", "2026-05-31").grace_days(10).build().unwrap();
    assert_eq!(state(&may, local("2026-05-31T23:59:59.999999999", LAST_ZONE)), State::ExpiringSoon);
    assert_eq!(state(&may, local("2026-06-01T00:00:00", LAST_ZONE)), State::InGrace);
    assert_eq!(state(&may, local("2026-06-10T23:59:59.999999999", LAST_ZONE)), State::InGrace);
    assert_eq!(state(&may, local("2026-06-11T00:00:00", LAST_ZONE)), State::Expired);
    assert_eq!(standing(&may, at("2026-05-10T00:00:00Z")).grace_through(), Some(day("2026-06-10").date()));
}

#[test]
fn the_instants_are_those_at_which_the_standing_changes() {
    let may = license("2026-05-01", "2026-05-31").grace_days(10).build().unwrap();
    let standing = standing(&may, at("2026-05-10T00:00:00Z"));
    assert_eq!(standing.opens_at(), at("2026-04-30T10:00:00Z"));
    assert_eq!(standing.closes_at(), Some(at("2026-06-01T12:00:00Z")));
    assert_eq!(standing.grace_closes_at(), Some(at("2026-06-11T12:00:00Z")));
}

#[test]
fn a_license_for_one_day_works_for_fifty_hours_and_is_never_expiring_soon() {
    let one_day = license("2026-05-01", "2026-05-01").build().unwrap();
    let opens = at("2026-04-30T10:00:00Z");
    for hour in 0..50 {
        let standing = standing(&one_day, opens.checked_add_signed(TimeDelta::hours(hour)).unwrap());
        assert_eq!(standing.state(), State::Active, "{hour}");
    }
    let after = opens.checked_add_signed(TimeDelta::hours(50)).unwrap();
    assert_eq!(state(&one_day, after), State::Expired);
    assert_eq!(standing(&one_day, after).grace_through(), None);
}

#[test]
fn a_leap_day_is_a_day() {
    let february = license("2028-02-01", "2028-02-29").grace_days(0).build().unwrap();
    assert_eq!(standing(&february, at("2028-02-10T00:00:00Z")).closes_at(), Some(at("2028-03-01T12:00:00Z")));
    let march = license("2028-03-01", "2028-03-31").build().unwrap();
    assert_eq!(standing(&march, at("2028-03-10T00:00:00Z")).opens_at(), at("2028-02-29T10:00:00Z"));
    assert_eq!(at_noon(license("2028-02-01", "2028-03-01"), "2028-02-28").days_left(), Some(2));
    assert_eq!(at_noon(license("2027-02-01", "2027-03-01"), "2027-02-28").days_left(), Some(1));
}

#[test]
fn the_first_and_the_last_possible_day_are_days_like_others() {
    let ever = license("2020-01-01", "9998-12-31").grace_days(90).build().unwrap();
    let first = standing(&ever, at("2019-12-31T10:00:00Z"));
    assert_eq!((first.state(), first.days_left()), (State::Active, Some(Day::LAST.number().checked_add(1).unwrap())));
    assert_eq!(state(&ever, at("2019-12-31T09:59:59.999999999Z")), State::NotYetValid);
    assert_eq!(first.closes_at(), Some(at("9999-01-01T12:00:00Z")));
    assert_eq!(first.grace_through(), NaiveDate::from_ymd_opt(9999, 3, 31));
    assert_eq!(first.grace_closes_at(), Some(at("9999-04-01T12:00:00Z")));
    assert_eq!(state(&ever, at("9999-04-01T11:59:59Z")), State::InGrace);
    assert_eq!(state(&ever, DateTime::<Utc>::MAX_UTC), State::Expired);
    assert_eq!(state(&ever, DateTime::<Utc>::MIN_UTC), State::NotYetValid);
}

#[test]
fn a_perpetual_license_stays_active() {
    let forever = perpetual("2026-05-01").build().unwrap();
    assert_eq!(state(&forever, at("2026-04-30T09:59:59Z")), State::NotYetValid);
    for now in [at("2026-04-30T10:00:00Z"), at("2099-01-01T00:00:00Z"), DateTime::<Utc>::MAX_UTC] {
        let standing = standing(&forever, now);
        assert_eq!(standing.state(), State::Active);
        assert_eq!((standing.days_left(), standing.next_reminder(), standing.grace_days()), (None, None, 0));
        assert_eq!((standing.valid_through(), standing.closes_at(), standing.grace_closes_at()), (None, None, None));
    }
}

#[test]
fn without_days_in_the_key_grace_is_14_days_but_at_most_a_quarter_of_the_term() {
    for (valid_through, says, grace_days) in [
        ("2026-01-03", None, 0),
        ("2026-01-04", None, 1),
        ("2026-01-30", None, 7),
        ("2026-02-24", None, 13),
        ("2026-02-25", None, 14),
        ("2026-12-31", None, 14),
        ("2026-12-31", Some(0), 0),
        ("2026-12-31", Some(90), 90),
        ("2026-01-03", Some(30), 30),
    ] {
        let license = license("2026-01-01", valid_through);
        let license = if let Some(days) = says { license.grace_days(days) } else { license };
        assert_eq!(at_noon(license, "2026-01-01").grace_days(), grace_days, "{valid_through} {says:?}");
    }
}

#[test]
fn h26_s17_trials_and_stopgaps_have_no_grace_and_carry_a_notice() {
    let month = || license("2026-05-01", "2026-05-30");
    assert_eq!(at_noon(month(), "2026-05-05").notice(), None);
    assert_eq!(at_noon(month(), "2026-05-05").kind(), Kind::Standard);
    for (license, kind, word) in
        [(month().trial(), Kind::Trial, "trial"), (month().stopgap(), Kind::Stopgap, "stopgap")]
    {
        let before = at_noon(license.clone(), "2026-05-05");
        assert_eq!(before.kind(), kind);
        assert!(before.notice().unwrap().contains(word));
        assert_eq!((before.grace_days(), before.grace_through()), (0, None));
        assert_eq!(before.grace_closes_at(), before.closes_at());
        assert_eq!(at_noon(license, "2026-05-31").state(), State::Expired);
    }
}

#[test]
fn a_license_expires_soon_from_the_largest_reminder_day_that_is_shorter_than_half_its_term() {
    for (valid_from, last_active, first_soon) in [
        ("2026-01-01", "2026-11-30", "2026-12-01"), // a year: 30
        ("2026-12-02", "2026-12-16", "2026-12-17"), // 30 days: 14
        ("2026-12-11", "2026-12-23", "2026-12-24"), // 21 days: 7
    ] {
        let license = || license(valid_from, "2026-12-31");
        assert_eq!(at_noon(license(), last_active).state(), State::Active, "{valid_from}");
        assert_eq!(at_noon(license(), first_soon).state(), State::ExpiringSoon, "{valid_from}");
    }
    assert_eq!(at_noon(license("2026-12-18", "2026-12-31"), "2026-12-31").state(), State::Active);
}

#[test]
fn a_reminder_of_today_is_not_the_next_one() {
    for (today, next) in [
        ("2025-12-31", Some("2026-12-01")),
        ("2026-06-15", Some("2026-12-01")),
        ("2026-11-30", Some("2026-12-01")),
        ("2026-12-01", Some("2026-12-17")),
        ("2026-12-23", Some("2026-12-24")),
        ("2026-12-24", None),
        ("2027-01-05", None),
        ("2027-06-01", None),
    ] {
        assert_eq!(at_noon(license("2026-01-01", "2026-12-31"), today).next_reminder(), next.map(day), "{today}");
    }
}

#[test]
fn a_product_may_remind_on_other_days_or_never() {
    let year = license("2026-01-01", "2026-12-31").build().unwrap();
    let last_day_only = ReminderDays::new(&[0]).unwrap();
    let never = ReminderDays::new(&[]).unwrap();
    for (now, reminders, state, next) in [
        ("2026-12-30T12:00:00Z", last_day_only, State::Active, Some(day("2026-12-31"))),
        ("2026-12-31T12:00:00Z", last_day_only, State::ExpiringSoon, None),
        ("2026-12-31T12:00:00Z", never, State::Active, None),
    ] {
        let standing = standing_with_reminders(&year, at(now), &reminders);
        assert_eq!((standing.state(), standing.next_reminder()), (state, next), "{now}");
    }
}

#[test]
fn days_left_are_counted_from_the_utc_day() {
    let may = license("2026-05-01", "2026-05-31").grace_days(10).build().unwrap();
    for (now, days_left) in [
        ("2026-04-30T09:59:59Z", None),
        ("2026-04-30T10:00:00Z", Some(31)),
        ("2026-05-01T00:00:00Z", Some(30)),
        ("2026-05-30T23:59:59Z", Some(1)),
        ("2026-05-31T00:00:00Z", Some(0)),
        ("2026-06-01T11:59:59Z", Some(0)), // still 31 May at UTC−12
        ("2026-06-01T12:00:00Z", Some(9)), // of grace
        ("2026-06-10T00:00:00Z", Some(0)),
        ("2026-06-11T11:59:59Z", Some(0)),
        ("2026-06-11T12:00:00Z", None),
    ] {
        assert_eq!(standing(&may, at(now)).days_left(), days_left, "{now}");
    }
}

#[test]
fn a_standing_reads_as_a_sentence() {
    let year = || license("2026-01-01", "2026-12-31");
    let trial = || license("2026-05-01", "2026-05-30").trial();
    for (license, today, sentence) in [
        (year(), "2025-12-01", "not yet valid: begins on 2026-01-01"),
        (year(), "2026-11-21", "active through 2026-12-31, 40 days left"),
        (year(), "2026-12-30", "expiring soon: valid through 2026-12-31, 1 day left"),
        (year(), "2026-12-31", "expiring soon: valid through 2026-12-31, last day"),
        (year(), "2027-01-02", "in grace: ended on 2026-12-31, usable through 2027-01-14, 12 days left"),
        (year(), "2027-02-01", "expired: was valid through 2026-12-31, in grace through 2027-01-14"),
        (year().grace_days(0), "2027-02-01", "expired: was valid through 2026-12-31"),
        (perpetual("2026-01-01"), "2030-01-01", "active, perpetual"),
        (perpetual("2026-01-01"), "2025-06-01", "not yet valid: begins on 2026-01-01"),
        (trial(), "2026-05-01", "trial license, active through 2026-05-30, 29 days left"),
        (trial(), "2026-06-01", "trial license, expired: was valid through 2026-05-30"),
    ] {
        assert_eq!(at_noon(license, today).to_string(), sentence);
    }
}

#[test]
fn a_state_has_a_stable_code() {
    let codes = [
        (State::NotYetValid, "not-yet-valid"),
        (State::Active, "active"),
        (State::ExpiringSoon, "expiring-soon"),
        (State::InGrace, "in-grace"),
        (State::Expired, "expired"),
    ];
    for (state, code) in codes {
        assert_eq!(state.code(), code);
    }
    assert!(codes.is_sorted_by_key(|(state, _)| *state));
}

#[test]
fn a_renewal_begins_after_the_paid_license_also_if_a_stopgap_bridged_the_time() {
    let from = |license: ClaimsBuilder| renewal_from(&license.build().unwrap());
    assert_eq!(from(license("2026-01-01", "2026-12-31")), Some(day("2027-01-01")));
    assert_eq!(from(license("2026-01-01", "2028-02-28")), Some(day("2028-02-29")));
    assert_eq!(from(license("2027-01-01", "2027-01-30").stopgap()), None);
    assert_eq!(from(license("2027-01-01", "2027-01-30").trial()), None);
    assert_eq!(from(perpetual("2026-01-01")), None);
    assert_eq!(from(license("2026-01-01", "9998-12-31")), None);
}
