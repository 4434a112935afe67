//! Orders from CSV and JSON: valid orders, the errors of invalid ones, and that no line affects another.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{day, dropped, limit, quantity};
use keyward_issuer::order::{Approval, MachineLock, Order, Subject, Subscription};
use keyward_issuer::order::{FIELD_NAMES, OrderFormat, OrderLine, OrderReader, SerialSource};
use keyward_issuer::{End, Environment, Kind, Quantity};
use proptest::prelude::*;
use proptest::sample::select;

use OrderFormat::{Csv, Jsonl};

fn read(text: impl AsRef<[u8]>, format: Option<OrderFormat>) -> Vec<OrderLine> {
    OrderReader::new(text.as_ref(), format).collect::<Result<_, _>>().unwrap()
}

/// The only order of the text.
fn one(text: &str) -> Order {
    let lines = read(text, None);
    assert_eq!(lines.len(), 1, "{text}");
    *lines[0].order.clone().unwrap_or_else(|error| unreachable!("{text}: {error}"))
}

fn digest(text: &str) -> String {
    one(text).reference.unwrap().digest
}

/// The error of each invalid line.
fn errors(text: impl AsRef<[u8]>, format: Option<OrderFormat>) -> Vec<(u64, String)> {
    let lines = read(text, format).into_iter();
    lines.filter_map(|line| line.order.err().map(|error| (line.line, error.to_string()))).collect()
}

/// The line without its serial, which is random.
fn shown(line: &OrderLine) -> String {
    let order = line.order.as_ref().map(|order| {
        let mut order = order.clone();
        order.serial = common::serial(0);
        order
    });
    format!("{:?} {order:?}", line.id)
}

const EVERYTHING: [(&str, &str); 24] = [
    ("id", "PO-1"),
    ("product", "studio"),
    ("edition", "pro"),
    ("kind", "stopgap"),
    ("from", "2026-12-01"),
    ("term", "10d"),
    ("seats", "25"),
    ("features", "export teamwork"),
    ("limits", "projects=50 builds=none"),
    ("updates_through", "2027-01-31"),
    ("grace_days", "7"),
    ("environment", "staging"),
    ("fingerprint", "010101010202020303030404040505ff"),
    ("activations", "unlimited"),
    ("licensee", "Acme, Ltd"),
    ("customer", "acme"),
    ("subscription", "sub-1"),
    ("subscription_name", "Pro, \"yearly\""),
    ("bridges", "0102030405060708"),
    ("approved_by", "Ada"),
    ("reason", "a; pilot"),
    ("ticket", "https://desk.example/1"),
    ("serial", "0102030405060709"),
    ("offer", ""),
];

fn csv(pairs: &[(&str, &str)], separator: &str) -> String {
    let names: Vec<_> = pairs.iter().map(|(name, _)| *name).collect();
    let values: Vec<_> = pairs.iter().map(|(_, value)| format!("\"{}\"", value.replace('"', "\"\""))).collect();
    format!("{}\n{}\n", names.join(separator), values.join(separator))
}

fn jsonl(pairs: &[(&str, &str)]) -> String {
    let pairs: serde_json::Map<String, serde_json::Value> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| ((*name).to_owned(), (*value).into()))
        .collect();
    format!("{}\n", serde_json::Value::from(pairs))
}

#[test]
fn every_field_of_an_order_is_read() {
    let order = one(&csv(&EVERYTHING, ","));
    let mut expected = Order::of_edition("studio", "pro", "0102030405060709".parse().unwrap());
    expected.kind = Some(Kind::Stopgap);
    expected.from = Some(day("2026-12-01"));
    expected.end = Some(End::After("10d".parse().unwrap()));
    expected.seats = Some(quantity(25));
    expected.features = Some(vec!["export".to_owned(), "teamwork".to_owned()]);
    expected.limits = vec![limit("projects", 50), dropped("builds")];
    expected.updates = Some(End::Through(day("2027-01-31")));
    expected.grace_days = Some(7);
    expected.environment = Some(Environment::Staging);
    expected.lock = Some(MachineLock::To("010101010202020303030404040505ff".parse().unwrap()));
    expected.activations = Some(Quantity::Unlimited);
    expected.licensee = Some("Acme, Ltd".to_owned());
    expected.customer = Some("acme".to_owned());
    expected.subscription = Some(Subscription { id: "sub-1".to_owned(), name: Some("Pro, \"yearly\"".to_owned()) });
    expected.bridges = Some("0102030405060708".parse().unwrap());
    expected.approval = Some(Approval { by: "Ada".to_owned(), reason: "a; pilot".to_owned() });
    expected.reason = Some("a; pilot".to_owned());
    expected.ticket = Some("https://desk.example/1".to_owned());
    expected.reference = order.reference.clone();
    assert_eq!(order, expected);
    assert_eq!(order.reference.unwrap().id, "PO-1");
    let read = |name: &str| EVERYTHING.iter().any(|(read, _)| *read == name);
    let rest: Vec<_> = FIELD_NAMES.into_iter().filter(|name| !read(name)).collect();
    assert_eq!(rest, ["renews", "reissues", "request", "through"]);
}

#[test]
fn every_format_gives_the_same_order() {
    let all = one(&csv(&EVERYTHING, ","));
    let mut backward = EVERYTHING;
    backward.reverse();
    for text in [
        csv(&EVERYTHING, ";"),
        csv(&backward, ","),
        jsonl(&EVERYTHING),
        csv(&EVERYTHING, ",").replace('\n', "\r\n"),
        format!("\u{FEFF}{}", csv(&EVERYTHING, ",")),
        format!("\u{FEFF}{}", jsonl(&EVERYTHING)),
        format!("\n\r\n{}\n \n\n", csv(&EVERYTHING, ",").replace('\n', "\n\n")),
        csv(&EVERYTHING, ",").trim_end().to_owned(),
    ] {
        let (mut order, mut expected) = (one(&text), all.clone());
        // Their sequence has no meaning.
        order.limits.sort_by_key(|(code, _)| code.clone());
        expected.limits.sort_by_key(|(code, _)| code.clone());
        assert_eq!(order, expected, "{text}");
    }
}

#[test]
fn orders_with_the_same_meaning_have_the_same_digest() {
    const SAME: [&[&str]; 7] = [
        &[
            "id,offer,seats\n1,pro-annual,25",
            "seats;id;offer\n025;1;pro-annual",
            r#"{"id": "1", "offer": "pro-annual", "seats": "25"}"#,
            r#"{"seats": 25, "id": 1, "offer": "pro-annual"}"#,
            "id,offer,seats,customer\n1, pro-annual ,\"25\",",
            // The id is not in the digest.
            "id,offer,seats\n2,pro-annual,25",
        ],
        &[
            "id,offer,features\n1,pro-annual,export teamwork",
            "id,offer,features\n1,pro-annual,\"teamwork, export\"",
            "id,offer,features\n1,pro-annual,teamwork;export",
            r#"{"id": "1", "offer": "pro-annual", "features": ["teamwork", "export"]}"#,
            r#"{"id": "1", "offer": "pro-annual", "features": "export teamwork"}"#,
        ],
        &[
            "id,offer,features\n1,pro-annual,none",
            r#"{"id": "1", "offer": "pro-annual", "features": []}"#,
            r#"{"id": "1", "offer": "pro-annual", "features": "none"}"#,
        ],
        &[
            "id,offer,limits\n1,pro-annual,projects=50 builds=none",
            "id,offer,limits\n1,pro-annual,\"builds=none, projects=050\"",
            r#"{"id": "1", "offer": "pro-annual", "limits": {"builds": null, "projects": 50}}"#,
            r#"{"id": "1", "offer": "pro-annual", "limits": {"projects": "50", "builds": "none"}}"#,
        ],
        &[
            "id,reissues,reason,ticket\n1,01020304050607ab,lost,t",
            r#"{"id": 1, "reissues": "01020304050607ab", "reason": "lost", "ticket": "t"}"#,
        ],
        &["id,offer\n1,pro-annual", r#"{"id": 1, "offer": "pro-annual"}"#],
        &[
            "id,offer,seats,features,fingerprint,updates_through,term\n1,o,unlimited,none,none,all,perpetual",
            r#"{"id": 1, "offer": "o", "seats": null, "features": null, "fingerprint": null, "updates_through": null, "term": null}"#,
        ],
    ];
    let mut digests = Vec::new();
    for same in SAME {
        let first = digest(same[0]);
        same.iter().for_each(|text| assert_eq!(digest(text), first, "{text}"));
        assert!(first.len() == 32 && !digests.contains(&first), "{}", same[0]);
        digests.push(first);
    }
}

#[test]
fn each_different_value_gives_another_digest() {
    let all = digest(&csv(&EVERYTHING, ","));
    let mut digests = vec![all.clone()];
    for (name, other) in [
        ("product", "server"),
        ("edition", "home"),
        ("kind", "trial"),
        ("from", "2026-12-02"),
        ("term", "11d"),
        ("seats", "unlimited"),
        ("features", "export"),
        ("limits", "projects=50"),
        ("updates_through", ""),
        ("grace_days", "8"),
        ("environment", "production"),
        ("fingerprint", "010101010202020303030404040505fe"),
        ("activations", "3"),
        ("licensee", "acme, Ltd"),
        ("customer", "zenith"),
        ("subscription", "sub-2"),
        ("subscription_name", ""),
        ("bridges", "0102030405060709"),
        ("approved_by", "Grace"),
        ("reason", "another pilot"),
        ("ticket", "https://desk.example/2"),
        ("serial", "0102030405060700"),
    ] {
        let mut pairs = EVERYTHING;
        let pair = pairs.iter_mut().find(|(field, _)| *field == name).unwrap();
        assert_ne!(pair.1, other);
        pair.1 = other;
        digests.push(digest(&csv(&pairs, ",")));
    }
    // The same text in another field.
    let ends = [("id", "1"), ("offer", "o"), ("customer", "acme")];
    digests.push(digest(&csv(&ends, ",")));
    digests.push(digest(&csv(&[ends[0], ends[1], ("licensee", "acme")], ",")));
    digests.push(digest("id,renews\n1,0102030405060708"));
    digests.push(digest("id,reissues\n1,0102030405060708"));
    digests.push(digest("id,offer,term\n1,o,12m"));
    digests.push(digest("id,offer,term\n1,o,perpetual"));
    digests.push(digest("id,offer,through\n1,o,2026-12-31"));
    let many = digests.len();
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), many);
}

/// The fields as a JSON object.
fn in_one_form(order: &Order, serial: SerialSource) -> String {
    serde_json::to_string(&order.fields(serial)).unwrap()
}

#[test]
fn an_order_in_one_form_is_read_as_the_same_order() {
    for text in [
        jsonl(&EVERYTHING).as_str(),
        r#"{"id": 1, "offer": "o", "features": [], "through": "2026-12-31", "updates_through": null, "serial": "0102030405060709"}"#,
        r#"{"offer": "o", "term": null, "seats": null, "fingerprint": null, "serial": "0102030405060709"}"#,
        r#"{"renews": "0102030405060708", "edition": "pro", "limits": {"a": 1, "b": null}, "serial": "0102030405060709"}"#,
        r#"{"id": "1", "reissues": "0102030405060708", "activations": 3, "serial": "0102030405060709"}"#,
    ] {
        let mut order = Order::from_json(text).unwrap();
        // Their order says nothing.
        order.limits.sort_by(|one, other| one.0.cmp(&other.0));
        let written = in_one_form(&order, SerialSource::Named);
        let again = Order::from_json(&written).unwrap();
        assert_eq!(again, order, "{written}");
        assert_eq!(in_one_form(&again, SerialSource::Named), written);
    }
    // A serial that was drawn is left out.
    let drawn = Order::from_json(r#"{"offer": "o"}"#).unwrap();
    assert_eq!(in_one_form(&drawn, SerialSource::Drawn), r#"{"offer":"o"}"#);
}

#[test]
fn the_subject_is_an_offer_an_edition_a_renewal_or_a_reissue() {
    let serial = "0102030405060708".parse().unwrap();
    for (text, subject, edition) in [
        ("id,offer\n1,pro-annual", Subject::Offer("pro-annual".to_owned()), None),
        ("id,offer,edition\n1,pro-annual,home", Subject::Offer("pro-annual".to_owned()), Some("home")),
        (
            "id,product,edition\n1,studio,pro",
            Subject::Edition { product: "studio".to_owned(), edition: "pro".to_owned() },
            None,
        ),
        ("id,renews\n1,0102030405060708", Subject::Renewal(serial), None),
        ("id,reissues,edition\n1,0102030405060708,home", Subject::Reissue(serial), Some("home")),
    ] {
        let order = one(text);
        assert_eq!((order.subject, order.edition.as_deref()), (subject, edition), "{text}");
    }
    let [first, second] = [one("id,offer\n1,o"), one("id,offer\n1,o")];
    assert_ne!(first.serial, second.serial, "a random serial each time");
}

const ID: &str = "the order has no id: give it a unique id, such as its number, so that it is issued once";
const SUBJECT: &str =
    "the order names no subject, or several: give one of offer; product and edition; renews; reissues; request";
const QUOTE: &str = "a quote is misplaced: put quotes around a whole value, close them on the same line, and write \"\" for a quote within";
const UTF_8: &str = "the line is not UTF-8: save the file as UTF-8";
const TOO_LONG: &str = "the line is longer than 64 KiB: write each order on one line of at most 64 KiB";
const SERIAL: &str = "expected a serial, 16 hex digits";
const DAY: &str = "expected a day such as 2026-12-31";

#[test]
fn each_wrong_value_is_named_with_the_right_form() {
    for (name, values, expected) in [
        ("kind", &["Trial", "paid"][..], "expected standard, trial or stopgap"),
        ("from", &["1.5.2026", "2026-02-30", "20260501", "tomorrow"], DAY),
        ("through", &["2026-13-01", "never"], DAY),
        ("updates_through", &["2026"], "expected a day such as 2026-12-31, or all"),
        ("term", &["0d", "12", "1 y", "forever", "-3d"], "expected a term such as 30d, 12m or 1y, or perpetual"),
        (
            "seats",
            &["many", "-1", "+5", "2.5", "1,000", "0", "4294967296"],
            "expected a whole number from 1 to 4294967295, or unlimited",
        ),
        ("activations", &["none", "0", "1e3"], "expected a whole number from 1 to 4294967295, or unlimited"),
        (
            "limits",
            &["projects", "projects=", "projects=-1", "projects=x", "projects: 5"],
            "expected limits such as projects=50 or projects=none, or an object",
        ),
        ("grace_days", &["a week", "-1", "1.5"], "expected a number of days"),
        ("environment", &["prod", "Staging"], "expected production, staging or development"),
        ("fingerprint", &["00", "zz0101010202020303030404040505ff"], "expected a fingerprint, 32 hex digits, or none"),
        ("bridges", &["12", "0102030405060708 x", "PO-1"], SERIAL),
        ("serial", &["1", "010203040506070809"], SERIAL),
    ] {
        for value in values {
            let error = format!("{name}: {expected}");
            let pairs = [("id", "1"), ("offer", "o"), (name, *value)];
            assert_eq!(errors(csv(&pairs, ","), None), [(2, error.clone())], "{value}");
            assert_eq!(errors(jsonl(&pairs), None), [(1, error)], "{value}");
        }
    }
    for name in ["renews", "reissues"] {
        assert_eq!(errors(csv(&[("id", "1"), (name, "12")], ","), None), [(2, format!("{name}: {SERIAL}"))]);
    }
    // JSON values of another type.
    for (pair, error) in [
        (r#""offer": ["o"]"#, "offer: expected text"),
        (r#""offer": {"o": 1}"#, "offer: expected text"),
        (r#""offer": "o", "customer": []"#, "customer: expected text"),
        (r#""offer": "o", "seats": [5]"#, "seats: expected a whole number from 1 to 4294967295, or unlimited"),
        (r#""offer": "o", "features": 5"#, "features: expected codes separated by spaces, a list of codes, or none"),
        (r#""offer": "o", "features": """#, "features: expected codes separated by spaces, a list of codes, or none"),
        (
            r#""offer": "o", "features": " , ""#,
            "features: expected codes separated by spaces, a list of codes, or none",
        ),
        (
            r#""offer": "o", "features": ["export", 5]"#,
            "features: expected codes separated by spaces, a list of codes, or none",
        ),
        (
            r#""offer": "o", "limits": ["projects"]"#,
            "limits: expected limits such as projects=50 or projects=none, or an object",
        ),
        (
            r#""offer": "o", "limits": {"projects": ["5"]}"#,
            "limits: expected limits such as projects=50 or projects=none, or an object",
        ),
    ] {
        assert_eq!(errors(format!("{{\"id\": 1, {pair}}}"), None), [(1, error.to_owned())], "{pair}");
    }
}

#[test]
fn each_contradiction_in_an_order_is_an_error() {
    for (pairs, expected) in [
        (&[("id", ""), ("offer", "o")][..], ID),
        (&[("id", " "), ("offer", "o")], ID),
        (&[("offer", "o")], ID),
        (&[("id", "1"), ("offer", "")], SUBJECT),
        (&[("id", "1"), ("edition", "pro")], SUBJECT),
        (&[("id", "1"), ("offer", "o"), ("product", "p"), ("edition", "e")], SUBJECT),
        (&[("id", "1"), ("offer", "o"), ("renews", "0102030405060708")], SUBJECT),
        (&[("id", "1"), ("reissues", "0102030405060708"), ("renews", "0102030405060708")], SUBJECT),
        (&[("id", "1"), ("product", "studio")], "the order has product without edition: give both, or neither"),
        (
            &[("id", "1"), ("offer", "o"), ("through", "2026-12-31"), ("term", "1y")],
            "the order has two ends: give through or term, not both",
        ),
        (
            &[("id", "1"), ("offer", "o"), ("approved_by", "Ada")],
            "the order has approved_by without reason: give both, or neither",
        ),
        (
            &[("id", "1"), ("offer", "o"), ("subscription_name", "Pro")],
            "the order has subscription_name without subscription: give both, or neither",
        ),
    ] {
        assert_eq!(errors(csv(pairs, ","), None), [(2, expected.to_owned())], "{pairs:?}");
        assert_eq!(errors(jsonl(pairs), None), [(1, expected.to_owned())], "{pairs:?}");
    }
}

#[test]
fn an_invalid_first_line_of_csv_is_the_only_error() {
    let names = FIELD_NAMES.join(", ");
    for (first, expected) in [
        ("id,ofer", "an order has no field `ofer`: did you mean `offer`?".to_owned()),
        ("ID,offer", "an order has no field `ID`: did you mean `id`?".to_owned()),
        ("id,offer,Grace Days", "an order has no field `Grace Days`: did you mean `grace_days`?".to_owned()),
        ("id,offer,colour", format!("an order has no field `colour`: its fields are {names}")),
        ("id,offer,", format!("an order has no field ``: its fields are {names}")),
        ("id,offer,id", "`id` is given twice: give it once".to_owned()),
        ("id,\"offer", QUOTE.to_owned()),
        // With a comma in the line, a semicolon is part of a name.
        ("id,offer;seats", format!("an order has no field `offer;seats`: its fields are {names}")),
        (
            "KW1-SOMETHING-THAT-WAS-PASTED-BY-MISTAKE",
            format!("an order has no field `KW1-SOMETHING-THAT-WAS-P`: its fields are {names}"),
        ),
    ] {
        assert_eq!(errors(format!("\n{first}\n1,o\n2,o\n"), Some(Csv)), [(2, expected)], "{first}");
    }
    assert_eq!(errors(b"\xff\n1,o\n", Some(Csv)), [(1, UTF_8.to_owned())]);
    assert_eq!(read("", None).len() + read("\n \n", None).len() + read("id,offer\n", None).len(), 0);
}

#[test]
fn the_right_field_is_suggested_for_capitals() {
    for field in FIELD_NAMES {
        let first = field.chars().take(1).flat_map(char::to_uppercase).chain(field.chars().skip(1)).collect();
        for other in [field.to_uppercase(), first] {
            let expected = format!("an order has no field `{other}`: did you mean `{field}`?");
            assert_eq!(errors(format!("{other}\n"), Some(Csv)), [(1, expected)]);
        }
    }
}

#[test]
fn separators_of_spreadsheets_are_detected_or_declared() {
    let expected = one(&csv(&EVERYTHING, ",")).reference;
    for separator in [",", ";", "\t"] {
        let orders = csv(&EVERYTHING, separator);
        for declared in ["", "sep={}\n", "sep={}\r\n", "\u{FEFF}Sep={}\n", "\"sep={}\"\n"] {
            let text = format!("{}{orders}", declared.replace("{}", separator));
            assert_eq!(one(&text).reference, expected, "{text}");
        }
    }
    // The declared separator separates, and no other does.
    assert_eq!(errors("sep=;\nid,offer\n1,o\n", None).len(), 1);
    assert_eq!(errors("sep=|\nid|offer\n1|o\n", None).len(), 1);
    assert_eq!(errors("sep=;\nsep=;\nid;offer\n1;o\n", None).len(), 1);
}

#[test]
fn lines_without_values_are_skipped() {
    for blank in [",", " , ", ",,,,", "\"\",\"\"", "\t,"] {
        let lines = read(format!("id,offer\n1,o\n{blank}\n2,o\n{blank}\n"), None);
        let orders: Vec<_> = lines.iter().map(|line| (line.line, line.order.is_ok())).collect();
        assert_eq!(orders, [(2, true), (4, true)], "{blank}");
    }
}

#[test]
fn no_order_of_a_file_in_utf_16_is_read() {
    let text = "id,offer\n1,o\n2,o\n";
    for (mark, bytes_of) in [([0xFF, 0xFE], u16::to_le_bytes as fn(u16) -> [u8; 2]), ([0xFE, 0xFF], u16::to_be_bytes)] {
        let bytes: Vec<u8> = mark.into_iter().chain(text.encode_utf16().flat_map(bytes_of)).collect();
        for format in [None, Some(Csv), Some(Jsonl)] {
            let expected = "the file is UTF-16: save it as UTF-8; no order in it was read".to_owned();
            assert_eq!(errors(&bytes, format), [(1, expected)]);
        }
    }
}

#[test]
fn after_an_invalid_line_of_csv_the_next_one_is_read() {
    let long = format!("{},o", "1".repeat(1 << 16));
    for (line, expected) in [
        ("1", "the line has 1 cells, and the first line has 2: put quotes around a value with a separator in it"),
        ("1,o,", "the line has 3 cells, and the first line has 2: put quotes around a value with a separator in it"),
        ("1;o", "the line has 1 cells, and the first line has 2: put quotes around a value with a separator in it"),
        ("1,\"o", QUOTE),
        ("1,o\"", QUOTE),
        ("1,\"o\"x", QUOTE),
        ("{\"id\": 1,\"offer\": 2}", QUOTE),
        (&long, TOO_LONG),
    ] {
        let lines = read(format!("id,offer\n0,o\n{line}\n2,o\n"), None);
        let errors: Vec<_> =
            lines.iter().map(|line| (line.line, line.order.as_ref().err().map(ToString::to_string))).collect();
        assert_eq!(errors, [(2, None), (3, Some(expected.to_owned())), (4, None)], "{expected}");
        assert_eq!(lines[2].id.as_deref(), Some("2"));
    }
    assert_eq!(errors(b"id,offer\n1,\xff\n2,o\n", None), [(2, UTF_8.to_owned())]);
}

#[test]
fn after_an_invalid_line_of_json_the_next_one_is_read() {
    let syntax = |column| format!("the order is not JSON at column {column}: write it as one object on one line");
    let no_object = "the order is JSON, but not an object: write it as one object on one line, such as {\"id\": \"PO-1\", \"offer\": \"…\"}";
    let seats = "seats: expected a whole number from 1 to 4294967295, or unlimited";
    for (line, expected) in [
        ("{", syntax(1)),
        ("{\"id\": 1,}", syntax(10)),
        ("{\"id\": 1} {\"id\": 2}", syntax(11)),
        ("id,offer", syntax(1)),
        ("{'id': 1}", syntax(2)),
        ("{\"id\": \"1\", \"offer\": \"o\", \"seats\": 2.5}", seats.to_owned()),
        ("{\"id\": \"1\", \"offer\": \"o\", \"seats\": -1}", seats.to_owned()),
        ("{\"id\": \"1\", \"offer\": true}", "offer: expected text".to_owned()),
        ("[\"1\", \"o\"]", no_object.to_owned()),
        ("\"PO-1\"", no_object.to_owned()),
        ("{\"id\": 1, \"id\": 1, \"offer\": \"o\"}", "`id` is given twice: give it once".to_owned()),
        ("{\"id\": 1, \"offer\": \"o\", \"offer\": null}", "`offer` is given twice: give it once".to_owned()),
        ("{\"id\": 1, \"Offer\": \"o\"}", "an order has no field `Offer`: did you mean `offer`?".to_owned()),
        ("{\"id\": null, \"offer\": \"o\"}", ID.to_owned()),
    ] {
        let text = format!("{{\"id\": 0, \"offer\": \"o\"}}\n{line}\n{{\"id\": 2, \"offer\": \"o\"}}\n");
        for format in [None, Some(Jsonl)] {
            let lines = read(&text, format);
            let errors: Vec<_> =
                lines.iter().map(|line| (line.line, line.order.as_ref().err().map(ToString::to_string))).collect();
            assert_eq!(errors, [(1, None), (2, Some(expected.clone())), (3, None)], "{line}");
        }
    }
}

#[test]
fn null_is_not_the_same_as_a_missing_field() {
    const WITH_A_MEANING: [&str; 7] =
        ["seats", "activations", "through", "term", "features", "updates_through", "fingerprint"];
    for field in FIELD_NAMES.into_iter().filter(|field| !["id", "offer"].contains(field)) {
        let text = format!("{{\"id\": 1, \"offer\": \"o\", \"{field}\": null}}");
        let lines = read(&text, None);
        match &lines[0].order {
            Ok(order) => {
                assert!(WITH_A_MEANING.contains(&field), "{field}");
                let without = one("{\"id\": 1, \"offer\": \"o\"}");
                assert_ne!(order.reference, without.reference, "{field}");
            }
            Err(error) => {
                assert!(!WITH_A_MEANING.contains(&field), "{field}: {error}");
                assert_eq!(error.to_string(), format!("{field} can't be null: leave it out, or give a value"));
            }
        }
    }
}

#[test]
fn no_error_repeats_a_value() {
    let pasted = "K1N0T-S3CR3T-K3Y";
    for name in FIELD_NAMES {
        for pairs in [&[("id", "1"), (name, pasted)][..], &[("id", "1"), ("offer", "o"), (name, pasted)]] {
            for (_, error) in errors(csv(pairs, ","), None).into_iter().chain(errors(jsonl(pairs), None)) {
                assert!(!error.contains(pasted), "{error}");
            }
        }
    }
    let lines = [format!("\"{pasted}\""), format!("{{\"id\": 1, \"offer\": {pasted}}}"), format!("{{{pasted}}}")];
    for (_, error) in errors(lines.join("\n"), Some(Jsonl)) {
        assert!(!error.contains(pasted), "{error}");
    }
}

#[test]
fn each_line_has_its_end_in_bytes() {
    let text = "id,offer\n\n1,o\r\n2,\u{fc}\n3,o";
    let bytes: Vec<u64> = read(text, None).iter().map(|line| line.bytes).collect();
    assert_eq!(bytes, [15, 20, 23]);
    let long = format!("id,offer\n{}\n1,o\n", "x".repeat(200_000));
    assert_eq!(read(&long, None).iter().map(|line| line.bytes).collect::<Vec<_>>(), [200_010, 200_014]);
}

fn valid_line() -> impl Strategy<Value = (String, String)> {
    let id = "[A-Za-z0-9 ü-]{0,6}";
    let offer = select(vec!["pro-annual", "home", "none"]);
    let seats = select(vec!["5", "unlimited", "", "many"]);
    (id, offer, seats).prop_map(|(id, offer, seats)| {
        let json = serde_json::json!({ "id": id, "offer": offer, "seats": seats });
        (format!("\"{id}\",{offer},{seats}"), json.to_string())
    })
}

fn invalid_line() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop::collection::vec(any::<u8>(), 0..40);
    let text = "[\"',;{}\\[\\]:a-z0-9\\\\ \u{FEFF}]{0,40}";
    prop_oneof![
        bytes,
        text.prop_map(String::into_bytes),
        (65_530..65_560_usize).prop_map(|len| vec![b'"'; len]),
        Just(b"{\"id\":".repeat(500)),
    ]
    .prop_map(|line| line.into_iter().filter(|byte| *byte != b'\n').collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_bytes_are_read_to_their_end(
        head in select(vec!["", "id,offer,seats\n", "id;offer;seats\n", "{\"id\":1,\"offer\":\"o\"}\n"]),
        lines in prop::collection::vec(invalid_line(), 0..6),
        format in select(vec![None, Some(Csv), Some(Jsonl)]),
    ) {
        let bytes = [head.as_bytes(), &lines.join(&b'\n')].concat();
        let read = read(&bytes, format);
        prop_assert!(read.is_sorted_by_key(|line| line.line) && read.is_sorted_by_key(|line| line.bytes));
        prop_assert!(read.last().is_none_or(|line| line.bytes <= u64::try_from(bytes.len()).unwrap()));
    }

    #[test]
    fn an_invalid_line_affects_no_other(
        lines in prop::collection::vec(valid_line(), 1..8),
        broken in invalid_line(),
        at in any::<prop::sample::Index>(),
        is_csv in any::<bool>(),
    ) {
        let format = Some(if is_csv { Csv } else { Jsonl });
        let head = if is_csv { vec![b"id,offer,seats".to_vec()] } else { Vec::new() };
        let good = lines.iter().map(|(csv, json)| if is_csv { csv } else { json }).map(|line| line.clone().into_bytes());
        let mut text: Vec<Vec<u8>> = head.into_iter().chain(good).collect();
        let without = read(text.join(&b'\n'), format);
        prop_assert_eq!(without.len(), lines.len());
        let index = usize::from(is_csv).checked_add(at.index(lines.len())).unwrap();
        text.insert(index, broken);
        let number = u64::try_from(index).unwrap().checked_add(1).unwrap();
        let with: Vec<_> = read(text.join(&b'\n'), format).into_iter().filter(|line| line.line != number).collect();
        prop_assert_eq!(with.iter().map(shown).collect::<Vec<_>>(), without.iter().map(shown).collect::<Vec<_>>());
    }
}

#[test]
fn a_value_over_several_lines_makes_no_order() {
    const FORGED: &str = "PO-2,enterprise-annual,500,Evil";
    let long = "x".repeat(70_000);
    let longer = "x".repeat(1_200_000);
    for (name, separator) in [
        (format!("Acme\n{FORGED}\n"), ","),
        (format!("Acme\r\n{FORGED}\r\n\r\n{FORGED}"), ","),
        (format!("Acme \"\"\n{FORGED}\n\"\""), ","),
        (format!("\n{FORGED},\"\"\n"), ","),
        (format!("{long}\n{FORGED}\n"), ","),
        (format!("{longer}\n{FORGED}\n{FORGED}\n"), ","),
        (format!("Acme\n{}\n", FORGED.replace(',', ";")), ";"),
    ] {
        for opens in ["\"", " \""] {
            let row = ["PO-1", "pro-annual", "5", &format!("{opens}{name}\"")].join(separator);
            let (header, last) = (["id", "offer", "seats", "licensee"], ["PO-3", "pro-annual", "5", "Zenith"]);
            let text = format!("{}\n{row}\n{}\n", header.join(separator), last.join(separator));
            let lines = read(&text, Some(Csv));
            let orders: Vec<_> =
                lines.iter().filter(|line| line.order.is_ok()).map(|line| line.id.as_deref()).collect();
            assert_eq!(orders, [Some("PO-3")], "{}", &text[..80.min(text.len())]);
            assert_eq!(lines[0].line, 2);
        }
    }
    let not_utf8 = b"id,offer,licensee\nPO-1,pro-annual,\"Acme\xff\nPO-2,pro-annual,Evil\n\xff\"\n";
    assert!(read(not_utf8, Some(Csv)).iter().all(|line| line.order.is_err()));
}

#[test]
fn the_error_of_a_value_with_a_line_break_names_its_last_line() {
    let text = "id,offer,licensee\nPO-1,pro-annual,\"Acme\nLtd\"\nPO-2,pro-annual,Zenith\n";
    assert_eq!(
        errors(text, None),
        [(
            2,
            "a value has a line break and ends on line 3, so these lines are skipped: write each order on one line"
                .to_owned()
        )]
    );
    assert_eq!(read(text, None).last().unwrap().line, 4);
}

#[test]
fn a_stray_quote_affects_no_other_line() {
    for stray in ["PO-1,pro-annual,\"Acme", "PO-1,pro-annual,5\" disk", "PO-1,pro-annual,\"Acme\" Ltd"] {
        let text = format!(
            "id,offer,licensee\n{stray}\nPO-2,pro-annual,Zenith\nPO-3,pro-annual,\"Zenith, too\"\nPO-4,pro-annual,\n"
        );
        let lines = read(&text, None);
        let ids: Vec<_> = lines.iter().filter(|line| line.order.is_ok()).map(|line| line.id.clone().unwrap()).collect();
        assert_eq!(ids, ["PO-2", "PO-3", "PO-4"], "{stray}");
        assert_eq!(errors(&text, None).len(), 1, "{stray}");
    }
}
