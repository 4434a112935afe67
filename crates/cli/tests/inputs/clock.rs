//! The clock, the evidence of the time, and recoveries.

use std::fs;

use serde_json::json;

use crate::common::{self, run};
use crate::{KEY, folder, verified, verify};

#[test]
fn a_clock_that_is_set_back_gains_no_time() {
    let folder = folder();
    let at = |clock: &str| verified(folder.path(), &[&KEY, &["--state", "state", "--clock", clock, "typical.txt"]]).1;
    assert_eq!(at("2026-12-20T12:00:00Z")["outcome"], "expiring-soon");
    let set_back = at("2026-06-20T12:00:00Z");
    assert_eq!((&set_back["outcome"], &set_back["at"]), (&json!("expiring-soon"), &json!("2026-12-20T12:00:00Z")));
    let clock = json!({
        "suspect": true, "behind_by_seconds": 183 * 86_400, "backward_steps": 1, "largest_step_seconds": 183 * 86_400,
    });
    assert_eq!(set_back["clock"], clock);
    assert_eq!(at("2027-01-20T12:00:00Z")["outcome"], "expired");
    assert_eq!(at("2026-06-20T12:00:00Z")["outcome"], "expired", "once it was known");
}

#[test]
fn each_kind_of_evidence_moves_the_time() {
    let folder = folder();
    let at = |evidence: &[&str]| {
        let clock = ["--clock", "2026-01-05T00:00:00Z"];
        verified(folder.path(), &[&clock, evidence]).1["at"].as_str().unwrap().to_owned()
    };
    for (evidence, now) in [
        (&["--trust", "vendor.pub", "typical.txt"][..], "2026-01-05T00:00:00Z"),
        (&["--trust", "trust.json", "--roots", "roots.json", "typical.txt"], "2026-01-10T09:00:00Z"),
        (&["--trust", "vendor.pub", "acme.lic"], "2026-03-01T09:00:00Z"),
        (&["--trust", "vendor.pub", "--revocations", "list-3.json", "typical.txt"], "2026-05-01T00:00:00Z"),
        (&["--trust", "vendor.pub", "--time", "time.json", "typical.txt"], "2026-06-10T09:00:00Z"),
        (&["--trust", "vendor.pub", "--built", "2026-06-12", "typical.txt"], "2026-06-12T00:00:00Z"),
    ] {
        assert_eq!(at(evidence), now, "{evidence:?}");
    }
}

#[test]
fn verifying_at_another_time_leaves_the_state_unchanged() {
    let folder = folder();
    let state = ["--state", "state"];
    let ask = |at: &str| verify(folder.path(), &[&KEY, &state, &["--at", at, "typical.txt"]]);
    assert_eq!(ask("2027-06-15").code, 21);
    assert!(!folder.path().join("state").exists());
    assert_eq!(verify(folder.path(), &[&KEY, &state, &["--clock", "2026-06-15", "typical.txt"]]).code, 0);
    let before = fs::read(folder.path().join("state/keyward.state")).unwrap();
    let asked = ask("2027-06-15");
    assert_eq!(asked.code, 21);
    assert!(asked.stderr.contains("was read, and not changed"), "{asked:?}");
    assert_eq!(fs::read(folder.path().join("state/keyward.state")).unwrap(), before);
}

#[test]
fn a_clock_that_ran_ahead_is_recovered_once() {
    let folder = folder();
    let with = |more: &[&str]| {
        verified(folder.path(), &[&KEY, &["--state", "ahead", "--clock", "2026-06-15T12:00:00Z", "typical.txt"], more])
            .1
    };
    assert_eq!(with(&[])["outcome"], "expired");
    assert_eq!(with(&["--time", "time.json"])["outcome"], "expired", "a statement that is no recovery");
    let recovered = with(&["--time", "recovery.json"]);
    assert_eq!((&recovered["outcome"], &recovered["time"]["recovery"]), (&json!("active"), &json!("applied")));
    assert_eq!(with(&[])["outcome"], "active");
    let again = with(&["--time", "recovery.json"]);
    assert_eq!((&again["outcome"], &again["time"]["recovery"]), (&json!("active"), &json!("recovery-used")));

    let other = ["--state", "other", "--clock", "2026-06-15T12:00:00Z", "--time", "recovery.json", "typical.txt"];
    assert_eq!(verified(folder.path(), &[&KEY, &other]).1["time"]["recovery"], "recovery-of-another");
    let none = ["--clock", "2026-06-15T12:00:00Z", "--time", "recovery.json", "typical.txt"];
    assert_eq!(verified(folder.path(), &[&KEY, &none]).1["time"]["recovery"], "no-state");
}

#[test]
fn the_support_desk_recovers_the_time_of_one_state() {
    let folder = folder();
    fs::copy(common::fixtures().join("vendor.key"), folder.path().join("vendor.key")).unwrap();
    let at = |clock: &str, more: &[&str]| {
        verified(folder.path(), &[&KEY, &["--state", "state", "--clock", clock, "typical.txt"], more]).1
    };
    assert_eq!(at("2099-01-01", &[])["outcome"], "expired");
    assert_eq!(at("2026-06-15", &[])["outcome"], "expired");
    let shown = run(folder.path(), &["state", "show", "--state", "state", "--json"]).json();
    assert_eq!((&shown["mark"], &shown["backward_steps"]), (&json!("2027-01-15T12:00:00Z"), &json!(1)));

    let name = shown["id"].as_str().unwrap();
    let issue = ["time", "issue", "--key", "vendor.key", "--at", "2026-06-15", "--recover", name, "-o", "back.json"];
    assert_eq!(run(folder.path(), &issue).code, 0);
    assert_eq!(at("2026-06-16", &["--time", "back.json"])["outcome"], "active");
    assert_eq!(at("2026-06-17", &[])["outcome"], "active");
}

#[test]
fn a_recovery_that_was_applied_before_is_not_a_failure() {
    let folder = folder();
    let with = |clock: &str, state: &str| {
        verify(folder.path(), &[&KEY, &["--state", state, "--clock", clock, "--time", "recovery.json", "typical.txt"]])
    };
    let applied = with("2026-06-15T12:00:00Z", "ahead");
    assert!(applied.stderr.contains("its time was set back"), "{applied:?}");
    assert_eq!(with("2026-06-16T12:00:00Z", "ahead").stderr, "", "it lies beside the others");
    let suspect = with("2026-06-10T12:00:00Z", "ahead");
    assert!(suspect.stderr.contains("the recovery was not applied"), "{suspect:?}");
}

#[test]
fn a_recovery_without_effect_does_not_claim_one() {
    let folder = folder();
    fs::copy(common::fixtures().join("vendor.key"), folder.path().join("vendor.key")).unwrap();
    let with = |more: &[&str]| verify(folder.path(), &[&KEY, &["--state", "state", "typical.txt"], more]);
    assert_eq!(with(&["--clock", "2026-06-01"]).code, 0);
    let shown = run(folder.path(), &["state", "show", "--state", "state", "--json"]).json();
    let name = shown["id"].as_str().unwrap();
    let issue = ["time", "issue", "--key", "vendor.key", "--at", "2026-06-15", "--recover", name, "-o", "on.json"];
    assert_eq!(run(folder.path(), &issue).code, 0);
    let applied = with(&["--clock", "2026-06-16", "--time", "on.json"]).stderr;
    assert!(applied.contains("was applied to the state") && !applied.contains("set back"), "{applied}");
}
