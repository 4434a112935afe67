//! The state between runs: the inputs that it refuses, and the states that are refused.

use std::fs;
use std::path::Path;

use keyward_verifier::files::{KeyState, RootSet};
use serde_json::{Value, json};

use super::made::By::Stranger;
use super::made::{self, MACHINE};
use crate::common::run;
use crate::{BUNDLE, KEY, folder, verified, verify};

#[test]
fn files_older_than_those_seen_are_a_rollback() {
    let folder = folder();
    let state = ["--state", "state", "--clock", "2026-06-15"];
    let roots = ["--roots", "roots.json"];
    assert_eq!(verify(folder.path(), &[&BUNDLE, &state, &["--revocations", "list-3.json", "typical.txt"]]).code, 0);
    for (file, arguments) in [
        ("trust-2.json", ["--trust", "trust-2.json", "--revocations", "list-3.json"]),
        ("list-1.json", ["--trust", "trust.json", "--revocations", "list-1.json"]),
    ] {
        let (code, report) = verified(folder.path(), &[&arguments, &roots, &state, &["typical.txt"]]);
        assert_eq!((code, &report["outcome"], &report["evidence"]["file"]), (27, &json!("rollback"), &json!(file)));
    }
    let again = verify(folder.path(), &[&BUNDLE, &state, &["--revocations", "list-3.json", "typical.txt"]]);
    assert_eq!(again.code, 0, "{again:?}");
}

#[test]
fn roots_that_were_followed_are_remembered() {
    let folder = folder();
    let state = ["--state", "state", "--clock", "2026-06-15"];
    let newest = ["--trust", "trust-5.json"];
    let walk = ["--roots", "roots.json", "--roots", "roots-2.json"];
    assert_eq!(verify(folder.path(), &[&newest, &["--roots", "roots.json"], &state, &["typical.txt"]]).code, 29);
    assert_eq!(verify(folder.path(), &[&newest, &walk, &state, &["typical.txt"]]).code, 0);
    for roots in [&[][..], &["--roots", "roots.json"], &walk] {
        let (code, report) = verified(folder.path(), &[&newest, roots, &state, &["typical.txt"]]);
        assert_eq!((code, &report["trust"]["roots"]), (0, &json!(2)), "{report}");
    }
    // The old roots are no longer trusted.
    assert_eq!(verify(folder.path(), &[&BUNDLE, &state, &["typical.txt"]]).code, 29);
}

/// Somebody names keys of their own, with files of their own, beside the state of a product.
#[test]
fn a_state_is_not_changed_by_files_of_other_keys_than_its_products() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("stranger.pub"), hex::encode(Stranger.key().to_bytes())).unwrap();
    let roots = |version: u32, by: &[made::By]| {
        let keys = by.iter().map(|by| by.key()).collect();
        let mut set = RootSet::first(made::time("2026-01-01T00:00:00Z"), 1.try_into().unwrap(), keys);
        set.version = version;
        made::signed(&set, by)
    };
    // A set and a bundle of the highest version, which are no rollback beside those of the vendor.
    fs::write(path.join("highest.json"), roots(u32::MAX, &[Stranger])).unwrap();
    let highest_bundle = made::signed(&made::bundle(u32::MAX, KeyState::Active), &[Stranger]);
    fs::write(path.join("highest-trust.json"), highest_bundle).unwrap();
    let state = ["--state", "state", "--clock", "2026-07-15"];
    let strangers_key: &[&str] = &["--trust", "stranger.pub"];
    let strangers_list: &[&str] = &["--trust", "stranger.pub", "--revocations", "list-of-a-stranger.json"];
    let strangers_roots: &[&str] = &["--trust", "stranger.json", "--roots", "highest.json"];
    let highest: &[&str] = &["--trust", "highest-trust.json", "--roots", "highest.json"];
    for (of_the_product, others) in [
        (
            &["--trust", "vendor.pub", "--revocations", "list-4.json"][..],
            [strangers_key, strangers_list, strangers_roots, highest],
        ),
        (
            &["--trust", "trust.json", "--roots", "roots.json", "--revocations", "list-4.json"],
            [strangers_key, strangers_list, strangers_roots, highest],
        ),
    ] {
        let _ = fs::remove_dir_all(path.join("state"));
        let revoked = || verify(path, &[of_the_product, &state, &["typical.txt"]]).code;
        assert_eq!(revoked(), 23);
        let before = fs::read(path.join("state/keyward.state")).unwrap();
        for other in others {
            let refused = verify(path, &[other, &state, &["typical.txt"]]);
            let why = ["has seen files of other keys than these", "rollback"];
            assert!(refused.code == 2 || refused.code == 27, "{refused:?}");
            assert!(why.iter().any(|why| format!("{refused:?}").contains(why)), "{refused:?}");
            assert!(fs::read(path.join("state/keyward.state")).unwrap() == before, "{other:?}");
        }
        assert_eq!(revoked(), 23);
    }
}

#[test]
fn a_hold_is_lifted_and_a_revocation_is_for_ever() {
    let folder = folder();
    let with = |list: &[&str]| {
        let state = ["--state", "state", "--clock", "2026-07-15"];
        verified(folder.path(), &[&KEY, &state, list, &["typical.txt"]]).1["outcome"].clone()
    };
    assert_eq!(with(&["--revocations", "list-2.json"]), "on-hold");
    assert_eq!(with(&[]), "on-hold", "as it is remembered");
    assert_eq!(with(&["--revocations", "list-3.json"]), "active");
    assert_eq!(with(&[]), "rollback", "a list that was seen is not taken away");
    assert_eq!(with(&["--revocations", "list-4.json"]), "revoked");
    assert_eq!(with(&[]), "revoked");
    assert_eq!(with(&["--revocations", "list-5.json"]), "revoked", "for ever");
}

#[test]
fn a_mistyped_key_that_is_revoked_is_remembered_too() {
    let folder = folder();
    let state = ["--state", "state", "--clock", "2026-07-15"];
    let mistyped = fs::read_to_string(folder.path().join("typical.txt")).unwrap().replace("60GSJ", "606SJ");
    let list = ["--revocations", "list-4.json"];
    assert_eq!(verify(folder.path(), &[&KEY, &state, &list, &[&mistyped]]).code, 23);
    assert_eq!(verify(folder.path(), &[&KEY, &state, &["typical.txt"]]).code, 23);
}

#[test]
fn a_refused_state_is_reported_and_kept_and_strict_options_refuse_the_license() {
    let altered = |folder: &Path| fs::write(folder.join("state/keyward.state"), b"nonsense").unwrap();
    let missing = |folder: &Path| fs::remove_file(folder.join("state/keyward.state")).unwrap();
    let older = |folder: &Path| {
        fs::copy(folder.join("first"), folder.join("state/keyward.state")).unwrap();
    };
    // The copy of the first run beside a lock file without a number.
    let first_run = |folder: &Path| {
        fs::copy(folder.join("first"), folder.join("state/keyward.state")).unwrap();
        fs::write(folder.join("state/keyward.lock"), [0x55; 64]).unwrap();
    };
    let flipped = |folder: &Path| {
        let path = folder.join("state/keyward.lock");
        let mut lock = fs::read(&path).unwrap();
        lock[15] ^= 1;
        lock[47] ^= 1;
        fs::write(path, lock).unwrap();
    };
    type Spoil = fn(&Path);
    let ways: [(&str, Spoil); 5] =
        [("altered", altered), ("missing", missing), ("older", older), ("altered", first_run), ("altered", flipped)];
    for (code, spoil) in ways {
        let folder = folder();
        let state = ["--state", "state", "--clock", "2026-06-15"];
        for _ in 0..3 {
            assert_eq!(verify(folder.path(), &[&KEY, &state, &["typical.txt"]]).code, 0);
            let first = folder.path().join("first");
            if !first.exists() {
                fs::copy(folder.path().join("state/keyward.state"), first).unwrap();
            }
        }
        spoil(folder.path());
        let left = fs::read(folder.path().join("state/keyward.state")).ok();
        let (exit, report) = verified(folder.path(), &[&KEY, &state, &["typical.txt"]]);
        assert_eq!((exit, &report["state"]["found"], &report["state"]["saved"]), (0, &json!(code), &json!(false)));
        let plain = verify(folder.path(), &[&KEY, &state, &["typical.txt"]]);
        assert!(plain.stderr.contains("keyward state reset --state state"), "{plain:?}");
        let strict = verify(folder.path(), &[&KEY, &state, &["--strict-clock", "typical.txt"]]);
        assert_eq!(strict.code, 22, "{strict:?}");
        assert_eq!(fs::read(folder.path().join("state/keyward.state")).ok(), left, "{code}");

        let shown = run(folder.path(), &["state", "show", "--state", "state", "--json"]);
        assert_eq!((shown.code, &shown.json()["found"]), (1, &json!(code)));
        assert_eq!(run(folder.path(), &["state", "reset", "--state", "state"]).code, 0);
        assert_eq!(verify(folder.path(), &[&KEY, &state, &["--strict-clock", "typical.txt"]]).code, 0);
    }
}

#[test]
fn a_state_of_another_machine_is_foreign() {
    let folder = folder();
    let on = |machine: &[&str]| {
        let state = ["--state", "state", "--clock", "2026-06-15"];
        verified(folder.path(), &[&KEY, &state, machine, &["typical.txt"]]).1["state"]["found"].clone()
    };
    assert_eq!(on(&["--fingerprint", MACHINE]), "begun");
    assert_eq!(on(&["--fingerprint", MACHINE]), "kept");
    assert_eq!(on(&["--fingerprint", "01ffeeddccbbaa998877665544332211"]), "foreign");
    assert_eq!(on(&[]), "foreign");
    let reset = run(folder.path(), &["state", "reset", "--state", "state"]);
    assert_eq!(reset.code, 1, "it may be whole: {reset:?}");
}

#[test]
fn given_roots_overrule_forged_roots_in_a_state() {
    let folder = folder();
    let state = ["--state", "state", "--clock", "2026-06-15"];
    let walk = ["--trust", "trust-5.json", "--roots", "roots.json", "--roots", "roots-2.json"];
    assert_eq!(verify(folder.path(), &[&walk, &state, &["typical.txt"]]).code, 0);
    // Roots of another vendor, which are not those of the state.
    let other = ["--trust", "stranger.json", "--roots", "roots-of-a-stranger.json"];
    let (code, report) = verified(folder.path(), &[&other, &state, &["typical.txt"]]);
    assert_eq!((code, &report["outcome"]), (27, &json!("rollback")), "{report}");
}

#[test]
fn roots_that_only_the_state_names_are_reported_as_such() {
    let folder = folder();
    // An attacker who forges a state and a bundle can forge a license too: here with roots of their own.
    let (trust, clock) = (["--trust", "stranger.json"], ["--state", "state", "--clock", "2026-06-15", "typical.txt"]);
    assert_eq!(verify(folder.path(), &[&trust, &["--roots", "roots-of-a-stranger.json"], &clock]).code, 0);
    let plain = verify(folder.path(), &[&trust, &clock]);
    assert!(plain.stdout.contains("trust bundle 1, signed by root set 1, named by the state alone\n"), "{plain:?}");
    assert_eq!(verified(folder.path(), &[&trust, &clock]).1["trust"]["roots_named_by"], "state");
    let explain = |more: &[&str]| run(folder.path(), &[&["explain"], &trust[..], more, &clock].concat()).stdout;
    let said = "          roots           whether they are the vendor's: only the state names them; to check it: \
         --roots ROOTS\n";
    let unproven = explain(&[]);
    assert!(unproven.split_once("What was not checked").unwrap().1.contains(said), "{unproven}");
    assert!(!explain(&["--roots", "roots-of-a-stranger.json"]).contains("only the state names them"));
    let bundle = ["explain", "--trust", "stranger.json", "--state", "state", "stranger.json"];
    let bundle = run(folder.path(), &bundle).stdout;
    assert!(bundle.contains(said), "{bundle}");
}

#[test]
fn root_sets_that_were_followed_may_be_given_again() {
    let folder = folder();
    let newest = ["--trust", "trust-5.json", "--at", "2026-06-15", "typical.txt"];
    let twice =
        ["--roots", "roots.json", "--roots", "roots.json", "--roots", "roots-2.json", "--roots", "roots-2.json"];
    assert_eq!(verify(folder.path(), &[&newest, &twice]).code, 0);
    let backward = ["--roots", "roots-2.json", "--roots", "roots.json"];
    assert_eq!(verify(folder.path(), &[&newest, &backward]).code, 0, "what is trusted first is what is named first");
}

#[test]
fn a_state_is_a_folder_and_a_list_may_be_a_day_old() {
    let folder = folder();
    for command in [
        &["verify", "--trust", "vendor.pub", "--state", "typical.txt", "typical.txt"][..],
        &["explain", "--trust", "vendor.pub", "--state", "typical.txt", "list-1.json"],
        &["state", "show", "--state", "typical.txt"],
    ] {
        let refused = run(folder.path(), command);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("typical.txt is a file: --state takes the folder"), "{refused:?}");
    }
    let never = ["--revocations", "list-1.json", "--max-staleness", "0", "--at", "2026-03-01", "typical.txt"];
    assert_eq!(verify(folder.path(), &[&KEY, &never]).code, 2, "no list is as new as that");
}

#[test]
fn the_state_is_shown_and_reset() {
    let folder = folder();
    let state = ["--state", "state", "--clock", "2026-07-15", "--revocations", "list-4.json", "typical.txt"];
    assert_eq!(verify(folder.path(), &[&BUNDLE, &state]).code, 23);
    let shown = run(folder.path(), &["state", "show", "--state", "state", "--json"]).json();
    assert_eq!((&shown["found"], &shown["bundle"], &shown["list"]), (&json!("kept"), &json!(3), &json!(4)));
    assert_eq!((&shown["roots"]["version"], &shown["roots"]["threshold"]), (&json!(1), &json!(2)));
    let digest = "80dad5233b51f0044c0109e09d6047ae";
    assert_eq!(shown["licenses"], json!([{"digest": digest, "outcome": "revoked", "reason": "leaked", "list": 4}]));
    let plain = run(folder.path(), &["state", "show", "--state", "state"]).stdout;
    assert!(plain.contains(shown["id"].as_str().unwrap()) && plain.contains("--recover"), "{plain}");

    let reset = |more: &[&str]| run(folder.path(), &[&["state", "reset", "--state", "state"], more].concat());
    assert_eq!(reset(&[]).code, 1);
    let forgotten = reset(&["--force"]);
    assert_eq!(forgotten.code, 0);
    assert!(forgotten.stderr.contains(digest) && forgotten.stderr.contains("revocation list 4"), "{forgotten:?}");
    let after = run(folder.path(), &["state", "show", "--state", "state", "--json"]).json();
    assert_eq!((&after["list"], &after["licenses"]), (&Value::Null, &json!([])));
    assert_ne!(after["id"], shown["id"]);
    let nowhere = run(folder.path(), &["state", "show", "--state", "nowhere"]);
    assert!(nowhere.code == 1 && nowhere.stderr.contains("there is no state in nowhere"), "{nowhere:?}");
    assert!(!folder.path().join("nowhere").exists());
}
