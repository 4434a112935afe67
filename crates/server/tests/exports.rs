//! `keyward-server ledger verify --export`: an auditor has an export and checkpoints, and no database.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;

use common::{Desk, Ended, ended, on_both, server};
use keyward_issuer::SigningKey;
use keyward_ledger::audit::{Checkpoint, CheckpointKey, ExportedEntry, Frontier, LeafHash};
use serde_json::Value;

const ENTRIES: [&str; 5] = ["one", "two", "three", "four", "five"];

/// The text of an entry about this action.
fn text(action: &str) -> String {
    let event = r#""version":1,"at":"2026-11-28T12:00:00.000Z","actor":"Grace""#;
    format!(r#"{{{event},"action":"{action}","rows":[],"deleted":[]}}"#)
}

/// Writes an export with these entries.
fn export(folder: &Path, entries: &[&str]) {
    let lines = entries.iter().map(|entry| {
        let entry = ExportedEntry { entry: text(entry), personal: Value::Null };
        entry.to_line() + "\n"
    });
    fs::write(folder.join("export.jsonl"), lines.collect::<String>()).unwrap();
}

/// Writes checkpoints of the first three entries and of all, and the public key.
fn checkpoints(folder: &Path) {
    let signing = SigningKey::generate().unwrap();
    let key = CheckpointKey::new("a.example/log".parse().unwrap(), signing.verifying_key().clone());
    fs::write(folder.join("audit.pub"), format!("{key}\n")).unwrap();
    for size in [3, ENTRIES.len()] {
        let frontier: Frontier = ENTRIES.iter().take(size).map(|entry| LeafHash::of(text(entry).as_bytes())).collect();
        let checkpoint = Checkpoint { origin: key.origin().clone(), head: frontier.head() };
        fs::write(folder.join(format!("checkpoint-{size}")), checkpoint.sign(&signing, &key).unwrap()).unwrap();
    }
}

fn verify(folder: &Path, sizes: &[&str], more: &[&str]) -> Ended {
    let mut command = server(folder, &["ledger", "verify", "--export", "export.jsonl"]);
    command.args(["--checkpoint-key", "audit.pub"]).args(more);
    // The server's own database is not asked.
    command.env("KEYWARD_DATABASE", "postgres://127.0.0.1:1/none");
    for size in sizes {
        command.args(["--checkpoint", &format!("checkpoint-{size}")]);
    }
    ended(&mut command)
}

#[test]
fn an_export_agrees_with_its_checkpoints() {
    let folder = tempfile::tempdir().unwrap();
    checkpoints(folder.path());
    export(folder.path(), &ENTRIES);
    for (sizes, confirmed) in [(&["3"][..], 3), (&["5"], 5), (&["5", "3"], 5)] {
        let verified = verify(folder.path(), sizes, &[]);
        assert_eq!(verified.code, 0, "{verified:?}");
        let said = format!("The export agrees with the checkpoints (entries: 5, confirmed: {confirmed}).");
        assert!(verified.stdout.contains(&said), "{verified:?}");
        let verified: Value = serde_json::from_str(&verify(folder.path(), sizes, &["--json"]).stdout).unwrap();
        assert_eq!((&verified["agrees"], &verified["confirmed"]), (&Value::from(true), &Value::from(confirmed)));
    }
}

#[test]
fn an_export_that_was_changed_is_found() {
    let folder = tempfile::tempdir().unwrap();
    checkpoints(folder.path());
    for (entries, found) in [
        (&["one", "two", "three", "FOUR", "five"][..], "after the first 3"),
        (&["two", "one", "three", "four", "five"], "after the first 0"),
        (&["one", "three", "four", "five"], "after the first 0"),
        (&["one", "two", "three", "four"], "had 5 when a checkpoint was signed"),
        (&[], "had 5 when a checkpoint was signed"),
    ] {
        export(folder.path(), entries);
        let verified = verify(folder.path(), &["3", "5"], &[]);
        assert_eq!(verified.code, 3, "{entries:?}: {verified:?}");
        assert!(verified.stderr.contains(found), "{entries:?}: {verified:?}");
        let json = verify(folder.path(), &["3", "5"], &["--json"]);
        assert_eq!((json.code, json.stderr.as_str()), (3, ""), "{entries:?}");
    }
}

#[test]
fn a_ledger_is_exported_whole_or_not_at_all() {
    on_both("a_ledger_is_exported_whole_or_not_at_all", |desk| {
        let arguments = ["export-log", "--output", "export.jsonl"];
        assert_eq!(desk.ledger(&arguments).code, 1);
        assert!(!desk.folder().join("export.jsonl").exists());
        assert_eq!(desk.ledger(&["init"]).code, 0);
        let exported = desk.ledger(&arguments);
        assert_eq!((exported.code, exported.stderr.as_str()), (0, "export.jsonl: the audit log (entries: 2).\n"));
        assert_eq!(desk.ledger(&arguments).code, 1, "the file is there");

        let kept = desk.ledger(&["checkpoint"]).stdout;
        fs::write(desk.folder().join("checkpoint-3"), &kept).unwrap();
        fs::copy(desk.file("audit.pub"), desk.folder().join("audit.pub")).unwrap();
        let size: usize = kept.lines().nth(1).unwrap().parse().unwrap();
        let verified = verify(desk.folder(), &["3"], &[]);
        // A second export would have been an entry too, had it begun.
        assert_eq!((size, verified.code), (2, 0), "{verified:?}");
    });
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_an_export() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::on_sqlite();
    assert_eq!(desk.ledger(&["init"]).code, 0);
    assert_eq!(desk.ledger(&["export-log", "-o", "export.jsonl"]).code, 0);
    let mode = desk.folder().join("export.jsonl").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn an_export_that_cant_be_read_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    checkpoints(folder.path());
    let missing = verify(folder.path(), &["3"], &[]);
    assert!(missing.code == 1 && missing.stderr.contains("export.jsonl can't be read"), "{missing:?}");
    export(folder.path(), &ENTRIES);
    let text = fs::read_to_string(folder.path().join("export.jsonl")).unwrap();
    fs::write(folder.path().join("export.jsonl"), text.trim_end()).unwrap();
    let cut = verify(folder.path(), &["3"], &[]);
    assert!(cut.code == 1 && cut.stderr.contains("export.jsonl: line 5 of the export can't be read"), "{cut:?}");
}

#[test]
fn nothing_is_proven_without_a_checkpoint_and_its_key() {
    let folder = tempfile::tempdir().unwrap();
    checkpoints(folder.path());
    export(folder.path(), &ENTRIES);
    assert_eq!(verify(folder.path(), &[], &[]).code, 2);
    let arguments = ["ledger", "verify", "--export", "export.jsonl", "--checkpoint", "checkpoint-3"];
    assert_eq!(ended(&mut server(folder.path(), &arguments)).code, 2);

    // A checkpoint that another key signed, or nobody.
    let other = tempfile::tempdir().unwrap();
    checkpoints(other.path());
    fs::copy(other.path().join("checkpoint-5"), folder.path().join("checkpoint-5")).unwrap();
    let refused = verify(folder.path(), &["5"], &[]);
    assert!(refused.code == 1 && refused.stderr.contains("checkpoint-5: "), "{refused:?}");
    fs::write(folder.path().join("checkpoint-5"), "a.example/log\n5\n").unwrap();
    assert_eq!(verify(folder.path(), &["5"], &[]).code, 1);
}
