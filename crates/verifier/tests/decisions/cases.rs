//! The cases: each kind of license at each of its boundaries, each reason for a refusal, each combination of several
//! licenses.

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use keyward_verifier::Environment;
use serde::Deserialize;
use serde_json::{Value, json};

use super::table::{Instant, Question};
use super::{at, file, license, vendor};
use keyward_testing::vectors::vectors;

const DEFAULT_REMINDERS: [u16; 3] = [30, 14, 7];
/// A day on which the licenses of 2026 are in force, and no boundary is near.
pub(super) const JUNE: &str = "2026-06-15T12:00:00Z";
const A_MICROSECOND: TimeDelta = TimeDelta::microseconds(1);

pub fn questions() -> Vec<Question> {
    let boundaries = licenses_with_a_term().into_iter().flat_map(|sold| sold.at_its_boundaries());
    boundaries
        .chain(perpetual_licenses())
        .chain(far_away())
        .chain(other_reminders())
        .chain(signed_by_others())
        .chain(verifiers_set_up())
        .chain(environments())
        .chain(typed_with_mistakes())
        .chain(no_license_keys())
        .chain(several_licenses())
        .chain(super::arrivals::questions())
        .collect()
}

pub(super) fn question(name: impl Into<String>, licenses: &[&str], now: Instant) -> Question {
    Question {
        name: name.into(),
        trusted_keys: vec![vendor()],
        product: 3,
        environment: Environment::Production,
        fingerprint: None,
        released: None,
        repair: true,
        licenses: licenses.iter().map(|text| (*text).to_owned()).collect(),
        now,
        reminder_days: DEFAULT_REMINDERS.to_vec(),
    }
}

/// A license that ends, with its grace and the reminders that apply to it by STANDING.md.
struct Sold {
    name: &'static str,
    claims: Value,
    grace_days: u64,
    reminders: &'static [u64],
}

#[rustfmt::skip] // one license, one line
fn licenses_with_a_term() -> Vec<Sold> {
    let sold = |name, claims, grace_days, reminders| Sold { name, claims, grace_days, reminders };
    vec![
        sold("a year", json!({"valid_from": "2026-01-01", "valid_through": "2026-12-31"}), 14, &[30, 14, 7]),
        sold("a year with 29 February", json!({"valid_from": "2027-03-01", "valid_through": "2028-02-29"}), 14, &[30]),
        sold("a month", json!({"valid_from": "2026-05-01", "valid_through": "2026-05-31"}), 7, &[14, 7]),
        sold("sixty-one days", json!({"valid_from": "2026-05-01", "valid_through": "2026-06-30"}), 14, &[30]),
        sold("two weeks", json!({"valid_from": "2026-05-01", "valid_through": "2026-05-14"}), 3, &[]),
        sold("one day", json!({"valid_from": "2028-02-29", "valid_through": "2028-02-29"}), 0, &[]),
        sold("a year and no grace",
            json!({"valid_from": "2026-01-01", "valid_through": "2026-12-31", "grace_days": 0}), 0, &[7]),
        sold("a month and 90 days of grace",
            json!({"valid_from": "2026-05-01", "valid_through": "2026-05-31", "grace_days": 90}), 90, &[]),
        sold("a trial of 30 days",
            json!({"kind": "trial", "valid_from": "2026-11-22", "valid_through": "2026-12-21"}), 0, &[14, 7]),
        sold("a stopgap of ten days",
            json!({"kind": "stopgap", "valid_from": "2027-01-01", "valid_through": "2027-01-10"}), 0, &[]),
        sold("the first day there is", json!({"valid_from": "2020-01-01", "valid_through": "2020-01-01"}), 0, &[]),
        sold("a year to the last day there is, and 90 days of grace",
            json!({"valid_from": "9998-01-01", "valid_through": "9998-12-31", "grace_days": 90}), 90, &[7]),
    ]
}

impl Sold {
    /// The instants of STANDING.md, computed here independently: a day opens 14 hours before its midnight at UTC, and
    /// closes 36 hours after it.
    fn at_its_boundaries(self) -> Vec<Question> {
        let (from, through) = (self.day("valid_from"), self.day("valid_through"));
        let last_of_grace = through + Days::new(self.grace_days);
        let (opens, closes) = (midnight(from) - TimeDelta::hours(14), midnight(through) + TimeDelta::hours(36));
        let grace_closes = midnight(last_of_grace) + TimeDelta::hours(36);

        let mut instants = vec![
            ("a microsecond before it opens".to_owned(), opens - A_MICROSECOND),
            ("as it opens".to_owned(), opens),
        ];
        for days in self.reminders {
            let reminder = midnight(through - Days::new(*days));
            instants
                .push((format!("a microsecond before the day {days} days before the last"), reminder - A_MICROSECOND));
            instants.push((format!("as the day {days} days before the last begins"), reminder));
        }
        instants.push(("as its last day begins".to_owned(), midnight(through)));
        instants.push(("a microsecond before it closes".to_owned(), closes - A_MICROSECOND));
        instants.push(("as it closes".to_owned(), closes));
        if self.grace_days > 0 {
            instants.push(("as its last day of grace begins".to_owned(), midnight(last_of_grace)));
            instants.push(("a microsecond before its grace closes".to_owned(), grace_closes - A_MICROSECOND));
            instants.push(("as its grace closes".to_owned(), grace_closes));
        }

        let text = license(self.claims);
        instants.into_iter().map(|(when, now)| question(format!("{}: {when}", self.name), &[&text], now)).collect()
    }

    fn day(&self, name: &str) -> NaiveDate {
        self.claims[name].as_str().unwrap().parse().unwrap()
    }
}

fn midnight(day: NaiveDate) -> Instant {
    day.and_time(NaiveTime::MIN).and_utc()
}

fn perpetual_licenses() -> Vec<Question> {
    let text = license(json!({"valid_from": "2026-05-01", "valid_through": null, "seats": null}));
    [("a microsecond before it opens", "2026-04-30T09:59:59.999999Z"), ("as it opens", "2026-04-30T10:00:00Z")]
        .map(|(when, now)| question(format!("perpetual: {when}"), &[&text], at(now)))
        .to_vec()
}

fn far_away() -> Vec<Question> {
    let licenses = [
        ("a year", a_year()),
        ("perpetual", license(json!({"valid_from": "2026-05-01", "valid_through": null}))),
        ("all the days there are", license(json!({"valid_from": "2020-01-01", "valid_through": "9998-12-31"}))),
        ("a trial", license(json!({"kind": "trial", "valid_from": "2026-11-22", "valid_through": "2026-12-21"}))),
    ];
    let instants = [
        ("in the year 1", "0001-01-01T00:00:00Z"),
        ("in 1969", "1969-12-31T23:59:59.999999Z"),
        ("at the end of the year 9998", "9998-12-31T23:59:59.999999Z"),
    ];
    let asked = |(name, text): (&str, String)| {
        instants.map(|(when, now)| question(format!("far away: {name}, {when}"), &[&text], at(now)))
    };
    licenses.into_iter().flat_map(asked).collect()
}

fn other_reminders() -> Vec<Question> {
    let text = a_year();
    let lists: [(&str, &[u16]); 7] = [
        ("no reminders", &[]),
        ("the last day alone", &[0]),
        ("one of 90 days", &[90]),
        ("182 and 183 days, of which the first applies", &[182, 183]),
        ("the most days there can be, which do not apply", &[65535]),
        ("in any order", &[7, 60, 1]),
        ("eight, the most there can be", &[1, 2, 3, 5, 8, 13, 21, 34]),
    ];
    let instants = ["2026-07-02T00:00:00Z", "2026-12-23T12:00:00Z", "2026-12-31T00:00:00Z"];
    let asked = |(name, days): (&str, &[u16])| {
        instants.map(|now| Question {
            reminder_days: days.to_vec(),
            ..question(format!("reminders: {name}, at {now}"), &[&text], at(now))
        })
    };
    lists.into_iter().flat_map(asked).collect()
}

/// The keys of an independent implementation, and the keys that it refuses.
fn signed_by_others() -> Vec<Question> {
    let vectors = vectors();
    let accepted = vectors.cases.into_iter().map(|case| {
        let said = |name: &str| case.claims.get(name).cloned().unwrap_or_default();
        Question {
            product: serde_json::from_value(said("product")).unwrap(),
            environment: serde_json::from_value(said("environment")).unwrap(),
            fingerprint: serde_json::from_value(said("fingerprint")).unwrap(),
            ..question(format!("by another implementation: {}", case.name), &[&case.text], at(JUNE))
        }
    });
    let refused = vectors.refused.into_iter().map(|case| question(case.name, &[&case.text], at(JUNE)));
    accepted.chain(refused).collect()
}

fn verifiers_set_up() -> Vec<Question> {
    #[derive(Deserialize)]
    struct Settings {
        cases: Vec<Value>,
    }
    let settings: Settings = file("verifier.json");
    let asked = |case: Value| {
        let said = |name: &str| case.get(name).cloned().unwrap_or_default();
        let (name, text) = (case["name"].as_str().unwrap(), case["text"].as_str().unwrap());
        Question {
            trusted_keys: serde_json::from_value(said("trusted_keys")).unwrap(),
            product: serde_json::from_value(said("product")).unwrap(),
            environment: serde_json::from_value(said("environment")).unwrap(),
            fingerprint: serde_json::from_value(said("machine")).unwrap(),
            released: serde_json::from_value(said("released")).unwrap(),
            ..question(format!("a verifier's answer: {name}"), &[text], at(JUNE))
        }
    };
    settings.cases.into_iter().map(asked).collect()
}

fn environments() -> Vec<Question> {
    let all = [Environment::Production, Environment::Staging, Environment::Development];
    let pairs = all.into_iter().flat_map(|theirs| all.map(|ours| (theirs, ours)));
    let asked = |(theirs, ours): (Environment, Environment)| {
        let text = license(json!({"environment": theirs, "valid_from": "2026-01-01", "valid_through": "2026-12-31"}));
        Question { environment: ours, ..question(format!("for {theirs}, in {ours}"), &[&text], at(JUNE)) }
    };
    pairs.map(asked).collect()
}

fn typed_with_mistakes() -> Vec<Question> {
    #[derive(Deserialize)]
    struct Repairs {
        cases: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Case {
        name: String,
        text: String,
    }
    let repairs: Repairs = file("repair.json");
    let asked = |case: Case| question(format!("typed: {}", case.name), &[&case.text], at(JUNE));
    let repaired = repairs.cases.into_iter().map(asked);

    let text = a_year();
    let not_repaired = [
        ("a character that can't be read", format!("{}?{}", &text[..100], &text[101..])),
        ("a group missing", text.chars().skip(6).collect()),
        (
            "lower case, spaces and an O for a zero are no mistakes",
            text.to_lowercase().replace('-', " ").replace('0', "o"),
        ),
    ];
    let not_repaired = not_repaired.map(|(name, text)| Question {
        repair: false,
        ..question(format!("not to be repaired: {name}"), &[&text], at(JUNE))
    });
    repaired.chain(not_repaired).collect()
}

fn no_license_keys() -> Vec<Question> {
    let (year, pem) = (a_year(), "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n");
    let texts = [
        ("nothing", String::new()),
        ("white space", " \n\t".to_owned()),
        ("a sentence", "Dear customer, thank you for your order.".to_owned()),
        ("a public key", pem.to_owned()),
        ("half a key", year.chars().take(90).collect()),
        ("a key twice", format!("{year}\n{year}")),
        ("a key of another script", "Лицензия № 5".to_owned()),
        ("five thousand characters", "K".repeat(5_000)),
    ];
    texts.map(|(name, text)| question(format!("no license key: {name}"), &[&text], at(JUNE))).to_vec()
}

pub(super) fn a_year() -> String {
    license(json!({"valid_from": "2026-01-01", "valid_through": "2026-12-31"}))
}

/// Several licenses, each with a serial, seats and a feature of its own, at several instants. Those that follow another one
/// have its feature too, and as many seats.
fn several_licenses() -> Vec<Question> {
    let number = |number: u8, claims: Value| {
        let mut own = json!({"serial": hex::encode([number; 8]), "seats": number, "features": [number]});
        own.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        license(own)
    };
    let as_much = |mut claims: Value| {
        claims
            .as_object_mut()
            .unwrap()
            .extend([("seats".to_owned(), json!(6)), ("features".to_owned(), json!([3, 5]))]);
        claims
    };
    let of_2026 = || json!({"valid_from": "2026-01-01", "valid_through": "2026-12-31"});
    let (this_year, next_year) =
        (number(5, of_2026()), number(3, as_much(json!({"valid_from": "2027-01-01", "valid_through": "2027-12-31"}))));
    let after_a_gap = number(3, as_much(json!({"valid_from": "2027-01-02", "valid_through": "2027-12-31"})));
    let fewer_seats = number(3, json!({"features": [5], "valid_from": "2027-01-01", "valid_through": "2027-12-31"}));
    let free = number(1, json!({"edition": 1, "features": [], "valid_from": "2025-03-01", "valid_through": null}));
    let stopgap = number(1, json!({"kind": "stopgap", "valid_from": "2027-01-05", "valid_through": "2027-01-24"}));
    let trial = number(9, json!({"kind": "trial", "valid_from": "2026-12-20", "valid_through": "2027-01-18"}));
    let upgrade = number(7, json!({"edition": 3, "valid_from": "2026-06-01", "valid_through": "2026-12-31"}));
    let longer = number(4, as_much(json!({"valid_from": "2026-01-01", "valid_through": "2027-06-30"})));
    let twin = number(6, of_2026());
    let perpetual = number(2, as_much(json!({"valid_from": "2026-12-01", "valid_through": null})));
    let unlimited = number(8, json!({"seats": null, "valid_from": "2025-07-01", "valid_through": "2026-06-30"}));
    let other_product = number(11, json!({"product": 4, "valid_from": "2026-01-01", "valid_through": "2027-12-31"}));
    let mistyped = format!("{}Z{}", &next_year[..100], &next_year[101..]);
    let here = "01112233445566000000aabbccddeeff";
    let locked =
        number(3, as_much(json!({"fingerprint": here, "valid_from": "2027-01-01", "valid_through": "2027-12-31"})));
    let locked_before =
        number(5, json!({"fingerprint": here, "valid_from": "2026-01-01", "valid_through": "2026-12-31"}));

    let early = "2026-12-12T09:30:00Z";
    let turn = "2026-12-31T10:00:00Z";
    let grace = "2027-01-10T00:00:00Z";
    let over = "2027-01-20T00:00:00Z";
    let mail = format!("Your new license key is:\n{next_year}\n\nIt takes the place of:\n> {this_year}\n");
    let once_mistyped = format!("{this_year}\n\n{}\n", this_year.replacen("-0", "-?", 1));
    let of_two_products = format!("{other_product}\n\n{this_year}\n");
    let together: [(&str, &[&str], &[&str]); 24] = [
        ("two keys in one text", &[&mail], &[JUNE, grace]),
        ("a key twice in one text, once mistyped", &[&once_mistyped], &[JUNE]),
        ("a key in one text with that of another product", &[&of_two_products], &[JUNE]),
        ("a year and the next", &[&this_year, &next_year], &[JUNE, early, "2026-12-31T09:59:59.999999Z", turn, grace]),
        (
            "the next year and this one",
            &[&next_year, &this_year],
            &["2025-12-31T09:59:59Z", turn, "2029-01-01T00:00:00Z"],
        ),
        ("a year and a free one without end", &[&this_year, &free], &[JUNE, early, grace, "2027-01-20T00:00:00Z"]),
        ("a year and the next with fewer seats", &[&this_year, &fewer_seats], &[early, grace, over]),
        ("a year, and another after a day without", &[&this_year, &after_a_gap], &[early, "2027-01-01T09:59:59Z"]),
        (
            "a year and a stopgap",
            &[&this_year, &stopgap],
            &["2027-01-02T00:00:00Z", grace, over, "2027-02-01T00:00:00Z"],
        ),
        ("a year and a trial", &[&trial, &this_year], &[early, "2026-12-24T00:00:00Z", grace, over]),
        ("a trial and a stopgap", &[&trial, &stopgap], &["2027-01-04T00:00:00Z", grace]),
        (
            "a year and an upgrade in June",
            &[&this_year, &upgrade],
            &["2026-05-31T09:59:59Z", "2026-05-31T10:00:00Z", early],
        ),
        ("one from the same day that ends later", &[&this_year, &longer], &[JUNE, early]),
        ("one that ends later, given first", &[&longer, &this_year], &[early]),
        ("two that differ in their serial", &[&this_year, &twin], &[early]),
        ("the greater serial first", &[&twin, &this_year], &[JUNE, over]),
        ("the same twice", &[&this_year, &this_year], &[early]),
        ("a year and one without end", &[&this_year, &perpetual], &["2026-11-30T09:59:59Z", early]),
        (
            "unlimited seats until the middle of the year",
            &[&this_year, &unlimited],
            &["2026-06-01T00:00:00Z", "2026-07-15T12:00:00Z"],
        ),
        ("three", &[&next_year, &this_year, &upgrade], &[early, turn]),
        (
            "three, of which the first is for another product",
            &[&other_product, &this_year, &next_year],
            &[early, grace],
        ),
        ("one cut short, and one for another product", &["K7PM4-00108", &other_product], &[JUNE]),
        ("a year, and the next mistyped", &[&this_year, &mistyped], &[early]),
        ("the next year locked to a machine, and none is given", &[&this_year, &locked], &[early]),
    ];
    let held = together.into_iter().flat_map(|(name, licenses, instants)| {
        instants
            .iter()
            .map(move |now| question(format!("held: {name}, at {now}"), licenses, at(now)))
            .collect::<Vec<_>>()
    });
    let on_a_machine = [
        ("the next year locked to this machine, this one to any", [&this_year, &locked]),
        ("both years locked to this machine", [&locked_before, &locked]),
        ("this year locked to this machine, the next to any", [&locked_before, &next_year]),
    ];
    let on_a_machine = on_a_machine.map(|(name, [one, other])| Question {
        fingerprint: Some(here.parse().unwrap()),
        ..question(format!("held: {name}"), &[one, other], at(early))
    });
    held.chain(on_a_machine).collect()
}
