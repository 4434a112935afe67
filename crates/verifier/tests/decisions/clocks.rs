//! Readings of a clock, statements that take a mark back, and seats.

use serde_json::json;

use super::table::{Read, Reading, Recovery, Seats};
use super::{at, license, vendor};

/// A product that reads its clock at each start, and single readings.
pub fn readings() -> Vec<Read> {
    let year = license(json!({"valid_from": "2026-01-01", "valid_through": "2026-12-31"}));
    let perpetual = license(json!({"valid_from": "2026-01-01", "valid_through": null}));
    let next_year = license(json!({"valid_from": "2027-01-01", "valid_through": "2027-12-31"}));
    let other_product = license(json!({"product": 4, "valid_from": "2026-01-01", "valid_through": "2036-12-31"}));
    let reading = |name: &str, clock: &str| Reading {
        name: name.to_owned(),
        licenses: vec![year.clone()],
        trusted_keys: vec![vendor()],
        product: 3,
        mark: None,
        clock: at(clock),
        built: None,
        issued: None,
        running_seconds: 0,
        tolerance_seconds: None,
    };
    let first = reading("the first reading", "2026-05-04T18:00:00Z").read();
    let kept = Some(first.mark_after.clone());
    let alone = |name, clock| Reading { mark: kept.clone(), ..reading(name, clock) };
    let held = |licenses: &[&String], reading: Reading| Reading {
        licenses: licenses.iter().map(|text| (*text).clone()).collect(),
        ..reading
    };
    let (built, issued) = (Some(at("2026-06-01T00:00:00Z")), Some(at("2026-07-01T12:00:00.000001Z")));
    let afterwards = [
        alone("an hour later, and right", "2026-05-04T19:00:00Z"),
        Reading { running_seconds: 3600, ..alone("set back to January, an hour later", "2026-01-04T19:00:00Z") },
        alone("five minutes back, which is no step", "2026-05-04T17:55:00Z"),
        alone("a microsecond more than five minutes back", "2026-05-04T17:54:59.999999Z"),
        Reading { running_seconds: 300, ..alone("no time has passed in five minutes", "2026-05-04T18:00:00Z") },
        Reading { running_seconds: 301, ..alone("no time has passed in 301 seconds", "2026-05-04T18:00:00Z") },
        alone("a day back, which is tolerated", "2026-05-03T18:00:00Z"),
        alone("a microsecond more than a day back", "2026-05-03T17:59:59.999999Z"),
        Reading {
            tolerance_seconds: Some(0),
            ..alone("a second back, and nothing is tolerated", "2026-05-04T17:59:59Z")
        },
        Reading { tolerance_seconds: Some(0), ..alone("the same, and nothing is tolerated", "2026-05-04T18:00:00Z") },
        Reading {
            tolerance_seconds: Some(864_000),
            ..alone("nine days back, and ten are tolerated", "2026-04-25T18:00:00Z")
        },
        Reading { built, ..alone("built after the mark", "2026-05-05T00:00:00Z") },
        Reading { built, issued, ..alone("a file issued after the build", "2026-05-05T00:00:00Z") },
        Reading { built: issued, issued: built, ..alone("a build after the file", "2026-08-05T00:00:00Z") },
        alone("years ahead: the mark stays at the end of the license and its grace", "2099-01-01T00:00:00Z"),
        Reading {
            running_seconds: 400_000_000,
            ..alone("running for years, which moves the mark no further", "2026-05-04T18:00:00Z")
        },
        alone("in the year 1", "0001-01-01T00:00:00Z"),
        held(&[&perpetual], alone("nothing held that ends: the mark stays", "2026-08-01T00:00:00Z")),
        held(
            &[&year, &next_year, &perpetual],
            alone("next year held: the mark goes to its end", "2099-01-01T00:00:00Z"),
        ),
        held(
            &[&other_product, &year],
            alone("a license that is refused has no end to protect", "2099-01-01T00:00:00Z"),
        ),
        held(&[], alone("no license held", "2026-08-01T00:00:00Z")),
        reading("a first reading with microseconds", "2026-05-04T18:00:00.123456Z"),
        held(&[], reading("a first reading without a license", "2026-05-04T18:00:00Z")),
        Reading { built, ..reading("a first reading before the build", "2026-05-20T00:00:00Z") },
        Reading { built, ..reading("a first reading within a day of the build", "2026-05-31T00:00:00Z") },
    ];
    let mut read: Vec<Read> = [first].into_iter().chain(afterwards.map(Reading::read)).collect();

    // Set back and left there: the time goes on with the clock, unless the clock is set again.
    let mut back = kept.clone();
    for (name, clock, running_seconds) in [
        ("back by four months", "2026-01-04T18:00:00Z", 0),
        ("back, ten days later", "2026-01-14T18:00:00Z", 0),
        ("back, an hour later by both clocks", "2026-01-14T19:00:00Z", 3600),
        ("back, 40 days later", "2026-02-23T19:00:00Z", 0),
        ("back, and a millisecond more than 40 days later: set", "2026-04-04T19:00:00.001Z", 0),
        ("back, and set back further", "2025-12-04T19:00:00Z", 0),
        ("forward to a day before the mark: within the tolerance", "2026-06-22T19:00:00Z", 0),
    ] {
        let next = Reading { mark: back.clone(), running_seconds, ..reading(name, clock) }.read();
        back = Some(next.mark_after.clone());
        read.push(next);
    }
    let perpetual_alone = |name, clock| held(&[&perpetual], reading(name, clock));
    let signed = perpetual_alone("a file tells the time beside a perpetual license", "2026-08-01T00:00:00Z");
    read.push(Reading { issued, ..signed }.read());
    let built_alone = perpetual_alone("a build beside a perpetual license moves no mark", "2026-08-01T00:00:00Z");
    read.push(Reading { built, ..built_alone }.read());
    let dated_late = alone("a file dated after the end of every license", "2026-05-05T00:00:00Z");
    read.push(Reading { issued: Some(at("2028-01-01T00:00:00Z")), ..dated_late }.read());

    // Set back to the same morning at every start, with an hour of work each day.
    let mut kept = kept;
    for start in 1..=4 {
        for (when, clock, running_seconds) in
            [("started", "2026-05-04T09:00:00Z", 0), ("an hour later", "2026-05-04T10:00:00Z", 3600)]
        {
            let name = format!("the same morning, day {start}: {when}");
            let again = Reading { mark: kept.clone(), running_seconds, ..reading(&name, clock) }.read();
            kept = Some(again.mark_after.clone());
            read.push(again);
        }
    }
    read
}

pub fn recoveries(readings: &[Read]) -> Vec<Recovery> {
    let mark = &readings.last().unwrap().mark_after;
    let (issued, earlier) = ("2026-05-04T12:00:00.5Z", "2026-05-04T11:59:59Z");
    let once = Recovery::of("a mark with steps counted, taken back", mark, at(issued));
    let recovered = once.mark_after.clone().unwrap();
    let nothing_kept = format!("01{}{:024}", "8000000000000000".repeat(3), 0);
    let with_start = |start: &str| format!("{start}{}", &mark[start.len()..]);
    vec![
        once,
        Recovery::of("the same statement again", &recovered, at(issued)),
        Recovery::of("one issued before it", &recovered, at(earlier)),
        Recovery::of("one issued a microsecond later", &recovered, at("2026-05-04T12:00:00.500001Z")),
        Recovery::of("one issued after the mark, which is not moved forward", &recovered, at("2026-09-01T00:00:00Z")),
        Recovery::of("nothing kept", &nothing_kept, at(issued)),
        Recovery::of("a mark of version 2", &with_start("02"), at(issued)),
        Recovery::of("a mark after all licenses have ended", &with_start("017fffffffffffffff"), at(issued)),
    ]
}

pub fn seats() -> Vec<Seats> {
    let of = [(1, 0), (1, 1), (1, 2), (25, 0), (25, 24), (25, 25), (25, 26), (u32::MAX, u32::MAX), (1, u32::MAX)];
    let licensed = of.map(|(licensed, in_use)| Seats::of(Some(licensed), in_use));
    licensed.into_iter().chain([0, u32::MAX].map(|in_use| Seats::of(None, in_use))).collect()
}
