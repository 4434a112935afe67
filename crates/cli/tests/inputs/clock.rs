//! The clock, the evidence of the time, and recoveries.

use std::fs;
use std::path::Path;

use keyward_testing::skip::has_programs;
use keyward_verifier::files::{DelegatedKey, Delegation, KeyState, Purpose, Reason, Status, TrustBundle};
use serde_json::json;

use super::made::{self, By};
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

/// A state that a clock in 2099 has moved, and a recovery of 2026-06-15 for it.
fn ahead(folder: &Path) {
    fs::copy(common::fixtures().join("vendor.key"), folder.join("vendor.key")).unwrap();
    let ahead = ["verify", "--trust", "vendor.pub", "--state", "state", "--clock", "2099-01-01", "typical.txt"];
    assert_eq!(run(folder, &ahead).code, 21);
    let shown = run(folder, &["state", "show", "--state", "state", "--json"]).json();
    let name = shown["id"].as_str().unwrap();
    let issue = ["time", "issue", "--key", "vendor.key", "--at", "2026-06-15", "--recover", name, "-o", "back.json"];
    assert_eq!(run(folder, &issue).code, 0);
}

#[test]
fn a_recovery_is_applied_only_if_the_state_can_be_written() {
    let folder = folder();
    ahead(folder.path());
    let with = |more: &[&str]| {
        let arguments = ["--state", "state", "--clock", "2026-06-16", "--time", "back.json", "typical.txt"];
        verify(folder.path(), &[&KEY, &arguments, more])
    };
    let in_the_way = folder.path().join("state/keyward.state.new");
    fs::create_dir(&in_the_way).unwrap();
    for _ in 0..3 {
        let refused = with(&["--strict-clock"]);
        assert_eq!(refused.code, 22, "{refused:?}");
        assert!(
            refused.stderr.contains("the recovery was not applied, since the state can't be written"),
            "{refused:?}"
        );
    }
    assert_eq!(with(&["--json"]).json()["time"]["recovery"], "not-saved");
    fs::remove_dir(&in_the_way).unwrap();
    assert_eq!(with(&["--json"]).json()["time"]["recovery"], "applied");
    assert_eq!(with(&["--json"]).json()["time"]["recovery"], "recovery-used");
}

#[test]
fn a_recovery_waits_until_the_clock_is_right() {
    let folder = folder();
    ahead(folder.path());
    let with = |clock: &str| {
        let arguments = ["--state", "state", "--clock", clock, "--time", "back.json", "typical.txt"];
        let (code, said) = verified(folder.path(), &[&KEY, &arguments]);
        (code, said["time"]["recovery"].as_str().unwrap().to_owned())
    };
    for clock in ["2099-06-01", "2099-06-02", "2030-01-01", "2026-07-25T12:00:01Z"] {
        assert_eq!(with(clock), (21, "clock-ahead".to_owned()), "{clock}");
    }
    let said = verify(
        folder.path(),
        &[&KEY, &["--state", "state", "--clock", "2099-06-01", "--time", "back.json", "typical.txt"]],
    );
    assert!(said.stderr.contains("set the clock first, then use the recovery"), "{said:?}");
    assert_eq!(with("2026-07-25T12:00:00Z"), (0, "applied".to_owned()));
}

#[test]
fn a_fingerprint_without_components_ties_the_state_to_nothing_and_says_so() {
    let folder = folder();
    let nothing = "01000000000000000000000000000000";
    let with = |more: &[&str]| {
        let arguments = ["--state", "state", "--clock", "2026-06-16", "--strict-clock", "typical.txt"];
        verify(folder.path(), &[&KEY, &arguments, more])
    };
    for _ in 0..2 {
        let said = with(&["--fingerprint", nothing]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.stderr.contains("the state is tied to no machine"), "{said:?}");
    }
    let reset = ["state", "reset", "--force", "--state", "state", "--fingerprint", nothing];
    assert_eq!(run(folder.path(), &reset).code, 0);
    assert_eq!(with(&["--fingerprint", nothing]).code, 0);
    let other = with(&["--fingerprint", "01aaaaaa000000000000000000000000"]);
    assert_eq!((other.code, other.stderr.as_str()), (0, ""));
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

/// The bundle moves the mark to its own date again, after every recovery.
#[test]
fn a_recovery_beside_a_bundle_that_is_dated_ahead_is_not_used_up() {
    let folder = folder();
    let path = folder.path();
    fs::copy(common::fixtures().join("vendor.key"), path.join("vendor.key")).unwrap();
    let bundle = |version, issued_at| {
        let mut bundle = made::bundle(version, KeyState::Active);
        bundle.issued_at = made::time(issued_at);
        let signed = made::signed(&bundle, &[made::By::Root(1), made::By::Root(2)]);
        fs::write(path.join("bundle.json"), signed).unwrap();
    };
    let with = |more: &[&str]| {
        let arguments = ["--roots", "roots.json", "--trust", "bundle.json", "--state", "state", "typical.txt"];
        verify(path, &[&arguments, &["--clock", "2026-06-16T12:00:00Z"], more])
    };
    bundle(5, "2027-06-01T00:00:00Z");
    assert_eq!(with(&[]).code, 21);
    let shown = run(path, &["state", "show", "--state", "state", "--json"]).json();
    let name = shown["id"].as_str().unwrap();
    let issue = ["time", "issue", "--key", "vendor.key", "--at", "2026-06-15", "--recover", name, "-o", "back.json"];
    assert_eq!(run(path, &issue).code, 0);
    for _ in 0..2 {
        let refused = with(&["--time", "back.json"]);
        assert_eq!(refused.code, 21, "{refused:?}");
        assert!(!refused.stderr.contains("was applied"), "{refused:?}");
        assert!(refused.stderr.contains("ask the vendor for that file again, then use the recovery"), "{refused:?}");
        assert_eq!(with(&["--time", "back.json", "--json"]).json()["time"]["recovery"], "evidence-ahead");
    }
    // The next bundle is dated right, and the recovery is still there.
    bundle(6, "2026-06-10T00:00:00Z");
    let applied = with(&["--time", "back.json", "--json"]);
    assert_eq!((applied.code, &applied.json()["time"]["recovery"]), (0, &json!("applied")));
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

/// The row with the advice.
fn to_do(arguments: &[&[&str]]) -> String {
    let folder = folder();
    to_do_in(folder.path(), arguments)
}

fn to_do_in(folder: &std::path::Path, arguments: &[&[&str]]) -> String {
    let ended = verify(folder, arguments);
    let row = ended.stdout.lines().find_map(|line| line.strip_prefix("  what to do")).unwrap_or_default();
    row.trim().to_owned()
}

#[test]
fn a_wrong_clock_is_named_where_it_is_the_probable_cause() {
    // Before its first day: at the beginning of a clock without a battery, long before, and shortly before.
    for clock in ["1970-01-01", "2000-01-01", "2000-01-01T00:10:00Z", "2019-12-31", "2025-12-30"] {
        let said = to_do(&[&KEY, &["--clock", clock, "typical.txt"]]);
        assert_eq!(said, format!("this machine's clock says {}; set it", &clock[..10]));
    }
    // After its last day, which is 2026-12-31: soon after, and long after.
    assert_eq!(to_do(&[&KEY, &["--clock", "2027-06-15", "typical.txt"]]), "ask the vendor for the next license");
    for clock in ["2028-02-01", "2099-01-01", "9998-12-31"] {
        let expected = format!(
            "this machine's clock says {clock}; if that is not today, set it; if it is, ask the vendor for the next license"
        );
        assert_eq!(to_do(&[&KEY, &["--clock", clock, "typical.txt"]]), expected);
    }
    // In a request about another time, the clock is not the cause.
    for (at, expected) in [
        ("2000-01-01", "use the present license until the first day of this one"),
        ("2099-01-01", "ask the vendor for the next license"),
    ] {
        assert_eq!(to_do(&[&KEY, &["--at", at, "typical.txt"]]), expected);
    }
    // The age of lists and validation files also depends on the clock.
    let list = ["--revocations", "list-3.json", "--max-staleness", "30", "typical.txt"];
    let stale = |clock: &str| to_do(&[&KEY, &["--clock", clock], &list]);
    assert_eq!(stale("2026-09-15"), "bring a newer revocation list from the vendor");
    assert_eq!(
        stale("2028-09-15"),
        "this machine's clock says 2028-09-15; if that is not today, set it; if it is, bring a newer revocation list from \
         the vendor"
    );
    // A usable license also comes with a remark on a clock that can't be right.
    let usable = verify(folder().path(), &[&KEY, &["--clock", "2000-01-01", "--built", "2026-06-12", "typical.txt"]]);
    assert_eq!(usable.code, 0);
    assert!(usable.stderr.contains("This machine's clock says 2000-01-01; set it.\n"), "{usable:?}");
    let explained = run(folder().path(), &["explain", "--trust", "vendor.pub", "--clock", "2000-01-01", "typical.txt"]);
    assert!(explained.stdout.contains("This machine's clock says 2000-01-01; set it."), "{explained:?}");
}

#[test]
fn a_list_that_is_dated_ahead_is_stale_and_remarked() {
    let folder = folder();
    let write = |name: &str, contents: &[u8]| fs::write(folder.path().join(name), contents).unwrap();
    // The key signs lists, and may not tell the time.
    let lists = Delegation::unlimited([Purpose::Licenses, Purpose::Revocations]);
    let key = DelegatedKey::active(By::Vendor.key(), "licensing".to_owned(), lists);
    let bundle = TrustBundle::new(3, made::time("2026-01-10T09:00:00Z"), vec![key]).unwrap();
    write("b.json", &made::signed(&bundle, &[By::Root(1), By::Root(2)]));
    write("ahead.json", &made::signed(&made::list(7, "2099-01-01T00:00:00Z", None), &[By::Vendor]));
    let revoked = Some(Status::Revoked(Reason::Leaked));
    write("revokes.json", &made::signed(&made::list(7, "2099-01-01T00:00:00Z", revoked), &[By::Vendor]));
    let with = |clock: &str, more: &[&str]| {
        let trust = ["--trust", "b.json", "--roots", "roots.json", "--clock", clock, "typical.txt"];
        verify(folder.path(), &[&trust, more])
    };
    let ahead = ["--revocations", "ahead.json"];
    let limited = ["--revocations", "ahead.json", "--max-staleness", "30", "--json"];

    // With an age, it is refused; and a clock that may be behind is named.
    let refused = with("2026-06-01", &limited);
    let said = refused.json();
    assert_eq!((refused.code, &said["outcome"]), (26, &json!("stale-list")));
    assert_eq!(said["evidence"], json!({"file": "ahead.json", "list": 7, "issued_at": "2099-01-01T00:00:00Z"}));
    assert_eq!(said["revocations"]["dated_ahead"], true);
    let to_do = |clock: &str| {
        let trust = ["--trust", "b.json", "--roots", "roots.json", "--clock", clock, "typical.txt"];
        to_do_in(folder.path(), &[&trust, &limited[..4]])
    };
    let otherwise = "bring a newer revocation list from the vendor";
    assert_eq!(
        to_do("2026-06-01"),
        format!("this machine's clock says 2026-06-01; if that is not today, set it; if it is, {otherwise}")
    );
    assert_eq!(with("2026-12-31", &limited).code, 26);

    // Without one, it is remarked, and its age is not shown as 0 days.
    let remarked = with("2026-06-01", &ahead);
    assert_eq!(remarked.code, 0, "{remarked:?}");
    assert!(
        remarked.stderr.contains(
            "Remark: revocation list 7 is dated ahead, at 2099-01-01T00:00:00Z: its age is not known. To do: this machine's \
             clock says 2026-06-01; if that is not today, set it; if it is, ask the vendor for another list.\n"
        ),
        "{remarked:?}"
    );
    assert!(remarked.stdout.contains("list 7, dated ahead: at 2099-01-01T00:00:00Z, "), "{remarked:?}");

    // In a request about an earlier time, nothing is wrong with a later list.
    let earlier = ["--trust", "b.json", "--roots", "roots.json", "--at", "2026-06-01", "typical.txt"];
    let asked = verify(folder.path(), &[&earlier, &ahead]);
    assert!(!asked.stderr.contains("ahead") && !asked.stdout.contains("ahead"), "{asked:?}");
    assert!(
        asked.stdout.contains("list 7, issued at 2099-01-01T00:00:00Z, after the time of the request\n"),
        "{asked:?}"
    );

    // What it says of the license applies.
    let revokes = ["--revocations", "revokes.json", "--max-staleness", "30"];
    assert_eq!(with("2026-06-01", &revokes).code, 23);

    let trust = ["explain", "--trust", "b.json", "--roots", "roots.json", "--clock", "2026-06-01", "ahead.json"];
    let explained = run(folder.path(), &trust);
    assert!(explained.stdout.contains("dated more than a day ahead: its age is not known"), "{explained:?}");
    assert_eq!(explained.code, 0);
}

#[test]
fn a_clock_that_ran_ahead_once_leads_to_the_recovery() {
    let folder = folder();
    let state = ["--state", "state", "typical.txt"];
    let at = |clock: &str, more: &[&str]| to_do_in(folder.path(), &[&KEY, &["--clock", clock], &state, more]);
    assert_eq!(at("2026-06-01", &[]), "");
    at("2099-01-01", &[]);
    let shown = run(folder.path(), &["state", "show", "--state", "state", "--json"]).json();
    let recovery = format!(
        "the clock ran ahead once: ask the vendor's support for a recovery of the state {}",
        shown["id"].as_str().unwrap()
    );
    let expected = format!("this machine's clock says 2026-06-15; if that is not today, set it; if it is, {recovery}");
    assert_eq!(at("2026-06-15", &[]), expected);
    assert_eq!(at("2026-06-15", &["--strict-clock"]), format!("set the clock; if it is right, {recovery}"));
    let explained = run(
        folder.path(),
        &["explain", "--trust", "vendor.pub", "--state", "state", "--clock", "2026-06-15", "typical.txt"],
    );
    assert!(explained.stdout.contains(&recovery), "{explained:?}");
    let remark = verify(folder.path(), &[&KEY, &["--clock", "2026-06-15"], &state]).stderr;
    assert!(remark.contains(&format!("Set the clock; if it is right, {recovery}.")), "{remark}");

    // If a list is too old only by that time, the advice does not ask for a list.
    let list = ["--revocations", "list-3.json", "--max-staleness", "60"];
    assert!(at("2026-06-15", &list).ends_with(&recovery));
    // If the license has ended by the clock too, the clock is not the cause.
    let list = ["--revocations", "list-3.json"];
    assert_eq!(at("2027-03-01", &list), "ask the vendor for the next license");
    // A file that is dated ahead moves the time again after every recovery.
    let said = to_do_in(
        folder.path(),
        &[
            &KEY,
            &["--clock", "2026-03-01", "--time", "time.json", "--strict-clock"],
            &["--state", "other", "typical.txt"],
        ],
    );
    assert_eq!(said, "set the clock; if it is right, a file that was used is dated ahead: ask the vendor for it again");
}

#[test]
fn nothing_is_issued_or_signed_under_a_clock_that_can_not_be_right() {
    if !has_programs("nothing_is_issued_or_signed_under_a_clock_that_can_not_be_right", &["faketime"]) {
        return;
    }
    let folder = folder();
    for name in ["vendor.key", "claims.json"] {
        fs::copy(common::fixtures().join(name), folder.path().join(name)).unwrap();
    }
    assert_eq!(run(folder.path(), &["catalog", "new", "-o", "catalog.toml"]).code, 0);
    let files = || fs::read_dir(folder.path()).unwrap().count();
    let before = files();
    let issue = "issue --catalog catalog.toml --key vendor.key --issued-by ci --offer pro-annual";
    // Linux has no clock before 1970, and other systems have one.
    for year in ["1969", "1970", "2000", "2025"] {
        let run = |line: &str| {
            let mut command = std::process::Command::new("faketime");
            command.arg(format!("{year}-06-15 12:00:00")).arg(env!("CARGO_BIN_EXE_keyward")).args(line.split(' '));
            common::ended(command.current_dir(folder.path()))
        };
        for line in [
            issue,
            "file create --key vendor.key typical.txt",
            "file create --key vendor.key --validation typical.txt",
            "time issue --key vendor.key",
            "revocations new new.json",
            "trust init --root vendor.pub --threshold 1 --roots new-roots.json new-trust.json",
        ] {
            let refused = run(line);
            assert!(refused.code == 1 && refused.stdout.is_empty(), "{line}: {refused:?}");
            assert!(refused.stderr.contains(&format!("this machine's clock says {year}-06-15; set it")), "{refused:?}");
        }
        assert_eq!(run("time issue --key vendor.key --at 2026-06-15").code, 0, "with a date of its own");
        let said = run("verify --trust vendor.pub typical.txt").stdout;
        assert!(said.contains(&format!("this machine's clock says {year}-06-15; set it")), "{said}");
    }
    let _ = fs::remove_file(folder.path().join("keyward.numbers"));
    assert_eq!(files(), before);
}
