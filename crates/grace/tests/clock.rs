//! The earliest possible time, with clocks that are set back, set forward or wrong.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use chrono::{DateTime, TimeDelta, Utc};
use common::{at, license, perpetual};
use keyward_core::Claims;
use keyward_grace::{ClockEvidence, ClockReading, HighWaterMark, MarkError, RecoveryError, standing};

fn year() -> Claims {
    license("2026-01-01", "2026-12-31").build().unwrap()
}

fn first_reading(clock: &str, licenses: &[Claims]) -> ClockReading {
    ClockEvidence::new(at(clock)).read(&HighWaterMark::default(), licenses)
}

fn later(time: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    time.checked_add_signed(by).unwrap()
}

#[test]
fn the_system_clock_counts_without_other_evidence() {
    let reading = first_reading("2026-05-01T08:00:00Z", &[year()]);
    assert_eq!(reading.now(), at("2026-05-01T08:00:00Z"));
    assert_eq!(reading.suspect(), None);
    assert_eq!(reading.mark().instant(), Some(at("2026-05-01T08:00:00Z")));
}

#[test]
fn a_clock_set_back_gains_no_time() {
    let monday = first_reading("2026-05-04T08:00:00Z", &[year()]);
    let set_back = ClockEvidence::new(at("2026-02-01T08:00:00Z")).read(monday.mark(), &[year()]);
    assert_eq!(set_back.now(), at("2026-05-04T08:00:00Z"));
    let suspect = set_back.suspect().unwrap();
    assert_eq!((suspect.behind_by, suspect.backward_steps), (TimeDelta::days(92), 1));
    assert_eq!(suspect.largest_step, TimeDelta::days(92));

    // The clock goes on from there, and so does the time: a month later, a month has passed.
    let goes_on = ClockEvidence::new(at("2026-03-03T08:00:00Z")).read(set_back.mark(), &[year()]);
    assert_eq!(goes_on.now(), at("2026-06-03T08:00:00Z"));
    assert_eq!(goes_on.mark().instant(), Some(at("2026-06-03T08:00:00Z")));

    let right_again = ClockEvidence::new(at("2026-05-05T08:00:00Z")).read(set_back.mark(), &[year()]);
    assert_eq!((right_again.now(), right_again.suspect()), (at("2026-05-05T08:00:00Z"), None));
    assert_eq!(right_again.mark().backward_steps(), 1);
}

/// Reads the clock once a day and never sets it again, from the given mark on, until the license has ended. Returns the
/// number of days.
fn days_of_use(license: &Claims, mut mark: HighWaterMark, from: &str) -> i64 {
    let first = at(from);
    (0..5000)
        .find(|day| {
            let reading = ClockEvidence::new(later(first, TimeDelta::days(*day))).read(&mark, [license]);
            mark = *reading.mark();
            !standing(license, reading.now()).is_usable()
        })
        .unwrap()
}

#[test]
fn a_clock_that_stays_back_gains_no_day() {
    let license = license("2026-01-01", "2026-12-31").grace_days(0).build().unwrap();
    for (used_until, set_back_to) in [
        ("2026-01-10T08:00:00Z", "2020-01-01T08:00:00Z"),
        ("2026-06-30T08:00:00Z", "2026-06-01T08:00:00Z"),
        ("2026-06-30T08:00:00Z", "2026-06-28T07:00:00Z"),
        ("2026-12-30T08:00:00Z", "2026-01-01T08:00:00Z"),
        ("2026-12-30T08:00:00Z", "2000-01-01T00:00:00Z"),
    ] {
        let used = first_reading(used_until, std::slice::from_ref(&license));
        let left = days_of_use(&license, *used.mark(), used_until);
        assert_eq!(days_of_use(&license, *used.mark(), set_back_to), left, "{used_until} {set_back_to}");
    }
}

#[test]
fn a_clock_that_is_set_back_again_and_again_counts_each_progress() {
    let mut mark = *first_reading("2026-05-01T00:00:00Z", &[year()]).mark();
    for (clock, now) in [
        ("2026-02-01T00:00:00Z", "2026-05-01T00:00:00Z"),
        ("2026-02-11T00:00:00Z", "2026-05-11T00:00:00Z"),
        ("2026-02-05T00:00:00Z", "2026-05-11T00:00:00Z"),
        ("2026-02-06T12:00:00Z", "2026-05-12T12:00:00Z"),
        ("2026-03-18T12:00:00Z", "2026-06-21T12:00:00Z"), // 40 days
        ("2026-04-27T12:00:01Z", "2026-06-21T12:00:00Z"), // a second more: it was set
        ("2026-06-20T12:00:00Z", "2026-06-21T12:00:00Z"), // within the tolerance
        ("2026-06-21T12:00:01Z", "2026-06-21T12:00:01Z"),
    ] {
        let reading = ClockEvidence::new(at(clock)).read(&mark, &[year()]);
        mark = *reading.mark();
        assert_eq!((reading.now(), mark.instant()), (at(now), Some(at(now))), "{clock}");
    }
}

#[test]
fn a_clock_within_the_tolerance_loses_no_time() {
    // A machine with two systems shows local time in one of them: twelve hours back, and forward again.
    let mut mark = HighWaterMark::default();
    for day in 0..300 {
        for hours in [12, 0, 11, 23] {
            let clock = later(at("2026-01-01T00:00:00Z"), TimeDelta::hours(24 * day + hours));
            mark = *ClockEvidence::new(clock).read(&mark, &[year()]).mark();
        }
    }
    assert_eq!(mark.instant(), Some(at("2026-10-27T23:00:00Z")));
    // A clock that is corrected by less than 40 days, after its battery was replaced, uses up none of them.
    let behind = ClockEvidence::new(at("2026-10-01T00:00:00Z")).read(&mark, &[year()]);
    let corrected = ClockEvidence::new(at("2026-10-28T08:00:00Z")).read(behind.mark(), &[year()]);
    assert_eq!((corrected.now(), corrected.suspect()), (at("2026-10-28T08:00:00Z"), None));
}

#[test]
fn running_time_and_the_progress_of_the_clock_are_not_counted_twice() {
    let used = first_reading("2026-05-01T00:00:00Z", &[year()]);
    let back = ClockEvidence::new(at("2026-02-01T00:00:00Z")).read(used.mark(), &[year()]);
    for (hours, running, counted) in [(10, 10, 10), (10, 8, 10), (8, 10, 10), (0, 10, 10), (10, 0, 10)] {
        let clock = later(at("2026-02-01T00:00:00Z"), TimeDelta::hours(hours));
        let reading = ClockEvidence::new(clock).running(TimeDelta::hours(running)).read(back.mark(), &[year()]);
        assert_eq!(reading.now(), later(at("2026-05-01T00:00:00Z"), TimeDelta::hours(counted)), "{hours} {running}");
    }
}

#[test]
fn a_clock_set_back_each_morning_is_seen() {
    let license = license("2026-05-01", "2026-05-30").grace_days(0).build().unwrap();
    let morning = at("2026-05-01T08:00:00Z");
    let mut mark = HighWaterMark::default();
    let mut first_suspect = None;
    let mut expired = None;
    for day in 1..100_u32 {
        let mut read = |clock, running| {
            let reading = ClockEvidence::new(clock).running(running).read(&mark, [&license]);
            mark = *reading.mark();
            reading
        };
        read(morning, TimeDelta::zero());
        let evening = read(later(morning, TimeDelta::hours(10)), TimeDelta::hours(10));
        if let Some(suspect) = evening.suspect() {
            first_suspect.get_or_insert((day, suspect.backward_steps, suspect.largest_step));
        }
        if !standing(&license, evening.now()).is_usable() {
            expired.get_or_insert(day);
        }
    }
    // After four days of ten hours, the evening is 30 hours ahead of the clock.
    assert_eq!(first_suspect, Some((4, 3, TimeDelta::hours(10))));
    // The license is open for 724 hours from that first morning on.
    assert_eq!(expired, Some(73));
    assert_eq!(mark.backward_steps(), 98);
}

#[test]
fn a_clock_set_back_while_the_program_runs_is_seen() {
    let morning = first_reading("2026-05-04T08:00:00Z", &[year()]);
    let evidence = ClockEvidence::new(at("2026-05-04T13:00:00Z")).running(TimeDelta::hours(10));
    let evening = evidence.read(morning.mark(), &[year()]);
    assert_eq!(evening.now(), at("2026-05-04T18:00:00Z"));
    assert_eq!(evening.mark().largest_step(), TimeDelta::hours(5));
}

#[test]
fn running_time_is_never_negative() {
    let morning = first_reading("2026-05-04T08:00:00Z", &[year()]);
    let evidence = ClockEvidence::new(at("2026-05-04T07:00:00Z")).running(TimeDelta::hours(-1));
    assert_eq!(evidence.read(morning.mark(), &[year()]).mark().backward_steps(), 1);
}

#[test]
fn the_largest_of_several_steps_is_remembered() {
    let mut mark = *first_reading("2026-05-04T08:00:00Z", &[year()]).mark();
    for clock in ["2026-05-04T06:00:00Z", "2026-05-04T09:00:00Z", "2026-05-04T02:00:00Z", "2026-05-04T01:00:00Z"] {
        mark = *ClockEvidence::new(at(clock)).read(&mark, &[year()]).mark();
    }
    assert_eq!((mark.backward_steps(), mark.largest_step()), (3, TimeDelta::hours(7)));
}

#[test]
fn a_small_correction_is_no_step_and_a_day_is_no_suspicion() {
    let noon = at("2026-05-04T12:00:00Z");
    let mark = *ClockEvidence::new(noon).read(&HighWaterMark::default(), &[year()]).mark();
    for (back, steps, suspect) in [
        (TimeDelta::minutes(5), 0, false),
        (TimeDelta::seconds(301), 1, false),
        (TimeDelta::hours(24), 1, false),
        (TimeDelta::seconds(86_401), 1, true),
    ] {
        let clock = noon.checked_sub_signed(back).unwrap();
        let reading = ClockEvidence::new(clock).read(&mark, &[year()]);
        assert_eq!((reading.mark().backward_steps(), reading.suspect().is_some()), (steps, suspect), "{back}");
    }
    let strict = ClockEvidence::new(at("2026-05-04T10:59:59Z")).tolerance(TimeDelta::hours(1));
    assert_eq!(
        strict.read(&mark, &[year()]).suspect().map(|suspect| suspect.behind_by),
        Some(TimeDelta::seconds(3601))
    );
}

#[test]
fn times_of_builds_and_files_are_in_the_past() {
    let (built, issued) = (at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z"));
    let clock = ClockEvidence::new(at("2026-02-01T00:00:00Z"));
    for (evidence, now) in [
        (clock.built(built), built),
        (clock.issued(issued), issued),
        (clock.built(built).issued(issued), issued),
        (clock.issued(issued).built(built), issued),
        (clock.issued(issued).issued(built), issued),
    ] {
        let reading = evidence.read(&HighWaterMark::default(), &[year()]);
        assert_eq!((reading.now(), reading.mark().instant()), (now, Some(now)));
        assert!(reading.suspect().is_some());
    }
}

#[test]
fn next_years_key_entered_early_does_not_push_the_clock() {
    let next_year = license("2027-01-01", "2027-12-31").build().unwrap();
    let reading = first_reading("2026-05-04T08:00:00Z", &[year(), next_year]);
    assert_eq!(reading.now(), at("2026-05-04T08:00:00Z"));
    assert_eq!(reading.mark().instant(), Some(at("2026-05-04T08:00:00Z")));
}

#[test]
fn one_day_in_2099_ends_the_present_license_and_no_later_one() {
    let wrong = first_reading("2099-01-01T00:00:00Z", &[year()]);
    assert_eq!(wrong.now(), at("2099-01-01T00:00:00Z"));
    assert_eq!(wrong.mark().instant(), standing(&year(), wrong.now()).grace_closes_at());
    let last_year = license("2025-01-01", "2025-12-31").build().unwrap();
    assert_eq!(first_reading("2099-01-01T00:00:00Z", &[last_year, year()]).mark(), wrong.mark());

    let renewed = license("2027-01-01", "2027-12-31").build().unwrap();
    let right_again = ClockEvidence::new(at("2027-02-01T00:00:00Z")).read(wrong.mark(), &[year(), renewed.clone()]);
    assert_eq!((right_again.now(), right_again.suspect()), (at("2027-02-01T00:00:00Z"), None));
    assert!(standing(&renewed, right_again.now()).is_usable());
}

#[test]
fn a_license_stays_expired_when_the_clock_is_set_back_after_its_end() {
    let over = first_reading("2027-03-01T00:00:00Z", &[year()]);
    let set_back = ClockEvidence::new(at("2026-05-01T00:00:00Z")).read(over.mark(), &[year()]);
    assert!(!standing(&year(), set_back.now()).is_usable());
}

#[test]
fn a_perpetual_license_has_no_end_to_protect_and_moves_no_mark() {
    let forever = perpetual("2026-01-01").build().unwrap();
    let wrong = first_reading("2099-01-01T00:00:00Z", std::slice::from_ref(&forever));
    assert_eq!(wrong.mark().instant(), None);
    assert_eq!(first_reading("2099-01-01T00:00:00Z", &[]).mark().instant(), None);
    let built = ClockEvidence::new(at("2099-01-01T00:00:00Z")).built(at("2026-05-01T00:00:00Z"));
    assert_eq!(built.read(&HighWaterMark::default(), [&forever]).mark().instant(), None);

    // With another license that has a term, the end of that one is the limit.
    let both = first_reading("2099-01-01T00:00:00Z", &[forever.clone(), year()]);
    assert_eq!(both.mark().instant(), Some(at("2027-01-15T12:00:00Z")));
    // A mark that is there stays, also while the program runs.
    let alone = ClockEvidence::new(at("2026-05-01T00:00:00Z")).running(TimeDelta::hours(10));
    assert_eq!(alone.read(both.mark(), [&forever]).mark().instant(), both.mark().instant());
}

#[test]
fn a_file_that_ends_is_held_to_its_end_beside_a_perpetual_license() {
    let forever = perpetual("2026-01-01").build().unwrap();
    let end = at("2026-06-01T00:00:00Z");
    let read = |clock: &str, mark: &HighWaterMark, licenses: &[Claims]| {
        ClockEvidence::new(at(clock)).held_until(at("2026-04-01T00:00:00Z")).held_until(end).read(mark, licenses)
    };
    for licenses in [&[forever][..], &[]] {
        let before = read("2026-05-01T00:00:00Z", &HighWaterMark::NONE, licenses);
        assert_eq!(before.mark().instant(), Some(at("2026-05-01T00:00:00Z")));
        let ahead = read("2099-01-01T00:00:00Z", before.mark(), licenses);
        assert_eq!(ahead.mark().instant(), Some(end));
        assert_eq!(read("2026-05-02T00:00:00Z", ahead.mark(), licenses).now(), end);
    }
    // The latest end counts, whichever it is.
    let both = read("2099-01-01T00:00:00Z", &HighWaterMark::NONE, &[year()]);
    assert_eq!(both.mark().instant(), Some(at("2027-01-15T12:00:00Z")));
}

#[test]
fn a_signed_time_moves_the_mark_without_any_end() {
    let forever = perpetual("2026-01-01").build().unwrap();
    let signed = at("2027-05-05T00:00:00Z");
    for licenses in [&[forever][..], &[], &[year()]] {
        let evidence = ClockEvidence::new(at("2099-01-01T00:00:00Z")).issued(signed);
        let reading = evidence.issued(at("2026-05-05T00:00:00Z")).read(&HighWaterMark::NONE, licenses);
        assert_eq!(reading.mark().instant(), Some(signed), "the clock alone moves it no further");
        let set_back = ClockEvidence::new(at("2026-12-01T00:00:00Z")).read(reading.mark(), licenses);
        assert_eq!(set_back.now(), signed);
        assert!(set_back.suspect().is_some());
    }
    let last = ClockEvidence::new(signed).issued(at("9999-12-31T23:59:59Z")).read(&HighWaterMark::NONE, []);
    assert!(HighWaterMark::from_bytes(&last.mark().to_bytes()).is_ok());
}

#[test]
fn a_recovery_statement_restores_the_rest_of_the_term_once() {
    let wrong = first_reading("2099-01-01T00:00:00Z", &[year()]);
    let issued = at("2026-06-01T09:00:00Z");
    let recovered = wrong.mark().recovered(issued).unwrap();
    let right_again = ClockEvidence::new(at("2026-06-02T08:00:00Z")).read(&recovered, &[year()]);
    assert_eq!((right_again.now(), right_again.suspect()), (at("2026-06-02T08:00:00Z"), None));
    assert_eq!(right_again.mark().backward_steps(), 0);

    for older in [issued, at("2026-05-31T09:00:00Z")] {
        let error = RecoveryError::NotNewer { issued: older, last: issued };
        assert_eq!(right_again.mark().recovered(older), Err(error));
        let kept = HighWaterMark::from_bytes(&right_again.mark().to_bytes()).unwrap();
        assert_eq!(kept.recovered(older), Err(error));
    }
    assert!(right_again.mark().recovered(later(issued, TimeDelta::seconds(1))).is_ok());
}

#[test]
fn a_recovery_never_moves_the_mark_forward() {
    let reading = first_reading("2026-05-04T08:00:00Z", &[year()]);
    let recovered = reading.mark().recovered(at("2026-06-01T09:00:00Z")).unwrap();
    assert_eq!(recovered.instant(), Some(at("2026-05-04T08:00:00Z")));
}

#[test]
fn frequent_readings_lose_no_running_time() {
    let mut mark = *first_reading("2026-05-04T08:00:00Z", &[year()]).mark();
    for _ in 0..1000 {
        let stopped = ClockEvidence::new(at("2026-05-04T08:00:00Z")).running(TimeDelta::microseconds(16_667));
        mark = *stopped.read(&mark, &[year()]).mark();
    }
    assert_eq!(mark.instant(), Some(at("2026-05-04T08:00:16.667Z")));
}

#[test]
fn a_mark_is_kept_as_the_bytes_that_are_documented() {
    let monday = first_reading("2026-05-04T08:00:00Z", &[year()]);
    let mark = monday.mark().recovered(at("2026-05-05T00:00:00.000001Z")).unwrap();
    let mark = *ClockEvidence::new(at("2026-05-04T09:00:00Z")).read(&mark, &[year()]).mark();
    let mark = *ClockEvidence::new(at("2026-05-04T08:00:00Z")).read(&mark, &[year()]).mark();
    let mut bytes = vec![1];
    bytes.extend(1_777_885_200_000_000_i64.to_be_bytes());
    bytes.extend(1_777_881_600_000_000_i64.to_be_bytes());
    bytes.extend(1_777_939_200_000_001_i64.to_be_bytes());
    bytes.extend([0, 0, 0, 1]);
    bytes.extend([0, 0, 0, 0, 0, 0, 0x0e, 0x10]);
    assert_eq!(mark.to_bytes().as_slice(), bytes);
    assert_eq!(HighWaterMark::from_bytes(&bytes), Ok(mark));
}

#[test]
fn bytes_that_are_not_a_mark_are_refused() {
    let good = first_reading("2026-05-04T08:00:00Z", &[year()]).mark().to_bytes();
    for found in [0, 1, 8, 36] {
        assert_eq!(HighWaterMark::from_bytes(&good[..found]), Err(MarkError::WrongLength { found }));
    }
    assert_eq!(HighWaterMark::from_bytes(&[good.as_slice(), &[0]].concat()), Err(MarkError::WrongLength { found: 38 }));
    let with = |place: usize, bytes: &[u8]| {
        let mut changed = good;
        changed[place..][..bytes.len()].copy_from_slice(bytes);
        HighWaterMark::from_bytes(&changed)
    };
    assert_eq!(with(0, &[2]), Err(MarkError::UnknownVersion { found: 2 }));
    for (place, bytes) in [
        (1, i64::MAX.to_be_bytes().as_slice()),                    // no such time
        (9, i64::MAX.to_be_bytes().as_slice()),                    // no such time
        (1, 253_378_584_000_000_001_i64.to_be_bytes().as_slice()), // after every license
        (25, &[0, 0, 0, 1]),                                       // a step of no length
        (29, &[0, 0, 0, 0, 0, 0, 0x0e, 0x10]),                     // a length of no step
        (25, &[0, 0, 0, 1, 0xff, 0, 0, 0, 0, 0, 0x0e, 0x10]),      // a step forward
    ] {
        assert_eq!(with(place, bytes), Err(MarkError::OutOfRange), "{place}");
    }
    assert!(with(1, &253_378_584_000_000_000_i64.to_be_bytes()).is_ok());
}

#[test]
fn a_clock_set_forward_uses_up_the_days_that_it_skips() {
    let next_year = license("2027-01-01", "2027-12-31").grace_days(0).build().unwrap();
    let ahead = first_reading("2027-01-01T08:00:00Z", std::slice::from_ref(&next_year));
    assert!(standing(&next_year, ahead.now()).is_usable(), "what the clock says is believed");
    let right_again = ClockEvidence::new(at("2026-05-04T08:00:00Z")).read(ahead.mark(), [&next_year]);
    assert_eq!(right_again.now(), at("2027-01-01T08:00:00Z"), "the year has begun");
    assert_eq!(right_again.suspect().unwrap().backward_steps, 1);

    // It has 365 days from then on, and the license has ended before its last day comes.
    let honest = days_of_use(&next_year, *ahead.mark(), "2027-01-01T08:00:00Z");
    assert_eq!(days_of_use(&next_year, *ahead.mark(), "2026-05-04T08:00:00Z"), honest);
    assert_eq!(honest, 366);
}

#[test]
fn no_time_of_a_clock_overflows() {
    let licenses = [
        license("2020-01-01", "9998-12-31").grace_days(90).build().unwrap(),
        license("9998-12-31", "9998-12-31").build().unwrap(),
        perpetual("2020-01-01").build().unwrap(),
    ];
    let times = [DateTime::<Utc>::MIN_UTC, DateTime::UNIX_EPOCH, at("9999-12-31T23:59:59Z"), DateTime::<Utc>::MAX_UTC];
    // At last from one end of time to the other, back and forth.
    let clocks = times.iter().chain([&DateTime::<Utc>::MIN_UTC, &DateTime::<Utc>::MAX_UTC]);
    let lengths = [TimeDelta::MIN, TimeDelta::zero(), TimeDelta::MAX];
    let mut mark = HighWaterMark::default();
    for (clock, past) in clocks.flat_map(|clock| times.map(|past| (*clock, past))) {
        for (running, tolerance) in lengths.iter().flat_map(|running| lengths.map(|length| (*running, length))) {
            let evidence = ClockEvidence::new(clock)
                .built(past)
                .issued(past)
                .held_until(past)
                .running(running)
                .tolerance(tolerance);
            let reading = evidence.read(&mark, &licenses);
            assert!(reading.now() >= clock.max(past));
            mark = *reading.mark();
            let kept = HighWaterMark::from_bytes(&mark.to_bytes()).unwrap();
            assert_eq!(kept.instant(), mark.instant());
            let _ = mark.recovered(past);
        }
        for license in &licenses {
            assert!(!standing(license, clock).to_string().is_empty());
        }
    }
}
