//! The commands for signed files, where a transcript cannot show the result.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Ended, ended, fixture, keyward, run};
use keyward_catalog::Catalog;
use keyward_issuer::files::SignableFile;
use keyward_issuer::{Issuer, LicenseDigest, SigningKey, TrustedKey};
use keyward_testing::skip::has_programs;
use keyward_verifier::files::{Reason, RevocationList, Status};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// A folder with a catalogue, the vendor's key, one license of it, and two other keys.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("catalog.toml"), Catalog::EXAMPLE).unwrap();
    for name in ["vendor.key", "vendor.pub"] {
        fs::write(path(name), fixture(name)).unwrap();
    }
    fs::write(path("license.txt"), fixture("keys/typical.txt")).unwrap();
    for (name, seed) in [("root", 101), ("old", 102)] {
        let key = SigningKey::from_seed(&[seed; 32]);
        fs::write(path(&format!("{name}.key")), key.to_pem().as_str()).unwrap();
        fs::write(path(&format!("{name}.pub")), key.public_pem()).unwrap();
    }
    folder
}

/// The command, from one line.
fn keyward_says(folder: &Path, line: &str) -> Ended {
    run(folder, &line.split(' ').collect::<Vec<_>>())
}

fn done(folder: &Path, line: &str) -> Ended {
    let ended = keyward_says(folder, line);
    assert_eq!(ended.code, 0, "{line}: {ended:?}");
    ended
}

fn bundle_with(folder: &Path, keys: &[&str]) {
    done(folder, "trust init --root root.pub --threshold 1 --roots roots.json trust.json");
    for key in keys {
        done(folder, &format!("trust add trust.json {key}.pub --name {key}"));
    }
}

/// The file with one text replaced by another.
fn forge(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

fn public_hex(folder: &Path, name: &str) -> String {
    let key = keyward_verifier::TrustedKey::from_pem(&fs::read_to_string(folder.join(name)).unwrap()).unwrap();
    hex::encode(key.to_bytes())
}

#[test]
fn licenses_on_record_of_a_compromised_key_stay_valid() {
    let folder = folder();
    let issue = |key: &str, serial: &str| {
        let order = "issue --catalog catalog.toml --offer pro-annual --issued-by ci --record issued.jsonl --force";
        done(folder.path(), &format!("{order} --key {key}.key --trust vendor.pub --serial {serial} -o {serial}.txt"));
    };
    issue("old", "0000000000000001");
    issue("vendor", "0000000000000002");
    issue("old", "0000000000000003");
    // A line that an attacker added: a license under the name of a key that did not sign it.
    let record = folder.path().join("issued.jsonl");
    let lines = fs::read_to_string(&record).unwrap();
    let mut forged: Value = serde_json::from_str(lines.lines().nth(2).unwrap()).unwrap();
    let issuer = Issuer::with_key(SigningKey::from_seed(&[102; 32]));
    let mut claims: keyward_issuer::ClaimsBuilder = serde_json::from_value(forged["claims"].clone()).unwrap();
    claims = claims.serial("0000000000000004".parse().unwrap());
    let (claims, other) = (claims.build().unwrap(), SigningKey::from_seed(&[103; 32]));
    let key = {
        let unsigned = keyward_core::UnsignedKey::new(&claims, issuer.verifying_key().id().hint());
        let signature = keyward_issuer::signature::Signer::sign(&other, unsigned.signed_bytes());
        unsigned.with_signature(&signature.to_bytes())
    };
    forged["serial"] = "0000000000000004".into();
    forged["claims"]["serial"] = "0000000000000004".into();
    forged["digest"] = LicenseDigest::of(&key).to_string().into();
    forged["key"] = key.to_string().into();
    fs::write(&record, format!("{lines}{forged}\n")).unwrap();

    bundle_with(folder.path(), &["vendor", "old"]);
    let said = done(folder.path(), "trust compromise trust.json old --allow-record issued.jsonl").stderr;
    assert!(said.contains("except 2 listed licenses"), "{said}");
    let shown = done(folder.path(), "trust show --json trust.json").json();
    let digest = |serial: &str| {
        let text = fs::read_to_string(folder.path().join(format!("{serial}.txt"))).unwrap();
        LicenseDigest::of(&text.parse().unwrap()).to_string()
    };
    let mut good = [digest("0000000000000001"), digest("0000000000000003")];
    good.sort();
    assert_eq!(shown["contents"]["keys"][1]["allowed"], serde_json::json!(good));

    done(folder.path(), "revocations new list.json");
    done(
        folder.path(),
        "revocations add --reason refunded --record issued.jsonl --serial 0000000000000002 list.json license.txt",
    );
    let listed = done(folder.path(), "revocations show --json list.json").json();
    let listed: Vec<&str> =
        listed["contents"]["licenses"].as_array().unwrap().iter().filter_map(|one| one["digest"].as_str()).collect();
    let mut expected = [digest("0000000000000002"), "80dad5233b51f0044c0109e09d6047ae".to_owned()];
    expected.sort();
    assert_eq!(listed, expected);
}

#[test]
fn a_license_file_of_a_compromised_key_is_not_shown_as_verified() {
    let folder = folder();
    let issue =
        "issue --catalog catalog.toml --offer pro-annual --issued-by ci --record issued.jsonl --key old.key -o a.txt";
    done(folder.path(), issue);
    done(folder.path(), "file create --key old.key -o plain.lic a.txt");
    done(folder.path(), "file create --key old.key --note thief -o note.lic a.txt");
    bundle_with(folder.path(), &["vendor", "old"]);
    done(folder.path(), "trust compromise trust.json old --allow a.txt");
    done(folder.path(), "trust sign --key root.key roots.json");
    done(folder.path(), "trust sign --key root.key --roots roots.json trust.json");
    let show = |file| keyward_says(folder.path(), &format!("file show --roots roots.json --trust trust.json {file}"));
    let plain = show("plain.lic");
    assert!(plain.code == 0 && plain.stdout.contains("Verified"), "{plain:?}");
    let refused = show("note.lic");
    assert!(refused.code == 1 && refused.stderr.contains("only licenses count in it"), "{refused:?}");
    assert!(!refused.stdout.contains("thief"), "{refused:?}");
}

#[test]
fn an_allow_list_takes_only_licenses_of_the_compromised_key() {
    let folder = folder();
    bundle_with(folder.path(), &["vendor", "old"]);
    done(
        folder.path(),
        "issue --catalog catalog.toml --offer pro-annual --issued-by ci --record issued.jsonl --key vendor.key \
         -o a.txt",
    );
    let before = fs::read(folder.path().join("trust.json")).unwrap();
    for (allowed, said) in [
        ("--allow-record issued.jsonl", "no license on issued.jsonl is signed by"),
        ("--allow a.txt", "is not signed by"),
    ] {
        let refused = keyward_says(folder.path(), &format!("trust compromise trust.json old {allowed}"));
        assert!(refused.code == 1 && refused.stderr.contains(said), "{refused:?}");
        assert_eq!(fs::read(folder.path().join("trust.json")).unwrap(), before);
        done(folder.path(), &format!("trust compromise trust.json vendor {allowed}"));
        fs::write(folder.path().join("trust.json"), &before).unwrap();
    }
    done(folder.path(), "trust compromise trust.json old --allow-none");
}

#[test]
fn a_future_date_is_marked_and_signing_it_warns() {
    let folder = folder();
    done(folder.path(), "revocations new list.json --issued-at 2999-01-01");
    let shown = done(folder.path(), "revocations show list.json").stdout;
    assert!(shown.contains("2999-01-01T12:00:00Z, ") && shown.contains(" days from now\n"), "{shown}");
    let warned = "Warning: this file is dated 2999-01-01T12:00:00Z, ";
    for line in [
        "revocations sign --key vendor.key list.json",
        "time issue --key vendor.key --at 2999-01-01 -o time.json",
        "file create --key vendor.key --issued-at 2999-01-01 -o a.lic license.txt",
    ] {
        let said = done(folder.path(), line).stderr;
        assert!(
            said.contains(warned) && said.contains(" days from now: check whether that is right.\n"),
            "{line}: {said}"
        );
    }
    done(folder.path(), "revocations new --force list.json");
    for line in [
        "revocations sign --key vendor.key list.json",
        "time issue --key vendor.key -o now.json",
        "file create --key vendor.key -o b.lic license.txt",
    ] {
        let said = done(folder.path(), line).stderr;
        assert!(!said.contains("Warning"), "{line}: {said}");
    }
}

#[test]
fn a_statement_of_a_time_that_is_over_warns() {
    let folder = folder();
    for (at, option) in [("2026-01-01", ""), ("2026-01-01T00:00:00Z", " --recover 0102030405060708")] {
        let said =
            done(folder.path(), &format!("time issue --key vendor.key --at {at}{option} --force -o time.json")).stderr;
        assert!(said.contains("Warning: the stated time is 2026-01-01T") && said.contains(" days ago: leave --at out"));
    }
    let today = done(folder.path(), "time issue --key vendor.key --force -o time.json").stderr;
    assert!(!today.contains("Warning"), "{today}");
}

#[test]
fn metadata_that_json_would_change_is_not_signed() {
    let folder = folder();
    let create = |metadata: &str| {
        fs::write(folder.path().join("metadata.json"), metadata).unwrap();
        let line = "file create --key vendor.key --metadata metadata.json -o a.lic --force license.txt";
        keyward_says(folder.path(), line)
    };
    for (metadata, said) in [
        (r#"{"a":1,"a":2}"#, "metadata.json: a name is twice in one object"),
        (r#"{"a":123456789012345678901234567890}"#, "would become 1.2345678901234568e+29"),
    ] {
        let refused = create(metadata);
        assert!(refused.code == 1 && refused.stderr.contains(said), "{refused:?}");
        assert!(!folder.path().join("a.lic").exists());
    }
    assert_eq!(create(r#"{"a": {"a": "123456789012345678901234567890"}}"#).code, 0);
}

#[test]
fn inputs_and_files_of_another_kind_are_never_overwritten() {
    let folder = folder();
    bundle_with(folder.path(), &["vendor"]);
    done(folder.path(), "revocations new list.json");
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    for (line, kept) in [
        ("file create --key vendor.key -o license.txt --force license.txt", "license.txt"),
        ("file create --key vendor.key -o ./license.txt --force root.pub license.txt", "license.txt"),
        ("revocations new --force vendor.key", "vendor.key"),
        ("revocations new --force trust.json", "trust.json"),
        ("trust init --root old.pub --threshold 1 --force --roots vendor.key trust.json", "vendor.key"),
        ("trust init --root old.pub --threshold 1 --force --roots roots.json list.json", "list.json"),
    ] {
        let before = read(kept);
        let refused = keyward_says(folder.path(), line);
        assert!(refused.code != 0 && refused.stderr.contains("was not changed"), "{line}: {refused:?}");
        assert_eq!(read(kept), before, "{line}");
    }
    done(folder.path(), "revocations new --force list.json");
    done(folder.path(), "trust init --root old.pub --threshold 1 --force --roots roots.json trust.json");
}

#[test]
fn nothing_is_signed_beside_a_forged_signature() {
    let folder = folder();
    bundle_with(folder.path(), &["vendor"]);
    done(folder.path(), "trust sign --key old.key trust.json");
    let path = folder.path().join("trust.json");
    forge(&path, &public_hex(folder.path(), "old.pub"), &public_hex(folder.path(), "root.pub"));
    let before = fs::read_to_string(&path).unwrap();
    let refused = keyward_says(folder.path(), "trust sign --key vendor.key trust.json");
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("has a signature that the key it names"), "{refused:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
}

#[test]
fn a_file_whose_contents_were_changed_is_refused_and_not_shown() {
    let folder = folder();
    done(folder.path(), "time issue --key vendor.key --at 2026-03-01T09:00:00Z -o time.json");
    // "2026-03-01T09" in base64, aligned to a group of four.
    forge(&folder.path().join("time.json"), "MDI2LTAzLTAx", "MDk5LTAzLTAx");
    let shown = done(folder.path(), "time show time.json");
    assert!(shown.stdout.contains("NOT verified") && shown.stdout.contains("2099-03-01"), "{shown:?}");
    let refused = keyward_says(folder.path(), "time show --trust vendor.pub time.json");
    assert_eq!((refused.code, refused.stdout.as_str()), (13, ""), "{refused:?}");
}

#[test]
fn foreign_text_does_not_control_the_terminal() {
    let folder = folder();
    fs::write(folder.path().join("metadata.json"), "{\"a\": \"\u{202e}b\\u001b[2J\"}").unwrap();
    done(
        folder.path(),
        "file create --key vendor.key --metadata metadata.json -o acme.lic --issued-at 2026-03-01 license.txt",
    );
    let shown = done(folder.path(), "file show --trust vendor.pub acme.lic").stdout;
    assert!(shown.contains(r#"{"a":"\u{202e}b\u001b[2J"}"#), "{shown}");
}

#[test]
fn a_long_list_is_read_and_the_first_licenses_of_it_are_shown() {
    let folder = folder();
    let time = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut list = RevocationList::new(7, time, time);
    for number in 0..100_000_u128 {
        list.set(LicenseDigest::from_bytes(number.to_be_bytes()), Status::Revoked(Reason::Leaked));
    }
    let path = folder.path().join("list.json");
    fs::write(&path, SignableFile::new(&list).unwrap().to_string()).unwrap();
    assert!(fs::metadata(&path).unwrap().len() > 2 << 20);

    done(folder.path(), "revocations sign --key vendor.key list.json");
    let shown = done(folder.path(), "revocations show --trust vendor.pub list.json").stdout;
    assert_eq!(shown.matches("revoked (leaked)").count(), 21);
    assert!(shown.contains("licenses         100000 revoked (leaked)") && shown.contains("and 99980 more"), "{shown}");
    let added = done(folder.path(), "revocations add --reason unpaid list.json license.txt").stderr;
    assert!(added.contains("list.json: list 8, not signed yet"), "{added}");
}

#[test]
fn standard_input_is_read_once_and_no_input_is_overwritten() {
    let folder = folder();
    bundle_with(folder.path(), &["vendor"]);
    let before = fs::read_to_string(folder.path().join("roots.json")).unwrap();
    for line in [
        "file create --key - -",
        "trust sign --key - --roots - trust.json",
        "file show --trust - -",
        "trust show --roots - -",
        "file create --key vendor.key --metadata metadata.json -o metadata.json --force license.txt",
        "trust sign --key root.key --roots roots.json -o roots.json --force trust.json",
        "trust rotate-roots --roots roots.json --root old.pub -o roots.json --force",
    ] {
        let refused = keyward_says(folder.path(), line);
        assert_eq!(refused.code, 2, "{line}: {refused:?}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("roots.json")).unwrap(), before);
}

#[test]
fn a_possible_key_is_never_shown() {
    let folder = folder();
    bundle_with(folder.path(), &["vendor"]);
    let secret = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";
    let key = fixture("keys/typical.txt").replace('\n', "").replace("60GSJ", "606SJ");
    for line in [
        format!("trust limit trust.json {secret} --max-seats 5"),
        format!("trust retire trust.json {secret}"),
        format!("trust add trust.json {secret} --name x"),
        format!("trust compromise trust.json vendor --allow {secret}"),
        format!("revocations hold trust.json {secret}"),
        format!("revocations new {secret}"),
        format!("time issue --key {secret}"),
        format!("file create --key vendor.key {secret}"),
        format!("file create --key vendor.key {key}"),
    ] {
        let refused = keyward_says(folder.path(), &line);
        assert_ne!(refused.code, 0, "{line}");
        for said in [&refused.stdout, &refused.stderr] {
            assert!(!said.contains(secret) && !said.contains("G7V4F"), "{line}: {said}");
        }
    }
}

/// Verification by the rules of DSSE alone: another program reads the envelope, builds the signed message, and verifies the
/// signature.
#[test]
fn openssl_verifies_the_signatures_of_every_command() {
    if !has_programs("openssl_verifies_the_signatures_of_every_command", &["openssl"]) {
        return;
    }
    let folder = folder();
    bundle_with(folder.path(), &["vendor"]);
    done(folder.path(), "trust sign --key root.key roots.json");
    done(folder.path(), "trust sign --key root.key --roots roots.json trust.json");
    done(folder.path(), "file create --key vendor.key -o file.json license.txt");
    done(folder.path(), "file create --key vendor.key --validation -o validation.json license.txt");
    done(folder.path(), "time issue --key vendor.key -o time.json");
    done(folder.path(), "revocations new list.json");
    done(folder.path(), "revocations hold list.json license.txt");
    done(folder.path(), "revocations sign --key vendor.key list.json");
    for (file, public) in [
        ("roots.json", "root.pub"),
        ("trust.json", "root.pub"),
        ("file.json", "vendor.pub"),
        ("validation.json", "vendor.pub"),
        ("time.json", "vendor.pub"),
        ("list.json", "vendor.pub"),
    ] {
        assert!(openssl_verifies(folder.path(), file, public), "{file}");
        assert!(!openssl_verifies(folder.path(), file, "old.pub"), "{file}");
    }
}

fn openssl_verifies(folder: &Path, file: &str, public: &str) -> bool {
    let envelope: Value = serde_json::from_str(&fs::read_to_string(folder.join(file)).unwrap()).unwrap();
    let payload = decoded(folder, envelope["payload"].as_str().unwrap());
    let kind = envelope["payloadType"].as_str().unwrap();
    let mut signed = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    signed.extend(payload);
    fs::write(folder.join("signed.bin"), signed).unwrap();
    fs::write(folder.join("sig.bin"), decoded(folder, envelope["signatures"][0]["sig"].as_str().unwrap())).unwrap();
    let arguments =
        ["pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", "signed.bin", "-sigfile", "sig.bin"];
    Command::new("openssl").args(arguments).current_dir(folder).output().unwrap().status.success()
}

fn decoded(folder: &Path, base64: &str) -> Vec<u8> {
    fs::write(folder.join("base64"), base64).unwrap();
    let output =
        Command::new("openssl").args(["base64", "-d", "-A", "-in", "base64"]).current_dir(folder).output().unwrap();
    assert!(output.status.success() && !output.stdout.is_empty(), "{output:?}");
    output.stdout
}

#[test]
fn an_envelope_goes_through_a_pipe() {
    let folder = folder();
    bundle_with(folder.path(), &["vendor"]);
    let signed = done(folder.path(), "trust sign --key root.key -o - roots.json").stdout;
    let shown = ended(keyward(folder.path(), &["trust", "show", "--json", "env:ROOTS"]).env("ROOTS", &signed)).json();
    assert_eq!(shown["contents"]["threshold"], 1);
    assert!(fs::read_to_string(folder.path().join("roots.json")).unwrap().contains("\"signatures\":[]"));
}

#[test]
fn a_change_keeps_the_fields_of_later_versions() {
    let folder = folder();
    let write = |payload: &str| {
        let kind = "application/vnd.keyward.trust-bundle.v1+json";
        let file = serde_json::json!({ "payloadType": kind, "payload": payload, "signatures": [] });
        fs::write(folder.path().join("trust.json"), file.to_string()).unwrap();
    };
    let add = "trust add trust.json vendor.pub --name vendor";
    // { "version": 1, "issued_at": "2026-01-01T00:00:00Z", "keys": [] }
    write("eyAidmVyc2lvbiI6IDEsICJpc3N1ZWRfYXQiOiAiMjAyNi0wMS0wMVQwMDowMDowMFoiLCAia2V5cyI6IFtdIH0=");
    done(folder.path(), add);
    // The same, with "later": 1.
    write("eyJ2ZXJzaW9uIjoxLCJpc3N1ZWRfYXQiOiIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsImtleXMiOltdLCJsYXRlciI6MX0=");
    let refused = keyward_says(folder.path(), add);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("has contents that this version does not know"), "{refused:?}");
    assert_eq!(keyward_says(folder.path(), "trust show trust.json").code, 0, "to be read, it need not be known");
}

/// A record with a license (1), its reissue (2), a stopgap for the reissue (3), the renewal of the reissue (4), and the
/// license of another customer (5); each key in a file.
fn chain(folder: &Path) {
    let orders = [
        r#"{"id": 1, "serial": "0000000000000001", "offer": "pro-annual", "term": "14d", "customer": "acme"}"#,
        r#"{"id": 2, "serial": "0000000000000002", "reissues": "0000000000000001", "seats": 7, "reason": "r", "ticket": "T"}"#,
        r#"{"id": 3, "serial": "0000000000000003", "offer": "pro-stopgap", "term": "7d", "bridges": "0000000000000002"}"#,
        r#"{"id": 4, "serial": "0000000000000004", "renews": "0000000000000002"}"#,
        r#"{"id": 5, "serial": "0000000000000005", "offer": "pro-annual", "customer": "zenith"}"#,
    ];
    fs::write(folder.join("orders.jsonl"), orders.join("\n")).unwrap();
    let batch =
        "issue --catalog catalog.toml --key vendor.key --issued-by ci --record issued.jsonl --batch orders.jsonl";
    for line in done(folder, batch).stdout.lines() {
        let issued: Value = serde_json::from_str(line).unwrap();
        let name = format!("{}.txt", issued["order"]["id"].as_str().unwrap());
        fs::write(folder.join(name), issued["key"].as_str().unwrap()).unwrap();
    }
}

#[test]
fn revoking_one_license_of_a_chain_names_the_others_and_can_revoke_them_too() {
    let folder = folder();
    let folder = folder.path();
    chain(folder);
    let origin = ["original", "reissue", "stopgap", "renewal"];
    let links = |links: &[usize]| {
        links.iter().map(|link| format!("000000000000000{link} ({})", origin[link - 1])).collect::<Vec<_>>().join(", ")
    };
    for link in 1..=4 {
        done(folder, "revocations new --force list.json");
        // 1 and 2 are keys of one term; 3 and 4 were sold apart.
        let of_term = |other: &usize| *other <= 2 && link <= 2;
        let (same, apart): (Vec<usize>, Vec<usize>) = (1..=4).filter(|other| *other != link).partition(of_term);
        // The license named by its serial, and by its key.
        for named in [format!("--serial 000000000000000{link} list.json"), format!("list.json {link}.txt")] {
            let changed = done(folder, &format!("revocations add --reason refunded --record issued.jsonl {named}"));
            let of_term = format!("Of the same term, these stay good: {}. Add --chain to", links(&same));
            assert_eq!(changed.stderr.contains(&of_term), !same.is_empty(), "{changed:?}");
            let apart = format!("which were sold apart, these stay good: {}. Add --all-terms to", links(&apart));
            assert!(changed.stderr.contains(&apart), "{changed:?}");
        }
        let term = "revocations add --reason refunded --chain --record issued.jsonl";
        let changed = done(folder, &format!("{term} --serial 000000000000000{link} list.json"));
        assert!(!changed.stderr.contains("Of the same term") && changed.stderr.contains(&links(&apart)), "{changed:?}");
        let with_them = format!("Changed with them: {}.", links(&same));
        assert_eq!(changed.stderr.contains(&with_them), !same.is_empty(), "{changed:?}");
        let all = "revocations add --reason refunded --all-terms --record issued.jsonl";
        let changed = done(folder, &format!("{all} --serial 000000000000000{link} list.json"));
        assert!(!changed.stderr.contains("stay good"), "{changed:?}");
        done(folder, "revocations sign --key vendor.key list.json");
        for license in 1..=5 {
            let verify = "verify --trust vendor.pub --at 2030-01-01 --revocations list.json";
            let is_revoked = keyward_says(folder, &format!("{verify} {license}.txt")).code == 23;
            assert_eq!(is_revoked, license <= 4, "{license}");
        }
    }
    // Holds are set and lifted; a revoked license is left out.
    done(folder, "revocations new --force list.json");
    done(folder, "revocations add --reason refunded list.json 2.txt");
    let held = done(folder, "revocations hold --record issued.jsonl list.json 1.txt");
    assert!(held.stderr.contains(&links(&[3, 4])), "{held:?}");
    done(folder, "revocations hold --all-terms --record issued.jsonl list.json 1.txt");
    let lifted = done(folder, "revocations lift --record issued.jsonl list.json 3.txt");
    assert!(lifted.stderr.contains(&format!("these stay on hold: {}. Add --all-terms", links(&[1, 4]))), "{lifted:?}");
    let rest = done(folder, "revocations lift --all-terms --record issued.jsonl list.json 1.txt");
    assert!(rest.stderr.contains("2 licenses released"), "{rest:?}");
    // A license without a chain gets no remark.
    let alone = done(folder, "revocations hold --record issued.jsonl list.json 5.txt");
    assert!(!alone.stderr.contains("Add --"), "{alone:?}");
}

#[test]
fn an_empty_list_in_place_of_another_warns_of_what_it_no_longer_revokes() {
    let folder = folder();
    let said = |line: &str| keyward_says(folder.path(), line);
    assert_eq!(said("revocations new other.json").code, 0);
    let digest = "00".repeat(16);
    assert_eq!(said(&format!("revocations add --reason leaked other.json {digest}")).code, 0);
    let replaced = said("revocations new --force other.json");
    assert!(
        replaced.code == 0 && replaced.stderr.contains("had 1 license, and the new list revokes none"),
        "{replaced:?}"
    );
    let again = said("revocations new --force other.json");
    assert!(!again.stderr.contains("Warning"), "{again:?}");
}

#[test]
fn a_key_id_names_its_key_though_another_key_has_it_as_a_name() {
    let folder = folder();
    let said = |line: &str| keyward_says(folder.path(), line);
    for name in ["one", "two"] {
        assert_eq!(said(&format!("keygen -o {name}.key --no-passphrase")).code, 0);
    }
    bundle_with(folder.path(), &["one"]);
    let id = TrustedKey::from_hex(&public_hex(folder.path(), "one.pub")).unwrap().id().to_string();
    assert_eq!(said(&format!("trust add trust.json two.pub --name {id}")).code, 0);
    let named = said(&format!("trust retire trust.json {id}"));
    assert!(named.code == 0 && named.stderr.contains("one ("), "{named:?}");
}

/// A license that is named by its digest or its key leads to its chain as its serial does.
#[test]
fn a_digest_and_a_key_lead_to_the_chain_of_their_license() {
    let folder = folder();
    let folder = folder.path();
    chain(folder);
    let digest = |link: usize| {
        let text = fs::read_to_string(folder.join(format!("{link}.txt"))).unwrap();
        LicenseDigest::of(&text.parse().unwrap()).to_string()
    };
    for link in 1..=4 {
        for named in [digest(link), format!("{link}.txt")] {
            for command in ["add --reason refunded", "hold"] {
                done(folder, "revocations new --force list.json");
                let changed = done(folder, &format!("revocations {command} --record issued.jsonl list.json {named}"));
                assert!(
                    changed.stderr.contains("Add --all-terms to change them too."),
                    "{command} {named}: {changed:?}"
                );
                let changed =
                    done(folder, &format!("revocations {command} --record issued.jsonl --all-terms list.json {named}"));
                // The license itself was changed before.
                assert!(changed.stderr.contains("list.json: 4 licenses "), "{command} {named}: {changed:?}");
            }
            let lifted = done(folder, &format!("revocations lift --record issued.jsonl --all-terms list.json {named}"));
            assert!(lifted.stderr.contains("list.json: 4 licenses released"), "{lifted:?}");
        }
    }
}

#[test]
fn several_keys_in_one_mail_are_named_one_by_one() {
    let folder = folder();
    let folder = folder.path();
    chain(folder);
    done(folder, "revocations new list.json");
    let key = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let mail = format!("Please revoke this one:\n\n{}\nOn Monday you wrote:\n> {}", key("1.txt"), key("4.txt"));
    fs::write(folder.join("mail.txt"), mail.replace('\n', "\n> ")).unwrap();
    for command in
        ["add --reason refunded", "hold --record issued.jsonl", "add --reason refunded --record issued.jsonl"]
    {
        done(folder, "revocations new --force list.json");
        let said = done(folder, &format!("revocations {command} list.json mail.txt")).stderr;
        let named = "mail.txt has several license keys, and each is taken: license 0000000000000001 with the digest ";
        assert!(said.contains(named) && said.contains("; license 0000000000000004 with the digest "), "{said}");
        assert!(said.contains("2 licenses "), "{said}");
    }
    let one = done(folder, "revocations add --reason refunded list.json 2.txt").stderr;
    assert!(!one.contains("several"), "{one}");
}

#[test]
fn a_license_that_is_not_on_record_is_not_changed_with_its_chain_and_never_without_a_word() {
    let folder = folder();
    let folder = folder.path();
    chain(folder);
    done(folder, "revocations new list.json");
    let before = fs::read(folder.join("list.json")).unwrap();
    let text = fs::read_to_string(folder.join("1.txt")).unwrap();
    let digest = LicenseDigest::of(&text.parse().unwrap()).to_string();
    let mistyped = format!("{}{}", if digest.starts_with('0') { "1" } else { "0" }, &digest[1..]);
    for named in [&mistyped, "license.txt"] {
        for command in ["add --reason refunded", "hold", "lift"] {
            let refused =
                keyward_says(folder, &format!("revocations {command} --record issued.jsonl --chain list.json {named}"));
            assert!(
                refused.code == 1 && refused.stderr.contains("issued.jsonl has no license"),
                "{command}: {refused:?}"
            );
            assert_eq!(fs::read(folder.join("list.json")).unwrap(), before);
        }
    }
    let refused = keyward_says(folder, &format!("revocations hold --record issued.jsonl list.json {mistyped}"));
    assert!(refused.code == 1 && refused.stderr.contains("with the digest"), "{refused:?}");
    let held = done(folder, "revocations hold --record issued.jsonl list.json license.txt 1.txt");
    assert!(
        held.stderr.contains(
            "Not in issued.jsonl, so that reissues, renewals and stopgaps are not known, and the signature was not"
        ),
        "{held:?}"
    );
    done(folder, &format!("revocations hold list.json {mistyped}"));
}

/// The license 1, a key of it for a machine and a reissue (6 and 7), its renewal (8) and the reissue of that (9).
#[test]
fn the_keys_of_one_term_are_revoked_together_and_no_other_term_with_them() {
    let folder = folder();
    let folder = folder.path();
    chain(folder);
    let serial = |number: usize| format!("--serial 000000000000000{number}");
    let reissue = "reissue --catalog catalog.toml --key vendor.key --issued-by ci --record issued.jsonl";
    done(folder, &format!("{reissue} {} --new-serial 0000000000000006 --reason r --ticket T -o 6.txt", serial(4)));
    done(folder, "revocations new list.json");
    // The renewal is paid back: both of its keys are revoked, and the term before it stays good.
    let add = "revocations add --reason refunded --record issued.jsonl";
    let changed = done(folder, &format!("{add} --chain {} list.json", serial(6)));
    assert!(changed.stderr.contains("2 licenses revoked"), "{changed:?}");
    assert!(changed.stderr.contains("Changed with them: 0000000000000004 (renewal)."), "{changed:?}");
    assert!(
        changed.stderr.contains("stay good: 0000000000000001 (original), 0000000000000002 (reissue)"),
        "{changed:?}"
    );
    let refused = keyward_says(folder, &format!("{add} --chain --all-terms {} list.json", serial(6)));
    assert_eq!(refused.code, 2, "{refused:?}");
}

#[test]
fn a_revocation_that_no_signed_list_has_is_taken_back_and_another_is_not() {
    let folder = folder();
    let folder = folder.path();
    chain(folder);
    done(folder, "revocations new list.json");
    let add = |named: &str| done(folder, &format!("revocations add --reason refunded --record issued.jsonl {named}"));
    let lift = |named: &str| keyward_says(folder, &format!("revocations lift --record issued.jsonl {named}"));
    // No list was signed: the draft alone has it.
    add("--all-terms --serial 0000000000000001 list.json");
    let lifted = lift("--serial 0000000000000002 list.json");
    assert!(
        lifted.code == 0 && lifted.stderr.contains("1 of them revoked on no signed list and taken back"),
        "{lifted:?}"
    );
    done(folder, "revocations hold list.json 2.txt");
    done(folder, "revocations sign --key vendor.key list.json");
    fs::copy(folder.join("list.json"), folder.join("list-1.json")).unwrap();
    fs::copy(folder.join("list.json"), folder.join("other.json")).unwrap();

    // The next draft revokes two more; the signed list is named, by its contents.
    add("--serial 0000000000000005 --serial 0000000000000002 list.json");
    let draft = fs::read(folder.join("list.json")).unwrap();
    for (named, said) in [
        ("--serial 0000000000000001 list.json", "since list 1 has it"),
        ("--signed list.json --serial 0000000000000005 list.json", "is not the newest list that was signed"),
        ("--signed list-1.json --serial 0000000000000001 list.json", "since list 1 has it"),
        ("--signed list-1.json --serial 0000000000000005 --serial 0000000000000001 list.json", "since list 1 has it"),
    ] {
        let refused = lift(named);
        assert!(refused.code == 1 && refused.stderr.contains(said), "{named}: {refused:?}");
        assert_eq!(fs::read(folder.join("list.json")).unwrap(), draft);
    }
    // The folder has a copy of the signed list. Without it, the list has to be named.
    let both = "--serial 0000000000000005 --serial 0000000000000002 list.json";
    let lifted = lift(both);
    assert!(lifted.code == 0, "{lifted:?}");
    fs::write(folder.join("list.json"), &draft).unwrap();
    let copy = fs::read(folder.join("keyward.newest-list")).unwrap();
    fs::remove_file(folder.join("keyward.newest-list")).unwrap();
    let refused = lift(both);
    assert!(refused.code == 1 && refused.stderr.contains("name the newest signed one with --signed"), "{refused:?}");
    let lifted = lift(&format!("--signed list-1.json {both}"));
    assert!(lifted.code == 0, "{lifted:?}");
    fs::write(folder.join("keyward.newest-list"), copy).unwrap();
    // The hold of the signed list is back.
    done(folder, "revocations sign --key vendor.key list.json");
    for (license, code) in [(1, 23), (2, 24), (5, 0)] {
        let verify = format!("verify --trust vendor.pub --at 2030-01-01 --revocations list.json {license}.txt");
        let verified = keyward_says(folder, &verify);
        assert!(verified.code == code || (code == 0 && ![23, 24].contains(&verified.code)), "{license}: {verified:?}");
    }
    // An older list is not the newest.
    add("--serial 0000000000000005 list.json");
    let refused = lift("--signed list-1.json --serial 0000000000000005 list.json");
    assert!(refused.code == 1 && refused.stderr.contains("is not the newest list"), "{refused:?}");
}

#[test]
fn a_license_that_ended_or_is_on_hold_is_not_revoked_for_a_reason_after_which_it_goes_on() {
    let folder = folder();
    let folder = folder.path();
    let reasons =
        ["unspecified", "leaked", "refunded", "superseded", "unpaid", "terms-broken", "issued-wrongly", "forged"];
    for before in reasons.into_iter().chain(["hold"]) {
        for after in reasons {
            done(folder, "revocations new --force list.json");
            let first = if before == "hold" { "hold".to_owned() } else { format!("add --reason {before}") };
            done(folder, &format!("revocations {first} list.json license.txt"));
            let changed = keyward_says(folder, &format!("revocations add --reason {after} list.json license.txt"));
            let goes_on = match after {
                "leaked" => before != "leaked",
                "superseded" => !matches!(before, "leaked" | "superseded"),
                _ => false,
            };
            assert_eq!(changed.code, i32::from(goes_on), "{before} {after}: {changed:?}");
            let said = if before == "hold" { "is on hold, and could be" } else { "could be issued again" };
            assert_eq!(changed.stderr.contains(said), goes_on, "{before} {after}: {changed:?}");
        }
    }
}

#[test]
fn a_twin_of_a_license_on_record_is_not_revoked_in_its_place() {
    let folder = folder();
    let folder = folder.path();
    chain(folder);
    done(folder, "keygen -o evil.key --no-passphrase");
    for license in ["1", "4"] {
        let shown: Value =
            serde_json::from_str(&done(folder, &format!("inspect --json {license}.txt")).stdout).unwrap();
        fs::write(folder.join("claims.json"), shown["keys"][0]["claims"].to_string()).unwrap();
        fs::write(folder.join("twin.txt"), done(folder, "sign --key evil.key claims.json").stdout).unwrap();
        done(folder, "revocations new --force list.json");
        let before = fs::read(folder.join("list.json")).unwrap();
        for command in ["add --reason refunded", "hold", "add --reason refunded --chain", "hold --all-terms"] {
            for named in ["twin.txt", "2.txt twin.txt"] {
                let refused =
                    keyward_says(folder, &format!("revocations {command} --record issued.jsonl list.json {named}"));
                assert_eq!(refused.code, 1, "{command}: {refused:?}");
                assert!(refused.stderr.contains(&format!("license 000000000000000{license} with another digest")));
                assert_eq!(fs::read(folder.join("list.json")).unwrap(), before);
            }
        }
        // Without the record, nobody knows.
        let changed = done(folder, "revocations add --reason refunded list.json twin.txt");
        assert!(changed.stderr.contains("The signatures of the keys were not checked"), "{changed:?}");
        done(folder, &format!("revocations add --reason refunded --record issued.jsonl list.json {license}.txt"));
    }
}

#[test]
fn a_root_that_is_a_signing_key_of_its_bundle_is_remarked() {
    let folder = folder();
    for (keys, remarked) in [(&["old"][..], false), (&["old", "root"], true)] {
        bundle_with(folder.path(), keys);
        done(folder.path(), "trust sign --key root.key roots.json");
        let signed = done(folder.path(), "trust sign --key root.key trust.json");
        assert_eq!(signed.stderr.contains("is a signing key of this bundle too, root"), remarked, "{signed:?}");
        for name in ["roots.json", "trust.json", "keyward.numbers"] {
            fs::remove_file(folder.path().join(name)).unwrap();
        }
    }
}
