//! The demonstration.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::common::program::Program;
use crate::common::{ended, server};

/// The words after these in the output.
fn after<'a>(said: &'a [String], text: &str) -> Vec<&'a str> {
    let rests = said.iter().filter_map(|line| line.trim().strip_prefix(text));
    rests.map(|rest| rest.split_whitespace().next().unwrap()).collect()
}

/// All rows of a list.
fn all(demo: &Program, token: &str, list: &str) -> Vec<Value> {
    let (mut rows, mut next) = (Vec::new(), String::new());
    loop {
        let headers = format!("Authorization: Bearer {token}\r\n");
        let answered = demo.send("GET", &format!("/v1/{list}?limit=1000{next}"), &headers, "");
        assert_eq!(answered.status, 200, "{}", answered.body);
        let page: Value = serde_json::from_str(&answered.body).unwrap();
        rows.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(cursor) => next = format!("&after={cursor}"),
            None => return rows,
        }
    }
}

fn counts<'a>(rows: &'a [Value], field: impl Fn(&'a Value) -> &'a Value) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    rows.iter().filter_map(|row| field(row).as_str()).for_each(|value| *counts.entry(value).or_default() += 1);
    counts
}

#[test]
fn the_demonstration_has_every_state_and_a_year_of_history_that_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Program::start(server(folder.path(), &["demo", "--data", "demo"]));
    demo.wait_for("Ctrl-C");
    let said = demo.said().to_vec();
    let manager = after(&said, "license-manager")[0];

    let licenses = all(&demo, manager, "licenses");
    assert_eq!(licenses.len(), 2_000);
    let states = counts(&licenses, |license| &license["state"]);
    let known = ["active", "assigned", "available", "expired", "inactive", "revoked", "suspended"];
    assert_eq!(states.keys().copied().collect::<Vec<_>>(), known);
    assert!(states.values().all(|count| *count >= 20), "{states:?}");
    let holds = counts(&licenses, |license| &license["hold"]);
    assert_eq!(holds.keys().copied().collect::<Vec<_>>(), ["abuse", "inactive", "manual", "payment"]);
    let standings = counts(&licenses, |license| &license["standing"]["outcome"]);
    for outcome in ["active", "expiring-soon", "in-grace", "expired"] {
        assert!(standings.get(outcome).is_some_and(|count| *count >= 10), "{outcome}: {standings:?}");
    }
    assert_eq!(counts(&licenses, |license| &license["product"]["code"]).len(), 3);
    let kinds = counts(&licenses, |license| &license["kind"]);
    assert_eq!(kinds.keys().copied().collect::<Vec<_>>(), ["standard", "trial"]);
    assert!(all(&demo, manager, "activations").len() > 1_000);

    let customers = all(&demo, manager, "customers");
    assert!(customers.len() > 150, "{}", customers.len());
    assert!(customers.iter().any(|customer| customer["reseller"] == true));
    for customer in &customers {
        assert!(customer["email"].as_str().unwrap().ends_with(".example"), "{customer}");
    }
    let approvals = all(&demo, manager, "approvals");
    let waiting = approvals.iter().filter(|approval| approval["state"] == "waiting");
    let actions: Vec<_> = waiting.map(|approval| approval["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["reissue", "create"]);
    assert!(approvals[1]["last_useful_day"].is_string(), "{}", approvals[1]);
    let entries = all(&demo, manager, "audit");
    let actions = counts(&entries, |entry| &entry["action"]);
    for action in ["license.renewed", "license.bridged", "license.reissued", "license.resumed", "activation.released"] {
        assert!(actions.contains_key(action), "{action}: {actions:?}");
    }
    let months: std::collections::BTreeSet<_> =
        entries.iter().map(|entry| entry["at"].as_str().unwrap()[..7].to_owned()).collect();
    assert!(months.len() >= 12, "{months:?}");

    // Each token may do what its role allows, and the key is one that can be used.
    for (role, path, status) in
        [("viewer", "/v1/licenses", 200), ("viewer", "/v1/audit", 403), ("support", "/v1/me", 200)]
    {
        let token = format!("Authorization: Bearer {}\r\n", after(&said, role)[0]);
        assert_eq!(demo.send("GET", path, &token, "").status, status, "{role} {path}");
    }
    let line = said.iter().find(|line| line.contains("/v1/activate")).unwrap();
    let key = line.split('"').nth(3).unwrap();
    let json_body = "Content-Type: application/json\r\n";
    for (path, outcome) in [("activate", 201), ("validate", 200)] {
        let body = json!({ "key": key, "machine": "my-laptop" }).to_string();
        let answered = demo.send("POST", &format!("/v1/{path}"), json_body, &body);
        assert_eq!(answered.status, outcome, "{}", answered.body);
        assert!(answered.body.contains("\"usable\":true"), "{}", answered.body);
    }

    demo.signal("TERM");
    let (ended_with, said) = demo.ended();
    assert!(ended_with.success(), "{said:?}");
    let verify = ["ledger", "verify", "--data", "demo", "--environment", "production"];
    let verified = ended(&mut server(folder.path(), &verify));
    assert_eq!(verified.code, 0, "{verified:?}");
}

#[test]
fn the_demonstration_removes_its_folder_and_fills_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let in_folder = || {
        let mut command = server(folder.path(), &["demo"]);
        // A database of the vendor is never filled.
        command.env("TMPDIR", folder.path()).env("KEYWARD_DATABASE", "nonsense:");
        command
    };
    let entries = || folder.path().read_dir().unwrap().count();
    // While it is filled: the test above ends it when it is.
    let mut demo = in_folder().stderr(Stdio::null()).spawn().unwrap();
    while entries() == 0 {
        assert!(demo.try_wait().unwrap().is_none(), "it ended");
    }
    let killed = Command::new("kill").args(["-s", "INT", &demo.id().to_string()]).status().unwrap();
    assert!(killed.success() && demo.wait().unwrap().success());
    assert_eq!(entries(), 0);

    std::fs::write(folder.path().join("mine"), "").unwrap();
    let refused = ended(&mut server(folder.path(), &["demo", "--data", "."]));
    assert_eq!((refused.code, refused.stderr.contains("not empty")), (1, true), "{refused:?}");
    assert!(Path::new(&folder.path().join("mine")).exists());
}
