//! Commands that change the same file at the same time: no change is lost, and no command waits for ever.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{Ended, fixture, keyward, run};
use keyward_catalog::Catalog;
use keyward_issuer::SigningKey;
use keyward_issuer::files::SignedNumbers;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

const ROUNDS: usize = 3;

fn says(folder: &Path, line: &str) -> Ended {
    run(folder, &line.split(' ').collect::<Vec<_>>())
}

fn done(folder: &Path, line: &str) {
    let ended = says(folder, line);
    assert_eq!(ended.code, 0, "{line}: {ended:?}");
}

/// The commands at once, each in its own process.
fn at_once(folder: &Path, lines: &[String]) -> Vec<Ended> {
    let start = |line: &String| {
        let mut command = keyward(folder, &line.split(' ').collect::<Vec<_>>());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let started: Vec<_> = lines.iter().map(start).collect();
    let ended = started.into_iter().map(|child| child.wait_with_output().unwrap());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    ended
        .map(|output| Ended {
            code: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        })
        .collect()
}

/// A change of a file: the command, and a check that the contents have the change. Both get the index of the command in its
/// pair, so that two equal commands change different values.
struct Change {
    command: fn(usize) -> String,
    is_made: fn(usize, &Value) -> bool,
}

fn key_named<'a>(contents: &'a Value, name: &str) -> Option<&'a Value> {
    contents["keys"].as_array().unwrap().iter().find(|key| key["name"] == name)
}

const OF_BUNDLES: [Change; 6] = [
    Change {
        command: |at| format!("trust add trust.json new-{at}.pub --name new-{at}"),
        is_made: |at, contents| key_named(contents, &format!("new-{at}")).is_some(),
    },
    Change {
        command: |at| format!("trust limit trust.json limited-{at} --max-seats 5"),
        is_made: |at, contents| key_named(contents, &format!("limited-{at}")).unwrap()["may_sign"]["most_seats"] == 5,
    },
    Change {
        command: |at| format!("trust retire trust.json retired-{at}"),
        is_made: |at, contents| key_named(contents, &format!("retired-{at}")).unwrap()["state"] == "retired",
    },
    Change {
        command: |at| format!("trust compromise trust.json stolen-{at} --allow-none"),
        is_made: |at, contents| key_named(contents, &format!("stolen-{at}")).unwrap()["state"] == "compromised",
    },
    Change {
        command: |_| "trust names trust.json catalog.toml".to_owned(),
        is_made: |_, contents| contents["names"].is_object(),
    },
    Change {
        command: |at| format!("trust sign --key root-{at}.key trust.json"),
        // A change of signed contents has made the next version.
        is_made: |_, contents| contents["version"].as_u64().unwrap() > 1,
    },
];

const OF_LISTS: [Change; 4] = [
    Change {
        command: |at| format!("revocations add --reason leaked list.json {}", digest("1", at)),
        is_made: |at, contents| status(contents, "1", at) == Some("revoked"),
    },
    Change {
        command: |at| format!("revocations hold list.json {}", digest("2", at)),
        is_made: |at, contents| status(contents, "2", at) == Some("on-hold"),
    },
    Change {
        command: |at| format!("revocations lift list.json {}", digest("3", at)),
        is_made: |at, contents| status(contents, "3", at).is_none(),
    },
    Change {
        command: |at| format!("revocations sign --key root-{at}.key list.json"),
        is_made: |_, contents| contents["sequence"].as_u64().unwrap() > 1,
    },
];

fn digest(digit: &str, at: usize) -> String {
    format!("{}{at}", digit.repeat(31))
}

fn status<'a>(contents: &'a Value, digit: &str, at: usize) -> Option<&'a str> {
    let digest = digest(digit, at);
    contents["licenses"].as_array().unwrap().iter().find(|license| license["digest"] == digest)?["status"].as_str()
}

/// A folder with a bundle and a list, of which earlier versions were signed.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("catalog.toml"), Catalog::EXAMPLE).unwrap();
    let key = |name: &str, seed: u8| {
        let key = SigningKey::from_seed(&[seed; 32]);
        fs::write(folder.path().join(format!("{name}.key")), key.to_pem().as_str()).unwrap();
        fs::write(folder.path().join(format!("{name}.pub")), key.public_pem()).unwrap();
    };
    let names = ["root", "new", "limited", "retired", "stolen"];
    for (name, seed) in names.into_iter().zip((1..).step_by(2)) {
        key(&format!("{name}-0"), seed);
        key(&format!("{name}-1"), seed.saturating_add(1));
    }
    done(folder.path(), "trust init --root root-0.pub --root root-1.pub --threshold 1 --roots roots.json trust.json");
    for name in &names[2..] {
        for at in 0..2 {
            done(folder.path(), &format!("trust add trust.json {name}-{at}.pub --name {name}-{at}"));
        }
    }
    done(folder.path(), "revocations new list.json");
    done(folder.path(), &format!("revocations hold list.json {} {}", digest("3", 0), digest("3", 1)));
    folder
}

fn no_change_is_lost(file: &str, show: &str, changes: &[Change], is_signed: bool) {
    let folder = folder();
    let path = folder.path().join(file);
    let numbers = folder.path().join(SignedNumbers::NAME);
    if is_signed {
        done(folder.path(), &format!("trust sign --key root-0.key {file}"));
    }
    let begun = [&path, &numbers].map(|path| fs::read(path).unwrap());
    for (first, one) in changes.iter().enumerate() {
        for other in &changes[first..] {
            for _ in 0..ROUNDS {
                fs::write(&path, &begun[0]).unwrap();
                fs::write(&numbers, &begun[1]).unwrap();
                let lines = [(one.command)(0), (other.command)(1)];
                let ended = at_once(folder.path(), &lines);
                let shown = says(folder.path(), &format!("{show} --json {file}")).json();
                let signatures: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
                for ((at, change), ended) in [one, other].into_iter().enumerate().zip(&ended) {
                    let signs = lines[at].contains(" sign ");
                    if signs && ended.code == 1 {
                        assert!(ended.stderr.contains("was changed while you were signing"), "{lines:?}: {ended:?}");
                        continue;
                    }
                    assert_eq!(ended.code, 0, "{lines:?}: {ended:?}");
                    let pem = fs::read_to_string(folder.path().join(format!("root-{at}.pub"))).unwrap();
                    let signer = hex::encode(keyward_verifier::TrustedKey::from_pem(&pem).unwrap().to_bytes());
                    let has_signed = signs && signatures["signatures"].to_string().contains(&signer);
                    assert!(has_signed || (change.is_made)(at, &shown["contents"]), "{lines:?}: {shown}");
                }
            }
        }
    }
}

#[test]
fn no_change_of_a_bundle_is_lost_for_any_two_commands_at_once() {
    no_change_is_lost("trust.json", "trust show", &OF_BUNDLES, true);
    no_change_is_lost("trust.json", "trust show", &OF_BUNDLES, false);
}

#[test]
fn no_change_of_a_list_is_lost_for_any_two_commands_at_once() {
    no_change_is_lost("list.json", "revocations show", &OF_LISTS, true);
    no_change_is_lost("list.json", "revocations show", &OF_LISTS, false);
}

#[test]
fn all_changes_of_many_commands_at_once_are_kept() {
    let folder = folder();
    let lines: Vec<String> = (0..10)
        .map(|at| format!("revocations add --reason leaked list.json {}", digest("1", at)))
        .chain((0..2).map(|at| format!("trust add trust.json new-{at}.pub --name new-{at}")))
        .collect();
    for ended in at_once(folder.path(), &lines) {
        assert_eq!(ended.code, 0, "{ended:?}");
    }
    let list = says(folder.path(), "revocations show --json list.json").json();
    assert_eq!(list["contents"]["licenses"].as_array().unwrap().len(), 12);
    let bundle = says(folder.path(), "trust show --json trust.json").json();
    assert_eq!(bundle["contents"]["keys"].as_array().unwrap().len(), 8);
}

#[test]
fn only_one_of_two_commands_creates_a_file() {
    for _ in 0..ROUNDS {
        let folder = folder();
        let new = "revocations new other.json".to_owned();
        let init = "trust init --root root-0.pub --threshold 1 --roots other-roots.json other-trust.json".to_owned();
        for line in [new, init] {
            let ended = at_once(folder.path(), &[line.clone(), line.clone()]);
            let codes: Vec<i32> = ended.iter().map(|ended| ended.code).collect();
            assert!(codes == [0, 1] || codes == [1, 0], "{line}: {ended:?}");
        }
        // If the new list came last, it replaces the old one; otherwise the other change is in it.
        let new = "revocations new --force list.json".to_owned();
        let ended = at_once(folder.path(), &[new, (OF_LISTS[0].command)(0)]);
        assert!(ended.iter().all(|ended| ended.code == 0), "{ended:?}");
        let list = says(folder.path(), "revocations show --json list.json").json();
        let listed = list["contents"]["licenses"].as_array().unwrap().len();
        assert!(listed <= 1, "{list}");
    }
}

#[test]
fn a_locked_folder_is_waited_for_with_a_limit() {
    let folder = folder();
    fs::write(folder.path().join("vendor.key"), fixture("vendor.key")).unwrap();
    let numbers = SignedNumbers::lock(folder.path()).unwrap();
    let lines: Vec<String> = OF_BUNDLES.iter().chain(&OF_LISTS).map(|change| (change.command)(0)).collect();
    let before = Instant::now();
    for (line, ended) in lines.iter().zip(at_once(folder.path(), &lines)) {
        assert_eq!(ended.code, 1, "{line}: {ended:?}");
        assert!(ended.stderr.contains("another command has been at work in . for 10 seconds"), "{line}: {ended:?}");
    }
    let waited = before.elapsed();
    assert!(waited >= SignedNumbers::MAX_WAIT && waited < 3 * SignedNumbers::MAX_WAIT, "{waited:?}");
    // If the other lock ends in time, the command continues.
    let later = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        drop(numbers);
    });
    done(folder.path(), &lines[0]);
    later.join().unwrap();
}

#[test]
fn a_record_and_an_output_that_stay_locked_are_named() {
    // It takes half a minute.
    if !keyward_testing::is_long() {
        return;
    }
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("vendor.key"), fixture("vendor.key")).unwrap();
    fs::write(at("orders.csv"), "id,offer\n1,pro-annual\n").unwrap();
    let locked: Vec<_> = ["locked.jsonl", "keys.jsonl.part"]
        .into_iter()
        .map(|name| {
            let file = fs::File::create(at(name)).unwrap();
            fs4::FileExt::lock(&file).unwrap();
            file
        })
        .collect();
    let issue = "issue --catalog catalog.toml --key vendor.key --issued-by ci";
    let lines = [
        format!("{issue} --offer pro-annual --record locked.jsonl"),
        format!("{issue} --batch orders.csv --record issued.jsonl -o keys.jsonl"),
    ];
    let ended = at_once(folder.path(), &lines);
    assert!(ended.iter().all(|ended| ended.code == 1 && ended.stdout.is_empty()), "{ended:?}");
    assert!(
        ended[0].stderr.contains("another process has had the record locked.jsonl locked for 30 seconds"),
        "{ended:?}"
    );
    assert!(
        ended[1].stderr.contains("keys.jsonl.part can't be written: another process has it locked: wait"),
        "{ended:?}"
    );
    drop(locked);
}
