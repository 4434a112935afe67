//! Keys and files of every kind, entered as a license key, in each form in which they may arrive.

use keyward_testing::arrivals::{Arrival, Loss, arrivals};
use serde_json::Value;

use super::cases::{JUNE, a_year, question};
use super::table::Question;
use super::{at, file};

const KINDS: [&str; 6] =
    ["license-file", "validation-file", "root-set", "trust-bundle", "revocation-list", "time-statement"];

pub fn questions() -> Vec<Question> {
    let files: Value = file("files.json");
    let key = ("license key", a_year());
    let of_each_kind = KINDS.map(|kind| (kind, a_file(&files, kind)));
    let texts = [key].into_iter().chain(of_each_kind);
    texts.flat_map(|(kind, text)| arrivals(&text).into_iter().map(move |arrival| (kind, arrival))).map(asked).collect()
}

fn asked((kind, arrival): (&str, Arrival)) -> Question {
    let text = String::from_utf8_lossy(&arrival.bytes).into_owned();
    question(format!("arrives: a {kind}, {}", arrival.name), &[&text], at(JUNE))
}

/// The first genuine file of that kind in the vectors.
fn a_file(files: &Value, kind: &str) -> String {
    let text = |file: &Value| file.as_str().map(str::to_owned);
    let mut opened = files["files"].as_array().unwrap().iter().filter(|case| case["error"].is_null());
    let roots = files["chains"][0]["files"].as_array().unwrap();
    let found = match kind {
        "root-set" => text(&roots[0]),
        _ => opened.find_map(|case| if case["kind"] == kind { text(&case["file"]) } else { None }),
    };
    found.unwrap()
}

/// The permitted results: a file is always refused as a file, and a complete key is read.
pub fn check(answer: &Value, name: &str) {
    let result = &answer["results"][0];
    let (code, message) = (result["code"].as_str(), result["message"].as_str().unwrap_or_default());
    let is_key = name.starts_with("arrives: a license key");
    let loss = arrivals("K").into_iter().find(|arrival| name.ends_with(&format!(", {}", arrival.name))).unwrap().loss;
    match (is_key, loss) {
        (true, Loss::Nothing | Loss::Files) => assert_eq!(code, None, "{name}: {message}"),
        (true, Loss::Everything) => assert!(["malformed", "damaged"].contains(&code.unwrap()), "{name}: {message}"),
        (false, _) => {
            assert_eq!(code, Some("malformed"), "{name}: {message}");
            assert!(message.contains("but a file or a part of one"), "{name}: {message}");
        }
    }
}
