//! `docs/api.md` shows every call of the API: its commands are run, and their answers compared.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use keyward_verifier::{ActivationRequest, Fingerprint};
use serde_json::{Deserializer, Value};

use crate::served::Served;

pub fn text() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api.md")).unwrap()
}

/// A box with commands, and the answers that it shows.
struct Step<'a> {
    commands: &'a str,
    answers: &'a str,
}

fn steps(guide: &str) -> Vec<Step<'_>> {
    let boxes = guide.split("```sh\n").skip(1);
    boxes.map(Step::of).collect()
}

impl Step<'_> {
    fn of(text: &str) -> Step<'_> {
        let (commands, rest) = text.split_once("```").unwrap();
        let answers = rest.split_once("```json\n").map_or("", |(_, rest)| rest.split("```").next().unwrap());
        Step { commands, answers }
    }
}

/// Follows the guide in the folder of the server.
pub fn follow(served: &Served, guide: &str) {
    let folder = served.folder();
    fs::write(folder.join("state"), "").unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_keyward-server")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    for Step { commands, answers } in steps(guide) {
        if commands.contains("request.txt") {
            fs::write(folder.join("request.txt"), request_of_a_machine(folder)).unwrap();
        }
        let commands = commands.replace("http://127.0.0.1:8320", &served.address);
        // What a box sets, those after it have.
        let script = format!("set -a; source ./state; {commands}\nexport -p > state");
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-euo", "pipefail", "-c", &script]).current_dir(folder).env_clear();
        let ran = bash.env("PATH", &path).env("HOME", folder).env("USER", "grace").output().unwrap();
        assert!(ran.status.success(), "{commands}: {ran:?}");
        let found: Vec<Value> = Deserializer::from_slice(&ran.stdout).into_iter().map(Result::unwrap).collect();
        let shown: Vec<Value> = Deserializer::from_str(answers).into_iter().map(Result::unwrap).collect();
        assert_eq!(found.len(), shown.len(), "{commands}: the box shows other answers than {found:?}");
        for (shown, found) in shown.iter().zip(&found) {
            assert!(is_shown(shown, found), "{commands}\nshows {shown}\nfound {found}");
        }
    }
}

/// The activation request that a machine shows for the license that the guide sold.
fn request_of_a_machine(folder: &Path) -> String {
    let license: Value = serde_json::from_slice(&fs::read(folder.join("license.json")).unwrap()).unwrap();
    let fingerprint: Fingerprint = "01a1a1a1b1b1b1c1c1c1d1d1d1e1e1e1".parse().unwrap();
    ActivationRequest::new(license["serial"].as_str().unwrap().parse().unwrap(), fingerprint).to_string()
}

/// Whether an answer is the one that is shown: `…` is anything, and further fields are left out.
fn is_shown(shown: &Value, found: &Value) -> bool {
    match (shown, found) {
        (Value::String(shown), _) if shown == "…" => true,
        (Value::String(shown), Value::String(found)) => match shown.split_once('…') {
            Some((start, end)) => found.starts_with(start) && found.ends_with(end),
            None => shown == found,
        },
        (Value::Array(shown), Value::Array(found)) => match shown.split_last() {
            Some((last, first)) if last == "…" => {
                found.len() >= first.len() && first.iter().zip(found).all(|(shown, found)| is_shown(shown, found))
            }
            _ => shown.len() == found.len() && shown.iter().zip(found).all(|(shown, found)| is_shown(shown, found)),
        },
        (Value::Object(shown), Value::Object(found)) => shown
            .iter()
            .filter(|(name, _)| *name != "…")
            .all(|(name, shown)| found.get(name).is_some_and(|found| is_shown(shown, found))),
        (shown, found) => shown == found,
    }
}

#[test]
fn the_guide_to_the_api_can_be_followed() {
    let Some(served) = Served::start("the_guide_to_the_api_can_be_followed", "warn") else { return };
    follow(&served, &text());
    assert_eq!(served.end().iter().filter(|line| line.contains("ERROR")).count(), 0);
}

/// The calls of the guide: method and path, with `{id}` for a variable.
fn calls(guide: &str) -> BTreeSet<(String, String)> {
    let commands: String = steps(guide).iter().map(|step| step.commands).collect();
    let mut found = BTreeSet::new();
    for call in commands.split("curl ").skip(1) {
        let path = call.split("$URL").nth(1).unwrap().split(['"', '?']).next().unwrap();
        let parts = path.split('/').map(|part| if part.starts_with('$') { "{id}" } else { part });
        let method = match call.split("-X ").nth(1) {
            Some(rest) => rest.split(' ').next().unwrap(),
            None if call.contains("--json") => "POST",
            None => "GET",
        };
        found.insert((method.to_lowercase(), parts.collect::<Vec<_>>().join("/")));
    }
    found
}

#[test]
fn the_guide_to_the_api_shows_every_call() {
    let document: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    let mut declared = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.replace("{code}", "{id}");
        declared.extend(methods.as_object().unwrap().keys().map(|method| (method.clone(), path.clone())));
    }
    let shown = calls(&text());
    let missing: Vec<_> = declared.difference(&shown).collect();
    let unknown: Vec<_> = shown.difference(&declared).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "docs/api.md lacks {missing:?}, and shows {unknown:?}");
}
