//! `keyward-server ledger`, as an operator uses it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;

use common::{Desk, ended, on_both, server};
use keyward_issuer::Environment;
use keyward_ledger::Ledger;
use keyward_ledger::audit::CheckpointKey;
use serde_json::Value;

#[test]
fn a_ledger_is_made_once_and_its_key_with_it() {
    on_both("a_ledger_is_made_once_and_its_key_with_it", |desk| {
        let made = desk.ledger(&["init", "--log-name", "licenses.example.com/audit"]);
        assert_eq!(made.code, 0, "{made:?}");
        let key: CheckpointKey = made.stdout.trim().parse().unwrap();
        assert_eq!(key.origin().as_str(), "licenses.example.com/audit");
        let files = || ["audit.key", "audit.pub"].map(|name| fs::read_to_string(desk.file(name)).unwrap());
        let before = files();

        let again = desk.ledger(&["init", "--json"]);
        assert_eq!(again.code, 0, "{again:?}");
        let again: Value = serde_json::from_str(&again.stdout).unwrap();
        assert_eq!((&again["ledger"], &again["key"]), (&Value::from("kept"), &Value::from("kept")));
        assert_eq!(again["public_key"], key.to_string());
        assert_eq!(files(), before);
        assert_eq!(desk.ledger(&["verify"]).code, 0);
    });
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_ledger_and_its_key() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::on_sqlite();
    assert_eq!(desk.ledger(&["init"]).code, 0);
    for (name, mode) in [("", 0o700), ("ledger.db", 0o600), ("audit.key", 0o600)] {
        assert_eq!(desk.file(name).metadata().unwrap().permissions().mode() & 0o777, mode, "{name}");
    }
}

#[test]
fn a_checkpoint_that_was_kept_confirms_the_ledger() {
    on_both("a_checkpoint_that_was_kept_confirms_the_ledger", |desk| {
        assert_eq!(desk.ledger(&["init"]).code, 0);
        let kept = desk.ledger(&["checkpoint"]);
        assert_eq!(kept.code, 0, "{kept:?}");
        fs::write(desk.folder().join("kept"), &kept.stdout).unwrap();
        fs::copy(desk.file("audit.pub"), desk.folder().join("kept.pub")).unwrap();
        assert_eq!(desk.ledger(&["checkpoint"]).stdout, kept.stdout, "nothing has changed since");

        for key in [&["--checkpoint-key", "kept.pub"][..], &[]] {
            let verified = desk.ledger(&[&["verify", "--checkpoint", "kept"], key].concat());
            assert_eq!(verified.code, 0, "{verified:?}");
            assert!(
                verified.stdout.contains("Entries that the checkpoints confirm, from the first: 1."),
                "{verified:?}"
            );
        }
        let verified: Value = serde_json::from_str(&desk.ledger(&["verify", "--json"]).stdout).unwrap();
        assert_eq!((&verified["agrees"], &verified["entries"]), (&Value::from(true), &Value::from(1)));
        assert_eq!(verified["differences"], Value::Array(Vec::new()));
    });
}

#[test]
fn a_change_in_the_database_is_found() {
    on_both("a_change_in_the_database_is_found", |desk| {
        assert_eq!(desk.ledger(&["init"]).code, 0);
        desk.tamper("update ledger set created_at = created_at + 1");
        let verified = desk.ledger(&["verify"]);
        assert_eq!(verified.code, 3, "{verified:?}");
        assert!(verified.stderr.starts_with("error: the row \"production\" of ledger"), "{verified:?}");
        assert!(verified.stdout.contains("do not agree"), "{verified:?}");
        let verified = desk.ledger(&["verify", "--json"]);
        assert_eq!((verified.code, verified.stderr.as_str()), (3, ""));
        let verified: Value = serde_json::from_str(&verified.stdout).unwrap();
        assert_eq!(verified["agrees"], Value::from(false));
        assert_eq!(verified["differences"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn a_ledger_that_was_made_anew_is_not_the_one_of_the_checkpoint() {
    let desk = Desk::on_sqlite();
    assert_eq!(desk.ledger(&["init"]).code, 0);
    fs::write(desk.folder().join("kept"), desk.ledger(&["checkpoint"]).stdout).unwrap();
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        let _ = fs::remove_file(desk.file(name));
    }
    let verified = desk.ledger(&["verify", "--checkpoint", "kept"]);
    assert_eq!(verified.code, 1, "there is none: {verified:?}");
    assert_eq!(desk.ledger(&["init"]).code, 0);
    let verified = desk.ledger(&["verify", "--checkpoint", "kept"]);
    assert_eq!(verified.code, 3, "its entries are not in the tree yet: {verified:?}");
    desk.ledger(&["checkpoint"]);
    let verified = desk.ledger(&["verify", "--checkpoint", "kept"]);
    assert_eq!(verified.code, 3, "{verified:?}");
    assert!(verified.stderr.contains("not the one of the checkpoint with 1 entries"), "{verified:?}");
}

#[test]
fn only_init_makes_a_ledger() {
    on_both("only_init_makes_a_ledger", |desk| {
        for command in [&["verify"][..], &["checkpoint"], &["export-log", "-o", "log"]] {
            let refused = desk.ledger(command);
            assert_eq!(refused.code, 1, "{refused:?}");
        }
        assert_eq!(fs::read_dir(desk.folder()).unwrap().count(), 0);
        assert_eq!(desk.ledger(&["init"]).code, 0);
        let other = ["ledger", "init", "--data", ".", "--environment", "staging"];
        let other = ended(&mut desk.command(&other));
        let is_one_database = other.stderr.contains("this ledger is for production");
        assert_eq!(other.code, i32::from(is_one_database), "{other:?}");
    });
}

#[test]
fn a_key_that_is_lost_is_never_replaced_silently() {
    let desk = Desk::on_sqlite();
    assert_eq!(desk.ledger(&["init", "--log-name", "a.example/log"]).code, 0);
    let [private, public] = ["audit.key", "audit.pub"].map(|name| desk.file(name));
    let line = fs::read_to_string(&public).unwrap();

    // The public key follows from the signing key and the name.
    fs::remove_file(&public).unwrap();
    assert_eq!(desk.ledger(&["checkpoint"]).code, 1);
    let made = desk.ledger(&["init", "--log-name", "a.example/log"]);
    assert_eq!((made.code, &made.stdout), (0, &line));
    assert_eq!(desk.ledger(&["init", "--log-name", "b.example/log"]).code, 1, "checkpoints have the other name");

    fs::remove_file(&private).unwrap();
    for command in ["init", "checkpoint"] {
        let refused = desk.ledger(&[command]);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.stderr.contains("audit.key"), "{refused:?}");
    }
    assert!(!private.exists());

    // One of another ledger.
    let other = Desk::on_sqlite();
    assert_eq!(other.ledger(&["init"]).code, 0);
    fs::copy(other.file("audit.key"), &private).unwrap();
    for command in ["init", "checkpoint"] {
        let refused = desk.ledger(&[command]);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.stderr.contains("is not the public key of"), "{refused:?}");
    }
}

#[test]
fn a_file_that_another_server_uses_is_left_alone() {
    let desk = Desk::on_sqlite();
    assert_eq!(desk.ledger(&["init"]).code, 0);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let url = format!("sqlite:{}", desk.file("ledger.db").display());
    let _open = runtime.block_on(Ledger::open_existing(&url, Environment::Production)).unwrap();
    for command in ["init", "checkpoint", "verify"] {
        let refused = desk.ledger(&[command]);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.stderr.contains("is open in another server"), "{refused:?}");
    }
}

#[test]
fn a_password_is_in_no_message() {
    const PASSWORD: &str = "hunter2secret";
    let folder = tempfile::tempdir().unwrap();
    let good = format!("postgres://keyward:{PASSWORD}@127.0.0.1:1/ledger");
    let urls = [
        good.clone(),
        format!("postgres://keyward:{PASSWORD}@127.0.0.1:1/ledger?sslmode=nonsense"),
        format!("postgres://keyward:{PASSWORD}@127.0.0.1:99999/ledger"),
        format!("postgres://keyward:{PASSWORD}%ZZ@127.0.0.1:1/"),
        format!("postgres://{PASSWORD}@127.0.0.1:1/"),
        format!("mysql://keyward:{PASSWORD}@127.0.0.1/ledger"),
        format!("keyward:{PASSWORD}@127.0.0.1/ledger"),
    ];
    let said_nothing = |command: &mut std::process::Command| {
        let ended = ended(command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "1"));
        assert!((1..=2).contains(&ended.code), "{ended:?}");
        assert!(!format!("{ended:?}").contains(PASSWORD), "{ended:?}");
    };
    for url in &urls {
        for command in ["init", "checkpoint", "verify"] {
            let arguments = ["ledger", command, "--environment", "production", "--data", "."];
            said_nothing(server(folder.path(), &arguments).env("KEYWARD_DATABASE", url));
            said_nothing(server(folder.path(), &arguments).args(["--database", url]));
        }
    }
    for wrong in [
        vec!["ledger", "verify", &good],
        vec!["ledger", &good],
        vec![&good],
        vec!["ledger", "verify", "--environment", &good],
        vec!["ledger", "verify", "--databse", &good],
        vec!["ledger", "verify", "--database", &good, "--export", "file"],
        vec!["ledger", "init", "--log-name", &good],
    ] {
        said_nothing(&mut server(folder.path(), &wrong));
    }
    let mistyped = format!("--databse={good}");
    said_nothing(&mut server(folder.path(), &["ledger", "verify", &mistyped]));
    let help = ended(server(folder.path(), &["ledger", "verify", "--help"]).env("KEYWARD_DATABASE", &good));
    assert!(help.code == 0 && !help.stdout.contains(PASSWORD), "{help:?}");
}
