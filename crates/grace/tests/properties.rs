//! Properties of every license at every time.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use std::num::NonZeroU32;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use keyward_core::{Claims, Day, Edition, Kind, Product, Quantity, Serial};
use keyward_grace::{
    ClockEvidence, HighWaterMark, ReminderDays, State, Term, combine, standing, standing_with_reminders,
};
use proptest::prelude::*;

/// Licenses that begin within some three years, so that several of them overlap or follow each other.
fn claims() -> impl Strategy<Value = Claims> {
    let kind = prop_oneof![Just(Kind::Standard), Just(Kind::Trial), Just(Kind::Stopgap)];
    let term = prop_oneof![1..=70_u32, 300..=800_u32];
    (kind, 0..1000_u32, prop::option::weighted(0.9, term), prop::option::of(0..=90_u8), any::<[u8; 8]>(), 0..50_u32)
        .prop_map(|(kind, from, term, grace, serial, seats)| {
            let valid_from = Day::from_number(2000 + from).unwrap();
            let license = Claims::builder()
                .serial(Serial::from_bytes(serial))
                .product(Product(3))
                .edition(Edition(2))
                .seats(NonZeroU32::new(seats).map_or(Quantity::Unlimited, Quantity::Of))
                .valid_from(valid_from)
                .perpetual();
            let Some(term) = term.and_then(|days| days.try_into().ok()) else {
                return license.build().unwrap();
            };
            match (kind, grace) {
                (Kind::Trial, _) => license.term_days(term).trial(),
                (Kind::Stopgap, _) => license.term_days(term).stopgap(),
                (Kind::Standard, Some(grace)) => license.term_days(term).grace_days(grace),
                (Kind::Standard, None) => license.term_days(term),
            }
            .build()
            .unwrap()
        })
}

/// Times around those licenses: a full hour, because all boundaries are full hours, or one nanosecond before it.
fn time() -> impl Strategy<Value = DateTime<Utc>> {
    (1900 * 24..4000 * 24_i64, 0..=1_i64).prop_map(|(hours, nanoseconds_before)| {
        let first = Day::FIRST.date().and_hms_opt(0, 0, 0).unwrap().and_utc();
        first + TimeDelta::hours(hours) - TimeDelta::nanoseconds(nanoseconds_before)
    })
}

fn reminders() -> impl Strategy<Value = ReminderDays> {
    prop::collection::btree_set(0..=120_u16, 0..=ReminderDays::MAX)
        .prop_map(|days| ReminderDays::new(&days.into_iter().collect::<Vec<_>>()).unwrap())
}

proptest! {
    #[test]
    fn a_standing_only_moves_forward(claims in claims(), reminders in reminders(), one in time(), other in time()) {
        let [earlier, later] = [one.min(other), one.max(other)]
            .map(|now| standing_with_reminders(&claims, now, &reminders));
        prop_assert!(earlier.state() <= later.state());
        if let (Some(before), Some(after)) = (earlier.days_left(), later.days_left()) {
            let into_grace = earlier.state() != State::InGrace && later.state() == State::InGrace;
            prop_assert!(after <= before || into_grace);
        }
        if let (Some(before), Some(after)) = (earlier.next_reminder(), later.next_reminder()) {
            prop_assert!(before <= after);
        }
    }

    #[test]
    fn a_license_is_usable_from_its_opening_until_its_grace_period_closes(claims in claims(), now in time()) {
        let standing = standing(&claims, now);
        let between = standing.opens_at() <= now && standing.grace_closes_at().is_none_or(|end| now < end);
        prop_assert_eq!(standing.is_usable(), between);
        prop_assert_eq!(standing.days_left().is_some(), between && standing.valid_through().is_some());
    }

    #[test]
    fn the_next_reminder_is_a_later_day_on_which_the_license_expires_soon(
        claims in claims(), reminders in reminders(), now in time(),
    ) {
        if let Some(reminder) = standing_with_reminders(&claims, now, &reminders).next_reminder() {
            prop_assert!(reminder.date() > now.date_naive());
            // A reminder is in the second half of the term.
            let first = claims.valid_from().number();
            let term_days = claims.valid_through().unwrap().number() - first + 1;
            prop_assert!(2 * (reminder.number() - first) + 1 >= term_days);
            let then = reminder.date().and_hms_opt(0, 0, 0).unwrap().and_utc();
            prop_assert_eq!(standing_with_reminders(&claims, then, &reminders).state(), State::ExpiringSoon);
        }
    }

    #[test]
    fn an_entitlement_is_never_less_than_one_license_alone(
        licenses in prop::collection::vec(claims(), 1..6), reminders in reminders(), now in time(),
    ) {
        let together = combine(&licenses, now, &reminders).unwrap();
        let alone: Vec<_> = licenses.iter().map(|claims| standing_with_reminders(claims, now, &reminders)).collect();
        let in_force = |state| matches!(state, State::Active | State::ExpiringSoon);
        // Only a standard license gives way, and only to one that grants more, which may be in grace.
        let counting = &licenses[together.index()];
        for (claims, standing) in licenses.iter().zip(&alone).filter(|(_, standing)| in_force(standing.state())) {
            let gives_way = claims.kind() == Kind::Standard && counting.kind() == Kind::Standard;
            let gives_way = gives_way && counting.seats() > claims.seats();
            prop_assert!(in_force(together.standing().state()) || gives_way, "{standing}");
        }
        prop_assert_eq!(together.standing().is_usable(), alone.iter().any(|one| one.is_usable()));
        prop_assert_eq!(together.grant().is_some(), together.standing().is_usable());
        let counting = alone[together.index()];
        if together.standing().has_successor() {
            prop_assert_eq!(together.standing().state(), State::Active);
        } else {
            prop_assert_eq!(*together.standing(), counting);
        }
        for (claims, standing) in licenses.iter().zip(&alone).filter(|(_, standing)| standing.is_usable()) {
            let seats = together.grant().unwrap().seats();
            prop_assert!(claims.seats() <= seats, "{standing}");
        }
    }

    #[test]
    fn a_successor_is_in_force_when_the_license_that_counts_ends(
        licenses in prop::collection::vec(claims(), 2..6), now in time(),
    ) {
        let together = combine(&licenses, now, &ReminderDays::default()).unwrap();
        if together.standing().has_successor() {
            let end = together.standing().closes_at().unwrap();
            let then = combine(&licenses, end, &ReminderDays::default()).unwrap();
            prop_assert!(matches!(then.standing().state(), State::Active | State::ExpiringSoon));
        }
    }

    #[test]
    fn the_mark_never_goes_backward_nor_beyond_the_latest_end_of_what_is_held(
        licenses in prop::collection::vec(claims(), 0..4),
        readings in prop::collection::vec((time(), time(), time(), -5..2000_i64), 1..12),
    ) {
        let latest_end = licenses.iter().filter_map(|claims| standing(claims, DateTime::UNIX_EPOCH).grace_closes_at());
        let mut latest_end = latest_end.max();
        let mut mark = HighWaterMark::default();
        for (clock, issued, held_until, running) in readings {
            let evidence = ClockEvidence::new(clock).issued(issued).held_until(held_until);
            let reading = evidence.running(TimeDelta::hours(running)).read(&mark, &licenses);
            latest_end = latest_end.max(Some(issued)).max(Some(held_until));
            prop_assert!(reading.mark().instant() >= Some(issued.trunc_subsecs(6)));
            prop_assert!(reading.now() >= clock && reading.now() >= issued);
            prop_assert!(Some(reading.now()) >= mark.instant());
            prop_assert!(reading.mark().instant() >= mark.instant());
            prop_assert!(reading.mark().instant() <= latest_end);
            prop_assert!(reading.mark().backward_steps() >= mark.backward_steps());
            prop_assert_eq!(HighWaterMark::from_bytes(&reading.mark().to_bytes()), Ok(*reading.mark()));
            mark = *reading.mark();
        }
    }

    #[test]
    fn no_license_is_usable_later_by_setting_the_clock_back(
        claims in claims(), readings in prop::collection::vec(time(), 2..8),
    ) {
        let mut mark = HighWaterMark::default();
        let mut was_expired = false;
        for clock in readings {
            let reading = ClockEvidence::new(clock).read(&mark, [&claims]);
            let expired = standing(&claims, reading.now()).state() == State::Expired;
            prop_assert!(expired || !was_expired);
            was_expired = expired;
            mark = *reading.mark();
        }
    }

    #[test]
    fn terms_follow_each_other_without_a_gap(from in 0..2_000_000_u32, months in 1..1200_u32) {
        let first = Day::from_number(from).unwrap();
        let term = |months: u32| format!("{months}m").parse::<Term>().unwrap();
        let day_after = |last: Day| last.checked_add(1).unwrap();
        let last = term(months).last_day(first).unwrap();
        prop_assert!(last < term(months + 1).last_day(first).unwrap());
        if first.date().format("%d").to_string().as_str() <= "28" {
            prop_assert_eq!(term(1).last_day(day_after(last)).unwrap(), term(months + 1).last_day(first).unwrap());
        }
    }
}
