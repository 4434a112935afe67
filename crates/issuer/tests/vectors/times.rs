//! Statements of the time, and with them what holds for every payload in JSON.

use serde_json::json;

use crate::kit::*;

const KIND: &str = "time-statement";
const MALFORMED: Option<&str> = Some("malformed");

pub fn add(vectors: &mut Vectors) {
    for (name, payload, error) in payloads() {
        let file = file(KIND, payload, &[VENDOR]);
        vectors.opened_by_vendor(KIND, &name, file, error);
    }
    let latin_1 = [&br#"{"issued_at":"2026-03-01T09:00:00Z","purpose":"evidence","x":""#[..], b"\xfc\"}"].concat();
    let file = file(KIND, latin_1, &[VENDOR]);
    vectors.opened_by_vendor(KIND, "JSON: bytes that are no UTF-8", file, MALFORMED);
}

fn payloads() -> Vec<(String, String, Option<&'static str>)> {
    let good = json!({ "issued_at": "2026-03-01T09:00:00Z", "purpose": "evidence" }).to_string();
    // The payload with a field more.
    let and = |field: &str| good.replacen('{', &format!("{{{field},"), 1);
    let nested = |levels: usize| and(&format!("\"x\":{}{}", "[".repeat(levels), "]".repeat(levels)));
    let mut cases: Vec<(String, String, Option<&'static str>)> = Vec::new();
    for (name, payload, error) in [
        ("white space", format!("\r\n\t {} ", good.replace("\":", "\" : ").replace(',', " ,\n")), None),
        ("escapes in names and strings", good.replace("purpose", "p\\u0075rpose").replace("evid", "\\u0065vid"), None),
        ("an unknown field", and(r#""x":{"y":[1,null]}"#), None),
        ("an unknown field twice", and(r#""x":1,"x":1"#), MALFORMED),
        ("a name twice within an unknown field", and(r#""x":[{"y":1,"y":1}]"#), MALFORMED),
        ("a name twice, once with an escape", and(r#""x":1,"\u0078":1"#), MALFORMED),
        ("a known field twice", and(r#""purpose":"evidence""#), MALFORMED),
        ("a pair of surrogates", and(r#""x":"\ud83d\ude00""#), None),
        ("half of a pair of surrogates", and(r#""x":"\ud83d""#), MALFORMED),
        ("the other half", and(r#""x":"\ude00\ud83d""#), MALFORMED),
        ("half of a pair in a name", and(r#""\ud83d":1"#), MALFORMED),
        ("1e308", and(r#""x":-1e308"#), None),
        ("1e309", and(r#""x":1e309"#), MALFORMED),
        ("a number with 300 digits", and(&format!("\"x\":{}", "9".repeat(300))), None),
        ("a number with 310 digits", and(&format!("\"x\":{}", "9".repeat(310))), MALFORMED),
        ("a number that is too small to be told from 0", and(r#""x":1e-400"#), None),
        ("NaN", and(r#""x":NaN"#), MALFORMED),
        ("a number with a leading zero", and(r#""x":01"#), MALFORMED),
        ("nested 127 deep", nested(126), None),
        ("nested 128 deep", nested(127), MALFORMED),
        ("a control character in a string", and("\"x\":\"\u{1}\""), MALFORMED),
        ("U+007F in a string", and("\"x\":\"\u{7f}\""), None),
        ("a byte order mark", format!("\u{feff}{good}"), MALFORMED),
        ("something after it", format!("{good}1"), MALFORMED),
        ("a comma after the last field", good.replace('}', ",}"), MALFORMED),
        ("a comment", good.replace('}', "/**/}"), MALFORMED),
        ("a list of the values", json!(["2026-03-01T09:00:00Z", "evidence"]).to_string(), MALFORMED),
        ("a string", "\"evidence\"".to_owned(), MALFORMED),
        ("nothing", String::new(), MALFORMED),
    ] {
        cases.push((format!("JSON: {name}"), payload, error));
    }
    for (name, critical, error) in [
        ("nothing", "[]", None),
        ("known fields, one of them not there", r#"["issued_at","state","state"]"#, None),
        ("an unknown field", r#"["issued_at","later"]"#, Some("needs-newer")),
        ("itself", r#"["critical"]"#, Some("needs-newer")),
        ("a field of another kind", r#"["keys"]"#, Some("needs-newer")),
        ("a number", r#"["later",1]"#, MALFORMED),
        ("a string instead of a list", r#""later""#, MALFORMED),
        ("null", "null", MALFORMED),
    ] {
        cases.push((format!("critical: {name}"), and(&format!("\"critical\":{critical},\"later\":1")), error));
    }
    let later = r#"{"critical":["later"],"issued_at":[],"purpose":{}}"#.to_owned();
    cases.push(("critical: an unknown field, where nothing else is as known".to_owned(), later, Some("needs-newer")));
    let twice = r#"{"critical":["later"],"x":1,"x":2}"#.to_owned();
    cases.push(("critical: an unknown field, and a name twice".to_owned(), twice, MALFORMED));
    for (time, error) in [
        ("0000-02-29T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("2024-02-29T23:59:59Z", None),
        ("2026-02-29T00:00:00Z", MALFORMED),
        ("2026-06-30T23:59:60Z", MALFORMED),
        ("2026-06-30T24:00:00Z", MALFORMED),
        ("2026-06-30T23:59:59.0Z", MALFORMED),
        ("2026-06-30T23:59:59+00:00", MALFORMED),
        ("2026-06-30T23:59:59z", MALFORMED),
        ("2026-06-30t23:59:59Z", MALFORMED),
        ("2026-06-30 23:59:59Z", MALFORMED),
        ("2026-6-30T23:59:59Z", MALFORMED),
        ("+2026-06-30T23:59:59Z", MALFORMED),
        ("10000-01-01T00:00:00Z", MALFORMED),
        ("2026-06-30T23:59:59Z\n", MALFORMED),
        ("２026-06-30T23:59:59Z", MALFORMED),
        ("2026-06-30", MALFORMED),
    ] {
        cases.push((
            format!("a time: {time:?}"),
            json!({ "issued_at": time, "purpose": "evidence" }).to_string(),
            error,
        ));
    }
    for (name, fields, error) in [
        ("a recovery", r#""purpose":"recovery","state":"0123456789abcdef""#, None),
        ("evidence, with what is unknown in it", r#""purpose":"evidence","state":7"#, None),
        ("evidence, with null for a state", r#""purpose":"evidence","state":null"#, None),
        ("evidence, with an object for a state", r#""purpose":"evidence","state":{"id":null}"#, None),
        ("evidence, with the id of a state", r#""purpose":"evidence","state":"0123456789abcdef""#, None),
        ("evidence, with a state twice", r#""purpose":"evidence","state":null,"state":null"#, MALFORMED),
        ("a recovery of a number", r#""purpose":"recovery","state":7"#, MALFORMED),
        ("a recovery without a state", r#""purpose":"recovery""#, MALFORMED),
        ("a recovery of a state in upper case", r#""purpose":"recovery","state":"0123456789ABCDEF""#, MALFORMED),
        ("a recovery of a state of seven bytes", r#""purpose":"recovery","state":"0123456789abcd""#, MALFORMED),
        ("a recovery of null", r#""purpose":"recovery","state":null"#, MALFORMED),
        ("no purpose", r#""state":"0123456789abcdef""#, MALFORMED),
        ("another purpose", r#""purpose":"reset""#, MALFORMED),
        ("a purpose by number", r#""purpose":0"#, MALFORMED),
        ("a purpose in upper case", r#""purpose":"Evidence""#, MALFORMED),
    ] {
        let payload = format!("{{\"issued_at\":\"2026-03-01T09:00:00Z\",{fields}}}");
        cases.push((format!("a statement of the time: {name}"), payload, error));
    }
    cases.push(("a statement of the time: no time".to_owned(), r#"{"purpose":"evidence"}"#.to_owned(), MALFORMED));
    cases
}
