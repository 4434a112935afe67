//! Any claims at any times, with any reminder days.
#![no_main]

use std::num::NonZeroU32;

use arbitrary::Arbitrary;
use chrono::{DateTime, TimeDelta, Utc};
use keyward_core::{Claims, Day, Edition, Features, Kind, Product, Serial};
use keyward_grace::{ReminderDays, Standing, State, combine, standing_with_reminders};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    licenses: [Terms; 3],
    reminders: Vec<u16>,
    times: [Time; 6],
}

#[derive(Arbitrary, Debug)]
struct Terms {
    kind: u8,
    serial: u8,
    product: bool,
    valid_from: u32,
    term_days: Option<u16>,
    more_days: u32,
    grace_days: Option<u8>,
    seats: u8,
    features: u8,
}

#[derive(Arbitrary, Debug)]
enum Time {
    Any(i64, u32),
    /// Seconds from the first day of the first license.
    FromBeginning(i32),
    /// Seconds from its last day.
    FromEnd(i32),
}

const DAY: i64 = 86_400;
/// 2020-01-01, in seconds since 1970.
const EPOCH: i64 = 18_262 * DAY;

fuzz_target!(|input: Input| {
    let licenses: Vec<Claims> = input.licenses.iter().filter_map(claims).collect();
    let Some(first) = licenses.first() else { return };
    let mut reminders: Vec<u16> = input.reminders;
    reminders.truncate(8);
    reminders.sort_unstable();
    reminders.dedup();
    let reminders = ReminderDays::new(&reminders).expect("at most 8, each once");
    let mut times: Vec<DateTime<Utc>> = input.times.iter().filter_map(|time| instant(time, first)).collect();
    times.sort_unstable();

    for license in &licenses {
        let mut earlier: Option<Standing> = None;
        for now in &times {
            let standing = standing_with_reminders(license, *now, &reminders);
            is_as_specified(license, *now, &reminders, &standing);
            if let Some(earlier) = &earlier {
                moved_forward(earlier, &standing);
            }
            earlier = Some(standing);
        }
    }
    for now in times {
        several(&licenses, now, &reminders);
    }
});

fn claims(terms: &Terms) -> Option<Claims> {
    let valid_from = Day::from_number(terms.valid_from % (Day::LAST.number() + 1))?;
    let mut claims = Claims::builder()
        .serial(Serial::from_bytes([terms.serial; 8]))
        .product(Product(u32::from(terms.product)))
        .edition(Edition(1))
        .valid_from(valid_from)
        .features(Features::from_bits(u64::from(terms.features)));
    claims = match terms.kind % 4 {
        0 => claims.trial(),
        1 => claims.stopgap(),
        _ => claims,
    };
    claims = match terms.term_days {
        None => claims.perpetual(),
        Some(u16::MAX) => claims.term_days(NonZeroU32::new(terms.more_days)?),
        Some(days) => claims.term_days(NonZeroU32::new(u32::from(days))?),
    };
    if let Some(days) = terms.grace_days {
        claims = claims.grace_days(days);
    }
    claims = match NonZeroU32::new(u32::from(terms.seats)) {
        Some(seats) => claims.seats(seats),
        None => claims.unlimited_seats(),
    };
    claims.build().ok()
}

fn instant(time: &Time, claims: &Claims) -> Option<DateTime<Utc>> {
    let midnight = |day: Day| DateTime::from_timestamp(EPOCH + i64::from(day.number()) * DAY, 0);
    match time {
        Time::Any(seconds, nanoseconds) => DateTime::from_timestamp(*seconds % (1 << 43), *nanoseconds % 1_999_999_999),
        Time::FromBeginning(seconds) => Some(midnight(claims.valid_from())? + TimeDelta::seconds(i64::from(*seconds))),
        Time::FromEnd(seconds) => Some(midnight(claims.valid_through()?)? + TimeDelta::seconds(i64::from(*seconds))),
    }
}

/// `spec/STANDING.md`, in seconds and whole days.
fn is_as_specified(claims: &Claims, now: DateTime<Utc>, reminders: &ReminderDays, standing: &Standing) {
    let (seconds, today) = (now.timestamp(), now.timestamp().div_euclid(DAY));
    let since_1970 = |day: Day| i64::from(day.number()) + EPOCH / DAY;
    let opened = seconds >= since_1970(claims.valid_from()) * DAY - 14 * 3600;
    let end = claims.valid_through().map(since_1970);
    let term = i64::from(claims.term_days().map_or(0, NonZeroU32::get));
    let grace = match (claims.kind(), end, claims.grace_days()) {
        (Kind::Standard, Some(_), Some(days)) => i64::from(days),
        (Kind::Standard, Some(_), None) => (term / 4).min(14),
        _ => 0,
    };
    assert_eq!(i64::from(standing.grace_days()), grace);
    let closed = |last: i64| seconds >= (last + 1) * DAY + 12 * 3600;
    let largest = reminders.iter().map(i64::from).filter(|days| days * 2 < term).max();

    let (state, days_left) = match end {
        _ if !opened => (State::NotYetValid, None),
        None => (State::Active, None),
        Some(last) if !closed(last) => {
            let left = (last - today).max(0);
            let soon = largest.is_some_and(|largest| left <= largest);
            (if soon { State::ExpiringSoon } else { State::Active }, Some(left))
        }
        Some(last) if !closed(last + grace) => (State::InGrace, Some((last + grace - today).max(0))),
        Some(_) => (State::Expired, None),
    };
    assert_eq!((standing.state(), standing.days_left().map(i64::from)), (state, days_left), "{claims:?} at {now}");
    let usable = matches!(state, State::Active | State::ExpiringSoon | State::InGrace);
    assert_eq!(standing.is_usable(), usable);
    assert_eq!(standing.days_left().is_some(), usable && end.is_some(), "days are left while there are days");
    assert_eq!(standing.opens_at() <= now, opened);
    assert!(standing.next_reminder().is_none_or(|day| since_1970(day) > today), "a reminder of what was");
}

fn moved_forward(earlier: &Standing, later: &Standing) {
    let step = |standing: &Standing| match standing.state() {
        State::NotYetValid => 0,
        State::Active => 1,
        State::ExpiringSoon => 2,
        State::InGrace => 3,
        _ => 4,
    };
    assert!(step(earlier) <= step(later), "{earlier:?} then {later:?}");
    if (step(earlier) < 3) == (step(later) < 3) {
        if let (Some(before), Some(after)) = (earlier.days_left(), later.days_left()) {
            assert!(before >= after, "{before} days left, then {after}");
        }
    }
    match (earlier.next_reminder(), later.next_reminder()) {
        (Some(before), Some(after)) => assert!(before <= after),
        (None, Some(_)) => panic!("a reminder where there was none"),
        _ => {}
    }
}

/// The license that counts does not depend on the order of the licenses, and the grant contains nothing that no license
/// grants.
fn several(licenses: &[Claims], now: DateTime<Utc>, reminders: &ReminderDays) {
    let all = combine(licenses, now, reminders).expect("there are licenses");
    let counting = &licenses[all.index()];
    let reversed: Vec<Claims> = licenses.iter().rev().cloned().collect();
    let other = combine(&reversed, now, reminders).expect("there are licenses");
    // If two licenses have the same serial, the first counts.
    let twins = |claims: &Claims| (claims.kind(), claims.serial(), claims.valid_from(), claims.valid_through());
    if licenses.iter().filter(|claims| twins(claims) == twins(counting)).count() == 1 {
        assert_eq!(counting, &reversed[other.index()]);
        assert_eq!(all.standing(), other.standing());
        assert_eq!(all.grant(), other.grant());
    }
    let usable = licenses.iter().filter(|claims| standing_with_reminders(claims, now, reminders).is_usable());
    let features = usable.clone().fold(Features::NONE, |all, claims| all.union(claims.features()));
    assert_eq!(all.grant().is_some(), usable.clone().next().is_some(), "something is granted if anything is usable");
    if let Some(grant) = all.grant() {
        assert_eq!(grant.features().bits() & !features.bits(), 0, "a feature that no license grants");
        assert!(usable.clone().any(|claims| claims.seats() == grant.seats()), "seats of no license");
    }
}
