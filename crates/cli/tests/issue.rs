//! The traces of issuing: on disk, in the log, and after failures.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Ended, ended, fixture, keyward, run};
use keyward_catalog::Catalog;
use keyward_issuer::issuance::Issuance;
use keyward_issuer::order::Order;
use keyward_issuer::policy::Policy;
use keyward_issuer::record::RecordFile;
use keyward_issuer::{ActivationRequest, Day, Fingerprint, Issuer, SigningKey};
use tempfile::{TempDir, tempdir};

const ISSUE: [&str; 7] = ["issue", "--catalog", "catalog.toml", "--key", "vendor.key", "--issued-by", "ci"];

fn shop() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("catalog.toml"), Catalog::EXAMPLE).unwrap();
    fs::write(folder.path().join("vendor.key"), fixture("vendor.key")).unwrap();
    folder
}

fn issue(folder: &Path, arguments: &[&str]) -> Ended {
    run(folder, &[&ISSUE, arguments].concat())
}

fn lines(folder: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(folder.join("issued.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_log_of_a_pipeline_has_no_group_of_the_key_and_its_files_are_private() {
    let folder = shop();
    for (form, output) in [(&[][..], "key.txt"), (&["--json"], "key.json")] {
        let order = ["--offer", "pro-annual", "--record", "issued.jsonl", "-o", output];
        let said = issue(folder.path(), &[&order[..], form].concat());
        assert_eq!(said.code, 0, "{said:?}");
        let key = lines(folder.path()).last().unwrap()["key"].as_str().unwrap().to_owned();
        assert!(fs::read_to_string(folder.path().join(output)).unwrap().replace('\n', "").contains(&key));
        for group in key.split('-') {
            assert!(!said.stdout.contains(group) && !said.stderr.contains(group), "{group} in {said:?}");
        }
        #[cfg(unix)]
        for file in [output, "issued.jsonl"] {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }
}

#[test]
fn the_record_says_who_issued_what_why_and_when() {
    let folder = shop();
    let papers = ["--approved-by", "Ada", "--reason", "a pilot", "--ticket", "https://desk.example/17"];
    let what = ["--offer", "pro-trial", "--term", "33d", "--customer", "acme-17", "--record", "issued.jsonl"];
    let issued = issue(folder.path(), &[&what[..], &papers].concat());
    assert_eq!(issued.code, 0, "{issued:?}");
    let line = &lines(folder.path())[0];
    assert_eq!(line["approval"], serde_json::json!({ "by": "Ada", "reason": "a pilot" }));
    assert_eq!(
        (&line["issued_by"], &line["customer"], &line["offer"]),
        (&"ci".into(), &"acme-17".into(), &"pro-trial".into())
    );
    assert!(line["issued_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(line["names"]["edition"], "Professional");
    assert_eq!(issued.stdout.replace(['\n', '-'], ""), line["key"].as_str().unwrap().replace('-', ""));
}

#[test]
fn a_torn_last_line_is_reported_and_kept() {
    let folder = shop();
    let order = ["--offer", "pro-annual", "--record", "issued.jsonl", "-o", "key.txt", "--force"];
    assert_eq!(issue(folder.path(), &order).code, 0);
    let record = folder.path().join("issued.jsonl");
    let whole = fs::read_to_string(&record).unwrap();
    fs::write(&record, format!("{whole}{}", &whole[..100])).unwrap();
    let issued = issue(folder.path(), &order);
    assert_eq!(issued.code, 0, "{issued:?}");
    assert!(issued.stderr.contains("line 2, is incomplete after a crash"), "{issued:?}");
    assert_eq!(lines(folder.path()).len(), 2);
    let kept = fs::read_to_string(folder.path().join("issued.jsonl.torn")).unwrap();
    assert_eq!(kept, format!("{}\n", &whole[..100]));
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_is_full_means_no_key_and_a_record_as_it_was() {
    let folder = shop();
    let order = ["--offer", "pro-annual", "--record", "issued.jsonl"];
    assert_eq!(issue(folder.path(), &order).code, 0);
    let before = fs::read(folder.path().join("issued.jsonl")).unwrap();
    // A file may grow by at most 512 bytes: not enough for a record.
    let blocks = before.len() / 512 + 1;
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let refused = ended(
        Command::new("sh")
            .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_keyward")])
            .args(ISSUE)
            .args(order)
            .current_dir(folder.path())
            .stdin(Stdio::null()),
    );
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
    assert!(refused.stderr.contains("nothing is issued without"), "{refused:?}");
    assert_eq!(fs::read(folder.path().join("issued.jsonl")).unwrap(), before);
}

#[test]
fn many_processes_at_once_record_each_license_once() {
    let folder = shop();
    let order = [&ISSUE[..], &["--offer", "pro-annual", "--record", "issued.jsonl"]].concat();
    let children: Vec<_> =
        (0..8).map(|_| keyward(folder.path(), &order).stdout(Stdio::piped()).spawn().unwrap()).collect();
    let mut keys: Vec<String> = children
        .into_iter()
        .map(|child| String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().replace(['\n', '-'], ""))
        .collect();
    let mut recorded: Vec<String> =
        lines(folder.path()).iter().map(|line| line["key"].as_str().unwrap().replace('-', "")).collect();
    keys.sort();
    recorded.sort();
    assert_eq!(keys, recorded);
    assert_eq!(keys.len(), 8);
}

#[test]
fn requests_at_once_get_keys_for_as_many_machines_as_the_license_is_for() {
    let folder = shop();
    let license =
        ["--offer", "pro-annual", "--activations", "3", "--serial", "0000000000000001", "--record", "issued.jsonl"];
    assert_eq!(issue(folder.path(), &[&license[..], &["-o", "acme.txt"]].concat()).code, 0);
    let children: Vec<_> = (1..=8)
        .map(|number: u8| {
            let machine = Fingerprint::from_digests([Some([number, 1, 1]), Some([number, 2, 2]), None, None, None]);
            let request = ActivationRequest::new("0000000000000001".parse().unwrap(), machine).to_string();
            let order = [&ISSUE[..], &["--request", &request, "--record", "issued.jsonl"]].concat();
            keyward(folder.path(), &order).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    let codes: Vec<_> = children.into_iter().map(|mut child| child.wait().unwrap().code().unwrap()).collect();
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 3, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 3).count(), 5, "{codes:?}");
    assert_eq!(lines(folder.path()).iter().filter(|line| line["action"] == "locked").count(), 3);
}

#[test]
fn a_request_is_answered_with_the_owner_of_the_license() {
    let folder = shop();
    let owner = ["--customer", "acme-17", "--licensee", "Acme Ltd", "--serial", "0000000000000001"];
    let license = [&["--offer", "pro-annual", "--record", "issued.jsonl", "-o", "acme.txt"][..], &owner].concat();
    assert_eq!(issue(folder.path(), &license).code, 0);
    let machine = Fingerprint::from_digests([Some([1; 3]), Some([2; 3]), None, None, None]);
    let request = ActivationRequest::new("0000000000000001".parse().unwrap(), machine).to_string();
    for _ in 0..2 {
        let answer = issue(folder.path(), &["--request", &request, "--record", "issued.jsonl"]);
        assert_eq!(answer.code, 0, "{answer:?}");
        let named = "give the key to the owner of the license alone (customer acme-17, licensee Acme Ltd)";
        assert!(answer.stderr.contains(named), "{answer:?}");
    }
    assert_eq!(lines(folder.path()).len(), 2);
}

#[test]
fn a_request_comes_from_a_file_a_variable_or_standard_input_and_needs_the_record() {
    let folder = shop();
    let license =
        ["--offer", "pro-annual", "--record", "issued.jsonl", "--serial", "0000000000000001", "-o", "acme.txt"];
    assert_eq!(issue(folder.path(), &license).code, 0);
    let fingerprint = ["request", "--fingerprint", "01b2c3d4000000e5f607a8b9ca000000", "acme.txt"];
    fs::write(folder.path().join("request.txt"), run(folder.path(), &fingerprint).stdout).unwrap();
    let answer = issue(folder.path(), &["--request", "request.txt", "--record", "issued.jsonl"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let stdin = [&ISSUE[..], &["--request", "-", "--record", "issued.jsonl"]].concat();
    let input = fs::File::open(folder.path().join("request.txt")).unwrap();
    let again = ended(keyward(folder.path(), &stdin).stdin(input));
    assert_eq!((again.code, &again.stdout), (0, &answer.stdout), "{again:?}");
    assert_eq!(issue(folder.path(), &["--request", "request.txt"]).code, 2);
    let other = issue(folder.path(), &["--request", "request.txt", "--record", "mistyped.jsonl"]);
    assert_eq!(other.code, 1, "{other:?}");
    assert!(!folder.path().join("mistyped.jsonl").exists());
}

#[test]
fn a_license_that_another_key_signed_is_not_reissued() {
    let folder = shop();
    assert_eq!(run(folder.path(), &["keygen", "-o", "other.key", "--no-passphrase"]).code, 0);
    let order = ["--offer", "pro-annual", "--serial", "00000000000000aa", "--record", "issued.jsonl", "-o", "one.txt"];
    let mut forged = vec!["issue", "--catalog", "catalog.toml", "--key", "other.key", "--issued-by", "ci"];
    forged.extend(order);
    assert_eq!(run(folder.path(), &forged).code, 0);

    let again = ["reissue", "--catalog", "catalog.toml", "--key", "vendor.key", "--issued-by", "ci"];
    let what =
        ["--record", "issued.jsonl", "--serial", "00000000000000aa", "--reason", "r", "--ticket", "t", "-o", "two.txt"];
    let refused = run(folder.path(), &[&again[..], &what].concat());
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.stderr.contains("not signed by a trusted key"), "{refused:?}");
    assert!(!folder.path().join("two.txt").exists());
    assert_eq!(lines(folder.path()).len(), 1);
    // With the public key of the earlier signing key, it is reissued.
    let reissued = run(folder.path(), &[&again[..], &what, &["--trust", "other.pub"]].concat());
    assert_eq!(reissued.code, 0, "{reissued:?}");
}

#[test]
fn a_key_for_lists_makes_no_license_on_record_genuine() {
    let folder = shop();
    let said = |line: &str| run(folder.path(), &line.split(' ').collect::<Vec<_>>());
    const MORE: &str = "--catalog catalog.toml --issued-by ci --record issued.jsonl";
    for line in [
        "keygen -o lists.key --no-passphrase",
        "revocations new list.json",
        "revocations sign --key lists.key list.json",
        &format!(
            "issue --key lists.key --offer pro-annual --term 14d --customer acme --serial 00000000000000aa -o 1.txt {MORE}"
        ),
    ] {
        let done = said(line);
        assert_eq!(done.code, 0, "{line}: {done:?}");
    }
    for order in [
        "renew --serial 00000000000000aa",
        "reissue --serial 00000000000000aa --reason r --ticket t",
        "issue --offer pro-stopgap --term 7d --bridges 00000000000000aa",
        "issue --offer pro-stopgap --term 7d --customer acme",
    ] {
        let by_lists = "--revocations list.json --revocations-signed-by lists.pub";
        let refused = said(&format!("{order} --key vendor.key -o 2.txt {MORE} {by_lists}"));
        assert_eq!(refused.code, 3, "{order}: {refused:?}");
        assert!(
            refused.stderr.contains("license 00000000000000aa on record is not signed by a trusted key"),
            "{order}"
        );
    }
    assert_eq!(lines(folder.path()).len(), 1);
}

#[test]
fn the_name_of_a_person_has_a_visible_letter_or_digit() {
    let folder = shop();
    let base = ["issue", "--catalog", "catalog.toml", "--key", "vendor.key", "--offer", "pro-annual"];
    for name in ["\u{3164}", "\u{200B}", "\u{1D159}", "\u{FFFC}", "\u{301}", "\u{13440}", "\u{E000}", "a\nb", "", " "] {
        let refused = run(folder.path(), &[&base[..], &["--issued-by", name]].concat());
        assert_eq!(refused.code, 2, "{name:?}: {refused:?}");
        assert!(refused.stderr.contains("--issued-by"), "{refused:?}");
        let approval = ["--issued-by", "ci", "--approved-by", name, "--reason", "r"];
        let refused = run(folder.path(), &[&base[..], &approval].concat());
        assert_eq!(refused.code, 3, "{name:?}: {refused:?}");
    }
}

#[cfg(unix)]
#[test]
fn output_and_messages_do_not_go_into_the_record() {
    use std::fs::OpenOptions;
    use std::process::Stdio;

    let folder = shop();
    let path = folder.path().join("issued.jsonl");
    let first =
        issue(folder.path(), &["--offer", "pro-annual", "--record", "issued.jsonl", "--serial", "0000000000000001"]);
    assert_eq!(first.code, 0, "{first:?}");
    fs::write(folder.path().join("orders.csv"), "id,offer\nPO-1,pro-annual\n").unwrap();
    let before = fs::read_to_string(&path).unwrap();
    let end = ["--catalog", "catalog.toml", "--key", "vendor.key", "--issued-by", "ci", "--record", "issued.jsonl"];
    let follows = ["--serial", "0000000000000001"];
    for (command, to_file) in [
        (&["issue", "--offer", "pro-annual"][..], false),
        (&["issue", "--offer", "pro-annual", "-o", "one.txt"], true),
        (&["issue", "--offer", "nope"], false),
        (&["issue", "--batch", "orders.csv"], false),
        (&["issue", "--batch", "missing.csv"], false),
        (&["renew", follows[0], follows[1]], false),
        (&["reissue", follows[0], follows[1], "--reason", "r", "--ticket", "t"], false),
    ] {
        let record = || Stdio::from(OpenOptions::new().append(true).open(&path).unwrap());
        for (output, messages) in [(true, false), (false, true), (true, true)] {
            let mut child = common::keyward(folder.path(), command);
            child.args(end);
            child.stdout(if output { record() } else { Stdio::piped() });
            child.stderr(if messages { record() } else { Stdio::piped() });
            let ended = child.output().unwrap();
            assert!(!ended.status.success(), "{command:?} {output} {messages}");
            assert_eq!(fs::read_to_string(&path).unwrap(), before, "{command:?} {output} {messages}");
            let said = [ended.stdout, ended.stderr].concat();
            assert_eq!(String::from_utf8_lossy(&said).contains("goes into the record"), !(output && messages));
        }
        assert!(!to_file || !folder.path().join("one.txt").exists());
    }
}

#[test]
fn a_record_that_is_created_is_said_to_be_new() {
    let folder = shop();
    fs::write(folder.path().join("orders.csv"), "id,offer\nPO-1,pro-annual\n").unwrap();
    for (order, record) in [(["--offer", "pro-annual"], "one.jsonl"), (["--batch", "orders.csv"], "many.jsonl")] {
        for expected in [true, false] {
            let issued = issue(folder.path(), &[&order[..], &["--record", record]].concat());
            assert_eq!(issued.code, 0, "{issued:?}");
            assert_eq!(issued.stderr.contains(&format!("{record}: a new record\n")), expected, "{issued:?}");
        }
    }
}

#[test]
fn a_key_is_never_written_to_the_path_of_the_record() {
    let folder = shop();
    let refused = issue(folder.path(), &["--offer", "pro-annual", "--record", "new.txt", "-o", "./new.txt", "--force"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(!folder.path().join("new.txt").exists());
    let refused = issue(folder.path(), &["--offer", "pro-annual", "--record", "vendor.key", "-o", "one.txt"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert_eq!(fs::read_to_string(folder.path().join("vendor.key")).unwrap(), fixture("vendor.key"));
}

#[test]
fn a_customer_may_have_an_id_in_hex_and_no_key_is_taken_for_one() {
    let folder = shop();
    let id = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";
    for id in [&id[..43], &id[..50], id, &id.repeat(2)] {
        let texts = ["--offer", "pro-annual", "--customer", id, "--ticket", id, "--order-id", id, "--record"];
        let record = format!("{}.jsonl", id.len());
        let issued = run(folder.path(), &[&ISSUE[..], &texts, &[&record, "--json"]].concat());
        assert_eq!((issued.code, &issued.json()["customer"]), (0, &id.into()), "{issued:?}");
    }
    let key: String = fixture("keys/typical.txt").split_whitespace().collect();
    for text in ["--customer", "--licensee", "--ticket", "--order-id", "--issued-by"] {
        let arguments = ["--offer", "pro-annual", "--record", "issued.jsonl", text, &key];
        let refused = run(folder.path(), &[&ISSUE[..5], &arguments[..]].concat());
        let said = format!("the value of {text} may be a key");
        assert!(refused.code == 2 && refused.stderr.contains(&said), "{refused:?}");
    }
}

#[test]
fn without_a_variable_the_system_names_the_user() {
    let folder = shop();
    let mut issue = keyward(folder.path(), &[&ISSUE[..5], &["--offer", "pro-annual", "--json"]].concat());
    issue.env_remove("USER").env_remove("LOGNAME").env_remove("USERNAME");
    let issued = ended(&mut issue);
    let id = std::process::Command::new("id").arg("-un").output().unwrap();
    assert_eq!(issued.json()["issued_by"], String::from_utf8(id.stdout).unwrap().trim_end(), "{issued:?}");
}

/// A record with a license (1) of the year 2024.
fn record_of_2024(folder: &Path) {
    let key: String = fs::read_to_string(folder.join("vendor.key")).unwrap();
    let issuer = Issuer::with_key(SigningKey::from_pem(&key).unwrap());
    let catalog = Catalog::parse(Catalog::EXAMPLE, "catalog.toml").unwrap();
    let policy = Policy::new(&catalog, Day::from_ymd(2024, 1, 1).unwrap());
    let issuance = Issuance { policy, issuer: &issuer, trusted: &[], issued_by: "ci" };
    let mut record = RecordFile::open(&folder.join("issued.jsonl")).unwrap();
    let order = Order::of_offer("pro-annual", "0000000000000001".parse().unwrap());
    issuance.issue(&order, &mut record, "2024-01-01T12:00:00Z".parse().unwrap()).unwrap();
}

#[test]
fn a_late_renewal_reports_how_many_of_its_days_are_gone() {
    let folder = shop();
    record_of_2024(folder.path());
    let renew = ["renew", "--catalog", "catalog.toml", "--key", "vendor.key", "--issued-by", "ci", "--record"];
    let renewal = |more: &[&str]| run(folder.path(), &[&renew, &["issued.jsonl"][..], more].concat());
    // A year late, the renewed term would have ended too, and a license that ends before today is refused.
    let long = ["--serial", "0000000000000001", "--new-serial", "0000000000000002", "--term", "5y", "-o", "2.txt"];
    let said = renewal(&long);
    let today = chrono::Utc::now().date_naive();
    let gone = today.signed_duration_since(chrono::NaiveDate::from_ymd_opt(2025, 1, 1).unwrap()).num_days();
    let expected = format!(
        "The term began on 2025-01-01, when license 0000000000000001 had ended: {gone} days of it are gone. To sell from \
         today, issue a new license.\n"
    );
    assert!(said.code == 0 && said.stderr.ends_with(&expected), "{said:?}");
    // The renewal of a license that has not ended needs no remark.
    let early = renewal(&["--serial", "0000000000000002", "--new-serial", "0000000000000003"]);
    assert!(early.code == 0 && !early.stderr.contains("gone"), "{early:?}");

    fs::remove_file(folder.path().join("issued.jsonl")).unwrap();
    record_of_2024(folder.path());
    let order = r#"{"id": "PO-1", "renews": "0000000000000001", "term": "5y"}"#;
    fs::write(folder.path().join("orders.jsonl"), order).unwrap();
    let batch = issue(folder.path(), &["--record", "issued.jsonl", "--batch", "orders.jsonl", "-o", "keys.jsonl"]);
    assert!(batch.stderr.contains(&format!("orders.jsonl, line 1: {expected}")), "{batch:?}");
}

#[test]
fn a_reissue_names_the_renewal_of_the_replaced_license() {
    let folder = shop();
    let line = |line: &str| {
        let more = " --catalog catalog.toml --key vendor.key --issued-by ci --record issued.jsonl";
        let done = run(folder.path(), &format!("{line}{more}").split(' ').collect::<Vec<_>>());
        assert_eq!(done.code, 0, "{line}: {done:?}");
        done.stderr
    };
    line("issue --offer pro-annual --serial 0000000000000001 -o 1.txt");
    let reissue = "--seats 7 --reason grew --ticket T-1";
    let alone = line(&format!("reissue --serial 0000000000000001 --new-serial 0000000000000002 {reissue} -o 2.txt"));
    assert!(!alone.contains("The term after it"), "{alone}");
    line("renew --serial 0000000000000002 --new-serial 0000000000000003 -o 3.txt");
    let expected = |license: u8| {
        format!(
            "The term after it stays as it was sold, in license 000000000000000{license}: to change it too, reissue"
        )
    };
    let told = line(&format!("reissue --serial 0000000000000002 --new-serial 0000000000000004 {reissue} -o 4.txt"));
    assert!(told.contains(&expected(3)), "{told}");
    // The message names the latest reissue of the renewal.
    let told = line(&format!("reissue --serial 0000000000000003 --new-serial 0000000000000005 {reissue} -o 5.txt"));
    assert!(!told.contains("The term after it"), "{told}");
    let told = line(&format!("reissue --serial 0000000000000004 --new-serial 0000000000000006 {reissue} -o 6.txt"));
    assert!(told.contains(&expected(5)), "{told}");
}

#[test]
fn a_refunded_renewal_can_be_renewed_again_and_a_refunded_license_can_not() {
    let folder = shop();
    let said = |line: &str| run(folder.path(), &line.split(' ').collect::<Vec<_>>());
    let done = |line: &str| {
        let done = said(line);
        assert_eq!(done.code, 0, "{line}: {done:?}");
    };
    const MORE: &str = "--catalog catalog.toml --key vendor.key --issued-by ci --record issued.jsonl";
    done("keygen -o office.key --no-passphrase");
    done(&format!("issue --offer pro-annual --serial 0000000000000001 -o 1.txt {MORE}"));
    done(&format!("renew --serial 0000000000000001 --new-serial 0000000000000002 -o 2.txt {MORE}"));
    done("revocations new list.json");
    done("revocations add --reason refunded --record issued.jsonl --serial 0000000000000002 list.json");
    let anew = format!("renew --serial 0000000000000001 --new-serial 0000000000000003 -o 3.txt {MORE}");
    let with_list = format!("{anew} --revocations list.json");
    assert_eq!(said(&anew).code, 3);
    // Anyone can write a list: only a signed one counts.
    for trust in ["", " --revocations-signed-by office.pub"] {
        let refused = said(&format!("{with_list}{trust}"));
        assert_eq!(refused.code, 1, "{refused:?}");
    }
    done("revocations sign --key office.key list.json");
    // A key that is trusted for licenses on record signs no list.
    for trust in ["", " --trust office.pub"] {
        let refused = said(&format!("{with_list}{trust}"));
        assert_eq!(refused.code, 1, "{refused:?}");
    }
    let by_office = "--revocations list.json --revocations-signed-by office.pub";
    let again = format!("renew --serial 0000000000000002 {MORE} {by_office}");
    assert!(said(&again).stderr.contains("license 0000000000000002 is revoked (refunded)"), "{:?}", said(&again));
    done(&format!("{with_list} --revocations-signed-by office.pub"));
    let days = |license: &serde_json::Value| license["claims"]["valid_from"].clone();
    let record = lines(folder.path());
    assert_eq!(days(&record[1]), days(&record[2]));
}

#[test]
fn a_repeated_order_says_that_its_license_was_replaced_since() {
    let folder = shop();
    let said = |line: &str| run(folder.path(), &line.split(' ').collect::<Vec<_>>());
    const MORE: &str = "--catalog catalog.toml --key vendor.key --issued-by ci --record issued.jsonl";
    let order =
        |output: &str| format!("issue {MORE} --offer pro-annual --serial 00000000000000aa --order-id PO-1 -o {output}");
    assert_eq!(said(&order("1.txt")).code, 0);
    let again = said(&order("2.txt"));
    assert!(again.code == 0 && !again.stderr.contains("replaced"), "{again:?}");
    let reissued = said(&format!(
        "reissue {MORE} --serial 00000000000000aa --new-serial 00000000000000bb --reason r --ticket t -o 3.txt"
    ));
    assert!(reissued.code == 0 && !reissued.stderr.contains("for this order before"), "{reissued:?}");
    let remark =
        "License 00000000000000aa was issued for this order before, and license 00000000000000bb has replaced it";
    let again = said(&order("4.txt"));
    assert!(again.code == 0 && again.stderr.contains(remark), "{again:?}");
    std::fs::write(
        folder.path().join("orders.jsonl"),
        "{\"id\": \"B\", \"offer\": \"home\", \"serial\": \"00000000000000cc\"}\n",
    )
    .unwrap();
    for _ in 0..2 {
        let batch = said(&format!("issue {MORE} --batch orders.jsonl"));
        assert!(batch.code == 0 && !batch.stderr.contains("replaced"), "{batch:?}");
    }
    assert_eq!(said(&format!("reissue {MORE} --serial 00000000000000cc --reason r --ticket t -o 5.txt")).code, 0);
    let batch = said(&format!("issue {MORE} --batch orders.jsonl"));
    assert!(
        batch.stderr.contains("orders.jsonl, line 1: License 00000000000000cc was issued for this order"),
        "{batch:?}"
    );
}

#[test]
fn a_repeated_order_of_a_key_for_a_machine_says_that_its_license_was_replaced_since() {
    let folder = shop();
    let said = |line: &str| run(folder.path(), &line.split(' ').collect::<Vec<_>>());
    const MORE: &str = "--catalog catalog.toml --key vendor.key --issued-by ci --record issued.jsonl";
    assert_eq!(said(&format!("issue {MORE} --offer pro-annual --serial 00000000000000aa -o 1.txt")).code, 0);
    let request = said("request --fingerprint 01a1a1a1b1b1b1c1c1c1000000000000 1.txt").stdout;
    let order = |output: &str| {
        let line = format!("issue {MORE} --order-id PO-1 -o {output} --request");
        run(folder.path(), &line.split(' ').chain([request.as_str()]).collect::<Vec<_>>())
    };
    let first = order("2.txt");
    assert!(first.code == 0 && !first.stderr.contains("for this order before"), "{first:?}");
    for (of, next) in [("aa", "bb"), ("bb", "cc")] {
        let line = format!("reissue {MORE} --serial 00000000000000{of} --new-serial 00000000000000{next}");
        assert_eq!(said(&format!("{line} --reason r --ticket t -o {next}.txt")).code, 0);
        let again = order(&format!("{next}-again.txt"));
        let remark = format!(
            "for a machine of license 00000000000000aa, and license 00000000000000{next} has replaced that one since"
        );
        assert!(again.code == 0 && again.stderr.contains(&remark), "{again:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_signed_license_key_is_readable_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = shop();
    let said = |line: &str| run(folder.path(), &line.split(' ').collect::<Vec<_>>());
    const MORE: &str = "--catalog catalog.toml --key vendor.key --issued-by ci --record issued.jsonl";
    assert_eq!(said(&format!("issue {MORE} --offer pro-annual -o 1.txt")).code, 0);
    let shown: serde_json::Value = serde_json::from_str(&said("inspect --json 1.txt").stdout).unwrap();
    std::fs::write(folder.path().join("claims.json"), shown["keys"][0]["claims"].to_string()).unwrap();
    for form in ["-o 2.txt", "--json -o 3.json"] {
        let signed = said(&format!("sign --key vendor.key {form} claims.json"));
        assert_eq!(signed.code, 0, "{signed:?}");
        let file = form.rsplit(' ').next().unwrap();
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn a_record_is_no_standard_stream_and_an_overdue_list_is_named() {
    let folder = shop();
    let said = |line: &str| run(folder.path(), &line.split(' ').collect::<Vec<_>>());
    const ISSUE: &str = "issue --catalog catalog.toml --key vendor.key --issued-by ci --offer pro-perpetual";
    let refused = said(&format!("{ISSUE} --record - -o 1.txt"));
    assert!(refused.code == 2 && refused.stderr.contains("name a file with --record"), "{refused:?}");
    assert!(!folder.path().join("-").exists() && !folder.path().join("1.txt").exists());
    assert_eq!(said("revocations new --issued-at 2026-01-01 --next-update 30 list.json").code, 0);
    assert_eq!(said("revocations sign --key vendor.key list.json").code, 0);
    let issued =
        said(&format!("{ISSUE} --updates-through 2029-12-31 --record issued.jsonl --revocations list.json -o 1.txt"));
    assert!(
        issued.code == 0 && issued.stderr.contains("Warning: the revocation list was to be replaced by 2026-01-31"),
        "{issued:?}"
    );
    assert!(issued.stderr.contains("updates through 2029-12-31"), "{issued:?}");
    assert_eq!(said("revocations new --force --next-update 30 list.json").code, 0);
    assert_eq!(said("revocations sign --key vendor.key list.json").code, 0);
    let issued = said(&format!("{ISSUE} --record issued.jsonl --revocations list.json -o 2.txt"));
    assert!(issued.code == 0 && !issued.stderr.contains("Warning"), "{issued:?}");
}
