//! A license key is verified before the database is asked.

use keyward_verifier::{ActivationRequest, Fingerprint};
use serde_json::{Value, json};

use crate::served::{Reply, Served};

/// The calls of products with that key, each with its body.
fn calls(served: &Served, key: &str, license: &Value, base: &str) -> Vec<(&'static str, Reply)> {
    let fingerprint: Fingerprint = "01a1a1a1b1b1b1c1c1c1d1d1d1e1e1e1".parse().unwrap();
    let request = ActivationRequest::new(license["serial"].as_str().unwrap().parse().unwrap(), fingerprint);
    let bodies = [
        ("/validate", json!({ "key": key, "machine": "laptop-1" })),
        ("/activate", json!({ "key": key, "machine": "laptop-1" })),
        ("/deactivate", json!({ "key": key, "activation": format!("act_{}", "0".repeat(32)) })),
        ("/activation-requests", json!({ "key": key, "request": request.to_string() })),
    ];
    bodies.into_iter().map(|(path, body)| (path, served.call(&format!("{base}{path}"), &[], Some(&body)))).collect()
}

/// The statements that the server sent to its database for a request, by its log.
fn statements(log: &[Value], id: &str) -> usize {
    let of_request = |line: &&Value| line["target"] == "sqlx::query" && line["span"]["id"] == id;
    log.iter().filter(of_request).count()
}

#[test]
fn a_key_that_is_not_genuine_costs_no_statement_of_the_database() {
    const TEST: &str = "a_key_that_is_not_genuine_costs_no_statement_of_the_database";
    let (Some(served), Some(other)) = (Served::start(TEST, "info,sqlx=debug"), Served::start(TEST, "warn")) else {
        return;
    };
    let license = served.sold("/v1", &served.token);
    let staging = served.sold("/staging/v1", &served.new_token("staging"));
    let of_another_vendor = other.sold("/v1", &other.token);
    let text = |license: &Value| license["key"].as_str().unwrap().to_owned();
    let (key, in_staging, foreign) = (text(&license), text(&staging), text(&of_another_vendor));
    let groups: Vec<&str> = key.split('-').collect();
    let halves = |first: &str, second: &str| format!("{}{}", &first[..first.len() / 2], &second[second.len() / 2..]);
    let reversed = groups.iter().rev().copied().collect::<Vec<_>>().join("-");
    let not_genuine = [
        ("of another vendor's signer", foreign.clone()),
        ("of another environment", in_staging.clone()),
        ("with the signature of another", halves(&key, &foreign)),
        ("with the contents of another", halves(&foreign, &key)),
        ("with the signature of another environment", halves(&key, &in_staging)),
        ("cut short", groups[..groups.len() - 3].join("-")),
        ("with groups in another sequence", reversed),
        ("without a key", "a text".to_owned()),
        ("empty", String::new()),
        ("of zeros", vec!["K0000"; groups.len()].join("-")),
    ];
    let mut forged = Vec::new();
    for (name, key) in &not_genuine {
        for (path, reply) in calls(&served, key, &license, "/v1") {
            let usable = &reply.body["usable"];
            let is_refused = if path == "/validate" { *usable == json!(false) } else { reply.status == 409 };
            assert!(is_refused || reply.status == 422, "{name} {path}: {reply:?}");
            forged.push((*name, path, reply.id));
        }
    }
    let genuine = calls(&served, &key, &license, "/v1");
    let genuine_in_staging = calls(&served, &in_staging, &staging, "/staging/v1");

    let log = served.end();
    let log: Vec<Value> = log.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for (name, path, id) in forged {
        assert_eq!(statements(&log, &id), 0, "a key {name}, {path}");
    }
    for (path, reply) in genuine.into_iter().chain(genuine_in_staging) {
        assert!(statements(&log, &reply.id) > 0, "the genuine key, {path}: {reply:?}");
    }
}
