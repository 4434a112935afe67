//! Without a place to write the key, nothing is signed or recorded. Possible secret keys are never shown.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;

use common::{Ended, fixture, run};
use keyward_catalog::Catalog;
use tempfile::{TempDir, tempdir};

fn shop() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("catalog.toml"), Catalog::EXAMPLE).unwrap();
    fs::write(folder.path().join("vendor.key"), fixture("vendor.key")).unwrap();
    fs::write(folder.path().join("claims.json"), fixture("claims.json")).unwrap();
    folder
}

fn issue(folder: &Path, arguments: &[&str]) -> Ended {
    let issue = ["issue", "--catalog", "catalog.toml", "--key", "vendor.key", "--issued-by", "ci"];
    run(folder, &[&issue[..], arguments].concat())
}

fn files_in(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_missing_folder_is_reported_before_anything_is_signed_or_recorded() {
    let folder = shop();
    let files = files_in(folder.path());
    let order = ["--offer", "pro-annual", "--record", "issued.jsonl", "-o", "customers/acme.txt"];
    for arguments in [&order[..], &[&order[..], &["--force"]].concat()] {
        let refused = issue(folder.path(), arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
        let expected = "error: customers/acme.txt can't be written: there is no folder customers; make it first\n";
        assert_eq!(refused.stderr, expected);
        assert_eq!(files_in(folder.path()), files, "no record, no key");
    }
    for command in [
        &["sign", "--key", "vendor.key", "-o", "customers/acme.txt", "claims.json"][..],
        &["catalog", "new", "-o", "customers/catalog.toml"],
        &["keygen", "--no-passphrase", "-o", "customers/vendor.key"],
    ] {
        let refused = run(folder.path(), command);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.stderr.contains("there is no folder customers; make it first"), "{refused:?}");
    }
    fs::create_dir(folder.path().join("customers")).unwrap();
    assert_eq!(issue(folder.path(), &order).code, 0);
}

#[test]
fn an_impossible_file_is_reported_before_anything_is_signed_or_recorded() {
    let folder = shop();
    fs::create_dir(folder.path().join("customers")).unwrap();
    let files = files_in(folder.path());
    let order = ["--offer", "pro-annual", "--record", "issued.jsonl", "--force", "-o"];
    for (output, because) in [
        ("customers", "is a folder: name a file in it"),
        ("catalog.toml/acme.txt", "can't be written: check the permissions of its folder"),
    ] {
        let refused = issue(folder.path(), &[&order[..], &[output]].concat());
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.stderr.contains(because), "{refused:?}");
        assert_eq!(files_in(folder.path()), files, "no record, no key");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_folder_without_write_permission_is_reported_before_anything_is_signed_or_recorded() {
    let folder = shop();
    let files = files_in(folder.path());
    let refused = issue(folder.path(), &["--offer", "pro-annual", "--record", "issued.jsonl", "-o", "/proc/acme.txt"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.stderr.contains("/proc/acme.txt can't be written: check the permissions of its folder"),
        "{refused:?}"
    );
    assert!(!refused.stderr.contains(".tmp"), "{refused:?}");
    assert_eq!(files_in(folder.path()), files, "no record, no key");
}

#[test]
fn a_possible_key_is_not_shown_for_any_option() {
    const HEX: &str = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";
    const BASE64: &str = "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
    let pem = fixture("vendor.key");
    let secret = pem.lines().nth(1).unwrap().to_owned();
    let folder = shop();
    let files = files_in(folder.path());
    let options = [
        "--record",
        "-o",
        "--licensee",
        "--offer",
        "--product",
        "--edition",
        "--customer",
        "--feature",
        "--subscription",
        "--subscription-name",
        "--approved-by",
        "--reason",
        "--ticket",
        "--issued-by",
        "--limit",
        "--serial",
        "--seats",
        "--through",
        "--fingerprint",
        "--trust",
        "--environment",
    ];
    // Text for the record may be an id in hex.
    let texts = ["--licensee", "--customer", "--approved-by", "--reason", "--ticket", "--issued-by"];
    for option in options {
        let keys = [BASE64, pem.as_str()].into_iter().chain((!texts.contains(&option)).then_some(HEX));
        for key in keys {
            let usual: &[&str] = if option == "--offer" { &[] } else { &["--offer", "pro-trial"] };
            for form in [&["--grace-days", "5"][..], &["--grace-days", "5", "--json"]] {
                let refused = run(
                    folder.path(),
                    &[&["issue", "--catalog", "catalog.toml", "--key", "vendor.key"], usual, form, &[option, key]]
                        .concat(),
                );
                assert_eq!(refused.code, 2, "{option}: {refused:?}");
                for shown in [HEX, BASE64, secret.as_str()] {
                    assert!(
                        !refused.stderr.contains(shown) && !refused.stdout.contains(shown),
                        "{option}: {refused:?}"
                    );
                }
            }
        }
    }
    for command in [
        &["reissue", "--catalog", "catalog.toml", "--key", "vendor.key", "--reason", "r", "--ticket", "t"][..],
        &["renew", "--catalog", "catalog.toml", "--key", "vendor.key"],
    ] {
        let refused = run(folder.path(), &[command, &["--serial", "00000000000000aa", "--record", HEX]].concat());
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.starts_with("error: the value of --record may be a key"), "{refused:?}");
        assert!(!refused.stderr.contains(HEX), "{refused:?}");
    }
    for command in [&["sign", "--key", "vendor.key", "claims.json", "-o", HEX][..], &["catalog", "new", "-o", HEX]] {
        let refused = run(folder.path(), command);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(!refused.stderr.contains(HEX), "{refused:?}");
    }
    assert_eq!(files_in(folder.path()), files, "and nothing is written");
}

#[test]
fn a_long_file_name_is_not_a_key() {
    let folder = shop();
    let long = "customers/of-the-north/acme-limited-of-anvil-street/2126";
    fs::create_dir_all(folder.path().join(long).parent().unwrap()).unwrap();
    let issued = issue(folder.path(), &["--offer", "pro-annual", "--from", "2126-01-01", "-o", long]);
    assert_eq!(issued.code, 0, "{issued:?}");
    assert!(folder.path().join(long).exists());
}

#[cfg(unix)]
#[test]
fn a_closed_standard_output_is_reported_before_anything_is_signed_or_recorded() {
    let folder = shop();
    let issue = "issue --catalog catalog.toml --key vendor.key --issued-by ci --offer pro-annual";
    let run = |command: &str, output: &str| {
        let line = format!("exec {:?} {command} {output}", env!("CARGO_BIN_EXE_keyward"));
        let done = std::process::Command::new("sh").current_dir(folder.path()).args(["-c", &line]).output().unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    assert_eq!(run(&format!("{issue} --record issued.jsonl"), "-o license.txt >&-").0, Some(0));
    let record = fs::read(folder.path().join("issued.jsonl")).unwrap();
    let line: serde_json::Value = serde_json::from_slice(&record).unwrap();
    let link = format!(
        "--catalog catalog.toml --key vendor.key --issued-by ci --record issued.jsonl --serial {}",
        line["serial"].as_str().unwrap()
    );
    assert_eq!(run("revocations new list.json", "").0, Some(0));
    fs::write(folder.path().join("root.pub"), fixture("vendor.pub")).unwrap();
    assert_eq!(run("trust init --root root.pub --threshold 1 --roots roots.json trust.json", "").0, Some(0));
    for command in [
        &format!("{issue} --record issued.jsonl"),
        &format!("{issue} --record other.jsonl"),
        &format!("reissue {link} --reason more --ticket T-1 --seats 7"),
        &format!("renew {link}"),
        "sign --key vendor.key claims.json",
        "file create --key vendor.key license.txt",
        "catalog new",
        "revocations sign --key vendor.key -o - list.json",
        "trust sign --key vendor.key -o - trust.json",
    ] {
        let files = files_in(folder.path());
        let (code, message) = run(command, ">&-");
        assert_eq!(code, Some(1), "{command}: {message}");
        assert!(message.contains("standard output is closed") && message.contains("-o"), "{command}: {message}");
        assert_eq!(files_in(folder.path()), files, "{command}");
        assert_eq!(fs::read(folder.path().join("issued.jsonl")).unwrap(), record, "{command}");
        let (code, message) = run(command, ">/dev/null");
        assert_eq!(code, Some(0), "{command}: {message}");
        for kept in ["other.jsonl", "issued.jsonl", "keyward.newest-list", "keyward.newest-bundle"] {
            let _ = fs::remove_file(folder.path().join(kept));
        }
        fs::write(folder.path().join("issued.jsonl"), &record).unwrap();
    }
}

#[test]
fn no_output_replaces_a_file_of_a_state_or_a_record() {
    let folder = shop();
    fs::create_dir(folder.path().join("state")).unwrap();
    let issued = issue(folder.path(), &["--offer", "pro-annual", "--record", "issued.jsonl", "-o", "license.txt"]);
    assert_eq!(issued.code, 0, "{issued:?}");
    assert_eq!(run(folder.path(), &["revocations", "new", "list.json"]).code, 0);
    let kept = ["state/keyward.state", "state/keyward.state.new", "state/keyward.lock", "state/KEYWARD.LOCK"];
    for name in kept.into_iter().chain(["issued.jsonl.torn"]) {
        fs::write(folder.path().join(name), "kept").unwrap();
        for command in [
            "issue --catalog catalog.toml --key vendor.key --issued-by ci --offer pro-annual --force -o OUT",
            "issue --catalog catalog.toml --key vendor.key --issued-by ci --offer pro-annual --record issued.jsonl --force -o OUT",
            "sign --key vendor.key --force -o OUT claims.json",
            "catalog new --force -o OUT",
            "file create --key vendor.key --force -o OUT license.txt",
            "time issue --key vendor.key --force -o OUT",
            "keygen --no-passphrase --force -o OUT",
            "revocations sign --key vendor.key --force -o OUT list.json",
            "revocations new --force OUT",
        ] {
            let command = command.replace("OUT", name);
            let refused = run(folder.path(), &command.split(' ').collect::<Vec<_>>());
            assert_eq!(refused.code, 2, "{command}: {refused:?}");
            assert!(refused.stderr.contains(name) && refused.stderr.contains("another name"), "{command}: {refused:?}");
        }
        assert_eq!(fs::read(folder.path().join(name)).unwrap(), b"kept", "{name}");
    }
    // Before the first crash there is no such file, and the record may have any name.
    fs::remove_file(folder.path().join("issued.jsonl.torn")).unwrap();
    let order = ["--offer", "pro-annual", "--record", "new.jsonl", "-o", "new.jsonl.torn"];
    let refused = issue(folder.path(), &order);
    assert!(refused.code == 2 && refused.stderr.contains("new.jsonl.torn is also read"), "{refused:?}");
    assert!(!folder.path().join("new.jsonl").exists());
}

#[test]
#[cfg(unix)]
fn no_output_follows_a_link() {
    use std::os::unix::fs::symlink;
    type Link = fn(&Path, &Path) -> std::io::Result<()>;
    let kinds: [Link; 2] = [|victim, link| symlink(victim, link), |victim, link| fs::hard_link(victim, link)];
    for (link, is_symbolic) in kinds.into_iter().zip([true, false]) {
        let folder = shop();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("orders.csv"), "id,offer,licensee,customer\n1,pro-annual,Acme,acme\n").unwrap();
        let written = ["k.jsonl.part", "r.jsonl.part", "issued.jsonl", "list.json", "license.txt", "vendor.pub"];
        for name in written {
            fs::write(at(&format!("victim-of-{name}")), "of another account").unwrap();
            link(&at(&format!("victim-of-{name}")), &at(name)).unwrap();
        }
        let batch = |record| {
            let outputs = ["-o", "k.jsonl", "--refused", "r.jsonl", "--record", record];
            issue(folder.path(), &[&["--batch", "orders.csv"][..], &outputs].concat())
        };
        let refused = batch("issued.jsonl");
        assert_eq!(refused.code, 1, "{refused:?}");
        let why = if is_symbolic { "is a link" } else { "has a second name" };
        assert!(refused.stderr.contains("issued.jsonl") && refused.stderr.contains(why), "{refused:?}");
        let done = batch("other.jsonl");
        assert_eq!(done.code, 0, "its part files are new ones: {done:?}");
        for command in [
            "revocations new --force list.json",
            "issue --catalog catalog.toml --key vendor.key --issued-by ci --offer pro-annual --force -o license.txt",
            "keygen --no-passphrase --force -o vendor.key",
        ] {
            run(folder.path(), &command.split(' ').collect::<Vec<_>>());
        }
        for name in written {
            assert_eq!(fs::read(at(&format!("victim-of-{name}"))).unwrap(), b"of another account", "{name}");
        }
    }
}

/// `--force` replaces an output that can be made again, and no other file.
#[test]
#[cfg(unix)]
fn force_replaces_no_pipe_no_signing_key_and_no_record() {
    let folder = shop();
    let path = |name: &str| folder.path().join(name);
    assert_eq!(issue(folder.path(), &["--offer", "home", "--record", "issued.jsonl", "-o", "1.txt"]).code, 0);
    fs::copy(path("vendor.key"), path("other.key")).unwrap();
    fs::write(path("vendor.pub"), fixture("vendor.pub")).unwrap();
    fs::copy(path("issued.jsonl"), path("old.jsonl")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
    assert_eq!(run(folder.path(), &["revocations", "new", "list.json"]).code, 0);
    let init = ["trust", "init", "--root", "vendor.pub", "--threshold", "1", "--roots", "roots.json", "trust.json"];
    assert_eq!(run(folder.path(), &init).code, 0);
    for (name, is) in [
        ("pipe", "is a device or a pipe"),
        ("socket", "is a device or a pipe"),
        ("other.key", "is a signing key"),
        ("old.jsonl", "is a record"),
        ("roots.json", "is a root set"),
    ] {
        let before = fs::symlink_metadata(path(name)).unwrap();
        let orders = ["--offer", "home", "-o", name, "--force"];
        let commands = [
            issue(folder.path(), &orders),
            run(folder.path(), &["time", "issue", "--key", "vendor.key", "--force", "-o", name]),
            run(folder.path(), &["file", "create", "--key", "vendor.key", "--force", "-o", name, "1.txt"]),
            run(folder.path(), &["sign", "--key", "vendor.key", "--force", "-o", name, "claims.json"]),
            run(folder.path(), &["print", "--trust", "vendor.pub", "--force", "-o", name, "1.txt"]),
            run(folder.path(), &["catalog", "new", "--force", "-o", name]),
            run(folder.path(), &["revocations", "sign", "--key", "vendor.key", "--force", "-o", name, "list.json"]),
        ];
        for refused in commands {
            assert_eq!(refused.code, 1, "{name}: {refused:?}");
            assert!(refused.stderr.contains(is) && !refused.stderr.contains("--force"), "{name}: {refused:?}");
        }
        use std::os::unix::fs::MetadataExt;
        let after = fs::symlink_metadata(path(name)).unwrap();
        assert_eq!((before.ino(), before.size()), (after.ino(), after.size()), "{name}");
    }
    // Nor does a pipe keep the command waiting for a writer.
    for (command, is) in [
        (&["revocations", "new", "--force", "pipe"][..], "is a device or a pipe"),
        (&["trust", "sign", "--key", "vendor.key", "-o", "new", "pipe"], "is a device or a pipe"),
        (&["revocations", "sign", "--key", "vendor.key", "pipe"], "is not a regular file"),
        (&["revocations", "hold", "pipe", "00000000000000000000000000000001"], "is not a regular file"),
    ] {
        let refused = run(folder.path(), command);
        assert!(refused.code == 1 && refused.stderr.contains(is), "{command:?}: {refused:?}");
    }
    let orders = path("orders.jsonl");
    fs::write(&orders, "{\"id\": 1, \"offer\": \"home\"}\n").unwrap();
    for more in [&["--offer", "home"][..], &["--batch", "orders.jsonl"]] {
        let refused = issue(folder.path(), &[more, &["--record", "pipe"]].concat());
        assert!(refused.code == 1 && refused.stderr.contains("is not a regular file"), "{refused:?}");
    }
    let again = issue(folder.path(), &["--offer", "home", "-o", "1.txt", "--force"]);
    assert_eq!(again.code, 0, "{again:?}");
}

/// Licenses of a damaged record can be read in its other lines, and a ledger is a database.
#[test]
fn force_replaces_no_damaged_record_and_no_database() {
    let folder = shop();
    let path = |name: &str| folder.path().join(name);
    for serial in ["0000000000000001", "0000000000000002"] {
        let order = ["--offer", "home", "--record", "issued.jsonl", "--serial", serial];
        assert_eq!(issue(folder.path(), &order).code, 0);
    }
    let record = fs::read_to_string(path("issued.jsonl")).unwrap();
    let (first, second) = record.split_once('\n').unwrap();
    let unknown = first.replacen('{', "{\"later\":1,", 1);
    let write_ahead = b"\x37\x7f\x06\x82\x00\x2d\xe2\x18\x00\x00\x10\x00";
    let damaged = [
        ("blank.jsonl", format!("\n{record}").into_bytes(), "is a record"),
        ("altered.jsonl", format!("{}\n{second}", first.replace("home", "h0me")).into_bytes(), "is a record"),
        ("cut.jsonl", format!("{}\n{second}", &first[1..]).into_bytes(), "is a record"),
        ("later.jsonl", format!("{unknown}\n{second}").into_bytes(), "is a record"),
        ("only.jsonl", first[..first.len() - 9].to_owned().into_bytes(), "is a record"),
        ("ledger.db", b"SQLite format 3\0\x10\x00\x01\x01".to_vec(), "is a database"),
        ("ledger.db-wal", write_ahead.to_vec(), "is a database"),
    ];
    fs::write(path("orders.jsonl"), "{\"id\": 1, \"offer\": \"home\"}\n").unwrap();
    for (name, bytes, is) in damaged {
        fs::write(path(name), &bytes).unwrap();
        let mut commands = vec![
            issue(folder.path(), &["--offer", "home", "-o", name, "--force"]),
            run(folder.path(), &["sign", "--key", "vendor.key", "--force", "-o", name, "claims.json"]),
            run(folder.path(), &["catalog", "new", "--force", "-o", name]),
        ];
        if is == "is a database" {
            let batch = ["--batch", "orders.jsonl", "--record", "other.jsonl", "-o", name, "--force"];
            commands.push(issue(folder.path(), &batch));
        }
        for refused in commands {
            assert!(refused.code == 1 && refused.stderr.contains(is), "{name}: {refused:?}");
        }
        assert_eq!(fs::read(path(name)).unwrap(), bytes, "{name}");
    }
}

/// A batch replaces its own outputs: those of an earlier run on the same record.
#[test]
fn a_batch_replaces_no_file_that_can_not_be_made_again() {
    let folder = shop();
    let path = |name: &str| folder.path().join(name);
    let batch = |record: &str, more: &[&str]| {
        let base =
            ["issue", "--catalog", "catalog.toml", "--key", "vendor.key", "--issued-by", "ci", "--record", record];
        run(folder.path(), &[&base[..], &["--batch", "orders.jsonl"], more].concat())
    };
    fs::write(path("orders.jsonl"), "{\"id\": 1, \"offer\": \"home\"}\n{\"id\": 2, \"offer\": \"none\"}\n").unwrap();
    assert_eq!(issue(folder.path(), &["--offer", "home", "--record", "books.jsonl", "-o", "1.txt"]).code, 0);
    fs::write(path("notes.txt"), "call Ada\n").unwrap();
    fs::write(path("torn.txt"), "call Ada").unwrap();
    fs::write(path("binary"), [0xff, 0xfe, 0, 10, 0xff]).unwrap();
    // Files under the name of an unfinished output.
    for (name, kind) in [
        ("vendor.key", "key"),
        ("books.jsonl", "books"),
        ("notes.txt", "notes"),
        ("torn.txt", "torn"),
        ("binary", "binary"),
    ] {
        for option in ["-o", "--refused"] {
            let (out, part) = (format!("{kind}.out"), format!("{kind}.out.part"));
            fs::copy(path(name), path(&part)).unwrap();
            for force in [&[][..], &["--force"]] {
                let others: &[&str] = if option == "-o" { &[] } else { &["-o", "keys.out"] };
                if option == "--refused" {
                    let _ = fs::remove_file(path("keys.out"));
                }
                if !force.is_empty() && option == "--refused" {
                    continue;
                }
                let refused = batch("issued.jsonl", &[&[option, &out][..], others, force].concat());
                assert!(
                    refused.code == 1 && refused.stderr.contains("was not left by an earlier run"),
                    "{name}: {refused:?}"
                );
                assert_eq!(fs::read(path(&part)).unwrap(), fs::read(path(name)).unwrap(), "{name}");
            }
            fs::remove_file(path(&part)).unwrap();
        }
    }
    // Names that are exchanged: the books in place of the keys, or of the refused orders.
    for more in [&["-o", "books.jsonl", "--force"][..], &["-o", "k.out", "--force", "--refused", "books.jsonl"]] {
        let before = fs::read(path("books.jsonl")).unwrap();
        let refused = batch("issued.jsonl", more);
        assert!(refused.code == 1 && refused.stderr.contains("not on the record of this batch"), "{refused:?}");
        assert_eq!(fs::read(path("books.jsonl")).unwrap(), before);
    }
    // Its own outputs are replaced, also unfinished ones, and one that a crash cut.
    let own = ["-o", "own.out", "--refused", "refused.out", "--force"];
    for _ in 0..2 {
        let done = batch("issued.jsonl", &own);
        assert!(done.code == 3 && done.stderr.contains("own.out: "), "{done:?}");
    }
    for name in ["own.out", "refused.out"] {
        let whole = fs::read(path(name)).unwrap();
        for cut in [0, 1, 5, 40, whole.len() / 2, whole.len() - 1, whole.len()] {
            fs::write(path(&format!("{name}.part")), &whole[..cut]).unwrap();
            let done = batch("issued.jsonl", &own);
            assert!(done.code == 3 && done.stderr.contains("own.out: "), "{name} {cut}: {done:?}");
        }
    }
}

/// A signed list, a bundle or a license file goes to customers. The command signs none again under the same number.
#[test]
fn force_replaces_no_signed_file_of_another_kind() {
    let folder = shop();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("vendor.pub"), fixture("vendor.pub")).unwrap();
    fs::write(path("orders.jsonl"), "{\"id\": 1, \"offer\": \"home\"}\n").unwrap();
    let done = |line: &str| {
        let ended = run(folder.path(), &line.split(' ').collect::<Vec<_>>());
        assert_eq!(ended.code, 0, "{line}: {ended:?}");
    };
    assert_eq!(issue(folder.path(), &["--offer", "home", "--record", "issued.jsonl", "-o", "1.txt"]).code, 0);
    done("revocations new list.json");
    done("revocations sign --key vendor.key list.json");
    done("file create --key vendor.key -o a.lic 1.txt");
    done("file create --key vendor.key --validation -o a.validation 1.txt");
    done("time issue --key vendor.key -o time.json");
    done("trust init --root vendor.pub --threshold 1 --roots roots.json trust.json");
    let own = |name: &str, command: &str| {
        matches!(
            (name, command.split(' ').next()),
            ("a.lic", Some("file")) | ("time.json", Some("time")) | ("list.json", Some("revocations"))
        )
    };
    for name in ["list.json", "a.lic", "a.validation", "time.json", "roots.json", "trust.json"] {
        let before = fs::read(path(name)).unwrap();
        let issue = "issue --catalog catalog.toml --key vendor.key --issued-by ci --record issued.jsonl";
        for command in [
            &format!("{issue} --offer home --force -o {name}"),
            &format!("{issue} --batch orders.jsonl --force -o {name}"),
            &format!("{issue} --batch orders.jsonl --force -o new.jsonl --refused {name}"),
            &format!("sign --key vendor.key --force -o {name} claims.json"),
            &format!("print --trust vendor.pub --force -o {name} 1.txt"),
            &format!("catalog new --force -o {name}"),
            &format!("file create --key vendor.key --force -o {name} 1.txt"),
            &format!("time issue --key vendor.key --force -o {name}"),
        ] {
            if own(name, command) {
                continue;
            }
            let refused = run(folder.path(), &command.split(' ').collect::<Vec<_>>());
            assert!(refused.code == 1 && refused.stderr.contains("was not changed"), "{command}: {refused:?}");
            assert_eq!(fs::read(path(name)).unwrap(), before, "{command}");
        }
    }
    done("file create --key vendor.key --force -o a.lic 1.txt");
    done("file create --key vendor.key --validation --force -o a.validation 1.txt");
    done("time issue --key vendor.key --force -o time.json");
}

#[test]
fn keygen_replaces_keys_alone() {
    let folder = shop();
    let path = |name: &str| folder.path().join(name);
    assert_eq!(issue(folder.path(), &["--offer", "home", "--record", "issued.jsonl", "-o", "1.txt"]).code, 0);
    assert_eq!(run(folder.path(), &["revocations", "new", "list.json"]).code, 0);
    fs::copy(path("issued.jsonl"), path("books.pub")).unwrap();
    for (name, victim) in [
        ("issued.jsonl", "issued.jsonl"),
        ("1.txt", "1.txt"),
        ("list.json", "list.json"),
        ("catalog.toml", "catalog.toml"),
        ("books.key", "books.pub"),
    ] {
        let before = fs::read(path(victim)).unwrap();
        let refused = run(folder.path(), &["keygen", "--no-passphrase", "--force", "-o", name]);
        assert!(refused.code == 1 && refused.stderr.contains("was not changed"), "{name}: {refused:?}");
        assert_eq!(fs::read(path(victim)).unwrap(), before, "{name}");
    }
    assert_eq!(run(folder.path(), &["keygen", "--no-passphrase", "--force", "-o", "vendor.key"]).code, 0);
}
